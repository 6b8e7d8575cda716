"""Brian2 by itself, for tests of equations outside a circuit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hippokv.circuits.population import constants_of


@contextmanager
def brian_on_numpy(dt_ms: float = 1.0) -> Iterator[None]:
    """Simulate with NumPy inside, and with what was chosen before afterwards."""
    import brian2

    brian2.set_device("runtime")
    before, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    try:
        brian2.defaultclock.dt = dt_ms * brian2.ms
        yield
    finally:
        brian2.prefs.codegen.target = before


def shared_declarations(parameters: Any, only: tuple[str, ...] = ()) -> str:
    """Return equation lines that declare the constants of a dataclass, all or some."""
    return "".join(f"{one.name} : {one.unit} (shared)\n" for one in constants_of(parameters, *only))
