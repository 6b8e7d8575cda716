"""The value rule: what spikes in a plateau write into the value synapses, and what they need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from brian_on_numpy import brian_on_numpy, shared_declarations
from numpy.typing import NDArray

from hippokv.parameter import si_values
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.stability import NEVER_S, STABLE, Stability

RATE_HZ = 100.0
FIRST = np.array([1, 1, 0, 0])
SECOND = np.array([1, 0, 1, 0])
ITEM_MS = 600
#: Spikes of each cell in the last part of the first and of the second item, plateau, acetylcholine.
CELLS: dict[str, tuple[int, int, bool, float]] = {
    "first item": (10, 0, True, 1.0),
    "both items": (10, 10, True, 1.0),
    "one spike": (0, 1, True, 1.0),
    "three spikes": (0, 3, True, 1.0),
    "half the acetylcholine": (0, 3, True, 0.5),
    "without spikes": (0, 0, True, 1.0),
    "without plateau": (10, 10, False, 1.0),
    "without acetylcholine": (10, 10, True, 0.0),
}


@dataclass
class Outcome:
    """Hold what the synapses were like at the end."""

    weight: dict[str, NDArray[np.float64]]
    trace: NDArray[np.float64]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Let cortical cells fire two patterns in turn while hippocampal cells fire as told."""
    from brian2 import Hz, Network, NeuronGroup, Synapses, TimedArray, ms

    rule = HebbianValueRule()
    with brian_on_numpy():
        fires = np.zeros((2 * ITEM_MS, len(CELLS)))
        for column, (first, second, _, _) in enumerate(CELLS.values()):
            fires[ITEM_MS - 10 * first : ITEM_MS : 10, column] = 1
            fires[2 * ITEM_MS - 10 * second : 2 * ITEM_MS : 10, column] = 1
        cells = NeuronGroup(
            len(CELLS),
            "acetylcholine : 1\nreleased : 1\nplateau_until : second",
            threshold="fires(t, i) > 0",
            events={"teaching_spike": f"fires(t, i) > 0 and {rule.presynaptic_terms['teaching']}"},
            namespace={"fires": TimedArray(fires, dt=1 * ms)},
        )
        cells.plateau_until_ = [1e3 * plateau for _, _, plateau, _ in CELLS.values()]
        cells.acetylcholine = [level for _, _, _, level in CELLS.values()]
        cortical = NeuronGroup(
            len(FIRST),
            "dphase/dt = taught(t, i)*reference_rate : 1\nreference_rate : hertz (shared)\n"
            + rule.postsynaptic_equations
            + shared_declarations(rule, rule.postsynaptic_constants),
            threshold="phase > 0.999",
            reset="phase = 0\n" + rule.on_postsynaptic_spike,
            method="euler",
            namespace={"taught": TimedArray(np.array([FIRST, SECOND]), dt=ITEM_MS * ms)},
        )
        cortical.reference_rate = RATE_HZ * Hz
        values = Synapses(
            cells,
            cortical,
            "weight : 1\nblocked : 1 (shared)\n"
            + STABLE
            + shared_declarations(Stability())
            + shared_declarations(rule, rule.synaptic_constants),
            on_pre=rule.on_event,
            on_event="teaching_spike",
        )
        values.connect()
        values.weight_ = rule.initial_weight
        values.stable_from_ = NEVER_S
        for owner, names in (
            (cortical, rule.postsynaptic_constants),
            (values, rule.synaptic_constants),
        ):
            for name, value in si_values(rule, names).items():
                getattr(owner, name + "_")[:] = value
        for name, value in si_values(Stability()).items():
            getattr(values, name + "_")[:] = value
        Network(cells, cortical, values).run(2 * ITEM_MS * ms, namespace={})
        table = np.asarray(values.weight_[:]).reshape(len(CELLS), len(FIRST))
        return Outcome(
            weight=dict(zip(CELLS, table, strict=True)),
            trace=np.asarray(cortical.trace_[:]).copy(),
        )


def test_the_spikes_of_a_plateau_write_the_pattern_that_cortex_fires(outcome: Outcome) -> None:
    np.testing.assert_allclose(outcome.weight["first item"], FIRST, atol=0.02)


def test_a_later_item_overwrites_the_one_before(outcome: Outcome) -> None:
    np.testing.assert_allclose(outcome.weight["both items"], SECOND, atol=0.02)


@pytest.mark.parametrize("cell", ["without spikes", "without plateau", "without acetylcholine"])
def test_without_any_one_factor_nothing_changes(outcome: Outcome, cell: str) -> None:
    np.testing.assert_array_equal(outcome.weight[cell], np.zeros(len(FIRST)))


@pytest.mark.parametrize("cell", ["one spike", "three spikes", "half the acetylcholine"])
def test_each_spike_takes_the_same_part_of_the_way(outcome: Outcome, cell: str) -> None:
    _, spikes, _, acetylcholine = CELLS[cell]
    left = (1 - HebbianValueRule().learning_rate * acetylcholine) ** spikes
    np.testing.assert_allclose(outcome.weight[cell], SECOND * (1 - left), atol=0.005)


def test_firing_at_the_reference_rate_brings_the_trace_to_one(outcome: Outcome) -> None:
    np.testing.assert_allclose(outcome.trace[SECOND == 1], 1.0, atol=0.06)
    assert outcome.trace[SECOND == 0].max() < 0.02
