"""Fear learned, extinguished, and back: with time, in another place, and after unsignalled shocks.

Run it with ``hippokv run extinction`` or ``python -m hippokv.protocols.extinction``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Erase, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .parts.drifting_entries import drifting_entries
from .parts.lists import erased
from .parts.recalling import CuedRecallParameters, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import idle_epochs, store_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


class Trial(NamedTuple):
    """Say what an animal goes through at an hour of its life, in a place."""

    hour: float
    place: str
    shock: bool
    tone: bool = True


class Test(NamedTuple):
    """Ask an animal, by a tone, at an hour in a place; no trace is left of it."""

    name: str
    hour: float
    place: str


class Life(NamedTuple):
    """Say all that happens to an animal."""

    trials: tuple[Trial, ...]
    tests: tuple[Test, ...]


#: Three tones with a shock.
ACQUISITION = 3 * (Trial(0.0, "A", shock=True),)


def _extinction(hour: float, place: str) -> tuple[Trial, ...]:
    """Return 19 tones without a shock."""
    return 19 * (Trial(hour, place, shock=False),)


#: Monfils et al. 2009, the groups without a retrieval trial, and the two orders of places that
#: they leave out: ABC and AAB.
LIVES = (
    Life(
        ACQUISITION + _extinction(24.0, "A"),
        (Test("end", 24.5, "A"), Test("day", 48.0, "A"), Test("month", 768.0, "A")),
    ),
    Life(
        ACQUISITION + _extinction(25.0, "B"),
        (
            Test("end_B", 25.5, "B"), Test("day_B", 49.0, "B"), Test("ABA", 49.0, "A"),
            Test("ABC", 49.0, "C"), Test("month_ABA", 769.0, "A"),
        ),
    ),
    Life(
        ACQUISITION + _extinction(25.0, "A") + 5 * (Trial(49.5, "A", shock=True, tone=False),),
        (Test("before_shocks", 25.5, "A"), Test("AAB", 49.0, "B"), Test("after_shocks", 73.5, "A")),
    ),
)  # fmt: skip
#: Part of the time that rats froze, digitised by others from the figures: Monfils et al. 2009.
PUBLISHED = {
    "end": 0.19, "day": 0.25, "month": 0.38, "end_B": 0.10, "day_B": 0.10, "month_ABA": 0.25,
    "before_shocks": 0.13, "after_shocks": 0.46,
}  # fmt: skip

#: Of an animal that remembers shock alone: 54 to 56 % before extinction, from the same figures.
CEILING = 0.56
#: A softmax that shares attention: some tens of alike keys decide together.
CIRCUIT = {"n_inputs": 38, "n_outputs": 10, "n_slots": 44, "beta": 0.105}


@dataclass(frozen=True)
class ExtinctionParameters(CuedRecallParameters):
    """Hold the settings of fear and its extinction."""

    made_values = "one for shock and one for safety"

    n_items: int = parameter(
        4,
        "number of patterns drawn; the tone and the places A, B and C are made of the first four",
        chosen="no more are needed",
        low=4,
        high=2000,
    )
    tone: float = fraction(
        0.05,
        "part of a key's entries that the tone has",
        chosen="fitted as place: what a shock without a tone lacks",
    )
    place: float = fraction(
        0.34,
        "part that the place has; the rest is the occasion, which drifts",
        chosen="fitted to the eight published means by the rate model, seeds 0-19",
    )
    place_without_shock: float = fraction(
        0.0,
        "part of the place's entries that a trial without a shock encodes; all trials encode "
        "equally many entries, so that what is not of the place is of the occasion",
        chosen="fitted as place: a shock draws encoding to the place, its absence to the occasion",
    )
    copies: int = parameter(
        3,
        "number of slots that a shock takes, one after the other",
        chosen="fitted as place; a shock is gone through more than once while its place is there",
        low=1,
        high=50,
    )
    shortest_h: float = parameter(
        0.3,
        "time constant with which the fastest entry of the occasion is drawn anew, in hours",
        chosen="within an extinction session the occasion is one",
        low=0.001,
        high=1e6,
    )
    longest_h: float = parameter(
        10_000.0,
        "the same of the slowest; the others lie evenly between on a logarithmic scale",
        chosen="a year: what is a month old is still in part of the same time",
        low=0.001,
        high=1e6,
    )
    tones: int = parameter(
        4, "number of tones in a test", source="Monfils et al. 2009: four", low=1, high=100
    )
    occlusion: float = redeclared(
        CuedRecallParameters, "occlusion", 0.0, chosen="the animal is there and hears the tone"
    )

    def sizes(self, n_inputs: int) -> tuple[int, int, int]:
        """Return how many entries of a key are of the tone, the place and the occasion."""
        tone, place = round(self.tone * n_inputs), round(self.place * n_inputs)
        return tone, place, n_inputs - tone - place

    def stored(self, life: Life) -> list[Trial]:
        """Return the trials of a life, each as often as it takes a slot."""
        return [
            trial for trial in life.trials for _ in range(self.copies if trial.shock else 1)
        ]  # fmt: skip


def keys_of(
    life: Life, stimuli: Stimuli, parameters: ExtinctionParameters, stream: np.random.Generator
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return the keys that the trials of a life store, and the cues of its tests.

    Parameters
    ----------
    stimuli
        The first key holds the tone, the next ones the places.
    stream
        Draws the occasions.

    Returns
    -------
    tuple
        Keys and cues in -1, 0 (not encoded) and 1, shapes (slots taken, d) and (tests, d).
    """
    n_tone, n_place, n_occasion = parameters.sizes(stimuli.keys.shape[1])
    trials = parameters.stored(life)
    times = [*(trial.hour for trial in trials), *(test.hour for test in life.tests)]
    occasions = drifting_entries(
        np.array(times), n_occasion, (parameters.shortest_h, parameters.longest_h), stream
    )

    def whole(place: str, occasion: NDArray[np.int8]) -> NDArray[np.int8]:
        own = stimuli.keys[1 + "ABC".index(place), n_tone : n_tone + n_place]
        return np.concatenate([stimuli.keys[0, :n_tone], own, occasion])

    places = [*(trial.place for trial in trials), *(test.place for test in life.tests)]
    rows = [whole(place, when) for place, when in zip(places, occasions, strict=True)]
    keys, cues = np.array(rows[: len(trials)]), np.array(rows[len(trials) :])
    # The same entries in every trial of a kind, spread over the places and over the time constants.
    for key, trial in zip(keys, trials, strict=True):
        n_encoded = n_place if trial.shock else round(parameters.place_without_shock * n_place)
        key[:n_tone] *= trial.tone
        key[n_tone : n_tone + n_place] *= _spread(n_encoded, n_place)
        key[n_tone + n_place :] *= _spread(n_occasion - n_encoded, n_occasion)
    return keys, cues


def _spread(n_chosen: int, n_entries: int) -> NDArray[np.int8]:
    """Return 1 at as many entries as are chosen, evenly over all, and 0 elsewhere."""
    chosen = np.zeros(n_entries, dtype=np.int8)
    chosen[np.linspace(0, n_entries - 1, max(min(n_chosen, n_entries), 0)).round().astype(int)] = 1
    return chosen


def schedule(
    stimuli: Stimuli, parameters: ExtinctionParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: all lives, one after the other, each in a memory that is erased before.

    Raises
    ------
    InputError
        Where a life needs more slots than there are, or more entries.
    """
    longest = max(len(parameters.stored(life)) for life in LIVES)
    n_slots, n_inputs = circuit.ensembles["hippocampal"], stimuli.keys.shape[1]
    if longest > n_slots:
        raise InputError(
            "protocol.copies", parameters.copies,
            f"must be such that a life, which takes {longest} slots, has them: circuit.n_slots is "
            f"{n_slots}, and what is overwritten is not extinguished",
        )  # fmt: skip
    if parameters.sizes(n_inputs)[2] < parameters.sizes(n_inputs)[1]:
        raise InputError(
            "protocol.place", parameters.place,
            "must be such that the occasion has at least as many entries as the place",
        )  # fmt: skip
    stream = random_stream(seed, "occasions")
    epochs: list[Epoch] = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    rows: list[Erase] = []
    item = 0
    for number, life in enumerate(LIVES):
        if number:
            rows += erased(circuit, total_ms(epochs))
            epochs.append(Epoch("erase", parameters.settling_ms))
        keys, cues = keys_of(life, stimuli, parameters, stream)
        for place, what in _in_order(life, parameters):
            if isinstance(what, Trial):
                value = np.full(stimuli.values.shape[1], 1 if what.shock else -1)
                epochs += store_epochs(item, keys[place], value, parameters)
                item += 1
            else:
                asked = np.repeat(cues[place][None], parameters.tones, axis=0)
                # A recall is of what was stored last: so it is known of which life it is.
                told = recall_epochs(asked, parameters, what.name)
                epochs += [replace(one, item=item - 1) if one.item >= 0 else one for one in told]
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def _in_order(life: Life, parameters: ExtinctionParameters) -> Iterator[tuple[int, Trial | Test]]:
    """Return trials and tests of a life by their hour, each with its number among its kind."""
    both: list[tuple[int, Trial | Test]] = [
        *enumerate(parameters.stored(life)),
        *enumerate(life.tests),
    ]
    yield from sorted(both, key=lambda one: one[1].hour)


def freezing(readout: Readout, items: Items) -> dict[str, float]:
    """Return the part of the time that an animal freezes in each test, by its name.

    It is the ceiling, times the share of the slots with a shock in the attention to all slots that
    were taken in this life so far; not a number where these are silent.
    """
    found: dict[str, list[float]] = {test.name: [] for life in LIVES for test in life.tests}
    for group, shares, stored in zip(
        items.query_group, readout.attention, _stored_before(items), strict=True
    ):
        shock = items.values[stored, 0] > 0
        slots, fearful = (
            readout.plateaus[which].any(axis=0) for which in (stored, stored[shock])
        )  # fmt: skip
        total = shares[slots].sum()
        found[group].append(shares[fearful].sum() / total if total > 0 else np.nan)
    return {name: CEILING * float(np.mean(tones)) for name, tones in found.items()}


def _stored_before(items: Items) -> list[NDArray[np.int64]]:
    """Return the items that the life of each recall had stored by then."""
    first: dict[str, int] = {}
    start = 0
    for life in LIVES:
        first |= {test.name: start for test in life.tests}
        # The next life begins behind what this one was asked for last.
        start = items.query_item[items.asked(life.tests[-1].name)][0] + 1
    return [
        np.arange(first[group], last + 1)
        for group, last in zip(items.query_group, items.query_item, strict=True)
    ]


def with_a_shock(items: Items) -> Sought:
    """Return what tests ask for: freezing is the share of the slots that hold a shock."""
    shock = items.values[:, 0] > 0
    return Sought(
        [stored[shock[stored]].tolist() for stored in _stored_before(items)],
        slots="item's slot, in tests shocks' slots",
        value="item's value, in tests shocks' value",
    )


def shocks_sought(schedule: Schedule) -> Sought:
    """Return what the tests of a schedule ask for."""
    return with_a_shock(items_of(schedule))


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score freezing in each test, how far it is from what is published, and what is unlearned.

    ``rms_points`` is the root mean square of the differences to the eight published means, in
    percentage points; ``freezing_*`` are parts of the time. ``renewal`` is by how much more an
    animal freezes back in the place of the shock than in a third one, at the same hour.
    ``acquisition_kept`` is the mean of the weights, ON minus OFF, times the entries that the shocks
    of the last life had stored, at the very end: 1 where extinction unlearned nothing.
    """
    found = freezing(readout, items)
    apart = [100 * (found[name] - published) for name, published in PUBLISHED.items()]
    stored = _stored_before(items)[items.query_group.index(LIVES[-1].tests[0].name)]
    kept = [
        items.keys[item] @ readout.keys[slot] / np.count_nonzero(items.keys[item])
        for item in stored[items.values[stored, 0] > 0]
        for slot in np.flatnonzero(readout.plateaus[item])
    ]
    return {
        "rms_points": float(np.sqrt(np.mean(np.square(apart)))),
        **{f"freezing_{name}": value for name, value in found.items()},
        "renewal": found["ABA"] - found["ABC"],
        "acquisition_kept": float(np.mean(kept)) if kept else float("nan"),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw freezing beside the published means, the spikes, the attention and the weights."""
    from .pictures.key_value import (
        attention_picture,
        freezing_picture,
        weights_picture,
    )
    from .pictures.spikes import spikes_picture

    return [
        freezing_picture(result, PUBLISHED, CEILING),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="extinction",
    summary="learn fear and extinguish it; it comes back with time, place and shock",
    description=(
        "Three animals' lives, each in a memory of its own. Tones with a shock are stored, then "
        "tones without, in slots of their own: nothing is unlearned. A tone then asks for both. "
        "Keys have entries of the tone, of the place, and of the occasion, which drifts. Freezing "
        "is the attention to slots with a shock. Measured: freezing after extinction, a day and a "
        "month later (spontaneous recovery), back in the place of the shock and in a third one "
        "(renewal), and after shocks without a tone (reinstatement), beside the means that Monfils "
        "et al. 2009 published; and what extinction leaves of the keys written before."
    ),
    parameters=ExtinctionParameters,
    # Its few numbers were fitted to behaviour in this circuit, whose beta is that of a whole cue.
    default_circuit="slot_memory",
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    plateau_writes=True,
    circuit=CIRCUIT,
    sought=shocks_sought,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
