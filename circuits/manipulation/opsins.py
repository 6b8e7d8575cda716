r"""Opsins: light-gated conductances with four states, two closed and two open.

.. math::

    C_1 \rightleftharpoons O_1 \rightleftharpoons O_2 \rightleftharpoons C_2 \rightarrow C_1

with the rates of Evans et al. 2016 (PyRhO): :math:`G_{a1} = k_1 H_p,\ G_{a2} = k_2 H_p,\
G_f = k_f H_q + G_{f0},\ G_b = k_b H_q + G_{b0}`, Hill functions :math:`H_p, H_q` of the photon flux
:math:`\varphi`, and :math:`G_{d1}, G_{d2}, G_{r0}` in the dark. The photocurrent is
:math:`g_0\,(O_1 + \gamma O_2)\,f(v)\,(v - E)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLANCK_J_S = 6.62607015e-34  # SI definition
LIGHT_SPEED_M_PER_S = 299792458.0  # SI definition
#: Parts into which a time step is divided: within 0.1 % of the exact photocurrent at 0.5 ms.
SUBSTEPS = 1


@dataclass(frozen=True)
class Opsin:
    """Hold the constants of an opsin.

    Rates in 1/ms, flux in photons/(s mm2), voltages in mV, conductance in nS.
    """

    name: str
    source: str
    wavelength_nm: float
    conductance_nS: float
    open_ratio: float
    half_flux: float
    k1: float
    k2: float
    kf: float
    kb: float
    gf0: float
    gb0: float
    gd1: float
    gd2: float
    gr0: float
    p: float
    q: float
    reversal_mV: float
    #: Constants of the inward rectification, f(v)(v - E) = v1 (1 - exp(-(v - E)/v0)); 0 for none.
    rectification_v0_mV: float = 0.0
    rectification_v1_mV: float = 0.0

    def photon_flux(self, irradiance_mW_per_mm2: float) -> float:
        """Return the photons that reach a square millimetre in a second."""
        return irradiance_mW_per_mm2 * self.photons_per_mJ

    @property
    def photons_per_mJ(self) -> float:
        """Photons at the opsin's wavelength in a millijoule of light."""
        return 1e-3 * self.wavelength_nm * 1e-9 / (PLANCK_J_S * LIGHT_SPEED_M_PER_S)

    def driving_force_mV(self, voltage_mV: float) -> float:
        """Return f(v)(v - E) of the photocurrent."""
        distance = voltage_mV - self.reversal_mV
        if not self.rectification_v0_mV:
            return distance
        return self.rectification_v1_mV * (1 - math.exp(-distance / self.rectification_v0_mV))

    def rates(self, irradiance_mW_per_mm2: float) -> NDArray[np.float64]:
        """Return the matrix of rates, in 1/ms, from C1, O1, O2, C2 (columns) to the same (rows)."""
        flux = self.photon_flux(irradiance_mW_per_mm2)
        hill_p, hill_q = (
            flux**power / (flux**power + self.half_flux**power) if flux > 0 else 0.0
            for power in (self.p, self.q)
        )
        matrix = np.zeros((4, 4))
        matrix[1, 0], matrix[0, 1] = self.k1 * hill_p, self.gd1
        matrix[2, 1], matrix[1, 2] = self.kf * hill_q + self.gf0, self.kb * hill_q + self.gb0
        matrix[3, 2], matrix[2, 3] = self.gd2, self.k2 * hill_p
        matrix[0, 3] = self.gr0
        matrix -= np.diag(matrix.sum(axis=0))
        return matrix

    def photocurrent_pA(self, irradiance_mW_per_mm2: float, voltage_mV: float) -> float:
        """Return the steady photocurrent of a cell at a voltage, outward positive.

        Parameters
        ----------
        irradiance_mW_per_mm2
            Irradiance, all the time.
        voltage_mV
            Voltage of the cell.
        """
        balance = self.rates(irradiance_mW_per_mm2)
        balance[0] = 1.0
        states = np.linalg.solve(balance, np.eye(4)[0])
        return self._current_pA(states.astype(float), voltage_mV)

    def mean_photocurrent_pA(
        self,
        irradiance_mW_per_mm2: float,
        voltage_mV: float,
        duration_ms: float,
        frequency_Hz: float,
        width_ms: float,
    ) -> float:
        """Return the mean photocurrent of a train of pulses, from the dark on, outward positive.

        Parameters
        ----------
        irradiance_mW_per_mm2
            Irradiance during a pulse.
        voltage_mV
            Voltage of the cell.
        duration_ms
            Length of the train.
        frequency_Hz, width_ms
            Pulses a second and the length of each; light all the time from a period on.
        """
        from scipy.linalg import expm

        def over(irradiance: float, length_ms: float) -> NDArray[np.float64]:
            # States at the end, and behind them their integral over the time.
            block = np.zeros((8, 8))
            block[:4, :4], block[4:, :4] = self.rates(irradiance), np.eye(4)
            found: NDArray[np.float64] = expm(block * length_ms)
            return found

        # What is still unsettled after an hour of light is far below the error of the constants.
        duration_ms = min(duration_ms, 3.6e6)
        period_ms = min(1e3 / frequency_Hz, duration_ms)
        lit_ms = min(width_ms, period_ms)
        pulse = over(0.0, period_ms - lit_ms) @ over(irradiance_mW_per_mm2, lit_ms)
        pulses = int(duration_ms / period_ms)
        states = np.linalg.matrix_power(pulse, pulses)[:, 0]
        return self._current_pA(states[4:] / (pulses * period_ms), voltage_mV)

    def _current_pA(self, states: NDArray[np.float64], voltage_mV: float) -> float:
        opening = float(states[1] + self.open_ratio * states[2])
        return self.conductance_nS * opening * self.driving_force_mV(voltage_mV)


# fmt: off
CHR2 = Opsin(
    name="chr2",
    source="Evans et al. 2016 (PyRhO), default four-state fit of wild-type channelrhodopsin-2",
    wavelength_nm=470.0,         # peak of the action spectrum, Nagel et al. 2003, Fig 4a
    conductance_nS=114.0,        # Evans et al. 2016
    open_ratio=0.00742,          # Evans et al. 2016: conductance of O2 relative to O1
    half_flux=2.33e17,           # Evans et al. 2016
    k1=4.15, k2=0.868,           # Evans et al. 2016
    kf=0.0581, kb=0.063,         # Evans et al. 2016
    gf0=0.0373, gb0=0.0161,      # Evans et al. 2016
    gd1=0.105, gd2=0.0138,       # Evans et al. 2016
    gr0=0.00033,                 # Evans et al. 2016
    p=0.833, q=1.94,             # Evans et al. 2016
    reversal_mV=0.0,             # Evans et al. 2016
    rectification_v0_mV=43.0,    # Evans et al. 2016
    rectification_v1_mV=17.1,    # Evans et al. 2016
)
GTACR2 = Opsin(
    name="gtacr2",
    source="Bansal et al. 2020, four-state model of the anion channel GtACR2",
    wavelength_nm=470.0,         # peak of the action spectrum, Govorunova et al. 2015, Fig 1f
    conductance_nS=44.0,         # Bansal et al. 2020
    open_ratio=0.05,             # Bansal et al. 2020
    half_flux=2e17,              # Bansal et al. 2020
    k1=40.0, k2=20.0,            # Bansal et al. 2020
    kf=0.001, kb=0.005,          # Bansal et al. 2020
    gf0=0.001, gb0=0.003,        # Bansal et al. 2020
    gd1=0.017, gd2=0.01,         # Bansal et al. 2020
    gr0=5.8e-4,                  # Bansal et al. 2020
    p=1.0, q=0.1,                # Bansal et al. 2020
    reversal_mV=-69.5,           # Bansal et al. 2020: chloride
)
# fmt: on
OPSINS = {opsin.name: opsin for opsin in (CHR2, GTACR2)}


def variables(opsin: Opsin) -> str:
    """Return the equation lines of a population whose cells can make an opsin.

    Light is uniform, so all cells of a population share the states of the opsin; how much of it a
    cell makes is its own.
    """
    n = opsin.name
    # The last are only for the statements of kinetics(): Brian2 takes a temporary variable that a
    # function enters for one value a cell.
    steps = [f"{word}_{pair}" for word in ("part", "pace") for pair in range(4)]
    working = ("flux", "hill_p", "hill_q", "half", "closed", "moved", *steps)
    return f"""
{n}_open                 : 1 (shared)
{n}_open_too             : 1 (shared)
{n}_closed_too           : 1 (shared)
{n}_irradiance           : 1 (shared)
{n}_period               : second (shared)
{n}_width                : second (shared)
{n}_light_from           : second (shared)
{n}_expression           : 1
""" + "".join(f"{n}_{word} : 1 (shared)\n" for word in working)


def dendritic_variables(opsin: Opsin) -> str:
    """Return the equation line of a population whose cells can make an opsin in their dendrites."""
    return f"{opsin.name}_in_dendrite : 1\n"


def kinetics(opsin: Opsin) -> str:
    """Return statements that take the states of an opsin over a time step.

    Each pair of states exchanges what it would exchange alone, there and back in half steps
    (Strang splitting): positive, with a constant sum, of second order, and stable at any rate.
    """
    n = opsin.name
    flux, hill_p, hill_q, half = (f"{n}_{word}" for word in ("flux", "hill_p", "hill_q", "half"))
    p, q, half_flux = opsin.p, opsin.q, opsin.half_flux
    since = f"(t + 0.01*dt - {n}_light_from)"
    lines = [
        f"{flux} = {opsin.photons_per_mJ!r}*acting*{n}_irradiance"
        f"*int({since} - floor({since}/{n}_period)*{n}_period < {n}_width)",
        f"{hill_p} = {flux}**{p!r}/({flux}**{p!r} + {half_flux**p!r})",
        f"{hill_q} = {flux}**{q!r}/({flux}**{q!r} + {half_flux**q!r})",
        f"{half} = dt/ms/{2 * SUBSTEPS}",
        f"{n}_closed = 1 - {n}_open - {n}_open_too - {n}_closed_too",
    ]
    pairs = [
        (f"{n}_closed", f"{n}_open", f"{opsin.k1!r}*{hill_p}", f"{opsin.gd1!r}"),
        (
            f"{n}_open", f"{n}_open_too",
            f"({opsin.kf!r}*{hill_q} + {opsin.gf0!r})", f"({opsin.kb!r}*{hill_q} + {opsin.gb0!r})",
        ),
        (f"{n}_open_too", f"{n}_closed_too", f"{opsin.gd2!r}", f"{opsin.k2!r}*{hill_p}"),
        (f"{n}_closed_too", f"{n}_closed", f"{opsin.gr0!r}", "0"),
    ]  # fmt: skip
    for number, (_, _, forth, back) in enumerate(pairs):
        lines += [
            f"{n}_part_{number} = {forth}/({forth} + {back})",
            f"{n}_pace_{number} = 1 - exp(-{half}*({forth} + {back}))",
        ]
    moved = f"{n}_moved"
    for _ in range(SUBSTEPS):
        for number in (*range(len(pairs)), *reversed(range(len(pairs)))):
            source, sink, _, _ = pairs[number]
            lines += [
                f"{moved} = {n}_pace_{number}*({n}_part_{number}*({source} + {sink}) - {sink})",
                f"{sink} = {sink} + {moved}",
                f"{source} = {source} - {moved}",
            ]
    return "\n".join(lines)


def photocurrent(opsin: Opsin) -> str:
    """Return statements that let the photocurrent act on the soma for a time step."""
    return _current(opsin, "v", "expression", "acting*int(not_refractory)")


def dendritic_photocurrent(opsin: Opsin) -> str:
    """Return statements that let the photocurrent act on the dendrite for a time step.

    How much opsin there is in a dendrite is relative to the soma and per membrane, and membrane
    goes with capacitance: the conductance over the capacitance is that of the soma.
    """
    return _current(opsin, "v_dendrite", "in_dendrite", "acting")


def _current(opsin: Opsin, voltage: str, density: str, gate: str) -> str:
    # The conductance is that at the voltage of the moment, and acts exponentially: stable at any
    # irradiance.
    n = opsin.name
    conductance = (
        f"{opsin.conductance_nS!r}*nS*({n}_open + {opsin.open_ratio!r}*{n}_open_too)*{n}_{density}"
    )
    distance = f"({voltage} - {opsin.reversal_mV!r}*mV)"
    if opsin.rectification_v0_mV:
        force = (
            f"{opsin.rectification_v1_mV!r}*mV"
            f"*(1 - exp(-{distance}/({opsin.rectification_v0_mV!r}*mV)))"
        )
        # The force over the distance, which is finite where both vanish.
        shape = f"{force}/({distance} + int(abs({distance}) < 1e-6*mV)*1e-6*mV)"
        conductance = f"{conductance}*{shape}"
    return "\n".join(
        [
            f"{n}_{voltage}_conductance = {conductance}",
            f"{voltage} += {gate}*(-{distance})"
            f"*(1 - exp(-dt*{n}_{voltage}_conductance/capacitance))",
        ]
    )
