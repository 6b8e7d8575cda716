"""How far a sweep is, as a bar in a terminal or a notebook."""

from __future__ import annotations

from hippokv.terminal import ProgressBar


class SweepBar:
    """Show how many runs have ended, and the time left.

    Parameters
    ----------
    seen
        Whether anybody looks at it.
    """

    def __init__(self, seen: bool) -> None:
        self.finished = 0
        self._seen = seen
        self._bar: ProgressBar | None = None

    def __call__(self, finished: int, total: int) -> None:
        """Show a number of runs."""
        self.finished = finished
        if not self._seen:
            return
        if self._bar is None:
            form = "{n_fmt} of {total_fmt} runs |{bar}| {remaining} left"
            # What was run before must not count for the speed.
            self._bar = ProgressBar(form, "runs", total, finished)
        self._bar.move(finished)

    def close(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
