"""Copy and paste with the circuit: what each recall asks for."""

from __future__ import annotations

from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.copy_paste import SHOWN, same_steps


def steps(kinds: str) -> list[Epoch]:
    """Return the epochs of steps: s(tored and shown), n(ot stored but shown), r(epeated)."""
    found: list[Epoch] = []
    for number, kind in enumerate(kinds):
        stored = kinds[: number + 1].count("s")
        if kind == "s":
            found.append(Epoch("store", 100.0, stored - 1))
        group = "T1" if kind == "r" else SHOWN
        found += [Epoch(f"recall:{group}", 100.0, max(stored - 1, 0)), Epoch("rest", 50.0)]
    return found


def test_a_repeated_step_asks_for_what_was_stored_at_its_own() -> None:
    schedule = Schedule(tuple(steps("ssrr")), {})
    assert same_steps(schedule).items == [[0], [1], [0], [1]]


def test_a_step_that_stored_nothing_asks_for_nothing() -> None:
    schedule = Schedule(tuple(steps("snsrrr")), {})
    assert same_steps(schedule).items == [[0], [], [1], [0], [], [1]]


def test_a_sequence_begins_anew_after_the_memory_was_erased() -> None:
    second = [
        Epoch("store", 100.0, 1), Epoch(f"recall:{SHOWN}", 100.0, 1), Epoch("rest", 50.0),
        Epoch("recall:T1", 100.0, 1),
    ]  # fmt: skip
    schedule = Schedule((*steps("sr"), Epoch("erase", 50.0), *second), {})
    assert same_steps(schedule).items == [[0], [0], [1], [1]]
