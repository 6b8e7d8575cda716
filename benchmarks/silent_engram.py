"""A silent engram: what cue and light recall of it, against the light and against its keys.

Protocol silent-engram with default settings but those that a row names. Means and 95 % intervals
over seeds. Also draws docs/figures/silent_engram.png.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from silencing import hidden_accuracies

from hippokv.analysis.figures.style import (
    RATE,
    REFERENCE,
    SPIKING,
    add_legend,
    add_panel,
    mark,
    new_figure,
    styled,
)
from hippokv.analysis.figures.sweep import mean_interval
from tables import FIGURES, Scores, heading, interval, kept, options, row, sized, swept

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PROTOCOL = "silent-engram"
FIGURE = FIGURES / "silent_engram.png"
IRRADIANCES = sized((0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 1.0, 5.0), (0.01, 5.0))
#: Without pauses, a little more than the mean photocurrent of pulses of 0.01 and 0.02 mW/mm2.
CONTINUOUS = (0.003, 0.006)
FACTORS = sized((0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0), (0.5, 1.0))
ROUNDS = (
    ("cue before", "cue_before"), ("cue, silent", "cue_silent"), ("no light", "no_light"),
    ("light", "light"), ("cue, restored", "cue_restored"), ("others before", "others_before"),
    ("others, silent", "others_silent"), ("others, restored", "others_restored"),
)  # fmt: skip
#: Settings of the quick form.
FEW: dict[str, Any] = sized({}, {"protocol.n_items": 4})


def rounds_table(words: str, runs: Scores, count: int) -> None:
    """Print what each kind of recall gives."""
    columns = [("recall", 16), ("spiking", 15), ("rate", 15), ("hidden spiking", 15)]
    columns.append(("hidden rate", 15))
    heading(f"{PROTOCOL}, {words}, N = d = m = T = 40, {count} seeds", columns)
    for label, group in ROUNDS:
        cells = [interval(scores[f"accuracy_{group}"]) for scores in runs[:2]]
        hidden = [
            interval(runs.circuit[f"hidden_{group}_{model}"]) for model in ("spiking", "rate")
        ]
        row(columns, [label, *cells, *hidden])


def sweep_table(
    title: str,
    axis: str,
    positions: Sequence[float],
    runs: Sequence[Scores],
    groups: Sequence[str],
    share: str,
) -> None:
    """Print the accuracy of groups of recalls, and a share of spikes, against a setting."""
    names = {**{group: f"accuracy_{group}" for group in groups}, "engram share": share}
    columns = [(axis, 10)]
    columns += [(f"{words}, {model}", 22) for words in names for model in ("spiking", "rate")]
    heading(title, columns)
    for position, found in zip(positions, runs, strict=True):
        cells = [interval(scores[name]) for name in names.values() for scores in found[:2]]
        row(columns, [f"{position:g}", *cells])


def curves(panel: Axes, positions: Sequence[float], runs: Sequence[Scores], name: str) -> None:
    """Draw a score of the circuit and of the rate model against a setting."""
    for model, colour, style in ((1, RATE, "--"), (0, SPIKING, "-")):
        found = [mean_interval(one[model][name]) for one in runs]
        panel.errorbar(
            positions, [mean for mean, _ in found], yerr=[half for _, half in found],
            color=colour, linestyle=style, linewidth=1.2, marker="o", markersize=3.6,
            markerfacecolor=colour if style == "-" else "white", capsize=2, elinewidth=0.9,
        )  # fmt: skip
    panel.axhline(0.5, color=REFERENCE, linestyle=":", linewidth=1)
    panel.set_ylim(0.4, 1.03)


@styled
def figure(by_light: Sequence[Scores], by_factor: Sequence[Scores]) -> Figure:
    """Draw light recall against irradiance, and cued recall against the key factor."""
    drawn = new_figure(3.1)
    left = add_panel(drawn, 0.62, 0.66, 2.7, 1.85)
    curves(left, IRRADIANCES, by_light, "accuracy_light")
    left.set_xscale("log")
    left.set_title("silent engram, light and no cue")
    left.set_xlabel("irradiance (mW/mm²)")
    left.set_ylabel("fraction of value bits right")
    right = add_panel(drawn, 4.2, 0.66, 2.7, 1.85)
    curves(right, FACTORS, by_factor, "accuracy_cue_silent")
    right.set_title("silent engram, cue and no light")
    right.set_xlabel("factor on the keys of the tagged cells")
    handles = [
        mark("circuit", color=SPIKING, marker="o", linestyle="-", markersize=3.6),
        mark("rate model", color=RATE, marker="o", linestyle="--", markersize=3.6,
             markerfacecolor="white"),
        mark("guessing", color=REFERENCE, linestyle=":"),
    ]  # fmt: skip
    add_legend(drawn, handles, 0.62, 0.1)
    return drawn


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(10, 2), help="number of seeds, from 3000 on"
    )
    arguments = parser.parse_args()
    count = arguments.seeds
    with kept("silent_engram"):
        hidden = hidden_accuracies([group for _, group in ROUNDS])
        default = swept(PROTOCOL, FEW, count, hidden)
        rounds_table("values of their own", default, count)
        same = swept(PROTOCOL, {**FEW, "protocol.own_values": False}, count, hidden)
        rounds_table("values that are their own keys", same, count)
        by_light = [
            default
            if at == 5.0
            else swept(PROTOCOL, {**FEW, "protocol.irradiance_mW_per_mm2": at}, count)
            for at in IRRADIANCES
        ]
        sweep_table(
            f"light without a cue on a silent engram, key factor 0.5, {count} seeds", "mW/mm2",
            IRRADIANCES, by_light, ("light", "no_light"), "engram_share_light",
        )  # fmt: skip
        continuous = [
            swept(
                PROTOCOL,
                {**FEW, "protocol.irradiance_mW_per_mm2": at, "protocol.pulse_ms": 50.0},
                count,
            )
            for at in CONTINUOUS
        ]
        sweep_table(
            f"the same, light all the time instead of 15 ms at 20 Hz, {count} seeds", "mW/mm2",
            CONTINUOUS, continuous, ("light", "no_light"), "engram_share_light",
        )  # fmt: skip
        by_factor = [
            default if at == 0.5 else swept(PROTOCOL, {**FEW, "protocol.key_factor": at}, count)
            for at in FACTORS
        ]
        sweep_table(
            f"cues of the tagged item, {count} seeds", "key factor",
            FACTORS, by_factor, ("cue_silent", "cue_restored"), "engram_share_cue",
        )  # fmt: skip
    figure(by_light, by_factor).savefig(FIGURE)
