"""Functions that equations call to read the schedule while a circuit runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..schedule import SCHEDULE_STEP_MS, Schedule

if TYPE_CHECKING:
    from brian2 import Clock, Function, NeuronGroup, Synapses

READER = Path(__file__).with_name("schedule_reader.h")


class ScheduleReader:
    """Give equations access to the schedule of a run that is not known when they are compiled.

    In C++ the generated code reads the tables that the run finds in its folder; with the other
    targets the functions read the schedule set by :meth:`load`.
    """

    def __init__(self, widths: dict[str, int]) -> None:
        self.widths = widths
        self._bounds_s = np.array([0.0, np.inf])
        self._tables: dict[str, NDArray[np.float64]] = {}

    def load(self, schedule: Schedule) -> None:
        """Set the schedule that the Python implementation reads."""
        self._bounds_s = np.append(schedule.start_ms, schedule.duration_ms) / 1e3
        self._tables = {name: schedule.channel(name) for name in schedule.channels_in_use}

    def functions(self) -> dict[str, Function]:
        """Return ``scheduled_<channel>(t, cell)`` for every channel.

        The C++ versions also end the run when the schedule is over.
        """
        return {f"scheduled_{name}": self._function(name) for name in self.widths}

    def _function(self, name: str) -> Function:
        from brian2 import Function, second

        def read(t: Any, cell: Any) -> Any:
            if name not in self._tables:
                return np.zeros(np.shape(cell))
            epoch = np.searchsorted(self._bounds_s[1:-1] - 1e-9, t, side="left")
            return self._tables[name][epoch, cell]

        function = Function(
            read, arg_units=[second, 1], return_unit=1, arg_types=["float", "integer"],
            return_type="float", stateless=False,
        )  # fmt: skip
        function.implementations.add_numpy_implementation(read)
        width = self.widths[name]
        function.implementations.add_implementation(
            "cpp",
            f"""
            static inline double scheduled_{name}(const double t, const int64_t cell)
            {{
                static const std::vector<double> table = hippokv::read_channel("{name}", {width});
                if (hippokv::is_over(t))
                    Network::_globally_stopped = true;
                return table.empty() ? 0.0 : table[hippokv::epoch_at(t)*{width} + cell];
            }}
            """,
            compiler_kwds={
                "headers": ['"schedule_reader.h"'],
                "include_dirs": [str(READER.parent)],
            },
        )
        return function


def run_on_grid(
    group: NeuronGroup | Synapses, code: str, order: int = 0, name: str | None = None
) -> None:
    """Run statements of a group at each step of the schedule's grid, before anything else.

    Inside Python they always run as NumPy code: Cython cannot compile a function of the schedule.
    """
    from brian2 import get_device
    from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
    from brian2.devices.device import RuntimeDevice

    device = get_device()
    group.run_regularly(
        code, clock=_grid_clock(device), when="start", order=order, name=name,
        codeobj_class=NumpyCodeObject if isinstance(device, RuntimeDevice) else None,
    )  # fmt: skip


def _grid_clock(device: Any) -> Clock:
    """Return the one clock of the grid: a program looks at all of its clocks at every step."""
    from brian2 import Clock, ms

    clock = getattr(device, "schedule_clock", None)
    # A device that starts afresh has forgotten the variables of what was made before.
    if clock is None or clock.variables["t"] not in device.arrays:
        clock = device.schedule_clock = Clock(SCHEDULE_STEP_MS * ms, name="schedule_clock")
    return clock
