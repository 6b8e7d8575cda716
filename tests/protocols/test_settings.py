"""Settings: how they are completed, written down and read back."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import Field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.errors import InputError
from hippokv.parameter import leaves, with_values
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.protocol import find_protocol
from hippokv.protocols.settings import config_text, default_settings, read_config, resolve

RECALL = find_protocol("cued-recall")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_setting_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    for key, value, field in leaves(default_settings(find_protocol(name))):
        assert field.metadata["meaning"], key
        assert field.metadata["source"], key
        assert with_values(default_settings(find_protocol(name)), {key: value})


def test_defaults_resolve() -> None:
    settings, stimuli = resolve(RECALL, {})
    assert settings == default_settings(RECALL)
    assert stimuli.keys.shape == (40, 40)


def test_digits_set_the_width_of_the_circuit() -> None:
    settings, stimuli = resolve(RECALL, {"protocol.stimuli": "digits"})
    assert (settings.circuit.n_inputs, settings.circuit.n_outputs) == (64, 64)
    assert (settings.protocol.n_items, stimuli.keys.shape) == (40, (40, 64))


def test_digits_may_have_values_of_another_width() -> None:
    given = {"protocol.stimuli": "digits", "protocol.hetero": True, "circuit.n_outputs": 10}
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
    {"circuit.selection": "random", "protocol.hetero": True, "run.target": "cython"},
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
    found: list[Any] = [*wrong_type]
    found += ["many"] if type(field.default) in (int, float, bool) else [3]
    if type(field.default) in (int, float):
        found += [math.nan, math.inf, -math.inf, True]
        found += [bound + 1 + abs(bound) for bound in (about["high"],) if math.isfinite(bound)]
        found += [bound - 1 - abs(bound) for bound in (about["low"],) if math.isfinite(bound)]
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
