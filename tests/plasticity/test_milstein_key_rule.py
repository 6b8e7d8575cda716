"""The published key rule: where the traces of input and plateau overlap, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from brian_on_numpy import brian_on_numpy, shared_declarations
from numpy.typing import NDArray

from hippokv.parameter import si_values
from hippokv.plasticity.milstein_key_rule import MilsteinKeyRule
from hippokv.plasticity.stability import NEVER_S, STABLE, Stability

RATE_HZ, SHOWN_MS, PLATEAU_MS, AFTER_MS = 100.0, 1200, 180, 2500
#: When each input begins to fire for SHOWN_MS, against the end of the present item: the present
#: item, one that ended 1 s and one that ended 9 s before it began, the next one, and none at all.
STARTS_MS = {"present": 0, "recent": -2200, "past": -10200, "next": 1500, "silent": 99_000}
LEAD_MS = 10_400
#: Weights at the start of the cells behind, and whether they have a plateau.
CELLS = {"naive": (None, True), "written": (0.6, True), "without plateau": (0.6, False)}


def weights(rule: MilsteinKeyRule) -> dict[str, dict[str, float]]:
    """Return what a plateau in the last 250 ms of the present item makes of all weights."""
    from brian2 import Hz, Network, NeuronGroup, Synapses, TimedArray, ms

    starts = np.array(list(STARTS_MS.values())) + LEAD_MS
    step = 100
    times = np.arange(0, LEAD_MS + SHOWN_MS + AFTER_MS, step)[:, None]
    shown = ((times >= starts) & (times < starts + SHOWN_MS)).astype(float)
    plateau_ms = LEAD_MS + SHOWN_MS - 250
    with brian_on_numpy():
        inputs = NeuronGroup(
            len(STARTS_MS),
            "dphase/dt = shown(t, i)*reference_rate : 1\nreference_rate : hertz (shared)\n"
            + rule.presynaptic_equations
            + shared_declarations(rule, rule.presynaptic_constants),
            threshold="phase > 0.999",
            reset="phase = 0\n" + rule.on_presynaptic_spike,
            method="euler",
            namespace={"shown": TimedArray(shown, dt=step * ms)},
        )
        inputs.reference_rate = RATE_HZ * Hz
        name, condition, statements = rule.postsynaptic_event
        cells = NeuronGroup(
            len(CELLS),
            "in_plateau = able*int(t >= begins)*int(t < begins + plateau_length) : 1\n"
            "able : 1\nbegins : second (shared)\nplateau_length : second (shared)\nreleased : 1\n"
            + rule.postsynaptic_equations
            + shared_declarations(rule, rule.postsynaptic_constants),
            events={name: condition},
            method="exponential_euler",
        )
        cells.run_on_event(name, statements)
        cells.able = [float(able) for _, able in CELLS.values()]
        cells.begins, cells.plateau_length = plateau_ms * ms, PLATEAU_MS * ms
        keys = Synapses(
            inputs, cells,
            "weight : 1\nblocked : 1 (shared)\ninitial_weight : 1 (shared)\n"
            + STABLE + shared_declarations(Stability())
            + shared_declarations(rule, rule.synaptic_constants),
            on_post={"learning": rule.on_event},
            on_event={"learning": name},
        )  # fmt: skip
        keys.connect()
        first = [rule.initial_weight if one is None else one for one, _ in CELLS.values()]
        keys.weight_ = np.tile(first, len(STARTS_MS))
        keys.initial_weight_[:] = rule.initial_weight
        keys.stable_from_ = NEVER_S
        for owner, names in (
            (inputs, rule.presynaptic_constants), (cells, rule.postsynaptic_constants),
            (keys, rule.synaptic_constants),
        ):  # fmt: skip
            for constant, value in si_values(rule, names).items():
                getattr(owner, constant + "_")[:] = value
        for constant, value in si_values(Stability()).items():
            getattr(keys, constant + "_")[:] = value
        Network(inputs, cells, keys).run(len(times) * step * ms, namespace={})
        table: NDArray[np.float64] = np.array(keys.weight_[:]).reshape(len(STARTS_MS), len(CELLS))
    return {cell: dict(zip(STARTS_MS, table[:, k], strict=True)) for k, cell in enumerate(CELLS)}


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, float]]:
    """Return what the rule does with its published numbers."""
    return weights(MilsteinKeyRule())


def test_one_plateau_potentiates_the_present_item_up_to_the_stored_weight(
    published: dict[str, dict[str, float]],
) -> None:
    assert published["naive"]["present"] == pytest.approx(MilsteinKeyRule().stored_weight, abs=0.02)


@pytest.mark.parametrize("cell", ["naive", "written"])
def test_silent_inputs_keep_what_they_have(
    published: dict[str, dict[str, float]], cell: str
) -> None:
    before = MilsteinKeyRule().initial_weight if cell == "naive" else 0.6
    assert published[cell]["silent"] == before
    assert published[cell]["past"] == pytest.approx(before, abs=0.005)


def test_an_input_of_a_moment_ago_strengthens_weak_synapses_and_weakens_strong_ones(
    published: dict[str, dict[str, float]],
) -> None:
    assert published["naive"]["recent"] > MilsteinKeyRule().initial_weight + 0.01
    assert published["written"]["recent"] < 0.6 - 0.03


def test_the_trace_of_the_plateau_reaches_the_next_item(
    published: dict[str, dict[str, float]],
) -> None:
    assert published["written"]["next"] < 0.6 - 0.01


def test_no_cell_learns_without_a_plateau(published: dict[str, dict[str, float]]) -> None:
    assert set(published["without plateau"].values()) == {0.6}


def test_homeostasis_takes_silent_inputs_back_to_naive() -> None:
    found = weights(MilsteinKeyRule(homeostasis_rate_Hz=20.0))
    assert found["written"]["silent"] == pytest.approx(MilsteinKeyRule().initial_weight, abs=0.01)
    assert found["naive"]["silent"] == pytest.approx(MilsteinKeyRule().initial_weight, abs=1e-9)


def test_many_plateaus_go_no_further_than_the_two_rates_allow() -> None:
    fast = MilsteinKeyRule(potentiation_rate_Hz=111.0, depression_rate_Hz=42.5, interval_ms=1.0)
    # What the falling trace leaves is less: weak overlap depresses more than it potentiates.
    assert weights(fast)["naive"]["present"] < 1.11 / (1.11 + 0.425)
