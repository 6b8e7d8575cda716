"""A stream without an end: items stored, and asked for some steps later, one step after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.groups import DELAY, FLASHBULB_DELAY, numbered
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import SETTLING_MS, Readout
from hippokv.analysis.recall.scores import accuracy, accuracy_by_group
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from ..running.stimuli import Stimuli, random_stream
from .multiples_of_slots import counts
from .recalling import SHORTEST_CUE_MS, occluded
from .storing import Drive, StorageParameters, duration, idle_epochs, store_epochs

LONGEST_STREAM = 20_000


@dataclass(frozen=True)
class StreamParameters(StorageParameters):
    """Hold the settings of a stream."""

    n_steps: int = parameter(
        1000,
        "number of steps of the stream",
        source="Tyulmankov et al. 2021, Appendix A.2: at least 1000",
        low=10,
        high=LONGEST_STREAM,
    )
    delays: str = parameter(
        "1, 5, 0.25N, 0.5N, 0.75N, N, N+1, 1.5N, 2N, 2N+1, 3N, 4N, 4.5N",
        "steps from the storage of an item to its recall, mixed in one stream, such as 1, 0.5N, N "
        "(N: number of slots)",
        source=(
            "Tyulmankov et al. 2021, Fig 4a: on both sides of each multiple of N; they use a "
            "stream for each, which one number asks for"
        ),
    )
    p_gen: float = parameter(
        0.5,
        "probability that a step brings a new stimulus where it could be a recall",
        source="Tyulmankov et al. 2021, Appendix A.2: 0.5",
        low=0.01,
        high=0.99,
    )
    warm_up: str = parameter(
        "2N",
        "steps before the first recall",
        chosen="the slots are filled, as they are in a stream without an end",
    )
    occlusion: float = fraction(
        0.6,
        "fraction of the entries of a key that its cue hides",
        source="Tyulmankov et al. 2021, Appendix A.2: as in the benchmark, 60 %",
    )
    cue_ms: float = duration(
        700.0, "each cue is shown", chosen="as in cued-recall", shortest=SHORTEST_CUE_MS
    )
    cue_gap_ms: float = duration(
        150.0,
        "rest after each cue, before the next slot is called for",
        chosen="the value cells fall silent",
        shortest=SETTLING_MS,
    )
    n_flashbulbs: int = parameter(
        0,
        "items of the stream that are stored under a strong neuromodulator and asked for at every "
        "delay",
        source="Tyulmankov et al. 2021, Fig 4b: 5 in the flashbulb task",
        low=0,
        high=1000,
    )
    flashbulb_level: float = parameter(
        10.0,
        "level of the neuromodulator then",
        source="Tyulmankov et al. 2021, section 3.3: 10",
        low=0.0,
        high=100.0,
    )

    @property
    def items_key(self) -> str:
        """Setting that says how many items the protocol needs."""
        return "protocol.n_steps"

    def total_items(self, n_slots: int) -> int:
        """Return the number of patterns that the stream may need."""
        return self.n_steps


@dataclass(frozen=True)
class Stream:
    """Hold what each step of a stream does.

    Parameters
    ----------
    asks
        Step whose stimulus each step asks for, -1 for a step that brings a new one, shape (steps,).
    level
        Level of the neuromodulator at each step, 0 where nothing is stored.
    """

    asks: NDArray[np.int64]
    level: NDArray[np.float64]


def drawn_stream(
    n_steps: int,
    delays: list[int],
    p_gen: float,
    warm_up: int,
    n_flashbulbs: int,
    flashbulb_level: float,
    stream: np.random.Generator,
) -> Stream:
    """Draw a stream (Tyulmankov et al. 2021, Appendix A.2).

    Where the stimulus of a delay ago is there to be asked for, and was not asked for before, the
    step asks for it with probability 1 - ``p_gen``; else it brings a new stimulus, which is stored
    if a later step asks for it. Flashbulb items are asked for at every delay.

    With several delays mixed, fewer stimuli are found to be asked for; other stimuli are then
    stored as well, so that items are overwritten at the rate of a stream with a single delay.
    """
    asks = np.full(n_steps, -1)
    stored = np.zeros(n_steps, dtype=bool)
    flashbulbs = _flashbulb_steps(n_steps, delays, warm_up, n_flashbulbs, stream)
    for step in flashbulbs:
        asks[step + np.array(delays)] = step
        stored[step] = True
    asked = stored.copy()
    for step in range(warm_up, n_steps):
        if asks[step] >= 0 or asked[step]:
            continue
        source = step - delays[stream.integers(len(delays))]
        free = source >= 0 and asks[source] < 0 and not asked[source]
        if free and stream.random() >= p_gen:
            asks[step] = source
            asked[source] = stored[source] = True
    # One delay: x = (1 - p)(1 - x) of the steps ask, and as many store.
    share = (1 - p_gen) / (2 - p_gen)
    unasked = np.flatnonzero((asks < 0) & ~stored)
    missing = round(share * n_steps) - int(stored.sum())
    if len(delays) > 1 and missing > 0:
        stored[stream.permutation(unasked)[:missing]] = True
    level = stored.astype(float)
    level[flashbulbs] = flashbulb_level
    return Stream(asks, level)


def _flashbulb_steps(
    n_steps: int, delays: list[int], warm_up: int, count: int, stream: np.random.Generator
) -> list[int]:
    """Return steps whose recalls fall on steps of their own."""
    chosen: list[int] = []
    taken: set[int] = set()
    for step in stream.permutation(np.arange(max(n_steps - max(delays), 0))):
        if len(chosen) == count:
            break
        steps = {int(step), *(int(step) + delay for delay in delays)}
        if step + min(delays) >= warm_up and not steps & taken:
            chosen.append(int(step))
            taken |= steps
    if len(chosen) < count:
        raise InputError(
            "protocol.n_flashbulbs", count,
            f"must be at most {len(chosen)}, for which {n_steps} steps have room at all delays",
        )  # fmt: skip
    return chosen


def stream_schedule(
    stimuli: Stimuli, parameters: StreamParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule of a stream; a slot is called for at each of its steps.

    Raises
    ------
    InputError
        Where the stream is too short for a delay.
    """
    n_slots = circuit.ensembles["hippocampal"]
    delays = counts("protocol.delays", parameters.delays, n_slots, LONGEST_STREAM)
    if not delays:
        raise InputError("protocol.delays", parameters.delays, "must be at least one number")
    warm_up = (counts("protocol.warm_up", parameters.warm_up, n_slots, LONGEST_STREAM) or [0])[0]
    shortest = max(warm_up, *delays) + 1
    if parameters.n_steps <= shortest:
        raise InputError(
            "protocol.n_steps", parameters.n_steps,
            f"must be above {shortest}, the longest delay and the warm-up",
        )  # fmt: skip
    drawn = drawn_stream(
        parameters.n_steps, delays, parameters.p_gen, warm_up, parameters.n_flashbulbs,
        parameters.flashbulb_level, random_stream(seed, "stream"),
    )  # fmt: skip
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    number: dict[int, int] = {}
    for step in range(parameters.n_steps):
        source = int(drawn.asks[step])
        if source >= 0:
            strong = drawn.level[source] > 1
            phase = f"recall:{FLASHBULB_DELAY if strong else DELAY}{step - source}"
            cue = {"entorhinal": on_off(cues[source])}
            epochs += [
                Epoch(phase, parameters.cue_ms, number[source], cue),
                Epoch("rest", parameters.cue_gap_ms),
                Epoch("advance", parameters.instruction_ms, drive={"instruction": 1.0}),
            ]
        elif drawn.level[step] > 0:
            number[step] = len(number)
            key, value = stimuli.keys[step], stimuli.values[step]
            epochs += store_epochs(number[step], key, value, parameters, drawn.level[step])
            continue
        else:
            shown: Drive = {"entorhinal": on_off(stimuli.keys[step]), "instruction": 1.0}
            epochs.append(Epoch("advance", parameters.instruction_ms, drive=shown))
        epochs.append(Epoch("rest", parameters.gap_ms))
    return Schedule(tuple(epochs), circuit.widths)


def measure_stream(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score all recalls together, and those of each delay, the shortest first."""
    found = accuracy_by_group(readout, items)
    in_order = [
        name
        for prefix in (DELAY, FLASHBULB_DELAY)
        for name in numbered(f"accuracy_{prefix}", found).values()
    ]
    return {**accuracy(readout, items), **{name: found[name] for name in in_order}, **found}
