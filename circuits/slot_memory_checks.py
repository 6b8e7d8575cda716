"""What the parameters of a slot memory must fulfil together, beside the range of each."""

from __future__ import annotations

from typing import Any

from hippokv.errors import InputError

from .slot_memory_parameters import SlotMemoryParameters, key_rule_of

#: Above this, a circuit would need more memory than a usual machine has.
MOST_SYNAPSES = 2e8


def check_size(slots: SlotMemoryParameters, more_cells: int = 0) -> None:
    """Make sure that the synapses of the slots fit into memory.

    Parameters
    ----------
    slots
        Parameters of the slots.
    more_cells
        Number of cells beside those of a slot memory.

    Raises
    ------
    InputError
        Where there are too many slots.
    """
    others = 2 * (slots.n_inputs + slots.n_outputs + slots.n_pv + slots.n_sst)
    others += slots.n_cholinergic + more_cells
    per_slot = slots.cells_per_slot * (others + slots.cells_per_slot)
    if slots.n_slots * per_slot > MOST_SYNAPSES:
        raise InputError(
            "circuit.n_slots", slots.n_slots,
            f"must be at most {int(MOST_SYNAPSES // per_slot)} for this width and cells_per_slot "
            f"({MOST_SYNAPSES:g} synapses)",
        )  # fmt: skip


def more_cells(slots: SlotMemoryParameters) -> int:
    """Return how many cells units of several cells have more than units of one."""
    return 2 * (slots.cells_per_unit - 1) * (slots.n_inputs + slots.n_outputs)


def check_keys(parameters: SlotMemoryParameters) -> None:
    """Make sure that a stored key drives a cell more than a naive one, as the calibration needs it.

    Raises
    ------
    InputError
        Where it does not.
    """
    rule = key_rule_of(parameters)
    if rule.stored_weight <= rule.left_weight:
        raise InputError(
            "circuit.milstein_rule.stored_weight", rule.stored_weight,
            f"must be above initial_weight, {rule.left_weight:g}",
        )  # fmt: skip


def check_resets(parameters: Any, populations: tuple[str, ...]) -> None:
    """Make sure that no cell is reset to a voltage at which it fires again.

    Parameters
    ----------
    parameters
        Parameters of a circuit.
    populations
        Those whose cells have a reset, each a field of the parameters.

    Raises
    ------
    InputError
        For the first reset at or above its threshold.
    """
    thresholds = {"pv": "lowest_threshold_mV"}
    for name in populations:
        cell = getattr(parameters, name)
        threshold = getattr(cell, thresholds.get(name, "spike_threshold_mV"))
        if cell.reset_voltage_mV >= threshold:
            raise InputError(
                f"circuit.{name}.reset_voltage_mV", cell.reset_voltage_mV,
                f"must be below the spike threshold, {threshold:g} mV",
            )  # fmt: skip


def check_alike(parameters: SlotMemoryParameters) -> None:
    """Make sure that nobody asks a circuit for a race, cells that differ or delays without them.

    Raises
    ------
    InputError
        For units of several cells, a race, or the first number above 0.
    """
    if parameters.cells_per_unit > 1:
        raise InputError(
            "circuit.cells_per_unit", parameters.cells_per_unit,
            "must be 1 where grid modules address the slots: their units have one cell",
        )  # fmt: skip
    if parameters.selection == "least_recent":
        raise InputError(
            "circuit.selection", parameters.selection,
            "must be another where grid modules address the slots: these choose",
        )  # fmt: skip
    for group in ("heterogeneity", "delays"):
        for name, value in vars(getattr(parameters, group)).items():
            if value:
                raise InputError(
                    f"circuit.{group}.{name}", value,
                    "must be 0 where grid modules address the slots: those cells are alike",
                )  # fmt: skip


def check_delays(parameters: SlotMemoryParameters) -> None:
    """Make sure that no axon is faster than the fastest.

    Raises
    ------
    InputError
        Where the slowest would be.
    """
    delays = parameters.delays
    if delays.longest_delay_ms < delays.shortest_delay_ms:
        raise InputError(
            "circuit.delays.longest_delay_ms", delays.longest_delay_ms,
            f"must be at least shortest_delay_ms, {delays.shortest_delay_ms:g}",
        )  # fmt: skip
