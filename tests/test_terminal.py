"""Words on the terminal, whatever the terminal is."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any

import pytest

from hippokv.terminal import ProgressBar, announce, complain, flush, is_watched, printable, say


class Strict(io.TextIOWrapper):
    """A stream that knows few letters and refuses all others."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii", errors="strict", newline="\n")

    def told(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined,no-any-return]


class Bare:
    """What a session may put in the place of a stream: it can write and nothing else."""

    def __init__(self) -> None:
        self.told = ""

    def write(self, text: str) -> None:
        self.told += text


class Broken(io.StringIO):
    """A stream whose other end is gone."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


def closed() -> io.StringIO:
    """Return a stream that was closed."""
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what puts a stream in the place of both standard ones."""

    def put(stream: Any) -> Any:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return put


def test_words_are_shown_with_a_replacement_where_the_terminal_is_strict(streams: Any) -> None:
    strict = streams(Strict())
    say("0.9 ± 0.1\n1–2 µV")
    complain("0.5 µm\ntoo long")
    announce("naïve")
    assert strict.told() == "0.9 ? 0.1\n1?2 ?V\nhippokv: 0.5 ?m too long\nna?ve ...\n"


@pytest.mark.parametrize("stream", [None, closed()])
def test_no_stream_is_no_matter(stream: Any, streams: Any) -> None:
    streams(stream)
    say("a")
    complain("b")
    announce("c")
    flush()
    assert not is_watched()


def test_a_stream_needs_nothing_but_write(streams: Any) -> None:
    bare = streams(Bare())
    say("a")
    complain("b")
    assert bare.told == "a\nhippokv: b\n"
    assert not is_watched()


def test_standard_error_that_is_gone_ends_nothing_and_standard_output_tells(streams: Any) -> None:
    streams(Broken())
    complain("b")
    announce("c")
    # What was asked for has not been shown: that must not look like success.
    with pytest.raises(OSError, match="Input/output error: 'standard output'"):
        say("a")


def test_nothing_can_steer_the_terminal(streams: Any) -> None:
    strict = streams(Strict())
    complain("\x1b]0;title\x07 \x9b2J \u202etxt.exe a\rb\udcff")
    assert strict.told() == (
        "hippokv: \\x1b]0;title\\x07 \\x9b2J \\u202etxt.exe a b\\udcff\n"
    )  # fmt: skip
    assert printable("  two\nlines\t\x00 ± ") == "  two\\nlines\\t\\x00 ± "
    say("\x1b[31ma\nb")
    assert strict.told().splitlines()[1:] == ["\\x1b[31ma", "b"]


@pytest.mark.parametrize("stream", [io.StringIO(), None, closed(), Bare(), Broken()])
def test_a_bar_that_cannot_be_drawn_costs_itself_alone(
    stream: Any, streams: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams(stream)
    bar = ProgressBar("{desc} |{bar}| {no_such_field}", "runs", 3)
    bar.move(1)
    bar.move(2, "storing µ")
    bar.close()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    bar = ProgressBar("{bar}", "runs", 3)
    bar.move(1)
    bar.close()


def test_a_bar_shows_how_far_it_is(streams: Any) -> None:
    stream = streams(io.StringIO())
    bar = ProgressBar("{desc} {n_fmt} of {total_fmt}", "runs", 3)
    bar.move(3, "last runs")
    bar.close()
    assert "runs 0 of 3" in stream.getvalue()
