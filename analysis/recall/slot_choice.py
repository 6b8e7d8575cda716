"""The choice of slots: which slots take the items by the law of a circuit, whatever it really did.

A rate model that is told which slots a circuit took agrees with it in part for that reason. Here it
gets slots of its own: drawn with the probability of a plateau, the ring from any slot on, or those
of the addresses of a path. Of manipulations, the laws know silenced hippocampal cells alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.grid.path_addresses import path_address
from hippokv.circuits.hippocampal_memory_parameters import HippocampalMemoryParameters
from hippokv.circuits.manipulation.manipulations import Erase, Light, Silence, silenced
from hippokv.circuits.schedule import Event, Schedule
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of

#: The mean over so many draws is known to a quarter of their standard deviation, and this to a
#: sixth of itself: enough to see whether a circuit lies among them.
N_DRAWS = 20
#: What each law says, by the ``selection`` of a circuit's parameters.
LAWS = {
    "random": "each slot takes each item with circuit.plateau_probability (Eq 7)",
    "ring": "slots take items in turn (Eq 6) from any one on, stable and silenced ones passed over",
    "least_recent": "the least recently used slot takes each item, which is a ring from any one on",
    "address": "items go to the slots of the path's addresses in turn, and are lost where the slot "
    "is silenced",
}


def no_law(schedule: Schedule, parameters: SlotMemoryParameters) -> str:
    """Say why it is not known which slots take the items; nothing where it is.

    Parameters
    ----------
    parameters
        Those of a circuit with slots.
    """
    selection = parameters.selection
    on_a_path = isinstance(parameters, HippocampalMemoryParameters)
    if selection not in LAWS or (selection == "address") != on_a_path:
        return f"no law is known by which slots are taken with the selection {selection!r}"
    lit = any(
        _lights(row, event) for event in schedule.events("store") for row in schedule.manipulations
    )
    if lit or not instructed(schedule).all():
        return "no law is known by which slots take items without an instruction, or in light"
    return ""


def instructed(schedule: Schedule) -> NDArray[np.bool_]:
    """Return which of the items that are shown for storage an instruction is for, shape (T,).

    None is where a circuit has no channel for it.
    """
    if "instruction" not in schedule.widths:
        return np.zeros(len(schedule.events("store")), dtype=bool)
    starts_ms = schedule.start_ms[schedule.channel("instruction")[:, 0] > 0]
    windows = [(event.start_ms, event.stop_ms) for event in schedule.events("store")]
    first, behind = np.searchsorted(starts_ms, np.array(windows).reshape(-1, 2).T)
    return np.asarray(first < behind)


def number_of_draws(schedule: Schedule, parameters: SlotMemoryParameters) -> int:
    """Return how many draws of slots show what may happen: one where all come to the same."""
    unlike = any(
        isinstance(row, Silence) and row.population == "hippocampal" and row.cells is not None
        for row in schedule.manipulations
    )
    several = {"random": True, "ring": unlike, "least_recent": unlike, "address": False}
    return N_DRAWS if several[parameters.selection] else 1


def drawn_plateaus(
    schedule: Schedule, parameters: SlotMemoryParameters, stream: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw which slots take the items.

    Parameters
    ----------
    parameters
        Those of a circuit of which a law is known.
    stream
        Random numbers for this draw.

    Returns
    -------
    ndarray
        Shape (T, N), for :func:`.rate_model.rate_model`.
    """
    n_slots, stores = parameters.n_slots, schedule.events("store")
    if parameters.selection in ("ring", "least_recent"):
        return _in_turn(schedule, parameters, int(stream.integers(n_slots)))
    if isinstance(parameters, HippocampalMemoryParameters):
        chosen = _addressed(schedule, parameters, stores)
        able = [_excitable(schedule, event, n_slots) for event in stores]
    else:
        chosen = stream.random((len(stores), n_slots)) < parameters.plateau_probability
        # A kick reaches the first cell of a slot, which recruits the others.
        able = [~_silent(schedule, event, n_slots)[:, 0] for event in stores]
    taken: NDArray[np.bool_] = chosen & np.array(able, dtype=bool).reshape(chosen.shape)
    return taken


def _in_turn(schedule: Schedule, parameters: SlotMemoryParameters, first: int) -> NDArray[np.bool_]:
    """Return the slots of the items in a ring that begins at a slot, shape (T, N)."""
    n_slots, stabilises = parameters.n_slots, calibration_of(parameters).stabilises
    erased_ms = [
        row.at_ms
        for row in schedule.manipulations
        if isinstance(row, Erase) and row.projection == "keys"
    ]
    stable, now_ms, called = np.zeros(n_slots, dtype=bool), 0.0, first
    taken = []
    for event in schedule.events("store", "advance"):
        if any(now_ms <= time < event.start_ms for time in erased_ms):
            stable[:] = False
        turn = (called + np.arange(n_slots)) % n_slots
        able = turn[_excitable(schedule, event, n_slots)[turn]]
        # Where all are stable, one of them is called in vain.
        free = able[~stable[able]] if not stable[able].all() else able
        now_ms, slot = event.start_ms, free[:1]
        called = int(slot[0]) + 1 if slot.size else called
        if event.kind == "store":
            taken.append(np.isin(np.arange(n_slots), slot))
            stable[slot] |= stabilises(schedule.level("acetylcholine", event))
    return np.array(taken, dtype=bool).reshape(-1, n_slots)


def _addressed(
    schedule: Schedule, parameters: HippocampalMemoryParameters, stores: list[Event]
) -> NDArray[np.bool_]:
    """Return the slots of the addresses of a path that begins with the first item, (T, N)."""
    # The path goes on where acetylcholine ends.
    moved = np.array([schedule.level("acetylcholine", event) > 0 for event in stores], dtype=int)
    steps = np.cumsum(moved) - moved
    addresses = [path_address(parameters.sheets, int(step)) for step in steps]
    # The wiring is the same whatever the seed.
    return parameters.agreeing(0, np.array(addresses))


def _excitable(schedule: Schedule, event: Event, n_slots: int) -> NDArray[np.bool_]:
    """Return which slots have a cell that is not silenced in the middle of an event, (N,)."""
    return np.asarray(~_silent(schedule, event, n_slots).all(axis=1))


def _silent(schedule: Schedule, event: Event, n_slots: int) -> NDArray[np.bool_]:
    """Return which cells of which slot are silenced in the middle of an event, (N, cells)."""
    silent = silenced(schedule, "hippocampal", (event.start_ms + event.stop_ms) / 2)
    return silent.reshape(n_slots, -1) if silent.any() else np.zeros((n_slots, 1), dtype=bool)


def _lights(row: object, event: Event) -> bool:
    """Return whether a manipulation is light on hippocampal cells during an event."""
    return (
        isinstance(row, Light)
        and row.population == "hippocampal"
        and row.start_ms < event.stop_ms
        and event.start_ms < row.stop_ms
    )
