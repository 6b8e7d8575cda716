"""What a circuit is, as HTML and as a drawing."""

from __future__ import annotations

from dataclasses import replace
from html import escape, unescape

import numpy as np
import pytest
from matplotlib.text import Text

from hippokv.analysis.figures.circuit_drawing import CAPTION, circuit_figure, draw_circuit, placed
from hippokv.analysis.figures.circuit_page import circuit_html, circuit_page
from hippokv.analysis.figures.report import render
from hippokv.analysis.figures.style import new_figure
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.population import Population, Projection


def default(name: str) -> Circuit:
    known = find_circuit(name)
    return known.assemble(known.parameters())


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_setting_is_a_row_of_its_own_with_its_source(name: str) -> None:
    account = default(name).account
    page = circuit_html(account).replace("<wbr>", "")
    for one in account.settings:
        row = f'<tr><th scope="row">{one.key}</th><td>{escape(one.value)}</td>'
        assert page.count(row) == 1
        behind = page[page.index(row) :].partition("</tr>")[0]
        assert escape(one.meaning) in behind and escape(one.source) in behind


@pytest.mark.parametrize("name", CIRCUITS)
def test_all_equations_of_ours_are_set_as_mathematics(name: str) -> None:
    page = circuit_html(default(name).account)
    assert "<pre>" not in page
    assert page.count("<math") > 40


def test_what_cannot_be_set_stands_as_it_is() -> None:
    cells = Population("odd", 2, "x = y if z else 0 : 1\n", manipulable=False)
    page = circuit_html(Circuit("strange", (cells,)).account)
    assert "<pre>x = y if z else 0 : 1</pre>" in page


def test_a_page_has_the_text_of_the_terminal_too_and_needs_no_other_file() -> None:
    circuit = default("slot_memory")
    drawing = render(circuit_figure(circuit), circuit.name, CAPTION)
    page = circuit_page(circuit.account, "What it is.\n\nHow <it> works.", drawing)
    assert circuit.describe() in unescape(page)
    assert "<p>How &lt;it&gt; works.</p>" in page
    assert "http" not in page and "<script" not in page and "data:image/png" in page


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_drawing_names_every_part_and_no_boxes_overlap(name: str) -> None:
    circuit = default(name)
    places = np.array(list(placed(circuit).values()))
    assert len({tuple(place) for place in places}) == len(places)
    for at, place in enumerate(places):
        apart = np.abs(np.delete(places, at, axis=0) - place)
        assert ((apart[:, 0] > 0.6) | (apart[:, 1] > 0.5)).all()
    figure = circuit_figure(circuit)
    words = " ".join(one.get_text() for one in figure.findobj(Text))
    for part in circuit.parts:
        if isinstance(part, Projection):
            assert part.name.replace("_", " ") in words
            assert part.rule is None or type(part.rule).__name__ in words
        else:
            assert str(part.cells) in words.replace(",", "") or part.alike > 1


def test_a_circuit_of_somebody_else_is_drawn_too() -> None:
    cells = Population("mine", 3, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    parts = (cells, replace(cells, name="others"), replace(cells, name="third"))
    wires = Projection("wires", "mine", "others", {"spike": "v_post += 1"})
    back = Projection("back", "others", "mine", {"spike": "v_post -= 1"}, effect="inhibition")
    loop = Projection("loop", "mine", "mine", {"spike": "v_post += 1"}, effect="modulation")
    panel = new_figure(2.0).add_subplot()
    draw_circuit(panel, Circuit("toy", (*parts, wires, back, loop)))
    assert {one.get_text() for one in panel.texts} >= {"mine", "wires", "back", "loop", "3 cells"}
    render(circuit_figure(Circuit("alone", (cells,))), "alone", "")
