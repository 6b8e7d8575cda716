"""What samples variables of cells and synapses while a circuit runs, as an object of Brian2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from brian2 import NeuronGroup, StateMonitor, Synapses
    from brian2.groups.group import CodeRunner

#: Before all else that happens in a step.
FIRST = {"when": "start", "order": -1}


def recorder_name(part: str) -> str:
    """Return the name of what samples a population or projection."""
    return f"traces_{part}"


def recorded_name(variable: str) -> str:
    """Return the name of the array that the values of a variable go to."""
    return f"{variable}_recorded"


def compiled_recorder(group: NeuronGroup | Synapses, variables: Sequence[str]) -> CodeRunner:
    """Return what samples a group in C++: the run says which cells, and when."""
    from brian2.core.variables import Variables
    from brian2.groups.group import CodeRunner

    arrays: dict[str, Any] = {}
    found = CodeRunner(
        group, "traces", "\n".join(f"_sampled_{name} = {name}" for name in variables),
        name=recorder_name(group.name), template_kwds={"arrays": arrays}, **FIRST,
    )  # fmt: skip
    found.variables = Variables(found)
    for name in variables:
        found.variables.add_dynamic_array(recorded_name(name), size=0, dtype=np.float64)
        arrays[name] = found.variables[recorded_name(name)]
    return found


def monitor(
    group: NeuronGroup | Synapses,
    variables: Sequence[str],
    places: NDArray[np.int64],
    every_ms: float,
) -> StateMonitor:
    """Return what samples a group inside Python."""
    from brian2 import StateMonitor, ms

    return StateMonitor(
        group, list(variables), places, dt=every_ms * ms, name=recorder_name(group.name), **FIRST
    )
