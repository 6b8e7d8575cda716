"""Error correction: whether an address with one module displaced can be, and is, set right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

from .grid_addresses import GridModules, Phases
from .scaffold_network import ScaffoldNetwork

#: One step to each side.
UNIT_STEPS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
#: Addresses looked at together, so that a table of them against all others fits into memory.
AT_ONCE = 2000


@dataclass(frozen=True)
class CodeDistance:
    """Hold what a set of addresses allows to know of a displacement of one module.

    Parameters
    ----------
    detectable
        Part of the displaced addresses that are not in the set.
    correctable
        Part for which the true address is the only one of the set that shares the phases of all
        other modules.
    guessed
        Part that is set right where one of the addresses that do is taken at random.
    """

    detectable: float
    correctable: float
    guessed: float


def displaced(modules: GridModules, phases: Phases) -> Phases:
    """Return every address with one module one phase away, shape (A, 4 M, M)."""
    n_modules = len(modules.periods)
    alone = np.eye(n_modules, dtype=np.intp)[:, None, :, None] * UNIT_STEPS[:, None, :]
    alone = alone.reshape(-1, n_modules, 2)
    return modules.moved_apart(phases[:, None, :], alone)


def code_distance(modules: GridModules, phases: Phases) -> CodeDistance:
    """Return what a set of addresses, shape (A, M), allows for one displaced module."""
    n_modules = len(modules.periods)
    valid = modules.code(phases)
    wrong = displaced(modules, phases).reshape(-1, n_modules)
    detectable = correctable = 0
    guessed = 0.0
    for start in range(0, len(wrong), AT_ONCE):
        shared = modules.code(wrong[start : start + AT_ONCE]) @ valid.T
        known = shared.max(axis=1) < n_modules
        detectable += int(known.sum())
        candidates = (shared[known] == n_modules - 1).sum(axis=1)
        correctable += int((candidates == 1).sum())
        guessed += float((1 / candidates).sum())
    return CodeDistance(detectable / len(wrong), correctable / len(wrong), guessed / len(wrong))


def corrected_share(modules: GridModules, scaffold: ScaffoldNetwork, phases: Phases) -> Array:
    """Return the part of the displacements that the hippocampal loop sets right, shape (A,).

    Parameters
    ----------
    phases
        True addresses, shape (A, M); each is displaced in every way.
    """
    wrong = displaced(modules, phases)
    code = modules.code(wrong.reshape(-1, wrong.shape[-1]))
    settled = modules.winners(scaffold.settle(scaffold.hippocampal(code)))
    right = (settled.reshape(wrong.shape) == phases[:, None, :]).all(axis=-1)
    return np.asarray(right.mean(axis=1))
