"""Cells that carry patterns: ON/OFF pairs in entorhinal (input) and association (value) cortex."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hippokv.parameter import constant_fields, fraction, parameter, redeclared

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Population, Update
from .integrate_and_fire import PointNeuron, firing_rate_Hz, noisy_rate_Hz, point_cells


@dataclass(frozen=True)
class PatternCellParameters(PointNeuron):
    """Hold the constants of an ON or OFF cell."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 10.0, chosen="stellate cells have time constants near 10 ms"
    )
    drive_pA: float = parameter(
        290.0,
        "current while a pattern or a teacher drives the cell",
        chosen="firing at about 105 Hz, so that a trace of 1 s varies by 1 %",
    )
    noise_pA: float = parameter(
        20.0,
        "standard deviation of the current noise",
        chosen="takes the cells of a pattern out of step",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="the membrane time constant", high=1000.0
    )
    background_pA: float = parameter(
        0.0,
        "mean current of background synapses, around which the noise fluctuates",
        chosen="none: the drive alone takes a cell over its threshold",
        high=1000.0,
    )
    theta_depth: float = fraction(
        0.0, "depth by which theta modulates the drive", chosen="none: a steady drive"
    )
    theta_Hz: float = parameter(
        8.0, "frequency of theta", chosen="hippocampal theta of rodents, 6-10 Hz"
    )
    value_tau_ms: float = parameter(
        20.0,
        "decay of the current from hippocampal cells",
        chosen="a mix of AMPA and NMDA, which averages over spikes",
        low=0.5,
        high=500.0,
    )

    @property
    def rate_Hz(self) -> float:
        """Firing rate of a driven cell in Hz, that of a noise-free integrate-and-fire cell.

        Returns 0 where the drive does not reach the threshold. With background synapses or theta
        noise makes the cell fire, and the rate is that of many such cells (:func:`noisy_rate_Hz`).
        """
        if not self.in_background:
            return firing_rate_Hz(self, self.drive_pA)
        return self._noisy_rate_Hz(self.drive_pA)

    @property
    def idle_rate_Hz(self) -> float:
        """Firing rate in Hz of a cell that only its background drives."""
        return self._noisy_rate_Hz(0.0) if self.in_background else firing_rate_Hz(self, 0.0)

    @property
    def doubling_pA(self) -> float:
        r"""Return the current by which an idle cell in its background fires about twice as often.

        The rate of a cell that noise alone takes to threshold grows e-fold with each
        :math:`\sigma_V^2/(\theta - V)` of its mean voltage.
        """
        tau_ms = self.capacitance_pF / self.leak_nS
        spread = self.noise_tau_ms / (self.noise_tau_ms + tau_ms)
        variance = (self.noise_pA / self.leak_nS) ** 2 * spread
        mean_mV = self.resting_voltage_mV + self.background_pA / self.leak_nS
        below_mV = self.spike_threshold_mV - mean_mV
        return math.log(2) * variance / below_mV * self.leak_nS if below_mV > 0 else 0.0

    @property
    def in_background(self) -> bool:
        """Whether background synapses or theta are there, by which cells fire irregularly."""
        return self.background_pA > 0 or self.theta_depth > 0

    def _noisy_rate_Hz(self, drive_pA: float) -> float:
        return noisy_rate_Hz(
            self, self.background_pA + drive_pA, self.noise_pA, self.noise_tau_ms,
            self.theta_depth * drive_pA, self.theta_Hz,
        )  # fmt: skip


EQUATIONS = """
dv/dt              = (leak*(resting_voltage - v) + level*drive{rhythm}
                      + noise_now + value_current{background})/capacitance   : volt (unless refractory)
dvalue_current/dt  = -value_current/value_tau                    : amp
noise_now                                                        : amp
level                                                            : 1
reference_rate                                                   : hertz (shared)
"""  # noqa: E501

READ_PATTERN = """
level       = scheduled_{channel}(t, i{unit})
"""

#: What fills the terms of the equations where cells fire out of background synapses and theta.
IN_BACKGROUND = {
    "rhythm": "*(1 + theta_depth*cos(2*pi*theta*t))",
    "background": " + background",
}
#: Constants of theirs that cells without them do not have.
OF_BACKGROUND = ("background", "theta_depth", "theta")


def pattern_cells(
    parameters: PatternCellParameters, name: str, cells: int, cells_per_unit: int = 1
) -> Population:
    """Describe a population of ON/OFF pairs, all ON cells first.

    Parameters
    ----------
    parameters
        Constants of a cell.
    name
        Name of the population and of the schedule's channel that drives it.
    cells
        Number of cells, two times ``cells_per_unit`` a unit.
    cells_per_unit
        Number of cells side by side that are driven alike.
    """
    present = parameters.in_background
    only = tuple(
        name for name, _ in constant_fields(parameters) if present or name not in OF_BACKGROUND
    )
    terms = IN_BACKGROUND if present else dict.fromkeys(IN_BACKGROUND, "")
    return point_cells(
        parameters,
        name,
        cells,
        EQUATIONS,
        only,
        # Apart from the first, these statements become vector instructions.
        updates=(Update(READ_PATTERN), Update(UPDATE_NOISE, 1)),
        initial={"reference_rate": max(parameters.rate_Hz, 1e-9)},
        channels={name: cells // cells_per_unit},
        terms={
            "channel": name,
            "unit": f"//{cells_per_unit}" if cells_per_unit > 1 else "",
            **terms,
        },
    )
