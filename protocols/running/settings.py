"""The settings of an experiment, by dotted key: given, checked, completed, and kept as TOML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.program import TARGETS
from hippokv.errors import InputError
from hippokv.parameter import parameter

#: Setting that says which circuit is run, and so which keys ``circuit.`` has.
CIRCUIT_KEY = "run.circuit"


@dataclass(frozen=True)
class RunParameters:
    """Hold the settings of a run."""

    circuit: str = parameter(
        "slot_memory",
        "the circuit, of those that the protocol can run on",
        chosen="the one that the protocol names first",
        choices=CIRCUITS,
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
    """

    circuit: Any
    protocol: Any
    run: RunParameters = field(default_factory=RunParameters)

    def assembled(self) -> Circuit:
        """Return the circuit.

        Raises
        ------
        InputError
            For the first of its parameters that cannot be used.
        """
        try:
            return find_circuit(self.run.circuit).assemble(self.circuit)
        except ArithmeticError as error:
            raise InputError(
                "circuit", str(error), "must be constants for which the calibration has a solution"
            ) from None
