"""Random codes: different addresses of a few active cells each."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.random_codes import RandomCodes
from hippokv.errors import InputError


def test_codes_are_sparse_and_all_different() -> None:
    codes = RandomCodes(12, 3).draw(200, np.random.default_rng(0))
    assert codes.shape == (200, 12)
    assert len(np.unique(codes, axis=0)) == 200
    np.testing.assert_array_equal(codes.sum(axis=1), 3)


def test_all_codes_that_there_are_can_be_drawn_and_no_more() -> None:
    addresses = RandomCodes(6, 2)
    assert len(addresses.draw(15, np.random.default_rng(1))) == 15
    with pytest.raises(InputError, match="at most 15"):
        addresses.draw(16, np.random.default_rng(1))


def test_clean_up_keeps_the_strongest_cells() -> None:
    drive = np.array([[0.1, 0.9, 0.3, 0.8]])
    assert RandomCodes(4, 2).clean_up(drive).tolist() == [[0, 1, 0, 1]]


def test_more_active_cells_than_cells_are_refused() -> None:
    with pytest.raises(InputError, match="n_active"):
        RandomCodes(4, 5)
