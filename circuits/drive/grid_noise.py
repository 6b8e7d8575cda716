"""Random numbers that equations draw on the schedule's grid, one for each cell and step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from brian2 import Function

#: Statements that let the current noise of cells go on by a step of the schedule's grid.
UPDATE_NOISE = """
kept        = exp(-grid_step/noise_tau)
noise_now   = kept*noise_now + sqrt(1 - kept**2)*noise*normal_at(t, i)
"""

CONSTANTS = Path(__file__).with_name("run_constants.h")


def noise_functions(population: str) -> dict[str, Function]:
    """Return ``normal_at(t, cell)`` and ``uniform_at(t, cell)`` for the cells of a population.

    In C++ they are functions of seed, time and cell alone, which the compiler turns into vector
    instructions; with the other targets they draw from NumPy's generator.
    """
    return {
        "normal_at": _function(population, "normal", _normal),
        "uniform_at": _function(population, "uniform", _uniform),
    }


# NumPy's generator for the whole process is the one that Brian2 seeds.
def _normal(t: Any, cell: Any) -> Any:
    return np.random.randn(*np.shape(cell))  # noqa: NPY002


def _uniform(t: Any, cell: Any) -> Any:
    return np.random.rand(*np.shape(cell))  # noqa: NPY002


def _function(population: str, name: str, draw: Any) -> Function:
    from brian2 import Function, second

    function = Function(
        draw, arg_units=[second, 1], return_unit=1, arg_types=["float", "integer"],
        return_type="float", stateless=False,
    )  # fmt: skip
    function.implementations.add_numpy_implementation(draw)
    # A normal number takes two streams.
    stream = (crc32(population.encode()) + {"normal": 0, "uniform": 2}[name]) % 2**32
    function.implementations.add_implementation(
        "cpp",
        f"""
        static inline double {name}_at(const double t, const int64_t cell)
        {{
            return hippokv::{name}(t, static_cast<uint32_t>(cell), {stream}u);
        }}
        """,
        compiler_kwds={
            "headers": [f'"{CONSTANTS.name}"'],
            "include_dirs": [str(CONSTANTS.parent)],
        },
    )
    return function
