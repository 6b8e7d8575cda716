"""The scheduled drive: equations read the epoch they are in, alike in Python and in C++."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule
from hippokv.circuits.scheduled_drive import READER, ScheduleReader
from hippokv.circuits.slot_memory import SlotMemory

LEVELS = (0.25, 0.5, 0.0, 1.0, 0.75)
DURATIONS = (5.0, 35.0, 300.0, 5.0, 655.0)


@pytest.fixture
def schedule() -> Schedule:
    """Return epochs whose level names them, on one channel of two entries."""
    epochs = [
        Epoch("rest", duration, drive={"light": np.array([level, -level])})
        for duration, level in zip(DURATIONS, LEVELS, strict=True)
    ]
    return Schedule(tuple(epochs), {"light": 2})


def steps(dt_ms: float) -> NDArray[np.float64]:
    """Return the times of a simulation that counts its steps, to just past the end."""
    return np.arange(round(sum(DURATIONS) / dt_ms) + 2) * (dt_ms * 1e-3)


def expected(times: NDArray[np.float64], dt_ms: float) -> NDArray[np.float64]:
    """Return the level at each step, found by whole numbers."""
    ends = np.round(np.cumsum(DURATIONS) / dt_ms).astype(int)
    epoch = [min(int((ends <= step).sum()), len(LEVELS) - 1) for step in range(len(times))]
    return np.array(LEVELS)[epoch]


@pytest.mark.parametrize("dt_ms", [0.05, 0.1, 0.125, 0.5, 1.0])
def test_an_epoch_begins_with_the_first_step_at_its_start(schedule: Schedule, dt_ms: float) -> None:
    reader = ScheduleReader({"light": 2})
    reader.load(schedule)
    read = reader.functions()["scheduled_light"].pyfunc
    times = steps(dt_ms)
    np.testing.assert_array_equal([read(t, 0) for t in times], expected(times, dt_ms))
    np.testing.assert_array_equal(read(times, 1), -expected(times, dt_ms))


def test_all_cells_are_read_at_once(schedule: Schedule) -> None:
    reader = ScheduleReader({"light": 2})
    reader.load(schedule)
    read = reader.functions()["scheduled_light"].pyfunc
    np.testing.assert_array_equal(read(0.001, np.array([0, 1])), [0.25, -0.25])


def test_past_the_end_the_last_epoch_goes_on(schedule: Schedule) -> None:
    reader = ScheduleReader({"light": 2})
    reader.load(schedule)
    assert reader.functions()["scheduled_light"].pyfunc(50.0, 0) == LEVELS[-1]


def test_before_a_schedule_is_loaded_every_channel_is_silent() -> None:
    read = ScheduleReader({"light": 2}).functions()["scheduled_light"].pyfunc
    assert read(0.0, 1) == 0.0


def test_the_compiled_reader_agrees_and_ends_the_run_with_the_schedule(
    schedule: Schedule, tmp_path: Path
) -> None:
    program = tmp_path / "reader.cpp"
    program.write_text(
        f"""
        #include "{READER}"
        int main()
        {{
            const std::vector<double> times = hippokv::read_table("times", true);
            const std::vector<double> table = hippokv::read_table("light", true);
            std::vector<double> found;
            for (double t : times)
            {{
                found.push_back(table[2*hippokv::epoch_at(t) + 1]);
                found.push_back(hippokv::is_over(t));
            }}
            std::ofstream file("found.f64", std::ios::binary);
            file.write(reinterpret_cast<const char*>(found.data()), found.size()*sizeof(double));
        }}
        """
    )
    compiler = os.environ.get("CXX", "g++").split()
    subprocess.run(
        [*compiler, "-std=c++11", "-O2", "reader.cpp", "-o", "reader"], cwd=tmp_path, check=True
    )
    dt_ms = 0.1
    times = steps(dt_ms)
    times.tofile(tmp_path / "times.f64")
    (np.append(schedule.start_ms, schedule.duration_ms) / 1e3).tofile(tmp_path / "epochs.f64")
    schedule.channel("light").tofile(tmp_path / "light.f64")
    told = subprocess.run(
        ["./reader"], cwd=tmp_path, env={**os.environ, "HIPPOKV_RUN": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    level, over = np.fromfile(tmp_path / "found.f64").reshape(-1, 2).T
    np.testing.assert_array_equal(level, -expected(times, dt_ms))
    np.testing.assert_array_equal(over, np.arange(len(times)) >= sum(DURATIONS) / dt_ms)
    assert told.stdout.split() == [str(epoch) for epoch in range(len(LEVELS))]


def test_the_compiled_reader_names_the_file_that_it_misses(tmp_path: Path) -> None:
    (tmp_path / "reader.cpp").write_text(
        f'#include "{READER}"\nint main() {{ hippokv::epoch_at(0.0); }}\n'
    )
    compiler = os.environ.get("CXX", "g++").split()
    subprocess.run(
        [*compiler, "-std=c++11", "reader.cpp", "-o", "reader"], cwd=tmp_path, check=True
    )
    told = subprocess.run(
        ["./reader"], cwd=tmp_path, env={**os.environ, "HIPPOKV_RUN": str(tmp_path / "none")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 3
    assert "cannot read" in told.stderr
    assert "epochs.f64" in told.stderr


def test_what_runs_on_the_grid_shares_one_clock(tiny: SlotMemory) -> None:
    """A program looks at each of its clocks at every step."""
    network = tiny.build(ScheduleReader(tiny.widths).functions())
    steps_ms = sorted(clock.dt_ * 1e3 for clock in {item.clock for item in network.sorted_objects})
    assert len(steps_ms) == 2
    assert steps_ms[1] == SCHEDULE_STEP_MS


AFRESH = """
import sys
import brian2
from hippokv.circuits.scheduled_drive import ScheduleReader
from hippokv.circuits.slot_memory import SlotMemory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

circuit = SlotMemory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))
brian2.set_device("cpp_standalone", build_on_run=False)
for folder in sys.argv[1:]:
    brian2.device.reinit()
    brian2.device.activate(build_on_run=False)
    network = circuit.build(ScheduleReader(circuit.widths).functions())
    network.run(0.1 * brian2.second, namespace={})
    brian2.device.build(directory=folder, compile=False, run=False)
"""


def test_a_device_that_starts_afresh_gets_a_clock_of_its_own(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in ("once", "again")]
    subprocess.run([sys.executable, "-P", "-c", AFRESH, *folders], check=True)
    for folder in folders:
        assert "Clock schedule_clock;" in (Path(folder) / "objects.cpp").read_text()
