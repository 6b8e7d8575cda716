"""The whole circuit: cued recall beside its rate model, what the loop adds, lesions and light.

``in turn`` is the rate model whose slots are taken in turn, as the path visits them, whatever the
circuit did; the difference is to the one that is told the circuit's slots. ``one slot`` is the
part of the items that exactly one slot took, ``modules back`` the part of the modules that stand in
recall where they stood while the item was stored (chance: the mean of one over the phases).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

import hippokv
from hippokv.analysis.grid_cells.bumps import Bumps, bumps_late_in
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import read_out
from hippokv.analysis.recall.scores import accuracy, accuracy_by_group
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.protocols.parts.recalling import occluded
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.parts.storing import storage_epochs
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Result
from tables import heading, interval, kept, options, over, row, sized

FIRST_SEED = 1000
#: In the quick form too: tests compile it in this size, and the few runs take less than compiling.
WHOLE = {"run.circuit": "hippocampal_memory"}
N_ITEMS = sized(20, 2)
#: From when on in a cue the modules are read, ms.
SET_MS = 300.0
LESIONS = (
    ("none", 0.0),
    ("hippocampal", 0.5),
    ("grid", 1.0),
    ("entorhinal", 0.5),
    ("cortical", 0.5),
)


def runs(protocol: str, settings: Mapping[str, Any], count: int) -> list[Result]:
    """Run a protocol on the whole circuit for so many seeds."""
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    return over(lambda seed: hippokv.run(protocol, seed, {**settings, **WHOLE}), seeds)


def modules_in(result: Result[Any], kind: str) -> Bumps:
    """Return the bumps of the modules late in each event of a kind."""
    events = result.experiment.schedule.events(kind)
    sheets = result.experiment.circuit.parameters.sheets
    return bumps_late_in(result.recording.spikes["grid"], sheets, events, SET_MS)


def modules_back(result: Result[Any]) -> float:
    """Return the part of the modules that stand in recall where they stood in storage."""
    stored = modules_in(result, "store")
    back = modules_in(result, "recall").at(stored.phases[result.found.items.query_item])
    return float((back & stored.single[result.found.items.query_item]).mean())


def in_turn(result: Result[Any]) -> float:
    """Return the accuracy of the rate model whose slots are taken in turn."""
    circuit, schedule = result.experiment.circuit, result.experiment.schedule
    calibration = Calibration(circuit.parameters)
    found = rate_model(
        schedule, circuit.parameters.n_slots, calibration.beta,
        lit=calibration.lit, learning=learning_of(circuit),
    )  # fmt: skip
    return accuracy(found, result.found.items)["accuracy"]


def one_slot(result: Result[Any]) -> float:
    """Return the part of the items that exactly one slot took."""
    return float(np.mean(result.found.readout.plateaus.sum(axis=1) == 1))


def beside_rate_model(count: int) -> None:
    """Print recall against the number of items and the part of a cue that is hidden."""
    columns = [
        ("items", 6), ("hidden", 7), ("spiking", 16), ("rate model", 16), ("difference", 16),
        ("in turn", 16), ("one slot", 16), ("modules back", 16),
    ]  # fmt: skip
    heading(f"cued recall, {count} seeds", columns)
    for items, hidden in sized(((5, 0.6), (20, 0.6), (40, 0.6), (60, 0.6), (40, 0.8)), ((2, 0.6),)):
        found = runs(
            "cued-recall", {"protocol.n_items": items, "protocol.occlusion": hidden}, count
        )
        spiking = [one.metrics["accuracy"] for one in found]
        rates = [one.predicted_metrics["accuracy"] for one in found]
        row(
            columns,
            [
                items, f"{hidden:.0%}", interval(spiking), interval(rates),
                interval(np.subtract(spiking, rates)), interval([in_turn(one) for one in found]),
                interval([one_slot(one) for one in found]),
                interval([modules_back(one) for one in found]),
            ],
        )  # fmt: skip


def after_the_cue(seed: int, silent: bool, n_items: int = N_ITEMS) -> tuple[float, float]:
    """Return the accuracy under cues of 200 ms, and from 100 ms after their end on.

    Parameters
    ----------
    seed
        Seed of items and circuit.
    silent
        Whether the grid cells are silent from the end of storage on.
    n_items
        Number of items.
    """
    experiment = prepare("cued-recall", {**WHOLE, "run.seed": seed, "protocol.n_items": n_items})
    circuit, chosen = experiment.circuit, experiment.settings.protocol
    epochs = storage_epochs(experiment.stimuli, chosen)
    start = total_ms(epochs)
    for item, cue in enumerate(occluded(experiment.stimuli.keys, chosen.occlusion, seed)):
        epochs += [
            Epoch("recall:cue", 200.0, item, {"entorhinal": on_off(cue)}), Epoch("rest", 100.0),
            Epoch("recall:held", 600.0, item), Epoch("rest", 100.0),
        ]  # fmt: skip
    schedule = Schedule(tuple(epochs), circuit.widths)
    if silent:
        cells = tuple(range(circuit.sizes["grid"]))
        schedule = manipulated(schedule, Silence("grid", cells, start, np.inf))
    recording = experiment.program.run(schedule, seed, experiment.settings.run.dt_ms)
    readout = read_out(recording, schedule, circuit.parameters.n_slots)
    groups = accuracy_by_group(readout, items_of(schedule))
    return groups["accuracy_cue"], groups["accuracy_held"]


def what_the_loop_adds(count: int) -> None:
    """Print recall with the loop and with silent grid cells: faint cues, and after a cue."""
    columns = [("recall of 20 items", 34), ("with the loop", 16), ("grid silent", 16), ("gain", 16)]
    heading(f"what the loop adds, {count} seeds", columns)
    for hidden in sized((0.6, 0.8, 0.9), (0.6,)):
        settings = {
            "protocol.n_items": N_ITEMS, "protocol.occlusion": hidden,
            "protocol.population": "grid", "protocol.control": False,
        }  # fmt: skip
        loop, cut = (
            np.array([one.metrics["accuracy"] for one in runs("lesion", chosen, count)])
            for chosen in ({**settings, "protocol.fraction": part} for part in (0.0, 1.0))
        )
        words = f"cue of 700 ms, {hidden:.0%} hidden"
        row(columns, [words, interval(loop), interval(cut), interval(loop - cut)])
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    both = [
        np.array(over(partial(after_the_cue, silent=silent), seeds)) for silent in (False, True)
    ]
    for number, words in enumerate(("cue of 200 ms, 60% hidden", "from 100 ms after it on")):
        loop, cut = both[0][:, number], both[1][:, number]
        row(columns, [words, interval(loop), interval(cut), interval(loop - cut)])


def lesions(count: int) -> None:
    """Print what lesions before recall and before storage take away."""
    columns = [
        ("lesion", 12), ("part", 6), ("old items", 16), ("slot of old", 16), ("modules back", 16),
        ("new items", 16), ("slots for new", 16),
    ]  # fmt: skip
    heading(f"lesions, 20 items, {count} seeds: before recall (old), before storage (new)", columns)
    for name, part in LESIONS[: sized(None, 2)]:
        settings = {
            "protocol.n_items": N_ITEMS, "protocol.fraction": part,
            "protocol.population": "hippocampal" if name == "none" else name,
            "protocol.control": False,
        }  # fmt: skip
        old, new = (
            runs("lesion", {**settings, "protocol.when": when}, count)
            for when in ("before_recall", "before_storage")
        )
        row(
            columns,
            [
                name, f"{part:.0%}", interval([one.metrics["accuracy"] for one in old]),
                interval([slot_back(one) for one in old]),
                interval([modules_back(one) for one in old]),
                interval([one.metrics["accuracy"] for one in new]),
                interval([one.found.readout.plateaus.sum(axis=1).mean() for one in new]),
            ],
        )  # fmt: skip


def slot_back(result: Result[Any]) -> float:
    """Return the part of the recalls in which the slot of the item fires most."""
    plateaus, attention = result.found.readout.plateaus, result.found.readout.attention
    most = plateaus[result.found.items.query_item, attention.argmax(axis=1)]
    return float(np.mean(most & attention.any(axis=1)))


def light(count: int) -> None:
    """Print what light on the cells of the first of 20 items brings back."""
    scores = ("light", "no_light", "others_in_the_dark", "others_under_light")
    columns = [("", 10), *((score.replace("_", " "), 20) for score in scores)]
    heading(f"optogenetic reactivation, {count} seeds", columns)
    found = runs("optogenetic-reactivation", {"protocol.n_items": N_ITEMS}, count)
    for words, all_scores in (
        ("spiking", [one.metrics for one in found]),
        ("rate model", [one.predicted_metrics for one in found]),
    ):
        cells = [interval([one[f"accuracy_{score}"] for one in all_scores]) for score in scores]
        row(columns, [words, *cells])


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(5, 2), help="number of seeds, from 1000 on"
    )
    number = parser.parse_args().seeds
    with kept("whole-circuit"):
        beside_rate_model(number)
        what_the_loop_adds(number)
        lesions(number)
        light(number)
