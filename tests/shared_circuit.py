"""The small slot memory that tests share compiled: no two of its sizes are equal."""

from __future__ import annotations

from typing import Any

SIZES: dict[str, Any] = {"n_inputs": 20, "n_outputs": 16, "n_slots": 6, "cells_per_slot": 3}
#: The same as settings of a run.
SETTINGS: dict[str, Any] = {
    "run.circuit": "slot_memory",
    **{f"circuit.{name}": size for name, size in SIZES.items()},
}
