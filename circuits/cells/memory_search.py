"""A search of memory: slots come to mind by themselves, tire, and become more excitable by it.

The rhythm is that of offline states, a little weaker: not every up-state ignites a slot. What
hippocampal cells gain with each spike, retrieval practice, is intrinsic excitability, which lowers
the threshold: what is stored in the synapses of a cell stays as it is. Each spike of a search takes
a part of what is left to the most that a threshold can fall by. What holds nothing is not
practised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hippokv.parameter import fraction, parameter, redeclared

from ..population import Population, constants_of
from .offline_states import ReplayParameters, RhythmParameters


@dataclass(frozen=True)
class SearchRhythmParameters(RhythmParameters):
    """Hold the constants of the rhythm of a search."""

    up_current_pA: float = redeclared(
        RhythmParameters,
        "up_current_pA",
        428.0,
        chosen=(
            "12 pA below that of sleep: with 40 slots about half of the up-states ignite one, so "
            "that a list does not come to mind as a whole"
        ),
    )


@dataclass(frozen=True)
class SearchParameters(ReplayParameters):
    """Hold what hippocampal cells have in a search of memory."""

    fatigue_jump_mV: float = redeclared(
        ReplayParameters,
        "fatigue_jump_mV",
        0.2,
        chosen=(
            "some eight spikes: what has just come to mind comes 25 times less readily than the "
            "rest"
        ),
    )
    fatigue_tau_ms: float = redeclared(
        ReplayParameters,
        "fatigue_tau_ms",
        8_000.0,
        chosen="a few tens of up-states: in a test of 20 s less comes back twice",
    )
    strengthening: float = fraction(
        0.1,
        "part of what is left to the most excitability that a spike in a search adds",
        chosen="some seven spikes: half of it in one retrieval; 0 is no strengthening",
    )
    cued_strengthening: float = fraction(
        0.0,
        "the same of a spike at a cue, without acetylcholine",
        chosen="none: a cue leaves no trace, but where a protocol is about it",
    )
    most_excitable_mV: float = parameter(
        1.5,
        "most by which searches lower the threshold of a cell",
        chosen="three times the softness of the threshold: comes to mind 20 times as readily",
        low=0.0,
        high=20.0,
    )


# Acetylcholine, which is there while something is studied, keeps its spikes from counting.
PRACTISED = """\
practised        = offline*strengthening + (1 - offline)*(1 - acetylcholine)*cued_strengthening
excitability    += int(excitability >= 0*volt)*practised*(most_excitable - excitability)
"""


def practised(cells: Population, parameters: SearchParameters) -> Population:
    """Let cells that replay offline become more excitable with each spike of a retrieval."""
    return replace(
        cells,
        reset=cells.reset + PRACTISED,
        constants=(
            *cells.constants,
            *constants_of(parameters, "strengthening", "cued_strengthening", "most_excitable"),
        ),
    )
