"""Cells that differ: each has a threshold, a leak and a capacitance of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hippokv.parameter import constant_fields, fraction, parameter

from ..population import Part, Population, constant_named
from .homeostasis import Homeostasis, homeostatic

#: Spread of thresholds up to which recall was measured to be that of equal cells, in mV.
MEASURED_SPREAD_mV = 6.0
#: Constants of which cells have their own, by the spread that they follow.
OWN = {
    # A cell is reset as far below its threshold as all others.
    "threshold_spread": (
        "spike_threshold",
        "lowest_threshold",
        "highest_threshold",
        "reset_voltage",
    ),
    "leak_spread": ("leak",),
    "capacitance_spread": ("capacitance",),
}
OWN_THRESHOLD = """
{name} = mean_{name} + threshold_spread*threshold_deviation{shift} : volt
"""
# Far from the mean a membrane would have no leak or no capacitance at all.
OWN_MEMBRANE = """
{name} = mean_{name}*clip(1 + {name}_spread*{name}_deviation, 0.3, 3) : {unit}
"""
DEVIATION = """
{quantity}_deviation : 1 (constant)
"""


@dataclass(frozen=True)
class Heterogeneity:
    """Hold how much the cells of a population differ; in all populations alike."""

    threshold_spread_mV: float = parameter(
        0.0,
        "standard deviation of the spike threshold over the cells of a population",
        chosen="equal cells; CA1 cells spread by several mV",
        high=20.0,
    )
    leak_spread: float = fraction(
        0.0, "the same of the leak, relative", chosen="equal cells, as the threshold"
    )
    capacitance_spread: float = fraction(
        0.0, "the same of the capacitance, relative", chosen="equal cells, as the threshold"
    )

    @property
    def present(self) -> bool:
        """Whether cells differ at all."""
        return any(getattr(self, field.name) for _, field in constant_fields(self))


def with_differing_cells(
    parts: tuple[Part, ...],
    heterogeneity: Heterogeneity,
    homeostasis: Homeostasis,
    idle_nS: float,
) -> tuple[Part, ...]:
    """Return a circuit's parts with cells that differ, drawn anew for each seed of a run.

    Such cells find their thresholds in idle epochs (:mod:`.homeostasis`). Without any spread the
    parts are those given.

    Parameters
    ----------
    parts
        The parts.
    heterogeneity, homeostasis
        How much cells differ, and by what they become alike.
    idle_nS
        What inhibits hippocampal cells in an idle epoch.
    """
    if not heterogeneity.present:
        return parts
    return tuple(
        _differing(homeostatic(part, homeostasis, idle_nS), heterogeneity)
        if isinstance(part, Population) and part.spiking
        else part
        for part in parts
    )


def _differing(cells: Population, heterogeneity: Heterogeneity) -> Population:
    equations, constants, drawn = cells.equations, list(cells.constants), dict(cells.drawn)
    shift = " + threshold_shift" if "threshold_shift" in equations else ""
    for spread, names in OWN.items():
        own = [one for one in constants if one.name in names]
        if not own:
            continue
        quantity = spread.removesuffix("_spread")
        equation = OWN_THRESHOLD if quantity == "threshold" else OWN_MEMBRANE
        for one in own:
            constants[constants.index(one)] = replace(one, name=f"mean_{one.name}")
            equations += equation.format(name=one.name, unit=one.unit, shift=shift)
        equations += DEVIATION.format(quantity=quantity)
        drawn[f"{quantity}_deviation"] = "randn()"
        constants.append(constant_named(spread, heterogeneity, spread))
    return replace(cells, equations=equations, constants=tuple(constants), drawn=drawn)
