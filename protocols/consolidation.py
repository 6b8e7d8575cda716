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
from hippokv.parameter import fraction, parameter, redeclared
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.slow_cortical_rules import CorticalKeyRule, CorticalValueRule

from .parts.categories import Categories, categorised
from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import LONGEST_MS, idle_epochs, store_epochs
from .running.stimuli import MOST_ITEMS, Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Experiment, Result

NIGHT = "night"
INTACT, LESIONED, NEW = "intact", "lesioned", "new"
AGES_KEY = "protocol.ages_d"
MOST_DAYS = 400
#: How the names of scores begin that are parts of bits: of those that items of a category share,
#: and of those that are an item's own.
BITS = "bits_"
CATEGORY, SPECIFIC = f"{BITS}category_", f"{BITS}specific_"
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
    n_categories: int = parameter(
        0,
        "number of categories; items of one share a part of their entries with its prototype, "
        "which is never shown; 0: items are unrelated",
        chosen="items that have nothing in common",
        low=0,
        high=MOST_ITEMS,
    )
    category_similarity: float = fraction(
        0.7,
        "part of the entries, of key and of value, that an item has from the prototype of its "
        "category; the others are its own",
        chosen="two items of a category agree in three quarters of their entries",
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
        """Return the number of patterns that are drawn: items, and prototypes of categories."""
        return self.n_items + self.n_new + self.n_categories

    @property
    def recalls(self) -> list[tuple[str, list[int]]]:
        """Kinds of recall in the order of the schedule, each with the items that it asks for."""
        of_age = {
            age: [item for item, its in aged(self.n_items, self.ages).items() if its == age]
            for age in self.ages
        }
        found = [
            (f"{group}_{age}d", of_age[age]) for group in (INTACT, LESIONED) for age in self.ages
        ]
        new = list(range(self.n_items, self.n_items + self.n_new))
        return [*found, (NEW, new)] if new else found


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
    if parameters.n_categories > n_items:
        raise InputError(
            "protocol.n_categories", parameters.n_categories,
            f"must be at most {n_items}, protocol.n_items",
        )  # fmt: skip
    if parameters.n_categories:
        stimuli = in_categories(stimuli, parameters).items
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
    start = math.inf
    for group, asked in parameters.recalls:
        if group.startswith(LESIONED):
            start = min(start, total_ms(epochs))
        if group == NEW:
            for item in asked:
                store(item)
            if parameters.night_ms:
                night(max(ages))
        epochs += recall_epochs(cues, parameters, group, asked)
    rows += [Silence(name, None, start, math.inf) for name in LESIONS[parameters.lesion]]
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def in_categories(stimuli: Stimuli, parameters: ConsolidationParameters) -> Categories:
    """Return the items of a life, where they are of categories."""
    return categorised(stimuli, parameters.n_categories, parameters.category_similarity)


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


def gist(
    stimuli: Stimuli, parameters: ConsolidationParameters, circuit: Circuit, readout: Readout
) -> dict[str, float]:
    """Score apart what items share with their category and what is their own, at each age.

    Nothing where items are unrelated. ``gist`` is by how much more of the former than of the latter
    comes back of the oldest items with silent hippocampal cells.
    """
    if not parameters.n_categories:
        return {}
    categories = in_categories(stimuli, parameters)
    item = np.array([one for _, asked in parameters.recalls for one in asked])
    group = np.array([name for name, asked in parameters.recalls for _ in asked])
    bits = {name: categories.bits(readout, group == name, item) for name, _ in parameters.recalls}
    category, own = bits[f"{LESIONED}_{max(parameters.ages)}d"]
    return {
        "gist": category - own,
        **{f"{CATEGORY}{name}": shared for name, (shared, _) in bits.items()},
        **{f"{SPECIFIC}{name}": own for name, (_, own) in bits.items()},
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw recall against age, the spikes, the attention and the weights."""
    from .pictures.key_value import (
        attention_picture,
        consolidation_picture,
        gist_picture,
        weights_picture,
    )
    from .pictures.spikes import spikes_picture

    return [
        consolidation_picture(result),
        *([gist_picture(result, BITS)] if "gist" in result.metrics else []),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


MEANINGS = {
    "gradient": "by how much more of the oldest items than of the youngest comes back without "
    "hippocampal cells",
    "accuracy_new": "items stored while hippocampal cells were silent: anterograde amnesia",
    "gist": "of the oldest items, without hippocampal cells: by how much more comes back of what "
    "they share with their category than of what is their own",
    CATEGORY: "part of the bits that items have from the prototype of their category, in these "
    "recalls; guessing gives 0.5, the prototype in the item's place 1",
    SPECIFIC: "part of the bits that are an item's own, in these recalls; guessing gives 0.5, and "
    "the prototype in the item's place 0.5 on average",
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
    outcome=gist,
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
