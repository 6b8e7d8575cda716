"""Parameters of the slot memory, and the quantities that follow from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from hippokv.arrays import Array
from hippokv.parameter import fraction, parameter
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.milstein_key_rule import MilsteinKeyRule
from hippokv.plasticity.passive_value_rule import PassiveValueRule
from hippokv.plasticity.stability import Stability

from .cells.axonal_delays import AxonalDelays
from .cells.cholinergic_cells import CholinergicParameters
from .cells.dendritic_race import RaceParameters
from .cells.differing_cells import Heterogeneity
from .cells.hippocampal_cells import HippocampalParameters
from .cells.homeostasis import Homeostasis
from .cells.interneurons import PVParameters, SSTParameters
from .cells.pattern_cells import PatternCellParameters
from .cells.recurrent_loop import LoopParameters
from .manipulation.manipulations import Light
from .manipulation.opsins import OPSINS
from .presets import preset_among

#: Number of input units at which ``beta`` is stated.
REFERENCE_INPUTS = 40
#: Rate of a hippocampal cell during a plateau, measured; the rate model needs its order alone.
BURST_RATE_HZ = 150.0
#: What gives a slot memory the temperature of the softmax of Tyulmankov et al. 2021, Eq 4, at 40
#: inputs. At that, a cue that hides nothing calls for half as much inhibition again as PV cells
#: give by default.
AT_PAPERS_TEMPERATURE = {"beta": 1.0, "pv.inhibition_nS": 0.3}
#: Part of the inputs that the reference cue gives: 60 % hidden (Tyulmankov et al. 2021, A.1).
REFERENCE_GIVEN = 0.4


@dataclass(frozen=True)
class SlotMemoryParameters:
    """Hold every number of the slot memory."""

    #: Numbers, by key, that experiments which change all of them leave alone in this circuit.
    needs_not: ClassVar[Mapping[str, float]] = {}
    #: Whether an instruction alone makes slots take an item, whatever the schedule did before.
    takes_items: ClassVar[bool] = True

    preset: str = preset_among("physiological")
    n_inputs: int = parameter(
        40,
        "number of input units d, each an ON and an OFF cell",
        source="Tyulmankov et al. 2021, Fig 2: d = 40",
        low=1,
        high=2000,
        structural=True,
    )
    n_slots: int = parameter(
        40,
        "number of hippocampal slots N",
        source="Tyulmankov et al. 2021, Fig 2: N = 40",
        low=1,
        high=2000,
        structural=True,
    )
    n_outputs: int = parameter(
        40,
        "number of value units m, each an ON and an OFF cell",
        source="Tyulmankov et al. 2021, Fig 2: m = d",
        low=1,
        high=2000,
        structural=True,
    )
    cells_per_unit: int = parameter(
        1,
        "number of ON cells, and of OFF cells, of an input or value unit",
        chosen="one that fires fast; several that fire slowly tell as much",
        low=1,
        high=100,
        structural=True,
    )
    cells_per_slot: int = parameter(
        20,
        "number of hippocampal cells in a slot",
        chosen="see benchmarks/softmax.py",
        low=1,
        high=100,
        structural=True,
    )
    n_pv: int = parameter(
        40,
        "number of PV cells",
        chosen="the jitter of their synapses averages out, see benchmarks/softmax.py",
        low=2,
        high=1000,
        structural=True,
    )
    n_sst: int = parameter(
        2,
        "number of SST cells",
        chosen="two spikes at once hold every dendrite",
        low=1,
        high=1000,
        structural=True,
    )
    n_cholinergic: int = parameter(
        10,
        "number of cholinergic cells",
        chosen="a smooth release",
        low=1,
        high=1000,
        structural=True,
    )
    selection: str = parameter(
        "ring",
        "which slot takes a new item: the next in a wired ring (Eq 6), the least recently used one "
        "by a race of dendrites, or any (Eq 7)",
        source="Tyulmankov et al. 2021, Eq 6 and 7",
        choices=("ring", "least_recent", "random"),
    )
    plateau_probability: float = fraction(
        0.1,
        "probability of a plateau in each slot, for random selection",
        source="Tyulmankov et al. 2021, Fig 2: p = 0.1",
    )
    key_plasticity: str = parameter(
        "overwriting",
        "whether a plateau writes the keys anew (overwriting) or as the published rule has it "
        "(milstein)",
        source="Gershman, Fiete & Irie 2025, Eq 12, and Milstein et al. 2021",
        choices=("overwriting", "milstein"),
        structural=True,
    )
    value_plasticity: str = parameter(
        "plateau_gated",
        "whether value synapses know of the plateaus (plateau_gated) or forget passively "
        "(passive_decay)",
        source="Tyulmankov et al. 2021, Eq 11 and Eq 16",
        choices=("plateau_gated", "passive_decay"),
        structural=True,
    )
    beta: float = parameter(
        0.5,
        "inverse temperature of the softmax at 40 inputs and 60 % hidden",
        chosen="recall at N = d = 40 equals that at 1, the paper's",
        low=0.01,
        high=5.0,
    )
    reference_conductance_nS: float = parameter(
        20.0,
        "PV conductance that the reference cue calls up",
        chosen="room to fall for fainter cues and to rise for fuller ones",
        high=100.0,
    )
    population_rate_Hz: float = parameter(
        300.0,
        "summed rate of the hippocampal cells at the peak of the rhythm that PV feedback makes",
        chosen="about twice the mean of 140 Hz; it enters the calibration by its logarithm",
    )
    synaptic_jitter: float = fraction(
        0.1,
        "standard deviation of the efficacy of a key synapse, relative",
        chosen="a realistic spread under which the softmax must hold",
    )
    inhibitory_jitter: float = fraction(
        0.05,
        "the same of a PV synapse",
        chosen="perisomatic synapses vary less than dendritic ones",
    )
    value_pA: float = parameter(
        500.0,
        "jump of the value current at a hippocampal spike",
        chosen="20 spikes per second already make a value cell fire, so that faint cues are read",
        high=100000.0,
    )
    hippocampal: HippocampalParameters = field(default_factory=HippocampalParameters)
    pv: PVParameters = field(default_factory=PVParameters)
    sst: SSTParameters = field(default_factory=SSTParameters)
    entorhinal: PatternCellParameters = field(default_factory=PatternCellParameters)
    cortical: PatternCellParameters = field(default_factory=PatternCellParameters)
    cholinergic: CholinergicParameters = field(default_factory=CholinergicParameters)
    key_rule: BTSPKeyRule = field(default_factory=BTSPKeyRule)
    milstein_rule: MilsteinKeyRule = field(default_factory=MilsteinKeyRule)
    value_rule: HebbianValueRule = field(default_factory=HebbianValueRule)
    passive_rule: PassiveValueRule = field(default_factory=PassiveValueRule)
    stability: Stability = field(default_factory=Stability)
    loop: LoopParameters = field(default_factory=LoopParameters)
    race: RaceParameters = field(default_factory=RaceParameters)
    heterogeneity: Heterogeneity = field(default_factory=Heterogeneity)
    homeostasis: Homeostasis = field(default_factory=Homeostasis)
    delays: AxonalDelays = field(default_factory=AxonalDelays)


def key_rule_of(parameters: SlotMemoryParameters) -> BTSPKeyRule | MilsteinKeyRule:
    """Return the rule by which keys are learned, and whose stored keys the calibration is for."""
    milstein = parameters.key_plasticity == "milstein"
    return parameters.milstein_rule if milstein else parameters.key_rule


def calibration_of(parameters: Any) -> Calibration:
    """Return the calibration of a circuit's competition, from its parameters."""
    kind: type[Calibration] = getattr(parameters, "calibrated_by", Calibration)
    return kind(parameters)


@dataclass(frozen=True)
class Calibration:
    r"""Derive what makes the competition a softmax of known temperature.

    A hippocampal cell with voltage *v* fires at the rate
    :math:`e^{(v-\theta)/\Delta}/\tau`, so shares of spikes are a softmax of the voltages. A key
    synapse with weight 1 from a driven cell adds the current :math:`I_1` on average; a change of
    one in the +-1 dot product is half a match, and moves *v* by :math:`I_1/2(g_L + g_c + g)`,
    with *g* the PV conductance. Hence

    .. math:: \beta(g) = \frac{I_1}{2\,\Delta\,(g_L + g_c + g)} .

    PV feedback holds the voltage of the cells that fire at the operating voltage
    :math:`v^* = \theta + \Delta\ln(R\tau/n)`, at which the *n* cells of the best slot alone give
    the population rate *R*. The balance of currents there gives the *g* that a cue calls up.

    That is for stored keys of 1 where an item has an entry and 0 elsewhere. Where a rule leaves
    :math:`w_1` and :math:`w_0`, a match is the current :math:`w_1 I_1`, and :math:`I_1` is larger
    by :math:`1/(w_1 - w_0)`.
    """

    parameters: SlotMemoryParameters

    @property
    def operating_mV(self) -> float:
        """Voltage at which the best slot fires at the population rate."""
        return self._firing_mV(self.parameters.population_rate_Hz / self.parameters.cells_per_slot)

    @property
    def match_pA(self) -> float:
        """Mean current of one match: a driven key synapse that has stored its entry."""
        return self._match_pA(self.parameters.beta * REFERENCE_INPUTS / self.parameters.n_inputs)

    @property
    def key_epsc_pA(self) -> float:
        """Jump of the key current at one presynaptic spike."""
        charge_ms = self.parameters.hippocampal.key_tau_ms
        rate, stored = (
            self.parameters.entorhinal.rate_Hz,
            key_rule_of(self.parameters).stored_weight,
        )
        spikes_Hz = self.parameters.cells_per_unit * rate
        return self.match_pA / stored / (spikes_Hz * charge_ms / 1e3) if spikes_Hz > 0 else 0.0

    @property
    def resting_bias_pA(self) -> float:
        """Tonic current that puts a slot without input there, against the reference conductance."""
        return self._outward_pA + self.parameters.reference_conductance_nS * self._gaba_drive_mV

    @property
    def bias_pA(self) -> float:
        """Tonic current that puts the best slot at the operating voltage for the reference cue."""
        reference_matches = REFERENCE_GIVEN * self.parameters.n_inputs
        return self.resting_bias_pA - reference_matches * self.match_pA

    def feedforward_nS(self, n_given: float) -> float:
        """Return what a cue of so many entries opens without PV cells: nothing here."""
        return 0.0

    def needed_nS(self, n_given: float, matches: float) -> float:
        """Return the PV conductance that would hold the best slot at the operating voltage.

        Below 0 even no inhibition lets it fire as it should; above :attr:`most_nS` PV cells cannot
        make it.

        Parameters
        ----------
        n_given
            Number of entries that a cue gives.
        matches
            Number of them that the best slot has, and what else drives it, in matches.
        """
        inward = self.bias_pA + matches * self.match_pA - self._outward_pA
        return inward / self._gaba_drive_mV - self.feedforward_nS(n_given)

    @property
    def pv_jump_nS(self) -> float:
        """Jump of the conductance of a hippocampal cell at one PV spike."""
        return self.parameters.pv.inhibition_nS

    @property
    def most_nS(self) -> float:
        """PV conductance when every PV cell fires as fast as its refractoriness lets it."""
        circuit, pv = self.parameters, self.parameters.pv
        fastest = (
            circuit.hippocampal.pv_tau_ms / pv.refractory_period_ms
            if pv.refractory_period_ms
            else math.inf
        )
        return circuit.n_pv * self.pv_jump_nS * fastest

    def conductance_nS(self, n_given: float, more: float = 0.0) -> float:
        """Return the PV conductance during a cue.

        Parameters
        ----------
        n_given
            Number of entries that it gives, all of a stored key.
        more
            What else drives the best slot, in matches.
        """
        return min(max(self.needed_nS(n_given, n_given + more), 0.0), self.most_nS)

    def beta(self, n_given: float, more: float = 0.0) -> float:
        """Return the inverse temperature during such a cue, per unit of dot product."""
        logit_pA = self.parameters.hippocampal.escape_width_mV * self._total_nS(n_given, more)
        return self.match_pA * self._contrast / (2 * logit_pA)

    @property
    def readable_Hz(self) -> float:
        """Summed rate from which on value cells fire, if all spikes drive the same ones.

        Those in a background always fire; they are read when they fire twice as often.
        """
        circuit, cell = self.parameters, self.parameters.cortical
        needed_pA = (
            cell.doubling_pA
            if cell.in_background
            else cell.leak_nS * (cell.spike_threshold_mV - cell.resting_voltage_mV)
        )
        charge_fC = circuit.value_pA * cell.value_tau_ms
        return max(needed_pA, 0.0) / charge_fC * 1e3 if charge_fC else math.inf

    def summed_rate_Hz(self, n_given: float, matches: float) -> float:
        """Return the mean summed rate of the hippocampal cells, but for their refractoriness.

        PV conductance is about proportional to it: half the population rate, which is the peak of a
        rhythm, makes the reference conductance. Where PV cells can make no more, the rate grows
        e-fold with each escape width by which the best slot is above the operating voltage.
        """
        circuit, needed = self.parameters, self.needed_nS(n_given, matches)
        made = min(max(needed, 0.0), self.most_nS)
        reference = circuit.reference_conductance_nS
        part = made / reference if reference else 1.0
        # Cells that nothing can hold fire as they do at the operating voltage at least.
        balanced = circuit.population_rate_Hz / 2 * (max(part, 1.0) if needed > made else part)
        cell = circuit.hippocampal
        total = cell.leak_nS + cell.coupling_nS + self.feedforward_nS(n_given) + made
        above_mV = max(needed - made, 0.0) * self._gaba_drive_mV / total
        return balanced * math.exp(min(above_mV / cell.escape_width_mV, 500.0))

    def too_quiet(self, n_given: float, matches: float) -> bool:
        """Return whether the layer fires too little for value cells to be driven."""
        return self.summed_rate_Hz(n_given, matches) < self.readable_Hz

    def saturated(self, n_given: float, matches: float) -> bool:
        """Return whether a cue asks for more inhibition than PV cells can make."""
        return self.needed_nS(n_given, matches) > self.most_nS

    def answer(self, shares: Array, n_given: float, matches: float) -> Array:
        """Return the shares of slots, where PV cells reach a limit as that leaves them.

        Parameters
        ----------
        shares
            Shares of the slots by the softmax, shape (N,).
        n_given, matches
            As in :meth:`needed_nS`.

        Returns
        -------
        array
            The same while PV cells balance the cue; all 0 where the layer is too quiet for value
            cells; where PV cells are saturated, what refractoriness leaves.
        """
        if self.too_quiet(n_given, matches):
            return np.zeros_like(shares)
        cell = self.parameters.hippocampal
        if not self.saturated(n_given, matches) or not cell.refractory_period_ms:
            return shares
        rate = self.summed_rate_Hz(n_given, matches)
        highest = self.parameters.cells_per_slot * 1e3 / cell.refractory_period_ms
        rates = rate * shares / (1 + rate * shares / highest)
        left: Array = rates / rates.sum()
        return left

    @property
    def balanced_cues(self) -> tuple[float, float]:
        """Fewest and most entries of a stored key that a cue can give for PV cells to balance it.

        Below, the layer fires too little to be read; above, PV cells are saturated.
        """
        able = [
            given
            for given in range(self.parameters.n_inputs + 1)
            if not self.too_quiet(given, given) and not self.saturated(given, given)
        ]
        return (able[0], able[-1]) if able else (math.nan, math.nan)

    @property
    def idle_nS(self) -> float:
        """Conductance against which naive hippocampal cells settle at their rate in idle epochs.

        Patterns of all entries drive the keys then, half of whose weight is there.
        """
        circuit = self.parameters
        settled_mV = self._firing_mV(circuit.homeostasis.target_rate_Hz)
        rule = key_rule_of(circuit)
        naive = rule.initial_weight / rule.stored_weight
        driven_pA = naive * circuit.n_inputs * self.match_pA
        inward_pA = self.bias_pA + driven_pA - self._leaving_pA(settled_mV)
        return inward_pA / (settled_mV - circuit.hippocampal.gaba_reversal_mV)

    def lit(self, n_given: float, light: Light) -> tuple[float, float]:
        """Return what light on all cells of a slot does to the competition.

        The photocurrent at the operating voltage, averaged over the pulses, acts as matches do: it
        calls up PV conductance and raises the voltage of the slot.

        Parameters
        ----------
        n_given
            Number of entries that the cue gives, 0 for none.
        light
            The light.

        Returns
        -------
        tuple
            The inverse temperature, and the logit that the light adds to the slot.
        """
        cell = self.parameters.hippocampal
        inward = -OPSINS[light.opsin].mean_photocurrent_pA(
            light.irradiance_mW_per_mm2, self.operating_mV, light.stop_ms - light.start_ms,
            light.frequency_Hz, light.width_ms,
        )  # fmt: skip
        matches = max(inward, 0.0) / self.match_pA if self.match_pA else 0.0
        logit_pA = cell.escape_width_mV * self._total_nS(n_given, matches)
        return self.beta(n_given, matches), inward / logit_pA

    def concentration(self, level: float) -> float:
        """Return the neuromodulator at a level of the schedule, in units of half occupancy."""
        cell, circuit = self.parameters.hippocampal, self.parameters
        quanta_per_s = circuit.n_cholinergic * circuit.cholinergic.rate_Hz(level)
        return cell.acetylcholine_quantum * quanta_per_s * cell.acetylcholine_tau_ms / 1e3

    def occupancy(self, level: float) -> float:
        """Return the part of the receptors that a level of the schedule occupies."""
        concentration = self.concentration(level)
        return concentration / (1 + concentration)

    def stabilises(self, level: float) -> bool:
        """Return whether what is stored at a level of the schedule becomes stable."""
        return self.concentration(level) > self.parameters.stability.stability_threshold

    def key_updates(self, interval_ms: float) -> float:
        """Return the number of updates of a key synapse in one plateau."""
        return max(self.parameters.hippocampal.plateau_length_ms // interval_ms - 1, 0)

    @property
    def value_updates(self) -> float:
        """Number of updates of a value synapse in the burst of one plateau, if all spikes count."""
        return BURST_RATE_HZ * (self.parameters.hippocampal.plateau_length_ms / 1e3)

    def _match_pA(self, beta: float) -> float:
        circuit, cell = self.parameters, self.parameters.hippocampal
        total = cell.leak_nS + cell.coupling_nS + circuit.reference_conductance_nS
        return 2 * beta * cell.escape_width_mV * total / self._contrast

    @property
    def _contrast(self) -> float:
        """How much less a mismatch drives a cell than a match, as a part of the match."""
        rule = key_rule_of(self.parameters)
        return 1 - rule.left_weight / rule.stored_weight

    def _total_nS(self, n_given: float, more: float) -> float:
        cell, inhibition = self.parameters.hippocampal, self.feedforward_nS(n_given)
        return cell.leak_nS + cell.coupling_nS + inhibition + self.conductance_nS(n_given, more)

    @property
    def _outward_pA(self) -> float:
        return self._leaving_pA(self.operating_mV)

    def _firing_mV(self, rate_Hz: float) -> float:
        """Return the voltage at which a hippocampal cell fires at a rate."""
        cell = self.parameters.hippocampal
        return cell.spike_threshold_mV + cell.escape_width_mV * math.log(
            rate_Hz * cell.escape_tau_ms / 1e3
        )

    def _leaving_pA(self, voltage_mV: float) -> float:
        """Return what leaves a hippocampal cell at a voltage without inhibition."""
        cell = self.parameters.hippocampal
        return (cell.leak_nS + cell.coupling_nS) * (voltage_mV - cell.resting_voltage_mV)

    @property
    def _gaba_drive_mV(self) -> float:
        return self.operating_mV - self.parameters.hippocampal.gaba_reversal_mV
