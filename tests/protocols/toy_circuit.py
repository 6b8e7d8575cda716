"""A circuit of a few cells that shares nothing with the slot memory: senders drive receivers.

Every spike of a sender strengthens its synapses a little, so that a later run can start from what
an earlier one left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.grid_noise import noise_functions
from hippokv.circuits.known_circuits import KnownCircuit
from hippokv.circuits.manipulable_cells import LABEL_SPIKE, MANIPULABLE, let_be_manipulated
from hippokv.circuits.manipulations import Manipulation, manipulation_widths, opsins_in
from hippokv.circuits.opsins import OPSINS
from hippokv.circuits.scheduled_drive import run_on_grid
from hippokv.errors import InputError
from hippokv.parameter import parameter, shared_declarations, si_values


@dataclass(frozen=True)
class CellParameters:
    """Hold the constants of a cell."""

    # fmt: off
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: any", low=0.1, high=100.0)
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: any", low=1.0, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: any", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: any", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: any", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(2.0, "absolute refractory period", "chosen: any", low=0.0, high=100.0)
    drive_pA: float = parameter(300.0, "current while the schedule drives the cell", "chosen: any", low=0.0, high=1000.0)
    # fmt: on


@dataclass(frozen=True)
class ToyParameters:
    """Hold every number of the toy circuit."""

    # fmt: off
    n_senders: int = parameter(3, "number of senders", "chosen: few", low=1, high=100, structural=True)
    n_receivers: int = parameter(4, "number of receivers, at least as many as senders", "chosen: few", low=1, high=100, structural=True)
    kick_mV: float = parameter(8.0, "what a spike adds to a receiver at weight 1", "chosen: any", low=0.0, high=100.0)
    growth: float = parameter(0.02, "what a spike adds to a weight", "chosen: any", low=0.0, high=1.0)
    cell: CellParameters = field(default_factory=CellParameters)
    # fmt: on


EQUATIONS = """
dv/dt   = (leak*(resting_voltage - v) + level*drive)/capacitance  : volt (unless refractory)
level                                                             : 1
"""


@dataclass(frozen=True)
class ToyCircuit:
    """Describe the toy circuit."""

    parameters: ToyParameters

    name: ClassVar[str] = "toy"
    populations: ClassVar[tuple[str, ...]] = ("sender", "receiver")
    events: ClassVar[Mapping[str, str]] = {"warmth": "receiver"}
    projections: ClassVar[tuple[str, ...]] = ("links",)
    rows_are_post: ClassVar[tuple[str, ...]] = ()
    manipulable: ClassVar[tuple[str, ...]] = ("receiver",)
    all_to_all: ClassVar[tuple[str, ...]] = ("links",)
    driven: ClassVar[tuple[str, ...]] = ("sender",)

    @property
    def widths(self) -> dict[str, int]:
        channels = manipulation_widths({"receiver": self.sizes["receiver"]}, ())
        return {"sender": self.sizes["sender"], **channels}

    @property
    def sizes(self) -> dict[str, int]:
        return {"sender": self.parameters.n_senders, "receiver": self.parameters.n_receivers}

    @property
    def ensembles(self) -> dict[str, int]:
        return self.sizes

    @property
    def structure(self) -> dict[str, int]:
        return self.sizes

    def check(self) -> None:
        few, many = self.parameters.n_receivers, self.parameters.n_senders
        if few < many:
            raise InputError("circuit.n_receivers", few, f"must be at least n_senders, {many}")

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        return {"links": (self.sizes["sender"], self.sizes["receiver"])}

    def values(self) -> dict[str, float | NDArray[np.float64]]:
        constants = si_values(self.parameters.cell)
        found: dict[str, float | NDArray[np.float64]] = {
            f"{name}.{key}": value for name in self.populations for key, value in constants.items()
        }
        found |= {f"{name}.v": constants["resting_voltage"] for name in self.populations}
        found |= {f"links.{key}": value for key, value in si_values(self.parameters).items()}
        return {**found, "links.weight": 0.0}

    def build(
        self, functions: dict[str, Any], manipulations: Sequence[Manipulation] | None = None
    ) -> Any:
        from brian2 import EventMonitor, Network, NeuronGroup, SpikeMonitor, Synapses

        constants = shared_declarations(self.parameters.cell)
        sender, receiver = (
            NeuronGroup(
                size, EQUATIONS + constants + more, method="exponential_euler",
                threshold="v > spike_threshold", reset="v = reset_voltage" + on_spike,
                refractory="refractory_period", namespace={**functions, **noise_functions(name)},
                events=events, name=name,
            )
            for (name, size), more, on_spike, events in zip(
                self.sizes.items(), ("", MANIPULABLE), ("", LABEL_SPIKE),
                ({}, {"warmth": "v > resting_voltage + 0.1*(spike_threshold - resting_voltage)"}),
                strict=True,
            )
        )  # fmt: skip
        run_on_grid(sender, "level = scheduled_sender(t, i)")
        if manipulations is None or manipulations:
            let_be_manipulated(
                receiver, OPSINS if manipulations is None else opsins_in(manipulations)
            )
        links = Synapses(
            sender, receiver,
            "weight : 1\n" + shared_declarations(self.parameters, ("kick", "growth")),
            on_pre="v_post += kick*weight\nweight = clip(weight + growth, 0, 1)",
            name="links",
        )  # fmt: skip
        links.connect()
        monitors = [
            SpikeMonitor(cells, name=f"spikes_{cells.name}") for cells in (sender, receiver)
        ]
        monitors.append(EventMonitor(receiver, "warmth", name="events_warmth"))
        return Network(sender, receiver, links, *monitors)


CIRCUIT = KnownCircuit(ToyCircuit, ToyParameters)
