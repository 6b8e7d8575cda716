"""The errors that users are meant to read: one line, what was given, what is allowed."""

from __future__ import annotations

from typing import Any

#: Most characters of a key or a value that are shown.
MOST_SHOWN = 80


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
        shown = repr(value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        super().__init__(f"{key} = {shown}: {allowed}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Let other processes raise it."""
        return type(self), (self.key, self.value, self.allowed)


class BuildError(RuntimeError):
    """Report that a circuit could not be compiled or run."""


def one_line(text: str, most: int = MOST_SHOWN) -> str:
    """Return a text on one line, cut where it is long, with what would move a terminal escaped."""
    line = " ".join(part.strip() for part in text.splitlines())
    if len(line) > most:
        line = line[: most - 3] + "..."
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
