"""Cells that differ, and the idle epoch in which they become alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import digest_of
from hippokv.circuits.feedforward_memory import feedforward_memory
from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.circuits.recording import Recording
from hippokv.circuits.scaffold_memory import scaffold_memory
from hippokv.circuits.scaffold_memory_parameters import ScaffoldMemoryParameters
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.protocols.parts.storing import StorageParameters, idle_epochs
from hippokv.protocols.running.stimuli import Stimuli

#: As in the quick form of the benchmark, so that it is compiled once.
SIZES = {"n_inputs": 20, "n_outputs": 20, "n_slots": 4, "cells_per_slot": 3}
SPREAD: dict[str, Any] = {
    "heterogeneity.threshold_spread_mV": 2.0,
    "heterogeneity.leak_spread": 0.1,
    "heterogeneity.capacitance_spread": 0.1,
    "delays.shortest_delay_ms": 1.0,
    "delays.longest_delay_ms": 2.0,
}
IDLE_MS, CUE_MS = 10_000.0, 1000.0


def memory(**changes: Any) -> Circuit:
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return feedforward_memory(with_values(FeedforwardMemoryParameters(), {**SIZES, **dotted}))


def run(idle_ms: float, seed: int = 3) -> Recording:
    """Drive all ON cells after an idle epoch."""
    circuit = feedforward_memory(with_values(FeedforwardMemoryParameters(), {**SIZES, **SPREAD}))
    stream = np.random.default_rng(1)
    stimuli = Stimuli(*(stream.choice([-1, 1], (4, 20)) for _ in range(2)))
    epochs = idle_epochs(stimuli, StorageParameters(idle_ms=idle_ms))
    cue = dict.fromkeys(("entorhinal", "cortical"), on_off(np.ones(20)))
    schedule = Schedule((*epochs, Epoch("cue", CUE_MS, drive=cue)), circuit.widths)
    return Program(circuit).run(schedule, seed, 0.5)


@pytest.fixture(scope="module")
def runs(cache: Path) -> Iterator[dict[float, Recording]]:
    """Return a run without an idle epoch and one with it, by the length of the epoch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        yield {idle_ms: run(idle_ms) for idle_ms in (0.0, IDLE_MS)}


def rates(found: Recording, population: str) -> NDArray[np.float64]:
    """Return the rates of driven cells, in Hz."""
    stop = found.duration_ms
    counts = found.spikes[population].counts(stop - 800.0, stop)
    driven = counts[: len(counts) // 2] if population in ("entorhinal", "cortical") else counts
    return driven / 0.8


@pytest.mark.parametrize("population", ["entorhinal", "cortical", "feedforward"])
def test_an_idle_epoch_makes_rates_alike(population: str, runs: dict[float, Recording]) -> None:
    before, after = (rates(runs[idle_ms], population) for idle_ms in (0.0, IDLE_MS))
    assert before.std() > 12.0
    assert after.std() < 0.4 * before.std()


def test_driven_cells_settle_at_the_rate_of_cells_that_do_not_differ(
    runs: dict[float, Recording],
) -> None:
    expected = FeedforwardMemoryParameters().entorhinal.rate_Hz
    assert rates(runs[IDLE_MS], "entorhinal").mean() == pytest.approx(expected, rel=0.04)


def test_interneurons_that_count_settle_at_the_rate_of_equal_ones_at_this_step(
    runs: dict[float, Recording],
) -> None:
    cell, driven_Hz = FeedforwardMemoryParameters().feedforward, 150.0
    # A spike falls on the first step of 0.5 ms above threshold.
    expected = driven_Hz / (1 + driven_Hz * (cell.refractory_period_ms - 0.25) / 1e3)
    assert cell.full_rate_Hz == driven_Hz
    assert rates(runs[IDLE_MS], "feedforward").mean() == pytest.approx(expected, rel=0.02)


def test_hippocampal_cells_settle_at_their_target_in_an_idle_epoch(
    runs: dict[float, Recording],
) -> None:
    # The last seconds of the epoch, when thresholds have found their place.
    spikes = runs[IDLE_MS].spikes["hippocampal"]
    counts = spikes.counts(IDLE_MS - 4000.0, IDLE_MS) / 4.0
    assert counts.mean() == pytest.approx(5.0, rel=0.25)
    # Poisson spikes of cells that are alike: 20 expected a cell.
    assert counts.std() < 2.5


def test_pv_cells_settle_at_the_rates_that_belong_to_their_places(
    runs: dict[float, Recording],
) -> None:
    pv = FeedforwardMemoryParameters().pv
    nominal_mV = np.linspace(pv.lowest_threshold_mV, pv.highest_threshold_mV, 40)
    hazard_Hz = np.exp((pv.resting_voltage_mV - nominal_mV) / pv.escape_width_mV)
    hazard_Hz *= 1e3 / pv.escape_tau_ms
    pause_s = pv.refractory_period_ms / 1e3
    # The hazard is summed in the pause, too.
    expected = 1 / (pause_s + np.exp(-hazard_Hz * pause_s) / hazard_Hz)
    found = runs[IDLE_MS].spikes["pv"].counts(IDLE_MS - 4000.0, IDLE_MS) / 4.0
    assert expected.max() > 50.0
    # Four seconds of irregular spikes are a tenth off by themselves.
    assert np.abs(found - expected).mean() < 0.15 * expected.mean()


def test_a_cell_is_reset_as_far_below_its_threshold_as_all_others() -> None:
    equations = memory(**SPREAD)["tonic"].equations  # type: ignore[union-attr]
    for name in ("spike_threshold", "reset_voltage"):
        assert f"{name} = mean_{name} + threshold_spread*threshold_deviation : volt" in equations


def test_a_threshold_stays_where_it_is_when_the_idle_epoch_is_over() -> None:
    updates = [update.statements for update in memory(**SPREAD)["hippocampal"].updates]  # type: ignore[union-attr]
    assert sum("threshold_shift += idling" in statements for statements in updates) == 1


def test_the_idle_inhibition_balances_naive_keys_at_every_width() -> None:
    for n_inputs in (20, 40, 90, 200):
        calibration = with_values(FeedforwardMemoryParameters(), {"n_inputs": n_inputs})
        found = feedforward_memory(calibration).values()
        assert "hippocampal.idle_inhibition" not in found
        differing = with_values(calibration, {"heterogeneity.threshold_spread_mV": 1.0})
        held = feedforward_memory(differing).values()["hippocampal.idle_inhibition"]
        assert 2e-8 < held < 4e-7


def test_without_a_spread_nothing_is_another() -> None:
    assert "threshold_deviation" not in str(memory()["entorhinal"].equations)
    assert "idle" not in memory().widths


def test_other_spreads_are_the_same_program() -> None:
    one = memory(heterogeneity__threshold_spread_mV=2.0)
    other = memory(heterogeneity__leak_spread=0.3)
    assert digest_of(one) == digest_of(other) != digest_of(memory())


def test_each_seed_has_other_cells_and_the_same_seed_the_same(
    runs: dict[float, Recording],
) -> None:
    first, again, other = (
        rates(found, "feedforward") for found in (runs[0.0], run(0.0), run(0.0, seed=4))
    )
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.5


def test_cells_that_differ_can_be_lit_up() -> None:
    assert memory(**SPREAD)["hippocampal"].takes_light  # type: ignore[union-attr]


def test_a_scaffold_refuses_what_it_does_not_have() -> None:
    spread = with_values(ScaffoldMemoryParameters(), {"heterogeneity.leak_spread": 0.1})
    race = with_values(ScaffoldMemoryParameters(), {"selection": "least_recent"})
    with pytest.raises(InputError, match=r"circuit.selection = 'least_recent': must be another"):
        scaffold_memory(race)
    with pytest.raises(InputError, match=r"circuit.heterogeneity.leak_spread = 0.1: must be 0"):
        scaffold_memory(spread)
