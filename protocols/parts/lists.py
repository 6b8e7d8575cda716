"""Lists: items stored and asked for, list after list, each in a memory that knows no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hippokv.analysis.recall.capacity import capacity_of_curve
from hippokv.analysis.recall.groups import LIST, numbered
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.rate_model import NAIVE
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy, accuracy_by_group
from hippokv.circuits.circuit import WEIGHT, Circuit
from hippokv.circuits.manipulation.manipulations import Erase, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.parameter import parameter

from ..running.stimuli import MOST_ITEMS, Stimuli
from .multiples_of_slots import counts
from .recalling import CuedRecallParameters, occluded, recall_epochs
from .storing import storage_epochs

LENGTHS_KEY = "protocol.lengths"


@dataclass(frozen=True)
class ListsParameters(CuedRecallParameters):
    """Hold the settings of lists."""

    lengths: str = parameter(
        "",
        "numbers of items in lists that follow one another in one run, such as 10, 0.5N, N, 1.5N "
        "(N: number of slots); the memory is erased between them. Empty: one list of n_items",
        chosen="one list",
    )
    erasing_ms: float = parameter(
        300.0,
        "rest after the memory was erased",
        chosen="traces of the list before fade",
        low=5.0,
        high=60000.0,
        step=5.0,
    )

    def list_lengths(self, n_slots: int) -> list[int]:
        """Return the number of items of each list, for a circuit with so many slots."""
        return counts(LENGTHS_KEY, self.lengths, n_slots, MOST_ITEMS) or [self.n_items]

    @property
    def items_key(self) -> str:
        """Setting that says how many items the protocol needs."""
        return LENGTHS_KEY if self.lengths.strip() else super().items_key

    def total_items(self, n_slots: int) -> int:
        """Return the number of items of all lists together."""
        return sum(self.list_lengths(n_slots))


def erased(circuit: Circuit, at_ms: float) -> list[Erase]:
    """Return what makes a circuit forget all items; other weights that it is given stay."""
    return [
        Erase(name, at_ms)
        for name in circuit.projections
        if name in NAIVE or WEIGHT not in circuit[name].initial
    ]


def lists_schedule(
    stimuli: Stimuli,
    parameters: ListsParameters,
    circuit: Circuit,
    list_epochs: Callable[[range, str], list[Epoch]],
) -> Schedule:
    """Return the schedule of several lists, with the memory erased in between.

    Parameters
    ----------
    stimuli
        Items of all lists.
    parameters
        How long the lists are.
    circuit
        What they are stored in.
    list_epochs
        Stores and asks for the items with these numbers, in recalls of this group.
    """
    epochs: list[Epoch] = []
    rows: list[Erase] = []
    first = 0
    for length in parameters.list_lengths(circuit.ensembles["hippocampal"]):
        if first:
            rows += erased(circuit, total_ms(epochs))
            epochs.append(Epoch("erase", parameters.erasing_ms))
        epochs += list_epochs(range(first, first + length), f"{LIST}{length}")
        first += length
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def recalled_lists(
    stimuli: Stimuli, parameters: ListsParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that stores each list and asks for all its items by occluded cues."""
    cues = occluded(stimuli.keys, parameters.occlusion, seed)

    def list_epochs(items: range, group: str) -> list[Epoch]:
        stored = storage_epochs(stimuli, parameters, items)
        return stored + recall_epochs(cues, parameters, group, items)

    return lists_schedule(stimuli, parameters, circuit, list_epochs)


def measure_lists(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score all recalls together and those of each list; the capacity where there are several.

    ``capacity`` is the length at which 98 % of the bits come back, on a line through the accuracies
    of the lists: 0 where no list has as much, not a number where the longest still has.
    """
    scores = {**accuracy(readout, items), **accuracy_by_group(readout, items)}
    lists = numbered(LIST, items.groups)
    if len(lists) > 1:
        found = [scores[f"accuracy_{group}"] for group in lists.values()]
        scores["capacity"] = capacity_of_curve(list(lists), found)
    return scores
