"""Stimuli: what is drawn, what is read, and what depends on what."""

from __future__ import annotations

import os
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.errors import InputError, one_line
from hippokv.protocols.running import pattern_files
from hippokv.protocols.running.pattern_files import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from hippokv.protocols.running.stimuli import (
    Patterns,
    StimulusParameters,
    absolute,
    draw_stimuli,
    offered,
    patterns_of_arrays,
    random_stream,
    read_patterns,
)


def test_random_items_are_signs_and_their_own_values() -> None:
    stimuli = draw_stimuli(StimulusParameters(), None, 200, 30, 30, seed=1)
    assert stimuli.keys.shape == (200, 30)
    assert set(np.unique(stimuli.keys)) == {-1, 1}
    assert abs(stimuli.keys.mean()) < 0.05
    np.testing.assert_array_equal(stimuli.keys, stimuli.values)
    assert stimuli.image_shape is None


@pytest.mark.parametrize(("own_values", "n_outputs"), [(True, 30), (False, 12)])
def test_values_of_their_own_do_not_follow_the_keys(own_values: bool, n_outputs: int) -> None:
    parameters = StimulusParameters(own_values=own_values)
    stimuli = draw_stimuli(parameters, None, 200, 30, n_outputs, seed=1)
    assert stimuli.values.shape == (200, n_outputs)
    agreement = (stimuli.keys[:, :n_outputs] == stimuli.values).mean()
    assert abs(agreement - 0.5) < 0.05


def test_the_first_items_do_not_depend_on_how_many_follow() -> None:
    few = draw_stimuli(StimulusParameters(own_values=True), None, 5, 30, 20, seed=3)
    many = draw_stimuli(StimulusParameters(own_values=True), None, 50, 30, 20, seed=3)
    np.testing.assert_array_equal(few.keys, many.keys[:5])
    np.testing.assert_array_equal(few.values, many.values[:5])


def test_seeds_and_purposes_have_streams_of_their_own() -> None:
    draws = {
        tuple(random_stream(seed, purpose).integers(0, 1000, 8))
        for seed in range(5)
        for purpose in ("keys", "values", "occlusion")
    }
    assert len(draws) == 15


def test_stimuli_of_a_seed_stay_what_they_were() -> None:
    stimuli = draw_stimuli(StimulusParameters(), None, 1, 12, 12, seed=1000)
    assert stimuli.keys[0].tolist() == [1, -1, -1, 1, 1, 1, 1, -1, 1, 1, -1, -1]


def test_digits_are_images_chosen_by_seed_without_replacement() -> None:
    patterns = read_patterns("digits")
    assert patterns is not None
    assert (patterns.table.shape, patterns.image_shape) == ((1797, 64), (8, 8))
    assert set(np.unique(patterns.table)) == {-1, 1}
    parameters = StimulusParameters(stimuli="digits")
    one, other = (draw_stimuli(parameters, patterns, 1797, 64, 64, seed) for seed in (0, 1))
    assert not np.array_equal(one.keys, other.keys)
    np.testing.assert_array_equal(
        np.sort(one.keys @ np.arange(64)), np.sort(patterns.table @ np.arange(64))
    )


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float32, np.float64, ">f8"])
def test_signs_of_any_type_are_read_as_they_are(kind: str, tmp_path: Path) -> None:
    signs = np.random.default_rng(0).choice([-1, 1], (7, 10))
    np.save(tmp_path / "signs.npy", signs.astype(kind))
    patterns = read_patterns(f"file:{tmp_path / 'signs.npy'}")
    assert patterns is not None and patterns.image_shape is None
    np.testing.assert_array_equal(patterns.table, signs)


def test_csv_and_npy_are_read_alike(tmp_path: Path) -> None:
    signs = np.random.default_rng(0).choice([-1, 1], (7, 9))
    np.save(tmp_path / "signs.NPY", signs)
    (tmp_path / "signs.NPY.npy").rename(tmp_path / "signs.NPY")
    lines = [",".join(map(str, row)) for row in signs]
    text = "\ufeff" + "\r\n".join(lines) + "\n\n"
    (tmp_path / "signs.csv").write_text(text, encoding="utf-8", newline="")
    for name in ("signs.NPY", "signs.csv"):
        patterns = read_patterns(f"file:{tmp_path / name}")
        assert patterns is not None and patterns.image_shape == (3, 3)
        np.testing.assert_array_equal(patterns.table, signs)


@pytest.mark.parametrize("kind", [np.uint8, np.float64, bool])
def test_grey_images_are_split_at_the_middle_of_their_range(kind: type, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 2, (5, 4, 3)).astype(kind)
    if kind is not bool:
        images = images * kind(100) + kind(50)
    np.save(tmp_path / "images.npy", images)
    patterns = read_patterns(f"file:{tmp_path / 'images.npy'}")
    assert patterns is not None and patterns.image_shape == (4, 3)
    middle = (float(images.min()) + float(images.max())) / 2
    np.testing.assert_array_equal(patterns.table > 0, images.reshape(5, 12) > middle)


def test_a_file_is_taken_from_the_top() -> None:
    table = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (9, 6))
    parameters = StimulusParameters(stimuli="file:some.npy")
    stimuli = draw_stimuli(parameters, Patterns(table, (2, 3)), 4, 6, 6, seed=5)
    np.testing.assert_array_equal(stimuli.keys, table[:4])
    assert stimuli.image_shape == (2, 3)
    with pytest.raises(InputError, match="n_items = 10: must be at most 9"):
        draw_stimuli(parameters, Patterns(table, None), 10, 6, 6, seed=5)


# --- keys and values ------------------------------------------------------------------------------


def _signs(rows: int, width: int, seed: int = 0) -> NDArray[np.int64]:
    return np.random.default_rng(seed).choice([-1, 1], (rows, width))


def test_keys_and_values_of_one_file(tmp_path: Path) -> None:
    keys, grey = _signs(6, 10), np.random.default_rng(1).random((6, 4, 3))
    names = [f"item {letter}" for letter in "abcdef"]
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "items.npz", keys=keys, values=grey, labels=names, more=np.ones(3))
        patterns = read_patterns(f"file:{tmp_path / 'items.npz'}")
        assert patterns is not None and patterns.values is not None
        np.testing.assert_array_equal(patterns.table, keys)
        middle = (grey.min() + grey.max()) / 2
        np.testing.assert_array_equal(patterns.values > 0, grey.reshape(6, 12) > middle)
        assert patterns.labels == tuple(names)
    stimuli = draw_stimuli(StimulusParameters(own_values=True), patterns, 4, 10, 12, seed=0)
    np.testing.assert_array_equal(stimuli.values, patterns.values[:4])
    assert stimuli.labels == tuple(names[:4])


def test_keys_alone_are_their_own_values(tmp_path: Path) -> None:
    np.savez(tmp_path / "items.npz", keys=_signs(6, 9), labels=list("abcdef"))
    patterns = read_patterns(f"file:{tmp_path / 'items.npz'}")
    assert patterns is not None and patterns.values is None and patterns.image_shape == (3, 3)
    stimuli = draw_stimuli(StimulusParameters(), patterns, 6, 9, 9, seed=0)
    np.testing.assert_array_equal(stimuli.values, stimuli.keys)
    assert stimuli.labels == tuple("abcdef")


def test_keys_and_values_of_two_files(tmp_path: Path) -> None:
    keys, values = _signs(6, 10), _signs(6, 4, seed=1)
    np.save(tmp_path / "keys.npy", keys)
    np.savetxt(tmp_path / "values.csv", values, delimiter=",")
    patterns = read_patterns(f"file:{tmp_path / 'keys.npy'}", f"file:{tmp_path / 'values.csv'}")
    assert patterns is not None and patterns.values is not None
    np.testing.assert_array_equal(patterns.table, keys)
    np.testing.assert_array_equal(patterns.values, values)


@pytest.mark.parametrize(
    ("stimuli", "values", "words"),
    [
        ("random", "file:HERE/five.npy", "must be none where protocol.stimuli is random"),
        ("digits", "file:HERE/five.npy", "must be none where protocol.stimuli is digits"),
        ("file:HERE/six.npy", "HERE/five.npy", "must be file:PATH or none"),
        ("file:HERE/six.npy", "file:HERE/five.npy", "must have 6 rows, as many as protocol.stim"),
        ("file:HERE/six.npy", "file:HERE/both.npz", "must be a file that ends in .npy or .csv"),
        ("file:HERE/six.npy", "file:HERE/gone.npy", "that exists"),
        ("file:HERE/six.npy", "file:HERE/same.npy", "must hold more than one number"),
        ("file:HERE/both.npz", "file:HERE/six.npy", "must be none where the file of"),
    ],
)
def test_values_that_cannot_be_are_refused(
    stimuli: str, values: str, words: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "six.npy", _signs(6, 4))
    np.save(tmp_path / "five.npy", _signs(5, 4))
    np.save(tmp_path / "same.npy", np.ones((6, 4)))
    np.savez(tmp_path / "both.npz", keys=_signs(6, 4), values=_signs(6, 4))
    here = str(tmp_path)
    with pytest.raises(InputError) as refused:
        read_patterns(stimuli.replace("HERE", here), values.replace("HERE", here))
    assert str(refused.value).startswith("protocol.values = 'file:") or "PATH" in words
    assert words in str(refused.value)


GOOD = _signs(6, 4)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"values": GOOD}, "must be an .npz file with an array 'keys'"),
        ({"keys": GOOD, "values": GOOD[:5]}, "6 rows, as many as keys, not 5 (its array 'values')"),
        ({"keys": GOOD, "labels": list("abc")}, "as many as keys, not 3 (its array 'labels')"),
        ({"keys": GOOD[0]}, "must have shape (T, d) or (T, height, width), not (4,)"),
        ({"keys": GOOD, "values": GOOD[:, :, None, None]}, "(its array 'values')"),
        ({"keys": np.where(GOOD > 0, np.nan, GOOD)}, "no NaN and no infinity"),
        ({"keys": GOOD, "values": 2 * GOOD}, "-1 and 1 only, or grey values"),
        ({"keys": GOOD, "values": np.ones((6, 4))}, "more than one number, not 1 throughout"),
        ({"keys": GOOD + 1j}, "must hold real numbers, not complex128 (its array 'keys')"),
        ({"keys": np.array([[{}, {}]])}, "without pickles"),
        ({"keys": GOOD, "labels": np.array([{}] * 6)}, "without pickles (its array 'labels')"),
        ({"keys": GOOD, "labels": np.arange(6)}, "must be texts of at most 100 characters"),
        ({"keys": GOOD, "labels": ["a" * 101] * 6}, "must be texts of at most 100 characters"),
        ({"keys": GOOD, "labels": ["a\x1b[2J"] * 6}, "must be a list of printable texts"),
        ({"keys": GOOD, "labels": [["a"]] * 6}, "one an item"),
        ({"keys": np.ones((2, MOST_COLUMNS + 1))}, "items of 2000 entries, not 2 of 2001"),
    ],
)
def test_arrays_of_a_file_that_cannot_be_are_refused(
    arrays: dict[str, Any], words: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "items.npz", **arrays)
    assert words in _refusal(tmp_path / "items.npz")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    header = b"\x93NUMPY\x01\0" + struct.pack("<H", 70) + _header("'|i1'", "(2, 2)").encode()
    content = header.ljust(79) + b"\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("keys.npy", "w") as member,
    ):
        member.write(content)
        for _ in range(MOST_BYTES // 1_000_000 + 1):
            member.write(bytes(1_000_000))
    assert path.stat().st_size < 200_000
    told, megabytes = _peak_megabytes(path)
    assert "must take at most 64 MB when it is unpacked" in told
    assert megabytes < 3


def test_what_is_packed_in_other_ways_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "keys.npy", GOOD)
    with zipfile.ZipFile(tmp_path / "items.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.write(tmp_path / "keys.npy", "keys.npy")
    assert "must be packed as NumPy packs it (its array 'keys')" in _refusal(tmp_path / "items.npz")
    with zipfile.ZipFile(tmp_path / "items.npz", "w") as archive:
        for number in range(1000):
            archive.writestr(f"{number}.npy", b"")
    assert "it has too many members" in _refusal(tmp_path / "items.npz")


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    np.savez(path, keys=GOOD)
    whole = path.read_bytes()
    damaged = (
        b"", b"PK", whole[:-30], whole[:50], whole[30:], whole.replace(b"'<i8'", b"'<f9'"),
        whole[:150] + bytes(20) + whole[170:], whole[:-22] + b"PK\x05\x06" + bytes(18),
    )  # fmt: skip
    for content in damaged:
        path.write_bytes(content)
        _refusal(path)
    np.save(tmp_path / "keys.npy", GOOD)
    (tmp_path / "keys.npy").rename(path)
    assert "it is no ZIP archive" in _refusal(path)


def test_arrays_are_the_patterns_that_a_file_of_them_is(tmp_path: Path) -> None:
    keys, values = np.random.default_rng(0).random((5, 4, 3)), _signs(5, 7).tolist()
    patterns = patterns_of_arrays((keys, values, list("abcde")))
    np.savez(tmp_path / "items.npz", **patterns.arrays())  # type: ignore[arg-type]
    read = read_patterns(f"file:{tmp_path / 'items.npz'}")
    assert read is not None and read.image_shape == patterns.image_shape == (4, 3)
    assert read.labels == patterns.labels == tuple("abcde")
    np.testing.assert_array_equal(read.table, patterns.table)
    assert read.values is not None and patterns.values is not None
    np.testing.assert_array_equal(read.values, patterns.values)
    assert read.source == patterns.source != patterns_of_arrays(keys).source


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "must be keys, (keys, values) or (keys, values, labels)"),
        ((GOOD, GOOD, ["a"] * 6, 1), "must be keys, (keys, values) or"),
        (GOOD[0], "must have shape (T, d) or (T, height, width), not (4,)"),
        ((GOOD, GOOD[:3]), "must have 6 rows, as many as keys, not 3 (its array 'values')"),
        ((GOOD, [[1, -1], [1]]), "must be an array of numbers"),
        ((GOOD, [["a"] * 4] * 6), "must hold real numbers, not <U1 (its array 'values')"),
        ((GOOD, GOOD, 3), "must be a list of printable texts"),
        ((GOOD, GOOD, [1, "2"]), "as many as keys, not 2"),
        ((GOOD, np.full((6, 2), np.nan)), "no NaN and no infinity (its array 'values')"),
        ("random", "must hold real numbers"),
    ],
)
def test_arrays_that_cannot_be_are_refused(given: Any, words: str) -> None:
    with pytest.raises(InputError) as refused:
        patterns_of_arrays(given)
    assert str(refused.value).startswith("stimuli = '") and words in str(refused.value)


def test_arrays_are_known_only_while_they_are_offered() -> None:
    patterns = patterns_of_arrays(GOOD)
    with offered(patterns.source, patterns):
        assert read_patterns(patterns.source) is patterns
    with pytest.raises(InputError, match="must be given as arrays again, by hippokv.run"):
        read_patterns(patterns.source)


def test_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert absolute("random") == "random"
    assert absolute("file:a/b.npy") == f"file:{tmp_path}/a/b.npy"
    assert absolute("file:~/b.npy") == "file:/home/someone/b.npy"


# --- files that are hostile, damaged or large -----------------------------------------------------


def _refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_patterns(f"file:{path}")
    told = str(refused.value)
    assert told.startswith(f"protocol.stimuli = {one_line(repr(f'file:{path}'))}: ")
    assert "must " in told and "\n" not in told and len(told) < 500
    return told


def _npy(path: Path, header: str, content: bytes = b"", version: int = 1) -> Path:
    """Write a ``.npy`` file of any header."""
    text = header.encode("latin-1") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + length + text + content)
    return path


def _header(descr: str, shape: str) -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


#: Header of a ``.npy`` file -> what is said of it.
HEADERS = {
    _header("'<f8'", "(4611686018427387904, 4)"): "bytes are missing",
    _header("'<f8'", f"({'9' * 400}, 2)"): "bytes are missing",
    _header("'<f8'", "(-1, 10)"): "must have shape (T, d) or (T, height, width), not (-1, 10)",
    _header("'<f8'", "(-5, -10)"): "must have shape (T, d) or (T, height, width), not (-5, -10)",
    _header("'<f8'", "(0, 99999999999)"): "must have at most 100000 items of 2000 entries",
    _header("'<f8'", "(99999999999, 0)"): "must have at most 100000 items of 2000 entries",
    _header("'<f8'", "(5, 0, 99999999999999999999)"): "can be read",
    _header("'<f8'", "(0, 3)"): "at least one item",
    _header("'<f8'", "(2.0, 2)"): "must be a whole .npy file",
    _header("'<f8'", "(10**9, 2)"): "must be a whole .npy file",
    _header("'|O'", "(2, 2)"): "without pickles",
    _header("[('a', '|O')]", "(2, 2)"): "without pickles",
    _header("[('a', '<f8'), ('b', '<f8')]", "(2, 2)"): "must hold real numbers, not [('a'",
    _header("('<f8', (2,))", "(2, 2)"): "must hold real numbers",
    _header("'<U99'", "(2, 2)"): "must hold real numbers, not <U99",
    _header("'|S5'", "(2, 2)"): "must hold real numbers, not |S5",
    _header("'<M8[s]'", "(2, 2)"): "must hold real numbers, not datetime64[s]",
    _header("'\\d'", "(2, 2)"): "must be a whole .npy file",
    _header("'<f8', '\\d': 1", "(2, 2)"): "must be a whole .npy file",
    _header("None", "(2, 2)"): "must be a whole .npy file",
    _header("__import__('os')", "(2, 2)"): "must be a whole .npy file",
    "(" * 9000: "must be a whole .npy file",
    "-" * 9000 + "1": "must be a whole .npy file",
    "1" + "+1j" * 3000: "must be a whole .npy file",
    "[]" + "[0]" * 3000: "must be a whole .npy file",
    "(" * 900: "must be a whole .npy file",
    "-" * 900 + "1": "must be a whole .npy file",
    "5": "must be a whole .npy file",
    "": "must be a whole .npy file",
    "\0": "must be a whole .npy file",
    "\x1b[2J": "must be a whole .npy file",
}


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_an_absurd_header_is_one_line_and_nothing_else(
    number: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    header, words = list(HEADERS.items())[number]
    # Here a warning would be an error; a user would see it.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        told = _refusal(_npy(tmp_path / "odd.npy", header, b"0" * 800))
    assert words in told and told.isprintable()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("version", "length"), [(2, 2**32 - 1), (2, 50_000_000), (1, 60_000)])
def test_a_header_of_many_megabytes_is_not_parsed(
    version: int, length: int, tmp_path: Path
) -> None:
    path = tmp_path / "long.npy"
    start = b"\x93NUMPY" + bytes([version, 0])
    path.write_bytes(start + struct.pack("<H" if version == 1 else "<I", length) + b" " * 70_000)
    assert "must be a whole .npy file" in _refusal(path)


def test_other_versions_of_the_format_are_refused(tmp_path: Path) -> None:
    text = _header("'<f8'", "(2, 2)")
    for version in (3, 9):
        path = _npy(tmp_path / "new.npy", text, struct.pack("<4d", 1, -1, -1, 1), version)
        assert f"its format has version {version}, not 1 or 2" in _refusal(path)


@pytest.mark.parametrize(
    ("header", "content"),
    [
        (_header("'<f8'", "(2L, 2L)"), struct.pack("<4d", 1, -1, -1, 1)),
        (_header("'>f8'", "(2, 2)"), struct.pack(">4d", 1, -1, -1, 1)),
        (_header("'<f8'", "(2, 2)"), struct.pack("<8d", 1, -1, -1, 1, 9, 9, 9, 9)),
        (_header("'<f8'", "(2, 2)").replace("False", "True"), struct.pack("<4d", 1, -1, -1, 1)),
        (_header("'|b1'", "(2, 2)"), b"\2\0\0\xff"),
        (_header("'<f2'", "(2, 2)"), np.array([1, -1, -1, 1], "<f2").tobytes()),
        (_header("'|u1'", "(2, True, 2)"), b"\x09\x03\x03\x09"),
    ],
    ids=["python2", "big", "more", "columns", "bool", "half", "shape"],
)
def test_odd_headers_of_numbers_are_read_without_a_word(
    header: str, content: bytes, tmp_path: Path
) -> None:
    patterns = read_patterns(f"file:{_npy(tmp_path / 'odd.npy', header, content)}")
    assert patterns is not None
    np.testing.assert_array_equal(patterns.table, [[1, -1], [-1, 1]])


def test_columns_may_come_first(tmp_path: Path) -> None:
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (7, 10))
    np.save(tmp_path / "columns.npy", np.asfortranarray(signs))
    patterns = read_patterns(f"file:{tmp_path / 'columns.npy'}")
    assert patterns is not None
    np.testing.assert_array_equal(patterns.table, signs)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble, np.uint64])
def test_grey_values_of_any_width_are_split_where_floats_are(kind: Any, tmp_path: Path) -> None:
    values = (np.random.default_rng(0).random((50, 40)) * 1000).astype(kind)
    np.save(tmp_path / "grey.npy", values)
    patterns = read_patterns(f"file:{tmp_path / 'grey.npy'}")
    assert patterns is not None
    floats = values.astype(float)
    middle = floats.min() + (floats.max() - floats.min()) / 2
    np.testing.assert_array_equal(patterns.table > 0, floats > middle)
    assert patterns.table.dtype == np.int8


def test_a_file_that_shrinks_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "whole.npy", np.ones((20_000, 4)))
    check_it = pattern_files._check_size

    def shrunk(*given: Any) -> None:
        check_it(*given)
        os.truncate(tmp_path / "whole.npy", 200_000)

    monkeypatch.setattr(pattern_files, "_check_size", shrunk)
    assert "it shrinks while it is read" in _refusal(tmp_path / "whole.npy")


def _peak_megabytes(path: Path) -> tuple[str, float]:
    tracemalloc.start()
    try:
        told = _refusal(path)
        return told, tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_a_table_is_read_no_further_than_to_the_first_row_too_many(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w") as stream:
        stream.write("1,-1\n" * MOST_ROWS)
    assert len(_patterns(path)) == MOST_ROWS
    with path.open("a") as stream:
        stream.write("-1,1\n")
        stream.truncate(60_000_000)
    told, megabytes = _peak_megabytes(path)
    assert "must have at most 100000 items of 2000 entries, not 100001 or more" in told
    # The whole file would take hundreds.
    assert megabytes < 20


@pytest.mark.parametrize("begin", ["", "1,-1\n" * 10, "1," * 50_000, '1,"', "\n" * 100])
def test_a_line_without_an_end_is_not_read_to_its_end(begin: str, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    with path.open("w") as stream:
        stream.write(begin)
        stream.truncate(60_000_000)
    told, megabytes = _peak_megabytes(path)
    assert "must have at most 100000 items of 2000 entries, unlike line" in told
    assert megabytes < 20


def test_the_widest_table_is_read_and_no_wider(tmp_path: Path) -> None:
    entry = "-1.000000000000000000e+00"
    path = tmp_path / "wide.csv"
    for width in (MOST_COLUMNS, MOST_COLUMNS + 1):
        row = ",".join(["1.000000000000000000e+00"] + [entry] * (width - 1))
        path.write_text(f"{row}\n{row}\n")
        if width == MOST_COLUMNS:
            assert _patterns(path).shape == (2, MOST_COLUMNS)
    assert "items of 2000 entries, not 1 of 2001" in _refusal(path)


def test_lines_that_hold_nothing_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_text("1,-1\n\n" * MOST_ROWS)
    assert len(_patterns(path)) == MOST_ROWS
    path.write_text("1,-1\n" + "\n" * 2 * MOST_ROWS)
    assert "not more than 200000 lines" in _refusal(path)


def _patterns(path: Path) -> NDArray[np.int8]:
    patterns = read_patterns(f"file:{path}")
    assert patterns is not None
    return patterns.table


@pytest.mark.parametrize(
    "text",
    [
        "1_0,1\n-1,1\n", "1,\N{FULLWIDTH DIGIT ONE}\n", "1,\N{MINUS SIGN}1\n", "1,1\0\n", "1,0x1\n",
        "1,--1\n", "1,\n", ",\n", "1 -1\n", "1\t-1\n", "# one\n1,-1\n", '1,"a\nb"\n', "1,'-1'\n",
        "1,1\ufeff\n", "1.5.1,1\n", "1,None\n", "1,True\n", "1,1e\n",
    ],
)  # fmt: skip
def test_what_is_no_number_in_a_table_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text, encoding="utf-8")
    assert "must hold numbers between commas, which line " in _refusal(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,nan\n", "finite"), ("1,inf\n", "finite"), ("1,1e999\n", "finite"), ("", "one item"),
        ("\ufeff", "one item"), ("1,-1\n1\n", "2 numbers in every row, unlike line 2"),
        ("1,-1\n\n\n1,2,3\n", "2 numbers in every row, unlike line 4"), ("-2,2\n", "-1 and 1 only"),
    ],
)  # fmt: skip
def test_tables_of_numbers_that_are_no_patterns_are_refused(
    text: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text, encoding="utf-8")
    assert words in _refusal(path)


@pytest.mark.parametrize("text", ["1, -1\n-1,1e0\n", '"1","-1"\r\n-1,1\r\n', "+1,-1.0\n-1,01\n"])
def test_numbers_may_be_written_in_other_ways(text: str, tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text(text, newline="")
    np.testing.assert_array_equal(_patterns(path), [[1, -1], [-1, 1]])


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    for ending in ("npy", "csv"):
        path = tmp_path / f"pipe.{ending}"
        os.mkfifo(path)
        assert "that exists, not a folder, a pipe or a device" in _refusal(path)


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("digit", "did you mean digits?"),
        ("Random", "did you mean random?"),
        ("faces.npy", "did you mean file:faces.npy?"),
        ("~/a/FACES.CSV", "did you mean file:~/a/FACES.CSV?"),
        ("faces", "must be random, digits or file:PATH"),
    ],
)
def test_a_mistyped_source_is_told_what_is_near(source: str, near: str) -> None:
    with pytest.raises(InputError) as refused:
        read_patterns(source)
    assert str(refused.value).endswith(near)
