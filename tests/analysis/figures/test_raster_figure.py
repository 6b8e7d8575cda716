"""The raster of an experiment that does things to the circuit: what, to whom, from when to when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hippokv.analysis.figures.event_names import (
    FEWEST_LETTERS,
    MOST_LETTERS,
    event_words,
    labelled_events,
    letters_that_fit,
)
from hippokv.analysis.figures.manipulation_marks import lane_rows, light_spans
from hippokv.analysis.figures.raster import raster_figure
from hippokv.analysis.figures.raster_windows import Window, enlarged_windows
from hippokv.analysis.figures.raster_words import raster_caption
from hippokv.analysis.figures.report import render
from hippokv.analysis.figures.style import PHASE_COLOURS, SILENCED, TAGGING
from hippokv.analysis.recall.asked_cells import Sought, asked_cells, asking
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Express,
    Light,
    Manipulation,
    ScaleWeights,
    Silence,
    Tag,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Event, Schedule

SIZES = {"entorhinal": 12, "hippocampal": 40, "pv": 5, "cortical": 8}
GROUPS = ("no_light", "light", "others_in_the_dark", "others_under_light")
#: Eight items are stored from 0.1 s on, 0.6 s each; the four kinds of recall start 5.5 s later.
RECALL_MS, END_MS = 4900.0, 14500.0


def experiment(*rows: Manipulation, groups: tuple[str, ...] = GROUPS) -> Schedule:
    """Return a schedule that stores eight items and asks for six in each group."""
    epochs = [Epoch("rest", 100.0)]
    for item in range(8):
        epochs += [Epoch("store", 500.0, item), Epoch("rest", 100.0)]
    for group in groups:
        for item in range(6):
            epochs += [Epoch(f"recall:{group}", 300.0, item), Epoch("rest", 100.0)]
    widths = manipulation_widths(SIZES, ("keys", "values"))
    return manipulated(Schedule(tuple(epochs), widths), *rows)


def drawn(
    *rows: Manipulation, cells: Mapping[str, NDArray[np.float64]] = MappingProxyType({})
) -> Figure:  # fmt: skip
    """Draw some random spikes while something is done to the circuit."""
    schedule = experiment(*rows)
    assert schedule.duration_ms == END_MS
    return raster_figure(recorded(schedule, cells), schedule, 20)


def recorded(
    schedule: Schedule, cells: Mapping[str, NDArray[np.float64]] = MappingProxyType({})
) -> Recording:  # fmt: skip
    """Make up random spikes, and the plateaus of a slot for each item; slot 2 k takes item k."""
    stream = np.random.default_rng(0)
    spikes = {}
    for name, size in SIZES.items():
        count = int(5 * size * END_MS / 1e3)
        times = np.sort(stream.uniform(0, END_MS / 1e3, count))
        spikes[name] = SpikeTrain.at(times, stream.integers(0, size, count).astype(np.int32), size)
    starts = np.array([event.stop_ms / 1e3 - 0.2 for event in schedule.events("store")])
    plateaus = SpikeTrain.at(starts, np.arange(len(starts), dtype=np.int32) * 4, 40)
    return Recording(spikes, {"dendritic_spike": plateaus}, {}, END_MS, cells)


def panels(figure: Figure, name: str) -> list[Axes]:
    """Return the panels of a population: the whole run, then the enlarged stretches."""
    found = [panel for panel in figure.axes if panel.images]
    return found[list(SIZES).index(name) :: len(SIZES)]


def lanes(figure: Figure) -> list[Axes]:
    return [panel for panel in figure.axes if not panel.axison]


def marks(panel: Axes, label: str) -> list[tuple[float, float, float, float]]:
    """Return the boxes that are drawn under a label, as left, right, bottom and top."""
    shapes = [shape for shape in panel.collections if shape.get_label() == label]
    extents = [path.get_extents() for shape in shapes for path in shape.get_paths()]
    return [(box.x0, box.x1, box.y0, box.y1) for box in extents]


def words(figure: Figure) -> list[str]:
    found = [text.get_text() for panel in figure.axes for text in panel.texts]
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


EVERYTHING: tuple[Manipulation, ...] = (
    Tag("hippocampal", 100, 600), Express("hippocampal", "chr2", 4900),
    Light("hippocampal", "chr2", 5.0, 7300, 9700), Silence("pv", (1, 2, 4), 6000),
    BlockPlasticity("keys", 700, 1300), ScaleWeights("values", 0.1, 4905, tagged=True),
    Silence("hippocampal"), Light("pv", "gtacr2", 1.0, 12100, 14500, 20.0, 50.0),
    Express("cortical", "gtacr2", 4900), ScaleWeights("keys", 2.0, 4900, fraction=0.25),
)  # fmt: skip


@pytest.mark.parametrize("rows", [(), EVERYTHING[:3], EVERYTHING], ids=["none", "light", "all"])
def test_nothing_is_cut_off_and_no_names_overlap(rows: tuple[Manipulation, ...]) -> None:
    figure = drawn(*rows)
    width, height = figure.get_size_inches()
    assert render(figure, "spikes", "").size == figure.canvas.get_width_height()
    box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    texts = [text for panel in figure.axes for text in panel.texts if text.get_text()]
    for panel in figure.axes:
        texts += (
            panel.get_xticklabels() if panel.axison and panel.get_xlabel() == "time (s)" else []
        )
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    for number, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[:number])
    (legend,) = figure.legends
    assert legend.get_window_extent().x1 <= width * figure.dpi


def test_groups_of_recalls_are_one_phase_in_colour_and_legend() -> None:
    figure = drawn()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "store", "recall", "rest", "start of a plateau", "hippocampal, item's slot",
        "hippocampal, other cells",
    ]  # fmt: skip
    (shade,) = [
        shape for shape in figure.axes[0].collections if shape.get_label() == "recall"
    ]  # fmt: skip
    assert len(shade.get_paths()) == 24
    assert to_hex(np.asarray(shade.get_facecolor())[0]) == PHASE_COLOURS["recall"]


def test_names_of_recalls_say_which_kind_in_a_line_of_their_own() -> None:
    assert "recall 1\nothers under\nlight" in words(drawn())
    named = labelled_events(experiment(), RECALL_MS / 1e3, END_MS / 1e3, 20.0)
    assert list(dict.fromkeys(event.group for event in named)) == list(GROUPS)


def test_the_first_of_each_kind_of_recall_is_enlarged_and_where_its_item_was_stored() -> None:
    for row, stored in ((BlockPlasticity("keys"), 1), (Tag("hippocampal", 1300, 1800), 3)):
        windows = [panel.get_xlim() for panel in panels(drawn(row), "pv")[1:]]
        begins = [0.6 * stored - 0.5] + [4.9 + 2.4 * group for group in range(4)]
        for time in begins:
            assert sum(start < time + 0.1 < stop for start, stop in windows) == 1
        assert sum(stop - start for start, stop in windows) < 5


@pytest.mark.parametrize(
    ("cells", "boxes"),
    [
        (None, [(0.5, 40.5)]), ((), []), ((0, 1, 2), [(0.5, 3.5)]),
        ((5, 7, 8, 39), [(5.5, 6.5), (7.5, 9.5), (39.5, 40.5)]),
    ],
)  # fmt: skip
def test_silenced_cells_are_hatched_and_no_others(
    cells: tuple[int, ...] | None, boxes: list[tuple[float, float]]
) -> None:
    figure = drawn(Silence("hippocampal", cells, 1000, 6000))
    found = marks(panels(figure, "hippocampal")[0], "silenced")
    assert [(low, high) for *_, low, high in found] == boxes
    assert all(found[row][:2] == (1.0, 6.0) for row in range(len(boxes)))
    for name in ("entorhinal", "pv", "cortical"):
        assert not any(marks(panel, "silenced") for panel in panels(figure, name))
    assert "silenced" in words(figure)
    silent = "all" if cells is None else f"{len(cells)} of 40"
    assert f"silenced: hippocampal\n{silent} cells" in words(figure)


def test_a_lesion_for_good_is_hatched_to_the_end_and_in_enlarged_stretches() -> None:
    whole, *enlarged = panels(drawn(Silence("pv", None, 5000)), "pv")
    ((start, stop, *_),) = marks(whole, "silenced")
    assert (start, stop) == pytest.approx((5.0, END_MS / 1e3))
    for panel in enlarged:
        low, high = panel.get_xlim()
        expected = [(max(low, 5.0), high)] if high > 5.0 else []
        found = [box[:2] for box in marks(panel, "silenced")]
        np.testing.assert_allclose(found, expected)
    (shape,) = [item for item in whole.collections if item.get_label() == "silenced"]
    assert shape.get_hatch()
    assert to_hex(np.asarray(shape.get_facecolor())[0]) == SILENCED


def test_tagging_is_a_bar_in_the_lane_and_a_box_on_the_cells_that_it_tagged() -> None:
    label = np.zeros(40)
    label[[3, 4, 30]] = 1.0
    figure = drawn(Tag("hippocampal", 100, 600), cells={"label_hippocampal": label})
    whole = panels(figure, "hippocampal")[0]
    boxes = marks(whole, "tagged cells")
    assert [box[2:] for box in boxes] == [(3.5, 5.5), (30.5, 31.5)]
    assert all(box[:2] == pytest.approx((0.1, 0.6)) for box in boxes)
    (bar,) = lanes(figure)[0].collections
    assert to_hex(np.asarray(bar.get_facecolor())[0]) == TAGGING
    assert {"tagging by spikes\nin hippocampal", "tagged cells"} <= set(words(figure))
    assert not any(marks(panel, "tagged cells") for panel in panels(figure, "pv"))


def test_cells_with_the_opsin_are_shaded_while_there_is_light() -> None:
    rows = Light("hippocampal", "chr2", 5.0, 7300, 9700), Light("pv", "chr2", 5.0, 7300, 9700)
    makes = np.zeros(40)
    makes[6] = 0.5
    figure = drawn(*rows, cells={"chr2_expression_hippocampal": makes})
    (box,) = marks(panels(figure, "hippocampal")[0], "lit cells")
    assert box == pytest.approx((7.3, 9.7, 6.5, 7.5))
    assert not any(marks(panel, "lit cells") for panel in panels(figure, "pv")), "none make it"


def test_what_is_lit_up_is_enlarged_and_named_before_all_else() -> None:
    """Nine kinds of recall are too many to show: the dark ones of other items give way."""
    groups = tuple(f"kind_{number}" for number in range(9))
    schedule = experiment(
        Light("hippocampal", "chr2", 5.0, 24100, 24400), ScaleWeights("keys", 0.5, 19295),
        groups=groups,
    )  # fmt: skip
    windows = enlarged_windows(schedule)
    shown = [
        event.label
        for event in schedule.events("recall")
        if any(one.start_s < event.start_ms / 1e3 + 0.1 < one.stop_s for one in windows)
    ]
    assert shown == [
        "recall 1 (kind_0)", "recall 1 (kind_1)", "recall 1 (kind_2)", "recall 1 (kind_6)",
        "recall 1 (kind_8)",
    ]  # fmt: skip
    lit = labelled_events(schedule, 0.0, schedule.duration_ms / 1e3, 3.0)
    named = {event.label for event in lit}
    assert {"recall 1 (kind_6)", "recall 1 (kind_8)"} <= named and "recall 1 (kind_7)" not in named


def test_what_is_lit_up_while_it_is_stored_between_recalls_is_enlarged() -> None:
    """As where cells of one context are lit in another: without it nobody sees what was done."""
    epochs = experiment(groups=("before",)).epochs
    again = [Epoch("rest", 200.0), Epoch("store:false", 1000.0, 2)]
    after = [Epoch("recall:after", 600.0, item) for item in range(3)]
    dark = Schedule((*epochs, *again, *after), experiment().widths)
    start_ms = dark.events("store")[-1].start_ms
    light = Light("hippocampal", "chr2", 5.0, start_ms + 100, start_ms + 400)
    for schedule, enlarged in ((dark, False), (manipulated(dark, light), True)):
        middle_s = (start_ms + 500) / 1e3
        windows = enlarged_windows(schedule)
        assert any(one.start_s < middle_s < one.stop_s for one in windows) == enlarged


def test_numbers_are_rounded() -> None:
    rows = ScaleWeights("keys", 1 / 1.15, 4900), Light("pv", "chr2", 1 / 3, 0, 100, 1e3 / 70)
    names = [words for name in lane_rows(rows) for words in name]
    assert names == ["light on PV interneurons", "0.333 mW/mm², 14.3 Hz, 15 ms",
                     "weights scaled", "keys × 0.87"]  # fmt: skip


def test_all_enlarged_recalls_are_named_in_shorter_lines_where_they_are_close() -> None:
    """As where the control of a light stands between a silent cue and the light."""
    groups = ("cue_before", "no_light", "light", "cue_restored")
    schedule = experiment(Light("hippocampal", "chr2", 5.0, 9700, 10000), groups=groups)
    right = {event.start_ms: 1.0 for event in schedule.events("recall")}
    window = Window(9.0, 11.7)
    shown = [event for event in schedule.events("recall") if 9000 <= event.start_ms < 11700]
    assert letters_that_fit(schedule, [window], [5.5], right) == MOST_LETTERS
    assert letters_that_fit(schedule, [window], [4.0], right) == FEWEST_LETTERS
    named = labelled_events(schedule, 9.0, 11.7, 4.0, right, FEWEST_LETTERS)
    assert set(shown) <= set(named)
    assert event_words(shown[0], right, FEWEST_LETTERS)[-2:] == ["100 %", "right"]


def test_what_stands_in_brackets_is_not_parted() -> None:
    night = Event("night:3_(=_1_day)", -1, 0.0, 1.0)
    assert event_words(night, letters=FEWEST_LETTERS) == ["night", "3", "(= 1 day)"]
    assert event_words(night) == ["night", "3 (= 1 day)"]


def test_storage_and_recall_are_named_before_what_is_between_them() -> None:
    epochs = [Epoch("rest", 100.0)]
    for item in range(8):
        epochs += [Epoch("move", 100.0), Epoch("store", 400.0, item)]
    epochs += [Epoch("recall", 400.0, item) for item in range(8)]
    schedule = Schedule(tuple(epochs), experiment().widths)
    named = [event.kind for event in labelled_events(schedule, 0.0, 7.3, 4.0)]
    assert {"store", "recall"} <= set(named) and named.count("move") <= 1


def test_visits_to_where_items_were_stored_ask_for_them() -> None:
    stored = experiment(groups=())
    epochs = (*stored.epochs, Epoch("visit", 300.0, 2), Epoch("visit", 300.0, 11))
    schedule = Schedule(epochs, stored.widths)
    assert [event.item for event in asking(schedule)] == [2]
    *_, last = asked_cells(recorded(schedule), schedule, 20)["hippocampal"]
    assert np.flatnonzero(last.cells).tolist() == [8, 9]
    assert any(
        window.start_s < stored.duration_ms / 1e3 + 0.1 < window.stop_s
        for window in enlarged_windows(schedule)
    )


def test_recalls_that_ask_for_several_items_show_the_slots_of_all_and_no_number() -> None:
    schedule = experiment()
    recalls = schedule.events("recall")
    sought = Sought([[0, 3]] * len(recalls), slots="slots of two", value="two values")
    of_store, *_ = asked_cells(recorded(schedule), schedule, 20, sought)["hippocampal"]
    *_, of_recall = asked_cells(recorded(schedule), schedule, 20, sought)["hippocampal"]
    assert np.flatnonzero(of_store.cells).tolist() == [0, 1]
    assert np.flatnonzero(of_recall.cells).tolist() == [0, 1, 12, 13]
    figure = raster_figure(recorded(schedule), schedule, 20, sought=sought)
    found = words(figure)
    assert "hippocampal, slots of two" in found and "recall\nlight" in found
    assert not any(text.startswith("recall 1") for text in found)
    assert "slots\nasked for" in found
    assert "(slots of two)" in raster_caption(recorded(schedule), schedule, 20, sought)


def test_a_caption_tells_what_is_in_the_raster_and_no_more() -> None:
    schedule = experiment(Silence("pv"))
    told = raster_caption(recorded(schedule), schedule, 20)
    for part in ("slot that took the item", "Triangles", "counts the slots", "hatched"):
        assert part in told, part
    bare = Schedule((Epoch("hold", 9000.0),), {})
    held = recorded(schedule)
    quiet = Recording({"pv": held.spikes["pv"]}, {}, {}, 9000.0)
    told = raster_caption(quiet, bare, 1)
    for part in ("slot", "Triangles", "axis on the right", "hatched", "item", "colour, on"):
        assert part not in told, part
    cells = raster_caption(held, schedule, 40)
    assert "hippocampal cells that took the item" in cells and "slot" not in cells


def test_marks_of_thousands_of_plateaus_leave_spikes_to_be_seen() -> None:
    schedule, few = experiment(), recorded(experiment())
    many = np.tile(np.arange(40, dtype=np.int32), 200)
    times = np.sort(np.random.default_rng(1).uniform(0, 4.9, len(many)))
    events = {"dendritic_spike": SpikeTrain.at(times, many, 40)}
    crowded = Recording(few.spikes, events, {}, END_MS)
    sizes = []
    for recording in (few, crowded):
        panel = panels(raster_figure(recording, schedule, 20), "hippocampal")[0]
        (line,) = [one for one in panel.lines if one.get_label() == "start of a plateau"]
        inches = np.prod(panel.bbox.size) / panel.figure.dpi**2
        sizes.append(line.get_markersize())
        assert len(line.get_xdata()) * sizes[-1] ** 2 <= 0.11 * inches * 72**2 or recording is few
    assert sizes[1] < sizes[0]


def test_phases_of_one_schedule_are_told_apart_by_their_colour() -> None:
    slots = ("store", "recall", "rest", "idle", "erase", "advance", "night")
    scaffold = (
        "reset", "set", "move", "settle", "store", "replay", "recall", "rest", "visit", "hold",
        "correct",
    )  # fmt: skip
    for phases in (slots, scaffold):
        for one, other in itertools.combinations(phases, 2):
            apart = np.subtract(to_rgb(PHASE_COLOURS[one]), to_rgb(PHASE_COLOURS[other]))
            assert np.abs(apart).max() > 0.04 and np.abs(apart).sum() > 0.08, (one, other)


def test_the_slot_asked_for_is_shaded_and_shown_alone() -> None:
    figure = drawn()
    whole, *enlarged = panels(figure, "hippocampal")
    assert not marks(whole, "asked for")
    for panel in enlarged:
        shades = {box[2:] for box in marks(panel, "asked for")}
        assert shades and all((low - 0.5) % 4 == 0 and high - low == 2 for low, high in shades)
    alone = [panel for panel in figure.axes if panel.get_ylim() == (0, 3)]
    assert len(alone) == len(enlarged)
    assert all({*line.get_ydata()} <= {1, 2} for panel in alone for line in panel.lines)
    assert any(len(line.get_xdata()) for panel in alone for line in panel.lines)


def test_the_slot_shown_alone_is_hatched_where_it_is_silenced() -> None:
    for cells, boxes in (((0, 1), {(0.5, 2.5)}), ((1,), {(1.5, 2.5)}), ((2, 3), set())):
        figure = drawn(Silence("hippocampal", cells, 4000))
        alone = [panel for panel in figure.axes if panel.get_ylim() == (0, 3)]
        assert {box[2:] for panel in alone for box in marks(panel, "silenced")} == boxes


def test_what_is_right_stands_above_each_enlarged_recall_and_is_counted() -> None:
    schedule = experiment()
    recalls = schedule.events("recall")
    right = {event.start_ms: 0.5 + 0.5 * (event.item % 2) for event in recalls}
    figure = raster_figure(recorded(schedule), schedule, 20, right)
    good = sum(part == 1 for part in right.values())
    counted = f"{good} of {len(recalls)} recalls \N{GREATER-THAN OR EQUAL TO} 90 % right"
    assert sum(counted in text.get_text() for text in figure.texts) == 1
    named = [text for text in words(figure) if "% right" in text]
    assert named
    for text in named:
        first, *_, last = text.split("\n")
        item = int(first.removeprefix("recall ")) - 1
        part = right[next(event.start_ms for event in recalls if event.item == item)]
        assert last == f"{100 * part:.0f} % right"
    assert not any("% right" in text for text in words(drawn()))


def test_that_nothing_is_done_is_said() -> None:
    said = "nothing is done to the circuit"
    for rows, told in (((), 1), ((Silence("pv"),), 0)):
        assert sum(said in text.get_text() for text in drawn(*rows).texts) == told


def test_the_lane_says_what_light_it_is_and_where_its_pulses_are() -> None:
    figure = drawn(
        Light("hippocampal", "chr2", 5.0, 7300, 9700), Express("hippocampal", "chr2", 4900)
    )
    assert "light on hippocampal\n5 mW/mm², 20 Hz, 15 ms" in words(figure)
    assert "opsin made" in words(figure)
    whole, *enlarged = lanes(figure)
    ((start, stop, *_),) = marks(whole, "light")
    assert (start, stop) == pytest.approx((7.3, 9.7)), "too long for single pulses"
    (lit,) = [panel for panel in enlarged if panel.get_xlim()[0] < 7.4 < panel.get_xlim()[1]]
    pulses = [box[:2] for box in marks(lit, "light")]
    assert pulses[0] == pytest.approx((7.3, 7.315))
    np.testing.assert_allclose(np.diff([begin for begin, _ in pulses]), 0.05)
    (triangle,) = whole.lines
    assert np.asarray(triangle.get_xdata()).tolist() == [4.9]


@pytest.mark.parametrize("start_s", [0.0, 0.93, 1.0, 1.01, 1.3])
def test_pulses_are_where_the_circuit_has_them(start_s: float) -> None:
    light = Light("pv", "chr2", 5.0, 1000, 1500, frequency_Hz=10.0, width_ms=20.0)
    spans = light_spans(light, start_s, 2.0, 50.0)
    times = np.arange(start_s, 2.0, 0.001) + 0.0005
    shown = np.any([(times >= at) & (times < at + long) for at, long in spans], axis=0)
    since = times - 1.0
    expected = (since >= 0) & (since < 0.5) & (since % 0.1 < 0.02)
    np.testing.assert_array_equal(shown, expected)


def test_steady_and_dense_light_is_one_bar() -> None:
    steady = Light("pv", "chr2", 5.0, 1000, 1500, frequency_Hz=10.0, width_ms=100.0)
    assert light_spans(steady, 0.0, 2.0, 50.0) == [(1.0, 0.5)]
    dense = Light("pv", "chr2", 5.0, 1000, 1500, frequency_Hz=100.0)
    assert light_spans(dense, 0.0, 20.0, 5.0) == [(1.0, 0.5)]
    assert light_spans(dense, 3.0, 4.0, 5.0) == []


def test_rows_of_the_lane_have_names_of_two_lines() -> None:
    assert list(lane_rows(EVERYTHING, experiment().widths)) == [
        ("light on hippocampal", "5 mW/mm², 20 Hz, 15 ms"),
        ("light on PV interneurons", "1 mW/mm², steady"),
        ("tagging by spikes", "in hippocampal"),
        ("silenced: PV interneurons", "3 of 5 cells"),
        ("plasticity blocked", "of the keys"),
        ("weights scaled", "values × 0.1, tagged cells"),
        ("silenced: hippocampal", "all cells"),
        ("gtacr2 in", "cortical"),
        ("weights scaled", "keys × 2, 25 %"),
    ]
    again = Light("hippocampal", "chr2", 5.0, 12100, 12200)
    assert len(lane_rows([*EVERYTHING, again])) == 9, "the same light is one row"


@pytest.mark.parametrize(
    ("row", "check"),
    [
        (BlockPlasticity("keys", 700, 1300), lambda lane: len(lane.collections) == 1),
        (ScaleWeights("keys", 0.5, 4900), lambda lane: lane.lines[0].get_xdata()[0] == 4.9),
    ],
)
def test_what_is_done_to_synapses_is_in_the_lane(
    row: Manipulation, check: Callable[[Axes], bool]
) -> None:
    assert check(lanes(drawn(row))[0])
