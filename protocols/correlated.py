"""Store items that resemble a template, and tell them apart from half-hidden cues.

Run it with ``hippokv run correlated`` or ``python -m hippokv.protocols.correlated``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.parameter import fraction, parameter

from .parts.comparison_memories import HOPFIELD
from .parts.lists import ListsParameters, measure_lists, recalled_lists
from .parts.store_and_recall import store_and_recall
from .pictures.key_value import lists_pictures
from .running.stimuli import Stimuli, random_stream

VARIANTS = ("redrawn", "flipped")


@dataclass(frozen=True)
class CorrelatedParameters(ListsParameters):
    """Hold the settings of correlated items."""

    rho: float = fraction(
        0.6,
        "probability with which an entry is that of the template",
        source="Tyulmankov et al. 2021, Fig 4c: 0.6",
    )
    variant: str = parameter(
        "redrawn",
        "what the other entries are: redrawn (correlation rho with the template, rho**2 between "
        "items) or flipped (2 rho - 1 with the template)",
        source="redrawn: the code of Tyulmankov et al. 2021; flipped: their Appendix A.2",
        choices=VARIANTS,
    )


def resembling(
    keys: NDArray[np.int8], rho: float, variant: str, stream: np.random.Generator
) -> NDArray[np.int8]:
    """Return keys that resemble the first of them, which is the template.

    Parameters
    ----------
    keys
        Independent keys in -1 and 1, shape (T, d).
    rho
        Probability with which an entry is that of the template.
    variant
        ``redrawn``: the others are those of the key itself; ``flipped``: the template's opposite.
    stream
        Random numbers.
    """
    template = keys[0]
    kept = stream.random(keys.shape) < rho
    kept[0] = True
    others = -template if variant == "flipped" else keys
    found: NDArray[np.int8] = np.where(kept, template, others).astype(np.int8)
    return found


def schedule(
    stimuli: Stimuli, parameters: CorrelatedParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule of lists, each with a template of its own."""
    stream = random_stream(seed, "correlated")
    own_values = not np.array_equal(stimuli.keys, stimuli.values)
    keys = stimuli.keys.copy()
    first = 0
    for length in parameters.list_lengths(circuit.ensembles["hippocampal"]):
        items = slice(first, first + length)
        keys[items] = resembling(keys[items], parameters.rho, parameters.variant, stream)
        first += length
    alike = replace(stimuli, keys=keys, values=stimuli.values if own_values else keys)
    return recalled_lists(alike, parameters, circuit, seed)


PROTOCOL = store_and_recall(
    name="correlated",
    summary="store items that resemble a template, and tell them apart",
    description=(
        "All items of a list resemble a template, as the frames of a film do: each entry is the "
        "template's with probability rho, and otherwise drawn anew (or flipped). They are stored "
        "in slots of their own and recalled from cues with a part hidden. Similar keys compete "
        "more; a Hopfield network, whose attractors overlap, loses the differences altogether."
    ),
    parameters=CorrelatedParameters,
    schedule=schedule,
    measure=measure_lists,
    pictures=partial(lists_pictures, memories=HOPFIELD),
    circuit=AT_PAPERS_TEMPERATURE,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
