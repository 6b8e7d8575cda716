"""The capacity of the circuit by the paper's own search: doubling, then bisection."""

from __future__ import annotations

import numpy as np

import hippokv
from hippokv.analysis.recall.capacity import capacity_by_bisection, slope
from hippokv.protocols.papers.paper_figure import of_size
from hippokv.protocols.running.experiment import prepare
from tables import heading, kept, options, over, row, seeds, sized, small

COLUMNS = [("selection", 12), ("N = d", 6), ("searches", 8), ("circuit", 15), ("rate model", 15)]
#: Seeds of the lists of one search lie this far from those of the next.
APART = 10_000


def searched(selection: str, size: int, seed: int) -> tuple[int, int]:
    """Return the capacity of a circuit and of its rate model, each list tried once."""
    found: dict[int, tuple[float, float]] = {}

    def trial(length: int) -> tuple[float, float]:
        if length not in found:
            settings = {
                **of_size(size), "circuit.selection": selection, "protocol.lengths": str(length),
            }  # fmt: skip
            run = hippokv.run("capacity", seed * APART + length, small(settings))
            found[length] = run.metrics["accuracy"], run.predicted_metrics["accuracy"]
        return found[length]

    return (
        capacity_by_bisection(lambda length: trial(length)[0]),
        capacity_by_bisection(lambda length: trial(length)[1]),
    )


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--searches", type=int, default=sized(20, 2))
    parser.add_argument("--sizes", type=int, nargs="+", default=sized([20, 40, 80], [6, 7]))
    arguments = parser.parse_args()
    with kept("capacity_search"):
        print("Mean and standard deviation over searches; 60 % hidden, criterion 98 %.")
        heading("Capacity by doubling and bisection", COLUMNS)
        for selection in ("ring", "random"):
            means: list[tuple[float, float]] = []
            for size in arguments.sizes:
                prepare("capacity", small(of_size(size))).program.build()
                capacities = np.array(
                    over(
                        lambda seed, size=size, selection=selection: searched(
                            selection, size, seed
                        ),
                        seeds(arguments.searches),
                    )
                )
                mean, spread = capacities.mean(axis=0), capacities.std(axis=0, ddof=1)
                cells = [f"{m:.2f} ± {s:.2f}" for m, s in zip(mean, spread, strict=True)]
                row(COLUMNS, [selection, size, arguments.searches, *cells])
                means.append((mean[0], mean[1]))
            circuit, rate = (slope(arguments.sizes, values) for values in zip(*means, strict=True))
            print(f"{selection}: {circuit:.3f} N, rate model {rate:.3f} N")


if __name__ == "__main__":
    main()
