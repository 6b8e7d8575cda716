"""Which slot takes an item: one plateau an event, in the least recently used slot, over many laps.

With the default noise of the dendrites (0.3 mV) and with more, and without the priming of the
next slot, where adaptation alone has to find the least recently used one.
"""

from __future__ import annotations

from tables import heading, options, row, sized, spread, swept

COLUMNS = [
    ("slots", 5), ("laps", 4), ("noise mV", 8), ("priming mV", 10), ("seeds", 5),
    ("one plateau", 15),
    ("least recent", 15), ("key error", 15), ("worst slot", 10), ("value error", 15),
]  # fmt: skip
#: Slots, laps, dendritic noise in mV, priming in mV, part of the seeds asked for.
CASES = (
    (40, 4, 0.3, 8.0, 1.0), (40, 4, 1.0, 8.0, 1.0), (40, 4, 0.3, 0.0, 1.0),
    (20, 4, 0.3, 8.0, 1.0), (200, 4, 0.3, 8.0, 0.3),
)  # fmt: skip

if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(10, 2), help="number of seeds, from 3000 on"
    )
    arguments = parser.parse_args()
    heading("storage, default parameters but those named", COLUMNS)
    for n_slots, laps, noise, priming, part in CASES:
        settings = {
            "circuit.n_slots": n_slots,
            "protocol.n_items": sized(laps * n_slots, 12),
            "circuit.hippocampal.dendrite_noise_mV": noise,
            "circuit.hippocampal.priming_depth_mV": priming,
        }
        count = max(2, round(part * arguments.seeds))
        found = swept("storage", settings, count)
        columns = [
            spread(found.circuit[name])
            for name in ("one_plateau", "least_recent", "key_error", "value_error")
        ]
        worst = found.circuit["key_error_max"].max()
        row(
            COLUMNS,
            [n_slots, laps, noise, priming, count, *columns[:3], f"{worst:.4f}", columns[3]],
        )
