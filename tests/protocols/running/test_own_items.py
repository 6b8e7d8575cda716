"""Items of one's own, keys and values, from a file or as arrays: run, kept and run again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up
from numpy.typing import NDArray

from hippokv.circuits.program.program import Program
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols.parts.store_and_recall import labels_of_items
from hippokv.protocols.running.configuration import config_text, read_config
from hippokv.protocols.running.experiment import ITEMS, prepare, run
from hippokv.protocols.running.protocol import find_protocol
from hippokv.protocols.running.stimuli import STIMULI, offered, patterns_of_arrays

SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_slots": 4, "circuit.cells_per_slot": 2, "run.target": "numpy", "run.dt_ms": 1.0,
}  # fmt: skip
LABELS = ("cat", "$dog$", "<owl>")


def pairs(rows: int = 3, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    return random.choice([-1, 1], (rows, 9)), random.choice([-1, 1], (rows, 6))


def test_a_run_of_arrays_is_repeated_from_its_folder(tmp_path: Path) -> None:
    keys, values = pairs()
    out = tmp_path / "run"
    short = {"protocol.study_ms": 300, "protocol.gap_ms": 100, "protocol.cue_ms": 200}
    settings = {**SMALL, **short}
    result = run("cued-recall", settings=settings, stimuli=(keys, values, LABELS), out=out)
    np.testing.assert_array_equal(result.found.items.keys, keys)
    np.testing.assert_array_equal(result.found.items.values, values)
    for one, words in (
        (result, "<Result of cued-recall on slot_memory, seed 0: accuracy "),
        (result.experiment, "<Experiment: cued-recall on slot_memory, seed 0>"),
        (result.experiment.circuit, "<Circuit slot_memory: 6 populations, "),
        (result.experiment.schedule, "<Schedule of "),
        (result.recording, "s: spikes of entorhinal "),
        (result.recording.spikes["pv"], " spikes of "),
    ):
        assert words in repr(one) and len(repr(one)) < 500
    assert result.experiment.circuit.sizes["entorhinal"] == 18
    assert result.experiment.circuit.sizes["cortical"] == 12
    assert result.experiment.settings.protocol.n_items == 3
    with np.load(out / "recording.npz") as arrays:
        assert tuple(arrays["labels"]) == LABELS
    assert "The items: cat, $dog$, &lt;owl&gt;." in (out / "report.html").read_text("utf-8")

    again = prepare("cued-recall", read_config(out / "config.toml", find_protocol("cued-recall")))
    assert again.settings == result.experiment.settings
    assert again.settings.protocol.stimuli == f"file:{out / ITEMS}"
    np.testing.assert_array_equal(again.stimuli.keys, keys)
    np.testing.assert_array_equal(again.stimuli.values, values)
    assert again.stimuli.labels == LABELS
    assert again.schedule.asks_the_same(result.experiment.schedule)


def test_arrays_that_are_not_written_are_known_by_a_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        "hippokv.protocols.running.experiment.run_experiment",
        lambda experiment, *told: asked.append(experiment),
    )
    for keys, values in (pairs(), pairs(), pairs(seed=1)):
        run("storage", settings=SMALL, stimuli=(keys, values))
    sources = [one.settings.protocol.stimuli for one in asked]
    assert sources[0] == sources[1] != sources[2]
    assert sources[0].startswith("arrays:") and len(sources[0]) < 40
    with pytest.raises(InputError, match="must be given as arrays again"):
        prepare("storage", {**SMALL, "protocol.stimuli": sources[0]})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"protocol.stimuli": "digits"}, "protocol.stimuli = 'digits': must be left out"),
        ({"protocol.values": "none"}, "protocol.values = 'none': must be left out"),
        ({"circuit.n_inputs": 8}, "circuit.n_inputs = 8: must be 9, the width of protocol.stimuli"),
        ({"circuit.n_outputs": 9}, "must be 6, the width of the values of protocol.stimuli"),
        ({"protocol.n_items": 4}, "protocol.n_items = 4: must be at most 3"),
    ],
)
def test_settings_that_contradict_arrays_are_refused(
    settings: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        run("storage", settings={**SMALL, **settings}, stimuli=pairs(), out=tmp_path / "run")
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_protocols_without_items_take_none() -> None:
    with pytest.raises(InputError, match="protocol.stimuli = .*: must be a known key"):
        run("path-integration", stimuli=pairs())


@pytest.mark.parametrize("name", ["cued-recall", "heteroassociative", "false-memory", "lesion"])
def test_values_of_a_file_are_stored_whatever_the_default_is(name: str, tmp_path: Path) -> None:
    keys, values = pairs(4)
    np.savez(tmp_path / "items.npz", keys=keys, values=values)
    np.save(tmp_path / "keys.npy", keys)
    np.save(tmp_path / "values.npy", values)
    one = {"protocol.stimuli": f"file:{tmp_path / 'items.npz'}"}
    two = {
        "protocol.stimuli": f"file:{tmp_path / 'keys.npy'}",
        "protocol.values": f"file:{tmp_path / 'values.npy'}",
    }
    for given in (one, two):
        experiment = prepare(name, {**SMALL, **given})
        np.testing.assert_array_equal(experiment.stimuli.values, values)
        assert experiment.settings.circuit.n_outputs == values.shape[1]


@pytest.mark.parametrize("name", ["sequence", "accessibility", "two-task", "copy-paste"])
def test_protocols_that_make_the_values_take_none(name: str, tmp_path: Path) -> None:
    keys, values = pairs(4)
    np.savez(tmp_path / "items.npz", keys=keys, values=values)
    with pytest.raises(InputError, match="must have no values: here they are "):
        prepare(name, {"protocol.stimuli": f"file:{tmp_path / 'items.npz'}"})


def test_paths_are_kept_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, values = pairs()
    np.save(tmp_path / "k.npy", keys)
    np.save(tmp_path / "v.npy", values)
    monkeypatch.chdir(tmp_path)

    def digest_of(name: str) -> str:
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()

    given = {"protocol.stimuli": "file:k.npy", "protocol.values": "file:v.npy"}
    experiment = prepare("storage", {**SMALL, **given})
    chosen = experiment.settings.protocol
    assert (chosen.stimuli, chosen.values) == (f"file:{tmp_path}/k.npy", f"file:{tmp_path}/v.npy")
    assert {name: f"sha256:{digest_of(name)}" for name in ("k.npy", "v.npy")} == {
        Path(name).name: version for name, version in experiment.origins.items()
    }


def test_arrays_that_were_written_are_known_by_their_content(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Program, "run", made_up)
    keys, values = pairs()
    run("storage", settings=SMALL, stimuli=(keys, values), out=tmp_path / "run")
    config, items = tmp_path / "run" / "config.toml", tmp_path / "run" / ITEMS
    caplog.clear()
    read_config(config, find_protocol("storage"))
    assert not caplog.records
    np.savez(items, keys=-keys, values=values)
    read_config(config, find_protocol("storage"))
    (record,) = caplog.records
    assert f"{ITEMS} has changed since" in record.getMessage()


def test_items_that_have_changed_since_are_said_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys, _ = pairs()
    np.save(tmp_path / "k.npy", keys)
    experiment = prepare("storage", {**SMALL, "protocol.stimuli": f"file:{tmp_path}/k.npy"})
    config = tmp_path / "config.toml"
    config.write_text(
        config_text(
            experiment.protocol, experiment.settings, experiment.origins, experiment.circuit
        )
    )
    read_config(config, experiment.protocol)
    assert not caplog.records
    np.save(tmp_path / "k.npy", -keys)
    read_config(config, experiment.protocol)
    (record,) = caplog.records
    assert "k.npy has changed since" in record.getMessage()


def test_the_command_line_refuses_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "items.npz", values=pairs()[1])
    typed = f"run storage --set protocol.stimuli=file:{tmp_path / 'items.npz'}"
    assert main(typed.split()) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "with an array 'keys', and perhaps 'values'" in told


def test_a_list_of_two_tables_is_not_taken_for_items() -> None:
    table = np.ones((3, 8)) * [1, -1, 1, -1, 1, -1, 1, -1]
    with pytest.raises(InputError, match=r"must be \(keys, values\), a tuple"):
        run("cued-recall", stimuli=[table, table])


def test_items_that_are_stored_in_part_have_no_labels() -> None:
    keys = np.where(np.random.default_rng(0).random((40, 8)) < 0.5, -1, 1)
    patterns = patterns_of_arrays((keys, keys, [f"L{row}" for row in range(40)]))
    given = {"protocol.n_steps": 30, "protocol.delays": "2", "circuit.n_slots": 4}
    with offered(patterns.source, patterns):
        part = prepare("continual", {STIMULI: patterns.source, **given})
        whole = prepare("cued-recall", {STIMULI: patterns.source})
    assert labels_of_items(part) == () and len(labels_of_items(whole)) == 40
