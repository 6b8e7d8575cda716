"""A life of a month: items stored on some days, nights between them, then recall with a lesion.

Run it with ``hippokv run consolidation`` or ``python -m hippokv.protocols.consolidation``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.recall.consolidation import consolidated, not_followed
from hippokv.analysis.recall.groups import by_age
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.errors import InputError
from hippokv.parameter import parameter, redeclared
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.slow_cortical_rules import CorticalKeyRule, CorticalValueRule

from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import LONGEST_MS, idle_epochs, store_epochs
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Experiment, Result

NIGHT = "night"
INTACT, LESIONED, NEW = "intact", "lesioned", "new"
AGES_KEY = "protocol.ages_d"
MOST_DAYS = 400
#: What is silent under each lesion.
LESIONS = {"hippocampal": ("hippocampal",), "hippocampal_and_deep": ("hippocampal", "deep")}


@dataclass(frozen=True)
class ConsolidationParameters(CuedRecallParameters):
    """Hold the settings of a life of some weeks."""

    n_items: int = redeclared(
        CuedRecallParameters, "n_items", 20, chosen="five of each age; they fill all slots"
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="content that the cue does not give"
    )
    ages_d: str = parameter(
        "1, 7, 14, 28",
        "days from the storage of an item to the test, as many items of each",
        source="Kim & Fanselow 1992: 1, 7, 14 and 28 days",
    )
    night_ms: float = parameter(
        12_000.0,
        "length of a night: what stands for all offline time of a day",
        chosen="twenty up-states, so that an item is replayed about once",
        low=0.0,
        high=LONGEST_MS,
        step=100.0,
    )
    nights: str = parameter(
        "replay",
        "what happens at night: replay; awake, without offline states; or silenced, with silent "
        "hippocampal cells",
        chosen="the animal sleeps",
        choices=("replay", "awake", "silenced"),
    )
    lesion: str = parameter(
        "hippocampal",
        "what is silent in the lesioned tests: hippocampal cells, or deep entorhinal ones too",
        chosen="a lesion of the hippocampus alone",
        choices=tuple(LESIONS),
    )
    n_new: int = parameter(
        4,
        "number of items, beside the others, that are stored under the lesion and asked for after "
        "one more night",
        chosen="the anterograde part",
        low=0,
        high=1000,
    )

    @property
    def ages(self) -> list[int]:
        """Ages at the test in days, as named.

        Raises
        ------
        InputError
            For what is no list of days.
        """
        try:
            days = [int(word) for word in self.ages_d.split(",")]
        except ValueError:
            days = []
        if not days or len(set(days)) < len(days) or not all(1 <= day <= MOST_DAYS for day in days):
            words = f"must be different whole days from 1 to {MOST_DAYS} with commas between them"
            raise InputError(AGES_KEY, self.ages_d[:60], words)
        return days

    def total_items(self, n_slots: int) -> int:
        """Return the number of items that are drawn."""
        return self.n_items + self.n_new


def schedule(
    stimuli: Stimuli, parameters: ConsolidationParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: days and nights, then all items from their cues, intact and lesioned.

    All items are asked for on the last day, so their ages are those of items stored on different
    days. At night the schedule says nothing but that the animal is offline.

    Raises
    ------
    InputError
        Where items do not fit into the slots, or do not have all ages.
    """
    ages, n_items = parameters.ages, parameters.n_items
    n_slots = circuit.ensembles["hippocampal"]
    if n_items > n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be at most circuit.n_slots, {n_slots}: what is overwritten is not forgotten by "
            "time",
        )  # fmt: skip
    if n_items < len(ages):
        raise InputError(
            "protocol.n_items", n_items, f"must be at least {len(ages)}, one of each age"
        )
    day_of = {item: max(ages) - age for item, age in aged(n_items, ages).items()}
    epochs: list[Epoch] = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    rows: list[Silence] = []

    def store(item: int) -> None:
        epochs.extend(store_epochs(item, stimuli.keys[item], stimuli.values[item], parameters))

    def night(day: int) -> None:
        start = total_ms(epochs)
        drive = {} if parameters.nights == "awake" else {OFFLINE: 1.0}
        # The name says what its seconds stand for.
        epochs.append(Epoch(f"{NIGHT}:{day + 1}_(=_1_day)", parameters.night_ms, drive=drive))
        if parameters.nights == "silenced":
            rows.append(Silence("hippocampal", None, start, total_ms(epochs)))
        epochs.append(Epoch("rest", parameters.gap_ms))

    for day in range(max(ages)):
        for item in sorted(item for item, when in day_of.items() if when == day):
            store(item)
        if parameters.night_ms:
            night(day)
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    for group in (INTACT, LESIONED):
        start = total_ms(epochs)
        for age in ages:
            asked = [item for item, its in aged(n_items, ages).items() if its == age]
            epochs += recall_epochs(cues, parameters, f"{group}_{age}d", asked)
        if group == LESIONED:
            if parameters.n_new:
                new = range(n_items, n_items + parameters.n_new)
                for item in new:
                    store(item)
                if parameters.night_ms:
                    night(max(ages))
                epochs += recall_epochs(cues, parameters, NEW, new)
            rows += [Silence(name, None, start, math.inf) for name in LESIONS[parameters.lesion]]
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def aged(n_items: int, ages: list[int]) -> dict[int, int]:
    """Return the age of each item at the test in days; older ones have lower numbers."""
    parts = np.array_split(np.arange(n_items), len(ages))
    oldest_first = sorted(ages, reverse=True)
    return {int(item): age for age, part in zip(oldest_first, parts, strict=True) for item in part}


def beside_slots(experiment: Experiment, asked: Schedule, found: Readout) -> Readout:
    """Return what the rate model recalls with neocortical keys beside the slots."""
    return consolidated(experiment.settings.circuit, asked, found, experiment.settings.run.seed)


def replays_not_followed(circuit: Circuit, also: frozenset[str] = frozenset()) -> str:
    """Say with which defaults the rate model replays where the circuit has something else.

    Parameters
    ----------
    circuit
        The circuit.
    also
        Settings that the rate model follows beside those of consolidation.
    """
    found = [f"circuit.{name}" for name in not_followed(circuit.parameters, also)]
    shipped = {
        "returns": HebbianValueRule,
        "cortical_keys": CorticalKeyRule,
        "cortical_values": CorticalValueRule,
    }
    found += [
        f"the rule of {name}"
        for name, rule in shipped.items()
        if type(circuit.rules.get(name)) is not rule
    ]
    told = ", ".join(found)
    return f"the rate model replays as with the default of {told}" if found else ""


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score recall at each age, intact and lesioned, and of what is stored under the lesion.

    ``gradient`` is by how much more of the oldest items than of the youngest is recalled with
    silent hippocampal cells.
    """
    found = accuracy_by_group(readout, items)
    lesioned = by_age(found, f"accuracy_{LESIONED}")
    return {"gradient": lesioned[max(lesioned)] - lesioned[min(lesioned)], **found}


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw recall against age, the spikes, the attention and the weights."""
    from .pictures.key_value import attention_picture, consolidation_picture, weights_picture
    from .pictures.spikes import spikes_picture

    return [
        consolidation_picture(result),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


MEANINGS = {
    "gradient": "by how much more of the oldest items than of the youngest comes back without "
    "hippocampal cells",
    "accuracy_new": "items stored while hippocampal cells were silent: anterograde amnesia",
}

PROTOCOL = store_and_recall(
    name="consolidation",
    summary="store items over a month, sleep between, and see what a lesion takes at which age",
    description=(
        "Items are stored on some days of a month. At night slots replay by themselves, and "
        "neocortical keys learn from what is rebuilt. On the last day all items are asked for, "
        "with all cells and with silent hippocampal ones; then more are stored under the lesion. "
        "A night lasts seconds and stands for all offline time of a day. Measured: how much comes "
        "back of items of each age, with the hippocampus and without."
    ),
    parameters=ConsolidationParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings=MEANINGS,
    plateau_writes=True,
    beside_slots=beside_slots,
    not_followed=replays_not_followed,
    default_circuit="consolidating_memory",
    run={"dt_ms": 0.5},
    populations=("entorhinal", "hippocampal", "cortical", "deep", "neocortical"),
    projections=("keys", "values", "returns", "cortical_keys", "cortical_values"),
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
