"""Meta-learning: what the shipped rules are, and that learning learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import jax
import numpy as np
import pytest

from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.learning import learning_extra
from hippokv.analysis.learning.meta_learning import (
    NUMBERS,
    POINTS,
    SEEDS,
    SELECTIONS,
    WITHIN_ONE,
    LearnedRule,
    LearningSettings,
    learn_rule,
    learned,
    learned_rule,
    post_dependence,
    random_lists,
    read_rules,
    recall_loss,
    write_rules,
)
from hippokv.errors import InputError
from hippokv.plasticity.linear_rule import VALUE_BOUND, LinearRule
from scripted_plateaus import scripted

SMALL = LearningSettings(size=12, steps=200, lists=2, learning_rate=0.02)


@pytest.fixture(scope="module", autouse=True)
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what JAX compiles: to learn again takes two seconds then instead of thirty."""
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("jax")))
    yield
    jax.config.update("jax_compilation_cache_dir", before)


@pytest.fixture(scope="module")
def short() -> LearnedRule:
    return learn_rule(SMALL, 3)


# --- the rules that come with the package ---------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_the_key_rule_looks_at_the_input_alone(selection: str, seed: int) -> None:
    rule = learned(selection, seed).rule
    # Where slots are random, a slot keeps a little of what it held and a weak dependence pays.
    assert post_dependence(rule) < {"least_recent": 0.05, "random": 0.15}[selection]
    if selection == "least_recent":
        assert abs(rule.key_post_slope) < 0.05 * abs(rule.key_pre_slope)
        assert abs(rule.key_pre_offset) < 0.05 * abs(rule.key_pre_slope)
    assert rule.key_rate > 0.9, "a slot is emptied before it takes an item"


def test_learning_starts_from_rules_that_are_post_dependent() -> None:
    for selection in SELECTIONS:
        starts = []
        for seed in SEEDS:
            numbers = learned(selection, seed).trajectory.numbers
            starts.append(abs(numbers["key_post_slope"][0] / numbers["key_post_offset"][0]))
        assert max(starts) > 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_the_value_rule_is_hebbian(selection: str, seed: int) -> None:
    rule = learned_rule(selection, seed)
    assert rule.value_pre_slope * rule.value_post_slope * rule.value_rate > 0
    assert abs(rule.value_pre_offset) < 0.05 * abs(rule.value_pre_slope)
    assert abs(rule.value_post_offset) < 0.1 * abs(rule.value_post_slope)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize(("size", "n_items"), [(40, 20), (80, 40)])
def test_learned_rules_recall_at_least_as_well_as_the_simplified_one(
    selection: str, size: int, n_items: int
) -> None:
    found: dict[str, list[float]] = {"learned": [], "simplified": []}
    for seed in range(1000, 1010):
        for name, rule in (("learned", learned_rule(selection)), ("simplified", None)):
            stream = np.random.default_rng([seed, size])
            network = SlotNetwork(
                size, "sequential" if selection == "least_recent" else "random", 4 / size,
                rule=rule, value_bound=VALUE_BOUND, initial_weight=0.0,
            )  # fmt: skip
            memory = network.start(size, size, np.random.default_rng(seed))
            items = stream.choice([-1.0, 1.0], (n_items, size))
            for item in items:
                memory.store(item, item, 1.0)
            cues = items * (stream.random(items.shape).argsort(axis=1) < round(0.4 * size))
            answers = [memory.recall(cue) for cue in cues]
            found[name].append(float(np.mean(np.sign(answers) == items)))
    assert np.mean(found["learned"]) > np.mean(found["simplified"]) - 0.01
    if selection == "least_recent":
        assert np.mean(found["learned"]) > 0.99


def test_shipped_trajectories_lead_from_the_start_to_the_rule() -> None:
    for selection in SELECTIONS:
        found = learned(selection)
        course = found.trajectory
        assert found.settings == LearningSettings(selection)
        assert course.step[0] == 0 and course.step[-1] == found.settings.steps
        assert len(course.step) == POINTS + 1
        assert course.loss[0] > 0.9 > course.loss[-10:].mean()
        assert course.accuracy[0] < 0.6 < course.accuracy[-1]
        for name, value in asdict(found.rule).items():
            assert course.numbers[name][-1] == value


def test_rules_that_do_not_exist_are_named() -> None:
    with pytest.raises(InputError, match="selection = 'best': must be one of least_recent, random"):
        learned_rule("best")
    with pytest.raises(InputError, match="seed = 77: must be a training seed: 0, 1, 2"):
        learned_rule("random", 77)


# --- learning -------------------------------------------------------------------------------------


def test_learning_lowers_the_error(short: LearnedRule) -> None:
    course = short.trajectory
    assert course.loss[-20:].mean() < 0.7 * course.loss[:5].mean()
    assert course.accuracy[-20:].mean() > 0.8
    for name in WITHIN_ONE:
        assert course.numbers[name].min() >= 0 and course.numbers[name].max() <= 1


def test_the_same_seed_learns_the_same(short: LearnedRule) -> None:
    assert learn_rule(SMALL, 3).rule == short.rule
    starts = [learned("random", seed).trajectory.numbers["key_pre_slope"][0] for seed in SEEDS]
    assert len(set(starts)) == len(SEEDS), "another seed starts elsewhere"


def test_files_are_read_as_they_were_written(short: LearnedRule, tmp_path: Path) -> None:
    write_rules([short], tmp_path / "rules.json")
    text = (tmp_path / "rules.json").read_text()
    (found,) = read_rules(text)
    assert (found.settings, found.seed) == (short.settings, short.seed)
    for name in NUMBERS:
        assert getattr(found.rule, name) == pytest.approx(getattr(short.rule, name), rel=1e-4)
        np.testing.assert_allclose(
            found.trajectory.numbers[name], short.trajectory.numbers[name], rtol=1e-4
        )
    write_rules([found], tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == text


@pytest.mark.parametrize("selection", SELECTIONS)
def test_what_is_differentiated_is_the_slot_network(selection: str) -> None:
    settings = LearningSettings(selection, size=10, lists=2, plateau_probability=0.3)
    lists = random_lists(settings, jax.random.key(0))
    rule = LinearRule(0.7, 0.6, 0.1, -0.2, 0.8, 0.5, 1.1, -0.03, 0.9, 0.05, 0.93)
    loss, right = recall_loss({name: jax.numpy.array(x) for name, x in asdict(rule).items()},
                              lists, settings)  # fmt: skip
    errors, accuracies = [], []
    for items, cues, plateaus, present in zip(*map(np.asarray, lists), strict=True):
        n_items = int(present.sum())
        assert 5 <= n_items <= 20
        memory = scripted(plateaus, 10, rule)
        for item in items[:n_items]:
            memory.store(item, item, 1.0)
        outputs = np.array([memory.recall(cue) for cue in cues[:n_items]])
        errors.append(np.mean((outputs - items[:n_items]) ** 2))
        accuracies.append(np.mean(np.sign(outputs) == items[:n_items]))
        np.testing.assert_array_equal((cues == 0).sum(axis=1), 6)
    assert float(loss) == pytest.approx(np.mean(errors), rel=1e-5)
    assert float(right) == pytest.approx(np.mean(accuracies), abs=1e-6)


def test_gradients_are_finite_and_none_is_dead() -> None:
    settings = LearningSettings(size=10, lists=2)
    lists = random_lists(settings, jax.random.key(0))
    numbers = {name: jax.numpy.array(0.4) for name in NUMBERS}
    slopes = jax.grad(lambda given: recall_loss(given, lists, settings)[0])(numbers)
    assert all(np.isfinite(slope) and slope != 0 for slope in slopes.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"selection": "oldest"}, "must be one of least_recent, random"),
     ({"steps": 150}, "must be a multiple of 100"), ({"size": 0}, "must be at least 1")],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(LearningSettings(), **changes)


def test_without_the_extra_learning_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_extra, "EXTRA_PACKAGES", ("numpy", "no_such_package"))
    with pytest.raises(InputError, match=r"no no_such.*'hippokv\[learning\]'"):
        learn_rule(SMALL, 0)
