"""The rate model of the entorhinal scaffold: what holds, what is corrected, what is recalled.

Means and 95 % intervals over networks, each with weights and patterns of its own. ``target`` rows
are an independent computation of the same models, one network a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hippokv.analysis.scaffold.cue_keys import SharedKeyRule
from hippokv.analysis.scaffold.error_correction import code_distance, corrected_share
from hippokv.analysis.scaffold.grid_addresses import GridModules, Phases, room
from hippokv.analysis.scaffold.grid_inputs import (
    FixedInDegree,
    GaussianInputs,
    GridInputs,
    RecruitedByPlaces,
)
from hippokv.analysis.scaffold.hippocampal_activity import Activity, AtLeast, Rectified, Winners
from hippokv.analysis.scaffold.hopfield_baseline import (
    Kind,
    hopfield_recall,
    plastic_synapses,
    units_with,
)
from hippokv.analysis.scaffold.information import bits_right, information_per_bit
from hippokv.analysis.scaffold.random_codes import RandomCodes
from hippokv.analysis.scaffold.scaffold_network import AddressCode, damaged, noisy, with_return
from hippokv.analysis.scaffold.scaffold_rate_model import (
    ScaffoldRateModel,
    flipped,
    random_addresses,
    recall,
)
from hippokv.analysis.scaffold.value_rules import DeltaRule, Hebb, PseudoInverse, ValueRule
from hippokv.arrays import Array
from tables import heading, interval, kept, options, row, seeds, sized

MODULES = GridModules((3, 4, 5))
REDUNDANT = GridModules((3, 4, 5, 7))
#: Hippocampal cells of a large layer.
N_CELLS = sized(800, 100)
N_BITS = 200
CUE_NOISE = 0.1
#: Parts of the active cells that fall silent, and whose activity goes to others.
DAMAGE = ((0.0, 0.0), (0.25, 0.0), (0.0, 0.25), (0.0, 0.5))[: sized(None, 2)]

# fmt: off
SIZES = sized((25, 50, 75, 100, 150, 200, 250, 300, 400), (25,))
FIXED_TARGET = (.06, .27, .51, .73, .90, .97, 1.00, 1.00, 1.00)
NOISE_TARGET = (.04, .14, .30, .49, .69, .84, .96, .98, .99)
COUNTS = sized((100, 200, 400, 500, 600, 1000, 1800, 3600), (100,))
VALUE_RULES: dict[str, tuple[ValueRule, tuple[float, ...]]] = {
    "pseudo-inverse": (PseudoInverse(), (1.000, 1.000, 1.000, .977, .921, .793, .703, .638)),
    "plain Hebb": (Hebb(), (.650, .604, .574, .566, .560, .547, .534, .524)),
    "centred Hebb": (Hebb(centred=True), (.793, .708, .646, .630, .618, .591, .568, .548)),
}
INFORMATION_TARGET = (1.00, 1.00, 1.00, .84, .60, .26, .12, .06)
HOPFIELD_TARGET = sized({50: 1.000, 100: .974, 200: .668, 400: .652}, {50: 1.000})
SPARSE_TARGET = {
    (2000, .02): {40: .988, 100: .944, 200: .889, 400: .798},
    (400, .08): {40: .951, 100: .851},
}
LOADS = sized((20, 40, 80, 160, 320), (20,))
RECALL_TARGET = {
    "plain Hebb": (.992, .952, .866, .762, .661),
    "delta": (.995, np.nan, .951, .896, .802),
    "delta, 3 replays": (1.0, 1.0, .999, .983, .902),
    "pseudo-inverse": (1.0, 1.0, .998, .947, .915),
}
# fmt: on
RECALL_RULES: dict[str, ValueRule] = {
    "plain Hebb": Hebb(),
    "centred Hebb": Hebb(centred=True),
    "delta": DeltaRule(),
    "delta, 3 replays": DeltaRule(replays=3),
    "own replay, 3 rounds": DeltaRule(replays=3, teacher=False),
    "own replay, 3 an item": DeltaRule(replays=3, teacher=False, interleaved=True),
    "own, 10 an item, rate 1": DeltaRule(rate=1.0, replays=10, teacher=False, interleaved=True),
    "pseudo-inverse": PseudoInverse(),
}
INFORMATIVE = ("delta, 3 replays", "own, 10 an item, rate 1", "pseudo-inverse")


def over_seeds(function: Callable[..., Sequence[Any]], count: int, *arguments: Any) -> Array:
    """Return what a function of a random stream finds in each network, (networks, ...)."""
    return np.array([function(np.random.default_rng(seed), *arguments) for seed in seeds(count)])


def over_sizes(function: Callable[..., Sequence[Any]], count: int, *arguments: Any) -> Array:
    """Return what a function finds in layers of each size, (networks, ..., sizes)."""
    return np.stack([over_seeds(function, count, size, *arguments) for size in SIZES], axis=-1)


def cells(found: Array) -> list[str]:
    """Write the mean and interval of each column."""
    return [interval(column) for column in found.T]


def targets(numbers: Iterable[float]) -> list[str]:
    """Write numbers to compare with."""
    return ["-" if np.isnan(number) else f"{number:.3f}" for number in numbers]


def table_columns(first: str, others: Iterable[object]) -> list[tuple[str, int]]:
    """Return the columns of a table with a name in front."""
    return [(first, 36), *((str(other), 14) for other in others)]


def information(right: Array) -> Array:
    """Return the information per bit, of the shape of the parts that are right."""
    return np.vectorize(information_per_bit, otypes=[float])(right)


def total_information(right: Array, n_bits: int) -> list[str]:
    """Write the information of all items together at each load, patterns of so many bits."""
    return [interval(column, 0) for column in (information(right) * LOADS * n_bits).T]


# --- the scaffold alone ---------------------------------------------------------------------------


def same(found: Array, wanted: Array) -> float:
    """Return the part of the codes that are the same in every cell."""
    return float((found == wanted).all(axis=1).mean())


def held(
    rng: np.random.Generator, size: int, addresses: AddressCode, code: Array
) -> tuple[float, ...]:
    """Return which part of the addresses come back: as they are, after noise, and settled."""
    weights = GaussianInputs().draw(size, code, rng)
    network = with_return(addresses, Rectified(), weights, code)
    clean = network.hippocampal(code)
    spoilt = noisy(clean, 1.0, rng)
    return (
        same(network.address(clean), code),
        same(network.address(spoilt), code),
        same(network.settle(spoilt), code),
    )


def held_at_random(rng: np.random.Generator, size: int, n_addresses: int) -> tuple[float, ...]:
    """Return the same for MESH: as many cells, as many of them active, and no modules."""
    mesh = RandomCodes(MODULES.n_cells, len(MODULES.periods))
    return held(rng, size, mesh, mesh.draw(n_addresses, rng))


def scaffold_table(count: int) -> None:
    """Print how many addresses are fixed points, and survive noise as long as the activity."""
    columns = table_columns("hippocampal cells", SIZES)
    heading(
        "All 3,600 addresses of {3, 4, 5}, Gaussian inputs .6, threshold .5, Hebbian return",
        columns,
    )
    found = over_sizes(held, count, MODULES, MODULES.code(MODULES.every_address()))
    row(columns, ["target: fixed points", *targets(FIXED_TARGET[: len(SIZES)])])
    row(columns, ["fixed points", *cells(found[:, 0])])
    row(columns, ["target: noise 1.0", *targets(NOISE_TARGET[: len(SIZES)])])
    row(columns, ["noise 1.0, one clean-up", *cells(found[:, 1])])
    row(columns, ["noise 1.0, loop settled", *cells(found[:, 2])])
    for n_addresses in (500, 3600):
        found = over_sizes(held_at_random, count, n_addresses)
        row(columns, [f"MESH, {n_addresses} codes: fixed points", *cells(found[:, 0])])
        row(columns, ["noise 1.0, one clean-up", *cells(found[:, 1])])


def recovered(
    rng: np.random.Generator, size: int, inputs: GridInputs, activity: Activity, best: bool
) -> list[float]:
    """Return which part of 400 addresses the loop brings back from damaged activity."""
    everywhere = MODULES.code(MODULES.every_address())
    weights = inputs.draw(size, everywhere, rng)
    network = with_return(MODULES, activity, weights, everywhere, best)
    code = MODULES.code(random_addresses(MODULES, 400, rng))
    clean = network.hippocampal(code)
    return [same(network.settle(damaged(clean, *parts, rng)), code) for parts in DAMAGE]


def damage_table(count: int) -> None:
    """Print how many addresses come back from activity of which a part is changed."""
    shown = (f"{dropped:.0%} / {shuffled:.0%}" for dropped, shuffled in DAMAGE)
    columns = table_columns("layer and return", shown)
    heading(
        "Addresses of {3, 4, 5} recovered by the loop: active cells dropped / shuffled", columns
    )
    layers: dict[str, tuple[int, GridInputs, Activity]] = {
        "400 Gaussian": (sized(400, 100), GaussianInputs(), Rectified()),
        "800 winners": (N_CELLS, FixedInDegree(), Winners(40)),
        "800 graded winners": (N_CELLS, FixedInDegree(), Winners(40, graded=True)),
    }
    for name, layer in list(layers.items())[: sized(None, 1)]:
        for best in (False, True):
            way = "pseudo-inverse" if best else "Hebb"
            row(columns, [f"{name}, {way}", *cells(over_seeds(recovered, count, *layer, best))])


# --- error correction -----------------------------------------------------------------------------


def loop_corrects(
    rng: np.random.Generator,
    modules: GridModules,
    layers: Sequence[tuple[GridInputs, Activity]],
    phases: Phases,
) -> list[float]:
    """Return the part of the displacements that the loop of each layer sets right."""
    code = modules.code(phases)
    networks = (
        with_return(modules, activity, inputs.draw(N_CELLS, code, rng), code)
        for inputs, activity in layers
    )
    return [float(corrected_share(modules, network, phases).mean()) for network in networks]


def code_allows(modules: GridModules, phases: Phases) -> list[str]:
    """Write what a set of addresses allows to know of a displacement."""
    known = code_distance(modules, phases)
    return [f"{part:.3f}" for part in (known.detectable, known.correctable, known.guessed)]


def correction_table(count: int) -> None:
    """Print how many displacements of one module by one phase are set right."""
    columns = [
        ("periods, room", 20), ("detectable", 10), ("unique", 7), ("guessed", 7),
        ("Gaussian .6", 13), ("fixed in-degree", 15), ("recruited 5 %", 13),
        ("recruited 2 %", 13), ("all match", 13), ("published", 13),
    ]  # fmt: skip
    heading(
        "One module displaced by one phase: what the code allows, what the loop of 800 cells does",
        columns,
    )
    row(columns, ["3 4 5, everywhere", *code_allows(MODULES, MODULES.every_address()), *"------"])
    for modules, phases_in in ((MODULES, (3, 6, 9)), (REDUNDANT, (4, 8, 12, 22))):
        layers = (
            (GaussianInputs(), Winners(40)),
            (FixedInDegree(modules.sizes, phases_in), Winners(40)),
            (RecruitedByPlaces(0.05), Winners(40)),
            (RecruitedByPlaces(0.02), Winners(16)),
            (RecruitedByPlaces(0.05), AtLeast(len(modules.periods))),
            (GaussianInputs(0.1), Rectified(2.0)),
        )
        for side in sized((4, 6, 8), (4,)):
            phases = modules.phases(room(side, side))
            name = f"{' '.join(map(str, modules.periods))}, {side} x {side}"
            found = over_seeds(loop_corrects, count, modules, layers, phases)
            row(columns, [name, *code_allows(modules, phases), *cells(found)])
    print("unique: no other address of the room shares the phases of the other modules.")
    print("guessed: of those that do, one is taken at random.")
    print("40 winners, 16 of those recruited by 2 % of places; all match: no winners, but any cell")
    print("recruited (5 %) fires that hears the phases of all modules; published: Gaussian .1 and")
    print("threshold 2.0, as the authors of Vector-HaSH have for rooms.")


# --- values on clean codes ------------------------------------------------------------------------


def values_right(
    rng: np.random.Generator,
    rule: ValueRule,
    counts: Iterable[int],
    size: int,
    inputs: GridInputs,
    activity: Activity,
) -> list[float]:
    """Return the part of the value bits right for each number of items, on their own activity."""
    found = []
    for n_patterns in counts:
        code = MODULES.code(random_addresses(MODULES, n_patterns, rng))
        hippocampal = activity(code @ inputs.draw(size, code, rng).T)
        patterns = rng.choice([-1.0, 1.0], (n_patterns, N_BITS))
        values = rule.learn(hippocampal, patterns, rng)
        found.append(bits_right(values.evidence(hippocampal), patterns))
    return found


def hopfield_right(rng: np.random.Generator, n_steps: int) -> list[float]:
    """Return the part of the bits right some updates after the stored patterns themselves."""
    stored = [rng.choice([-1.0, 1.0], (n_patterns, 708)) for n_patterns in HOPFIELD_TARGET]
    return [bits_right(hopfield_recall(own, own, n_steps=n_steps), own) for own in stored]


def value_table(count: int) -> None:
    """Print the value bits right on the true hippocampal activity."""
    columns = table_columns("rule", COUNTS)
    heading("Value bits right, 400 cells, Gaussian inputs .6, addresses at random", columns)
    for name, (rule, target) in VALUE_RULES.items():
        layer = (400, GaussianInputs(), Rectified())
        found = over_seeds(values_right, count, rule, COUNTS, *layer)
        row(columns, [f"target: {name}", *targets(target[: len(COUNTS)])])
        row(columns, [name, *cells(found)])
        if isinstance(rule, PseudoInverse):
            row(
                columns,
                ["target: information per bit", *targets(INFORMATION_TARGET[: len(COUNTS)])],
            )
            row(columns, ["information per bit", *cells(information(found))])
    columns = table_columns("708 units", HOPFIELD_TARGET)
    heading(
        "Bits right in a Hopfield network, from the stored patterns, after updates of all units",
        columns,
    )
    row(columns, ["target", *targets(HOPFIELD_TARGET.values())])
    for n_steps in sized((1, 10, 30, 100), (1,)):
        row(columns, [f"{n_steps} updates", *cells(over_seeds(hopfield_right, count, n_steps))])


def sparse_table(count: int) -> None:
    """Print the value bits right by centred Hebb on sparse binary activity."""
    for (size, share), target in list(SPARSE_TARGET.items())[: sized(None, 1)]:
        columns = table_columns(f"{size} cells, {share:.0%} active", target)
        heading("Value bits right by centred Hebb, winners of the inputs named", columns)
        row(columns, ["target", *targets(target.values())])
        for name, inputs in (
            ("Gaussian .6", GaussianInputs()),
            ("Gaussian, all connected", GaussianInputs(1.0)),
            ("fixed in-degree", FixedInDegree()),
        ):
            layer = (size, inputs, Winners(round(share * size)))
            found = over_seeds(values_right, count, Hebb(centred=True), target, *layer)
            row(columns, [name, *cells(found)])


def use_of_cells(rng: np.random.Generator, inputs: GridInputs) -> tuple[float, ...]:
    """Return how unequally 800 cells are used over all addresses, and how alike their codes are."""
    code = MODULES.code(MODULES.every_address())
    hippocampal = Winners(40)(code @ inputs.draw(N_CELLS, code, rng).T)
    use = hippocampal.mean(axis=0)
    shared = (use**2).sum() / hippocampal.sum(axis=1).mean()
    return float(use.std() / use.mean()), float((use == 0).mean()), float(shared)


def use_table(count: int) -> None:
    """Print why equal in-degrees help: cells with strong weights win everywhere."""
    columns = table_columns(
        "800 cells, 40 winners", ("sd/mean of use", "never used", "overlap of two")
    )
    heading("How much the cells are used over all 3,600 addresses of {3, 4, 5}", columns)
    for name, inputs in (
        ("Gaussian .6", GaussianInputs()),
        ("Gaussian, all connected", GaussianInputs(1.0)),
        ("fixed in-degree", FixedInDegree()),
    ):
        row(columns, [name, *cells(over_seeds(use_of_cells, count, inputs))])


# --- recall from a cue ----------------------------------------------------------------------------


def recalled(rng: np.random.Generator, memory: ScaffoldRateModel) -> list[list[float]]:
    """Return the part of the bits right, and of the addresses reached, at each load."""
    right, reached = [], []
    for load in LOADS:
        addresses = random_addresses(memory.modules, load, rng)
        patterns = rng.choice([-1.0, 1.0], (load, N_BITS))
        cues = flipped(patterns, CUE_NOISE, rng)
        found = recall(memory, addresses, patterns, cues, int(rng.integers(2**31)))
        right.append(bits_right(found.evidence, patterns))
        reached.append(float((found.addresses == addresses).all(axis=1).mean()))
    return [right, reached]


def recall_table(count: int) -> None:
    """Print recall from cues with some bits flipped: by rule of values, layer and loop."""
    columns = table_columns("rule", LOADS)
    straight = "winners of the cue straight to the values"
    slowly = "keys written slowly: a = .1, e = 0"
    layers = {
        "800 cells, 5 % active, fixed in-degree": ScaffoldRateModel(),
        f"the same, {straight}": ScaffoldRateModel(corrects=False),
        f"800 cells, 5 % active, fixed in-degree, {slowly}": ScaffoldRateModel(
            keys=SharedKeyRule(potentiation=0.1, decay=0.0)
        ),
        "800 cells, 5 % active, Gaussian .6": ScaffoldRateModel(inputs=GaussianInputs()),
        f"Gaussian .6, {straight}": ScaffoldRateModel(inputs=GaussianInputs(), corrects=False),
        "1,600 cells, 3 % active, fixed in-degree": ScaffoldRateModel(
            n_cells=1600, active_share=0.03
        ),
    }
    for layer, memory in list(layers.items())[: sized(None, 1)]:
        heading(f"Bits right from cues with {CUE_NOISE:.0%} flipped: {layer}", columns)
        for name, rule in list(RECALL_RULES.items())[sized(0, 3) :: sized(1, 4)]:
            found = over_seeds(recalled, count, replace(memory, values=rule))
            if name in RECALL_TARGET and memory.n_cells == 800:
                row(columns, [f"target: {name}", *targets(RECALL_TARGET[name][: len(LOADS)])])
            row(columns, [name, *cells(found[:, 0])])
            if name in INFORMATIVE:
                row(columns, ["  information in bits", *total_information(found[:, 0], N_BITS)])
        row(columns, ["addresses reached", *cells(found[:, 1])])


def hopfield_recalled(rng: np.random.Generator, size: int, kind: Kind) -> list[float]:
    """Return the part of the bits right, at each load, from cues with some bits flipped."""
    found = []
    for load in LOADS:
        patterns = rng.choice([-1.0, 1.0], (load, size))
        cues = flipped(patterns, CUE_NOISE, rng)
        found.append(bits_right(hopfield_recall(patterns, cues, kind), patterns))
    return found


def hopfield_table(count: int) -> None:
    """Print what Hopfield networks with as many synapses recall from the same kind of cues."""
    n_synapses = plastic_synapses(ScaffoldRateModel(), N_BITS)
    columns = table_columns("network", LOADS)
    heading(
        f"Hopfield networks from cues with {CUE_NOISE:.0%} flipped; the memory of 800 cells has "
        f"{n_synapses:,} plastic synapses",
        columns,
    )
    one, two = units_with(n_synapses, both_ways=False), units_with(n_synapses)
    networks: tuple[tuple[str, int, Kind], ...] = (
        (f"N(N-1)/2: {one} units", one, "standard"),
        (f"N(N-1): {two} units", two, "standard"),
        (f"{two} units, bounded", two, "bounded"),
        (f"{two} units, pseudo-inverse", two, "pseudo-inverse"),
        (f"as wide as an item: {N_BITS}", N_BITS, "standard"),
    )
    for name, size, kind in networks[: sized(None, 1)]:
        right = over_seeds(hopfield_recalled, count, size, kind)
        row(columns, [name, *cells(right)])
        row(columns, ["  information in bits", *total_information(right, size)])
    alone = information_per_bit(1 - CUE_NOISE)
    print(f"The cue alone has {1 - CUE_NOISE:g} of the bits right, {alone:.3f} bits per bit.")


TABLES = (
    scaffold_table,
    damage_table,
    correction_table,
    value_table,
    sparse_table,
    use_table,
    recall_table,
    hopfield_table,
)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(5, 2), help="networks, from seed 3000 on"
    )
    arguments = parser.parse_args()
    with kept("scaffold_rate_model"):
        for table in TABLES:
            table(arguments.seeds)
