"""What is recorded inside: as Brian2's own monitor has it, in C++ and in Python alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian_on_numpy import brian_on_numpy
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.drive.scheduled_drive import ScheduleReader
from hippokv.circuits.population import Constant, Population, Projection, Update
from hippokv.circuits.probe import Probe
from hippokv.circuits.program import program_cache
from hippokv.circuits.program.compiler import COMPILER_VARIABLE
from hippokv.circuits.program.network import build_network
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import BuildError, InputError

#: Cells without noise that spike, and synapses that grow with each spike; beside them noise alone.
CIRCUIT = Circuit(
    "inside",
    (
        Population(
            "cells",
            6,
            """
            push     = level*(i + 1)*mV/ms      : volt/second
            dv/dt    = push - v/tau             : volt (unless refractory)
            level                               : 1 (shared)
            """,
            threshold="v > 15*mV",
            reset="v = 0*mV",
            refractory="2*ms",
            constants=(Constant("tau", 20e-3, "second", "chosen: any"),),
            updates=(Update("level = scheduled_level(t, 0)"),),
            channels={"level": 1},
        ),
        Population(
            "noise",
            40,
            """
            x                                   : 1
            twice    = 2*x                      : 1
            """,
            updates=(Update("x = 0.5*x + sqrt(0.75)*normal_at(t, i)"),),
        ),
        Projection(
            "links", "cells", "noise",
            {"spike": "weight += 0.01*(1 - weight)*(j + 1)"}, "weight : 1",
        ),
    ),
)  # fmt: skip
SCHEDULE = Schedule(
    (Epoch("drive", 300.0, drive={"level": 1.0}), Epoch("rest", 100.0)), CIRCUIT.widths
)
CELLS = Probe("cells", ["v", "push", "level"])
NOISE = Probe("noise", ["x", "twice"], every_ms=5.0)
LINKS = Probe("links", ["weight"], every_ms=20.0)
PROBES = (CELLS, NOISE, LINKS)


def run(target: str, *probes: Probe, seed: int = 1) -> Recording:
    return Program(CIRCUIT, target).run(SCHEDULE, seed, 0.5, record=probes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def monitored() -> dict[str, NDArray[np.float64]]:
    """Return what plain monitors of Brian2 record of the same network."""
    with brian_on_numpy(0.5):
        from brian2 import StateMonitor, ms

        reader = ScheduleReader(CIRCUIT.widths)
        reader.load(SCHEDULE)
        network = build_network(CIRCUIT, reader.functions(), ())
        objects = {item.name: item for item in network.objects}
        for key, value in CIRCUIT.values().items():
            part, name = key.split(".")
            getattr(objects[part], f"{name}_")[:] = value
        cells = StateMonitor(objects["cells"], ["v", "push", "level"], True, dt=ms, order=-1)
        links = StateMonitor(objects["links"], "weight", True, dt=20 * ms, order=-1)
        network.add(cells, links)
        network.run(400 * ms, namespace={})
        found = {"cells." + name: getattr(cells, f"{name}_").T for name in ("v", "push", "level")}
        return found | {"links.weight": links.weight.T.reshape(-1, 6, 40)}


@pytest.fixture(scope="module")
def compiled(cache: Path, hurried_compiler: str) -> Iterator[Recording]:
    """Return a run of the compiled program, with its cache in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        patch.setenv(COMPILER_VARIABLE, hurried_compiler)
        yield run("cpp", *PROBES)


@pytest.fixture(scope="module")
def in_python() -> Recording:
    """Return the same run inside Python."""
    return run("numpy", *PROBES)


def assert_as_monitored(found: Recording, monitored: dict[str, NDArray[np.float64]]) -> None:
    assert len(found.spikes["cells"].step) > 50
    for name, expected in monitored.items():
        part, variable = name.split(".")
        trace = found.traces[part]
        assert trace.values[variable].shape == expected.shape
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(trace.values[variable], expected, rtol=1e-9, atol=1e-12)


def test_in_python_traces_are_those_of_a_plain_monitor(
    in_python: Recording, monitored: dict[str, NDArray[np.float64]]
) -> None:
    assert_as_monitored(in_python, monitored)
    np.testing.assert_allclose(in_python.traces["cells"].time_s, np.arange(400) * 1e-3)
    np.testing.assert_allclose(in_python.traces["links"].time_s, np.arange(20) * 20e-3)
    assert in_python.traces["cells"].units == {"v": "volt", "push": "volt/second", "level": "1"}


def test_compiled_traces_are_those_of_a_plain_monitor(
    compiled: Recording, monitored: dict[str, NDArray[np.float64]]
) -> None:
    assert_as_monitored(compiled, monitored)


def test_noise_is_alike_in_both(compiled: Recording, in_python: Recording) -> None:
    """3200 samples that are correlated by a half: means and deviations are within 4 errors."""
    for found in (compiled, in_python):
        trace = found.traces["noise"]
        assert trace.values["x"].shape == (80, 40)
        np.testing.assert_array_equal(trace.values["twice"], 2 * trace.values["x"])
        later = trace.values["x"][10:]
        assert later.mean() == pytest.approx(0.0, abs=0.12)
        assert later.std() == pytest.approx(1.0, abs=0.08)
        assert np.mean(later[1:] * later[:-1]) == pytest.approx(0.5, abs=0.1)
    assert not np.array_equal(
        compiled.traces["noise"].values["x"],
        run("cpp", *PROBES, seed=2).traces["noise"].values["x"],
    )


def test_other_cells_intervals_and_windows_compile_nothing(
    compiled: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise AssertionError("it is compiled")

    monkeypatch.setattr(program_cache, "_compile_in_process", fail)
    whole = compiled.traces["cells"]
    for target in ("cpp", "numpy"):
        other = run(
            target,
            Probe("cells", CELLS.variables, [4, 1], 2.5, (100.0, 250.5)),
            Probe("noise", NOISE.variables, [39], 50.0),
            Probe("links", ["weight"], [5, 0], 100.0, (100.0, 400.0)),
        )
        trace = other.traces["cells"]
        np.testing.assert_allclose(trace.time_s, np.arange(40, 101) * 2.5e-3)
        np.testing.assert_array_equal(trace.cells, [4, 1])
        even = np.round(trace.time_s * 1e3, 6) % 1 == 0
        same = np.round(1e3 * trace.time_s[even]).astype(int)
        expected = whole.values["v"][same][:, [4, 1]]
        np.testing.assert_allclose(trace.values["v"][even], expected, rtol=1e-9, atol=1e-12)
        links = other.traces["links"].values["weight"]
        expected = compiled.traces["links"].values["weight"][[5, 10, 15]][:, [5, 0]]
        np.testing.assert_allclose(links, expected, rtol=1e-9)
        assert other.traces["noise"].values["x"].shape == (8, 1)


def test_a_window_that_a_run_does_not_reach_holds_nothing(compiled: Recording) -> None:
    for target in ("cpp", "numpy"):
        found = run(target, *(one.before(0.0) for one in map(_late, PROBES)))
        assert found.traces["links"].values["weight"].shape == (0, 6, 40)
        assert found.traces["cells"].time_s.size == 0


def _late(probe: Probe) -> Probe:
    return Probe(probe.part, probe.variables, probe.cells, probe.every_ms, (10.0, 20.0))


def test_to_record_changes_no_spike(tiny: Circuit) -> None:
    schedule = Schedule(
        (Epoch("store", 200.0, 0, {"entorhinal": 1.0, "instruction": 1.0}),), tiny.widths
    )
    probes = [Probe("hippocampal", ["v", "slope", "in_plateau"], [0]), Probe("keys", ["weight"])]
    program = Program(tiny, "numpy")
    with_probes, without = (program.run(schedule, 1, 1.0, record=record) for record in (probes, []))
    for name, train in without.spikes.items():
        np.testing.assert_array_equal(with_probes.spikes[name].step, train.step)
        np.testing.assert_array_equal(with_probes.spikes[name].cell, train.cell)
    np.testing.assert_array_equal(with_probes.weights["keys"], without.weights["keys"])
    assert without.traces == {}
    assert with_probes.traces["keys"].values["weight"].shape == (200, 8, 16)


def test_to_record_changes_no_compiled_spike(small: Circuit) -> None:
    shown = {"entorhinal": 1.0, "cortical": 1.0, "acetylcholine": 1.0, "instruction": 1.0}
    schedule = Schedule((Epoch("store", 300.0, 0, shown), Epoch("rest", 50.0)), small.widths)
    probes = [
        Probe("hippocampal", ["v", "v_dendrite", "pv", "in_plateau"]),
        Probe("entorhinal", ["eligibility"]),
        Probe("keys", ["weight"]),
    ]
    program = Program(small)
    with_probes, without = (program.run(schedule, 3, 0.5, record=record) for record in (probes, []))
    assert min(len(train.step) for train in without.spikes.values()) > 0
    for name, train in without.spikes.items():
        np.testing.assert_array_equal(with_probes.spikes[name].step, train.step)
        np.testing.assert_array_equal(with_probes.spikes[name].cell, train.cell)
    for name, weight in without.weights.items():
        np.testing.assert_array_equal(with_probes.weights[name], weight)


def test_what_does_not_fit_is_refused_before_anything_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*given: object) -> None:
        raise AssertionError("it is compiled")

    monkeypatch.setattr(program_cache, "_compile_in_process", fail)
    with pytest.raises(InputError, match=r"run.record = 'cells.w': .* has: push, v, level"):
        run("cpp", Probe("cells", ["w"]))
    with pytest.raises(InputError, match="from 0 to 5"):
        run("cpp", Probe("cells", ["v"], [6]))


def test_a_run_that_is_not_told_or_writes_too_little_gives_nothing(
    compiled: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Program, "_samples", lambda *given: {})
        with pytest.raises(BuildError, match="the run does not say what it samples of cells"):
            run("cpp", *PROBES)
    samples = Program._samples

    def fewer(self: Program, probe: Probe, *given: object) -> dict[str, NDArray[np.float64]]:
        found = samples(self, probe, *given)  # type: ignore[arg-type]
        return {name: table if table.size == 3 else table[1:] for name, table in found.items()}

    monkeypatch.setattr(Program, "_samples", fewer)
    with pytest.raises(BuildError, match=r"recorded 2000 values of cells.v instead of 2400"):
        run("cpp", *PROBES)


def test_cells_chosen_by_what_they_did_are_recorded_as_those_named(in_python: Recording) -> None:
    def busiest(done: Recording, asked: Schedule) -> NDArray[np.int64]:
        return np.flatnonzero(done.spikes["cells"].counts(0, asked.duration_ms) >= 30)

    cells = busiest(in_python, SCHEDULE)
    assert 0 < len(cells) < 6
    found = run("numpy", Probe("cells", ["v"], busiest, most_cells=5), NOISE)
    assert found.traces["cells"].cells.tolist() == cells.tolist()
    expected = in_python.traces["cells"].values["v"][:, cells]
    assert np.array_equal(found.traces["cells"].values["v"], expected)
    assert np.array_equal(found.traces["noise"].values["x"], in_python.traces["noise"].values["x"])


def test_what_does_something_else_when_it_runs_again_gives_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    once, seeds = Program._run_in_python, iter([1, 2])

    def unlike(self: Program, schedule: Schedule, seed: int, *more: Any) -> Recording:
        found = once(self, schedule, seed, *more)
        cells = found.spikes["cells"]
        other = replace(cells, step=cells.step + 1)
        return found if next(seeds) == 1 else replace(found, spikes={"cells": other})

    monkeypatch.setattr(Program, "_run_in_python", unlike)
    chosen = Probe("cells", ["v"], lambda done, asked: np.array([0]))
    with pytest.raises(BuildError, match="spikes of cells differ, and nothing is kept"):
        run("numpy", chosen)
