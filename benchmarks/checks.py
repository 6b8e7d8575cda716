"""What the checks of a warm run cost, as a part of its time: profiled within the same run.

A check is what only looks whether something is right: of the compiled program before it is used, of
settings and versions, of what the program wrote, of what was read. Scores are none, and what the
program itself checks while it writes is not seen by Python's profile.
"""

from __future__ import annotations

import cProfile
import pstats

import hippokv
from tables import heading, interval, kept, options, row, sized, small

COLUMNS = (("check", 44), ("ms", 12), ("% of the run", 14))
SETTINGS = small({"protocol.n_items": sized(10, 2)})
#: File and name of the functions that only check, none of which calls another.
CHECKS = {
    ("program_cache.py", "_whole"): "the compiled program is what was compiled",
    ("temporary_folder.py", "run_folder"): "a folder of its own, locked; what others left",
    ("program.py", "_elements_written"): "the program ended, and how much it wrote",
    ("program.py", "_train"): "every spike is on a step",
    ("program.py", "_finite"): "weights are finite",
    ("configuration.py", "_check_circuit"): "the circuit can do what is asked",
    ("experiment.py", "_check_schedule"): "its channels are there",
    ("experiment.py", "origins_of"): "versions of files and packages",
    ("experiment.py", "_files_of_items"): "files stay as they are while they are read",
    ("parameter.py", "checked"): "settings are in their ranges",
    ("slots_of_items.py", "without_a_slot"): "every item has a slot",
    ("cue_balance.py", "off_balance"): "inhibition can balance the cues",
}


def profiled(seed: int) -> dict[str, float]:
    """Return the time in ms of each check in a run, and of all of it under an empty name."""
    profile = cProfile.Profile()
    profile.enable()
    hippokv.run("cued-recall", seed=seed, settings=SETTINGS)
    profile.disable()
    stats = pstats.Stats(profile)
    found = dict.fromkeys(CHECKS.values(), 0.0) | {"": 1e3 * stats.total_tt}  # type: ignore[attr-defined]
    for (file, _, function), times in stats.stats.items():  # type: ignore[attr-defined]
        name = CHECKS.get((file.replace("\\", "/").rpartition("/")[2], function))
        if name:
            found[name] += 1e3 * times[3]
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--runs", type=int, default=sized(20, 2), help="number of runs")
    runs = parser.parse_args().runs
    profiled(0)
    found = [profiled(seed) for seed in range(runs)]
    with kept("checks"):
        heading(f"{runs} warm runs, mean and half width of the 95 % interval", COLUMNS)
        for name in CHECKS.values():
            share = [100 * one[name] / one[""] for one in found]
            row(COLUMNS, [name, interval([one[name] for one in found], 2), interval(share, 3)])
        every = [sum(one.values()) - one[""] for one in found]
        share = [100 * ms / one[""] for ms, one in zip(every, found, strict=True)]
        row(COLUMNS, ["all checks", interval(every, 2), interval(share, 2)])
        row(COLUMNS, ["the run", interval([one[""] for one in found], 0), "100"])
