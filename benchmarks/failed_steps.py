"""How joint steps of the modules fail, and what makes fewer fail, one change at a time.

Run ``python benchmarks/failed_steps.py``, which writes ``results/failed-steps.txt``. The modules of
scaffold-stability explore, and then walk 1,000 random steps. A module goes *short* where it stays,
*far* where it goes twice as far, *aside* where it ends anywhere else; a step has failed if any
module fails. The exploration is that of the default circuit in every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.scaffold_memory import scaffold_memory
from hippokv.parameter import with_values
from hippokv.protocols.parts.exploring import STEPS, explored_weights, modules_of
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment
from hippokv.protocols.running.stimuli import random_stream
from hippokv.protocols.scaffold_stability import (
    bumps_at_rest,
    explored_phases,
    stepping,
    steps_made,
)
from tables import heading, interval, kept, options, over, row, seeds, sized, small

COUNT = sized(1000, 3)
EXPLORATION: Mapping[str, Any] = sized({}, {"protocol.exploration_steps": 4})
UNEVEN = {"grid.heterogeneity_pA": 10.0}


@dataclass(frozen=True)
class Variant:
    """Describe a walk: what differs in the circuit, and in the times of a step."""

    words: str
    circuit: Mapping[str, Any]
    times: Mapping[str, float]


VARIANTS = (
    Variant("equal cells", {}, {}),
    Variant("10 pA of heterogeneity", UNEVEN, {}),
    Variant("... rest of 200 ms", UNEVEN, {"resting_ms": 200.0}),
    Variant("... velocity for 170 ms", UNEVEN, {"moving_ms": 170.0}),
    Variant("... pinning by 0.4 nS", {**UNEVEN, "grid.pinning_nS": 0.4}, {}),
    Variant("... noise of 15 pA", {**UNEVEN, "grid.noise_pA": 15.0}, {}),
)


@dataclass(frozen=True)
class Network:
    """Hold a network that has explored."""

    experiment: Experiment
    weights: Mapping[str, NDArray[np.float64]]


def explored_network(seed: int) -> Network:
    """Let the modules of a network explore."""
    experiment = prepare(
        "scaffold-stability", small({**EXPLORATION, "run.seed": seed}, "scaffold_memory")
    )
    return Network(experiment, explored_weights(experiment, experiment.simulator()))


def failures(network: Network, variant: Variant) -> list[float]:
    """Return the shares of steps that failed, and of modules that went short, far and aside."""
    experiment, settings = network.experiment, network.experiment.settings
    circuit = scaffold_memory(with_values(settings.circuit, variant.circuit))
    parameters, seed = with_values(settings.protocol, variant.times), settings.run.seed
    start = explored_phases(experiment.stimuli, circuit)[0]
    steps = STEPS[random_stream(seed, "steps").integers(len(STEPS), size=COUNT)]
    asked = stepping(circuit, start, steps, parameters)
    recording = experiment.simulator()(asked, weights=network.weights, circuit=circuit)
    found = bumps_at_rest(recording, asked, circuit.parameters.sheets)
    made = steps_made(found, circuit.parameters.sheets, steps)
    before, after = found.phases[:-1], found.phases[1:]
    short = ~made & (after == before)
    far = ~made & (after == modules_of(circuit.parameters.sheets).moved(before, 2 * steps))
    aside = ~made & ~short & ~far
    failed = (~made).any(axis=1)
    return [float(share.mean()) for share in (failed, short, far, aside)]


def of_all(networks: Sequence[Network], variant: Variant) -> NDArray[np.float64]:
    """Return the shares of every network, shape (networks, 4)."""
    numbers = range(len(networks))
    return np.array(over(lambda number: failures(networks[number], variant), numbers))


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--networks", type=int, default=sized(5, 2), help="networks of each row")
    count = parser.parse_args().networks
    columns = [("", 26), ("steps failed", 16), ("short", 16), ("far", 16), ("aside", 16)]
    with kept("failed-steps"):
        networks = over(explored_network, seeds(count))
        heading(f"{COUNT} joint steps in each of {count} networks, shares", columns)
        for variant in VARIANTS[:: sized(1, 4)]:
            found = of_all(networks, variant)
            row(columns, [variant.words, *(interval(shares, 4) for shares in found.T)])


if __name__ == "__main__":
    main()
