"""The scaffold memory: cue to hippocampus to address, back to hippocampus, and to the value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.errors import InputError

from .cue_keys import SharedKeyRule, on_and_off
from .grid_addresses import GridModules, Phases
from .grid_inputs import FixedInDegree, GridInputs
from .hippocampal_activity import Activity, Winners
from .scaffold_network import ScaffoldNetwork, with_return
from .value_rules import DeltaRule, ValueRule


@dataclass(frozen=True, eq=False)
class ScaffoldRateModel:
    """Describe a memory on a scaffold of grid modules.

    Parameters
    ----------
    active_share
        Part of the hippocampal cells that fire at an address or a cue.
    inputs
        How the cells get their weights from the grid cells, or these, shape (N, grid cells).
    activity
        What the cells make of grid input; None for winners, as many as ``active_share`` says.
    visited
        Where the scaffold is learned, ahead of any item: at all addresses, at those that items will
        take, or at these, phases of shape (A, M). All is out of reach for more than some thousands.
    pseudo_inverse_return
        Whether the way back is the best linear one, and not Hebbian.
    corrects
        Whether a cue's winners go through the grid, which brings back the whole code of one
        address, or straight to the values.

    Raises
    ------
    InputError
        For an active share without a cell.
    """

    modules: GridModules = GridModules()
    n_cells: int = 800
    active_share: float = 0.05
    inputs: GridInputs | Array = FixedInDegree()
    activity: Activity | None = None
    visited: Literal["everywhere", "at items"] | Phases = "everywhere"
    pseudo_inverse_return: bool = False
    keys: SharedKeyRule = SharedKeyRule()
    values: ValueRule = field(default_factory=lambda: DeltaRule(replays=3))
    corrects: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.active_share <= 1 or self.n_active == 0:
            raise InputError("active_share", self.active_share, "must give at least one cell of N")

    @property
    def n_active(self) -> int:
        """Return the number of hippocampal cells that fire at a cue."""
        return round(self.active_share * self.n_cells)

    def scaffold(self, items: Phases, rng: np.random.Generator) -> ScaffoldNetwork:
        """Return the scaffold before any item is stored.

        Parameters
        ----------
        items
            Phases of the addresses that items will take, shape (P, M).

        Raises
        ------
        InputError
            For input weights that do not fit the modules and cells.
        """
        if isinstance(self.visited, np.ndarray):
            places = self.visited
        else:
            places = self.modules.every_address() if self.visited == "everywhere" else items
        visited = self.modules.code(places)
        weights = (
            self.inputs
            if isinstance(self.inputs, np.ndarray)
            else self.inputs.draw(self.n_cells, visited, rng)
        )
        shape = (self.n_cells, self.modules.n_cells)
        if weights.shape != shape:
            raise InputError("inputs", weights.shape, f"must be weights of shape {shape}")
        activity = self.activity or Winners(self.n_active)
        return with_return(self.modules, activity, weights, visited, self.pseudo_inverse_return)


@dataclass(frozen=True, eq=False)
class ScaffoldRecall:
    """Hold what a scaffold memory recalls.

    Parameters
    ----------
    evidence
        Evidence for +1 against -1 of each entry, shape (Q, d).
    addresses
        Phases of the address that each cue reached, shape (Q, M).
    found
        Hippocampal cells that the cue found by its keys, shape (Q, N).
    hippocampal
        Hippocampal activity that the values were read from, shape (Q, N).
    """

    evidence: Array
    addresses: Phases
    found: Array
    hippocampal: Array

    @property
    def decoded(self) -> NDArray[np.int8]:
        """Return the recalled patterns, in -1, 0 (a tie) and 1, shape (Q, d)."""
        return np.sign(self.evidence).astype(np.int8)


def recall(
    memory: ScaffoldRateModel, addresses: Phases, patterns: Array, cues: Array, seed: int
) -> ScaffoldRecall:
    """Store every pattern at its address, in order, then ask for each cue.

    Parameters
    ----------
    addresses
        Phases of each item's address, shape (P, M).
    patterns
        Patterns of -1 and 1, shape (P, d).
    cues
        Cues in -1, 0 (hidden) and 1, shape (Q, d).

    Raises
    ------
    InputError
        For addresses of another shape, or input weights that do not fit.
    """
    expected = (len(patterns), len(memory.modules.periods))
    if addresses.shape != expected:
        raise InputError("addresses", addresses.shape, f"must be phases of shape {expected}")
    rng = np.random.default_rng(np.random.SeedSequence([seed, *b"scaffold memory"]))
    scaffold = memory.scaffold(addresses, rng)
    stored = scaffold.hippocampal(memory.modules.code(addresses))
    keys = memory.keys.learn(patterns, stored > 0)
    values = memory.values.learn(stored, patterns, rng)

    found = Winners(memory.n_active)(on_and_off(cues) @ keys.T)
    code = scaffold.settle(found)
    hippocampal = scaffold.hippocampal(code) if memory.corrects else found
    return ScaffoldRecall(
        values.evidence(hippocampal), memory.modules.winners(code), found, hippocampal
    )


def recall_in_place(
    memory: ScaffoldRateModel, addresses: Phases, patterns: Array, seed: int
) -> Array:
    """Store every pattern at its address, in order, then read each there, without any cue.

    Parameters
    ----------
    addresses
        Phases of each item's address, shape (P, M).
    patterns
        Patterns of -1 and 1, shape (P, d).

    Returns
    -------
    ndarray
        Evidence for +1 against -1 of each entry, shape (P, d).
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, *b"scaffold memory"]))
    scaffold = memory.scaffold(addresses, rng)
    stored = scaffold.hippocampal(memory.modules.code(addresses))
    return memory.values.learn(stored, patterns, rng).evidence(stored)


def random_addresses(modules: GridModules, count: int, rng: np.random.Generator) -> Phases:
    """Return the phases of so many different addresses, shape (count, M).

    Raises
    ------
    InputError
        For more than there are.
    """
    if count > modules.n_addresses:
        raise InputError("count", count, f"must be at most {modules.n_addresses}")
    numbers = rng.choice(modules.n_addresses, count, replace=False)
    return modules.phases(np.stack(np.divmod(numbers, modules.lap), axis=1))


def flipped(patterns: Array, share: float, rng: np.random.Generator) -> Array:
    """Return the patterns with the same number of random entries of each turned round."""
    cues = patterns.copy()
    places = rng.random(patterns.shape).argsort(axis=1)[:, : round(share * patterns.shape[1])]
    np.put_along_axis(cues, places, -np.take_along_axis(cues, places, axis=1), axis=1)
    return cues
