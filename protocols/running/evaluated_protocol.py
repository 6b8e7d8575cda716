"""Protocols that evaluate their runs by themselves: no items need be stored or asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from .evaluation import Evaluation
from .protocol import P, Protocol
from .stimuli import NO_STIMULI, Stimuli

if TYPE_CHECKING:
    from .protocol import Experiment
    from .settings import Settings
    from .simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class EvaluatedProtocol(Protocol[P]):
    """Describe an experiment that scores its own runs.

    Parameters
    ----------
    schedule
        Makes the schedule from the parameters, the circuit and the seed; the first one, where
        there are several runs.
    conduct
        Runs the circuit, as often as need be, and evaluates what it did. What runs once is
        ``once(evaluate)``.
    """

    schedule: Callable[[P, Any, int], Schedule]
    conduct: Callable[[Experiment, Simulator], Evaluation]

    def complete(self, settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Stimuli]:
        """Check the circuit; there are no stimuli."""
        settings.assembled()
        return settings, NO_STIMULI

    def first_schedule(self, stimuli: Stimuli, settings: Settings, circuit: Circuit) -> Schedule:
        """Return the schedule of the first run."""
        return self.schedule(settings.protocol, circuit, settings.run.seed)

    def perform(self, experiment: Experiment, simulate: Simulator) -> Evaluation:
        """Run the circuit, and score what it did."""
        return self.conduct(experiment, simulate)

    def about(self, settings: Settings, circuit: Circuit) -> str:
        """Name the circuit and the sizes of its populations."""
        from hippokv.analysis.figures.style import population_name

        sizes = ", ".join(f"{population_name(name)} {size}" for name, size in circuit.sizes.items())
        return f"Cells of the circuit {circuit.name.replace('_', ' ')}: {sizes}."


def once(
    evaluate: Callable[[Experiment, Recording], Evaluation],
) -> Callable[[Experiment, Simulator], Evaluation]:
    """Return how a protocol is conducted that runs its schedule once.

    Parameters
    ----------
    evaluate
        Scores the recording of the experiment's schedule.
    """

    def conduct(experiment: Experiment, simulate: Simulator) -> Evaluation:
        return evaluate(experiment, simulate(experiment.schedule))

    return conduct
