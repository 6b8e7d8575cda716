"""Gershman et al. 2025, Fig 3: what a network forgot comes back when its pairs are amplified.

By default on the digits of scikit-learn; on MNIST and FashionMNIST, as in the paper, where their
files are given. Beside what the paper shows: many seeds, the second task, stronger amplification,
controls, what was forgotten, and two blocks of items that compete in the circuit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import draw_circuit, draw_model, draw_samples
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.theory.classifier import Labels
from hippokv.analysis.theory.forgetting import (
    AUTHORS,
    FIRST,
    SECOND,
    Learning,
    Task,
    TwoTasks,
    amplified,
    learn_both,
    task_of,
)
from hippokv.analysis.theory.pairs_on_disk import PairsOnDisk
from hippokv.arrays import Array
from hippokv.errors import InputError

from .calculation import Calculated, Calculation, along
from .circuit_runs import scores_of_run
from .idx_files import ImageFolder, Images, read_folder
from .paper_figure import ON_SLOT_MEMORY, RATE_MODEL, SPIKING_MODEL, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

MNIST, FASHION = "--mnist", "--fashion"
#: The authors stop at 1.9, before task 2 is lost.
BETAS = (0.0, 0.5, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.25, 2.5, 3.0)
WEAKENED = tuple(number / 20 for number in range(21))
SHIFTS = tuple(number / 4 for number in range(33))
PAIRS, AUTHORS_CODE, SECOND_PAIRS = (
    "pairs of task 1", "pairs of task 1 and W0 (authors' code)", "pairs of task 2",
)  # fmt: skip
LEARNING, SHIFT, SUMMARY = "learning", "shift of the outputs of task 1", "summary"
#: Where a task counts as restored.
RESTORED = 0.95
NAME = "two-tasks"
TASK_COLOURS = {"task 1": "#0072b2", "task 2": "#c4611a"}
CONTROLS = {
    "half of the pairs of task 1": ("a random half of the pairs", "#2a8f4a"),
    "pairs of task 1, second layer": ("second layer alone", "#8a6fb0"),
    "pairs of task 1, first layer": ("first layer alone", "#cc6677"),
    "W0 alone": ("W0 alone", "#606060"),
}
#: What ``Forgetting_and_recovery.ipynb`` of the authors prints, in per cent: each task after each
#: epoch of its own, and the first by what multiplies its weights.
PRINTED_EPOCHS: Mapping[str, Mapping[float, float]] = {
    "task 1": {0: 48.5, 1: 97.3, 2: 99.2, 3: 99.7, 4: 99.7, 5: 99.7},
    "task 2": {6: 24.7, 7: 93.8, 8: 94.7, 9: 94.8, 10: 95.0},
}
PRINTED_BETAS: Mapping[float, float] = {
    1.0: 9.13, 1.1: 28.65, 1.2: 55.51, 1.3: 77.73, 1.4: 89.22,
    1.5: 94.52, 1.6: 97.26, 1.7: 98.53, 1.8: 99.10, 1.9: 99.48,
}  # fmt: skip
#: What the last panel shows of task 1, and whether both tasks count.
WHAT_FORGETTING_IS = {
    "learned": "task 1, learned",
    "after": "task 1, after task 2",
    "own outputs": "its two outputs alone",
    "best beta": "best beta, worse task",
    "best beta of task 2": "best beta of task 2",
    "best shift": "best shift",
}
#: What the keys of the first block are multiplied by in the circuit, or its cells lit with in
#: mW/mm2 instead.
FACTORS = (1.0, 1.05, 1.1, 1.15, 1.3, 1.9)
IRRADIANCES = (0.003, 0.01, 0.03, 0.1, 0.5, 5.0)
TWO_BLOCKS, KEYS, LIGHT = "two-blocks", "keys", "light"
#: Settings of the blocks beside those. With the same cues what one gains the other loses.
BLOCKS: Mapping[str, Any] = {**ON_SLOT_MEMORY, "protocol.distinct": 0.1}


def scores_of(found: TwoTasks, stop: Callable[[], None]) -> dict[str, dict[str, float]]:
    """Return the accuracies of both tasks, by what is changed and how much."""
    scores: dict[str, dict[str, float]] = {LEARNING: {}, SUMMARY: {}}
    for epoch, right in enumerate(found.right):
        _note(scores[LEARNING], epoch, right)
    for beta in sorted({*BETAS, *WEAKENED}):
        stop()
        for name, shares in amplified(beta).items():
            if beta in (WEAKENED if name == SECOND_PAIRS else BETAS):
                _note(scores.setdefault(name, {}), beta, found.accuracy(shares))
    scores[SHIFT] = {}
    for shift in SHIFTS:
        _note(scores[SHIFT], shift, found.accuracy(shift=shift))
    learned = len(found.right) // 2
    restored = max(_of_task(scores[PAIRS], "task 1"))
    scores[SUMMARY] = {
        "learned": found.right[learned, 0],
        "after": found.right[-1, 0],
        "own outputs": found.among_its_own(),
        "best beta": _best(scores[PAIRS]),
        "best beta of task 2": _best(scores[SECOND_PAIRS]),
        "best shift": _best(scores[SHIFT]),
        "restored": float(restored >= RESTORED),
    }
    return scores


def _note(scores: dict[str, float], position: float, right: Sequence[float] | Array) -> None:
    for task, part in zip(TASK_COLOURS, right, strict=True):
        scores[f"{task} at {position:g}"] = float(part)


def _of_task(scores: Mapping[str, float], task: str) -> list[float]:
    return [value for group, value in scores.items() if group.startswith(task)]


def _best(scores: Mapping[str, float]) -> float:
    """Return what the worse of both tasks has where it is best."""
    return max(map(min, _of_task(scores, "task 1"), _of_task(scores, "task 2")))


# --- the data -------------------------------------------------------------------------------------


def check_digits() -> None:
    """Make sure that scikit-learn's digits are there.

    Raises
    ------
    InputError
        Where they are not.
    """
    try:
        import sklearn.datasets  # noqa: F401
    except ImportError:
        words = f'must have scikit-learn installed: pip install "hippokv[digits]", or {MNIST} DIR'
        raise InputError("NAME", "gershman-3", f"{words} {FASHION} DIR") from None


def on_digits(seed: int, stop: Callable[[], None]) -> Calculated:
    """Learn digits 0 and 1, then 2 and 3; the seed draws who is asked, weights and order."""
    from sklearn.datasets import load_digits

    stream, digits = np.random.default_rng(seed), load_digits()
    first, second = (
        task_of(digits.data / 16.0, digits.target, classes, stream) for classes in (FIRST, SECOND)
    )
    return Calculated(scores_of(learn_both(first, second, Learning(), stream, stop), stop))


def tasks_of_images(mnist: ImageFolder, fashion: ImageFolder) -> tuple[Task, Task]:
    """Return MNIST's 0 and 1, and the classes 2 and 3 of FashionMNIST.

    These are the classes of the authors' code; the paper names 0 and 1.
    """
    first, second = (
        Task(*_chosen(folder.shown, classes), *_chosen(folder.asked, classes))
        for folder, classes in ((mnist, FIRST), (fashion, SECOND))
    )
    return first, second


def on_images(mnist: ImageFolder, fashion: ImageFolder) -> Callable[..., Calculated]:
    """Return what learns both tasks as the authors' code; the seed draws the weights."""
    first, second = tasks_of_images(mnist, fashion)

    def calculate(seed: int, stop: Callable[[], None]) -> Calculated:
        with tempfile.TemporaryDirectory(prefix="hippokv-") as folder, ExitStack() as files:

            def on_disk(n_inputs: int, n_outputs: int) -> PairsOnDisk:
                path = Path(folder) / f"{n_inputs}-{n_outputs}"
                return files.enter_context(PairsOnDisk(path, n_inputs, n_outputs))

            stream = np.random.default_rng(seed)
            found = learn_both(first, second, AUTHORS, stream, stop, on_disk)
            return Calculated(scores_of(found, stop))

    return calculate


def _chosen(images: Images, classes: Sequence[int]) -> tuple[Array, Labels]:
    those = np.isin(images.labels, classes)
    return images.images[those] / 255.0, images.labels[those]


def figure_of_images(mnist: str, fashion: str) -> PaperFigure:
    """Return the figure of the images in two folders.

    Raises
    ------
    InputError
        Where they do not hold such images.
    """
    folders = read_folder(MNIST, mnist), read_folder(FASHION, fashion)
    for key, given, folder, classes in (
        (MNIST, mnist, folders[0], FIRST), (FASHION, fashion, folders[1], SECOND),
    ):  # fmt: skip
        for part in (folder.shown, folder.asked):
            if not set(classes) <= set(part.labels.tolist()):
                words = f"must have images of the classes {classes[0]} and {classes[1]}"
                raise InputError(key, given, words)
    widths = [part.images.shape[1] for of in folders for part in (of.shown, of.asked)]
    if len(set(widths)) > 1:
        words = f"must have images as large as those of {MNIST}, and all of one size"
        raise InputError(FASHION, fashion, words)
    source = " ".join(folder.digest for folder in folders)
    calculation = Calculation(NAME, on_images(*folders), source=source)
    return _figure(
        calculation,
        "MNIST 0 and 1, then FashionMNIST 2 and 3",
        " Rings: what the authors' notebook prints, of one network; W0 is amplified there too.",
        partial(draw, printed=True),
    )


# --- two blocks in the circuit --------------------------------------------------------------------


def in_spikes(seed: int, stop: Callable[[], None]) -> Calculated:
    """Store two blocks that compete, and amplify the keys of the first or light up its cells.

    Scored is the part of the items that come back as themselves and not as their rival.
    """
    scores: dict[str, dict[str, float]] = {SPIKING_MODEL: {}, RATE_MODEL: {}}
    for factor, irradiance in zip(FACTORS, IRRADIANCES, strict=True):
        settings = {
            **BLOCKS,
            "protocol.amplification": factor,
            "protocol.irradiance_mW_per_mm2": irradiance,
        }
        for model, found in scores_of_run("two-task", settings, seed, stop).items():
            for task, block in zip(TASK_COLOURS, ("first", "second"), strict=True):
                scores[model][f"{task}, {KEYS} at {factor:g}"] = found[f"won_{block}_amplified"]
                scores[model][f"{task}, {LIGHT} at {irradiance:g}"] = found[f"won_{block}_lit"]
    return Calculated(scores)


# --- the figure -----------------------------------------------------------------------------------


def draw(figure: Figure | SubFigure, points: Mapping[str, Points], printed: bool = False) -> None:
    """Draw learning, amplification, controls, and what was forgotten.

    Parameters
    ----------
    printed
        Whether the numbers that the authors' notebook prints stand beside the first two.
    """
    scores = points[NAME].scores
    lefts, tops, width, height = (0.55, 2.95, 5.35), (0.75, 3.35), 1.7, 1.85
    panels = {
        letter: style.add_panel(
            figure, lefts[number % 3], tops[number // 3], width, height, f"{letter}   {title}"
        )
        for number, (letter, title) in enumerate(
            {
                "a": "learning", "b": "task 1 amplified", "c": "controls, task 1",
                "d": "task 2 weakened", "e": "two outputs shifted", "f": "what was forgotten",
            }.items()
        )
    }  # fmt: skip
    for task, colour in TASK_COLOURS.items():
        draw_samples(panels["a"], along(scores[LEARNING], task), colour)
        draw_samples(panels["b"], along(scores[PAIRS], task), colour)
        draw_samples(panels["b"], along(scores[AUTHORS_CODE], task), colour, "--")
        draw_samples(panels["d"], along(scores[SECOND_PAIRS], task), colour)
        draw_samples(panels["e"], along(scores[SHIFT], task), colour)
    if printed:
        for task, colour in TASK_COLOURS.items():
            _draw_printed(panels["a"], PRINTED_EPOCHS[task], colour)
        _draw_printed(panels["b"], PRINTED_BETAS, TASK_COLOURS["task 1"])
    for name, (_, colour) in CONTROLS.items():
        draw_samples(panels["c"], along(scores[name], "task 1"), colour)
    for letter, across in {
        "a": "epoch", "b": "beta", "c": "beta", "d": "beta of the pairs of task 2",
        "e": "added to the outputs of task 1",
    }.items():  # fmt: skip
        panels[letter].set_xlabel(across)
        panels[letter].set_ylim(-0.03, 1.03)
    for letter in "ad":
        panels[letter].set_ylabel("part right")
    panels["a"].axvline(
        len(along(scores[LEARNING], "task 1")) // 2, color=style.REFERENCE, linestyle=":"
    )
    panels["a"].set_xticks(range(0, len(along(scores[LEARNING], "task 1")), 2))
    _draw_summary(panels["f"], scores[SUMMARY])
    for number, (title, changed) in enumerate(
        (("g   circuit, keys amplified", KEYS), ("h   circuit, cells lit", LIGHT))
    ):
        panel = style.add_panel(figure, lefts[number], 6.0, width, height, title)
        _draw_blocks(panel, points[TWO_BLOCKS], changed)
        panel.set_ylabel("part that comes back" if changed == KEYS else "")
    panel.set_xscale("log")
    panel.set_xticks(decades := (0.01, 0.1, 1.0), [f"{place:g}" for place in decades])
    panel.set_xticks((), minor=True)
    _draw_key(figure, printed)


def _draw_printed(axes: Axes, percent: Mapping[float, float], colour: str) -> None:
    right = np.array(list(percent.values())) / 100
    axes.plot(
        list(percent), right, "o", color=colour, markersize=5, markerfacecolor="none", zorder=4
    )


def _draw_blocks(axes: Axes, points: Points, changed: str) -> None:
    for task, colour in TASK_COLOURS.items():
        for model, draw_one in ((SPIKING_MODEL, draw_circuit), (RATE_MODEL, draw_model)):
            draw_one(axes, along(points.scores[model], f"{task}, {changed}"), colour)
    axes.set_xlabel("beta of the keys" if changed == KEYS else "light, mW/mm²")
    axes.set_ylim(-0.03, 1.03)
    if changed == KEYS:
        axes.set_xlim(0.95, 1.95)


def _draw_summary(axes: Axes, scores: Mapping[str, Array]) -> None:
    for row, (name, words) in enumerate(WHAT_FORGETTING_IS.items()):
        mean, half = mean_interval(scores[name])
        axes.barh(row, mean, color="#c9d9ea" if row < 3 else "#e9d3bd", height=0.86)
        axes.errorbar(mean, row + 0.3, xerr=np.nan_to_num(half), color="#1a1a1a", elinewidth=0.9)
        axes.text(0.03, row - 0.05, f"{words}: {mean:.3f}", va="center", fontsize=7.5)
    axes.set_yticks([])
    axes.set_ylim(len(WHAT_FORGETTING_IS) - 0.4, -0.6)
    axes.set_xlim(0, 1.05)
    axes.set_xlabel("part right")


def _draw_key(figure: Figure | SubFigure, printed: bool) -> None:
    tasks = [
        style.mark(name, color=colour, linestyle="-", linewidth=1.6)
        for name, colour in TASK_COLOURS.items()
    ]
    whole = [
        style.mark("pairs alone (the paper's text)", color="#333333", linestyle="-"),
        style.mark("W0 as well (the authors' code)", color="#333333", linestyle="--"),
    ]
    controls = [
        style.mark(words, color=colour, linestyle="-", linewidth=1.6)
        for words, colour in CONTROLS.values()
    ]
    style.add_legend(figure, [*tasks, *whole], 0.55, 0.08)
    style.add_legend(figure, controls, 0.55, 0.27)
    models = [
        style.mark("circuit", color="#333333", marker="o", markersize=4),
        style.mark("rate model", color="#333333", linestyle="-"),
    ]
    if printed:
        ring = {"marker": "o", "markersize": 5, "markerfacecolor": "none"}
        models += [style.mark("printed by the authors", color="#333333", **ring)]
    style.add_legend(figure, models, 5.35, 6.0, 1)


def _figure(
    calculation: Calculation,
    data: str,
    printed: str = "",
    draw: Callable[..., None] = draw,
) -> PaperFigure:
    return PaperFigure(
        name="gershman-3",
        summary="forgetting as a failure of retrieval (Gershman et al. 2025, Fig 3)",
        caption=(
            f"{data}; all layers remember the pairs of inputs and errors that they learned from. "
            f"b: beta multiplies the pairs of task 1 in both layers.{printed} "
            "c: what else could be amplified. d: the pairs of task 2 made weaker instead. "
            "e: a constant added to the outputs of task 1. f: above, what is right of task 1, at "
            "last with its own two outputs compared alone; below, the worse of both tasks where it "
            "is best. g, h: the protocol two-task in the slot memory, items that come back as "
            "themselves and not as their rival, whose cue differs in 10 % of the entries."
        ),
        conditions=lambda: [calculation, Calculation(TWO_BLOCKS, in_spikes)],
        height_in=8.4,
        draw=draw,
    )


FIGURE = _figure(Calculation(NAME, on_digits, check_digits), "Digits 0 and 1, then 2 and 3")
