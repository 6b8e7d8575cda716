"""The outcome of path integration: everything that is read from one run of a module."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.circuits.recording import SpikeTrain

from .bump_phase import BumpPhase, bump_phase
from .path_integration import Drift, PathComparison, compare_paths, drift, path_of_bump
from .sheet import Sheet
from .trajectory import Trajectory, spikes_on_path


@dataclass(frozen=True)
class PathOutcome:
    """Hold how well a module followed a path.

    Parameters
    ----------
    fitted
        The two paths with the period that fits them best.
    given
        The same with the period that was given, if one was.
    drift
        How the error of the given, or else of the fitted, path grows.
    phase
        The bump in each step.
    """

    fitted: PathComparison
    given: PathComparison | None
    drift: Drift
    phase: BumpPhase

    @property
    def strictest(self) -> PathComparison:
        """The comparison with the given period, or the fitted one where none was given."""
        return self.given or self.fitted


def path_outcome(
    spikes: SpikeTrain,
    sheet: Sheet,
    trajectory: Trajectory,
    period_cm: float | None = None,
    smoothing_ms: float = 20.0,
) -> PathOutcome:
    """Return how well the bump of a module followed a path.

    Parameters
    ----------
    trajectory
        The path whose velocity drove it.
    period_cm
        How far the animal should move for a full turn of the torus, if that is known beforehand;
        see :func:`.path_integration.compare_paths` for why it is the stricter comparison.
    smoothing_ms
        Standard deviation of the window in which the bump is read.

    Raises
    ------
    ValueError
        Where the spikes are not of the sheet's cells, or there are none.
    """
    on_path = spikes_on_path(spikes, trajectory)
    phase = bump_phase(on_path, sheet, trajectory.steps, trajectory.step_ms, smoothing_ms)
    path = path_of_bump(phase.turns)
    fitted = compare_paths(path, trajectory)
    given = None if period_cm is None else compare_paths(path, trajectory, period_cm)
    return PathOutcome(fitted, given, drift(given or fitted), phase)


def path_scores(outcome: PathOutcome) -> dict[str, float]:
    """Return the scores of a followed path, by name; see ``METRIC_MEANINGS`` for what they mean.

    ``path_r2`` and what belongs to it are there only where the period was given.
    """
    scores: dict[str, float] = {}
    for ending, comparison in (("", outcome.given), ("_fitted", outcome.fitted)):
        if comparison is None:
            continue
        along_x, along_y = comparison.r2_by_axis
        scores |= {
            f"path_r2{ending}": comparison.r2,
            f"path_r2_x{ending}": float(along_x),
            f"path_r2_y{ending}": float(along_y),
            f"path_error_periods{ending}": comparison.rms_error_periods,
        }
    return scores | {
        "path_period_cm": outcome.fitted.period_cm,
        "path_diffusion_cm2_per_s": outcome.drift.diffusion_cm2_per_s,
        "bump_concentration": float(np.nanmean(outcome.phase.concentration)),
    }
