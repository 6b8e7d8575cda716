"""What settings, options and Python say of what is recorded inside, and where it ends."""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.figures import synapses_over_time as synapses_figure
from hippokv.analysis.figures import traces as traces_figure
from hippokv.circuits import probe as probe_module
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.circuits.probe import Probe
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.extinction import PROTOCOL
from hippokv.protocols.running.experiment import prepare, run_experiment

QUICK: dict[str, Any] = {"run.target": "numpy", "run.dt_ms": 1.0}
#: A protocol of one run of 220 ms, and one of several.
DRIVE, LEARNING = "toy-drive", "toy-learning"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the toy circuit and its protocols as if they were of this package."""
    monkeypatch.setitem(CIRCUITS, "toy", "toy_circuit")
    monkeypatch.setitem(PROTOCOLS, DRIVE, "toy_drive")
    monkeypatch.setitem(PROTOCOLS, LEARNING, "toy_learning")


def cells_of(text: str, record: str, **more: Any) -> dict[str, list[int]]:
    """Return the cells that are recorded in the slot memory, by part."""
    given = {
        "run.circuit": "slot_memory", "circuit.n_slots": 6, "circuit.cells_per_slot": 3,
        "protocol.n_items": 2, "run.record": record, "run.record_cells": text, **more,
    }  # fmt: skip
    probes = prepare("storage", given).record
    return {probe.part: np.asarray(probe.cells).tolist() for probe in probes}


def test_cells_are_chosen_by_number_by_slot_and_part_by_part() -> None:
    assert cells_of("0:10", "hippocampal.v,sst.v") == {"hippocampal": [*range(10)], "sst": [0, 1]}
    assert cells_of("3,7,3", "hippocampal.v,keys.weight") == {
        "hippocampal": [3, 7], "keys": [3, 7],
    }  # fmt: skip
    chosen = "keys=slot1,slot5 entorhinal=79 all"
    assert cells_of(chosen, "hippocampal.v,keys.weight,entorhinal.eligibility") == {
        "hippocampal": [*range(18)], "keys": [3, 4, 5, 15, 16, 17], "entorhinal": [79],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "record", "words"),
    [
        ("18", "hippocampal.v", "must be cells of hippocampal, from 0 to 17"),
        ("20:30", "keys.weight", "must be cells of hippocampal, from 0 to 17"),
        ("5:5", "hippocampal.v", "must be cells of hippocampal"),
        ("slot6", "hippocampal.v", "must be slots of hippocampal cells, from 0 to 5"),
        ("slot1", "entorhinal.v", "must be slots of hippocampal cells, not of entorhinal"),
        ("-1", "hippocampal.v", "must be cells as 0:10"),
        ("1:", "hippocampal.v", "must be cells as 0:10"),
        ("0:5 3", "hippocampal.v", "must be cells as 0:10"),
        ("pv=1", "hippocampal.v", "must choose cells of what is recorded: hippocampal"),
        ("asked", "entorhinal.v", "in which plateaus begin, not of entorhinal"),
        ("asked", "hippocampal.v", "must be others: nothing is asked for in this protocol"),
        ("asked,3", "hippocampal.v", "must be cells as 0:10"),
    ],
)
def test_cells_that_are_not_there_are_refused_in_one_line(
    text: str, record: str, words: str
) -> None:
    with pytest.raises(InputError) as found:
        cells_of(text, record)
    assert str(found.value).startswith("run.record_cells = ")
    assert words in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("run.record", "receiver", "must be PART.VARIABLE with commas"),
        (
            "run.record",
            "receivr.v",
            "must name parts of toy: sender, receiver, links, did you mean",
        ),
        ("run.record", "receiver.w", "must name what receiver of toy has: v, level"),
        ("run.record_every_ms", 1.5, "must be a multiple of the time step, 1 ms"),
        ("run.record_window_ms", "100", "must be START:STOP in ms"),
        ("run.record_window_ms", "100:50", "must be START:STOP in ms"),
        ("run.record_window_ms", "0:221", "must be a stretch of the 220 ms that are simulated"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_line(key: str, value: Any, words: str) -> None:
    given = {**QUICK, "run.record": "receiver.v", key: value}
    with pytest.raises(InputError, match=f"^{key} = ") as found:
        prepare(DRIVE, given)
    assert words in str(found.value)


@pytest.mark.parametrize(
    ("record", "key", "value", "words"),
    [
        ("", "run.record_cells", "all", "nothing is named by run.record"),
        ("", "run.record_window_ms", "0:100", "nothing is named by run.record"),
        ("links.weight", "run.record_every_ms", 2.0, "no population is named by run.record"),
        ("sender.v", "run.record_synapses_every_ms", 5.0, "no projection is named by run.record"),
    ],
)
def test_what_would_be_ignored_is_refused(record: str, key: str, value: Any, words: str) -> None:
    with pytest.raises(InputError, match=f"^{key} = .*must be left out: {words}"):
        prepare(DRIVE, {**QUICK, "run.record": record, key: value})


def test_too_much_is_refused_before_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "MOST_BYTES", 7039)
    words = ["run", DRIVE, "--target", "numpy", "--record", "receiver.v", "--out"]
    assert main([*words, str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "must be at most 7,039 bytes, and would be 7,040 (receiver 7,040)" in errors
    for key in ("run.record_cells", "run.record_every_ms", "run.record_window_ms"):
        assert key in errors
    assert list(tmp_path.iterdir()) == []


def test_options_settings_and_python_record_the_same_and_config_repeats_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    words = ["--record", "receiver.v", "--record", "sender.level,links.weight", "--quiet"]
    words += ["--record-cells", "1 links=0,2", "--record-every", "2", "--record-window", "50:150"]
    words += [
        "--target",
        "numpy",
        "--set",
        "run.dt_ms=1",
        "--set",
        "run.record_synapses_every_ms=50",
    ]
    assert main(["run", DRIVE, *words, "--out", str(out)]) == 0
    with (out / "config.toml").open("rb") as stream:
        run = tomllib.load(stream)["run"]
    assert run["record"] == "receiver.v,sender.level,links.weight"
    assert run["record_window_ms"] == "50:150"
    config = str(out / "config.toml")
    assert main(["run", DRIVE, "--config", config, "--out", str(again), "--quiet"]) == 0
    written = (out / "recording.npz").read_bytes()
    assert (again / "recording.npz").read_bytes() == written
    assert capsys.readouterr() == ("", "")
    result = hippokv.run(
        DRIVE,
        settings={
            **QUICK, "run.record_cells": "1 links=0,2", "run.record_every_ms": 2.0,
            "run.record_synapses_every_ms": 50.0, "run.record_window_ms": "50:150",
        },
        record={"receiver": ["v"], "sender": ["level"], "links": ("weight",)},
    )  # fmt: skip
    traces = result.recording.traces
    with np.load(out / "recording.npz") as arrays:
        np.testing.assert_allclose(arrays["trace_receiver_t"], np.arange(25, 75) * 2e-3)
        np.testing.assert_array_equal(arrays["trace_links_cells"], [0, 2])
        assert arrays["trace_links.weight"].shape == (2, 2, 4)
        for name in ("receiver.v", "sender.level", "links.weight"):
            part, variable = name.split(".")
            np.testing.assert_array_equal(arrays[f"trace_{name}"], traces[part].values[variable])
    assert {path.stem for path in (out / "figures").iterdir()} >= {"traces", "synapses"}
    report = (out / "report.html").read_text(encoding="utf-8")
    assert traces_figure.CAPTION[:60] in report
    assert synapses_figure.CAPTION[:60] in report


def test_record_must_be_lists_by_part() -> None:
    for record in (["receiver.v"], {"receiver": "v"}, {"receiver": 3}):
        with pytest.raises(InputError, match=r"^record = .*dictionary of lists"):
            hippokv.run(DRIVE, settings=QUICK, record=record)  # type: ignore[arg-type]


def test_each_run_of_several_is_recorded_as_far_as_it_reaches() -> None:
    result = hippokv.run(LEARNING, settings=QUICK, record={"receiver": ["v"]})
    assert len(result.stages) > 1
    for stage in result.stages.values():
        trace = stage.recording.traces["receiver"]
        assert trace.values["v"].shape == (int(stage.schedule.duration_ms), 4)
        assert np.ptp(trace.values["v"]) > 0


def test_a_window_may_lie_in_a_later_and_longer_run_alone(caplog: pytest.LogCaptureFixture) -> None:
    first_ms = prepare(LEARNING, QUICK).schedule.duration_ms
    for start, words in ((first_ms, ""), (1e6, "nothing of receiver was recorded")):
        caplog.clear()
        given = {**QUICK, "run.record_window_ms": f"{start:.0f}:{start + 1e6:.0f}"}
        if words:
            result = hippokv.run(LEARNING, settings=given, record={"receiver": ["v"]})
            assert words in caplog.text
        else:
            assert prepare(LEARNING, {**given, "run.record": "receiver.v"}).record
    with pytest.raises(InputError, match="ms that are simulated"):
        prepare(DRIVE, {**given, "run.record": "receiver.v"})
    assert not any(len(one.recording.traces["receiver"].time_s) for one in result.stages.values())


def test_the_example_of_the_page_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "recording_inside.md").read_text(encoding="utf-8")
    blocks = [
        textwrap.dedent(found) for found in re.findall(r"(?:^    .*\n|^\n)+", page, re.MULTILINE)
    ]
    examples = [block for block in blocks if "import" in block]
    assert len(examples) == 2
    monkeypatch.chdir(tmp_path)
    held: dict[str, Any] = {}
    for example in examples:
        exec(example, held)
    assert held["plateau_current"].max() > 1e-12
    assert held["trace"].values["v"].shape == (len(held["trace"].time_s), 2)


def test_nothing_is_recorded_unless_asked_for() -> None:
    experiment = prepare(DRIVE, QUICK)
    assert experiment.record == ()
    assert experiment.program.run(experiment.schedule, 0, 1.0).traces == {}


def test_slots_asked_for_are_found_by_the_run_and_recorded_by_its_repetition() -> None:
    few = {
        **QUICK, "run.circuit": "slot_memory", "circuit.n_slots": 6,
        "circuit.cells_per_slot": 2, "circuit.n_inputs": 8, "circuit.n_outputs": 8,
        "protocol.n_items": 2, "protocol.study_ms": 400.0,
        "protocol.gap_ms": 100.0, "protocol.cue_ms": 300.0,
    }  # fmt: skip
    schedule = prepare("cued-recall", few).schedule
    second = schedule.events("recall")[1]
    asked = {
        **few, "run.record": "hippocampal.v,keys.weight,pv.v", "run.record_cells": "asked pv=0",
        "run.record_window_ms": f"{second.start_ms:g}:{second.stop_ms:g}",
    }  # fmt: skip
    assert prepare("cued-recall", asked).record[0].most_cells == 2, "one slot is foreseen"
    result = hippokv.run("cued-recall", seed=3, settings=asked)
    slots = np.flatnonzero(result.found.readout.plateaus[1])
    cells = [2 * slot + cell for slot in slots for cell in (0, 1)]
    assert len(cells) == 2
    assert result.recording.traces["hippocampal"].cells.tolist() == cells
    assert result.recording.traces["keys"].cells.tolist() == cells
    assert result.recording.traces["pv"].cells.tolist() == [0]


def test_a_window_without_a_recall_says_when_recalls_are() -> None:
    given = {"run.record": "hippocampal.v", "run.record_cells": "asked"}
    with pytest.raises(InputError, match="recalls are from .* to .* ms") as found:
        prepare("cued-recall", {**given, "run.record_window_ms": "0:100"})
    assert "nothing is asked for within run.record_window_ms 0:100" in str(found.value)


def test_what_is_asked_for_is_what_the_protocol_says() -> None:
    """In extinction a test asks for all slots with a shock, whatever item it names."""
    probe = {"run.record": "hippocampal.v", "run.record_cells": "asked"}
    found = prepare("extinction", probe)
    named = {event.item for event in found.schedule.events("recall")}
    shocks = PROTOCOL.sought(found.schedule)
    assert shocks is not None
    items = {item for asked in shocks.items for item in asked}
    assert items - named
    per_slot = found.circuit["hippocampal"].alike
    assert found.record[0].most_cells == per_slot * min(
        len(items), found.circuit.ensembles["hippocampal"]
    )


def test_a_line_says_why_nothing_was_recorded_of_cells_that_nobody_chose(
    caplog: pytest.LogCaptureFixture,
) -> None:
    experiment = prepare(DRIVE, QUICK)
    nobody = Probe("receiver", ["v"], cells=lambda done, asked: np.zeros(0, dtype=np.int64))
    run_experiment(replace(experiment, record=(nobody,)))
    assert "nothing of receiver was recorded: no slot holds what is asked for" in caplog.text
