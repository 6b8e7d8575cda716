"""The interface of the classical memories, and the verb that shows them a schedule."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from hippokv.arrays import Array
from hippokv.circuits.schedule import Schedule

from ..recall.items import items_of


class MemoryState(Protocol):
    """Hold what a memory has stored so far."""

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Store an item.

        Parameters
        ----------
        key, value
            Patterns of -1 and 1, shapes (n_inputs,) and (n_outputs,).
        strength
            Global third factor q, 1 for an ordinary item; 0 stores nothing.
        """

    def skip(self) -> None:
        """Let a step of time pass in which nothing is stored."""

    def recall(self, cue: Array) -> Array:
        """Return the evidence for +1 against -1 of each value entry, shape (n_outputs,).

        Parameters
        ----------
        cue
            Key in which hidden entries are 0, shape (n_inputs,).
        """


class Memory(Protocol):
    """Describe a memory: its parameters."""

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> MemoryState:
        """Return a memory that has stored nothing."""


def remember(memory: Memory, schedule: Schedule, seed: int) -> Array:
    """Show a memory the schedule of an experiment, and return what it recalls.

    An event ``store`` stores its key and value with what the channel ``acetylcholine`` carries in
    its first epoch as the strength (1 where the circuit has no such channel); ``advance`` lets a
    step of time pass; ``recall`` asks; ``erase`` starts the memory afresh. A recall whose first
    epoch carries the channel ``loop`` is not asked by its own cue but by what the recall before it
    brought back, so that a sequence is replayed (Tyulmankov et al. 2021, Fig 5b).

    Returns
    -------
    ndarray
        Evidence for +1 against -1 of each value entry in each recall, shape (Q, m); the sign is the
        answer, 0 a tie.

    Raises
    ------
    ValueError
        For a loop with nothing recalled before, or between values and keys of different width.
    """
    items = items_of(schedule)
    n_inputs, n_outputs = items.keys.shape[1], items.values.shape[1]
    rng = np.random.default_rng(np.random.SeedSequence([seed, *b"classical memory"]))
    state = memory.start(n_inputs, n_outputs, rng)
    keys, values, cues = (
        iter(table.astype(float)) for table in (items.keys, items.values, items.queries)
    )
    answers: list[Array] = []
    for event in schedule.events("store", "advance", "recall", "erase"):
        if event.kind == "store":
            gated = "acetylcholine" in schedule.widths
            strength = schedule.level("acetylcholine", event) if gated else 1.0
            state.store(next(keys), next(values), strength)
        elif event.kind == "advance":
            state.skip()
        elif event.kind == "erase":
            state = memory.start(n_inputs, n_outputs, rng)
        else:
            cue = next(cues)
            if schedule.level("loop", event) > 0:
                if not answers or n_inputs != n_outputs:
                    raise ValueError(
                        f"the recall at {event.start_ms:g} ms carries the channel 'loop': it needs "
                        "a recall before it, and values as wide as keys"
                    )
                cue = np.sign(answers[-1])
            answers.append(state.recall(cue))
    return np.array(answers, dtype=float).reshape(-1, n_outputs)
