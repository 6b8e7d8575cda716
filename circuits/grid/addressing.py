"""What grid modules tell hippocampal cells, and what these give back.

Grid cells excite hippocampal cells from patches of their sheets around some lattice phases, a fixed
number of each module, drawn at random for each ensemble of cells or taken up at the places where it
was recruited. Where every module has its bump at such a phase, the modules agree on the cell. The
return projection leads from the cells to the points of the sheets.
"""

from __future__ import annotations

from ..population import Constant, Projection, constant_named, constants_of
from ..scaffold_memory_parameters import ScaffoldMemoryParameters

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
"""  # noqa: E501


def address_projections(parameters: ScaffoldMemoryParameters) -> tuple[Projection, ...]:
    """Describe the projections from grid cells to hippocampal cells, and back to the sheets."""
    address = parameters.address
    back, recruitment = parameters.return_rule, parameters.recruitment_rule
    arriving = address.bump_rate_Hz * address.address_tau_ms * 1e-3
    seen = address.bump_rate_Hz * address.agreement_tau_ms * 1e-3 * len(parameters.sheets.periods)
    return (
        Projection(
            "grid_inputs", "grid", "hippocampal", {"spike": ADDRESS_TRANSMISSION}, "weight : 1\n",
            constants=(
                Constant(
                    "epsc", address.module_pA * 1e-12 / arriving, "amp",
                    "follows from module_pA, bump_rate_Hz and address_tau_ms",
                ),
                Constant(
                    "quantum", 1.0 / seen,
                    source="follows from bump_rate_Hz, agreement_tau_ms and the number of modules",
                ),
            ),
            rule=recruitment,
            rows="target",
        ),
        Projection(
            "returns", "hippocampal", "sheet", {"spike": RETURN_TRANSMISSION}, "weight : 1\n",
            constants=(constant_named("quantum", address, "return"),),
            rule=back,
        ),
        Projection(
            "return_inhibition", "hippocampal", "module", {"spike": RETURN_INHIBITION},
            constants=(constant_named("quantum", address, "return_inhibition"),),
            effect="inhibition",
        ),
    )  # fmt: skip


def address_constants(parameters: ScaffoldMemoryParameters) -> tuple[Constant, ...]:
    """Return the constants of a hippocampal cell that grid modules address."""
    address = parameters.address
    return (
        constant_named("imposed", address, "imposed"),
        *constants_of(address, "address_tau", "agreement_tau"),
    )
