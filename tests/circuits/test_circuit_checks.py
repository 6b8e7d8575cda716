"""Mistakes in a circuit of one's own: each is named before anything is compiled or run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.circuit_checks import undriven
from hippokv.circuits.manipulation.manipulations import Light, Silence, manipulated
from hippokv.circuits.population import CellEvent, Constant, Link, Population, Projection, Update
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.errors import BuildError
from hippokv.parameter import parameter
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.plasticity_rule import PlasticityRule

STOCK = slot_memory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))
BARE = Population("bare", 4, "dv/dt = -v/(10*ms) : volt", threshold="v > 5*mV", reset="v = 0*mV")


def rule(**of_class: Any) -> PlasticityRule:
    """Return a rule with one number and some class variables."""

    @dataclass(frozen=True)
    class Own(PlasticityRule):
        step: float = parameter(0.1, "any", chosen="any")

    found: PlasticityRule = type("Own", (Own,), of_class)()
    return found


def with_rule(**of_class: Any) -> Circuit:
    return STOCK.with_rule("keys", rule(**of_class))


def changed(name: str, **fields: Any) -> Circuit:
    part = replace(STOCK[name], **fields)
    return STOCK._with(part, name)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (
            lambda: with_rule(event="plateau", on_event="weight += 0"),
            "on keys: entorhinal has no event 'plateau'",
        ),
        (
            lambda: with_rule(
                event="felt", on_event="weight += 0", postsynaptic_event=("felt", "v > 0*mV", "")
            ),
            "entorhinal has no event 'felt'",
        ),
        (
            lambda: with_rule(postsynaptic_event=("dendritic_spike", "v > 0*mV", "")),
            "hippocampal has an event 'dendritic_spike' already",
        ),
        (lambda: with_rule(event="plateau_update", side="post"), "must have an event and what it"),
        (lambda: with_rule(side="presynaptic"), "side must be 'pre' or 'post'"),
        (
            lambda: with_rule(event="spike", on_event="weight += step"),
            "its statements use step: must be among its synaptic_constants",
        ),
        (
            lambda: with_rule(presynaptic_terms={"teaching": "v > 0*mV"}),
            r"entorhinal has no term \{teaching\}",
        ),
        (lambda: with_rule(synaptic_constants=("leap",)).complete, "Own has no number 'leap'"),
        (lambda: changed("keys", rows="post"), "rows must be 'source' or 'target'"),
        (lambda: changed("keys", single=("weight",)), "weights are kept in double precision"),
        (lambda: changed("keys", on_events={"spikes": "v_post += 1*mV"}), "has no event 'spikes'"),
        (
            lambda: changed("keys", pairs=(np.arange(8), np.arange(8))),
            "must be on a projection from every cell to every other",
        ),
        (
            lambda: changed("entorhinal", cells=60),
            "entorhinal has 60 cells that each read an entry",
        ),
        (
            lambda: STOCK.with_population(replace(BARE, channels={"entorhinal": 4})),
            "bare reads 4 entries of the channel 'entorhinal': another population reads 16",
        ),
        (
            lambda: STOCK.with_population(
                replace(BARE, updates=(Update("v += scheduled_bare(t, i)*mV"),))
            ),
            "each read an entry of the channel 'bare': it has 0",
        ),
        (
            lambda: STOCK.with_population(replace(STOCK["hippocampal"], name="ca1")),
            "hippocampal has a recorded event of that name",
        ),
        (
            lambda: STOCK.with_population(
                replace(BARE, threshold="", events=(CellEvent("up", "v > 1*mV", recorded=True),))
            ),
            "bare.up: only spiking cells are recorded",
        ),
        (
            lambda: STOCK.with_population(
                replace(BARE, equations="x : 1 (linked)", links={"x": Link("pv", "hazard")})
            ),
            "must say of which cell each cell reads it",
        ),
        (
            lambda: STOCK.with_population(
                replace(BARE, constants=(Constant("tau", 0.01, "second"),), initial={"tau": 0.1})
            ),
            "bare.tau: must have one value, of one kind",
        ),
        (
            lambda: STOCK.with_population(
                replace(
                    BARE,
                    constants=(Constant("rest", 0.01, "volt"),),
                    drawn={"v": "rest + randn()*mV"},
                )
            ),
            "bare.v is drawn from rest, which has no value by then",
        ),
        (
            lambda: STOCK.with_values({"keys.weight": np.zeros((8, 16))}),
            r"keys.weight has the shape \(8, 16\): must be one number, or one for each",
        ),
        (
            lambda: STOCK.with_values({"entorhinal.v": np.zeros(3)}),
            r"entorhinal.v has the shape \(3,\)",
        ),
        (lambda: changed("hippocampal", alike=3), "8 cells cannot be 3 alike"),
        (
            lambda: STOCK.with_population(
                replace(BARE, equations="dx/dt = -x/(10*ms) : 1", threshold="x > 1", reset="x = 0")
            ),
            "bare: must have an equation of v, by which a schedule silences its cells",
        ),
        (
            lambda: (
                STOCK.with_projection(
                    Projection("more", "entorhinal", "hippocampal", {}, rule=BTSPKeyRule())
                ).complete
            ),
            "entorhinal.eligibility_tau: two rules, or a rule and the cells, bring it",
        ),
        (
            lambda: Circuit("order", (Projection("wires", "bare", "bare", {}), BARE)),
            "no population before it",
        ),
    ],
)
def test_a_mistake_is_named(mistake: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mistake()


def test_what_a_circuit_was_made_from_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="read-only"):
        STOCK.values()["hippocampal.adaptation"][:] = 0.0  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        STOCK["priming"].pairs[0][:] = 0
    with pytest.raises(ValueError, match="read-only"):
        STOCK["cholinergic"].wired["rank"][:] = 0


def test_cells_without_a_capacitance_can_be_silenced_and_not_lit() -> None:
    circuit = STOCK.with_population(BARE)
    assert "silence_bare" in circuit.widths
    assert not [channel for channel in circuit.widths if channel.endswith("chr2_bare")]
    schedule = Schedule((Epoch("rest", 100.0),), circuit.widths)
    manipulated(schedule, Silence("bare"))
    with pytest.raises(ValueError, match="light_chr2_bare"):
        manipulated(schedule, Light("bare", "chr2", 1.0, 0.0, 50.0))
    assert STOCK["pv"].takes_light


# --- what the simulator says ----------------------------------------------------------------------

SENT = Projection("sent", "bare", "bare", {"spike": "weight_of = 1"}, "weight_of : 1\n")
WRONG: list[tuple[tuple[Any, ...], str]] = [
    ((replace(BARE, equations="dv/dt = -v : volt"),), "bare: Expression '-v' does not have the ex"),
    ((replace(BARE, reset="v = sun"),), 'The identifier "sun" could not be resolved'),
    ((BARE, replace(SENT, on_events={"spike": "weight_of += v_pre"})), "inconsistent units"),
    ((replace(BARE, equations="dv/dt = = v : volt"),), "the circuit wrong"),
]


@pytest.mark.parametrize(("parts", "words"), WRONG)
def test_mathematics_that_does_not_fit_is_one_line(parts: tuple[Any, ...], words: str) -> None:
    circuit = Circuit("wrong", parts)
    schedule = Schedule((Epoch("rest", 5.0),), circuit.widths)
    with pytest.raises(BuildError) as raised:
        Program(circuit, "numpy").run(schedule, seed=0, dt_ms=1.0)
    told = str(raised.value)
    assert told.startswith("the circuit wrong")
    assert words in told
    assert "\n" not in told


def test_a_population_that_nothing_reaches_is_named() -> None:
    assert undriven(STOCK.parts) == ()
    assert undriven(STOCK.with_population(BARE).parts) == ("bare",)
    with pytest.raises(ValueError, match="must have a name of its own, in letters"):
        STOCK.with_population(replace(BARE, name="two words"))
