"""Recall from a stream that never ends, each item some steps after it was stored.

Run it with ``hippokv run continual`` or ``python -m hippokv.protocols.continual``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE

from .parts.comparison_memories import FORGETTING
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.stream import StreamParameters, measure_stream, stream_schedule

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw accuracy against delay, the spikes and the attention."""
    from .pictures.key_value import attention_picture, delays_picture
    from .pictures.spikes import spikes_picture

    return [delays_picture(result, FORGETTING), spikes_picture(result), attention_picture(result)]


PROTOCOL = store_and_recall(
    name="continual",
    summary="recall items of an endless stream some steps after they were stored",
    description=(
        "At each step of a stream a new stimulus is shown, and stored if it will be asked for, or "
        "an earlier one is asked for by a cue with a part hidden. A slot is called for at every "
        "step, whether something is stored or not; a slot that is written again has forgotten. "
        "Measured: the fraction of value bits right against the number of steps since storage. "
        "With the least recently used slot it falls in steps of N; with random slots smoothly."
    ),
    parameters=StreamParameters,
    schedule=stream_schedule,
    measure=measure_stream,
    pictures=pictures,
    circuit=AT_PAPERS_TEMPERATURE,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
