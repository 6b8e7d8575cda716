"""Keep a few salient items of a stream for good, while all others are forgotten.

Run it with ``hippokv run flashbulb`` or ``python -m hippokv.protocols.flashbulb``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.circuits.slot_memory_parameters import AT_PAPERS_TEMPERATURE
from hippokv.parameter import redeclared

from .parts.comparison_memories import SALIENT
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.stream import StreamParameters, measure_stream, stream_schedule
from .pictures.key_value import attention_picture, delays_picture
from .pictures.spikes import spikes_picture
from .running.protocol import Result

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture


@dataclass(frozen=True)
class FlashbulbParameters(StreamParameters):
    """Hold the settings of a stream with flashbulb items."""

    delays: str = redeclared(
        StreamParameters,
        "delays",
        "1, 0.5N, 1.5N, 2.5N, 4.5N",
        source="Tyulmankov et al. 2021, Fig 4b: up to several laps of the slots",
    )
    n_flashbulbs: int = redeclared(
        StreamParameters, "n_flashbulbs", 5, source="Tyulmankov et al. 2021, Fig 4b: 5"
    )


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw accuracy against delay, the spikes and the attention."""
    return [
        delays_picture(result, SALIENT),
        spikes_picture(result),
        attention_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="flashbulb",
    summary="keep a few salient items of a stream for good, while the others are forgotten",
    description=(
        "A stream as in the protocol continual, in which a few items come with a much stronger "
        "neuromodulator. The synapses that they write become stable and are never written again "
        "(metaplasticity). Measured: the fraction of value bits right against the number of steps "
        "since storage, for flashbulb items and for all others, which have fewer slots left."
    ),
    parameters=FlashbulbParameters,
    schedule=stream_schedule,
    measure=measure_stream,
    pictures=pictures,
    circuit=AT_PAPERS_TEMPERATURE,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
