"""Items stored along a path through the scaffold, one at each step, and replayed to the values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.scaffold import scaffold_rate_model
from hippokv.analysis.scaffold.cue_keys import SharedKeyRule
from hippokv.analysis.scaffold.hippocampal_activity import AtLeast
from hippokv.analysis.scaffold.value_rules import DeltaRule
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Epoch, Event, Schedule, on_off
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter
from hippokv.plasticity.accumulating_key_rule import AccumulatingKeyRule

from ..running.protocol import Experiment
from ..running.stimuli import StimulusParameters, draw_stimuli, random_stream
from .exploring import (
    STEPS_ON,
    Exploration,
    Places,
    ScaffoldParameters,
    draw_exploration,
    exploring,
    modules_of,
    set_epochs,
    step_epochs,
    walk,
)
from .storing import Drive, duration, store_epochs

#: Addresses at which the return projection of the rate model is learned.
MOST_VISITED = 5000
#: Paths that are tried before one without a repeated address is given up.
MOST_PATHS = 100


@dataclass(frozen=True)
class PathStorageParameters(ScaffoldParameters):
    """Hold the settings of storage along a path."""

    n_items: int = parameter(
        40,
        "number of items stored, one at each step of a path",
        chosen="as many as the slot memory stores",
        low=1,
        high=2000,
    )
    study_ms: float = duration(
        400.0,
        "an item is shown before the instruction",
        chosen="the eligibility trace of 400 ms comes near its plateau",
    )
    instruction_ms: float = duration(
        250.0,
        "the instruction that calls for plateaus, item still shown",
        chosen="cells on which the modules agree are recruited within it",
    )
    consolidation_ms: float = duration(
        50.0, "the item stays after the instruction", chosen="a late plateau still sees its item"
    )
    gap_ms: float = duration(100.0, "rest after each item", chosen="cortical traces fade")
    replay: str = parameter(
        "teacher",
        "teacher: cortex is shown the item again at its address; self: cortex fires what it "
        "recalls there",
        chosen="what error-driven values can hold at best",
        choices=("teacher", "self"),
    )
    replays: int = parameter(
        3,
        "replays for each item: rounds through all items at the end by a teacher, items drawn "
        "from the past after each storage by itself",
        chosen="more gain little",
        low=0,
        high=100,
    )
    reinstating_ms: float = duration(
        150.0,
        "a landmark sets the modules to the address that is replayed",
        chosen="a bump starts within 100 ms",
    )
    recalling_ms: float = duration(
        100.0,
        "the code fires, and cortex with it, before the neuromodulator",
        chosen="the traces of cortical cells rise",
    )
    rehearsal_ms: float = duration(
        300.0,
        "the neuromodulator lets the values learn",
        chosen="some ten spikes of each cell of the code",
    )
    self_level: float = fraction(
        0.38,
        "neuromodulator in the network's own replay",
        chosen="most of the values' transmission is left, and they are plastic",
    )


@dataclass(frozen=True, eq=False)
class PathItems:
    """Hold items and where on a path each is stored.

    Parameters
    ----------
    patterns
        Items in -1 and 1, shape (P, d).
    start
        Where the path begins, shape (2,).
    steps
        The step that leads to each item, shape (P, 2).
    addresses
        Phases of the address of each item, shape (P, M).
    start_address
        Phases where the path begins, shape (M,).
    exploration
        The walk through addresses before anything is stored.
    """

    patterns: NDArray[np.int8]
    start: Places
    steps: Places
    addresses: NDArray[np.intp]
    start_address: NDArray[np.intp]
    exploration: Exploration


def draw_items(circuit: Circuit, parameters: PathStorageParameters, seed: int) -> PathItems:
    """Draw items, a path that leads on, without an address that comes twice, and an exploration.

    Parameters
    ----------
    parameters
        How many items.
    seed
        Seed of every draw.

    Raises
    ------
    InputError
        For values of another width than cues, or more items than a path has addresses.
    """
    width = circuit.parameters.n_inputs
    if circuit.parameters.n_outputs != width:
        raise InputError(
            "circuit.n_outputs", circuit.parameters.n_outputs,
            f"must be circuit.n_inputs, {width}: items are their own values",
        )  # fmt: skip
    count = parameters.n_items
    patterns = draw_stimuli(StimulusParameters(), None, count, width, width, seed).keys
    modules = modules_of(circuit.parameters.sheets)
    stream = random_stream(seed, "path")
    for _ in range(MOST_PATHS):
        start = stream.integers(modules.lap, size=2)
        steps = _fresh_steps(start, count, modules.lap, stream)
        if steps is not None:
            addresses, at_start = modules.phases(walk(start, steps)), modules.phases(start[None])[0]
            explored = draw_exploration(circuit.parameters.sheets, parameters, seed)
            return PathItems(patterns, start, steps, addresses, at_start, explored)
    raise InputError(
        "protocol.n_items", count,
        f"must be fewer: no path of so many among {modules.n_addresses} addresses was found",
    )  # fmt: skip


def exploring_before_items(
    items: PathItems, parameters: PathStorageParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule of the exploration, the first run of a protocol that stores items."""
    return exploring(items.exploration, parameters, circuit, seed)


def path_storage_epochs(
    items: PathItems, circuit: Circuit, parameters: PathStorageParameters, seed: int
) -> list[Epoch]:
    """Return the epochs that store all items and replay them.

    Parameters
    ----------
    items
        What is stored, and where.
    parameters
        How long the epochs are, and what is replayed.
    seed
        Seed of the order of replay.
    """
    stream = random_stream(seed, "replay")
    count = len(items.patterns)
    own = parameters.replay == "self"
    epochs = set_epochs(circuit.parameters.sheets, items.start_address)
    for item in range(count):
        epochs += step_epochs(items.steps[item], parameters)
        epochs += store_epochs(item, items.patterns[item], items.patterns[item], parameters)
        if own and parameters.replays:
            for past in stream.integers(item + 1, size=parameters.replays):
                epochs += path_replay_epochs(int(past), items, circuit, parameters)
            epochs += set_epochs(circuit.parameters.sheets, items.addresses[item])
    if not own:
        for _ in range(parameters.replays):
            for past in stream.permutation(count):
                epochs += path_replay_epochs(int(past), items, circuit, parameters)
    return epochs


def path_replay_epochs(
    item: int, items: PathItems, circuit: Circuit, parameters: PathStorageParameters
) -> list[Epoch]:
    """Return the epochs that bring back the address of an item and teach its values there.

    Parameters
    ----------
    item
        Number of the item.
    items
        What was stored, and where.
    parameters
        How long the epochs are, and who teaches.
    """
    own = parameters.replay == "self"
    shown: Drive = {} if own else {"cortical": on_off(items.patterns[item].astype(float))}
    level = parameters.self_level if own else 1.0
    back = set_epochs(
        circuit.parameters.sheets, items.addresses[item], item, parameters.reinstating_ms
    )
    return [
        *(Epoch("replay", epoch.duration_ms, item, epoch.drive) for epoch in back),
        Epoch("replay", parameters.recalling_ms, item, shown),
        Epoch("replay", parameters.rehearsal_ms, item, {**shown, "acetylcholine": level}),
    ]


def path_items_about(experiment: Experiment) -> str:
    """Name the items that are stored along a path."""
    chosen = experiment.settings.protocol
    return (
        f"{chosen.n_items} random items of {experiment.settings.circuit.n_inputs} entries, stored "
        "one at each step"
    )


def first_of_each(schedule: Schedule, phase: str, count: int) -> list[Event]:
    """Return the first event of a phase for each of so many items, in the order of their numbers.

    Raises
    ------
    ValueError
        For an item without such an event.
    """
    found: dict[int, Event] = {}
    for event in schedule.events(phase):
        found.setdefault(event.item, event)
    if set(range(count)) - set(found):
        raise ValueError(f"the schedule has no {phase} of some of {count} items")
    return [found[item] for item in range(count)]


def right_of_each(decoded: NDArray[np.int8], patterns: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the part of the bits of each item that came back, shape (P,); a tie counts half."""
    right: NDArray[np.float64] = ((1 + np.sign(decoded) * patterns) / 2).mean(axis=1)
    return right


def share_reached(found: NDArray[np.intp], addresses: NDArray[np.intp]) -> float:
    """Return the part of the addresses, shape (P, M), at which all modules were found."""
    return float((found == addresses).all(axis=1).mean())


def codes_of(circuit: Circuit, items: PathItems, seed: int) -> NDArray[np.bool_]:
    """Return the cells on which all modules agree at the address of each item, (P, cells)."""
    agreeing = circuit.parameters.agreeing(seed, items.addresses)
    return np.repeat(agreeing, circuit.parameters.cells_per_slot, axis=1)


def rate_model_of(
    circuit: Circuit, items: PathItems, parameters: PathStorageParameters, seed: int
) -> scaffold_rate_model.ScaffoldRateModel:
    """Return the rate model of a network.

    Its cells hear the phases that the circuit's hear and fire where all modules agree. Its return
    projection has seen every address, or many: sums over one exploration would favour the phases
    that it visited most, which the circuit's rule, with its bounded weights, does not.

    Parameters
    ----------
    items
        What is stored, and where.
    parameters
        How items are replayed.
    seed
        Seed of the network.
    """
    modules, phases = modules_of(circuit.parameters.sheets), circuit.parameters.phases(seed)
    rule, own = circuit.parameters.key_rule, parameters.replay == "self"
    assert isinstance(rule, AccumulatingKeyRule)
    active = float(codes_of(circuit, items, seed).mean())
    visited = scaffold_rate_model.random_addresses(
        modules, min(modules.n_addresses, MOST_VISITED), random_stream(seed, "visited")
    )
    return scaffold_rate_model.ScaffoldRateModel(
        modules=modules,
        n_cells=len(phases),
        active_share=max(active, 1 / len(phases)),
        inputs=phases,
        activity=AtLeast(len(modules.periods)),
        visited=visited,
        keys=SharedKeyRule(rule.addition, rule.fading),
        values=DeltaRule(replays=parameters.replays, teacher=not own, interleaved=own),
    )


def _fresh_steps(start: Places, count: int, lap: int, stream: np.random.Generator) -> Places | None:
    """Return steps to so many different addresses, or None where the path comes to a dead end."""
    place, taken, steps = start, set(), []
    for _ in range(count):
        ways = [way for way in STEPS_ON if tuple((place + way) % lap) not in taken]
        if not ways:
            return None
        steps.append(ways[stream.integers(len(ways))])
        place = (place + steps[-1]) % lap
        taken.add(tuple(place))
    return np.array(steps)
