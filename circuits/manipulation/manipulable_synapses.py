"""What lets the schedule block the plasticity of a projection, and scale or erase its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hippokv.plasticity.stability import NEVER_S

from ..drive.scheduled_drive import run_on_grid

if TYPE_CHECKING:
    from brian2 import Synapses

SCALABLE = """
blocked         : 1 (shared)
scaling         : 1 (shared)
erasing         : 1 (shared)
initial_weight  : 1 (shared)
"""

READ = """
blocked  = scheduled_block_{name}(t, 0)
scaling  = scheduled_scale_{name}(t, 0)
erasing  = scheduled_erase_{name}(t, 0)
"""

# One step of the grid long, so that it acts once.
SCALE = """
factor       = scheduled_scale_{name}(t, 1)
tagged_only  = scaling*scheduled_scale_{name}(t, 2)
part         = scheduled_scale_{name}(t, 3)
hit          = int(uniform_at(t, i*N_post + j) < part)*(1 - tagged_only*int(label_{side} < 0.5))
weight      *= 1 + hit*(factor - 1)
"""

ERASE = """
weight      += erasing*(initial_weight - weight)
"""

DESTABILISE = f"""
stable_from += erasing*({NEVER_S}*second - stable_from)
"""


def add_weight_manipulations(projection: Synapses, hippocampal: str = "hippocampal") -> None:
    """Add to a projection the statements by which the schedule acts on it.

    Parameters
    ----------
    projection
        The projection, with the variables above, ``scheduled_*`` functions and noise.
    hippocampal
        Population whose label says which synapses are those of an engram.
    """
    name = projection.name
    side = "pre" if projection.source.name == hippocampal else "post"
    run_on_grid(projection, READ.format(name=name), order=10)
    run_on_grid(
        projection, SCALE.format(name=name, side=side), order=11, name=f"{name}_while_scaling"
    )
    erase = ERASE + DESTABILISE if "stable_from" in projection.variables else ERASE
    run_on_grid(projection, erase, order=11, name=f"{name}_while_erasing")
