"""Store values that are not their own keys, and recall them from occluded keys.

Run it with ``hippokv run heteroassociative`` or ``python -m hippokv.protocols.heteroassociative``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.parameter import redeclared

from .parts.comparison_memories import BIDIRECTIONAL
from .parts.lists import ListsParameters, measure_lists, recalled_lists
from .parts.store_and_recall import store_and_recall
from .pictures.key_value import lists_pictures


@dataclass(frozen=True)
class HeteroassociativeParameters(ListsParameters):
    """Hold the settings of heteroassociative recall."""

    own_values: bool = redeclared(
        ListsParameters,
        "own_values",
        True,
        source="Tyulmankov et al. 2021, Fig 5a: values distinct from keys",
    )


PROTOCOL = store_and_recall(
    name="heteroassociative",
    summary="recall values that are other patterns than their keys, and half as wide",
    description=(
        "Items are stored whose values are random patterns of their own, by default half as wide "
        "as the keys, and recalled from keys with a part hidden. Keys and values have synapses of "
        "their own, so that nothing changes for the circuit; the bidirectional associative memory, "
        "which has one matrix for both, loses much of its capacity."
    ),
    parameters=HeteroassociativeParameters,
    schedule=recalled_lists,
    measure=measure_lists,
    pictures=partial(lists_pictures, memories=BIDIRECTIONAL),
    circuit={**AT_PAPERS_TEMPERATURE, "n_outputs": 20},
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
