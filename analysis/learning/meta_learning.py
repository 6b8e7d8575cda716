"""Learn the plasticity rule itself: the numbers of the linear rule, by gradient descent on recall.

``python -m hippokv.analysis.learning.meta_learning`` learns the rules that come with the package
again (some five minutes on one core) and writes them to ``learned/rules.json``. Needs the extra
``learning``; to load learned rules needs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError
from hippokv.plasticity.linear_rule import LinearRule

from .learning_extra import require_learning

if TYPE_CHECKING:
    import jax
    import optax

    #: Numbers of a rule by name.
    Numbers = dict[str, jax.Array]

LearningProgress = Callable[[int, float, float], None]

SELECTIONS = ("least_recent", "random")
#: Training seeds of the rules that come with the package, of the tuning seeds 0 to 99.
SEEDS = (0, 1, 2)
NUMBERS = tuple(field.name for field in fields(LinearRule))
#: Numbers that learning keeps within 0 and 1: with a rate above 1 a weight overshoots what it is
#: replaced by, and a decay above 1 is growth.
WITHIN_ONE = ("key_rate", "value_rate", "value_decay")
#: Points of a trajectory after its start.
POINTS = 100
#: Digits of a number in the file.
DIGITS = 5


@dataclass(frozen=True)
class LearningSettings:
    """Hold how a rule is learned.

    Parameters
    ----------
    selection
        Which slots take an item: ``least_recent`` (Tyulmankov et al. 2021, Eq 6) or ``random``
        (Eq 7).
    size
        Slots and entries of an item, N = d (2021 paper, Fig 3: 40).
    plateau_probability
        Of each slot, for random selection. At N = 40 the paper's p = 0.1 and p = 4/N are the same.
    occlusion
        Fraction of the entries of an item that its cue hides (2021 paper, Fig 2: 60 %).
    beta
        Inverse temperature (2021 paper: 1).
    steps
        Steps of Adam (2021 paper's code: 4,001 to 10,000, one list each).
    lists
        Lists of items a step, each of N/2 to 2 N items (chosen: quiet enough to converge).
    learning_rate
        Of the first step; it falls to 0 along half a cosine (2021 paper's code: 0.001 throughout;
        chosen: larger, and falling, to converge in minutes).
    slope_start, offset_start
        Slopes and offsets start uniformly between 0 and these (chosen: all start far from the
        solution, the key rule as a Hebbian one; with starts of either sign some seeds end where
        keys are stored with the wrong sign and nothing is recalled).
    """

    selection: str = "least_recent"
    size: int = 40
    plateau_probability: float = 0.1
    occlusion: float = 0.6
    beta: float = 1.0
    steps: int = 3000
    lists: int = 8
    learning_rate: float = 0.005
    slope_start: float = 1.0
    offset_start: float = 0.2

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.selection not in SELECTIONS:
            raise InputError("selection", self.selection, f"must be one of {', '.join(SELECTIONS)}")
        if self.steps < POINTS or self.steps % POINTS:
            raise InputError("steps", self.steps, f"must be a multiple of {POINTS}")
        for name in ("size", "lists"):
            if getattr(self, name) < 1:
                raise InputError(name, getattr(self, name), "must be at least 1")


@dataclass(frozen=True)
class LearningTrajectory:
    """Hold the course of learning, in P points.

    Parameters
    ----------
    step
        Steps done, shape (P,).
    loss
        Squared error of an entry, mean over the steps since the last point, shape (P,).
    accuracy
        Fraction of entries with the right sign, of the same lists, shape (P,).
    numbers
        The rule's numbers at each point, by name, shape (P,) each.
    """

    step: Array
    loss: Array
    accuracy: Array
    numbers: Mapping[str, Array]


@dataclass(frozen=True)
class LearnedRule:
    """Hold a rule that was learned, and how."""

    settings: LearningSettings
    seed: int
    trajectory: LearningTrajectory
    rule: LinearRule


def post_dependence(rule: LinearRule) -> float:
    r"""Return how much a key synapse depends on the activity behind it, :math:`|a_g / b_g|`.

    That is :math:`|a_g| / |a_f|` of the paper's Fig 3d once both factors are scaled to
    :math:`|a_f| = |b_g|`, as they are there: only their product matters, so a number may move
    from one factor to the other. 0 is the post-independent rule of the paper's Eq 9.
    """
    return float(abs(rule.key_post_slope / rule.key_post_offset))


def learn_rule(
    settings: LearningSettings, seed: int, progress: LearningProgress | None = None
) -> LearnedRule:
    r"""Learn the linear rule from recall of random lists (Tyulmankov et al. 2021, section 3.2).

    Lists of T random items of +-1, T uniform in N/2 to 2 N, are stored one by one and each item is
    asked for with a part of its entries hidden. Adam descends on the squared error
    :math:`\langle(\tilde y - y)^2\rangle` of the output. Weights onto value cells stay within +-1,
    as in the authors' code; without that bound, and likewise with cross entropy, keys are best
    written by a post-dependent rule with a rate below 1 that keeps a part of what a slot held.

    Parameters
    ----------
    progress
        Called with steps done, loss and accuracy, some hundred times.

    Raises
    ------
    InputError
        If the extra ``learning`` is not installed.
    """
    require_learning("meta-learning")
    import jax

    optimiser = _optimiser(settings)
    stream, start = jax.random.split(jax.random.key(seed))
    numbers = _start(settings, start)
    state = optimiser.init(numbers)
    chunk = jax.jit(_chunk(settings, optimiser))
    points = []
    for point in range(POINTS):
        stream, key = jax.random.split(stream)
        before = numbers
        numbers, state, losses, accuracies = chunk(numbers, state, key)
        if point == 0:
            points.append([0.0, losses[0], accuracies[0], *(before[name] for name in NUMBERS)])
        done = (point + 1) * settings.steps // POINTS
        loss, accuracy = float(losses.mean()), float(accuracies.mean())
        points.append([done, loss, accuracy, *(numbers[name] for name in NUMBERS)])
        if progress:
            progress(done, loss, accuracy)
    table = np.array(points, dtype=float).T
    return LearnedRule(
        settings,
        seed,
        LearningTrajectory(
            step=table[0],
            loss=table[1],
            accuracy=table[2],
            numbers=dict(zip(NUMBERS, table[3:], strict=True)),
        ),
        LinearRule(**{name: float(numbers[name]) for name in NUMBERS}),
    )


class Lists(NamedTuple):
    """Hold lists of items: shapes (L, 2 N, d), (L, 2 N, d), (L, 2 N, N) and (L, 2 N)."""

    items: jax.Array
    cues: jax.Array
    plateaus: jax.Array
    #: Whether an item is in the list at all: lists are shorter than their array.
    present: jax.Array


def random_lists(settings: LearningSettings, key: jax.Array) -> Lists:
    """Draw the lists of one step."""
    import jax
    import jax.numpy as jnp

    size = settings.size
    of_items, of_cues, of_lengths, of_plateaus = jax.random.split(key, 4)
    shape = (settings.lists, 2 * size)
    items = jax.random.rademacher(of_items, (*shape, size), dtype=jnp.float32)
    draws = jax.random.uniform(of_cues, items.shape)
    n_given = size - round(settings.occlusion * size)
    given = draws >= jax.lax.top_k(draws, n_given)[0][..., -1:]
    cues = jnp.where(given, items, 0.0)
    if settings.selection == "random":
        chosen = jax.random.bernoulli(of_plateaus, settings.plateau_probability, (*shape, size))
    else:
        chosen = jnp.broadcast_to(jnp.tile(jnp.eye(size, dtype=bool), (2, 1)), (*shape, size))
    lengths = jax.random.randint(of_lengths, (settings.lists, 1), size // 2, 2 * size + 1)
    present = jnp.arange(2 * size) < jnp.maximum(lengths, 1)
    return Lists(items, cues, chosen.astype(jnp.float32), present.astype(jnp.float32))


def recall_loss(
    numbers: Numbers, lists: Lists, settings: LearningSettings
) -> tuple[jax.Array, jax.Array]:
    """Return squared error and accuracy of the recall of lists, each list counting alike."""
    import jax
    import jax.numpy as jnp

    outputs = jax.vmap(lambda given: _recall(numbers, given, settings))(lists)
    share = lists.present / lists.present.sum(axis=1, keepdims=True) / len(lists.items)
    error = ((outputs - lists.items) ** 2).mean(axis=-1)
    right = (jnp.sign(outputs) * lists.items + 1).mean(axis=-1) / 2
    return (share * error).sum(), (share * right).sum()


def _recall(numbers: Numbers, lists: Lists, settings: LearningSettings) -> jax.Array:
    """Store one list and return the outputs for its cues, shape (2 N, d)."""
    import jax
    import jax.numpy as jnp

    from .differentiable_memory import Weights, recalled, stored_by_linear_rule

    size, beta = settings.size, settings.beta

    def store(weights: Weights, step: tuple[jax.Array, ...]) -> tuple[Weights, None]:
        item, plateaus, present = step
        after = stored_by_linear_rule(weights, numbers, item, item, plateaus, present, beta)
        return after, None

    empty = jnp.zeros((size, size)), jnp.zeros((size, size))
    weights, _ = jax.lax.scan(store, empty, (lists.items, lists.plateaus, lists.present))
    return recalled(weights, lists.cues, beta)


def _start(settings: LearningSettings, key: jax.Array) -> Numbers:
    """Draw the numbers that learning starts from: rates 0.5, decay 0.9 to 1 as in the code."""
    import jax
    import jax.numpy as jnp

    largest = {"slope": settings.slope_start, "offset": settings.offset_start}
    numbers = {}
    for name, draw in zip(NUMBERS, jax.random.split(key, len(NUMBERS)), strict=True):
        kind = name.rpartition("_")[2]
        if kind in largest:
            numbers[name] = jax.random.uniform(draw, maxval=largest[kind])
        elif kind == "decay":
            numbers[name] = jax.random.uniform(draw, minval=0.9, maxval=1.0)
        else:
            numbers[name] = jnp.array(0.5)
    return numbers


def _optimiser(settings: LearningSettings) -> optax.GradientTransformation:
    import optax

    return optax.adam(optax.cosine_decay_schedule(settings.learning_rate, settings.steps))


def _chunk(
    settings: LearningSettings, optimiser: optax.GradientTransformation
) -> Callable[[Numbers, Any, jax.Array], tuple[Numbers, Any, jax.Array, jax.Array]]:
    """Return the function that does the steps from one point of the trajectory to the next."""
    import jax
    import jax.numpy as jnp
    import optax

    slope = jax.value_and_grad(
        lambda numbers, lists: recall_loss(numbers, lists, settings), has_aux=True
    )

    def step(state: tuple[Numbers, Any], key: jax.Array) -> tuple[tuple[Numbers, Any], Any]:
        numbers, memory = state
        (loss, accuracy), gradient = slope(numbers, random_lists(settings, key))
        updates, memory = optimiser.update(gradient, memory)
        moved: Any = optax.apply_updates(numbers, updates)
        for name in WITHIN_ONE:
            moved[name] = jnp.clip(moved[name], 0.0, 1.0)
        return (moved, memory), (loss, accuracy)

    def chunk(
        numbers: Numbers, memory: Any, key: jax.Array
    ) -> tuple[Numbers, Any, jax.Array, jax.Array]:
        keys = jax.random.split(key, settings.steps // POINTS)
        (numbers, memory), (losses, accuracies) = jax.lax.scan(step, (numbers, memory), keys)
        return numbers, memory, losses, accuracies

    return chunk


# --- the rules that come with the package ---------------------------------------------------------


def learned_rule(selection: str, seed: int = 0) -> LinearRule:
    """Return a rule that comes with the package, learned with N = d = 40.

    Parameters
    ----------
    selection
        Which slots took the items: ``least_recent`` or ``random``.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    return learned(selection, seed).rule


def learned(selection: str, seed: int = 0) -> LearnedRule:
    """Return a rule that comes with the package with its settings and trajectory.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    found = _shipped()
    if selection not in {name for name, _ in found}:
        raise InputError("selection", selection, f"must be one of {', '.join(SELECTIONS)}")
    if (selection, seed) not in found:
        seeds = ", ".join(str(number) for name, number in found if name == selection)
        raise InputError("seed", seed, f"must be a training seed: {seeds}")
    return found[selection, seed]


def write_rules(rules: list[LearnedRule], path: Path) -> None:
    """Write rules to a file, a number or a list of numbers a line."""
    text = json.dumps([_rounded(asdict(rule)) for rule in rules], indent=1)
    lines = re.sub(r"\[[-+.e\d,\s]+\]", lambda found: " ".join(found[0].split()), text)
    path.write_text(lines + "\n")


def read_rules(text: str) -> list[LearnedRule]:
    """Read rules as :func:`write_rules` writes them."""
    rules = []
    for entry in json.loads(text):
        course = entry["trajectory"]
        numbers = {name: np.array(course["numbers"][name], dtype=float) for name in NUMBERS}
        trajectory = LearningTrajectory(
            step=np.array(course["step"], dtype=float),
            loss=np.array(course["loss"], dtype=float),
            accuracy=np.array(course["accuracy"], dtype=float),
            numbers=numbers,
        )
        rules.append(
            LearnedRule(
                LearningSettings(**entry["settings"]),
                entry["seed"],
                trajectory,
                LinearRule(**entry["rule"]),
            )
        )
    return rules


@cache
def _shipped() -> dict[tuple[str, int], LearnedRule]:
    text = files("hippokv.analysis").joinpath("learned", "rules.json").read_text()
    return {(rule.settings.selection, rule.seed): rule for rule in read_rules(text)}


def _rounded(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {name: _rounded(value) for name, value in entry.items()}
    if isinstance(entry, np.ndarray):
        return [_rounded(value) for value in entry.tolist()]
    return float(f"{entry:.{DIGITS}g}") if isinstance(entry, float) else entry


def _main() -> None:
    from tqdm import tqdm

    rules = []
    for selection in SELECTIONS:
        settings = LearningSettings(selection)
        for seed in SEEDS:
            with tqdm(total=settings.steps, desc=f"{selection}, seed {seed}") as bar:

                def progress(done: int, loss: float, accuracy: float, bar: Any = bar) -> None:
                    bar.update(done - bar.n)
                    bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}")

                rules.append(learn_rule(settings, seed, progress))
            print(rules[-1].rule)
    write_rules(rules, Path(__file__).parents[1] / "learned" / "rules.json")


if __name__ == "__main__":
    _main()
