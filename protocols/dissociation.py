"""Damage keys, then values, and ask both what is recalled and whether the cue is known.

Run it with ``hippokv run dissociation`` or ``python -m hippokv.protocols.dissociation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.match_signal import area_under_curve
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import ScaleWeights, Silence, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.parameter import fraction, parameter, redeclared

from .parts.lesioning import drawn_cells
from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

STATES = ("intact", "key_damage", "value_damage")


@dataclass(frozen=True)
class DissociationParameters(CuedRecallParameters):
    """Hold the settings of damage to keys and to values."""

    n_novel: int = parameter(
        40,
        "number of novel cues, of random keys that were never stored",
        chosen="as many as stored ones",
        low=1,
        high=2000,
    )
    own_values: bool = redeclared(
        CuedRecallParameters, "own_values", True, chosen="content that the cue does not give"
    )
    damage: float = fraction(
        0.8,
        "part of the slots, and then of the value cells or synapses, that is lost",
        chosen="takes content below 65 % of the bits either way",
    )
    value_damage: str = parameter(
        "cells",
        "what is lost of the values: cells of the cortex, or synapses onto them",
        chosen="cells, as slots are lost of the keys",
        choices=("cells", "synapses"),
    )


def schedule(
    stimuli: Stimuli, parameters: DissociationParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, then stored and novel cues intact and under either damage."""
    novel = random_stream(seed, "novel").integers(0, 2, (parameters.n_novel, stimuli.keys.shape[1]))
    keys = np.concatenate([stimuli.keys, (2 * novel - 1).astype(np.int8)])
    cues = occluded(keys, parameters.occlusion, seed)
    known, unknown = np.split(cues, [len(stimuli.keys)])

    def ask(state: str) -> list[Epoch]:
        epochs = recall_epochs(known, parameters, f"stored_{state}")
        for cue in unknown:
            epochs += [
                Epoch(f"recall:novel_{state}", parameters.cue_ms, -1, {"entorhinal": on_off(cue)}),
                Epoch("rest", parameters.cue_gap_ms),
            ]
        return epochs

    epochs = [*storage_epochs(stimuli, parameters), *ask("intact")]
    start = total_ms(epochs)
    epochs += ask("key_damage")
    stop = total_ms(epochs)
    # What was held down comes back to rest before the other damage.
    epochs += [Epoch("rest", parameters.settling_ms), *ask("value_damage")]

    def drawn(population: str) -> tuple[int, ...]:
        stream = random_stream(seed, f"{population} damage")
        return drawn_cells(circuit, population, parameters.damage, stream)

    rows: list[Silence | ScaleWeights] = [Silence("hippocampal", drawn("hippocampal"), start, stop)]
    if parameters.value_damage == "cells":
        rows.append(Silence("cortical", drawn("cortical"), stop))
    else:
        rows.append(ScaleWeights("values", 0.0, stop, fraction=parameters.damage))
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score content and match in each state, and how differently the damages act on them.

    ``content_*`` are the value bits right, ``match_auc_*`` the probability that a stored cue has
    the larger match signal than a novel one, ``*_hit`` and ``*_spared`` those of the memories that
    key damage took and left, and ``interaction`` what key damage takes from match less what it
    takes from content, less the same of value damage, where 1 is all that is above guessing.
    """
    right = agreement(readout, items.values[items.query_item])
    scores: dict[str, float] = {}
    for name, (stored, novel) in _cues(readout, items).items():
        scores[f"content_{name}"] = float(right[stored].mean()) if stored.any() else float("nan")
        scores[f"match_auc_{name}"] = area_under_curve(readout.match[stored], readout.match[novel])

    def lost(what: str, state: str) -> float:
        return 2 * (scores[f"{what}_intact"] - scores[f"{what}_{state}"])

    scores["interaction"] = (lost("match_auc", "key_damage") - lost("content", "key_damage")) - (
        lost("match_auc", "value_damage") - lost("content", "value_damage")
    )
    return scores


def _cues(readout: Readout, items: Items) -> dict[str, tuple[NDArray[np.bool_], ...]]:
    """Return which recalls are of stored and of novel cues in each state, and of those hit."""
    found = {state: (items.asked(f"stored_{state}"), items.asked(f"novel_{state}"))
             for state in STATES}  # fmt: skip
    stored, novel = found["key_damage"]
    # A slot that fires to no cue, its own included, is lost.
    firing = readout.attention[stored | novel].max(axis=0, initial=0.0) > 0
    hit = ~(readout.plateaus[items.query_item] & firing).any(axis=1)
    return {**found, "hit": (stored & hit, novel), "spared": (stored & ~hit, novel)}


def rests_on(readout: Readout, items: Items) -> dict[str, NDArray[np.bool_]]:
    """Return on which recalls each score rests: content on stored cues, match on novel ones too."""
    found: dict[str, NDArray[np.bool_]] = {}
    for name, (stored, novel) in _cues(readout, items).items():
        found |= {f"content_{name}": stored, f"match_auc_{name}": stored | novel}
    compared = [found[f"match_auc_{state}"] for state in STATES]
    return {**found, "interaction": np.any(compared, axis=0)}


MEANINGS = {
    f"{score}_{name}": words.format(when)
    for name, when in {
        "intact": "in the intact circuit",
        "key_damage": "with a part of the slots silent",
        "value_damage": "with a part of the values lost",
        "hit": "with a part of the slots silent, of the memories whose slot is among these",
        "spared": "with a part of the slots silent, of the memories whose slot is not",
    }.items()
    for score, words in {
        "content": "fraction of value bits right {}",
        "match_auc": "probability that a stored cue has a larger match signal than a novel one, {}",
    }.items()
}


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw content and match in each state, and the spikes."""
    from .pictures.key_value import dissociation_picture
    from .pictures.spikes import spikes_picture

    return [dissociation_picture(result, STATES), spikes_picture(result)]


PROTOCOL = store_and_recall(
    name="dissociation",
    summary="damage keys, then values: what is recalled, and whether the cue is known",
    description=(
        "Items are stored; then stored and novel cues are shown in an intact circuit, with a part "
        "of the hippocampal slots silent (keys), and with a part of the value cells silent or "
        "their synapses lost. Measured: the value bits that come back (content), and how well the "
        "rate of PV cells tells stored from novel cues (match)."
    ),
    parameters=DissociationParameters,
    # Whether a cue is known is read from PV cells, which alone must answer to the match.
    default_circuit="slot_memory",
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings=MEANINGS,
    rests_on=rests_on,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
