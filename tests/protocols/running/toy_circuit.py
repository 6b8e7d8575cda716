"""A circuit of a few cells that shares nothing with the slot memory: senders drive receivers.

Every spike of a sender strengthens its synapses a little, so that a later run can start from what
an earlier one left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.circuits.cells.integrate_and_fire import PointNeuron, point_cells
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import KnownCircuit
from hippokv.circuits.population import CellEvent, Projection, Update, constants_of
from hippokv.errors import InputError
from hippokv.parameter import parameter
from hippokv.plasticity.plasticity_rule import PlasticityRule


@dataclass(frozen=True)
class GrowthRule(PlasticityRule):
    """Let a synapse grow with every spike."""

    growth: float = parameter(
        0.02, "what a spike adds to a weight", chosen="any", low=0.0, high=1.0
    )

    event = "spike"
    synaptic_constants = ("growth",)
    on_event = "weight = clip(weight + growth, 0, 1)"


@dataclass(frozen=True)
class CellParameters(PointNeuron):
    """Hold the constants of a cell."""

    drive_pA: float = parameter(
        300.0, "current while the schedule drives the cell", chosen="any", high=1000.0
    )


@dataclass(frozen=True)
class ToyParameters:
    """Hold every number of the toy circuit."""

    n_senders: int = parameter(
        3, "number of senders", chosen="few", low=1, high=100, structural=True
    )
    n_receivers: int = parameter(
        4,
        "number of receivers, at least as many as senders",
        chosen="few",
        low=1,
        high=100,
        structural=True,
    )
    kick_mV: float = parameter(
        8.0, "what a spike adds to a receiver at weight 1", chosen="any", low=0.0, high=100.0
    )
    rule: GrowthRule = field(default_factory=GrowthRule)
    cell: CellParameters = field(default_factory=CellParameters)


EQUATIONS = """
dv/dt   = (leak*(resting_voltage - v) + level*drive)/capacitance  : volt (unless refractory)
level                                                             : 1
"""

WARM = "v > resting_voltage + 0.1*(spike_threshold - resting_voltage)"


def toy_circuit(parameters: ToyParameters) -> Circuit:
    """Return the toy circuit."""
    few, many = parameters.n_receivers, parameters.n_senders
    if few < many:
        raise InputError("circuit.n_receivers", few, f"must be at least n_senders, {many}")
    sender = point_cells(
        parameters.cell, "sender", parameters.n_senders, EQUATIONS, manipulable=False,
        updates=(Update("level = scheduled_sender(t, i)"),),
        channels={"sender": parameters.n_senders},
    )  # fmt: skip
    receiver = point_cells(
        parameters.cell, "receiver", parameters.n_receivers, EQUATIONS,
        events=(CellEvent("warmth", WARM, recorded=True),),
    )  # fmt: skip
    links = Projection(
        "links", "sender", "receiver", {"spike": "v_post += kick*weight"}, "weight : 1\n",
        constants=constants_of(parameters, "kick"),
        rule=parameters.rule,
    )  # fmt: skip
    return Circuit("toy", (sender, receiver, links), parameters)


CIRCUIT = KnownCircuit(toy_circuit, ToyParameters)
