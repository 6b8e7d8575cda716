"""What grid modules tell hippocampal cells, and what these give back.

Grid cells excite hippocampal cells from patches of their sheets around some lattice phases, a fixed
number of each module, drawn at random for each ensemble of cells or taken up at the places where it
was recruited. Where every module has its bump at such a phase, the modules agree on the cell. The
return projection leads from the cells to the points of the sheets.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import shared_declarations, si_values

from .grid_noise import noise_functions
from .manipulable_synapses import SCALABLE
from .scaffold_memory_parameters import ScaffoldMemoryParameters
from .sheet_geometry import Sheets

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses

ADDRESS_TRANSMISSION = """
address_current_post += epsc*weight
agreement_post       += quantum*weight
"""

# While acetylcholine lets the return projection learn, it keeps it from being heard.
RETURN_TRANSMISSION = """
address_post += quantum*weight*clip(1 - value_suppression_pre*acetylcholine_pre, 0, 1)
"""

# It also drives the interneurons of every module, so that what all votes share is taken away.
RETURN_INHIBITION = """
excitation_post += quantum*clip(1 - value_suppression_pre*acetylcholine_pre, 0, 1)*clip(1 - closed_post, 0, 1)
"""


def phases_per_module(sheets: Sheets, agreeing_share: float) -> tuple[int, ...]:
    r"""Return how many phases of each module reach a cell, so that a given share of cells agrees.

    Of the cells with one phase of a module, the part :math:`q = (k-1)/(\lambda^2-1)` has any other
    phase of it too; these are the wrong votes of the return projection. The numbers *k* are those
    with nearly the same *q* in all modules whose product comes nearest to the share.

    Parameters
    ----------
    sheets
        The modules.
    agreeing_share
        Part of the cells on which all modules agree at an address.
    """
    others = np.array([period**2 - 1 for period in sheets.periods])

    def share(counts: NDArray[np.float64]) -> float:
        return float(np.prod(counts / (others + 1)))

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if share(1 + middle * others) < agreeing_share else (low, middle)
    exact = 1 + low * others
    choices = product(*((int(np.floor(k)), int(np.ceil(k))) for k in exact))
    return min(choices, key=lambda counts: abs(share(np.array(counts)) - agreeing_share))


def drawn_phases(
    sheets: Sheets, n_ensembles: int, agreeing_share: float, seed: int
) -> NDArray[np.float64]:
    """Return which lattice phases reach which ensemble, 0 or 1, shape (ensembles, phases).

    Parameters
    ----------
    sheets
        The modules.
    n_ensembles
        Number of ensembles of hippocampal cells.
    agreeing_share
        Part of them on which all modules agree at an address.
    seed
        Seed of the draw.
    """
    stream = np.random.default_rng(seed)
    counts = phases_per_module(sheets, agreeing_share)
    parts = []
    for period, count in zip(sheets.periods, counts, strict=True):
        order = stream.permuted(np.tile(np.arange(period**2), (n_ensembles, 1)), axis=1)
        table = np.zeros((n_ensembles, period**2))
        np.put_along_axis(table, order[:, :count], 1.0, axis=1)
        parts.append(table)
    return np.concatenate(parts, axis=1)


def grid_input_weights(
    parameters: ScaffoldMemoryParameters, phases: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of grid cells on hippocampal cells, shape (hippocampal cells, grid cells).

    Parameters
    ----------
    parameters
        The circuit.
    phases
        Which phases reach which ensemble, shape (ensembles, phases).
    """
    sheets = parameters.sheets
    patches = phases @ sheets.profiles(parameters.address.patch_width_steps)
    weights: NDArray[np.float64] = np.minimum(patches, 1.0)[:, sheets.point_of_cell]
    return np.repeat(weights, parameters.cells_per_slot, axis=0)


def address_projections(
    parameters: ScaffoldMemoryParameters,
    grid: NeuronGroup,
    sheet: NeuronGroup,
    module: NeuronGroup,
    hippocampal: NeuronGroup,
    functions: dict[str, Any],
) -> list[Synapses]:
    """Create the projections from grid cells to hippocampal cells, and back to the sheets.

    Parameters
    ----------
    parameters
        The circuit.
    grid, sheet, module, hippocampal
        Cells, points and modules between which they lead.
    functions
        Functions that read the schedule.
    """
    from brian2 import Synapses

    recruitment, back = parameters.recruitment_rule, parameters.return_rule
    inputs = Synapses(
        grid, hippocampal,
        "weight : 1\nepsc : amp (shared)\nquantum : 1 (shared)\n" + SCALABLE
        + shared_declarations(recruitment, ("learning_rate", "trace_threshold")),
        on_pre=ADDRESS_TRANSMISSION,
        on_post={"plateau": recruitment.on_plateau},
        on_event={"plateau": "plateau_update"},
        namespace={**functions, **noise_functions("grid_inputs")},
        name="grid_inputs",
    )  # fmt: skip
    inputs.connect()
    returns = Synapses(
        hippocampal, sheet,
        "weight : 1\nquantum : siemens (shared)\n" + SCALABLE
        + shared_declarations(back, back.constants),
        on_pre={
            "transmission": RETURN_TRANSMISSION,
            "teaching": back.on_teaching_spike,
        },
        on_event={"transmission": "spike", "teaching": "teaching_spike"},
        namespace={**functions, **noise_functions("returns")},
        name="returns",
    )  # fmt: skip
    returns.connect()
    inhibition = Synapses(
        hippocampal, module, "quantum : siemens (shared)",
        on_pre=RETURN_INHIBITION,
        name="return_inhibition",
    )  # fmt: skip
    inhibition.connect()
    return [inputs, returns, inhibition]


def address_values(parameters: ScaffoldMemoryParameters) -> dict[str, float | NDArray[np.float64]]:
    """Return what of these projections is set at run time, by ``object.variable``, in SI units."""
    address = parameters.address
    recruitment, back = parameters.recruitment_rule, parameters.return_rule
    arriving = address.bump_rate_Hz * address.address_tau_ms * 1e-3
    seen = address.bump_rate_Hz * address.agreement_tau_ms * 1e-3 * len(parameters.sheets.periods)
    found: dict[str, float | NDArray[np.float64]] = {
        "grid_inputs.epsc": address.module_pA * 1e-12 / arriving,
        "grid_inputs.quantum": 1.0 / seen,
        "grid_inputs.weight": 0.0,
        "grid_inputs.initial_weight": 0.0,
        "returns.quantum": address.return_nS * 1e-9,
        "return_inhibition.quantum": address.return_inhibition_nS * 1e-9,
        "returns.weight": back.initial_weight,
        "returns.initial_weight": back.initial_weight,
        "hippocampal.imposed": address.imposed_pA * 1e-12,
        "hippocampal.address_tau": address.address_tau_ms * 1e-3,
        "hippocampal.agreement_tau": address.agreement_tau_ms * 1e-3,
        "grid.trace_tau": recruitment.trace_tau_ms * 1e-3,
    }
    for name, rule, only in (
        ("grid_inputs", recruitment, ("learning_rate", "trace_threshold")),
        ("returns", back, back.constants),
    ):
        found |= {f"{name}.{key}": value for key, value in si_values(rule, only).items()}
    return found
