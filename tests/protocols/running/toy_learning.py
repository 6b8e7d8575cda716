"""A protocol that runs the toy circuit three times: training, test, and a control."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import toy_drive
from toy_circuit import toy_circuit

from hippokv.protocols.running.evaluation import Evaluation
from hippokv.protocols.running.protocol import Experiment
from hippokv.protocols.running.simulator import Simulator


def perform(experiment: Experiment, simulate: Simulator) -> Evaluation[Any]:
    """Train, drive again with the weights of the training, and once more without kicks."""
    circuit, schedule = experiment.circuit, experiment.schedule
    weak = toy_circuit(replace(circuit.parameters, kick_mV=0.0))
    training = simulate(schedule, "training")
    test = simulate(schedule, "test", weights=training.weights)
    control = simulate(schedule, "control", weights=training.weights, circuit=weak)
    metrics = {
        f"rate_{name}": float(toy_drive.rates_Hz(recording, "receiver").mean())
        for name, recording in (("training", training), ("test", test), ("control", control))
    }
    return Evaluation(metrics, found=np.array(list(metrics.values())))


PROTOCOL = replace(toy_drive.PROTOCOL, name="toy-learning", perform=perform, several_runs=True)
