"""Entorhinal cells of layer III: they fire while an instruction lasts, and their spikes are it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hippokv
from hippokv.circuits.cells.dendritic_race import RaceParameters
from hippokv.circuits.cells.hippocampal_cells import HippocampalParameters
from hippokv.circuits.cells.instructive_cells import InstructiveParameters, instructive_cells
from hippokv.circuits.population import Projection
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

STUDY_MS, INSTRUCTION_MS = 100.0, 250.0
#: Time from the beginning of an instruction to the first spikes.
CHARGING_MS = 7.0
SIZES = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 20, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "circuit.selection": "least_recent",
    "protocol.study_ms": STUDY_MS, "protocol.instruction_ms": INSTRUCTION_MS,
    "protocol.consolidation_ms": 50.0, "protocol.n_items": 6,
}  # fmt: skip
DENDRITES = HippocampalParameters()


@pytest.fixture(scope="module")
def stored() -> hippokv.Result[hippokv.Recalled]:
    """Return items stored, with the current into one dendrite recorded."""
    return hippokv.run("storage", 2, SIZES, record={"shared_instruction": ["instructed_current"]})


def test_they_fire_during_instructions_alone(stored: hippokv.Result[hippokv.Recalled]) -> None:
    spikes = stored.recording.spikes["layer_3"]
    events = stored.experiment.schedule.events("store")
    begun_ms = [event.start_ms + STUDY_MS for event in events]
    during = sum(spikes.counts(start, start + INSTRUCTION_MS + 5).sum() for start in begun_ms)
    assert during >= 0.995 * len(spikes.time_s)
    charged = sum(spikes.counts(start + 50, start + INSTRUCTION_MS).sum() for start in begun_ms)
    seconds = len(events) * (INSTRUCTION_MS - 50) / 1e3
    rate_Hz = charged / seconds / RaceParameters().n_layer_3
    assert rate_Hz == pytest.approx(InstructiveParameters().rate_Hz, rel=0.05)


def test_their_spikes_make_the_ramp(stored: hippokv.Result[hippokv.Recalled]) -> None:
    trace = stored.recording.traces["shared_instruction"]
    current_pA = trace.values["instructed_current"][:, 0] * 1e12
    for event in stored.experiment.schedule.events("store"):
        after_ms = 1e3 * np.asarray(trace.time_s) - event.start_ms - STUDY_MS - CHARGING_MS
        within = (after_ms > 50) & (after_ms < INSTRUCTION_MS - CHARGING_MS)
        ramp = DENDRITES.instruction_pA * (1 - np.exp(-after_ms / DENDRITES.instruction_tau_ms))
        assert np.mean(current_pA[within] / ramp[within]) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("cells", [10, 100])
def test_the_mean_current_is_the_same_whatever_their_number(cells: int) -> None:
    parameters = InstructiveParameters()
    *_, projection = instructive_cells(parameters, cells, DENDRITES)
    assert isinstance(projection, Projection)
    epsc_pA = 1e12 * next(one.value for one in projection.constants if one.name == "epsc")
    charge = epsc_pA * DENDRITES.instruction_tau_ms / 1e3
    assert charge * cells * parameters.rate_Hz == pytest.approx(DENDRITES.instruction_pA)


def test_cells_that_do_not_fire_instruct_nobody() -> None:
    still = replace(InstructiveParameters(), drive_pA=0.0, noise_pA=0.0)
    *_, projection = instructive_cells(still, 10, DENDRITES)
    assert isinstance(projection, Projection)
    assert next(one.value for one in projection.constants if one.name == "epsc") == 0


def test_silent_cells_leave_every_item_without_a_slot() -> None:
    silence = {
        "protocol.population": "layer_3", "protocol.fraction": 1.0, "protocol.control": False,
        "protocol.when": "before_storage", "protocol.unit": "cells",
    }  # fmt: skip
    found = hippokv.run("lesion", 2, {**SIZES, **silence}).found
    assert not found.readout.plateaus.any()


def test_a_wired_ring_has_none() -> None:
    assert "layer_3" not in slot_memory(SlotMemoryParameters()).sizes
