"""Random numbers that equations draw on the schedule's grid, one for each cell and step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from brian2 import Function

CONSTANTS = Path(__file__).with_name("run_constants.h")


def noise_functions() -> dict[str, Function]:
    """Return ``normal_at(t, cell)`` and ``uniform_at(t, cell)``.

    In C++ they are functions of seed, time and cell alone, which the compiler turns into vector
    instructions; with the other targets they draw from NumPy's generator.
    """
    # NumPy's generator for the whole process is the one that Brian2 seeds.
    return {
        "normal_at": _function("normal", lambda t, cell: np.random.randn(*np.shape(cell))),  # noqa: NPY002
        "uniform_at": _function("uniform", lambda t, cell: np.random.rand(*np.shape(cell))),  # noqa: NPY002
    }


def _function(name: str, draw: Any) -> Function:
    from brian2 import Function, second

    function = Function(
        draw, arg_units=[second, 1], return_unit=1, arg_types=["float", "integer"],
        return_type="float", stateless=False,
    )  # fmt: skip
    function.implementations.add_numpy_implementation(draw)
    stream = {"normal": 0, "uniform": 2}[name]
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
