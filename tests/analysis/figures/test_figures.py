"""The figures: what they must show, from one item to many, on small made-up recordings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hippokv.analysis.figures.accuracy import accuracy_figure, draw_accuracy
from hippokv.analysis.figures.attention import (
    attention_figure,
    binned_means,
    draw_attention,
    draw_attention_against,
)
from hippokv.analysis.figures.dissociation import draw_states
from hippokv.analysis.figures.event_names import labelled_events
from hippokv.analysis.figures.groups import draw_groups
from hippokv.analysis.figures.raster import plot_raster, raster_figure
from hippokv.analysis.figures.raster_windows import Window
from hippokv.analysis.figures.report import drawn, render
from hippokv.analysis.figures.selection import (
    draw_selection,
    draw_slots_taken,
    selection_figure,
)
from hippokv.analysis.figures.spike_marks import draw_marks, draw_spikes, spike_counts
from hippokv.analysis.figures.strip import draw_strip, strip_figure
from hippokv.analysis.figures.style import (
    MEMORY_COLOURS,
    OTHER_SPIKES,
    PAPER,
    PHASE_COLOURS,
    POPULATION_COLOURS,
    RATE,
    REFERENCE,
    SELECTION_COLOURS,
    SPIKING,
    UNINFORMED,
    counting_ticks,
    population_colour,
    population_name,
)
from hippokv.analysis.figures.two_values import draw_agreement
from hippokv.analysis.figures.weights import draw_weights, weights_figure
from hippokv.analysis.recall.asked_cells import Asked
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_item
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.errors import InputError

WIDTHS = {"entorhinal": 24, "cortical": 24, "acetylcholine": 1, "instruction": 1}
SIZES = {"entorhinal": 24, "hippocampal": 40, "pv": 5, "sst": 2, "cortical": 24, "cholinergic": 1}
IMAGE_SHAPE = (3, 4)


@dataclass(frozen=True)
class Made:
    """Hold an experiment that was made up."""

    schedule: Schedule
    recording: Recording
    items: Items
    readout: Readout
    prediction: Readout
    n_slots: int


def made_up(n_items: int, recalls: bool = True, n_slots: int = 20, delay_ms: float = 0.0) -> Made:
    """Make up an experiment whose circuit is the rate model with every twentieth bit flipped."""
    stream = np.random.default_rng(0)
    patterns = stream.choice([-1.0, 1.0], (n_items, 12))
    epochs = [Epoch("rest", 100.0)]
    for item, pattern in enumerate(patterns):
        shown = on_off(pattern)
        drive = {"entorhinal": shown, "cortical": shown, "acetylcholine": 1.0}
        epochs += [Epoch("store", 500.0, item, drive), Epoch("rest", 100.0)]
    if delay_ms:
        epochs.append(Epoch("rest", delay_ms))
    if recalls:
        cues = np.where(stream.random(patterns.shape) < 0.5, 0.0, patterns)
        for item, cue in enumerate(cues):
            epochs += [
                Epoch("recall", 300.0, item, {"entorhinal": on_off(cue)}),
                Epoch("rest", 100.0),
            ]
    schedule = Schedule(tuple(epochs), WIDTHS)
    stop_s = schedule.duration_ms / 1e3
    spikes = {name: random_spikes(size, stop_s, stream) for name, size in SIZES.items()}
    starts = [event.start_ms / 1e3 + 0.3 for event in schedule.events("store")]
    cells = np.arange(len(starts), dtype=np.int32) * 2 % SIZES["hippocampal"]
    events = {"dendritic_spike": SpikeTrain.at(np.array(starts), cells, SIZES["hippocampal"])}
    prediction = rate_model(schedule, n_slots, lambda given: 0.7)
    flip = np.where(stream.random(prediction.evidence.shape) < 0.05, -1, 1)
    readout = Readout(
        prediction.plateaus,
        prediction.attention,
        prediction.evidence * flip,
        0.99 * prediction.keys,
        0.98 * prediction.values,
    )
    recording = Recording(spikes, events, {}, schedule.duration_ms)
    return Made(schedule, recording, items_of(schedule), readout, prediction, n_slots)


def random_spikes(size: int, stop_s: float, stream: np.random.Generator) -> SpikeTrain:
    count = int(20 * size * stop_s)
    time_s = np.sort(stream.uniform(0, stop_s, count))
    return SpikeTrain.at(time_s, stream.integers(0, size, count).astype(np.int32), size)


def grouped(made: Made) -> Items:
    """Return the items, asked for in two groups in turn."""
    n_recalls = len(made.items.query_item)
    return replace(made.items, query_group=tuple("ab"[number % 2] for number in range(n_recalls)))


def draws_of(made: Made) -> NDArray[np.int8]:
    """Return the values that three draws decode: all right, half of them tied, and all wrong."""
    right = made.items.values[made.items.query_item]
    tied = np.where(np.arange(right.shape[1]) % 2, right, 0)
    return np.array([right, tied, -right], dtype=np.int8)


DRAW: dict[str, Callable[[Made], Figure]] = {
    "raster": lambda made: raster_figure(made.recording, made.schedule, made.n_slots),
    "weights": lambda made: weights_figure(made.readout, made.prediction),
    "selection": lambda made: selection_figure(made.readout, made.prediction),
    "accuracy": lambda made: accuracy_figure(made.readout, made.prediction, made.items),
    "attention": lambda made: attention_figure(made.readout, made.prediction, made.items),
    "strip": lambda made: strip_figure(made.readout, made.prediction, made.items, IMAGE_SHAPE),
}

#: Single plots, as a figure of one's own takes them.
PLOTS: dict[str, Callable[[Axes, Made], object]] = {
    "accuracy": lambda axes, made: draw_accuracy(axes, made.readout, made.prediction, made.items),
    "attention": lambda axes, made: draw_attention(axes, made.readout),
    "against": lambda axes, made: draw_attention_against(
        axes, made.readout, made.prediction, made.items
    ),
    "groups": lambda axes, made: draw_groups(axes, made.readout, made.prediction, grouped(made)),
    "agreement": lambda axes, made: draw_agreement(
        axes, made.readout, made.prediction, grouped(made), made.items.values[:1]
    ),
    "selection": lambda axes, made: draw_selection(axes, made.readout, made.prediction),
    "slots_taken": lambda axes, made: draw_slots_taken(axes, made.readout, made.prediction),
    "strip": lambda axes, made: draw_strip(
        axes, made.readout, made.prediction, made.items, IMAGE_SHAPE
    ),
    "weights": lambda axes, made: draw_weights(axes, made.readout.keys, "input unit"),
    "spikes": lambda axes, made: draw_spikes(
        axes, "pv", made.recording.spikes["pv"], Window(0.0, 2.0)
    ),
    "marks": lambda axes, made: draw_marks(
        axes, "pv", made.recording.spikes["pv"], Window(0.0, 2.0)
    ),
}


@pytest.fixture(scope="module")
def thirty() -> Made:
    """Thirty items stored and recalled."""
    return made_up(30)


def texts(figure: Figure) -> list[str]:
    """Return every text of a figure, with the titles, labels and legends of its panels."""
    found = [text.get_text() for text in figure.texts]
    for legend in figure.legends:
        found += [text.get_text() for text in legend.get_texts()]
    for panel in figure.axes:
        found += [panel.get_title("left"), panel.get_title("right")]
        found += [panel.get_xlabel(), panel.get_ylabel()]
        found += [text.get_text() for text in panel.texts]
    return [text for text in found if text]


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("n_items", [1, 30])
def test_every_figure_is_drawn_with_nothing_cut_off(name: str, n_items: int) -> None:
    figure = DRAW[name](made_up(n_items))
    width, height = figure.get_size_inches()
    drawn = figure.get_tightbbox()
    assert drawn.x0 >= 0 and drawn.y0 >= 0
    assert drawn.x1 <= width and drawn.y1 <= height
    assert render(figure, name, "caption").size == figure.canvas.get_width_height()


@pytest.mark.parametrize("name", ["raster", "weights", "selection"])
@pytest.mark.parametrize("n_items", [1, 25])
def test_storage_alone_can_be_drawn(name: str, n_items: int) -> None:
    assert render(DRAW[name](made_up(n_items, recalls=False)), name, "").png


@pytest.mark.parametrize("name", DRAW)
def test_a_single_slot_can_be_drawn(name: str) -> None:
    assert DRAW[name](made_up(3, n_slots=1))


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_drawn_into_axes_of_ones_own_and_nowhere_else(name: str, thirty: Made) -> None:
    figure = Figure(figsize=(7, 3))
    left, right = (part.add_subplot() for part in figure.subfigures(1, 2))
    PLOTS[name](left, thirty)
    assert left.has_data() and not right.has_data()
    assert figure.axes == [left, right]
    assert not [part for part in (figure, *figure.subfigs) if part.legends or part.texts]
    assert render(figure, name, "caption").png


def test_a_plot_of_ones_own_shows_what_the_page_shows(thirty: Made) -> None:
    axes, page = Figure().add_subplot(), DRAW["accuracy"](thirty).axes[0]
    PLOTS["accuracy"](axes, thirty)
    for own, shown in zip(axes.lines, page.lines, strict=True):
        assert np.array_equal(own.get_xydata(), shown.get_xydata())
    assert (axes.get_xlim(), axes.get_ylim()) == (page.get_xlim(), page.get_ylim())


def test_a_score_below_guessing_is_within_its_panel() -> None:
    axes = Figure().add_subplot()
    draw_states(axes, {"awake": (0.1, 0.9), "asleep": (np.nan, 0.8)})
    assert axes.get_xlim()[0] < 0.1
    draw_states(axes, {"awake": (0.6, 0.9)})
    assert axes.get_xlim()[0] == 0.4


def test_figures_ignore_the_settings_of_the_user(thirty: Made) -> None:
    expected = render(DRAW["accuracy"](thirty), "accuracy", "").png
    with rc_context({"font.size": 30, "savefig.dpi": 30, "savefig.bbox": "tight"}):
        assert render(DRAW["accuracy"](thirty), "accuracy", "").png == expected


def test_matplotlib_is_not_imported_before_a_figure_is_made() -> None:
    modules = [f"hippokv.analysis.figures.{name}" for name in DRAW] + [
        "hippokv.analysis.figures.report"
    ]
    code = f"import sys, {', '.join(modules)}; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_colour_stands_for_one_thing() -> None:
    colours = [SPIKING, RATE, *POPULATION_COLOURS.values(), *PHASE_COLOURS.values()]
    colours += [UNINFORMED, PAPER, *SELECTION_COLOURS.values(), *set(MEMORY_COLOURS.values())]
    assert len(set(colours)) == len(colours)
    assert set(SIZES) <= set(POPULATION_COLOURS)
    assert population_colour("grid") and population_name("grid_module") == "grid module"


def luminances(colour: str) -> NDArray[np.float64]:
    """Return the light of a colour, red, green and blue, as a screen gives it."""
    parts = np.array(to_rgb(colour))
    found: NDArray[np.float64] = np.where(
        parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
    )
    return found


def apart(one: str, other: str, seen: NDArray[np.float64]) -> float:
    """Return the distance of two colours in CIELAB (1976), seen through a matrix."""
    to_xyz = np.array([
        [0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505],
    ])  # fmt: skip
    places = []
    for colour in (one, other):
        light = to_xyz @ np.clip(seen @ luminances(colour), 0, 1) / [0.9505, 1.0, 1.089]
        x, y, z = np.where(light > 0.008856, np.cbrt(light), 7.787 * light + 16 / 116)
        places.append(np.array([116 * y, 500 * (x - y), 200 * (y - z)]))
    return float(np.linalg.norm(places[0] - places[1]))


@pytest.mark.parametrize("memory", MEMORY_COLOURS)
def test_other_memories_are_told_apart_from_all_lines_beside_them(memory: str) -> None:
    # As deuteranopes see, Machado et al. 2009.
    deuteranope = np.array([
        [0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969],
    ])  # fmt: skip
    own = MEMORY_COLOURS[memory]
    others = [SPIKING, RATE, UNINFORMED, PAPER, SELECTION_COLOURS["sequential"]]
    others += [SELECTION_COLOURS["random"], *set(MEMORY_COLOURS.values()) - {own}]
    for other in others:
        assert apart(own, other, np.eye(3)) > 30, other
        assert apart(own, other, deuteranope) > 20, other


def test_the_raster_names_every_population_and_phase(thirty: Made) -> None:
    figure = raster_figure(thirty.recording, thirty.schedule, thirty.n_slots)
    words = [text.replace("\n", " ") for text in texts(figure)]
    for name in thirty.recording.spikes:
        assert words.count(population_name(name)) == 2, "in the whole run and enlarged"
    assert {"store", "recall", "rest", "start of a plateau"} <= set(words)
    assert {"store 1", "store 2", "recall 1", "recall 2"} <= set(words)
    assert {"time (s)", "cell"} <= set(words)


def test_the_raster_shades_each_phase_where_it_is(thirty: Made) -> None:
    panel = raster_figure(thirty.recording, thirty.schedule, thirty.n_slots).axes[0]
    for phase in ("store", "recall", "rest"):
        (shade,) = [shade for shade in panel.collections if shade.get_label() == phase]
        spans = [path.get_extents().intervalx for path in shade.get_paths()]
        events = [(e.start_ms / 1e3, e.stop_ms / 1e3) for e in thirty.schedule.events(phase)]
        assert np.allclose(spans, events)
        assert np.allclose(np.asarray(shade.get_facecolor())[0, :3], to_rgb(PHASE_COLOURS[phase]))


def test_the_raster_marks_plateaus_on_the_hippocampal_panel(thirty: Made) -> None:
    figure = raster_figure(thirty.recording, thirty.schedule, thirty.n_slots)
    marks = [
        line for panel in figure.axes for line in panel.lines
        if line.get_label() == "start of a plateau"
    ]  # fmt: skip
    assert len(marks) == 3, "in the whole run, at storage and at recall"
    assert np.array_equal(marks[0].get_ydata(), thirty.recording.events["dendritic_spike"].cell + 1)
    assert marks[0].axes is figure.axes[list(SIZES).index("hippocampal")]


def test_a_spike_is_a_mark_of_two_pixels_in_full_ink_whatever_else_there_is() -> None:
    """A burst beside it sets no scale, and a spike at the edge is as large as any."""
    burst = np.linspace(0.1, 0.2, 500)
    train = SpikeTrain.at(
        np.concatenate([[0.0], burst, [0.7]]),
        np.concatenate([[0], np.full(500, 30), [59]]).astype(np.int32), 60,
    )  # fmt: skip
    axes = Figure(figsize=(4, 2), dpi=192).add_subplot()
    draw_marks(axes, "pv", train, Window(0.0, 1.0))
    ink = np.asarray(axes.images[0].get_array())
    right = ink[:, ink.shape[1] // 2 :]
    rows, columns = np.nonzero(right[..., 3])
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (4, 4), "two pixels of a screen"
    assert np.all(right[rows, columns] == (*(round(255 * part) for part in to_rgb("#aa4499")), 255))
    assert ink[:4, :4, 3].all()


def test_a_single_spike_is_seen_in_the_density_of_a_run_with_bursts() -> None:
    times = np.append(np.repeat(np.linspace(0.0, 0.4, 400), 30), 0.8)
    train = SpikeTrain.at(times, np.append(np.tile(np.arange(30), 400), 3).astype(np.int32), 30)
    axes = Figure(figsize=(4, 2), dpi=100).add_subplot()
    draw_spikes(axes, "pv", train, Window(0.0, 1.0))
    ink = np.asarray(axes.images[0].get_array())[..., 3]
    assert ink[:, ink.shape[1] // 2 :].max() >= 0.4 * 255


def test_cells_that_are_asked_for_are_in_colour_and_others_grey_meanwhile() -> None:
    train = SpikeTrain.at(np.array([0.2, 0.21, 0.7]), np.array([1, 5, 1], dtype=np.int32), 8)
    axes = Figure(figsize=(4, 2), dpi=192).add_subplot()
    cells = np.arange(8) == 1
    draw_marks(axes, "hippocampal", train, Window(0.0, 1.0), [Asked(0.1, 0.5, cells)])
    ink = np.asarray(axes.images[0].get_array())
    rows, columns = ink.shape[:2]
    found = [
        tuple(ink[int((cell + 0.5) / 8 * rows), int(time * columns), :3] / 255)
        for time, cell in ((0.2, 1), (0.21, 5), (0.7, 1))
    ]
    colours = [POPULATION_COLOURS["hippocampal"], OTHER_SPIKES, OTHER_SPIKES]
    np.testing.assert_allclose(found, [to_rgb(colour) for colour in colours], atol=0.01)


def test_marks_that_would_hide_one_another_are_fine_beside_whatever_is_drawn() -> None:
    times, cells = np.repeat(np.linspace(0, 1, 120), 30), np.tile(np.arange(30), 120)
    train = SpikeTrain.at(times, cells.astype(np.int32), 30)
    later = SpikeTrain.at(np.append(times, 2.5), np.append(cells, 4).astype(np.int32), 30)
    for shown, beside, wide in ((later, [], 4), (later, [Window(0.0, 1.0)], 2)):
        axes = Figure(figsize=(4, 2), dpi=192).add_subplot()
        draw_marks(axes, "pv", shown, Window(2.0, 3.0), (), beside)
        (columns,) = np.nonzero(np.asarray(axes.images[0].get_array())[..., 3].any(axis=0))
        assert len(columns) == wide
    axes = Figure(figsize=(4, 2), dpi=192).add_subplot()
    draw_marks(axes, "pv", train, Window(0.0, 1.0))
    assert not np.asarray(axes.images[0].get_array())[..., 3].all()


def test_a_stretch_is_drawn_into_axes_of_ones_own_or_new_ones(thirty: Made) -> None:
    given = thirty.recording, thirty.schedule, thirty.n_slots
    own = Figure().add_subplot()
    assert plot_raster(*given, (1.0, 2.5), own) is own
    new = plot_raster(*given)
    assert new.get_xlim() == (0.0, thirty.recording.duration_ms / 1e3)
    assert own.get_xlim() == (1.0, 2.5)
    names = [population_name(name) for name in SIZES]
    for axes in (own, new):
        assert [label.get_text() for label in axes.get_yticklabels()] == names
        assert len(axes.images) == len(SIZES)
    for window in ((-1.0, 2.0), (2.0, 2.0), (0.0, 1e3), (1.0,), ("a", "b"), (0.0, np.nan)):
        with pytest.raises(InputError, match="window = .*: must be from and to a time from 0 to"):
            plot_raster(*given, window)  # type: ignore[arg-type]


def test_what_is_seen_is_said_in_numbers() -> None:
    made = made_up(12)
    figure = raster_figure(made.recording, made.schedule, made.n_slots)
    (event,) = [one for one in made.schedule.events("store") if one.item == 1]
    fired = made.recording.spikes["hippocampal"].counts(event.start_ms, event.stop_ms)
    # The made-up plateaus of item 2 are of a cell of slot 2.
    own = fired[2:4].sum()
    said = f"store 2: {own} spikes of the slot of the item, {fired.sum() - own} of other"
    assert said in figure.get_label()
    seen = drawn("spikes", "Words. More.", lambda: figure).alternative
    assert seen.startswith("Spikes of all populations. ") and said in seen


@pytest.mark.parametrize(
    "colour",
    [SPIKING, RATE, UNINFORMED, REFERENCE, OTHER_SPIKES, *POPULATION_COLOURS.values(),
     *MEMORY_COLOURS.values()],
)  # fmt: skip
def test_what_colours_words_is_dark_enough_on_white(colour: str) -> None:
    luminance = float(luminances(colour) @ [0.2126, 0.7152, 0.0722])
    assert 1.05 / (luminance + 0.05) >= 4.5, "WCAG 2 AA"


def test_on_and_off_cells_are_told_apart(thirty: Made) -> None:
    figure = raster_figure(thirty.recording, thirty.schedule, thirty.n_slots)
    for panel in figure.axes[: len(SIZES)]:
        lines = [line.get_ydata()[0] for line in panel.lines if line.get_linestyle() == "--"]
        paired = panel in (figure.axes[0], figure.axes[list(SIZES).index("cortical")])
        assert lines == ([12.5] if paired else [])


def test_a_short_run_is_not_enlarged_and_a_long_one_at_storage_and_at_recall() -> None:
    n_populations = len(SIZES)
    for made, columns in ((made_up(1), 1), (made_up(12), 3)):
        figure = raster_figure(made.recording, made.schedule, made.n_slots)
        panels = [panel for panel in figure.axes if panel.images]
        assert len(panels) == columns * n_populations


def test_enlarged_stretches_hold_the_first_recalls_and_where_their_items_were_stored() -> None:
    made = made_up(12, delay_ms=9e3)
    figure = raster_figure(made.recording, made.schedule, made.n_slots)
    tops = [panel for panel in figure.axes if panel.images][len(SIZES) :: len(SIZES)]
    named = [
        [text.get_text() for text in panel.texts if text.get_text() in labels(made)]
        for panel in tops
    ]
    assert named == [["store 1", "store 2"], ["recall 1", "recall 2"]]


def labels(made: Made) -> list[str]:
    return [event.label for event in made.schedule.events("store", "recall")]


def test_every_spike_is_counted_once() -> None:
    train = random_spikes(7, 2.0, np.random.default_rng(1))
    counts = spike_counts(train, 0.0, 2.0, 50, 7)
    assert counts.sum() == len(train.cell)
    assert np.array_equal(counts.sum(axis=1), train.counts(0, 2000))
    part = spike_counts(train, 0.5, 1.0, 10, 3)
    assert part.sum() == train.counts(500, 1000).sum()
    silent = SpikeTrain.at(np.empty(0), np.empty(0, dtype=np.int32), 4)
    assert not spike_counts(silent, 0.0, 1.0, 10, 4).any()


def test_names_of_events_are_thinned_until_they_fit(thirty: Made) -> None:
    stop_s = thirty.schedule.duration_ms / 1e3
    few = [event.label for event in labelled_events(thirty.schedule, 0.0, stop_s, 5.0)]
    assert few[0] == "store 1" and "recall 1" in few
    assert len(few) < 12
    every = labelled_events(thirty.schedule, 0.0, stop_s, 500.0)
    assert len(every) == 60


def test_weights_stand_beside_their_ideal(thirty: Made) -> None:
    figure = weights_figure(thirty.readout, thirty.prediction)
    tables = [panel.images[0].get_array() for panel in figure.axes if panel.images]
    keys, values = thirty.readout.keys, thirty.readout.values
    expected = [
        keys, thirty.prediction.keys, keys - thirty.prediction.keys,
        values, thirty.prediction.values, values - thirty.prediction.values,
    ]  # fmt: skip
    assert len(tables) == len(expected)
    for table, right in zip(tables, expected, strict=True):
        assert np.allclose(np.asarray(table), right)
    assert texts(figure).count("weight (ON minus OFF)") == 2


def test_attention_is_shown_beside_and_against_the_theory(thirty: Made) -> None:
    figure = attention_figure(thirty.readout, thirty.prediction, thirty.items)
    spiking, rate = [panel.images[0].get_array() for panel in figure.axes if panel.images]
    assert np.allclose(np.asarray(spiking), thirty.readout.attention)
    assert np.allclose(np.asarray(rate), thirty.prediction.attention)
    against = figure.axes[-1]
    lines = {line.get_label(): line for line in against.lines}
    # Twenty slots took the last twenty items, of thirty that were asked for.
    assert len(np.asarray(lines["slots that hold the item asked for"].get_xdata())) == 20
    assert len(np.asarray(lines["other slots"].get_xdata())) == 30 * 20 - 20


def test_means_of_similar_predictions_average_the_noise_away() -> None:
    stream = np.random.default_rng(2)
    predicted = stream.dirichlet(np.full(20, 0.5), 4000)
    found = np.array([stream.multinomial(30, share) / 30 for share in predicted])
    centres, means = binned_means(predicted.ravel(), found.ravel())
    assert np.allclose(centres, means, rtol=0.1)


def test_accuracy_shows_both_means_and_hidden_bits_where_there_are_any(thirty: Made) -> None:
    words = texts(accuracy_figure(thirty.readout, thirty.prediction, thirty.items))
    for outcome in (thirty.readout, thirty.prediction):
        every = np.ones_like(thirty.items.queries, dtype=bool)
        mean = accuracy_by_item(outcome, thirty.items, every)[1].mean()
        assert f"{mean:.3f}" in words
    assert {"circuit", "rate model", "guessing", "bits that the cue hid"} <= set(words)
    keys = -thirty.items.keys
    other = Items(keys, thirty.items.values, thirty.items.queries, thirty.items.query_item)
    assert "bits that the cue hid" not in texts(
        accuracy_figure(thirty.readout, thirty.prediction, other)
    )


def test_accuracy_shows_the_spread_of_what_chooses_its_slots_itself(thirty: Made) -> None:
    given = thirty.readout, thirty.prediction, thirty.items
    words = texts(accuracy_figure(*given, draws_of(thirty)))
    assert "uninformed" in words
    # Means of 1, 3/4 and 0.
    assert f"{1.75 / 3:.3f}" in words
    figure = Figure()
    axes = figure.add_subplot()
    draw_accuracy(axes, *given, None, draws_of(thirty))
    (bars,) = axes.collections
    assert isinstance(bars, LineCollection)
    spread = np.std([1, 0.75, 0])
    for bar in bars.get_segments():
        np.testing.assert_allclose(bar[:, 1], [1.75 / 3 - spread, 1.75 / 3 + spread])
    axes.clear()
    draw_accuracy(axes, *given, None, draws_of(thirty)[:1])
    assert not axes.collections


def test_the_strip_shows_few_images_and_sets_hidden_wrong_and_tied_pixels_apart() -> None:
    made = made_up(30)
    figure = strip_figure(made.readout, made.prediction, made.items, IMAGE_SHAPE)
    assert len(figure.axes[0].images) == 4 * 10
    words = texts(figure)
    assert {"stored", "cue", "circuit", "rate model", "item 1", "item 30"} <= set(words)
    assert {"hidden in the cue", "wrong +1", "wrong -1", "tie"} <= set(words)
    stored, cue = (np.asarray(figure.axes[0].images[row * 10].get_array()) for row in (0, 1))
    hidden = (made.items.queries[0] == 0).reshape(IMAGE_SHAPE)
    assert hidden.any()
    assert np.allclose(cue[~hidden], stored[~hidden])
    assert not np.isclose(cue[hidden], stored[hidden]).all(axis=1).any()


def test_selection_shows_slots_of_circuit_and_rate_model_and_their_number() -> None:
    made = made_up(8)
    twice = made.readout.plateaus.copy()
    twice[3, 11] = True
    readout = replace(made.readout, plateaus=twice)
    figure = selection_figure(readout, made.prediction)
    where, count = figure.axes
    predicted, found = where.lines
    assert np.asarray(predicted.get_xdata()).tolist() == list(range(1, 9))
    assert [4, 12] in np.asarray(found.get_xydata()).tolist()
    tops = [bar.get_window_extent().y1 for bar in count.patches]
    assert tops.index(max(tops)) == 3 and len(set(tops)) == 2


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 40, 41, 64, 99, 128, 200, 784, 2000])
def test_ticks_count_from_one_to_the_last(count: int) -> None:
    for most in (2, 4, 6, 9):
        ticks = counting_ticks(count, most)
        assert ticks[0] == 1 and ticks[-1] == count
        assert ticks == sorted(set(ticks))
        assert len(ticks) <= max(most + 1, 2)
