"""Intrinsic homeostasis: in an idle epoch each cell finds its own threshold, from itself alone.

While the channel ``idle`` of the schedule is on, the inhibition of hippocampal cells is held at a
fixed conductance, against which a cell that has learned nothing fires at ``target_rate``. Such a
cell moves its threshold by the logarithm of its own firing probability, and by what each of its
spikes adds. PV cells, which nothing excites then, move theirs by the logarithm alone, each to the
firing probability at rest that belongs to its place. Cells that patterns drive, and interneurons
that count them, move theirs by their spikes. When the idle epoch is over thresholds stay where they
are. That intrinsic excitability is homeostatic is known of many cells (Desai et al. 1999;
Turrigiano 2011); that its error signal is a logarithm is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hippokv.parameter import parameter

from ..population import Constant, Population, Update, constant_named, constants_of

#: The channel of the schedule by which cells are idle.
IDLE = "idle"


@dataclass(frozen=True)
class Homeostasis:
    """Hold the constants by which cells that differ become alike in an idle epoch."""

    target_rate_Hz: float = parameter(
        5.0,
        "rate at which hippocampal cells settle in an idle epoch",
        chosen="fast enough that 10 s show a cell its rate, in the range of place cells in a field",
        low=0.1,
        high=100.0,
    )
    adjustment_tau_ms: float = parameter(
        1000.0,
        "time in which their threshold follows the logarithm of their firing probability",
        chosen="ten e-folds in 10 s; much faster, and the threshold follows single inputs",
        low=100.0,
        high=600_000.0,
    )
    averaging_tau_ms: float = parameter(
        500.0,
        "time over which a cell averages its firing probability",
        chosen="over some patterns, well below an idle epoch",
        low=5.0,
        high=60_000.0,
    )
    spike_jump_mV: float = parameter(
        0.1,
        "rise of their threshold at each spike",
        chosen="without it a cell that starts far too excitable fires all spikes",
        high=5.0,
    )
    driven_jump_mV: float = parameter(
        0.05,
        "rise of the threshold of a driven cell at each spike",
        chosen="a time constant of 2 s at 105 Hz, where a rate falls by 12 Hz a mV",
        high=5.0,
    )


ADAPTING = """
threshold_shift                                                     : volt
idling                                                              : 1 (shared)
"""

PROBABILITY = """
gathered                                                            : 1
pace                                                                : 1
"""

# PV cells are recruited one after the other: each has its own firing probability at rest.
SET_POINT = """
nominal_threshold   = mean_lowest_threshold
                      + (mean_highest_threshold - mean_lowest_threshold)*i/(N - 1.0)         : volt
target_rate         = exp((resting_voltage - nominal_threshold)/escape_width)/escape_tau     : hertz
"""

READ_IDLE = "idling = scheduled_idle(t, 0)"

# The hazard is summed over every step, also over those that end in a spike.
ADAPT_BY_PROBABILITY = """
felt             = (gathered + hazard)/(target_rate*grid_step)
gathered         = -hazard
pace            += idling*(clip(felt, 0, 1000) - pace)*(1 - exp(-grid_step/averaging_tau))
threshold_shift += idling*grid_step/adjustment_tau*escape_width*log(clip(pace, 1e-9, 1e9))
"""

ADAPT_BY_SPIKES = """
threshold_shift -= idling*grid_step*spike_jump*{expected}
"""

# Interneurons that count keep the rate of equal cells at this time step: a spike falls on the first
# step above threshold, and what a cell counts of faint cues hangs on its threshold. Entorhinal and
# cortical cells go to the rate by the formula, for which keys and values are calibrated.
#: The rate in an idle epoch at which cells that adapt by their spikes stay as they are.
EXPECTED = {
    "hippocampal": "target_rate",
    "entorhinal": "level*reference_rate",
    "cortical": "level*reference_rate",
    "feedforward": "full_rate/(1 + full_rate*(clip(refractory_period, dt, 1*second) - 0.5*dt))",
}


def homeostatic(cells: Population, homeostasis: Homeostasis, inhibition_nS: float) -> Population:
    """Return a population whose cells find their thresholds in idle epochs, where they have a rule.

    Parameters
    ----------
    cells
        The population.
    homeostasis
        Constants of the rules.
    inhibition_nS
        What inhibits hippocampal cells in an idle epoch.
    """
    if cells.name == "hippocampal":
        held = Constant(
            "idle_inhibition", inhibition_nS * 1e-9, "siemens",
            "follows from target_rate and the keys: Calibration.idle_nS",
        )  # fmt: skip
        inhibition = f"({cells.terms['inhibition']}*(1 - idling) + idle_inhibition*idling)"
        cells = replace(
            cells,
            constants=(*cells.constants, *constants_of(homeostasis, "target_rate"), held),
            terms={**cells.terms, "inhibition": inhibition},
        )
        jump = constants_of(homeostasis, "spike_jump")
        return _by_spikes(_by_probability(cells, homeostasis), jump)
    if cells.name == "pv":
        cells = replace(
            cells,
            equations=cells.equations + SET_POINT,
            terms={**cells.terms, "excitation": f"{cells.terms['excitation']}*(1 - idling)"},
        )
        return _idle(_by_probability(cells, homeostasis))
    if cells.name in EXPECTED:
        return _by_spikes(cells, (constant_named("spike_jump", homeostasis, "driven_jump"),))
    return cells


def _idle(cells: Population) -> Population:
    """Return cells that know whether they are idle, and have a shift of their threshold."""
    return replace(
        cells,
        equations=cells.equations + ADAPTING,
        updates=(*cells.updates, Update(READ_IDLE, 6)),
        channels={**cells.channels, IDLE: 1},
    )


def _by_probability(cells: Population, homeostasis: Homeostasis) -> Population:
    return replace(
        cells,
        equations=cells.equations + PROBABILITY,
        reset="gathered += hazard\n" + cells.reset,
        updates=(*cells.updates, Update(ADAPT_BY_PROBABILITY, 7)),
        constants=(
            *cells.constants,
            *constants_of(homeostasis, "adjustment_tau", "averaging_tau"),
        ),
        initial={**cells.initial, "pace": 1.0},
    )


def _by_spikes(cells: Population, jump: tuple[Constant, ...]) -> Population:
    adapting = _idle(cells)
    return replace(
        adapting,
        reset="threshold_shift += idling*spike_jump\n" + adapting.reset,
        updates=(
            *adapting.updates,
            Update(ADAPT_BY_SPIKES.format(expected=EXPECTED[cells.name]), 8),
        ),
        constants=(*adapting.constants, *jump),
    )
