"""Where the time of a run goes, from the command line to the report.

One cued recall (T = N = d = m = 40, default parameters, dt 0.5 ms) with a compiled circuit, each
repeat in a process of its own, as ``hippokv run --out`` does it. The phases, in s of wall time:

- ``start``: Python itself and the import of the command line;
- ``prepare``: settings, stimuli and schedule, and the imports that they need (NumPy);
- ``simulate``: the compiled program, from the upload of the schedule to its end; ``steps`` is the
  part of it that the program spends in time steps;
- ``read``: reading spikes and weights;
- ``evaluate``: readout, rate model and scores;
- ``draw``: figures, report and files. matplotlib is imported in the background meanwhile, on the
  other core.

A run of a sweep has ``prepare`` (without imports), ``simulate``, ``read`` and ``evaluate`` only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from tables import FIRST_SEED, heading, kept, options, row, sized, small, spread

PHASES = ("start", "prepare", "simulate", "steps", "read", "evaluate", "draw", "whole")
COLUMNS = [("what", 22), *((name, 15) for name in PHASES)]
RUN = """
import json, sys, tempfile, time
began, seed, drawn = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "drawn"
import hippokv.command_line
phases = {"start": time.time() - began}
now = time.perf_counter()
def lap(name):
    global now
    then, now = now, time.perf_counter()
    phases[name] = now - then
from pathlib import Path
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.results_folder import Destination, import_pictures, write_results
from hippokv.circuits.program import program
settings = {**json.loads(sys.argv[4]), "run.seed": seed, "protocol.n_items": int(sys.argv[5])}
if not drawn:
    run_experiment(prepare("cued-recall", {**settings, "run.seed": seed + 1}))
    now = time.perf_counter()
experiment = prepare("cued-recall", settings)
lap("prepare")
if drawn:
    import_pictures()
collect = program.Program._collect
def timed(self, schedule, folder, *given):
    lap("simulate")
    phases["steps"] = json.loads((folder / program.WRITTEN).read_text())["steps_s"]
    recording = collect(self, schedule, folder, *given)
    lap("read")
    return recording
program.Program._collect = timed
result = run_experiment(experiment)
lap("evaluate")
if drawn:
    with tempfile.TemporaryDirectory() as folder:
        write_results(result, Destination(Path(folder) / "run"))
        lap("draw")
assert "brian2" not in sys.modules
print(json.dumps(phases))
"""


def phases(seed: int, kind: str) -> dict[str, float]:
    """Run once in a new process and return the time of each phase."""
    began = time.time()
    given = [repr(began), str(seed), kind, json.dumps(small({})), str(sized(40, 4))]
    command = [sys.executable, "-c", RUN, *given]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(told)
    found["whole"] = sum(value for name, value in found.items() if name != "steps")
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--repeats", type=int, default=sized(7, 1))
    arguments = parser.parse_args()
    phases(FIRST_SEED, "drawn")
    with kept("whole_run"):
        heading("seconds of wall time", COLUMNS)
        for kind, label in (("drawn", "command line to report"), ("again", "one more of a sweep")):
            found = [phases(FIRST_SEED + number, kind) for number in range(arguments.repeats)]
            if kind == "again":
                for one in found:
                    one["whole"] -= one.pop("start")
            cells = [
                spread([one[name] for one in found], 3) if name in found[0] else ""
                for name in PHASES
            ]
            row(COLUMNS, [label, *cells])
