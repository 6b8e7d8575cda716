"""Synapses whose two sides do what they are told, for tests of a rule's statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from brian_on_numpy import brian_on_numpy
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Side:
    """Describe the cells on one side.

    Parameters
    ----------
    held
        Variables without a unit and their values, one a cell, which nothing changes by itself.
    equations
        Other variables, with what they need.
    constants
        Values of the constants in ``equations``, in SI units.
    events_ms
        When each cell has the event that sets off the statements.
    """

    held: Mapping[str, Sequence[float]]
    equations: str = ""
    constants: Mapping[str, float] = field(default_factory=dict)
    events_ms: Sequence[Sequence[int]] | None = None


def weights_after(
    statements: Mapping[str, str],
    before: ArrayLike,
    pre: Side,
    post: Side,
    constants: tuple[str, Mapping[str, float]],
    duration_ms: int,
) -> NDArray[np.float64]:
    """Return the weights at the end, shape (pre, post).

    Parameters
    ----------
    statements
        What the event on the side that has one does, by name, in this order.
    before
        Weights at the start, for shape (pre, post).
    pre, post
        The two sides.
    constants
        Declarations of the synapses' constants, and their values in SI units.
    duration_ms
        How long it lasts.
    """
    from brian2 import Network, NeuronGroup, Synapses, TimedArray, ms

    with brian_on_numpy():
        groups = []
        for side in (pre, post):
            size = len(next(iter(side.held.values())))
            happens = np.zeros((duration_ms, size))
            for cell, times in enumerate(side.events_ms or ()):
                happens[list(times), cell] = 1
            group = NeuronGroup(
                size,
                "".join(f"{name} : 1\n" for name in side.held) + side.equations,
                method="exact",
                events={"told": "happens(t, i) > 0"},
                namespace={"happens": TimedArray(happens, dt=1 * ms)},
            )
            for name, value in {**side.held, **side.constants}.items():
                getattr(group, name + "_")[:] = value
            groups.append(group)
        declared, values = constants
        of_pre = pre.events_ms is not None
        synapses = Synapses(
            *groups,
            "weight : 1\nblocked : 1 (shared)\n" + declared,
            **{"on_pre" if of_pre else "on_post": dict(statements)},
            on_event=dict.fromkeys(statements, "told"),
        )
        synapses.connect()
        synapses.weight_ = np.ravel(np.broadcast_to(before, tuple(map(len, groups))))
        for name, value in values.items():
            getattr(synapses, name + "_")[:] = value
        for order, name in enumerate(statements):
            getattr(synapses, name).order = order
        Network(*groups, synapses).run(duration_ms * ms, namespace={})
        return np.asarray(synapses.weight_[:]).reshape(tuple(map(len, groups))).copy()
