"""The slot memory: entorhinal patterns, hippocampal slots, cortical values.

A cue drives the entorhinal ON/OFF cells. Their key synapses excite the hippocampal slots, which
compete through PV inhibition; the cells that fire drive the cortical values. To store an item,
acetylcholine is released, an instructive input ramps up in all dendrites, the most excitable slot
starts a plateau and SST cells silence the other dendrites; while the plateau lasts, its keys take
up what entorhinal cells fired and its values what cortical cells fire.

What is wired: the cells of a slot recruit one another, and a plateau primes the slot that
follows it in a ring. What emerges: that one slot wins the race, that it excludes the others, and
that after a failure the least recently used ones come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import shared_declarations, si_values
from hippokv.plasticity.error_driven_value_rule import ErrorDrivenValueRule
from hippokv.plasticity.stability import NEVER_S, STABLE

from .cholinergic_cells import cholinergic_cells
from .grid_noise import noise_functions
from .hippocampal_cells import hippocampal_cells
from .interneurons import pv_cells, sst_cells
from .known_circuits import KnownCircuit
from .manipulable_synapses import SCALABLE
from .manipulations import Manipulation, manipulation_widths
from .pattern_cells import pattern_cells
from .recorded_network import recorded_network
from .recurrent_loop import FEED_BACK, FEEDBACK_EQUATIONS, LOOP_EQUATIONS, close_loop
from .schedule import SCHEDULE_STEP_MS
from .scheduled_drive import run_on_grid
from .slot_memory_checks import check_resets, check_size
from .slot_memory_parameters import Calibration, SlotMemoryParameters

if TYPE_CHECKING:
    from brian2 import Network, Synapses

# A current that decays during a step counts in full for it; the factor tau*(1 - exp(-dt/tau))/dt
# makes the charge of a spike the same at every time step.
KEY_TRANSMISSION = """
charge_factor        = key_tau_post*(1 - exp(-dt/key_tau_post))/dt
key_current_post    += charge_factor*epsc*weight*(1 + jitter*deviation)*(1 - key_suppression_post*acetylcholine_post)
"""

# Forgetting is slow: it need not act at each step.
FORGETTING_INTERVAL_S = 0.05

READ_FORGETTING = """
phase               = (t + grid_step/2)/forgetting_interval
forgetting          = int(scheduled_acetylcholine(t, 0) > 0)*int((phase - floor(phase))*forgetting_interval < grid_step)
"""

VALUE_TRANSMISSION = """
charge_factor        = value_tau_post*(1 - exp(-dt/value_tau_post))/dt
value_current_post  += charge_factor*epsc*weight*clip(1 - value_suppression_pre*acetylcholine_pre, 0, 1)
"""

# Feed-forward inhibition takes away what naive synapses would add.
CENTRED_KEY_TRANSMISSION = KEY_TRANSMISSION.replace("*weight", "*(weight - initial_weight)")
CENTRED_VALUE_TRANSMISSION = VALUE_TRANSMISSION.replace("weight", "(weight - initial_weight)")

PV_INHIBITION = """
pv_post             += inhibition_pre*(1 + jitter*deviation)
"""


@dataclass(frozen=True)
class SlotMemory:
    """Describe a slot memory, to be compiled once and run on many schedules.

    Parameters
    ----------
    parameters
        Every number of the circuit.
    """

    parameters: SlotMemoryParameters

    name: ClassVar[str] = "slot_memory"
    populations: ClassVar[tuple[str, ...]] = (
        "entorhinal",
        "hippocampal",
        "pv",
        "sst",
        "cortical",
        "cholinergic",
    )
    events: ClassVar[Mapping[str, str]] = {"dendritic_spike": "hippocampal"}
    projections: ClassVar[tuple[str, ...]] = ("keys", "values")
    rows_are_post: ClassVar[tuple[str, ...]] = ("keys",)
    manipulable: ClassVar[tuple[str, ...]] = populations
    all_to_all: ClassVar[tuple[str, ...]] = (
        "keys",
        "values",
        "pv_excitation",
        "pv_inhibition",
        "sst_excitation",
        "sst_inhibition",
        "release",
    )
    driven: ClassVar[tuple[str, ...]] = ("entorhinal", "cortical")
    slots_key: ClassVar[str] = "circuit."

    @property
    def slots(self) -> SlotMemoryParameters:
        """Parameters of the slots: all there are."""
        return self.parameters

    #: Whether grid modules tell the hippocampal cells where an item goes.
    addressed: ClassVar[bool] = False
    #: Whether inhibition takes away what naive key synapses would add.
    centred_keys: ClassVar[bool] = False

    @property
    def calibration(self) -> Calibration:
        """The softmax that follows from the parameters."""
        return Calibration(self.parameters)

    @property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule and their widths."""
        circuit = self.parameters
        return {
            "entorhinal": 2 * circuit.n_inputs,
            "cortical": 2 * circuit.n_outputs,
            "acetylcholine": 1,
            "instruction": 1,
            "loop": 1,
            **manipulation_widths(self.sizes, self.projections),
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population."""
        circuit = self.parameters
        return {
            "entorhinal": 2 * circuit.n_inputs,
            "hippocampal": circuit.n_slots * circuit.cells_per_slot,
            "pv": circuit.n_pv,
            "sst": circuit.n_sst,
            "cortical": 2 * circuit.n_outputs,
            "cholinergic": circuit.n_cholinergic,
        }

    @property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same: slots, or the cells themselves."""
        return {**self.sizes, "hippocampal": self.parameters.n_slots}

    @property
    def structure(self) -> dict[str, int]:
        """What shapes the generated code."""
        circuit = self.parameters
        return {
            **self.sizes,
            "n_slots": circuit.n_slots,
            "passive_values": int(self._forgets),
        }

    @property
    def has_loop(self) -> bool:
        """Whether what cortex recalls can be the next cue: values are as wide as keys."""
        return self.parameters.n_inputs == self.parameters.n_outputs

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of each plastic projection as (pre cells, post cells)."""
        size = self.sizes
        return {
            "keys": (size["entorhinal"], size["hippocampal"]),
            "values": (size["hippocampal"], size["cortical"]),
        }

    def check(self) -> None:
        """Make sure that the parameters fit together and the circuit is not too large.

        Raises
        ------
        InputError
            For the first parameter that cannot be used.
        """
        check_size(self.parameters, self.sizes, self.slots_key)
        check_resets(self.parameters, self.populations, self.slots_key)

    def values(self) -> dict[str, float | NDArray[np.float64]]:
        """Return everything that is set at run time, by ``object.variable``, in SI units."""
        return dict(self._values)

    @cached_property
    def _values(self) -> dict[str, float | NDArray[np.float64]]:
        return self._memory_values()

    def _memory_values(self) -> dict[str, float | NDArray[np.float64]]:
        circuit, calibration = self.parameters, self.calibration
        n_slots, cells = circuit.n_slots, circuit.cells_per_slot
        random = circuit.selection == "random"
        found: dict[str, float | NDArray[np.float64]] = {}
        for name in SlotMemory.populations:
            found |= _prefixed(name, si_values(getattr(circuit, name)))
        key_rule, value_rule = circuit.key_rule, circuit.value_rule
        found |= _prefixed("keys", si_values(key_rule, key_rule.synaptic_constants))
        found |= _prefixed("values", si_values(value_rule, value_rule.synaptic_constants))
        if self._forgets:
            found |= _prefixed("values", si_values(circuit.passive_rule))
            found["values.forgetting_interval"] = FORGETTING_INTERVAL_S
        for name in SlotMemory.projections:
            found |= _prefixed(name, si_values(circuit.stability))
            found[f"{name}.stable_from"] = NEVER_S
        if self.has_loop:
            for name in SlotMemory.driven:
                found |= _prefixed(name, si_values(circuit.loop))
        found |= _prefixed("entorhinal", si_values(key_rule, key_rule.presynaptic_constants))
        found |= _prefixed("cortical", si_values(value_rule, value_rule.postsynaptic_constants))
        age = np.repeat(np.arange(1, n_slots + 1) / n_slots, cells)
        adaptation_jump = si_values(circuit.hippocampal)["adaptation_jump"]
        primed = np.full(n_slots * cells, -2.0)
        primed[:cells] = 0.0
        found |= {
            "keys.epsc": calibration.key_epsc_pA * 1e-12,
            "keys.jitter": circuit.synaptic_jitter,
            "keys.weight": circuit.key_rule.initial_weight,
            "keys.initial_weight": circuit.key_rule.initial_weight,
            "values.epsc": circuit.value_pA * 1e-12,
            "values.weight": circuit.value_rule.initial_weight,
            "values.initial_weight": circuit.value_rule.initial_weight,
            "pv_inhibition.jitter": circuit.inhibitory_jitter,
            "entorhinal.reference_rate": max(circuit.entorhinal.rate_Hz, 1e-9),
            "cortical.reference_rate": max(circuit.cortical.rate_Hz, 1e-9),
            "hippocampal.sst_tau": circuit.sst.inhibition_tau_ms * 1e-3,
            "hippocampal.update_interval": circuit.key_rule.interval_ms * 1e-3,
            "hippocampal.bias": calibration.bias_pA * 1e-12,
            "hippocampal.recovery": adaptation_jump / n_slots,
            "hippocampal.consolidation_threshold": circuit.stability.stability_threshold,
            "hippocampal.kick_probability": circuit.plateau_probability if random else 0.0,
            "hippocampal.ramp_gain": 0.0 if random else 1.0,
            "hippocampal.adaptation": adaptation_jump * age,
            "hippocampal.primed_at": primed,
            "hippocampal.first_of_slot": (np.arange(n_slots * cells) % cells == 0).astype(float),
            "hippocampal.plateau_until": -10.0,
            "hippocampal.recruited_at": -10.0,
            "hippocampal.onset_at": -1.0,
        }
        for name in SlotMemory.populations:
            resting = getattr(circuit, name).resting_voltage_mV * 1e-3
            found[f"{name}.v"] = resting
        found["hippocampal.v_dendrite"] = found["hippocampal.v"]
        return found

    @property
    def _forgets(self) -> bool:
        return self.parameters.value_plasticity == "passive_decay"

    def build(
        self, functions: dict[str, Any], manipulations: Sequence[Manipulation] | None = None
    ) -> Network:
        """Assemble the Brian2 network.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        manipulations
            Those that the schedule may have; any at all, where it is not known yet.
        """
        cells, others, synapses = self.assembled(functions)
        return recorded_network(
            cells, others, synapses, manipulations, self.projections, self.events
        )

    def assembled(
        self, functions: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Any], list[Synapses]]:
        """Return the populations by name, other groups, and the projections between them.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        """
        circuit = self.parameters
        key_rule, value_rule = circuit.key_rule, circuit.value_rule
        entorhinal = pattern_cells(
            circuit.entorhinal, 2 * circuit.n_inputs, "entorhinal", functions,
            key_rule.presynaptic_equations
            + shared_declarations(key_rule, key_rule.presynaptic_constants)
            + (LOOP_EQUATIONS if self.has_loop else ""),
            key_rule.on_presynaptic_spike,
        )  # fmt: skip
        cortical = pattern_cells(
            circuit.cortical, 2 * circuit.n_outputs, "cortical", functions,
            value_rule.postsynaptic_equations
            + shared_declarations(value_rule, value_rule.postsynaptic_constants)
            + (FEEDBACK_EQUATIONS if self.has_loop else ""),
            value_rule.on_postsynaptic_spike + (FEED_BACK if self.has_loop else ""),
        )  # fmt: skip
        if self.has_loop:
            close_loop(cortical, entorhinal)
        hippocampal = hippocampal_cells(
            circuit.hippocampal, circuit.n_slots, circuit.cells_per_slot, functions,
            (circuit.passive_rule if self._forgets else value_rule).teaching,
            addressed=self.addressed,
        )  # fmt: skip
        pv = pv_cells(circuit.pv, circuit.n_pv, functions)
        sst = sst_cells(circuit.sst, circuit.n_sst, functions)
        cholinergic = cholinergic_cells(circuit.cholinergic, circuit.n_cholinergic, functions)
        for group in (hippocampal, pv):
            group.hazard_at_spike = "-log(1 - rand())"
        cells = {
            "entorhinal": entorhinal, "hippocampal": hippocampal, "pv": pv, "sst": sst,
            "cortical": cortical, "cholinergic": cholinergic,
        }  # fmt: skip
        return cells, [], self._projections(cells, functions)

    def _projections(self, cells: dict[str, Any], functions: dict[str, Any]) -> list[Synapses]:
        from brian2 import Synapses, ms

        circuit = self.parameters
        n_slots, size = circuit.n_slots, circuit.cells_per_slot
        entorhinal, hippocampal, cortical = (
            cells["entorhinal"],
            cells["hippocampal"],
            cells["cortical"],
        )

        keys = Synapses(
            entorhinal, hippocampal,
            "weight : 1\ndeviation : 1 (constant)\nepsc : amp (shared)\njitter : 1 (shared)\n"
            + SCALABLE + STABLE + shared_declarations(circuit.stability)
            + shared_declarations(circuit.key_rule, circuit.key_rule.synaptic_constants),
            on_pre=CENTRED_KEY_TRANSMISSION if self.centred_keys else KEY_TRANSMISSION,
            on_post={"plateau": circuit.key_rule.on_plateau},
            on_event={"plateau": "plateau_update"},
            # Recall reads the deviation with every spike: half the width, half the memory traffic.
            dtype={"deviation": np.float32},
            namespace={**functions, **noise_functions("keys")},
            name="keys",
        )  # fmt: skip
        keys.connect()
        keys.deviation = "randn()"

        value_rule, passive_rule = circuit.value_rule, circuit.passive_rule
        constants = shared_declarations(value_rule, value_rule.synaptic_constants)
        on_teaching_spike = value_rule.on_teaching_spike
        if self._forgets:
            constants = shared_declarations(value_rule, ("trace_threshold", "trace_slope"))
            constants += shared_declarations(passive_rule)
            constants += "forgetting : 1 (shared)\nforgetting_interval : second (shared)\n"
            on_teaching_spike = passive_rule.on_teaching_spike
        transmission = VALUE_TRANSMISSION
        if isinstance(value_rule, ErrorDrivenValueRule):
            transmission = CENTRED_VALUE_TRANSMISSION + value_rule.on_prediction
        values = Synapses(
            hippocampal, cortical,
            "weight : 1\nepsc : amp (shared)\n"
            + SCALABLE + STABLE + shared_declarations(circuit.stability) + constants,
            on_pre={"transmission": transmission, "teaching": on_teaching_spike},
            on_event={"transmission": "spike", "teaching": "teaching_spike"},
            namespace={
                **functions, **noise_functions("values"), "grid_step": SCHEDULE_STEP_MS * ms
            },
            name="values",
        )  # fmt: skip
        values.connect()
        if self._forgets:
            run_on_grid(values, READ_FORGETTING, order=5)
            run_on_grid(values, passive_rule.forget, order=6, name="values_while_forgetting")

        pv_excitation = Synapses(
            hippocampal, cells["pv"],
            on_pre="excitation_current_post += excitation_post",
            name="pv_excitation",
        )  # fmt: skip
        pv_excitation.connect()
        pv_inhibition = Synapses(
            cells["pv"], hippocampal,
            "deviation : 1 (constant)\njitter : 1 (shared)",
            on_pre=PV_INHIBITION,
            dtype={"deviation": np.float32},
            name="pv_inhibition",
        )  # fmt: skip
        pv_inhibition.connect()
        pv_inhibition.deviation = "randn()"

        sst_excitation = Synapses(
            hippocampal, cells["sst"],
            on_pre={
                "onset": f"excitation_current_post += onset_post/{size}",
                "plateau": f"excitation_current_post += plateau_post/{size}",
            },
            on_event={"onset": "dendritic_spike", "plateau": "plateau_update"},
            name="sst_excitation",
        )  # fmt: skip
        sst_excitation.connect()
        sst_inhibition = Synapses(
            cells["sst"], hippocampal, on_pre="sst_post += inhibition_pre", name="sst_inhibition"
        )
        sst_inhibition.connect()

        cell = np.arange(n_slots * size)
        priming = Synapses(
            hippocampal, hippocampal,
            on_pre="primed_at_post = t",
            on_event="dendritic_spike",
            name="priming",
        )  # fmt: skip
        priming.connect(i=cell, j=(cell + size) % (n_slots * size))

        release = Synapses(
            cells["cholinergic"], hippocampal,
            on_pre="released_post += acetylcholine_quantum_post",
            name="release",
        )  # fmt: skip
        release.connect()
        found = [
            keys,
            values,
            pv_excitation,
            pv_inhibition,
            sst_excitation,
            sst_inhibition,
            priming,
            release,
        ]
        return [*found, self._recruitment(hippocampal)] if size > 1 else found

    def _recruitment(self, hippocampal: Any) -> Synapses:
        from brian2 import Synapses

        size = self.parameters.cells_per_slot
        cell = np.arange(len(hippocampal))
        pre, post = (
            np.repeat(cell, size),
            ((cell[:, None] // size) * size + np.arange(size)).ravel(),
        )
        recruitment = Synapses(
            hippocampal, hippocampal,
            on_pre="recruited_at_post = t",
            on_event="dendritic_spike",
            name="recruitment",
        )  # fmt: skip
        recruitment.connect(i=pre[pre != post], j=post[pre != post])
        return recruitment


CIRCUIT = KnownCircuit(SlotMemory, SlotMemoryParameters, SlotMemory.slots_key)


def _prefixed(name: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{name}.{variable}": value for variable, value in values.items()}
