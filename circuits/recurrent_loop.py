"""The recurrent loop: what cortex recalls becomes the next entorhinal cue, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hippokv.parameter import parameter

from .scheduled_drive import run_on_grid

if TYPE_CHECKING:
    from brian2 import NeuronGroup

#: What the schedule's channel ``loop`` says: nothing is held, the pattern is held, a new one loaded.
OPEN, HOLD, LOAD = 0.0, 1.0, 2.0


@dataclass(frozen=True)
class LoopParameters:
    r"""Hold the constants of the loop from the values back to the input.

    Tyulmankov et al. 2021, Fig 5b: :math:`x_{t+1} = \mathrm{sign}(\tilde y_t)`. Without gates the
    next cue would change the recall that it comes from. Hence a cortical cell excites its
    entorhinal partner, and through an interneuron inhibits the partner's opposite, by a slow current
    that the entorhinal cells only listen to at the begin of a step, as theta phases separate what
    comes in from what is recalled (Hasselmo et al. 2002); a cell that is then excited goes into a
    state of persistent firing (Egorov et al. 2002) and holds the pattern until the next step.
    """

    # fmt: off
    feedback_tau_ms: float = parameter(150.0, "decay of the current from cortex to entorhinal cells", "chosen: NMDA, 50-150 ms; averages over the spikes of a recall and outlasts the pause between two steps", low=1.0, high=10000.0)
    # fmt: on


#: Equations of the cortical cells. Nothing but a pattern that is loaded depends on the current, so it
#: is followed from spike to spike and not from step to step: without a loop it costs nothing.
FEEDBACK_EQUATIONS = """
feedback                                                         : 1
fed_back_at                                                      : second
feedback_tau                                                     : second (shared)
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
feedback_tau                                                     : second (shared)
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


def close_loop(cortical: NeuronGroup, entorhinal: NeuronGroup) -> None:
    """Let entorhinal cells hold the pattern that cortical cells fired before it is loaded.

    Parameters
    ----------
    cortical, entorhinal
        Populations of ON/OFF pairs of the same size, all ON cells first, with the equations above.
        The level of the entorhinal cells is read from the schedule before.
    """
    from brian2 import linked_var

    cell = np.arange(len(entorhinal))
    for name, index in (("partner", cell), ("opposite", np.roll(cell, len(cell) // 2))):
        setattr(entorhinal, name, linked_var(cortical, "feedback", index=index))
        setattr(entorhinal, f"{name}_at", linked_var(cortical, "fed_back_at", index=index))
    run_on_grid(entorhinal, READ_LOOP, order=3)
    run_on_grid(entorhinal, LOAD_PATTERN, order=4, name="entorhinal_while_loading")
    run_on_grid(entorhinal, HOLD_PATTERN, order=5)
