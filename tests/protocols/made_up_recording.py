"""A recording of the right form, of a circuit that was not run."""

from __future__ import annotations

from typing import Any

import numpy as np

from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Schedule


def made_up(program: Program, schedule: Schedule, seed: int, *_: Any, **__: Any) -> Recording:
    """Return random spikes and weights, in place of ``Program.run``."""
    rng = np.random.default_rng(seed)
    sizes = program.circuit.sizes

    def train(size: int, spikes: int) -> SpikeTrain:
        times = np.sort(rng.uniform(0, schedule.duration_ms / 1e3, spikes))
        return SpikeTrain.at(times, rng.integers(0, size, spikes).astype(np.int32), size)

    shapes = program.circuit.weight_shapes()
    return Recording(
        spikes={name: train(size, 500) for name, size in sizes.items()},
        events={"dendritic_spike": train(sizes["hippocampal"], 40)},
        weights={
            "keys": rng.uniform(size=shapes["keys"][::-1]),
            "values": rng.uniform(size=shapes["values"]),
        },
        duration_ms=schedule.duration_ms,
    )
