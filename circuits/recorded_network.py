"""The last step of every circuit: its groups become a network that can be manipulated and is recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .manipulable_cells import let_be_manipulated
from .manipulable_synapses import let_be_scaled
from .manipulations import Manipulation, opsins_in
from .opsins import OPSINS

if TYPE_CHECKING:
    from brian2 import Network, NeuronGroup, Synapses


def recorded_network(
    cells: Mapping[str, NeuronGroup],
    others: Sequence[Any],
    synapses: Sequence[Synapses],
    manipulations: Sequence[Manipulation] | None,
    projections: Collection[str] = (),
    events: Mapping[str, str] | None = None,
) -> Network:
    """Return the Brian2 network of groups, with what manipulates and records them.

    Parameters
    ----------
    cells
        Populations by name; their spikes are recorded.
    others
        Groups that are neither.
    synapses
        Projections between them.
    manipulations
        Those that the schedule may have; any at all, where it is not known yet.
    projections
        Names of the projections that the schedule can scale.
    events
        Other events that are recorded, and the population that has them.
    """
    from brian2 import EventMonitor, Network, SpikeMonitor

    rows = manipulations
    for group in cells.values():
        if rows is None or any(row.target == group.name for row in rows):
            let_be_manipulated(group, OPSINS if rows is None else opsins_in(rows))
    for projection in synapses:
        if projection.name in projections and (
            rows is None or any(row.target == projection.name for row in rows)
        ):
            let_be_scaled(projection)
    monitors = [SpikeMonitor(group, name=f"spikes_{name}") for name, group in cells.items()]
    for name, population in (events or {}).items():
        monitors.append(EventMonitor(cells[population], name, name=f"events_{name}"))
    return Network(*cells.values(), *others, *synapses, *monitors)
