"""Files that are complete or absent, whatever somebody has put in their place."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from hippokv.errors import InputError
from hippokv.protocols.running.whole_files import check_file, check_folder, write_whole


def test_a_file_is_written_beside_its_place_under_a_name_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    opened = os.open

    def noted(path: Any, flags: int, *mode: Any) -> int:
        seen.append(Path(path).name)
        # Neither an old file nor a link in its place is ever opened.
        assert flags & os.O_EXCL and flags & os.O_NOFOLLOW
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", noted)
    for _ in range(2):
        write_whole(tmp_path / "a.csv", b"1")
    assert len(set(seen)) == 2
    assert all(re.fullmatch(r"\.a\.csv\.[0-9a-f]{12}\.partial", name) for name in seen)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_whose_writing_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a.csv", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["a.csv", ".a.csv.partial", ".a.csv.0123.partial"])
def test_a_link_in_its_place_or_beside_it_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "mine")
    words = f"--out = '{tmp_path}': must hold no symbolic link, as {name} is one: remove it"
    with pytest.raises(InputError, match=re.escape(words)):
        write_whole(tmp_path / "a.csv", b"1")
    assert {path.name for path in tmp_path.iterdir()} == {"mine", name}
    assert (tmp_path / "mine").read_text() == "mine"


def test_what_an_earlier_attempt_left_is_removed(tmp_path: Path) -> None:
    for name in (".a.csv.partial", ".a.csv.0123.partial", ".b.csv.0123.partial"):
        (tmp_path / name).write_text("half")
    write_whole(tmp_path / "a.csv", b"1")
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", ".b.csv.0123.partial"}


def test_another_name_matters_where_a_file_is_written_in_place(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    check_file(tmp_path / "a.csv", alone=True)
    os.link(tmp_path / "a.csv", tmp_path / "backup")
    check_file(tmp_path / "a.csv")
    with pytest.raises(InputError, match="must hold no hard link, as a.csv is one"):
        check_file(tmp_path / "a.csv", alone=True)
    write_whole(tmp_path / "a.csv", b"2")
    assert (tmp_path / "backup").read_text() == "1"


def test_a_folder_is_one_or_not_there(tmp_path: Path) -> None:
    check_folder(tmp_path / "figures")
    (tmp_path / "figures").mkdir()
    check_folder(tmp_path / "figures")
    (tmp_path / "link").symlink_to(tmp_path / "figures")
    with pytest.raises(InputError, match="must hold no symbolic link, as link is one"):
        check_folder(tmp_path / "link")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="must hold a folder, or nothing, as file"):
        check_folder(tmp_path / "file")
