"""The ring code: locations go in and come back, and a blend lies in between."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.recall.ring_code import decoded_rad, difference_rad, ring_code

LOCATIONS = np.random.default_rng(3).uniform(0, 2 * np.pi, 500)


@pytest.mark.parametrize("n_units", [3, 7, 40])
def test_a_location_comes_back_within_the_resolution(n_units: int) -> None:
    codes = ring_code(LOCATIONS, n_units)
    assert set(np.unique(codes)) == {-1, 1}
    error = difference_rad(decoded_rad(codes.astype(float)), LOCATIONS)
    assert np.abs(error).max() <= np.pi / n_units + 1e-9


def test_forty_units_resolve_nine_degrees() -> None:
    codes = ring_code(0.001 + np.linspace(0, 2 * np.pi, 3600, endpoint=False), 40)
    assert len(np.unique(codes, axis=0)) == 40
    assert np.abs(codes.sum(axis=1)).max() == 0


def test_a_blend_of_two_locations_lies_in_between() -> None:
    first, second = ring_code(np.radians([10.0, 71.0]), 360).astype(float)
    blend = np.degrees(decoded_rad(np.array([0.5 * first + 0.5 * second])))
    assert blend[0] == pytest.approx(40.5, abs=1.0)


def test_no_evidence_is_no_location() -> None:
    assert np.isnan(decoded_rad(np.zeros((2, 40)))).all()
    assert np.isnan(decoded_rad(np.ones((1, 40)))).all()


def test_differences_go_the_short_way_round() -> None:
    difference = difference_rad(np.radians([350.0, 10.0]), np.radians([10.0, 350.0]))
    np.testing.assert_allclose(np.degrees(difference), [-20.0, 20.0])
