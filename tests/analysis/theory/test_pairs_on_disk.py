"""Pairs in a file: the same layer as in memory, and a damaged file is one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hippokv.analysis.theory import pairs_on_disk
from hippokv.analysis.theory.pairs_on_disk import PairsOnDisk
from hippokv.analysis.theory.recorded_layer import PairsInMemory, RecordedLayer
from hippokv.errors import InputError


def taught(layer: RecordedLayer) -> RecordedLayer:
    """Return a layer after 70 pairs."""
    stream = np.random.default_rng(1)
    for _ in range(10):
        layer.learn(stream.normal(size=(7, 6)), 0.1 * stream.normal(size=(7, 4)))
    return layer


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a file of 70 pairs."""
    with PairsOnDisk(tmp_path / "pairs", 6, 4) as pairs:
        taught(RecordedLayer(np.ones((6, 4)), pairs))
    return tmp_path / "pairs"


def test_a_layer_on_disk_is_the_layer_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some 16 pieces instead of one.
    monkeypatch.setattr(pairs_on_disk, "_AT_ONCE", 45)
    initial, inputs = np.ones((6, 4)), np.random.default_rng(2).normal(size=(5, 6))
    strengths = np.random.default_rng(3).random(70)
    memory = taught(RecordedLayer(initial))
    with PairsOnDisk(tmp_path / "pairs", 6, 4) as pairs:
        disk = taught(RecordedLayer(initial, pairs))
        assert len(disk.pairs) == len(memory.pairs) == 70
        np.testing.assert_array_equal(disk.keys, memory.keys)
        np.testing.assert_array_equal(disk.values, memory.values)
        for one, other in (
            (disk.dual(inputs, strengths), memory.dual(inputs, strengths)),
            (disk.with_strengths(strengths, 2.0), memory.with_strengths(strengths, 2.0)),
            (disk.attention(inputs), memory.attention(inputs)),
            (disk.dual(inputs), memory.primal(inputs)),
        ):
            np.testing.assert_allclose(one, other, atol=1e-12)
        # Learning goes on after it was looked at.
        taught(disk)
        assert len(disk.keys) == 140
        np.testing.assert_allclose(disk.dual(inputs), disk.primal(inputs), atol=1e-12)


def test_a_file_that_was_closed_is_read_again(written: Path) -> None:
    memory = taught(RecordedLayer(np.ones((6, 4))))
    with PairsOnDisk.opened(written) as pairs:
        again = RecordedLayer(np.ones((6, 4)), pairs)
        np.testing.assert_array_equal(again.keys, memory.keys)
        np.testing.assert_array_equal(again.values, memory.values)


def test_no_pairs_at_all_are_read_as_none(tmp_path: Path) -> None:
    PairsOnDisk(tmp_path / "none", 6, 4).close()
    with PairsOnDisk.opened(tmp_path / "none") as pairs:
        layer = RecordedLayer(np.ones((6, 4)), pairs)
        assert layer.keys.shape == (0, 6) and layer.values.shape == (0, 4)
    assert len(PairsInMemory(6, 4)) == 0


def test_a_file_that_is_cut_or_was_not_closed_is_one_line(written: Path, tmp_path: Path) -> None:
    whole = written.read_bytes()
    for content, words in (
        (whole[:-8], "8 bytes are missing"),
        (whole[:20], "it is no file of pairs"),
        (b"", "it is no file of pairs"),
        (whole + b"12345678", "it was not closed"),
    ):
        written.write_bytes(content)
        with pytest.raises(InputError, match=words) as told:
            PairsOnDisk.opened(written)
        assert "\n" not in str(told.value) and str(told.value).startswith("pairs = '")
    pairs = PairsOnDisk(tmp_path / "open", 6, 4)
    taught(RecordedLayer(np.ones((6, 4)), pairs))
    list(pairs.parts())
    with pytest.raises(InputError, match="it was not closed"):
        PairsOnDisk.opened(tmp_path / "open")
    pairs.close()
    with pytest.raises(InputError, match="No such file"):
        PairsOnDisk.opened(tmp_path / "absent")
    with pytest.raises(InputError, match="must be a new file"):
        PairsOnDisk(tmp_path / "open", 6, 4)


def test_a_changed_number_and_a_cut_while_it_is_read_are_noticed(written: Path) -> None:
    content = bytearray(written.read_bytes())
    content[200] ^= 1
    written.write_bytes(content)
    with PairsOnDisk.opened(written) as pairs, pytest.raises(InputError, match="it is damaged"):
        list(pairs.parts())
    with PairsOnDisk.opened(written) as pairs:
        written.write_bytes(content[:-80])
        with pytest.raises(InputError, match="80 bytes are missing"):
            list(pairs.parts())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no full device")
def test_a_disk_that_is_full_is_one_line(tmp_path: Path) -> None:
    pairs = PairsOnDisk(tmp_path / "pairs", 6, 4)
    pairs.close()
    with (
        Path("/dev/full").open("r+b", buffering=0) as pairs._stream,
        pytest.raises(InputError, match="No space left on device") as told,
    ):
        taught(RecordedLayer(np.ones((6, 4)), pairs))
    assert "\n" not in str(told.value)
