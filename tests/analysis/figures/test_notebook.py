"""What notebooks show: a short line of everything, tables and drawings, and a bar while it runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up

from hippokv.analysis.figures import schedule as schedule_drawing
from hippokv.analysis.figures.notebook import html_of, table_html
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Express, Light, Silence, Tag, manipulated
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.running.evaluation import Stage
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result
from hippokv.protocols.running.saved_run import load

ROOT = Path(__file__).parents[3]
TOYS = ROOT / "tests" / "protocols" / "running"
DATA = ROOT / "tests" / "data"


@pytest.fixture(scope="module")
def result() -> Any:
    """Return a result of the default size that was not simulated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Program, "run", made_up)
        given = {"run.circuit": "slot_memory", "run.target": "numpy", "protocol.n_items": 3}
        yield run_experiment(prepare("storage", given))


def driven(circuit: Circuit) -> Schedule:
    epochs = (
        Epoch("rest", 100.0),
        Epoch("store", 200.0, 0, {"entorhinal": np.ones(16), "acetylcholine": 1.0}),
        Epoch("recall", 100.0, 0, {"entorhinal": np.full(16, 0.5)}),
    )
    return manipulated(
        Schedule(epochs, circuit.widths),
        Tag("hippocampal", 100.0, 200.0), Express("hippocampal", "chr2", 200.0),
        Light("hippocampal", "chr2", 1.0, 300.0, 350.0), Silence("pv", (1, 2)),
    )  # fmt: skip


def test_every_object_is_a_short_line(result: Result[Any]) -> None:
    experiment = result.experiment
    items = [
        result, result.recording, experiment, experiment.schedule, experiment.circuit,
        experiment.stimuli, experiment.settings, experiment.circuit.account, result.found,
        experiment.schedule.epochs[1], Stage(experiment.schedule, result.recording),
        load(DATA / "results_format_1"), load(DATA / "results_format_2").stages["test"],
        *load(DATA / "results_format_2").stages["test"].recording.traces.values(),
    ]  # fmt: skip
    for item in items:
        assert len(repr(item)) < 400 and "\n" not in repr(item) and "array(" not in repr(item)


def test_a_circuit_shows_its_tables_and_its_drawing(tiny: Circuit) -> None:
    page = tiny._repr_html_()
    assert "data:image/png;base64," in page
    for name in (*tiny.populations, *tiny.projections):
        assert name in page
    assert page.count("<details") > 1 and "<math" in page


def test_a_schedule_draws_itself(tiny: Circuit) -> None:
    schedule = driven(tiny)
    figure = schedule_drawing.schedule_figure(schedule)
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [
        "phase", "entorhinal", "acetylcholine", "tag hippocampal (by spikes)",
        "express hippocampal", "light hippocampal", "silence PV interneurons (2 cells)",
    ]  # fmt: skip
    assert axes.get_xlim() == (0, 0.4)
    bars = [path.get_extents() for one in axes.collections for path in one.get_paths()]
    light = [bar for bar in bars if bar.y0 == pytest.approx(5.2)]
    assert [(bar.x0, bar.x1) for bar in light] == [pytest.approx((0.3, 0.35))]
    page = schedule._repr_html_()
    assert "data:image/png;base64," in page and "0.4 s" in page


def test_a_recording_says_what_it_holds() -> None:
    train = SpikeTrain.at(np.array([0.1, 0.2]), np.array([0, 3], np.int32), 4)
    recording = Recording(
        {"pv": train}, {"dendritic_spike": train}, {"keys": np.full((2, 3), 0.5)}, 500.0,
        {"label_pv": np.array([0.0, 1.0, 2.0, 0.0])},
        {"pv": Trace(np.zeros(5), np.arange(2), {"v": np.zeros((5, 2))}, {"v": "volt"})},
    )  # fmt: skip
    page = recording._repr_html_()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    assert cells[:4] == ["PV interneurons", "4", "2", "1.00"]
    for words in ("2 events", "2 x 3, mean 0.5", "2 of 4 above 0", "v 5 x 2"):
        assert words in cells
    unknown = Recording({"pv": SpikeTrain.at(*([np.zeros(0)] * 2), 0)}, {}, {}, 0.0)  # type: ignore[arg-type]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", unknown._repr_html_())[1::2] == ["?", "?"]


def test_a_result_shows_its_scores_and_figures(result: Result[Any]) -> None:
    page = result._repr_html_()
    for name in (*result.metrics, *result.spike_scores):
        assert f">{name}<" in page
    assert page.count("data:image/png;base64,") == len(result.experiment.protocol.pictures(result))
    saved = load(DATA / "results_format_1")._repr_html_()
    assert ">accuracy_light<" in saved and "not in the folder: manipulations" in saved


def test_names_of_strangers_are_no_markup() -> None:
    assert "<b>" not in table_html(("<b>",), [["<b>"]]) + html_of("<b>")


NOTEBOOK = """
import json, sys
import nbformat
from nbclient import NotebookClient

cells = ['''
import sys
sys.path.insert(0, TOYS)
import hippokv
result = hippokv.run(TOYS + "/toy_drive.py", settings={
    "run.circuit": TOYS + "/toy_circuit.py", "run.target": "numpy", "run.dt_ms": 1.0,
})
''', "result", "result.recording", '''
swept = hippokv.sweep(TOYS + "/toy_drive.py", {}, range(2), {
    "run.circuit": TOYS + "/toy_circuit.py", "run.target": "numpy", "run.dt_ms": 1.0,
}, jobs=1)
''']
cells = [cell.replace("TOYS", repr(sys.argv[1])) for cell in cells]
notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
NotebookClient(notebook, timeout=300).execute()
print(json.dumps([cell.outputs for cell in notebook.cells]))
"""


def test_a_kernel_shows_a_bar_and_pages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, str(TOYS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bar, result, recording, runs = json.loads(done.stdout)
    # A widget where ipywidgets is installed, and a line of text where it is not.
    for outputs, words in ((bar, "starting |"), (runs, "of 2 runs |")):
        said = "".join(str(output) for output in outputs)
        assert words in said or "application/vnd.jupyter.widget-view+json" in said
        assert "Warning" not in said
    for (output,) in (result, recording):
        assert len("".join(output["data"]["text/plain"])) < 400
        assert "<table>" in "".join(output["data"]["text/html"])
    assert "image/png;base64" in "".join(result[0]["data"]["text/html"])
