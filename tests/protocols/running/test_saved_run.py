"""The saved run: what is read back is what was run, or one line says why not."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import Collection
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from toy_circuit import toy_circuit

import hippokv
from hippokv.analysis.figures.report import meaning_of
from hippokv.analysis.recall.asked_cells import Sought
from hippokv.circuits import optional_library
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Express,
    Light,
    Silence,
    Tag,
)
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.components import file_digest
from hippokv.errors import InputError
from hippokv.parameter import leaves
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.parts.store_and_recall import drawn_items
from hippokv.protocols.running import results_folder, saved_run
from hippokv.protocols.running.evaluation import Stage
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result, Timing, find_protocol
from hippokv.protocols.running.results_folder import Destination, read_summary, write_results
from hippokv.protocols.running.saved_run import MISSING, NOT_SOUGHT, SavedRun, load

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data"
PAGE = ROOT / "docs" / "results_folder.md"
SMALL = {
    "circuit.n_inputs": 8, "circuit.n_outputs": 8, "circuit.n_slots": 14,
    "circuit.cells_per_slot": 2, "run.target": "numpy", "run.dt_ms": 1.0,
}  # fmt: skip
#: Settings that make a protocol small, where it has them.
FEW = {
    "protocol.n_items": 3, "protocol.lengths": "2,3", "protocol.trajectory.duration_s": 2.0,
    "protocol.n_addresses": 4, "protocol.laps": 1, "protocol.sessions": 1,
    "protocol.short_length": 2, "protocol.long_length": 3,
}  # fmt: skip


def recorded(circuit: Circuit, schedule: Schedule, seed: int) -> Recording:
    """Return a made-up recording of any circuit, with all that a recording can hold."""
    rng = np.random.default_rng(seed)

    def train(size: int) -> SpikeTrain:
        step = np.sort(rng.integers(0, int(schedule.duration_ms / 0.5), 30)).astype(np.int32)
        return SpikeTrain(step, rng.integers(0, size, 30).astype(np.int32), size, 0.5e-3)

    cells: dict[str, Any] = {}
    for row in schedule.manipulations:
        if isinstance(row, Tag | Express):
            name = "label" if isinstance(row, Tag) else f"{row.opsin}_expression"
            held = rng.uniform(0, 2, circuit.sizes[row.population])
            cells[f"{name}_{row.population}"] = held
            cells[f"gtacr2_expression_{row.population}"] = np.zeros(len(held))
    first = next(iter(circuit.sizes))
    weights = {
        name: rng.uniform(size=shape[::-1] if name == "keys" else shape)
        for name, shape in circuit.weight_shapes().items()
    }
    trace = Trace(np.arange(3) * 1e-3, np.array([0, 1]), {"v": rng.normal(size=(3, 2))}, {"v": "V"})
    return Recording(
        {name: train(size) for name, size in circuit.sizes.items()},
        {event: train(circuit.sizes[owner]) for event, owner in circuit.events.items()},
        weights, schedule.duration_ms, cells, {first: trace},
    )  # fmt: skip


def made_up(program: Program, schedule: Schedule, seed: int, *_: Any, **__: Any) -> Recording:
    """Take the place of ``Program.run``."""
    return recorded(program.circuit, schedule, seed)


def result_of(name: str) -> Result[Any]:
    """Return a result of a protocol, scored where its scores can be made of any recording."""
    protocol = find_protocol(name)
    known = {key for key, _, _ in leaves(protocol.parameters(), "protocol.")}
    given = {key: value for key, value in FEW.items() if key in known}
    least = {
        "interference": 14, "extinction": 4, "spacing": 20, "retrieval-practice": 6,
        "consolidation": 4, "reminder": 5,
    }  # fmt: skip
    if name in least:
        given["protocol.n_items"] = least[name]
    if protocol.draw is drawn_items:
        # Learned controllers have a size, and lives and gaps take as many slots as they take.
        sizes = {} if name in ("copy-paste", "extinction", "spacing") else SMALL
        return run_experiment(prepare(name, {**given, **sizes, "run.target": "numpy"}))
    experiment = prepare(name, given)
    circuit, schedule = experiment.circuit, experiment.schedule
    recording = recorded(circuit, schedule, 0)
    again = recorded(circuit, schedule, 1)
    stages = {"first": Stage(schedule, recording), "first_again": Stage(schedule, again)}
    return Result(
        experiment, again, {"held": 0.5, "odd": math.nan}, {"held": 1.0},
        Timing(0.0, 1.0, 2.0), None, {"codes": recording.weights["grid_inputs"]}
        if "grid_inputs" in recording.weights else {}, stages=stages,
    )  # fmt: skip


def assert_same(found: Any, wanted: Any) -> None:
    """Compare values of any kind, arrays byte for byte."""
    if isinstance(wanted, np.ndarray):
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        assert found.tobytes() == np.ascontiguousarray(wanted).tobytes()
    elif isinstance(wanted, Mapping):
        assert list(found) == list(wanted)
        for name, value in wanted.items():
            assert_same(found[name], value)
    elif dataclasses.is_dataclass(wanted):
        for field in dataclasses.fields(wanted):
            assert_same(getattr(found, field.name), getattr(wanted, field.name))
    elif isinstance(wanted, tuple):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_same(one, other)
    else:
        assert found == wanted or (found != found and wanted != wanted)


def assert_same_stage(found: Stage, wanted: Stage) -> None:
    assert_same(found.recording, wanted.recording)
    assert list(found.schedule.widths.items()) == list(wanted.schedule.widths.items())
    assert found.schedule.manipulations == wanted.schedule.manipulations
    assert found.schedule.channels_in_use == wanted.schedule.channels_in_use
    for channel in wanted.schedule.channels_in_use:
        assert_same(found.schedule.channel(channel), wanted.schedule.channel(channel))
    for mine, yours in zip(found.schedule.epochs, wanted.schedule.epochs, strict=True):
        assert mine.drive.keys() == yours.drive.keys()
        assert dataclasses.replace(mine, drive={}) == dataclasses.replace(yours, drive={})


def assert_is_what_was_run(found: SavedRun, result: Result[Any]) -> None:
    assert list(found.stages) == list(result.stages)
    for name, stage in result.stages.items():
        assert_same_stage(found.stages[name], stage)
    assert_same(found.recording, result.recording)
    for name in ("arrays", "metrics", "predicted_metrics", "spike_scores", "uninformed"):
        assert_same(getattr(found, name), getattr(result, name))
    assert_same(found.stimuli, result.experiment.stimuli)
    assert found.circuit == result.experiment.circuit.account
    settings = {key: value for key, value, _ in leaves(result.experiment.settings)}
    assert dict(found.settings) == settings
    assert (found.prediction_note, found.warnings) == (result.prediction_note, result.warnings)
    assert found.protocol == result.experiment.protocol.name
    assert (found.format_version, found.missing) == (2, ())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Result[Any]]]:
    """Return a result of every protocol with its folder, none of them simulated."""
    results = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Program, "run", made_up)
        patch.setattr(results_folder, "_draw", lambda result: [])
        patch.setattr(results_folder, "_write_report", lambda *_: None)
        for name in PROTOCOLS:
            folder = tmp_path_factory.mktemp("results") / name
            results[name] = write_results(result_of(name), Destination(folder))
    yield results


@pytest.mark.parametrize("name", PROTOCOLS)
def test_load_gives_back_what_was_run(name: str, written: dict[str, Result[Any]]) -> None:
    folder = written[name].folder
    assert folder
    assert_is_what_was_run(load(folder), written[name])


@pytest.mark.parametrize(
    "name", [name for name in PROTOCOLS if find_protocol(name).draw is drawn_items]
)
def test_every_score_is_explained_where_it_stands(
    name: str, written: dict[str, Result[Any]]
) -> None:
    result = written[name]
    meanings = result.experiment.protocol.meanings
    assert [score for score in result.metrics if not meaning_of(score, meanings)] == []


# Without light its pulses have no period, by which NumPy divides all the same.
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
def test_what_was_simulated_is_read_back_too(tmp_path: Path) -> None:
    lengths = {
        "settling": 50.0, "study": 200.0, "consolidation": 50.0, "gap": 100.0, "cue": 60.0,
        "cue_gap": 50.0, "light": 100.0,
    }  # fmt: skip
    given: dict[str, Any] = {**SMALL, "run.circuit": "slot_memory", "circuit.n_slots": 3}
    given["protocol.n_items"] = 2
    given |= {f"protocol.{name}_ms": length for name, length in lengths.items()}
    result = hippokv.run(
        "optogenetic-reactivation", 1, given, tmp_path / "here",
        record={"hippocampal": ["v"], "keys": ["weight"]},
    )  # fmt: skip
    found = hippokv.load(tmp_path / "here")
    assert_is_what_was_run(found, result)
    read = hippokv.read_out(found.recording, found.schedule, 3)
    assert_same(read, result.found.readout)
    assert_same(hippokv.items_of(found.schedule), result.found.items)
    tagged = np.flatnonzero(result.recording.cells["label_hippocampal"] >= 1)
    assert tagged.size
    for row in found.schedule.manipulations:
        np.testing.assert_array_equal(hippokv.cells_hit(row, found.recording), tagged)


def test_several_runs_on_several_circuits_are_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CIRCUITS, "toy", "toy_circuit")
    monkeypatch.setitem(PROTOCOLS, "toy-learning", "toy_learning")
    result = hippokv.run(
        "toy-learning", 2, {"run.target": "numpy", "run.dt_ms": 1.0}, tmp_path / "here",
        record={"receiver": ["v"], "links": ["weight"]},
    )  # fmt: skip
    assert_is_what_was_run(load(tmp_path / "here"), result)


def test_cells_that_a_manipulation_hit() -> None:
    train = SpikeTrain.at(np.zeros(0), np.zeros(0, np.int32), 3)
    held = {
        "label_pv": np.array([0.0, 2.0, 1.0]),
        "chr2_expression_pv": np.array([0.5, 0.0, 0.0]),
    }
    recording = Recording({"pv": train}, {}, {}, 10.0, held)
    for row, cells in (
        (Silence("pv"), [0, 1, 2]),
        (Silence("pv", (2, 0)), [0, 2]),
        (Tag("pv", 0.0, 5.0), [1, 2]),
        (Express("pv", "chr2", 0.0), [0]),
        (Light("pv", "chr2", 1.0, 0.0, 5.0), [0]),
        (Light("pv", "gtacr2", 1.0, 0.0, 5.0), None),
        (Tag("sst", 0.0, 5.0), None),
        (Silence("sst"), None),
        (BlockPlasticity("keys"), None),
    ):
        found = hippokv.cells_hit(row, recording)
        assert (None if found is None else found.tolist()) == cells, row


@pytest.mark.parametrize("name", ["storage", "scaffold-stability", "path-integration"])
def test_a_raster_of_a_folder_is_that_of_the_result(
    name: str, written: dict[str, Result[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Any, ...]] = []
    figure = "hippokv.analysis.figures.raster.plot_raster"
    monkeypatch.setattr(figure, lambda *given: drawn.append(given))
    result = written[name]
    found = load(result.folder or "")
    described = dataclasses.asdict(result.experiment.circuit.account)
    # Older folders have it in words alone.
    for part in (*described["populations"], *described["projections"]):
        del part["alike"]
    for one in (result, found, dataclasses.replace(found, circuit=saved_run._account(described))):
        one.plot_raster()
    last = list(result.stages.values())[-1]
    slots = result.experiment.circuit.ensembles.get("hippocampal", 1)
    assert len(drawn) == 3
    for recording, schedule, n_slots, _, _, sought in drawn:
        assert n_slots == slots and sought is None
        assert_same_stage(Stage(schedule, recording), last)


def drawn_by(run: Result[Any] | SavedRun) -> list[tuple[Any, ...]]:
    """Return all that a raster of a run has in it: what kind, where, and in which colours."""
    axes = run.plot_raster()
    found = []
    for one in axes.get_children():
        name = (type(one).__name__, str(one.get_label()))
        if isinstance(one, Collection):
            paths = [path.vertices.tolist() for path in one.get_paths()]
            look = one.get_facecolor().tolist(), one.get_edgecolor().tolist()
            found.append((*name, paths, np.asarray(one.get_offsets()).tolist(), *look))
        elif isinstance(one, Line2D):
            found.append((*name, one.get_xydata().tolist(), one.get_color()))
        elif isinstance(one, AxesImage):
            found.append((*name, np.asarray(one.get_array()).tolist(), one.get_extent()))
        else:
            found.append(name)
    return found


def with_slots(result: Result[Any]) -> Result[Any]:
    """Return a result in which each item takes a slot in turn, and all cells fire a lot."""
    schedule, circuit = result.experiment.schedule, result.experiment.circuit
    n_slots, size = circuit.ensembles["hippocampal"], circuit.sizes["hippocampal"]
    slots = np.arange(size).reshape(n_slots, -1)
    stores = schedule.events("store")
    cell = np.concatenate([slots[number % n_slots] for number in range(len(stores))])
    start_s = np.repeat([event.start_ms / 1e3 + 0.05 for event in stores], slots.shape[1])
    rng = np.random.default_rng(0)

    def busy(size: int) -> SpikeTrain:
        time_s = np.sort(rng.uniform(0, schedule.duration_ms / 1e3, 3000))
        return SpikeTrain.at(time_s, rng.integers(0, size, 3000).astype(np.int32), size)

    recording = dataclasses.replace(
        result.recording,
        spikes={name: busy(size) for name, size in circuit.sizes.items()},
        events={"dendritic_spike": SpikeTrain.at(start_s, cell.astype(np.int32), size)},
    )
    stages = {"": Stage(schedule, recording)}
    return dataclasses.replace(result, recording=recording, stages=stages)


@pytest.mark.parametrize("name", ["extinction", "copy-paste"])
def test_a_raster_of_a_folder_has_the_colours_of_what_recalls_ask_for(
    name: str, written: dict[str, Result[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_folder, "_draw", lambda result: [])
    monkeypatch.setattr(results_folder, "_write_report", lambda *_: None)
    result = write_results(with_slots(written[name]), Destination(tmp_path / "new"))
    found = load(result.folder or "")
    wanted = drawn_by(result)
    assert_same(tuple(drawn_by(found)), tuple(wanted))
    by_name = dataclasses.replace(found, sought={"": None})
    assert drawn_by(by_name) != wanted, "the items that recalls name would be others"
    # A folder that was written before it was kept: by the protocol, and of another version not.
    older = tmp_path / name
    shutil.copytree(result.folder or "", older)
    description = json.loads((older / "run.json").read_text())
    del description["stages"][""]["sought"]
    (older / "run.json").write_text(json.dumps(description))
    summary = json.loads((older / "summary.json").read_text())
    summary["files"]["run.json"] = file_digest(older / "run.json")
    summary["digest"] = results_folder.digest_of_summary(summary)
    (older / "summary.json").write_text(json.dumps(summary))
    again = load(older)
    assert again.missing == (NOT_SOUGHT,) and again.sought == {}
    assert_same(tuple(drawn_by(again)), tuple(wanted))
    foreign = dataclasses.replace(again, provenance={"hippokv": "0.0.1"})
    assert_same(tuple(drawn_by(foreign)), tuple(drawn_by(by_name)))


def test_what_recalls_ask_for_costs_no_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A protocol of somebody's that fails at it loses this alone, and the folder says so."""
    monkeypatch.setattr(Program, "run", made_up)
    monkeypatch.setattr(results_folder, "_draw", lambda result: [])
    monkeypatch.setattr(results_folder, "_write_report", lambda *_: None)
    result = result_of("cued-recall")

    def fails(schedule: Schedule) -> Sought | None:
        raise KeyError("tone")

    protocol = dataclasses.replace(result.experiment.protocol, sought=fails)
    experiment = dataclasses.replace(result.experiment, protocol=protocol)
    result = dataclasses.replace(result, experiment=experiment)
    found = load(write_results(result, Destination(tmp_path / "here")).folder or "")
    assert "what recalls ask for is not kept (KeyError: 'tone'" in caplog.text
    assert found.missing == (NOT_SOUGHT,)


def test_an_array_that_would_be_there_twice_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Program, "run", made_up)
    monkeypatch.setattr(results_folder, "_draw", lambda result: [])
    result = result_of("storage")
    arrays = {**result.arrays, "epoch_item": np.zeros(1)}
    result = dataclasses.replace(result, arrays=arrays)
    found = load(write_results(result, Destination(tmp_path / "here")).folder or "")
    assert "epoch_item of the protocol is left out" in caplog.text
    assert "epoch_item" not in found.arrays
    assert_same_stage(found.stages[""], result.stages[""])


# --- stored folders of each format ----------------------------------------------------------------


def test_a_folder_of_version_0_1_0_opens_and_says_what_it_lacks() -> None:
    found = load(DATA / "results_format_1")
    assert (found.format_version, found.missing) == (1, MISSING)
    assert found.protocol == "optogenetic-reactivation" and found.seed == 3
    assert found.settings["protocol.n_items"] == 2 and found.settings["circuit.n_slots"] == 2
    assert found.metrics["accuracy_light"] == 1.0
    assert found.predicted_metrics["accuracy_no_light"] == 0.75
    counts = {name: len(train.step) for name, train in found.recording.spikes.items()}
    assert counts == {
        "entorhinal": 614, "hippocampal": 347, "pv": 15074, "sst": 160, "cortical": 2021,
        "cholinergic": 980,
    }  # fmt: skip
    assert {train.size for train in found.recording.spikes.values()} == {0}
    assert "unknown" in repr(found.recording.spikes["pv"])
    assert len(found.recording.events["dendritic_spike"].step) == 2
    assert set(found.recording.cells) == {"label_hippocampal", "chr2_expression_hippocampal"}
    assert len(found.schedule.epochs) == 18 and found.schedule.duration_ms == 3550
    assert len(found.schedule.events("recall")) == 4
    assert found.circuit is None and found.schedule.manipulations == ()
    assert found.stimuli.keys.shape == (2, 4)
    assert found.arrays["key_weights"].shape == (2, 8)
    assert not any(name.startswith(("spikes_", "epoch_")) for name in found.arrays)


def test_a_folder_of_format_2_opens() -> None:
    found = load(DATA / "results_format_2")
    assert (found.format_version, found.missing) == (2, ())
    assert list(found.stages) == ["training", "test", "control"]
    assert found.metrics == {"rate_training": 0.0, "rate_test": 67.5, "rate_control": 0.0}
    assert found.recording is found.stages["control"].recording
    test = found.stages["test"]
    assert [len(train.step) for train in test.recording.spikes.values()] == [72, 54]
    assert list(test.recording.spikes) == ["sender", "receiver"]
    assert test.recording.spikes["receiver"].size == 4
    assert test.recording.spikes["receiver"].dt_s == 1e-3
    assert test.schedule.manipulations == (Silence("receiver", (0,)),)
    assert test.schedule.channel("sender").tolist() == [[0, 0, 0], [1, 1, 1]]
    assert test.recording.traces["receiver"].units == {"v": "volt"}
    assert test.recording.traces["links"].values["weight"].shape[1:] == (3, 4)
    assert test.recording.weights["links"].shape == (3, 4)
    assert found.circuit
    assert [(one.name, one.cells) for one in found.circuit.populations] == [
        ("sender", 3), ("receiver", 4),
    ]  # fmt: skip


# --- what is refused ------------------------------------------------------------------------------


def changed(folder: Path, name: str, change: Any) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(change(content))


def _other(key: str, value: Any) -> Any:
    def change(content: bytes) -> bytes:
        return json.dumps({**json.loads(content), key: value}).encode()

    return change


BAD: dict[str, Any] = {
    "newer": (2, "summary.json", _other("format_version", 3), "newer HippoKV wrote it in format 3"),
    "odd": (2, "summary.json", _other("format_version", "2"), "must be a folder that `hippokv"),
    "score": (2, "summary.json", _other("metrics", {"rate": 1.0}), "summary.json is damaged or"),
    "cut summary": (2, "summary.json", lambda old: old[:-9], "must be a folder that `hippokv run`"),
    "cut arrays": (2, "recording.npz", lambda old: old[:-9], "recording.npz is damaged or was"),
    "a bit": (
        2, "recording.npz", lambda old: old[:99] + bytes([old[99] ^ 1]) + old[100:],
        "recording.npz is damaged or was",
    ),
    "description": (2, "run.json", lambda old: b"{}", "run.json is damaged or was changed"),
    "settings": (
        2, "config.toml", lambda old: old.replace(b"seed = 3", b"seed = 4"),
        "config.toml is damaged or was changed",
    ),
    "old, cut": (1, "recording.npz", lambda old: old[:-9], "recording.npz or run.json is damaged"),
    "old, empty": (1, "recording.npz", lambda old: b"", "recording.npz or run.json is damaged"),
    "old, a bit": (
        1, "recording.npz", lambda old: old[:9999] + bytes([old[9999] ^ 1]) + old[10000:],
        "recording.npz or run.json is damaged",
    ),
    "old, another run": (
        1, "config.toml", lambda old: old.replace(b"seed = 3", b"seed = 4"),
        "it is of another run than summary.json",
    ),
    "old, no settings": (1, "config.toml", lambda old: b"[", "config.toml is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_folder_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    version, name, change, words = BAD[case]
    folder = tmp_path / "here"
    shutil.copytree(DATA / f"results_format_{version}", folder)
    load(folder)
    changed(folder, name, change)
    with pytest.raises(InputError, match="^DIR = ") as found:
        load(folder)
    assert words in str(found.value) and "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("version", "name"),
    [(n, path.name) for n in (1, 2) for path in sorted((DATA / f"results_format_{n}").iterdir())],
)
def test_a_folder_that_is_not_whole_is_refused(version: int, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    shutil.copytree(DATA / f"results_format_{version}", folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match="^DIR = ") as found:
        load(folder)
    assert name in str(found.value) or name == "summary.json"


def test_what_is_no_results_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    for folder in (tmp_path, tmp_path / "notes", tmp_path / "nothing"):
        with pytest.raises(InputError, match="^DIR = .*must be a folder that `hippokv run`"):
            load(folder)
    with pytest.raises(InputError, match="^DIR = "):
        load(3)  # type: ignore[arg-type]


def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a writer with a fault would leave them, with digests that are right."""
    monkeypatch.setitem(CIRCUITS, "toy", "toy_circuit")
    monkeypatch.setitem(PROTOCOLS, "toy-drive", "toy_drive")
    monkeypatch.setattr(Program, "run", made_up)
    result = run_experiment(prepare("toy-drive", {"run.target": "numpy"}))
    train = result.recording.spikes["receiver"]
    wrong = dataclasses.replace(train, size=int(train.cell.max()))
    recording = dataclasses.replace(result.recording, spikes={"receiver": wrong})
    result = dataclasses.replace(
        result, recording=recording, stages={"": Stage(result.experiment.schedule, recording)}
    )
    write_results(result, Destination(tmp_path / "here"))
    with pytest.raises(InputError, match="damaged .*spikes_receiver_i does not fit"):
        load(tmp_path / "here")


# --- the page of arrays ---------------------------------------------------------------------------


def rows_of_page() -> dict[str, tuple[re.Pattern[str], set[int]]]:
    """Return every array that the page lists, as a pattern, and its possible dimensions."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| `([^`]+)` \| (\([^|]*\)) \|[^|]*\|[^|]+\|$", line)
        if row:
            name = re.sub("[A-Z]{2,}", "[A-Za-z0-9_]+", row[1].replace(".", r"\."))
            shapes = re.findall(r"\(([^)]*)\)", row[2])
            sizes = {len([part for part in shape.split(",") if part.strip()]) for shape in shapes}
            found[row[1]] = re.compile(name), sizes
    return found


def described(name: str, ndim: int, rows: Mapping[str, Any]) -> bool:
    return any(pattern.fullmatch(name) and ndim in sizes for pattern, sizes in rows.values())


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_array_that_a_run_writes_is_on_the_page(
    name: str, written: dict[str, Result[Any]]
) -> None:
    folder, rows = written[name].folder, rows_of_page()
    assert folder
    stages = sorted(filter(None, written[name].stages), key=len, reverse=True)
    with np.load(folder / "recording.npz") as archive:
        for key in archive:
            own = next((key.removeprefix(f"{one}_") for one in stages if key.startswith(one)), key)
            assert described(own, archive[key].ndim, rows), (own, archive[key].shape)


def arrays_in_code() -> set[str]:
    """Return the names of the arrays that protocols add, as their files spell them."""
    found = set()
    for path in (ROOT / "protocols").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            tables: list[ast.AST] = []
            if isinstance(node, ast.keyword) and node.arg == "arrays":
                tables.append(node.value)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "arrays":
                tables.append(node.value)
            if isinstance(node, ast.FunctionDef) and node.name == "_arrays":
                tables += [line.value for line in node.body if isinstance(line, ast.Return)]
            for table in tables:
                if isinstance(table, ast.Dict):
                    found |= {ast.literal_eval(key) for key in table.keys if key}
    return found


def test_every_array_that_a_protocol_adds_is_on_the_page_and_no_other() -> None:
    rows, added = rows_of_page(), arrays_in_code()
    assert len(added) > 30
    assert sorted(added - set(rows)) == []
    own = [name for name in rows if not re.search("[A-Z]{2,}|^epoch_|^stimuli|^labels", name)]
    assert sorted(set(own) - added) == []


# --- tables ---------------------------------------------------------------------------------------


def test_scores_spikes_and_epochs_are_tables() -> None:
    found = load(DATA / "results_format_2")
    scores = found.to_pandas()
    assert scores.loc["rate_test", "spiking"] == 67.5
    assert math.isnan(scores.loc["rate_test", "rate_model"])
    test = found.stages["test"]
    spikes = test.recording.to_pandas()
    assert list(spikes.columns) == ["name", "time_s", "cell"]
    assert list(spikes["name"].cat.categories) == ["sender", "receiver", "warmth"]
    own = spikes[spikes["name"] == "receiver"]
    np.testing.assert_array_equal(own["time_s"], test.recording.spikes["receiver"].time_s)
    np.testing.assert_array_equal(own["cell"], test.recording.spikes["receiver"].cell)
    epochs = test.schedule.to_pandas()
    assert epochs["phase"].tolist() == ["rest", "drive"]
    assert epochs["acting_receiver"].tolist() == [1.0, 1.0]
    empty = Recording({}, {}, {}, 1.0).to_pandas()
    assert list(empty.columns) == ["name", "time_s", "cell"] and len(empty) == 0


def test_recordings_and_schedules_are_data_sets() -> None:
    test = load(DATA / "results_format_2").stages["test"]
    found = test.recording.to_xarray()
    assert found["receiver.v"].dims == ("receiver_time", "receiver_cell")
    assert found["receiver.v"].attrs["units"] == "volt"
    np.testing.assert_array_equal(
        found["receiver.v"], test.recording.traces["receiver"].values["v"]
    )
    np.testing.assert_array_equal(found["weights_links"], test.recording.weights["links"])
    assert found["spikes_receiver_time"].size == 54
    asked = test.schedule.to_xarray()
    assert asked["sender"].dims == ("epoch", "sender_entry")
    np.testing.assert_array_equal(asked["sender"], test.schedule.channel("sender"))


def test_a_result_has_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "run", made_up)
    result = result_of("cued-recall")
    table = result.to_pandas()
    assert table["spiking"]["accuracy"] == result.metrics["accuracy"]
    assert table["rate_model"]["accuracy"] == result.predicted_metrics["accuracy"]
    assert table["uninformed"]["accuracy"] == result.uninformed.mean["accuracy"]
    assert set(result.spike_scores) <= set(table.index)


def test_a_library_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(optional_library, "import_module", missing)
    schedule = Schedule((Epoch("rest", 10.0),), {})
    recording = Recording({}, {}, {}, 10.0)
    for one in (schedule, recording):
        for name in ("pandas", "xarray"):
            with pytest.raises(InputError, match=rf"to_{name} = .*pip install .hippokv\[tables\]"):
                getattr(one, f"to_{name}")()


def test_stimuli_of_any_kind_are_kept() -> None:
    from hippokv.protocols.running.stored_stage import kept_value, value_of

    arrays: dict[str, Any] = {}
    odd = {"arrays": (np.arange(3), "a"), "of": object()}
    kept = kept_value((np.arange(2), None, 1.5, np.int64(3), odd), "stimuli", arrays)
    json.dumps(kept, allow_nan=False)
    back = value_of(kept, arrays)
    np.testing.assert_array_equal(back[0], [0, 1])
    assert back[1:4] == (None, 1.5, 3)
    assert isinstance(back[4], str)
    assert isinstance(value_of({"fields": {"a": 1}}, {}), SimpleNamespace)


def test_the_summary_of_a_folder_says_its_format() -> None:
    assert [read_summary(DATA / f"results_format_{n}").format_version for n in (1, 2)] == [1, 2]


def test_the_circuit_that_a_folder_describes_is_the_one_that_was_run() -> None:
    found = load(DATA / "results_format_2").circuit
    from toy_circuit import ToyParameters

    assert found == toy_circuit(ToyParameters()).account
