"""The calibration: the softmax that follows from the parameters is the one that the cells make."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from hippokv.circuits.cells.pattern_cells import PatternCellParameters
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import Calibration, SlotMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import with_values

REFERENCE_GIVEN = 0.4
START_MS, WINDOW_MS = 700.0, 10_000.0


def calibration(**changes: Any) -> Calibration:
    """Return the calibration of parameters with some changed; two underscores stand for a dot."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return Calibration(with_values(SlotMemoryParameters(), dotted))


# --- algebra --------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.1, 0.38, 0.5, 2.0])
@pytest.mark.parametrize("n_inputs", [10, 40, 64, 200])
def test_the_reference_cue_has_the_beta_asked_for_scaled_to_the_number_of_inputs(
    beta: float, n_inputs: int
) -> None:
    found = calibration(beta=beta, n_inputs=n_inputs)
    given = REFERENCE_GIVEN * n_inputs
    assert found.conductance_nS(given) == pytest.approx(
        found.parameters.reference_conductance_nS, rel=1e-12
    )
    assert found.beta(given) == pytest.approx(beta * 40 / n_inputs, rel=1e-12)


@pytest.mark.parametrize("stored_weight", [0.3, 0.375])
def test_a_rule_that_leaves_a_contrast_has_the_beta_asked_for(stored_weight: float) -> None:
    found = calibration(key_plasticity="milstein", milstein_rule__stored_weight=stored_weight)
    circuit = found.parameters
    given = REFERENCE_GIVEN * circuit.n_inputs
    assert found.beta(given) == pytest.approx(circuit.beta, rel=1e-12)
    charge_fC = found.key_epsc_pA * circuit.hippocampal.key_tau_ms
    synapse_pA = charge_fC * circuit.entorhinal.rate_Hz / 1e3
    contrast = stored_weight - circuit.milstein_rule.initial_weight
    plain = calibration()
    assert synapse_pA * contrast == pytest.approx(plain.match_pA, rel=1e-12)
    # The best slot is where the one of the stock rule is, by the tonic current.
    at_best_pA = found.bias_pA + given * stored_weight * synapse_pA
    assert at_best_pA == pytest.approx(plain.bias_pA + given * plain.match_pA, rel=1e-12)


def test_stored_keys_must_stand_out_from_naive_ones() -> None:
    with pytest.raises(InputError, match=r"stored_weight = 0.2: must be above initial_weight"):
        slot_memory(
            calibration(milstein_rule__stored_weight=0.2, key_plasticity="milstein").parameters
        )
    slot_memory(calibration(milstein_rule__stored_weight=0.2).parameters)


def test_fuller_cues_call_up_more_inhibition_and_a_lower_beta() -> None:
    found = calibration()
    given = np.arange(4, 41)
    conductance = [found.conductance_nS(float(count)) for count in given]
    beta = [found.beta(float(count)) for count in given]
    assert (np.diff(conductance) > 0).all()
    assert (np.diff(beta) < 0).all()


def test_a_full_cue_still_separates_slots_better_than_a_part_of_it() -> None:
    found = calibration()
    given = np.arange(1.0, 41.0)
    assert (np.diff([count * found.beta(count) for count in given]) > 0).all()


def test_a_conductance_is_never_negative() -> None:
    found = calibration(reference_conductance_nS=1.0, beta=2.0)
    assert found.conductance_nS(0.0) == 0.0
    assert math.isfinite(found.beta(0.0))


@pytest.mark.parametrize("n_given", [16.0, 28.0, 40.0])
def test_currents_balance_at_the_operating_voltage(n_given: float) -> None:
    found = calibration()
    cell, voltage = found.parameters.hippocampal, found.operating_mV
    total = (
        (cell.leak_nS + cell.coupling_nS) * (cell.resting_voltage_mV - voltage)
        + found.conductance_nS(n_given) * (cell.gaba_reversal_mV - voltage)
        + found.bias_pA
        + n_given * found.match_pA
    )
    assert total == pytest.approx(0.0, abs=1e-6)


def test_at_the_operating_voltage_one_slot_fires_at_the_population_rate() -> None:
    found = calibration()
    circuit, cell = found.parameters, found.parameters.hippocampal
    hazard = math.exp((found.operating_mV - cell.spike_threshold_mV) / cell.escape_width_mV)
    rate = circuit.cells_per_slot * hazard / (cell.escape_tau_ms * 1e-3)
    assert rate == pytest.approx(circuit.population_rate_Hz)


def test_beta_is_the_slope_of_the_log_rate_in_the_dot_product() -> None:
    """One more matching entry, two in the dot product, against one slot that keeps its match."""
    found = calibration()
    cell, given = found.parameters.hippocampal, 16.0
    total = cell.leak_nS + cell.coupling_nS + found.conductance_nS(given)
    rise_mV = found.match_pA / total
    assert rise_mV / cell.escape_width_mV == pytest.approx(2 * found.beta(given))


def test_the_current_of_a_synapse_is_the_charge_of_its_spikes() -> None:
    found = calibration()
    charge_pC = found.key_epsc_pA * found.parameters.hippocampal.key_tau_ms * 1e-3
    assert charge_pC * found.parameters.entorhinal.rate_Hz == pytest.approx(found.match_pA)


def test_beta_does_not_depend_on_what_only_carries_it() -> None:
    expected = calibration().beta(16.0)
    for change in (
        {"entorhinal__drive_pA": 400.0}, {"hippocampal__key_tau_ms": 5.0}, {"n_slots": 200},
        {"hippocampal__escape_width_mV": 2.0}, {"hippocampal__leak_nS": 30.0},
    ):  # fmt: skip
        assert calibration(**change).beta(16.0) == pytest.approx(expected)


def test_entorhinal_cells_that_never_fire_carry_nothing() -> None:
    found = calibration(entorhinal__drive_pA=100.0)
    assert found.parameters.entorhinal.rate_Hz == 0.0
    assert found.key_epsc_pA == 0.0


@pytest.mark.parametrize("drive_pA", [210.0, 290.0, 600.0])
def test_the_rate_of_a_driven_cell_is_that_of_its_equation(drive_pA: float) -> None:
    cell = dataclasses.replace(PatternCellParameters(), drive_pA=drive_pA)
    dt_ms, voltage, wait, spikes = 0.002, cell.reset_voltage_mV, 0.0, []
    for step in range(250_000):
        if wait > 0:
            wait -= dt_ms
            continue
        current = cell.leak_nS * (cell.resting_voltage_mV - voltage) + drive_pA
        voltage += dt_ms * current / cell.capacitance_pF
        if voltage > cell.spike_threshold_mV:
            spikes.append(step * dt_ms)
            voltage, wait = cell.reset_voltage_mV, cell.refractory_period_ms
    assert cell.rate_Hz == pytest.approx(1e3 / np.diff(spikes).mean(), rel=0.01)


# --- against spikes -------------------------------------------------------------------------------


class Trial:
    """Hold the spikes of each slot of one network with given keys, and its matches with the cue."""

    def __init__(self, circuit: Circuit, seed: int, dt_ms: float = 0.5) -> None:
        stream = np.random.default_rng([seed, 7])
        parameters = circuit.parameters
        keys = stream.choice([-1.0, 1.0], (parameters.n_slots, parameters.n_inputs))
        cue = keys[0].copy()
        cue[stream.permutation(parameters.n_inputs)[: round(0.6 * parameters.n_inputs)]] = 0.0
        epochs = (
            Epoch("rest", 200.0),
            Epoch("recall", START_MS - 200.0 + WINDOW_MS, 0, {"entorhinal": on_off(cue)}),
        )
        weights = {
            "keys": np.repeat(on_off(keys), parameters.cells_per_slot, axis=0),
            "values": np.zeros((circuit.sizes["hippocampal"], circuit.sizes["cortical"])),
        }
        recording = Program(circuit).run(Schedule(epochs, circuit.widths), seed, dt_ms, weights)
        spikes = recording.spikes["hippocampal"].counts(START_MS, START_MS + WINDOW_MS)
        self.counts = spikes.reshape(parameters.n_slots, -1).sum(axis=1)
        self.match = keys @ cue
        expected = softmax(
            Calibration(circuit.parameters).beta(float(np.abs(cue).sum())) * self.match
        )
        draws = stream.multinomial(int(self.counts.sum()), expected, size=200)
        floor = np.mean([_distance(draw, expected) for draw in draws])
        self.excess = _distance(self.counts, expected) - float(floor)


def _distance(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> float:
    return float(np.abs(counts / counts.sum() - expected).sum() / 2)


@pytest.mark.slow
def test_spikes_of_the_slots_follow_the_calibrated_softmax() -> None:
    circuit = slot_memory(SlotMemoryParameters(beta=0.38))
    trials = [Trial(circuit, seed) for seed in range(1000, 1004)]

    def cost(beta: float) -> float:
        return -sum(float(trial.counts @ log_softmax(beta * trial.match)) for trial in trials)

    fitted = minimize_scalar(cost, bounds=(0.01, 3.0), method="bounded").x
    given = round(0.4 * circuit.parameters.n_inputs)
    assert np.mean([trial.excess for trial in trials]) <= 0.02
    assert fitted == pytest.approx(Calibration(circuit.parameters).beta(given), rel=0.05)


@pytest.mark.slow
def test_the_summed_rate_does_not_depend_on_the_time_step() -> None:
    """Without the look-ahead of the hazards it is half higher at 0.5 ms than at 0.1 ms."""
    circuit = slot_memory(SlotMemoryParameters())
    coarse, fine = (
        np.mean([Trial(circuit, seed, dt_ms).counts.sum() for seed in range(1000, 1003)])
        for dt_ms in (0.5, 0.1)
    )
    assert coarse == pytest.approx(fine, rel=0.15)


def test_a_flashbulb_level_makes_stable_and_a_regular_one_does_not() -> None:
    found = Calibration(SlotMemoryParameters())
    assert found.concentration(0.0) == 0.0
    threshold = found.parameters.stability.stability_threshold
    # Far from the threshold on both sides, for a concentration that varies as spikes come.
    assert found.concentration(1.0) < threshold / 2
    assert found.concentration(10.0) > 1.5 * threshold
    assert [found.stabilises(level) for level in (0.0, 1.0, 10.0)] == [False, False, True]
    # The receptor that gates plasticity is near saturation at either.
    assert 0.9 < found.occupancy(1.0) < found.occupancy(10.0) < 1.0


@pytest.mark.parametrize(("beta", "fewest", "most"), [(0.5, 0, 40), (1.0, 6, 30), (2.0, 11, 23)])
def test_a_sharper_competition_holds_for_fewer_cues(beta: float, fewest: int, most: int) -> None:
    """Spikes of a run with each beta: read from 6 and 12 matches on, run away from 32 and 28 on."""
    assert calibration(beta=beta).balanced_cues == (fewest, most)


def test_the_summed_rate_is_that_of_the_circuit_in_and_out_of_balance() -> None:
    """Rates in Hz are those of the circuit of 40 slots for whole keys, 0.5 ms, seed 5."""
    for beta, matches, measured in ((0.5, 16, 147), (0.5, 8, 81), (1.0, 8, 31), (1.0, 32, 2287)):
        found = calibration(beta=beta).summed_rate_Hz(matches, matches)
        assert found == pytest.approx(measured, rel=0.65), (beta, matches)
    assert calibration(beta=1.0).summed_rate_Hz(4, 4) == pytest.approx(0.0, abs=0.1)


def test_the_answer_is_the_softmax_while_pv_cells_can_balance_the_cue() -> None:
    found, shares = calibration(beta=1.0), np.array([0.9, 0.1, 0.0])
    assert found.answer(shares, 16, 16) is shares
    assert found.answer(shares, 8, 8) is shares


def test_a_layer_that_pv_cells_silence_gives_no_answer() -> None:
    found, shares = calibration(beta=1.0), np.array([0.9, 0.1, 0.0])
    assert not found.answer(shares, 4, 4).any()
    # Entries that are wrong count as missing: as many are given, fewer are matches.
    assert not found.answer(shares, 8, 4).any()


def test_slots_that_pv_cells_cannot_hold_fire_alike_as_refractoriness_lets_them() -> None:
    found = calibration(beta=2.0)
    shares = softmax(2 * found.beta(40) * np.array([40.0, 28.0, 26.0, 10.0]))
    answer = found.answer(shares, 40, 40)
    assert shares[0] > 1 - 1e-9
    assert answer.sum() == pytest.approx(1.0)
    assert answer[:3] == pytest.approx(1 / 3, rel=0.03)
    assert answer[3] < 1e-3


def test_without_pv_cells_nothing_is_silent_and_full_cues_run_away() -> None:
    found = calibration(pv__inhibition_nS=0.0)
    assert found.summed_rate_Hz(16, 16) > 1e4
    # Without a reference conductance the rate of the balance is that of the operating voltage.
    assert calibration(reference_conductance_nS=0.0).summed_rate_Hz(16, 16) == 150.0


def test_the_conductance_is_never_more_than_pv_cells_can_make() -> None:
    found = calibration(beta=2.0)
    assert found.needed_nS(40, 40) > found.most_nS
    assert found.conductance_nS(40) == found.most_nS == pytest.approx(40 * 0.2 * 22.0 / 4.0)


def test_without_a_neuromodulator_a_plateau_writes_nothing() -> None:
    found = Calibration(SlotMemoryParameters())
    rule = found.parameters.key_rule
    updates = found.key_updates(rule.interval_ms)
    assert rule.written(found.occupancy(0.0), updates) == 0.0
    assert rule.written(found.occupancy(1.0), updates) > 0.99
