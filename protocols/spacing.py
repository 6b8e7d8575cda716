"""Study items twice with a gap between, and ask for them after a delay.

Run it with ``hippokv run spacing`` or ``python -m hippokv.protocols.spacing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .parts.context_keys import context_size
from .parts.days import CRITERION, MOST_DAYS, days
from .parts.drifting_entries import drifting_entries
from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

T = TypeVar("T")

GAPS_KEY, DELAYS_KEY = "protocol.gaps_d", "protocol.delays_d"
#: How the names of scores begin: the part of the items recalled.
RECALLED = "recalled_"
#: A softmax that is sharp enough for the better of two keys to decide, over most of a key.
CIRCUIT = {"n_slots": 80, "beta": 0.6}


class Spacing(NamedTuple):
    """Say when an item is studied again, and when it is asked for, in days."""

    gap: float
    delay: float

    @property
    def group(self) -> str:
        """Name of the recalls of such items."""
        return f"gap{self.gap:g}_delay{self.delay:g}"


@dataclass(frozen=True)
class SpacingParameters(CuedRecallParameters):
    """Hold the settings of items that are studied twice."""

    n_items: int = redeclared(
        CuedRecallParameters,
        "n_items",
        40,
        chosen="two of each gap and delay; studied twice, they fill 80 slots and overwrite none",
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="content that the cue does not give"
    )
    gaps_d: str = parameter(
        "0, 1, 7, 21, 105",
        "days between the two studies",
        source="Cepeda et al. 2008: 0 to 105 days",
    )
    delays_d: str = parameter(
        "7, 35, 70, 350",
        "days from the second study to the test",
        source="Cepeda et al. 2008: 7, 35, 70 and 350 days",
    )
    context: float = fraction(
        0.6,
        "fraction of the entries of a key that drift, for each item on its own",
        chosen="24 of 40: a few differ by chance, and so does whether a study still matches",
    )
    occlusion: float = fraction(
        0.625,
        "fraction of an item's own entries that its cue hides; of what drifts the cue has all",
        chosen="6 of 16 given: massed items come near what people recall after a week and a year",
    )
    shortest_d: float = parameter(
        0.1,
        "time constant with which the fastest entry is drawn anew, in days",
        chosen="by the rate model, for best gaps near those of people: within hours some change",
        low=1e-4,
        high=MOST_DAYS,
    )
    longest_d: float = parameter(
        3000.0,
        "the same of the slowest; the others lie evenly between on a logarithmic scale",
        chosen="as shortest_d: some stay for years",
        low=1e-4,
        high=MOST_DAYS,
    )

    @property
    def spacings(self) -> list[Spacing]:
        """Every gap with every delay; items take them in turn.

        Raises
        ------
        InputError
            For what is no list of days.
        """
        delays = days(DELAYS_KEY, self.delays_d)
        return [Spacing(gap, delay) for delay in delays for gap in days(GAPS_KEY, self.gaps_d)]


def schedule(
    stimuli: Stimuli, parameters: SpacingParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: all items, all items again, then a cue for each.

    What drifts of one item is independent of that of others, and days take no time. So no item
    need wait for another, and all are asked for among as many.

    Raises
    ------
    InputError
        Where items do not fit into the slots, or do not have all gaps and delays.
    """
    spacings = parameters.spacings
    n_items, n_slots = len(stimuli.keys), circuit.ensembles["hippocampal"]
    if 2 * n_items > n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be at most half of circuit.n_slots, {n_slots}: what is overwritten is not "
            "forgotten by time",
        )  # fmt: skip
    if n_items < len(spacings):
        raise InputError(
            "protocol.n_items", n_items,
            f"must be at least {len(spacings)}, one of each gap with each delay",
        )  # fmt: skip
    n_context = context_size(stimuli.keys.shape[1], parameters.context)
    stream = random_stream(seed, "drift")
    times = np.array([[0.0, one.gap, one.gap + one.delay] for one in spacings])
    range_d = parameters.shortest_d, parameters.longest_d
    drifting = np.array(
        [
            drifting_entries(times[item % len(spacings)], n_context, range_d, stream)
            for item in range(n_items)
        ]
    )
    own = stimuli.keys[:, n_context:]
    first, second = (np.concatenate([drifting[:, time], own], axis=1) for time in (0, 1))
    given = occluded(own, parameters.occlusion, seed)
    cues = np.concatenate([drifting[:, 2], given], axis=1)
    studied = Stimuli(np.concatenate([first, second]), np.concatenate([stimuli.values] * 2))
    epochs = storage_epochs(studied, parameters)
    for number, spacing in enumerate(spacings):
        items = range(number, n_items, len(spacings))
        epochs += recall_epochs(cues, parameters, spacing.group, items)
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score the part of the items that are recalled, for each gap and delay.

    An item is recalled where at least 90 % of its value's bits are right. ``spacing_benefit`` is
    by how much more is recalled of items that were studied with a gap than of those without, over
    all delays; ``massed`` and ``spaced`` are the two.
    """
    right = agreement(readout, items.values[items.query_item]) >= CRITERION
    found = {group: float(right[items.asked(group)].mean()) for group in items.groups}
    massed = [score for group, score in found.items() if group.startswith("gap0_")]
    spaced = [score for group, score in found.items() if not group.startswith("gap0_")]
    means = [float(np.mean(scores)) if scores else float("nan") for scores in (massed, spaced)]
    return {
        "spacing_benefit": means[1] - means[0],
        "massed": means[0],
        "spaced": means[1],
        **{f"{RECALLED}{group}": score for group, score in found.items()},
    }


def by_delay(scores: Mapping[str, T]) -> dict[float, dict[float, T]]:
    """Return the part of the items recalled by delay and gap, in days."""
    found: dict[float, dict[float, T]] = {}
    for name, score in scores.items():
        if name.startswith(RECALLED):
            gap, _, delay = name.removeprefix(f"{RECALLED}gap").partition("_delay")
            found.setdefault(float(delay), {})[float(gap)] = score
    return found


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw recall against the gap, the spikes, the attention and the weights."""
    from .pictures.key_value import (
        attention_picture,
        spacing_picture,
        weights_picture,
    )
    from .pictures.spikes import spikes_picture

    return [
        spacing_picture(by_delay(result.metrics), by_delay(result.predicted_metrics)),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="spacing",
    summary="study items twice with a gap between, and ask for them after a delay",
    description=(
        "Items are studied twice, some at once, some days or months apart, and asked for after a "
        "week to a year. Each study takes a slot of its own, whose key holds what comes to mind "
        "with the item then; that drifts, some of it fast and some slowly. Measured: the part of "
        "the items that is recalled, for each gap and each delay."
    ),
    parameters=SpacingParameters,
    # Its few numbers were fitted to behaviour in this circuit, whose beta is that of a whole cue.
    default_circuit="slot_memory",
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    plateau_writes=True,
    circuit=CIRCUIT,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
