"""The report: self-contained, escaped, and complete."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from hippokv.analysis.figures.report import (
    Picture,
    also_as,
    drawn,
    render,
    report_html,
    write_report,
)
from hippokv.analysis.figures.style import new_figure

SUMMARY: dict[str, Any] = {
    "protocol": "cued-recall",
    "seed": 7,
    "metrics": {"accuracy": 0.975, "only_measured": 2.0, "key_error": 0.0001},
    "prediction": {"accuracy": 0.9875, "key_error": float("nan")},
    "timing": {"build_s": 0.0, "run_s": 2.0, "simulated_s": 80.0, "total_s": 3.5},
    "provenance": {"versions": {"brian2": "2.9.0"}, "compiler": "g++ <12>"},
}
PARAMETERS = {"circuit": {"n_slots": 40, "hippocampal": {"leak_nS": 20.0}}, "run.dt_ms": 0.5}


@pytest.fixture(scope="module")
def picture() -> Picture:
    """A picture with nothing in it."""
    return render(new_figure(1.0), "empty", "Nothing & <nobody>.")


def page(picture: Picture, **changes: Any) -> str:
    given = {
        "title": "Recall", "text": "What was done.", "summary": SUMMARY,
        "parameters": PARAMETERS, "pictures": [picture],
    }  # fmt: skip
    return report_html(**{**given, **changes})


class Outline(HTMLParser):
    """Collect the tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text.replace("<wbr>", ""))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += f"{data}\n"


def test_the_report_needs_nothing_but_itself(picture: Picture) -> None:
    text = page(picture)
    assert "http" not in text and "url(" not in text and "@import" not in text
    outline = Outline(text)
    assert outline.open == []
    for tag, attributes in outline.tags:
        assert tag not in ("script", "link", "iframe", "object")
        assert not any(name.startswith("on") for name in attributes)
        if "src" in attributes:
            assert (attributes["src"] or "").startswith("data:image/png;base64,")


def test_the_circuit_is_folded_and_printed_only_where_it_is_open(picture: Picture) -> None:
    text = page(picture, circuit="<h2>Populations</h2>")
    assert '<details class="long">\n<summary>Circuit</summary>\n<h2>Populations</h2>' in text
    assert "Populations" not in page(picture)


def test_the_bytes_of_a_picture_are_those_of_the_report(picture: Picture) -> None:
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    embedded = re.findall(r"base64,([^\"]+)", page(picture))
    assert [base64.b64decode(data) for data in embedded] == [picture.png]
    # Two dots of the picture are a pixel of the page.
    assert f'width="{picture.size[0] // 2}" height="{picture.size[1] // 2}"' in page(picture)


def test_equal_figures_are_equal_bytes(picture: Picture) -> None:
    assert render(new_figure(1.0), "empty", "").png == picture.png


def test_text_is_escaped(picture: Picture) -> None:
    nasty = "<script>alert('x')</script> & \"quoted\""
    text = page(
        picture,
        title=nasty,
        text=nasty,
        summary={
            "protocol": nasty, "seed": nasty, "metrics": {nasty: 1.0},
            "timing": {nasty: 1.0}, "provenance": {nasty: nasty},
        },
        parameters={nasty: {nasty: nasty}},
    )  # fmt: skip
    assert "<script" not in text and "<nobody>" not in text
    assert Outline(text).words.count(nasty) >= 8


def test_scores_stand_beside_the_prediction(picture: Picture) -> None:
    text = page(picture).replace("<wbr>", "")
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", text)
    cells = {
        re.split("<", row)[0]: re.findall(r"<td class=\"number\">(.*?)</td>", row) for row in rows
    }
    assert cells["accuracy"] == ["0.9750", "0.9875", "\N{MINUS SIGN}0.0125"]
    dash = "\N{EN DASH}"
    assert cells["only_measured"] == ["2", dash, dash]
    assert cells["key_error"] == ["0.0001", dash, dash]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.0, "1"), (1 - 3.9e-10, "1"), (1.1e-13, "0"), (0.99996, "1.0000"), (0.00044, "0.00044"),
        (9.99994, "9.9999"), (39.125, "39.12"), (122.46, "122.5"), (1523.54, "1524"),
        (2.5e6, "2.5e+06"),
    ],
)  # fmt: skip
def test_a_score_has_no_more_digits_than_tell_something(
    picture: Picture, score: float, words: str
) -> None:
    summary = {"metrics": {"it": score}, "prediction": {"it": 1.0}}
    (found,) = re.findall(r'>it</th><td class="number">(.*?)</td>', page(picture, summary=summary))
    assert found == words


def test_a_difference_of_rounding_errors_is_none(picture: Picture) -> None:
    summary = {"metrics": {"it": 1.0}, "prediction": {"it": 1 - 3.9e-10}}
    cells = re.findall(r'<td class="number">(.*?)</td>', page(picture, summary=summary))
    assert cells == ["1", "1", "0"]


def test_what_is_told_nothing_of_the_circuit_has_a_column_of_its_own(picture: Picture) -> None:
    assert "uninformed" not in page(picture)
    own = {
        "mean": {"accuracy": 0.9, "key_error": 0.0002}, "sd": {"accuracy": 0.05, "key_error": 0.0},
        "draws": 20, "note": "informed: <told>; uninformed: not",
    }  # fmt: skip
    text = page(picture, summary={**SUMMARY, "uninformed": own}).replace("<wbr>", "")
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    assert heads == ["circuit", "rate model", "uninformed", "difference"]
    rows = {
        row.partition("<")[0]: re.findall(r'<td class="number">(.*?)</td>', row)
        for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', text)
    }
    assert rows["accuracy"][1:3] == ["0.9875", "0.9000<small>± 0.0500</small>"]
    assert [rows[name][2] for name in ("key_error", "only_measured")] == ["0.0002", "\N{EN DASH}"]
    assert "Informed: &lt;told&gt;; uninformed: not; difference: circuit less rate model." in text


def test_a_score_stands_beside_what_it_rests_on(picture: Picture) -> None:
    nothing = {"chance": None, "low": None, "high": None}
    certainty = {
        "accuracy": {"n": 1.0, "chance": 0.5, "low": 0.8213, "high": 0.9971},
        "attention_tv": {"n": 12.0, **nothing, "chance": 0.0597},
        "agreement": {"n": 12.0, **nothing},
    }
    summary = {
        **SUMMARY, "certainty": certainty,
        "spike_scores": {"attention_tv": 0.07, "attention_floor": 0.0597, "agreement": 0.9},
    }  # fmt: skip
    text = page(picture, summary=summary).replace("<wbr>", "")
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    assert heads == ["circuit", "n", "chance", "rate model", "difference"]
    rows = {
        row.partition("<")[0]: re.findall(r'<td class="number">(.*?)</td>', row)
        for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', text)
    }
    dash = "\N{EN DASH}"
    assert rows["accuracy"][:3] == ["0.9750<small>0.8213 to 0.9971</small>", "1", "0.5000"]
    assert rows["attention_tv"][:3] == ["0.0700", "12", "0.0597"]
    assert rows["agreement"][:3] == ["0.9000", "12", dash]
    assert rows["key_error"][1:3] == [dash, dash]
    assert "attention_floor" not in rows, "it stands beside what it is the floor of"
    assert "interval, over the recalls of this one run" in text


def test_populations_have_a_table_of_how_they_fire(picture: Picture) -> None:
    scores = {"rate_Hz_pv": 121.8554, "cv_pv": None, "synchrony_pv": 0.59984}
    text = page(picture, summary={**SUMMARY, "spike_scores": scores})
    assert "rate_<wbr>Hz" not in text
    (row,) = re.findall(r'<tr><th scope="row">PV interneurons</th>(.*?)</tr>', text)
    assert re.findall(r">(.*?)</td>", row) == ["122", "\N{EN DASH}", "0.6"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("accuracy_cue_silent", "recalls \N{LEFT DOUBLE QUOTATION MARK}cue silent"),
        ("accuracy_T10", "in recalls of lists of 10 items,"),
        ("accuracy_R3", "in recalls of items 3 steps after storage,"),
        ("accuracy_flashbulb_R3", "in recalls of flashbulb items 3 steps after storage,"),
    ],
)
def test_a_score_of_a_kind_of_recall_says_which(picture: Picture, name: str, words: str) -> None:
    assert words in page(picture, summary={**SUMMARY, "metrics": {name: 1.0}})


def test_a_protocol_says_what_its_kinds_of_recall_score(picture: Picture) -> None:
    given = {"accuracy_": "entries put out in these recalls"}
    text = page(picture, summary={**SUMMARY, "metrics": {"accuracy_T1": 1.0}}, meanings=given)
    assert "entries put out in recalls of lists of 1 item<" in text


def test_the_report_holds_time_parameters_and_provenance(picture: Picture) -> None:
    words = Outline(page(picture)).words
    for expected in (
        "What was done.", "cued-recall", "seed 7", "40 times real time", "80.00 s",
        "circuit.n_slots", "circuit.hippocampal.leak_nS", "20.0", "run.dt_ms",
        "versions.brian2", "2.9.0", "g++ <12>", "Nothing & <nobody>.",
    ):  # fmt: skip
        assert expected in words
    assert any(tag == "details" for tag, _ in Outline(page(picture)).tags)


def test_a_report_of_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "Empty", "", {}, {}, [])
    text = path.read_text(encoding="utf-8")
    assert Outline(text).open == []
    assert "<h2>" not in text


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "MemoryError"),
        (ImportError("no module\nnamed matplotlib"), "ImportError: no module named matplotlib"),
        (ValueError("\x1b[31mred & <bold>"), "ValueError: \\x1b[31mred & <bold>"),
        (RuntimeError("x" * 5000), "RuntimeError: " + "x" * 83 + "..." + "x" * 100),
    ],
)
def test_a_picture_that_cannot_be_drawn_costs_itself_alone(
    error: Exception, reason: str, picture: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(height: float) -> Figure:
        raise error

    lost = drawn("firing_rates", "Rates.", draw, 1.0)
    assert (lost.png, lost.failure) == (b"", reason)
    assert caplog.messages == [f"hippokv: picture could not be drawn: firing rates ({reason})"]
    text = page(picture, pictures=[lost, picture])
    assert f"Picture that could not be drawn: firing rates ({reason})." in Outline(text).words
    assert text.count("<img") == 1


def test_an_interrupt_is_no_failure_of_a_picture() -> None:
    def draw() -> Figure:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drawn("rates", "", draw)


def test_what_can_be_drawn_is_the_picture(caplog: pytest.LogCaptureFixture) -> None:
    made = drawn("empty", "Words.", new_figure, 1.0)
    assert made == render(new_figure(1.0), "empty", "Words.")
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["", "a b", "../escape", "Raster.png", 'x"y'])
def test_a_picture_has_a_name_fit_for_a_file(picture: Picture, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a picture"):
        Picture(name, "", picture.png)


@pytest.mark.parametrize(("kind", "begin"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_figure_is_drawn_in_another_format_too(kind: str, begin: bytes) -> None:
    with also_as(kind):
        one, other = (render(new_figure(1.0), "empty", "") for _ in range(2))
    assert one.vector.startswith(begin) and one.png.startswith(b"\x89PNG")
    assert one.vector == other.vector, "equal figures are equal bytes"
    assert not render(new_figure(1.0), "empty", "").vector


def test_what_cannot_be_zoomed_costs_itself_alone(
    picture: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        raise ValueError("too many")

    text = page(picture, pictures=[replace(picture, interactive=fail)])
    assert text == page(picture)
    assert caplog.messages == [
        "hippokv: empty cannot be zoomed in the report (ValueError: too many)"
    ]
    more = page(picture, pictures=[replace(picture, interactive=lambda: "<p>zoom</p>")])
    assert "</figure>\n<p>zoom</p>" in more


def test_figures_have_titles_and_the_page_names_them(picture: Picture) -> None:
    text = page(picture, pictures=[replace(picture, name="spikes", seen="Seven spikes.")])
    assert '<a href="#spikes">Spikes of all populations</a>' in text
    assert '<h3>Spikes of all populations</h3>\n<figure id="spikes">' in text
    assert 'alt="Spikes of all populations. Seven spikes."' in text
    assert 'alt="Empty. Nothing &amp; &lt;nobody&gt;."' in page(picture)


def test_letters_can_be_read_on_a_phone_and_the_page_does_not_move_sideways(
    browser: Any, tmp_path: Path
) -> None:
    shown = browser.new_page(viewport={"width": 390, "height": 800})
    path = tmp_path / "report.html"
    certainty = {"accuracy": {"n": 3.0, "chance": 0.5, "low": 0.1, "high": 0.9}}
    full = render(Figure(figsize=(7.2, 1.0), dpi=240), "full", "As wide as all figures.")
    path.write_text(page(full, summary={**SUMMARY, "certainty": certainty}), encoding="utf-8")
    shown.goto(path.as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    wide = shown.locator("figure img").bounding_box()["width"]
    # The smallest letters have 7 points, of 72 to an inch.
    assert wide / 7.2 / 72 * 7 >= 9
    shown.close()


def test_the_parameters_are_printed_on_a_page(browser: Any, tmp_path: Path) -> None:
    many = {f"circuit.hippocampal.parameter_{number}_ms": number for number in range(180)}
    path = tmp_path / "report.html"
    text = report_html("Recall", "", {}, many, [])
    path.write_text(text, encoding="utf-8")
    shown = browser.new_page()
    shown.goto(path.as_uri())
    pages = re.findall(rb"/Type\s*/Page\b", shown.pdf(format="A4"))
    assert len(pages) == 1 and "parameter_179_" in text.replace("<wbr>", "")
    shown.close()


def test_a_picture_is_a_png() -> None:
    with pytest.raises(ValueError, match="is not a PNG"):
        Picture("raster", "", b"GIF89a")
