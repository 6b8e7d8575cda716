"""The look: the same picture wherever it is drawn, and nothing said or changed on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import matplotlib
import pytest

from hippokv.analysis.figures.style import look

#: Draws a figure with words and lines in a new process, and tells its bytes, then what is asked.
DRAW = """
import hashlib, pwd, sys
if "nobody" in sys.argv:
    def unknown(number):
        raise KeyError(number)
    pwd.getpwuid = unknown
from hippokv.analysis.figures.style import add_panel, new_figure, styled
from hippokv.analysis.figures.report import drawn

@styled
def figure():
    made = new_figure(1.5)
    panel = add_panel(made, 0.6, 0.3, 3.0, 0.8)
    panel.plot([1, 2, 3], [0.5, 0.9, 0.7])
    panel.set(title="a title", xlabel="words")
    return made

picture = drawn("a", "", figure)
print(hashlib.sha256(picture.png).hexdigest(), picture.failure)
import matplotlib
asked = sys.argv[1:] if "nobody" not in sys.argv else []
print(*(matplotlib.rcParams[name] for name in asked))
"""
FOREIGN = """\
text.usetex: True
font.family: Comic Sans MS
lines.linewidth: 7
figure.dpi: 300
savefig.dpi: 30
savefig.bbox: tight
axes.grid: True
axes.prop_cycle: cycler("color", ["red"])
backend: qtagg
interactive: True
"""
MALFORMED = {
    "bytes": b"lines.linewidth: 7\n\xff\xfe: \x00\n",
    "keys": b"no.such.key: 3\nlines.linewidth: thick\nno colon\nbackend: nonsense\n",
}


def draw(here: Path, words: list[str], changed: Mapping[str, str | None]) -> list[str]:
    """Draw in a folder, with some variables changed or absent; return the two lines."""
    environment = {**os.environ, **changed}
    done = subprocess.run(
        [sys.executable, "-c", DRAW, *words],
        cwd=here, capture_output=True, text=True, check=True,
        env={name: value for name, value in environment.items() if value is not None},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the bytes, as a digest, of the figure where nothing is configured."""
    here = tmp_path_factory.mktemp("plain")
    changed = {"MPLBACKEND": None, "MATPLOTLIBRC": None, "MPLCONFIGDIR": str(here)}
    digest, _, failure = draw(here, [], changed)[0].partition(" ")
    assert len(digest) == 64 and failure == ""
    return digest


@pytest.mark.parametrize(
    ("backend", "kept"),
    [
        ("module://matplotlib_inline.backend_inline", None),
        ("nonsense", None),
        ("svg", "svg"),
        ("module://my_own", "module://my_own"),
    ],
)
def test_a_backend_of_another_program_is_no_matter(
    backend: str, kept: str | None, plain: str, tmp_path: Path
) -> None:
    words = ["backend"] if kept else []
    digest, asked = draw(tmp_path, words, {"MPLBACKEND": backend})
    assert digest.split() == [plain]
    # A backend that there is stays the choice of the process that called.
    assert asked == (kept or "")


@pytest.mark.parametrize("where", ["here", "MATPLOTLIBRC", "any name", "folder", "MPLCONFIGDIR"])
def test_settings_of_the_user_change_no_picture_and_stay_theirs(
    where: str, plain: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (here if where == "here" else there).joinpath(
        "my.settings" if where == "any name" else "matplotlibrc"
    ).write_text(FOREIGN)
    changed = {
        "here": {},
        "MATPLOTLIBRC": {"MATPLOTLIBRC": str(there / "matplotlibrc")},
        "any name": {"MATPLOTLIBRC": str(there / "my.settings")},
        "folder": {"MATPLOTLIBRC": str(there)},
        "MPLCONFIGDIR": {"MPLCONFIGDIR": str(there)},
    }[where]
    digest, asked = draw(here, ["lines.linewidth", "text.usetex"], changed)
    assert digest.split() == [plain]
    assert asked == "7.0 True"


@pytest.mark.parametrize("what", MALFORMED)
def test_settings_that_cannot_be_read_change_no_picture(
    what: str, plain: str, tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").write_bytes(MALFORMED[what])
    assert draw(tmp_path, [], {})[0].split() == [plain]


def test_a_pipe_with_the_name_of_settings_is_not_waited_for(plain: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "matplotlibrc")
    assert draw(tmp_path, [], {})[0].split() == [plain]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ([], {"MPLCONFIGDIR": "/proc/nowhere"}),
        (["nobody"], {"HOME": None, "MPLCONFIGDIR": None, "XDG_CACHE_HOME": None}),
    ],
)
def test_no_place_for_settings_is_no_matter(
    words: list[str], changed: dict[str, str | None], plain: str, tmp_path: Path
) -> None:
    assert draw(tmp_path, words, {"XDG_CONFIG_HOME": None, **changed})[0].split() == [plain]


@pytest.fixture
def thick() -> Iterator[None]:
    """Have settings of a user's own."""
    with matplotlib.rc_context({"lines.linewidth": 7}):
        yield


@pytest.mark.usefixtures("thick")
def test_threads_draw_one_after_the_other_and_leave_the_settings_alone() -> None:
    begun, found = threading.Event(), []

    def draw_beside() -> None:
        begun.set()
        with look():
            found.append(matplotlib.rcParams["lines.linewidth"])

    with look():
        width = matplotlib.rcParams["lines.linewidth"]
        beside = threading.Thread(target=draw_beside)
        beside.start()
        begun.wait()
        beside.join(0.2)
        # It waits: its end would give the user's settings back while this one draws.
        assert found == [] and matplotlib.rcParams["lines.linewidth"] == width != 7
    beside.join()
    assert found == [width]
    assert matplotlib.rcParams["lines.linewidth"] == 7
