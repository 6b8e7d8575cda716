"""Optogenetic silencing of one item among forty: what is lost, at what light, and to whom.

Protocol optogenetic-silencing with default settings but those that a row names. Means and 95 %
intervals over seeds; the target's cue is given ten times a round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import hippokv
from hippokv.analysis.recall.scores import credit, hidden_entries
from tables import heading, interval, kept, options, row, sized, swept

PROTOCOL = "optogenetic-silencing"
SCORES = (
    "accuracy_target_before", "accuracy_target_under_light", "accuracy_target_after",
    "accuracy_others_before", "others_change",
)  # fmt: skip
#: Settings of the quick form.
FEW: dict[str, Any] = sized({}, {"protocol.n_items": 4, "protocol.target_cues": 2})
COLUMNS = [
    ("condition", 28), ("model", 7), ("target before", 15), ("under light", 15),
    ("hidden entries", 15), ("after", 15),
    ("others before", 15), ("their change", 16), ("engram share", 15),
]  # fmt: skip
IRRADIANCES = sized((0.001, 0.01, 0.1, 10.0), (0.01,))


def hidden_accuracy(result: hippokv.Result[Any], group: str, model: str) -> float:
    """Return the accuracy of a group of recalls at the value entries that no cue gave."""
    items = result.found.items
    readout = result.found.readout if model == "spiking" else result.found.prediction
    right = credit(readout.decoded, items.values[items.query_item], 0.5)
    return float(np.mean(right[hidden_entries(items) & items.asked(group)[:, None]]))


def hidden_accuracies(
    groups: Sequence[str],
) -> dict[str, Callable[[hippokv.Result[Any]], float]]:
    """Return :func:`hidden_accuracy` of groups, circuit and rate model, as metrics of a sweep."""
    return {
        f"hidden_{group}_{model}": partial(hidden_accuracy, group=group, model=model)
        for group in groups
        for model in ("spiking", "rate")
    }


def conditions() -> list[tuple[str, dict[str, Any]]]:
    """Return the rows: words and settings."""
    return [
        ("defaults: 5 mW/mm2", {}),
        ("values are their own keys", {"protocol.own_values": False}),
        *(
            (f"{irradiance:g} mW/mm2", {"protocol.irradiance_mW_per_mm2": irradiance})
            for irradiance in IRRADIANCES
        ),
        *(
            (f"{part:.0%} of tagged cells express", {"protocol.expression": part})
            for part in (0.5,)
        ),
    ]


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(10, 2), help="number of seeds, from 3000 on"
    )
    arguments = parser.parse_args()
    with kept("silencing"):
        heading(f"{PROTOCOL}, N = d = m = T = 40, {arguments.seeds} seeds", COLUMNS)
        for words, settings in conditions():
            hidden = hidden_accuracies(["target_under_light"])
            found = swept(PROTOCOL, {**settings, **FEW}, arguments.seeds, hidden)
            for (name, model), scores in zip(
                ((words, "spiking"), ("", "rate")), found[:2], strict=True
            ):
                cells = [interval(scores[score]) for score in SCORES]
                within = interval(found.circuit[f"hidden_target_under_light_{model}"])
                share = interval(scores["engram_share"])
                row(COLUMNS, [name, model, *cells[:2], within, *cells[2:], share])
