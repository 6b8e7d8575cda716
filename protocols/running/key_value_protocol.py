"""Protocols that store items and ask for them: schedule to readout, rate model beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hippokv.analysis.classical.memory import Memory
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import Learning, rate_model
from hippokv.analysis.recall.readout import Readout, read_out
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulations import Erase
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.parameter import with_values

from .evaluation import Evaluation, Recalled
from .protocol import Protocol
from .stimuli import MOST_ITEMS, Stimuli, StimulusParameters, absolute, draw_stimuli, read_patterns

if TYPE_CHECKING:
    from .protocol import Experiment
    from .settings import Settings
    from .simulator import Simulator

K = TypeVar("K", bound=StimulusParameters)
#: Above this, a run would need more memory than a usual machine has.
MOST_SCHEDULE_ENTRIES = 3e7
#: Epochs of an item that carry patterns, at most.
EPOCHS_OF_AN_ITEM = 6
#: How often a circuit is run at most until its answers and its schedule agree.
MOST_LOOPS = 20


@dataclass(frozen=True, kw_only=True)
class KeyValueProtocol(Protocol[K]):
    """Describe an experiment that stores items in slots and asks for them.

    Parameters
    ----------
    schedule
        Makes the schedule from the stimuli, the parameters, the circuit and the seed.
    measure
        Scores a readout, given the rate model's prediction and the items. Applied alike to the
        circuit and to its rate model, which is its own prediction.
    plateau_writes
        Whether the rate model writes values by the burst of a plateau rather than by attention,
        see :func:`hippokv.analysis.recall.rate_model.rate_model`.
    memories
        Classical memories that are shown the same schedule, by name, for a circuit.
    closed_loop
        Where what is asked next depends on what was recalled: makes the schedule as it had to be
        for what the circuit did recall. The circuit is run until the schedule that it was given is
        the one that its answers ask for.
    outcome
        Scores beside those of ``measure`` that need to know the stimuli.
    """

    schedule: Callable[[Stimuli, K, Circuit, int], Schedule]
    measure: Callable[[Readout, Readout, Items], dict[str, float]]
    plateau_writes: bool = False
    memories: Callable[[Circuit], Mapping[str, Memory]] = lambda circuit: {}
    closed_loop: Callable[[Stimuli, K, Circuit, int, Readout], Schedule] | None = None
    outcome: Callable[[Stimuli, K, Circuit, Readout], dict[str, float]] | None = None
    populations: tuple[str, ...] = ("entorhinal", "hippocampal", "cortical")

    def complete(self, settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Stimuli]:
        """Draw the stimuli.

        Stimuli with a width of their own set the circuit's inputs and outputs; a file sets the
        number of items.

        Raises
        ------
        InputError
            For the first setting that cannot be used.
        """
        source = settings.protocol.stimuli
        patterns = read_patterns(source)
        follow: dict[str, Any] = {"protocol.stimuli": absolute(source)}
        if patterns is not None:
            rows, width = patterns.table.shape
            follow["circuit.n_inputs"] = width
            if not settings.protocol.own_values:
                follow["circuit.n_outputs"] = width
            for key, value in follow.items():
                if key.startswith("circuit.") and given.get(key, value) != value:
                    raise InputError(
                        key, given[key], f"must be {width}, the width of protocol.stimuli"
                    )
            if source != "digits" and "protocol.n_items" not in given:
                if rows > MOST_ITEMS:
                    raise InputError(
                        "protocol.n_items", "all",
                        f"must be set, to at most {MOST_ITEMS} of the {rows} items of "
                        "protocol.stimuli",
                    )  # fmt: skip
                follow["protocol.n_items"] = rows
        settings = with_values(settings, follow)
        circuit, slots, chosen = settings.assembled(), settings.circuit, settings.protocol
        n_items, seed = chosen.total_items(slots.n_slots), settings.run.seed
        _check_length(circuit, chosen, n_items)
        stimuli = draw_stimuli(chosen, patterns, n_items, slots.n_inputs, slots.n_outputs, seed)
        return settings, stimuli

    def first_schedule(self, stimuli: Stimuli, settings: Settings, circuit: Circuit) -> Schedule:
        """Return the schedule; in a closed loop the first one."""
        return self.schedule(stimuli, settings.protocol, circuit, settings.run.seed)

    def perform(self, experiment: Experiment, simulate: Simulator) -> Evaluation:
        """Run the circuit and its rate model, and score both.

        The rate model takes its temperature from the circuit's calibration, and its slots from the
        circuit where those are chosen at random, or manipulations or stable slots act on the
        choice.
        """
        parameters, schedule = experiment.settings.circuit, experiment.schedule
        n_slots, calibration = parameters.n_slots, Calibration(parameters)
        recording = simulate(schedule)
        readout = read_out(recording, schedule, n_slots)
        for _ in range(MOST_LOOPS):
            following = self._following(experiment, readout)
            if following is None or following.asks_the_same(schedule):
                break
            schedule = following
            recording = simulate(schedule)
            readout = read_out(recording, schedule, n_slots)
        prediction = rate_model(
            schedule, n_slots, calibration.beta, lit=calibration.lit,
            plateau_writes=self.plateau_writes, learning=learning_of(calibration),
            **_slots_taken(calibration, schedule, readout),
        )  # fmt: skip
        items = items_of(schedule)
        metrics, predicted = (
            {**self.measure(found, prediction, items), **self._outcome(experiment, found)}
            for found in (readout, prediction)
        )
        recalled = Recalled(items, readout, prediction)
        return Evaluation(metrics, predicted, _arrays(recalled, recording), recalled)

    def about(self, settings: Settings, circuit: Circuit) -> str:
        """Name the items and the sizes of the circuit."""
        slots, chosen = settings.circuit, settings.protocol
        return (
            f"{chosen.n_items} items ({chosen.stimuli}), keys of {slots.n_inputs} entries, values "
            f"of {slots.n_outputs}; {slots.n_slots} slots of {slots.cells_per_slot} cells."
        )

    def _following(self, experiment: Experiment, readout: Readout) -> Schedule | None:
        """Return the schedule that a circuit's answers ask for, where they ask for anything."""
        if self.closed_loop is None:
            return None
        settings = experiment.settings
        return self.closed_loop(
            experiment.stimuli, settings.protocol, experiment.circuit, settings.run.seed, readout
        )

    def _outcome(self, experiment: Experiment, readout: Readout) -> dict[str, float]:
        if self.outcome is None:
            return {}
        chosen = experiment.settings.protocol
        return self.outcome(experiment.stimuli, chosen, experiment.circuit, readout)


def learning_of(calibration: Calibration) -> Learning:
    """Return how the rate model learns where a circuit has these parameters."""
    return Learning(
        key_written=calibration.key_written,
        passive_values=calibration.parameters.value_plasticity == "passive_decay",
        values_kept=calibration.values_kept,
        values_written=calibration.values_written,
        stabilises=calibration.stabilises,
    )


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
    if calibration.parameters.selection == "least_recent" and free:
        # Any unused slot may be the first; the order from there on is the prediction.
        return {"first_slot": int(readout.plateaus[0].argmax())}
    return {"plateaus": readout.plateaus}


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
        "key_weights": recording.weights["keys"],
        "value_weights": recording.weights["values"],
    }
