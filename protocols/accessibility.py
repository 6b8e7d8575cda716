"""Study words with locations, then others, and ask whether and how precisely the first come back.

Run it with ``hippokv run accessibility`` or ``python -m hippokv.protocols.accessibility``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.mixture_of_errors import fit_mixture
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.ring_code import decoded_rad, difference_rad, ring_code
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from .parts.context_keys import context_size, cues_in_context
from .parts.lesioning import drawn_cells
from .parts.recalling import CuedRecallParameters, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

#: Fewer units of a ring do not surround it.
FEWEST_UNITS = 3


@dataclass(frozen=True)
class AccessibilityParameters(CuedRecallParameters):
    """Hold the settings of words and locations."""

    made_values = "locations on a ring"

    n_items: int = parameter(
        10,
        "number of words studied with a location, in the first session (of a file: all its rows, "
        "unless set)",
        chosen="with three later sessions they fill the slots and overwrite none",
        low=1,
        high=2000,
    )
    sessions: int = parameter(
        3,
        "number of later sessions, each with as many other pairs",
        chosen="four retention intervals; Berens et al. 2020 have 0 to 4 days",
        low=1,
        high=1000,
    )
    resemblance: float = fraction(
        0.3,
        "part of the later words that are taken for a word studied first: their own entries are "
        "the same",
        chosen="half of the locations stay accessible after 20 to 30 pairs, in the rate model, "
        "seeds 0-99",
    )
    context: float = fraction(
        0.25,
        "fraction of the entries of a key that are the context of its session",
        chosen="of two words alike the one in context wins, and other words never do; blends, "
        "which widen the spread, are fewest of 0.15 to 0.3, in the rate model, seeds 0-99",
    )
    context_change: float = fraction(
        0.2,
        "fraction of the context that flips from one session to the next, other entries until all "
        "have",
        chosen="the last context is nearer to later sessions than to earlier ones; see context",
    )
    occlusion: float = fraction(
        0.0,
        "fraction of the word's own entries that its cue hides",
        source="Berens et al. 2020: the whole word is the cue",
    )
    unreliable: float = fraction(
        0.5,
        "fraction of the value cells that are silent while a pair is studied, drawn anew for "
        "each: what limits the precision of what is stored",
        chosen="a spread of 10 degrees, which blends of locations would widen visibly",
    )


def studied_and_later(
    stimuli: Stimuli, parameters: AccessibilityParameters, seed: int
) -> tuple[Stimuli, NDArray[np.int8]]:
    """Return all pairs of word and location, and the context of each session.

    Words studied are the own entries of the stimuli; contexts, later words and all locations are
    drawn.

    Parameters
    ----------
    stimuli
        Items of which the keys are used, shape (n, d), and the width m of the values.
    parameters
        Sessions, contexts and resemblance.
    seed
        Seed of the draws.

    Returns
    -------
    tuple
        Pairs of all sessions in order, n for each, and contexts, shape (1 + sessions, entries).
    """
    n_items, n_inputs = stimuli.keys.shape
    n_context = context_size(n_inputs, parameters.context)
    draw = random_stream(seed, "contexts")
    contexts = [stimuli.keys[0, :n_context]]
    order = draw.permutation(n_context)
    n_changed = round(parameters.context_change * n_context)
    for session in range(parameters.sessions):
        context = contexts[-1].copy()
        flipped = range(session * n_changed, (session + 1) * n_changed)
        context[np.take(order, flipped, mode="wrap")] *= -1
        contexts.append(context)
    n_later = n_items * parameters.sessions
    draw = random_stream(seed, "later words")
    words = (2 * draw.integers(0, 2, (n_later, n_inputs - n_context)) - 1).astype(np.int8)
    alike = draw.random(n_later) < parameters.resemblance
    words[alike] = stimuli.keys[draw.integers(0, n_items, alike.sum()), n_context:]
    keys = np.concatenate(
        [
            np.repeat(contexts, n_items, axis=0),
            np.concatenate([stimuli.keys[:, n_context:], words]),
        ],
        axis=1,
    )
    locations = random_stream(seed, "locations").uniform(0, 2 * np.pi, len(keys))
    return Stimuli(keys, ring_code(locations, stimuli.values.shape[1])), np.array(contexts)


def schedule(
    stimuli: Stimuli, parameters: AccessibilityParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: the first session, and after it and each later one its words as cues.

    Raises
    ------
    InputError
        Where the sessions need more slots than there are, or too few value units make a ring.
    """
    n_items, n_units = stimuli.values.shape
    n_slots = circuit.ensembles["hippocampal"]
    if n_items * (1 + parameters.sessions) > n_slots:
        raise InputError(
            "protocol.sessions", parameters.sessions,
            f"must be such that n_items * (1 + sessions) is at most circuit.n_slots, {n_slots}: "
            "what is overwritten is not forgotten by interference",
        )  # fmt: skip
    if n_units < FEWEST_UNITS:
        raise InputError(
            "circuit.n_outputs", n_units, f"must be at least {FEWEST_UNITS}, to code a circle"
        )
    pairs, contexts = studied_and_later(stimuli, parameters, seed)
    n_context = contexts.shape[1]
    cues = cues_in_context(pairs.keys[:n_items], n_context, parameters.occlusion, seed)

    def ask(context: NDArray[np.int8], group: str) -> list[Epoch]:
        shown = cues.copy()
        shown[:, :n_context] = context
        return recall_epochs(shown, parameters, group)

    epochs: list[Epoch] = []
    for session, context in enumerate(contexts):
        first = session * n_items
        epochs += storage_epochs(pairs, parameters, range(first, first + n_items))
        epochs += ask(context, f"after_{first}")
    epochs += ask(contexts[0], "reinstated")
    plain = Schedule(tuple(epochs), circuit.widths)
    stream = random_stream(seed, "unreliable cells")
    silences = [
        Silence(
            "cortical",
            drawn_cells(circuit, "cortical", parameters.unreliable, stream, "cells"),
            event.start_ms,
            event.stop_ms,
        )
        for event in plain.events("store")
    ]
    return manipulated(plain, *silences) if parameters.unreliable else plain


def errors_rad(readout: Readout, items: Items) -> NDArray[np.float64]:
    """Return the angle from the location stored to that recalled, in rad, shape (Q,).

    Not a number where nothing was recalled. The location stored is what its code stands for.
    """
    stored = decoded_rad(items.values[items.query_item].astype(float))
    return difference_rad(decoded_rad(readout.evidence), stored)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Fit a mixture to the errors of each retention interval.

    ``accessibility_*`` are the probability that a location is recalled at all, and
    ``spread_deg_*`` the circular standard deviation of the locations that are, which is large where
    recall is imprecise. Intervals are the number of pairs stored since the first session, and
    ``reinstated`` is the longest, asked in the context of the first session.
    """
    errors = errors_rad(readout, items)
    fits = {group: fit_mixture(errors[items.asked(group)]) for group in items.groups}
    return {
        **{f"accessibility_{group}": fit.accessibility for group, fit in fits.items()},
        **{f"spread_deg_{group}": fit.spread_deg for group, fit in fits.items()},
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw errors, accessibility and precision, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, location_errors_picture
    from .pictures.spikes import spikes_picture

    errors = {
        name: errors_rad(readout, result.found.items)
        for name, readout in (("circuit", result.found.readout), ("rate", result.found.prediction))
    }
    return [
        location_errors_picture(result, errors["circuit"], errors["rate"]),
        spikes_picture(result),
        attention_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="accessibility",
    summary="ask at longer and longer intervals whether, and how precisely, locations come back",
    description=(
        "Words (keys) are studied with a location on a circle (values, a ring of units). Sessions "
        "with other pairs follow, some of their words taken for one of the first, while the "
        "context, a part of every key, changes. After each session the first words are shown in "
        "its context. A later pair that resembles one fits this cue better and takes its place in "
        "the softmax, all or nothing. A mixture of a von Mises and a uniform distribution is "
        "fitted to the errors (Zhang & Luck 2008; Berens et al. 2020). Measured: the weight of the "
        "von Mises (accessibility), its circular standard deviation (precision), and both when "
        "the first context comes back."
    ),
    parameters=AccessibilityParameters,
    # Its current of values was chosen in this circuit, where a report is as graded as people's.
    default_circuit="slot_memory",
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    plateau_writes=True,
    # Near its fastest, a cell fires alike for the stronger and the weaker of two values at once.
    circuit={"value_pA": 100.0},
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
