"""Print the photocurrents of cleosim's opsins in a voltage-clamped cell, as comma-separated values.

An independent implementation of the same published models, with its own constants. Runs as a
process of its own: cleosim has warnings, and leaves names behind in Brian2.
"""

from __future__ import annotations

import csv
import sys

import numpy as np

IRRADIANCES_MW_PER_MM2 = (0.5, 5.0, 50.0)
WIDTHS_MS = (5.0, 50.0)
CLAMP_MV, STOP_MS = -65.0, 150.0
#: cleosim integrates by Euler's method: the step is short against the fastest rate, 40 per ms.
STEP_MS, SAMPLE_MS = 0.005, 0.5


def main() -> None:
    """Write a row for each opsin, light and sample."""
    import brian2
    import cleo
    from brian2 import Network, NeuronGroup, StateMonitor, defaultclock, joule, mm2, ms, mV, second

    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.log_level_error()
    writer = csv.writer(sys.stdout)
    writer.writerow(["opsin", "irradiance_mW_per_mm2", "width_ms", "time_ms", "outward_pA"])
    irradiance, width = (np.ravel(grid) for grid in np.meshgrid(IRRADIANCES_MW_PER_MM2, WIDTHS_MS))
    photon = 6.62607015e-34 * 299792458.0 / 470e-9 * joule
    defaultclock.dt = STEP_MS * ms
    for name, opsin in (("chr2", cleo.opto.chr2_4s()), ("gtacr2", cleo.opto.gtacr2_4s())):
        cells = NeuronGroup(len(width), "v : volt\nIopto : amp", name=f"cells_{name}")
        cells.v = CLAMP_MV * mV
        cleo.coords.assign_xyz(cells, 0, 0, 0)
        simulator = cleo.CLSimulator(Network(cells))
        simulator.inject(opsin, cells)
        light = opsin.source_ngs[cells.name]
        monitor = StateMonitor(
            cells, "Iopto", record=True, dt=SAMPLE_MS * ms, when="end", name=f"monitor_{name}"
        )
        simulator.network.add(monitor)
        now = 0.0
        for stop in (*WIDTHS_MS, STOP_MS + STEP_MS):
            # Power over energy of a photon at the peak of both spectra, where neither weighs it.
            light.phi = (
                np.where(now < width, irradiance, 0.0) * 1e-3 * joule / second / mm2 / photon
            )
            simulator.run((stop - now) * ms)
            now = stop
        for cell in range(len(width)):
            for time, current in zip(monitor.t_ * 1e3, -monitor.Iopto_[cell] * 1e12, strict=True):
                row = (irradiance[cell], width[cell], round(time, 3), f"{current:.6g}")
                writer.writerow([name, *row])


if __name__ == "__main__":
    main()
