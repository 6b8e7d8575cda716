"""Put a rule of your own on the keys: potentiation alone, which cannot overwrite what was there.

Two items go to the same slots, one after the other. The shipped rule leaves the keys of the second;
a rule that only strengthens leaves every input that was in either. ``python own_rule.py numpy``
needs no compiler.
"""

import sys
from dataclasses import dataclass

import numpy as np

from hippokv import Epoch, Program, Schedule, SlotMemoryParameters, on_off, slot_memory
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule


@dataclass(frozen=True)
class PotentiationOnly(BTSPKeyRule):
    """Strengthen the synapses of recent inputs and leave the others as they are.

    It inherits the trace ``eligibility`` of each input's spikes, and that it acts again and again
    while the dendrite behind the synapse holds a plateau (``event = "plateau_update"``).
    ``blocked`` is 1 while a schedule blocks plasticity; ``acetylcholine_post`` is a variable of
    the hippocampal cell.
    """

    on_event = """
recent   = 1/(1 + exp(clip(-(eligibility_pre - eligibility_threshold)/eligibility_slope, -50, 50)))
weight  += learning_rate*(1 - blocked)*acetylcholine_post*recent*(1 - weight)
"""


def stored(item):
    """Return the epochs in which an item is stored."""
    shown = {"entorhinal": on_off(item), "cortical": on_off(item[:16]), "acetylcholine": 1.0}
    return (
        Epoch("store", 900.0, 0, shown),
        Epoch("store", 250.0, 0, {**shown, "instruction": 1.0}),
        Epoch("rest", 600.0),
    )


# Every slot takes every item.
shipped = slot_memory(
    SlotMemoryParameters(
        n_inputs=20, n_outputs=16, n_slots=4, cells_per_slot=3,
        selection="random", plateau_probability=1.0,
    )
)  # fmt: skip
own = shipped.with_rule("keys", PotentiationOnly())
first, second = np.random.default_rng(0).choice([-1, 1], (2, 20))
target = sys.argv[1] if len(sys.argv) > 1 else "cpp"
for name, circuit in (("shipped rule", shipped), ("potentiation only", own)):
    epochs = (Epoch("rest", 50.0), *stored(first), *stored(second))
    recording = Program(circuit, target).run(Schedule(epochs, circuit.widths), seed=0, dt_ms=1.0)
    keys = recording.weights["keys"].mean(axis=0)
    of_first, of_second = on_off(first) == 1, on_off(second) == 1
    print(
        f"{name}: keys of inputs of the first item alone {keys[of_first & ~of_second].mean():.2f},",
        f"of the second {keys[of_second].mean():.2f},",
        f"of neither {keys[~of_first & ~of_second].mean():.2f}",
    )
