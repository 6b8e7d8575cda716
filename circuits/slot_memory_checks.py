"""What the parameters of a slot memory must fulfil together, beside the range of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippokv.errors import InputError

from .slot_memory_parameters import SlotMemoryParameters

#: Above this, a circuit would need more memory than a usual machine has.
MOST_SYNAPSES = 2e8


def check_size(slots: SlotMemoryParameters, sizes: Mapping[str, int], key: str) -> None:
    """Make sure that the synapses of the slots fit into memory.

    Parameters
    ----------
    slots
        Parameters of the slots.
    sizes
        Number of cells of every population.
    key
        Where the parameters stand in settings.

    Raises
    ------
    InputError
        Where there are too many slots.
    """
    others = sum(sizes.values()) - sizes["hippocampal"] + sizes["pv"] + sizes["sst"]
    per_slot = slots.cells_per_slot * (others + slots.cells_per_slot)
    if slots.n_slots * per_slot > MOST_SYNAPSES:
        raise InputError(
            f"{key}n_slots", slots.n_slots,
            f"must be at most {int(MOST_SYNAPSES // per_slot)} for this width and cells_per_slot "
            f"({MOST_SYNAPSES:g} synapses)",
        )  # fmt: skip


def check_resets(slots: Any, populations: tuple[str, ...], key: str) -> None:
    """Make sure that no cell is reset to a voltage at which it fires again.

    Parameters
    ----------
    slots
        Parameters of a circuit.
    populations
        Those whose cells have a reset, each a field of the parameters.
    key
        Where the parameters stand in settings.

    Raises
    ------
    InputError
        For the first reset at or above its threshold.
    """
    thresholds = {"pv": "lowest_threshold_mV"}
    for name in populations:
        cell = getattr(slots, name)
        threshold = getattr(cell, thresholds.get(name, "spike_threshold_mV"))
        if cell.reset_voltage_mV >= threshold:
            raise InputError(
                f"{key}{name}.reset_voltage_mV", cell.reset_voltage_mV,
                f"must be below the spike threshold, {threshold:g} mV",
            )  # fmt: skip
