"""The learned plasticity rule as settings of the circuit."""

from __future__ import annotations

import math
from typing import Any

from hippokv.circuits.slot_memory_parameters import Calibration, SlotMemoryParameters
from hippokv.plasticity.linear_rule import LinearRule

from ..parts.storing import StorageParameters
from ..running.settings import CIRCUIT_KEY

#: A key cannot be replaced more completely than one plateau does by default.
MOST_WRITTEN = 0.997
#: Values that have faded to a twentieth must still make cortical cells fire.
VALUE_PA = 4000.0
#: A decay of 1 would need an endless time constant.
MOST_KEPT = 0.999


def circuit_settings(rule: LinearRule) -> dict[str, Any]:
    r"""Return the settings with which the slot memory learns by a linear rule.

    Its keys are presynaptic: :math:`g^K f^K(x)\approx b_g a_f\,x`, which scales the softmax, so
    that the product is the inverse temperature. :math:`\eta^K` is what one plateau replaces of a
    key, and :math:`\lambda` what the duration of one storage leaves of the values. The scale of the
    values changes no answer. What is left out: the key rule's dependence on the postsynaptic side
    (:math:`a_g`) and the offsets :math:`b_f` of all rules, which learning drives to zero.
    """
    timing, calibration = StorageParameters(), Calibration(SlotMemoryParameters())
    occupancy, updates = (
        calibration.occupancy(1.0),
        calibration.key_updates(calibration.parameters.key_rule.interval_ms),
    )
    left = 1 - min(rule.key_rate, MOST_WRITTEN)
    shown_s = (timing.study_ms + timing.instruction_ms + timing.consolidation_ms) / 1e3
    kept = min(rule.value_decay, MOST_KEPT)
    return {
        CIRCUIT_KEY: "slot_memory",
        "circuit.value_plasticity": "passive_decay",
        "circuit.value_pA": VALUE_PA,
        "circuit.beta": round(rule.key_pre_slope * rule.key_post_offset, 4),
        "circuit.key_rule.learning_rate": round((1 - left ** (1 / updates)) / occupancy, 4),
        "circuit.passive_rule.forgetting_tau_s": round(-occupancy * shown_s / math.log(kept), 3),
    }
