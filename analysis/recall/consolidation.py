r"""The rate model of consolidation: replays one by one, and neocortical keys that learn from them.

Hippocampal slots are those of :mod:`.rate_model`. At night up-states follow each other as in the
circuit. In each the slots race: a slot *k* that holds something ignites at the rate

.. math:: \lambda\,e^{-F_k/\Delta},

with :math:`F_k` the fatigue that its last replays left. The first wins the up-state, and rebuilds
key and value; its synapses are taken to hold the item without error. Groups then compete for it, a
used one with the current of its matches less the vigilance, an unused one without either. Where a
caller asks for it, two slots ignite together in a part of the replays, and the groups in use that
match both best answer. The winner's key and value move towards what was rebuilt, by as many steps
as its cells fire spikes.
Where there are fewer groups than slots, how many spikes these are, whether the winner fires at all
and which other groups fire with it follow from the circuit's equations (:mod:`.answering_groups`).
What is stored is read from slots alone: the model has no access to the items after their storage.

Without hippocampal cells a cue is answered by a softmax over groups, whose values drive value cells
that fire from their rheobase on; summed spikes of the groups arrive as shot noise, whose highest
excursion during a cue decides.

It is told the slots that the circuit took, and nothing else of the run. Some of its numbers were
measured in the circuit once, on tuning seeds 0 to 8 where no others are named, and say so below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.consolidating_memory_parameters import ConsolidatingMemoryParameters
from hippokv.circuits.manipulation.manipulations import all_silenced
from hippokv.circuits.schedule import Event, Schedule, on_off
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.parameter import leaves

from .answering_groups import IDLE_PV_NS, answer, answer_of
from .items import Items, items_of
from .readout import Readout

#: How often a rested slot ignites in an up-state, once that has risen; measured.
IGNITION_HZ = 0.4
#: Time in which an up-state rises; measured.
RISE_MS = 130.0
#: Spikes of a hippocampal cell in a replay; measured.
REPLAY_SPIKES = 8.0
#: Spikes of a neocortical cell in a replay that its group answers, relative deviation included, and
#: the part of such replays that is answered: by a group that is in use, and by one that is not;
#: measured.
ANSWER_SPIKES, ANSWER_SPREAD, ANSWERED = (15.0, 8.0), 0.52, (0.94, 0.75)
#: The part of replays of two slots at once that is answered, that of those that two groups answer,
#: and the spikes of a cell then; measured on tuning seeds 20 to 33, with 35 such replays, so that
#: the first is known to .14 and the second to .18. For how many of these spikes deep cells fire for
#: the slot that falls silent first is anything from none to all, .59 on average.
PAIR_ANSWERED, PAIR_BY_TWO, PAIR_SPIKES = 0.77, 0.37, 10.5
#: Rate of driven deep cells in a replay, in that of an input cell; measured.
REBUILT_RATE = 2.33
#: Summed rate of neocortical cells in a cue, in that by the calibration of slots; measured.
CUED_RATE = 0.77
#: Time that two values of the noisy value current need to be independent, in ms: its decay;
#: from 15 to 60 the seeds 0 to 8 would allow.
INDEPENDENT_MS = 20.0


#: Settings of consolidation that the model follows; it takes all others as they are by default.
FOLLOWED = frozenset(
    {
        "n_groups", "cells_per_group", "vigilance", "cortical_value_pA",
        # Groups learn what slots rebuild and nothing else, as with 1.
        "offline_value_suppression",
        "rhythm.shortest_up_ms", "rhythm.longest_up_ms", "rhythm.shortest_down_ms",
        "rhythm.longest_down_ms", "replay.fatigue_jump_mV", "replay.fatigue_tau_ms",
        "neocortical.use_step", "neocortical.least_maturity", "neocortical.escape_width_mV",
        "neocortical.leak_nS", "neocortical_state.awake_current_pA",
        "cortical_key_rule.learning_rate", "cortical_key_rule.initial_weight",
        "cortical_value_rule.learning_rate",
    }
)  # fmt: skip

#: How the settings begin that it follows too where there are fewer groups than slots.
READ_BY_FEW = (
    "return_pA", "deep.", "neocortical.", "neocortical_state.", "neocortical_pv.",
    "replay.recurrent_",
)  # fmt: skip


def has_few_groups(parameters: ConsolidatingMemoryParameters) -> bool:
    """Return whether slots have to share groups, whose keys then match less than where measured."""
    return parameters.n_groups < parameters.n_slots


def not_followed(
    parameters: ConsolidatingMemoryParameters, also: frozenset[str] = frozenset()
) -> list[str]:
    """Return the settings of consolidation that were changed and that the model does not follow.

    Parameters
    ----------
    parameters
        The circuit's.
    also
        Settings that it follows beside its own.
    """
    of_slots = {key for key, _, _ in leaves(SlotMemoryParameters())}
    few = has_few_groups(parameters)
    default = {key: value for key, value, _ in leaves(type(parameters)())}
    return [
        key
        for key, value, _ in leaves(parameters)
        if key not in of_slots | FOLLOWED | also
        and value != default[key]
        and not (few and key.startswith(READ_BY_FEW))
    ]


def consolidated(
    parameters: ConsolidatingMemoryParameters, schedule: Schedule, readout: Readout, seed: int
) -> Readout:
    """Add to what slots recall in the rate model what neocortical groups do.

    Parameters
    ----------
    parameters
        The circuit's.
    schedule
        What happens, nights included.
    readout
        What the rate model of the slots stored and recalled.
    seed
        Seed of its replays.

    Returns
    -------
    Readout
        With the evidence of both.
    """
    model = Neocortex(parameters, schedule, items_of(schedule), seed)
    evidence = readout.evidence.copy()
    stored = asked = 0
    for event in schedule.events():
        if event.kind == "store":
            model.store(stored, readout.plateaus[stored])
            stored += 1
        elif event.kind == "recall":
            evidence[asked] = model.recall(
                event, asked, evidence[asked], float(readout.attention[asked].sum())
            )
            asked += 1
        elif schedule.level(OFFLINE, event) > 0 and not all_silenced(
            schedule, "hippocampal", event
        ):
            model.sleep(event.stop_ms - event.start_ms)
    return replace(readout, evidence=evidence)


class Neocortex:
    """Hold the slots' contents, and the keys and values of the groups, while a life goes on."""

    def __init__(
        self,
        parameters: ConsolidatingMemoryParameters,
        schedule: Schedule,
        items: Items,
        seed: int,
    ) -> None:
        self.parameters, self.schedule, self.items = parameters, schedule, items
        self.calibration = calibration_of(parameters)
        self.stream = np.random.default_rng((seed, 28))
        self.coincidences = np.random.default_rng((seed, 29))
        self.pairs = np.random.default_rng((seed, 31))
        width, content = 2 * items.keys.shape[1], 2 * items.values.shape[1]
        n_groups = parameters.n_groups
        self.slots: dict[int, tuple[Array, Array]] = {}
        self.fatigue: dict[int, float] = {}
        self.keys = np.full((n_groups, width), parameters.cortical_key_rule.initial_weight)
        self.values = np.zeros((n_groups, content))
        self.maturity, self.use = np.zeros(n_groups), np.zeros(n_groups)

    def store(self, item: int, slots: NDArray[np.bool_]) -> None:
        for slot in np.flatnonzero(slots):
            held = on_off(self.items.keys[item]), on_off(self.items.values[item])
            self.slots[int(slot)], self.fatigue[int(slot)] = held, 0.0

    def sleep(self, length_ms: float, in_pairs: float = 0.0) -> None:
        """Replay until the night is over, in such a part of replays two slots at once."""
        rhythm, replay = self.parameters.rhythm, self.parameters.replay
        now = 0.0
        while self.slots:
            down = self.stream.uniform(rhythm.shortest_down_ms, rhythm.longest_down_ms)
            up = self.stream.uniform(rhythm.shortest_up_ms, rhythm.longest_up_ms)
            now += down + up
            if now > length_ms:
                return
            for slot in self.fatigue:
                self.fatigue[slot] *= math.exp(-(down + up) / replay.fatigue_tau_ms)
            slots = list(self.slots)
            width_mV = self.parameters.hippocampal.escape_width_mV
            rates = IGNITION_HZ * np.exp([-self.fatigue[slot] / width_mV for slot in slots])
            able_s = max(up - RISE_MS, 0.0) / 1e3
            if self.stream.exponential(1 / rates.sum()) < able_s:
                slot = slots[self.stream.choice(len(slots), p=rates / rates.sum())]
                self.fatigue[slot] += REPLAY_SPIKES * replay.fatigue_jump_mV
                if len(slots) > 1 and self.pairs.random() < in_pairs:
                    other = self.pairs.choice([one for one in slots if one != slot])
                    self.learn_pair(slot, int(other), self.pairs.random())
                else:
                    self.learn(*self.slots[slot])

    def learn(self, key: Array, value: Array) -> None:
        """Let the group that answers take up what a slot rebuilt."""
        circuit = self.parameters
        per_match_pA = self.calibration.match_pA
        matches = self.matches(key)
        drive_pA = REBUILT_RATE * per_match_pA * matches
        drive_pA -= circuit.vigilance_pA * self.use
        cell = circuit.neocortical
        logit_pA = cell.escape_width_mV * (cell.leak_nS + IDLE_PV_NS)
        shares = np.exp((drive_pA - drive_pA.max()) / logit_pA)
        group = self.stream.choice(len(shares), p=shares / shares.sum())
        unused = int(self.use[group] == 0)
        if self.stream.random() > ANSWERED[unused]:
            return
        spikes = _answer_spikes(ANSWER_SPIKES[unused], self.stream)
        answering = [group]
        if has_few_groups(circuit):
            as_many, together = answer(circuit, matches, self.use, group)
            default = type(circuit)()
            measured = (0.0, 0.0) if unused else (default.n_inputs / 2, 1.0)
            spikes *= as_many / answer_of(default, measured).spikes
            answering += list(np.flatnonzero(self.coincidences.random(len(together)) < together))
        for one in answering:
            self.take(one, key, value, spikes)

    def learn_pair(self, slot: int, other: int, part: float) -> None:
        """Let the groups that answer take up what two slots rebuilt, the other for a part of it."""
        if self.pairs.random() > PAIR_ANSWERED:
            return
        key, value = self.rebuilt((slot, other), part)
        matches = np.where(self.use > 0, self.matches(key), -np.inf)
        number = 1 + int(self.pairs.random() < PAIR_BY_TWO)
        for group in np.argsort(-matches, kind="stable")[:number]:
            self.take(int(group), key, value, _answer_spikes(PAIR_SPIKES, self.pairs))

    def rebuilt(self, slots: Sequence[int], part: float = 1.0) -> tuple[Array, Array]:
        """Return what slots rebuild together: deep and value cells fire for any of them.

        Parameters
        ----------
        slots
            The slots.
        part
            For which part of a replay those after the first fire.
        """
        keys, values = zip(*(self.slots[slot] for slot in slots), strict=True)
        counted = np.where(np.arange(len(slots)) == 0, 1.0, part)[:, np.newaxis]
        return np.max(counted * keys, axis=0), np.max(counted * values, axis=0)

    def take(self, group: int, key: Array, value: Array, spikes: float) -> None:
        """Let a group take up what a slot rebuilt, at so many spikes of each of its cells."""
        circuit = self.parameters
        kept_key = (1 - circuit.cortical_key_rule.learning_rate) ** spikes
        kept_value = (1 - circuit.cortical_value_rule.learning_rate) ** spikes
        self.keys[group] = key + kept_key * (self.keys[group] - key)
        self.values[group] = value + kept_value * (self.values[group] - value)
        self.maturity[group] = 1 - kept_key * (1 - self.maturity[group])
        step = circuit.neocortical.use_step * spikes * circuit.cells_per_group
        self.use[group] = min(self.use[group] + step, 1.0)

    def recall(self, event: Event, asked: int, by_slots: Array, attention: float) -> Array:
        """Return the evidence for each value entry.

        Parameters
        ----------
        by_slots
            Evidence by slots alone, shape (m,).
        attention
            1 where slots fire, 0 where they are silent.
        """
        circuit = self.parameters
        cue = on_off(self.items.queries[asked])
        given = float(cue.sum()) if not all_silenced(self.schedule, "deep", event) else 0.0
        logits = 2 * self.calibration.beta(given) * self.matches(cue) * (given > 0)
        shares = np.exp(logits - logits.max())
        drive = shares / shares.sum() @ self.values
        tau_s = circuit.cortical.value_tau_ms / 1e3
        rate = self._rate_Hz(given)
        samples = max((event.stop_ms - event.start_ms) / INDEPENDENT_MS, 1.0)
        highest = float(self.stream.normal(size=math.ceil(samples)).max())
        cell = circuit.cortical
        # The membrane smooths shot noise as it smooths the cell's own.
        smoothing = tau_s / (tau_s + cell.capacitance_pF / cell.leak_nS / 1e3)
        pA = circuit.cortical_value_pA * (
            tau_s * rate + highest * math.sqrt(rate * tau_s / 2 * smoothing)
        )
        if attention > 0:
            slots_pA = circuit.value_pA * tau_s * circuit.population_rate_Hz / 2
            on, off = np.split(pA * drive, 2)
            together: Array = slots_pA * by_slots + on - off
            return together
        rheobase_pA = cell.leak_nS * (cell.spike_threshold_mV - cell.resting_voltage_mV)
        needed_pA = rheobase_pA - highest * cell.noise_pA * math.sqrt(0.5)
        on, off = np.split(np.maximum(pA * drive - needed_pA, 0.0), 2)
        evidence: Array = on - off
        return evidence

    def matches(self, pattern: Array) -> Array:
        """Return the matches of each group's key, those of mismatches taken away.

        A pattern has the shape (2d,), or (2d, K) for K of them.
        """
        least = self.parameters.neocortical.least_maturity
        naive = self.parameters.cortical_key_rule.initial_weight
        gain = 1 / np.maximum(self.maturity, least)
        matches: Array = (gain * ((self.keys - naive) @ pattern).T).T
        return matches

    def _rate_Hz(self, given: float) -> float:
        """Return the summed rate of neocortical cells that PV cells hold, as in slots."""
        state, circuit = self.parameters.neocortical_state, self.parameters
        hippocampal = self.calibration
        more_pA = state.awake_current_pA + given / 2 * hippocampal.match_pA - hippocampal.bias_pA
        matches = more_pA / hippocampal.match_pA if hippocampal.match_pA else 0.0
        return CUED_RATE * min(hippocampal.summed_rate_Hz(0, matches), 1e3 * circuit.n_groups)


def _answer_spikes(mean: float, stream: np.random.Generator) -> float:
    shape = ANSWER_SPREAD**-2
    return float(stream.gamma(shape, mean / shape))
