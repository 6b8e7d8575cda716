"""Path integration: the path that the bump took, beside the one that the animal took."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hippokv.arrays import Array

from .sheet import nearest_image, on_the_plane
from .trajectory import Trajectory

#: The two paths are laid on one another over so long a begin.
ANCHOR_S = 1.0


@dataclass(frozen=True)
class PathComparison:
    """Hold an integrated path beside the true one.

    Parameters
    ----------
    time_s
        Time from the begin of the path, shape (steps,).
    true_cm, integrated_cm
        The two paths, shape (steps, 2), on one another at the begin.
    period_cm
        How far the animal moves while the bump makes a full turn.
    period_given
        False where the period was fitted to this very path.
    """

    time_s: Array
    true_cm: Array
    integrated_cm: Array
    period_cm: float
    period_given: bool

    @cached_property
    def error_cm(self) -> Array:
        """Integrated less true place, shape (steps, 2)."""
        return np.asarray(self.integrated_cm - self.true_cm, dtype=float)

    @cached_property
    def error_periods(self) -> Array:
        """Distance of the integrated from the true place in periods, shape (steps,)."""
        distance: Array = np.linalg.norm(self.error_cm, axis=1)
        return distance / abs(self.period_cm)

    @cached_property
    def r2_by_axis(self) -> Array:
        """Share of the variance of x and of y that the integrated path explains, shape (2,)."""
        left, all_of_it = self._sums_of_squares
        share: Array = 1 - left / all_of_it
        return share

    @cached_property
    def r2(self) -> float:
        """Share of the variance of the place, x and y together, that the path explains."""
        left, all_of_it = self._sums_of_squares
        return float(1 - left.sum() / all_of_it.sum())

    @cached_property
    def rms_error_periods(self) -> float:
        """Root of the mean squared distance from the true place, in periods."""
        return float(np.sqrt(np.mean(self.error_periods**2)))

    @property
    def _sums_of_squares(self) -> tuple[Array, Array]:
        around = self.true_cm - self.true_cm.mean(axis=0)
        return (self.error_cm**2).sum(axis=0), (around**2).sum(axis=0)


def path_of_bump(turns: Array) -> Array:
    """Return the path of a bump in the plane, in periods from its first place, shape (steps, 2).

    From step to step the bump is taken to have gone the shortest way around the torus; steps
    without a phase are filled in evenly. A bump that jumps to the wrong place stays off by as much.

    Parameters
    ----------
    turns
        Phase along e1 and e2 in turns, shape (steps, 2), not a number where there is none.

    Raises
    ------
    ValueError
        Where no step has a phase.
    """
    known = np.flatnonzero(np.isfinite(turns).all(axis=1))
    if not known.size:
        raise ValueError("the module never fired, so that its bump has no path")
    moves = nearest_image(np.diff(turns[known], axis=0))
    path = on_the_plane(np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)]))
    every = np.arange(len(turns))
    return np.stack([np.interp(every, known, along) for along in path.T], axis=1)


def compare_paths(
    path_periods: Array, trajectory: Trajectory, period_cm: float | None = None
) -> PathComparison:
    """Lay the path of a bump beside that of the animal.

    With a given period the comparison is the strict one: nothing is fitted but the start, so that
    a bump which moves too slowly or too fast loses R2. A fitted period takes a wrong gain away, and
    what is left is drift and distortion; its R2 is never below the strict one. Rotation is fitted
    in neither case: the axes of the sheet are those of the room.

    Parameters
    ----------
    path_periods
        Path of the bump in periods, shape (steps, 2), see :func:`path_of_bump`.
    period_cm
        How far the animal moves for a full turn of the torus; None fits it by least squares.
    """
    true = trajectory.mid_position_cm
    anchor = slice(0, max(1, int(ANCHOR_S * 1e3 / trajectory.step_ms)))
    moved = path_periods - path_periods[anchor].mean(axis=0)
    start = true[anchor].mean(axis=0)
    fitted = period_cm is None
    if period_cm is None:
        period_cm = float(np.sum(moved * (true - start)) / np.sum(moved**2))
    return PathComparison(
        trajectory.mid_time_s, true, start + period_cm * moved, period_cm, not fitted
    )


@dataclass(frozen=True)
class Drift:
    """Hold how the error of an integrated path grows.

    Parameters
    ----------
    lag_s
        Spans of time, shape (lags,).
    squared_cm2
        Mean square of the change of the error in each span, shape (lags,).
    diffusion_cm2_per_s
        Diffusion constant D of the error: the mean square grows by 4 D a second.
    """

    lag_s: Array
    squared_cm2: Array
    diffusion_cm2_per_s: float


def drift(comparison: PathComparison, longest_s: float | None = None, lags: int = 20) -> Drift:
    """Return how far the error wanders in a span of time, averaged over all spans of the path.

    The diffusion constant is the slope of a straight line through the mean squares by least
    squares. Its intercept takes up what does not grow: the noise of decoding, and a bump that is
    behind the animal by a moment.

    Parameters
    ----------
    longest_s
        Longest span, by default a quarter of the path: of longer ones there are too few.
    """
    step_s = float(comparison.time_s[1] - comparison.time_s[0])
    most = len(comparison.time_s) - 1
    longest = most // 4 if longest_s is None else min(most, round(longest_s / step_s))
    chosen = np.unique(np.linspace(1, max(longest, 2), lags).astype(int))
    error = comparison.error_cm
    squared = np.array([((error[lag:] - error[:-lag]) ** 2).sum(axis=1).mean() for lag in chosen])
    slope = np.polyfit(chosen * step_s, squared, 1)[0]
    return Drift(chosen * step_s, squared, float(slope) / 4)
