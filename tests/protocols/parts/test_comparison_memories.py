"""Classical memories beside the circuit: which stands where, and how salient items reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.classical.memory import Memory, remember
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.scores import group_accuracies
from hippokv.protocols.parts.comparison_memories import (
    BIDIRECTIONAL,
    FLASHBULB_NETWORK,
    FORGETTING,
    HOPFIELD,
    SALIENT,
    Salient,
)
from hippokv.protocols.running.experiment import prepare


@dataclass
class Notebook:
    """Note what a memory is asked to do."""

    notes: list[Any] = field(default_factory=list)

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> Notebook:
        self.notes.append((n_inputs, n_outputs))
        return self

    def store(self, key: Any, value: Any, strength: float) -> None:
        self.notes.append(strength)

    def skip(self) -> None:
        self.notes.append("skip")

    def recall(self, cue: NDArray[np.float64]) -> NDArray[np.float64]:
        self.notes.append("recall")
        return cue


def test_items_under_a_strong_neuromodulator_alone_are_written_more_strongly() -> None:
    notebook = Notebook()
    state = Salient(notebook, 50.0).start(4, 4, np.random.default_rng(0))
    pattern = np.ones(4)
    for strength in (1.0, 10.0, 0.5):
        state.store(pattern, pattern, strength)
    state.skip()
    np.testing.assert_array_equal(state.recall(pattern), pattern)
    assert notebook.notes == [(4, 4), 1.0, 50.0, 0.5, "skip", "recall"]


@pytest.mark.parametrize(
    ("protocol", "memories"),
    [
        ("capacity", HOPFIELD), ("correlated", HOPFIELD), ("continual", FORGETTING),
        ("flashbulb", SALIENT), ("heteroassociative", BIDIRECTIONAL), ("sequence", BIDIRECTIONAL),
    ],
)  # fmt: skip
def test_each_task_has_a_memory_which_answers_every_recall(
    protocol: str, memories: Mapping[str, Memory]
) -> None:
    experiment = prepare(protocol, {})
    (memory,) = memories.values()
    evidence = remember(memory, experiment.schedule, 1)
    assert evidence.shape == (
        len(experiment.schedule.events("recall")), experiment.settings.circuit.n_outputs,
    )  # fmt: skip
    assert np.isfinite(evidence).all()


def test_a_stronger_step_keeps_flashbulb_items_and_costs_the_others() -> None:
    """Tyulmankov et al. 2021, Fig 4b: what is written more strongly is heard above all else."""
    experiment = prepare("flashbulb", {"protocol.n_steps": 600, "run.seed": 2})
    items = items_of(experiment.schedule)
    weak, strong = (
        group_accuracies(
            remember(Salient(FLASHBULB_NETWORK, strength), experiment.schedule, 2), items
        )
        for strength in (10.0, 1e3)
    )
    assert strong["flashbulb_R60"] > 0.95
    assert strong["R1"] < weak["R1"] - 0.05


def test_a_stream_skips_the_steps_in_which_nothing_is_stored() -> None:
    experiment = prepare("continual", {"protocol.n_steps": 200})
    notebook = Notebook()
    remember(notebook, experiment.schedule, 1)
    assert sum(note == "skip" or isinstance(note, float) for note in notebook.notes) == 200


def test_each_list_meets_a_memory_that_is_started_afresh() -> None:
    notebook = Notebook()
    remember(notebook, prepare("capacity", {"protocol.lengths": "2, 1"}).schedule, 1)
    assert notebook.notes == [
        (40, 40), 1.0, 1.0, "recall", "recall", (40, 40), 1.0, "recall",
    ]  # fmt: skip
