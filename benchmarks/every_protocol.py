"""Every protocol of the slot memory on the circuit that has all of it, beside its rate model.

The circuit is the feed-forward memory whose cells differ, are made alike by an idle epoch, and
whose spikes travel (``circuit.preset=differing``). What a protocol changes in its circuit it
changes here too, where beta and currents of values mean other temperatures and strengths than in
the slot memory. ``score`` is the accuracy of all recalls, or what stands in its place. ``largest``
is, of all scores that circuit and rate model share, whatever their unit, the one whose means over
seeds are furthest apart, but for those of synapses (``error``) and distances of shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hippokv
from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.protocol import find_protocol
from hippokv.protocols.sweeps.table import METRICS, PREDICTION
from tables import heading, interval, kept, options, row, sized, small

COLUMNS = [
    ("protocol", 24), ("score", 24), ("spiking", 15), ("rate model", 15), ("difference", 15),
    ("largest", 34), ("spiking", 8), ("rate", 8), ("n", 3),
]  # fmt: skip
#: Scores of the whole run, the first that a protocol has.
SCORES = ("accuracy", "capacity", "one_plateau")
#: Errors of weights, and distances of shares, which sampling alone makes.
OTHER = ("error", "_tv", "floor")
CIRCUIT = {"run.circuit": "feedforward_memory", "circuit.preset": "differing"}


def protocols() -> list[str]:
    """Return the names of all protocols that run on a slot memory, of either kind of inhibition."""
    slots = ("feedforward_memory", "slot_memory")
    return [name for name in PROTOCOLS if find_protocol(name).default_circuit in slots]


def show(name: str, settings: Mapping[str, Any], seeds: range) -> None:
    """Print the row of one protocol."""
    try:
        table = hippokv.sweep(name, {}, seeds, settings).table
    except InputError as error:
        print(f"{name:>24}  refuses: {error}", flush=True)
        return
    if words := [one for one in table["error"] if one]:
        print(f"{name:>24}  fails in {len(words)} of {len(seeds)}: {words[0]}", flush=True)
        return
    shared = [key.removeprefix(PREDICTION) for key in table.columns if key.startswith(PREDICTION)]
    found = {
        metric: tuple(np.array(table[kind + metric], float) for kind in (METRICS, PREDICTION))
        for metric in shared
        if METRICS + metric in table.columns
    }
    score = next((one for one in SCORES if one in found), next(iter(found)))
    far = {
        metric: abs(np.nanmean(spiking) - np.nanmean(rate))
        for metric, (spiking, rate) in found.items()
        if not any(word in metric for word in OTHER) and np.isfinite(spiking + rate).any()
    }
    largest = max(far, key=lambda metric: far[metric])
    spiking, rate = found[score]
    row(
        COLUMNS,
        [
            name, score, *(interval(values) for values in (spiking, rate, spiking - rate)),
            largest, *(f"{np.nanmean(values):.3f}" for values in found[largest]), len(seeds),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--only", default="", help="protocols, with commas between (default: all)")
    parser.add_argument("--seeds", type=int, default=sized(5, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6560, help="the first of them")
    parser.add_argument("--name", default="every-protocol", help="file of the results")
    arguments = parser.parse_args()
    asked = arguments.only.split(",") if arguments.only else sized(protocols(), ["storage"])
    chosen = {**small(CIRCUIT, "feedforward_memory"), **sized({}, {"protocol.n_items": 2})}
    with kept(arguments.name):
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        heading(f"seeds {seeds.start} to {seeds.stop - 1}", COLUMNS)
        for name in asked:
            show(name, chosen, seeds)
