"""The physiological preset: recall beside the rate model, rates, and what each constant costs.

The first table is cued recall at N = d = m = 40 with all constants in their published ranges. The
second puts one constant after the other back to its default, the rest as in the preset, on faint
cues of few items: what gets better then is what physiology costs.
Before both stand the values of the preset, their ranges and sources, as the docs have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import hippokv
from hippokv.circuits.physiological import PRESET as PHYSIOLOGICAL
from hippokv.circuits.presets import with_preset
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.parameter import leaves
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.protocol import find_protocol
from tables import heading, interval, kept, options, over, row, sized, small

PROTOCOL = "cued-recall"
PRESET: dict[str, Any] = {"circuit.preset": PHYSIOLOGICAL.name}
#: Sizes beside the default ones: items and hidden part of a cue.
LOADS = sized(((40, 0.6), (60, 0.6)), ((3, 0.6),))
#: Few items and faint cues, by which constants are compared.
FAINT: dict[str, Any] = {"protocol.n_items": sized(10, 3), "protocol.occlusion": 0.8}
RECALL = [
    ("items", 5), ("hidden", 6), ("spiking", 14), ("rate", 14), ("gap", 15), ("one plateau", 13),
    ("key error", 13), ("value error", 13), ("distance", 13), ("floor", 13),
]  # fmt: skip
RATES = [("items", 5), ("hidden", 6), ("while", 6), ("cells", 34), ("rate Hz", 13)]
COSTS = [
    ("back to the default", 44), ("preset", 8), ("default", 8), ("spiking", 14), ("gap", 15),
    ("change", 15), ("distance", 13), ("floor", 13),
]  # fmt: skip
#: Constants that belong together: one of them alone at its default would be another circuit.
TOGETHER: dict[str, tuple[str, ...]] = {
    "membranes of hippocampal cells": (
        "circuit.hippocampal.capacitance_pF",
        "circuit.hippocampal.leak_nS",
    ),
    "acetylcholine, clearance and quantum": (
        "circuit.hippocampal.acetylcholine_tau_ms",
        "circuit.hippocampal.acetylcholine_quantum",
        "circuit.cholinergic.drive_pA",
        "circuit.n_cholinergic",
    ),
    "delays": ("circuit.delays.shortest_delay_ms", "circuit.delays.longest_delay_ms"),
    "PV cells": ("circuit.n_pv", *(f"circuit.pv.{name}" for name in (
        "capacitance_pF", "leak_nS", "resting_voltage_mV", "reset_voltage_mV", "escape_width_mV",
        "lowest_threshold_mV", "highest_threshold_mV", "escape_tau_ms", "excitation_tau_ms",
        "excitation_pA", "inhibition_nS",
    ))),
    "SST cells": ("circuit.n_sst", *(f"circuit.sst.{name}" for name in (
        "capacitance_pF", "leak_nS", "onset_pA", "inhibition_nS",
    ))),
    "entorhinal cells and their number": ("circuit.cells_per_unit", *(
        f"circuit.{population}.{name}"
        for population in ("entorhinal", "cortical")
        for name in (
            "capacitance_pF", "leak_nS", "resting_voltage_mV", "spike_threshold_mV", "noise_pA",
            "reset_voltage_mV", "drive_pA", "noise_tau_ms", "background_pA", "theta_depth",
        )
    )),
    "theta": ("circuit.entorhinal.theta_depth", "circuit.cortical.theta_depth"),
    "synapses onto value cells": ("circuit.value_pA", "circuit.cortical.value_tau_ms"),
    "trace of values": (
        "circuit.value_rule.trace_tau_ms",
        "circuit.value_rule.trace_threshold",
        "circuit.value_rule.trace_slope",
    ),
}  # fmt: skip
#: Changes of a constant with what keeps the charge of a spike as it is in the preset.
COMPENSATED: dict[str, dict[str, float]] = {
    "PV decay, charge kept": {
        "circuit.hippocampal.pv_tau_ms": 22.0,
        "circuit.pv.inhibition_nS": 7.0 / 22.0,
    },
    "decay onto value cells, charge kept": {
        "circuit.cortical.value_tau_ms": 20.0,
        "circuit.value_pA": 13.0 / 4,
    },
}
#: Constants that are put back alone.
ALONE = (
    "circuit.cells_per_slot",
    "circuit.synaptic_jitter",
    "circuit.inhibitory_jitter",
    "circuit.reference_conductance_nS",
    "circuit.hippocampal.resting_voltage_mV",
    "circuit.hippocampal.escape_width_mV",
    "circuit.hippocampal.noise_pA",
    "circuit.hippocampal.key_tau_ms",
    "circuit.hippocampal.pv_tau_ms",
    "circuit.hippocampal.refractory_period_ms",
    "circuit.hippocampal.dendrite_noise_mV",
    "circuit.hippocampal.plateau_conductance_nS",
    "circuit.hippocampal.key_suppression",
    "circuit.hippocampal.value_suppression",
    "circuit.key_rule.eligibility_slope",
    "protocol.study_ms",
    "protocol.gap_ms",
    "protocol.cue_ms",
)


class Recall(NamedTuple):
    """Hold what one run brought."""

    scores: dict[str, float]
    rate: dict[str, float]
    rates_Hz: dict[tuple[str, str], float]


def recalled(settings: dict[str, Any], seed: int) -> Recall:
    """Run cued recall and return its scores, the rate model's and the firing rates of cells."""
    result = hippokv.run(PROTOCOL, seed=seed, settings=small({**PRESET, **settings}))
    scores = {**result.metrics, "floor": result.spike_scores["attention_floor"]}
    return Recall(scores, dict(result.predicted_metrics), firing(result))


def firing(result: hippokv.Result[Any]) -> dict[tuple[str, str], float]:
    """Return mean rates in Hz of cells that a pattern drives, of the best slot, and of others."""
    schedule, spikes = result.experiment.schedule, result.recording.spikes
    items, circuit = result.found.items, result.experiment.settings.circuit
    found: dict[tuple[str, str], list[float]] = {}

    def add(kind: str, cells: str, value: float) -> None:
        found.setdefault((kind, cells), []).append(value)

    for kind in ("store", "recall"):
        for number, event in enumerate(schedule.events(kind)):
            seconds = (event.stop_ms - event.start_ms) / 1e3

            def by(population: str, groups: int, event: Any = event) -> Any:
                counts = spikes[population].counts(event.start_ms, event.stop_ms)
                return counts.reshape(groups, -1).mean(axis=1)

            item = number if kind == "store" else int(items.query_item[number])
            cue = items.keys[number] if kind == "store" else items.queries[number]
            for population, pattern in (("entorhinal", cue), ("cortical", items.values[item])):
                driven = np.concatenate([pattern > 0, pattern < 0])
                rates = by(population, len(driven)) / seconds
                add(kind, f"{population}, of the pattern", float(rates[driven].mean()))
                add(kind, f"{population}, others", float(rates[~driven].mean()))
            slots = by("hippocampal", circuit.n_slots) / seconds
            add(kind, "hippocampal, most active slot", float(slots.max()))
            add(kind, "hippocampal, all", float(slots.mean()))
            for population in ("pv", "sst", "cholinergic"):
                add(kind, population, float(by(population, 1)[0] / seconds))
    plateau_s = circuit.hippocampal.plateau_length_ms / 1e3
    study_ms = result.experiment.settings.protocol.study_ms
    hippocampal = spikes["hippocampal"]
    for taken, event in zip(result.found.readout.plateaus, schedule.events("store"), strict=True):
        counts = hippocampal.counts(event.start_ms + study_ms, event.stop_ms)
        for slot in np.flatnonzero(taken)[:1]:
            burst = counts.reshape(circuit.n_slots, -1)[slot].mean() / plateau_s
            add("store", "hippocampal, in a plateau", float(burst))
    return {key: float(np.mean(values)) for key, values in found.items()}


def gap(runs: list[Recall]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return accuracy of spikes minus that of the rate model, of each run."""
    return np.array([run.scores["accuracy"] - run.rate["accuracy"] for run in runs])


def column(runs: list[Recall], of: Callable[[Recall], float]) -> list[float]:
    """Return one number of each run."""
    return [of(run) for run in runs]


def recall_tables(seeds: range) -> None:
    """Print recall beside the rate model, and the rates of all cells at the first load."""
    heading(f"preset {PHYSIOLOGICAL.name}, N = d = m = 40, {len(seeds)} seeds", RECALL)
    first: list[Recall] = []
    for n_items, hidden in LOADS:
        settings = {"protocol.n_items": n_items, "protocol.occlusion": hidden}
        runs = over(lambda seed, given=settings: recalled(given, seed), seeds)
        first = first or runs
        scores = [
            interval(column(runs, lambda run, name=name: run.scores[name]))
            for name in ("one_plateau", "key_error", "value_error", "attention_tv", "floor")
        ]
        row(
            RECALL,
            [
                n_items, f"{hidden:.0%}",
                interval(column(runs, lambda run: run.scores["accuracy"])),
                interval(column(runs, lambda run: run.rate["accuracy"])),
                interval(gap(runs)), *scores,
            ],
        )  # fmt: skip
    heading(f"mean firing rates, {len(seeds)} seeds", RATES)
    n_items, hidden = LOADS[0]
    for kind, cells in first[0].rates_Hz:
        values = [run.rates_Hz[kind, cells] for run in first]
        row(RATES, [n_items, f"{hidden:.0%}", kind, cells, interval(values, 1)])


def ranges() -> None:
    """Print every value of the preset with its range and source, as rows of a page."""
    print("\n| constant | value | unit | published range | source |\n|---|---|---|---|---|")
    for one in PHYSIOLOGICAL.values:
        span = f"{one.low:g} to {one.high:g}" if one.published else "–"
        unit = one.unit or "–"
        print(f"| `{one.key}` | {one.value:g} | {unit} | {span} | {one.source} |")
    circuit = with_preset(SlotMemoryParameters(), PHYSIOLOGICAL.name)
    print("\n| what follows | value | unit | published range | source |\n|---|---|---|---|---|")
    for two in PHYSIOLOGICAL.derived:
        value, span = f"{two.of(circuit):.3g}", f"{two.low:g} to {two.high:g}"
        print(f"| {two.name} | {value} | {two.unit} | {span} | {two.source} |")


def cost_table(seeds: range) -> None:
    """Print what recall of faint cues gains when constants go back to their defaults."""
    settings = default_settings(find_protocol(PROTOCOL), small({}))
    plain = {key: value for key, value, _ in leaves(settings)}
    preset = {key: one.value for key, one in PHYSIOLOGICAL.by_key().items()}
    changes: dict[str, dict[str, Any]] = {"nothing": {}}
    changes |= {key: {key: plain[key]} for key in ALONE}
    changes |= {name: {key: plain[key] for key in keys} for name, keys in TOGETHER.items()}
    changes |= COMPENSATED
    names = sized(list(changes), ["nothing", "circuit.hippocampal.pv_tau_ms"])
    title = f"{FAINT['protocol.n_items']} items, 80 % hidden, {len(seeds)} seeds"
    heading(f"constants back to their defaults, one at a time; {title}", COSTS)
    before: np.ndarray[Any, np.dtype[np.float64]] | None = None
    for name in names:
        settings = {**FAINT, **changes[name]}
        try:
            runs = over(lambda seed, given=settings: recalled(given, seed), seeds)
        except hippokv.InputError as error:
            print(f"{name}: {error}", flush=True)
            continue
        found = gap(runs)
        before = found if before is None else before
        one = next(iter(changes[name])) if len(changes[name]) == 1 else ""
        row(
            COSTS,
            [
                name, preset.get(one, ""), plain.get(one, ""),
                interval(column(runs, lambda run: run.scores["accuracy"])), interval(found),
                interval(found - before),
                interval(column(runs, lambda run: run.scores["attention_tv"])),
                interval(column(runs, lambda run: run.scores["floor"])),
            ],
        )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6850, help="the first of them")
    parser.add_argument("--only", choices=("ranges", "recall", "costs"), help="one part alone")
    arguments = parser.parse_args()
    few = range(arguments.first, arguments.first + arguments.seeds)
    if arguments.only in (None, "ranges"):
        ranges()
    if arguments.only in (None, "recall"):
        with kept("physiological-recall"):
            recall_tables(few)
    if arguments.only in (None, "costs"):
        with kept("physiological-costs"):
            cost_table(few)
