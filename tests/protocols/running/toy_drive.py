"""A protocol that runs the toy circuit once and evaluates the recording by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hippokv.analysis.figures.report import Picture, render
from hippokv.circuits.cells.integrate_and_fire import firing_rate_Hz
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import parameter
from hippokv.protocols.running.evaluation import Evaluation
from hippokv.protocols.running.protocol import Experiment, Protocol, Result, once


@dataclass(frozen=True)
class DriveParameters:
    """Hold the settings of a drive."""

    drive_ms: float = parameter(
        200.0, "how long senders are driven", chosen="short", low=5.0, high=1000.0, step=5.0
    )
    silenced: int = parameter(
        1, "number of receivers that are silenced", chosen="one", low=0, high=4
    )


def schedule(stimuli: None, parameters: DriveParameters, circuit: Circuit, seed: int) -> Schedule:
    """Return the schedule: rest, then drive, with some receivers silent all the time."""
    epochs = (Epoch("rest", 20.0), Epoch("drive", parameters.drive_ms, drive={"sender": 1.0}))
    found = Schedule(epochs, circuit.widths)
    if not parameters.silenced:
        return found
    return manipulated(found, Silence("receiver", tuple(range(parameters.silenced))))


def rates_Hz(recording: Recording, population: str) -> Any:
    """Return the mean rate of each cell."""
    counts = recording.spikes[population].counts(20.0, recording.duration_ms)
    return counts / (recording.duration_ms - 20.0) * 1e3


def evaluate(experiment: Experiment, recording: Recording) -> Evaluation[Any]:
    """Compare the rate of the senders with that of theory."""
    cell = experiment.settings.circuit.cell
    rates = rates_Hz(recording, "sender")
    return Evaluation(
        metrics={"rate": float(rates.mean()), "warm": float(recording.events["warmth"].cell.size)},
        prediction={"rate": firing_rate_Hz(cell, cell.drive_pA)},
        arrays={"rates": rates},
        found=rates,
    )


def pictures(result: Result[Any]) -> list[Picture]:
    """Draw the rates."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot(result.found)
    return [render(figure, "rates", "Rates of the cells.")]


PROTOCOL = Protocol(
    name="toy-drive",
    summary="drive the senders and count",
    description="Senders are driven. Measured: their rate.",
    parameters=DriveParameters,
    schedule=schedule,
    perform=once(evaluate),
    pictures=pictures,
    default_circuit="toy",
    populations=("sender", "receiver"),
    meanings={"warm": "steps that a receiver spends near its threshold"},
)
