"""The results folder: what is in it, and that it is there whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.program import Program
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError
from hippokv.protocols import results_folder
from hippokv.protocols.experiment import Result, prepare, run, run_experiment
from hippokv.protocols.results_folder import Destination, read_summary, save_arrays, write_results

SETTINGS = {
    "circuit.n_inputs": 9, "circuit.n_outputs": 9, "circuit.n_slots": 4,
    "circuit.cells_per_slot": 2, "protocol.n_items": 3, "run.target": "numpy",
}  # fmt: skip


def _made_up(program: Program, schedule: Schedule, seed: int, *_: Any, **__: Any) -> Recording:
    """Return a recording of the right form, without a simulation."""
    rng = np.random.default_rng(seed)
    sizes = program.circuit.sizes

    def train(size: int, spikes: int) -> SpikeTrain:
        times = np.sort(rng.uniform(0, schedule.duration_ms / 1e3, spikes))
        return SpikeTrain.at(times, rng.integers(0, size, spikes).astype(np.int32), size)

    shapes = program.circuit.weight_shapes()
    return Recording(
        spikes={name: train(size, 500) for name, size in sizes.items()},
        events={"dendritic_spike": train(sizes["hippocampal"], 40)},
        weights={
            "keys": rng.uniform(size=shapes["keys"][::-1]),
            "values": rng.uniform(size=shapes["values"]),
        },
        duration_ms=schedule.duration_ms,
    )


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> Result:
    """Return a result that looks like one of a cued recall."""
    monkeypatch.setattr(Program, "run", _made_up)
    return run_experiment(prepare("cued-recall", SETTINGS))


def _arrays(folder: Path) -> dict[str, NDArray[Any]]:
    with np.load(folder / "recording.npz", allow_pickle=False) as archive:
        return dict(archive)


def test_a_folder_holds_everything(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    written = write_results(result, Destination(folder))
    assert written.folder == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.toml", "figures", "recording.npz", "report.html", "summary.json"
    ]  # fmt: skip
    for picture in ("spikes", "weights", "selection", "attention", "accuracy"):
        png = (folder / "figures" / f"{picture}.png").read_bytes()
        assert png.startswith(b"\x89PNG")
    assert "cued-recall" in (folder / "report.html").read_text()
    assert list(tmp_path.iterdir()) == [folder]


def test_arrays_have_the_shapes_that_are_promised(result: Result, tmp_path: Path) -> None:
    write_results(result, Destination(tmp_path / "here"))
    arrays = _arrays(tmp_path / "here")
    shapes = {
        "keys": (3, 9), "values": (3, 9), "queries": (3, 9), "query_item": (3,), "decoded": (3, 9),
        "evidence": (3, 9), "attention": (3, 4), "prediction_attention": (3, 4),
        "prediction_decoded": (3, 9), "plateaus": (3, 4), "key_weights": (8, 18),
        "value_weights": (8, 18), "epoch_start_ms": (19,), "epoch_duration_ms": (19,),
        "epoch_phase": (19,), "epoch_item": (19,), "dendritic_spike_t": (40,),
        "dendritic_spike_i": (40,),
    }  # fmt: skip
    for name, shape in shapes.items():
        assert arrays[name].shape == shape, name
    for name, train in result.recording.spikes.items():
        np.testing.assert_array_equal(arrays[f"spikes_{name}_t"], train.time_s)
        np.testing.assert_array_equal(arrays[f"spikes_{name}_i"], train.cell)
    assert arrays["plateaus"].dtype == bool
    assert set(np.unique(arrays["keys"])) == {-1, 1}
    assert set(np.unique(arrays["queries"])) == {-1, 0, 1}
    assert set(arrays["epoch_phase"]) == {"rest", "store", "recall"}


def test_a_summary_holds_no_nan(result: Result, tmp_path: Path) -> None:
    odd = dataclasses.replace(result, metrics={**result.metrics, "accuracy": float("nan")})
    write_results(odd, Destination(tmp_path / "here"))
    text = (tmp_path / "here" / "summary.json").read_text()
    summary = json.loads(text, parse_constant=pytest.fail)
    assert summary["metrics"]["accuracy"] is None
    assert summary["metrics"].keys() == summary["prediction"].keys()
    read = read_summary(tmp_path / "here")
    assert read.metrics["accuracy"] is None
    assert read.metrics["one_plateau"] == pytest.approx(result.metrics["one_plateau"])
    assert read.timing.simulated_s == result.timing.simulated_s
    assert summary["timing"]["total_s"] > 0
    wanted = {"hippokv", "brian2", "numpy", "python", "platform", "target", "date"}
    assert wanted <= summary["provenance"].keys()


def test_equal_arrays_are_equal_bytes(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    write_results(result, Destination(tmp_path / "one"))
    monkeypatch.undo()
    write_results(result, Destination(tmp_path / "other"))
    for name in ("recording.npz", "config.toml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_archives_are_plain(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6).reshape(2, 3).T, "b": np.array(["rest", "store"])}
    save_arrays(tmp_path / "two.npz", arrays)
    with zipfile.ZipFile(tmp_path / "two.npz") as archive:
        assert archive.testzip() is None
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with np.load(tmp_path / "two.npz", allow_pickle=False) as read:
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array)


def test_arrays_of_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        save_arrays(tmp_path / "no.npz", {"a": np.array([{}], dtype=object)})


def test_an_empty_folder_is_filled(result: Result, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    Destination(tmp_path / "here").check()
    write_results(result, Destination(tmp_path / "here"))
    assert (tmp_path / "here" / "report.html").exists()


def test_folders_on_the_way_are_made(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    Destination(folder).check()
    assert list(tmp_path.iterdir()) == []
    write_results(result, Destination(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["c"]


def test_a_link_to_an_empty_folder_is_followed(result: Result, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_results(result, Destination(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "report.html").exists()


def test_a_default_folder_takes_the_next_free_number(result: Result, tmp_path: Path) -> None:
    destination = Destination(tmp_path / "run", numbered=True)
    written = [write_results(result, destination).folder for _ in range(3)]
    assert written == [tmp_path / "run", tmp_path / "run-2", tmp_path / "run-3"]


@pytest.mark.parametrize("numbered", [False, True])
def test_a_folder_that_was_filled_meanwhile_is_not_touched(
    numbered: bool, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = results_folder._write_files

    def meanwhile(result: Result, folder: Path) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "notes").write_text("mine")
        write(result, folder)

    monkeypatch.setattr(results_folder, "_write_files", meanwhile)
    destination = Destination(tmp_path / "run", numbered)
    if numbered:
        assert write_results(result, destination).folder == tmp_path / "run-2"
    else:
        with pytest.raises(InputError, match="--out"):
            write_results(result, destination)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes"]
    names = ["run", "run-2"] if numbered else ["run"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("where", ["save_arrays", "_summary", "_write_report"])
def test_an_interrupted_write_leaves_nothing(
    stop: type[BaseException],
    where: str,
    result: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: Any) -> None:
        raise stop

    monkeypatch.setattr(results_folder, where, interrupted)
    with pytest.raises(stop):
        write_results(result, Destination(tmp_path / "a" / "b"))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_and_leaves_nothing(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_folder, "save_arrays", full)
    with pytest.raises(InputError, match="--out.*No space left"):
        write_results(result, Destination(tmp_path / "here"))
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from hippokv.circuits.program import Program
from hippokv.protocols import results_folder
from hippokv.protocols.experiment import run
from test_results_folder import SETTINGS, _made_up
Program.run = _made_up
if sys.argv[3] == "killed":
    results_folder._summary = lambda result: os.kill(os.getpid(), signal.SIGKILL)
run("storage", settings=SETTINGS, out=sys.argv[2])
"""


def test_a_killed_write_looks_unfinished_and_is_not_tripped_over(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    for what, status in (("killed", -9), ("killed", -9), ("whole", 0)):
        command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(folder), what]
        done = subprocess.run(command, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        assert done.returncode == status
        assert folder.exists() == (what == "whole")
        left = [path.name for path in tmp_path.iterdir() if path != folder]
        assert all(name.startswith(".here.partial-") for name in left)
    assert (folder / "report.html").exists()


def test_run_writes_only_where_it_is_told(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = run("storage", seed=5, settings=SETTINGS)
    assert alone.folder is None and list(tmp_path.iterdir()) == []
    kept = run("storage", seed=5, settings=SETTINGS, out="kept")
    assert kept.folder == tmp_path / "kept"
    assert kept.experiment.settings.run.seed == 5
    assert read_summary(tmp_path / "kept").protocol == "storage"
    with pytest.raises(InputError, match="--out"):
        run("storage", settings=SETTINGS, out="kept")


def test_a_summary_that_an_editor_has_saved_is_read(tmp_path: Path) -> None:
    timing = dict.fromkeys(results_folder.TIMES, 1.0)
    found = {"protocol": "storage", "seed": 3, "metrics": {}, "prediction": {}, "timing": timing}
    for begin in (b"", b"\xef\xbb\xbf"):
        (tmp_path / results_folder.SUMMARY).write_bytes(begin + json.dumps(found).encode())
        assert results_folder.read_summary(tmp_path).seed == 3
