"""Light without a cue: how much of a tagged memory comes back, against every dose.

Twenty items in 40 slots; the first is tagged by its plateaus and makes channelrhodopsin-2. One
dose at a time differs from the protocol's default (5 mW/mm2, 20 Hz, 15 ms, all tagged cells).
``others`` are the other items, recalled from their cues in the dark and under the light. The half
dose is where the accuracy of the mean curve is half-way between chance and its end.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from lesion import interval

from tables import heading, kept, results, row

COLUMNS = [
    ("dose", 22), ("value bits", 15), ("rate", 15), ("engram share", 15), ("rate", 15),
    ("no light", 15), ("others dark", 15), ("others lit", 15), ("rate", 15),
]  # fmt: skip
DOSES: dict[str, Sequence[float]] = {
    "irradiance_mW_mm2": (0.0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1.0, 5.0, 20.0),
    "frequency_hz": (5.0, 10.0, 20.0, 40.0),
    "expression": (0.0, 0.1, 0.3, 0.5, 1.0),
}


def measure(name: str, dose: float, count: int) -> float:
    """Print one row and return the accuracy under light."""
    found = results(
        "optogenetic-reactivation", {"protocol.n_items": 20, f"protocol.{name}": dose}, count
    )

    def scores(score: str, predicted: bool = False) -> list[float]:
        return [(one.predicted_metrics if predicted else one.metrics)[score] for one in found]

    row(
        COLUMNS,
        [
            f"{name.partition('_')[0]} {dose:g}", interval(scores("accuracy")),
            interval(scores("accuracy", True)), interval(scores("engram_share")),
            interval(scores("engram_share", True)), interval(scores("accuracy_no_light")),
            interval(scores("accuracy_others_in_the_dark")),
            interval(scores("accuracy_others_under_light")),
            interval(scores("accuracy_others_under_light", True)),
        ],
    )  # fmt: skip
    return float(np.mean(scores("accuracy")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    with kept("reactivation"):
        heading(f"{arguments.seeds} seeds, mean and 95 % interval", COLUMNS)
        for name, doses in DOSES.items():
            accuracy = [measure(name, dose, arguments.seeds) for dose in doses]
            half = (0.5 + accuracy[-1]) / 2
            above = int(np.argmax(np.array(accuracy) >= half))
            if above:
                part = (half - accuracy[above - 1]) / (accuracy[above] - accuracy[above - 1])
                dose = doses[above - 1] + part * (doses[above] - doses[above - 1])
                print(f"half dose of {name}: {dose:.3g}")
