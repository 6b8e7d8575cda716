"""Presets: values with the ranges that are published, and what settings make of them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hippokv.circuits.cells.integrate_and_fire import firing_rate_Hz, noisy_rate_Hz
from hippokv.circuits.cells.pattern_cells import PatternCellParameters, pattern_cells
from hippokv.circuits.description import digest_of
from hippokv.circuits.differing import PRESET as DIFFERING
from hippokv.circuits.feedforward_memory import feedforward_memory
from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
from hippokv.circuits.physiological import DERIVED, unitary_mV
from hippokv.circuits.physiological import PRESET as PHYSIOLOGICAL
from hippokv.circuits.presets import (
    PRESET_KEY,
    PRESETS,
    find_preset,
    source_of,
    with_preset,
    without_preset,
)
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.parameter import bounds, leaves, with_values
from hippokv.protocols.running.configuration import config_text, read_config, resolve
from hippokv.protocols.running.protocol import find_protocol
from hippokv.references import REFERENCES, named_in, not_looked_up_in

PAGE = Path(__file__).parents[2] / "docs" / "physiological.md"
GIVEN = {"run.circuit": "slot_memory", PRESET_KEY: "physiological"}
#: Sizes, and what other choices of the circuit have: no constants of this one.
NO_CONSTANT = re.compile(
    r"circuit\.(preset|n_(inputs|slots|outputs)|selection|plateau_probability|\w+_plasticity"
    r"|(race|loop|milstein_rule|passive_rule|stability|heterogeneity|homeostasis)\..*)"
)
CITATION = re.compile(r"\b([A-ZÁ][\w-]+)(?: et al\.| & [\w-]+)? (\d{4})\b")


def physiological(**changes: Any) -> SlotMemoryParameters:
    return with_values(with_preset(SlotMemoryParameters(), "physiological"), changes)


# --- the physiological preset ---------------------------------------------------------------------


@pytest.mark.parametrize("one", PHYSIOLOGICAL.values, ids=lambda one: one.key)
def test_no_constant_leaves_its_published_range(one: Any) -> None:
    if one.published:
        assert one.low <= one.value <= one.high
        assert one.low < one.high
        assert CITATION.search(one.source), "a range needs a paper"
    else:
        assert math.isinf(one.low) and math.isinf(one.high)
        assert one.source.startswith("chosen: ")


@pytest.mark.parametrize("one", DERIVED, ids=lambda one: one.name)
def test_no_derived_quantity_leaves_its_published_range(one: Any) -> None:
    assert one.low <= one.of(physiological()) <= one.high


def test_the_defaults_do_leave_them() -> None:
    """What the ranges are for: the objections to the defaults are found by them."""
    default = SlotMemoryParameters()
    out = {one.name for one in DERIVED if not one.low <= one.of(default) <= one.high}
    assert {
        "time constant of hippocampal somata",
        "unitary EPSP, hippocampal to value cell, stored value",
        "rate of a driven entorhinal cell",
        "tonic current into hippocampal cells",
    } <= out
    values = {f"circuit.{key}": value for key, value, _ in leaves(default)}
    outside = {
        one.key
        for one in PHYSIOLOGICAL.values
        if one.published and one.key in values and not one.low <= values[one.key] <= one.high
    }
    assert {
        "circuit.hippocampal.pv_tau_ms",
        "circuit.hippocampal.key_suppression",
        "circuit.key_rule.eligibility_slope",
    } <= outside


def test_every_constant_of_the_circuit_is_in_the_preset() -> None:
    known = {f"circuit.{key}": field for key, _, field in leaves(SlotMemoryParameters())}
    listed = [one.key for one in PHYSIOLOGICAL.values]
    assert len(set(listed)) == len(listed)
    missing = [key for key in known if key not in listed and not NO_CONSTANT.fullmatch(key)]
    assert not missing
    for one in PHYSIOLOGICAL.values:
        if one.key in known:
            low, high = bounds(known[one.key])
            assert low <= one.value <= high


def test_every_paper_is_in_the_table_of_references() -> None:
    for one in (*PHYSIOLOGICAL.values, *DERIVED):
        for first, year in CITATION.findall(one.source):
            known = any(ref.first == first and ref.year == int(year) for ref in REFERENCES)
            label = f"{first} {year}"
            assert known or not_looked_up_in(one.source), (one.source, label)
        if ", not looked up" in one.source:
            assert not_looked_up_in(one.source), one.source
        elif not one.source.startswith("chosen"):
            assert named_in(one.source) or one.source.startswith(("as ", "below")), one.source


def test_the_page_has_every_row() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for one in PHYSIOLOGICAL.values:
        assert f"| `{one.key}` | {one.value:g} |" in page, one.key
    for derived in DERIVED:
        assert f"| {derived.name} | {derived.of(physiological()):.3g} |" in page, derived.name


def test_a_unitary_potential_is_that_of_the_membrane() -> None:
    """Beside the peak of an integrated membrane, also where both time constants are the same."""
    for synapse_ms in (2.0, 5.0, 20.0):
        current, v, peak, dt = 30.0, 0.0, 0.0, 0.001
        while current > 1e-3:
            v += dt * (current - 5.0 * v) / 100.0
            current -= dt * current / synapse_ms
            peak = max(peak, v)
        assert unitary_mV(30.0, synapse_ms, 100.0, 5.0) == pytest.approx(peak, rel=2e-3)


# --- cells in a background ------------------------------------------------------------------------


def test_without_noise_the_rate_is_that_of_the_formula() -> None:
    cell = PatternCellParameters(drive_pA=210.0)
    found = noisy_rate_Hz(cell, 210.0, 0.0, 5.0)
    # Of cells in step with each other, in a second.
    assert found == pytest.approx(firing_rate_Hz(cell, 210.0), rel=0.05)


def test_noise_makes_idle_cells_fire_and_driven_ones_more() -> None:
    cell = physiological().entorhinal
    assert firing_rate_Hz(cell, cell.background_pA + cell.drive_pA) == 0
    assert 0.1 < cell.idle_rate_Hz < 2 < cell.rate_Hz
    weaker = replace(cell, noise_pA=cell.noise_pA / 2)
    assert weaker.idle_rate_Hz < cell.idle_rate_Hz
    assert replace(cell, drive_pA=0.0).rate_Hz == cell.idle_rate_Hz


def test_the_current_that_doubles_an_idle_rate_about_does() -> None:
    cell = physiological().cortical
    more = replace(cell, background_pA=cell.background_pA + cell.doubling_pA)
    assert 1.5 < more.idle_rate_Hz / cell.idle_rate_Hz < 3


def test_cells_without_background_have_no_word_of_it() -> None:
    plain = pattern_cells(PatternCellParameters(), "entorhinal", 8)
    names = {one.name for one in plain.constants}
    assert not names & {"background", "theta", "theta_depth"}
    steady = pattern_cells(PatternCellParameters(background_pA=1.0), "entorhinal", 8, 4)
    assert {"background", "theta", "theta_depth"} <= {one.name for one in steady.constants}
    assert plain.channels == {"entorhinal": 8} and steady.channels == {"entorhinal": 2}


def test_several_cells_a_unit_share_the_current_of_a_match() -> None:
    one, ten = (with_values(SlotMemoryParameters(), {"cells_per_unit": k}) for k in (1, 10))
    assert calibration_of(one).key_epsc_pA == pytest.approx(10 * calibration_of(ten).key_epsc_pA)
    assert slot_memory(ten)["entorhinal"].cells == 800
    assert slot_memory(ten).widths["entorhinal"] == slot_memory(one).widths["entorhinal"] == 80


def test_the_calibration_finds_the_reference_cue_and_faint_ones_balanced() -> None:
    found = calibration_of(physiological())
    fewest, most = found.balanced_cues
    assert fewest <= 8 and most == 40
    assert found.beta(16) == pytest.approx(physiological().beta)


# --- presets in settings --------------------------------------------------------------------------


def test_every_preset_is_one_of_a_circuit() -> None:
    choices = [
        {key: field for key, _, field in leaves(parameters)}["preset"].metadata["choices"]
        for parameters in (SlotMemoryParameters(), FeedforwardMemoryParameters())
    ]
    assert choices == [("none", "physiological"), ("none", "differing")]
    assert {name for names in choices for name in names} == {"none", *PRESETS}
    for name in PRESETS:
        assert find_preset(name).name == name


def test_cells_that_differ_are_settings_and_an_idle_epoch_under_one_name() -> None:
    protocol, circuit = find_protocol("cued-recall"), {"run.circuit": "feedforward_memory"}
    named, _ = resolve(protocol, {**circuit, PRESET_KEY: "differing"})
    unnamed = {**circuit, PRESET_KEY: "none"}
    by_hand, _ = resolve(protocol, {**unnamed, **{one.key: one.value for one in DIFFERING.values}})
    assert named.protocol == by_hand.protocol and named.protocol.idle_ms == 10_000.0
    assert replace(named.circuit, preset="none") == by_hand.circuit
    assert named.circuit.delays.longest_delay_ms == 2.0
    equal, _ = resolve(protocol, unnamed)
    assert digest_of(named.assembled()) != digest_of(equal.assembled())
    with pytest.raises(InputError, match="with_preset"):
        feedforward_memory(FeedforwardMemoryParameters(preset="differing"))


def test_a_preset_gives_its_values_and_what_is_given_changes_them() -> None:
    protocol = find_protocol("cued-recall")
    given = {**GIVEN, "circuit.hippocampal.leak_nS": 12.0, "protocol.n_items": 3}
    settings, _ = resolve(protocol, given)
    for one in PHYSIOLOGICAL.values:
        section, _, key = one.key.partition(".")
        held = {name: value for name, value, _ in leaves(getattr(settings, section))}
        if one.key != "circuit.hippocampal.leak_nS":
            assert held[key] == one.value
    assert settings.circuit.hippocampal.leak_nS == 12.0
    plain = {"run.circuit": "slot_memory", "protocol.n_items": 3}
    assert resolve(protocol, plain)[0].circuit == SlotMemoryParameters()


def test_what_an_experiment_needs_of_its_circuit_it_keeps() -> None:
    settings, _ = resolve(find_protocol("extinction"), GIVEN)
    assert settings.circuit.beta == 0.105
    assert settings.circuit.hippocampal.leak_nS == physiological().hippocampal.leak_nS


def test_a_file_of_settings_has_all_values_and_is_read_back(tmp_path: Path) -> None:
    protocol = find_protocol("cued-recall")
    settings, _ = resolve(protocol, {**GIVEN, "protocol.n_items": 3})
    text = config_text(protocol, settings)
    assert 'preset = "physiological"' in text and "pv_tau_ms = 7.0" in text
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    again, _ = resolve(protocol, read_config(tmp_path / "config.toml", protocol))
    assert again == settings


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "--set run.circuit=slot_memory --set circuit.preset=rat",
            "must be one of none, physiological",
        ),
        (
            "--set run.circuit=slot_memory --set circuit.preset=physiologic",
            "did you mean physiological?",
        ),
        ("--set circuit.preset=physiological", "must be one of none, differing"),
        (
            "--set run.circuit=feedforward_memory --set circuit.preset=physiological",
            "one of none, differing",
        ),
        ("--set run.circuit=tripartite_memory --set circuit.preset=differing", "one of none"),
    ],
)
def test_a_preset_that_is_not_there_is_one_line(
    typed: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "cued-recall", *typed.split()]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and PRESET_KEY in error


def test_help_and_descriptions_show_its_values_and_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = "circuit.preset=physiological"
    named = ["--set", "run.circuit=slot_memory", "--set", chosen]
    assert main(["run", "cued-recall", *named, "--help", "--verbose"]) == 0
    shown = capsys.readouterr().out
    assert "circuit.hippocampal.pv_tau_ms = 7.0" in shown and "Bartos et al. 2007" in shown
    assert "so that the feedback does not ring" not in shown
    assert main(["describe", "slot_memory", "--set", chosen]) == 0
    shown = capsys.readouterr().out
    assert "circuit.hippocampal.pv_tau_ms = 7.0" in shown and "Bartos et al. 2007" in shown
    assert main(["cite", "cued-recall", *named]) == 0
    assert "Bartos" in capsys.readouterr().out


def test_a_value_that_was_changed_does_not_name_the_presets_source() -> None:
    changed = physiological(**{"hippocampal.leak_nS": 12.0})
    found = {
        key: source_of(changed, key, value, field)
        for key, value, field in leaves(changed, "circuit.")
    }
    assert "Pike" not in found["circuit.hippocampal.leak_nS"]
    assert "Pike" in found["circuit.sst.leak_nS"]


def test_parameters_that_only_name_a_preset_are_refused() -> None:
    for named in (
        SlotMemoryParameters(preset="physiological"),
        SlotMemoryParameters(preset="physiological", n_slots=30),
    ):
        with pytest.raises(InputError, match="with_preset"):
            slot_memory(named)
    assert slot_memory(physiological()).parameters.preset == "physiological"


def test_the_default_circuit_is_another_program() -> None:
    default, other = (slot_memory(one) for one in (SlotMemoryParameters(), physiological()))
    assert digest_of(default) != digest_of(other)
    assert {"noise", "noise_tau"} <= {one.name for one in other["hippocampal"].constants}
    assert not {"noise", "noise_tau"} & {one.name for one in default["hippocampal"].constants}


def test_another_preset_does_not_keep_the_values_of_that_of_a_file(tmp_path: Path) -> None:
    """A file that a run wrote has the numbers of its preset, under whatever name."""
    recall = find_protocol("cued-recall")
    path = tmp_path / "config.toml"
    own = {"circuit.heterogeneity.leak_spread": 0.2, "circuit.n_slots": 7}
    path.write_text(config_text(recall, resolve(recall, own)[0]))
    kept = read_config(path, recall)
    same, _ = resolve(recall, without_preset(kept, {}))
    assert same.circuit.heterogeneity.threshold_spread_mV == 2.0
    given = {PRESET_KEY: "none"}
    changed, _ = resolve(recall, {**without_preset(kept, given), **given})
    assert changed.circuit.heterogeneity.threshold_spread_mV == 0.0
    assert changed.circuit.delays.longest_delay_ms == changed.protocol.idle_ms == 0.0
    # What was chosen beside the preset stays.
    assert changed.circuit.heterogeneity.leak_spread == 0.2
    assert changed.circuit.n_slots == 7


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_of_another_circuit_is_refused_with_its_name(name: str) -> None:
    preset = find_preset(name)
    other = "slot_memory" if preset.circuit != "slot_memory" else "feedforward_memory"
    given = {"run.circuit": other, PRESET_KEY: name}
    with pytest.raises(InputError, match=f"is of run.circuit = {preset.circuit}$"):
        resolve(find_protocol("cued-recall"), given)


def test_a_file_of_before_there_was_a_number_has_what_it_was_then(tmp_path: Path) -> None:
    recall = find_protocol("cued-recall")
    path = tmp_path / "config.toml"
    written = config_text(recall, resolve(recall, {})[0]).splitlines(keepends=True)
    newer = ("key_rise_ms = ", "delay_compensation = ")
    kept = [line for line in written if not line.startswith(newer)]
    assert len(kept) == len(written) - len(newer)
    path.write_text("".join(kept))
    before = resolve(recall, read_config(path, recall))[0].circuit
    assert before.hippocampal.key_rise_ms == before.delay_compensation == 0.0
    # A few settings in a file are not all of a run.
    path.write_text("[circuit]\nn_slots = 7\n[circuit.hippocampal]\npriming_depth_mV = 9.0\n")
    some = resolve(recall, read_config(path, recall))[0].circuit
    assert some.hippocampal.key_rise_ms == 4.0 and some.delay_compensation > 0
