"""Store lists of growing length, and find the length at which recall falls below 98 %.

Run it with ``hippokv run capacity`` or ``python -m hippokv.protocols.capacity``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.parameter import parameter

from .parts.comparison_memories import HOPFIELD
from .parts.lists import ListsParameters, measure_lists, recalled_lists
from .parts.store_and_recall import Recalled, store_and_recall

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


@dataclass(frozen=True)
class CapacityParameters(ListsParameters):
    """Hold the settings of the capacity curve."""

    lengths: str = parameter(
        "1, 5, 0.25N, 0.5N, 0.75N, N, 1.25N, 1.5N, 2N",
        "numbers of items in lists that follow one another in one run (N: number of slots); the "
        "memory is erased between them. Empty: one list of n_items",
        source="Tyulmankov et al. 2021, Fig 2a: on both sides of the capacity",
    )


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw accuracy against length, the spikes and the attention."""
    from .pictures.key_value import attention_picture, lists_picture
    from .pictures.spikes import spikes_picture

    return [lists_picture(result, HOPFIELD), spikes_picture(result), attention_picture(result)]


PROTOCOL = store_and_recall(
    name="capacity",
    summary="store lists of growing length, and find where recall falls below 98 %",
    description=(
        "Lists of items are stored and recalled from cues with a part hidden, one list after the "
        "other; between them the weights are erased, so that each list meets a naive memory. "
        "Measured: the fraction of value bits that come back of each list, and the length at which "
        "it falls below 98 %. With the least recently used slot it is the number of slots; with "
        "random slots (circuit.selection=random) items overwrite each other long before. A sweep "
        "over circuit.n_slots gives the capacity against the size of the circuit."
    ),
    parameters=CapacityParameters,
    schedule=recalled_lists,
    measure=measure_lists,
    pictures=pictures,
    circuit=AT_PAPERS_TEMPERATURE,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
