"""Metaplasticity: what a strong neuromodulator lets a synapse learn becomes stable for good."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter

#: When a synapse becomes stable that nothing has made so: after the end of any experiment.
NEVER_S = 1e6


@dataclass(frozen=True)
class Stability:
    r"""Close a synapse for ever that is updated while the neuromodulator is strong.

    Tyulmankov et al. 2021, Eq 17: a synapse whose learning rate :math:`\eta_t` ever crossed a
    threshold above 1 has :math:`S=1` from the next event on, and its learning rate becomes
    :math:`(1-S)\,q_t\gamma_t`. The learning rate of a synapse is the concentration of the
    neuromodulator at it, here as a low-affinity receptor sees it: the high-affinity one, which
    gates plasticity, is saturated long before.

    The event itself must still be written, over several updates; so stability takes hold a moment
    later, as the capture of a synaptic tag does, which takes minutes in tissue (Frey & Morris
    1997).

    In the paper's network a slot that is stable is still called for in its turn, and what it is
    called for is lost. Here the dendrite of a cell that had its plateau under a strong
    neuromodulator stays as hard to excite as one that was just used, and the next slot is called.
    """

    stability_threshold: float = parameter(
        50.0,
        "neuromodulator above which an update makes a synapse stable, in units of half occupancy",
        chosen="between 23 at level 1 and 81 at level 10, the 2021 paper's for a flashbulb memory",
        low=0.0,
        high=1e6,
    )
    stability_delay_ms: float = parameter(
        700.0,
        "time from the first such update until the synapse is stable",
        chosen=(
            "outlasts the plateau and its instruction, and is over before the next item is written"
        ),
        high=100_000.0,
    )


def become_stable(side: str) -> str:
    """Return the statements of an update that make a synapse stable.

    Parameters
    ----------
    side
        Where the neuromodulator acts on it: ``pre`` or ``post``.
    """
    return f"""
strong       = int(released_{side} > stability_threshold)*plastic*int(stable_from > t + stability_delay)
stable_from += strong*(t + stability_delay - stable_from)
"""  # noqa: E501


#: Variable of a synapse: from when on it is stable.
STABLE = """
stable_from : second
"""
