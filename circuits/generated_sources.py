"""What is changed in the C++ sources that Brian2 has generated, before they are compiled."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE_FILES = Path(__file__).with_name("whole_files.h")
EXPONENTIAL = Path(__file__).with_name("exponential.h")
#: Headers that Brian2 writes; the others are this package's.
GENERATED_HEADERS = ("network.h", "objects.h", "run.h", "synapses_classes.h")
SYSTEM_HEADERS = (
    "#include <climits>\n#include <cmath>\n#include <ctime>\n#include <fstream>\n"
    "#include <iostream>\n"
)
#: The object file in which arrays are made and files are read and written: nothing is computed in
#: it, and what is compiled in advance is of no use to it, as that is optimised more.
RARE = "objects.o"
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


def check_files(
    folder: Path, outputs: Mapping[str, str], known: Mapping[str, NDArray[Any]]
) -> None:
    """Let the program make sure of every file that it reads or writes, and write only what is read.

    What Brian2 generates reads on after a file that is missing or cut and writes on when the disk
    is full, and ends with status 0 after an interrupt in the middle of a simulation.

    Parameters
    ----------
    folder
        Folder of the generated sources.
    outputs
        File name of each array that is read after a run, and the expression for its first element
        and number of elements, as ``place, count``.
    known
        Arrays that the program reads from ``static_arrays`` when it starts, by name.

    Raises
    ------
    RuntimeError
        Where the sources do not look as expected.
    """
    path = folder / "objects.cpp"
    text = path.read_text()
    text = _with_body(text, "void _load_arrays()", map(_read_known, known, known.values()))
    text = _with_body(text, "void _write_arrays()", [
        "using namespace brian;",
        "hippokv::make_sure_that_it_is_over(network.t);",
        "hippokv::Arrays arrays(results_dir);",
        *(f'arrays.write("{name}", {array});' for name, array in outputs.items()),
        "arrays.close(Network::_last_run_time);",
    ])  # fmt: skip
    text = _with_body(
        text,
        "template<class T> void set_variable_from_file(std::string varname, T* var_pointer, "
        "size_t data_size, std::string filename)",
        ["hippokv::read_whole(filename, var_pointer, data_size);"],
    )
    text = _exchanged(
        text,
        r"""std::cerr << "Cannot set unknown variable '" << name << "'\." << std::endl;""",
        'hippokv::leave(hippokv::called_wrongly, "there is no variable " + name);',
    )
    # Thousands of lines that run once: to optimise them would take a third of compiling.
    setter = "void set_variable_by_name(std::string name, std::string s_value) {"
    text = _exchanged(text, f"^{re.escape(setter)}", f"HIPPOKV_RARELY_RUN {setter}")
    path.write_text(f'#include "{WHOLE_FILES.name}"\n#include "schedule_reader.h"\n{text}')


def tune_sources(folder: Path) -> None:
    """Let the program run its loops as vector instructions.

    What depends on constants alone is evaluated once in a run instead of once a step. For the
    vector instructions, flags become as wide as a double (one of a byte would make the compiler
    handle 64 cells at once, far more than fit its registers), and the exponential function a
    formula.

    Parameters
    ----------
    folder
        Folder of the generated sources.
    """
    objects = sorted(folder.glob("code_objects/*.cpp"))
    written = {name for path in objects for name in _WRITTEN.findall(path.read_text())}
    for path in [*folder.glob("*.cpp"), *folder.glob("*.h"), *objects]:
        text = path.read_text()
        changed = _FLAG.sub("int64_t", text)
        if path.parent != folder:
            changed = _ONCE.sub(lambda found: _once_a_run(found[0], written), changed)
            changed = _EXPONENTIAL.sub("hippokv::exponential(", changed)
        if changed != text:
            path.write_text(changed)


def share_headers(folder: Path) -> None:
    """Let the makefile compile once what every source includes: most of what compiling takes.

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
        f"$(filter-out {RARE},$(OBJS)): {compiled}\n"
        f"$(filter-out {RARE},$(OBJS)): CXXFLAGS += -include {common}\n"
        f"{RARE}: CXXFLAGS += -O1\n"
    )
    makefile.write_text(text.rstrip("\n") + "\n" + rule)


def sums_of(array: NDArray[Any]) -> tuple[int, int]:
    """Return the sums by which a program knows an array again: ``add_up`` of ``whole_files.h``."""
    content = array.tobytes()
    words = np.frombuffer(content + bytes(-len(content) % 8), dtype="<u8")
    places = np.arange(1, len(words) + 1, dtype=np.uint64)
    return int(words.sum(dtype=np.uint64)), int((words * places).sum(dtype=np.uint64))


def _read_known(name: str, array: NDArray[Any]) -> str:
    plain, weighted = sums_of(array)
    return (
        f'hippokv::read_known("static_arrays/{name}", &brian::{name}[0], {array.nbytes}, '
        f"{plain}ull, {weighted}ull);"
    )


def _with_body(text: str, signature: str, lines: Iterable[str]) -> str:
    """Return a source in which the body of one function is another."""
    body = "".join(f"    {line}\n" for line in lines)
    pattern = re.escape(signature) + r"\s*\{\n.*?^\}"
    return _exchanged(text, pattern, f"{signature}\n{{\n{body}}}")


def _exchanged(text: str, pattern: str, replacement: str) -> str:
    changed, count = re.subn(
        pattern, lambda found: replacement, text, flags=re.MULTILINE | re.DOTALL
    )
    if count != 1:
        raise RuntimeError(
            f"the C++ of this Brian2 is not as expected: {count} places for {pattern}"
        )
    return changed


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
