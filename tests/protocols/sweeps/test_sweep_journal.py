"""The journal of a sweep: what has ended is never lost, and nothing else is ever touched."""

from __future__ import annotations

import dataclasses
import errno
import io
import math
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hippokv.components import version_now
from hippokv.errors import InputError
from hippokv.protocols.sweeps import journal as sweep_journal
from hippokv.protocols.sweeps.journal import JOURNAL, LOCK, Journal, Row, plan_of
from hippokv.protocols.sweeps.plan import Plan

PLAN = Plan("storage", {"protocol.n_items": (1, 2)}, range(2), {"run.dt_ms": 1.0})
RUNS = list(PLAN.runs())
DIGEST = sweep_journal._digest(sweep_journal._identity(PLAN))

#: Opens the journal of a folder and stays there.
HOLDER = """
import sys
from pathlib import Path
from hippokv.protocols.sweeps.journal import Journal
from hippokv.protocols.sweeps.plan import Plan
plan = Plan("storage", {"protocol.n_items": (1, 2)}, range(2), {"run.dt_ms": 1.0})
with Journal.opened(Path(sys.argv[1]), plan):
    print("open", flush=True)
    sys.stdin.read()
"""

#: Adds rows to journals on a disk that holds so many bytes a file, and says how many it could add.
WRITER = """
import resource, sys
from pathlib import Path
from hippokv.errors import InputError
from hippokv.protocols.sweeps.journal import Journal, Row
from hippokv.protocols.sweeps.plan import Plan
plan = Plan("storage", {"protocol.n_items": (1, 2)}, range(2), {"run.dt_ms": 1.0})
for limit in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    added = 0
    try:
        with Journal.opened(Path(sys.argv[1]) / str(limit), plan) as journal:
            for settings in plan.runs():
                journal.add(Row(settings, {"accuracy": 0.1}, {"accuracy": 1.0}, 1.0, {}, None))
                added += 1
    except InputError as error:
        print(added, error)
    else:
        print(added, "all")
"""


def _row(settings: dict[str, Any], error: str | None = None) -> Row:
    if error is not None:
        return Row.failed(settings, error)
    score = settings["run.seed"] + settings["protocol.n_items"] / 3
    return Row(settings, {"accuracy": score}, {"accuracy": 1.0}, 0.5, {"run_s": 0.125}, None)


def _filled(folder: Path, runs: list[dict[str, Any]] = RUNS) -> bytes:
    """Write a journal with some runs and return its bytes."""
    with Journal.opened(folder, PLAN) as journal:
        for settings in runs:
            journal.add(_row(settings))
    return (folder / JOURNAL).read_bytes()


def _finished(folder: Path, plan: Plan = PLAN) -> list[bool]:
    with Journal.opened(folder, plan) as journal:
        return [journal.is_finished(settings) for settings in RUNS]


def _refused(folder: Path, words: str, plan: Plan = PLAN) -> None:
    with pytest.raises(InputError) as refused, Journal.opened(folder, plan):
        pass
    told = str(refused.value)
    assert told.startswith("--out = ") and "must" in told and "\n" not in told
    assert words in told


# --- rows -----------------------------------------------------------------------------------------


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    odd = {"third": 1 / 3, "tiny": 5e-324, "huge": 1.7976931348623157e308, "minus": -0.0}
    endless = {"none": math.nan, "most": math.inf, "least": -math.inf}
    row = Row(RUNS[0], odd | endless, endless | odd, 0.1, odd, None)
    failed = Row.failed(RUNS[1], "é\u2028,\"'")
    with Journal.opened(tmp_path, PLAN) as journal:
        for one in (row, failed):
            journal.add(one)
            assert journal.row(one.settings) is one
    with Journal.opened(tmp_path, PLAN) as journal:
        # Compared as text: NaN is not equal to itself, and -0.0 is equal to 0.0.
        assert repr(journal.rows()) == repr([row, failed])


@pytest.mark.parametrize(
    "changed",
    [
        {"error": "no room"},
        {"error": "no room", "metrics": {}},
        {"error": "no room", "prediction": {}},
        {"error": "", "metrics": {}, "prediction": {}},
        {"metrics": {}},
        {"metrics": {}, "prediction": {}},
    ],
)
def test_scores_and_an_error_never_stand_side_by_side(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="a run that .* must have"):
        dataclasses.replace(_row(RUNS[0]), **changed)
    # What another program wrote is not taken either.
    _filled(tmp_path, RUNS[:2])
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    what = sweep_journal._parsed(lines[2])
    assert what is not None
    lines[2] = sweep_journal._line(what | changed)
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))
    assert _finished(tmp_path) == [True, False, False, False]
    with Journal.opened(tmp_path, PLAN) as journal:
        assert len(journal.rows()) == 1


def test_a_run_is_known_by_its_settings_in_any_order(tmp_path: Path) -> None:
    _filled(tmp_path, RUNS[:1])
    with Journal.opened(tmp_path, PLAN) as journal:
        assert journal.is_finished(dict(reversed(RUNS[0].items())))
        assert not journal.is_finished({**RUNS[0], "run.dt_ms": 0.5})


def test_a_run_that_failed_is_not_finished_until_it_succeeds(tmp_path: Path) -> None:
    with Journal.opened(tmp_path, PLAN) as journal:
        journal.add(_row(RUNS[0], "no room"))
        assert not journal.is_finished(RUNS[0])
    with Journal.opened(tmp_path, PLAN) as journal:
        assert not journal.is_finished(RUNS[0])
        assert journal.row(RUNS[0]).error == "no room"
        journal.add(_row(RUNS[0]))
    with Journal.opened(tmp_path, PLAN) as journal:
        assert journal.is_finished(RUNS[0])
        assert journal.row(RUNS[0]).error is None


def test_a_row_is_on_the_disk_as_soon_as_it_is_added(tmp_path: Path) -> None:
    with Journal.opened(tmp_path, PLAN) as journal:
        for count, settings in enumerate(RUNS, start=1):
            journal.add(_row(settings))
            assert (tmp_path / JOURNAL).read_bytes().count(b"\n") == count + 1


def test_reading_changes_nothing(tmp_path: Path) -> None:
    content = _filled(tmp_path)
    assert all(_finished(tmp_path))
    assert (tmp_path / JOURNAL).read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, LOCK}


def test_without_a_folder_rows_are_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Journal.opened(None, PLAN) as journal:
        journal.add(_row(RUNS[0]))
        assert journal.is_finished(RUNS[0]) and not journal.is_finished(RUNS[1])
    with Journal.opened(None, PLAN) as journal:
        assert not journal.is_finished(RUNS[0])
    assert list(tmp_path.iterdir()) == []


def test_a_journal_names_its_protocol_and_axes(tmp_path: Path) -> None:
    _filled(tmp_path)
    assert plan_of(tmp_path) == ("storage", frozenset({"protocol.n_items"}))
    (tmp_path / JOURNAL).write_bytes(b"")
    with pytest.raises(ValueError):
        plan_of(tmp_path)


# --- journals that were cut off or damaged --------------------------------------------------------


@pytest.mark.parametrize("power_lost", [False, True])
def test_a_line_cut_off_anywhere_costs_its_run_alone(power_lost: bool, tmp_path: Path) -> None:
    content = _filled(tmp_path)
    last = content.splitlines(keepends=True)[-1]
    for cut in range(1, len(last) + 1):
        # A file system may have given the file its length and not its content.
        rest = b"\0" * cut if power_lost else b""
        (tmp_path / JOURNAL).write_bytes(content[:-cut] + rest)
        with Journal.opened(tmp_path, PLAN) as journal:
            assert [journal.is_finished(settings) for settings in RUNS] == [True] * 3 + [False]
            journal.add(_row(RUNS[-1]))
        assert (tmp_path / JOURNAL).read_bytes() == content


@pytest.mark.parametrize("power_lost", [False, True])
def test_a_first_line_cut_off_anywhere_begins_anew(power_lost: bool, tmp_path: Path) -> None:
    header = _filled(tmp_path, [])
    for cut in range(1, len(header) + 1):
        rest = b"\0" * cut if power_lost else b""
        (tmp_path / JOURNAL).write_bytes(header[:-cut] + rest)
        assert not any(_finished(tmp_path))
        assert (tmp_path / JOURNAL).read_bytes() == header


def test_a_byte_changed_anywhere_in_a_line_costs_its_run_alone(tmp_path: Path) -> None:
    content = _filled(tmp_path)
    lines = content.splitlines(keepends=True)
    start = len(lines[0]) + len(lines[1])
    for place in range(start, start + len(lines[2]) - 1):
        damaged = bytearray(content)
        damaged[place] ^= 0x80
        (tmp_path / JOURNAL).write_bytes(damaged)
        assert _finished(tmp_path) == [True, False, True, True]


def test_a_lost_line_end_costs_the_two_runs_beside_it(tmp_path: Path) -> None:
    lines = _filled(tmp_path).splitlines(keepends=True)
    lines[2] = lines[2][:-1] + b"?"
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))
    assert _finished(tmp_path) == [True, False, False, True]


def test_runs_lost_in_the_middle_are_added_at_the_end(tmp_path: Path) -> None:
    lines = _filled(tmp_path).splitlines(keepends=True)
    lines[2] = lines[2].replace(b"accuracy", b"accurate")
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))
    with Journal.opened(tmp_path, PLAN) as journal:
        journal.add(_row(RUNS[1]))
    assert all(_finished(tmp_path))


def test_a_byte_changed_anywhere_in_the_first_line_costs_nothing(tmp_path: Path) -> None:
    content = _filled(tmp_path)
    for place in range(content.index(b"\n")):
        damaged = bytearray(content)
        damaged[place] ^= 0x80
        (tmp_path / JOURNAL).write_bytes(damaged)
        assert all(_finished(tmp_path))
        # It is written again as it was, and read by whoever has no plan.
        assert (tmp_path / JOURNAL).read_bytes() == content
        assert plan_of(tmp_path)[0] == "storage"
    assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, LOCK}


#: How a first line may be damaged -> what takes its place, and how many runs that costs.
DAMAGED: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "line end lost": (lambda line: line[:-1] + b"?", 1),
    "zeros": (lambda line: b"\0" * len(line), 1),
    "zeros and a line end": (lambda line: b"\0" * (len(line) - 1) + b"\n", 0),
    "another's text": (lambda line: b"notes\nof mine\n", 0),
    "binary": (lambda line: bytes(range(256)) * 3 + b"\n", 0),
    "empty": (lambda line: b"\n", 0),
    "gone": (lambda line: b"", 0),
    "half": (lambda line: line[: len(line) // 2], 1),
    "half and a line end": (lambda line: line[: len(line) // 2] + b"\n", 0),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_first_line_loses_no_row_of_its_own(how: str, tmp_path: Path) -> None:
    header, *rows = _filled(tmp_path).splitlines(keepends=True)
    damage, cost = DAMAGED[how]
    (tmp_path / JOURNAL).write_bytes(damage(header) + b"".join(rows))
    with Journal.opened(tmp_path, PLAN) as journal:
        assert [journal.is_finished(settings) for settings in RUNS] == [not cost, *[True] * 3]
    assert (tmp_path / JOURNAL).read_bytes().startswith(header)
    _filled(tmp_path, RUNS[:1])
    assert all(_finished(tmp_path))


def test_rows_below_a_damaged_first_line_are_not_taken_by_another_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(_filled(tmp_path))
    content[20] ^= 0x80
    (tmp_path / JOURNAL).write_bytes(content)
    for other in OTHER_PLANS.values():
        _refused(tmp_path, "the same sweep began", other)
    with monkeypatch.context() as patch:
        patch.setattr(sweep_journal, "code_version", lambda: "another")
        _refused(tmp_path, "the same sweep began")
    assert (tmp_path / JOURNAL).read_bytes() == content
    assert all(_finished(tmp_path))


def test_rows_of_another_sweep_are_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sweep_journal, "code_version", lambda: "another")
        foreign = _filled(tmp_path / "foreign")
    mine = _filled(tmp_path / "mine", RUNS[:1])
    (tmp_path / "mine" / JOURNAL).write_bytes(mine + foreign)
    assert _finished(tmp_path / "mine") == [True, False, False, False]
    damaged = b"?" + mine[1:] + foreign
    (tmp_path / "mine" / JOURNAL).write_bytes(damaged)
    assert _finished(tmp_path / "mine") == [True, False, False, False]


def test_journals_of_one_sweep_may_be_joined(tmp_path: Path) -> None:
    one = _filled(tmp_path / "one", RUNS[:2])
    with Journal.opened(tmp_path / "other", PLAN) as journal:
        # What has gone well on one machine has not failed, whatever became of it on another.
        journal.add(_row(RUNS[0], "no room"))
        journal.add(_row(RUNS[2]))
    other = (tmp_path / "other" / JOURNAL).read_bytes()
    for number, content in enumerate((one + other, other + one)):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / JOURNAL).write_bytes(content)
        assert _finished(tmp_path / str(number)) == [True, True, True, False]


@pytest.mark.parametrize(
    "text", ["[]", "7", "null", '"sweep"', "{", "{}", '{"sweep": 1}', "[" * 100_000, "9" * 10_000]
)
def test_whatever_a_line_holds_it_is_no_row(text: str, tmp_path: Path) -> None:
    content = _filled(tmp_path, RUNS[:1])
    line = b"%08x %s\n" % (zlib.crc32(text.encode()), text.encode())
    for changed in (content + line, line + content):
        (tmp_path / JOURNAL).write_bytes(changed)
        assert _finished(tmp_path) == [True, False, False, False]
    (tmp_path / JOURNAL).write_bytes(line)
    _refused(tmp_path, "the same sweep began")


# --- folders that are not this sweep's ------------------------------------------------------------


OTHER_PLANS = {
    "protocol": dataclasses.replace(PLAN, protocol="cued-recall"),
    "setting": dataclasses.replace(PLAN, settings={"run.dt_ms": 0.5}),
    "more settings": dataclasses.replace(PLAN, settings={**PLAN.settings, "circuit.beta": 0.5}),
    "no settings": dataclasses.replace(PLAN, settings={}),
    "more axes": dataclasses.replace(PLAN, grid={**PLAN.grid, "circuit.beta": (0.5,)}),
    "no axes": dataclasses.replace(PLAN, grid={}),
}


@pytest.mark.parametrize("other", OTHER_PLANS)
def test_the_folder_of_another_plan_is_refused_and_left(other: str, tmp_path: Path) -> None:
    # With a line cut off, which belongs to the other sweep as well.
    content = _filled(tmp_path)[:-5]
    (tmp_path / JOURNAL).write_bytes(content)
    _refused(tmp_path, "must be new, or a folder that the same sweep began", OTHER_PLANS[other])
    assert (tmp_path / JOURNAL).read_bytes() == content


def test_another_version_of_the_code_is_refused_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _filled(tmp_path)[:-5]
    (tmp_path / JOURNAL).write_bytes(content)
    monkeypatch.setattr(sweep_journal, "code_version", lambda: "another")
    _refused(tmp_path, "must be new: it was begun by another version")
    assert (tmp_path / JOURNAL).read_bytes() == content


def test_seeds_and_values_may_be_added_and_left_out(tmp_path: Path) -> None:
    _filled(tmp_path)
    more = dataclasses.replace(PLAN, grid={"protocol.n_items": (2, 1, 3)}, seeds=range(5))
    with Journal.opened(tmp_path, more) as journal:
        assert all(journal.is_finished(settings) for settings in RUNS)
        for settings in more.runs():
            if not journal.is_finished(settings):
                journal.add(_row(settings))
    with Journal.opened(tmp_path, more) as journal:
        assert all(journal.is_finished(settings) for settings in more.runs())
    assert (tmp_path / JOURNAL).read_bytes().count(b"\n") == 1 + len(more)
    assert all(_finished(tmp_path, dataclasses.replace(PLAN, seeds=range(1))))


def test_axes_and_settings_may_be_named_in_any_order(tmp_path: Path) -> None:
    grid = {"protocol.n_items": (1,), "circuit.beta": (0.5,)}
    shared = {"run.dt_ms": 1.0, "run.target": "cpp"}
    plan = Plan("storage", grid, range(1), shared)
    with Journal.opened(tmp_path, plan) as journal:
        journal.add(_row(next(plan.runs())))
    turned = Plan("storage", dict(reversed(grid.items())), range(1), dict(reversed(shared.items())))
    with Journal.opened(tmp_path, turned) as journal:
        assert all(journal.is_finished(settings) for settings in turned.runs())


FOREIGN = {
    "one line": b'{"level": "info"}\n',
    "lines": b'{"level": "info"}\n' * 50,
    "no line end": b"notes",
    "lines of zeros": b"\0\0\n" * 10,
    "binary": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("content", FOREIGN)
def test_a_journal_of_something_else_is_refused_and_left(content: str, tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(FOREIGN[content])
    _refused(tmp_path, "the same sweep began")
    assert (tmp_path / JOURNAL).read_bytes() == FOREIGN[content]
    assert [path.name for path in tmp_path.iterdir()] == [JOURNAL]


def test_a_folder_of_something_else_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    _refused(tmp_path, "must be new, empty, or a folder that a sweep began")
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


@pytest.mark.parametrize("name", ["notes", "notes/below", "x" * 300])
def test_what_is_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    _refused(tmp_path / name, "must be a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not bind a superuser.
    def denied(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    _refused(tmp_path, "must be a folder that can be written (Permission denied)")


@pytest.mark.parametrize("found", [[], [LOCK], [LOCK, JOURNAL], [JOURNAL]])
def test_a_folder_that_was_only_just_begun_is_continued(found: list[str], tmp_path: Path) -> None:
    for name in found:
        (tmp_path / name).touch()
    _filled(tmp_path)
    assert all(_finished(tmp_path))


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    _filled(tmp_path / "a" / "b")
    assert all(_finished(tmp_path / "a" / "b"))


# --- two at once ----------------------------------------------------------------------------------


def test_a_folder_in_use_by_another_process_is_refused_until_that_dies(tmp_path: Path) -> None:
    content = _filled(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        _refused(tmp_path, "must not be in use by another sweep that runs now")
        assert (tmp_path / JOURNAL).read_bytes() == content
        holder.kill()
    assert all(_finished(tmp_path))


def test_a_folder_in_use_by_this_process_is_refused(tmp_path: Path) -> None:
    with Journal.opened(tmp_path, PLAN) as journal:
        _refused(tmp_path, "must not be in use")
        journal.add(_row(RUNS[0]))
    assert _finished(tmp_path) == [True, False, False, False]


# --- disks without room ---------------------------------------------------------------------------


class Stream(io.FileIO):
    """A file on a disk that takes few bytes at a time, and then none."""

    room = 1 << 20
    piece = 1 << 20

    def write(self, content: Any) -> int:
        """Write what there is room for."""
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = super().write(bytes(content)[: min(self.room, self.piece)])
        self.room -= count
        return count


def test_a_line_written_in_pieces_is_whole(tmp_path: Path) -> None:
    content = _filled(tmp_path / "at once")
    with Stream(tmp_path / JOURNAL, "w+b") as stream:
        stream.piece = 7
        journal = Journal(stream, tmp_path, DIGEST)
        for settings in RUNS:
            journal.add(_row(settings))
    written = (tmp_path / JOURNAL).read_bytes()
    assert written == content[content.index(b"\n") + 1 :]


def test_a_full_disk_is_reported_at_every_byte_and_costs_no_finished_run(tmp_path: Path) -> None:
    content = _filled(tmp_path, RUNS[:2])
    whole = len(_filled(tmp_path, RUNS[2:3])) - len(content)
    for room in range(whole):
        (tmp_path / JOURNAL).write_bytes(content)
        with Stream(tmp_path / JOURNAL, "r+b") as stream:
            stream.seek(0, os.SEEK_END)
            stream.room = room
            with pytest.raises(InputError, match=r"--out = .*must be .* \(No space left"):
                Journal(stream, tmp_path, DIGEST).add(_row(RUNS[2]))
        assert (tmp_path / JOURNAL).stat().st_size == len(content) + room
        assert _finished(tmp_path) == [True, True, False, False]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_device_without_room_is_reported(tmp_path: Path) -> None:
    with (
        Path("/dev/full").open("r+b", buffering=0) as stream,
        pytest.raises(InputError, match="No space left"),
    ):
        Journal(stream, tmp_path).add(_row(RUNS[0]))


def test_a_limit_of_the_system_costs_no_finished_run(tmp_path: Path) -> None:
    with Journal.opened(tmp_path / "sizes", PLAN) as journal:
        header = (tmp_path / "sizes" / JOURNAL).stat().st_size
        journal.add(Row(RUNS[0], {"accuracy": 0.1}, {"accuracy": 1.0}, 1.0, {}, None))
        row = (tmp_path / "sizes" / JOURNAL).stat().st_size - header
    expected = {header + 2 * row - 1: 1, header + 2 * row: 2, header + 2 * row + 1: 2}
    expected |= {header + 5: 0, header + 2 * row + row // 2: 2, header + 4 * row: 4}
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path), *map(str, expected)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    for line, (limit, added) in zip(done.stdout.splitlines(), expected.items(), strict=True):
        # A long path is cut.
        about = InputError("--out", str(tmp_path / str(limit)), "must be a folder that")
        told = "all" if added == 4 else str(about)
        assert line.startswith(f"{added} {told}")
        assert sum(_finished(tmp_path / str(limit))) == added


def test_files_of_further_values_are_added_and_none_may_change(tmp_path: Path) -> None:
    def opened(**origins: str) -> Any:
        return Journal.opened(tmp_path / "out", dataclasses.replace(PLAN, origins=origins))

    with opened(first="1") as journal:
        journal.add(Row(RUNS[0], {"accuracy": 0.1}, {}, 1.0, {}, None))
    for _ in range(2):
        with opened(first="1", second="1") as journal:
            assert journal.is_finished(RUNS[0])
    with opened(second="1") as journal:
        assert journal.is_finished(RUNS[0])
    for changed in ({"first": "2"}, {"first": "1", "second": "2"}):
        with pytest.raises(InputError, match=r"it was begun with another \w+ than is there now"):
            opened(**changed).__enter__()
    whole = (tmp_path / "out" / JOURNAL).read_bytes()
    assert whole.count(b"\n") == 2
    (tmp_path / "out" / JOURNAL).write_bytes(b"x" + whole[1:])
    with pytest.raises(InputError, match="what said with which files it was begun is damaged"):
        opened(first="1").__enter__()


def test_rows_of_a_file_that_has_changed_are_not_continued_with_another(tmp_path: Path) -> None:
    file, other = (f"file:{tmp_path / name}" for name in ("a.npy", "b.npy"))
    (tmp_path / "a.npy").write_text("a")
    (tmp_path / "b.npy").write_text("b")

    def opened(*sources: str) -> Any:
        origins = {source: version_now(source) for source in sources}
        return Journal.opened(tmp_path / "out", dataclasses.replace(PLAN, origins=origins))

    with opened(file) as journal:
        journal.add(Row(RUNS[0], {"accuracy": 0.1}, {}, 1.0, {}, None))
    (tmp_path / "a.npy").write_text("changed")
    with pytest.raises(InputError, match=f"it was begun with another {file} than is there now"):
        opened(other).__enter__()
    # Where it is gone, nothing can be taken for it.
    (tmp_path / "a.npy").unlink()
    with opened(other) as journal:
        assert journal.is_finished(RUNS[0])
