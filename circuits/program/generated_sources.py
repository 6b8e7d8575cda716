"""What Brian2 writes in one block, in which functions get another body: each is there once."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray


def with_function(text: str, function: str) -> str:
    """Return C++ in which a function has another body.

    Parameters
    ----------
    text
        The C++.
    function
        The whole function, its signature in the first line.

    Raises
    ------
    RuntimeError
        Where there is not just one function of that signature.
    """
    signature = function.strip().partition("\n")[0]
    pattern = re.escape(signature) + r"\s*\{\n.*?^\}"
    changed, count = re.subn(
        pattern, lambda found: function.strip(), text, flags=re.MULTILINE | re.DOTALL
    )
    if count != 1:
        raise RuntimeError(
            f"the C++ of this Brian2 is not as expected: {count} places for {pattern}"
        )
    return changed


def sums_of(array: NDArray[Any]) -> tuple[int, int]:
    """Return the sums by which a program knows an array again: ``add_up`` of ``whole_files.h``."""
    content = array.tobytes()
    words = np.frombuffer(content + bytes(-len(content) % 8), dtype="<u8")
    places = np.arange(1, len(words) + 1, dtype=np.uint64)
    return int(words.sum(dtype=np.uint64)), int((words * places).sum(dtype=np.uint64))
