"""Add interneurons like OLM cells: hippocampal spikes excite them, and they inhibit dendrites."""

import sys
from dataclasses import dataclass

from hippokv import Projection, SlotMemoryParameters, run, slot_memory
from hippokv.circuits.cells.integrate_and_fire import PointNeuron, point_cells
from hippokv.parameter import parameter

EQUATIONS = """
dv/dt                   = (leak*(resting_voltage - v) + excitation_current)/capacitance : volt (unless refractory)
dexcitation_current/dt  = -excitation_current/excitation_tau                            : amp
"""  # noqa: E501


@dataclass(frozen=True)
class OLMParameters(PointNeuron):
    """Hold the numbers of the cells; the unit ends each name."""

    excitation_tau_ms: float = parameter(20.0, "decay of excitation", chosen="slow synapses")
    excitation_pA: float = parameter(60.0, "jump at a hippocampal spike", chosen="few suffice")
    inhibition_nS: float = parameter(0.5, "jump of the dendrite's inhibition", chosen="weak")


cells = point_cells(OLMParameters(), "olm", 5, EQUATIONS)
to_olm = {"spike": "excitation_current_post += excitation_post"}
excited = Projection("olm_excitation", "hippocampal", "olm", to_olm)
inhibit = Projection(
    "olm_inhibition", "olm", "hippocampal", {"spike": "sst_post += inhibition_pre"},
    effect="inhibition",
)  # fmt: skip
shipped = slot_memory(SlotMemoryParameters(n_inputs=20, n_outputs=20, n_slots=4, cells_per_slot=3))
own = shipped.with_population(cells).with_projection(excited).with_projection(inhibit)
settings = {"run.target": sys.argv[1] if len(sys.argv) > 1 else "cpp", "run.dt_ms": 1.0}
settings |= {"protocol.n_items": 2, "protocol.study_ms": 400.0, "protocol.cue_ms": 300.0}
for name, circuit in (("shipped", shipped), ("with OLM cells", own)):
    found = run("cued-recall", settings=settings, circuit=circuit)
    spikes = {one: train.step.size for one, train in found.recording.spikes.items()}
    print(f"{name}: accuracy {found.metrics['accuracy']:.2f}, OLM spikes {spikes.get('olm', 0)}")
