"""The number of whole time steps in a time, against Brian2's, and the loops that it stands in."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import hippokv.circuits.drive
import hippokv.circuits.program
from hippokv.circuits.program.compiler import find_compiler

HEADERS = Path(hippokv.circuits.program.__file__).parent
MAIN = """\
#include "whole_steps.h"
#include <cstdio>
int main()
{
    double t, dt;
    while (std::scanf("%lf %lf", &t, &dt) == 2)
        std::printf("%.17g %lld\\n", hippokv::whole_steps(t, dt), (long long)((t + 1e-3*dt)/dt));
}
"""


def test_it_is_the_whole_number_that_brian2_has(tmp_path: Path) -> None:
    (tmp_path / "main.cpp").write_text(MAIN)
    command = ["g++", *find_compiler().flags, f"-I{HEADERS}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    stream = np.random.default_rng(0)
    dt = stream.choice([1e-4, 2e-4, 5e-4, 1e-3], 4000)
    # Whole steps with their rounding errors, times between them, and a cell that never fired.
    t = np.concatenate([
        dt[:2000] * stream.integers(-3, 10**6, 2000), stream.uniform(-1e-3, 50, 1999), [1e4],
    ])  # fmt: skip
    text = "\n".join(f"{one!r} {step!r}" for one, step in zip(t.tolist(), dt.tolist(), strict=True))
    told = subprocess.run(
        [tmp_path / "main"], input=text, capture_output=True, text=True, check=True
    )
    found = np.array([line.split() for line in told.stdout.splitlines()], dtype=float)
    assert len(found) == len(t)
    np.testing.assert_array_equal(found[:, 0], found[:, 1])


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names instructions of x86")
@pytest.mark.parametrize("population", ["hippocampal", "cortical"])
def test_loops_over_cells_use_vector_instructions_without_avx512(
    population: str, small_folder: Path
) -> None:
    source = f"code_objects/{population}_stateupdater_codeobject.cpp"
    line = next(
        number
        for number, text in enumerate((small_folder / source).read_text().splitlines(), start=1)
        if "for (int _idx = 0" in text
    )
    drive = Path(hippokv.circuits.drive.__file__).parent
    flags = ["-O3", "-ffast-math", "-march=x86-64-v3", "-w", "-fopt-info-vec-optimized"]
    told = subprocess.run(
        ["g++", "-c", *flags, "-I.", f"-I{drive}", source, "-o", "/dev/null"],
        cwd=small_folder, capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert re.search(rf"{re.escape(source)}:{line}:\d+: optimized: loop vectorized", told)
