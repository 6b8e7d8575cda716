"""The packaging: everything that is in the tree is in the wheel, and says what it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import hippokv
from hippokv.parameter import allowed, leaves
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.protocol import find_protocol

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "hippokv": ROOT / "src" / "hippokv",
    **{
        f"hippokv.{name}": ROOT / name
        for name in ("analysis", "circuits", "plasticity", "protocols")
    },
}
#: Files beside modules, headers, templates and data that must be installed.
OTHERS = ("makefile", "py.typed")
ENDS = (".py", ".h", ".cpp", ".json", ".js", ".npz", ".txt")
#: The oldest setuptools that reads the project's licence.
SETUPTOOLS = 77


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Return the project's description."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def modules() -> set[str]:
    """Return the path inside the package of every file that must be installed."""
    found = set()
    for name, folder in FOLDERS.items():
        for path in folder.rglob("*"):
            if path.suffix in ENDS or path.name in OTHERS:
                found.add(f"{name.replace('.', '/')}/{path.relative_to(folder)}")
    return found


def test_every_package_on_disk_is_listed(project: dict[str, Any]) -> None:
    found = set()
    for name, folder in FOLDERS.items():
        for marker in folder.rglob("__init__.py"):
            below = marker.parent.relative_to(folder).parts
            found.add(".".join([name, *below]))
    assert sorted(found) == sorted(project["tool"]["setuptools"]["packages"])


def test_every_listed_package_is_on_disk(project: dict[str, Any]) -> None:
    folders = project["tool"]["setuptools"]["package-dir"]
    for name in project["tool"]["setuptools"]["packages"]:
        parent, _, last = name.rpartition(".")
        folder = folders.get(name) or f"{folders[parent]}/{last}"
        assert (ROOT / folder / "__init__.py").is_file(), name


def test_the_version_is_the_same_everywhere(project: dict[str, Any]) -> None:
    citation = re.search(r"^version: *[\"']?([^\"'\s]+)", (ROOT / "CITATION.cff").read_text(), re.M)
    assert citation
    changes = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## *\[?(\d+\.\d+\.\d+)", changes, re.M)
    assert newest
    stated = {
        project["project"]["version"], hippokv.__version__, citation[1], newest[1],
        version("hippokv"),
    }  # fmt: skip
    assert stated == {"0.1.0"}


def test_the_files_that_readers_look_for_are_there(project: dict[str, Any]) -> None:
    for name in (
        "README.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
    ):
        assert (ROOT / name).read_text().strip(), name
    assert "MIT License" in (ROOT / "LICENSE").read_text()
    assert project["project"]["readme"] == "README.md"
    assert (ROOT / "src" / "hippokv" / "py.typed").is_file()


def test_every_number_says_what_it_is_and_where_it_is_from() -> None:
    silent = []
    for name in PROTOCOLS:
        for key, _, field in leaves(default_settings(find_protocol(name))):
            about = field.metadata
            words = [about.get("meaning", ""), about.get("source", "")]
            if not all(word.strip() for word in words) or "usual" in words[1]:
                silent.append(f"{name}: {key}")
    assert silent == []


def test_every_default_is_a_value_that_would_be_accepted() -> None:
    from hippokv.parameter import checked

    for name in PROTOCOLS:
        for key, value, field in leaves(default_settings(find_protocol(name))):
            assert checked(key, value, field) == value
            assert allowed(field).startswith("must be ")


def _setuptools() -> int:
    try:
        return int(version("setuptools").split(".")[0])
    except PackageNotFoundError:
        return 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build an sdist and from it a wheel, in a copy of the tree."""
    folder = tmp_path_factory.mktemp("build")
    left_out = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "results")
    shutil.copytree(ROOT, folder / "tree", ignore=left_out)
    # Without a recent setuptools at hand, the build fetches one for itself.
    at_hand = _setuptools() >= SETUPTOOLS
    told = subprocess.run(
        [
            sys.executable, "-m", "build", *(["--no-isolation"] if at_hand else []),
            "--outdir", str(folder / "dist"), str(folder / "tree"),
        ],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    return sdist, wheel


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_the_header_that_circuits_compile_with(
    built: tuple[Path, Path],
) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        names = set(archive.namelist())
    assert "hippokv/circuits/drive/schedule_reader.h" in names
    assert "hippokv/analysis/learned/rules.json" in names
    assert "hippokv/analysis/figures/zoom.js" in names
    assert modules() == {name for name in names if name.startswith("hippokv/")}
    assert {name.split("/")[0] for name in names} == {"hippokv", "hippokv-0.1.0.dist-info"}


@pytest.mark.slow
def test_the_wheel_carries_the_licence_and_the_command(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        info = "hippokv-0.1.0.dist-info"
        about = archive.read(f"{info}/METADATA").decode()
        assert (
            "hippokv = hippokv.command_line:run_process"
            in archive.read(f"{info}/entry_points.txt").decode()
        )
        assert "MIT License" in archive.read(f"{info}/licenses/LICENSE").decode()
    assert "License-Expression: MIT" in about
    assert "Requires-Python: <3.14,>=3.11" in about


@pytest.mark.slow
def test_the_source_distribution_holds_what_the_wheel_is_built_from(
    built: tuple[Path, Path],
) -> None:
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in ("pyproject.toml", "README.md", "LICENSE", "circuits/drive/schedule_reader.h"):
        assert wanted in names
    sources = {
        str(path.relative_to(ROOT)) for folder in FOLDERS.values() for path in folder.rglob("*.py")
    }
    assert sources <= names


@pytest.mark.slow
def test_the_wheel_runs_where_the_tree_is_not(built: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "import sys, pathlib\n"
        f"sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import hippokv.circuits.drive.scheduled_drive as drive, hippokv.command_line\n"
        f"assert pathlib.Path(drive.__file__).is_relative_to({str(tmp_path)!r}), drive.__file__\n"
        "assert drive.READER.is_file()\n"
        "from hippokv.protocols.running.experiment import prepare\n"
        "print(len(prepare('storage', {'protocol.n_items': 3}).schedule.epochs))\n"
        "from hippokv.analysis.learning.meta_learning import learned_rule\n"
        "assert learned_rule('least_recent').key_rate > 0\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    # The idle epoch and its rest, a rest, and four epochs for each item.
    assert told.stdout.strip() == str(50 + 1 + 1 + 3 * 4)
