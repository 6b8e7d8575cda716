"""Let a learned controller keep sequences in the memory, and repeat them at a mark.

Run it with ``hippokv run copy-paste`` or ``python -m hippokv.protocols.copy_paste``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.classical.memory import MemoryState
from hippokv.analysis.learning.copy_paste import (
    MEMORY_SIZE,
    PATTERN_SIZE,
    Controller,
    CopyPaste,
    load_controller,
    marked,
    memory_for,
    output,
    run_copy_paste,
)
from hippokv.analysis.recall.asked_cells import Sought
from hippokv.analysis.recall.groups import LIST
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import selection
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Erase, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.errors import InputError
from hippokv.parameter import parameter

from .parts.lists import ListsParameters, erased
from .parts.recalling import SHORTEST_CUE_MS
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import duration, idle_epochs, store_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

CONTROLLERS = ("least_recent", "random", "learned")
#: Group of the recalls while a sequence is shown.
SHOWN = "shown"


@dataclass(frozen=True)
class CopyPasteParameters(ListsParameters):
    """Hold the settings of copy and paste."""

    made_values = "the patterns themselves"

    n_items: int = parameter(
        10,
        "number of patterns in the sequence, where lengths is empty",
        source="Tyulmankov et al. 2021, Fig 5c: 1 to 10 in training",
        low=1,
        high=200,
    )
    lengths: str = parameter(
        "1, 5, 10, 15, 20",
        "numbers of patterns in sequences that follow one another in one run; the memory is "
        "erased between them. Empty: one sequence of n_items",
        source="Tyulmankov et al. 2021, Fig 5c: up to twice as many as in training",
    )
    controller: str = parameter(
        "least_recent",
        "rate model with which the controller was learned: least_recent or random slots, or "
        "random slots and the learned rule",
        source="Tyulmankov et al. 2021, Fig 5c",
        choices=CONTROLLERS,
    )
    occlusion: float = parameter(
        0.0,
        "not used: the controller's keys are whole",
        source="Tyulmankov et al. 2021, Appendix A.3",
        low=0.0,
        high=0.0,
    )
    cue_ms: float = duration(
        400.0,
        "each key is shown to the memory",
        chosen="some 55 spikes of the hippocampal cells, for a cue that is whole",
        shortest=SHORTEST_CUE_MS,
    )


def _sequences(
    stimuli: Stimuli, parameters: CopyPasteParameters, circuit: Circuit
) -> Iterator[NDArray[np.float64]]:
    """Yield the sequences with their marks, shapes (T + 1, 26)."""
    first = 0
    for length in parameters.list_lengths(circuit.ensembles["hippocampal"]):
        yield marked(stimuli.keys[first : first + length, :PATTERN_SIZE].astype(float))
        first += length


class _Answers:
    """Answer as the circuit did, whatever is stored."""

    def __init__(self, answers: Iterator[NDArray[np.int8]]) -> None:
        self.answers = answers

    def store(self, key: NDArray[np.float64], value: NDArray[np.float64], strength: float) -> None:
        """Store nothing."""

    def skip(self) -> None:
        """Store nothing."""

    def recall(self, key: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next answer."""
        return next(self.answers).astype(float)


def schedule(
    stimuli: Stimuli, parameters: CopyPasteParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that the controller makes with a rate memory.

    Raises
    ------
    InputError
        Where the circuit has another size than the controller's memory.
    """
    for channel, key in (("entorhinal", "circuit.n_inputs"), ("cortical", "circuit.n_outputs")):
        width = circuit.widths[channel] // 2
        if width != MEMORY_SIZE:
            raise InputError(
                key, width, f"must be {MEMORY_SIZE}, the size of the controller's keys and values"
            )
    stream = random_stream(seed, "controller")
    return _controlled(
        stimuli, parameters, circuit, lambda: memory_for(parameters.controller, stream)
    )


def closed_loop(
    stimuli: Stimuli, parameters: CopyPasteParameters, circuit: Circuit, seed: int, readout: Readout
) -> Schedule:
    """Return the schedule that the controller makes with what the circuit recalled."""
    answers = _Answers(iter(readout.decoded))
    return _controlled(stimuli, parameters, circuit, lambda: answers)


def _controlled(
    stimuli: Stimuli,
    parameters: CopyPasteParameters,
    circuit: Circuit,
    start: Callable[[], MemoryState],
) -> Schedule:
    """Return the schedule that the controller makes with a memory for each sequence."""
    controller = load_controller(parameters.controller)
    courses = []
    for sequence in _sequences(stimuli, parameters, circuit):
        memory = start()
        courses.append(run_copy_paste(controller, sequence, memory))
        memory.skip()  # Slots are selected while the circuit is erased, too.
    return _scheduled(courses, stimuli, parameters, circuit)


def _scheduled(
    courses: list[CopyPaste], stimuli: Stimuli, parameters: CopyPasteParameters, circuit: Circuit
) -> Schedule:
    epochs = idle_epochs(stimuli, parameters)
    rows: list[Erase] = []
    stored = 0
    for number, course in enumerate(courses):
        if number:
            rows += erased(circuit, total_ms(epochs))
        epochs.append(Epoch("erase" if number else "rest", parameters.erasing_ms))
        length = len(course.sequence)
        for step, (key, value, gate) in enumerate(
            zip(course.keys, course.values, course.gates, strict=True)
        ):
            group = SHOWN if step < length else f"{LIST}{length - 1}"
            if gate:
                epochs += store_epochs(stored, key, value, parameters)
                stored += 1
            asked = {"entorhinal": on_off(key)}
            epochs += [
                Epoch(f"recall:{group}", parameters.cue_ms, max(stored - 1, 0), asked),
                Epoch("rest", parameters.cue_gap_ms),
            ]
            if not gate:
                # As long as storing, so that one step's gate moves no other step in time.
                idle = parameters.study_ms + parameters.consolidation_ms + parameters.gap_ms
                called = Epoch("advance", parameters.instruction_ms, drive={"instruction": 1.0})
                epochs += [called, Epoch("rest", idle)]
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def outcome(
    stimuli: Stimuli, parameters: CopyPasteParameters, circuit: Circuit, readout: Readout
) -> dict[str, float]:
    """Score what the controller puts out for what was recalled: the fraction of entries right."""
    controller = load_controller(parameters.controller)
    answers = iter(readout.decoded)
    found: dict[str, list[float]] = {}
    for sequence in _sequences(stimuli, parameters, circuit):
        recalled = [next(answers) for _ in range(2 * len(sequence))][len(sequence) :]
        right = _right(controller, recalled, sequence)
        found.setdefault(f"accuracy_{LIST}{len(sequence) - 1}", []).append(right)
    scores = {name: float(np.mean(values)) for name, values in found.items()}
    return {"accuracy": float(np.mean(list(scores.values()))), **scores}


def _right(
    controller: Controller, recalled: list[NDArray[np.int8]], sequence: NDArray[np.float64]
) -> float:
    put_out = np.array([output(controller, value.astype(float)) for value in recalled])
    return float(np.mean(np.sign(put_out) == sequence))


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score which slots took what the controller stored."""
    return selection(readout)


def same_steps(schedule: Schedule) -> Sought:
    """Return what was stored at the step of a sequence that each recall repeats.

    Recalls while the sequence is shown are of what is stored in the same step.
    """
    steps: list[list[int]] = []
    asked: list[list[int]] = []
    stored: list[int] = []
    place = 0
    for event in schedule.events("store", "recall", "erase"):
        if event.kind == "erase":
            steps, place = [], 0
        elif event.kind == "store":
            stored = [event.item]
        elif event.group == SHOWN:
            steps.append(stored)
            asked.append(stored)
            stored = []
        else:
            asked.append(steps[place])
            place += 1
    return Sought(asked, slots="slot of the step", value="value of the step")


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw accuracy against length, the spikes, the attention and the slots."""
    from .pictures.key_value import attention_picture, lists_picture, selection_picture
    from .pictures.spikes import spikes_picture

    return [
        lists_picture(result),
        spikes_picture(result),
        attention_picture(result),
        selection_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="copy-paste",
    summary="let a learned controller keep sequences in the memory and repeat them",
    description=(
        "A controller, a feedforward network learned with the rate model, is shown a sequence of "
        "patterns and a mark. At each step it gives the memory a key, a value and a gate that says "
        "whether to store them, and hears what the memory recalls for the key; after the mark it "
        "must put out the sequence again. Here the memory is the circuit. It is run with what the "
        "controller did with a rate memory, then again with what it does with the circuit's own "
        "answers, until they agree. Measured: the fraction of output entries right."
    ),
    parameters=CopyPasteParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings={
        "accuracy": "fraction right of the entries that the controller puts out, mean over lists",
        "accuracy_": "fraction right of the entries that the controller puts out in these recalls",
    },
    circuit=AT_PAPERS_TEMPERATURE,
    closed_loop=closed_loop,
    outcome=outcome,
    sought=same_steps,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
