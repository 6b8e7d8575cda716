"""The preset of cells that differ, and that an idle epoch makes alike, and of spikes that travel.

What is measured with it, and how far cells may differ, stands in ``docs/differing_cells.md``.
"""

from __future__ import annotations

from .presets import Preset, chosen, within

LATENCY = "Ali et al. 1998, not looked up: latencies of local connections of CA1"
MEMBRANES = "membranes of one kind of cell differ by more; the idle epoch takes back a fifth too"

PRESET = Preset(
    "differing",
    "feedforward_memory",
    (
        chosen(
            "circuit.heterogeneity.threshold_spread_mV", 2.0,
            "a fourfold of the width of a threshold; CA1 cells spread by several mV",
        ),
        chosen("circuit.heterogeneity.leak_spread", 0.1, MEMBRANES),
        chosen("circuit.heterogeneity.capacitance_spread", 0.1, MEMBRANES),
        within("circuit.delays.shortest_delay_ms", 1.0, 0.3, 3.0, LATENCY),
        within("circuit.delays.longest_delay_ms", 2.0, 0.3, 3.0, LATENCY),
        chosen(
            "circuit.race.local_refractory_ms", 7.5,
            "where slots race, SST cells are late by their axons: with 7 ms two slots win now and "
            "then, with 8 none",
        ),
        chosen("protocol.idle_ms", 10_000.0, "thresholds have settled then"),
    ),
)  # fmt: skip
