"""The slot memory with feed-forward inhibition: what it derives, and what its interneurons do."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.feedforward_memory import feedforward_memory
from hippokv.circuits.feedforward_memory_parameters import (
    FeedforwardCalibration,
    FeedforwardMemoryParameters,
)
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.probe import Probe
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.parameter import with_values

REST_MS, CUE_MS = 300.0, 400.0
#: Entries that the cues of a run give, one after the other.
GIVEN = (3, 8, 20)
#: As in the quick forms of scripts, which compile it too.
SMALL = FeedforwardMemoryParameters(n_inputs=20, n_outputs=20, n_slots=4, cells_per_slot=3)


def dotted(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes by dotted key."""
    return {name.replace("__", "."): value for name, value in changes.items()}


def calibration(**changes: Any) -> FeedforwardCalibration:
    """Return the calibration of parameters with some changed; two underscores stand for a dot."""
    return FeedforwardCalibration(with_values(FeedforwardMemoryParameters(), dotted(changes)))


# --- algebra --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_inputs", [20, 40, 90, 200])
def test_one_set_of_numbers_balances_every_cue_at_every_width(n_inputs: int) -> None:
    found = calibration(n_inputs=n_inputs)
    assert found.balanced_cues == (1, n_inputs)
    rates = [found.summed_rate_Hz(given, given) for given in range(1, n_inputs + 1)]
    assert max(rates) < 6 * min(rates)


@pytest.mark.parametrize("n_inputs", [20, 40, 90, 200])
@pytest.mark.parametrize("part", [0.1, 0.4, 1.0])
def test_a_fifth_of_wrong_entries_leaves_pv_cells_something_to_take_away(
    n_inputs: int, part: float
) -> None:
    found, given = calibration(n_inputs=n_inputs), part * n_inputs
    assert found.summed_rate_Hz(given, 0.8 * given) > found.readable_Hz


def test_a_match_is_the_same_current_at_every_width_and_beta_the_papers_for_faint_cues() -> None:
    narrow, wide = calibration(n_inputs=20), calibration(n_inputs=200)
    assert narrow.match_pA == wide.match_pA
    for found in (narrow, wide):
        assert found.beta(5) == pytest.approx(1.0, abs=0.05)
    assert wide.beta(200) < 0.2


def test_both_kinds_of_inhibition_balance_the_drive() -> None:
    found = calibration()
    cell = found.parameters.hippocampal
    for given in (1, 8, 40):
        inhibition = found.conductance_nS(given) + found.feedforward_nS(given)
        leak_pA = (cell.leak_nS + cell.coupling_nS) * (found.operating_mV - cell.resting_voltage_mV)
        gaba_pA = inhibition * (found.operating_mV - cell.gaba_reversal_mV)
        assert found.bias_pA + given * found.match_pA == pytest.approx(leak_pA + gaba_pA)


def test_a_spike_of_an_interneuron_opens_what_the_calibration_says() -> None:
    found = calibration()
    cell, circuit = found.parameters.feedforward, found.parameters
    unlimited_Hz = cell.full_rate_Hz * 8 / circuit.n_inputs
    rate_Hz = unlimited_Hz / (1 + unlimited_Hz * cell.refractory_period_ms / 1e3)
    opened = circuit.n_feedforward * rate_Hz * cell.inhibition_tau_ms / 1e3 * found.jump_nS
    assert opened == pytest.approx(found.feedforward_nS(8))


def test_feedback_that_comes_late_is_stronger_by_a_third_of_what_it_is_late() -> None:
    at_once = calibration()
    assert at_once.pv_jump_nS == at_once.parameters.pv.inhibition_nS
    late = calibration(delays__shortest_delay_ms=1.0, delays__longest_delay_ms=2.0)
    # There and back 3 ms more, against an excitation of 2 ms; a third of it.
    assert late.pv_jump_nS == pytest.approx(1.5 * at_once.pv_jump_nS)
    assert late.most_nS == pytest.approx(1.5 * at_once.most_nS)
    assert late.needed_nS(16, 16) == at_once.needed_nS(16, 16)
    uncompensated = calibration(delays__longest_delay_ms=3.0, delay_compensation=0.0)
    assert uncompensated.pv_jump_nS == at_once.pv_jump_nS
    circuit = feedforward_memory(late.parameters)
    jump = next(one for one in circuit["pv"].constants if one.name == "inhibition")
    assert jump.value == pytest.approx(late.pv_jump_nS * 1e-9) and "delays" in jump.source
    # With feedback alone, and where nothing is calibrated so, a spike makes what its setting says.
    slots = with_values(SlotMemoryParameters(), {"delays.longest_delay_ms": 2.0})
    assert calibration_of(slots).pv_jump_nS == slots.pv.inhibition_nS


def test_parameters_say_which_calibration_is_theirs() -> None:
    assert isinstance(calibration_of(FeedforwardMemoryParameters()), FeedforwardCalibration)


# --- interneurons ---------------------------------------------------------------------------------


@cache
def recorded() -> Recording:
    """Return a run in which cues of more and more entries are shown with rest between them."""
    circuit = feedforward_memory(SMALL)
    epochs = []
    for given in GIVEN:
        cue = (np.arange(SMALL.n_inputs) < given).astype(float)
        epochs += [Epoch("rest", REST_MS), Epoch("recall", CUE_MS, 0, {"entorhinal": on_off(cue)})]
    return Program(circuit).run(Schedule(tuple(epochs), circuit.widths), 3, 0.5)


def rate_Hz(population: str, start_ms: float, stop_ms: float) -> float:
    """Return the mean rate of a cell."""
    spikes = recorded().spikes[population]
    return float(spikes.counts(start_ms, stop_ms).mean()) / (stop_ms - start_ms) * 1e3


def cue(number: int) -> tuple[float, float]:
    """Return begin and end of a cue, without its first 50 ms."""
    start = number * (REST_MS + CUE_MS) + REST_MS
    return start + 50.0, start + CUE_MS


def test_feedforward_interneurons_count_the_entries_given() -> None:
    found = FeedforwardMemoryParameters().feedforward
    for number, given in enumerate(GIVEN):
        unlimited_Hz = found.full_rate_Hz * given / SMALL.n_inputs
        expected = unlimited_Hz / (1 + unlimited_Hz * found.refractory_period_ms / 1e3)
        assert rate_Hz("feedforward", *cue(number)) == pytest.approx(expected, rel=0.15)


def test_tonic_interneurons_fire_at_rest_and_fall_silent_at_one_entry() -> None:
    tonic = FeedforwardMemoryParameters().tonic
    assert rate_Hz("tonic", 50.0, REST_MS) == pytest.approx(tonic.rate_Hz, rel=0.1)
    for number in range(len(GIVEN)):
        assert rate_Hz("tonic", *cue(number)) == 0.0


def test_the_layer_is_quiet_between_cues_and_answers_each() -> None:
    cells = SMALL.n_slots * SMALL.cells_per_slot
    for number in range(len(GIVEN)):
        assert cells * rate_Hz("hippocampal", *cue(number)) > 50.0
    assert cells * rate_Hz("hippocampal", 50.0, REST_MS) < 100.0


# --- the onset of a cue ---------------------------------------------------------------------------


#: Half of a full cue of so many entries is more than any slot can bear without inhibition.
WIDE = FeedforwardMemoryParameters(n_inputs=90, n_outputs=10, n_slots=8, cells_per_slot=3)
ONSET_MS = 60.0


def given(
    parameters: FeedforwardMemoryParameters, keys: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return weights of keys that are given slot by slot, and of values that are nothing."""
    cells = np.repeat(keys, parameters.cells_per_slot, axis=0)
    return {"keys": cells, "values": np.zeros((len(cells), 2 * parameters.n_outputs))}


def spikes_at_onset(seed: int, **changes: float) -> NDArray[np.int64]:
    """Count the spikes of each slot when a full cue of the first comes, its keys given."""
    circuit = feedforward_memory(with_values(WIDE, dotted(changes)))
    items = np.random.default_rng(seed).choice([-1.0, 1.0], (WIDE.n_slots, WIDE.n_inputs))
    epochs = (
        Epoch("rest", 100.0),
        Epoch("recall", ONSET_MS, 0, {"entorhinal": on_off(items[0])}),
    )
    weights = given(WIDE, on_off(items))
    program = Program(circuit, target="numpy")
    recording = program.run(Schedule(epochs, circuit.widths), seed, 0.5, weights)
    counts = recording.spikes["hippocampal"].counts(100.0, 100.0 + ONSET_MS)
    return counts.reshape(WIDE.n_slots, WIDE.cells_per_slot).sum(axis=1)


def test_at_the_onset_of_a_full_cue_its_slot_alone_fires() -> None:
    for seed in range(3):
        counts = spikes_at_onset(seed)
        assert counts[0] > 10
        assert counts[1:].sum() <= 0.1 * counts[0]


def test_keys_without_a_rise_are_faster_than_the_inhibition_that_counts_them() -> None:
    firing = [
        spikes_at_onset(seed, hippocampal__key_rise_ms=0.0, tonic__tone_tau_ms=10.0)[1:] > 0
        for seed in range(3)
    ]
    assert np.mean(firing) > 0.5, "most slots fire that the cue does not ask for"


def charge_of(
    population: str, current: str, shown_ms: float, dt_ms: float, **changes: float
) -> tuple[float, Recording]:
    """Return the charge in fC that a current brings the first cell, and the run of a whole cue."""
    circuit = feedforward_memory(with_values(SMALL, dotted(changes)))
    weights = given(SMALL, np.ones((SMALL.n_slots, 2 * SMALL.n_inputs)))
    cue = on_off(np.ones(SMALL.n_inputs))
    epochs = (Epoch("recall", shown_ms, 0, {"entorhinal": cue}), Epoch("rest", 150.0))
    probe = Probe(population, [current], [0], every_ms=dt_ms)
    recording = Program(circuit, target="numpy").run(
        Schedule(epochs, circuit.widths), 1, dt_ms, weights, record=[probe]
    )
    return recording.traces[population].values[current].sum() * dt_ms * 1e12, recording


@pytest.mark.parametrize("dt_ms", [0.25, 1.0])
@pytest.mark.parametrize("rise_ms", [0.0, 4.0])
def test_a_spike_of_a_key_brings_its_charge_with_a_rise_and_without(
    rise_ms: float, dt_ms: float
) -> None:
    found_fC, recording = charge_of(
        "hippocampal", "key_current", 50.0, dt_ms,
        hippocampal__key_rise_ms=rise_ms, synaptic_jitter=0.0,
    )  # fmt: skip
    spikes = len(recording.spikes["entorhinal"].step)
    epsc_pA, tau_ms = calibration_of(SMALL).key_epsc_pA, SMALL.hippocampal.key_tau_ms
    assert spikes > 50
    assert found_fC == pytest.approx(spikes * epsc_pA * tau_ms, rel=1e-6)


@pytest.mark.parametrize("dt_ms", [0.1, 0.5, 1.0])
def test_a_spike_of_the_layer_brings_pv_cells_its_charge_at_every_step(dt_ms: float) -> None:
    found_fC, recording = charge_of("pv", "excitation_current", 100.0, dt_ms)
    spikes = len(recording.spikes["hippocampal"].step)
    pv = SMALL.pv
    assert spikes > 20
    assert found_fC == pytest.approx(spikes * pv.excitation_pA * pv.excitation_tau_ms, rel=1e-6)


def test_pv_cells_look_ahead_as_far_as_their_voltage_goes() -> None:
    pv = SMALL.pv
    names = {"leak": pv.leak_nS * 1e-9, "capacitance": pv.capacitance_pF * 1e-12, "dt": 5e-4}
    ahead = eval(feedforward_memory(SMALL)["pv"].terms["look_ahead"], {"exp": np.exp}, names)
    tau = names["capacitance"] / names["leak"]
    # From 1 mV below where it is drawn, with a slope of 1 mV/tau.
    assert ahead / tau == pytest.approx(1 - np.exp(-names["dt"] / tau))
    assert slot_memory(SlotMemoryParameters())["pv"].terms["look_ahead"] == "dt"


def test_nothing_drives_a_silenced_cell_when_it_is_free_again() -> None:
    circuit = feedforward_memory(SMALL)
    weights = given(SMALL, np.ones((SMALL.n_slots, 2 * SMALL.n_inputs)))
    cue = on_off(np.ones(SMALL.n_inputs))
    plain = Schedule((Epoch("recall", 100.0, 0, {"entorhinal": cue}),), circuit.widths)
    schedule = manipulated(plain, Silence("hippocampal", (0,), 50.0, 100.0))
    currents = ["key_inflow", "key_current"]
    probe = Probe("hippocampal", currents, [0, 1], window_ms=(51.0, 100.0))
    recording = Program(circuit, target="numpy").run(schedule, 1, 0.5, weights, record=[probe])
    # What arrives within a step is there until the next.
    for found in recording.traces["hippocampal"].values.values():
        silenced, free = found.T
        assert silenced.mean() < 0.2 * free.mean()
