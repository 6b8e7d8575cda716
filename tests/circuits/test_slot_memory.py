"""The slot memory: each part does what the theory asks of it, and is needed for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.protocols.running.protocol import Result

SIZES: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3,
}  # fmt: skip
N_SLOTS, N_CELLS = 6, 18


@pytest.fixture(scope="module", autouse=True)
def program(small: Circuit) -> Program:
    """Return the compiled circuit, which all tests here run."""
    return Program(small)


def store(n_items: int, seed: int = 1, **changes: Any) -> Result:
    """Store items in a circuit with some of its numbers changed."""
    return hippokv.run("storage", seed, {**SIZES, "protocol.n_items": n_items, **given(changes)})


def recall(n_items: int, seed: int = 1, **changes: Any) -> Result:
    """Store and recall items in a circuit with some of its numbers changed."""
    settings = {**SIZES, "protocol.n_items": n_items, **given(changes)}
    return hippokv.run("cued-recall", seed, settings)


def given(changes: dict[str, Any]) -> dict[str, Any]:
    """Return settings of the circuit by dotted key; a double underscore stands for a dot."""
    return {f"circuit.{name.replace('__', '.')}": value for name, value in changes.items()}


def population_rate(result: Result) -> float:
    """Return the mean of the summed rate of the hippocampal cells during cues, in Hz."""
    spikes = result.recording.spikes["hippocampal"]
    windows = [
        (event.start_ms + 50.0, event.stop_ms)
        for event in result.experiment.schedule.events("recall")
    ]
    return float(
        np.mean([spikes.counts(*window).sum() / np.diff(window) * 1e3 for window in windows])
    )


def cortical_during_storage(result: Result) -> tuple[int, int]:
    """Count spikes of cortical cells that the teacher drives and of those that it does not.

    From 200 ms after each item begins, when acetylcholine has built up.
    """
    schedule, spikes = result.experiment.schedule, result.recording.spikes["cortical"]
    taught, other = 0, 0
    for event in schedule.events("store"):
        pattern = schedule.channel("cortical")[
            np.flatnonzero(schedule.start_ms == event.start_ms)[0]
        ]
        counts = spikes.counts(event.start_ms + 200.0, event.stop_ms)
        taught += int(counts[pattern == 1].sum())
        other += int(counts[pattern == 0].sum())
    return taught, other


# --- which slot takes an item ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_item_goes_to_the_least_recently_used_slot_alone(seed: int) -> None:
    result = store(4 * N_SLOTS, seed)
    chosen = result.found.readout.plateaus
    np.testing.assert_array_equal(chosen.sum(axis=1), np.ones(4 * N_SLOTS))
    order = chosen.argmax(axis=1)
    for item, slot in enumerate(order):
        used = [list(order[:item][::-1]).index(other) if other in order[:item] else np.inf
                for other in range(N_SLOTS)]  # fmt: skip
        assert used[slot] == max(used)
    assert result.metrics["least_recent"] == 1.0


def test_every_cell_of_the_slot_takes_part_in_its_plateau() -> None:
    result = store(N_SLOTS)
    dendritic = result.recording.events["dendritic_spike"]
    for event in result.experiment.schedule.events("store"):
        counts = dendritic.counts(event.start_ms, event.stop_ms).reshape(N_SLOTS, -1)
        assert sorted(map(tuple, counts)) == [(0, 0, 0)] * (N_SLOTS - 1) + [(1, 1, 1)]


def test_plateaus_come_with_the_instruction_and_not_without_it() -> None:
    result = store(N_SLOTS)
    times = result.recording.events["dendritic_spike"].time_s * 1e3
    schedule = result.experiment.schedule
    epoch = np.searchsorted(schedule.start_ms, times, side="right") - 1
    assert (schedule.channel("instruction")[epoch] == 1).all()


def test_without_sst_inhibition_more_than_one_slot_plateaus() -> None:
    result = store(2 * N_SLOTS, sst__inhibition_nS=0.0)
    assert result.metrics["plateaus_per_item"] > 3
    assert result.metrics["one_plateau"] < 0.2


def test_sst_cells_fire_only_while_a_slot_holds_its_plateau() -> None:
    result = store(N_SLOTS)
    sst = result.recording.spikes["sst"].time_s
    starts = result.recording.events["dendritic_spike"].time_s
    since = np.array([(time - starts[starts <= time]).min(initial=np.inf) for time in sst])
    assert len(sst) > 2 * N_SLOTS
    assert since.max() < 0.25


def test_with_adaptation_and_priming_gone_slots_are_taken_in_no_order() -> None:
    changes = {"hippocampal__adaptation_jump_mV": 0.0, "hippocampal__priming_depth_mV": 0.0}
    result = store(4 * N_SLOTS, **changes)
    assert result.metrics["least_recent"] < 0.2
    assert result.metrics["plateaus_per_item"] > 1.5


def test_priming_keeps_the_order_under_noise_that_breaks_it_otherwise() -> None:
    def in_order(priming_mV: float) -> float:
        changes = {
            "hippocampal__dendrite_noise_mV": 3.0, "hippocampal__priming_depth_mV": priming_mV,
        }  # fmt: skip
        found = [store(4 * N_SLOTS, seed, **changes).metrics for seed in range(4)]
        return float(np.mean([metrics["least_recent"] for metrics in found]))

    assert in_order(8.0) > 0.97
    assert in_order(0.0) < 0.95


@pytest.mark.parametrize(("probability", "plateaus"), [(0.0, 0), (1.0, N_SLOTS)])
def test_random_selection_is_never_or_always_at_the_ends(probability: float, plateaus: int) -> None:
    result = store(N_SLOTS, selection="random", plateau_probability=probability)
    np.testing.assert_array_equal(
        result.found.readout.plateaus.sum(axis=1), np.full(N_SLOTS, plateaus)
    )


def test_random_selection_takes_each_slot_with_the_probability_given() -> None:
    chosen = store(60, selection="random", plateau_probability=0.3).found.readout.plateaus
    error = np.sqrt(0.3 * 0.7 / chosen.size)
    assert abs(chosen.mean() - 0.3) < 4 * error
    together = chosen.sum(axis=1)
    assert abs(together.var() - N_SLOTS * 0.3 * 0.7) < 1.0, "slots are drawn independently"


def test_random_selection_with_probability_zero_stores_nothing() -> None:
    recording = store(3, selection="random", plateau_probability=0.0).recording
    assert (recording.weights["keys"] == 0.5).all()
    assert (recording.weights["values"] == 0.0).all()


# --- what is written ------------------------------------------------------------------------------


def test_one_presentation_writes_keys_and_values_within_two_percent() -> None:
    metrics = store(3 * N_SLOTS).metrics
    assert metrics["key_error_max"] < 0.02
    assert metrics["value_error_max"] < 0.02


def test_all_cells_of_a_slot_hold_the_same_key() -> None:
    keys = store(N_SLOTS).recording.weights["keys"].reshape(N_SLOTS, 3, -1)
    assert np.abs(keys - keys.mean(axis=1, keepdims=True)).max() < 0.02


def test_slots_that_took_nothing_keep_their_weights() -> None:
    result = store(2)
    unused = np.repeat(~result.found.readout.plateaus.any(axis=0), 3)
    assert unused.sum() == N_CELLS - 6
    assert (result.recording.weights["keys"][unused] == 0.5).all()
    assert (result.recording.weights["values"][unused] == 0.0).all()


def test_without_acetylcholine_nothing_is_learned() -> None:
    result = store(3, hippocampal__acetylcholine_quantum=0.0)
    assert result.metrics["one_plateau"] == 1.0, "the plateaus are there"
    assert (result.recording.weights["keys"] == 0.5).all()
    assert (result.recording.weights["values"] == 0.0).all()


def test_recall_does_not_change_the_weights() -> None:
    stored, recalled = store(N_SLOTS), recall(N_SLOTS)
    np.testing.assert_array_equal(stored.found.items.keys, recalled.found.items.keys)
    before = Program(recalled.experiment.circuit).run(
        recalled.experiment.schedule.until(
            recalled.experiment.schedule.events("recall")[0].start_ms
        ),
        1, 0.5,
    )  # fmt: skip
    for name in ("keys", "values"):
        np.testing.assert_array_equal(before.weights[name], recalled.recording.weights[name])


def test_acetylcholine_keeps_stored_values_out_of_cortex_while_an_item_is_stored() -> None:
    taught, other = cortical_during_storage(store(2 * N_SLOTS))
    assert other < 0.02 * taught
    free = store(2 * N_SLOTS, hippocampal__value_suppression=0.0)
    taught, other = cortical_during_storage(free)
    assert other > 0.2 * taught
    assert free.metrics["value_error"] > 0.1, "old values mix into the new ones"


def test_acetylcholine_suppresses_the_keys_in_part() -> None:
    def rate_while_studying(suppression: float) -> float:
        result = store(N_SLOTS, hippocampal__key_suppression=suppression)
        spikes = result.recording.spikes["hippocampal"]
        windows = [event.start_ms for event in result.experiment.schedule.events("store")]
        return float(np.mean([spikes.counts(at + 200, at + 800).sum() for at in windows]))

    assert rate_while_studying(1.0) < 0.9 * rate_while_studying(0.6)
    assert rate_while_studying(0.6) < 0.9 * rate_while_studying(0.0)


# --- how slots compete ----------------------------------------------------------------------------


def test_a_full_cue_recalls_every_value() -> None:
    settings = {**SIZES, "protocol.n_items": N_SLOTS, "protocol.occlusion": 0.0}
    result = hippokv.run("cued-recall", 1, settings)
    assert result.metrics["accuracy_strict"] == 1.0
    assert result.metrics["attention_tv"] < 0.01


def test_pv_inhibition_is_what_holds_the_summed_rate() -> None:
    held, free = recall(N_SLOTS), recall(N_SLOTS, pv__inhibition_nS=0.0)
    assert 20.0 < population_rate(held) < 300.0
    assert population_rate(free) > 10 * population_rate(held)
    shares = free.found.readout.attention.max(axis=1)
    assert shares.max() < 0.3, "attention is spread over all slots"
    assert free.metrics["attention_tv"] < 0.1, "the rate model knows that nothing holds it"


def test_attention_sharpens_with_beta_as_the_theory_says() -> None:
    found, predicted = [], []
    for beta in (0.1, 0.25, 0.8):
        results = [recall(N_SLOTS, seed, beta=beta) for seed in range(3)]
        found.append(
            np.mean([result.found.readout.attention.max(axis=1).mean() for result in results])
        )
        predicted.append(
            np.mean([result.found.prediction.attention.max(axis=1).mean() for result in results])
        )
    assert found == sorted(found)
    assert found[-1] - found[0] > 0.2
    # Three cells a slot fire fast enough for their refractory time to flatten the softmax a little.
    np.testing.assert_allclose(found, predicted, atol=0.15)


def given_keys(
    program: Program, keys: NDArray[np.float64], cue: NDArray[np.float64], window_ms: float
) -> NDArray[np.int64]:
    """Count the spikes of each slot when its keys are given and a cue is shown."""
    epochs = (Epoch("recall", 200.0 + window_ms, 0, {"entorhinal": cue}),)
    weights = {"keys": np.repeat(keys, 3, axis=0), "values": np.zeros((N_CELLS, 32))}
    recording = program.run(Schedule(epochs, program.circuit.widths), 3, 0.5, weights)
    counts = recording.spikes["hippocampal"].counts(200.0, 200.0 + window_ms)
    return counts.reshape(N_SLOTS, 3).sum(axis=1)


def test_slots_with_equal_keys_share_the_attention(program: Program) -> None:
    pattern = np.tile([1.0, 0.0], 20)
    keys = np.tile(1 - pattern, (N_SLOTS, 1))
    keys[[1, 4]] = pattern
    counts = given_keys(program, keys, pattern, 5000.0)
    share = counts / counts.sum()
    assert share[[1, 4]].sum() > 0.98
    assert 0.2 < share[1] < 0.8


def test_the_summed_rate_hardly_depends_on_how_many_slots_match(program: Program) -> None:
    pattern = np.tile([1.0, 0.0], 20)
    one = np.tile(1 - pattern, (N_SLOTS, 1))
    one[3] = pattern
    rates = [
        given_keys(program, keys, pattern, 3000.0).sum() / 3.0
        for keys in (one, np.tile(pattern, (N_SLOTS, 1)))
    ]
    assert max(rates) < 4 * min(rates), "with six times the drive"


def test_entorhinal_cells_fire_at_the_rate_that_the_calibration_takes(program: Program) -> None:
    circuit = program.circuit
    cue = np.repeat([1.0, 0.0], 20)
    recording = program.run(
        Schedule((Epoch("recall", 4000.0, 0, {"entorhinal": cue}),), circuit.widths), 1, 0.1
    )
    counts = recording.spikes["entorhinal"].counts(0.0, 4000.0)
    rate = circuit.parameters.entorhinal.rate_Hz
    np.testing.assert_allclose(counts[:20].mean() / 4.0, rate, rtol=0.05)
    assert counts[20:].sum() == 0


# --- other sizes ----------------------------------------------------------------------------------


def test_a_slot_of_one_cell_stores_and_recalls() -> None:
    result = hippokv.run("cued-recall", 1, {
        "run.circuit": "slot_memory", "circuit.n_inputs": 8, "circuit.n_outputs": 6,
        "circuit.n_slots": 3, "circuit.cells_per_slot": 1, "protocol.n_items": 2,
        "protocol.occlusion": 0.0, "protocol.settling_ms": 50, "protocol.gap_ms": 200,
        "protocol.cue_ms": 300,
        "run.target": "numpy", "run.dt_ms": 1,
    })  # fmt: skip
    assert result.metrics["one_plateau"] == 1.0
    assert result.metrics["key_error_max"] < 0.02
    assert result.metrics["accuracy"] > 0.9


def test_sizes_and_shapes_follow_from_the_parameters() -> None:
    circuit = slot_memory(
        SlotMemoryParameters(n_inputs=5, n_outputs=7, n_slots=3, cells_per_slot=2)
    )
    assert circuit.sizes == {
        "entorhinal": 10, "hippocampal": 6, "pv": 40, "sst": 2, "cortical": 14, "cholinergic": 10,
    }  # fmt: skip
    assert circuit.weight_shapes() == {"keys": (10, 6), "values": (6, 14)}
    stimuli = {"entorhinal": 10, "cortical": 14, "acetylcholine": 1, "instruction": 1}
    assert circuit.widths.items() >= stimuli.items()
    for population, size in circuit.sizes.items():
        assert circuit.widths[f"silence_{population}"] == size


def test_unused_slots_start_in_a_strict_order_of_age() -> None:
    values = slot_memory(SlotMemoryParameters(n_slots=5, cells_per_slot=2)).values()
    adaptation = np.asarray(values["hippocampal.adaptation"]).reshape(5, 2)
    np.testing.assert_array_equal(adaptation[:, 0], adaptation[:, 1])
    assert (np.diff(adaptation[:, 0]) > 0).all()
