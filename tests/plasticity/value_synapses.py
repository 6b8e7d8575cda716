"""Value synapses between cells that fire as told, for the tests of the value rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from brian_on_numpy import brian_on_numpy, shared_declarations
from numpy.typing import NDArray

from hippokv.parameter import si_values
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.passive_value_rule import PassiveValueRule
from hippokv.plasticity.stability import NEVER_S, STABLE, Stability

FORGETTING_MS = 50


@dataclass(frozen=True)
class Presynaptic:
    """Describe a hippocampal cell.

    Parameters
    ----------
    spikes_ms
        When it fires.
    released
        Neuromodulator at it in units of half occupancy: from when on in ms, and how much.
    plateau
        Whether its dendrite holds a plateau all the time.
    before
        Its weights at the start.
    """

    spikes_ms: Sequence[int] = ()
    released: Sequence[tuple[int, float]] = ((0, 19.0),)
    plateau: bool = True
    before: Sequence[float] = field(default=(0.0, 0.0))


def occupancy(released: float) -> float:
    """Return the part of the receptors that are occupied."""
    return released / (1 + released)


def weights_after(
    rule: HebbianValueRule | PassiveValueRule, cells: Sequence[Presynaptic], duration_ms: int
) -> NDArray[np.float64]:
    """Return weights onto a cortical cell that fires and a silent one, shape (cells, 2)."""
    from brian2 import Network, NeuronGroup, Synapses, TimedArray, ms

    traces = HebbianValueRule()
    passive = isinstance(rule, PassiveValueRule)
    fires = np.zeros((duration_ms, len(cells)))
    released = np.zeros((duration_ms, len(cells)))
    for column, cell in enumerate(cells):
        fires[[spike for spike in cell.spikes_ms if spike < duration_ms], column] = 1
        for start_ms, level in cell.released:
            released[start_ms:, column] = level
    with brian_on_numpy():
        hippocampal = NeuronGroup(
            len(cells),
            "released : 1\nacetylcholine : 1\nplateau_until : second",
            threshold="fires(t, i) > 0",
            events={"teaching_spike": f"fires(t, i) > 0 and {rule.presynaptic_terms['teaching']}"},
            namespace={
                "fires": TimedArray(fires, dt=1 * ms), "level": TimedArray(released, dt=1 * ms),
            },
        )  # fmt: skip
        hippocampal.run_regularly(
            "released = level(t, i)\nacetylcholine = released/(1 + released)", when="start"
        )
        hippocampal.plateau_until_ = [1e3 * cell.plateau for cell in cells]
        cortical = NeuronGroup(2, "trace : 1")
        cortical.trace = [1.0, 0.0]
        constants: dict[str, float] = {
            **si_values(Stability()),
            **si_values(traces, ("trace_threshold", "trace_slope")),
            "learning_rate": rule.learning_rate,
        }
        declared = shared_declarations(traces, ("trace_threshold", "trace_slope"))
        declared += shared_declarations(Stability()) + "learning_rate : 1 (shared)\n"
        if passive:
            constants |= {
                "forgetting_tau": rule.forgetting_tau_s,
                "forgetting_interval": FORGETTING_MS / 1e3,
                "forgetting": 1.0,
            }
            declared += "forgetting_tau : second (shared)\nforgetting_interval : second (shared)\n"
            declared += "forgetting : 1 (shared)\n"
        values = Synapses(
            hippocampal, cortical,
            "weight : 1\nblocked : 1 (shared)\n" + STABLE + declared,
            on_pre=rule.on_event,
            on_event="teaching_spike",
        )  # fmt: skip
        values.connect()
        values.weight_ = np.ravel([cell.before for cell in cells])
        values.stable_from_ = NEVER_S
        for name, value in constants.items():
            getattr(values, name + "_")[:] = value
        if passive:
            values.run_regularly(rule.on_grid[1][1], dt=FORGETTING_MS * ms, when="end")
        Network(hippocampal, cortical, values).run(duration_ms * ms, namespace={})
        return np.asarray(values.weight_[:]).reshape(len(cells), 2).copy()
