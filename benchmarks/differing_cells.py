"""Cells that differ and spikes that travel: recall of the feed-forward memory beside equal cells.

Each row is the circuit of the competition's benchmark with other numbers of heterogeneity, delays
and the idle epoch before storage; items, cues and the paper's model are those of that benchmark.
``worst`` is the row's largest difference to the paper's model over all kinds of cues, with its
sign; the rates are those of the layer during cues with 60 % and 80 % hidden.
"""

from __future__ import annotations

from typing import Any

import competition
import numpy as np
from numpy.typing import NDArray

from tables import heading, interval, kept, options, over, row, sized

COLUMNS = [
    ("", 44), ("60% hidden", 15), ("80% hidden", 15), ("worst", 7), ("Hz, 60%", 8),
    ("Hz, 80%", 8), ("highest", 8), ("between", 8), ("one plateau", 15), ("key error", 15),
]  # fmt: skip
SPREAD = "circuit.heterogeneity.threshold_spread_mV"
MEMBRANE = {
    "circuit.heterogeneity.leak_spread": 0.1,
    "circuit.heterogeneity.capacitance_spread": 0.1,
}
DELAYS = {"circuit.delays.shortest_delay_ms": 1.0, "circuit.delays.longest_delay_ms": 2.0}
IDLE = {"protocol.idle_ms": 10_000.0}
CONDITIONS: dict[str, dict[str, Any]] = {
    "equal cells, no delays": {},
    "delays of 1-2 ms": DELAYS,
    "delays of 2-4 ms": {
        "circuit.delays.shortest_delay_ms": 2.0, "circuit.delays.longest_delay_ms": 4.0
    },
    "2 mV, 10 %, no idle epoch": {SPREAD: 2.0, **MEMBRANE},
    "2 mV, 10 %, 10 s idle": {SPREAD: 2.0, **MEMBRANE, **IDLE},
    "2 mV, 10 %, 10 s idle, delays of 1-2 ms": {SPREAD: 2.0, **MEMBRANE, **IDLE, **DELAYS},
    "4 mV, 10 %, 10 s idle, delays of 1-2 ms": {SPREAD: 4.0, **MEMBRANE, **IDLE, **DELAYS},
    **{
        f"{spread} mV, {100 * part:.0f} %, 20 s idle, delays of 1-2 ms": {
            SPREAD: spread, **dict.fromkeys(MEMBRANE, part), "protocol.idle_ms": 20_000.0, **DELAYS
        }
        for spread, part in ((6, 0.2), (8, 0.3), (10, 0.3))
    },
}  # fmt: skip


def show(words: str, settings: dict[str, Any], seeds: range) -> None:
    """Print the row of one condition."""
    runs = over(lambda seed: competition.cues_of(settings, seed), seeds)

    def of(kind: str, part: int) -> NDArray[np.float64]:
        return np.array([np.mean([cue[part] for cue in found[kind]]) for found, _ in runs])

    kinds = list(runs[0][0])
    differences = [np.mean(of(kind, 0) - of(kind, 1)) for kind in kinds]
    sixty, eighty = (next(kind for kind in kinds if kind.startswith(hidden)) for hidden in HIDDEN)
    cues = [cue for found, _ in runs for kind in kinds for cue in found[kind]]
    row(
        COLUMNS,
        [
            words,
            *(interval(of(kind, 0) - of(kind, 1)) for kind in (sixty, eighty)),
            f"{max(differences, key=abs):+.3f}",
            *(f"{of(kind, 2).mean():.0f}" for kind in (sixty, eighty)),
            f"{max(cue.summed_Hz for cue in cues):.0f}",
            f"{max(of(kind, 3).mean() for kind in kinds):.0f}",
            *(interval([metrics[name] for _, metrics in runs]) for name in STORAGE),
        ],
    )


HIDDEN = sized(("0.6 0", "0.8 0"), ("0 0", "0.8 0"))
STORAGE = ("one_plateau", "key_error")


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--slots", type=int, default=sized(40, 4), help="number N of slots")
    parser.add_argument("--inputs", type=int, default=sized(40, 20), help="width d")
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6500, help="the first of them")
    parser.add_argument("--dt", type=float, default=0.5, help="time step in ms")
    parser.add_argument("--only", default="", help="rows whose words have this")
    arguments = parser.parse_args()
    chosen: dict[str, Any] = {
        "run.circuit": "feedforward_memory", "circuit.preset": "none", "run.dt_ms": arguments.dt,
        "circuit.n_slots": arguments.slots, "circuit.n_inputs": arguments.inputs,
        "circuit.n_outputs": arguments.inputs, "protocol.n_items": arguments.slots,
        **sized({}, {"circuit.cells_per_slot": 3}),
    }  # fmt: skip
    label = f"{arguments.slots}-{arguments.inputs}" + (
        f"-dt-{arguments.dt:g}" if arguments.dt != 0.5 else ""
    )
    few = range(arguments.first, arguments.first + arguments.seeds)
    rows = "-some" if arguments.only else ""
    with kept(f"differing-cells-{label}{rows}"):
        print(f"spiking less the paper's model at beta 1; seeds {few.start} to {few.stop - 1}")
        heading(f"N = {arguments.slots}, d = {arguments.inputs}, dt {arguments.dt:g} ms", COLUMNS)
        for words, more in list(CONDITIONS.items())[:: sized(1, 5)]:
            if arguments.only in words:
                show(words, {**chosen, **more}, few)
