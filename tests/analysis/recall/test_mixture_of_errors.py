"""The mixture of errors: known mixtures are found again, and what cannot be told is not told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.mixture_of_errors import CONCENTRATIONS, MixtureOfErrors, fit_mixture


def drawn(accessibility: float, concentration: float, count: int) -> NDArray[np.float64]:
    """Return errors drawn from a mixture."""
    stream = np.random.default_rng(7)
    recalled = stream.random(count) < accessibility
    return np.where(
        recalled, stream.vonmises(0.0, concentration, count), stream.uniform(-np.pi, np.pi, count)
    )


@pytest.mark.parametrize("accessibility", [0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("concentration", [5.0, 30.0, 300.0])
def test_a_known_mixture_is_found_again(accessibility: float, concentration: float) -> None:
    fit = fit_mixture(drawn(accessibility, concentration, 4000))
    assert fit.accessibility == pytest.approx(accessibility, abs=0.04)
    assert fit.concentration == pytest.approx(concentration, rel=0.2)


def test_the_fit_is_the_most_likely_mixture() -> None:
    errors = drawn(0.6, 20.0, 50)
    fit = fit_mixture(errors)

    def likelihood(accessibility: float, concentration: float) -> float:
        peak = np.exp(concentration * np.cos(errors)) / np.i0(concentration)
        return float(np.log(accessibility * peak + 1 - accessibility).sum())

    best = likelihood(fit.accessibility, fit.concentration)
    others = [
        likelihood(accessibility, concentration)
        for accessibility in np.linspace(0.0, 0.99, 51)
        for concentration in np.geomspace(1.5, 500.0, 80)
    ]
    assert best >= max(others) - 1e-9


def test_fewer_recalled_change_accessibility_and_not_precision() -> None:
    often, rarely = (fit_mixture(drawn(part, 30.0, 4000)) for part in (0.9, 0.3))
    assert often.accessibility - rarely.accessibility > 0.5
    assert abs(often.spread_deg - rarely.spread_deg) < 1.0


def test_guesses_are_not_accessible_and_have_no_precision() -> None:
    even = np.linspace(-np.pi, np.pi, 360, endpoint=False)
    assert fit_mixture(even).accessibility < 0.01
    away = fit_mixture(np.full(20, np.pi))
    assert away.accessibility == 0.0
    assert np.isnan(away.concentration)
    assert np.isnan(away.spread_deg)


def test_exact_recall_is_all_accessible_and_as_precise_as_can_be_told() -> None:
    fit = fit_mixture(np.zeros(10))
    assert fit.accessibility == 1.0
    assert fit.concentration == pytest.approx(CONCENTRATIONS[1])
    assert fit.spread_deg == pytest.approx(1.0, rel=1e-3)


def test_recall_of_nothing_is_a_failure() -> None:
    errors = np.array([0.0] * 30 + [np.nan] * 30)
    assert fit_mixture(errors).accessibility == pytest.approx(0.5, abs=0.01)
    nothing = fit_mixture(np.full(5, np.nan))
    assert nothing.accessibility == 0.0
    assert np.isnan(nothing.concentration)


def test_few_errors_are_fitted_and_none_are_not() -> None:
    assert 0.0 <= fit_mixture(np.array([0.1, -2.0, 0.05])).accessibility <= 1.0
    one = fit_mixture(np.array([0.0]))
    assert one.accessibility == 1.0
    assert np.isnan(one.concentration)
    none = fit_mixture(np.zeros(0))
    assert np.isnan(none.accessibility)
    assert np.isnan(none.spread_deg)


def test_a_wide_peak_is_near_its_normal_approximation() -> None:
    # For large concentrations the variance is one over it.
    assert MixtureOfErrors(1.0, 100.0).spread_deg == pytest.approx(np.degrees(0.1), rel=0.01)


def test_infinite_errors_are_refused() -> None:
    with pytest.raises(ValueError, match="must be angles"):
        fit_mixture(np.array([np.inf]))
