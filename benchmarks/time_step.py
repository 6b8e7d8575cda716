"""Convergence: the accuracy of cued recall against the time step, the same items at every step."""

from __future__ import annotations

from tables import heading, options, row, sized, spread, swept

COLUMNS = [
    ("dt ms", 5), ("selection", 12), ("items", 5), ("hidden", 6), ("spiking", 15), ("rate", 15),
    ("change to 0.1 ms", 17), ("distance", 15), ("one plateau", 15),
]  # fmt: skip
CASES = (
    ("ring", 40, 0.6),
    ("ring", 60, 0.6),
    ("ring", 40, 0.8),
    ("random", 20, 0.6),
)

if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(10, 2), help="number of seeds, from 3000 on"
    )
    arguments = parser.parse_args()
    heading(f"N = d = m = 40, {arguments.seeds} seeds; 0.1 ms is the reference", COLUMNS)
    for selection, n_items, hidden in CASES:
        reference = None
        for dt_ms in sized((0.1, 0.25, 0.5, 1.0), (0.5, 1.0)):
            settings = {
                "run.dt_ms": dt_ms, "circuit.selection": selection,
                "protocol.n_items": sized(n_items, 6), "protocol.occlusion": hidden,
            }  # fmt: skip
            found = swept("cued-recall", settings, arguments.seeds)
            spiking = found.circuit["accuracy"]
            reference = spiking if reference is None else reference
            row(
                COLUMNS,
                [
                    dt_ms, selection, n_items, f"{hidden:.0%}", spread(spiking),
                    spread(found.rate["accuracy"]),
                    spread(spiking - reference),
                    spread(found.circuit["attention_tv"], 3),
                    spread(found.circuit["one_plateau"]),
                ],
            )  # fmt: skip
