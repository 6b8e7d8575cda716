"""Copy and paste: a learned controller that keeps a sequence in a key-value memory and repeats it.

The controllers that come with the package were learned by :mod:`.copy_paste_learning`. To run one
needs numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.errors import InputError
from hippokv.plasticity.linear_rule import VALUE_BOUND

from ..classical.bidirectional_memory import BidirectionalMemory
from ..classical.memory import MemoryState
from ..classical.slot_network import SlotNetwork
from .meta_learning import learned_rule

#: Entries of a pattern without the mark of the end (2021 paper's code: D = 25).
PATTERN_SIZE = 25
#: Entries of a pattern with it.
SHOWN_SIZE: int = PATTERN_SIZE + 1
#: Entries of a key and of a value, and slots (2021 paper, Fig 5c).
MEMORY_SIZE = 40
#: Longest sequence in training, and in tests (2021 paper, Fig 5c).
LONGEST_TRAINED: int = 10
LONGEST_TESTED: int = 20
#: Probability of a plateau in each slot, where slots are random (2021 paper: 0.1).
PLATEAU_PROBABILITY = 0.1
#: Inverse temperature for a whole cue (that of the spiking circuit, calibrated near 0.5).
BETA = 0.5
#: Memories that controllers were learned for.
MEMORIES: tuple[str, ...] = ("least_recent", "random", "learned", "bidirectional")


@dataclass(frozen=True)
class Controller:
    """Hold the learned weights of a controller (Tyulmankov et al. 2021, appendix A.3).

    Its input is what is shown, s of 26 entries, and key x, recalled value y and gate q of the step
    before: :math:`v_t = [s_t, x_{t-1}, y_{t-1}, q_{t-1}]` of M = 107 entries.

    Parameters
    ----------
    key_weights, key_bias
        To the key, shapes (40, M) and (40,).
    value_weights, value_bias
        To the value, shapes (40, M) and (40,).
    gate_weights, gate_bias
        To the gate, shapes (M,) and ().
    output_weights, output_bias
        From the recalled value to the output, shapes (26, 40) and (26,).
    first_key, first_value, first_gate
        What stands for the step before the first, shapes (40,), (40,) and ().
    """

    key_weights: Array
    key_bias: Array
    value_weights: Array
    value_bias: Array
    gate_weights: Array
    gate_bias: Array
    output_weights: Array
    output_bias: Array
    first_key: Array
    first_value: Array
    first_gate: Array


def marked(patterns: Array) -> Array:
    """Return patterns of 25 entries as a sequence with the mark of its end, shape (T + 1, 26).

    The last entry is -1, and 1 at the end, where all others are -1.

    Parameters
    ----------
    patterns
        Patterns in -1 and 1, shape (T, 25).

    Raises
    ------
    InputError
        If there is no pattern.
    """
    if len(patterns) < 1:
        raise InputError("length", len(patterns), "must be at least 1")
    shown = np.full((len(patterns) + 1, SHOWN_SIZE), -1.0)
    shown[:-1, :PATTERN_SIZE] = patterns
    shown[-1, PATTERN_SIZE] = 1.0
    return shown


def random_sequence(length: int, stream: np.random.Generator) -> Array:
    """Return random patterns of +-1 and the mark of the end, shape (T + 1, 26).

    Raises
    ------
    InputError
        If there is no pattern.
    """
    return marked(stream.choice([-1.0, 1.0], (max(length, 0), PATTERN_SIZE)))


def step(
    controller: Controller, shown: Array, key_before: Array, value_before: Array, gate_before: float
) -> tuple[Array, Array, float]:
    """Return key and value in -1 and 1 and the gate, 0 or 1, of one step.

    The paper's :math:`x' = \\tanh(R_x v + b_x)`, its value and its gate, binarised: Eq 19 and 20,
    which scale a vector to the length of one of +-1, then change nothing.

    Parameters
    ----------
    shown
        Pattern of this step, shape (26,), or zeros.
    key_before, value_before, gate_before
        Key, recalled value in -1, 0 and 1, and gate of the step before.
    """
    given = np.concatenate([shown, key_before, value_before, [gate_before]])
    key = _signs(controller.key_weights @ given + controller.key_bias)
    value = _signs(controller.value_weights @ given + controller.value_bias)
    return key, value, float(controller.gate_weights @ given + controller.gate_bias > 0)


def output(controller: Controller, value: Array) -> Array:
    """Return the output for a recalled value, shape (26,) (Tyulmankov et al. 2021, Eq 21)."""
    pattern: Array = np.tanh(controller.output_weights @ value + controller.output_bias)
    return pattern


def first_state(controller: Controller) -> tuple[Array, Array, float]:
    """Return key, recalled value and gate that stand for the step before the first."""
    first = _signs(controller.first_key), _signs(controller.first_value)
    return *first, float(controller.first_gate > 0)


@dataclass(frozen=True)
class CopyPaste:
    """Hold a sequence that was shown and repeated, in S = 2 T + 2 steps.

    Parameters
    ----------
    sequence
        What was shown, with the mark of its end, shape (T + 1, 26).
    keys, values
        What the controller gave to the memory, in -1 and 1, shape (S, 40).
    gates
        Whether it was stored, shape (S,).
    evidence
        What the memory gave back, shape (S, 40).
    outputs
        Outputs of the T + 1 steps that follow the mark, shape (T + 1, 26).
    """

    sequence: Array
    keys: Array
    values: Array
    gates: NDArray[np.bool_]
    evidence: Array
    outputs: Array

    @property
    def accuracy(self) -> float:
        """Fraction of the entries of all outputs with the right sign."""
        return float(np.mean(np.sign(self.outputs) == self.sequence))


def run_copy_paste(controller: Controller, sequence: Array, memory: MemoryState) -> CopyPaste:
    """Show a sequence and let a controller repeat it.

    At each step the memory stores first, if the gate is open, and is then asked with the key. The
    sign of what it gives back goes to the output and to the next step.

    Parameters
    ----------
    sequence
        Patterns with the mark of the end, shape (T + 1, 26).
    memory
        Any memory, empty, for keys and values of 40 entries.
    """
    length = len(sequence)
    shown = np.vstack([sequence, np.zeros_like(sequence)])
    key, recalled, gate = first_state(controller)
    keys: list[Array] = []
    values: list[Array] = []
    evidence: list[Array] = []
    outputs: list[Array] = []
    gates: list[bool] = []
    for pattern in shown:
        key, value, gate = step(controller, pattern, key, recalled, gate)
        if gate:
            memory.store(key, value, gate)
        else:
            memory.skip()
        given = memory.recall(key)
        recalled = np.sign(given)
        for course, entry in zip(
            (keys, values, evidence, outputs),
            (key, value, given, output(controller, recalled)),
            strict=True,
        ):
            course.append(entry)
        gates.append(gate > 0)
    return CopyPaste(
        sequence, np.array(keys), np.array(values), np.array(gates), np.array(evidence),
        np.array(outputs[length:]),
    )  # fmt: skip


def memory_for(selection: str, stream: np.random.Generator, beta: float = BETA) -> MemoryState:
    """Return the empty memory that the controller of that name was learned for.

    Parameters
    ----------
    selection
        ``least_recent`` and ``random`` slots with the simplified rule, ``learned``: random slots
        with the learned rule, ``bidirectional``: a Hebbian one without slots.

    Raises
    ------
    InputError
        If there is no such memory.
    """
    _check(selection)
    if selection == "bidirectional":
        return BidirectionalMemory().start(MEMORY_SIZE, MEMORY_SIZE, stream)
    network = SlotNetwork(
        MEMORY_SIZE,
        "sequential" if selection == "least_recent" else "random",
        PLATEAU_PROBABILITY,
        beta,
        rule=learned_rule("random") if selection == "learned" else None,
        value_bound=VALUE_BOUND,
        initial_weight=0.0,
    )
    return network.start(MEMORY_SIZE, MEMORY_SIZE, stream)


@cache
def load_controller(selection: str) -> Controller:
    """Return the controller that comes with the package for a memory.

    Raises
    ------
    InputError
        If there is none.
    """
    _check(selection)
    stored = files("hippokv.analysis").joinpath("learned", f"copy_paste_{selection}.npz")
    with as_file(stored) as path:
        return read_controller(path)


def read_controller(path: Path) -> Controller:
    """Read a controller from a file of :func:`write_controller`."""
    with np.load(path, allow_pickle=False) as table:
        return Controller(**{field.name: table[field.name].astype(float)
                             for field in fields(Controller)})  # fmt: skip


def write_controller(controller: Controller, path: Path) -> None:
    """Write a controller to a file of single-precision arrays."""
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(controller, field.name), np.float32)
                              for field in fields(Controller)}  # fmt: skip
    np.savez_compressed(path, **arrays)


def _signs(drive: Array) -> Array:
    return np.where(drive >= 0, 1.0, -1.0)


def _check(selection: str) -> None:
    if selection not in MEMORIES:
        raise InputError("selection", selection, f"must be one of {', '.join(MEMORIES)}")
