"""Fear of a place and of a similar one, a day and a month old, before and after a reminder.

Run it with ``hippokv run reminder`` or ``python -m hippokv.protocols.reminder``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.reminders import FOLLOWED, reminded
from hippokv.analysis.recall.scores import accuracy_by_group
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .consolidation import MOST_DAYS, NIGHT, ConsolidationParameters, replays_not_followed
from .parts.recalling import CuedRecallParameters, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import duration, idle_epochs, store_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Experiment, Result

REMIND = "remind"
INTACT, LESIONED = "intact", "lesioned"
#: The place of the shock, and one like it that was never seen.
SHOCKED, SIMILAR = "A", "B"
#: What happens to places: nothing; they are shown again before the test; others like them are; they
#: are while hippocampal cells are silent; nothing, and they are young.
REMOTE, REMINDED, OTHER, UNDER_LESION, RECENT = KINDS = (
    "remote", "reminded", "other", "under_lesion", "recent",
)  # fmt: skip
#: How the names of scores begin.
FREEZING, DISCRIMINATION = "freezing_", "discrimination_"


@dataclass(frozen=True)
class ReminderParameters(CuedRecallParameters):
    """Hold the settings of fear of places, and of reminders."""

    n_items: int = redeclared(
        CuedRecallParameters,
        "n_items",
        20,
        chosen="four places of each kind; four slots of 24 hold nothing",
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="what happened there; no cue gives it"
    )
    alike: float = fraction(
        0.75,
        "part of the entries of a similar place that are those of the place of the shock",
        chosen="half alike by correlation: no other place is so",
    )
    recent_d: int = parameter(
        1, "age of young memories at the test in days",
        source="Winocur et al. 2009: 1 and 28 days", low=1, high=MOST_DAYS,
    )  # fmt: skip
    remote_d: int = parameter(
        28, "age of old memories at the test in days",
        source="Winocur et al. 2009: 1 and 28 days", low=1, high=MOST_DAYS,
    )  # fmt: skip
    night_ms: float = redeclared(
        ConsolidationParameters, "night_ms", 12_000.0, chosen="as for consolidation"
    )
    reminder_ms: float = duration(
        5000.0,
        "a place is shown as a reminder, before the tests",
        chosen="seven times a test: a slot that answers one spike in ten opens within seconds",
    )
    nights_after: int = parameter(
        0,
        "nights between reminders and tests",
        chosen="none: tests follow at once, as in Pignatelli et al. 2019 after 5 min",
        low=0,
        high=MOST_DAYS,
    )
    occlusion: float = redeclared(
        CuedRecallParameters, "occlusion", 0.0, chosen="the animal is there"
    )
    frozen_at: float = parameter(
        0.5,
        "rate of value cells, in that of driven ones, from which on an animal freezes all the time",
        chosen="freezing saturates; with 1 a similar place is 18 to 35 points less feared after a "
        "month, on tuning seeds 4 to 6",
        low=0.01,
        high=10.0,
    )


def of_kinds(n_items: int) -> dict[str, list[int]]:
    """Return the places of each kind; young ones have the highest numbers."""
    parts = np.array_split(np.arange(n_items), len(KINDS))
    return {kind: part.tolist() for kind, part in zip(KINDS, parts, strict=True)}


def similar(keys: NDArray[np.int8], alike: float, stream: np.random.Generator) -> NDArray[np.int8]:
    """Return a place like each, with so many of its entries and the others turned round."""
    found = keys.copy()
    n_inputs = keys.shape[1]
    for key in found:
        turned = stream.permutation(n_inputs)[: n_inputs - round(alike * n_inputs)]
        key[turned] *= -1
    return found


def schedule(
    stimuli: Stimuli, parameters: ReminderParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: shocks in places, nights, reminders, then tests, intact and lesioned.

    Each place is asked for in the similar one first, so that no test of it is a reminder.

    Raises
    ------
    InputError
        Where places do not fit into the slots with one left over, or do not have all kinds; for a
        circuit whose slots do not close.
    """
    if not hasattr(circuit.parameters, "reopening"):
        raise InputError(
            "run.circuit", circuit.name,
            "must be one whose slots close and open again: reminding_memory",
        )  # fmt: skip
    n_items, n_slots = len(stimuli.keys), circuit.ensembles["hippocampal"]
    if n_items >= n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be less than circuit.n_slots, {n_slots}: slots that hold nothing answer to what "
            "is new",
        )  # fmt: skip
    if n_items < len(KINDS):
        raise InputError(
            "protocol.n_items", n_items, f"must be at least {len(KINDS)}, one of each kind"
        )
    if parameters.recent_d > parameters.remote_d:
        raise InputError(
            "protocol.recent_d", parameters.recent_d,
            f"must be at most protocol.remote_d, {parameters.remote_d}",
        )  # fmt: skip
    tested, other = (
        similar(stimuli.keys, parameters.alike, random_stream(seed, name))
        for name in ("similar places", "other places")
    )
    of = of_kinds(n_items)
    epochs: list[Epoch] = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    rows: list[Silence] = []

    def night(day: int) -> None:
        name = f"{NIGHT}:{day + 1}_(=_1_day)"
        epochs.append(Epoch(name, parameters.night_ms, drive={OFFLINE: 1.0}))
        epochs.append(Epoch("rest", parameters.gap_ms))

    def remind(kind: str, places: NDArray[np.int8]) -> None:
        for item in of[kind]:
            shown = {"entorhinal": on_off(places[item])}
            epochs.append(Epoch(f"{REMIND}:{kind}", parameters.reminder_ms, item, shown))
            epochs.append(Epoch("rest", parameters.cue_gap_ms))

    days = parameters.remote_d
    for day in range(days):
        for item in range(n_items):
            age = parameters.recent_d if item in of[RECENT] else days
            if day == days - age:
                key, value = stimuli.keys[item], stimuli.values[item]
                epochs += store_epochs(item, key, value, parameters)
        if parameters.night_ms:
            night(day)
    remind(REMINDED, stimuli.keys)
    remind(OTHER, other)
    start = total_ms(epochs)
    remind(UNDER_LESION, stimuli.keys)
    rows.append(Silence("hippocampal", None, start, total_ms(epochs)))
    for day in range(parameters.nights_after):
        night(days + day)
    places = {SIMILAR: tested, SHOCKED: stimuli.keys}
    start = total_ms(epochs)
    for number, (group, item) in enumerate(tests_of(n_items)):
        if number == len(places) * n_items:
            rows.append(Silence("hippocampal", None, start, total_ms(epochs)))
        epochs += recall_epochs(places[group[-1]], parameters, group, [item])
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def tests_of(n_items: int) -> list[tuple[str, int]]:
    """Return the kind of each test, ``KIND_BRAIN_PLACE``, and its place, in order."""
    of = of_kinds(n_items)
    return [
        (f"{kind}_{brain}_{place}", item)
        for brain in (LESIONED, INTACT)
        for place in (SIMILAR, SHOCKED)
        for kind in KINDS
        for item in of[kind]
    ]


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score, in each kind of test, the bits that are right of what happened in the place."""
    return accuracy_by_group(readout, items)


def fear(
    stimuli: Stimuli, parameters: ReminderParameters, circuit: Circuit, readout: Readout
) -> dict[str, float]:
    """Score freezing: how much value cells fire of what happened in the place, up to a ceiling.

    ``freezing_KIND_BRAIN_PLACE`` is 1 where those of what happened in A fire at ``frozen_at`` times
    the rate that it drove them to, and their partners do not; 0 where nothing fires or anything
    does.
    ``discrimination_KIND_BRAIN`` is by how much more an animal freezes in A than in B.
    """
    # A circuit has spikes; the output of a rate model is 1 where value cells fire as if driven.
    driven = circuit.parameters.cortical.rate_Hz * parameters.cue_ms / 1e3
    whole = parameters.frozen_at * (driven if len(readout.spikes) else 1.0)
    tests = tests_of(len(stimuli.keys))
    shown = stimuli.values[[item for _, item in tests]] * readout.evidence / max(whole, 1e-9)
    each = np.clip(shown, -1, 1).mean(axis=1)
    found: dict[str, list[float]] = {}
    for (group, _), score in zip(tests, each, strict=True):
        found.setdefault(group, []).append(float(score))
    freezing = {group: float(np.mean(scores)) for group, scores in found.items()}
    apart = {
        f"{DISCRIMINATION}{kind}_{brain}": freezing[f"{kind}_{brain}_{SHOCKED}"]
        - freezing[f"{kind}_{brain}_{SIMILAR}"]
        for brain in (INTACT, LESIONED)
        for kind in KINDS
    }
    return {**apart, **{f"{FREEZING}{group}": score for group, score in freezing.items()}}


def beside_slots(experiment: Experiment, asked: Schedule, found: Readout) -> Readout:
    """Return what the rate model recalls with slots that close, and neocortex beside them."""
    return reminded(experiment.settings.circuit, asked, found, experiment.settings.run.seed)


def not_followed(circuit: Circuit) -> str:
    """Say with which defaults the rate model works where the circuit has something else."""
    return replays_not_followed(circuit, FOLLOWED)


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw fear in both places, the spikes, the attention and the weights."""
    from .pictures.key_value import attention_picture, reminder_picture, weights_picture
    from .pictures.spikes import spikes_picture

    return [
        reminder_picture(result),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


MEANINGS = {
    FREEZING: "how much of what happened in A value cells fire in these recalls, as a part of the "
    "rate at which freezing saturates; A is the place, B one like it",
    DISCRIMINATION: "by how much more an animal freezes in A than in B",
}

PROTOCOL = store_and_recall(
    name="reminder",
    summary="fear of a place and of a similar one after a day and a month, and after a reminder",
    description=(
        "Something happens in each of 20 places, a month or a day before the test. At night slots "
        "replay, neocortical keys learn, and slots close. On the last day some places are shown "
        "again for some seconds, others are replaced by a similar one, and some are shown while "
        "hippocampal cells are silent. Then each place and one that is like it are shown, with "
        "silent hippocampal cells and with all. Measured: how much of what happened comes "
        "back in either place, as a measure of fear."
    ),
    parameters=ReminderParameters,
    schedule=schedule,
    measure=measure,
    outcome=fear,
    pictures=pictures,
    meanings=MEANINGS,
    plateau_writes=True,
    beside_slots=beside_slots,
    not_followed=not_followed,
    default_circuit="reminding_memory",
    run={"dt_ms": 0.5},
    populations=("entorhinal", "hippocampal", "cortical", "deep", "neocortical"),
    projections=("keys", "values", "returns", "cortical_keys", "cortical_values"),
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
