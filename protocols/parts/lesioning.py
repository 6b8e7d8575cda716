"""Which cells a lesion takes."""

from __future__ import annotations

import numpy as np

from hippokv.circuits.circuit import Circuit


def drawn_cells(
    circuit: Circuit,
    population: str,
    part: float,
    stream: np.random.Generator,
    unit: str = "ensembles",
) -> tuple[int, ...]:
    """Return a random part of the cells of a population, in order.

    Parameters
    ----------
    population
        Name of a population that it has.
    part
        Part of the units.
    stream
        What draws; a larger part takes the same cells and more.
    unit
        ``ensembles`` or ``cells``: what is taken whole.
    """
    size = circuit.sizes[population]
    units = circuit.ensembles[population] if unit == "ensembles" else size
    chosen = stream.permutation(units)[: round(part * units)]
    cells = np.arange(size).reshape(units, -1)[chosen]
    return tuple(int(cell) for cell in np.sort(cells.ravel()))
