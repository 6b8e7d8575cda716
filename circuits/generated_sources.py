"""What is changed in the C++ sources that Brian2 has generated, before they are compiled."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

_WRITER = re.compile(r"^void _write_arrays\(\)\n\{.*?^\}", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r'results_dir \+ "(_(?:dynamic_)?array_\w+)"')
# Declarations of the flags, their allocation, and their setting from the command line.
_FLAG = re.compile(
    r"\bchar(?=[\s*]*(?:__restrict\s+)?(?:_ptr)?(?:_array_\w+_)?not_refractory\b)"
    r"|(?<=not_refractory = new )char"
    r"|(?<=not_refractory, var_size, \()char"
)


def tune_sources(folder: Path, wanted: Collection[str]) -> None:
    """Let the program write only the files that are read, and use flags as wide as a double.

    A flag of one byte would make the compiler handle 64 cells at once, far more than fit its
    registers.

    Parameters
    ----------
    folder
        Folder of the generated sources.
    wanted
        Names of the files that are read after a run.
    """
    for path in [*folder.glob("*.cpp"), *folder.glob("*.h"), *folder.glob("code_objects/*.cpp")]:
        text = path.read_text()
        changed = _FLAG.sub("int64_t", text)
        if path.name == "objects.cpp":
            changed = _WRITER.sub(lambda found: _writing_only(found[0], wanted), changed)
        if changed != text:
            path.write_text(changed)


def _writing_only(function: str, wanted: Collection[str]) -> str:
    """Return the function that writes the arrays without those that nobody reads."""
    start, *pieces = re.split(r"(?=^\s*ofstream )", function, flags=re.MULTILINE)
    kept = [piece for piece in pieces if not (name := _FILE.search(piece)) or name[1] in wanted]
    return start + "".join(kept)
