"""Opsins: the statements that run in the circuit, against the published equations and an oracle."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian_on_numpy import brian_on_numpy
from scipy.integrate import solve_ivp

from hippokv.arrays import Array
from hippokv.circuits.manipulation.opsins import (
    CHR2,
    GTACR2,
    OPSINS,
    Opsin,
    kinetics,
    photocurrent,
    variables,
)

IRRADIANCES = (0.5, 5.0, 50.0)
WIDTHS_MS = (5.0, 50.0)
#: Irradiance and width of every pulse that is tried, shapes (6,).
IRRADIANCE, WIDTH_MS = (np.ravel(grid) for grid in np.meshgrid(IRRADIANCES, WIDTHS_MS))
CLAMP_MV, STOP_MS, DT_MS = -65.0, 150.0, 0.5
#: Largest difference allowed, as a part of the peak.
TOLERANCE = 0.01
ORACLE = Path(__file__).with_name("photocurrent_of_cleosim.py")
#: What it prints, with cleosim 0.20.
KEPT = Path(__file__).parents[2] / "data" / "photocurrents_of_cleosim.csv"


# --- the two sides --------------------------------------------------------------------------------


def statements(
    opsin: Opsin,
    irradiance: Array,
    width_ms: Array,
    dt_ms: float = DT_MS,
    stop_ms: float = STOP_MS,
    period_ms: float = 1e6,
) -> tuple[Array, Array]:
    """Run the very text that Brian2 compiles on a voltage-clamped cell for each light.

    Returns the photocurrent in pA, outward positive, shape (steps, lights), and the states O1, O2
    and C2, shape (steps, 3, lights); row *k* is at the end of step *k*.
    """
    n = opsin.name
    steps = [compile(text, n, "exec") for text in (kinetics(opsin), photocurrent(opsin))]
    states = [f"{n}_open", f"{n}_open_too", f"{n}_closed_too"]
    zero = np.zeros_like(irradiance)
    cell: dict[str, Any] = {
        "int": lambda what: np.asarray(what).astype(int), "floor": np.floor, "exp": np.exp,
        "abs": np.abs, "ms": 1e-3, "mV": 1e-3, "nS": 1e-9, "capacitance": 1e-10,
        "not_refractory": True, "acting": 1.0, "dt": dt_ms * 1e-3, **dict.fromkeys(states, zero),
        f"{n}_irradiance": irradiance, f"{n}_width": width_ms * 1e-3,
        f"{n}_period": period_ms * 1e-3, f"{n}_light_from": 0.0, f"{n}_expression": 1.0,
    }  # fmt: skip
    current, occupied = [], []
    for number in range(round(stop_ms / dt_ms)):
        cell |= {"t": number * dt_ms * 1e-3, "v": CLAMP_MV * 1e-3 * np.ones_like(irradiance)}
        for step in steps:
            exec(step, cell)
        distance_mV = CLAMP_MV - opsin.reversal_mV
        current.append(cell[f"{n}_v_conductance"] * distance_mV * 1e9)
        occupied.append([np.broadcast_to(cell[state], zero.shape).copy() for state in states])
    return np.array(current), np.array(occupied)


def rates(opsin: Opsin, irradiance: float) -> Array:
    """Return the matrix of the published equations for C1, O1, O2, C2 (Evans et al. 2016, Eq 2)."""
    flux = irradiance * 1e-3 / (6.62607015e-34 * 299792458.0 / (opsin.wavelength_nm * 1e-9))
    hill_p, hill_q = (
        1 / (1 + (opsin.half_flux / flux) ** power) if flux else 0.0 for power in (opsin.p, opsin.q)
    )
    a1, a2 = opsin.k1 * hill_p, opsin.k2 * hill_p
    f, b = opsin.kf * hill_q + opsin.gf0, opsin.kb * hill_q + opsin.gb0
    d1, d2, r = opsin.gd1, opsin.gd2, opsin.gr0
    return np.array([
        [-a1, d1, 0, r], [a1, -d1 - f, b, 0], [0, f, -b - d2, a2], [0, 0, d2, -r - a2],
    ])  # fmt: skip


def equations(opsin: Opsin, irradiance: float, width_ms: float, times_ms: Array) -> Array:
    """Integrate the published equations finely; return the photocurrent in pA at some times."""
    state, found = np.array([1.0, 0.0, 0.0, 0.0]), []
    edges = [(0.0, width_ms, irradiance), (width_ms, float(times_ms[-1]) + 1e-6, 0.0)]
    for start, stop, light in edges:
        matrix = rates(opsin, light)
        inside = times_ms[(times_ms > start + 1e-9) & (times_ms <= stop + 1e-9)]
        solved = solve_ivp(
            lambda t, y, matrix=matrix: matrix @ y, (start, stop), state,
            method="LSODA", dense_output=True, rtol=1e-10, atol=1e-13,
        )  # fmt: skip
        found.append(solved.sol(inside))
        state = solved.y[:, -1]
    _, open_1, open_2, _ = np.concatenate(found, axis=1)
    force_mV = opsin.driving_force_mV(CLAMP_MV)
    return np.asarray(opsin.conductance_nS * (open_1 + opsin.open_ratio * open_2) * force_mV)


def worst(found: Array, expected: Array) -> float:
    """Return the largest difference as a part of the peak."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


# --- the published equations ----------------------------------------------------------------------


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
def test_photocurrents_follow_the_published_equations(opsin: Opsin) -> None:
    """Peak and time course, at the time step of the circuit."""
    current, _ = statements(opsin, IRRADIANCE, WIDTH_MS)
    times = DT_MS * np.arange(1, len(current) + 1)
    for light, (irradiance, width_ms) in enumerate(zip(IRRADIANCE, WIDTH_MS, strict=True)):
        expected = equations(opsin, irradiance, width_ms, times)
        found = current[:, light]
        assert worst(found, expected) < TOLERANCE, f"{irradiance} mW/mm2, {width_ms} ms"
        assert np.abs(found).max() == pytest.approx(np.abs(expected).max(), rel=TOLERANCE)
        peaks = [np.abs(trace).argmax() * DT_MS for trace in (found, expected)]
        assert abs(peaks[0] - peaks[1]) <= 1.0


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
def test_the_error_falls_with_the_square_of_the_time_step(opsin: Opsin) -> None:
    irradiance, width = np.array([5.0]), np.array([50.0])
    errors = []
    for dt_ms in (1.0, 0.5, 0.25):
        found = statements(opsin, irradiance, width, dt_ms)[0][:, 0]
        times = dt_ms * np.arange(1, len(found) + 1)
        # From 2 ms on, where the fastest rates have died away at every step.
        late = times > 2
        expected = equations(opsin, 5.0, 50.0, times)
        errors.append(worst(found[late], expected[late]))
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
@pytest.mark.parametrize("dt_ms", [0.1, 0.5, 5.0])
def test_states_are_parts_of_a_whole_at_any_light_and_step(opsin: Opsin, dt_ms: float) -> None:
    irradiance = np.array([0.0, 1e-6, 1.0, 1000.0])
    _, states = statements(opsin, irradiance, np.full(4, 20.0), dt_ms, 100.0, period_ms=50.0)
    closed = 1 - states.sum(axis=1)
    assert states.min() >= 0 and closed.min() >= -1e-12
    assert states.max() <= 1 and closed.max() <= 1
    assert (states[:, :, 0] == 0).all(), "in the dark nothing opens"
    assert states[:, 0, 2].max() > 0.1


def test_pulses_come_at_their_frequency_and_last_their_width() -> None:
    """Channels of ChR2 open while there is light and close, mostly, when there is none."""
    _, states = statements(CHR2, np.array([5.0]), np.array([5.0]), 0.5, 200.0, period_ms=50.0)
    rising = np.diff(states[:, 0, 0], prepend=0.0) > 0
    start = np.flatnonzero(rising & ~np.append(False, rising[:-1]))
    np.testing.assert_array_equal(start, [0, 100, 200, 300])
    falling = [np.flatnonzero(~rising[row:])[0] for row in start]
    assert max(falling) <= 10


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
@pytest.mark.parametrize("irradiance", [0.01, *IRRADIANCES])
def test_the_steady_photocurrent_is_what_long_light_ends_at(
    opsin: Opsin, irradiance: float
) -> None:
    end_ms = 1e5
    expected = equations(opsin, irradiance, end_ms, np.array([end_ms, end_ms + 0.1]))[0]
    assert opsin.photocurrent_pA(irradiance, CLAMP_MV) == pytest.approx(expected, rel=1e-6)
    found, _ = statements(opsin, np.array([irradiance]), np.array([1e6]), 5.0, 5e3)
    assert found[-1, 0] == pytest.approx(expected, rel=0.03)
    assert opsin.photocurrent_pA(0.0, CLAMP_MV) == 0.0


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
@pytest.mark.parametrize("irradiance", IRRADIANCES)
def test_the_mean_photocurrent_of_pulses_is_that_of_the_kinetics(
    opsin: Opsin, irradiance: float
) -> None:
    current, _ = statements(
        opsin, np.array([irradiance]), np.array([15.0]), 0.05, 700.0, period_ms=50.0
    )
    found = opsin.mean_photocurrent_pA(irradiance, CLAMP_MV, 700.0, 20.0, 15.0)
    assert found == pytest.approx(current.mean(), rel=5e-3)
    steady = opsin.mean_photocurrent_pA(irradiance, CLAMP_MV, np.inf, 20.0, 50.0)
    assert steady == pytest.approx(opsin.photocurrent_pA(irradiance, CLAMP_MV), rel=5e-3)


def test_chr2_excites_and_gtacr2_holds_at_chloride() -> None:
    assert CHR2.photocurrent_pA(5.0, -65.0) < 0, "inward"
    assert CHR2.driving_force_mV(CHR2.reversal_mV) == 0
    assert GTACR2.photocurrent_pA(5.0, -50.0) > 0, "outward"
    assert GTACR2.photocurrent_pA(5.0, -75.0) < 0


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
def test_the_conductance_moves_the_voltage_towards_the_reversal_and_never_past_it(
    opsin: Opsin,
) -> None:
    text = photocurrent(opsin)
    for open_part, expression in ((1.0, 1.0), (0.2, 0.5), (1.0, 1e6)):
        cell: dict[str, Any] = {
            "int": int, "abs": abs, "exp": lambda x: float(np.exp(np.clip(x, -700, 700))),
            "mV": 1e-3, "nS": 1e-9, "capacitance": 1e-10, "not_refractory": 1, "acting": 1,
            "dt": 5e-4, f"{opsin.name}_open": open_part, f"{opsin.name}_open_too": 0.0,
            f"{opsin.name}_expression": expression,
        }  # fmt: skip
        for start in (-90e-3, -69.5e-3, -50e-3, 0.0):
            cell["v"] = start
            exec(text, cell)
            reversal = opsin.reversal_mV * 1e-3
            assert min(start, reversal) <= cell["v"] <= max(start, reversal)
        cell |= {"v": -60e-3, "not_refractory": 0}
        exec(text, cell)
        assert cell["v"] == -60e-3, "not while the cell is refractory"


def test_brian2_runs_the_statements_to_the_same_end() -> None:
    from brian2 import Network, NeuronGroup, StateMonitor, second

    with brian_on_numpy(DT_MS):
        for opsin in OPSINS.values():
            n = opsin.name
            group = NeuronGroup(1, variables(opsin) + "acting : 1 (shared)", name=f"cell_{n}")
            group.run_regularly(kinetics(opsin), when="start")
            group.acting = 1
            for name, value in {"irradiance": 5.0, "period": 1e3, "width": 5e-3}.items():
                setattr(group, f"{n}_{name}_", value)
            states = [f"{n}_{name}" for name in ("open", "open_too", "closed_too")]
            monitor = StateMonitor(group, states, record=True, when="end")
            Network(group, monitor).run(0.03 * second, namespace={})
            expected = statements(opsin, np.array([5.0]), np.array([5.0]), stop_ms=30.0)[1]
            for row, state in enumerate(states):
                found = np.ravel(getattr(monitor, state))
                np.testing.assert_allclose(found, expected[:, row, 0], rtol=1e-9, atol=1e-15)


# --- the oracle -----------------------------------------------------------------------------------


ASKED = ["cleosim itself"] if importlib.util.find_spec("cleo") else []


@pytest.fixture(scope="module", params=["kept", *ASKED])
def oracle(request: pytest.FixtureRequest) -> dict[tuple[str, float, float], Array]:
    """Return cleosim's photocurrents from the first step on, by opsin, irradiance and width.

    They are kept in a file; where cleosim is installed, it is asked as well.
    """
    text = KEPT.read_text()
    if request.param != "kept":
        told = subprocess.run(
            [sys.executable, "-W", "ignore", str(ORACLE)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        text = told.stdout
    found: dict[tuple[str, float, float], list[float]] = {}
    for row in csv.DictReader(text.splitlines()):
        light = row["opsin"], float(row["irradiance_mW_per_mm2"]), float(row["width_ms"])
        trace = found.setdefault(light, [])
        assert float(row["time_ms"]) == len(trace) * DT_MS
        trace.append(float(row["outward_pA"]))
    return {light: np.array(trace[1:]) for light, trace in found.items()}


@pytest.mark.parametrize("opsin", OPSINS.values(), ids=list(OPSINS))
def test_photocurrents_are_those_of_cleosim(
    opsin: Opsin, oracle: dict[tuple[str, float, float], Array]
) -> None:
    """An implementation by others, with constants of its own: equations and numbers agree."""
    assert len(oracle) == len(OPSINS) * len(IRRADIANCE)
    current, _ = statements(opsin, IRRADIANCE, WIDTH_MS)
    for light, (irradiance, width_ms) in enumerate(zip(IRRADIANCE, WIDTH_MS, strict=True)):
        expected = oracle[opsin.name, irradiance, width_ms]
        found = current[:, light]
        assert worst(found, expected) < TOLERANCE, f"{irradiance} mW/mm2, {width_ms} ms"
        assert np.abs(found).max() == pytest.approx(np.abs(expected).max(), rel=TOLERANCE)
