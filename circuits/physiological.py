"""The physiological preset of the slot memory: every constant that was measured is in its range.

Ranges are those of the source: means with standard deviation (standard errors times the square root
of the number of cells), or the ranges that it states. What a compartment, a threshold of a spiking
model or a wiring has, and no tissue, is chosen, and says so. Quantities that follow from several
constants and are what physiologists measure (time constants of membranes, unitary potentials,
rates) are in ``DERIVED`` with their ranges.
"""

from __future__ import annotations

from typing import Any

from .presets import Derived, Preset, PresetValue, chosen, within
from .slot_memory_parameters import calibration_of

CHEVALEYRE = "Chevaleyre & Siegelbaum 2010, Table 1: CA1 pyramidal cells"
PIKE = "Pike et al. 2000, Table 1"
LUEBKE = "Lübke et al. 1998, Table 1: basket cells"
MILSTEIN = "Milstein et al. 2021: the authors' network"
ALONSO = "Alonso & Klink 1993, not looked up: principal cells of medial entorhinal cortex"
DESTEXHE = "Destexhe et al. 2001, not looked up: synaptic background in vivo"
PERNIA = "Pernía-Andrade & Jonas 2014, Table 1: granule cells in vivo"
NOT_MEASURED = "nobody has measured such a thing"


def _cells() -> tuple[PresetValue, ...]:
    """Return the numbers of cells and how much their synapses vary."""
    return (
        chosen(
            "circuit.cells_per_unit", 10,
            "ten cells at 10 Hz tell in 2 s what one at 105 Hz told in 1 s",
        ),
        chosen(
            "circuit.cells_per_slot", 40,
            "each fires at 12 Hz, and its synapse on a value cell can be small",
        ),
        chosen("circuit.n_pv", 100, "their spikes at 30 Hz make a steady conductance"),
        chosen("circuit.n_sst", 10, "each has a small part in the inhibition of dendrites"),
        chosen("circuit.n_cholinergic", 30, "at 15 Hz each, a smooth release"),
        within(
            "circuit.synaptic_jitter", 0.33, 0.2, 0.6,
            "Mercer et al. 2012, Table 5: unitary EPSPs in CA1 pyramidal cells differ by 33 %; in "
            "basket cells by 22 %",
        ),
        chosen(
            "circuit.inhibitory_jitter", 0.2,
            "near what excitatory synapses have on basket cells; of inhibitory ones none was found",
        ),
    )  # fmt: skip


def _competition() -> tuple[PresetValue, ...]:
    """Return what the calibration is for."""
    return (
        chosen("circuit.beta", 0.5, "as by default"),
        chosen(
            "circuit.reference_conductance_nS", 10.0,
            "as large as the leak; the calibration asks for it",
        ),
        chosen(
            "circuit.population_rate_Hz", 1000.0,
            "twice the mean, at which cells of the best slot fire at 12 Hz",
        ),
        chosen(
            "circuit.value_pA", 13.0,
            "a slot takes its value cells to 12 Hz; the unitary potential has its range below",
        ),
    )  # fmt: skip


def _hippocampal() -> tuple[PresetValue, ...]:
    """Return the constants of hippocampal cells and of what reaches them."""
    own = "circuit.hippocampal."
    return (
        within(own + "capacitance_pF", 170.0, 138.0, 202.0, CHEVALEYRE),
        within(
            own + "leak_nS", 9.0, 6.2, 15.6,
            f"{PIKE}: pyramidal cells, 113 MOhm with a standard deviation of 49",
        ),
        within(
            own + "resting_voltage_mV", -65.0, -75.3, -56.5,
            f"{PIKE}, -62 mV; {CHEVALEYRE}, -71.9 mV; each with its standard deviation",
        ),
        within(
            own + "gaba_reversal_mV", -75.0, -78.0, -65.0,
            "Glickfeld et al. 2009, not looked up: somatic inhibition of CA1 cells",
        ),
        chosen(own + "reset_voltage_mV", -60.0, "10 mV below threshold"),
        within(
            own + "refractory_period_ms", 3.0, 2.0, 7.0,
            "Ranck 1973, not looked up: spikes of complex spikes are 2-7 ms apart",
        ),
        within(
            own + "spike_threshold_mV", -50.0, -56.0, -46.0,
            "Epsztein et al. 2011, not looked up: thresholds of place cells and silent cells",
        ),
        within(
            own + "escape_width_mV", 1.0, 0.5, 3.0,
            "Jolivet et al. 2006 and Mensi et al. 2012, not looked up: fits to pyramidal cells",
        ),
        chosen(own + "escape_tau_ms", 10.0, "with the width it only shifts the threshold"),
        within(
            own + "noise_pA", 30.0, 20.0, 150.0,
            f"{DESTEXHE}; what it makes of the voltage has its range below",
        ),
        within(own + "noise_tau_ms", 5.0, 2.7, 10.5, f"{DESTEXHE}: 2.7 and 10.5 ms"),
        within(
            own + "key_tau_ms", 6.0, 3.5, 6.2,
            f"{PERNIA}: decay of EPSCs, 3.84 ms awake, 5.95 ms anaesthetised, each with its error",
        ),
        chosen(own + "key_rise_ms", 0.0, "as if all synapses were on the soma"),
        within(
            own + "pv_tau_ms", 7.0, 3.0, 8.0,
            "Bartos et al. 2007, not looked up: fast perisomatic inhibition",
        ),
        chosen(own + "dendrite_capacitance_pF", 50.0, "a compartment; its time constant is below"),
        chosen(own + "dendrite_leak_nS", 2.5, "a compartment; its time constant is below"),
        chosen(
            own + "coupling_nS", 0.1,
            "far weaker than in tissue: a plateau must know nothing of somatic spikes",
        ),
        within(own + "dendrite_noise_mV", 1.2, 1.2, 1.9, f"{PERNIA}: deviation of the voltage"),
        chosen(own + "dendrite_noise_tau_ms", 20.0, "the time constant of the dendrite"),
        chosen(own + "dendritic_threshold_mV", -50.0, "a threshold of a model"),
        within(
            own + "plateau_length_ms", 180.0, 100.0, 300.0,
            "Bittner et al. 2017: plateaus, and the 300 ms that make one",
        ),
        chosen(own + "plateau_refractory_ms", 150.0, NOT_MEASURED),
        chosen(own + "plateau_conductance_nS", 15.0, "the rate of its burst has its range below"),
        chosen(own + "plateau_reversal_mV", -20.0, "a mix of calcium, NMDA and potassium currents"),
        chosen(own + "adaptation_jump_mV", 20.0, NOT_MEASURED),
        chosen(own + "priming_depth_mV", 8.0, NOT_MEASURED),
        chosen(own + "recruitment_depth_mV", 60.0, NOT_MEASURED),
        chosen(own + "recruitment_length_ms", 3.0, NOT_MEASURED),
        chosen(own + "instruction_pA", 110.0, NOT_MEASURED),
        chosen(own + "instruction_tau_ms", 150.0, NOT_MEASURED),
        chosen(own + "kick_jump_mV", 90.0, "of no effect without random selection"),
        within(
            own + "key_suppression", 0.4, 0.0, 0.5,
            "Hasselmo & Schnell 1994, as Kremin & Hasselmo 2007 report it: less in stratum "
            "lacunosum-moleculare than in stratum radiatum; the numbers were not looked up",
        ),
        within(
            own + "value_suppression", 0.9, 0.5, 0.95,
            "as the Schaffer collaterals: Hasselmo & Schnell 1994, not looked up",
        ),
        within(
            own + "acetylcholine_tau_ms", 300.0, 300.0, 5000.0,
            "Parikh et al. 2007, not looked up: cholinergic transients last seconds",
        ),
        chosen(own + "acetylcholine_quantum", 0.1, "thirty cells at 15 Hz occupy 90 %"),
    )  # fmt: skip


def _interneurons() -> tuple[PresetValue, ...]:
    """Return the constants of PV and SST cells."""
    pv, sst = "circuit.pv.", "circuit.sst."
    return (
        within(
            pv + "capacitance_pF", 64.0, 60.0, 233.0,
            f"time constant over resistance: {PIKE}, 9 ms, 148 MOhm; {LUEBKE}, 10 ms, 43 MOhm",
        ),
        within(pv + "leak_nS", 6.8, 6.7, 23.3, f"{PIKE}: fast-spiking, 148 MOhm; {LUEBKE}, 43"),
        within(pv + "resting_voltage_mV", -56.0, -66.0, -54.5, f"{LUEBKE}, -62 mV; {PIKE}, -58 mV"),
        within(
            pv + "reset_voltage_mV", -65.0, -73.9, -63.9,
            f"{LUEBKE}: 14.9-24.9 mV below threshold, here the mean one",
        ),
        within(pv + "refractory_period_ms", 4.0, 3.7, 4.7, f"{LUEBKE}: at most 212-266 Hz"),
        within(
            pv + "lowest_threshold_mV", -54.0, -60.0, -36.0,
            "Hu et al. 2014, not looked up: fast-spiking cells",
        ),
        within(pv + "highest_threshold_mV", -44.0, -60.0, -36.0, "Hu et al. 2014, not looked up"),
        chosen(pv + "escape_width_mV", 3.0, "stands for fluctuations of the voltage by background"),
        chosen(pv + "escape_tau_ms", 20.0, "with the width it only shifts the threshold"),
        within(
            pv + "excitation_tau_ms", 2.0, 0.7, 3.0,
            "Geiger et al. 1997, not looked up: AMPA receptors of basket cells",
        ),
        chosen(pv + "excitation_pA", 80.0, "the unitary potential has its range below"),
        within(
            pv + "inhibition_nS", 1.0, 0.3, 5.0,
            "Bartos et al. 2007, not looked up: unitary conductances of perisomatic synapses",
        ),
        within(
            sst + "capacitance_pF", 74.0, 44.0, 142.0,
            f"time constant over resistance: {PIKE}, horizontal interneurons, 17 ms and 230 MOhm",
        ),
        within(sst + "leak_nS", 4.4, 3.1, 7.0, f"{PIKE}: horizontal interneurons, 230 MOhm"),
        within(sst + "resting_voltage_mV", -65.0, -68.2, -61.8, f"{PIKE}: horizontal interneurons"),
        chosen(sst + "spike_threshold_mV", -50.0, "as pyramidal cells"),
        chosen(sst + "reset_voltage_mV", -60.0, "10 mV below threshold"),
        chosen(sst + "refractory_period_ms", 3.0, "at most 333 Hz; rates are below"),
        chosen(sst + "excitation_tau_ms", 10.0, "bridges the time between updates of a plateau"),
        chosen(sst + "onset_pA", 1000.0, "the unitary potential has its range below"),
        chosen(sst + "plateau_pA", 600.0, "keeps the cells firing as long as the plateau lasts"),
        within(
            sst + "inhibition_nS", 2.0, 0.3, 5.0,
            "Maccaferri et al. 2000, not looked up: dendritic synapses of interneurons",
        ),
        within(
            sst + "inhibition_tau_ms", 30.0, 10.0, 50.0,
            "Maccaferri et al. 2000, not looked up: slower in dendrites than at the soma",
        ),
    )  # fmt: skip


def _pattern_cells(name: str) -> tuple[PresetValue, ...]:
    """Return the constants of entorhinal or cortical cells."""
    own = f"circuit.{name}."
    return (
        chosen(own + "capacitance_pF", 150.0, "the time constant has its range below"),
        within(own + "leak_nS", 10.0, 5.0, 30.0, f"{ALONSO}, 35-200 MOhm"),
        within(own + "resting_voltage_mV", -62.0, -68.0, -58.0, ALONSO),
        within(own + "spike_threshold_mV", -50.0, -55.0, -45.0, ALONSO),
        chosen(own + "reset_voltage_mV", -58.0, "8 mV below threshold"),
        within(
            own + "refractory_period_ms", 2.0, 1.0, 3.0,
            "Hodgkin & Huxley 1952, not looked up: as long as sodium channels need",
        ),
        chosen(own + "drive_pA", 42.0, "the rate of a driven cell has its range below"),
        within(own + "noise_pA", 50.0, 20.0, 150.0, DESTEXHE),
        within(own + "noise_tau_ms", 5.0, 2.7, 10.5, f"{DESTEXHE}: 2.7 and 10.5 ms"),
        chosen(own + "background_pA", 50.0, "takes an idle cell to 7 mV below threshold"),
        within(
            own + "theta_depth", 0.5, 0.2, 1.0,
            "Mizuseki et al. 2009, not looked up: entorhinal cells prefer a phase of theta",
        ),
        within(own + "theta_Hz", 8.0, 6.0, 10.0, "Buzsáki 2002, not looked up: theta of rodents"),
        within(own + "value_tau_ms", 5.0, 2.0, 6.2, f"decay of EPSCs: {PERNIA}")
        if name == "cortical"
        else chosen(own + "value_tau_ms", 20.0, "of no effect: nothing reaches these cells"),
    )  # fmt: skip


def _acetylcholine_and_learning() -> tuple[PresetValue, ...]:
    """Return the constants of cholinergic cells, of the rules, and the delays."""
    ach, keys, values = "circuit.cholinergic.", "circuit.key_rule.", "circuit.value_rule."
    return (
        within(
            ach + "capacitance_pF", 100.0, 50.0, 200.0,
            "Unal et al. 2012, not looked up: basal forebrain cholinergic cells",
        ),
        within(ach + "leak_nS", 5.0, 1.5, 10.0, "Unal et al. 2012, not looked up: 100-600 MOhm"),
        within(ach + "resting_voltage_mV", -65.0, -70.0, -50.0, "Unal et al. 2012, not looked up"),
        chosen(ach + "spike_threshold_mV", -50.0, "as other cells"),
        chosen(ach + "reset_voltage_mV", -60.0, "10 mV below threshold"),
        chosen(ach + "refractory_period_ms", 3.0, "of no effect at 15 Hz"),
        chosen(ach + "drive_pA", 77.0, "the rate has its range below"),
        chosen(ach + "recruitment_spread", 0.0, "as by default"),
        chosen(keys + "learning_rate", 0.3, "a plateau replaces the old key: an assumption"),
        chosen(keys + "interval_ms", 10.0, "a step of the computation"),
        within(
            keys + "eligibility_tau_ms", 1000.0, 100.0, 1664.0,
            f"{MILSTEIN}, 1664 ms; 100-1011 ms in single cells",
        ),
        chosen(keys + "eligibility_threshold", 0.45, "between an item and the one before it"),
        within(
            keys + "eligibility_slope", 0.1, 0.05, 0.227,
            f"{MILSTEIN}: half the widths of the sigmoids of depression and potentiation",
        ),
        chosen(keys + "initial_weight", 0.5, "as by default"),
        chosen(values + "learning_rate", 0.35, "a burst of 60 Hz replaces the old value"),
        within(
            values + "trace_tau_ms", 1000.0, 1000.0, 10_000.0,
            "He et al. 2015, not looked up: eligibility of cortical synapses lasts seconds",
        ),
        chosen(values + "trace_threshold", 0.45, "half of what a driven cell reaches in 2 s"),
        within(values + "trace_slope", 0.1, 0.05, 0.227, f"as that of keys: {MILSTEIN}"),
        chosen(values + "initial_weight", 0.0, "as by default"),
        within(
            "circuit.delays.shortest_delay_ms", 0.5, 0.3, 3.0,
            "Ali et al. 1998, not looked up: latencies of local connections of CA1",
        ),
        within(
            "circuit.delays.longest_delay_ms", 1.0, 0.3, 3.0,
            "Ali et al. 1998, not looked up: latencies of local connections of CA1",
        ),
    )  # fmt: skip


def _experiment() -> tuple[PresetValue, ...]:
    """Return how long items and cues are shown, where an experiment has such settings."""
    return (
        chosen(
            "protocol.study_ms",
            2000.0,
            "traces of cells at 10 Hz vary less over 16 cycles of theta",
        ),
        chosen(
            "protocol.gap_ms",
            2000.0,
            "the trace of the item before is gone: a soft sigmoid can read",
        ),
        chosen("protocol.cue_ms", 2000.0, "16 cycles of theta, as at a place or a decision"),
        chosen("protocol.cue_gap_ms", 300.0, "the value cells return to their background"),
    )


def unitary_mV(jump_pA: float, synapse_ms: float, capacitance_pF: float, leak_nS: float) -> float:
    """Return the peak of the potential that one spike makes in a resting cell.

    Parameters
    ----------
    jump_pA, synapse_ms
        Jump and decay of the current.
    capacitance_pF, leak_nS
        The membrane.
    """
    ratio = synapse_ms * leak_nS / capacitance_pF
    if ratio == 1:
        return jump_pA / leak_nS / 2.718281828459045
    return float(jump_pA / leak_nS * ratio ** (1 / (1 - ratio)))


def _onto_pyramids(p: Any) -> float:
    cell = p.hippocampal
    jump = calibration_of(p).key_epsc_pA
    return unitary_mV(jump, cell.key_tau_ms, cell.capacitance_pF, cell.leak_nS)


def _onto_values(p: Any) -> float:
    cell = p.cortical
    return unitary_mV(p.value_pA, cell.value_tau_ms, cell.capacitance_pF, cell.leak_nS)


def _onto_pv(p: Any) -> float:
    cell = p.pv
    return unitary_mV(cell.excitation_pA, cell.excitation_tau_ms, cell.capacitance_pF, cell.leak_nS)


def _onto_sst(p: Any) -> float:
    cell = p.sst
    jump = cell.onset_pA / p.cells_per_slot
    return unitary_mV(jump, cell.excitation_tau_ms, cell.capacitance_pF, cell.leak_nS)


def _deviation_mV(cell: Any) -> float:
    tau_ms = cell.capacitance_pF / cell.leak_nS
    spread = cell.noise_tau_ms / (cell.noise_tau_ms + tau_ms)
    return float(cell.noise_pA / cell.leak_nS * spread**0.5)


MERCER = "Mercer et al. 2012, Table 5"
#: What physiologists measure, and follows from several constants.
DERIVED = (
    Derived(
        "time constant of hippocampal somata", "ms",
        lambda p: p.hippocampal.capacitance_pF / p.hippocampal.leak_nS,
        f"{PIKE}: pyramidal cells, 22 ms with a standard deviation of 11", 11.0, 33.0,
    ),
    Derived(
        "time constant of dendrites", "ms",
        lambda p: p.hippocampal.dendrite_capacitance_pF / p.hippocampal.dendrite_leak_nS,
        f"as somata: {PIKE}", 11.0, 33.0,
    ),
    Derived(
        "time constant of PV cells", "ms", lambda p: p.pv.capacitance_pF / p.pv.leak_nS,
        f"{PIKE}, 9 ms; {LUEBKE}, 10 ms", 5.5, 12.5,
    ),
    Derived(
        "time constant of SST cells", "ms", lambda p: p.sst.capacitance_pF / p.sst.leak_nS,
        f"{PIKE}: horizontal interneurons, 17 ms", 13.8, 20.2,
    ),
    Derived(
        "time constant of entorhinal cells", "ms",
        lambda p: p.entorhinal.capacitance_pF / p.entorhinal.leak_nS, ALONSO, 8.0, 20.0,
    ),
    Derived(
        "time constant of value cells", "ms",
        lambda p: p.cortical.capacitance_pF / p.cortical.leak_nS, ALONSO, 8.0, 20.0,
    ),
    Derived(
        "unitary EPSP, entorhinal to hippocampal, stored key", "mV", _onto_pyramids,
        f"{MERCER}: CA1 pyramid to pyramid, 0.94 mV; at most 2 mV is asked for", 0.1, 2.0,
    ),
    Derived(
        "unitary EPSP, hippocampal to value cell, stored value", "mV", _onto_values,
        f"{MERCER}: CA1 pyramid to pyramid, 0.94 mV; at most 2 mV is asked for", 0.1, 2.0,
    ),
    Derived(
        "unitary EPSP, hippocampal to PV cell", "mV", _onto_pv,
        f"Ali et al. 1998: 0.15-3.6 mV; {MERCER}: 1.72 mV", 0.15, 3.6,
    ),
    Derived(
        "unitary EPSP, hippocampal to SST cell", "mV", _onto_sst,
        "as onto PV cells: Ali et al. 1998", 0.15, 3.6,
    ),
    Derived(
        "deviation of the voltage by background, hippocampal", "mV",
        lambda p: _deviation_mV(p.hippocampal),
        f"{PERNIA}, 1.2-1.9 mV; {DESTEXHE}, 2-5 mV", 1.2, 5.0,
    ),
    Derived(
        "deviation of the voltage by background, entorhinal", "mV",
        lambda p: _deviation_mV(p.entorhinal),
        f"{PERNIA}, 1.2-1.9 mV; {DESTEXHE}, 2-5 mV", 1.2, 5.0,
    ),
    Derived(
        "deviation of the voltage by background, value cells", "mV",
        lambda p: _deviation_mV(p.cortical),
        f"{PERNIA}, 1.2-1.9 mV; {DESTEXHE}, 2-5 mV", 1.2, 5.0,
    ),
    Derived(
        "tonic current into hippocampal cells", "pA", lambda p: calibration_of(p).bias_pA,
        "below the rheobase of a cell with these constants, 135 pA", -135.0, 135.0,
    ),
    Derived(
        "rate of a driven entorhinal cell", "Hz", lambda p: p.entorhinal.rate_Hz,
        "Sargolini et al. 2006: entorhinal cells in their fields; rates were not looked up",
        2.0, 15.0,
    ),
    Derived(
        "rate of a taught value cell, alone", "Hz", lambda p: p.cortical.rate_Hz,
        "as entorhinal cells", 2.0, 15.0,
    ),
    Derived(
        "rate of a cholinergic cell", "Hz", lambda p: p.cholinergic.rate_Hz(1.0),
        "Unal et al. 2012, not looked up: slow cells", 0.5, 15.0,
    ),
)  # fmt: skip

PRESET = Preset(
    "physiological",
    "slot_memory",
    (
        *_cells(),
        *_competition(),
        *_hippocampal(),
        *_interneurons(),
        *_pattern_cells("entorhinal"),
        *_pattern_cells("cortical"),
        *_acetylcholine_and_learning(),
        *_experiment(),
    ),
    DERIVED,
)
