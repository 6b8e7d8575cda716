"""Store items and ask for them: a protocol from its schedule, with the rate model beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv import components
from hippokv.analysis.recall.activity import activity, sampling_floor
from hippokv.analysis.recall.certainty import Certainty, certainties
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.practice import practice_of
from hippokv.analysis.recall.rate_model import NAIVE, Learning, rate_model
from hippokv.analysis.recall.readout import Readout, read_out
from hippokv.analysis.recall.slot_choice import instructed
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Erase
from hippokv.circuits.presets import PRESET
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory_parameters import (
    Calibration,
    SlotMemoryParameters,
    calibration_of,
)
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.passive_value_rule import PassiveValueRule
from hippokv.plasticity.plasticity_rule import PlasticityRule

from ..running.evaluation import Evaluation
from ..running.protocol import Experiment, Protocol, Result
from ..running.settings import Settings
from ..running.simulator import Simulator
from ..running.stimuli import (
    MOST_ITEMS,
    OWN_VALUES,
    STIMULI,
    Patterns,
    Stimuli,
    StimulusParameters,
    absolute,
    draw_stimuli,
    read_patterns,
)
from .cue_balance import off_balance
from .paper_prediction import paper_prediction
from .slots_of_items import stored_after_recall, without_a_slot
from .uninformed_prediction import uninformed_prediction

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

K = TypeVar("K", bound=StimulusParameters)
T = TypeVar("T")
#: Above this, a run would need more memory than a usual machine has.
MOST_SCHEDULE_ENTRIES = 3e7
#: Epochs of an item that carry patterns, at most.
EPOCHS_OF_AN_ITEM = 6
#: What the rate model, the readout and the items need to know of a circuit.
PARAMETERS_OF_SLOTS = tuple(
    field.name for field in fields(SlotMemoryParameters) if field.name != PRESET
)
#: Labels of items that the report lists.
MOST_LABELS = 40
#: The population whose place chooses the slot, in circuits that have addresses.
ADDRESSES = "grid"
#: Name of the control run, and how its scores begin.
INTACT = "intact"
#: What a plateau must replace of a value for the rate model to say that it is written whole.
WHOLE = 0.9
#: How often a circuit is run at most until its answers and its schedule agree.
MOST_LOOPS = 20
#: What is said where they do not.
UNSETTLED = (
    f"the closed loop did not settle in {MOST_LOOPS} rounds: the circuit's last answers ask for "
    "another schedule than the one that it is scored on"
)


@dataclass(frozen=True)
class Recalled:
    """Hold what was stored and recalled.

    Parameters
    ----------
    items
        Items and cues as the circuit saw them.
    readout
        What was stored and recalled by the circuit.
    prediction
        The same by the rate model.
    uninformed
        Values decoded by rate models that choose their slots themselves, shape (draws, Q, m).
    intact
        The same of a control run to which nothing was done, where there was one.
    """

    items: Items
    readout: Readout
    prediction: Readout
    uninformed: NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0, 0), np.int8))
    intact: Recalled | None = None

    def __repr__(self) -> str:
        return f"<Recalled: {self.items}, {self.readout}>"


def store_and_recall(
    *,
    schedule: Callable[[Stimuli, K, Circuit, int], Schedule],
    measure: Callable[[Readout, Readout, Items], dict[str, float]],
    parameters: type[K],
    pictures: Callable[[Result[Recalled]], list[Picture]],
    plateau_writes: bool = False,
    closed_loop: Callable[[Stimuli, K, Circuit, int, Readout], Schedule] | None = None,
    outcome: Callable[[Stimuli, K, Circuit, Readout], dict[str, float]] | None = None,
    beside_slots: Callable[[Experiment, Schedule, Readout], Readout] | None = None,
    not_followed: Callable[[Circuit], str] | None = None,
    rests_on: Callable[[Readout, Items], dict[str, NDArray[np.bool_]]] | None = None,
    control: Callable[[Stimuli, K, Circuit, int], Schedule | None] | None = None,
    populations: tuple[str, ...] = ("entorhinal", "hippocampal", "cortical"),
    projections: tuple[str, ...] = ("keys", "values"),
    **described: Any,
) -> Protocol[K, Recalled]:
    """Return a protocol that stores items in slots and asks for them.

    Its readout, its rate model and its scores follow from its schedule. The rate model takes its
    temperature from the circuit's calibration, and its slots from the circuit where those are
    chosen at random or by address, or manipulations or stable slots act on the choice; an
    uninformed one beside it chooses its own (:mod:`.uninformed_prediction`). The paper's own stands
    beside both (:mod:`.paper_prediction`).

    Parameters
    ----------
    schedule, parameters, pictures, populations, projections
        As in a :class:`Protocol`; the stimuli are the items.
    measure
        Scores a readout, given the rate model's prediction and the items. Applied alike to the
        circuit and to its rate model, which is its own prediction.
    plateau_writes
        Whether the rate model writes values by the burst of a plateau rather than by attention,
        see :func:`hippokv.analysis.recall.rate_model.rate_model`.
    closed_loop
        Where what is asked next depends on what was recalled: makes the schedule as it had to be
        for what the circuit did recall. The circuit is run until the schedule that it was given is
        the one that its answers ask for.
    outcome
        Scores beside those of ``measure`` that need to know the stimuli.
    beside_slots
        What parts of the circuit beside its slots add to what the rate model recalls.
    not_followed
        What of a circuit the rate model of these parts does not follow, in words; empty if nothing.
    rests_on
        On which recalls scores rest that are not of whole groups of recalls, or not of answers.
    control
        Makes the schedule of an intact control, or nothing where none is needed.
        It is run before, with the same seed; its scores are those of ``measure``, with ``intact_``
        before their names.
    described
        All else that a :class:`Protocol` has.
    """

    return Protocol(
        schedule=schedule,
        perform=_StoringAndRecalling(
            measure,
            plateau_writes,
            closed_loop,
            outcome,
            beside_slots,
            not_followed,
            rests_on,
            control,
        ),  # fmt: skip
        parameters=parameters,
        pictures=pictures,
        draw=drawn_items,
        about=items_about,
        populations=populations,
        projections=projections,
        circuit_parameters=(*PARAMETERS_OF_SLOTS, "takes_items"),
        unfit=without_slots,
        **described,
    )


@dataclass(frozen=True)
class _StoringAndRecalling:
    """Run the circuit and its rate model, and score both; an object, as a pickle needs one."""

    measure: Callable[[Readout, Readout, Items], dict[str, float]]
    plateau_writes: bool
    closed_loop: Callable[[Stimuli, Any, Circuit, int, Readout], Schedule] | None
    outcome: Callable[[Stimuli, Any, Circuit, Readout], dict[str, float]] | None
    beside_slots: Callable[[Experiment, Schedule, Readout], Readout] | None
    not_followed: Callable[[Circuit], str] | None
    rests_on: Callable[[Readout, Items], dict[str, NDArray[np.bool_]]] | None
    control: Callable[[Stimuli, Any, Circuit, int], Schedule | None] | None

    def __call__(self, experiment: Experiment, simulate: Simulator) -> Evaluation[Recalled]:
        settings, asked = experiment.settings, experiment.schedule
        n_slots, calibration = settings.circuit.n_slots, calibration_of(settings.circuit)
        # First, so that the last run is the experiment's own.
        intact = self._intact(experiment, simulate)
        recording = simulate(asked)
        readout = read_out(recording, asked, n_slots)
        rounds = 0
        warnings: tuple[str, ...] = ()
        while following := self._following(experiment, asked, readout):
            if rounds == MOST_LOOPS:
                warnings = (UNSETTLED,)
                break
            rounds += 1
            asked = following
            recording = simulate(asked)
            readout = read_out(recording, asked, n_slots)
        slots, model = self._models(experiment, asked)
        taken = _slots_taken(calibration, asked, readout)
        prediction = model(**taken)
        items = items_of(asked)

        def score(found: Readout, beside: Readout) -> dict[str, float]:
            return {**self.measure(found, beside, items), **self._outcome(experiment, found)}

        metrics, predicted = (score(found, prediction) for found in (readout, prediction))
        paper, of_paper = paper_prediction(
            partial(slots, **taken), calibration.lit, prediction, predicted, score
        )
        uninformed, decoded = uninformed_prediction(
            asked, settings.circuit, settings.run.seed, model, prediction, predicted, score
        )
        told = _told(taken, self.closed_loop is not None)
        uninformed = replace(uninformed, note=f"{told}; {of_paper}; {uninformed.note}")
        spike_scores = _beside(readout, prediction, metrics) | activity(recording, asked)
        certain: dict[str, Certainty] = {}
        own = tuple(metrics)
        if intact:
            for scores, found in ((metrics, intact.readout), (predicted, intact.prediction)):
                of_intact = self.measure(found, intact.prediction, intact.items)
                scores |= _as_intact(
                    {name: of_intact[name] for name in [*scores] if name in of_intact}
                )
        try:
            certain = certainties(
                lambda found: {**score(found, prediction), **_beside(found, prediction, metrics)},
                [*own, *spike_scores], readout, items,
                self.rests_on(readout, items) if self.rests_on else {},
            )  # fmt: skip
            if intact:
                certain |= _as_intact(self._certain_of(intact, metrics))
        except Exception as error:
            # Scores of anybody's may never have met such answers, and the run is worth more.
            untold = f"on how many recalls scores rest cannot be told ({components.told(error)})"
            warnings = (*warnings, untold)
        if "attention_tv" in certain:
            floor = spike_scores["attention_floor"]
            certain["attention_tv"] = replace(certain["attention_tv"], chance=floor)
        warnings = (*off_balance(calibration, items), *warnings)
        if ADDRESSES in experiment.circuit.populations:
            warnings = (*stored_after_recall(asked), *warnings)
        if settings.circuit.selection != "random":
            warnings = (*without_a_slot(readout, asked), *warnings)
        recalled = Recalled(items, readout, prediction, decoded, intact)
        note = prediction_note(experiment.circuit)
        if self.not_followed and (more := self.not_followed(experiment.circuit)):
            note = f"{note}; {more}" if note else more
        arrays = _arrays(recalled, recording)
        if labels := labels_of_items(experiment):
            arrays["labels"] = np.array(labels)
        known = ("keys", "values")
        return Evaluation(
            metrics, recalled, predicted, arrays, note, known, uninformed, warnings, spike_scores,
            paper, certain,
        )  # fmt: skip

    def _models(
        self, experiment: Experiment, asked: Schedule
    ) -> tuple[Callable[..., Readout], Callable[..., Readout]]:
        """Return the rate model of the slots, and that of all parts."""
        settings = experiment.settings
        calibration = calibration_of(settings.circuit)
        slots = partial(
            rate_model, asked, settings.circuit.n_slots, beta=calibration.beta, lit=calibration.lit,
            plateau_writes=self.plateau_writes, learning=learning_of(experiment.circuit),
            answer=calibration.answer, practice=practice_of(settings.circuit),
        )  # fmt: skip
        return slots, partial(self._with_all_parts, experiment, asked, slots)

    def _intact(self, experiment: Experiment, simulate: Simulator) -> Recalled | None:
        """Run the control, where there is one, and its rate model."""
        settings, circuit = experiment.settings, experiment.circuit
        if self.control is None:
            return None
        asked = self.control(experiment.stimuli, settings.protocol, circuit, settings.run.seed)
        if asked is None:
            return None
        readout = read_out(simulate(asked, INTACT), asked, settings.circuit.n_slots)
        taken = _slots_taken(calibration_of(settings.circuit), asked, readout)
        return Recalled(items_of(asked), readout, self._models(experiment, asked)[1](**taken))

    def _certain_of(self, intact: Recalled, scores: Mapping[str, float]) -> dict[str, Certainty]:
        """Return on how much the scores of the control rest, by the names of the circuit's own."""
        return certainties(
            lambda found: self.measure(found, intact.prediction, intact.items),
            [name for name in scores if f"{INTACT}_{name}" in scores], intact.readout, intact.items,
        )  # fmt: skip

    def _with_all_parts(
        self, experiment: Experiment, asked: Schedule, slots: Callable[..., Readout], **told: Any
    ) -> Readout:
        """Return what the rate model of the slots recalls, and other parts beside them."""
        found = slots(**told)
        return self.beside_slots(experiment, asked, found) if self.beside_slots else found

    def _following(
        self, experiment: Experiment, asked: Schedule, readout: Readout
    ) -> Schedule | None:
        """Return the schedule that a circuit's answers ask for, where it is another."""
        if self.closed_loop is None:
            return None
        stimuli, settings = experiment.stimuli, experiment.settings
        following = self.closed_loop(
            stimuli, settings.protocol, experiment.circuit, settings.run.seed, readout
        )
        return None if following.asks_the_same(asked) else following

    def _outcome(self, experiment: Experiment, readout: Readout) -> dict[str, float]:
        if self.outcome is None:
            return {}
        chosen = experiment.settings.protocol
        return self.outcome(experiment.stimuli, chosen, experiment.circuit, readout)


def drawn_items(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Stimuli]:
    """Draw the items.

    Stimuli with a width of their own set the circuit's inputs and outputs; a file sets the number
    of items.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    source, values = settings.protocol.stimuli, settings.protocol.values
    patterns = read_patterns(source, values)
    follow: dict[str, Any] = {
        STIMULI: absolute(source), OWN_VALUES: absolute(values, OWN_VALUES),
    }  # fmt: skip
    if patterns is not None:
        rows = len(patterns.table)
        made = settings.protocol.made_values
        if made and patterns.values is not None:
            raise InputError(STIMULI, source, f"must have no values: here they are {made}")
        widths = _widths(patterns, settings.protocol.own_values)
        for key, (width, whose) in widths.items():
            if given.get(key, width) != width:
                raise InputError(key, given[key], f"must be {width}, the width of {whose}")
            follow[key] = width
        if source != "digits" and "protocol.n_items" not in given:
            if rows > MOST_ITEMS:
                raise InputError(
                    "protocol.n_items", "all",
                    f"must be set, to at most {MOST_ITEMS} of the {rows} items of protocol.stimuli",
                )  # fmt: skip
            follow["protocol.n_items"] = rows
    settings = with_values(settings, follow)
    circuit, slots, chosen = settings.assembled(), settings.circuit, settings.protocol
    n_items, seed = chosen.total_items(slots.n_slots), settings.run.seed
    _check_length(circuit, chosen, n_items)
    stimuli = draw_stimuli(chosen, patterns, n_items, slots.n_inputs, slots.n_outputs, seed)
    return settings, stimuli


def _widths(patterns: Patterns, own_values: bool) -> dict[str, tuple[int, str]]:
    """Return the sizes of a circuit that patterns call for, and whose widths they are."""
    width = patterns.table.shape[1]
    found = {"circuit.n_inputs": (width, STIMULI)}
    if patterns.values is not None:
        found["circuit.n_outputs"] = (patterns.values.shape[1], f"the values of {STIMULI}")
    elif not own_values:
        found["circuit.n_outputs"] = (width, STIMULI)
    return found


def items_about(experiment: Experiment) -> str:
    """Name the items and the sizes of the circuit."""
    slots, chosen = experiment.settings.circuit, experiment.settings.protocol
    n_items = len(experiment.stimuli.keys)
    return (
        f"{n_items} items ({chosen.stimuli}), keys of {slots.n_inputs} entries, values "
        f"of {slots.n_outputs}; {slots.n_slots} slots of {slots.cells_per_slot} cells."
        f"{_labels_about(experiment)}"
    )


def _labels_about(experiment: Experiment) -> str:
    labels = labels_of_items(experiment)
    more = f" and {len(labels) - MOST_LABELS} more" if len(labels) > MOST_LABELS else ""
    return f" The items: {', '.join(labels[:MOST_LABELS])}{more}." if labels else ""


def labels_of_items(experiment: Experiment) -> tuple[str, ...]:
    """Return the name of each item, where its source has such and all items are of it."""
    found: tuple[str, ...] = getattr(experiment.stimuli, "labels", ())
    # Some protocols store a part of the stimuli, or something else.
    same = found and np.array_equal(items_of(experiment.schedule).keys, experiment.stimuli.keys)
    return found if same else ()


def learning_of(circuit: Circuit) -> Learning:
    """Return how the rate model learns: by the rules of the circuit, or by those in their place."""
    calibration = calibration_of(circuit.parameters)
    known = {**reference_rules(circuit), **_with_rate_forms(circuit)}
    keys, values = known["keys"], known["values"]
    interval_ms = getattr(keys, "interval_ms", circuit.parameters.key_rule.interval_ms)
    key_updates = calibration.key_updates(interval_ms)
    return Learning(
        key_written=lambda level: keys.written(calibration.occupancy(level), key_updates),
        passive_values=isinstance(values, PassiveValueRule),
        values_kept=lambda level, duration_ms: values.kept(
            calibration.occupancy(level), duration_ms
        ),
        values_written=values.written(calibration.occupancy(1.0), calibration.value_updates),
        stabilises=calibration.stabilises,
    )


def reference_rules(circuit: Circuit) -> dict[str, PlasticityRule]:
    """Return the rules that a prediction is of where a circuit's own have no rate form."""
    parameters = circuit.parameters
    passive = parameters.value_plasticity == "passive_decay"
    asked = {
        "keys": parameters.key_rule,
        "values": parameters.passive_rule if passive else parameters.value_rule,
    }
    shipped = {"keys": BTSPKeyRule(), "values": HebbianValueRule()}
    return {name: rule if rule.has_rate_form else shipped[name] for name, rule in asked.items()}


def _with_rate_forms(circuit: Circuit) -> dict[str, PlasticityRule]:
    return {name: rule for name, rule in circuit.rules.items() if rule.has_rate_form}


def prediction_note(circuit: Circuit) -> str:
    """Say where the rate model does not learn as the circuit's rules do."""
    known = _with_rate_forms(circuit)
    notes = [
        f"the rate model learns {name} by {type(reference).__name__}: the circuit's rule, "
        f"{type(circuit.rules.get(name)).__name__}, has no rate form"
        for name, reference in reference_rules(circuit).items()
        if name not in known
    ]
    written = learning_of(circuit).values_written
    if not isinstance(known.get("values"), PassiveValueRule | None) and written < WHOLE:
        notes.append(
            f"the rate model writes a value whole (Eq 11): a plateau replaces {written:.2f} of it"
        )
    for name, naive in NAIVE.items():
        if getattr(known.get(name), "initial_weight", naive) != naive:
            notes.append(f"the rate model starts from {name} of {naive:g}")
    return "; ".join(notes)


def without_slots(circuit: Circuit) -> str:
    """Say what a circuit must be that does not take items as they are shown."""
    for channel in ("entorhinal", "cortical"):
        if channel not in circuit.widths:
            return f"must be a circuit with the channel {channel}: it has " + ", ".join(
                circuit.widths
            )
    if "dendritic_spike" not in circuit.events:
        return "must be a circuit with the event dendritic_spike, from which slots are read"
    if not circuit.parameters.takes_items:
        return (
            "must be a circuit whose slots take an item at an instruction: its cells wait until "
            "the schedule has set grid modules to an address, as scaffold-recall does"
        )
    return ""


def _check_length(circuit: Circuit, chosen: StimulusParameters, n_items: int) -> None:
    of_an_item = EPOCHS_OF_AN_ITEM * (circuit.widths["entorhinal"] + circuit.widths["cortical"])
    if n_items * of_an_item > MOST_SCHEDULE_ENTRIES:
        raise InputError(
            chosen.items_key, n_items,
            f"must be at most {int(MOST_SCHEDULE_ENTRIES // of_an_item)} for a circuit of this "
            "width",
        )  # fmt: skip


def _slots_taken(calibration: Calibration, schedule: Schedule, readout: Readout) -> dict[str, Any]:
    """Return what the rate model has to know of the slots that the circuit took."""
    free = all(isinstance(row, Erase) for row in schedule.manipulations)
    stores = schedule.events("store")
    free &= not any(calibration.stabilises(schedule.level("acetylcholine", one)) for one in stores)
    # A slot is taken at an instruction alone.
    free &= bool(instructed(schedule).all())
    if calibration.parameters.selection == "ring" and free:
        # Any unused slot may be the first; the order from there on is the prediction.
        return {"first_slot": int(readout.plateaus[0].argmax())}
    return {"plateaus": readout.plateaus}


def _as_intact(scores: Mapping[str, T]) -> dict[str, T]:
    """Return scores under the names that those of a control run have."""
    return {f"{INTACT}_{name}": score for name, score in scores.items()}


def _told(taken: Mapping[str, Any], closed_loop: bool) -> str:
    """Say what the rate model is told of the circuit."""
    slots = "takes the slots that the circuit took"
    if "plateaus" not in taken:
        slots = "told the circuit's first slot alone, on which no score depends"
    loop = ", and asked what the circuit's answers led to, as the uninformed one is"
    return f"rate model (informed): {slots}{loop if closed_loop else ''}"


def _beside(
    readout: Readout, prediction: Readout, metrics: Mapping[str, float]
) -> dict[str, float]:
    """Score how far spikes answer as their rate model does, where items are asked for at all.

    Headline scores saturate. These compare each bit, and the attention with what sampling alone
    would make of the rate model's, by as many spikes.
    """
    if not len(readout.attention):
        return {}
    floor = sampling_floor(prediction.attention, readout.spikes)
    distance = np.abs(readout.attention - prediction.attention).sum(axis=1) / 2
    told = {} if "attention_tv" in metrics else {"attention_tv": float(distance.mean())}
    apart = np.abs(readout.decoded.astype(float) - prediction.decoded)
    return {
        # A tie agrees with a tie, and half with either answer.
        "agreement": float(1 - apart.mean() / 2),
        **told,
        "attention_floor": float(np.nanmean(floor)) if np.isfinite(floor).any() else float("nan"),
    }


def _arrays(recalled: Recalled, recording: Recording) -> dict[str, Any]:
    items, readout, prediction = recalled.items, recalled.readout, recalled.prediction
    return {
        "keys": items.keys,
        "values": items.values,
        "queries": items.queries,
        "query_item": items.query_item,
        "decoded": readout.decoded,
        "attention": readout.attention,
        "evidence": readout.evidence,
        "plateaus": readout.plateaus,
        "prediction_decoded": prediction.decoded,
        "prediction_attention": prediction.attention,
        "uninformed_decoded": recalled.uninformed,
        "key_weights": recording.weights["keys"],
        "value_weights": recording.weights["values"],
    }
