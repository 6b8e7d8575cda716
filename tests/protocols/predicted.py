"""What the rate model says of a protocol, without a circuit being run."""

from __future__ import annotations

from typing import Any

from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.running.experiment import prepare


def predicted(protocol: str, settings: dict[str, Any], **more: Any) -> tuple[Readout, Items]:
    """Return what the rate model gives for a protocol on slots, with settings, and the items."""
    experiment = prepare(protocol, {"run.circuit": "slot_memory", **settings})
    calibration = Calibration(experiment.circuit.parameters)
    readout = rate_model(
        experiment.schedule, experiment.settings.circuit.n_slots, calibration.beta,
        learning=learning_of(experiment.circuit), **more,
    )  # fmt: skip
    return readout, items_of(experiment.schedule)
