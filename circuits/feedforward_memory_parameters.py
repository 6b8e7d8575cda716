"""Parameters of the slot memory with feed-forward inhibition, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hippokv.parameter import fraction, parameter, redeclared

from .cells.feedforward_inhibition import FeedforwardParameters, TonicParameters
from .cells.hippocampal_cells import HippocampalParameters
from .cells.interneurons import PVParameters
from .presets import preset_among
from .slot_memory_parameters import AT_PAPERS_TEMPERATURE, Calibration, SlotMemoryParameters


@dataclass(frozen=True)
class FeedforwardCalibration(Calibration):
    r"""Derive a competition whose operating point hardly depends on the cue.

    Feed-forward inhibition takes the part :math:`\varphi` of what *n* matches would add, at the
    operating voltage :math:`v^*`; refractoriness of the interneurons makes it a little less for
    full cues. With :math:`D = v^* - E_{GABA}`,

    .. math::

        g_{ff}(n) &= \frac{\varphi\,n\,I_1}{D\,(1 + \frac{n}{d}\,r_{full}\,\tau_{refractory})},\\
        g_{PV}(n) &= g_{ref} + \frac{n\,I_1}{D} - g_{ff}(n),\\
        \beta(n)  &= \frac{I_1}{2\,\Delta\,(g_L + g_c + g_{PV}(n) + g_{ff}(n))} .

    So beta is near 1, the paper's, for faint cues, where it decides, and falls as a cue grows and
    its slot wins by far. The tonic current needs no reference cue.
    """

    parameters: FeedforwardMemoryParameters

    @property
    def match_pA(self) -> float:
        """Mean current of one driven key synapse of weight 1: the same at every width."""
        return self._match_pA(self.parameters.beta)

    @property
    def bias_pA(self) -> float:
        """Tonic current that puts the best slot at the operating voltage, for any cue."""
        return self.resting_bias_pA

    @property
    def epsc_pA(self) -> float:
        """Jump of the current of an interneuron at one entorhinal spike."""
        circuit, cell = self.parameters, self.parameters.feedforward
        climb_fC = cell.capacitance_pF * (cell.spike_threshold_mV - cell.reset_voltage_mV)
        spikes_Hz = circuit.n_inputs * circuit.cells_per_unit * circuit.entorhinal.rate_Hz
        charge_fC = climb_fC * cell.full_rate_Hz / spikes_Hz if spikes_Hz > 0 else 0.0
        return charge_fC / cell.excitation_tau_ms

    @property
    def pv_jump_nS(self) -> float:
        r"""Jump of the conductance of a hippocampal cell at one PV spike.

        Spikes that travel delay the feedback, and the layer fires until it comes. It is late by two
        axons. Of that, in units of the decay of what excites PV cells, the part *m* is made up for:
        with the mean delay :math:`\delta` of an axon,
        :math:`g = g_0(1 + 2 m \delta/\tau_{excitation})`.
        """
        circuit, pv = self.parameters, self.parameters.pv
        late = 2 * circuit.delays.mean_ms / pv.excitation_tau_ms
        return pv.inhibition_nS * (1 + circuit.delay_compensation * late)

    @property
    def jump_nS(self) -> float:
        """Jump of the conductance of hippocampal cells at one spike of an interneuron."""
        circuit, cell = self.parameters, self.parameters.feedforward
        spikes = circuit.n_feedforward * cell.full_rate_Hz * cell.inhibition_tau_ms / 1e3
        return self._counted_nS(circuit.n_inputs) / spikes

    def feedforward_nS(self, n_given: float) -> float:
        """Return what a cue of so many entries opens without PV cells, or none."""
        if n_given <= 0:
            tonic = self.parameters.tonic
            return tonic.tone_nS if tonic.rate_Hz > 0 else 0.0
        cell = self.parameters.feedforward
        occupied = cell.full_rate_Hz * cell.refractory_period_ms / 1e3
        given = n_given / self.parameters.n_inputs
        return self._counted_nS(n_given) / (1 + given * occupied)

    def _counted_nS(self, n_given: float) -> float:
        return self.parameters.counted * n_given * self.match_pA / self._gaba_drive_mV


@dataclass(frozen=True)
class FeedforwardHippocampalParameters(HippocampalParameters):
    """Hold the constants of hippocampal cells whose keys are counted by interneurons."""

    key_rise_ms: float = redeclared(
        HippocampalParameters,
        "key_rise_ms",
        4.0,
        chosen=(
            "keys of the perforant path are far out on the dendrite; no faster than what counts "
            "them, which has one synapse more to go: else all slots fire at the onset of full cues"
        ),
    )
    pv_tau_ms: float = redeclared(
        HippocampalParameters,
        "pv_tau_ms",
        30.0,
        chosen=(
            "slower than fast GABA-A and at the edge of slow (Pearce 1993, not looked up: 30-70 ms)"
            ": long against the loop through PV cells, so that delays do not make it ring"
        ),
    )
    plateau_conductance_nS: float = redeclared(
        HippocampalParameters,
        "plateau_conductance_nS",
        200.0,
        chosen="a burst is against more inhibition than without feed-forward cells",
    )


@dataclass(frozen=True)
class FeedforwardPVParameters(PVParameters):
    """Hold the constants of PV cells that are fast in a loop and linear up to 140 nS."""

    capacitance_pF: float = redeclared(
        PVParameters,
        "capacitance_pF",
        50.0,
        chosen="with the leak, 2.5 ms: in each millisecond of the loop the layer goes on firing",
    )
    resting_voltage_mV: float = redeclared(
        PVParameters, "resting_voltage_mV", -65.0, chosen="5 mV below the lowest threshold"
    )
    refractory_period_ms: float = redeclared(
        PVParameters,
        "refractory_period_ms",
        2.0,
        chosen="a quarter of the shortest interval of full cues: rates stay in proportion",
    )
    lowest_threshold_mV: float = redeclared(
        PVParameters,
        "lowest_threshold_mV",
        -60.0,
        chosen="far enough from rest that a soft threshold leaves them nearly silent there",
    )
    highest_threshold_mV: float = redeclared(
        PVParameters,
        "highest_threshold_mV",
        -40.0,
        chosen="a wide range, so that the loop has small steps",
    )
    escape_width_mV: float = redeclared(
        PVParameters, "escape_width_mV", 4.0, chosen="soft, so that the loop bears its delays"
    )
    excitation_tau_ms: float = redeclared(
        PVParameters,
        "excitation_tau_ms",
        2.0,
        chosen="AMPA onto fast-spiking cells, as in feed-forward interneurons",
    )
    excitation_pA: float = redeclared(
        PVParameters,
        "excitation_pA",
        160.0,
        chosen="the layer fires at 120 to 350 Hz for faint cues, at 680 for whole ones of 200",
    )
    inhibition_nS: float = redeclared(
        PVParameters,
        "inhibition_nS",
        0.88,
        chosen="40 cells at 130 Hz give the 138 nS that a whole cue of 200 entries asks for",
    )


@dataclass(frozen=True)
class FeedforwardMemoryParameters(SlotMemoryParameters):
    """Hold every number of the slot memory with feed-forward inhibition."""

    calibrated_by: ClassVar[type[Calibration]] = FeedforwardCalibration
    #: Its temperature is the paper's by itself.
    needs_not: ClassVar[Mapping[str, float]] = AT_PAPERS_TEMPERATURE
    #: What a run has where it names no preset.
    own_preset: ClassVar[str] = "differing"

    preset: str = preset_among("differing")
    n_feedforward: int = parameter(
        100,
        "number of feed-forward interneurons",
        chosen="their count of a cue is then as steady as the cue",
        low=1,
        high=1000,
        structural=True,
    )
    n_tonic: int = parameter(
        20,
        "number of tonic interneurons",
        chosen="a smooth tone",
        low=1,
        high=1000,
        structural=True,
    )
    beta: float = redeclared(
        SlotMemoryParameters,
        "beta",
        1.3,
        chosen=(
            "inhibition divides it: 1 for a cue of five to six entries, as Tyulmankov et al. 2021, "
            "Eq 4, have it for all; so the faint cues that decide come back as there, with 200 "
            "slots too"
        ),
    )
    reference_conductance_nS: float = redeclared(
        SlotMemoryParameters,
        "reference_conductance_nS",
        27.0,
        chosen=(
            "so many spikes say what shares are for faint cues; with more, PV feedback makes a "
            "sharper rhythm"
        ),
    )
    counted: float = parameter(
        0.9,
        "part of what matches add that feed-forward inhibition takes away",
        chosen=(
            "PV cells have the rest to do: less, and full cues of 200 entries saturate them; more, "
            "and those of which a fifth is wrong leave them nothing"
        ),
        high=1.5,
    )
    delay_compensation: float = fraction(
        1 / 3,
        "part of the lateness of PV feedback, where spikes travel, that its strength makes up for",
        chosen=(
            "1.5 times as strong with delays of 1-2 ms: rates of faint cues stay as without, those "
            "of full ones are a quarter below; 0: a PV synapse is as without"
        ),
    )
    value_pA: float = redeclared(
        SlotMemoryParameters,
        "value_pA",
        200.0,
        chosen="the layer fires at 120 to 680 Hz, more than with feedback alone for faint cues",
    )
    hippocampal: HippocampalParameters = field(default_factory=FeedforwardHippocampalParameters)
    pv: PVParameters = field(default_factory=FeedforwardPVParameters)
    feedforward: FeedforwardParameters = field(default_factory=FeedforwardParameters)
    tonic: TonicParameters = field(default_factory=TonicParameters)
