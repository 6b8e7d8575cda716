"""Measure what a long run takes: memory of its processes, and the size of what it leaves.

Runs `path-integration`, whose grid cells fire most of all circuits, for several lengths, each as a
process of its own. Memory is that of the largest process, the compiled program or Python.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tables import heading, kept, options, row, sized, small

COLUMNS = (
    ("simulated", 12),
    ("spikes", 12),
    ("memory MB", 12),
    ("recording MB", 14),
    ("B a spike", 12),
)
#: Settings of the quick form.
FEW_MAPS = sized({}, {"protocol.firing.mapped_cells": 5, "protocol.firing.shuffles": 20})
#: Runs a command and tells the memory of its largest process in kB (bytes on macOS).
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measured(duration_s: float) -> tuple[int, float, float]:
    """Return spikes, memory in MB and size of the recording in MB of a run."""
    settings = small({"protocol.trajectory.duration_s": duration_s, **FEW_MAPS}, "grid_circuit")
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        command = [
            sys.executable, "-m", "hippokv", "run", "path-integration", "--quiet",
            "--out", str(out), *(f"--set={key}={value}" for key, value in settings.items()),
        ]  # fmt: skip
        told = subprocess.run(
            [sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=True
        )
        unit = 1e6 if sys.platform == "darwin" else 1e3
        recording = out / "recording.npz"
        with np.load(recording) as arrays:
            spikes = sum(arrays[key].size for key in arrays.files if key.endswith("_i"))
        return spikes, int(told.stdout) / unit, recording.stat().st_size / 1e6


if __name__ == "__main__":
    parser = options(__doc__)
    default = sized("100,200,400", "1,2")
    parser.add_argument("--seconds", default=default, help="lengths in biological seconds")
    lengths = [float(text) for text in parser.parse_args().seconds.split(",")]
    # The compiler needs more memory than a run.
    measured(1.0)
    with kept("long_runs"):
        heading("what a long run takes", COLUMNS)
        for length in lengths:
            spikes, memory, size = measured(length)
            cells = [f"{spikes:,}", f"{memory:.0f}", f"{size:.1f}", f"{1e6 * size / spikes:.2f}"]
            row(COLUMNS, [f"{length:g} s", *cells])
