"""The raster that can be zoomed: what is packed, and what a browser makes of it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.analysis.figures import style
from hippokv.analysis.figures.report import Picture, drawn, report_html
from hippokv.analysis.figures.style import new_figure
from hippokv.analysis.figures.zoom import packed_spikes, zoom_html
from hippokv.circuits.manipulation.manipulations import (
    Light,
    ScaleWeights,
    Silence,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Epoch, Schedule

SIZES = {"hippocampal": 40, "pv": 6}
#: A spike that is far from all others.
ALONE_CELL, ALONE_S = 33, 3.2105


def made_up() -> tuple[Recording, Schedule, int]:
    """Return four seconds of spikes, with light and a lesion, and twenty slots."""
    epochs = (
        Epoch("store", 1000.0, 0), Epoch("rest", 1000.0), Epoch("recall:cue", 1000.0, 0),
        Epoch("recall:<light>", 1000.0, 0),
    )  # fmt: skip
    schedule = manipulated(
        Schedule(epochs, manipulation_widths(SIZES, ("keys",))),
        Light("hippocampal", "chr2", 5.0, 3000.0, 4000.0), Silence("pv", (1,), 2000.0),
    )  # fmt: skip
    stream = np.random.default_rng(0)
    step = np.sort(np.append(stream.integers(0, 20_000, 300), round(ALONE_S / 1e-4)))
    cell = stream.integers(0, 10, len(step))
    cell[step == round(ALONE_S / 1e-4)] = ALONE_CELL
    spikes = {
        "hippocampal": SpikeTrain(step.astype(np.int32), cell.astype(np.int32), 40, 1e-4),
        "pv": SpikeTrain.at(np.array([0.5, 2.5]), np.array([0, 5], dtype=np.int32), 6),
    }
    plateaus = SpikeTrain.at(np.array([0.7, 0.7]), np.array([0, 1], dtype=np.int32), 40)
    times = np.arange(0.0, 4.0, 0.01)
    traces = {"pv": Trace(times, np.array([2]), {"v": np.sin(times)[:, None]}, {"v": "volt"})}
    return Recording(spikes, {"dendritic_spike": plateaus}, {}, 4000.0, {}, traces), schedule, 20


def unpacked(packed: dict[str, Any]) -> list[list[int]]:
    """Return the steps of each cell, read as the script reads them."""
    content = iter(zlib.decompress(base64.b64decode(packed["data"])))

    def number() -> int:
        value = shift = 0
        for byte in content:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value

    counts = [number() for _ in range(packed["cells"])]
    found = [np.cumsum([number() for _ in range(count)]).astype(int).tolist() for count in counts]
    assert next(content, None) is None
    return found


def test_every_spike_comes_back_at_its_step_and_of_its_cell() -> None:
    stream = np.random.default_rng(1)
    step = np.sort(stream.integers(0, 2**31 - 1, 500)).astype(np.int32)
    cell = (stream.integers(0, 7, 500) * 2).astype(np.int32)
    packed = packed_spikes(SpikeTrain(step, cell, 15, 5e-4))
    assert packed["dt"] == 5e-4
    assert unpacked(packed) == [step[cell == number].tolist() for number in range(15)]
    none = packed_spikes(SpikeTrain(step[:0], cell[:0], 3, 5e-4))
    assert unpacked(none) == [[], [], []]
    times = packed_spikes(SpikeTrain.at(np.array([0.25]), np.zeros(1, dtype=np.int32), 1))
    assert np.multiply(unpacked(times), times["dt"]) == pytest.approx(0.25)


def test_regular_spikes_take_little_more_than_a_byte() -> None:
    stream = np.random.default_rng(2)
    step = np.sort(stream.integers(0, 400_000, 50_000)).astype(np.int32)
    train = SpikeTrain(step, stream.integers(0, 200, 50_000).astype(np.int32), 200, 5e-4)
    assert len(packed_spikes(train)["data"]) < 3 * 50_000


def test_words_cannot_end_the_data() -> None:
    page = zoom_html(*made_up())
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    assert "<light>" not in page.partition("<script>")[0]
    words = [event["words"] for event in json.loads(data)["events"]]
    assert words == ["store 1", "", "recall 1, cue", "recall 1, <light>"]
    assert "http" not in page and "src=" not in page


def test_the_cells_that_are_silenced_lit_or_asked_for_are_with_their_population() -> None:
    recording, schedule, n_slots = made_up()
    makes = np.isin(np.arange(40), [3, 4, 20]).astype(float)
    page = zoom_html(
        replace(recording, cells={"chr2_expression_hippocampal": makes}), schedule, n_slots
    )  # fmt: skip
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    hippocampal, pv = json.loads(data)["populations"]
    (lit,), (silent,) = hippocampal["hit"], pv["hit"]
    assert (lit["start"], lit["stop"], lit["cells"]) == (3.0, 4.0, [[3, 5], [20, 21]])
    assert (silent["start"], silent["stop"], silent["cells"]) == (2.0, 4.0, [[1, 2]])
    # Two cells are a slot, which the item took.
    assert [one["cells"] for one in hippocampal["asked"]] == [[[0, 2]]] * 3
    (trace,) = json.loads(data)["traces"]
    assert (trace["unit"], trace["cells"]) == ("mV", [2])


def test_what_is_done_in_two_ways_is_told_apart_by_how() -> None:
    recording, schedule, n_slots = made_up()
    twice = manipulated(
        schedule, ScaleWeights("keys", 0.5, 1500.0), ScaleWeights("keys", 2.0, 2500.0)
    )
    page = zoom_html(recording, twice, n_slots)
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    done = json.loads(data)["done"]
    assert [one["words"] for one in done if "keys" in one["how"]] == ["keys × 0.5", "keys × 2"]
    assert "weights scaled, keys × 2" in {one["how"] for one in done}
    assert "silenced: PV interneurons" in {one["words"] for one in done}


@pytest.mark.parametrize(("limit", "most"), [("MOST_SPIKES", 100), ("MOST_BYTES", 1000)])
def test_a_run_that_is_too_long_says_so_in_its_place(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(f"hippokv.analysis.figures.zoom.{limit}", most)
    told = zoom_html(*made_up())
    assert "script" not in told and "canvas" not in told
    assert (
        "million spikes, more than can be zoomed in a report" in told
        and "plot_raster(window=" in told
    )


# --- in a browser ---------------------------------------------------------------------------------


def spikes_picture() -> Picture:
    picture = drawn("spikes", "Spikes.", new_figure, 1.0)
    return replace(picture, interactive=lambda: zoom_html(*made_up()))


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Return the report of made-up spikes, drawn, and make sure that nothing was complained of."""
    path = tmp_path / "report.html"
    path.write_text(report_html("Spikes", "", {}, {}, [spikes_picture()]), encoding="utf-8")
    complaints: list[str] = []
    opened = browser.new_page(viewport={"width": 1000, "height": 1200}, has_touch=True)
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(path.as_uri())
    opened.wait_for_selector(".interactive[data-ready]")
    yield opened
    opened.close()
    assert complaints == []


def window_of(page: Any) -> tuple[float, float]:
    found = page.evaluate(
        "(({from, to}) => [from, to])(document.querySelector('.interactive').dataset)"
    )
    return float(found[0]), float(found[1])


def pixels(page: Any) -> bytes:
    found: bytes = page.locator("canvas").screenshot()
    return found


def place_of(page: Any, name: str, cell: int, time_s: float) -> dict[str, float]:
    """Return where a spike is on the canvas."""
    call = (
        "([name, cell, time]) => document.querySelector('.interactive').placeOf(name, cell, time)"
    )
    x, y = page.evaluate(call, [name, cell, time_s])
    return {"x": x, "y": y}


def pointed(page: Any, name: str, cell: int, time_s: float) -> str:
    """Return what is said of a spike that is pointed at."""
    page.locator("canvas").hover(position=place_of(page, name, cell, time_s))
    words: str = page.locator("output").inner_text()
    return words


def test_the_whole_run_is_drawn_below_the_picture(page: Any) -> None:
    assert window_of(page) == (0.0, 4.0)
    assert page.locator("figure img").is_visible() and page.locator("canvas").is_visible()
    rows = [box.input_value() for box in page.locator("fieldset input").all()]
    assert rows == ["hippocampal", "pv", "pv.v"]


def test_a_spike_that_is_pointed_at_says_its_cell_and_time_and_epoch(page: Any) -> None:
    alone = "hippocampal, cell 34, slot 17: spike at 3.2105 s, recall 1, <light>"
    assert pointed(page, "hippocampal", ALONE_CELL, ALONE_S) == alone
    assert (
        pointed(page, "pv", 5, 2.5) == "PV interneurons, cell 6: spike at 2.5000 s, recall 1, cue"
    )
    assert "spike" not in pointed(page, "hippocampal", 20, 2.5)
    page.locator("select").select_option(label="recall 1, <light>")
    assert pointed(page, "hippocampal", ALONE_CELL, ALONE_S) == alone


def test_the_wheel_zooms_where_it_points_once_the_picture_has_the_focus(page: Any) -> None:
    before, canvas = pixels(page), page.locator("canvas")
    canvas.hover(position=place_of(page, "hippocampal", ALONE_CELL, ALONE_S))
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(200)
    assert window_of(page) == (0.0, 4.0), "the page is scrolled"
    page.evaluate("scrollTo(0, 0)")
    canvas.click(position=place_of(page, "hippocampal", ALONE_CELL, ALONE_S))
    page.mouse.wheel(0, -400)
    page.wait_for_function("document.querySelector('.interactive').dataset.from > 0")
    start, stop = window_of(page)
    assert stop - start == pytest.approx(4 / np.e, rel=0.01)
    assert (ALONE_S - start) / (stop - start) == pytest.approx(ALONE_S / 4, abs=0.01)
    assert pixels(page) != before
    assert "cell 34" in pointed(page, "hippocampal", ALONE_CELL, ALONE_S)


def test_keys_and_buttons_zoom_move_and_show_the_whole(page: Any) -> None:
    page.locator("canvas").focus()
    page.keyboard.press("+")
    assert window_of(page) == (1.0, 3.0)
    page.keyboard.press("ArrowRight")
    assert window_of(page) == pytest.approx((1.4, 3.4))
    page.keyboard.press("ArrowLeft")
    page.get_by_label("zoom out").click()
    assert window_of(page) == pytest.approx((0.0, 4.0))
    page.locator("canvas").focus()
    for _ in range(30):
        page.keyboard.press("+")
    start, stop = window_of(page)
    assert stop - start == pytest.approx(0.01)
    page.get_by_role("button", name="whole run").click()
    assert window_of(page) == (0.0, 4.0)


def test_dragging_moves_and_stops_at_the_ends(page: Any) -> None:
    page.locator("canvas").focus()
    page.keyboard.press("+")
    at = place_of(page, "hippocampal", 20, 2.0)
    to = place_of(page, "hippocampal", 20, 1.5)
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + at["x"], box["y"] + at["y"])
    page.mouse.down()
    page.mouse.move(box["x"] + to["x"], box["y"] + to["y"], steps=4)
    assert window_of(page) == pytest.approx((1.5, 3.5), abs=0.02)
    page.mouse.move(box["x"] + to["x"] - 900, box["y"] + to["y"], steps=4)
    page.mouse.up()
    assert window_of(page) == pytest.approx((2.0, 4.0))


def test_two_fingers_zoom(page: Any) -> None:
    box = page.locator("canvas").bounding_box()
    y = box["y"] + 60
    touch = page.context.new_cdp_session(page)

    def put(kind: str, *places: float) -> None:
        points = [{"x": box["x"] + x, "y": y, "id": number} for number, x in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    put("touchStart", 400, 500)
    put("touchMove", 350, 550)
    put("touchMove", 300, 600)
    put("touchEnd")
    start, stop = window_of(page)
    assert stop - start == pytest.approx(4 / 3, rel=0.05)


def test_populations_can_be_hidden_and_the_rest_are_taller(page: Any) -> None:
    before = pixels(page)
    tall = [place_of(page, "hippocampal", cell, 1.0)["y"] for cell in (0, 39)]
    page.locator("fieldset input[value=pv]").uncheck()
    now = [place_of(page, "hippocampal", cell, 1.0)["y"] for cell in (0, 39)]
    assert now[0] - now[1] > 1.1 * (tall[0] - tall[1])
    assert pixels(page) != before
    page.locator("fieldset input[value=pv]").check()
    assert pixels(page) == before


def test_what_was_done_is_named_where_it_is_pointed_at(page: Any) -> None:
    page.locator("canvas").hover(position={"x": 300, "y": 27})
    assert page.locator("output").inner_text() == (
        "light on hippocampal, 5 mW/mm², 20 Hz, 15 ms: 3.000 to 4.000 s"
    )


#: Notes every text that a canvas is given, where it ends, and what it should be left of.
NOTING = """
window.texts = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  if (this.textAlign === "left") window.texts.push([text, x + this.measureText(text).width, y]);
  return write.call(this, text, x, y);
};
"""


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_names_of_rows_are_whole_however_narrow_the_page(
    browser: Any, tmp_path: Path, width: int
) -> None:
    """Names stand beside the picture, in lines that do not touch, and none is cut."""
    names = [*style.POPULATION_COLOURS, "a_population_of_mine_with_a_long_name", "Q" * 40]
    sizes = {name: 2 for name in names}
    rows = [Silence(name, None, 500.0) for name in names]
    schedule = manipulated(
        Schedule((Epoch("rest", 1000.0),), manipulation_widths(sizes, ("keys",))), *rows
    )
    train = SpikeTrain.at(np.array([0.5]), np.array([0], dtype=np.int32), 2)
    body = zoom_html(Recording(dict.fromkeys(names, train), {}, {}, 1000.0), schedule, 1)
    picture = replace(drawn("spikes", "Spikes.", new_figure, 1.0), interactive=lambda: body)
    path = tmp_path / "report.html"
    path.write_text(report_html("Spikes", "", {}, {}, [picture]), encoding="utf-8")
    opened = browser.new_page(viewport={"width": width, "height": 900})
    opened.add_init_script(NOTING)
    opened.goto(path.as_uri())
    opened.wait_for_selector(".interactive[data-ready]")
    shown = opened.evaluate("texts")
    begin = opened.evaluate(
        f"document.querySelector('.interactive').placeOf('{names[0]}', 0, 0)[0]"
    )
    overflow = opened.evaluate("document.documentElement.scrollWidth - innerWidth")
    opened.close()
    written = "".join(text for text, *_ in shown).replace(" ", "")
    for name in names:
        words = style.population_name(name).replace(" ", "")
        assert written.count(words) >= 2 and f"silenced:{words}" in written
    assert "\N{HORIZONTAL ELLIPSIS}" not in written
    assert max(right for _, right, _ in shown) <= begin
    heights = sorted({y for *_, y in shown})
    assert np.diff(heights).min() >= 10
    assert overflow <= 0


def test_the_picture_stands_where_there_is_no_script(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_html("Spikes", "", {}, {}, [spikes_picture()]), encoding="utf-8")
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(path.as_uri())
    assert plain.locator("figure img").is_visible() and not plain.locator("canvas").is_visible()
    plain.context.close()


def test_many_spikes_are_a_density_that_becomes_marks(browser: Any, tmp_path: Path) -> None:
    recording, schedule, n_slots = made_up()
    stream = np.random.default_rng(3)
    step = np.sort(stream.integers(0, 40_000, 2_000_000)).astype(np.int32)
    many = SpikeTrain(step, stream.integers(0, 40, len(step)).astype(np.int32), 40, 1e-4)
    spikes = {**recording.spikes, "hippocampal": many}
    path = tmp_path / "report.html"
    body = zoom_html(replace(recording, spikes=spikes), schedule, n_slots)
    assert len(body) < 8e6
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{body}", encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    opened.wait_for_selector(".interactive[data-ready]", timeout=60_000)
    before = opened.locator("canvas").screenshot()
    opened.locator("select").select_option(label="recall 1, cue")
    assert opened.locator("canvas").screenshot() != before
    opened.close()
