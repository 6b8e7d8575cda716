"""Settings: how they are completed, written down and read back."""

from __future__ import annotations

import dataclasses
import math
import time
from contextlib import suppress
from dataclasses import Field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_drive

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import digest_of, digest_of_run
from hippokv.circuits.feedforward_memory import feedforward_memory
from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
from hippokv.circuits.presets import find_preset
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import bounds, leaves, with_values
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.configuration import (
    MOST_CONFIG_BYTES,
    MOST_DOTS,
    config_text,
    default_settings,
    read_config,
    resolve,
)
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol
from hippokv.protocols.running.settings import Settings

RECALL = find_protocol("cued-recall")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_setting_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    settings = default_settings(find_protocol(name))
    for key, value, field in leaves(settings):
        assert field.metadata["meaning"], key
        assert field.metadata["source"], key
        assert with_values(settings, {key: value}) == settings


def test_defaults_resolve() -> None:
    settings, stimuli = resolve(RECALL, {})
    assert settings == default_settings(RECALL)
    assert stimuli.keys.shape == (40, 40)


def test_digits_set_the_width_of_the_circuit() -> None:
    settings, stimuli = resolve(RECALL, {"protocol.stimuli": "digits"})
    assert (settings.circuit.n_inputs, settings.circuit.n_outputs) == (64, 64)
    assert (settings.protocol.n_items, stimuli.keys.shape) == (40, (40, 64))


def test_digits_may_have_values_of_another_width() -> None:
    given = {"protocol.stimuli": "digits", "protocol.own_values": True, "circuit.n_outputs": 10}
    settings, stimuli = resolve(RECALL, given)
    assert (settings.circuit.n_inputs, settings.circuit.n_outputs) == (64, 10)
    assert stimuli.values.shape == (40, 10)


def test_a_file_sets_width_and_number_of_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("signs.npy", np.random.default_rng(0).choice([-1, 1], (7, 10)))
    settings, _ = resolve(RECALL, {"protocol.stimuli": "file:signs.npy"})
    assert (settings.circuit.n_inputs, settings.protocol.n_items) == (10, 7)
    assert settings.protocol.stimuli == f"file:{tmp_path}/signs.npy"
    settings, _ = resolve(RECALL, {"protocol.stimuli": "file:signs.npy", "protocol.n_items": 3})
    assert settings.protocol.n_items == 3


AWKWARD: list[dict[str, Any]] = [
    {},
    {"circuit.beta": 0.1 + 0.2, "circuit.hippocampal.leak_nS": 1e-1, "run.seed": 2**32 - 1},
    {"circuit.selection": "random", "protocol.own_values": True, "run.target": "cython"},
    {"run.circuit": "slot_memory"},
    {"circuit.preset": "none"},
    {"circuit.heterogeneity.threshold_spread_mV": 0.5, "protocol.idle_ms": 0.0},
]


@pytest.mark.parametrize("given", AWKWARD)
def test_a_config_says_the_same_settings_again(given: dict[str, Any], tmp_path: Path) -> None:
    settings, _ = resolve(RECALL, given)
    path = tmp_path / "config.toml"
    path.write_text(config_text(RECALL, settings), encoding="utf-8")
    read = read_config(path, RECALL)
    assert read == {key: value for key, value, _ in leaves(settings)}
    assert resolve(RECALL, read)[0] == settings


@pytest.mark.parametrize("name", ['a"b\\c', "tab\tline\nend\x7f\x00", "ünï\U0001f600", "$HOME"])
def test_a_config_keeps_any_text(name: str, tmp_path: Path) -> None:
    settings = default_settings(RECALL)
    odd = dataclasses.replace(settings.protocol, stimuli=f"file:/{name}.npy")
    settings = dataclasses.replace(settings, protocol=odd)
    path = tmp_path / "config.toml"
    path.write_text(config_text(RECALL, settings), encoding="utf-8")
    assert read_config(path, RECALL)["protocol.stimuli"] == odd.stimuli


#: Settings as NumPy gives them, and the same of Python's own.
SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"run.seed": np.int64(7)}, {"run.seed": 7}),
    ({"protocol.occlusion": np.float32(0.1)}, {"protocol.occlusion": 0.10000000149011612}),
    ({"protocol.occlusion": np.linspace(0, 1, 11)[3]}, {"protocol.occlusion": 0.1 * 3}),
    ({"circuit.n_slots": np.array(9, np.int16)}, {"circuit.n_slots": 9}),
    ({"circuit.beta": np.int64(1)}, {"circuit.beta": 1}),
    ({"protocol.own_values": np.bool_(True)}, {"protocol.own_values": True}),
    ({"circuit.selection": np.str_("random")}, {"circuit.selection": "random"}),
    ({"run.circuit": np.str_("slot_memory")}, {"run.circuit": "slot_memory"}),
    ({"run.circuit": np.array("slot_memory")}, {"run.circuit": "slot_memory"}),
]


@pytest.mark.parametrize(("given", "own"), SAME)
def test_numbers_of_numpy_leave_the_same_config(given: dict[str, Any], own: dict[str, Any]) -> None:
    found, expected = (resolve(RECALL, one)[0] for one in (given, own))
    assert config_text(RECALL, found) == config_text(RECALL, expected)
    types = [[type(value) for _, value, _ in leaves(one)] for one in (found, expected)]
    assert types[0] == types[1]


@pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_config_of_any_editor_is_read(begin: bytes, end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_bytes(begin + end.join([b"[circuit]", b"n_slots = 8", b""]))
    assert read_config(path, RECALL) == {"circuit.n_slots": 8}


def test_a_config_is_found_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "few.toml").write_text("[circuit]\nn_slots = 8\n")
    assert read_config("~/few.toml", RECALL) == {"circuit.n_slots": 8}
    with pytest.raises(InputError, match="no home is known for ~nosuchuser"):
        read_config("~nosuchuser/few.toml", RECALL)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_bounds_of_a_config_are_far_from_what_settings_need(name: str) -> None:
    protocol = find_protocol(name)
    settings = default_settings(protocol)
    assert len(config_text(protocol, settings)) * 50 < MOST_CONFIG_BYTES
    assert max(key.count(".") for key, _, _ in leaves(settings)) * 2 <= MOST_DOTS


DOTS = "a." * 200_000
MANY_DOTS = "a key has more than 8 dots"
#: Texts that a parser needs long for, or cannot take -> what is said of them.
BOMBS: list[tuple[str | bytes, str]] = [
    (DOTS + "b = 1", MANY_DOTS),
    ("[" + DOTS + "b]", MANY_DOTS),
    ("[[" + DOTS + "b]]", MANY_DOTS),
    ("a . " * 200_000 + "b = 1", MANY_DOTS),
    ('"a".' * 200_000 + "b = 1", MANY_DOTS),
    ("x = {" + DOTS + "b = 1}", MANY_DOTS),
    ("x = [{" + DOTS + "b = 1}]", MANY_DOTS),
    # quotes that are none, behind which a key could hide
    ("x = ['''a'b''', {" + DOTS + "b = 1}]", MANY_DOTS),
    ('x = ["""a"b""", {' + DOTS + "b = 1}]", MANY_DOTS),
    ('x = "\\"" # "\n' + DOTS + "b = 1", MANY_DOTS),
    ("x = " + '\\"""' * 200_000 + "\\", "can be read"),
    ("x = " + "'" * 900_001, "can be read"),
    ("x = " + '"' * 900_001, "can be read"),
    ("x = " + "[" * 900_000, "can be read"),
    ("x = " + "{a=" * 300_000, "can be read"),
    ("x = " + "[" * 150 + "]" * 150, "x = [[["),
    ("x = " + "1" * 900_000, "can be read"),
    ("x = 0x" + "1" * 900_000, "x = <int that cannot be shown>: must be a known key"),
    ("x = '" + "1" * 900_000 + "'", "x = '111"),
    ("k" * 900_000 + " = 1", "kkk..."),
    ("x = [" + "1.5," * 200_000 + "]", "x = [1.5, 1.5"),
    ("".join(f"k{number} = 1\n" for number in range(70_000)), "k0 = 1: must be a known key"),
    ("".join(f"[t{number}]\n" for number in range(70_000)), "[t0] = {}: must be one of"),
    ("".join(f"x{number}.b.c.d.e.f.g.h = 1\n" for number in range(35_000)), "[x0] = {'b'"),
    ("# " + "." * 900_000, ""),
    # what stands twice
    ("x = 1\nx = 2", "can be read"),
    ("[run]\nseed = 1\nseed = 2", "can be read"),
    ("[run]\n[run]", "can be read"),
    ("run.seed = 1\n[run]\nseed = 2", "can be read"),
    # other encodings
    ("x = '\ud800'".encode("utf-8", "surrogatepass"), "it is not text in UTF-8"),
    ("x = 1\n".encode("utf-16"), "it is not text in UTF-8"),
    (b"x = '\0'", "can be read"),
    (b"#" * (MOST_CONFIG_BYTES + 1), "must be a TOML file of at most 1 MB"),
]


@pytest.mark.parametrize("number", range(len(BOMBS)))
def test_no_config_keeps_the_program_busy(number: int, tmp_path: Path) -> None:
    text, words = BOMBS[number]
    path = tmp_path / "bomb.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    began = time.process_time()
    told = ""
    try:
        with_values(default_settings(RECALL), read_config(path, RECALL))
    except InputError as error:
        told = str(error)
    # Without the bounds some take minutes, others hours.
    assert time.process_time() - began < 10
    assert words in told and bool(words) == bool(told)
    assert "\n" not in told and len(told) < 700


@pytest.mark.parametrize(
    "text",
    [
        "protocol.stimuli = 'file:/a.b.c.d.e.f.g.h.i.j.k/l.npy'",
        'protocol.stimuli = "file:/a.b\\".c.d.e.f.g.h.i.j.k/l.npy"',
        'protocol.stimuli = """file:/a.b".c.d.e.f.g.h.i.j\\""".k/l.npy"""',
        "protocol.stimuli = '''file:/a.b'.c.d.e.f.g.h.i.j.k/l.npy'''",
        "run.dt_ms = 0.1 # a.b.c.d.e.f.g.h.i.j.k.l",
        '"protocol"."stimuli" = "random" # "',
    ],
)
def test_dots_in_texts_and_comments_are_no_keys(text: str, tmp_path: Path) -> None:
    path = tmp_path / "dots.toml"
    path.write_text(text)
    (key,) = read_config(path, RECALL)
    assert key in ("protocol.stimuli", "run.dt_ms")


def test_a_config_that_grows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "few.toml"
    path.write_text("[circuit]\nn_slots = 8\n")
    open_it = Path.open

    def grown(self: Path, *given: Any, **named: Any) -> Any:
        with open_it(self, "a", encoding="utf-8") as stream:
            stream.write("#" * MOST_CONFIG_BYTES)
        return open_it(self, *given, **named)

    monkeypatch.setattr(Path, "open", grown)
    with pytest.raises(InputError, match="it grows while it is read"):
        read_config(path, RECALL)


def test_a_mistyped_section_or_circuit_is_told_what_is_near(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text("[circiut]\nn_slots = 8\n")
    with pytest.raises(InputError, match=r"\[circiut\] = .* did you mean circuit"):
        read_config(path, RECALL)
    with pytest.raises(InputError, match=r"or a file, such as .* did you mean slot_memory"):
        resolve(RECALL, {"run.circuit": "slots_memory"})


def test_a_config_may_leave_out_what_it_does_not_change(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    path.write_text("[circuit]\nn_slots = 8\n[circuit.hippocampal]\nleak_nS = 18\n")
    read = read_config(path, RECALL)
    assert read == {"circuit.n_slots": 8, "circuit.hippocampal.leak_nS": 18}
    settings, _ = resolve(RECALL, read)
    assert type(settings.circuit.hippocampal.leak_nS) is float


def test_the_largest_circuits_are_refused_before_they_are_built() -> None:
    given = {"circuit.n_slots": 2000, "circuit.cells_per_slot": 100, "circuit.n_inputs": 2000}
    with pytest.raises(InputError, match="circuit.n_slots = 2000: must be at most"):
        resolve(RECALL, given)


def unusable(field: Field[Any]) -> list[Any]:
    """Return values that a field must refuse, of every kind that applies to it."""
    about, wrong_type = field.metadata, [None, [], {}, object()]
    low, high = bounds(field)
    found: list[Any] = [*wrong_type]
    found += ["many"] if type(field.default) in (int, float, bool) else [3]
    if type(field.default) in (int, float):
        found += [math.nan, math.inf, -math.inf, True]
        found += [bound + 1 + abs(bound) for bound in (high,) if math.isfinite(bound)]
        found += [bound - 1 - abs(bound) for bound in (low,) if math.isfinite(bound)]
    if about["step"]:
        found.append(field.default + about["step"] / 3)
    if about["choices"]:
        found += ["something else", -12.5]
    return found


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_key_refuses_what_it_cannot_use_and_says_so(name: str) -> None:
    settings = default_settings(find_protocol(name))
    for key, _, field in leaves(settings):
        for value in unusable(field):
            with pytest.raises(InputError) as refused:
                with_values(settings, {key: value})
            words = str(refused.value)
            assert key in words
            assert "must be" in words
            assert "\n" not in words


def test_a_circuit_at_the_papers_temperature_keeps_its_own_numbers() -> None:
    protocol = find_protocol("continual")
    slots, other = (
        default_settings(protocol, {"run.circuit": name}).circuit
        for name in ("slot_memory", "feedforward_memory")
    )
    assert (slots.beta, slots.pv.inhibition_nS) == (1.0, 0.3)
    own = type(other)()
    assert (other.beta, other.pv.inhibition_nS) == (own.beta, own.pv.inhibition_nS) != (1.0, 0.3)
    # Another temperature is what an experiment is about.
    lessons = default_settings(find_protocol("extinction"), {"run.circuit": "feedforward_memory"})
    assert lessons.circuit.beta == 0.105
    # Half of what gives a slot memory that temperature is something else.
    for half in ({"beta": 1.0}, {"beta": 1.0, "pv.inhibition_nS": 0.4}):
        partly = dataclasses.replace(protocol, circuit=half)
        held = default_settings(partly, {"run.circuit": "feedforward_memory"}).circuit
        assert held.beta == 1.0 and held.pv.inhibition_nS == half.get(
            "pv.inhibition_nS", own.pv.inhibition_nS
        )
    changed, _ = resolve(protocol, {"run.circuit": "feedforward_memory", "circuit.beta": 1.0})
    assert changed.circuit.beta == 1.0


# --- what is run where no circuit is named --------------------------------------------------------


def kinds(circuit: FeedforwardMemoryParameters) -> tuple[float, ...]:
    """Return how much cells differ, in mV and as shares, and how long spikes travel, in ms."""
    spread, delays = circuit.heterogeneity, circuit.delays
    return (
        spread.threshold_spread_mV, spread.leak_spread, spread.capacitance_spread,
        delays.shortest_delay_ms, delays.longest_delay_ms,
    )  # fmt: skip


DIFFERING, EQUAL = (2.0, 0.1, 0.1, 1.0, 2.0), (0.0, 0.0, 0.0, 0.0, 0.0)


def test_where_nothing_is_given_cells_differ_and_idle_before_the_first_item() -> None:
    experiment = prepare("cued-recall", {})
    settings, schedule = experiment.settings, experiment.schedule
    assert settings.run.circuit == experiment.circuit.name == "feedforward_memory"
    assert settings.circuit.preset == "differing"
    assert kinds(settings.circuit) == DIFFERING
    assert settings.protocol.idle_ms == 10_000.0
    idle = [number for number, epoch in enumerate(schedule.epochs) if "idle" in epoch.drive]
    assert idle == [*range(len(idle))]
    assert sum(schedule.epochs[number].duration_ms for number in idle) == 10_000.0
    values = {key: value for key, value, _ in leaves(settings)}
    assert all(values[one.key] == one.value for one in find_preset("differing").values)


def test_without_the_preset_cells_are_equal_and_nothing_idles() -> None:
    experiment = prepare("cued-recall", {"circuit.preset": "none"})
    assert experiment.settings.run.circuit == "feedforward_memory"
    assert experiment.settings.circuit == FeedforwardMemoryParameters()
    assert kinds(FeedforwardMemoryParameters()) == EQUAL
    assert experiment.settings.protocol.idle_ms == 0.0
    assert not any("idle" in epoch.drive for epoch in experiment.schedule.epochs)


def test_protocols_that_were_fitted_in_the_slot_memory_run_on_it() -> None:
    chosen = {name: default_settings(find_protocol(name)).run.circuit for name in PROTOCOLS}
    assert [name for name, circuit in chosen.items() if circuit == "slot_memory"] == [
        "dissociation", "accessibility", "extinction", "spacing",
    ]  # fmt: skip
    for name in ("storage", "sequence", "lesion", "two-task", "interference", "continual"):
        assert chosen[name] == "feedforward_memory"


def test_what_is_given_changes_the_preset_of_the_circuit() -> None:
    given = {"circuit.heterogeneity.threshold_spread_mV": 0.5, "protocol.idle_ms": 4000.0}
    settings, _ = resolve(RECALL, given)
    assert settings.circuit.preset == "differing"
    assert kinds(settings.circuit) == (0.5, *DIFFERING[1:])
    assert settings.protocol.idle_ms == 4000.0


def test_a_protocol_that_cannot_idle_has_equal_cells() -> None:
    on_slots = dataclasses.replace(
        toy_drive.PROTOCOL, populations=("hippocampal",), default_circuit="feedforward_memory"
    )
    settings, _ = resolve(on_slots, {})
    assert settings.circuit == FeedforwardMemoryParameters()
    named, _ = resolve(on_slots, {"circuit.preset": "differing"})
    assert kinds(named.circuit) == DIFFERING


# --- whether a file is repeated -------------------------------------------------------------------


def test_a_file_whose_circuit_is_another_now_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings are the same, and what is worked out from them is not."""
    experiment = prepare(RECALL.name, {"circuit.n_slots": 7})
    path = tmp_path / "config.toml"
    path.write_text(config_text(RECALL, experiment.settings, circuit=experiment.circuit))
    assert read_config(path, RECALL)["circuit.n_slots"] == 7
    assert not caplog.records
    twice = "excitation_current_post += 2*{jump}"
    monkeypatch.setattr("hippokv.circuits.slot_memory.FAST_EXCITATION", twice)
    anew = feedforward_memory.__wrapped__
    monkeypatch.setattr(Settings, "assembled", lambda settings: anew(settings.circuit))
    read_config(path, RECALL)
    (record,) = caplog.records
    assert "feedforward_memory is described otherwise now" in record.getMessage()
    assert str(path) in record.getMessage()
    caplog.clear()
    # Who writes another number into a file wants another circuit.
    path.write_text(path.read_text().replace("n_slots = 7", "n_slots = 8"))
    assert read_config(path, RECALL)["circuit.n_slots"] == 8
    assert not caplog.records


def test_a_file_of_a_run_that_does_not_name_its_equations_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(config_text(RECALL, default_settings(RECALL)))
    read_config(path, RECALL)
    (record,) = caplog.records
    assert "does not say which equations its run had" in record.getMessage()
    caplog.clear()
    path.write_text("[circuit]\nn_slots = 7\n")
    read_config(path, RECALL)
    assert not caplog.records, "a few settings are of no run"


def test_a_circuit_that_was_given_is_known_with_its_rules(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = slot_memory(SlotMemoryParameters(n_slots=5))
    path = tmp_path / "config.toml"
    rule = tmp_path / "rule.py"
    imported = "from hippokv.plasticity.btsp_key_rule import BTSPKeyRule"
    rule.write_text(f"{imported}\nRULE = BTSPKeyRule(learning_rate=0.3)\n")
    experiment = prepare(RECALL.name, {"run.rules": f"keys={rule}"}, circuit=given)
    path.write_text(config_text(RECALL, experiment.settings, circuit=experiment.circuit))
    read_config(path, RECALL, given)
    assert not caplog.records


def test_another_circuit_than_that_of_a_file_is_not_compared_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = prepare(RECALL.name, {"run.circuit": "slot_memory"})
    path = tmp_path / "config.toml"
    text = config_text(RECALL, experiment.settings, circuit=experiment.circuit)
    lines = [line for line in text.splitlines(True) if not line.startswith("circuit_digest")]
    for words, said in ((text, 0), ("".join(lines), 1)):
        path.write_text(words)
        read_config(path, RECALL, "slot_memory")
        assert len(caplog.records) == said
        caplog.clear()
        with suppress(InputError):
            read_config(path, RECALL, "feedforward_memory")
        assert not caplog.records


def test_what_cannot_be_put_together_any_more_is_refused_where_it_is_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: Settings) -> Circuit:
        raise ValueError("two parts of one name")

    experiment = prepare(RECALL.name, {})
    path = tmp_path / "config.toml"
    path.write_text(config_text(RECALL, experiment.settings, circuit=experiment.circuit))
    monkeypatch.setattr(Settings, "assembled", broken)
    assert read_config(path, RECALL) and not caplog.records


def test_the_digest_of_a_run_is_of_equations_and_of_numbers() -> None:
    circuit = slot_memory(SlotMemoryParameters(n_slots=5))
    same = slot_memory(SlotMemoryParameters(n_slots=5))
    other = slot_memory(SlotMemoryParameters(n_slots=5, value_pA=9.0))
    wider = slot_memory(SlotMemoryParameters(n_slots=6))
    digests = [digest_of_run(one) for one in (circuit, other, wider)]
    assert digest_of_run(same) == digests[0] and len(set(digests)) == 3
    # Another machine may work out another last digit.
    nearly = slot_memory(
        SlotMemoryParameters(n_slots=5, value_pA=SlotMemoryParameters().value_pA * (1 + 1e-12))
    )
    assert digest_of_run(nearly) == digests[0]
    assert digest_of(circuit) == digest_of(other)
