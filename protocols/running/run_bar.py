"""How far a run is, as a bar in a terminal or a notebook."""

from __future__ import annotations

from hippokv.circuits.schedule import Schedule
from hippokv.terminal import ProgressBar

#: What a phase of a schedule is called while it runs.
DOING = {"store": "storing", "recall": "recalling"}


class RunBar:
    """Show how far a run is, in words and by simulated time, one run after the other."""

    def __init__(self) -> None:
        self._schedule: Schedule | None = None
        self._stage = ""
        self._bar: ProgressBar | None = None

    def begin(self, schedule: Schedule, stage: str) -> None:
        """Show what comes next from its start; the stage is named where there are several."""
        self.close()
        self._schedule, self._stage = schedule, stage.replace("_", " ")

    def __call__(self, epoch: int) -> None:
        """Show that an epoch begins."""
        if self._schedule is None:
            return
        if self._bar is None:
            # Not before a simulation begins: the time left must not count compiling.
            self._bar = ProgressBar(
                "{desc} |{bar}| {percentage:3.0f} %, {remaining} left",
                self._stage or "starting",
                self._schedule.duration_ms,
            )
        now, words = self._schedule.epochs[epoch], ""
        if now.item >= 0 and now.phase in DOING:
            count = len(self._schedule.events(now.phase))
            words = f"{DOING[now.phase]} item {now.item + 1} of {count}"
            words = f"{self._stage}: {words}" if self._stage else words
        self._bar.move(self._schedule.start_ms[epoch], words)

    def close(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
