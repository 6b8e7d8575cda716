"""The mixture of errors: how often a location is recalled at all, and how precisely then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

#: Concentrations that are told apart, as circular standard deviations from 1 to about 60 degrees:
#: a narrower peak is finer than any code of locations here, a wider one is nearly uniform.
CONCENTRATIONS = (1.5, 3283.0)
#: Concentrations tried, evenly on a logarithmic axis, before the best is refined.
N_TRIED = 32
#: A peak that holds less than this many errors has no width that could be told.
FEWEST_ERRORS = 2.0


@dataclass(frozen=True)
class MixtureOfErrors:
    """Hold a mixture of a von Mises distribution about 0 and a uniform one.

    Parameters
    ----------
    accessibility
        Weight of the von Mises distribution: the probability that a location is recalled at all.
    concentration
        Concentration of the von Mises distribution: the precision of what is recalled. Not a
        number where too little is recalled to tell.
    """

    accessibility: float
    concentration: float

    @property
    def spread_deg(self) -> float:
        """Circular standard deviation of the von Mises distribution in degrees."""
        from scipy.special import i0e, i1e

        resultant = i1e(self.concentration) / i0e(self.concentration)
        return float(np.degrees(np.sqrt(-2 * np.log(resultant))))


def fit_mixture(errors_rad: Array) -> MixtureOfErrors:
    r"""Fit a mixture of errors by maximum likelihood (Zhang & Luck 2008).

    .. math:: p(x) = a\,\frac{e^{\kappa\cos x}}{2\pi I_0(\kappa)} + \frac{1-a}{2\pi}

    For each concentration the likelihood has one maximum in *a*, so only the concentration is
    searched.

    Parameters
    ----------
    errors_rad
        Angles between what was recalled and what was right in rad, shape (n,). Not a number counts
        as a recall of nothing, which only the uniform distribution explains.

    Returns
    -------
    MixtureOfErrors
        Not a number throughout where there are no errors. The concentration is limited to
        ``CONCENTRATIONS``.

    Raises
    ------
    ValueError
        Where an error is infinite.
    """
    from scipy.optimize import minimize_scalar

    errors = np.asarray(errors_rad, dtype=float)
    if np.isinf(errors).any():
        raise ValueError("errors must be angles in rad, or not a number where nothing was recalled")
    if errors.size == 0:
        return MixtureOfErrors(float("nan"), float("nan"))

    def surprise(logarithm: float) -> float:
        excess = np.nan_to_num(_peak(errors, float(np.exp(logarithm))), nan=0.0) - 1
        return -float(np.log1p(_best_weight(excess) * excess).mean())

    lowest, highest = (float(np.log(concentration)) for concentration in CONCENTRATIONS)
    tried = np.linspace(lowest, highest, N_TRIED)
    at = int(np.argmin([surprise(logarithm) for logarithm in tried]))
    around = (tried[max(at - 1, 0)], tried[min(at + 1, N_TRIED - 1)])
    refined = float(minimize_scalar(surprise, bounds=around, method="bounded").x)
    # A search within bounds never reaches them, where the best of an exact recall is.
    best = min((float(tried[at]), refined), key=surprise)
    concentration = float(np.exp(best))
    excess = np.nan_to_num(_peak(errors, concentration), nan=0.0) - 1
    accessibility = _best_weight(excess)
    if accessibility * errors.size < FEWEST_ERRORS:
        concentration = float("nan")
    return MixtureOfErrors(accessibility, concentration)


def _peak(errors: Array, concentration: float) -> Array:
    """Return the density of the von Mises distribution relative to the uniform one."""
    from scipy.special import i0e

    # Scaled by exp(-concentration) above and below the line: neither can overflow.
    peak: Array = np.exp(concentration * (np.cos(errors) - 1)) / i0e(concentration)
    return peak


def _best_weight(excess: Array) -> float:
    """Return the weight of the peak that makes errors most likely, given their relative density."""
    from scipy.optimize import brentq

    def slope(weight: float) -> float:
        return float((excess / (1 + weight * excess)).sum())

    nearly_all = 1 - 1e-9
    if slope(0.0) <= 0:
        return 0.0
    if slope(nearly_all) >= 0:
        return 1.0
    return float(brentq(slope, 0.0, nearly_all))
