"""What it costs to record what is inside ten cells: CPU time with and without, in pairs of runs.

Potentials, plateaus and the instructive current of ten hippocampal cells and the eligibility of ten
entorhinal ones at 1 ms, in `cued-recall`. The time is that of the program and of Python together.
"""

from __future__ import annotations

import resource

from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment
from tables import heading, interval, kept, options, row, sized, small

COLUMNS = (("recorded", 10), ("CPU s", 16), ("more %", 14))
RECORD = (
    "hippocampal.v,hippocampal.v_dendrite,hippocampal.in_plateau,"
    "hippocampal.instructive_current,entorhinal.eligibility"
)
#: In the quick form nothing is compiled.
QUICKLY = {
    "run.target": "numpy", "run.dt_ms": 1.0, "protocol.n_items": 1, "protocol.study_ms": 100.0,
    "protocol.gap_ms": 100.0, "protocol.cue_ms": 100.0,
}  # fmt: skip


def seconds(experiment: Experiment) -> float:
    """Return the CPU time of a run."""

    def spent() -> float:
        who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))

    before = spent()
    run = experiment.settings.run
    experiment.program.run(experiment.schedule, run.seed, run.dt_ms, record=experiment.record)
    return spent() - before


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--pairs", type=int, default=sized(14, 2), help="number of pairs of runs")
    pairs = parser.parse_args().pairs
    settings = small(sized({}, QUICKLY))
    without = prepare("cued-recall", settings)
    recorded = prepare("cued-recall", {**settings, "run.record": RECORD})
    for experiment in (without, recorded):
        experiment.program.build(record=experiment.record)
    found: list[tuple[float, float]] = []
    for pair in range(pairs):
        order = (without, recorded) if pair % 2 else (recorded, without)
        times = [seconds(experiment) for experiment in order]
        found.append((times[0], times[1]) if pair % 2 else (times[1], times[0]))
    with kept("recording_inside"):
        heading(f"{pairs} pairs, mean and half width of the 95 % interval", COLUMNS)
        row(COLUMNS, ["no", interval([one for one, _ in found]), ""])
        more = [100 * (other / one - 1) for one, other in found]
        row(COLUMNS, ["yes", interval([other for _, other in found]), interval(more, 1)])
