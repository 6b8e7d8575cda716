"""Words on the terminal: shown as far as it can show them, and never what a run fails of.

A process may have no standard output or error, and a session may have put something else in their
place. What files and strangers say is shown with its control characters spelled out.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .errors import printable
from .shown_in_notebooks import in_notebook


def say(text: str = "") -> None:
    """Write lines to standard output.

    Raises
    ------
    OSError
        Where there is one and it cannot be written.
    """
    with _named("standard output"):
        _write(sys.stdout, text)


def flush() -> None:
    """Wait until standard output has taken what was said.

    Raises
    ------
    OSError
        Where there is one and it cannot be written.
    """
    if _is_open(sys.stdout):
        with _named("standard output"):
            sys.stdout.flush()


def complain(text: str) -> None:
    """Write one line on what went wrong to standard error, if anybody can read it."""
    _tell(f"hippokv: {' '.join(text.split())}")


def announce(text: str) -> None:
    """Say what has to be waited for."""
    _tell(f"{text} ...")


def announce_in_notebook(text: str) -> None:
    """Say what has to be waited for in a notebook, and nowhere else."""
    if in_notebook():
        announce(text)


def is_watched() -> bool:
    """Return whether somebody looks at standard error while a command runs."""
    with suppress(AttributeError, OSError, ValueError):
        return bool(sys.stderr.isatty())
    return False


class ProgressBar:
    """Show how far something is, where it is watched; what cannot be shown is left out.

    Parameters
    ----------
    form
        How it looks, in the words of tqdm.
    description
        What it begins with.
    total
        What it ends with.
    done
        What was done before: it does not count for the speed.
    """

    def __init__(self, form: str, description: str, total: float, done: float = 0) -> None:
        self._bar: Any = None
        # Variables of the environment may set it up so that it cannot be drawn.
        with suppress(Exception), warnings.catch_warnings():
            # In a notebook without ipywidgets the bar is text, and a warning says so each time.
            warnings.simplefilter("ignore")
            if in_notebook():
                from tqdm.auto import tqdm
            else:
                from tqdm import tqdm

            self._bar = tqdm(
                desc=description, total=total, initial=done, leave=False, file=sys.stderr,
                bar_format=form,
            )  # fmt: skip

    def move(self, done: float, description: str = "") -> None:
        """Show what is done by now, and what is being done where that is another."""
        if self._bar is None:
            return
        with suppress(Exception):
            if description:
                self._bar.set_description_str(description, refresh=False)
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            with suppress(Exception):
                self._bar.close()


@contextmanager
def _named(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, what) from None


def _tell(text: str) -> None:
    with suppress(AttributeError, OSError, ValueError):
        _write(sys.stderr, text)
        sys.stderr.flush()


def _write(stream: Any, text: str) -> None:
    if not _is_open(stream):
        return
    shown = "\n".join(map(printable, text.split("\n")))
    encoding = getattr(stream, "encoding", None) or "utf-8"
    # Strict terminals would end the command at the first sign that they do not know.
    stream.write(shown.encode(encoding, "replace").decode(encoding) + "\n")


def _is_open(stream: Any) -> bool:
    return stream is not None and not getattr(stream, "closed", False)
