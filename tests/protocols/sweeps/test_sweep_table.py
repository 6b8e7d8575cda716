"""The table of a sweep: one row a run, and every number as it was."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.errors import InputError
from hippokv.protocols.sweeps.folder import (
    FIGURES_FOLDER,
    RESULTS,
    TIMING,
    discard_table,
    is_sweep,
    read_sweep,
    write_sweep,
)
from hippokv.protocols.sweeps.journal import JOURNAL, Journal, Row
from hippokv.protocols.sweeps.plan import Plan
from hippokv.protocols.sweeps.table import Table, csv_text, table_of

PLAN = Plan(
    "storage",
    {"circuit.selection": ("random", "least_recent"), "circuit.beta": (0.1, 0.5)},
    range(7, 10),
    {"protocol.own_values": True},
)


def _row(settings: dict[str, Any], error: str | None = None, **scores: float) -> Row:
    if error is not None:
        return Row(settings, {}, {}, 0.0, {}, error)
    metrics = {"accuracy": settings["circuit.beta"] + settings["run.seed"] / 7, **scores}
    times = {"build_s": 0.0, "run_s": 0.25, "total_s": 0.5}
    return Row(settings, metrics, {name: 1.0 for name in metrics}, 2.5, times, None)


def _rows(**scores: float) -> list[Row]:
    return [_row(settings, **scores) for settings in PLAN.runs()]


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_table_is_tidy() -> None:
    table = table_of(PLAN.grid, PLAN.settings, _rows())
    assert list(table.columns) == [
        "run", "circuit.selection", "circuit.beta", "run.seed", "protocol.own_values",
        "metrics.accuracy", "prediction.accuracy", "simulated_s", "error",
    ]  # fmt: skip
    assert len(table) == len(PLAN)
    assert {len(column) for column in table.columns.values()} == {len(PLAN)}
    read = _read(table.csv())
    assert [row["run"] for row in read] == [str(number) for number in range(len(PLAN))]
    for row, settings in zip(read, PLAN.runs(), strict=True):
        assert row["circuit.selection"] == settings["circuit.selection"]
        assert float(row["circuit.beta"]) == settings["circuit.beta"]
        assert int(row["run.seed"]) == settings["run.seed"]
        assert row["protocol.own_values"] == "true"
        assert row["error"] == ""


def test_what_is_told_nothing_of_the_circuit_has_columns_of_its_own() -> None:
    rows = [
        replace(row, uninformed={"accuracy": 0.7}, uninformed_sd={"accuracy": 0.02})
        for row in _rows()
    ]
    rows[2] = replace(rows[2], warning="did not settle")
    read = _read(table_of(PLAN.grid, PLAN.settings, rows).csv())
    assert list(read[0])[-6:] == [
        "prediction.accuracy", "uninformed.accuracy", "uninformed_sd.accuracy", "simulated_s",
        "warning", "error",
    ]  # fmt: skip
    assert {(row["uninformed.accuracy"], row["uninformed_sd.accuracy"]) for row in read} == {
        ("0.7", "0.02")
    }
    assert [row["warning"] for row in read[1:4]] == ["", "did not settle", ""]


def test_every_number_reads_back_exactly() -> None:
    stream = np.random.default_rng(0)
    bits = stream.integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    numbers = [float(number) for number in bits[np.isfinite(bits)]]
    numbers += [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 123456789012345680.0]
    numbers += [math.inf, -math.inf]
    read = [float(row["score"]) for row in _read(csv_text({"score": numbers}))]
    assert [number.hex() for number in read] == [number.hex() for number in numbers]


def test_numbers_are_written_alike_whatever_their_type() -> None:
    columns = {"whole": [4], "number": [4.0], "word": ["cpp"], "yes": [True], "none": [math.nan]}
    assert csv_text(columns) == "whole,number,word,yes,none\n4,4.0,cpp,true,\n"


def test_a_score_that_does_not_exist_is_an_empty_cell() -> None:
    table = table_of(PLAN.grid, PLAN.settings, _rows(hidden=math.nan))
    assert all(math.isnan(score) for score in table["metrics.hidden"])
    assert {row["metrics.hidden"] for row in _read(table.csv())} == {""}
    assert {row["prediction.hidden"] for row in _read(table.csv())} == {"1.0"}


@pytest.mark.parametrize("failing", [0, 5, 11])
def test_a_run_that_failed_has_a_row_with_its_error_alone(failing: int) -> None:
    rows = _rows()
    good = table_of(PLAN.grid, PLAN.settings, rows)
    rows[failing] = _row(rows[failing].settings, "no room")
    table = table_of(PLAN.grid, PLAN.settings, rows)
    assert set(table.columns) == set(good.columns)
    read = _read(table.csv())
    assert read[failing]["error"] == "no room"
    assert read[failing]["metrics.accuracy"] == read[failing]["prediction.accuracy"] == ""
    assert read[failing]["run.seed"] == str(rows[failing].settings["run.seed"])
    del read[failing]
    expected = _read(good.csv())
    del expected[failing]
    assert read == expected


def test_a_table_of_failures_alone_has_no_scores() -> None:
    rows = [_row(settings, "no room") for settings in PLAN.runs()]
    table = table_of(PLAN.grid, PLAN.settings, rows)
    assert not any(name.startswith(("metrics.", "prediction.")) for name in table.columns)
    assert len(_read(table.csv())) == len(PLAN)


@pytest.mark.parametrize(
    "error", ["a, b", 'she said "no"', "a;b", "'", ",,,", "=1+1", "é \N{EN DASH}", " blank "]
)
def test_any_error_stays_in_its_cell(error: str) -> None:
    rows = _rows()
    rows[3] = _row(rows[3].settings, error)
    text = table_of(PLAN.grid, PLAN.settings, rows).csv()
    read = _read(text)
    assert [row["error"] for row in read if row["error"]] == [error]
    assert text.count("\n") == 1 + len(PLAN)


def test_lines_of_a_table_end_alike_on_every_system() -> None:
    text = csv_text({"a": ["x", "y"], "b": ["\n", "z"]})
    assert text == 'a,b\nx,"\n"\ny,z\n'
    assert _read(text) == [{"a": "x", "b": "\n"}, {"a": "y", "b": "z"}]


def test_a_table_without_rows_has_its_names() -> None:
    table = Table({"run": (), "error": ()})
    assert len(table) == 0
    assert table.csv() == "run,error\n"


# --- the folder -----------------------------------------------------------------------------------


def _written(folder: Path, rows: list[Row]) -> Table:
    with Journal.opened(folder, PLAN) as journal:
        for row in rows:
            journal.add(row)
    table = table_of(PLAN.grid, PLAN.settings, rows)
    write_sweep(list(PLAN.grid), rows, table, folder)
    return table


def test_a_folder_holds_table_times_and_a_figure_for_each_axis(tmp_path: Path) -> None:
    table = _written(tmp_path, _rows())
    assert (tmp_path / RESULTS).read_bytes() == table.csv().encode()
    times = _read((tmp_path / TIMING).read_text())
    assert [float(row["run_s"]) for row in times] == [0.25] * len(PLAN)
    assert {path.name for path in (tmp_path / FIGURES_FOLDER).iterdir()} == {
        "against-circuit-selection.png", "against-circuit-beta.png"
    }  # fmt: skip
    for path in (tmp_path / FIGURES_FOLDER).iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.rglob("*.partial"))


def test_the_table_depends_on_neither_time_nor_machine(tmp_path: Path) -> None:
    _written(tmp_path / "one", _rows())
    slower = [Row(**{**vars(row), "timing": {"run_s": 9.0}}) for row in _rows()]
    _written(tmp_path / "other", slower)
    assert (tmp_path / "one" / RESULTS).read_bytes() == (tmp_path / "other" / RESULTS).read_bytes()


def test_a_sweep_of_failures_alone_has_a_table_and_no_figures(tmp_path: Path) -> None:
    _written(tmp_path, [_row(settings, "no room") for settings in PLAN.runs()])
    assert list((tmp_path / FIGURES_FOLDER).iterdir()) == []
    found = read_sweep(tmp_path)
    assert (found.runs, found.failed) == (12, 12)
    assert all(point.spiking.size == point.rate.size == 0 for point in found.points)


def test_what_was_written_halfway_is_replaced(tmp_path: Path) -> None:
    for name in (RESULTS, TIMING):
        (tmp_path / f".{name}.partial").write_text("half")
    (tmp_path / JOURNAL).touch()
    table = _written(tmp_path, _rows())
    assert (tmp_path / RESULTS).read_text() == table.csv()
    assert not list(tmp_path.rglob("*.partial"))


def test_a_table_that_cannot_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with Journal.opened(tmp_path, PLAN):
        monkeypatch.setattr("os.fsync", full)
        rows = _rows()
        table = table_of(PLAN.grid, PLAN.settings, rows)
        with pytest.raises(InputError, match=r"--out = .*must be .* \(No space left"):
            write_sweep(list(PLAN.grid), rows, table, tmp_path)
    assert not (tmp_path / RESULTS).exists()


def test_a_sweep_reads_back(tmp_path: Path) -> None:
    rows = _rows()
    rows[4] = _row(rows[4].settings, "no, room")
    _written(tmp_path, rows)
    assert is_sweep(tmp_path)
    found = read_sweep(tmp_path)
    assert (found.protocol, found.runs, found.failed) == ("storage", 12, 1)
    assert (found.grid, found.score) == (("circuit.selection", "circuit.beta"), "accuracy")
    assert [point.values for point in found.points] == [
        ("random", "0.1"), ("random", "0.5"), ("least_recent", "0.1"), ("least_recent", "0.5")
    ]  # fmt: skip
    assert [point.spiking.size for point in found.points] == [3, 2, 3, 3]
    expected = [rows[number].metrics["accuracy"] for number in range(3)]
    np.testing.assert_array_equal(found.points[0].spiking, expected)
    np.testing.assert_array_equal(found.points[0].rate, [1.0, 1.0, 1.0])


def test_a_sweep_without_its_table_is_not_complete(tmp_path: Path) -> None:
    _written(tmp_path, _rows())
    discard_table(tmp_path)
    discard_table(tmp_path)
    discard_table(None)
    with pytest.raises(InputError, match="must be a sweep that is complete"):
        read_sweep(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "run,error\n", "\0", "run\n0\n", "run,metrics.a,error\n0,x,\n"]
)
def test_a_table_that_is_none_is_not_complete(content: str, tmp_path: Path) -> None:
    _written(tmp_path, _rows())
    (tmp_path / RESULTS).write_text(content)
    with pytest.raises(InputError, match="must be a sweep that is complete"):
        read_sweep(tmp_path)
