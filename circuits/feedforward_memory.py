"""The slot memory with feed-forward inhibition: its competition holds for faint and whole cues.

Slots, keys and values are those of the slot memory. Beside PV feedback, interneurons that
entorhinal cells excite count the entries that a cue gives and take away most of what so many
matches would add; what PV cells have to balance, and with it the summed rate, hardly depends on the
cue. Between cues tonic interneurons keep the layer quiet.

What is wired: what slot_memory wires, and that all hippocampal cells share what the interneurons
release. What is worked out: the strength of a key synapse, of the interneurons' input and output,
and the tonic current, so that the temperature is the paper's for faint cues at every width
(:class:`.feedforward_memory_parameters.FeedforwardCalibration`). What emerges: the same as there.
"""

from __future__ import annotations

from functools import lru_cache

from .cells.feedforward_inhibition import feedforward_inhibition
from .circuit import Circuit
from .feedforward_memory_parameters import FeedforwardCalibration, FeedforwardMemoryParameters
from .known_circuits import KnownCircuit
from .population import Constant
from .presets import check_preset
from .slot_memory import CELLS, memory_parts
from .slot_memory_checks import check_delays, check_keys, check_resets, check_size, more_cells


@lru_cache(maxsize=4)
def feedforward_memory(parameters: FeedforwardMemoryParameters) -> Circuit:
    """Return a slot memory with feed-forward inhibition.

    Parameters
    ----------
    parameters
        Every number of the circuit.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    ValueError
        Where the calibration of its competition has no solution.
    """
    check_preset(parameters)
    check_size(parameters, more_cells(parameters))
    check_keys(parameters)
    check_resets(parameters, (*CELLS, "feedforward", "tonic"))
    check_delays(parameters)
    calibration = FeedforwardCalibration(parameters)
    interneurons = feedforward_inhibition(
        parameters.feedforward, parameters.tonic, parameters.n_feedforward, parameters.n_tonic,
        calibration.epsc_pA, calibration.jump_nS,
    )  # fmt: skip
    # Each interneuron reaches each cell by a synapse of its own, whose jitter averages out.
    jitter = Constant(
        "feedforward_jitter", parameters.inhibitory_jitter / parameters.n_feedforward**0.5, "1",
        "follows from inhibitory_jitter and the number of interneurons",
    )  # fmt: skip
    parts = memory_parts(
        parameters, calibration.bias_pA, feedforward=interneurons, shared_jitter=(jitter,)
    )
    return Circuit("feedforward_memory", parts, parameters)


CIRCUIT = KnownCircuit(feedforward_memory, FeedforwardMemoryParameters)
