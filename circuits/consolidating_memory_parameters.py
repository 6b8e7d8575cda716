"""Parameters of the consolidating memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.parameter import fraction, parameter, redeclared
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.slow_cortical_rules import CorticalKeyRule, CorticalValueRule

from .cells.interneurons import PVParameters
from .cells.neocortex import NeocorticalParameters, NeocorticalStateParameters
from .cells.offline_states import ReplayParameters, RhythmParameters
from .cells.pattern_cells import PatternCellParameters
from .presets import preset_among
from .slot_memory_parameters import SlotMemoryParameters, calibration_of


@dataclass(frozen=True)
class ConsolidatingMemoryParameters(SlotMemoryParameters):
    """Hold every number of the slot memory that consolidates."""

    preset: str = preset_among()
    n_slots: int = redeclared(
        SlotMemoryParameters, "n_slots", 20, chosen="a life of 28 days runs in a minute or two"
    )
    n_groups: int = parameter(
        30,
        "number of neocortical groups, each a slow key",
        chosen="half as many more than slots: with fewer than items, some are never consolidated",
        low=1,
        high=2000,
        structural=True,
    )
    cells_per_group: int = parameter(
        10,
        "number of neocortical cells in a group",
        chosen="a group fires several times in a replay",
        low=1,
        high=100,
        structural=True,
    )
    vigilance: float = parameter(
        1.0,
        "current that a group in use lacks offline, as a part of what a match of two whole keys "
        "gives awake",
        chosen=(
            "offline deep cells fire some 2.3 times as fast: a group answers to three quarters of "
            "its key and more; at 0.45 items share groups, and are confused"
        ),
        low=0.0,
        high=5.0,
    )
    return_pA: float = parameter(
        30.0,
        "jump of the current of a deep cell at a hippocampal spike",
        chosen="in a replay a slot drives its deep cells to some 200 Hz, twice as fast as an input",
        high=100000.0,
    )
    cortical_value_pA: float = parameter(
        150.0,
        "jump of the current of a value cell at a neocortical spike",
        chosen="a key that has learned drives its value cells well above their rheobase",
        high=100000.0,
    )
    offline_value_suppression: float = fraction(
        0.0,
        "part by which synapses of neocortical cells on value cells are weaker offline",
        chosen=(
            "none: where each item has a group of its own, a group says what the slot says; at 1 "
            "groups that items share learn what slots rebuild and not what they say themselves"
        ),
    )
    deep: PatternCellParameters = field(default_factory=PatternCellParameters)
    return_rule: HebbianValueRule = field(default_factory=HebbianValueRule)
    rhythm: RhythmParameters = field(default_factory=RhythmParameters)
    replay: ReplayParameters = field(default_factory=ReplayParameters)
    neocortical: NeocorticalParameters = field(default_factory=NeocorticalParameters)
    neocortical_state: NeocorticalStateParameters = field(
        default_factory=NeocorticalStateParameters
    )
    neocortical_pv: PVParameters = field(default_factory=PVParameters)
    cortical_key_rule: CorticalKeyRule = field(default_factory=CorticalKeyRule)
    cortical_value_rule: CorticalValueRule = field(default_factory=CorticalValueRule)

    @property
    def vigilance_pA(self) -> float:
        """Current that a group in use lacks offline."""
        return self.vigilance * self.n_inputs * float(calibration_of(self).match_pA)
