"""Which cells a manipulation hit, as far as a recording tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..recording import Recording
from ..schedule import Action
from .manipulations import Express, Light, Silence, Tag

#: Label, in spikes or plateaus, from which on a cell counts as tagged.
TAGGED = 0.5


def cells_hit(row: Action, recording: Recording) -> NDArray[np.int64] | None:
    """Return the numbers of the cells that a manipulation hit, in order, shape (cells,).

    Labels and opsins are known at the end of the run alone: what two tags did to a population, or
    two opsins' worth of expression, is not told apart.

    Parameters
    ----------
    row
        A row of a schedule's manipulations.
    recording
        What the circuit did.

    Returns
    -------
    array or None
        Cells that were silenced; that had a label at the end, for a tag; that made the opsin at the
        end, for its expression and for light. None for what acts on synapses, and where the
        recording does not tell.
    """
    if isinstance(row, Silence):
        train = recording.spikes.get(row.population)
        if row.cells is not None:
            return np.unique(np.array(row.cells, dtype=np.int64))
        return None if train is None or not train.size else np.arange(train.size)
    if isinstance(row, Tag):
        held, least = recording.cells.get(f"label_{row.population}"), TAGGED
    elif isinstance(row, Express | Light):
        held, least = recording.cells.get(f"{row.opsin}_expression_{row.population}"), 0.0
    else:
        return None
    return None if held is None else np.flatnonzero(held > least)
