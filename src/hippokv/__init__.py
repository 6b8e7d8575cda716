"""HippoKV: key-value memory in spiking hippocampal-cortical circuits, beside its rate model.

The names below are imported when they are first used, so that ``import hippokv`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hippokv.analysis.recall.items import Items, items_of
    from hippokv.analysis.recall.rate_model import rate_model
    from hippokv.analysis.recall.readout import Readout, read_out
    from hippokv.circuits.circuit import Circuit
    from hippokv.circuits.feedforward_memory import feedforward_memory
    from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
    from hippokv.circuits.grid_circuit import grid_circuit
    from hippokv.circuits.hippocampal_memory import hippocampal_memory
    from hippokv.circuits.known_circuits import KnownCircuit
    from hippokv.circuits.manipulation.cells_hit import cells_hit
    from hippokv.circuits.manipulation.manipulations import manipulated
    from hippokv.circuits.population import (
        CellEvent,
        Constant,
        Link,
        Population,
        Projection,
        Update,
    )
    from hippokv.circuits.probe import Probe
    from hippokv.circuits.program.program import Program
    from hippokv.circuits.recording import Recording, SpikeTrain, Trace
    from hippokv.circuits.scaffold_memory import scaffold_memory
    from hippokv.circuits.schedule import Epoch, Schedule, on_off
    from hippokv.circuits.slot_memory import slot_memory
    from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
    from hippokv.errors import BuildError, InputError
    from hippokv.parameter import with_values
    from hippokv.plasticity.plasticity_rule import PlasticityRule
    from hippokv.protocols.parts.store_and_recall import store_and_recall
    from hippokv.protocols.running.evaluation import Evaluation
    from hippokv.protocols.running.experiment import run
    from hippokv.protocols.running.protocol import Protocol, Result, once
    from hippokv.protocols.running.saved_run import SavedRun, load
    from hippokv.protocols.sweeps.sweep import SweepResult, sweep

__version__ = "0.1.0"

_HOMES = {
    "BuildError": "hippokv.errors",
    "CellEvent": "hippokv.circuits.population",
    "Circuit": "hippokv.circuits.circuit",
    "Constant": "hippokv.circuits.population",
    "Epoch": "hippokv.circuits.schedule",
    "Evaluation": "hippokv.protocols.running.evaluation",
    "FeedforwardMemoryParameters": "hippokv.circuits.feedforward_memory_parameters",
    "InputError": "hippokv.errors",
    "Items": "hippokv.analysis.recall.items",
    "KnownCircuit": "hippokv.circuits.known_circuits",
    "Link": "hippokv.circuits.population",
    "PlasticityRule": "hippokv.plasticity.plasticity_rule",
    "Population": "hippokv.circuits.population",
    "Probe": "hippokv.circuits.probe",
    "Program": "hippokv.circuits.program.program",
    "Projection": "hippokv.circuits.population",
    "Protocol": "hippokv.protocols.running.protocol",
    "Readout": "hippokv.analysis.recall.readout",
    "Recording": "hippokv.circuits.recording",
    "Result": "hippokv.protocols.running.protocol",
    "SavedRun": "hippokv.protocols.running.saved_run",
    "Schedule": "hippokv.circuits.schedule",
    "SlotMemoryParameters": "hippokv.circuits.slot_memory_parameters",
    "SpikeTrain": "hippokv.circuits.recording",
    "SweepResult": "hippokv.protocols.sweeps.sweep",
    "Trace": "hippokv.circuits.recording",
    "Update": "hippokv.circuits.population",
    "cells_hit": "hippokv.circuits.manipulation.cells_hit",
    "feedforward_memory": "hippokv.circuits.feedforward_memory",
    "grid_circuit": "hippokv.circuits.grid_circuit",
    "hippocampal_memory": "hippokv.circuits.hippocampal_memory",
    "items_of": "hippokv.analysis.recall.items",
    "load": "hippokv.protocols.running.saved_run",
    "manipulated": "hippokv.circuits.manipulation.manipulations",
    "on_off": "hippokv.circuits.schedule",
    "once": "hippokv.protocols.running.protocol",
    "rate_model": "hippokv.analysis.recall.rate_model",
    "read_out": "hippokv.analysis.recall.readout",
    "run": "hippokv.protocols.running.experiment",
    "scaffold_memory": "hippokv.circuits.scaffold_memory",
    "slot_memory": "hippokv.circuits.slot_memory",
    "store_and_recall": "hippokv.protocols.parts.store_and_recall",
    "sweep": "hippokv.protocols.sweeps.sweep",
    "with_values": "hippokv.parameter",
}
#: Names of before, which still work.
_RENAMED = {"rate_twin": "rate_model"}

__all__ = [
    "BuildError",
    "CellEvent",
    "Circuit",
    "Constant",
    "Epoch",
    "Evaluation",
    "FeedforwardMemoryParameters",
    "InputError",
    "Items",
    "KnownCircuit",
    "Link",
    "PlasticityRule",
    "Population",
    "Probe",
    "Program",
    "Projection",
    "Protocol",
    "Readout",
    "Recording",
    "Result",
    "SavedRun",
    "Schedule",
    "SlotMemoryParameters",
    "SpikeTrain",
    "SweepResult",
    "Trace",
    "Update",
    "__version__",
    "cells_hit",
    "feedforward_memory",
    "grid_circuit",
    "hippocampal_memory",
    "items_of",
    "load",
    "manipulated",
    "on_off",
    "once",
    "rate_model",
    "read_out",
    "run",
    "scaffold_memory",
    "slot_memory",
    "store_and_recall",
    "sweep",
    "with_values",
]


def __getattr__(name: str) -> Any:
    name = _RENAMED.get(name, name)
    if name not in _HOMES:
        raise AttributeError(f"module 'hippokv' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
