"""Measure what a long run takes: memory of its processes, and the size of what it leaves.

Runs `path-integration`, whose grid cells fire most of all circuits, for several lengths, each as a
process of its own. Memory is that of the largest process, the compiled program or Python.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

#: Runs a command and tells the memory of its largest process in kB (bytes on macOS).
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measured(duration_s: float) -> tuple[int, float, float]:
    """Return spikes, memory in MB and size of the recording in MB of a run."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        command = [
            sys.executable, "-m", "hippokv", "run", "path-integration", "--quiet",
            "--out", str(out), "--set", f"protocol.trajectory.duration_s={duration_s:g}",
        ]  # fmt: skip
        told = subprocess.run(
            [sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=True
        )
        unit = 1e6 if sys.platform == "darwin" else 1e3
        recording = out / "recording.npz"
        with np.load(recording) as arrays:
            spikes = sum(arrays[key].size for key in arrays.files if key.endswith("_i"))
        json.loads((out / "summary.json").read_text())
        return spikes, int(told.stdout) / unit, recording.stat().st_size / 1e6


def main() -> None:
    """Print a row for each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", default="100,200,400", help="lengths in biological seconds")
    lengths = [float(text) for text in parser.parse_args().seconds.split(",")]
    # The compiler needs more than a run.
    measured(1.0)
    rows = [measured(length) for length in lengths]
    print(
        f"{'s simulated':>12}{'spikes':>12}{'memory MB':>12}{'recording MB':>14}{'B a spike':>12}"
    )
    for length, (spikes, memory, size) in zip(lengths, rows, strict=True):
        print(f"{length:>12g}{spikes:>12,}{memory:>12.0f}{size:>14.1f}{1e6 * size / spikes:>12.2f}")
    if len(rows) > 1:
        more = 1e6 * (rows[-1][1] - rows[0][1]) / (rows[-1][0] - rows[0][0])
        print(f"bytes of memory for each further spike: {more:.1f}")


if __name__ == "__main__":
    main()
