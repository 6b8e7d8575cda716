"""The scheduled drive: equations read the epoch they are in, alike in Python and in C++."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.drive.scheduled_drive import READER, ScheduleReader
from hippokv.circuits.program.compiler import find_compiler
from hippokv.circuits.program.network import build_network
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule

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


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that reads a schedule at the times of a table, as generated code does."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "reader.cpp").write_text(
        f"""
        #include "{READER}"
        int main()
        {{
            const std::vector<double> times = hippokv::read_table("times");
            const std::vector<double> table = hippokv::read_channel("light", 2);
            const double dt = hippokv::number_from_environment("HIPPOKV_DT");
            std::vector<double> found;
            for (double t : times)
            {{
                found.push_back(table.empty() ? 0.0 : table[2*hippokv::epoch_at(t*dt) + 1]);
                found.push_back(hippokv::is_over(t*dt));
            }}
            hippokv::make_sure_that_it_is_over(times.back()*dt);
            hippokv::Arrays arrays("");
            arrays.write("found.f64", found.data(), found.size());
            arrays.close(0.25);
        }}
        """
    )
    command = [*find_compiler().command, "-std=c++11", "-O2", "reader.cpp", "-o", "reader"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "reader"


def read(
    reader: Path, folder: Path, schedule: Schedule, times: NDArray[np.float64], **changed: str
) -> subprocess.CompletedProcess[str]:
    """Write a schedule into a folder, unless its files are there, and let the program read it."""
    tables = {
        "times": times,
        "epochs": np.append(schedule.start_ms, schedule.duration_ms) / 1e3,
        "light": schedule.channel("light"),
    }
    for name, table in tables.items():
        if not (folder / f"{name}.f64").exists():
            (folder / f"{name}.f64").write_bytes(table.tobytes())
    told = "".join(f" {name}={table.size}" for name, table in tables.items()) + " "
    variables = {"HIPPOKV_RUN": str(folder), "HIPPOKV_TABLES": told, "HIPPOKV_DT": "1", **changed}
    return subprocess.run(
        [reader], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def test_the_compiled_reader_agrees_and_ends_the_run_with_the_schedule(
    reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    dt_ms = 0.1
    times = steps(dt_ms)
    told = read(reader, tmp_path, schedule, times)
    assert told.returncode == 0
    assert json.loads((tmp_path / "arrays.json").read_text()) == {
        "steps_s": 0.25, "elements": {"found.f64": 2 * len(times)},
    }  # fmt: skip
    level, over = np.fromfile(tmp_path / "found.f64").reshape(-1, 2).T
    np.testing.assert_array_equal(level, -expected(times, dt_ms))
    np.testing.assert_array_equal(over, np.arange(len(times)) >= sum(DURATIONS) / dt_ms)
    assert told.stdout.split() == [str(epoch) for epoch in range(len(LEVELS))]


def test_a_channel_that_the_schedule_does_not_use_has_no_file(
    reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    told = read(reader, tmp_path, schedule, steps(5.0), HIPPOKV_TABLES=" times=202 epochs=6 ")
    assert told.returncode == 0
    assert not np.fromfile(tmp_path / "found.f64").reshape(-1, 2)[:, 0].any()


@pytest.mark.parametrize("name", ["times", "epochs", "light"])
@pytest.mark.parametrize("size", [None, 0, 8, -8, -1, +8])
def test_the_compiled_reader_refuses_a_file_that_is_missing_or_has_another_size(
    name: str, size: int | None, reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    read(reader, tmp_path, schedule, steps(5.0))
    (tmp_path / "arrays.json").unlink()
    path = tmp_path / f"{name}.f64"
    content = path.read_bytes()
    if size is None:
        path.unlink()
        path.mkdir()
    elif size == 8 and name != "times":
        path.write_bytes(content[:8])
    else:
        path.write_bytes(content[:size] if size <= 0 else content + bytes(size))
    told = read(reader, tmp_path, schedule, steps(5.0))
    assert told.returncode == 3
    assert told.stderr.startswith(f"cannot read {path}: ")
    assert told.stderr.count("\n") == 1
    assert not (tmp_path / "arrays.json").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"HIPPOKV_TABLES": ""}, "HIPPOKV_TABLES is not set"),
        ({"HIPPOKV_TABLES": " times=202 light=10 "}, "the schedule has no epochs"),
        ({"HIPPOKV_TABLES": " times=202 epochs=6 light=8 "}, "bytes and must have 64"),
        ({"HIPPOKV_DT": ""}, "HIPPOKV_DT is not set"),
        ({"HIPPOKV_DT": "0.1ms"}, "HIPPOKV_DT is no number: 0.1ms"),
        ({"HIPPOKV_DT": "0.99"}, "it was stopped at 0.994950 s of 1.000000 s"),
    ],
)
def test_the_compiled_reader_refuses_a_call_that_is_not_whole(
    changed: dict[str, str], words: str, reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    told = read(reader, tmp_path, schedule, steps(5.0), **changed)
    assert told.returncode in (3, 5, 6)
    assert words in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_channel_of_another_width_is_refused(
    reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    (tmp_path / "light.f64").write_bytes(bytes(64))
    told = read(
        reader, tmp_path, schedule, steps(5.0), HIPPOKV_TABLES=" times=202 epochs=6 light=8 "
    )
    assert told.returncode == 6
    assert told.stderr == "the schedule's channel light has another size\n"


@pytest.mark.parametrize("limit", [0, 1, 7, 8, 100, 1000, 3231])
def test_a_write_that_fails_ends_the_program(
    limit: int, reader: Path, schedule: Schedule, tmp_path: Path
) -> None:
    read(reader, tmp_path, schedule, steps(5.0))
    for name in ("found.f64", "arrays.json"):
        (tmp_path / name).unlink()
    limited = tmp_path / "limited"
    limited.write_text(
        f"#!{sys.executable}\nimport os, resource, signal\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"os.execv({str(reader)!r}, ['reader'])\n"
    )
    limited.chmod(0o755)
    told = read(limited, tmp_path, schedule, steps(5.0))
    assert told.returncode == 4
    assert told.stderr == "cannot write found.f64: File too large\n"
    assert not (tmp_path / "arrays.json").exists()


def test_what_runs_on_the_grid_shares_one_clock(tiny: Circuit) -> None:
    """A program looks at each of its clocks at every step."""
    network = build_network(tiny, ScheduleReader(tiny.widths).functions())
    steps_ms = sorted(clock.dt_ * 1e3 for clock in {item.clock for item in network.sorted_objects})
    assert len(steps_ms) == 2
    assert steps_ms[1] == SCHEDULE_STEP_MS


AFRESH = """
import sys
import brian2
from hippokv.circuits.program.network import build_network
from hippokv.circuits.drive.scheduled_drive import ScheduleReader
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

circuit = slot_memory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))
brian2.set_device("cpp_standalone", build_on_run=False)
for folder in sys.argv[1:]:
    brian2.device.reinit()
    brian2.device.activate(build_on_run=False)
    network = build_network(circuit, ScheduleReader(circuit.widths).functions())
    network.run(0.1 * brian2.second, namespace={})
    brian2.device.build(directory=folder, compile=False, run=False)
"""


def test_a_device_that_starts_afresh_gets_a_clock_of_its_own(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in ("once", "again")]
    subprocess.run([sys.executable, "-P", "-c", AFRESH, *folders], check=True)
    for folder in folders:
        assert "Clock schedule_clock;" in (Path(folder) / "objects.cpp").read_text()
