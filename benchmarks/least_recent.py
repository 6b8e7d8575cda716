"""The slot that is chosen by a race of dendrites: how many win, how old the winner is, and recall.

No slot is wired to another, ages are shuffled at the start, another order for each seed. Ages count
from the start, so that the first lap is judged too. In the first table items are short, as only the
choice counts there.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import read_out
from hippokv.circuits.cells.dendritic_race import starting_ages
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.program.program import Program
from hippokv.protocols.running.experiment import prepare
from tables import FIRST_SEED, heading, interval, kept, options, over, row, sized, small, swept

COLUMNS = [
    ("cells", 16), ("slots", 5), ("laps", 4), ("noise mV", 8), ("silenced", 8), ("seeds", 5),
    ("exactly one", 15), ("none", 15), ("oldest tenth", 15), ("oldest", 15),
]  # fmt: skip
RECALL_COLUMNS = [
    ("items", 5), ("seeds", 5), ("race", 15), ("ring", 15), ("difference", 15), ("exactly one", 15),
]  # fmt: skip
RACE = {"circuit.selection": "least_recent"}
SHORT = {"protocol.study_ms": 100.0, "protocol.consolidation_ms": 50.0}
#: What cells and axons are like. With delays SST cells answer later, and a dendrite has to wait.
CELLS: dict[str, dict[str, Any]] = {
    "equal": {},
    "2 mV, 10 %": {
        "circuit.heterogeneity.threshold_spread_mV": 2.0,
        "circuit.heterogeneity.leak_spread": 0.1,
        "circuit.heterogeneity.capacitance_spread": 0.1,
        "protocol.idle_ms": 10_000.0,
    },
    "and axons 1-2 ms": {
        "circuit.delays.shortest_delay_ms": 1.0,
        "circuit.delays.longest_delay_ms": 2.0,
        "circuit.race.local_refractory_ms": 7.0,
    },
}
CELLS["and axons 1-2 ms"] |= CELLS["2 mV, 10 %"]
#: Cells, slots, laps, dendritic noise in mV, part of the slots silenced from the second lap on,
#: part of the seeds.
CASES = sized(
    (
        ("equal", 40, 5, 0.3, 0.0, 1.0), ("equal", 40, 3, 0.3, 0.3, 1.0),
        ("equal", 40, 2, 1.0, 0.0, 1.0), ("2 mV, 10 %", 40, 5, 0.3, 0.0, 1.0),
        ("and axons 1-2 ms", 40, 5, 0.3, 0.0, 1.0), ("equal", 200, 5, 0.3, 0.0, 0.5),
        ("equal", 200, 3, 0.3, 0.3, 0.3),
    ),
    (("equal", 6, 2, 0.3, 0.0, 1.0),),
)  # fmt: skip


class Choice(NamedTuple):
    """Hold how the items of a run were given to slots, as parts of them."""

    one: float
    none: float
    tenth: float
    oldest: float


def judged(
    plateaus: NDArray[np.bool_], ages: NDArray[np.float64], able: NDArray[np.bool_]
) -> Choice:
    """Return how plateaus, shape (T, N), were chosen.

    Parameters
    ----------
    ages
        Ages at the start, the smallest the oldest, (N,).
    able
        Slots that could take each item, (T, N).
    """
    last_use = ages - 2
    ranks = []
    for item, (chosen, alive) in enumerate(zip(plateaus, able, strict=True)):
        for slot in np.flatnonzero(chosen):
            ranks.append((last_use[alive] < last_use[slot]).mean())
        last_use[chosen] = item
    winners, found = plateaus.sum(axis=1), np.array(ranks)
    return Choice(
        float((winners == 1).mean()), float((winners == 0).mean()), float((found < 0.1).mean()),
        float((found == 0).mean()),
    )  # fmt: skip


def stored(cells: str, n_slots: int, laps: int, noise: float, silenced: float, seed: int) -> Choice:
    """Store some laps of items, from the second on without some slots, and judge the choices."""
    experiment = prepare(
        "storage",
        {
            **small({}), **RACE, **SHORT, "circuit.n_slots": n_slots, "run.seed": seed,
            "protocol.n_items": laps * n_slots, "circuit.race.starting_order": seed,
            "circuit.hippocampal.dendrite_noise_mV": noise, **CELLS[cells],
        },
    )  # fmt: skip
    schedule, slots = experiment.schedule, experiment.settings.circuit
    events = schedule.events("store")
    able = np.ones((len(events), n_slots), dtype=bool)
    if silenced:
        away = np.random.default_rng(seed).permutation(n_slots)[: round(silenced * n_slots)]
        able[n_slots:, away] = False
        lost = np.arange(n_slots * slots.cells_per_slot).reshape(n_slots, -1)[away].ravel()
        lesion = Silence("hippocampal", tuple(map(int, lost)), events[n_slots].start_ms)
        schedule = manipulated(schedule, lesion)
    recording = Program(experiment.circuit).run(schedule, seed=seed, dt_ms=0.5)
    plateaus = read_out(recording, schedule, n_slots).plateaus
    return judged(plateaus, starting_ages(slots.race, n_slots), able)


def choices(asked: int, first: int) -> None:
    """Print how slots are chosen."""
    heading("storage, short items", COLUMNS)
    for cells, n_slots, laps, noise, silenced, part in CASES:
        count = max(2, round(part * asked))
        seeds = range(first, first + count)
        found = over(partial(stored, cells, n_slots, laps, noise, silenced), seeds)
        scores = [interval(values, 4) for values in zip(*found, strict=True)]
        row(COLUMNS, [cells, n_slots, laps, noise, f"{silenced:.0%}", count, *scores])


def recall(asked: int, first: int, n_slots: int) -> None:
    """Print what the choice costs in recall, of one and a half and three items a slot."""
    heading(f"cued recall, N = {n_slots}, d = m = 40, 60 % hidden", RECALL_COLUMNS)
    for n_items in (3 * n_slots // 2, 3 * n_slots):
        settings = {"circuit.n_slots": n_slots, "protocol.n_items": n_items}
        race, ring = (
            swept("cued-recall", {**settings, "circuit.selection": name}, asked, first=first)
            for name in ("least_recent", "ring")
        )
        scores = race.circuit["accuracy"], ring.circuit["accuracy"]
        row(
            RECALL_COLUMNS,
            [
                n_items, asked, *(interval(values, 4) for values in scores),
                interval(scores[0] - scores[1], 4), interval(race.circuit["one_plateau"], 4),
            ],
        )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them")
    parser.add_argument(
        "--slots", type=int, default=sized(40, 6), help="slots of the recalls; other than 40: alone"
    )
    arguments = parser.parse_args()
    alone = arguments.slots != parser.get_default("slots")
    with kept(f"least_recent-{arguments.slots}" if alone else "least_recent"):
        recall(arguments.seeds, arguments.first, arguments.slots)
        if not alone:
            choices(arguments.seeds, arguments.first)
