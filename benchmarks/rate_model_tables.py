"""The rate model of the circuit beside the numbers that the 2021 paper's model gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.scores import group_accuracies
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.running.experiment import prepare
from tables import heading, kept, options, over, row, seeds, sized

COLUMNS = [("task", 18), ("selection", 12), ("group", 14), ("seeds", 5), ("rate model", 17),
           ("table", 6), ("difference", 10)]  # fmt: skip
SELECTIONS = ("ring", "random")
#: Accuracy of the paper's model, least recent and random p = .1, re-computed (2-200 seeds a point).
LISTS = {
    1: (1.0, 1.0), 5: (1.0, 0.987), 10: (1.0, 0.964), 20: (1.0, 0.887), 30: (1.0, 0.817),
    40: (0.999, 0.776), 50: (0.926, 0.748), 60: (0.871, 0.721), 80: (0.812, 0.692),
    120: (0.748, 0.661), 180: (0.709, 0.635),
}  # fmt: skip
STREAM = {
    1: (1.0, 0.996), 5: (0.999, 0.988), 10: (0.999, 0.977), 20: (0.999, 0.953), 30: (0.999, 0.912),
    40: (0.999, 0.864), 41: (0.888, 0.859), 60: (0.875, 0.764), 80: (0.879, 0.695),
    81: (0.803, 0.700), 120: (0.798, 0.633), 160: (0.739, 0.613), 180: (0.703, 0.606),
}  # fmt: skip
CORRELATED = {
    0.3: {10: (1.0, 0.97), 20: (1.0, 0.92), 40: (1.0, 0.81), 80: (0.83, 0.73)},
    0.6: {10: (1.0, 0.98), 20: (0.99, 0.94), 40: (0.989, 0.87), 80: (0.89, 0.83)},
    0.9: {10: (0.99, 0.98), 20: (0.98, 0.97), 40: (0.97, 0.96), 80: (0.96, 0.96)},
}
HETEROASSOCIATIVE = {
    5: (1.0, 0.978), 10: (0.999, 0.957), 20: (1.0, 0.861), 40: (0.999, 0.745), 60: (0.835, 0.654),
    85: (0.735, 0.610),
}  # fmt: skip
SEQUENCE = {
    5: (1.0, 0.989), 10: (1.0, 0.916), 20: (1.0, 0.758), 40: (1.0, 0.664),
    45: (0.975, None), 50: (0.899, None), 60: (0.825, None),
}  # fmt: skip


def shown(table: Mapping[int, Any]) -> dict[int, Any]:
    """Return the rows of a table that are computed: all, or in the quick form the first."""
    return dict(list(table.items())[: sized(None, 2)])


def accuracies(protocol: str, settings: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Return the accuracy of the rate model in each group of recalls, without any spikes."""
    experiment = prepare(protocol, {"run.circuit": "slot_memory", **settings, "run.seed": seed})
    circuit, calibration = experiment.settings.circuit, Calibration(experiment.circuit.parameters)
    items = items_of(experiment.schedule)
    plateaus = None
    if circuit.selection == "random":
        stream = np.random.default_rng([seed, 7])
        plateaus = stream.random((len(items.keys), circuit.n_slots)) < circuit.plateau_probability
    found = rate_model(
        experiment.schedule, circuit.n_slots, calibration.beta, plateaus,
        learning=learning_of(experiment.circuit),
    )  # fmt: skip
    return group_accuracies(found.evidence, items)


def compare(
    task: str, protocol: str, settings: Mapping[str, Any], table: Mapping[int, tuple[Any, Any]],
    prefix: str, count: int,
) -> list[float]:  # fmt: skip
    """Print the rows of a table and return the distances to it."""
    distances = []
    for column, selection in enumerate(SELECTIONS):
        chosen = {**settings, "circuit.selection": selection}
        runs = over(lambda seed, chosen=chosen: accuracies(protocol, chosen, seed), seeds(count))
        for number, targets in shown(table).items():
            group, target = f"{prefix}{number}", targets[column]
            values = np.array([run[group] for run in runs if group in run])
            error = values.std(ddof=1) / np.sqrt(len(values))
            gap = float("nan") if target is None else values.mean() - target
            cells = [
                task, selection, group, len(values), f"{values.mean():.4f} ± {error:.4f}",
                "-" if target is None else f"{target:.3f}", f"{gap:+.4f}",
            ]  # fmt: skip
            row(COLUMNS, cells)
            distances.append(gap)
    return distances


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(40, 2))
    count = parser.parse_args().seeds
    with kept("rate_model_tables"):
        print("Mean ± standard error over seeds of the circuit's rate model, at the circuit's")
        print("temperature (1 for a cue with 60 % hidden), and the paper's model at 1.")
        heading("Tasks", COLUMNS)

        def lengths(table: Mapping[int, Any]) -> dict[str, str]:
            return {"protocol.lengths": ", ".join(map(str, shown(table)))}

        found = compare("capacity", "capacity", lengths(LISTS), LISTS, "T", count)
        for delay, targets in shown(STREAM).items():
            # The paper's own streams: one delay each, long enough for a steady state.
            own = {
                "protocol.delays": str(delay),
                "protocol.n_steps": max(sized(1000, 100), 20 * delay),
            }
            table = {delay: targets}
            found += compare(
                "continual", "continual", own, table, "R", max(count // 4, sized(3, 2))
            )
        for rho, table in CORRELATED.items():
            settings = {"protocol.rho": rho, **lengths(table)}
            found += compare(f"correlated {rho:g}", "correlated", settings, table, "T", count)
        found += compare(
            "heteroassociative",
            "heteroassociative",
            lengths(HETEROASSOCIATIVE),
            HETEROASSOCIATIVE,
            "T",
            count,
        )
        # The table's sequences have a prompt each; here one each as well.
        starts = {"protocol.n_starts": 1, **lengths(SEQUENCE)}
        found += compare("sequence", "sequence", starts, SEQUENCE, "T", sized(5, 1) * count)
        known = np.array([gap for gap in found if not np.isnan(gap)])
        print(f"\nwithin .01: {np.mean(np.abs(known) <= 0.01):.0%} of {known.size} points, "
              f"largest {known[np.abs(known).argmax()]:+.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
