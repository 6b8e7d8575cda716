"""Manipulations: rows of a schedule that silence, label or light up cells, or act on plasticity.

Each names what it acts on and from when to when. They become channels of the schedule, which every
circuit reads, so none of them changes a circuit or needs one to be compiled.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..schedule import SCHEDULE_STEP_MS, Action, Epoch, Event, Schedule
from .opsins import OPSINS

Level = NDArray[np.float64] | float
#: What counts for a label: each spike, or each dendritic plateau.
LABELLED_BY = ("spikes", "plateaus")


class _OnCells:
    population: str

    @property
    def target(self) -> str:
        """What it acts on."""
        return self.population


class _OnSynapses:
    projection: str

    @property
    def target(self) -> str:
        """What it acts on."""
        return self.projection


class _AtOnce:
    at_ms: float

    @property
    def start_ms(self) -> float:
        """When it begins."""
        return self.at_ms

    @property
    def stop_ms(self) -> float:
        """When it is done: a step of the schedule later."""
        return self.at_ms + SCHEDULE_STEP_MS


@dataclass(frozen=True)
class Silence(_OnCells):
    """Silence cells: a lesion where it lasts to the end, an infusion of muscimol where it does not.

    Parameters
    ----------
    population
        Name of the population.
    cells
        Numbers of the cells; all of them by default.
    start_ms, stop_ms
        From when to when, by default from the start to the end.
    """

    population: str
    cells: tuple[int, ...] | None = None
    start_ms: float = 0.0
    stop_ms: float = math.inf

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        channel = f"silence_{self.population}"
        table = np.zeros(widths[channel])
        table[list(range(len(table)) if self.cells is None else self.cells)] = 1.0
        return {channel: table}


@dataclass(frozen=True)
class Tag(_OnCells):
    """Label the cells that are active while the window is open, as Dox off c-fos labelling does.

    Parameters
    ----------
    population
        Name of the population.
    start_ms, stop_ms
        The window.
    by
        What is counted: ``spikes``, or ``plateaus`` of cells with a dendrite.
    """

    population: str
    start_ms: float
    stop_ms: float
    by: str = "spikes"

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        return {
            f"tag_{self.population}": np.array([float(self.by == kind) for kind in LABELLED_BY])
        }


@dataclass(frozen=True)
class Express(_AtOnce, _OnCells):
    """Let cells make an opsin from a time on: those with a label, each with a probability.

    Parameters
    ----------
    population
        Name of the population.
    opsin
        Name of the opsin.
    at_ms
        When.
    probability
        With which a cell that is labelled makes it.
    threshold
        Label from which on a cell counts as tagged, in spikes or plateaus; 0 for all cells.
    in_dendrite
        Density of the opsin in the dendrite, of cells that have one, relative to that in the soma:
        0 for an opsin that is targeted to the soma, 1 for one in all of the membrane.
    """

    population: str
    opsin: str
    at_ms: float
    probability: float = 1.0
    threshold: float = 1.0
    in_dendrite: float = 0.0

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        how = [self.probability, self.threshold, self.in_dendrite]
        return {f"express_{self.opsin}_{self.population}": np.array(how)}


@dataclass(frozen=True)
class Light(_OnCells):
    """Shine light on a population, at the wavelength of one opsin.

    Parameters
    ----------
    population
        Name of the population.
    opsin
        Name of the opsin; cells that do not make it do not notice.
    irradiance_mW_per_mm2
        Irradiance during a pulse.
    start_ms, stop_ms
        From when to when.
    frequency_Hz, width_ms
        Pulses a second and the length of each; a length of at least a period is light all the time.
    """

    population: str
    opsin: str
    irradiance_mW_per_mm2: float
    start_ms: float
    stop_ms: float
    frequency_Hz: float = 20.0
    width_ms: float = 15.0

    @property
    def duty(self) -> float:
        """Part of the time in which there is light."""
        return min(self.width_ms * self.frequency_Hz / 1e3, 1.0)

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        pulses = [
            self.irradiance_mW_per_mm2, 1.0 / self.frequency_Hz,
            self.width_ms / 1e3, self.start_ms / 1e3,
        ]  # fmt: skip
        return {f"light_{self.opsin}_{self.population}": np.array(pulses)}


@dataclass(frozen=True)
class BlockPlasticity(_OnSynapses):
    """Keep the weights of a projection from changing.

    Parameters
    ----------
    projection
        Name of the projection.
    start_ms, stop_ms
        From when to when, by default from the start to the end.
    """

    projection: str
    start_ms: float = 0.0
    stop_ms: float = math.inf

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        return {f"block_{self.projection}": 1.0}


@dataclass(frozen=True)
class ScaleWeights(_AtOnce, _OnSynapses):
    """Multiply weights of a projection: degrade them, or restore what was degraded.

    Parameters
    ----------
    projection
        Name of the projection.
    factor
        What the weights are multiplied by.
    at_ms
        When.
    tagged
        Only at cells with a label (before or behind the synapse, whichever cell can have one).
    fraction
        Part of the synapses that it hits, drawn at random.
    """

    projection: str
    factor: float
    at_ms: float
    tagged: bool = False
    fraction: float = 1.0

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        how = [1.0, self.factor, float(self.tagged), self.fraction]
        return {f"scale_{self.projection}": np.array(how)}


@dataclass(frozen=True)
class Erase(_AtOnce, _OnSynapses):
    """Give a projection its naive weights back, as if it had never learned; stable ones too.

    What an infusion of zeta inhibitory peptide does to long-term potentiation (Pastalkova et al.
    2006). It lets one simulation hold lists that know nothing of each other.

    Parameters
    ----------
    projection
        Name of the projection.
    at_ms
        When.
    """

    projection: str
    at_ms: float

    def channels(self, widths: Mapping[str, int]) -> dict[str, Level]:
        """Return what the schedule carries meanwhile, by channel."""
        return {f"erase_{self.projection}": 1.0}


Manipulation = Silence | Tag | Express | Light | BlockPlasticity | ScaleWeights | Erase
#: Those that act on synapses and leave cells alone.
ON_SYNAPSES = (BlockPlasticity, ScaleWeights, Erase)


def manipulation_widths(
    sizes: Mapping[str, int], projections: Sequence[str], lit: Collection[str] | None = None
) -> dict[str, int]:
    """Return the channels by which manipulations reach populations and projections.

    Parameters
    ----------
    sizes
        Number of cells of every population.
    projections
        Names of the plastic projections.
    lit
        Populations whose cells can make opsins; all of them by default.
    """
    found: dict[str, int] = {}
    for population, size in sizes.items():
        found |= {f"acting_{population}": 1, f"silence_{population}": size}
        found[f"tag_{population}"] = len(LABELLED_BY)
        for opsin in OPSINS if lit is None or population in lit else ():
            found |= {f"express_{opsin}_{population}": 3, f"light_{opsin}_{population}": 4}
    for projection in projections:
        found |= {f"block_{projection}": 1, f"scale_{projection}": 4, f"erase_{projection}": 1}
    return found


def manipulated(schedule: Schedule, *manipulations: Manipulation) -> Schedule:
    """Return a schedule with manipulations in it.

    Epochs are divided where a manipulation begins or ends; the events stay what they were.

    Parameters
    ----------
    schedule
        What happens otherwise.
    manipulations
        What is done to the circuit meanwhile.

    Raises
    ------
    ValueError
        For a population, projection, opsin, cell or time that does not exist, or two
        manipulations that ask for different things at once.
    """
    for row in manipulations:
        _check(row, schedule)
    total = schedule.duration_ms
    times = {float(start) for start in schedule.start_ms}
    for row in manipulations:
        times |= {time for time in (row.start_ms, row.stop_ms) if time < total}
    bounds = [*sorted(times), total]
    owner = np.searchsorted(schedule.start_ms, bounds[:-1], side="right") - 1
    first = _first_times(manipulations)
    epochs = []
    for start, stop, number in zip(bounds[:-1], bounds[1:], owner, strict=True):
        epoch = schedule.epochs[number]
        drive = dict(epoch.drive)
        for population, since in first.items():
            if start >= since:
                drive[f"acting_{population}"] = 1.0
        for row in manipulations:
            if row.start_ms <= start < row.stop_ms:
                for channel, value in row.channels(schedule.widths).items():
                    drive[channel] = _together(channel, drive.get(channel), value)
        epochs.append(Epoch(epoch.phase, stop - start, epoch.item, drive))
    return Schedule(tuple(epochs), schedule.widths, (*schedule.manipulations, *manipulations))


def silenced(schedule: Schedule, population: str, time_ms: float) -> NDArray[np.bool_]:
    """Return which cells of a population a schedule silences at a time, shape (cells,).

    Empty where the schedule does not know the population.
    """
    silent = np.zeros(schedule.widths.get(f"silence_{population}", 0), dtype=bool)
    for row in schedule.manipulations:
        if (
            isinstance(row, Silence)
            and row.population == population
            and row.start_ms <= time_ms < row.stop_ms
        ):
            silent[slice(None) if row.cells is None else list(row.cells)] = True
    return silent


def all_silenced(schedule: Schedule, population: str, event: Event) -> bool:
    """Return whether a schedule silences a whole population in the middle of an event."""
    cells = silenced(schedule, population, (event.start_ms + event.stop_ms) / 2)
    return bool(cells.size and cells.all())


def opsins_in(manipulations: Sequence[Action]) -> list[str]:
    """Return the opsins that manipulations name."""
    return sorted({row.opsin for row in manipulations if isinstance(row, Express | Light)})


def _first_times(manipulations: Sequence[Manipulation]) -> dict[str, float]:
    """Return from when on each population has to look at its channels."""
    found: dict[str, float] = {}
    for row in manipulations:
        if not isinstance(row, ON_SYNAPSES):
            found[row.population] = min(row.start_ms, found.get(row.population, math.inf))
    return found


def _together(channel: str, before: Level | None, value: Level) -> Level:
    if before is None:
        return value
    if channel.startswith(("silence_", "tag_", "block_", "erase_")):
        return np.maximum(before, value)
    raise ValueError(f"two manipulations set {channel} at once: they must follow each other")


def _check(row: Manipulation, schedule: Schedule) -> None:
    kind = type(row).__name__
    widths = schedule.widths
    prefix = "block_" if isinstance(row, ON_SYNAPSES) else "acting_"
    known = [name.removeprefix(prefix) for name in widths if name.startswith(prefix)]
    if row.target not in known:
        raise ValueError(f"{kind} of {row.target!r}: the circuit has {', '.join(known)}")
    for time in (row.start_ms, row.stop_ms):
        if not (time >= 0 and (math.isinf(time) or (time / SCHEDULE_STEP_MS).is_integer())):
            raise ValueError(
                f"{kind} of {row.target} at {time:g} ms: must be a multiple of "
                f"{SCHEDULE_STEP_MS:g} ms, 0 or later"
            )
    if not row.start_ms < min(row.stop_ms, schedule.duration_ms):
        raise ValueError(
            f"{kind} of {row.target} from {row.start_ms:g} to {row.stop_ms:g} ms: must begin "
            f"before it ends and before the schedule does, at {schedule.duration_ms:g} ms"
        )
    if isinstance(row, Silence) and row.cells is not None:
        size = widths[f"silence_{row.population}"]
        wrong = [cell for cell in row.cells if not 0 <= cell < size]
        if wrong:
            raise ValueError(f"Silence of cell {wrong[0]} of {row.population}: it has {size}")
    if isinstance(row, Express | Light) and row.opsin not in OPSINS:
        raise ValueError(f"{kind} with opsin {row.opsin!r}: must be one of {', '.join(OPSINS)}")
    if isinstance(row, Tag) and row.by not in LABELLED_BY:
        raise ValueError(f"Tag by {row.by!r}: must be one of {', '.join(LABELLED_BY)}")
    for name in _NUMBERS:
        value = getattr(row, name, 1.0)
        low, high = _NUMBERS[name]
        if not low <= value <= high:
            raise ValueError(
                f"{kind} of {row.target} with {name} = {value:g}: must be from {low:g} to {high:g}"
            )


#: Smallest and largest value of the numbers of a manipulation.
_NUMBERS = {
    "probability": (0.0, 1.0),
    "threshold": (0.0, 1e9),
    "in_dendrite": (0.0, 1.0),
    "irradiance_mW_per_mm2": (0.0, 1000.0),
    "frequency_Hz": (0.01, 1000.0),
    "width_ms": (0.05, 1e9),
    "factor": (0.0, 100.0),
    "fraction": (0.0, 1.0),
}
