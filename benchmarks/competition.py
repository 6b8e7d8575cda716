"""Where the competition holds: recall against the paper's softmax for any cue, at any size.

Items are stored in the circuit, one a slot, and asked for by cues of which a part is hidden and a
part of the rest is wrong. Beside the spikes stands the softmax of Tyulmankov et al. 2021, Eq 4, at
beta 1 on the same items and cues, and the summed rate of the layer during a cue, the highest of any
cue, and between cues.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

import hippokv
from hippokv import Circuit, Schedule
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy, credit, selection, weight_errors
from hippokv.protocols.parts.recalling import CuedRecallParameters, recall_epochs
from hippokv.protocols.parts.store_and_recall import store_and_recall
from hippokv.protocols.parts.storing import storage_epochs
from hippokv.protocols.running.stimuli import Stimuli
from tables import heading, interval, kept, options, over, row, sized

COLUMNS = [
    ("hidden", 6), ("wrong", 5), ("spiking", 14), ("paper", 14), ("difference", 15),
    ("summed Hz", 9), ("highest", 7), ("between", 7), ("silent", 6),
]  # fmt: skip
HIDDEN = sized((0.0, 0.6, 0.8, 0.9, 0.95), (0.0, 0.8))
WRONG = (0.0, 0.2)
#: Items asked for by each kind of cue, at most.
ASKED = 20
#: Cues that differ in no more than rounding have no bits to be read from.
TIE = 1e-9
#: Rest after a cue in which the layer is to fall silent, in ms; the protocol's.
GAP_MS = CuedRecallParameters().cue_gap_ms


class Cue(NamedTuple):
    """Hold what one cue brought: bits right by spikes and by the paper's model, and rates."""

    spiking: float
    paper: float
    summed_Hz: float
    between_Hz: float


def incomplete(keys: NDArray[np.int8], hidden: float, wrong: float, seed: int) -> NDArray[np.int8]:
    """Return cues for keys, a part of the entries 0 and a part of the rest with the other sign."""
    stream = np.random.default_rng([seed, round(100 * hidden), round(100 * wrong)])
    cues = np.zeros_like(keys)
    given = max(round((1 - hidden) * keys.shape[1]), 1)
    for cue, key in zip(cues, keys, strict=True):
        shown = stream.permutation(keys.shape[1])[:given]
        cue[shown] = key[shown]
        cue[shown[: round(wrong * given)]] *= -1
    return cues


def schedule(
    stimuli: Stimuli, parameters: CuedRecallParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Store all items, then ask for some of them by each kind of cue."""
    epochs = storage_epochs(stimuli, parameters)
    asked = np.linspace(0, len(stimuli.keys) - 1, min(len(stimuli.keys), ASKED)).astype(int)
    for hidden, wrong in product(HIDDEN, WRONG):
        cues = incomplete(stimuli.keys, hidden, wrong, seed)
        epochs += recall_epochs(cues, parameters, f"{hidden:g} {wrong:g}", asked.tolist())
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score storage, and all recalls together."""
    return {**accuracy(readout, items), **selection(readout), **weight_errors(readout, items)}


PROTOCOL = store_and_recall(
    name="competition",
    summary="store items, then ask for them by cues of all kinds",
    description="Storage, then recall by cues of which a part is hidden and a part is wrong.",
    parameters=CuedRecallParameters,
    schedule=schedule,
    measure=measure,
    pictures=lambda result: [],
)


def right(shares: NDArray[np.float64], values: NDArray[np.float64], item: int) -> float:
    """Return the part of an item's bits that shares of the slots have right, a tie one half."""
    evidence = shares @ values
    decoded = np.where(abs(evidence) < TIE, 0, np.sign(evidence)).astype(np.int8)
    return float(credit(decoded, values[item].astype(np.int8), 0.5).mean())


def paper(items: Items, query: int) -> float:
    """Return the part of the bits that the paper's model has right."""
    shares = softmax(items.keys.astype(float) @ items.queries[query])
    return right(shares, items.values.astype(float), items.query_item[query])


def cues_of(settings: dict[str, Any], seed: int) -> tuple[dict[str, list[Cue]], dict[str, float]]:
    """Run one circuit and return what each kind of cue brought, and the scores of its storage."""
    result = hippokv.run(PROTOCOL, seed=seed, settings=settings)
    items, readout = result.found.items, result.found.readout
    spikes = result.recording.spikes["hippocampal"]

    def rate(start: float, stop: float) -> float:
        return float(spikes.counts(start, stop).sum()) / (stop - start) * 1e3

    found: dict[str, list[Cue]] = defaultdict(list)
    for query, event in enumerate(result.experiment.schedule.events("recall")):
        true = items.values[items.query_item[query]]
        found[event.phase.partition(":")[2]].append(
            Cue(
                float(credit(readout.decoded[query], true, 0.5).mean()),
                paper(items, query),
                rate(event.start_ms, event.stop_ms),
                rate(event.stop_ms, event.stop_ms + GAP_MS),
            )
        )
    return found, result.metrics


def show(n_slots: int, n_inputs: int, settings: dict[str, Any], seeds: range) -> None:
    """Print the table of one size."""
    sizes = {
        "circuit.n_slots": n_slots, "circuit.n_inputs": n_inputs, "circuit.n_outputs": n_inputs,
        "protocol.n_items": n_slots,
    }  # fmt: skip
    runs = over(lambda seed: cues_of({**sizes, **settings}, seed), seeds)
    storage = {
        name: interval([metrics[name] for _, metrics in runs], 4)
        for name in ("one_plateau", "key_error", "value_error")
    }
    told = ", ".join(f"{name} {value}" for name, value in storage.items())
    heading(f"N = {n_slots}, d = {n_inputs}; {told}", COLUMNS)
    for hidden, wrong in product(HIDDEN, WRONG):
        cues = [found[f"{hidden:g} {wrong:g}"] for found, _ in runs]
        spiking, theory, summed, between = (
            np.array([np.mean([cue[part] for cue in of_seed]) for of_seed in cues])
            for part in range(4)
        )
        every = [cue for of_seed in cues for cue in of_seed]
        row(
            COLUMNS,
            [
                f"{hidden:.0%}", f"{wrong:.0%}",
                interval(spiking), interval(theory), interval(spiking - theory),
                f"{summed.mean():.0f}", f"{max(cue.summed_Hz for cue in every):.0f}",
                f"{between.mean():.0f}", sum(cue.summed_Hz == 0 for cue in every),
            ],
        )  # fmt: skip


def numbers(text: str) -> list[int]:
    """Read whole numbers with commas between them."""
    return [int(word) for word in text.split(",")]


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--circuit", default="feedforward_memory", help="circuit of the items")
    parser.add_argument("--beta", type=float, help="inverse temperature, the circuit's by default")
    parser.add_argument("--slots", type=numbers, default=sized([20, 40], [4]), help="numbers N")
    parser.add_argument(
        "--inputs", type=numbers, default=sized([20, 40, 90, 200], [20]), help="widths d"
    )
    parser.add_argument("--preset", default="none", help="of the circuit: none, or differing")
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6200, help="the first of them")
    parser.add_argument("--dt-ms", type=float, help="time step, the circuit's by default")
    parser.add_argument("--asked", type=int, default=sized(20, 2), help="items asked for, at most")
    arguments = parser.parse_args()
    ASKED = arguments.asked
    given: dict[str, Any] = {"run.circuit": arguments.circuit, "circuit.preset": arguments.preset}
    given |= sized({}, {"circuit.cells_per_slot": 3})
    label = "-".join([arguments.circuit, *map(str, arguments.slots)])
    if arguments.preset != "none":
        label += f"-{arguments.preset}"
    if arguments.beta is not None:
        given["circuit.beta"] = arguments.beta
        label += f"-beta-{arguments.beta:g}"
    if arguments.dt_ms is not None:
        given["run.dt_ms"] = arguments.dt_ms
        label += f"-dt-{arguments.dt_ms:g}"
    if arguments.inputs != parser.get_default("inputs"):
        label += "-d-" + "-".join(map(str, arguments.inputs))
    with kept(f"competition-{label}"):
        for n_slots, n_inputs in product(arguments.slots, arguments.inputs):
            few = range(arguments.first, arguments.first + arguments.seeds)
            show(n_slots, n_inputs, given, few)
