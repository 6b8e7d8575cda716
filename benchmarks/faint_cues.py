"""What beta and the number of spikes cost for faint cues, the more so with more slots.

Nothing spikes. Beside the softmax of Tyulmankov et al. 2021, Eq 4, at beta 1 stands the same at the
beta that the calibration of ``feedforward_memory`` gives a cue of so many entries, and that softmax
read from as many spikes as the layer fires during a cue, drawn at random by the slots' shares: once
with the ``circuit.beta`` of a cue of one entry at 1, and once with the default.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from competition import ASKED, right
from scipy.special import softmax

from hippokv.circuits.feedforward_memory_parameters import FeedforwardMemoryParameters
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.protocols.parts.recalling import CuedRecallParameters
from tables import heading, interval, kept, options, row, sized

COLUMNS = [
    ("circuit.beta", 12), ("N", 4), ("d", 4), ("given", 5), ("beta", 5), ("paper", 14),
    ("at that beta", 15), ("by spikes", 15),
]  # fmt: skip
#: Widths, and how many entries of them a cue gives.
CUES = sized(((40, 8), (40, 4), (90, 9), (90, 4), (200, 10)), ((40, 4),))
#: Summed rate of the layer during faint cues, in Hz, as `competition.py` finds it at 200 slots.
SUMMED_Hz = 320.0
#: Inverse temperatures at a cue of one entry.
BETAS = (1.0, FeedforwardMemoryParameters().beta)


def recalled(n_slots: int, n_inputs: int, given: int, beta: float, seed: int) -> list[float]:
    """Return the part of the bits right in the paper's model, at a beta, and by spikes."""
    stream = np.random.default_rng([seed, n_slots, n_inputs, given])
    keys, values = stream.choice((-1.0, 1.0), (2, n_slots, n_inputs))
    n_spikes = round(SUMMED_Hz * CuedRecallParameters().cue_ms / 1e3)
    found = []
    for item in stream.permutation(n_slots)[:ASKED]:
        shown = stream.permutation(n_inputs)[:given]
        matches = keys[:, shown] @ keys[item, shown]
        shares = softmax(beta * matches)
        spikes = stream.multinomial(n_spikes, shares) / n_spikes
        found.append([right(one, values, item) for one in (softmax(matches), shares, spikes)])
    return [float(mean) for mean in np.mean(found, axis=0)]


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(100, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=7800, help="the first of them")
    arguments = parser.parse_args()
    with kept("faint_cues"):
        heading("part of the bits right, and what is lost of it", COLUMNS)
        sizes = product(BETAS, sized((20, 40, 100, 200), (8,)), CUES)
        for of_one, n_slots, (n_inputs, given) in sizes:
            circuit = FeedforwardMemoryParameters(
                n_slots=n_slots, n_inputs=n_inputs, n_outputs=n_inputs, beta=of_one
            )
            beta = calibration_of(circuit).beta(given)
            seeds = range(arguments.first, arguments.first + arguments.seeds)
            paper, other, spikes = np.array(
                [recalled(n_slots, n_inputs, given, beta, seed) for seed in seeds]
            ).T
            row(
                COLUMNS,
                [f"{of_one:g}", n_slots, n_inputs, given, f"{beta:.2f}", interval(paper),
                 interval(other - paper), interval(spikes - paper)],
            )  # fmt: skip
