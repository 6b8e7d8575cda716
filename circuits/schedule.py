"""The schedule: an experiment as a table of epochs, one row after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hippokv.shown_in_notebooks import ShownInNotebooks

from .optional_library import library

#: Epochs start and end on this grid, on which a circuit reads its schedule.
SCHEDULE_STEP_MS = 5.0


class NoSuchChannel(ValueError):
    """Report that a schedule drives a channel that a circuit does not have.

    Parameters
    ----------
    channel
        The channel.
    words
        What is wrong, in words.
    """

    def __init__(self, channel: str, words: str) -> None:
        self.channel = channel
        super().__init__(words)


@dataclass(frozen=True)
class Epoch:
    """Describe one row of a schedule.

    Parameters
    ----------
    phase
        What happens: ``store``, ``recall``, ``advance`` (a slot is called for and nothing stored)
        or ``rest``, and behind a colon, where a protocol tells
        several kinds apart, which: ``recall:light``. Consecutive epochs with the same phase and
        item are one event.
    duration_ms
        Length of the epoch, a multiple of ``SCHEDULE_STEP_MS``.
    item
        Number of the item stored or asked for, -1 for none.
    drive
        What each channel carries during the epoch; a channel that is not named is 0.
    """

    phase: str
    duration_ms: float
    item: int = -1
    drive: Mapping[str, NDArray[np.float64] | float] = field(default_factory=dict)

    def __repr__(self) -> str:
        item = "" if self.item < 0 else f" of item {self.item}"
        driven = f", drives {', '.join(self.drive)}" if self.drive else ""
        return f"<Epoch {self.phase}{item}: {self.duration_ms:g} ms{driven}>"


def total_ms(epochs: Iterable[Epoch]) -> float:
    """Return how long epochs last together, in ms."""
    return float(sum(epoch.duration_ms for epoch in epochs))


@dataclass(frozen=True)
class Event:
    """Name a stretch of time in which one thing is done to one item."""

    phase: str
    item: int
    start_ms: float
    stop_ms: float

    @property
    def label(self) -> str:
        """Words for a plot or a progress bar."""
        words = self.kind if self.item < 0 else f"{self.kind} {self.item + 1}"
        return f"{words} ({self.group})" if self.group else words

    @property
    def kind(self) -> str:
        """The phase without its group."""
        return self.phase.partition(":")[0]

    @property
    def group(self) -> str:
        """Which of several kinds of the phase, or an empty string."""
        return self.phase.partition(":")[2]


class Action(Protocol):
    """Something that is done to a circuit for a while."""

    @property
    def target(self) -> str:
        """What it acts on."""
        ...

    @property
    def start_ms(self) -> float:
        """When it begins."""
        ...

    @property
    def stop_ms(self) -> float:
        """When it is done."""
        ...


@dataclass(frozen=True)
class Schedule(ShownInNotebooks):
    """Hold an experiment: what every population is driven with, from when to when.

    Parameters
    ----------
    epochs
        The rows, in order; the first starts at 0 ms.
    widths
        Number of entries of each channel that the circuit reads.
    manipulations
        What is done to the circuit meanwhile, for pictures and the rate model; see
        :func:`.manipulation.manipulations.manipulated`, which also puts it into the epochs.

    Raises
    ------
    ValueError
        For an empty schedule, a duration off the grid, an unknown channel or a wrong width.
    """

    epochs: tuple[Epoch, ...]
    widths: Mapping[str, int]
    manipulations: tuple[Action, ...] = ()

    def __post_init__(self) -> None:
        if not self.epochs:
            raise ValueError("a schedule needs at least one epoch")
        for number, epoch in enumerate(self.epochs):
            steps = float(epoch.duration_ms) / SCHEDULE_STEP_MS
            if not (steps >= 1 and steps.is_integer()):
                raise ValueError(
                    f"epoch {number} ({epoch.phase}) lasts {epoch.duration_ms:g} ms: "
                    f"must be a multiple of {SCHEDULE_STEP_MS:g} ms"
                )
            for channel, drive in epoch.drive.items():
                if channel not in self.widths:
                    raise NoSuchChannel(
                        channel,
                        f"epoch {number} ({epoch.phase}) drives {channel!r}: "
                        f"the circuit has {', '.join(self.widths)}",
                    )
                if np.ndim(drive) and np.shape(drive) != (self.widths[channel],):
                    raise ValueError(
                        f"epoch {number} ({epoch.phase}) drives {channel!r} with shape "
                        f"{np.shape(drive)}: must be ({self.widths[channel]},)"
                    )

    def __repr__(self) -> str:
        return f"<Schedule of {self.duration_ms / 1e3:g} s: {len(self.epochs)} epochs>"

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame``: an epoch a row, and what channels of one entry carry.

        Raises
        ------
        InputError
            Without pandas.
        """
        narrow = [name for name in self.channels_in_use if self.widths[name] == 1]
        channels = {name: self.channel(name)[:, 0] for name in narrow}
        return library("pandas").DataFrame({**self._columns(), **channels})

    def to_xarray(self) -> Any:
        """Return an ``xarray.Dataset``: what each channel in use carries, by epoch and entry.

        Raises
        ------
        InputError
            Without xarray.
        """
        found: dict[str, Any] = {name: (("epoch",), held) for name, held in self._columns().items()}
        for name in self.channels_in_use:
            found[name] = (("epoch", f"{name}_entry"), self.channel(name))
        return library("xarray").Dataset(found)

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "start_ms": self.start_ms,
            "duration_ms": np.array([epoch.duration_ms for epoch in self.epochs]),
            "phase": np.array([epoch.phase for epoch in self.epochs]),
            "item": np.array([epoch.item for epoch in self.epochs], dtype=np.int64),
        }

    @cached_property
    def start_ms(self) -> NDArray[np.float64]:
        """Start of each epoch in ms, shape (epochs,)."""
        return np.concatenate([[0.0], np.cumsum([epoch.duration_ms for epoch in self.epochs])[:-1]])

    @cached_property
    def duration_ms(self) -> float:
        """Length of the whole experiment in ms."""
        return total_ms(self.epochs)

    @cached_property
    def channels_in_use(self) -> tuple[str, ...]:
        """Channels that carry something in some epoch."""
        used = {name for epoch in self.epochs for name in epoch.drive}
        return tuple(name for name in self.widths if name in used)

    def channel(self, name: str) -> NDArray[np.float64]:
        """Return what a channel carries in each epoch, shape (epochs, width)."""
        table = np.zeros((len(self.epochs), self.widths[name]))
        for row, epoch in enumerate(self.epochs):
            table[row] = epoch.drive.get(name, 0.0)
        return table

    def first_epoch(self, event: Event) -> Epoch:
        """Return the epoch with which an event begins."""
        row = int(np.searchsorted(self.start_ms, event.start_ms + SCHEDULE_STEP_MS / 2)) - 1
        return self.epochs[row]

    def level(self, channel: str, event: Event) -> float:
        """Return what a channel of one entry carries at the begin of an event, 0 if nothing."""
        return float(np.max(self.first_epoch(event).drive.get(channel, 0.0)))

    def events(self, *phases: str) -> list[Event]:
        """Return the events, those of the phases named or all, in order of time."""
        return [event for event in self._events if not phases or event.kind in phases]

    @cached_property
    def _events(self) -> list[Event]:
        found: list[Event] = []
        now = 0.0
        for epoch in self.epochs:
            stop = now + epoch.duration_ms
            last = found[-1] if found else None
            if last and (last.phase, last.item) == (epoch.phase, epoch.item):
                found[-1] = Event(epoch.phase, epoch.item, last.start_ms, stop)
            else:
                found.append(Event(epoch.phase, epoch.item, now, stop))
            now = stop
        return found

    def asks_the_same(self, other: Schedule) -> bool:
        """Return whether another schedule makes a circuit do the same at the same times."""

        def rows(schedule: Schedule) -> list[tuple[str, float, int]]:
            return [(epoch.phase, epoch.duration_ms, epoch.item) for epoch in schedule.epochs]

        return rows(self) == rows(other) and all(
            np.array_equal(self.channel(name), other.channel(name))
            for name in {*self.channels_in_use, *other.channels_in_use}
        )

    def until(self, stop_ms: float) -> Schedule:
        """Return the part of the schedule before a time on the grid.

        A circuit run on it follows the same trajectory, seed for seed, so its recording shows the
        weights at that time.
        """
        kept: list[Epoch] = []
        for start, epoch in zip(self.start_ms, self.epochs, strict=True):
            if start < stop_ms:
                length = min(epoch.duration_ms, stop_ms - start)
                kept.append(Epoch(epoch.phase, length, epoch.item, epoch.drive))
        return Schedule(tuple(kept), self.widths, self.manipulations)


def on_off(pattern: NDArray[np.float64] | Sequence[float]) -> NDArray[np.float64]:
    """Return the drive of ON/OFF pairs for a pattern of +1, -1 and 0 (neither), ON cells first.

    Shapes (d,) to (2 d,).
    """
    pattern = np.asarray(pattern, dtype=float)
    return np.concatenate([pattern > 0, pattern < 0], axis=-1).astype(float)
