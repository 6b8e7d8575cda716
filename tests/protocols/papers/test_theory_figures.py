"""Figures of the 2025 paper: what is calculated, from which data, and that it fits its page."""

from __future__ import annotations

import gzip
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up

from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.theory.recall import recall
from hippokv.analysis.theory.separation import Softmax
from hippokv.analysis.theory.similarity import linear
from hippokv.circuits.program.program import Program
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.errors import InputError
from hippokv.protocols.papers import (
    circuit_runs,
    forgetting_as_retrieval,
    noisy_cues,
    trained_keys_and_values,
)
from hippokv.protocols.papers.calculation import Calculation, along, gathered
from hippokv.protocols.papers.forgetting_as_retrieval import (
    FACTORS,
    IRRADIANCES,
    PAIRS,
    SUMMARY,
    figure_of_images,
    on_digits,
)
from hippokv.protocols.papers.idx_files import read_folder
from hippokv.protocols.papers.paper_figure import (
    RATE_MODEL,
    SPIKING_MODEL,
    PaperFigure,
    Points,
    find_figure,
)
from hippokv.protocols.papers.trained_keys_and_values import NAMES, Problem
from hippokv.protocols.running.experiment import prepare

SMALL = {
    "circuit.n_inputs": 20, "circuit.n_outputs": 20, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 2, "protocol.n_items": 6,
}  # fmt: skip


def go_on() -> None:
    """Let a calculation go on."""


def points_of(figure: PaperFigure, seeds: range) -> dict[str, Points]:
    """Return the points of a figure of calculations alone."""
    found = {}
    for condition in figure.conditions():
        assert isinstance(condition, Calculation)
        results = [condition.calculate(seed, go_on) for seed in seeds]
        found[condition.name] = Points(gathered(results), results[0].shown)
    return found


def check_page(figure: PaperFigure, points: dict[str, Points]) -> None:
    """Make sure that nothing is drawn beyond the page."""
    page = figure.page(points)
    page.draw_without_rendering()
    width, height = page.get_size_inches() * page.dpi
    for axes in page.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, axes
    for legend in page.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0, legend.get_texts()[0]


def two_task_scores(
    protocol: str, settings: dict[str, float], seed: int, stop: Callable[[], None]
) -> dict[str, dict[str, float]]:
    """Return scores of two blocks that say what the settings were; no circuit is run."""
    assert protocol == "two-task"
    factor, light = (
        settings[f"protocol.{name}"] for name in ("amplification", "irradiance_mW_per_mm2")
    )
    found = {
        "won_first_amplified": factor / 4, "won_second_amplified": settings["protocol.distinct"],
        "won_first_lit": light / 10, "won_second_lit": 1.0,
    }  # fmt: skip
    return {SPIKING_MODEL: found, RATE_MODEL: dict.fromkeys(found, 0.5)}


@pytest.fixture
def _no_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting_as_retrieval, "scores_of_run", two_task_scores)


# --- figure 2 -------------------------------------------------------------------------------------


def test_keys_and_values_are_scored_at_each_end_and_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = (Problem("two-classes", 2, 12, (40, 60)), Problem("three-classes", 3, 12, (40,)))
    monkeypatch.setattr(trained_keys_and_values, "PROBLEMS", small)
    figure = find_figure("gershman-2")
    points = points_of(figure, range(2))
    scores = points["two-classes"].scores
    assert set(scores) == set(NAMES)
    # All four begin alike, and then differ.
    for step, alike in ((0, 1), (60, 4)):
        found = [groups[f"squared_error at {step}"] for groups in scores.values()]
        assert len({tuple(one) for one in found}) == alike
    shown = points["three-classes"].shown
    assert shown["authors keys"].shape == shown["plain values"].shape == (41, 12, 2)
    np.testing.assert_array_equal(shown["authors keys"][0], shown["plain keys"][0])
    check_page(figure, points)


# --- figure 3 -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_no_circuit")
def test_digits_are_forgotten_and_come_back() -> None:
    pytest.importorskip("sklearn")
    figure = find_figure("gershman-3")
    points = points_of(figure, range(2))
    summary = points["two-tasks"].scores[SUMMARY]
    assert min(summary["learned"]) >= 0.98 and max(summary["after"]) < 0.4
    assert min(summary["own outputs"]) > 0.95, "little was lost"
    assert min(summary["restored"]) == 1.0
    curve = points["two-tasks"].scores[PAIRS]
    assert max(curve["task 2 at 3"]) < 0.05, "what it costs"
    # Less than all of this brings the task back as well.
    for name in ("best beta", "best beta of task 2", "best shift"):
        assert min(summary[name]) > 0.7 and max(summary[name]) < 0.96
    check_page(figure, points)


def test_digits_need_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError, match=r'pip install "hippokv\[digits\]", or --mnist DIR'):
        find_figure("gershman-3")


def test_an_interrupt_ends_a_seed() -> None:
    pytest.importorskip("sklearn")

    def ended() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_digits(1, ended)


def idx(table: np.ndarray[Any, Any]) -> bytes:
    """Return an array of bytes as an IDX file has it."""
    head = bytes([0, 0, 8, table.ndim]) + struct.pack(f">{table.ndim}I", *table.shape)
    return head + table.astype(np.uint8).tobytes()


def write_images(
    folder: Path, pack: Callable[[bytes], bytes] = bytes, ending: str = "", side: int = 5
) -> Path:
    """Write images of ten classes, each bright at places of its own."""
    folder.mkdir()
    stream = np.random.default_rng(1)
    for part, count in (("train", 400), ("t10k", 100)):
        labels = np.arange(count) % 10
        images = 60 * stream.random((count, side, side))
        images.reshape(count, -1)[np.arange(count), labels] = 255
        images.reshape(count, -1)[np.arange(count), labels + 10] = 255
        for kind, table in (("images-idx3", images), ("labels-idx1", labels)):
            path = folder / f"{part}-{kind}-ubyte{ending}"
            path.write_bytes(pack(idx(table)))
    return folder


@pytest.mark.usefixtures("_no_circuit")
def test_two_blocks_of_the_circuit_are_scored_by_what_was_changed() -> None:
    found = forgetting_as_retrieval.in_spikes(3, go_on).scores
    circuit = along(found[SPIKING_MODEL], "task 1, keys")
    assert circuit == {factor: factor / 4 for factor in FACTORS}
    lit = along(found[SPIKING_MODEL], "task 1, light")
    assert lit == {light: light / 10 for light in IRRADIANCES}
    assert set(along(found[SPIKING_MODEL], "task 2, keys").values()) == {0.1}
    assert set(found[RATE_MODEL].values()) == {0.5}


@pytest.mark.usefixtures("_no_circuit")
def test_images_of_idx_files_are_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist = write_images(tmp_path / "mnist")
    fashion = write_images(tmp_path / "fashion", gzip.compress, ".gz")
    plain, packed = read_folder("--mnist", str(mnist)), read_folder("--fashion", str(fashion))
    assert plain.shown.images.shape == (400, 25) and plain.asked.labels.tolist()[:3] == [0, 1, 2]
    assert plain.shown.images.max() == 255
    np.testing.assert_array_equal(plain.shown.images, packed.shown.images)
    assert plain.digest == packed.digest
    quicker = replace(forgetting_as_retrieval.AUTHORS, learning_rate=0.5, batch=8, n_hidden=10)
    monkeypatch.setattr(forgetting_as_retrieval, "AUTHORS", quicker)
    figure = figure_of_images(str(mnist), str(fashion))
    points = points_of(figure, range(2))
    summary = points["two-tasks"].scores[SUMMARY]
    assert min(summary["learned"]) > 0.9
    assert min(points["two-tasks"].scores["learning"]["task 2 at 10"]) > 0.9
    check_page(figure, points)


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "cut": ("train-images-idx3-ubyte", lambda whole: whole[:-3], "3 bytes are missing"),
    "longer": ("t10k-labels-idx1-ubyte", lambda whole: whole + b"x", "longer than its head says"),
    "empty": ("train-labels-idx1-ubyte", lambda whole: b"", "does not begin as an IDX file"),
    "other": ("train-images-idx3-ubyte", lambda whole: b"\x89PNG" + whole, "does not begin as"),
    "huge": (
        "train-images-idx3-ubyte",
        lambda whole: whole[:4] + b"\xff" * 12 + whole[16:],
        "not from 1 to 64000000",
    ),
    "fewer labels": (
        "train-labels-idx1-ubyte",
        lambda whole: idx(np.zeros(399)),
        "as many labels as images, not 399 and 400",
    ),
    "a class missing": (
        "t10k-labels-idx1-ubyte",
        lambda whole: idx(np.zeros(100)),
        "images of the classes 0 and 1",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_idx_files_are_one_line(damage: str, tmp_path: Path) -> None:
    mnist, fashion = write_images(tmp_path / "mnist"), write_images(tmp_path / "fashion")
    name, change, words = DAMAGES[damage]
    (mnist / name).write_bytes(change((mnist / name).read_bytes()))
    with pytest.raises(InputError, match=words) as told:
        figure_of_images(str(mnist), str(fashion))
    assert str(told.value).startswith("--mnist = '") and "\n" not in str(told.value)


@pytest.mark.parametrize("cut", [-1, -10, 12, 0])
def test_packed_files_that_are_cut_are_one_line(cut: int, tmp_path: Path) -> None:
    mnist = write_images(tmp_path / "mnist", gzip.compress, ".gz")
    path = mnist / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="must be") as told:
        read_folder("--mnist", str(mnist))
    assert "\n" not in str(told.value)


def test_a_folder_without_the_files_and_images_of_another_size_are_refused(tmp_path: Path) -> None:
    mnist = write_images(tmp_path / "mnist")
    larger = write_images(tmp_path / "larger", side=6)
    with pytest.raises(InputError, match="must have images as large as those of --mnist"):
        figure_of_images(str(mnist), str(larger))
    (mnist / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(InputError, match="must be a folder with the file t10k-images-idx3-ubyte"):
        read_folder("--mnist", str(mnist))


# --- separability ---------------------------------------------------------------------------------


def test_a_part_of_the_entries_that_a_cue_gives_is_wrong() -> None:
    cues = np.ones((30, 40), dtype=np.int8)
    cues[:, ::2] = 0
    wrong = noisy_cues.with_wrong_entries(cues, 25, 1)
    np.testing.assert_array_equal(wrong == 0, cues == 0)
    np.testing.assert_array_equal((wrong == -1).sum(axis=1), 5)
    assert len({tuple(cue) for cue in wrong}) > 25, "others in each"
    np.testing.assert_array_equal(cues[cues != 0], 1)


def test_noisy_recall_is_scored_by_what_is_decided_and_what_is_graded() -> None:
    values = np.array([[1, 1, -1, -1], [1, -1, 1, -1]], dtype=np.int8)
    items = Items(values, values, values[[0, 1, 0, 1]], np.array([0, 1, 0, 1]),
                  ("wrong0", "wrong0", "wrong25", "wrong25"))  # fmt: skip
    attention = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    readout = Readout(np.eye(2, dtype=bool), attention, attention @ values, values, values)
    assert noisy_cues.measure(readout, readout, items) == {
        "bits right at 0": 1.0, "squared error at 0": 0.0,
        # Half of the values are ties in one recall, and wrong in the other.
        "bits right at 0.25": 0.625, "squared error at 0.25": (0.5 + 2) / 2,
    }  # fmt: skip


def test_circuit_and_rate_model_meet_the_same_noisy_cues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "run", made_up)
    monkeypatch.setattr(Program, "build", lambda program, announce, record: 0.0)
    found = noisy_cues.in_spikes("small", SMALL).calculate(3, go_on).scores
    assert set(found[SPIKING_MODEL]) == set(found[RATE_MODEL])
    assert along(found[RATE_MODEL], "bits right")[0.0] == 1.0
    assert abs(along(found[SPIKING_MODEL], "bits right")[0.0] - 0.5) < 0.2, "of random spikes"


def test_the_rate_model_of_noisy_recall_writes_values_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its error without a wrong entry is that of the softmax, however soft."""
    monkeypatch.setattr(Program, "run", made_up)
    monkeypatch.setattr(Program, "build", lambda program, announce, record: 0.0)
    settings = {**SMALL, "circuit.beta": 0.05}
    found = noisy_cues.in_spikes("soft", settings).calculate(3, go_on).scores
    experiment = prepare(noisy_cues.NOISY_CUES, {**noisy_cues.WHOLE, **settings, "run.seed": 3})
    items, beta = (
        items_of(experiment.schedule),
        calibration_of(experiment.settings.circuit).beta(20),
    )
    keys, values = items.keys.astype(float), items.values.astype(float)
    recalled = recall(keys, keys, values, linear, Softmax(beta))
    expected = ((recalled - values) ** 2)[::2].mean()
    assert expected > 0.05
    assert found[RATE_MODEL]["squared error at 0"] == pytest.approx(expected, rel=1e-2)


def test_a_run_of_the_circuit_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*arguments: Any, progress: Callable[[int], None], **_: Any) -> None:
        progress(0)

    monkeypatch.setattr(circuit_runs, "run_experiment", begun)

    def ended() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        circuit_runs.scores_of_run("two-task", {}, 3, ended)


def test_the_claim_about_the_maximum_depends_on_the_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told(protocol: Any, settings: dict[str, Any], *_: Any) -> dict[str, dict[str, float]]:
        assert protocol is noisy_cues.NOISY_CUES and settings["protocol.occlusion"] == 0
        found = {
            f"{score} at {percent / 100:g}": settings["circuit.beta"]
            for score in (noisy_cues.BITS, noisy_cues.ERROR)
            for percent in noisy_cues.WRONG
        }
        return {SPIKING_MODEL: found, RATE_MODEL: found}

    monkeypatch.setattr(noisy_cues, "scores_of_run", told)
    figure = find_figure("gershman-separability")
    points = points_of(figure, range(8))
    found = points["circuit, beta 0.5"].scores[SPIKING_MODEL]
    assert set(found["squared error at 0.3"]) == {0.5}
    scores = points["items"].scores
    bits = [scores[name]["bits right at 0.4"].mean() for name in ("maximum", "softmax, beta 0.2")]
    errors = [
        scores[name]["squared error at 0.4"].mean() for name in ("maximum", "softmax, beta 0.2")
    ]
    assert abs(bits[0] - bits[1]) < 0.04
    assert errors[1] < 0.8 * errors[0]
    check_page(figure, points)
