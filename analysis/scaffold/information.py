"""Information: how many bits about the stored patterns a memory gives back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

Patterns = Array | NDArray[np.int8]


def information_per_bit(accuracy: float) -> float:
    r"""Return the mutual information of a bit and its recall, in bits.

    .. math:: 1 + p \log_2 p + (1-p) \log_2 (1-p)

    for a symmetric channel that gets a part p right (MacKay 2003, section 9.5). A memory at or
    below one half carries none that could be used.
    """
    if accuracy <= 0.5:
        return 0.0
    right = np.array([accuracy, 1 - accuracy])
    right = right[right > 0]
    return float(1 + (right * np.log2(right)).sum())


def bits_right(decoded: Patterns, patterns: Patterns) -> float:
    """Return the part of the bits, -1 and 1, that came back; a tie, 0, counts one half."""
    return float(np.mean((1 + np.sign(decoded) * patterns) / 2))


def information_recalled(decoded: Patterns, patterns: Patterns) -> float:
    """Return the bits of information about all patterns that were recalled, both (P, m)."""
    return patterns.size * information_per_bit(bits_right(decoded, patterns))
