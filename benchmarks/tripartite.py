"""The tripartite memory: recall by astrocyte processes, beside its rate form.

Half as many items as slots, asked for by cues of which entries are hidden or wrong. The rate form
knows the items and the temperature alone. The squared error is that of what value cells fire, ON
minus OFF, in parts of what they fire on average for cues without a wrong entry.
"""

from __future__ import annotations

from functools import partial

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

#: Part of the entries that cues hide.
HIDDEN = sized((0.6, 0.0), (0.6,))
BETA = 1.0
COLUMNS = [
    ("hidden", 6), ("wrong", 5), ("bits right", 14),
    ("rate form", 14), ("difference", 15), ("squared error", 14), ("rate form's", 14),
    ("summed Hz", 11),
]  # fmt: skip
CUE_MS = 700.0

#: Bits and squared errors of circuit and rate form, and the summed rate, of a kind of cue.
Scored = dict[int, list[float]]


def rate_form(items: Items, n_slots: int) -> NDArray[np.float64]:
    """Return what processes at rest recall, the unused slots empty, shape (Q, m)."""
    keys, values = (
        np.vstack([table, np.zeros((n_slots - len(table), table.shape[1]))])
        for table in (items.keys, items.values)
    )
    synapses = SlotSynapses(keys, values, BETA)
    return np.array([synapses.read(query) for query in items.queries.astype(float)])


def asked(hidden: float, seed: int) -> Scored:
    """Run the circuit on a seed's items, and score it beside the rate form, by percent wrong."""
    given = small({**WHOLE, "run.circuit": "tripartite_memory", "circuit.beta": BETA})
    given |= {"protocol.n_items": sized(20, 3), "run.seed": seed}
    given |= {"protocol.occlusion": hidden, "protocol.cue_ms": CUE_MS}
    result = run_experiment(prepare(NOISY_CUES, given))
    items, readout = result.found.items, result.found.readout
    rates = rate_form(items, result.experiment.settings.circuit.n_slots)
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
    with kept("tripartite"):
        print(
            f"Beta {BETA:g}; means and 95 % intervals over seeds from {seeds[0]} on: {len(seeds)}."
        )
        heading("recall by cues of which entries are hidden, and of the others wrong", COLUMNS)
        for hidden in HIDDEN:
            found = over(partial(asked, hidden), seeds)
            for percent in found[0]:
                one = np.array([scores[percent] for scores in found]).T
                bits, rate_bits, error, rate_error, hertz = one
                shown = (bits, rate_bits, bits - rate_bits, error, rate_error)
                cells = [*map(interval, shown), interval(hertz, 0)]
                row(COLUMNS, [f"{hidden:.0%}", f"{percent} %", *cells])


if __name__ == "__main__":
    main()
