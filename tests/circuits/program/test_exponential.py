"""The exponential function of the generated loops, against the library's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import hippokv.circuits.program
from hippokv.circuits.program.compiler import find_compiler

HEADERS = Path(hippokv.circuits.program.__file__).parent
MAIN = """\
#include "exponential.h"
#include <cstdio>
#include <vector>
int main()
{
    std::vector<double> x;
    for (double next; std::scanf("%lf", &next) == 1;)
        x.push_back(next);
    for (size_t i = 0; i < x.size(); i++)
        x[i] = hippokv::exponential(x[i]);
    for (size_t i = 0; i < x.size(); i++)
        std::printf("%.17g\\n", x[i]);
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exponential")
    (folder / "main.cpp").write_text(MAIN)
    command = ["g++", *find_compiler().flags, f"-I{HEADERS}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


def evaluated(program: Path, x: np.ndarray) -> np.ndarray:
    text = "\n".join(map(repr, x.tolist()))
    told = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return np.array(told.stdout.split(), dtype=float)


@pytest.mark.parametrize(
    ("low", "high", "allowed"), [(-41.0, 9.0, 2e-14), (-700.0, 700.0, 5e-14), (-1e-3, 1e-3, 1e-15)]
)
def test_it_agrees_with_the_library(program: Path, low: float, high: float, allowed: float) -> None:
    x = np.random.default_rng(0).uniform(low, high, 20_000)
    assert np.max(np.abs(evaluated(program, x) / np.exp(x) - 1)) < allowed


def test_whole_numbers_and_halves_of_log_2_are_no_special_case(program: Path) -> None:
    x = np.concatenate([np.arange(-40.0, 10.0), np.log(2) * np.arange(-20.5, 21.0)])
    np.testing.assert_allclose(evaluated(program, x), np.exp(x), rtol=2e-14)
    assert evaluated(program, np.zeros(1))[0] == 1.0


def test_beyond_the_range_of_double_it_stays_at_its_ends(program: Path) -> None:
    found = evaluated(program, np.array([-1e4, -1e300, 1e4, 1e300]))
    assert np.all(found[:2] < 1e-307)
    assert np.all((found[2:] > 1e307) & np.isfinite(found[2:]))
