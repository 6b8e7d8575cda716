"""Is the competition a softmax? Shares of spikes against softmax(beta K x).

Random keys are given as weights, one of them is the cue with 60 % of its entries hidden, and the
spikes of each slot are counted in a window of 10 s, and in its 100 windows of 100 ms. The total
variation distance to the softmax is compared with what sampling alone would give: as many draws
from the softmax as there were spikes. The inverse temperature is fitted to the spikes of all
seeds at once and compared with the one that follows from the parameters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from hippokv import Circuit, Epoch, Program, Schedule, SlotMemoryParameters, on_off, slot_memory
from hippokv.circuits.slot_memory_parameters import Calibration
from tables import heading, options, over, row, seeds, sized, spread

COLUMNS = [
    ("cells", 5), ("slots", 5), ("beta", 5), ("hidden", 6), ("calibrated", 10),
    ("fitted/calibrated", 17),
    ("distance", 15), ("sampling floor", 14), ("excess", 17), ("excess 100 ms", 17), ("rate Hz", 7),
]  # fmt: skip
N_INPUTS = sized(40, 20)
START_MS, WINDOW_MS, SHORT_MS = 700.0, sized(10_000.0, 1000.0), 100.0


def distance(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> float:
    """Return the total variation distance of shares to their expectation."""
    return float(np.abs(counts / max(counts.sum(), 1) - expected).sum() / 2)


def floor(expected: NDArray[np.float64], draws: int, stream: np.random.Generator) -> float:
    """Return the mean distance of so many independent draws."""
    if draws == 0:
        return 1.0
    return float(
        np.mean([distance(stream.multinomial(draws, expected), expected) for _ in range(200)])
    )


class Trial:
    """Hold the spike counts of one network and what the softmax expects of them."""

    def __init__(self, circuit: Circuit, hidden: float, seed: int, dt_ms: float) -> None:
        stream = np.random.default_rng([seed, 7])
        parameters = circuit.parameters
        n_slots = parameters.n_slots
        keys = stream.choice([-1.0, 1.0], (n_slots, N_INPUTS))
        cue = keys[0].copy()
        cue[stream.permutation(N_INPUTS)[: round(hidden * N_INPUTS)]] = 0.0
        epochs = (
            Epoch("rest", 200.0),
            Epoch("recall", START_MS - 200.0 + WINDOW_MS, 0, {"entorhinal": on_off(cue)}),
        )
        weights = {
            "keys": np.repeat(on_off(keys), parameters.cells_per_slot, axis=0),
            "values": np.zeros((circuit.sizes["hippocampal"], circuit.sizes["cortical"])),
        }
        recording = Program(circuit).run(Schedule(epochs, circuit.widths), seed, dt_ms, weights)
        spikes = recording.spikes["hippocampal"]

        def counts(start: float, stop: float) -> NDArray[np.int64]:
            return spikes.counts(start, stop).reshape(n_slots, -1).sum(axis=1)

        self.match = keys @ cue
        self.beta = Calibration(circuit.parameters).beta(float(np.abs(cue).sum()))
        self.counts = counts(START_MS, START_MS + WINDOW_MS)
        expected = softmax(self.beta * self.match)
        self.distance = distance(self.counts, expected)
        self.floor = floor(expected, int(self.counts.sum()), stream)
        starts = np.arange(START_MS, START_MS + WINDOW_MS, SHORT_MS)
        short = [counts(start, start + SHORT_MS) for start in starts]
        typical = round(float(np.mean([count.sum() for count in short])))
        self.short_excess = float(np.mean([distance(count, expected) for count in short])) - floor(
            expected, typical, stream
        )


def fitted_beta(trials: list[Trial]) -> float:
    """Return the inverse temperature that makes all spike counts most likely."""

    def cost(beta: float) -> float:
        return -sum(float(trial.counts @ log_softmax(beta * trial.match)) for trial in trials)

    return float(minimize_scalar(cost, bounds=(0.01, 3.0), method="bounded").x)


def measure(n_slots: int, beta: float, cells: int, hidden: float, count: int, dt_ms: float) -> None:
    """Print the row of one circuit."""
    circuit = slot_memory(
        SlotMemoryParameters(
            n_slots=n_slots,
            beta=beta,
            cells_per_slot=cells,
            n_inputs=N_INPUTS,
            n_outputs=sized(40, 20),
        )
    )
    Program(circuit).build()
    trials = over(lambda seed: Trial(circuit, hidden, seed, dt_ms), seeds(count))
    row(
        COLUMNS,
        [
            cells, n_slots, beta, f"{hidden:.0%}", f"{trials[0].beta:.3f}",
            f"{fitted_beta(trials) / trials[0].beta:.3f}",
            spread([trial.distance for trial in trials], 3),
            f"{np.mean([trial.floor for trial in trials]):.3f}",
            spread([trial.distance - trial.floor for trial in trials]),
            spread([trial.short_excess for trial in trials]),
            f"{np.mean([trial.counts.sum() for trial in trials]) / WINDOW_MS * 1e3:.0f}",
        ],
    )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(60, 2), help="number of seeds, from 3000 on"
    )
    parser.add_argument("--dt-ms", type=float, default=0.5, help="time step in ms")
    arguments = parser.parse_args()
    heading(
        f"10 s windows, 10 % synaptic and 5 % inhibitory jitter, {arguments.seeds} seeds, "
        f"dt {arguments.dt_ms:g} ms",
        COLUMNS,
    )
    default = SlotMemoryParameters().cells_per_slot
    cases = [(slots, beta, default, 0.6) for slots in (10, 40, 200) for beta in (0.2, 0.38, 0.7)]
    cases += [(40, 0.5, default, hidden) for hidden in (0.3, 0.6, 0.8)]
    cases += [(40, 0.38, cells, 0.6) for cells in (1, 2, 5, 20)]
    for n_slots, beta, cells, hidden in sized(cases, [(6, 0.38, 3, 0.6)]):
        measure(n_slots, beta, cells, hidden, arguments.seeds, arguments.dt_ms)
