"""What a run says where cells differ: no time to adapt, or beyond what is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hippokv
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.protocols.running.adapted_cells import unadapted, unmeasured
from hippokv.protocols.running.evaluation import Evaluation
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol, once

DIFFERING = {
    "run.circuit": "feedforward_memory",
    "circuit.heterogeneity.threshold_spread_mV": 2.0,
}


def prepared(name: str, idle_ms: float) -> Any:
    return prepare(name, {**DIFFERING, "protocol.idle_ms": idle_ms})


@pytest.mark.parametrize(("idle_ms", "lines"), [(0.0, 1), (200.0, 1), (10_000.0, 0)])
def test_cells_that_had_no_time_to_adapt_are_told(idle_ms: float, lines: int) -> None:
    experiment = prepared("storage", idle_ms)
    told = unadapted(experiment.settings.circuit, experiment.schedule)
    assert len(told) == lines
    assert all(f"{idle_ms:g} ms" in line and "protocol.idle_ms" in line for line in told)


def test_an_idle_epoch_after_the_first_item_is_too_late() -> None:
    experiment = prepared("storage", 10_000.0)
    late = replace(experiment.schedule, epochs=experiment.schedule.epochs[::-1])
    assert unadapted(experiment.settings.circuit, late)
    equal = prepare("storage", {"circuit.preset": "none"})
    assert not unadapted(equal.settings.circuit, equal.schedule)


def test_cells_and_delays_beyond_what_was_measured_are_told() -> None:
    spread, delay = "circuit.heterogeneity.threshold_spread_mV", "circuit.delays.longest_delay_ms"
    for given, keys in (
        ({}, []), ({spread: 6.0, delay: 4.0}, []),
        ({spread: 8.0}, [spread]), ({spread: 8.0, delay: 5.0}, [spread, delay]),
    ):  # fmt: skip
        told = unmeasured(prepare("storage", given).settings.circuit)
        assert [line.partition(" = ")[0] for line in told] == keys


def bare() -> Any:
    """Return a protocol of anybody's: the schedule of storage, and scores of its own."""
    storage = find_protocol("storage")
    perform = once(lambda experiment, recording: Evaluation({"spikes": 1.0}, None))
    return replace(storage, name="bare", perform=perform, pictures=lambda result: [])


@pytest.mark.parametrize("protocol", ["storage", bare()], ids=["storage", "bare"])
def test_a_run_carries_the_line_whatever_its_protocol(
    protocol: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    # The circuit of the quick forms of scripts, which compile it too.
    sizes = {"n_inputs": 20, "n_outputs": 20, "n_slots": 4, "cells_per_slot": 3}
    result = hippokv.run(
        protocol,
        settings={
            "run.circuit": "feedforward_memory", "circuit.preset": "differing",
            "protocol.idle_ms": 0.0, "protocol.n_items": 1,
            **{f"circuit.{key}": value for key, value in sizes.items()},
        },
    )  # fmt: skip
    assert sum("find their thresholds" in line for line in result.warnings) == 1
