"""The version of the code: what must be the same for two runs to belong into one table."""

from __future__ import annotations

import functools
import hashlib
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OWN_PACKAGES = (
    "hippokv",
    "hippokv.plasticity",
    "hippokv.circuits",
    "hippokv.analysis",
    "hippokv.protocols",
)
#: Libraries that a result may depend on, with the extras that some runs use.
RESULT_LIBRARIES = ("brian2", "numpy", "scipy", "ratinabox")


@functools.lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the sources of this package and of the versions of what computes."""
    digest = hashlib.sha256()
    for name in OWN_PACKAGES:
        folder = Path(str(import_module(name).__file__)).parent
        for path in sorted(folder.rglob("*") if name != "hippokv" else folder.iterdir()):
            if path.suffix in (".py", ".h", ".cpp"):
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    for library in RESULT_LIBRARIES:
        with suppress(PackageNotFoundError):
            digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()[:20]
