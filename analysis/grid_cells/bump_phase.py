"""The phase of the bump: where on its sheet a module's activity is, read from spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

from .sheet import Sheet
from .trajectory import PathSpikes


@dataclass(frozen=True)
class BumpPhase:
    """Hold the place of a bump over time.

    Parameters
    ----------
    turns
        Place along e1 and e2 in turns, 0 to 1, shape (steps, 2); not a number where nothing fired.
    concentration
        Length of the population vector, mean of the two axes, shape (steps,): 1 for a bump of one
        position, 0 for activity that is the same all over the sheet.
    """

    turns: Array
    concentration: Array


def bump_phase(
    spikes: PathSpikes, sheet: Sheet, steps: int, step_ms: float, smoothing_ms: float = 20.0
) -> BumpPhase:
    r"""Return the phase of the bump in each step of a path, by population vector.

    Along each axis the phase is the argument of :math:`\sum_s e^{2\pi i\phi_s}` over the spikes s
    of all cells, with :math:`\phi_s` the phase of the cell. A bump that is symmetric about its
    centre is found where it is, although the axes are oblique.

    Parameters
    ----------
    smoothing_ms
        Standard deviation of the Gaussian window over time, 0 for single steps.

    Raises
    ------
    ValueError
        Where the spikes are of another number of cells than the sheet has.
    """
    from scipy.ndimage import gaussian_filter1d

    if spikes.size != sheet.size:
        raise ValueError(f"spikes of {spikes.size} cells, but the sheet has {sheet.size}")
    waves = np.exp(2j * np.pi * sheet.phase_turns)[spikes.cell]
    sums = np.zeros((steps, 5))
    for column, weights in enumerate((*waves.real.T, *waves.imag.T, None)):
        sums[:, column] = np.bincount(spikes.step, weights, minlength=steps)
    if smoothing_ms:
        sums = gaussian_filter1d(sums, smoothing_ms / step_ms, axis=0, mode="nearest")
    vector = sums[:, :2] + 1j * sums[:, 2:4]
    fired = sums[:, 4] > 1e-9
    turns = np.where(fired[:, None], np.angle(vector) / (2 * np.pi) % 1.0, np.nan)
    count = np.where(fired, sums[:, 4], np.nan)
    return BumpPhase(turns, (np.abs(vector) / count[:, None]).mean(axis=1))
