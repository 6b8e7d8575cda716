"""Store lists one after the other, and ask for the list before the last.

Run it with ``hippokv run interference`` or ``python -m hippokv.protocols.interference``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .parts.context_keys import context_size, cues_in_context, in_context
from .parts.recalling import CuedRecallParameters, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

#: Orders in which each length follows each, itself included, with no more than two long lists.
ORDERS = (
    ("short", "short", "long", "long", "short"),
    ("short", "long", "long", "short", "short"),
)
LENGTHS = ("short", "long")


@dataclass(frozen=True)
class InterferenceParameters(CuedRecallParameters):
    """Hold the settings of lists that follow one another."""

    n_items: int = parameter(
        40,
        "number of items to draw, of which the lists take the first ones (of a file: all its "
        "rows, unless set)",
        chosen="as many as slots, so that nothing is overwritten",
        low=1,
        high=2000,
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="content that the cue does not give"
    )
    short_length: int = parameter(
        4,
        "number of items in a short list",
        chosen="Shiffrin 1970 has 5; with 12 in a long one the lists fill 40 slots",
        low=1,
        high=1000,
    )
    long_length: int = parameter(
        12,
        "number of items in a long list",
        chosen="Shiffrin 1970 has 20; see short_length",
        low=1,
        high=1000,
    )
    further_lists: int = parameter(
        1,
        "number of short lists more, before all lists are asked for again",
        chosen="two to five lists then came between",
        low=0,
        high=1000,
    )
    cue_ms: float = redeclared(
        CuedRecallParameters,
        "cue_ms",
        1400.0,
        chosen=(
            "twice that of cued recall, since among many alike the sampling of spikes costs bits"
        ),
    )
    context: float = fraction(
        0.5,
        "fraction of the entries of a key that are the context of its list",
        chosen="other lists take no part in recall, in the rate model for 0.3 to 0.6, seeds 0-59",
    )
    occlusion: float = fraction(
        0.8,
        "fraction of an item's own entries that its cue hides; the context is given whole",
        chosen="4 of 20 given; in the rate model short lists are then 13 % of the bits above long "
        "ones and still above 90 %, seeds 0-59",
    )

    def lengths(self, order: tuple[str, ...]) -> list[int]:
        """Return the number of items of each list, in the order of storage."""
        size = {"short": self.short_length, "long": self.long_length}
        return [size[kind] for kind in order] + [self.short_length] * self.further_lists


def schedule(
    stimuli: Stimuli, parameters: InterferenceParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: lists, each asked for at once, after the next one, and at the end.

    Raises
    ------
    InputError
        Where the lists need more slots than there are, or more items than are drawn.
    """
    order = ORDERS[random_stream(seed, "order of lists").integers(len(ORDERS))]
    stops = np.cumsum(parameters.lengths(order)).tolist()
    lists = [range(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]
    n_needed, n_slots = stops[-1], circuit.ensembles["hippocampal"]
    if n_needed > n_slots:
        raise InputError(
            "protocol.long_length", parameters.long_length,
            f"must be such that all lists together, {n_needed} items, are at most "
            f"circuit.n_slots, {n_slots}: what is overwritten is not forgotten by interference",
        )  # fmt: skip
    if n_needed > len(stimuli.keys):
        raise InputError(
            "protocol.n_items",
            len(stimuli.keys),
            f"must be at least {n_needed}, all lists together",
        )
    n_context = context_size(stimuli.keys.shape[1], parameters.context)
    keys = in_context(stimuli.keys[:n_needed], lists, n_context)
    studied = Stimuli(keys, stimuli.values[:n_needed])
    cues = cues_in_context(keys, n_context, parameters.occlusion, seed)

    def ask(number: int, when: str) -> list[Epoch]:
        return recall_epochs(cues, parameters, f"{order[number]}_{when}", lists[number])

    epochs: list[Epoch] = []
    for number, items in enumerate(lists):
        epochs += storage_epochs(studied, parameters, items)
        if 0 < number < len(order):
            epochs += ask(number - 1, f"after_{order[number]}")
        if number < len(order) - 1:
            epochs += ask(number, "at_once")
    for number in range(len(order) - 1):
        epochs += ask(number, "after_several")
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score each list after what came between, and the effects of what came.

    ``accuracy_*`` are value bits right. ``effect_of_own_length`` is by how much those of short
    lists are above those of long ones, with one list between. The other two compare the same
    items, asked for with the same cues: ``effect_of_next_length`` is what a long list between
    takes away more than a short one, ``effect_of_number`` what several lists take away more than
    one.
    """
    scores = accuracy_by_group(readout, items)
    right = agreement(readout, items.values[items.query_item])
    own = [_mean(right, items, own, LENGTHS) for own in LENGTHS]
    n_items = len(items.keys)

    def of_items(when: tuple[str, ...]) -> NDArray[np.float64]:
        asked = items.asked(*(f"{own}_{what}" for own in LENGTHS for what in when))
        found = np.full(n_items, np.nan)
        found[items.query_item[asked]] = right[asked]
        return found

    at_once, after_one = of_items(("at_once",)), of_items(("after_short", "after_long"))
    lost = {
        (own, between): np.nanmean((at_once - after_one)[_asked(items, own, between)])
        for own in LENGTHS
        for between in LENGTHS
    }
    more = [lost[own, "long"] - lost[own, "short"] for own in LENGTHS]
    return {
        **scores,
        "effect_of_own_length": own[0] - own[1],
        "effect_of_next_length": float(np.mean(more)),
        "effect_of_number": float(np.nanmean(after_one - of_items(("after_several",)))),
    }


def _asked(items: Items, own: str, between: str) -> NDArray[np.int64]:
    return items.query_item[items.asked(f"{own}_after_{between}")]


def _mean(right: NDArray[np.float64], items: Items, own: str, between: tuple[str, ...]) -> float:
    return float(np.mean([right[items.asked(f"{own}_after_{what}")].mean() for what in between]))


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw the effect of list lengths, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, list_length_picture
    from .pictures.spikes import spikes_picture

    return [list_length_picture(result), spikes_picture(result), attention_picture(result)]


PROTOCOL = store_and_recall(
    name="interference",
    summary="store lists one after the other, and ask for the list before the last",
    description=(
        "Short and long lists are stored one after the other, in slots enough for all. All items "
        "of a list share a context, the first entries of their keys; the cue gives it back and "
        "hides most of what is the item's own. Each list is asked for at once, after the next list "
        "(short or long), and again after several. Items of the same context compete in the "
        "softmax, others are kept out by theirs, so recall depends on the length of the list asked "
        "for and not on what came between (Shiffrin 1970; Gershman et al. 2025). Measured: the "
        "accuracy in each condition, and the effects of own length, next length and number."
    ),
    parameters=InterferenceParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
