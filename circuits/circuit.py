"""The circuit: what a program, a protocol and a settings file need to know of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from .manipulations import Manipulation

if TYPE_CHECKING:
    from .slot_memory_parameters import Calibration, SlotMemoryParameters


class Circuit(Protocol):
    """What is known of a circuit: a frozen dataclass whose one field is its ``parameters``.

    Names of populations, events and projections are those of the Brian2 objects: a population
    ``pv`` has the monitor ``spikes_pv``, an event ``dendritic_spike`` the monitor
    ``events_dendritic_spike``, and a projection ``keys`` the variable ``keys.weight``.
    """

    #: Name in settings.
    name: ClassVar[str]
    #: Populations whose spikes are recorded.
    populations: ClassVar[tuple[str, ...]]
    #: Other events that are recorded, and the population whose cells have them.
    events: ClassVar[Mapping[str, str]]
    #: Plastic projections, whose weights are recorded and can be given.
    projections: ClassVar[tuple[str, ...]]
    #: Those of them whose weights have a row for each cell behind the synapse instead of before it.
    rows_are_post: ClassVar[tuple[str, ...]]
    #: Populations that a schedule can silence, tag and light up.
    manipulable: ClassVar[tuple[str, ...]]
    #: Synapses that connect every cell with every other, in the order of their indices.
    all_to_all: ClassVar[tuple[str, ...]]
    #: Channels of the schedule that patterns drive.
    driven: ClassVar[tuple[str, ...]]

    @property
    def parameters(self) -> Any:
        """Every number of the circuit."""
        ...

    @property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule and their widths."""
        ...

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population."""
        ...

    @property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same, by population."""
        ...

    @property
    def structure(self) -> dict[str, int]:
        """What shapes the generated code."""
        ...

    def check(self) -> None:
        """Make sure that the parameters fit together and the circuit is not too large.

        Raises
        ------
        InputError
            For the first parameter that cannot be used, by its key in settings.
        """
        ...

    def values(self) -> dict[str, float | NDArray[np.float64]]:
        """Return everything that is set at run time, by ``object.variable``, in SI units."""
        ...

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of each plastic projection as (pre cells, post cells)."""
        ...

    def build(
        self, functions: dict[str, Any], manipulations: Sequence[Manipulation] | None = None
    ) -> Any:
        """Assemble the Brian2 network.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        manipulations
            Those that the schedule may have; any at all, where it is not known yet.
        """
        ...


class KeyValueCircuit(Circuit, Protocol):
    """A circuit that keeps items in slots: what the key-value protocols and their theory need."""

    #: Where the parameters of the slots stand in settings: ``circuit.``, or ``circuit.slots.``.
    slots_key: ClassVar[str]

    @property
    def slots(self) -> SlotMemoryParameters:
        """Parameters of the slots."""
        ...

    @property
    def calibration(self) -> Calibration:
        """The softmax that follows from them."""
        ...
