"""The tripartite memory: recall by astrocyte processes, beside its rate form and PV inhibition.

Half as many items as slots, asked for by cues of which entries are hidden or wrong. The rate form
knows the items and the temperature alone. Graded is what the value cells fire, ON minus OFF, in
parts of what they fire for whole cues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.groups import numbered
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import SETTLING_MS, Readout
from hippokv.analysis.recall.scores import credit
from hippokv.analysis.theory.tripartite import SlotSynapses
from hippokv.protocols.papers.noisy_cues import GROUP, NOISY_CUES, WHOLE
from hippokv.protocols.running.experiment import prepare, run_experiment
from tables import heading, interval, kept, options, over, row, sized, small

#: What is asked: a circuit, its settings, and the temperature of the rate form beside it.
CIRCUITS: Mapping[str, tuple[Mapping[str, Any], float]] = {
    "processes, beta 1": ({"run.circuit": "tripartite_memory", "circuit.beta": 1.0}, 1.0),
    "processes, beta 0.5": ({"run.circuit": "tripartite_memory", "circuit.beta": 0.5}, 0.5),
    "processes, beta 2": ({"run.circuit": "tripartite_memory", "circuit.beta": 2.0}, 2.0),
    "PV, beta 0.5": ({"circuit.beta": 0.5}, 0.5),
    "PV, beta 1": ({"circuit.beta": 1.0, "circuit.pv.inhibition_nS": 0.3}, 1.0),
}  # fmt: skip
HIDDEN = sized((0.0, 0.6, 0.8, 0.9), (0.0,))
TIME_CONSTANTS_MS = sized((20.0, 50.0, 150.0, 300.0, 500.0, 1500.0), (150.0,))
COLUMNS = [
    ("selected by", 20), ("hidden", 6), ("wrong", 5), ("bits right", 14), ("rate form", 14),
    ("difference", 15), ("squared error", 14), ("rate form's", 14), ("summed Hz", 11),
]  # fmt: skip
SLOW = [("time constant ms", 16), ("hidden", 6), ("wrong", 5), ("bits right", 14)]
CUE_MS = 700.0

#: Bits and squared errors of circuit and rate form, and the summed rate, of a kind of cue.
Scored = dict[int, list[float]]


def rate_form(items: Items, n_slots: int, beta: float) -> NDArray[np.float64]:
    """Return what processes at rest recall, the unused slots empty, shape (Q, m)."""
    keys, values = (
        np.vstack([table, np.zeros((n_slots - len(table), table.shape[1]))])
        for table in (items.keys, items.values)
    )
    synapses = SlotSynapses(keys, values, beta)
    return np.array([synapses.read(query) for query in items.queries.astype(float)])


def asked(settings: Mapping[str, Any], beta: float, hidden: float, seed: int) -> Scored:
    """Run a circuit on a seed's items, and score it beside the rate form, by percent wrong."""
    given = {**WHOLE, "protocol.n_items": sized(20, 3), **settings, "run.seed": seed}
    given |= {"protocol.occlusion": hidden, "protocol.cue_ms": CUE_MS}
    result = run_experiment(prepare(NOISY_CUES, given))
    items, readout = result.found.items, result.found.readout
    rates = rate_form(items, result.experiment.settings.circuit.n_slots, beta)
    return scored(items, readout, rates)


def scored(items: Items, readout: Readout, rates: NDArray[np.float64]) -> Scored:
    """Score a readout beside a rate form, by percent wrong."""
    values = items.values[items.query_item]
    right = [
        credit(np.sign(found).astype(np.int8), values, 0.5) for found in (readout.evidence, rates)
    ]
    clean = items.asked(f"{GROUP}0")
    graded = readout.evidence / max(np.abs(readout.evidence[clean]).mean(), 1.0)
    errors = [(found - values) ** 2 for found in (graded, rates)]
    hertz = readout.spikes / (CUE_MS - SETTLING_MS) * 1e3
    return {
        percent: [float(one[items.asked(group)].mean()) for one in (*right, *errors, hertz)]
        for percent, group in numbered(GROUP, items.groups).items()
    }


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6420, help="the first of them")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    circuits = {
        name: (small(settings), beta) for name, (settings, beta) in CIRCUITS.items()
    }  # fmt: skip
    with kept("tripartite"):
        print(f"Means and 95 % intervals over seeds from {seeds[0]} on: {len(seeds)}.")
        heading("recall by cues of which entries are hidden, and of the others wrong", COLUMNS)
        for name, (settings, beta) in circuits.items():
            for hidden in HIDDEN:
                found = over(lambda seed: asked(settings, beta, hidden, seed), seeds)  # noqa: B023
                for percent in found[0]:
                    bits, rate_bits, error, rate_error, hertz = np.array(
                        [one[percent] for one in found]
                    ).T
                    row(
                        COLUMNS,
                        [
                            name, f"{hidden:.0%}", f"{percent} %", interval(bits),
                            interval(rate_bits), interval(bits - rate_bits), interval(error),
                            interval(rate_error), interval(hertz, 0),
                        ],
                    )  # fmt: skip
        heading(f"slow processes, cues of {CUE_MS:g} ms, beta 1", SLOW)
        settings, beta = circuits["processes, beta 1"]
        for tau_ms in TIME_CONSTANTS_MS:
            slow = {**settings, "circuit.astrocyte.process_tau_ms": tau_ms}
            for hidden in HIDDEN[:2]:
                found = over(lambda seed: asked(slow, beta, hidden, seed), seeds)  # noqa: B023
                for percent in found[0]:
                    bits = [one[percent][0] for one in found]
                    row(SLOW, [f"{tau_ms:g}", f"{hidden:.0%}", f"{percent} %", interval(bits)])


if __name__ == "__main__":
    main()
