"""Study items, then study them again or be tested, and ask for them minutes to a week later.

Run it with ``hippokv run retrieval-practice`` or
``python -m hippokv.protocols.retrieval_practice``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .parts.context_keys import context_size
from .parts.days import CRITERION, MOST_DAYS, days
from .parts.drifting_entries import drifting_entries
from .parts.recalling import SHORTEST_CUE_MS, CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import duration, idle_epochs, store_epochs
from .running.stimuli import Stimuli, random_stream
from .spacing import SpacingParameters

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

T = TypeVar("T")

RESTUDIED, TESTED, PRACTICE = "restudied", "tested", "practice"
DELAYS_KEY = "protocol.delays_d"
#: How the names of scores begin: the part of the items recalled in the last test.
RECALLED = "recalled_"
#: As for ``spacing``, with slots for all items and those that are studied again; at a cue a spike
#: strengthens as in a search, and may do so by nearly twice as much: PV cells let two thirds of it
#: count.
CIRCUIT = {
    "n_slots": 64, "beta": 0.6, "search.cued_strengthening": 0.1, "search.most_excitable_mV": 2.75,
}  # fmt: skip


@dataclass(frozen=True)
class RetrievalPracticeParameters(CuedRecallParameters):
    """Hold the settings of items that are studied again or tested."""

    n_items: int = redeclared(
        CuedRecallParameters,
        "n_items",
        42,
        chosen="seven of each kind and delay; with those studied again they fill 63 slots",
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="content that the cue does not give"
    )
    delays_d: str = parameter(
        "0.0035, 2, 7",
        "days from the second session to the last test",
        source="Roediger & Karpicke 2006: 5 minutes, 2 days and 1 week",
    )
    gap_d: float = parameter(
        0.0014,
        "days from the first session to the second",
        chosen="two minutes: the second follows at once",
        low=0.0,
        high=MOST_DAYS,
    )
    lapse: float = fraction(
        0.25,
        "probability that a study leaves nothing: no instruction comes",
        chosen="a quarter of what was studied is not recalled at once, and study can make it good",
    )
    practice_ms: float = duration(
        3000.0,
        "each cue of the second session is shown",
        chosen="a test takes its time: by the rate model, so that it counts for days, seeds 0-99",
        shortest=SHORTEST_CUE_MS,
    )
    attending_ms: float = duration(
        150.0,
        "acetylcholine is there so long before an item is shown",
        chosen="three times its clearance: else the begin of each study strengthens all slots",
    )
    context: float = redeclared(
        SpacingParameters, "context", 0.6, chosen="as for spacing, as the time constants"
    )
    occlusion: float = fraction(
        0.65,
        "fraction of all entries that a cue hides, drifting ones included",
        chosen="14 of 40 given: most of what was stored is recalled at once, half after a week",
    )
    shortest_d: float = redeclared(SpacingParameters, "shortest_d", 0.1, chosen="as for spacing")
    longest_d: float = redeclared(SpacingParameters, "longest_d", 3000.0, chosen="as for spacing")

    @property
    def delays(self) -> list[float]:
        """Delays from the second session to the last test, in days.

        Raises
        ------
        InputError
            For what is no list of days.
        """
        return days(DELAYS_KEY, self.delays_d)


def kinds(parameters: RetrievalPracticeParameters) -> list[tuple[str, float]]:
    """Return what is done with an item in the second session, and when it is asked for.

    Items take them in turn.
    """
    return [(kind, delay) for delay in parameters.delays for kind in (RESTUDIED, TESTED)]


def schedule(
    stimuli: Stimuli, parameters: RetrievalPracticeParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: all items are studied, half again and half tested, then all are tested.

    What drifts of one item is independent of that of others, and days take no time, so that all
    can be asked for among as many; in the last test in random order.

    Raises
    ------
    InputError
        Where items do not fit into the slots, or do not have all kinds and delays.
    """
    each, n_items = kinds(parameters), len(stimuli.keys)
    n_slots, width = circuit.ensembles["hippocampal"], stimuli.keys.shape[1]
    of = [each[item % len(each)] for item in range(n_items)]
    again = [item for item in range(n_items) if of[item][0] == RESTUDIED]
    if n_items + len(again) > n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be such that all items, and half of them again, have slots: circuit.n_slots is "
            f"{n_slots}, and what is overwritten is not forgotten by time",
        )  # fmt: skip
    if n_items < len(each):
        raise InputError(
            "protocol.n_items", n_items,
            f"must be at least {len(each)}, one of each kind with each delay",
        )  # fmt: skip
    n_context = context_size(width, parameters.context)
    drift, lapses = random_stream(seed, "drift"), random_stream(seed, "lapses")
    range_d = parameters.shortest_d, parameters.longest_d
    drifting = np.array(
        [
            drifting_entries(
                np.array([0.0, parameters.gap_d, parameters.gap_d + delay]),
                n_context, range_d, drift,
            )
            for _, delay in of
        ]
    )  # fmt: skip
    first, second, last = (
        np.concatenate([drifting[:, time], stimuli.keys[:, n_context:]], axis=1)
        for time in range(3)
    )
    epochs: list[Epoch] = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    number = 0

    def study(item: int, key: NDArray[np.int8]) -> None:
        nonlocal number
        lapsed = lapses.random() < parameters.lapse
        epochs.append(Epoch("attend", parameters.attending_ms, drive={"acetylcholine": 1.0}))
        for epoch in store_epochs(number, key, stimuli.values[item], parameters):
            drive = {name: x for name, x in epoch.drive.items() if name != "instruction"}
            epochs.append(replace(epoch, drive=drive) if lapsed else epoch)
        number += 1

    for item in range(n_items):
        study(item, first[item])
    practice = replace(parameters, cue_ms=parameters.practice_ms)
    cues = occluded(second, parameters.occlusion, seed)
    for item in range(n_items):
        if item in again:
            study(item, second[item])
        else:
            epochs += recall_epochs(cues, practice, PRACTICE, [item])
    # Other entries are hidden than in the second session.
    cues = occluded(last, parameters.occlusion, int(random_stream(seed, "hidden").integers(2**31)))
    for item in random_stream(seed, "order of the last test").permutation(n_items):
        kind, delay = of[item]
        epochs += recall_epochs(cues, parameters, f"{kind}_{delay:g}d", [int(item)])
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score the part of the items that are recalled, for each kind and delay.

    An item is recalled where at least 90 % of its value's bits are right. ``practice`` is what the
    tests of the second session find, ``benefit_*`` by how much more is recalled of items that were
    tested than of those that were studied again.
    """
    right = agreement(readout, items.values[items.query_item]) >= CRITERION
    found = {group: float(right[items.asked(group)].mean()) for group in items.groups}
    delays = [group.removeprefix(f"{TESTED}_") for group in found if group.startswith(f"{TESTED}_")]
    scores = {f"{RECALLED}{group}": score for group, score in found.items() if group != PRACTICE}
    benefit = {
        f"benefit_{delay}": found[f"{TESTED}_{delay}"] - found[f"{RESTUDIED}_{delay}"]
        for delay in sorted(delays, key=lambda delay: float(delay.removesuffix("d")))
        if f"{RESTUDIED}_{delay}" in found
    }
    return {PRACTICE: found.get(PRACTICE, float("nan")), **benefit, **dict(sorted(scores.items()))}


def by_kind(scores: Mapping[str, T]) -> dict[str, dict[float, T]]:
    """Return the part of the items recalled by kind and delay in days."""
    found: dict[str, dict[float, T]] = {RESTUDIED: {}, TESTED: {}}
    for name, score in scores.items():
        kind, _, delay = name.removeprefix(RECALLED).rpartition("_")
        if name.startswith(RECALLED) and kind in found:
            found[kind][float(delay.removesuffix("d"))] = score
    return {kind: dict(sorted(found[kind].items())) for kind in found}


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw recall against the delay, the spikes, the attention and the weights."""
    from .pictures.key_value import attention_picture, testing_picture, weights_picture
    from .pictures.spikes import spikes_picture

    return [
        testing_picture(by_kind(result.metrics), by_kind(result.predicted_metrics)),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="retrieval-practice",
    summary="study items, then study them again or be tested, and ask minutes to a week later",
    description=(
        "Items are studied, which now and then leaves nothing. At once half of them are studied "
        "again, in slots of their own, and half are asked for; what a test brings back makes its "
        "slot more excitable. After minutes to a week, in which a part of each key drifts, all "
        "are asked for. Measured: the part of the items that is recalled, of either half after "
        "each delay."
    ),
    parameters=RetrievalPracticeParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings={
        PRACTICE: "part of the items recalled in the tests of the second session",
    },
    plateau_writes=True,
    default_circuit="searching_memory",
    circuit=CIRCUIT,
    run={"dt_ms": 0.5},
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
