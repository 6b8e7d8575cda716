"""What a run says of itself where cells differ or spikes travel, whatever its protocol."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from hippokv.circuits.cells.axonal_delays import MEASURED_DELAY_MS, AxonalDelays
from hippokv.circuits.cells.differing_cells import Heterogeneity, MEASURED_SPREAD_mV
from hippokv.circuits.cells.homeostasis import IDLE
from hippokv.circuits.schedule import Schedule


def unadapted(parameters: Any, schedule: Schedule) -> tuple[str, ...]:
    """Return a line where cells differ and had no time to find their thresholds before the items.

    Ten times what a threshold takes is what was measured with cells that differ by 2 mV.
    """
    cells = getattr(parameters, "heterogeneity", None)
    if not (isinstance(cells, Heterogeneity) and cells.present):
        return ()
    before = takewhile(lambda epoch: epoch.phase != "store", schedule.epochs)
    idle_ms = sum(epoch.duration_ms for epoch in before if IDLE in epoch.drive)
    needed_ms = 10 * parameters.homeostasis.adjustment_tau_ms
    if idle_ms >= needed_ms:
        return ()
    return (
        f"cells differ (circuit.heterogeneity) and have {idle_ms:g} ms before the first item to "
        f"find their thresholds (measured with {needed_ms:g} ms of protocol.idle_ms, for which the "
        "schedule of a protocol begins with idle_epochs): the rate model knows equal cells alone, "
        "which circuit.preset = none gives",
    )


def unmeasured(parameters: Any) -> tuple[str, ...]:
    """Return a line for each spread of cells and delay that is beyond what was measured."""
    numbers = []
    if isinstance(cells := getattr(parameters, "heterogeneity", None), Heterogeneity):
        spread_mV = cells.threshold_spread_mV
        numbers.append(("heterogeneity.threshold_spread_mV", spread_mV, MEASURED_SPREAD_mV))
    if isinstance(axons := getattr(parameters, "delays", None), AxonalDelays):
        numbers.append(("delays.longest_delay_ms", axons.longest_delay_ms, MEASURED_DELAY_MS))
    return tuple(
        f"circuit.{key} = {value:g}: recall was measured to be that of equal cells and spikes that "
        f"do not travel up to {limit:g}; the rate model knows these alone"
        for key, value, limit in numbers
        if value > limit
    )
