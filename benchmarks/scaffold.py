"""The scaffold in spikes: addresses that hold, are set and stepped, and modules that are corrected.

Run ``python benchmarks/scaffold.py``, which writes ``results/scaffold.txt``: a network a seed, each
with its own input weights, exploration and addresses, beside the rate model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hippokv
from tables import heading, interval, kept, options, row, sized, swept

#: Settings of the quick form: for addresses and steps, and for rooms.
FEW: tuple[Mapping[str, Any], ...] = sized(
    ({}, {}), ({"protocol.exploration_steps": 4}, {"protocol.width": 2})
)
#: Simulated time over that of a run, as many at once as there are cores.
PACE = "pace"
STABILITY = {
    "held": "addresses held for 2 s",
    "one_bump": "... with one bump in every module",
    "drift_steps": "... distance from the phase (steps)",
    "set": "set from hippocampus in 200 ms",
    "set_dropped": "... with 25 % of the cells silent",
    "set_shuffled": "... with 25 % of the cells replaced",
    "stepped": "joint steps",
    "stepped_heterogeneous": "... 10 pA heterogeneity",
    "stepped_heterogeneous_no_return": "... 10 pA, no return projection",
}
REMAPPING = {
    "corrected": "one displaced module corrected",
    "corrected_loop_cut": "... loop cut",
    "allowed_by_code": "... allowed by the code",
    "active_share": "share of cells active at a place",
    "similarity_within": "correlation of codes within rooms",
    "similarity_between": "... between rooms",
}


def table(
    title: str, protocol: str, settings: Mapping[str, Any], names: Mapping[str, str], count: int
) -> None:
    """Print the scores of a few networks and of their rate models."""
    found = swept(protocol, settings, count, {PACE: pace}, "scaffold_memory")
    columns = (("", 38), ("spiking", 16), ("rate model", 16))
    heading(title, columns)
    for name, words in names.items():
        spiking, rate = found.circuit[name], found.rate.get(name)
        if np.isnan(spiking).all():
            continue
        row(columns, (words, interval(spiking), "-" if rate is None else interval(rate)))
    row(columns, ("simulated over run time", interval(found.circuit[PACE], 1), ""))


def pace(result: hippokv.Result[Any]) -> float:
    """Return the simulated time over what the run took."""
    return result.timing.simulated_s / result.timing.run_s


def main() -> None:
    """Print all tables."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(5, 2), help="networks of each table")
    count = parser.parse_args().seeds
    with kept("scaffold"):
        table(
            "Periods 3, 4, 5; 800 hippocampal cells; 200 addresses and 200 steps a network",
            "scaffold-stability",
            {"protocol.n_addresses": sized(200, 2), "protocol.n_steps": sized(200, 2), **FEW[0]},
            STABILITY,
            count,
        )
        rooms = (
            ("One room of 8 x 8 places, periods 3, 4, 5, 7; 100 displacements a network", 1, {}),
            ("The same with periods 3, 4, 5", 1, {"circuit.periods": "3,4,5"}),
            ("Two rooms, periods 3, 4, 5, 7", 2, {}),
        )
        for title, n_rooms, more in rooms[: sized(None, 1)]:
            given = {"protocol.n_rooms": n_rooms, "protocol.n_displacements": sized(100, 2)}
            networks = count if title == rooms[0][0] else min(count, 3)
            table(title, "remapping", {**given, **FEW[1], **more}, REMAPPING, networks)


if __name__ == "__main__":
    main()
