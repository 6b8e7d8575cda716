"""Forgetting as interference: list length, and accessibility against precision of locations.

Also draws docs/figures/interference.png and docs/figures/accessibility.png. ``sampled`` is the rate
model with as many draws from its attention as the circuit fired hippocampal spikes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import hippokv
from hippokv.analysis.figures.list_length import list_length_figure
from hippokv.analysis.figures.location_errors import location_errors_figure
from hippokv.analysis.figures.style import DPI
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.recall.mixture_of_errors import fit_mixture
from hippokv.analysis.recall.readout import SETTLING_MS
from hippokv.arrays import Array
from hippokv.protocols.accessibility import errors_rad
from hippokv.protocols.interference import measure
from tables import FIGURES, heading, interval, kept, options, over, row, seeds, sized, small

COLUMNS = [("score", 28), ("circuit", 16), ("rate", 16), ("difference", 17), ("sampled", 16)]
FITS = [("interval", 12), ("what", 16), ("circuit", 22), ("rate", 22)]
#: Resamples of the seeds for the intervals of what is fitted to all of them.
RESAMPLES = sized(300, 10)
#: Settings of the quick form.
SHORT_LISTS: Mapping[str, Any] = sized(
    {},
    {
        "protocol.n_items": 6,
        "protocol.short_length": 1,
        "protocol.long_length": 1,
        "protocol.further_lists": 0,
    },
)
FEW_WORDS: Mapping[str, Any] = sized({}, {"protocol.n_items": 2, "protocol.sessions": 2})

Scores = dict[str, float]
#: Errors in rad of each retention interval, an array for each seed.
Errors = dict[str, list[Array]]


@dataclass(frozen=True)
class Lists:
    """Hold the scores of one run: of the circuit, of the rate model, and of that one sampled."""

    circuit: Scores
    rate: Scores
    sampled: Scores


def lists(seed: int, settings: Mapping[str, Any]) -> Lists:
    """Run lists with one seed."""
    result = hippokv.run("interference", seed, small({**settings, **SHORT_LISTS}))
    hippocampal, prediction = result.recording.spikes["hippocampal"], result.found.prediction
    stream = np.random.default_rng(seed)
    shares = [
        stream.multinomial(
            hippocampal.counts(event.start_ms + SETTLING_MS, event.stop_ms).sum(), attention
        )
        for event, attention in zip(
            result.experiment.schedule.events("recall"), prediction.attention, strict=True
        )
    ]
    sampled = replace(prediction, evidence=np.array(shares) @ np.sign(prediction.values))
    return Lists(
        result.metrics, result.predicted_metrics, measure(sampled, prediction, result.found.items)
    )


def list_table(title: str, settings: Mapping[str, Any], count: int, only: str = "") -> list[Lists]:
    """Print the scores of lists, all or those that begin with some letters."""
    runs = over(lambda seed: lists(seed, settings), seeds(count))
    heading(title, COLUMNS)
    for name in runs[0].circuit:
        if name.startswith(only):
            circuit, rate, sampled = (
                [getattr(run, who)[name] for run in runs] for who in ("circuit", "rate", "sampled")
            )
            difference = np.subtract(circuit, rate)
            row(COLUMNS, [name, *map(interval, (circuit, rate, difference, sampled))])
    return runs


def draw_lists(runs: Sequence[Lists]) -> None:
    """Draw the accuracy of each condition."""
    circuit, rate = (
        {
            name.removeprefix("accuracy_"): mean_interval(
                np.array([getattr(run, who)[name] for run in runs])
            )
            for name in runs[0].circuit
            if name.startswith("accuracy_")
        }
        for who in ("circuit", "rate")
    )
    figure = list_length_figure(circuit, rate)
    figure.savefig(FIGURES / "interference.png", dpi=DPI)


def location_errors(
    seed: int, settings: Mapping[str, Any]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Run words and locations with one seed; return the errors of circuit and rate model."""
    result = hippokv.run("accessibility", seed, small({**settings, **FEW_WORDS}))
    items = result.found.items
    circuit, rate = (
        {group: errors_rad(readout, items)[items.asked(group)] for group in items.groups}
        for readout in (result.found.readout, result.found.prediction)
    )
    return circuit, rate


def resampled(errors: Errors) -> dict[str, Array]:
    """Return accessibility and spread of each interval in resamples of seeds, (resamples, 2)."""
    n_seeds = len(next(iter(errors.values())))
    draws = np.random.default_rng(0).integers(0, n_seeds, (RESAMPLES, n_seeds))
    found = {}
    for name, by_seed in errors.items():
        table = np.array(by_seed)
        fits = [fit_mixture(table[draw].ravel()) for draw in draws]
        found[name] = np.array([(fit.accessibility, fit.spread_deg) for fit in fits])
    return found


def location_table(title: str, settings: Mapping[str, Any], count: int, draw: bool = False) -> None:
    """Print accessibility and spread, fitted to the errors of all seeds together, and draw them."""
    runs = over(lambda seed: location_errors(seed, settings), seeds(count))
    errors: list[Errors] = [
        {name: [run[who][name] for run in runs] for name in runs[0][who]} for who in (0, 1)
    ]
    samples = [resampled(found) for found in errors]
    pooled = [{name: np.concatenate(found[name]) for name in found} for found in errors]
    names = list(pooled[0])
    heading(title, FITS)
    for name in names:
        fits = [fit_mixture(found[name]) for found in pooled]
        for column, what, values in (
            (0, "accessibility", [fit.accessibility for fit in fits]),
            (1, "spread (degrees)", [fit.spread_deg for fit in fits]),
        ):
            cells = [
                _with_percentiles(value, sample[name][:, column])
                for value, sample in zip(values, samples, strict=True)
            ]
            row(FITS, [name, what, *cells])
    before, after = names[0], names[-2]
    heading(f"Change from {before} to {after}, the same resamples of seeds in both", FITS)
    for column, what in enumerate(("accessibility", "spread (degrees)")):
        cells = []
        for found, sample in zip(pooled, samples, strict=True):
            fits = [fit_mixture(found[name]) for name in (before, after)]
            values = [(fit.accessibility, fit.spread_deg)[column] for fit in fits]
            changes = sample[after][:, column] - sample[before][:, column]
            cells.append(_with_percentiles(values[1] - values[0], changes))
        row(FITS, ["", what, *cells])
    if draw:
        intervals = [
            {name: np.nanpercentile(sample[name], [2.5, 97.5], axis=0) for name in names}
            for sample in samples
        ]
        figure = location_errors_figure(*pooled, *intervals)
        figure.savefig(FIGURES / "accessibility.png", dpi=DPI)


def _with_percentiles(value: float, sample: Array) -> str:
    low, high = np.nanpercentile(sample, [2.5, 97.5])
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Print the tables and draw the figures."""
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(40, 2), help="number of seeds, from 3000 on"
    )
    count = parser.parse_args().seeds
    half = max(count // 2, 2)
    with kept("interference"):
        print(f"Means and 95 % intervals over {count} seeds, and over {half} in what varies them.")
        draw_lists(list_table("Lists of 4 and 12 items, each in a context of its own", {}, count))
        for length in (4, 8):
            list_table(
                f"The same with {length} items in a long list",
                {"protocol.long_length": length}, half, only="effect",
            )  # fmt: skip
        list_table(
            "The same without contexts, 90 % of the key hidden",
            {"protocol.context": 0.0, "protocol.occlusion": 0.9}, half, only="effect",
        )  # fmt: skip
        location_table("Mixtures fitted to the errors of all seeds", {}, count, draw=True)
        location_table(
            "The same with value synapses of 500 pA, as elsewhere",
            {"circuit.value_pA": 500.0},
            half,
        )


if __name__ == "__main__":
    main()
