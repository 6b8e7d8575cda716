"""Store a sequence as chained pairs, and replay it from any start through the recurrent loop.

Run it with ``hippokv run sequence`` or ``python -m hippokv.protocols.sequence``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from hippokv.circuits.cells.recurrent_loop import HOLD, LOAD
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule, on_off
from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from .parts.comparison_memories import BIDIRECTIONAL
from .parts.lists import ListsParameters, lists_schedule, measure_lists
from .parts.recalling import SHORTEST_CUE_MS, occluded
from .parts.store_and_recall import store_and_recall
from .parts.storing import duration, storage_epochs
from .pictures.key_value import lists_pictures
from .running.stimuli import Stimuli, random_stream


@dataclass(frozen=True)
class SequenceParameters(ListsParameters):
    """Hold the settings of sequence recall."""

    made_values = "the keys that follow"

    n_items: int = parameter(
        40,
        "number of patterns in the sequence, where lengths is empty",
        source="Tyulmankov et al. 2021, Fig 5b: as many as slots",
        low=2,
        high=2000,
    )
    occlusion: float = fraction(
        0.0,
        "fraction of the entries that the prompt hides",
        source="Tyulmankov et al. 2021, Appendix A.3: the prompt is a pattern of the sequence",
    )
    n_starts: int = parameter(
        4,
        "from how many places, drawn at random, the sequence is replayed; 0: from every one",
        chosen="enough for a mean",
        low=0,
        high=2000,
    )
    step_ms: float = duration(
        400.0,
        "a step of the replay, in which entorhinal cells hold a pattern",
        chosen="some 55 spikes of the hippocampal cells, for a cue that is whole",
        shortest=SHORTEST_CUE_MS,
    )
    pause_ms: float = duration(
        50.0,
        "pause between two steps, in which nothing is held",
        chosen="the pattern recalled reaches the loop before the next is loaded",
    )


def replay_epochs(
    stimuli: Stimuli, parameters: SequenceParameters, start: int, stop: int, group: str
) -> list[Epoch]:
    """Return the epochs of a replay: a prompt, then step after step what the loop brings back.

    Parameters
    ----------
    stimuli
        The pairs; the keys are cues for the prompt.
    parameters
        How long the steps are.
    start, stop
        Number of the pair that is prompted, and of the one behind the last.
    group
        Group of the recalls.
    """
    phase, pause = f"recall:{group}", Epoch("rest", parameters.pause_ms)
    prompt = {"entorhinal": on_off(stimuli.keys[start])}
    epochs = [Epoch(phase, parameters.cue_ms, start, prompt), pause]
    for pair in range(start + 1, stop):
        epochs += [
            Epoch(phase, SCHEDULE_STEP_MS, pair, {"loop": LOAD}),
            Epoch(phase, parameters.step_ms - SCHEDULE_STEP_MS, pair, {"loop": HOLD}),
            pause,
        ]
    return [*epochs, Epoch("rest", parameters.cue_gap_ms)]


def schedule(
    stimuli: Stimuli, parameters: SequenceParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that stores each pattern with the one that follows, and replays them.

    Raises
    ------
    InputError
        Where the circuit has no loop, or a sequence has fewer than two patterns.
    """
    if stimuli.keys.shape[1] != stimuli.values.shape[1]:
        raise InputError(
            "circuit.n_outputs", stimuli.values.shape[1],
            f"must be circuit.n_inputs, {stimuli.keys.shape[1]}: what is recalled is the next cue",
        )  # fmt: skip
    shortest = min(parameters.list_lengths(circuit.ensembles["hippocampal"]))
    if shortest < 2:
        raise InputError("protocol.lengths", shortest, "must be at least 2, a pair")
    stream = random_stream(seed, "starts")
    pairs = replace(stimuli, values=stimuli.keys[1:])
    prompts = replace(stimuli, keys=occluded(stimuli.keys, parameters.occlusion, seed))

    def list_epochs(items: range, group: str) -> list[Epoch]:
        starts = stream.permutation(len(items) - 1)
        chosen = starts[: parameters.n_starts] if parameters.n_starts else sorted(starts)
        epochs = storage_epochs(pairs, parameters, items[:-1])
        for start in chosen:
            first = items.start + int(start)
            epochs += replay_epochs(prompts, parameters, first, items.stop - 1, group)
        return epochs

    return numbered_pairs(lists_schedule(stimuli, parameters, circuit, list_epochs))


def numbered_pairs(schedule: Schedule) -> Schedule:
    """Return the schedule with its items numbered in the order in which they were stored.

    The last pattern of a list is the key of no pair, so that their numbers have gaps.
    """
    stored = {event.item: number for number, event in enumerate(schedule.events("store"))}
    epochs = tuple(
        replace(epoch, item=stored[epoch.item]) if epoch.item >= 0 else epoch
        for epoch in schedule.epochs
    )
    return replace(schedule, epochs=epochs)


PROTOCOL = store_and_recall(
    name="sequence",
    summary="store a sequence and replay it from any start through the recurrent loop",
    description=(
        "Each pattern of a sequence is stored as a key whose value is the pattern that follows. "
        "Then one pattern is shown as a prompt; what cortex recalls is loaded into the entorhinal "
        "cells as the next cue, and so on to the end, in one simulation. Measured: the fraction of "
        "bits right from each prompt to the end, and their mean over prompts (accuracy_T*). One "
        "wrong step loses the rest of the sequence."
    ),
    parameters=SequenceParameters,
    schedule=schedule,
    measure=measure_lists,
    pictures=partial(lists_pictures, memories=BIDIRECTIONAL),
    circuit=AT_PAPERS_TEMPERATURE,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
