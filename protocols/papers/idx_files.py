"""Images and labels in IDX files, as MNIST and FashionMNIST are published (LeCun et al. 1998)."""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.theory.classifier import Labels
from hippokv.errors import InputError
from hippokv.paths import path_of

from ..running.user_files import FOLDER, opened

MOST_BYTES = 64_000_000
#: Beginnings of the files to learn from and to be asked about.
SHOWN, ASKED = "train", "t10k"


@dataclass(frozen=True)
class Images:
    """Hold images and their labels.

    Parameters
    ----------
    images
        Grey values from 0 to 255, shape (images, pixels).
    labels
        Class of each, shape (images,).
    """

    images: NDArray[np.uint8]
    labels: Labels


@dataclass(frozen=True)
class ImageFolder:
    """Hold the images of a folder.

    Parameters
    ----------
    shown, asked
        Those to learn and to be asked.
    digest
        Tells folders of other content.
    """

    shown: Images
    asked: Images
    digest: str


def read_folder(key: str, given: str) -> ImageFolder:
    """Read the four files of a folder, packed with gzip or not.

    Parameters
    ----------
    key
        Name of the option that names the folder.
    given
        The folder.

    Raises
    ------
    InputError
        Where a file is missing, or is not what its name says.
    """
    folder = path_of(key, given, FOLDER)
    digest = hashlib.sha256()
    found: dict[str, Images] = {}
    for part in (SHOWN, ASKED):
        images = _read(key, folder, f"{part}-images", 3)
        labels = _read(key, folder, f"{part}-labels", 1)
        if len(images) != len(labels):
            words = f"must have as many labels as images, not {len(labels)} and {len(images)}"
            raise InputError(key, given, f"{words} ({part})")
        digest.update(repr(images.shape).encode() + images.tobytes() + labels.tobytes())
        found[part] = Images(images.reshape(len(images), -1), labels.astype(np.int64))
    return ImageFolder(found[SHOWN], found[ASKED], digest.hexdigest()[:20])


def _read(key: str, folder: Path, start: str, dimensions: int) -> NDArray[np.uint8]:
    """Return the array of a file whose name has such a beginning."""
    ending = f"idx{dimensions}-ubyte"
    names = [f"{start}{mark}{ending}{packed}" for mark in "-." for packed in ("", ".gz")]
    path = next((folder / name for name in names if (folder / name).exists()), None)
    if path is None:
        words = f"must be a folder with the file {names[0]}, or {names[1]}"
        raise InputError(key, str(folder), words)
    try:
        with opened(key, str(path), path, "an IDX file", MOST_BYTES) as stream:
            if path.suffix != ".gz":
                return _array(stream, dimensions)
            with gzip.open(stream) as unpacked:
                return _array(unpacked, dimensions)  # type: ignore[arg-type]
    except (EOFError, zlib.error) as error:
        words = f"must be a whole IDX file packed with gzip ({error})"
        raise InputError(key, str(path), words) from None


def _array(stream: BinaryIO, dimensions: int) -> NDArray[np.uint8]:
    """Return the array in a file of bytes.

    Raises
    ------
    ValueError
        Where it is none.
    """
    head = stream.read(4 + 4 * dimensions)
    if head[:4] != bytes([0, 0, 8, dimensions]) or len(head) < 4 + 4 * dimensions:
        raise ValueError(f"it does not begin as an IDX file of bytes in {dimensions} dimensions")
    shape = struct.unpack(f">{dimensions}I", head[4:])
    size = math.prod(shape)
    if not 0 < size <= MOST_BYTES:
        raise ValueError(f"it has {size} bytes, not from 1 to {MOST_BYTES}")
    content = stream.read(size + 1)
    if len(content) < size:
        raise ValueError(f"{size - len(content)} bytes are missing")
    if len(content) > size:
        raise ValueError("it is longer than its head says")
    return np.frombuffer(content, np.uint8).reshape(shape)
