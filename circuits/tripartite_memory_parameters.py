"""Parameters of the tripartite memory, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hippokv.parameter import parameter, redeclared

from .presets import preset_among
from .slot_memory_parameters import Calibration, SlotMemoryParameters


@dataclass(frozen=True)
class TripartiteCalibration(Calibration):
    """Derive a layer whose slots all fire as the best one of a slot memory does, whatever the cue.

    Keys drive no soma, so PV cells have the same to balance at any cue, and the temperature is that
    of the processes.
    """

    parameters: TripartiteMemoryParameters

    @property
    def match_pA(self) -> float:
        """Mean current of a key synapse into the soma: none."""
        return 0.0

    @property
    def bias_pA(self) -> float:
        """Tonic current that puts all cells at the operating voltage, for any cue."""
        return self.resting_bias_pA

    @property
    def pv_excitation_pA(self) -> float:
        """Jump of the current of a PV cell at a spike, which are as many from each slot."""
        return self.parameters.pv.excitation_pA / self.parameters.n_slots

    @property
    def quantum(self) -> float:
        """What one spike adds to the glutamate, so that a driven synapse of weight 1 makes 1."""
        circuit = self.parameters
        spikes_Hz = circuit.cells_per_unit * circuit.entorhinal.rate_Hz
        arriving = spikes_Hz * circuit.hippocampal.key_tau_ms / 1e3
        return 1 / arriving if arriving > 0 else 0.0

    def beta(self, n_given: float, more: float = 0.0) -> float:
        """Return the inverse temperature, the same for every cue."""
        return self.parameters.beta


@dataclass(frozen=True)
class AstrocyteParameters:
    """Hold the constants of astrocyte processes."""

    process_tau_ms: float = parameter(
        150.0,
        "time in which a process follows the glutamate",
        chosen="as fast as calcium of fine processes; slower ones need longer cues",
        low=1.0,
        high=60000.0,
    )
    dissociation: float = parameter(
        1.0,
        "summed affinity at which half of what processes share stays free",
        chosen="that of a slot without any glutamate: the store is nearly all taken",
        low=0.001,
        high=1e6,
    )


@dataclass(frozen=True)
class TripartiteMemoryParameters(SlotMemoryParameters):
    """Hold every number of the slot memory in which astrocyte processes select."""

    calibrated_by: ClassVar[type[Calibration]] = TripartiteCalibration

    preset: str = preset_among()
    beta: float = redeclared(
        SlotMemoryParameters,
        "beta",
        1.0,
        source="Tyulmankov et al. 2021, Eq 4: 1 at every size; here for every cue",
    )
    astrocyte: AstrocyteParameters = field(default_factory=AstrocyteParameters)
