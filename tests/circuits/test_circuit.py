"""The circuit as a value: what follows from its parts, and circuits that differ in one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import circuit_of, described, digest_of
from hippokv.circuits.hippocampal_memory import hippocampal_memory
from hippokv.circuits.hippocampal_memory_parameters import HippocampalMemoryParameters
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.population import Constant, Population, Projection
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.parameter import parameter, with_values
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.plasticity_rule import PlasticityRule

SIZES: dict[str, Any] = {"n_inputs": 8, "n_outputs": 8, "n_slots": 4, "cells_per_slot": 2}
ALL_SLOTS = slot_memory(SlotMemoryParameters(**SIZES, selection="random", plateau_probability=1.0))
PATTERN = np.array([1, -1, 1, 1, -1, -1, 1, -1])


@dataclass(frozen=True)
class NeverLearns(BTSPKeyRule):
    """Keep what a key rule brings, and change no weight."""

    on_event = "weight += 0*learning_rate"


@dataclass(frozen=True)
class FixedStep(PlasticityRule):
    """Add the same to every key in each update of a plateau."""

    step: float = parameter(0.01, "what an update adds to a weight", chosen="any")

    event = "plateau_update"
    side = "post"
    synaptic_constants = ("step",)
    on_event = "weight = clip(weight + step*(1 - blocked), 0, 1)"


def stored(circuit: Circuit) -> Recording:
    """Store one item, which every slot takes."""
    shown = {"entorhinal": on_off(PATTERN), "cortical": on_off(-PATTERN), "acetylcholine": 1.0}
    epochs = (
        Epoch("rest", 20.0),
        Epoch("store", 700.0, 0, shown),
        Epoch("store", 250.0, 0, {**shown, "instruction": 1.0}),
        Epoch("rest", 100.0),
    )
    return Program(circuit, "numpy").run(Schedule(epochs, circuit.widths), 1, 1.0)


@pytest.fixture(scope="module")
def stock() -> Recording:
    """Return what the shipped circuit does."""
    return stored(ALL_SLOTS)


# --- what follows from the parts ------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CIRCUITS))
def test_every_shipped_circuit_follows_from_its_parts(name: str) -> None:
    known = find_circuit(name)
    circuit = known.assemble(known.parameters())
    assert circuit.name == name
    assert set(circuit.manipulable) <= set(circuit.populations) == set(circuit.sizes)
    assert set(circuit.projections) == set(circuit.weight_shapes()) == set(circuit.rules)
    variables = circuit.values()
    assert {f"{name}.weight" for name in circuit.projections} <= set(variables)
    assert all(circuit[name].cells == size for name, size in circuit.sizes.items())
    assert str(circuit).count("\n") == len(circuit.parts)


@pytest.mark.parametrize("name", sorted(CIRCUITS))
def test_every_constant_of_a_shipped_cell_says_where_it_comes_from(name: str) -> None:
    known = find_circuit(name)
    circuit = known.assemble(known.parameters())
    for part in circuit.parts:
        own = [one for one in part.constants if one.setting]
        assert all(one.source for one in own), part.name


def test_parts_need_names_of_their_own_and_ends_that_exist() -> None:
    cells = Population("few", 3, "dv/dt = -v/(10*ms) : 1")
    with pytest.raises(ValueError, match="a part 'few': must have a name of its own"):
        Circuit("twice", (cells, cells))
    with pytest.raises(ValueError, match="a part 'a b': must have a name of its own"):
        Circuit("odd", (replace(cells, name="a b"),))
    with pytest.raises(ValueError, match="wires leads from or to 'others': no population"):
        Circuit("open", (cells, Projection("wires", "few", "others", {"spike": "v_post += 1"})))


def test_a_term_that_nobody_fills_is_named() -> None:
    cells = Population("few", 3, "dv/dt = {current}/(10*ms) : 1")
    with pytest.raises(ValueError, match="equations of few: no term 'current' is given"):
        _ = Circuit("unfilled", (cells,)).complete


def test_two_rules_cannot_fill_a_term_in_two_ways() -> None:
    @dataclass(frozen=True)
    class OtherTeaching(PlasticityRule):
        presynaptic_terms = {"teaching": "acetylcholine > 0.5"}  # noqa: RUF012

    more = Projection("more", "hippocampal", "cortical", {}, "weight : 1", rule=OtherTeaching())
    with pytest.raises(ValueError, match=r"two rules fill \{teaching\}"):
        _ = ALL_SLOTS.with_projection(more).complete


# --- circuits that differ -------------------------------------------------------------------------


def test_a_rule_that_learns_nothing_learns_nothing_and_leaves_the_stock_circuit_alone(
    stock: Recording,
) -> None:
    silent = stored(ALL_SLOTS.with_rule("keys", NeverLearns()))
    assert (silent.weights["keys"] == 0.5).all()
    assert silent.weights["values"].max() > 0.9, "the other projection still learns"
    assert stock.weights["keys"].max() > 0.9
    again = stored(ALL_SLOTS)
    for name, weight in stock.weights.items():
        np.testing.assert_array_equal(weight, again.weights[name])


def test_a_rule_of_ones_own_runs_with_its_own_numbers() -> None:
    for step in (0.01, 0.02):
        updates = stored(ALL_SLOTS.with_rule("keys", FixedStep(step))).weights["keys"] / step
        np.testing.assert_allclose(updates, updates[0, 0])
        assert 15 <= updates[0, 0] <= 18


def test_the_base_rule_is_a_projection_that_is_recorded_and_never_learns() -> None:
    found = stored(ALL_SLOTS.with_rule("keys", PlasticityRule()))
    assert (found.weights["keys"] == 0.0).all()


def test_a_rule_goes_on_a_projection_that_learns() -> None:
    with pytest.raises(ValueError, match="a rule on pv_excitation: must be on one of keys, values"):
        ALL_SLOTS.with_rule("pv_excitation", NeverLearns())
    with pytest.raises(KeyError, match="slot_memory has entorhinal"):
        ALL_SLOTS.with_rule("kees", NeverLearns())


def test_one_more_population_is_simulated_recorded_and_inhibits() -> None:
    chandelier = Population(
        "chandelier", 5, "dv/dt = -v/tau : volt",
        threshold="v > threshold", reset="v = 0*volt",
        constants=(
            Constant("tau", 10e-3, "second", "chosen: any"),
            Constant("threshold", 5e-3, "volt", "chosen: any"),
            Constant("inhibition", 20e-9, "siemens", "chosen: any"),
        ),
    )  # fmt: skip
    more = (
        ALL_SLOTS.with_population(chandelier)
        .with_projection(
            Projection("to_chandelier", "hippocampal", "chandelier", {"spike": "v_post += 2*mV"})
        )
        .with_projection(
            Projection("chandelier_inhibition", "chandelier", "hippocampal",
                       {"spike": "pv_post += inhibition_pre"})
        )
    )  # fmt: skip
    assert more.widths["silence_chandelier"] == 5
    with_it = stored(more)
    without = stored(more.with_values({"chandelier.inhibition": 0.0}))
    assert len(with_it.spikes["chandelier"].step) > 10
    before, after = (len(found.spikes["hippocampal"].step) for found in (without, with_it))
    assert after < 0.8 * before


def test_without_a_population_its_projections_are_gone() -> None:
    left = ALL_SLOTS.without("sst")
    assert {"sst", "sst_excitation", "sst_inhibition"}.isdisjoint(part.name for part in left.parts)
    assert "sst" not in stored(left).spikes
    with pytest.raises(KeyError, match="sts: slot_memory has"):
        ALL_SLOTS.without("sts")


def test_a_population_that_others_read_cannot_go_alone() -> None:
    with pytest.raises(ValueError, match=r"entorhinal.partner is of 'cortical': no population"):
        ALL_SLOTS.without("cortical")


def test_other_numbers_are_those_of_one_part() -> None:
    changed = ALL_SLOTS.with_values({"pv.inhibition": 0.0, "keys.weight": 0.25})
    before, after = ALL_SLOTS.values(), changed.values()
    differ = {name for name in before if np.any(before[name] != after[name])}
    assert differ == {"pv.inhibition", "keys.weight"}
    with pytest.raises(KeyError, match=r"pv.inhibitoin: slot_memory has no such number"):
        ALL_SLOTS.with_values({"pv.inhibitoin": 0.0})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("keys.learning_rate", 0.05),
        ("entorhinal.eligibility_tau", 0.3),
        ("hippocampal.update_interval", 0.02),
        ("values.weight", 0.25),
        ("values.trace_slope", 0.1),
    ],
)
def test_numbers_of_rules_can_be_others_too(key: str, value: float) -> None:
    changed = ALL_SLOTS.with_values({key: value})
    before, after = ALL_SLOTS.values(), changed.values()
    assert {name for name in before if np.any(before[name] != after[name])} == {key}
    assert after[key] == pytest.approx(value)
    assert digest_of(changed) == digest_of(ALL_SLOTS)


def test_weights_start_from_the_number_of_the_new_rule() -> None:
    changed = ALL_SLOTS.with_rule(
        "keys", BTSPKeyRule(initial_weight=0.3, interval_ms=20.0)
    ).values()
    assert changed["keys.weight"] == changed["keys.initial_weight"] == 0.3
    assert changed["hippocampal.update_interval"] == 0.02
    assert ALL_SLOTS.with_rule("keys", PlasticityRule()).values()["keys.weight"] == 0.0


# --- the description, by which a program is known -------------------------------------------------


@pytest.mark.parametrize("name", sorted(CIRCUITS))
def test_a_description_is_read_back_whole(name: str) -> None:
    known = find_circuit(name)
    circuit = known.assemble(known.parameters())
    read = circuit_of(described(circuit))
    assert described(read) == described(circuit)
    assert digest_of(read) == digest_of(circuit)
    assert read.widths == circuit.widths
    assert read.weight_shapes() == circuit.weight_shapes()
    assert list(read.events.items()) == list(circuit.events.items())


@pytest.mark.parametrize(
    "change",
    [
        lambda circuit: replace(circuit, name="other"),
        lambda circuit: circuit.with_values({"pv.inhibition": 0.0}),
        lambda circuit: circuit.with_rule("keys", BTSPKeyRule(learning_rate=0.1)),
        lambda circuit: circuit.with_rule("keys", type("MyRule", (BTSPKeyRule,), {})()),
        lambda circuit: slot_memory(with_values(circuit.parameters, {"beta": 0.1})),
    ],
    ids=["name", "number", "number of a rule", "class with the same mathematics", "parameter"],
)
def test_the_same_mathematics_is_the_same_program(change: Callable[[Circuit], Circuit]) -> None:
    assert digest_of(change(ALL_SLOTS)) == digest_of(ALL_SLOTS)


def with_equations(circuit: Circuit, name: str, more: str) -> Circuit:
    group = circuit[name]
    return circuit.with_population(replace(group, equations=group.equations + more))


@pytest.mark.parametrize(
    "change",
    [
        lambda circuit: circuit.with_rule("keys", NeverLearns()),
        lambda circuit: with_equations(circuit, "pv", "\nx : 1"),
        lambda circuit: circuit.with_population(replace(circuit["pv"], cells=41)),
        lambda circuit: circuit.with_population(replace(circuit["pv"], threshold="v > 1*mV")),
        lambda circuit: circuit.with_population(replace(circuit["pv"], channels={"pv": 1})),
        lambda circuit: circuit.with_population(
            replace(circuit["cholinergic"], wired={"rank": np.zeros(10)})
        ),
        lambda circuit: circuit.with_projection(
            replace(circuit["priming"], pairs=(np.arange(8), np.arange(8)))
        ),
        lambda circuit: circuit.with_projection(replace(circuit["keys"], single=())),
        lambda circuit: circuit.without("priming"),
    ],
    ids=["rule", "equation", "size", "threshold", "channel", "anatomy", "pairs", "type", "part"],
)
def test_other_mathematics_is_another_program(change: Callable[[Circuit], Circuit]) -> None:
    assert digest_of(change(ALL_SLOTS)) != digest_of(ALL_SLOTS)


def test_one_changed_letter_of_a_rule_is_another_program() -> None:
    rule = BTSPKeyRule.on_event.replace("target - weight", "target + weight")
    other = type("BTSPKeyRule", (BTSPKeyRule,), {"on_event": rule})()
    assert digest_of(ALL_SLOTS.with_rule("keys", other)) != digest_of(ALL_SLOTS)


def test_a_rule_on_the_whole_circuit() -> None:
    small = {"n_inputs": 8, "n_outputs": 8, "n_slots": 6, "cells_per_slot": 2, "periods": "2,3"}
    whole = hippocampal_memory(with_values(HippocampalMemoryParameters(), small))
    silent = whole.with_rule("keys", NeverLearns())
    assert digest_of(silent) != digest_of(whole)
    assert (stored(silent).weights["keys"] == 0.5).all()
    assert stored(whole).weights["keys"].max() > 0.9
