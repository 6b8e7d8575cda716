"""Brian2 in surroundings that are not its own: preference files, threads, other preferences."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.brian import import_brian2, own_preferences
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule

#: Runs a small circuit inside Python, and tells its spikes and what Brian2 prefers afterwards.
SCRIPT = """
import hashlib, json, sys, threading
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

def run():
    sizes = SlotMemoryParameters(n_inputs=4, n_outputs=4, n_slots=2, cells_per_slot=2)
    circuit = slot_memory(sizes)
    drive = {"entorhinal": 1.0, "cortical": 1.0, "acetylcholine": 1.0, "instruction": 1.0}
    schedule = Schedule((Epoch("store", 100.0, 0, drive),), circuit.widths)
    recording = Program(circuit, "numpy").run(schedule, 1, 1.0)
    digest = hashlib.sha256()
    for train in recording.spikes.values():
        digest.update(train.time_s.tobytes() + train.cell.tobytes())
    import brian2
    told.append([digest.hexdigest(), brian2.prefs.core.default_float_dtype.__name__])

told = []
if sys.argv[1] == "thread":
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
else:
    run()
print(json.dumps(told[0]))
"""
FOREIGN = "core.default_float_dtype = float32\ncodegen.loop_invariant_optimisations = False\n"


def told(here: Path, how: str = "main", **changed: str) -> tuple[list[str], str]:
    """Return what the script tells, and what it says on standard error."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], cwd=here, env={**os.environ, **changed},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the script tells where there are no preference files."""
    return told(tmp_path_factory.mktemp("undisturbed"))[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("brian_preferences", FOREIGN), (".brian/user_preferences", FOREIGN),
        ("brian_preferences", "no = such\n[[["), (".brian/user_preferences", "\0\1\2"),
    ],
)  # fmt: skip
def test_preference_files_change_no_number(
    name: str, text: str, undisturbed: list[str], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    found, errors = told(tmp_path, HOME=str(tmp_path))
    assert found[0] == undisturbed[0]
    assert errors == ""
    # Whoever works with Brian2 afterwards has what the file says.
    assert found[1] == ("float32" if text == FOREIGN else "float64")


@pytest.mark.parametrize(
    ("backend", "settings"),
    [("module://matplotlib_inline.backend_inline", b""), ("", b"text.usetex: True\n\xff\n")],
)
def test_settings_of_matplotlib_end_no_run(
    backend: str, settings: bytes, undisturbed: list[str], tmp_path: Path
) -> None:
    # Brian2 imports it, and would end with what ends its import.
    (tmp_path / "matplotlibrc").write_bytes(settings)
    assert told(tmp_path, MPLBACKEND=backend) == (undisturbed, "")


def test_a_thread_other_than_the_main_one_gets_the_same(
    undisturbed: list[str], tmp_path: Path
) -> None:
    assert told(tmp_path, "thread") == (undisturbed, "")


def test_a_callers_preferences_change_no_number_and_come_back(tiny: Circuit) -> None:
    prefs = import_brian2().prefs
    schedule = Schedule((Epoch("recall", 50.0, 0, {"entorhinal": 1.0}),), tiny.widths)
    expected = Program(tiny, "numpy").run(schedule, 1, 1.0)
    before = dict(prefs)
    prefs.core.default_float_dtype = np.float32
    prefs.codegen.target = "cython"
    try:
        found = Program(tiny, "numpy").run(schedule, 1, 1.0)
        assert prefs.core.default_float_dtype is np.float32
        assert prefs.codegen.target == "cython"
    finally:
        for name in ("core.default_float_dtype", "codegen.target"):
            prefs[name] = before[name]
    for name, train in expected.spikes.items():
        np.testing.assert_array_equal(found.spikes[name].time_s, train.time_s)
        np.testing.assert_array_equal(found.spikes[name].cell, train.cell)
    assert dict(prefs) == before


def test_a_run_does_not_ask_which_statements_brian2_has_read(
    tiny: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_brian2()
    from brian2.codegen import translation

    @functools.wraps(translation.make_statements.__wrapped__)
    def asked(*arguments: object, **options: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(translation, "make_statements", asked)
    schedule = Schedule((Epoch("recall", 10.0, 0, {"entorhinal": 1.0}),), tiny.widths)
    assert Program(tiny, "numpy").run(schedule, 1, 1.0).duration_ms == 10.0
    assert translation.make_statements is asked


def test_preferences_come_back_after_an_error() -> None:
    brian2 = import_brian2()
    before = dict(brian2.prefs)
    with pytest.raises(KeyError), own_preferences(brian2) as preferences:
        preferences.codegen.target = "cython"
        raise KeyError
    assert dict(brian2.prefs) == before
