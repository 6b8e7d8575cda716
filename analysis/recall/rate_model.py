"""The rate model: the key-value network of Tyulmankov et al. 2021 on the same schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Erase,
    Express,
    Light,
    ScaleWeights,
    Tag,
    silenced,
)
from hippokv.circuits.schedule import Event, Schedule, on_off

from .items import Items, items_of
from .practice import Practice
from .readout import Readout

#: Inverse temperature, and the logit that a light adds, for a number of entries given.
Lit = Callable[[float, Light], tuple[float, float]]
#: Shares of slots as the limits of inhibition leave them, for a number of entries given and of
#: matches of the best slot.
Answer = Callable[[Array, float, float], Array]
#: Share of the attention from which on the cells of a slot fire enough to be labelled by spikes.
LABELLED_SHARE = 0.5
MANY_SPIKES = 1e6
#: Weights before anything is learned.
NAIVE = {"keys": 0.5, "values": 0.0}

Effect = TypeVar("Effect", Light, Tag, BlockPlasticity)


@dataclass(frozen=True)
class Learning:
    r"""Say how the synapses of the rate model learn; the defaults are Eq 9 and 11.

    Parameters
    ----------
    key_written
        Part of the old key that is replaced at a level of the neuromodulator (:math:`\eta^K`).
    passive_values
        Whether values forget passively, at each item stored (Eq 13 and 16), instead of where they
        are written. They are written by what fires while the item is shown: not the attention of
        Eq 10, which two slots with the same key share, but the bursts of the plateaus, which are
        as long in each slot.
    values_kept
        What is left of the values then, for the level and the duration of a storage in ms.
    values_written
        Part of the old value that one burst replaces then.
    stabilises
        Whether what is written at a level of the neuromodulator stays for ever (Eq 17).
    """

    key_written: Callable[[float], float] = lambda level: float(level > 0)
    passive_values: bool = False
    values_kept: Callable[[float, float], float] = lambda level, duration_ms: 1.0
    values_written: float = 1.0
    stabilises: Callable[[float], bool] = lambda level: level > 1


def rate_model(
    schedule: Schedule,
    n_slots: int,
    beta: Callable[[float], float],
    plateaus: NDArray[np.bool_] | None = None,
    first_slot: int = 0,
    lit: Lit | None = None,
    plateau_writes: bool = False,
    learning: Learning = Learning(),  # noqa: B008, it is frozen
    answer: Answer | None = None,
    practice: Practice | None = None,
) -> Readout:
    r"""Predict the outcome of a schedule by the rate model (Tyulmankov et al. 2021, Eq 4-17).

    .. math::

        K_{t+1} &= (1-\eta_t)\odot K_t + \eta_t\odot \mathbf 1 x_t^\top      &(9)\\
        h'_t    &= \mathrm{softmax}(\beta K_{t+1} x_t)                      &(10)\\
        V_{t+1} &= (1-\eta_t)\odot V_t + \eta_t\odot y_t h_t'^\top           &(11)\\
        h       &= \mathrm{softmax}(\beta K \tilde x), \quad \tilde y = V h  &(4, 5)

    with :math:`\eta_t = q_t\gamma_t` (Eq 8) and :math:`\gamma_t` one at the least recently used
    slot (Eq 6), which also moves on at each event ``advance`` and passes over stable slots, or
    where the circuit had its plateaus. In a recall through the recurrent loop (channel ``loop``)
    the cue is the sign of what was recalled before (Fig 5b).

    Patterns are pairs of ON and OFF entries, as in the circuit: with weights in [0, 1],
    :math:`2\beta K\tilde x` is the dot product of +-1 patterns up to a constant. Manipulations of
    the schedule act on the parts of the model that they name: a silenced input or value entry is
    0; a slot of which the part *a* of the cells fires, *p* of them with light on their opsin, has
    the weight :math:`a\,(1 - p + p\,e^{L})` in the softmax, *L* the logit that the photocurrent
    adds. Interneurons have no part in it: it predicts what it does with all of them.

    Parameters
    ----------
    n_slots
        Number of hidden units N.
    beta
        Inverse temperature for a cue that gives so many entries, from the circuit's calibration;
        the paper has 1.
    plateaus
        Slots that take each item, shape (T, N), where the circuit chose them at random (Eq 7).
    first_slot
        Slot of the first item, without ``plateaus``.
    lit
        What light does, from the circuit's calibration; needed where the schedule has any.
    plateau_writes
        Whether values are written by the slots with a plateau alone, an equal part each, whose
        burst silences all others in the circuit. It differs from Eq 10 and 11 where other slots
        match what is shown as well: where a key is stored again, or light starts the plateau.
    learning
        How synapses learn, from the circuit's calibration.
    answer
        What inhibition makes of a recall where it reaches its limits, from the circuit's
        calibration; the paper's model has none. In light it is not asked.
    practice
        How much more readily what was recalled is recalled again, where the circuit has such.

    Returns
    -------
    Readout
        With ``evidence`` the output :math:`\tilde y`.
    """
    items = items_of(schedule)
    n_items = len(items.keys)
    model = _Model(schedule, items, n_slots, beta, lit, plateau_writes, learning, answer, practice)
    # What fires without a cue is practised as well.
    rests = ("rest",) if practice else ()
    events = schedule.events("store", "recall", "advance", *rests)
    in_turn = plateaus is None
    kinds = [event.kind for event in events if event.kind not in ("recall", "rest")]
    called = first_slot - (kinds.index("store") if "store" in kinds else 0)
    if plateaus is None:
        plateaus = np.zeros((n_items, n_slots), dtype=bool)
    stored = asked = 0
    attention: list[Array] = []
    evidence: list[Array] = []
    match: list[float] = []
    for event in events:
        model.advance(event)
        if event.kind == "rest":
            model.rest(event)
            continue
        if event.kind != "recall" and in_turn:
            called = model.next_slot(called)
            if event.kind == "store":
                plateaus[stored, called] = True
            called += 1
        if event.kind == "store":
            model.store(event, items.keys[stored], items.values[stored], plateaus[stored])
            stored += 1
        elif event.kind == "recall":
            looped = items.looped[asked] and evidence
            cue = np.sign(evidence[-1]) if looped else items.queries[asked]
            shares = model.recall(event, cue)
            attention.append(shares)
            match.append(model.match)
            evidence.append(model.output(event, shares))
            asked += 1
    keys, values = model.weights()
    n_outputs = items.values.shape[1]
    return Readout(
        plateaus,
        np.array(attention).reshape(-1, n_slots),
        np.array(evidence).reshape(-1, n_outputs),
        keys,
        values,
        np.array(match, dtype=float),
    )


class _Model:
    """Hold the weights and labels of the rate model while a schedule goes on."""

    def __init__(
        self,
        schedule: Schedule,
        items: Items,
        n_slots: int,
        beta: Callable[[float], float],
        lit: Lit | None,
        plateau_writes: bool,
        learning: Learning,
        answer: Answer | None,
        practice: Practice | None,
    ) -> None:
        self.schedule, self.n_slots, self.beta, self.lit = schedule, n_slots, beta, lit
        self.plateau_writes, self.learning, self.answer = plateau_writes, learning, answer
        self.keys = np.full((n_slots, 2 * items.keys.shape[1]), NAIVE["keys"])
        self.values = np.full((n_slots, 2 * items.values.shape[1]), NAIVE["values"])
        self.stable = {"keys": np.zeros(n_slots, bool), "values": np.zeros(n_slots, bool)}
        self.label = np.zeros(n_slots)
        self.practice = practice
        self.eager = practice.at_first(n_slots) if practice else np.zeros(n_slots)
        self.expression: dict[str, Array] = {}
        self.match = -np.inf
        at_once = Express | ScaleWeights | Erase
        # What a circuit learns beside keys and values has no rate form.
        rows = [
            row
            for row in schedule.manipulations
            if isinstance(row, at_once) and (isinstance(row, Express) or row.projection in NAIVE)
        ]
        self.ahead = sorted(rows, key=lambda row: row.at_ms)

    def advance(self, event: Event) -> None:
        """Do what manipulations do at once, up to the middle of an event."""
        while self.ahead and self.ahead[0].at_ms <= _middle(event):
            row = self.ahead.pop(0)
            if isinstance(row, ScaleWeights):
                tagged = (self.label > 0) if row.tagged else np.ones(self.n_slots, bool)
                self.weights_of(row.projection)[tagged] *= 1 - row.fraction * (1 - row.factor)
            elif isinstance(row, Erase):
                self.weights_of(row.projection)[:] = NAIVE[row.projection]
                self.stable[row.projection][:] = False
            elif row.population == "hippocampal":
                made = row.probability * (self.label >= row.threshold)
                before = self.expression.get(row.opsin, np.zeros(self.n_slots))
                self.expression[row.opsin] = 1 - (1 - before) * (1 - made)

    def store(self, event: Event, key: Array, value: Array, gamma: NDArray[np.bool_]) -> None:
        """Write an item into the slots that have a plateau."""
        gamma = gamma & (self._alive(event) > 0)
        self.eager[gamma] = 0.0
        shown = on_off(key) * self._active(event, "entorhinal")
        level = self.schedule.level("acetylcholine", event)
        strong = self.learning.stabilises(level)
        if not self._blocked(event, "keys"):
            written = gamma & ~self.stable["keys"]
            self.keys[written] += self.learning.key_written(level) * (shown - self.keys[written])
            self.stable["keys"] |= written & strong
        if not self._blocked(event, "values") and level > 0:
            hidden = self.recall(event, key)
            if self.plateau_writes:
                hidden = gamma / max(gamma.sum(), 1)
            taught = on_off(value) * self._active(event, "cortical")
            plastic = ~self.stable["values"]
            if self.learning.passive_values:
                # No local factor says which synapses a strong neuromodulator should close.
                strong = False
                kept = self.learning.values_kept(level, event.stop_ms - event.start_ms)
                self.values[plastic] *= kept
                away = taught - self.values[gamma & plastic]
                self.values[gamma & plastic] += self.learning.values_written * away
            else:
                self.values[gamma & plastic] = np.outer(hidden[gamma & plastic], taught)
            self.stable["values"] |= gamma & plastic & strong
        self._tag(event, plateaus=gamma.astype(float), spikes=gamma.astype(float))

    def next_slot(self, called: int) -> int:
        """Return the first slot from one on, in the ring of all, that is not stable."""
        turn = (called + np.arange(self.n_slots)) % self.n_slots
        free = turn[~self.stable["keys"][turn]]
        return int(free[0] if free.size else turn[0])

    def recall(self, event: Event, cue: Array) -> Array:
        """Return the attention over slots."""
        shown = on_off(cue) * self._active(event, "entorhinal")
        n_given = float(np.abs(cue).sum())
        matches = self.keys @ shown
        # Keys that were amplified call up inhibition as a fuller cue would.
        n_given = max(n_given, float(matches.max()))
        if self.practice:
            n_given = self.practice.as_entries(n_given, matches, self.eager)
        beta, weight = self.beta(n_given), self._alive(event)
        lit = False
        for row in self._during(event, Light):
            made = self.expression.get(row.opsin)
            if row.population == "hippocampal" and made is not None and made.any():
                assert self.lit
                lit = True
                beta, logit = self.lit(n_given, row)
                weight = weight * (1 - made + made * np.exp(np.clip(logit, -500, 500)))
        logits = 2 * beta * matches + self.eager
        shares: Array = weight * np.exp(logits - logits.max())
        total = max(float(shares.sum()), np.finfo(float).tiny)
        shares /= total
        self.match = float(logits.max() + np.log(total))
        if self.answer and event.kind == "recall" and not lit and weight.any():
            # Interneurons count what reaches them.
            shares = self.answer(shares, float(shown.sum()), float(matches[weight > 0].max()))
        if self.practice and event.kind == "recall":
            lasting_ms = event.stop_ms - event.start_ms
            shares, self.eager = self.practice.over(self.eager, shares, n_given, lasting_ms)
        self._tag(
            event, plateaus=np.zeros(self.n_slots), spikes=(shares >= LABELLED_SHARE).astype(float)
        )
        return shares

    def rest(self, event: Event) -> None:
        """Practise what fires in a rest: without a cue slots differ in nothing else."""
        assert self.practice
        weight = np.exp(self.eager) * self._alive(event)
        shares = weight / max(float(weight.sum()), np.finfo(float).tiny)
        self.eager = self.practice.after(self.eager, shares, 0.0, event.stop_ms - event.start_ms)

    def output(self, event: Event, shares: Array) -> Array:
        """Return the evidence for each value entry."""
        on, off = np.split((shares @ self.values) * self._active(event, "cortical"), 2)
        evidence: Array = on - off
        return evidence

    def weights_of(self, projection: str) -> Array:
        """Return the weights of a projection, to be changed in place."""
        return {"keys": self.keys, "values": self.values}[projection]

    def weights(self) -> tuple[Array, Array]:
        """Return the weights as ON minus OFF."""
        keys, values = (np.split(table, 2, axis=1) for table in (self.keys, self.values))
        return keys[0] - keys[1], values[0] - values[1]

    def _during(self, event: Event, kind: type[Effect]) -> list[Effect]:
        return [
            row
            for row in self.schedule.manipulations
            if isinstance(row, kind) and row.start_ms <= _middle(event) < row.stop_ms
        ]

    def _blocked(self, event: Event, projection: str) -> bool:
        return any(row.projection == projection for row in self._during(event, BlockPlasticity))

    def _silent(self, event: Event, population: str) -> NDArray[np.bool_]:
        return silenced(self.schedule, population, _middle(event))

    def _active(self, event: Event, population: str) -> Array | float:
        silent = self._silent(event, population)
        if not silent.any():
            return 1.0
        # A unit whose cells are silent in part says as much less.
        width = self.schedule.widths.get(population, silent.size)
        active: Array = (~silent).reshape(width, -1).mean(axis=1)
        return active

    def _alive(self, event: Event) -> Array:
        silent = self._silent(event, "hippocampal")
        if not silent.any():
            return np.ones(self.n_slots)
        alive: Array = 1.0 - silent.reshape(self.n_slots, -1).mean(axis=1)
        return alive

    def _tag(self, event: Event, **active: Array) -> None:
        for row in self._during(event, Tag):
            if row.population == "hippocampal":
                # A burst or a cue makes more spikes than any label asks for.
                self.label += active[row.by] * (1.0 if row.by == "plateaus" else MANY_SPIKES)


def _middle(event: Event) -> float:
    return (event.start_ms + event.stop_ms) / 2
