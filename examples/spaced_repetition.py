"""A protocol in a file: is it better to repeat an item at once, or after others?

``hippokv run ./spaced_repetition.py --set circuit.n_slots=8`` runs it, like any protocol. Every
item is stored twice, those with odd numbers at the begin and again at the end.
"""

import numpy as np

from hippokv import Epoch, Schedule, store_and_recall
from hippokv.protocols.parts.recalling import CuedRecallParameters, occluded, recall_epochs
from hippokv.protocols.parts.storing import idle_epochs, store_epochs
from hippokv.protocols.pictures.spikes import spikes_picture


def schedule(stimuli, parameters, circuit, seed):
    """Return the schedule: what each population is shown, one epoch after the other."""
    massed, spaced = (np.arange(start, len(stimuli.keys), 2) for start in (0, 1))
    shown = [*spaced, *np.repeat(massed, 2), *spaced]
    epochs = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    for number, item in enumerate(shown):
        epochs += store_epochs(number, stimuli.keys[item], stimuli.values[item], parameters)
    cues = occluded(stimuli.keys, parameters.occlusion, seed)[shown]
    for name, items in (("massed", massed), ("spaced", spaced)):
        epochs += recall_epochs(cues, parameters, name, [shown.index(item) for item in items])
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout, prediction, items):
    """Score spikes, and in the same way the rate model: the share of bits that came back."""
    right = (readout.decoded == items.values[items.query_item]).mean(axis=1)
    return {name: float(right[items.asked(name)].mean()) for name in ("massed", "spaced")}


PROTOCOL = store_and_recall(
    name="spaced-repetition", summary="store items twice, at once or after others",
    description="Measured: the share of bits that come back, by how an item was repeated.",
    parameters=CuedRecallParameters, schedule=schedule, measure=measure,
    pictures=lambda result: [spikes_picture(result)],
)  # fmt: skip
