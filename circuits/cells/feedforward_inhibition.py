"""Feed-forward inhibition: interneurons that count the inputs given, and a tone that a cue lifts.

Entorhinal cells excite feed-forward interneurons, whose summed rate grows with the number of
entries that a cue gives. What they take away from a hippocampal cell is nearly what so many matches
would add, so that the drive that is left of a slot counts its mismatches.

Between cues tonic interneurons hold the hippocampal cells. Entorhinal cells silence them without a
relay (long-range GABAergic cells: Melzer et al. 2012, Basu et al. 2016); one entry is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter, redeclared

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Constant, Part, Population, Projection, Update, constant_named
from .integrate_and_fire import PointNeuron, firing_rate_Hz, point_cells
from .interneurons import FAST_EXCITATION


@dataclass(frozen=True)
class FeedforwardParameters(PointNeuron):
    """Hold the constants of feed-forward interneurons, whose rate is nearly linear in a cue."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 5.0, chosen="a time constant of 20 ms, long against an interval"
    )
    resting_voltage_mV: float = redeclared(
        PointNeuron,
        "resting_voltage_mV",
        -55.0,
        chosen="half-way from reset to threshold: over an interval the leak takes nothing away",
    )
    refractory_period_ms: float = redeclared(
        PointNeuron, "refractory_period_ms", 1.0, chosen="fast-spiking cells; at most 1000 Hz"
    )
    noise_pA: float = parameter(
        35.0,
        "standard deviation of the current noise",
        chosen=(
            "takes the cells out of step, so that together they follow a cue at once; more, and "
            "they fire too much by themselves, where a cue is faint"
        ),
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="as in entorhinal cells", high=1000.0
    )
    excitation_tau_ms: float = parameter(
        2.0,
        "decay of the current from entorhinal cells",
        chosen="AMPA onto fast-spiking cells; what it delays the inhibition, the rates rise by",
        low=0.1,
        high=200.0,
    )
    full_rate_Hz: float = parameter(
        150.0,
        "rate of a cell when every entry is given, but for refractoriness",
        chosen="fast enough to follow a cue, below what fast-spiking cells can do",
        low=0.1,
        high=500.0,
    )
    inhibition_tau_ms: float = parameter(
        10.0,
        "decay of the conductance of hippocampal cells",
        chosen=(
            "as key_tau, so that what an entorhinal spike adds and takes away goes together; keys "
            "rise as late as this way with one synapse more brings it"
        ),
        low=0.5,
        high=200.0,
    )


@dataclass(frozen=True)
class TonicParameters(PointNeuron):
    """Hold the constants of tonic interneurons, which fire while no cue silences them."""

    resting_voltage_mV: float = redeclared(
        PointNeuron, "resting_voltage_mV", -65.0, chosen="15 mV below threshold"
    )
    drive_pA: float = parameter(
        180.0, "tonic current", chosen="30 pA above the rheobase: about 60 Hz", high=2000.0
    )
    noise_pA: float = parameter(
        20.0,
        "standard deviation of the current noise",
        chosen="takes the cells out of step",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="the membrane time constant", high=1000.0
    )
    gaba_reversal_mV: float = parameter(
        -75.0,
        "reversal of GABA-A inhibition",
        chosen="as in hippocampal cells",
        low=-110.0,
        high=-50.0,
    )
    silencing_nS: float = parameter(
        10.0,
        "conductance when entorhinal spikes have bound all receptors",
        chosen="eight times what silences a cell, so that one entry does and 20 ms end it",
    )
    silencing_tau_ms: float = parameter(
        10.0,
        "decay of that conductance",
        chosen="GABA-A onto interneurons, 5-10 ms",
        low=0.5,
        high=200.0,
    )
    silencing_bound: float = fraction(
        0.6, "part of the free receptors that one spike binds", chosen="few entries saturate them"
    )
    tone_nS: float = parameter(
        31.0,
        "conductance of hippocampal cells that they make between cues",
        chosen="more than the reference conductance of PV cells, in whose place it stands",
        high=200.0,
    )
    tone_tau_ms: float = parameter(
        30.0,
        "decay of that conductance",
        chosen=(
            "slow GABA-A (Pearce 1993, not looked up: 30-70 ms), so that PV cells take the layer "
            "over while it still holds; with 10 ms all slots fire at the onset of faint cues"
        ),
        low=0.5,
        high=200.0,
    )

    @property
    def rate_Hz(self) -> float:
        """Rate of a cell that no cue silences."""
        return firing_rate_Hz(self, self.drive_pA)


FEEDFORWARD_EQUATIONS = """
dv/dt                   = (leak*(resting_voltage - v) + noise_now
                           + excitation_current)/capacitance                    : volt (unless refractory)
dexcitation_current/dt  = -excitation_current/excitation_tau                    : amp
noise_now                                                                       : amp
"""  # noqa: E501

TONIC_EQUATIONS = """
dv/dt                   = (leak*(resting_voltage - v) + drive + noise_now
                           + silencing*bound*(gaba_reversal - v))/capacitance   : volt (unless refractory)
dbound/dt               = -bound/silencing_tau                                  : 1
noise_now                                                                       : amp
"""  # noqa: E501

# What reaches all hippocampal cells alike is kept once for all of them.
SHARED_EQUATIONS = """
dfeedforward/dt         = -feedforward/feedforward_tau                          : siemens
dtone/dt                = -tone/tone_tau                                        : siemens
"""

# The charge factor makes what a spike adds the same at every time step, as in the keys.
FEEDFORWARD = """
charge_factor            = feedforward_tau_post*(1 - exp(-dt/feedforward_tau_post))/dt
feedforward_post        += charge_factor*conductance
"""

SILENCING = "bound_post += silencing_bound_post*(1 - bound_post)"

TONE = "tone_post += conductance"


def feedforward_inhibition(
    feedforward: FeedforwardParameters,
    tonic: TonicParameters,
    n_feedforward: int,
    n_tonic: int,
    epsc_pA: float,
    conductance_nS: float,
) -> tuple[Part, ...]:
    """Describe the interneurons between entorhinal and hippocampal cells.

    Parameters
    ----------
    feedforward, tonic
        Constants of the cells.
    n_feedforward, n_tonic
        Number of cells.
    epsc_pA
        Jump of the current of a feed-forward interneuron at an entorhinal spike.
    conductance_nS
        Jump of the conductance of all hippocampal cells at a spike of a feed-forward interneuron.

    Returns
    -------
    tuple
        First ``shared_inhibition``, which the hippocampal cells read, then the cells and their
        projections.
    """
    spikes = n_tonic * tonic.rate_Hz * tonic.tone_tau_ms / 1e3
    tone_nS = tonic.tone_nS / spikes if spikes else 0.0
    return (
        Population(
            "shared_inhibition", 1, SHARED_EQUATIONS,
            constants=(
                constant_named("feedforward_tau", feedforward, "inhibition_tau"),
                constant_named("tone_tau", tonic, "tone_tau"),
            ),
            manipulable=False,
        ),
        point_cells(
            feedforward, "feedforward", n_feedforward, FEEDFORWARD_EQUATIONS,
            updates=(Update(UPDATE_NOISE),),
        ),
        point_cells(
            tonic, "tonic", n_tonic, TONIC_EQUATIONS, updates=(Update(UPDATE_NOISE),)
        ),
        Projection(
            "feedforward_excitation", "entorhinal", "feedforward", {"spike": FAST_EXCITATION},
            terms={"jump": "epsc"},
            constants=(
                Constant(
                    "epsc", epsc_pA * 1e-12, "amp",
                    "follows from full_rate and n_inputs: FeedforwardCalibration.epsc_pA",
                ),
            ),
        ),
        Projection(
            "feedforward_inhibition", "feedforward", "shared_inhibition", {"spike": FEEDFORWARD},
            constants=(
                Constant(
                    "conductance", conductance_nS * 1e-9, "siemens",
                    "follows from counted and beta: FeedforwardCalibration.jump_nS",
                ),
            ),
            effect="inhibition",
        ),
        Projection(
            "silencing", "entorhinal", "tonic", {"spike": SILENCING}, effect="inhibition"
        ),
        Projection(
            "tonic_inhibition", "tonic", "shared_inhibition", {"spike": TONE},
            constants=(
                Constant(
                    "conductance", tone_nS * 1e-9, "siemens", "follows from tone, drive and n_tonic"
                ),
            ),
            effect="inhibition",
        ),
    )  # fmt: skip
