"""Values on the command line of a program reach the variable that they name, or end it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv.circuits.drive
from hippokv.circuits.program.compiler import find_compiler

#: The status of a program that is called wrongly, and of one that cannot read.
CALLED_WRONGLY, CANNOT_READ = 6, 3
PROGRAM = """
#include "values_by_name.h"
double * potential;
int32_t * slot;
char * tagged;
std::vector<double> weight(3, .5);
int main(int count, char** words)
{
    potential = new double[2]();
    slot = new int32_t[2]();
    tagged = new char[2]();
    static const hippokv::Settable settable[] = {
        {"hippocampal.v", hippokv::set_array<double>, &potential, 2},
        {"hippocampal.slot", hippokv::set_array<int32_t>, &slot, 2},
        {"hippocampal.tagged", hippokv::set_array<char>, &tagged, 2},
        {"keys.weight", hippokv::set_vector<double>, &weight, 0},
    };
    hippokv::set_by_name(settable, 4, words[1], words[2]);
    for (int cell = 0; cell < 2; cell++)
        std::printf("%.17g %d %d ", potential[cell], slot[cell], tagged[cell]);
    std::printf("%.17g %.17g %.17g", weight[0], weight[1], weight[2]);
}
"""
UNSET = [0.0, 0, 0, 0.0, 0, 0, 0.5, 0.5, 0.5]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that prints its variables after one of them was given."""
    folder = tmp_path_factory.mktemp("values")
    (folder / "main.cpp").write_text(PROGRAM)
    headers = Path(hippokv.circuits.drive.__file__).parent
    command = [*find_compiler().command, "-std=c++11", f"-I{headers}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "main"


def called(program: Path, name: str, value: object) -> subprocess.CompletedProcess[str]:
    """Return how the program ended."""
    command = [str(program), name, str(value)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "value", "places", "held"),
    [
        ("hippocampal.v", "-0.071", [0, 3], -0.071),
        ("hippocampal.v", "1e-3", [0, 3], 1e-3),
        ("hippocampal.slot", "7", [1, 4], 7),
        ("hippocampal.tagged", "True", [2, 5], 1),
        ("hippocampal.tagged", "0", [2, 5], 0),
        ("keys.weight", "0.25", [6, 7, 8], 0.25),
    ],
)
def test_a_number_goes_to_all_cells(
    program: Path, name: str, value: str, places: list[int], held: float
) -> None:
    expected = list(UNSET)
    for place in places:
        expected[place] = held
    done = called(program, name, value)
    assert done.returncode == 0
    assert [float(word) for word in done.stdout.split()] == expected


@pytest.mark.parametrize(
    ("name", "values", "places"),
    [
        ("hippocampal.v", np.array([-0.07, -0.06]), [0, 3]),
        ("hippocampal.slot", np.array([4, 5], np.int32), [1, 4]),
        ("keys.weight", np.array([0.1, 0.2, 0.3]), [6, 7, 8]),
    ],
)
def test_a_file_holds_one_for_each(
    program: Path, tmp_path: Path, name: str, values: NDArray[np.float64], places: list[int]
) -> None:
    values.tofile(tmp_path / "values")
    done = called(program, name, tmp_path / "values")
    found = [float(word) for word in done.stdout.split()]
    assert [found[place] for place in places] == values.tolist()
    (tmp_path / "values").write_bytes(values.tobytes()[:-1])
    done = called(program, name, tmp_path / "values")
    assert (done.returncode, done.stdout) == (CANNOT_READ, "")
    assert "must have" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("hippocampal.u", "1", "there is no variable hippocampal.u"),
        ("hippocampal.v", "1.5mV", "hippocampal.v must be a number or a file, not 1.5mV"),
        ("hippocampal.slot", "1.5", "hippocampal.slot must be a number or a file, not 1.5"),
    ],
)
def test_what_is_meant_for_no_variable_ends_the_program(
    program: Path, name: str, value: str, told: str
) -> None:
    done = called(program, name, value)
    assert (done.returncode, done.stdout) == (CALLED_WRONGLY, "")
    assert done.stderr.strip() == told
