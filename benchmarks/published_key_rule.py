"""What the published rule of behavioural-time-scale plasticity can do as a key rule, and its price.

Milstein et al. 2021 beside the rule of Eq 12: one item in each slot and overwriting, items at
different times apart, without and with the homeostasis that gives silent inputs a depression. Then
the edge of the rule of Eq 12: how short an item can be shown before its plateau.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tables import FIRST_SEED, heading, options, row, sized, spread, swept

COLUMNS = [
    ("rule", 24), ("gap s", 5), ("items", 5), ("seeds", 5), ("accuracy", 15),
    ("Eq 12 as rates", 15), ("hidden bits", 15), ("distance", 15), ("one plateau", 15),
]  # fmt: skip
EDGE_COLUMNS = [
    ("study ms", 8), ("threshold", 9), ("items", 5), ("seeds", 5), ("key error", 15),
    ("worst slot", 10), ("accuracy", 15),
]  # fmt: skip
PUBLISHED: Mapping[str, Any] = {"circuit.key_plasticity": "milstein"}
#: The stored weight is what one plateau leaves then.
WITH_HOMEOSTASIS: Mapping[str, Any] = {
    **PUBLISHED,
    "circuit.milstein_rule.homeostasis_rate_Hz": 2.0,
    "circuit.milstein_rule.stored_weight": 0.302,
}
#: Name, settings, gap between items in ms, part of the seeds asked for.
CASES: tuple[tuple[str, Mapping[str, Any], float, float], ...] = (
    ("Eq 12", {}, 300.0, 0.5),
    *(
        (name, rule, gap, part)
        for name, rule in (
            ("published", PUBLISHED), ("published, homeostasis", WITH_HOMEOSTASIS),
        )
        for gap, part in ((300.0, 0.5), (1000.0, 0.3), (3000.0, 0.3), (10_000.0, 0.2))
    ),
)  # fmt: skip
#: How long an item is shown before its instruction in ms, and the threshold of the eligibility.
EDGES = (
    (800.0, 0.45), (400.0, 0.45), (300.0, 0.45),
    (800.0, 0.35), (400.0, 0.35), (300.0, 0.35),
)  # fmt: skip


def count_of(part: float, asked: int) -> int:
    """Return a part of the seeds, two at least."""
    return max(2, round(part * asked))


def rules(asked: int, first: int) -> None:
    """Print the table of rule against load."""
    heading("cued recall, N = d = m = 40, 60 % hidden", COLUMNS)
    for name, rule, gap, part in sized(CASES, CASES[:2]):
        for n_items in sized((40, 60), (4,)):
            count = count_of(part, asked)
            settings = {**rule, "protocol.gap_ms": gap, "protocol.n_items": n_items}
            found = swept("cued-recall", settings, count, first=first)
            scores = found.circuit
            row(
                COLUMNS,
                [
                    name, gap / 1e3, n_items, count, spread(scores["accuracy"]),
                    spread(found.rate["accuracy"]), spread(scores["accuracy_hidden"]),
                    spread(scores["attention_tv"]), spread(scores["one_plateau"]),
                ],
            )  # fmt: skip


def edge(asked: int, first: int) -> None:
    """Print how the rule of Eq 12 fares where items are shown for less long."""
    n_items = sized(40, 4)
    heading("the rule of Eq 12, N = d = m = 40, 60 % hidden", EDGE_COLUMNS)
    for study, threshold in sized(EDGES, EDGES[:1]):
        settings = {
            "protocol.study_ms": study,
            "protocol.n_items": n_items,
            "circuit.key_rule.eligibility_threshold": threshold,
        }
        scores = swept("cued-recall", settings, asked, first=first).circuit
        worst = scores["key_error_max"].max()
        row(
            EDGE_COLUMNS,
            [
                f"{study:g}", threshold, n_items, asked, spread(scores["key_error"]),
                f"{worst:.4f}", spread(scores["accuracy"]),
            ],
        )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them")
    parser.add_argument("--rules", action="store_true", help="the table of rules alone")
    arguments = parser.parse_args()
    if not arguments.rules:
        edge(arguments.seeds, arguments.first)
    rules(arguments.seeds, arguments.first)
