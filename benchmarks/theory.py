"""The theory of Gershman, Fiete & Irie 2025 in numbers. Nothing spikes.

Their Fig 2 (keys and values trained for retrieval) and Fig 3 (forgetting as a failure of
retrieval), separability against robustness (section 2.1), learned maps (Eq 7 to 9), tripartite
synapses (section 3), and what it costs that a layer remembers all pairs.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np

from hippokv.analysis.scaffold.grid_addresses import GridModules
from hippokv.analysis.scaffold.information import bits_right
from hippokv.analysis.scaffold.scaffold_rate_model import (
    ScaffoldRateModel,
    flipped,
    random_addresses,
)
from hippokv.analysis.scaffold.scaffold_rate_model import recall as recall_on_scaffold
from hippokv.analysis.theory.drifting_keys import drifting_keys
from hippokv.analysis.theory.learned_encoder import LearnedEncoder
from hippokv.analysis.theory.learned_maps import Codes, Repulsion, learn_maps
from hippokv.analysis.theory.pairs_on_disk import PairsOnDisk
from hippokv.analysis.theory.primal import linear_attention
from hippokv.analysis.theory.recall import recall
from hippokv.analysis.theory.recorded_layer import PairsInMemory, RecordedLayer
from hippokv.analysis.theory.separation import Softmax, normalised
from hippokv.analysis.theory.similarity import RandomFeatures, cosine, linear
from hippokv.analysis.theory.tripartite import FeatureSynapses, SlotSynapses
from hippokv.protocols.papers import trained_keys_and_values
from hippokv.protocols.papers.calculation import along
from hippokv.protocols.papers.forgetting_as_retrieval import LEARNING, SHIFT, SUMMARY, TWO_BLOCKS
from hippokv.protocols.papers.noisy_cues import BITS, ERROR
from hippokv.protocols.papers.paper_figure import PaperFigure, Points, find_figure, make_figure
from hippokv.protocols.papers.separability import CIRCUITS, FLIPPED
from hippokv.protocols.papers.trained_keys_and_values import NAMES, PROBLEMS, Problem
from tables import FIGURES, heading, interval, kept, needed, options, row, sized

NOISE = [("flipped", 7), ("separation", 22), ("bits right", 14), ("squared error", 18)]
FORGETTING = [("what is changed", 40), ("to", 5), ("task 1", 14), ("task 2", 14)]
ITEMS = [
    ("classes", 7), ("steps", 6), ("training", 31), ("decoded", 14), ("within", 14),
    ("between", 15), ("own attention", 14), ("MSE", 14),
]  # fmt: skip
MAPS = [
    ("overlap", 7), ("competition", 15), ("restored", 8), ("after", 22), ("pair", 15),
    ("unrelated", 15), ("discrimination", 14),
]  # fmt: skip
COST = [
    ("pairs", 7), ("kept", 9), ("MB kept", 8), ("learn s", 8), ("weights ms", 10),
    ("pairs ms", 9), ("peak MB", 8), ("largest difference", 18),
]  # fmt: skip
DRIFT = [("kept", 5), ("items apart", 11), ("cosine", 14), ("attention", 14)]
ENCODER = [("items", 5), ("flipped", 7), ("scaffold", 14), ("encoder", 14), ("difference", 15)]
LINEAR = [("items", 6), ("recurrence ms", 13), ("all pairs ms", 12)]
#: Items that a fixed scaffold and a learned encoder keep, and flipped entries of their cues.
KEPT_ITEMS, KEPT_NOISE = sized((20, 40, 80, 160), (10,)), sized((0.0, 0.1, 0.25, 0.35), (0.1,))
#: Steps of learning with different values within a pair, then with a common one.
STEPS = sized(300, 5)
#: Conditions of the figures in which a circuit runs.
OF_CIRCUITS = {TWO_BLOCKS, *CIRCUITS}
OVERLAPS = sized((0.5, 0.6, 0.7, 0.8, 0.9), (0.8,))


def theory_of(figure: PaperFigure) -> PaperFigure:
    """Return a figure without its circuits, which ``theory_in_spikes.py`` runs and draws."""
    conditions = [one for one in figure.conditions() if one.name not in OF_CIRCUITS]
    if len(conditions) == len(figure.conditions()):
        return figure
    return replace(figure, conditions=lambda: conditions, draw=lambda figure, points: None)


def separability(points: Points) -> None:
    """Print how separations bear noise, by both scores."""
    heading("40 items of 40 entries, queries with flipped entries", NOISE)
    for share in FLIPPED:
        for name, scores in points.scores.items():
            error = along(scores, ERROR).get(share)
            shown = "-" if error is None else interval(error)
            row(NOISE, [f"{share:.0%}", name, interval(along(scores, BITS)[share]), shown])


def forgetting(points: Points) -> None:
    """Print what is right of both tasks, by what is changed."""
    heading("digits 0 and 1, then 2 and 3", FORGETTING)
    for name, scores in points.scores.items():
        if name != SUMMARY:
            first, second = (along(scores, task) for task in ("task 1", "task 2"))
            said = {LEARNING: "epoch", SHIFT: "added to both outputs of task 1"}.get(name, name)
            for at in first:
                row(FORGETTING, [said, f"{at:g}", interval(first[at]), interval(second[at])])
    heading("in one number a network", FORGETTING[::2])
    for name, values in points.scores[SUMMARY].items():
        row(FORGETTING[::2], [name, interval(values)])


def trained_items(points: dict[str, Points]) -> None:
    """Print how items come back that were trained in four ways."""
    heading("keys and values trained for retrieval", ITEMS)
    for problem in trained_keys_and_values.PROBLEMS:
        for step in (0, *problem.steps):
            for name, said in NAMES.items():
                scores = points[problem.name].scores[name]
                cells = [
                    interval(scores[f"{score} at {step}"])
                    for score in ("decoded", "within", "between", "own_attention", "squared_error")
                ]
                row(ITEMS, [problem.n_classes, step, said, *cells])


def maps(seeds: range) -> None:
    """Print what becomes of pairs that overlap."""
    heading(f"learned maps, {len(seeds)} networks", MAPS)
    for overlap in OVERLAPS:
        for within_pair in (False, True):
            for restored in (0.0, 0.02):
                problem = Repulsion(overlap, within_pair, restored)
                found = [
                    learn_maps(
                        problem, STEPS, STEPS, (0, STEPS, 2 * STEPS), np.random.default_rng(seed)
                    )
                    for seed in seeds
                ]
                for step, said in (
                    (0, "nothing"), (STEPS, f"{STEPS} different values"),
                    (2 * STEPS, f"{STEPS} common values"),
                ):  # fmt: skip
                    codes = Codes(*np.array([one[step] for one in found]).T)
                    among = "within the pair" if within_pair else "all"
                    row(MAPS, [overlap, among, restored, said, *map(interval, codes)])


def drift(seeds: range) -> None:
    """Print how alike drifting keys are, and where a noisy key looks for itself."""
    heading(f"drifting keys, 40 items of 200 entries, {len(seeds)} sets", DRIFT)
    for kept_part in (0.0, 0.9):
        found: dict[int, list[tuple[float, float]]] = {}
        for seed in seeds:
            stream = np.random.default_rng(seed)
            keys = drifting_keys(40, 200, kept_part, stream)
            alike = cosine(keys, keys)
            noisy = keys + stream.normal(size=keys.shape)
            attention = Softmax(10.0)(cosine(noisy, keys))
            for lag in (0, 1, 2, 5, 10, 20):
                one = alike.diagonal(lag).mean(), attention.diagonal(lag).mean()
                found.setdefault(lag, []).append(one)
        for lag, both in found.items():
            row(DRIFT, [kept_part, lag, *(interval(values) for values in np.array(both).T)])


def scaffold_and_encoder(seeds: range) -> None:
    """Print what a fixed scaffold and a learned encoder bring back, with alike many weights."""
    scaffold = ScaffoldRateModel(GridModules((3, 4, 5)), n_cells=sized(800, 100))
    encoder = LearnedEncoder(sized(1200, 50), sized(1000, 5))
    entries = sized(200, 20)
    heading(f"{entries} entries; {encoder.n_weights(entries)} weights of the encoder", ENCODER)
    for count in KEPT_ITEMS:
        found: dict[float, list[tuple[float, float]]] = {share: [] for share in KEPT_NOISE}
        for seed in seeds:
            stream = np.random.default_rng([seed, *b"scaffold and encoder"])
            patterns = stream.choice([-1.0, 1.0], (count, entries))
            cues = {share: flipped(patterns, share, stream) for share in KEPT_NOISE}
            given = np.concatenate(list(cues.values()))
            places = random_addresses(scaffold.modules, count, stream)
            decoded = (
                recall_on_scaffold(scaffold, places, patterns, given, seed).decoded,
                np.sign(encoder.recall(patterns, given, seed)),
            )
            for number, share in enumerate(KEPT_NOISE):
                part = slice(number * count, (number + 1) * count)
                fixed, learned = (bits_right(bits[part], patterns) for bits in decoded)
                found[share].append((fixed, learned))
        for share, both in found.items():
            fixed, learned = np.array(both).T
            row(ENCODER, [count, f"{share:.0%}", *map(interval, (fixed, learned, fixed - learned))])


def linear_time(seed: int) -> None:
    """Print what linear attention takes, as a recurrence and with all pairs."""
    heading("linear attention, every item asked for, keys and values of 20 entries", LINEAR)
    features = RandomFeatures(20, 40)
    for count in sized((500, 1000, 2000, 4000), (100,)):
        keys = 0.2 * np.random.default_rng(seed).normal(size=(count, 20))
        times = []
        for answer in (
            lambda keys: linear_attention(keys, keys, keys, features.features),
            lambda keys: recall(keys, keys, keys, features, normalised),
        ):
            best = np.inf
            for _ in range(3):
                began = time.perf_counter()
                answer(keys)
                best = min(best, time.perf_counter() - began)
            times.append(f"{1e3 * best:.1f}")
        row(LINEAR, [count, *times])


def tripartite(seeds: range) -> None:
    """Print how far tripartite synapses are from attention."""
    linear_error, softmax_error = [], []
    for seed in seeds:
        stream = np.random.default_rng(seed)
        keys, values = 0.35 * stream.normal(size=(40, 40)), stream.normal(size=(40, 40))
        features = RandomFeatures(40, 400, seed=seed)
        synapses = FeatureSynapses(features.features)
        for key, value in zip(keys, values, strict=True):
            synapses.write(key, value)
        slots = SlotSynapses(keys, values)
        one = recall(keys, keys, values, features, normalised)
        other = recall(keys, keys, values, linear, Softmax())
        linear_error.append(np.abs([synapses.read(key) for key in keys] - one).max())
        softmax_error.append(np.abs([slots.read(key) for key in keys] - other).max())
    print(f"\ntripartite synapses, 40 items of 40 entries, {len(seeds)} sets")
    print(f"features, from linear attention: {max(linear_error):.1e} at most")
    print(f"a process for each slot, from softmax attention: {max(softmax_error):.1e} at most")


def cost(count: int, seed: int, folder: Path | None) -> None:
    """Print what it takes to remember so many pairs, in memory or in a folder."""
    stream = np.random.default_rng(seed)
    initial, asked = stream.normal(size=(64, 64)), stream.normal(size=(100, 64))
    batches = [stream.normal(size=(32, 64)) for _ in range(20)]
    tracemalloc.start()
    pairs = PairsInMemory(64, 64) if folder is None else PairsOnDisk(folder / f"{count}", 64, 64)
    layer = RecordedLayer(initial, pairs)
    began = time.perf_counter()
    for number in range(count // 32):
        layer.learn(batches[number % 20], 1e-4 * batches[number % 19])
    learned = time.perf_counter() - began
    times = []
    for answer in (layer.primal, layer.dual):
        began = time.perf_counter()
        answer(asked)
        times.append(f"{1e3 * (time.perf_counter() - began):.2f}")
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    difference = np.abs(layer.dual(asked) - layer.primal(asked)).max()
    size = len(pairs) * 128 * 8 / 1e6
    where = "in memory" if folder is None else "on disk"
    row(
        COST,
        [len(pairs), where, f"{size:.1f}", f"{learned:.2f}", *times, f"{peak:.1f}",
         f"{difference:.0e}"],
    )  # fmt: skip
    if isinstance(pairs, PairsOnDisk):
        pairs.close()


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6400, help="the first of them")
    parser.add_argument(
        "--out", type=Path, help="folder of the figures: what is there is not calculated again"
    )
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    needed("sklearn", "digits")
    # Four trainings of a seed take more than a minute.
    some = seeds[: max(2, len(seeds) // 2)]
    trained_keys_and_values.PROBLEMS = sized(
        PROBLEMS, (Problem("two-classes", 2, 12, (50,)), Problem("three-classes", 3, 12, (50,)))
    )
    with tempfile.TemporaryDirectory() as temporary, kept("theory"):
        out = arguments.out or Path(temporary)
        print(f"seeds from {seeds[0]} on: {len(seeds)}, for trained keys and values {len(some)}")
        points = {}
        for name, used in (
            ("gershman-2", some), ("gershman-3", seeds), ("gershman-separability", seeds),
        ):  # fmt: skip
            points[name] = make_figure(theory_of(find_figure(name)), used, out / name)
        FIGURES.mkdir(exist_ok=True)
        shutil.copy(out / "gershman-2" / "gershman-2.png", FIGURES)
        separability(points["gershman-separability"]["items"])
        trained_items(points["gershman-2"])
        forgetting(points["gershman-3"]["two-tasks"])
        maps(seeds)
        drift(seeds)
        scaffold_and_encoder(seeds[: max(2, len(seeds) // 4)])
        linear_time(seeds[0])
        tripartite(seeds)
        heading("a layer of 64 by 64 and its pairs, 100 inputs asked", COST)
        for count in sized((1_000, 10_000, 100_000, 400_000), (1_000,)):
            for folder in (None, Path(temporary)):
                cost(count, seeds[0], folder)
