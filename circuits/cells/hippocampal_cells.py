"""Hippocampal cells: a soma that competes, a dendrite whose plateaus open the keys to writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hippokv.parameter import constant_fields, fraction, parameter, si_values

from ..drive.grid_noise import UPDATE_NOISE
from ..population import CellEvent, Constant, Link, Population, Update, constants_of


@dataclass(frozen=True)
class HippocampalParameters:
    """Hold the constants of a hippocampal cell."""

    capacitance_pF: float = parameter(
        100.0,
        "capacitance of the soma",
        chosen="the soma of a pyramidal cell in two compartments, about 100 pF",
    )
    leak_nS: float = parameter(
        20.0,
        "leak conductance of the soma",
        chosen="a membrane time constant of 5 ms, as in the high-conductance state",
        low=0.1,
    )
    resting_voltage_mV: float = parameter(
        -70.0,
        "leak reversal, soma and dendrite",
        chosen="CA1 pyramidal cells rest at -65 to -70 mV",
        low=-100.0,
        high=-40.0,
    )
    gaba_reversal_mV: float = parameter(
        -75.0,
        "reversal of GABA-A inhibition",
        chosen="chloride reversal of mature pyramidal cells, -70 to -80 mV",
        low=-110.0,
        high=-50.0,
    )
    reset_voltage_mV: float = parameter(
        -60.0,
        "soma after a spike",
        chosen="a real reset, 5 mV under the operating voltage",
        low=-100.0,
        high=-40.0,
    )
    refractory_period_ms: float = parameter(
        2.0,
        "absolute refractory period",
        chosen="at most 500 Hz, twice the fastest burst",
        low=0.0,
        high=100.0,
    )
    spike_threshold_mV: float = parameter(
        -50.0,
        "voltage at which the escape rate is 1/escape_tau",
        chosen="CA1 spike threshold is about -50 mV",
        low=-70.0,
        high=0.0,
    )
    escape_width_mV: float = parameter(
        0.5,
        "softness of the threshold: e-fold of the escape rate",
        chosen=(
            "sets the mV of a logit; small, so that conductance inhibition reaches over all cues"
        ),
        low=0.05,
        high=10.0,
    )
    escape_tau_ms: float = parameter(
        10.0,
        "mean time to a spike at threshold",
        chosen=(
            "escape noise (Gerstner & Kistler 2002); with the width it only shifts the threshold"
        ),
        low=0.1,
        high=1000.0,
    )
    noise_pA: float = parameter(
        0.0,
        "standard deviation of the current of background synapses into the soma",
        chosen="none: the escape rate is the noise",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        5.0, "correlation time of that current", chosen="excitatory synapses", high=1000.0
    )
    key_tau_ms: float = parameter(
        10.0,
        "decay of the excitatory key current",
        chosen="a mix of AMPA and NMDA; smooths the spikes of the cue",
        low=0.5,
        high=200.0,
    )
    key_rise_ms: float = parameter(
        0.0,
        "rise of that current, by an exponential before its decay; 0: it jumps at a spike",
        chosen="none, as if synapses were on the soma",
        low=0.0,
        high=50.0,
    )
    pv_tau_ms: float = parameter(
        22.0,
        "decay of the PV conductance",
        chosen="slow for GABA-A (5-25 ms), so that the feedback does not ring",
        low=0.5,
        high=200.0,
    )
    dendrite_capacitance_pF: float = parameter(
        50.0, "capacitance of the dendrite", chosen="half of the soma's"
    )
    dendrite_leak_nS: float = parameter(
        2.5, "leak conductance of the dendrite", chosen="a time constant of 20 ms", low=0.01
    )
    coupling_nS: float = parameter(
        0.1,
        "axial conductance between soma and dendrite",
        chosen=(
            "weak, so that a plateau is independent of somatic spikes (Tyulmankov et al. 2021, "
            "section 2.2)"
        ),
        high=100.0,
    )
    dendrite_noise_mV: float = parameter(
        0.3,
        "standard deviation of the noise of the dendrite",
        chosen="a realistic fluctuation under which selection must work",
        low=0.0,
        high=20.0,
    )
    dendrite_noise_tau_ms: float = parameter(
        20.0,
        "correlation time of that noise",
        chosen="the time constant of the dendrite",
        high=1000.0,
    )
    dendritic_threshold_mV: float = parameter(
        -50.0,
        "voltage of the dendrite that starts a plateau",
        chosen="20 mV above rest, out of reach of the soma",
        low=-70.0,
        high=0.0,
    )
    plateau_length_ms: float = parameter(
        180.0,
        "length of a plateau",
        chosen="within the 100-300 ms of Bittner et al. 2017",
        low=10.0,
        high=2000.0,
    )
    plateau_refractory_ms: float = parameter(
        150.0,
        "time after a plateau without another",
        chosen="outlasts the instruction that started it",
        low=0.0,
        high=5000.0,
    )
    plateau_conductance_nS: float = parameter(
        60.0,
        "conductance by which a plateau excites the soma",
        chosen=(
            "a burst of 100 to 250 Hz that PV inhibition does not stop, so that the values are "
            "written in one plateau"
        ),
    )
    plateau_reversal_mV: float = parameter(
        -20.0,
        "reversal of that conductance",
        chosen="a mix of calcium, NMDA and potassium currents",
        low=-60.0,
        high=50.0,
    )
    adaptation_jump_mV: float = parameter(
        20.0,
        "rise of the dendritic threshold after a plateau",
        chosen="half of what the ramp reaches, so that the last slot can still be called",
        low=0.0,
        high=100.0,
    )
    priming_depth_mV: float = parameter(
        8.0,
        "fall of the dendritic threshold in the slot wired to follow",
        chosen=(
            "the lead of a primed dendrite outlasts the SST cells' answer; the wiring is one that "
            "Tyulmankov et al. 2021, section 2.2, suggest"
        ),
        low=0.0,
        high=50.0,
    )
    recruitment_depth_mV: float = parameter(
        60.0,
        "fall of the dendritic threshold when another cell of the slot starts a plateau",
        chosen="strong NMDA synapses within a slot take the whole ensemble along",
        low=0.0,
        high=200.0,
    )
    recruitment_length_ms: float = parameter(
        3.0, "how long that lasts", chosen="shorter than the SST cells' answer", low=0.0, high=100.0
    )
    instruction_pA: float = parameter(
        110.0,
        "instructive current into the dendrite that the ramp approaches",
        chosen="from entorhinal layer III; reaches every threshold within the instruction",
        high=2000.0,
    )
    instruction_tau_ms: float = parameter(
        150.0,
        "time constant of the ramp",
        chosen="a ramp slow against the SST cells' answer",
        high=2000.0,
    )
    kick_jump_mV: float = parameter(
        90.0,
        "jump of the dendrite by a random kick",
        chosen="beats every threshold, so that the kick's probability is the plateau's",
        low=0.0,
        high=200.0,
    )
    key_suppression: float = fraction(
        0.6,
        "part of the key current that acetylcholine takes away",
        chosen="a full item then drives the soma as the reference cue does in recall",
    )
    value_suppression: float = parameter(
        1.2,
        "slope by which acetylcholine at the axon takes away its output to cortex",
        chosen=(
            "full suppression during storage; above 1, so that it is full from 83 % of the "
            "receptors on"
        ),
        low=0.0,
        high=10.0,
    )
    acetylcholine_tau_ms: float = parameter(
        50.0, "clearance of acetylcholine", chosen="well below the gap between items", high=5000.0
    )
    acetylcholine_quantum: float = parameter(
        0.6,
        "concentration that one cholinergic spike adds, in units of half occupancy",
        chosen="ten cells at 65 Hz occupy 95 % of the receptors",
        low=0.0,
        high=1000.0,
    )

    @property
    def keys_rise(self) -> bool:
        """Whether the current of keys rises; the equations have one more variable then."""
        return self.key_rise_ms > 0


# A hazard integrated with the voltage at the start of a step is half a step late, and a spike,
# which acts from the end of its step on, another half. In the loop through the PV cells these
# delays would raise the rates with the time step (by half at 0.5 ms); a hazard that looks one step
# ahead has none.
EQUATIONS = """
slope              = (leak*(resting_voltage - v) + coupling*(v_dendrite - v) + {inhibition}*(gaba_reversal - v)
                      + plateau_conductance*in_plateau*(plateau_reversal - v)
                      + key_current{address_current}{background} + bias)/capacitance                                             : volt/second
dv/dt              = slope                                                                          : volt (unless refractory)
dv_dendrite/dt     = (dendrite_leak*(resting_voltage - v_dendrite) + coupling*(v - v_dendrite)
                      + sst*(gaba_reversal - v_dendrite)
                      + instructive_current{agreement})/dendrite_capacitance                                   : volt
dkey_current/dt    = -key_current/key_tau{key_inflow}                                               : amp
dpv/dt             = -pv/pv_tau                                                                     : siemens
dsst/dt            = -sst/sst_tau                                                                   : siemens
dhazard/dt         = exp(clip((v + {look_ahead}*slope - spike_threshold)/escape_width, -40, 8))/escape_tau    : 1

in_plateau         = int(t < plateau_until)                                                         : 1
hazard_at_spike                                                                                     : 1
first_of_slot                                                                                       : 1
dendrite_noise_now                                                                                  : volt
released                                                                                            : 1
acetylcholine                                                                                       : 1
adaptation                                                                                          : volt
consolidated                                                                                        : 1
consolidation_threshold                                                                             : 1 (shared)
priming                                                                                             : volt
primed_at                                                                                           : second
recruited_at                                                                                        : second
plateau_until                                                                                       : second
next_update                                                                                         : second

instructing                                                                                         : 1 (shared)
onset                                                                                               : 1 (shared)
onset_at                                                                                            : second (shared)
onset_before                                                                                        : second (shared)
instructive_current                                                                                 : amp (shared)
bias                                                                                                : amp (shared)
recovery                                                                                            : volt (shared)
kick_probability                                                                                    : 1 (shared)
ramp_gain                                                                                           : 1 (shared)
update_interval                                                                                     : second (shared)
"""  # noqa: E501

# What grid modules add: a current into the soma, and a dendrite that the instruction excites only
# as far as the modules agree on the cell.
ADDRESS_EQUATIONS = """
daddress_current/dt = -address_current/address_tau                                                  : amp
imposed_current                                                                                     : amp
dagreement/dt       = -agreement/agreement_tau                                                      : 1
"""  # noqa: E501

# What feed-forward inhibition adds. Acetylcholine takes it away from what the cue drives exactly as
# it takes the keys away. Its conductance makes the membrane fast against a step: the look-ahead is
# that of a membrane whose voltage approaches where it is drawn.
COUNTED_EQUATIONS = """
shared_inhibition  = feedforward*(1 - key_suppression*acetylcholine)*(1 + feedforward_jitter*feedforward_deviation) + tone  : siemens
membrane_rate      = (leak + coupling + pv + shared_inhibition + plateau_conductance*in_plateau)/capacitance    : hertz
look_ahead         = (1 - exp(-dt*membrane_rate))/membrane_rate                                     : second
feedforward                                                                                         : siemens (linked)
tone                                                                                                : siemens (linked)
feedforward_deviation                                                                               : 1 (constant)
"""  # noqa: E501

# What keys far out on the dendrite add: a current that reaches the soma with a rise. Divided by it,
# so that a spike brings the same charge with any rise.
RISE_EQUATIONS = """
dkey_inflow/dt     = -key_inflow/key_rise                                                           : amp
"""  # noqa: E501

# What background synapses add: a current of each cell's own, which fluctuates around 0.
BACKGROUND_EQUATIONS = """
noise_now                                                                                           : amp
"""  # noqa: E501

#: Constants of theirs that cells without them do not have.
OF_BACKGROUND = ("noise", "noise_tau")

#: What fills the terms of the equations without grid modules and with them; a rule of the output
#: synapses says which spikes teach.
ALONE = {
    "inhibition": "pv",
    "look_ahead": "dt",
    "address_current": "",
    "background": "",
    "key_inflow": "",
    "agreement": "",
    "teaching": "acetylcholine > 0",
}
ADDRESSED = {
    **ALONE,
    "address_current": " + address_current + imposed_current",
    "agreement": "*agreement",
}
COUNTED = {"inhibition": "(pv + shared_inhibition)", "look_ahead": "look_ahead"}

READ_IMPOSED = """
imposed_current      = imposed*scheduled_hippocampal(t, i)
"""

#: Time between two updates of the synapses during a plateau, where no rule says another.
UPDATE_INTERVAL_S = 0.01  # chosen: as the shipped key rule

# Where a plateau starts, but for slots in a race, which have a condition of their own.
DENDRITIC_SPIKE = (
    "v_dendrite + dendrite_noise_now > dendritic_threshold + adaptation - priming"
    " - recruitment_depth*int(t - recruited_at < recruitment_length)"
    " and t > plateau_until + plateau_refractory"
)
PLATEAU_UPDATE = "t < plateau_until - 0.5*dt and t > next_update - 0.5*dt"
# By these first words the compiled program knows to ask only the cells that spike.
TEACHING_SPIKE = "lastspike > t - 0.5*dt and {teaching}"

ON_SPIKE = """
v                = reset_voltage
hazard           = 0
hazard_at_spike  = -log(1 - rand())
"""

ON_DENDRITIC_SPIKE = """
plateau_until    = t + plateau_length
next_update      = t + update_interval
adaptation       = adaptation_jump
priming          = 0*volt
label           += label_per_plateau
"""

# A cell that holds what may not be lost stays as hard to call as one that was just used: else each
# lap would call for it in vain, and what it was called for would be lost.
ON_PLATEAU_UPDATE = """
next_update     += update_interval
consolidated     = clip(consolidated + int(released > consolidation_threshold), 0, 1)
"""

# These two run on the schedule's grid. They are apart because Brian2 does not keep the order
# between statements about the whole population and statements about its cells.
READ_INSTRUCTION = """
onset                = int(scheduled_instruction(t, 0) > 0)*int(instructing == 0)
instructing          = int(scheduled_instruction(t, 0) > 0)
onset_before         = onset*onset_at + (1 - onset)*onset_before
onset_at             = onset*t + (1 - onset)*onset_at
instructive_current += (instructing*ramp_gain*instruction - instructive_current)*(1 - exp(-grid_step/instruction_tau))
"""  # noqa: E501

UPDATE_DENDRITES = """
released            *= exp(-grid_step/acetylcholine_tau)
acetylcholine        = released/(1 + released)
kept                 = exp(-grid_step/dendrite_noise_tau)
dendrite_noise_now   = kept*dendrite_noise_now + sqrt(1 - kept**2)*dendrite_noise*normal_at(t, i)
adaptation           = clip(adaptation - onset*recovery*(1 - consolidated), 0*volt, 1*volt)
priming              = onset*priming_depth*int(primed_at >= onset_before) + (1 - onset)*priming
v_dendrite          += kick_jump*onset*int(uniform_at(t, i) < kick_probability)*first_of_slot
"""


def hippocampal_cells(
    parameters: HippocampalParameters,
    n_slots: int,
    cells_per_slot: int,
    initial: Mapping[str, float],
    constants: tuple[Constant, ...],
    addressed: bool = False,
    shared_inhibition: str = "",
) -> Population:
    """Describe the hippocampal population, the cells of a slot side by side.

    Parameters
    ----------
    parameters
        Constants of a cell.
    n_slots, cells_per_slot
        Number of slots and of cells in each.
    initial
        Values of the variables that rules and the calibration of the circuit set.
    constants
        Constants of what reaches the cells.
    addressed
        Whether grid modules excite the cells and say which of them are instructed.
    shared_inhibition
        Name of the population that holds the feed-forward inhibition of all cells, where there is
        such.
    """
    cells = n_slots * cells_per_slot
    primed = np.full(cells, -2.0)
    primed[:cells_per_slot] = 0.0
    age = np.repeat(np.arange(1, n_slots + 1) / n_slots, cells_per_slot)
    noisy, rising = parameters.noise_pA > 0, parameters.keys_rise
    absent = (*(() if noisy else OF_BACKGROUND), *(() if rising else ("key_rise",)))
    only = tuple(name for name, _ in constant_fields(parameters) if name not in absent)
    adaptation_jump = si_values(parameters, ("adaptation_jump",))["adaptation_jump"]
    return Population(
        "hippocampal",
        cells,
        EQUATIONS
        + (ADDRESS_EQUATIONS if addressed else "")
        + (COUNTED_EQUATIONS if shared_inhibition else "")
        + (RISE_EQUATIONS if rising else "")
        + (BACKGROUND_EQUATIONS if noisy else ""),
        threshold="hazard > hazard_at_spike",
        reset=ON_SPIKE,
        refractory="refractory_period",
        events=(
            CellEvent("dendritic_spike", DENDRITIC_SPIKE, ON_DENDRITIC_SPIKE, recorded=True),
            CellEvent("plateau_update", PLATEAU_UPDATE, ON_PLATEAU_UPDATE, late=True),
            CellEvent("teaching_spike", TEACHING_SPIKE),
        ),
        updates=(
            Update(READ_INSTRUCTION, 1),
            Update(UPDATE_DENDRITES, 2),
            *([Update(READ_IMPOSED, 3)] if addressed else []),
            *([Update(UPDATE_NOISE, 4)] if noisy else []),
        ),
        constants=(*constants_of(parameters, *only), *constants),
        initial={
            "v": parameters.resting_voltage_mV * 1e-3,
            "v_dendrite": parameters.resting_voltage_mV * 1e-3,
            "recovery": adaptation_jump / n_slots,
            "adaptation": adaptation_jump * age,
            "primed_at": primed,
            "first_of_slot": (np.arange(cells) % cells_per_slot == 0).astype(float),
            "plateau_until": -10.0,
            "recruited_at": -10.0,
            "onset_at": -1.0,
            # A key rule has its own.
            "update_interval": UPDATE_INTERVAL_S,
            **initial,
        },
        drawn={
            "hazard_at_spike": "-log(1 - rand())",
            **({"feedforward_deviation": "randn()"} if shared_inhibition else {}),
        },
        links={
            name: Link(shared_inhibition, name)
            for name in ("feedforward", "tone")
            if shared_inhibition
        },
        channels={"hippocampal": cells, "instruction": 1} if addressed else {"instruction": 1},
        terms={
            **(ADDRESSED if addressed else ALONE),
            **(COUNTED if shared_inhibition else {}),
            **({"background": " + noise_now"} if noisy else {}),
            **({"key_inflow": " + key_inflow/key_rise"} if rising else {}),
        },
        alike=cells_per_slot,
    )
