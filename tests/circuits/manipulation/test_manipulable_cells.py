"""Manipulations in the circuit: exactly the cells and synapses named, exactly as long as asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Express,
    Light,
    Manipulation,
    ScaleWeights,
    Silence,
    Tag,
    manipulated,
)
from hippokv.circuits.program.program import Program, Target
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

DEFAULT = slot_memory(SlotMemoryParameters())

#: ON and OFF cells of the entorhinal population that a cue drives.
CUED = np.isin(np.arange(40), [*range(10), *range(30, 40)])
#: Two items are stored, from 0 and from 1000 ms on; then nothing is shown.
SECOND_MS, DARK_MS, END_MS = 1000.0, 2000.0, 2500.0


@pytest.fixture(scope="module")
def storing(small: Circuit) -> Schedule:
    """Return a schedule in which every population fires in the first second and in the next."""
    shown: dict[str, Any] = {"entorhinal": 1.0, "cortical": 1.0, "acetylcholine": 1.0}
    item = [
        ("store", 500.0, shown),
        ("store", 250.0, {**shown, "instruction": 1.0}),
        ("rest", 250.0, {}),
    ]
    epochs = [
        Epoch(phase, duration, number, drive)
        for number in range(2)
        for phase, duration, drive in item
    ]
    return Schedule((*epochs, Epoch("rest", END_MS - DARK_MS)), small.widths)


@pytest.fixture(scope="module")
def cueing(small: Circuit) -> Schedule:
    """Return a schedule that drives half of the entorhinal cells, and then none."""
    cue = Epoch("recall", 200.0, 0, {"entorhinal": CUED.astype(float)})
    return Schedule((cue, Epoch("rest", 500.0)), small.widths)


@pytest.fixture(scope="module")
def plain(small: Circuit, storing: Schedule) -> Recording:
    """Return what the circuit does when nothing is done to it."""
    return run(small, storing)


def run(
    circuit: Circuit,
    schedule: Schedule,
    *rows: Manipulation,
    seed: int = 1,
    target: Target = "cpp",
    dt_ms: float = 0.5,
    weights: dict[str, NDArray[np.float64]] | None = None,
) -> Recording:
    """Run a circuit while something is done to it."""
    schedule = manipulated(schedule, *rows) if rows else schedule
    return Program(circuit, target).run(schedule, seed, dt_ms, weights)


def same_spikes(one: Recording, other: Recording) -> bool:
    """Return whether all spikes, plateaus and weights are equal to the last bit."""
    trains = [(one.spikes[name], other.spikes[name]) for name in one.spikes]
    trains += [(one.events[name], other.events[name]) for name in one.events]
    return all(
        np.array_equal(a.time_s, b.time_s) and np.array_equal(a.cell, b.cell) for a, b in trains
    ) and all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


# --- nothing is done ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        Silence("hippocampal", ()),
        Tag("hippocampal", 0, 500),
        Express("hippocampal", "chr2", 50, probability=0.0, threshold=0.0),
        Express("hippocampal", "chr2", 50, threshold=0.0),
        Light("hippocampal", "chr2", 5.0, 50, 500),
        BlockPlasticity("keys", 0, 400),
        ScaleWeights("keys", 1.0, 100),
        ScaleWeights("values", 0.0, 100, tagged=True),
        ScaleWeights("values", 0.0, 100, fraction=0.0),
    ],
    ids=[
        "no cell silent", "label", "no expression", "opsin in the dark", "light without opsin",
        "block without plateau", "factor of one", "nothing tagged", "no part of it",
    ],
)  # fmt: skip
def test_a_row_that_does_nothing_changes_no_spike(
    small: Circuit, storing: Schedule, plain: Recording, row: Manipulation
) -> None:
    assert same_spikes(run(small, storing, row), plain)


def test_manipulations_compile_nothing(small: Circuit, storing: Schedule) -> None:
    said: list[str] = []
    for row in (Silence("pv"), Light("pv", "chr2", 5.0, 0, 50), ScaleWeights("keys", 0.5, 50)):
        assert Program(small).build(said.append) == 0.0
        run(small, storing, row)
    assert said == []


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("population", DEFAULT.populations)
def test_silenced_cells_make_no_spike_and_only_they(
    small: Circuit, storing: Schedule, plain: Recording, population: str
) -> None:
    size = small.sizes[population]
    silent = np.arange(size) % 2 == 0
    cells = tuple(np.flatnonzero(silent).tolist())
    before = plain.spikes[population].counts(400, SECOND_MS)
    assert before[silent].sum() > 0, "otherwise there is nothing to silence"
    found = run(small, storing, Silence(population, cells, 400, SECOND_MS)).spikes[population]
    assert found.counts(400, SECOND_MS)[silent].sum() == 0
    assert found.counts(400, SECOND_MS)[~silent].sum() > 0.9 * before[~silent].sum()
    np.testing.assert_array_equal(
        found.counts(0, 400), plain.spikes[population].counts(0, 400), "nothing happens before"
    )
    after = plain.spikes[population].counts(SECOND_MS, END_MS)[silent].sum()
    assert found.counts(SECOND_MS, END_MS)[silent].sum() > 0.8 * after, "it is reversible"


@pytest.mark.parametrize("population", DEFAULT.populations)
def test_a_silenced_population_makes_no_spike_at_all(
    small: Circuit, storing: Schedule, population: str
) -> None:
    found = run(small, storing, Silence(population))
    assert len(found.spikes[population].time_s) == 0
    others = {"entorhinal", "cortical", "cholinergic"} - {population}
    assert all(len(found.spikes[name].time_s) for name in others), "which the schedule drives"
    if population == "hippocampal":
        assert len(found.events["dendritic_spike"].time_s) == 0
        assert (found.weights["keys"] == 0.5).all()


def test_a_silenced_dendrite_has_no_plateau_and_another_slot_takes_its_place(
    small: Circuit, storing: Schedule, plain: Recording
) -> None:
    taken = plain.events["dendritic_spike"].counts(0, SECOND_MS) > 0
    assert taken.sum() == 3
    cells = tuple(np.flatnonzero(taken).tolist())
    counts = run(small, storing, Silence("hippocampal", cells)).events["dendritic_spike"]
    first = counts.counts(0, SECOND_MS)
    assert first[taken].sum() == 0
    assert first[~taken].sum() == 3, "the least recent slot of those alive"


def test_without_pv_cells_the_hippocampal_cells_run_free(
    small: Circuit, storing: Schedule, plain: Recording
) -> None:
    free = run(small, storing, Silence("pv")).spikes["hippocampal"].counts(0, 500).sum()
    assert free > 5 * plain.spikes["hippocampal"].counts(0, 500).sum()


# --- labels and expression ------------------------------------------------------------------------


def lit(found: Recording, population: str, start_ms: float) -> NDArray[np.bool_]:
    """Return which cells fire as strongly as light makes them, from a time on."""
    counts = found.spikes[population].counts(start_ms, found.duration_ms)
    return np.asarray(counts > 20)


@pytest.mark.parametrize(("threshold", "tagged"), [(1, True), (10, True), (40, False)])
def test_cells_with_as_many_spikes_as_the_threshold_answer_to_light(
    small: Circuit, cueing: Schedule, threshold: float, tagged: bool
) -> None:
    """Driven cells fire some 21 spikes while the window is open, the others none."""
    found = run(
        small, cueing, Tag("entorhinal", 0, 200),
        Express("entorhinal", "chr2", 250, threshold=threshold),
        Light("entorhinal", "chr2", 5.0, 300, 700),
    )  # fmt: skip
    np.testing.assert_array_equal(lit(found, "entorhinal", 300), CUED & tagged)
    assert found.spikes["entorhinal"].counts(300, 700)[~(CUED & tagged)].sum() == 0


def test_spikes_outside_the_window_leave_no_label(small: Circuit, cueing: Schedule) -> None:
    light = Light("entorhinal", "chr2", 5.0, 300, 700)
    short = [Tag("entorhinal", 0, 100), Express("entorhinal", "chr2", 250, threshold=18)]
    late = [Tag("entorhinal", 205, 250), Express("entorhinal", "chr2", 250)]
    for rows in (short, late):
        assert run(small, cueing, *rows, light).spikes["entorhinal"].counts(300, 700).sum() == 0


@pytest.mark.parametrize(
    ("window", "by", "threshold"),
    [
        ((0.0, 750.0), "plateaus", 1), ((SECOND_MS, 1750.0), "plateaus", 1),
        ((0.0, 750.0), "spikes", 60),
    ],
)  # fmt: skip
def test_light_brings_back_the_slot_that_had_its_plateau_in_the_window(
    small: Circuit,
    storing: Schedule,
    plain: Recording,
    window: tuple[float, float],
    by: str,
    threshold: float,
) -> None:
    engram = plain.events["dendritic_spike"].counts(*window) > 0
    found = run(
        small, storing, Tag("hippocampal", *window, by=by),
        Express("hippocampal", "chr2", DARK_MS - 10, threshold=threshold),
        Light("hippocampal", "chr2", 5.0, DARK_MS, END_MS),
    )  # fmt: skip
    assert engram.sum() == 3
    np.testing.assert_array_equal(lit(found, "hippocampal", DARK_MS), engram)


@pytest.mark.parametrize("probability", [0.3, 0.8])
def test_cells_make_the_opsin_with_the_probability_given(
    small: Circuit, cueing: Schedule, probability: float
) -> None:
    rows = [
        Express("entorhinal", "chr2", 250, probability, threshold=0),
        Light("entorhinal", "chr2", 5.0, 300, 700),
    ]
    made = np.array(
        [lit(run(small, cueing, *rows, seed=seed), "entorhinal", 300) for seed in range(40)]
    )
    error = np.sqrt(probability * (1 - probability) / made.size)
    assert abs(made.mean() - probability) < 4 * error
    assert made.std(axis=0).all(), "no cell always or never does"


# --- light ----------------------------------------------------------------------------------------


def test_only_light_on_an_opsin_makes_cells_fire(small: Circuit, cueing: Schedule) -> None:
    opsin = Express("entorhinal", "chr2", 250, threshold=0)
    light = Light("entorhinal", "chr2", 5.0, 300, 500)

    def after_the_cue(*rows: Manipulation) -> NDArray[np.int64]:
        return run(small, cueing, *rows).spikes["entorhinal"].counts(220, 700)

    assert after_the_cue(opsin).sum() == 0
    assert after_the_cue(light).sum() == 0
    other = Light("entorhinal", "gtacr2", 5.0, 300, 500)
    assert after_the_cue(opsin, other).sum() == 0
    both = run(small, cueing, opsin, light).spikes["entorhinal"]
    assert (both.counts(300, 500) > 10).all()
    assert both.counts(220, 300).sum() == both.counts(600, 700).sum() == 0


def test_stronger_and_longer_light_makes_more_spikes(small: Circuit, cueing: Schedule) -> None:
    def rate(*light: float) -> float:
        rows = [
            Express("entorhinal", "chr2", 250, threshold=0),
            Light("entorhinal", "chr2", light[0], 300, 700, *light[1:]),
        ]
        return float(run(small, cueing, *rows).spikes["entorhinal"].counts(300, 700).mean())

    by_irradiance = [rate(irradiance) for irradiance in (0.01, 0.1, 0.5, 5.0)]
    assert by_irradiance == sorted(set(by_irradiance))
    by_width = [rate(5.0, 20.0, width) for width in (1.0, 5.0, 15.0, 50.0)]
    assert by_width == sorted(set(by_width))
    assert rate(5.0, 10.0, 100.0) == rate(5.0, 20.0, 50.0), "light all the time"


def test_each_pulse_is_answered(small: Circuit, cueing: Schedule) -> None:
    rows = [
        Express("entorhinal", "chr2", 250, threshold=0),
        Light("entorhinal", "chr2", 5.0, 300, 700, frequency_Hz=10.0, width_ms=5.0),
    ]
    spikes = run(small, cueing, *rows).spikes["entorhinal"]
    for pulse in range(4):
        start = 300.0 + 100 * pulse
        assert (spikes.counts(start, start + 50) > 0).all()
        assert spikes.counts(start + 60, start + 100).sum() == 0


def test_gtacr2_silences_the_cells_that_make_it_while_there_is_light(
    small: Circuit, cueing: Schedule
) -> None:
    cue = Epoch("recall", 900.0, 0, {"entorhinal": CUED.astype(float)})
    schedule = Schedule((cue,), small.widths)
    found = run(
        small, schedule, Tag("entorhinal", 0, 100), Express("entorhinal", "gtacr2", 100, 0.5),
        Light("entorhinal", "gtacr2", 1.0, 300, 600, frequency_Hz=20.0, width_ms=50.0),
    ).spikes["entorhinal"]  # fmt: skip
    under = found.counts(305, 600)[CUED]
    silent = under == 0
    assert 3 <= silent.sum() <= 17, "half of twenty, drawn at random"
    assert (under[~silent] > 25).all()
    assert (found.counts(700, 900)[CUED] > 10).all(), "it is reversible"
    in_the_dark = run(small, schedule, Express("entorhinal", "gtacr2", 100, threshold=0))
    plain = run(small, schedule).spikes["entorhinal"]
    np.testing.assert_array_equal(in_the_dark.spikes["entorhinal"].time_s, plain.time_s)


# --- plasticity and weights -----------------------------------------------------------------------


@pytest.mark.parametrize(("projection", "naive"), [("keys", 0.5), ("values", 0.0)])
def test_a_blocked_projection_learns_nothing_and_only_it(
    small: Circuit, storing: Schedule, projection: str, naive: float
) -> None:
    found = run(small, storing, BlockPlasticity(projection))
    assert (found.weights[projection] == naive).all()
    (other,) = {"keys", "values"} - {projection}
    assert (found.weights[other] != {"keys": 0.5, "values": 0.0}[other]).any()


def test_a_block_lasts_as_long_as_it_lasts(
    small: Circuit, storing: Schedule, plain: Recording
) -> None:
    found = run(small, storing, BlockPlasticity("keys", 0, SECOND_MS)).weights["keys"]
    events = plain.events["dendritic_spike"]
    first, second = events.counts(0, SECOND_MS) > 0, events.counts(SECOND_MS, DARK_MS) > 0
    assert (found[first] == 0.5).all()
    np.testing.assert_allclose(found[second], plain.weights["keys"][second], atol=0.02)
    assert (np.abs(found[second] - 0.5) > 0.4).all()


def given_weights(small: Circuit) -> dict[str, NDArray[np.float64]]:
    """Return random weights, none of them 0."""
    stream = np.random.default_rng(1)
    return {
        name: stream.uniform(0.2, 1, (18, shape[0] if name == "keys" else shape[1]))
        for name, shape in small.weight_shapes().items()
    }


@pytest.mark.parametrize("projection", DEFAULT.projections)
def test_scaled_weights_are_multiplied_once_and_no_others(
    small: Circuit, cueing: Schedule, projection: str
) -> None:
    weights = given_weights(small)
    (other,) = {"keys", "values"} - {projection}
    found = run(small, cueing, ScaleWeights(projection, 0.25, 300), weights=weights).weights
    np.testing.assert_allclose(found[projection], 0.25 * weights[projection], rtol=1e-12)
    np.testing.assert_array_equal(found[other], weights[other])
    there_and_back = [ScaleWeights(projection, 0.25, 300), ScaleWeights(projection, 4.0, 400)]
    found = run(small, cueing, *there_and_back, weights=weights).weights
    np.testing.assert_allclose(found[projection], weights[projection], rtol=1e-12)


@pytest.mark.parametrize("projection", DEFAULT.projections)
def test_the_synapses_of_an_engram_alone_can_be_scaled(
    small: Circuit, storing: Schedule, plain: Recording, projection: str
) -> None:
    """The label of the hippocampal cell counts, before the value synapses and behind the keys."""
    found = run(
        small, storing, Tag("hippocampal", 0, 750, by="plateaus"),
        ScaleWeights(projection, 0.5, DARK_MS, tagged=True),
    ).weights[projection]  # fmt: skip
    engram = plain.events["dendritic_spike"].counts(0, 750) > 0
    expected = np.where(engram[:, None], 0.5, 1.0) * plain.weights[projection]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("projection", DEFAULT.projections)
def test_a_fraction_of_the_synapses_is_hit_at_random(
    small: Circuit, cueing: Schedule, projection: str
) -> None:
    weights, hits = given_weights(small), []
    for seed in range(4):
        row = ScaleWeights(projection, 0.0, 300, fraction=0.3)
        found = run(small, cueing, row, weights=weights, seed=seed).weights[projection]
        hit = found == 0
        np.testing.assert_array_equal(found[~hit], weights[projection][~hit])
        hits.append(hit)
    share = np.array(hits)
    assert abs(share.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / share.size)
    rows, columns = share.mean(axis=(0, 2)), share.mean(axis=(0, 1))
    assert rows.max() < 0.6 and columns.max() < 0.7, "no cell loses all of its synapses"
    assert not np.array_equal(hits[0], hits[1])


# --- beside the target in Python ------------------------------------------------------------------

EVERYTHING: tuple[Manipulation, ...] = (
    Silence("pv", tuple(range(20)), 50, 250),
    Tag("entorhinal", 0, 100),
    Express("entorhinal", "chr2", 200, 0.5, threshold=5),
    Light("entorhinal", "chr2", 5.0, 220, 320),
    Express("cortical", "gtacr2", 0, threshold=0),
    Light("cortical", "gtacr2", 1.0, 220, 320, 20.0, 50.0),
    ScaleWeights("keys", 0.5, 10, fraction=0.5),
    BlockPlasticity("values", 0, 100),
)


def seen(circuit: Circuit, seed: int, target: Target) -> dict[str, float]:
    """Return what both targets must agree on."""
    driven: dict[str, Any] = {"entorhinal": CUED.astype(float), "cortical": 1.0}
    schedule = Schedule(
        (
            Epoch("store", 100.0, 0, driven),
            Epoch("recall", 100.0, 0, {"entorhinal": 1.0, "cortical": 1.0}),
            Epoch("rest", 120.0, -1, {"cortical": 1.0}),
        ),
        circuit.widths,
    )
    found = run(circuit, schedule, *EVERYTHING, seed=seed, target=target, dt_ms=1.0)
    spikes = found.spikes
    pv, entorhinal = spikes["pv"].counts(60, 200), spikes["entorhinal"].counts(230, 320)
    return {
        "silent pv": float(pv[:20].sum()), "other pv": float(pv[20:].sum()),
        "hippocampal": float(spikes["hippocampal"].counts(60, 200).sum()),
        "not tagged": float(entorhinal[~CUED].sum()), "expressing": float((entorhinal > 0).sum()),
        "spikes of one": float(entorhinal[entorhinal > 0].mean()),
        "cortical in the dark": float(spikes["cortical"].counts(0, 200).sum()),
        "cortical under light": float(spikes["cortical"].counts(230, 320).sum()),
        "scaled keys": float((found.weights["keys"] == 0.25).sum()),
        "values learned": float((found.weights["values"] != 0).sum()),
    }  # fmt: skip


def test_both_targets_do_the_same_to_the_circuit(small: Circuit) -> None:
    compiled = [seen(small, seed, "cpp") for seed in range(10)]
    in_python = seen(small, 0, "numpy")
    for name, found in in_python.items():
        counts = [result[name] for result in compiled]
        margin = 0.03 * np.mean(counts) + 5 * np.std(counts, ddof=1)
        assert abs(found - np.mean(counts)) <= margin, name
    never = ("silent pv", "not tagged", "cortical under light", "values learned")
    for result in (*compiled, in_python):
        assert [result[name] for name in never] == [0.0] * len(never)
        assert result["other pv"] > 50
        assert result["expressing"] > 0
