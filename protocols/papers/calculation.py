"""Parts of a figure that no circuit is needed for: a function of the seed, whose results are kept.

What a seed gave is a file in the folder of the figure, so that an interrupted figure continues.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..running.code_version import code_version
from ..running.whole_files import check_file, write_whole, writing
from ..sweeps.crew import hired_crew
from ..sweeps.sweep import SweepProgress

#: Decimals of what is kept to be shown and not scored.
SHOWN_DECIMALS = 4


@dataclass(frozen=True)
class Calculated:
    """Hold what a seed gave.

    Parameters
    ----------
    scores
        Numbers by model and group, as those of a circuit and its rate model.
    shown
        Arrays that the figure shows as an example.
    """

    scores: Mapping[str, Mapping[str, float]]
    shown: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Calculation:
    """Describe a part of a figure.

    Parameters
    ----------
    name
        Name of the folder, and of the condition in the table.
    calculate
        Returns what a seed gives. It calls its second argument again and again; what that raises
        ends it.
    check
        Raises an ``InputError`` where something is missing, before anything is calculated.
    source
        Says which data are used, where they are not always the same.
    """

    name: str
    calculate: Callable[[int, Callable[[], None]], Calculated]
    check: Callable[[], None] = lambda: None
    source: str = ""

    def results(
        self, seeds: Sequence[int], folder: Path, jobs: int | None, progress: SweepProgress
    ) -> list[Calculated]:
        """Return what the seeds give, in their order; what the folder has is not done again.

        Parameters
        ----------
        folder
            Where they are kept. A file that is damaged, or of another version of this program, is
            replaced.
        jobs
            Seeds at once, by default one more than there are cores.
        progress
            Called with the number of seeds that are done and their total.
        """
        paths = {seed: folder / f"{seed}.json" for seed in seeds}
        with writing(folder):
            for path in paths.values():
                check_file(path)
            folder.mkdir(parents=True, exist_ok=True)
        found = {seed: known for seed in seeds if (known := self._kept(paths[seed])) is not None}
        progress(len(found), len(seeds))
        todo = [seed for seed in seeds if seed not in found]
        if todo:
            with hired_crew(jobs, None) as crew:
                waiting = {
                    crew.executor.submit(self.calculate, seed, crew.stop): seed for seed in todo
                }
                for future in as_completed(waiting):
                    seed = waiting[future]
                    self._keep(future.result(), paths[seed])
                    # As it is read, so that it does not matter which seeds had been kept.
                    known = self._kept(paths[seed])
                    assert known is not None
                    found[seed] = known
                    progress(len(found), len(seeds))
        return [found[seed] for seed in seeds]

    @property
    def _version(self) -> str:
        return f"{code_version()} {self.source}"

    def _keep(self, result: Calculated, path: Path) -> None:
        content = {
            "version": self._version,
            "scores": result.scores,
            "shown": {
                name: np.round(table, SHOWN_DECIMALS).tolist()
                for name, table in result.shown.items()
            },
        }
        with writing(path.parent):
            write_whole(path, json.dumps(content).encode())

    def _kept(self, path: Path) -> Calculated | None:
        """Return what a file holds, or nothing where it is not what this program would write."""
        try:
            content = json.loads(path.read_bytes())
            if content["version"] != self._version:
                return None
            scores = {
                model: {group: float(value) for group, value in groups.items()}
                for model, groups in content["scores"].items()
            }
            shown = {name: np.asarray(table) for name, table in content["shown"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return Calculated(scores, shown)


def gathered(
    results: Sequence[Calculated],
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return the scores of all seeds together, shape (seeds,), by model and group."""
    return {
        model: {
            group: np.array([one.scores[model].get(group, math.nan) for one in results])
            for group in groups
        }
        for model, groups in results[0].scores.items()
    }


def along(
    groups: Mapping[str, NDArray[np.float64]], score: str
) -> dict[float, NDArray[np.float64]]:
    """Return the scores of the groups ``SCORE at POSITION``, shape (seeds,), by position."""
    start = f"{score} at "
    return {
        float(group.removeprefix(start)): values
        for group, values in groups.items()
        if group.startswith(start)
    }
