"""What is changed in the C++ sources that Brian2 has generated, before they are compiled."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

EXPONENTIAL = Path(__file__).with_name("exponential.h")
#: Headers that Brian2 writes; the others are this package's.
GENERATED_HEADERS = ("network.h", "objects.h", "run.h", "synapses_classes.h")
SYSTEM_HEADERS = "#include <climits>\n#include <cmath>\n#include <ctime>\n#include <fstream>\n#include <iostream>\n"
_WRITER = re.compile(r"^void _write_arrays\(\)\n\{.*?^\}", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r'results_dir \+ "(_(?:dynamic_)?array_\w+)"')
_EXPONENTIAL = re.compile(r"(?<![\w:.])exp\(")
# What a template of this package evaluates once a step, before its loop.
_ONCE = re.compile(r"(?<=// Once a step\.\n)(.*?)(?=\s*// For each cell\.)", re.DOTALL)
_SCALAR = re.compile(r"^\s*const (\w+) (\w+) = (.+);$")
_WRITTEN = re.compile(r"_ptr(_array_\w+)\[[^\]]*\]\s*[-+*/]?=(?!=)")
_CLOCK = re.compile(r"_array_\w*clock\w*_(?:t|timestep|t_in_timesteps)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_PURE = {"N", "exp", "log", "sqrt", "fabs", "_clip", "_timestep", "int_", "f"}
# Declarations of the flags, their allocation, and their setting from the command line.
_FLAG = re.compile(
    r"\bchar(?=[\s*]*(?:__restrict\s+)?(?:_ptr)?(?:_array_\w+_)?not_refractory\b)"
    r"|(?<=not_refractory = new )char"
    r"|(?<=not_refractory, var_size, \()char"
)


def tune_sources(folder: Path, wanted: Collection[str]) -> None:
    """Let the program write only the files that are read and run its loops as vector instructions.

    What depends on constants alone is evaluated once in a run instead of once a step. For the vector
    instructions, flags become as wide as a double (one of a byte would make the compiler handle 64 cells
    at once, far more than fit its registers), and the exponential function a formula.

    Parameters
    ----------
    folder
        Folder of the generated sources.
    wanted
        Names of the files that are read after a run.
    """
    objects = sorted(folder.glob("code_objects/*.cpp"))
    written = {name for path in objects for name in _WRITTEN.findall(path.read_text())}
    for path in [*folder.glob("*.cpp"), *folder.glob("*.h"), *objects]:
        text = path.read_text()
        changed = _FLAG.sub("int64_t", text)
        if path.parent != folder:
            changed = _ONCE.sub(lambda found: _once_a_run(found[0], written), changed)
            changed = _EXPONENTIAL.sub("hippokv::exponential(", changed)
        if path.name == "objects.cpp":
            changed = _WRITER.sub(lambda found: _writing_only(found[0], wanted), changed)
        if changed != text:
            path.write_text(changed)


def share_headers(folder: Path) -> None:
    """Let the makefile compile once what every source includes; that is most of what compiling takes.

    Parameters
    ----------
    folder
        Folder of the generated sources and their makefile.
    """
    common, compiled = "common.h", "common.h.gch"
    ours = (header.name for header in folder.glob("*.h") if header.name not in GENERATED_HEADERS)
    names = ["objects.h", "brianlib/common_math.h", *sorted(ours)]
    (folder / common).write_text("".join(f'#include "{name}"\n' for name in names) + SYSTEM_HEADERS)
    makefile = folder / "makefile"
    text = makefile.read_text()
    rule = (
        f"\n{compiled}: {common}\n"
        f"\t$(CXX) $(OPTIMISATIONS) -Wno-write-strings -I. -x c++-header $< -o $@\n"
        f"$(OBJS): {compiled}\n$(OBJS): CXXFLAGS += -include {common}\n"
    )
    makefile.write_text(text.rstrip("\n") + "\n" + rule)


def _writing_only(function: str, wanted: Collection[str]) -> str:
    """Return the function that writes the arrays without those that nobody reads."""
    start, *pieces = re.split(r"(?=^\s*ofstream )", function, flags=re.MULTILINE)
    kept = [piece for piece in pieces if not (name := _FILE.search(piece)) or name[1] in wanted]
    return start + "".join(kept)


def _once_a_run(block: str, written: Collection[str]) -> str:
    """Return declarations with those apart that depend only on what stays the same during a run."""
    fixed: dict[str, tuple[str, str]] = {}
    varying = []
    for line in block.splitlines():
        found = _SCALAR.match(line)
        if found and _stays_the_same(found[3], fixed, written):
            fixed[found[2]] = (found[1], line.strip())
        elif line.strip():
            varying.append(line)
    if not fixed:
        return block
    fields = " ".join(f"{kind} {name};" for name, (kind, _) in fixed.items())
    lines = [
        f"    struct Constants {{ {fields} }};",
        "    static const Constants _constants = [&]() -> Constants {",
        *(f"        {line}" for _, line in fixed.values()),
        f"        return Constants{{{', '.join(fixed)}}};",
        "    }();",
        *(f"    const {kind} {name} = _constants.{name};" for name, (kind, _) in fixed.items()),
    ]
    return "\n".join([*lines, *varying])


def _stays_the_same(expression: str, fixed: Collection[str], written: Collection[str]) -> bool:
    array = re.fullmatch(r"_ptr(_array_\w+)\[0\]", expression)
    if array:
        return array[1] not in written and not _CLOCK.fullmatch(array[1])
    return all(word in fixed or word in _PURE for word in _WORD.findall(expression))
