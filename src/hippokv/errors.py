"""The errors that users are meant to read: one line, what was given, what is allowed."""

from __future__ import annotations

from typing import Any

#: Most characters of a key or a value that are shown, and of what is allowed.
MOST_SHOWN = 80
MOST_ALLOWED = 600
#: Most characters of what another library says went wrong.
MOST_OF_CAUSE = 200


class InputError(ValueError):
    """Report a setting or a file that cannot be used.

    Parameters
    ----------
    key
        Name of the setting, as written on the command line (``circuit.n_slots``).
    value
        What was given.
    allowed
        What would have been accepted, in words.
    """

    def __init__(self, key: str, value: Any, allowed: str) -> None:
        self.key, self.value, self.allowed = key, value, allowed
        shown = f"{one_line(key)} = {one_line(_repr(value))}"
        super().__init__(f"{shown}: {one_line(allowed, MOST_ALLOWED)}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Let other processes raise it."""
        return type(self), (self.key, self.value, self.allowed)


class BuildError(RuntimeError):
    """Report that a circuit could not be compiled or run."""


def one_line(text: str, most: int = MOST_SHOWN) -> str:
    """Return a text on one line, cut in its middle, with what would move a terminal escaped.

    The end of a path says more than the folders that it is in.
    """
    line = " ".join(part.strip() for part in text.splitlines())
    if len(line) > most:
        line = line[: most // 2 - 3] + "..." + line[-(most // 2) :]
    return printable(line)


def cause(error: BaseException) -> str:
    """Return what went wrong in one line: the kind of an error and its words."""
    return one_line(f"{type(error).__name__}: {error}", MOST_OF_CAUSE).removesuffix(":")


def printable(text: str) -> str:
    """Return a text with what would break its line or steer a terminal spelled out."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:
        # Python writes no whole number of thousands of digits and no list in thousands of lists.
        return f"<{type(value).__name__} that cannot be shown>"
