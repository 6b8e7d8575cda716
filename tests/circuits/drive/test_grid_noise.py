"""Random numbers by hash: their distribution, and that seeds, steps and cells do not repeat."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hippokv.circuits.drive.grid_noise import CONSTANTS, noise_functions
from hippokv.circuits.program.compiler import find_compiler

CELLS, STEPS = 500, 200
PROGRAM = """
#include "run_constants.h"
#include <cstdio>
int main()
{
    for (int step = 0; step < %d; step++)
        for (int cell = 0; cell < %d; cell++) {
            const double t = 0.005*step;
            const double drawn[2] = {hippokv::normal(t, cell, 0u), hippokv::uniform(t, cell, 2u)};
            std::fwrite(drawn, sizeof(double), 2, stdout);
        }
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that writes what cells draw in steps of the grid."""
    folder = tmp_path_factory.mktemp("noise")
    (folder / "main.cpp").write_text(PROGRAM % (STEPS, CELLS))
    command = ["g++", *find_compiler().flags, f"-I{CONSTANTS.parent}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


def drawn(program: Path, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return normal and uniform numbers, a row a step and a column a cell."""
    told = subprocess.run(
        [program], env={"HIPPOKV_SEED": str(seed)}, capture_output=True, check=True
    )
    table = np.frombuffer(told.stdout).reshape(STEPS, CELLS, 2)
    return table[..., 0], table[..., 1]


def test_numbers_are_normal_and_uniform(program: Path) -> None:
    normal, uniform = drawn(program, 7)
    assert stats.kstest(normal.ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(uniform.ravel(), "uniform").pvalue > 1e-3
    assert uniform.min() > 0
    assert uniform.max() < 1


def test_neighbours_in_time_and_among_cells_are_independent(program: Path) -> None:
    normal, uniform = drawn(program, 7)
    limit = 5 / np.sqrt(normal.size)
    for table in (normal, uniform):
        centred = table - table.mean()
        centred /= table.std()
        assert abs((centred[1:] * centred[:-1]).mean()) < limit
        assert abs((centred[:, 1:] * centred[:, :-1]).mean()) < limit
        assert abs((centred[1:, 1:] * centred[:-1, :-1]).mean()) < limit
        assert abs((centred[1:, :-1] * centred[:-1, 1:]).mean()) < limit
    assert abs(np.corrcoef(normal.ravel(), uniform.ravel())[0, 1]) < limit


def test_a_seed_gives_the_same_numbers_and_another_seed_others(program: Path) -> None:
    first, again, other = (drawn(program, seed)[0] for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 5 / np.sqrt(first.size)


def test_numpy_draws_one_number_a_cell() -> None:
    cells = np.arange(1000)
    for name, mean, spread in (("normal_at", 0.0, 1.0), ("uniform_at", 0.5, 12**-0.5)):
        numbers = noise_functions("pv")[name].pyfunc(0.0, cells)
        assert numbers.shape == cells.shape
        assert numbers.mean() == pytest.approx(mean, abs=0.2)
        assert numbers.std() == pytest.approx(spread, rel=0.2)


def test_populations_draw_from_streams_of_their_own() -> None:
    entorhinal, cortical = (
        noise_functions(name)["normal_at"].implementations._implementations["cpp"].get_code(None)
        for name in ("entorhinal", "cortical")
    )
    assert entorhinal != cortical
