"""The settings of an experiment, by dotted key: given, checked, completed, and kept as TOML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import find_circuit
from hippokv.circuits.program.program import TARGETS
from hippokv.components import Found, full_reference, told
from hippokv.errors import InputError
from hippokv.parameter import parameter
from hippokv.plasticity import known_rules

#: Setting that says which circuit is run, and so which keys ``circuit.`` has.
CIRCUIT_KEY = "run.circuit"
#: The circuit of protocols that name none.
DEFAULT_CIRCUIT = "feedforward_memory"

#: Setting that puts other rules on the projections of the circuit.
RULES_KEY = known_rules.SHELF.key


@dataclass(frozen=True)
class RunParameters:
    """Hold the settings of a run."""

    circuit: str = parameter(
        DEFAULT_CIRCUIT,
        "the circuit: its name, or a file that has a CIRCUIT",
        chosen="the one that the protocol names",
    )
    dt_ms: float = parameter(
        0.5,
        "time step of the simulation",
        chosen="the coarsest with the accuracy of 0.1 ms, see benchmarks",
        choices=(0.05, 0.1, 0.125, 0.2, 0.25, 0.5, 1.0),
    )
    seed: int = parameter(0, "seed of every random number", chosen="any", low=0, high=2**32 - 1)
    target: str = parameter(
        "cpp",
        "cpp: compiled once, fast; cython, numpy: inside Python, slow; numpy needs no compiler",
        chosen="the fastest",
        choices=TARGETS,
    )
    rules: str = parameter(
        "",
        "rules in the place of the circuit's own, as PROJECTION=RULE with commas between them; a "
        "rule is that of a package, or a file that has a RULE",
        chosen="the circuit's own",
    )
    record: str = parameter(
        "",
        "what is recorded beside spikes, as PART.VARIABLE with commas between them: variables and "
        "named currents of a population, or of a projection as keys.weight",
        chosen="nothing",
    )
    record_cells: str = parameter(
        "0:10",
        "which cells, or rows of synapses, are recorded: 0:10, 3,7, slot4, asked (slots that hold "
        "items asked for; runs twice) or all, for all parts or as PART=CELLS with spaces between "
        "them",
        chosen="as many as a figure shows",
    )
    record_every_ms: float = parameter(
        1.0,
        "time between samples of cells, a multiple of the time step",
        chosen="shows a spike and its reset",
        low=0.05,
        high=1e6,
    )
    record_synapses_every_ms: float = parameter(
        100.0,
        "time between samples of synapses, a multiple of the time step",
        chosen="a plateau, in which keys are written, lasts 180 ms",
        low=0.05,
        high=1e6,
    )
    record_window_ms: str = parameter(
        "",
        "START:STOP of what is recorded; nothing for the whole run",
        chosen="the whole run",
    )


@dataclass(frozen=True)
class Settings:
    """Hold every number of an experiment.

    Parameters
    ----------
    circuit
        Parameters of the circuit that ``run.circuit`` names.
    protocol
        Parameters of the protocol.
    run
        How it is run.
    assemble
        Makes the circuit, where it is not the one that ``run.circuit`` names but was given.
    """

    circuit: Any
    protocol: Any
    run: RunParameters = field(default_factory=RunParameters)
    assemble: Callable[[Any], Circuit] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        run = self.run
        return f"<Settings of {run.circuit}, seed {run.seed}, {run.dt_ms:g} ms, {run.target}>"

    def assembled(self) -> Circuit:
        """Return the circuit.

        Raises
        ------
        InputError
            For the first of its parameters that cannot be used.
        """
        assemble = self.assemble or find_circuit(self.run.circuit).assemble
        try:
            circuit = assemble(self.circuit)
        except InputError:
            raise
        except ArithmeticError as error:
            raise InputError(
                "circuit", str(error), "must be constants for which the calibration has a solution"
            ) from None
        except Exception as error:
            words = f"must be a circuit that can be put together: {told(error)}"
            raise InputError(CIRCUIT_KEY, self.run.circuit, words) from error
        if not isinstance(circuit, Circuit):
            words = f"must make a Circuit, not an object of {type(circuit).__name__}"
            raise InputError(CIRCUIT_KEY, self.run.circuit, words)
        for projection, rule in self.rules().items():
            circuit = self._with_rule(circuit, projection, rule)
        return circuit

    def rules(self) -> dict[str, Found]:
        """Return the rules that take the place of the circuit's own, by projection.

        Raises
        ------
        InputError
            For the first that is not found.
        """
        return {
            projection: known_rules.found_rule(name)
            for projection, name in rules_named(self.run.rules).items()
        }

    def _with_rule(self, circuit: Circuit, projection: str, rule: Found) -> Circuit:
        if projection not in circuit.rules:
            words = f"must name projections of {circuit.name} that learn: "
            words += ", ".join(circuit.rules) or "it has none"
            raise InputError(RULES_KEY, self.run.rules, words)
        try:
            return circuit.with_rule(projection, rule.item)
        except Exception as error:
            words = f"must be a rule that fits the circuit: {told(error)}"
            raise InputError(RULES_KEY, rule.reference, words) from error


def rules_named(text: str) -> dict[str, str]:
    """Return the name of the rule of each projection that a text names.

    Raises
    ------
    InputError
        Where it is not as it must be.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        projection, sign, rule = (word.strip() for word in part.partition("="))
        if not sign or not projection or not rule or projection in found:
            words = "must be PROJECTION=RULE with commas between them, such as keys=./my_rule.py"
            raise InputError(RULES_KEY, text, words)
        found[projection] = rule
    return found


def with_full_rules(text: Any) -> Any:
    """Return a text that names rules, with full paths where they are files."""
    if not isinstance(text, str):
        return text
    return ",".join(
        f"{projection}={full_reference(known_rules.SHELF, rule)}"
        for projection, rule in rules_named(text).items()
    )
