"""What lets the schedule silence, label and light up the cells of a population.

A population has these variables and statements beside its own equations. The statements are left
out while the schedule does nothing to it, so that they cost nothing then.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..drive.scheduled_drive import run_on_grid
from .opsins import (
    OPSINS,
    dendritic_photocurrent,
    dendritic_variables,
    kinetics,
    photocurrent,
    variables,
)

if TYPE_CHECKING:
    from brian2 import NeuronGroup

MANIPULABLE = """
acting                   : 1 (shared)
label_per_spike          : 1 (shared)
label_per_plateau        : 1 (shared)
label                    : 1
silenced                 : 1
""" + "".join(map(variables, OPSINS.values()))

#: Variables of cells that a recording has from the end of a run.
RECORDED = ("label", *(f"{opsin}_expression" for opsin in OPSINS))

#: The same of cells that have a dendrite, beside the above.
MANIPULABLE_DENDRITE = "".join(map(dendritic_variables, OPSINS.values()))

#: What a spike adds to the label that the cell has.
LABEL_SPIKE = "\nlabel += label_per_spike"

READ_ACTING = "acting = scheduled_acting_{name}(t, 0)"

READ_MANIPULATIONS = """
label_per_spike      = acting*scheduled_tag_{name}(t, 0)
label_per_plateau    = acting*scheduled_tag_{name}(t, 1)
"""

READ_SILENCE = """
silenced             = acting*scheduled_silence_{name}(t, i)
"""

READ_LIGHT = """
{opsin}_irradiance   = scheduled_light_{opsin}_{name}(t, 0)
{opsin}_period       = (scheduled_light_{opsin}_{name}(t, 1) + 1e-9)*second
{opsin}_width        = scheduled_light_{opsin}_{name}(t, 2)*second
{opsin}_light_from   = scheduled_light_{opsin}_{name}(t, 3)*second
"""

# The draw is made anew only where the schedule lets cells express: what a cell makes stays.
EXPRESS = """
{opsin}_probability  = scheduled_express_{opsin}_{name}(t, 0)
{opsin}_threshold    = scheduled_express_{opsin}_{name}(t, 1)
{opsin}_new          = int(label >= {opsin}_threshold)*int(uniform_at(t, i) < {opsin}_probability)
{opsin}_expression   = clip({opsin}_expression + {opsin}_new, 0, 1)
"""

EXPRESS_IN_DENDRITE = """
{opsin}_more         = {opsin}_new*scheduled_express_{opsin}_{name}(t, 2) - {opsin}_in_dendrite
{opsin}_in_dendrite += clip({opsin}_more, 0, inf)
"""

# These run only while the variable ``acting`` is not 0: the name of the block says so.

# A silenced cell, soma and dendrite, is held at the reversal of potassium, below any threshold, and
# nothing that drives it gets through.
HELD_VOLTAGE_MV = -90.0  # chosen: reversal of potassium in mammalian neurons
HELD_DOWN = ("v", "v_dendrite")
HELD_AT_ZERO = (
    "hazard", "level", "value_current", "excitation_current", "key_current", "key_inflow",
)  # fmt: skip


def add_manipulations(group: NeuronGroup, opsins: Collection[str]) -> None:
    """Add to a population the statements by which the schedule acts on it.

    Parameters
    ----------
    group
        The population, with the variables above among its equations and ``scheduled_*`` functions
        and noise in its namespace.
    opsins
        Names of the opsins that its cells may make.
    """
    name = group.name
    run_on_grid(group, READ_ACTING.format(name=name), order=10)
    scalars = READ_MANIPULATIONS.format(name=name)
    scalars += "".join(READ_LIGHT.format(name=name, opsin=opsin) for opsin in opsins)
    cells = READ_SILENCE.format(name=name)
    cells += "".join(EXPRESS.format(name=name, opsin=opsin) for opsin in opsins)
    cells_have = {key for key, variable in group.variables.items() if not variable.scalar}
    dendrite = "v_dendrite" in cells_have
    if dendrite:
        cells += "".join(EXPRESS_IN_DENDRITE.format(name=name, opsin=opsin) for opsin in opsins)
    run_on_grid(group, scalars + cells, order=11, name=f"{name}_read_while_acting")
    holds = [
        *(
            f"{key} += silenced*({HELD_VOLTAGE_MV}*mV - {key})"
            for key in HELD_DOWN
            if key in cells_have
        ),
        *(f"{key} *= (1 - silenced)" for key in HELD_AT_ZERO if key in cells_have),
    ]
    steps = [
        # The compiled program asks the variable in the block's name, which only opsins bring.
        *(() if opsins else ("while_acting = acting",)),
        *(kinetics(OPSINS[opsin]) for opsin in opsins),
        *(photocurrent(OPSINS[opsin]) for opsin in opsins),
        *(dendritic_photocurrent(OPSINS[opsin]) for opsin in opsins if dendrite),
        *holds,
    ]
    group.run_regularly("\n".join(steps), when="start", order=12, name=f"{name}_act_while_acting")
