"""Keys that drift are alike by how near they are in time."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.theory.drifting_keys import drifting_keys


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_likeness_falls_with_the_time_between(kept: float) -> None:
    keys = drifting_keys(60, 4000, kept, np.random.default_rng(1))
    alike = np.corrcoef(keys)
    for lag in (1, 2, 5):
        assert alike.diagonal(lag).mean() == pytest.approx(kept**lag, abs=0.02)
    assert keys.var() == pytest.approx(1.0, abs=0.05)
