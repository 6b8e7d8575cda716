r"""The addresses of a path: which slot of hippocampal cells listens to which phases of the modules.

A path that goes on along one axis, a step after each item, passes as many addresses as the least
common multiple of the periods before it comes back to the first (60 for 3, 4, 5). Address *p* has
the phases :math:`p \bmod \lambda` of the modules, and belongs to slot :math:`p \bmod N`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .sheet_geometry import Sheets


def lap(sheets: Sheets) -> int:
    """Return the number of addresses before the path comes back to the first."""
    return math.lcm(*sheets.periods)


def path_address(sheets: Sheets, step: int) -> tuple[int, ...]:
    """Return the lattice phase of each module after so many steps from the first address."""
    return tuple((step % period) * period for period in sheets.periods)


def slot_phases(sheets: Sheets, n_slots: int) -> NDArray[np.float64]:
    """Return which lattice phases reach which slot, 0 or 1, shape (slots, phases).

    Parameters
    ----------
    sheets
        The modules.
    n_slots
        Number of slots; where there are fewer than addresses, a slot has several.
    """
    table = np.zeros((n_slots, sheets.n_phases))
    for step in range(lap(sheets)):
        phases = sheets.first_phase[:-1] + np.array(path_address(sheets, step))
        table[step % n_slots, phases] = 1.0
    return table


def slots_that_agree(sheets: Sheets, n_slots: int) -> NDArray[np.int64]:
    """Return on how many slots all modules agree at each address of the path, (addresses,)."""
    table = slot_phases(sheets, n_slots)
    codes = np.array(
        [sheets.first_phase[:-1] + path_address(sheets, step) for step in range(lap(sheets))]
    )
    agreeing = table[:, codes].sum(axis=2) == len(sheets.periods)
    found: NDArray[np.int64] = agreeing.sum(axis=0)
    return found


def numbers_of_slots(sheets: Sheets) -> list[int]:
    """Return the numbers of slots with which each address of the path belongs to one slot alone."""
    return [
        number
        for number in range(1, lap(sheets) + 1)
        if slots_that_agree(sheets, number).max() == 1
    ]
