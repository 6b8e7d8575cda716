"""The readout: what was stored where and what was recalled, from spikes or rates alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.manipulation.manipulations import silenced
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from .match_signal import match_signal

N = TypeVar("N", bound=np.number[Any])
#: Time that a cue needs to reach the cells that are read out (two synapses).
SETTLING_MS = 50.0


@dataclass(frozen=True)
class Readout:
    """Hold the outcome of an experiment, of a circuit or of its rate model.

    Parameters
    ----------
    plateaus
        Slots that took each item stored, shape (T, N).
    attention
        Share of each slot in each recall, shape (Q, N); rows sum to 1, or to 0 in silence.
    evidence
        Evidence for +1 against -1 of each value entry, shape (Q, m): of a circuit the difference
        in spikes between its ON and OFF cell, of a rate model its output.
    keys, values
        Weights of each slot as ON minus OFF, in -1 to 1, shapes (N, d) and (N, m).
    match
        How well anything stored fits each cue, shape (Q,): of a circuit the rate of its PV cells
        (:func:`.match_signal.match_signal`), of a rate model the logarithm of what its softmax
        divides by.
    spikes
        Number of hippocampal spikes behind the attention, shape (Q,); of a rate model none.
    """

    plateaus: NDArray[np.bool_]
    attention: Array
    evidence: Array
    keys: Array
    values: Array
    match: Array = field(default_factory=lambda: np.zeros(0))
    spikes: Array = field(default_factory=lambda: np.zeros(0))

    def __repr__(self) -> str:
        stored, recalled = len(self.plateaus), len(self.attention)
        return f"<Readout: {stored} stored in {len(self.keys)} slots, {recalled} recalled>"

    @property
    def decoded(self) -> NDArray[np.int8]:
        """Values recalled, in -1, 0 (a tie) and 1, shape (Q, m)."""
        return np.sign(self.evidence).astype(np.int8)


def read_out(recording: Recording, schedule: Schedule, n_slots: int) -> Readout:
    """Read the outcome of an experiment from spikes, plateaus and weights.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    """
    hippocampal, cortical = recording.spikes["hippocampal"], recording.spikes["cortical"]
    attention, evidence, spikes = [], [], []
    for event in schedule.events("recall"):
        start = event.start_ms + SETTLING_MS
        by_slot = hippocampal.counts(start, event.stop_ms).reshape(n_slots, -1).sum(axis=1)
        spikes.append(by_slot.sum())
        attention.append(by_slot / max(by_slot.sum(), 1))
        counts = cortical.counts(start, event.stop_ms + SETTLING_MS)
        of_units = counts.reshape(schedule.widths["cortical"], -1).sum(axis=1)
        evidence.append(on_minus_off(of_units).astype(float))
    n_outputs = schedule.widths["cortical"] // 2
    return Readout(
        plateaus=slots_taken(recording, schedule, n_slots),
        attention=np.array(attention, dtype=float).reshape(-1, n_slots),
        evidence=np.array(evidence, dtype=float).reshape(-1, n_outputs),
        keys=_by_slot(recording.weights["keys"], n_slots, schedule.widths["entorhinal"]),
        values=_by_slot(recording.weights["values"], n_slots, schedule.widths["cortical"]),
        match=match_signal(recording, schedule, SETTLING_MS),
        spikes=np.array(spikes, dtype=float),
    )


def on_minus_off(units: NDArray[N]) -> NDArray[N]:
    """Return what ON units have more than their OFF units, shape (..., d).

    Parameters
    ----------
    units
        Spikes or weights of units, ON first, shape (..., 2d).
    """
    on, off = np.split(units, 2, axis=-1)
    more: NDArray[N] = on - off
    return more


def slots_taken(recording: Recording, schedule: Schedule, n_slots: int) -> NDArray[np.bool_]:
    """Return which slots took each item stored, shape (T, N).

    Those of whose cells that were not silenced at least half started a plateau meanwhile.
    """
    dendritic = recording.events["dendritic_spike"]
    plateaus = []
    for event in schedule.events("store"):
        started = dendritic.counts(event.start_ms, event.stop_ms).reshape(n_slots, -1) > 0
        silent = silenced(schedule, "hippocampal", (event.start_ms + event.stop_ms) / 2)
        able = (~silent.reshape(n_slots, -1) if silent.size else np.ones_like(started)).sum(axis=1)
        plateaus.append((2 * started.sum(axis=1) >= able) & (able > 0))
    return np.array(plateaus, dtype=bool).reshape(-1, n_slots)


def _by_slot(weights: Array, n_slots: int, n_patterned: int) -> Array:
    """Return weights as ON minus OFF, means over the cells of a slot and of a unit."""
    cells_per_unit = weights.shape[1] // n_patterned
    mean = weights.reshape(n_slots, -1, weights.shape[1]).mean(axis=1)
    if cells_per_unit > 1:
        mean = mean.reshape(n_slots, n_patterned, cells_per_unit).mean(axis=2)
    return on_minus_off(mean)
