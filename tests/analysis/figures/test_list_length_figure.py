"""List length: each condition is where its accuracy is, the circuit beside the rate model."""

from __future__ import annotations

from hippokv.analysis.figures.list_length import BETWEEN, list_length_figure
from hippokv.analysis.figures.report import render
from hippokv.analysis.figures.style import RATE, SPIKING

NOTHING = float("nan")


def test_circuit_and_rate_model_have_a_panel_and_each_length_a_line() -> None:
    found = {f"short_{when}": (0.9, 0.01) for when in BETWEEN}
    found |= {f"long_{when}": (0.8, NOTHING) for when in BETWEEN}
    predicted = {name: (mean - 0.1, NOTHING) for name, (mean, _) in found.items()}
    figure = list_length_figure(found, predicted)
    panels = figure.axes
    assert [panel.get_title("left") for panel in panels] == ["circuit", "rate model"]
    for panel, colour, means in zip(panels, (SPIKING, RATE), ((0.9, 0.8), (0.8, 0.7)), strict=True):
        lines = [line for line in panel.lines if len(line.get_xdata()) == 4]
        drawn = [line for line in lines if line.get_marker() == "o"]
        assert [round(float(line.get_ydata()[0]), 3) for line in drawn] == list(means)
        assert {line.get_color() for line in drawn} == {colour}
    assert render(figure, "list_length", "words").png
