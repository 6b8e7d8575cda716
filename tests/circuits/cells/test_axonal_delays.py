"""Axonal delays: when spikes arrive, in C++ and in Python alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.circuits.cells.axonal_delays import (
    AxonalDelays,
    delay_steps,
    is_delayed,
    with_delays,
)
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import digest_of
from hippokv.circuits.feedforward_memory import feedforward_memory
from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
from hippokv.circuits.hippocampal_memory import hippocampal_memory
from hippokv.circuits.hippocampal_memory_parameters import HippocampalMemoryParameters
from hippokv.circuits.population import Population, Projection, Update
from hippokv.circuits.program.compiler import COMPILER_VARIABLE
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import with_values

N_SENDERS, DT_MS = 6, 0.5
DELAYS = AxonalDelays(1.0, 7.0)
#: Each sender fires once, at a time of its own, and each spike makes the receiver fire. Two spikes
#: of the same sender are closer to each other than its delay.
PARTS = (
    Population(
        "senders",
        N_SENDERS,
        "level : 1",
        threshold="level > 0.5 and abs((t/ms + 0.25) % 5 - 0.25) < 0.1",
        updates=(Update("level = scheduled_senders(t, i)"),),
        channels={"senders": N_SENDERS},
        manipulable=False,
    ),
    Population("receiver", 1, "v : 1", threshold="v > 0.5", reset="v = 0", manipulable=False),
    Projection("axons", "senders", "receiver", {"spike": "v_post += 1"}),
)
CIRCUIT = Circuit("senders_and_receiver", with_delays(PARTS, DELAYS))
SCHEDULE = Schedule(
    (
        Epoch("rest", 20.0),
        *(
            Epoch("send", 40.0, drive={"senders": np.eye(N_SENDERS)[cell]})
            for cell in range(N_SENDERS)
        ),
        Epoch("rest", 20.0),
    ),
    CIRCUIT.widths,
)


#: Numbers of a circuit are not checked as settings are: the first axon may be the slowest.
CROSSED = CIRCUIT.with_values({"axons.shortest_delay": 7e-3, "axons.longest_delay": 1e-3})


def run(target: Any, circuit: Circuit = CIRCUIT) -> Recording:
    return Program(circuit, target).run(SCHEDULE, 1, DT_MS)


def assert_delayed(found: Recording, first_s: float = 1e-3, last_s: float = 7e-3) -> None:
    sent, arrived = found.spikes["senders"], found.spikes["receiver"]
    steps = delay_steps(N_SENDERS, first_s, last_s, DT_MS * 1e-3)
    assert len(sent.step) == 8 * N_SENDERS
    assert np.diff(sent.step).min() * DT_MS < DELAYS.longest_delay_ms
    # What arrives in a step is above the threshold in the next.
    np.testing.assert_array_equal(np.sort(sent.step + steps[sent.cell] + 1), arrived.step)


def test_a_spike_arrives_after_the_delay_of_its_axon_in_python() -> None:
    assert_delayed(run("numpy"))
    assert_delayed(run("numpy", CROSSED), 7e-3, 1e-3)


def test_a_spike_arrives_after_the_delay_of_its_axon_in_cpp(
    cache: Path, hurried_compiler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    monkeypatch.setenv(COMPILER_VARIABLE, hurried_compiler)
    assert_delayed(run("cpp"))
    assert_delayed(run("cpp", CROSSED), 7e-3, 1e-3)


def test_delays_are_spread_evenly_between_shortest_and_longest() -> None:
    found = delay_steps(800, 1e-3, 2e-3, 1e-4)
    assert found.min() == 10
    assert found.max() == 20
    counts = np.bincount(found)[11:20]
    assert counts.min() > 0.8 * 80
    assert counts.max() < 1.2 * 80
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.5


def test_without_a_delay_nothing_is_another() -> None:
    assert with_delays(PARTS, AxonalDelays()) is PARTS


def memory(**changes: float) -> Circuit:
    delays = {f"delays.{name}": value for name, value in changes.items()}
    return feedforward_memory(with_values(FeedforwardMemoryParameters(), delays))


def test_other_delays_are_the_same_program() -> None:
    one = memory(longest_delay_ms=2.0)
    other = memory(shortest_delay_ms=1.0, longest_delay_ms=3.0)
    assert digest_of(one) == digest_of(other) != digest_of(memory())
    assert one.values()["keys.longest_delay"] == pytest.approx(2e-3)
    assert not any(map(is_delayed, (one["priming"], one["recruitment"])))  # type: ignore[arg-type]


@pytest.mark.parametrize("circuit", [slot_memory, feedforward_memory])
def test_no_axon_is_slower_than_the_slowest(circuit: Any) -> None:
    kind = {slot_memory: SlotMemoryParameters, feedforward_memory: FeedforwardMemoryParameters}
    crossed = with_values(kind[circuit](), {"delays.shortest_delay_ms": 2.0})
    with pytest.raises(InputError, match=r"longest_delay_ms = 0.0: must be at least"):
        circuit(crossed)


def test_a_circuit_with_grid_modules_refuses_what_it_does_not_have() -> None:
    delayed = with_values(HippocampalMemoryParameters(), {"delays.longest_delay_ms": 2.0})
    with pytest.raises(InputError, match=r"circuit.delays.longest_delay_ms = 2.0: must be 0"):
        hippocampal_memory(delayed)
