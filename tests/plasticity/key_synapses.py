"""Key synapses onto cells that differ in one thing each, for the tests of the key rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from brian_on_numpy import brian_on_numpy, shared_declarations
from numpy.typing import NDArray

from hippokv.parameter import si_values
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.stability import NEVER_S, STABLE, Stability

RATE_HZ = 100.0
STUDY_MS, GAP_MS, PLATEAU_MS = 1000, 300, 180
#: Eight inputs, two for each way in which they can take part in two items in a row.
PREVIOUS = np.array([1, 1, 0, 0, 1, 1, 0, 0])
PRESENT = np.array([1, 1, 1, 1, 0, 0, 0, 0])
#: Cells that differ in one thing each: plateau, acetylcholine, somatic rate, weight at the start.
CELLS: dict[str, tuple[bool, float, float, float]] = {
    "silent": (True, 1.0, 0.0, 0.5),
    "firing": (True, 1.0, 80.0, 0.5),
    "without plateau": (False, 1.0, 80.0, 0.3),
    "without acetylcholine": (True, 0.0, 80.0, 0.3),
    "half the acetylcholine": (True, 0.5, 0.0, 0.5),
    "full before": (True, 1.0, 0.0, 1.0),
    "empty before": (True, 1.0, 0.0, 0.0),
}


@dataclass
class Outcome:
    """Hold what the synapses were like at the end."""

    weight: dict[str, NDArray[np.float64]]
    eligibility: NDArray[np.float64]
    somatic_spikes: dict[str, int]


def two_items_and_a_plateau(rule: BTSPKeyRule) -> Outcome:
    """Show the previous item, then the present one, and hold a plateau while it is still shown."""
    from brian2 import (
        Hz,
        Network,
        NeuronGroup,
        SpikeMonitor,
        Synapses,
        TimedArray,
        ms,
    )

    start_ms = 2 * STUDY_MS + GAP_MS
    with brian_on_numpy():
        shown = np.zeros((start_ms // 100 + 2, len(PRESENT)))
        shown[: STUDY_MS // 100] = PREVIOUS
        shown[(STUDY_MS + GAP_MS) // 100 :] = PRESENT
        inputs = NeuronGroup(
            len(PRESENT),
            "dphase/dt = shown(t, i)*reference_rate : 1\nreference_rate : hertz (shared)\n"
            + rule.presynaptic_equations
            + shared_declarations(rule, rule.presynaptic_constants),
            threshold="phase > 0.999",
            reset="phase = 0\n" + rule.on_presynaptic_spike,
            method="euler",
            namespace={"shown": TimedArray(shown, dt=100 * ms)},
        )
        inputs.reference_rate = RATE_HZ * Hz
        cells = NeuronGroup(
            len(CELLS),
            "dphase/dt = rate : 1\nrate : hertz\nacetylcholine : 1\nreleased : 1\nin_plateau : 1",
            threshold="phase > 0.999",
            reset="phase = 0",
            events={
                "plateau_update": "in_plateau > 0 and t >= plateau_start"
                " and timestep(t - plateau_start, dt) % update_steps == 0"
            },
            method="euler",
            namespace={"plateau_start": start_ms * ms, "update_steps": int(rule.interval_ms)},
        )
        plateau, acetylcholine, rate, weight = np.array(list(CELLS.values()), dtype=float).T
        cells.in_plateau, cells.acetylcholine = plateau, acetylcholine
        cells.rate = rate * Hz
        keys = Synapses(
            inputs, cells,
            "weight : 1\nblocked : 1 (shared)\n"
            + STABLE + shared_declarations(Stability())
            + shared_declarations(rule, rule.synaptic_constants),
            on_post={"plateau": rule.on_event},
            on_event={"plateau": "plateau_update"},
        )  # fmt: skip
        keys.connect()
        keys.weight_ = np.tile(weight, len(PRESENT))
        keys.stable_from_ = NEVER_S
        for owner, names in ((inputs, rule.presynaptic_constants), (keys, rule.synaptic_constants)):
            for name, value in si_values(rule, names).items():
                getattr(owner, name + "_")[:] = value
        for name, value in si_values(Stability()).items():
            getattr(keys, name + "_")[:] = value
        somatic = SpikeMonitor(cells, record=False)
        network = Network(inputs, cells, keys, somatic)
        network.run((start_ms + PLATEAU_MS) * ms, namespace={})
        table = np.array(keys.weight_[:]).reshape(len(PRESENT), len(CELLS)).T
        return Outcome(
            weight=dict(zip(CELLS, table, strict=True)),
            eligibility=np.asarray(inputs.eligibility_[:]).copy(),
            somatic_spikes=dict(zip(CELLS, map(int, somatic.count), strict=True)),
        )
