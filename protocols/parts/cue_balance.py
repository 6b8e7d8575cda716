"""Cues for which inhibition cannot balance the slots: what is said of a run that has such."""

from __future__ import annotations

import math

import numpy as np

from hippokv.analysis.recall.items import Items
from hippokv.circuits.slot_memory_parameters import Calibration


def off_balance(calibration: Calibration, items: Items) -> tuple[str, ...]:
    """Return a line on the cues to which the layer does not answer as a softmax, if there are any.

    A cue counts by the stored key that it fits best. Cues that show nothing, and those that the
    recurrent loop makes, are left out.
    """
    silent = saturated = shown = 0
    keys = items.keys.astype(float)
    for number, query in enumerate(items.queries.astype(float) if len(keys) else ()):
        looped = items.looped.size and items.looped[number]
        given = float(np.abs(query).sum())
        if looped or not given:
            continue
        shown += 1
        matches = (given + float((keys @ query).max())) / 2
        silent += calibration.too_quiet(given, matches)
        saturated += calibration.saturated(given, matches)
    told = [
        f"{count} of {shown} {what}"
        for count, what in (
            (silent, "cues leave the slots too quiet for the value cells"),
            (saturated, "cues ask for more inhibition than PV cells can make"),
        )
        if count
    ]
    return (f"{' and '.join(told)}: {_range(calibration)}",) if told else ()


def _range(calibration: Calibration) -> str:
    fewest, most = calibration.balanced_cues
    width = calibration.parameters.n_inputs
    if math.isnan(fewest):
        return f"with these settings no cue of {width} entries is balanced (circuit.beta)"
    return (
        f"with circuit.beta = {calibration.parameters.beta:g} the competition holds for cues that "
        f"give {fewest:g} to {most:g} of {width} entries of a stored key"
    )
