"""The probe: what of the inside of cells and synapses is recorded beside spikes, where and when.

Its variables shape the program. Its cells and times are data of a run.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError
from hippokv.parameter import nearest

from .account import DECLARED, joined
from .population import Population

if TYPE_CHECKING:
    from .circuit import Circuit
    from .population import Part
    from .recording import Recording
    from .schedule import Schedule

#: Settings that say what is recorded.
RECORD = "run.record"
CELLS, WINDOW = "run.record_cells", "run.record_window_ms"
EVERY, EVERY_OF_SYNAPSES = "run.record_every_ms", "run.record_synapses_every_ms"
#: What one run may record, in bytes, chosen: a run holds it twice for a while.
MOST_BYTES = 2_000_000_000
BYTES_OF_A_VALUE = 8


#: Chooses cells by what a circuit did on a schedule.
Choice = Callable[["Recording", "Schedule"], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Probe:
    """Record variables of some cells of a population, or of their synapses in a projection.

    Values are those at the start of a step, before anything else happens in it.

    Parameters
    ----------
    part
        Name of the population or of the projection, which must be from every cell to every other.
    variables
        Variables and named currents of its equations. What all cells share stands once for each.
    cells
        The cells; of a projection those that its rows belong to, as in a table of weights. All by
        default. Where only the run tells which, a function that takes its recording and its
        schedule and returns them: the circuit then runs twice, first to choose and then, with the
        same spikes, to record. Where it returns none, nothing is recorded.
    every_ms
        Time from one sample to the next, in ms, a multiple of the time step; the first is at 0.
    window_ms
        Start and stop of the samples that are kept, in ms, the start included; none where they are
        the same. All by default.
    most_cells
        How many cells a function returns at most, for which there must be room. All by default.
    """

    part: str
    variables: Sequence[str]
    cells: Sequence[int] | NDArray[np.int64] | Choice | None = None
    every_ms: float = 1.0
    window_ms: tuple[float, float] | None = None
    most_cells: int | None = None

    def before(self, stop_ms: float) -> Probe:
        """Return the same probe for a run that ends at a time, before its window or in it."""
        if self.window_ms is None:
            return self
        start, stop = (min(at, stop_ms) for at in self.window_ms)
        return replace(self, window_ms=(start, stop))

    def steps(self, duration_ms: float, dt_ms: float) -> range:
        """Return the steps of a run at which it samples."""
        start, stop = self.window_ms or (0.0, duration_ms)
        every = round(self.every_ms / dt_ms)
        # Rounding must not move a sample over the edge of the window.
        first, last = (math.ceil(at / (every * dt_ms) - 1e-9) for at in (start, stop))
        return range(first * every, last * every, every)

    def chosen(self, recording: Recording, schedule: Schedule) -> Probe:
        """Return the probe with the cells that its function chooses, itself where it has none.

        Raises
        ------
        InputError
            For more cells than there must be room for.
        """
        if not callable(self.cells):
            return self
        cells = np.asarray(self.cells(recording, schedule), dtype=np.int64)
        if self.most_cells is not None and len(cells) > self.most_cells:
            words = f"must be at most {self.most_cells} cells of {self.part}"
            raise InputError(CELLS, len(cells), words)
        return replace(self, cells=cells) if len(cells) else self.blind()

    def blind(self) -> Probe:
        """Return a probe that shapes the same program and samples nothing."""
        return replace(self, cells=[0], window_ms=(0.0, 0.0))

    def rows(self, circuit: Circuit) -> NDArray[np.int64]:
        """Return the numbers of its cells, shape (rows,).

        Where a function is to choose them these are as many as it may.
        """
        count = _cells_of(circuit, self.part)
        if self.cells is None or callable(self.cells):
            return np.arange(count if self.most_cells is None else min(self.most_cells, count))
        return np.asarray(self.cells).astype(np.int64)

    def shape(self, circuit: Circuit) -> tuple[int, ...]:
        """Return the shape of a sample: cells, or rows and columns of synapses."""
        part = circuit[self.part]
        rows = len(self.rows(circuit))
        if isinstance(part, Population):
            return (rows,)
        return rows, circuit[part.sides[1]].cells

    def places(self, circuit: Circuit) -> NDArray[np.int64]:
        """Return which cells or synapses of its part it samples, in the order of their values."""
        rows, part = self.rows(circuit), circuit[self.part]
        if isinstance(part, Population):
            return rows
        behind = circuit[part.target].cells
        columns = np.arange(self.shape(circuit)[1])
        # Synapses lie in the order of the cells before them.
        table = columns * behind + rows[:, None]
        other = rows[:, None] * behind + columns
        found: NDArray[np.int64] = (table if part.rows == "target" else other).ravel()
        return found

    def bytes_of(self, circuit: Circuit, duration_ms: float, dt_ms: float) -> int:
        """Return how many bytes its values are."""
        samples = len(self.steps(duration_ms, dt_ms)) * math.prod(self.shape(circuit))
        return BYTES_OF_A_VALUE * len(self.variables) * samples

    def check(self, circuit: Circuit, schedule: Schedule, dt_ms: float) -> None:
        """Make sure that a circuit has what it records, and a run the time.

        Raises
        ------
        InputError
            For the first thing that it has not.
        """
        check_variables(circuit, self.part, self.variables)
        known = self.cells is not None and not callable(self.cells)
        given = np.asarray(self.cells if known else self.rows(circuit))
        if given.size and given.dtype.kind not in "iu":
            raise InputError(
                CELLS, str(given.tolist())[:80], "must be numbers of cells, whole ones"
            )
        rows, count = self.rows(circuit), _cells_of(circuit, self.part)
        if rows.ndim != 1 or not rows.size or rows.min() < 0 or rows.max() >= count:
            wrong = [cell for cell in np.ravel(rows).tolist() if not 0 <= cell < count]
            raise InputError(
                CELLS, ", ".join(map(str, wrong[:5])),
                f"must be one or more cells of {self.part}, from 0 to {count - 1}",
            )  # fmt: skip
        is_population = isinstance(circuit[self.part], Population)
        times = self.every_ms / dt_ms if math.isfinite(self.every_ms) else 0.0
        if not (times >= 1 and abs(times - round(times)) < 1e-9):
            raise InputError(
                EVERY if is_population else EVERY_OF_SYNAPSES, self.every_ms,
                f"must be a multiple of the time step, {dt_ms:g} ms",
            )  # fmt: skip
        start, stop = self.window_ms or (0.0, schedule.duration_ms)
        if not 0 <= start <= stop <= schedule.duration_ms:
            raise InputError(
                WINDOW, f"{start:g}:{stop:g}",
                f"must be a stretch of the {schedule.duration_ms:g} ms that are simulated",
            )  # fmt: skip
        if stop < schedule.duration_ms:
            self.check_window(dt_ms)

    def check_window(self, dt_ms: float) -> None:
        """Make sure that a window that was asked for has a sample in it.

        Raises
        ------
        InputError
            Where it has none.
        """
        start, stop = self.window_ms or (0.0, 0.0)
        # Of a run that ends before a window nothing is kept.
        if start < stop and not self.steps(stop, dt_ms):
            raise InputError(
                WINDOW, f"{start:g}:{stop:g}",
                f"must have a sample in it: {self.part} is sampled every {self.every_ms:g} ms",
            )  # fmt: skip


def with_recorded(circuit: Circuit, probes: Sequence[Probe]) -> Circuit:
    """Return the circuit whose program records what probes do, itself where there are none.

    Raises
    ------
    InputError
        For a variable that it does not have, or a part with two probes.
    """
    variables: dict[str, tuple[str, ...]] = {}
    for probe in sorted(probes, key=lambda one: one.part):
        check_variables(circuit, probe.part, probe.variables)
        if probe.part in variables:
            raise InputError(RECORD, probe.part, "must have one probe")
        variables[probe.part] = tuple(sorted(set(probe.variables)))
    return circuit if variables == circuit.recorded else replace(circuit, recorded=variables)


def check_variables(circuit: Circuit, part: str, variables: Iterable[str]) -> None:
    """Make sure that a circuit has variables that can be recorded.

    Raises
    ------
    InputError
        For the first that it has not.
    """
    names = [one.name for one in circuit.parts]
    if part not in names:
        words = f"must name parts of {circuit.name}: {', '.join(names)}"
        raise InputError(RECORD, part, words + nearest(part, names))
    known = recordable(_completed(circuit, part))
    asked = list(variables)
    for variable in asked:
        if asked.count(variable) > 1:
            raise InputError(RECORD, f"{part}.{variable}", "must be named once")
        if variable not in known:
            words = f"must name what {part} of {circuit.name} has: {', '.join(known) or 'nothing'}"
            near = nearest(variable, known, f"{part}.")
            raise InputError(RECORD, f"{part}.{variable}", words + near)
    one = circuit[part]
    if not isinstance(one, Population) and not one.all_to_all:
        words = "must name populations, or projections from every cell to every other"
        raise InputError(RECORD, part, words)


def check_bytes(
    probes: Sequence[Probe], circuit: Circuit, duration_ms: float, dt_ms: float, compiled: bool,
    held: int = 0,
) -> None:  # fmt: skip
    """Make sure that there is room for what a run records.

    Parameters
    ----------
    compiled
        Whether it is a program, which writes to the folder of temporary files what it samples in a
        window; what runs in Python samples all the time.
    held
        Bytes of earlier runs that are kept.

    Raises
    ------
    InputError
        Where there is not.
    """
    sampled = probes if compiled else [replace(one, window_ms=None) for one in probes]
    sizes = {one.part: one.bytes_of(circuit, duration_ms, dt_ms) for one in sampled}
    total = held + sum(sizes.values())
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free if total and compiled else MOST_BYTES
    if total <= min(MOST_BYTES, free):
        return
    limit = f"{MOST_BYTES:,}" if total > MOST_BYTES else f"the {free:,} free in {place}"
    of_each = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    earlier = f", earlier runs {held:,}" if held else ""
    raise InputError(
        RECORD, ",".join(f"{one.part}.{name}" for one in probes for name in one.variables),
        f"must be at most {limit} bytes, and would be {total:,} ({of_each}{earlier}): record fewer "
        f"cells ({CELLS}), less often ({EVERY}, {EVERY_OF_SYNAPSES}) or in a window ({WINDOW})",
    )  # fmt: skip


def recordable(part: Part) -> dict[str, str]:
    """Return the unit of every variable of a part's equations that can be recorded.

    What it reads of another part is recorded there.
    """
    found = {}
    for left, right in joined(part.equations):
        declared = DECLARED.match(left)
        unit, _, flags = right.partition("(")
        if declared and "linked" not in flags:
            found[declared[1] or declared[2]] = unit.strip()
    return found


def units_of(circuit: Circuit, probe: Probe) -> dict[str, str]:
    """Return the unit of each variable of a probe, in words of Brian2."""
    known = recordable(_completed(circuit, probe.part))
    return {name: known[name] for name in probe.variables}


def _completed(circuit: Circuit, name: str) -> Any:
    return next(part for part in circuit.complete if part.name == name)


def _cells_of(circuit: Circuit, name: str) -> int:
    """Return the number of cells of a population, or of rows of a projection."""
    part = circuit[name]
    if isinstance(part, Population):
        return part.cells
    return int(circuit[part.sides[0]].cells)
