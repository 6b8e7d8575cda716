r"""The rate model of reminders: slots that close and open again, and neocortical values that fade.

Nights, replays, and neocortical keys and values are those of :mod:`.consolidation`. Beside them
each slot *k* has a closure :math:`\theta_k`, which grows offline towards its most. Awake slots
share the attention by a softmax of

.. math:: s\,(2\beta\,m_k - c\,\theta_k/\Delta),

with :math:`m_k` the matches of slot *k* and :math:`-\theta_k` the novelty where it holds nothing.
What fires opens: each spike of a cell takes a part of its closure. What slots give back makes deep
cells fire more, and neocortical groups with them; while their activity is above what counts as
returned, each spike of a group takes a part of its values.

Groups share their attention moment by moment. Deep cells that a place drives fire regularly, so
what groups receive rises and falls within each period, by how many fire at once; their phases stay
while the place is shown. In a part of replays two slots ignite together, and groups that answer
learn both, the one that falls silent first in part (:meth:`.consolidation.Neocortex.learn_pair`).

What groups receive is taken as their key currents make it: that the membrane smooths it, and that
all cells begin in step when a place appears, are left out; they act against each other.

Up to here all is rates, in steps of :data:`STEP_MS`. Freezing is read from spikes, so value cells
are integrated as the circuit has them, and driven by Poisson spikes at these rates.

The model is told the slots that the circuit took, and nothing else of the run, unless it is told
what replayed (:func:`replays_in`). Some of its numbers were measured in the circuit, on tuning
seeds 3 to 6 and 20 to 33, and say so below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.integrate_and_fire import firing_rate_Hz
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.cells.pattern_cells import PatternCellParameters
from hippokv.circuits.cells.reopening import ReopeningParameters
from hippokv.circuits.manipulation.manipulations import all_silenced
from hippokv.circuits.recording import Recording
from hippokv.circuits.reminding_memory_parameters import RemindingMemoryParameters
from hippokv.circuits.schedule import Event, Schedule

from .consolidation import Neocortex
from .items import items_of
from .rate_model import NAIVE
from .readout import SETTLING_MS, Readout, on_minus_off

#: By how much steeper the softmax is than the calibration says where a whole place is shown, and
#: PV cells are near their fastest; measured on tuning seeds 3 to 6.
STEEPER = 1.11
#: How much of a threshold that is lower by novelty, and of one that is higher by closure, counts;
#: measured on tuning seeds 20 to 33, by the spikes of the slot of A in a test, 1.5 in B after a day
#: and 9 in A after 28.
NOVEL_COUNTED, CLOSED_COUNTED = 0.67, 0.89
#: Standard deviation of the logits of the cells of a slot; follows from the jitter of 40 keys of
#: 10 % and of 40 PV synapses of 5 %.
SPREAD = 0.5
#: Summed rate of hippocampal cells then, in that of the calibration; measured on the same seeds.
WHOLE_RATE = 1.5
#: Summed rate of neocortical cells while a whole place is shown, in that of the calibration;
#: measured on the same seeds.
WHOLE_CORTICAL_RATE = 0.87
#: The part of replays in which two slots ignite together; measured on tuning seeds 20 to 33, in 35
#: of 5418.
IN_PAIRS = 0.0065
#: Moments at which groups share their attention; chosen: ten periods of a deep cell that a place
#: drives, six moments in each.
MOMENTS_MS: Array = np.arange(0.0, 100.0, 1.5, dtype=np.float64)
#: Settings of reminders, all of which the model follows.
FOLLOWED = frozenset(f"reopening.{one.name}" for one in fields(ReopeningParameters))
#: Silence between hippocampal spikes that ends a replay; chosen: volleys of one replay are 60 ms
#: apart, up-states 150 ms and more.
PAUSE_MS = 80.0
#: Steps of the rates, and of the value cells.
STEP_MS, VALUE_STEP_MS = 50.0, 1.0


@dataclass(frozen=True)
class Replay:
    """Hold a replay: the slots that fired, nearly always one, and the groups that answered.

    Parameters
    ----------
    slots
        Those that fired a spike a cell or more on average; the one that fired most, if none did.
    answers
        Spikes of each cell of the groups that answered.
    """

    slots: tuple[int, ...]
    answers: Mapping[int, float]


def replays_in(
    recording: Recording, schedule: Schedule, parameters: RemindingMemoryParameters
) -> list[list[Replay]]:
    """Return what replayed in each night of a circuit, and which groups answered.

    A replay is a burst of hippocampal spikes; groups that fire meanwhile answer it, if any do.
    """
    hippocampal, neocortical = (recording.spikes[name] for name in ("hippocampal", "neocortical"))
    found = []
    for night in _nights(schedule):
        window = hippocampal.between(night.start_ms, night.stop_ms)
        times_ms = hippocampal.time_s[window] * 1e3
        replays = []
        for burst in np.split(times_ms, np.flatnonzero(np.diff(times_ms) > PAUSE_MS) + 1):
            if len(burst) < parameters.cells_per_slot:
                continue
            start, stop = float(burst[0]), float(burst[-1]) + PAUSE_MS
            by_slot = hippocampal.counts(start, stop).reshape(parameters.n_slots, -1).sum(axis=1)
            slots = np.flatnonzero(by_slot >= parameters.cells_per_slot)
            cells = neocortical.counts(start, stop).reshape(parameters.n_groups, -1)
            # Single cells of a group may fire, and learn alone.
            answers = np.median(cells, axis=1)
            answering = np.flatnonzero(answers >= 1).tolist()
            replays.append(
                Replay(
                    tuple(slots.tolist()) or (int(by_slot.argmax()),),
                    {group: float(answers[group]) for group in answering},
                )
            )
        found.append(replays)
    return found


def _nights(schedule: Schedule) -> list[Event]:
    return [event for event in schedule.events() if schedule.level(OFFLINE, event) > 0]


def reminded(
    parameters: RemindingMemoryParameters, schedule: Schedule, readout: Readout, seed: int,
    replays: Sequence[Sequence[Replay]] | None = None,
) -> Readout:  # fmt: skip
    """Return what a place brings back, of slots that close and of neocortex.

    Parameters
    ----------
    parameters
        The circuit's.
    schedule
        What happens, nights and reminders included.
    readout
        What the rate model of the slots stored, and recalled as if slots did not close.
    seed
        Seed of its replays, and of the spikes that value cells receive.
    replays
        What replays in each night, where it is told; else it draws its own.

    Returns
    -------
    Readout
        With the attention over slots that close, and as evidence what ON cells fire more than OFF
        cells, in the spikes of a driven cell.
    """
    model = _Reminding(parameters, schedule, seed)
    stored = 0
    heard: list[_Heard] = []
    told = iter(replays) if replays is not None else None
    for event in schedule.events():
        if event.kind == "store":
            model.store(stored, readout.plateaus[stored])
            stored += 1
        elif event.kind in ("remind", "recall"):
            shown = model.show(event)
            heard += [shown] if event.kind == "recall" else []
        elif schedule.level(OFFLINE, event) > 0:
            model.night(event, next(told) if told else None)
    if not heard:
        return readout
    lasting_ms = heard[0].lasting_ms
    spikes = value_spikes(
        parameters.cortical,
        np.array([one.rates_Hz for one in heard]),
        np.array([one.jumps_pA for one in heard]),
        lasting_ms,
        np.random.default_rng((seed, 29)),
    )
    driven = max(parameters.cortical.rate_Hz * lasting_ms / 1e3, 1e-9)
    attention = np.array([one.attention for one in heard])
    return replace(readout, attention=attention, evidence=spikes / driven)


@dataclass(frozen=True)
class _Heard:
    """What value cells hear of a place: rates of slots and groups, and the jumps they make."""

    attention: Array
    rates_Hz: Array
    jumps_pA: Array
    lasting_ms: float


class _Reminding:
    """Hold how far slots are closed, and the neocortex beside them."""

    def __init__(
        self, parameters: RemindingMemoryParameters, schedule: Schedule, seed: int
    ) -> None:
        self.parameters, self.schedule = parameters, schedule
        self.neocortex = Neocortex(parameters, schedule, items_of(schedule), seed)
        self.stream = np.random.default_rng((seed, 32))
        self.calibration = self.neocortex.calibration
        n_slots = parameters.n_slots
        self.keys = np.full((n_slots, self.neocortex.keys.shape[1]), NAIVE["keys"])
        self.values = np.full((n_slots, self.neocortex.values.shape[1]), NAIVE["values"])
        # Cells that hold nothing have a threshold that is lower.
        n_cells = parameters.cells_per_slot
        self.closure_mV = np.full((n_slots, n_cells), -parameters.reopening.novelty_mV)
        places = (np.arange(n_cells) + 0.5) / n_cells
        self.luck = SPREAD * np.array([NormalDist().inv_cdf(float(one)) for one in places])

    def store(self, item: int, slots: NDArray[np.bool_]) -> None:
        self.neocortex.store(item, slots)
        for slot in np.flatnonzero(slots):
            self.keys[slot], self.values[slot] = self.neocortex.slots[int(slot)]
            self.closure_mV[slot] = 0.0

    def night(self, event: Event, replays: Sequence[Replay] | None) -> None:
        """Replay, unless hippocampal cells are silent, and close what holds something."""
        own, lasting_ms = self.parameters.reopening, event.stop_ms - event.start_ms
        if replays is not None:
            for one in replays:
                slots = [slot for slot in one.slots if slot in self.neocortex.slots]
                for group, spikes in one.answers.items() if slots else ():
                    self.neocortex.take(group, *self.neocortex.rebuilt(slots), spikes)
        elif not all_silenced(self.schedule, "hippocampal", event):
            self.neocortex.sleep(lasting_ms, IN_PAIRS)
        part = 1 - math.exp(-lasting_ms / own.closing_tau_ms)
        full = self._full
        self.closure_mV[full] += part * (own.closed_mV - self.closure_mV[full])

    def show(self, event: Event) -> _Heard:
        """Show a place, while slots open and neocortical values fade; return the means."""
        place = np.asarray(self.schedule.first_epoch(event).drive["entorhinal"], dtype=float)
        lasting_ms = event.stop_ms - event.start_ms
        steps = max(round(lasting_ms / STEP_MS), 1)
        alive = not all_silenced(self.schedule, "hippocampal", event)
        n_slots, circuit = self.parameters.n_slots, self.parameters
        phases = self.stream.random(len(place))
        by_slots = np.zeros(n_slots)
        by_groups, values = np.zeros(circuit.n_groups), np.zeros_like(self.neocortex.values)
        for _ in range(steps):
            cells_Hz = self._attend(place) if alive else np.zeros_like(self.closure_mV)
            slots_Hz = cells_Hz.sum(axis=1)
            deep = self._deep(place, slots_Hz)
            groups_Hz = self._groups_Hz(deep, phases)
            by_slots += slots_Hz / steps
            by_groups += groups_Hz / steps
            values += self.neocortex.values / steps
            self._open(cells_Hz, lasting_ms / steps)
            returned = self._returned(deep, float(slots_Hz[self._full].sum()))
            self._fade(returned * groups_Hz, lasting_ms / steps)
        return _Heard(
            by_slots / max(float(by_slots.sum()), np.finfo(float).tiny),
            np.concatenate([by_slots, by_groups]),
            np.concatenate([circuit.value_pA * self.values, circuit.cortical_value_pA * values]),
            lasting_ms,
        )

    @property
    def _full(self) -> NDArray[np.bool_]:
        full = np.zeros(self.parameters.n_slots, bool)
        full[list(self.neocortex.slots)] = True
        return full

    def _attend(self, place: Array) -> Array:
        """Return the rate of each cell of each slot, shape (N, cells)."""
        given = float(place.sum())
        matches = (self.keys @ place)[:, np.newaxis]
        counted = np.where(self._full, CLOSED_COUNTED, NOVEL_COUNTED)[:, np.newaxis]
        as_logit = counted * self.closure_mV / self.parameters.hippocampal.escape_width_mV
        per_match = 2 * STEEPER * self.calibration.beta(given)
        logits = per_match * matches - as_logit + self.luck
        shares = np.exp(logits - logits.max())
        best = float((matches - as_logit / per_match).max())
        rate_Hz = WHOLE_RATE * self.calibration.summed_rate_Hz(given, best)
        rates: Array = rate_Hz * shares / shares.sum()
        return rates

    def _open(self, cells_Hz: Array, lasting_ms: float) -> None:
        kept = (1 - self.parameters.reopening.reopening) ** (cells_Hz * lasting_ms / 1e3)
        self.closure_mV *= np.where(self._full[:, np.newaxis], kept, 1.0)

    def _deep(self, place: Array, slots_Hz: Array) -> Array:
        """Return the rate of each deep cell, in that of a driven one."""
        circuit, cell = self.parameters, self.parameters.deep
        returned_pA = circuit.return_pA * cell.value_tau_ms / 1e3 * (slots_Hz * self._full)
        current_pA = cell.drive_pA * place + returned_pA @ self.keys
        different, which = np.unique(current_pA, return_inverse=True)
        rates = np.array([firing_rate_Hz(cell, float(one)) for one in different])
        return rates[which] / max(cell.rate_Hz, 1e-9)

    def _groups_Hz(self, deep: Array, phases: Array) -> Array:
        """Return the summed rate of the cells of each group, the mean over moments."""
        circuit, calibration = self.parameters, self.calibration
        matches = self.neocortex.matches(deep)
        more_pA = circuit.neocortical_state.awake_current_pA - calibration.bias_pA
        most = max(float(matches.max()), 0.0)
        as_matches = most + more_pA / calibration.match_pA if calibration.match_pA else 0.0
        felt = regular_spikes(
            deep * circuit.deep.rate_Hz, phases, circuit.neocortical.key_tau_ms, MOMENTS_MS
        )
        logits = (
            2 * calibration.beta(0, as_matches) * self.neocortex.matches(deep[:, np.newaxis] * felt)
        )
        shares = np.exp(logits - logits.max(axis=0))
        shares = (shares / shares.sum(axis=0)).mean(axis=1)
        rate_Hz = WHOLE_CORTICAL_RATE * calibration.summed_rate_Hz(0, as_matches)
        rates: Array = shares * min(rate_Hz, 1e3 * circuit.n_groups)
        return rates

    def _returned(self, deep: Array, slots_Hz: float) -> float:
        """Return the part of the time in which the activity of deep cells counts as returned.

        It fluctuates with the spikes of the slots, which the current of deep cells and what is felt
        of their activity smooth.
        """
        if slots_Hz <= 0:
            return 0.0
        circuit = self.parameters
        smoothing_s = (circuit.deep.value_tau_ms + circuit.neocortical_state.activity_tau_ms) / 1e3
        added = float(deep.mean()) - 0.5
        spread = added / math.sqrt(2 * slots_Hz * smoothing_s)
        above = float(deep.mean()) - circuit.reopening.returned
        return 0.5 * (1 + math.erf(above / max(spread, 1e-9) / math.sqrt(2)))

    def _fade(self, groups_Hz: Array, lasting_ms: float) -> None:
        spikes = groups_Hz * lasting_ms / 1e3 / self.parameters.cells_per_group
        kept = (1 - self.parameters.reopening.lability) ** spikes
        self.neocortex.values *= kept[:, np.newaxis]


def regular_spikes(rates_Hz: Array, phases: Array, tau_ms: float, times_ms: Array) -> Array:
    """Return what cells feel of others that fire regularly, in its mean over time.

    Parameters
    ----------
    rates_Hz
        Rates of the cells that fire, shape (n,).
    phases
        Where in its period each is at time 0, from 0 to 1, shape (n,).
    tau_ms
        Decay of what a spike makes.
    times_ms
        When, shape (K,).

    Returns
    -------
    array
        Shape (n, K).
    """
    periods = 1e3 / np.maximum(rates_Hz, 1.0)[:, np.newaxis] / tau_ms
    since_spike = (times_ms / tau_ms + phases[:, np.newaxis] * periods) % periods
    felt: Array = periods / -np.expm1(-periods) * np.exp(-since_spike)
    return felt


def value_spikes(
    cell: PatternCellParameters,
    rates_Hz: Array,
    jumps_pA: Array,
    lasting_ms: float,
    stream: np.random.Generator,
) -> Array:
    """Return how many more spikes ON cells fire than OFF cells, driven by Poisson spikes.

    Parameters
    ----------
    cell
        Constants of a value cell.
    rates_Hz
        Rate of each source in each recall, shape (Q, sources).
    jumps_pA
        By how much its spikes raise the current of each value cell, shape (Q, sources, 2m).
    lasting_ms
        How long sources fire.
    stream
        Random numbers.

    Returns
    -------
    array
        Shape (Q, m), of the window in which spikes of a circuit are counted.
    """
    shape = (len(rates_Hz), jumps_pA.shape[2])
    step = VALUE_STEP_MS
    voltage = np.full(shape, cell.resting_voltage_mV)
    current_pA, free_ms, spikes = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    noise_pA = cell.noise_pA * stream.standard_normal(shape)
    kept_current = math.exp(-step / cell.value_tau_ms)
    kept_voltage = math.exp(-step * cell.leak_nS / cell.capacitance_pF)
    kept_noise = math.exp(-step / cell.noise_tau_ms)
    # What a spike adds over a step is its mean there, not its peak.
    charge = cell.value_tau_ms * (1 - kept_current) / step
    for number in range(round((lasting_ms + SETTLING_MS) / step)):
        now_ms = number * step
        if now_ms < lasting_ms:
            arrived = stream.poisson(rates_Hz * step / 1e3)
            current_pA += charge * (arrived[:, np.newaxis, :] @ jumps_pA)[:, 0]
        drawn = stream.standard_normal(shape)
        noise_pA = kept_noise * noise_pA + math.sqrt(1 - kept_noise**2) * cell.noise_pA * drawn
        target = cell.resting_voltage_mV + (current_pA + noise_pA) / cell.leak_nS
        free = now_ms >= free_ms
        voltage = np.where(free, target + (voltage - target) * kept_voltage, voltage)
        fired = free & (voltage > cell.spike_threshold_mV)
        voltage[fired] = cell.reset_voltage_mV
        free_ms[fired] = now_ms + cell.refractory_period_ms
        spikes += fired & (now_ms >= SETTLING_MS)
        current_pA *= kept_current
    return on_minus_off(spikes)
