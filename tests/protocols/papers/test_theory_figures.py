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

from hippokv.errors import InputError
from hippokv.protocols.papers import forgetting_as_retrieval, trained_keys_and_values
from hippokv.protocols.papers.calculation import Calculation, gathered
from hippokv.protocols.papers.forgetting_as_retrieval import (
    PAIRS,
    SUMMARY,
    figure_of_images,
    on_digits,
)
from hippokv.protocols.papers.idx_files import read_folder
from hippokv.protocols.papers.paper_figure import PaperFigure, Points, find_figure
from hippokv.protocols.papers.trained_keys_and_values import NAMES, Problem


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


def test_the_claim_about_the_maximum_depends_on_the_score() -> None:
    figure = find_figure("gershman-separability")
    points = points_of(figure, range(8))
    scores = points["items"].scores
    bits = [scores[name]["bits right at 0.4"].mean() for name in ("maximum", "softmax, beta 0.2")]
    errors = [
        scores[name]["squared error at 0.4"].mean() for name in ("maximum", "softmax, beta 0.2")
    ]
    assert abs(bits[0] - bits[1]) < 0.04
    assert errors[1] < 0.8 * errors[0]
    check_page(figure, points)
