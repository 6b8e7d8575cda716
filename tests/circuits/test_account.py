"""The account of a circuit: complete, once, and of the very equations that are compiled."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hippokv.circuits.account import joined, quantity_text, units_in
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import circuit_of, described, digest_of
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.population import Projection
from hippokv.parameter import leaves
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule


def default(name: str) -> Circuit:
    known = find_circuit(name)
    return known.assemble(known.parameters())


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_setting_stands_once_with_unit_meaning_and_source(name: str) -> None:
    circuit = default(name)
    lines = circuit.describe().splitlines()
    known = {key: (value, field) for key, value, field in leaves(circuit.parameters, "circuit.")}
    assert [one.key for one in circuit.account.settings] == list(known)
    for one in circuit.account.settings:
        value, field = known[one.key]
        at = [number for number, line in enumerate(lines) if line.split()[:1] == [one.key]]
        assert len(at) == 1, one.key
        assert lines[at[0]].split()[1:3] == ["=", str(value).lower()]
        said = " ".join(" ".join(lines[at[0] + 1 : at[0] + 7]).split())
        assert said.startswith(f"{field.metadata['meaning']} {field.metadata['source']}")


def mathematics_in(entry: object) -> list[str]:
    """Return every text of the description of a part that is mathematics."""
    if isinstance(entry, dict):
        names = {"name", "method", "unit", "source", "target", "event", "side", "population"}
        return [
            text for key, one in entry.items() if key not in names for text in mathematics_in(one)
        ]
    if isinstance(entry, list):
        return [text for one in entry for text in mathematics_in(one)]
    return [entry] if isinstance(entry, str) else []


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_line_of_what_is_compiled_is_shown(name: str) -> None:
    """The text is the one whose digest is the key of the program."""
    circuit = default(name)
    shown = {line.strip() for line in circuit.describe().splitlines()}
    lines = 0
    for entry in json.loads(described(circuit)):
        for expression in entry.pop("drawn").values():
            assert f"= {expression} " in circuit.describe()
        for left_out in ("constants", "wired", "links", "pairs", "channels", "single"):
            entry.pop(left_out, None)
        for text in mathematics_in(entry):
            for line in filter(str.strip, text.splitlines()):
                assert line.strip() in shown, (entry["name"], line)
                lines += 1
    assert lines > 50


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_number_that_runs_is_shown_and_says_where_it_is_from(name: str) -> None:
    circuit = default(name)
    account = circuit.account
    parts = {part.name: part for part in (*account.populations, *account.projections)}
    assert list(parts) and set(parts) == {part.name for part in circuit.parts}
    for key in circuit.values():
        part, _, variable = key.partition(".")
        assert [one.name for one in parts[part].numbers].count(variable) == 1, key
    for part in parts.values():
        for one in part.numbers:
            assert one.origin not in ("", "follows from settings"), (part.name, one)


@pytest.mark.parametrize("name", CIRCUITS)
def test_cells_and_synapses_are_counted(name: str) -> None:
    circuit = default(name)
    sizes = {part.name: part.cells for part in circuit.account.populations}
    assert sizes.items() >= circuit.sizes.items()
    for part in circuit.account.projections:
        wired = circuit[part.name]
        every = sizes[wired.source] * sizes[wired.target]
        assert part.cells == (every if wired.pairs is None else len(wired.pairs[0]))
        assert f"{part.cells:,}" in circuit.describe()


def test_what_was_changed_is_said() -> None:
    circuit = default("slot_memory")
    assert "changed" not in circuit.describe()
    changed = (
        circuit.with_values({"pv.inhibition": 1e-10, "keys.learning_rate": 0.2})
        .with_rule("keys", replace(BTSPKeyRule(), learning_rate=0.5))
        .without("priming")
    )
    words = ("pv.inhibition = 1e-10", "keys.learning_rate = 0.2", "BTSPKeyRule", "without priming")
    assert len(changed.changes) == len(words)
    for word, change in zip(words, changed.changes, strict=True):
        assert word in change and f"changed: {change}" in changed.describe()
    (number,) = [
        one for part in changed.account.populations if part.name == "pv"
        for one in part.numbers if one.name == "inhibition"
    ]  # fmt: skip
    assert (number.value, number.origin) == ("100 pS", "given")


def test_what_a_projection_does_to_cells_is_for_readers_alone() -> None:
    circuit = default("slot_memory")
    other = circuit.with_projection(replace(circuit["release"], effect="inhibition"))
    assert digest_of(other) == digest_of(circuit)
    with pytest.raises(ValueError, match="effect must be one of excitation, inhibition"):
        circuit.with_projection(replace(circuit["release"], effect="magic"))


def test_a_circuit_that_is_read_back_has_no_settings_to_show() -> None:
    text = circuit_of(described(default("slot_memory"))).describe()
    assert "SETTINGS" not in text and "dv/dt" in text


def test_inhibitory_cells_inhibit() -> None:
    for name in CIRCUITS:
        for part in default(name).parts:
            if isinstance(part, Projection) and part.source in ("pv", "sst", "grid_interneurons"):
                assert part.effect == "inhibition", part.name


def test_equations_over_several_lines_are_one() -> None:
    text = "dx/dt = (a\n         + b)/tau : volt (unless refractory)  # why\n\nflag : 1\n"
    assert list(joined(text)) == [
        ("dx/dt = (a + b)/tau", "volt (unless refractory)"), ("flag", "1"),
    ]  # fmt: skip
    assert units_in(text) == {"x": "volt", "flag": "1"}


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1e-10, "farad", "100 pF"),
        (-0.07, "volt", "-70 mV"),
        (0.0, "amp", "0 A"),
        (1.0, "second", "1 s"),
        (5e-14, "siemens", "0.05 pS"),
        (0.3, "1", "0.3"),
        (105.5, "hertz", "105.5 Hz"),
        (0.02, "meter/second", "0.02 m/s"),
    ],
)
def test_numbers_have_the_prefix_that_suits_them(value: float, unit: str, shown: str) -> None:
    assert quantity_text(value, unit) == shown
