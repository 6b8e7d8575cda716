"""The rate model: the published equations, step by step, and the published curve."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import Learning, rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy
from hippokv.arrays import Array
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Erase,
    Express,
    Light,
    Manipulation,
    ScaleWeights,
    Silence,
    Tag,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.schedule import Epoch, Schedule, on_off

Patterns = NDArray[np.int8]


def shown(key: Patterns, value: Patterns, level: float = 1.0) -> dict[str, Any]:
    """Return what an epoch carries in which an item is stored under a level of acetylcholine."""
    return {"entorhinal": on_off(key), "cortical": on_off(value), "acetylcholine": level}


def experiment(keys: Patterns, values: Patterns, cues: Patterns) -> Schedule:
    """Return a schedule that stores every item and then asks for each."""
    epochs = [
        Epoch("store", 5.0, item, shown(key, value))
        for item, (key, value) in enumerate(zip(keys, values, strict=True))
    ]
    epochs += [
        Epoch("recall", 5.0, item, {"entorhinal": on_off(cue)}) for item, cue in enumerate(cues)
    ]
    widths = {"entorhinal": 2 * keys.shape[1], "cortical": 2 * values.shape[1], "acetylcholine": 1}
    return Schedule(tuple(epochs), widths)


def random_patterns(stream: np.random.Generator, count: int, width: int) -> Patterns:
    return stream.choice(np.array([-1, 1], dtype=np.int8), (count, width))


def hide(stream: np.random.Generator, keys: Patterns, fraction: float) -> Patterns:
    """Return the keys with a fraction of the entries of each set to 0."""
    cues = keys.copy()
    for cue in cues:
        cue[stream.permutation(len(cue))[: round(fraction * len(cue))]] = 0
    return cues


# --- the equations --------------------------------------------------------------------------------


class Network:
    """Follow Eq 4 to 11 of the 2021 paper one number at a time."""

    def __init__(self, n_slots: int, d: int, m: int, beta: Callable[[float], float]) -> None:
        self.n_slots, self.beta = n_slots, beta
        self.keys = [[0.0] * d for _ in range(n_slots)]
        self.values = [[0.0] * m for _ in range(n_slots)]

    def attend(self, cue: Patterns) -> list[float]:
        given = float(sum(entry != 0 for entry in cue))
        drive = [
            math.exp(self.beta(given) * sum(k * float(x) for k, x in zip(key, cue, strict=True)))
            for key in self.keys
        ]
        return [entry / sum(drive) for entry in drive]

    def store(self, key: Patterns, value: Patterns, gamma: list[float]) -> None:
        for slot in range(self.n_slots):
            for j, x in enumerate(key):
                self.keys[slot][j] = (1 - gamma[slot]) * self.keys[slot][j] + gamma[slot] * float(x)
        hidden = self.attend(key)
        for slot in range(self.n_slots):
            for k, y in enumerate(value):
                kept = (1 - gamma[slot]) * self.values[slot][k]
                self.values[slot][k] = kept + gamma[slot] * float(y) * hidden[slot]

    def recall(self, cue: Patterns) -> list[float]:
        hidden = self.attend(cue)
        return [
            sum(hidden[slot] * self.values[slot][k] for slot in range(self.n_slots))
            for k in range(len(self.values[0]))
        ]


@pytest.mark.parametrize("random_slots", [False, True])
def test_the_rate_model_follows_the_equations(random_slots: bool) -> None:
    stream = np.random.default_rng(5)
    n_items, n_slots, d, m = 9, 4, 7, 5
    keys, values = random_patterns(stream, n_items, d), random_patterns(stream, n_items, m)
    cues = hide(stream, keys, 0.4)
    plateaus = stream.random((n_items, n_slots)) < 0.35
    plateaus[2], plateaus[3] = False, True

    def beta(given: float) -> float:
        return 0.3 + 0.02 * given

    network = Network(n_slots, d, m, beta)
    for item, (key, value) in enumerate(zip(keys, values, strict=True)):
        oldest = [float((item + 3) % n_slots == slot) for slot in range(n_slots)]
        gamma = [float(chosen) for chosen in plateaus[item]] if random_slots else oldest
        network.store(key, value, gamma)

    schedule = experiment(keys, values, cues)
    found = rate_model(
        schedule, n_slots, beta, **({"plateaus": plateaus} if random_slots else {"first_slot": 3})
    )
    np.testing.assert_allclose(found.keys, network.keys, atol=1e-12)
    np.testing.assert_allclose(found.values, network.values, atol=1e-12)
    np.testing.assert_allclose(found.attention, [network.attend(cue) for cue in cues], atol=1e-12)
    np.testing.assert_allclose(found.evidence, [network.recall(cue) for cue in cues], atol=1e-12)
    if random_slots:
        np.testing.assert_array_equal(found.plateaus, plateaus)


def test_limits_of_inhibition_act_on_recall_alone_and_are_asked_by_given_and_matching_entries() -> (
    None
):
    keys = random_patterns(np.random.default_rng(2), 3, 10)
    cue = keys[1].copy()
    cue[4:], cue[:1] = 0, -cue[:1]
    asked: list[tuple[float, float]] = []

    def silent(shares: Array, given: float, matches: float) -> Array:
        asked.append((given, matches))
        return np.zeros_like(shares)

    free, held = (
        rate_model(experiment(keys, keys, cue[None]), 3, lambda given: 1.0, answer=answer)
        for answer in (None, silent)
    )
    assert asked == [(4.0, max((4 + key @ cue) / 2 for key in keys.astype(float)))]
    np.testing.assert_array_equal(held.values, free.values)
    assert free.attention.sum() == pytest.approx(1.0)
    assert not held.attention.any()
    assert not held.decoded.any()


def test_slots_are_taken_in_turn_from_the_first_one_on() -> None:
    keys = random_patterns(np.random.default_rng(1), 7, 4)
    found = rate_model(experiment(keys, keys, keys), 3, lambda given: 1.0, first_slot=2)
    np.testing.assert_array_equal(found.plateaus.argmax(axis=1), [2, 0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(found.plateaus.sum(axis=1), np.ones(7))
    np.testing.assert_array_equal(found.keys, keys[[4, 5, 6]])


def test_large_drives_do_not_overflow() -> None:
    keys = random_patterns(np.random.default_rng(1), 3, 500)
    found = rate_model(experiment(keys, keys, keys), 3, lambda given: 50.0)
    np.testing.assert_allclose(found.attention, np.eye(3), atol=1e-12)


def test_a_schedule_without_recall_has_no_answers() -> None:
    keys = random_patterns(np.random.default_rng(1), 3, 6)
    found = rate_model(experiment(keys, keys, keys[:0]), 4, lambda given: 1.0)
    assert found.attention.shape == (0, 4)
    assert found.evidence.shape == (0, 6)


# --- manipulations --------------------------------------------------------------------------------

# Three items for four slots of two cells; each is stored for 5 ms from 0, 10 and 20 ms on, and
# asked for for 5 ms from 40, 50 and 60 ms on.
STREAM = np.random.default_rng(3)
KEYS, VALUES = random_patterns(STREAM, 3, 8), random_patterns(STREAM, 3, 5)
CUES = hide(STREAM, KEYS, 0.5)
BETA = 0.4


def predicted(*rows: Manipulation, light_logit: float = 2.0) -> Readout:
    """Return what is predicted for three items while something is done to the circuit."""
    epochs = []
    for item, (key, value) in enumerate(zip(KEYS, VALUES, strict=True)):
        epochs += [Epoch("store", 5.0, item, shown(key, value)), Epoch("rest", 5.0)]
    epochs.append(Epoch("rest", 10.0))
    for item, cue in enumerate(CUES):
        epochs += [Epoch("recall", 5.0, item, {"entorhinal": on_off(cue)}), Epoch("rest", 5.0)]
    sizes = {"entorhinal": 16, "hippocampal": 8, "pv": 3, "cortical": 10}
    widths = {
        "entorhinal": 16, "cortical": 10, "acetylcholine": 1,
        **manipulation_widths(sizes, ("keys", "values")),
    }  # fmt: skip
    schedule = manipulated(Schedule(tuple(epochs), widths), *rows)
    return rate_model(
        schedule, 4, lambda given: BETA, lit=lambda given, light: (BETA, light_logit)
    )  # fmt: skip


def shares(drive: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(drive / drive.sum(axis=-1, keepdims=True))


def test_rows_that_do_nothing_leave_the_rate_model_what_it_is() -> None:
    plain = predicted()
    for row in (
        Silence("hippocampal", ()), Silence("pv"), Tag("hippocampal", 0, 30),
        BlockPlasticity("keys", 40), ScaleWeights("keys", 1.0, 30),
        ScaleWeights("keys", 0.0, 30, tagged=True),
        Light("hippocampal", "chr2", 5, 40, 70), Express("hippocampal", "chr2", 30, 1, 0),
    ):  # fmt: skip
        found = predicted(row)
        np.testing.assert_array_equal(found.attention, plain.attention)
        np.testing.assert_array_equal(found.evidence, plain.evidence)


def test_silenced_slots_lose_their_share_to_the_others() -> None:
    plain, found = predicted(), predicted(Silence("hippocampal", (0, 1, 2), 30))
    alive = np.array([0.0, 0.5, 1.0, 1.0])
    np.testing.assert_allclose(found.attention, shares(plain.attention * alive), atol=1e-12)
    np.testing.assert_allclose(found.evidence, found.attention @ plain.values, atol=1e-12)


def test_a_silence_lasts_as_long_as_it_lasts() -> None:
    plain, found = predicted(), predicted(Silence("hippocampal", (0, 1), 50, 60))
    np.testing.assert_array_equal(found.attention[[0, 2]], plain.attention[[0, 2]])
    assert found.attention[1, 0] == 0


def test_slots_that_are_silent_while_an_item_is_stored_do_not_take_it() -> None:
    found = predicted(Silence("hippocampal", (2, 3), 0, 30))
    np.testing.assert_array_equal(found.keys[1], np.zeros(8))
    np.testing.assert_array_equal(found.keys[[0, 2]], KEYS[[0, 2]])
    np.testing.assert_array_equal(found.values[1], np.zeros(5))


def test_with_every_slot_silent_nothing_comes_back() -> None:
    found = predicted(Silence("hippocampal", None, 30))
    np.testing.assert_array_equal(found.attention, np.zeros((3, 4)))
    np.testing.assert_array_equal(found.evidence, np.zeros((3, 5)))


def test_silenced_inputs_and_outputs_are_zero() -> None:
    plain = predicted()
    # ON and OFF cell of the first three inputs: a cue that never gave them.
    inputs = (0, 1, 2, 8, 9, 10)
    found = predicted(Silence("entorhinal", inputs, 30))
    given = CUES * (np.arange(8) > 2)
    logits = np.exp(BETA * given @ plain.keys.T)
    np.testing.assert_allclose(found.attention, shares(logits), atol=1e-12)
    stored = predicted(Silence("entorhinal", inputs, 0, 30))
    np.testing.assert_array_equal(stored.keys[:3, :3], np.zeros((3, 3)))
    np.testing.assert_array_equal(stored.keys[:3, 3:], KEYS[:, 3:])
    deaf = predicted(Silence("cortical", (0, 1, 5, 6), 30))
    np.testing.assert_array_equal(deaf.evidence[:, :2], np.zeros((3, 2)))
    np.testing.assert_array_equal(deaf.evidence[:, 2:], plain.evidence[:, 2:])


@pytest.mark.parametrize(("factor", "fraction"), [(0.0, 1.0), (0.3, 1.0), (0.5, 0.4)])
def test_scaled_weights_are_scaled_by_their_mean(factor: float, fraction: float) -> None:
    plain, mean = predicted(), 1 - fraction * (1 - factor)
    found = predicted(ScaleWeights("values", factor, 30, fraction=fraction))
    np.testing.assert_allclose(found.values, mean * plain.values, atol=1e-12)
    np.testing.assert_allclose(found.evidence, mean * plain.evidence, atol=1e-12)
    found = predicted(ScaleWeights("keys", factor, 30, fraction=fraction))
    np.testing.assert_allclose(found.keys, mean * plain.keys, atol=1e-12)
    # The whole drive of a cell is scaled, not only its part that tells keys apart.
    table = np.full((4, 16), 0.5)
    table[:3] = [on_off(key) for key in KEYS]
    logits = np.exp(2 * BETA * mean * np.array([table @ on_off(cue) for cue in CUES]))
    np.testing.assert_allclose(found.attention, shares(logits), atol=1e-12)


def test_the_weights_of_an_engram_alone_are_scaled_and_restored() -> None:
    plain = predicted()
    tag = Tag("hippocampal", 10, 15, by="plateaus")
    found = predicted(tag, ScaleWeights("values", 0.2, 30, tagged=True))
    np.testing.assert_allclose(found.values, plain.values * [[1], [0.2], [1], [1]], atol=1e-12)
    back = ScaleWeights("values", 5.0, 45, tagged=True)
    found = predicted(tag, ScaleWeights("values", 0.2, 30, tagged=True), back)
    np.testing.assert_allclose(found.values, plain.values, atol=1e-12)
    np.testing.assert_allclose(found.evidence[1:], plain.evidence[1:], atol=1e-12)
    assert np.abs(found.evidence[0] - plain.evidence[0]).max() > 1e-3


def test_what_is_blocked_is_not_learned() -> None:
    found = predicted(BlockPlasticity("values", 10, 20))
    np.testing.assert_array_equal(found.values[1], np.zeros(5))
    np.testing.assert_array_equal(found.keys[:3], KEYS)
    found = predicted(BlockPlasticity("keys"))
    np.testing.assert_array_equal(found.keys, np.zeros((4, 8)))
    np.testing.assert_allclose(found.attention, np.full((3, 4), 0.25), atol=1e-12)
    assert (np.sign(found.values[:3]) == VALUES).all(), "where the plateaus are"


@pytest.mark.parametrize("probability", [0.25, 1.0])
def test_light_adds_its_logit_to_the_cells_that_make_the_opsin(probability: float) -> None:
    plain = predicted()
    rows = [
        Tag("hippocampal", 0, 5, by="plateaus"),
        Express("hippocampal", "chr2", 30, probability),
        Light("hippocampal", "chr2", 5.0, 50, 65),
    ]
    found = predicted(*rows)
    np.testing.assert_array_equal(found.attention[0], plain.attention[0], "the dark")
    gain = np.array([1 - probability + probability * np.exp(2.0), 1, 1, 1])
    np.testing.assert_allclose(found.attention[1:], shares(plain.attention[1:] * gain), atol=1e-12)
    silenced = predicted(*rows, light_logit=-800.0)
    gain[0] = 1 - probability
    expected = shares(plain.attention[1:] * gain)
    np.testing.assert_allclose(silenced.attention[1:], expected, atol=1e-12)


def test_expression_adds_up_as_independent_draws_do() -> None:
    rows = [
        Express("hippocampal", "chr2", 30, 0.5, 0), Express("hippocampal", "chr2", 35, 0.5, 0),
        Silence("hippocampal", (0, 1), 50), Light("hippocampal", "chr2", 5.0, 50, 65),
    ]  # fmt: skip
    uneven = [
        Tag("hippocampal", 10, 15, by="plateaus"),
        *rows[:1],
        Express("hippocampal", "chr2", 35, 0.5),
    ]
    gain = np.array(
        [0, 0.25 + 0.75 * np.exp(2.0), 0.5 + 0.5 * np.exp(2.0), 0.5 + 0.5 * np.exp(2.0)]
    )
    found = predicted(*uneven, *rows[2:])
    np.testing.assert_allclose(
        found.attention[1:], shares(predicted().attention[1:] * gain), atol=1e-12
    )
    np.testing.assert_allclose(
        predicted(*rows).attention[1:], predicted(rows[2]).attention[1:], atol=1e-12,
        err_msg="light on all slots alike favours none",
    )  # fmt: skip


def test_a_label_has_to_reach_the_threshold() -> None:
    light = Light("hippocampal", "chr2", 5.0, 40, 65)
    tag, often = Tag("hippocampal", 0, 5, by="plateaus"), Tag("hippocampal", 0, 5)
    plain = predicted().attention
    high = Express("hippocampal", "chr2", 30, threshold=2)
    np.testing.assert_array_equal(predicted(tag, high, light).attention, plain)
    assert (predicted(often, high, light).attention[:, 0] > plain[:, 0]).all(), "spikes are many"
    early = Express("hippocampal", "chr2", 0)
    np.testing.assert_array_equal(predicted(tag, early, light).attention, plain)


def test_cells_that_recall_are_labelled_by_their_spikes_and_not_by_plateaus() -> None:
    plain = predicted().attention
    assert plain[0].max() > 0.5
    rows = [Express("hippocampal", "chr2", 45), Light("hippocampal", "chr2", 5.0, 50, 65)]
    by_plateaus = predicted(Tag("hippocampal", 40, 45, by="plateaus"), *rows)
    np.testing.assert_array_equal(by_plateaus.attention, plain)
    found = predicted(Tag("hippocampal", 40, 45), *rows).attention
    gain = np.where(plain[0] > 0.5, np.exp(2.0), 1)
    np.testing.assert_allclose(found[1:], shares(plain[1:] * gain), atol=1e-12)


# --- what lasts, what fades, and what goes round --------------------------------------------------


def stream(*steps: tuple[str, int, float], d: int = 24) -> Schedule:
    """Return a schedule of steps: what happens, to which item, at which level of acetylcholine.

    At ``erase`` the schedule gives keys and values their naive weights back.
    """
    keys, values = random_patterns(np.random.default_rng(8), 12, d), STEP_VALUES[:, :d]
    epochs, rows, now = [], [], 0.0
    for what, item, level in steps:
        drive: dict[str, Any] = {}
        if what == "store":
            drive = shown(keys[item], values[item], level)
        elif what == "recall":
            drive = {"entorhinal": on_off(keys[item])}
        elif what == "erase":
            rows += [Erase(projection, now) for projection in ("keys", "values")]
        epochs += [
            Epoch({"loop": "recall"}.get(what, what), 10.0, item, drive),
            Epoch("rest", 10.0),
        ]
        now += 20.0
    widths = {"entorhinal": 2 * d, "cortical": 2 * d, "acetylcholine": 1}
    sizes = {"entorhinal": 2 * d, "hippocampal": 3, "cortical": 2 * d}
    widths |= manipulation_widths(sizes, ("keys", "values"))
    return manipulated(Schedule(tuple(epochs), widths), *rows)


STEP_VALUES = random_patterns(np.random.default_rng(9), 12, 24)


def followed(*steps: tuple[str, int, float], n_slots: int = 3, **learning: Any) -> Readout:
    return rate_model(stream(*steps), n_slots, lambda given: 1.0, learning=Learning(**learning))


def held(readout: Readout) -> list[int]:
    """Return which item's value each slot holds, -1 for none."""
    found = []
    for slot in readout.values:
        same = np.flatnonzero((np.sign(slot) == STEP_VALUES).all(axis=1))
        found.append(int(same[0]) if same.size else -1)
    return found


def test_what_a_strong_neuromodulator_wrote_is_not_written_again() -> None:
    laps = [("store", item, 10.0 if item == 1 else 1.0) for item in range(6)]
    # Slot 1 is passed over in the second lap.
    assert held(followed(*laps)) == [5, 1, 4]
    assert held(followed(*laps, stabilises=lambda level: False)) == [3, 4, 5]
    np.testing.assert_array_equal(
        np.sign(followed(*laps).keys[1]), random_patterns(np.random.default_rng(8), 12, 24)[1]
    )


def test_without_a_neuromodulator_nothing_is_written() -> None:
    found = followed(("store", 0, 0.0), ("store", 1, 1.0))
    assert held(found) == [-1, 1, -1]
    np.testing.assert_array_equal(found.keys[0], np.zeros(24))


def test_erasing_makes_everything_naive_and_frees_what_was_stable() -> None:
    start = [("store", item, 10.0) for item in range(3)]
    erased = followed(*start, ("erase", -1, 0.0), ("recall", 0, 0.0))
    np.testing.assert_array_equal(erased.keys, np.zeros((3, 24)))
    np.testing.assert_array_equal(erased.values, np.zeros((3, 24)))
    again = [("store", item, 1.0) for item in range(3, 6)]
    assert held(followed(*start, ("erase", -1, 0.0), *again)) == [3, 4, 5]
    assert held(followed(*start, *again)) == [0, 1, 2]


def test_each_step_of_a_stream_calls_for_the_next_slot() -> None:
    steps = [("advance", -1, 0.0), ("store", 0, 1.0), ("advance", -1, 0.0), ("store", 1, 1.0)]
    found = followed(*steps, ("advance", -1, 0.0), ("advance", -1, 0.0), ("store", 2, 1.0))
    # The first item takes the first slot; between items, steps that stored nothing count.
    np.testing.assert_array_equal(found.plateaus.argmax(axis=1), [0, 2, 2])
    assert held(found) == [0, -1, 2]


def test_through_the_loop_the_sign_of_what_was_recalled_is_the_next_cue() -> None:
    chain = rate_model(_chain("recall", "loop", "loop"), 4, lambda given: 1.0)
    np.testing.assert_array_equal(np.sign(chain.evidence), STEP_VALUES[1:4])
    assert chain.attention.argmax(axis=1).tolist() == [0, 1, 2]
    # What the recall before brought back decides, also where a later pattern is prompted.
    later = rate_model(_chain("recall", "loop", start=1), 4, lambda given: 1.0)
    np.testing.assert_array_equal(np.sign(later.evidence), STEP_VALUES[2:4])


def _chain(*recalls: str, start: int = 0) -> Schedule:
    """Return a schedule that stores each pattern with the next as its value, and recalls."""
    epochs = []
    for item in range(4):
        drive = shown(STEP_VALUES[item], STEP_VALUES[item + 1])
        epochs += [Epoch("store", 10.0, item, drive), Epoch("rest", 10.0)]
    for number, what in enumerate(recalls):
        cue = {"entorhinal": on_off(STEP_VALUES[start])}
        drive = cue if what == "recall" else {"loop": 2.0}
        epochs += [Epoch("recall", 10.0, start + number, drive), Epoch("rest", 10.0)]
    widths = {"entorhinal": 48, "cortical": 48, "acetylcholine": 1, "loop": 1}
    return Schedule(tuple(epochs), widths)


PASSIVE: dict[str, Any] = {
    "passive_values": True, "values_kept": lambda level, duration_ms: 1 - 0.01 * duration_ms,
    "values_written": 0.75,
}  # fmt: skip


def test_passive_values_fade_in_all_slots_at_each_item_and_bursts_replace_a_part() -> None:
    found = followed(*[("store", item, 1.0) for item in range(4)], **PASSIVE)
    # 10 ms of storage leave 0.9. Slot 0 was written again by item 3, over what item 0 left.
    first = 0.75 * STEP_VALUES[0] * 0.9**3 * 0.25 + 0.75 * STEP_VALUES[3]
    expected = [first, 0.75 * STEP_VALUES[1] * 0.9**2, 0.75 * STEP_VALUES[2] * 0.9]
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_recall_and_steps_that_store_nothing_fade_nothing() -> None:
    plain = followed(("store", 0, 1.0), **PASSIVE)
    idle = followed(("store", 0, 1.0), ("recall", 0, 0.0), ("advance", -1, 0.0), **PASSIVE)
    np.testing.assert_array_equal(idle.values, plain.values)


def test_values_without_a_local_factor_fade_however_strong_the_neuromodulator_was() -> None:
    found = followed(("store", 0, 10.0), ("store", 1, 1.0), ("store", 2, 1.0), **PASSIVE)
    np.testing.assert_allclose(found.values[0], 0.75 * 0.9**2 * STEP_VALUES[0], atol=1e-12)
    np.testing.assert_allclose(found.values[1], 0.75 * 0.9 * STEP_VALUES[1], atol=1e-12)


def test_a_key_that_is_written_in_part_keeps_the_rest() -> None:
    written = {"key_written": lambda level: 0.6 * level}
    found = followed(*[("store", item, 1.0) for item in range(4)], **written)
    keys = random_patterns(np.random.default_rng(8), 12, 24)
    np.testing.assert_allclose(found.keys[0], 0.6 * keys[3] + 0.4 * 0.6 * keys[0], atol=1e-12)


# --- the published curve --------------------------------------------------------------------------


def mean_accuracy(n_items: int, probability: float | None, seeds: int, m: int = 40) -> float:
    """Return the accuracy at N = d = 40 with 60 % hidden, over so many seeds."""
    found = []
    for seed in range(seeds):
        stream = np.random.default_rng([seed, n_items])
        keys = random_patterns(stream, n_items, 40)
        values = keys if m == 40 else random_patterns(stream, n_items, m)
        schedule = experiment(keys, values, hide(stream, keys, 0.6))
        chosen = None if probability is None else stream.random((n_items, 40)) < probability
        predicted = rate_model(schedule, 40, lambda given: 1.0, plateaus=chosen)
        found.append(accuracy(predicted, items_of(schedule))["accuracy"])
    return float(np.mean(found))


@pytest.mark.parametrize(
    ("n_items", "published"), [(20, 1.0), (40, 0.999), (50, 0.926), (60, 0.871), (80, 0.812)]
)
def test_least_recent_slots_recall_as_many_items_as_published(
    n_items: int, published: float
) -> None:
    assert mean_accuracy(n_items, None, seeds=40) == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize(("n_items", "published"), [(10, 0.964), (20, 0.887), (40, 0.776)])
def test_random_slots_recall_as_many_items_as_published(n_items: int, published: float) -> None:
    # The published column has a standard error near 0.01 itself.
    assert mean_accuracy(n_items, 0.1, seeds=200) == pytest.approx(published, abs=0.015)


def test_an_item_that_finds_no_slot_is_worth_chance() -> None:
    none = 0.9**40
    error = 0.5 * np.sqrt(none * (1 - none) / 1000)
    assert abs(mean_accuracy(1, 0.1, seeds=1000) - (1 - 0.5 * none)) < 4 * error


@pytest.mark.parametrize(("n_items", "published"), [(40, 0.999), (60, 0.835)])
def test_values_unlike_their_keys_are_recalled_as_published(n_items: int, published: float) -> None:
    found = mean_accuracy(n_items, None, seeds=40, m=20)
    assert found == pytest.approx(published, abs=0.015)
