"""The plasticity rule: what a rule says of itself, to be put on a projection that learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class PlasticityRule:
    """Say how the synapses of a projection learn; this one never changes a weight.

    A rule is a subclass in a file of its own: a frozen dataclass whose fields are its numbers and
    whose class variables are its equations. Those of the cells are added to the populations before
    and behind the synapse, so that a rule brings the traces that it reads.

    ``on_event`` changes ``weight``. It may read ``initial_weight`` (what weights start from: the
    number of that name, else 0), ``blocked`` (1 while the schedule blocks plasticity), the rule's
    ``synaptic_constants``, and the variables of the two cells with ``_pre`` and ``_post`` at their
    ends, such as ``acetylcholine_post`` of a hippocampal cell. On a projection whose synapses have
    ``stable_from`` it ends with :func:`.stability.become_stable`, which lets a strong
    neuromodulator close synapses, and which reads a ``plastic`` that the statements have worked
    out.
    """

    #: Event of a cell that sets off an update, and whether it is a cell before (``pre``) or behind
    #: (``post``) the synapse.
    event: ClassVar[str] = ""
    side: ClassVar[str] = "pre"
    #: One update of a synapse.
    on_event: ClassVar[str] = ""
    #: What the synapse does beside its transmission when the cell before it spikes.
    on_transmission: ClassVar[str] = ""
    #: Event that it brings to the cells behind, beside those that they have: its name, when it
    #: happens, and what it does to the cell. An ``event`` may be it.
    postsynaptic_event: ClassVar[tuple[str, str, str] | None] = None
    #: Statements at each step of the schedule's grid, each with a variable of the synapses that
    #: must not be 0 for it, or with an empty name.
    on_grid: ClassVar[tuple[tuple[str, str], ...]] = ()

    #: Equations that it adds to the cells before, to those behind, and to the synapses.
    presynaptic_equations: ClassVar[str] = ""
    postsynaptic_equations: ClassVar[str] = ""
    synaptic_equations: ClassVar[str] = ""
    #: What a spike of the cells before and behind does to what these equations describe.
    on_presynaptic_spike: ClassVar[str] = ""
    on_postsynaptic_spike: ClassVar[str] = ""
    #: Its numbers that the cells before, those behind and the synapses hold, without their units.
    presynaptic_constants: ClassVar[tuple[str, ...]] = ()
    postsynaptic_constants: ClassVar[tuple[str, ...]] = ()
    synaptic_constants: ClassVar[tuple[str, ...]] = ()
    #: Variables of these cells whose values are numbers of the rule, by variable.
    presynaptic_values: ClassVar[Mapping[str, str]] = {}
    postsynaptic_values: ClassVar[Mapping[str, str]] = {}
    #: Terms in braces that it fills in the equations of the cells before, behind, and the synapses.
    presynaptic_terms: ClassVar[Mapping[str, str]] = {}
    postsynaptic_terms: ClassVar[Mapping[str, str]] = {}
    synaptic_terms: ClassVar[Mapping[str, str]] = {}

    def written(self, occupancy: float, updates: float) -> float:
        """Return the part of the old weight that some updates replace: the rule's rate form.

        A rule has none that does not define it, and neither has one that takes it over and changes
        an equation.

        Parameters
        ----------
        occupancy
            Part of the receptors that the neuromodulator occupies, from 0 to 1.
        updates
            Number of updates in one plateau.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rate form")

    def kept(self, occupancy: float, duration_ms: float) -> float:
        """Return what forgetting leaves of a weight under so much neuromodulator for so long."""
        return 1.0

    @property
    def has_rate_form(self) -> bool:
        """Whether a rate model can learn by this rule."""
        for kind in type(self).__mro__:
            if kind is PlasticityRule or "written" in vars(kind):
                break
            if vars(PlasticityRule)["__annotations__"].keys() & vars(kind):
                return False
        return kind is not PlasticityRule
