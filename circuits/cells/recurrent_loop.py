"""The recurrent loop: what cortex recalls becomes the next entorhinal cue, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hippokv.parameter import parameter

from ..population import Link, Population, Update, constants_of

#: What the schedule's channel ``loop`` says: nothing is held, the pattern is, a new one is loaded.
OPEN, HOLD, LOAD = 0.0, 1.0, 2.0


@dataclass(frozen=True)
class LoopParameters:
    r"""Hold the constants of the loop from the values back to the input.

    Tyulmankov et al. 2021, Fig 5b: :math:`x_{t+1} = \mathrm{sign}(\tilde y_t)`. Without gates the
    next cue would change the recall that it comes from. Hence a cortical cell excites its
    entorhinal partner, and through an interneuron inhibits the partner's opposite, by a slow
    current that the entorhinal cells only listen to at the begin of a step, as theta phases
    separate what comes in from what is recalled (Hasselmo et al. 2002); a cell that is then excited
    goes into a state of persistent firing (Egorov et al. 2002) and holds the pattern until the next
    step.
    """

    feedback_tau_ms: float = parameter(
        150.0,
        "decay of the current from cortex to entorhinal cells",
        chosen=(
            "NMDA, 50-150 ms; averages over the spikes of a recall and outlasts the pause between "
            "two steps"
        ),
    )


#: Equations of the cortical cells. Nothing but a pattern that is loaded depends on the current, so
#: it is followed from spike to spike and not from step to step: without a loop it costs nothing.
FEEDBACK_EQUATIONS = """
feedback                                                         : 1
fed_back_at                                                      : second
"""

#: What a spike of a cortical cell adds to the current that it sends to its partner.
FEED_BACK = """
feedback     = feedback*exp((fed_back_at - t)/feedback_tau) + 1
fed_back_at  = t
"""

#: Equations of the entorhinal cells.
LOOP_EQUATIONS = """
held                                                             : 1
holding                                                          : 1 (shared)
loading                                                          : 1 (shared)
partner                                                          : 1 (linked)
partner_at                                                       : second (linked)
opposite                                                         : 1 (linked)
opposite_at                                                      : second (linked)
"""

READ_LOOP = """
holding  = int(scheduled_loop(t, 0) > 0.5)
loading  = int(scheduled_loop(t, 0) > 1.5)
"""

# A cell that neither its partner nor the partner's opposite excited stays silent. After 700 time
# constants a current is as small as numbers get, and counts as none.
LOAD_PATTERN = """
excited  = partner*exp((partner_at - t)/feedback_tau) > opposite*exp((opposite_at - t)/feedback_tau)
lasting  = t - partner_at < 700*feedback_tau
held     = loading*int(excited)*int(lasting) + (1 - loading)*held
"""

HOLD_PATTERN = """
held     = holding*held
level    = clip(level + held, 0, 1)
"""


def with_loop(
    entorhinal: Population, cortical: Population, parameters: LoopParameters
) -> tuple[Population, Population]:
    """Let entorhinal cells hold the pattern that cortical cells fired before it is loaded.

    Parameters
    ----------
    entorhinal, cortical
        Populations of ON/OFF pairs of the same size, all ON cells first.
    parameters
        The constants.

    Returns
    -------
    tuple
        The two populations, entorhinal and cortical.
    """
    cell = np.arange(entorhinal.cells)
    links = {
        name: Link(cortical.name, variable, cells)
        for side, cells in (("partner", cell), ("opposite", np.roll(cell, len(cell) // 2)))
        for name, variable in ((side, "feedback"), (f"{side}_at", "fed_back_at"))
    }
    held = replace(
        entorhinal,
        equations=entorhinal.equations + LOOP_EQUATIONS,
        updates=(
            *entorhinal.updates,
            Update(READ_LOOP, 3),
            Update(LOAD_PATTERN, 4, f"{entorhinal.name}_while_loading"),
            Update(HOLD_PATTERN, 5),
        ),
        constants=(*entorhinal.constants, *constants_of(parameters)),
        links={**entorhinal.links, **links},
        channels={**entorhinal.channels, "loop": 1},
    )
    heard = replace(
        cortical,
        equations=cortical.equations + FEEDBACK_EQUATIONS,
        reset=cortical.reset + FEED_BACK,
        constants=(*cortical.constants, *constants_of(parameters)),
    )
    return held, heard
