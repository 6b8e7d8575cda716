"""Experiments: that circuit and rate model are asked and scored alike."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shared_circuit
from hippokv.analysis.recall import scores
from hippokv.circuits.circuit import Circuit
from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running import experiment, results_folder
from hippokv.protocols.running.experiment import prepare, run
from hippokv.protocols.running.protocol import Result, find_protocol

SETTINGS: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 8, "circuit.n_outputs": 8, "circuit.n_slots": 4,
    "circuit.cells_per_slot": 2, "protocol.n_items": 3, "run.target": "numpy", "run.dt_ms": 1,
}  # fmt: skip
COMPILED: dict[str, Any] = {**shared_circuit.SETTINGS, "protocol.n_items": 3}


@pytest.fixture(scope="module")
def recalled(small: Circuit) -> Result:
    """Return a small cued recall from full cues."""
    return run("cued-recall", seed=1, settings={**COMPILED, "protocol.occlusion": 0.0})


def test_a_full_cue_brings_every_value_back(recalled: Result) -> None:
    assert recalled.metrics["accuracy"] > 0.9
    assert recalled.predicted_metrics["accuracy"] == 1.0
    assert recalled.metrics["one_plateau"] == 1.0


def test_circuit_and_rate_model_are_scored_by_the_same_names(recalled: Result) -> None:
    assert recalled.metrics.keys() == recalled.predicted_metrics.keys()
    assert recalled.predicted_metrics["attention_tv"] == 0.0
    assert recalled.metrics["accuracy"] == pytest.approx(
        scores.accuracy(recalled.found.readout, recalled.found.items)["accuracy"]
    )


def test_the_rate_model_starts_where_the_circuit_did(recalled: Result) -> None:
    np.testing.assert_array_equal(
        recalled.found.prediction.plateaus[0], recalled.found.readout.plateaus[0]
    )


def test_with_random_selection_the_rate_model_takes_the_slots_of_the_circuit(
    small: Circuit,
) -> None:
    chosen = {"circuit.selection": "random", "circuit.plateau_probability": 0.5}
    result = run("storage", seed=2, settings={**COMPILED, **chosen})
    np.testing.assert_array_equal(result.found.prediction.plateaus, result.found.readout.plateaus)


def test_the_same_seed_is_the_same_experiment_for_any_circuit() -> None:
    small = prepare("storage", {"circuit.n_slots": 4, "run.seed": 3})
    large = prepare("storage", {"circuit.n_slots": 80, "run.seed": 3, "circuit.beta": 0.2})
    np.testing.assert_array_equal(small.stimuli.keys, large.stimuli.keys)
    other = prepare("storage", {"circuit.n_slots": 4, "run.seed": 4})
    assert not np.array_equal(small.stimuli.keys, other.stimuli.keys)


def test_settings_that_cannot_be_are_refused() -> None:
    for settings in ({"run.seed": "1"}, {"circuit.n_slots": 4.0}, {"circuit": {}}):
        with pytest.raises(InputError, match="must be"):
            run("storage", settings=settings)
    with pytest.raises(InputError, match="run.seed = -1"):
        run("storage", seed=-1)


def test_numbers_of_numpy_are_the_same_experiment() -> None:
    given = {key: np.array(value) for key, value in SETTINGS.items()}
    one = prepare("storage", {**SETTINGS, "run.seed": 3})
    other = prepare("storage", {**given, "run.seed": np.int64(3)})
    assert repr(one.settings) == repr(other.settings)
    assert repr(one.schedule) == repr(other.schedule)
    np.testing.assert_array_equal(one.stimuli.keys, other.stimuli.keys)


class Asked(Exception):
    """Says what was about to be run."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Have nothing simulated, and return the folders that were about to be written."""
    folders: list[Path] = []

    def stop(prepared: Any, *given: Any) -> Any:
        raise Asked(repr(prepared.settings.run.seed))

    monkeypatch.setattr(experiment, "run_experiment", stop)
    monkeypatch.setattr(
        results_folder.Destination, "check", lambda destination: folders.append(destination.folder)
    )
    return folders


def test_a_seed_of_numpy_is_a_seed(asked: list[Path]) -> None:
    for seed in (5, np.int64(5), np.uint8(5), np.array(5)):
        with pytest.raises(Asked, match="^5$"):
            run("storage", seed=seed, settings=SETTINGS)  # type: ignore[arg-type]
    for odd in (5.0, np.float64(5), np.bool_(True), "5", np.array([5])):
        with pytest.raises(InputError, match="run.seed = .*: must be a whole number"):
            run("storage", seed=odd, settings=SETTINGS)  # type: ignore[arg-type]
    assert asked == []


def test_a_folder_may_be_in_a_home(asked: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    for out in ("~/mine", Path("~/mine"), np.str_("~/mine")):
        with pytest.raises(Asked):
            run("storage", settings=SETTINGS, out=out)
    assert asked == [Path("/home/someone/mine")] * 3


def test_arguments_that_cannot_be_used_are_refused(asked: list[Path]) -> None:
    for out in ("", 3, b"x", "a\0b", "~nosuchuser/a"):
        with pytest.raises(InputError, match="--out = .*: must be the name of a folder"):
            run("storage", settings=SETTINGS, out=out)  # type: ignore[arg-type]
    for settings in ([("run.seed", 1)], "run.seed", np.zeros(3), 3):
        with pytest.raises(InputError, match="settings = .*: must be a dictionary"):
            run("storage", settings=settings)  # type: ignore[arg-type]
    assert asked == []


# --- other processes ------------------------------------------------------------------------------


def assert_alike(found: Any, expected: Any) -> None:
    """Check that two values are of one type and hold the same, whatever they are made of."""
    assert type(found) is type(expected)
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    elif dataclasses.is_dataclass(expected) and not isinstance(expected, type):
        for entry in dataclasses.fields(expected):
            assert_alike(getattr(found, entry.name), getattr(expected, entry.name))
    elif isinstance(expected, Mapping):
        assert list(found) == list(expected)
        for key in expected:
            assert_alike(found[key], expected[key])
    elif isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other)
    elif isinstance(expected, partial):
        assert found.func is expected.func
        assert_alike(found.args, expected.args)
    elif isinstance(expected, float):
        np.testing.assert_equal(found, expected)
    else:
        assert found == expected


def test_a_result_comes_back_from_a_pickle_as_it_was(recalled: Result) -> None:
    found = pickle.loads(pickle.dumps(recalled))
    assert_alike(found, recalled)
    assert found.experiment.protocol is recalled.experiment.protocol
    assert_alike(found.found, recalled.found)
    # What is computed when it is first asked for is computed alike.
    assert_alike(found.experiment.schedule.start_ms, recalled.experiment.schedule.start_ms)


def test_another_process_can_read_a_result(recalled: Result) -> None:
    program = (
        "import pickle, sys; result = pickle.load(sys.stdin.buffer); "
        "print(result.experiment.protocol.name, result.metrics, "
        "len(result.recording.spikes['hippocampal'].time_s), "
        "[picture.name for picture in result.experiment.protocol.pictures(result)][:1])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(recalled), capture_output=True,
        check=True,
    ).stdout.decode()  # fmt: skip
    spikes = len(recalled.recording.spikes["hippocampal"].time_s)
    assert told.startswith(f"cued-recall {recalled.metrics} {spikes} ['")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_experiment_of_every_protocol_comes_back_from_a_pickle(name: str) -> None:
    # A walk of minutes is made of many epochs.
    short = {"protocol.trajectory.duration_s": 5.0} if name == "path-integration" else {}
    experiment = prepare(name, short)
    assert_alike(pickle.loads(pickle.dumps(experiment)), experiment)


def test_a_protocol_that_is_not_known_is_not_taken_for_one_of_its_name() -> None:
    known = find_protocol("storage")
    assert pickle.loads(pickle.dumps(known)) is known
    other = dataclasses.replace(known, summary="something else")
    # Its functions have names of their own: it comes back as it is.
    found = pickle.loads(pickle.dumps(other))
    assert found == other and found.summary == "something else"


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "items.npy"
    np.save(file, np.where(np.eye(12) > 0, 1, -1))
    settings = {**SETTINGS, "circuit.n_inputs": 12, "circuit.n_outputs": 12}
    settings["protocol.stimuli"] = f"file:{file}"
    assert prepare("cued-recall", settings).origins

    resolve_settings = experiment.resolve

    def read_and_replaced(*given: Any) -> Any:
        found = resolve_settings(*given)
        np.save(file, np.where(np.eye(12) > 0, -1, 1))
        return found

    monkeypatch.setattr(experiment, "resolve", read_and_replaced)
    with pytest.raises(InputError, match=r"items.npy.: changed while it was read: run again"):
        prepare("cued-recall", settings)
