"""Compile a circuit into a folder, in a process of its own: Brian2's device is global."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hippokv.errors import BuildError

from .brian import import_brian2
from .compiler import Compiler, find_compiler
from .description import circuit_of
from .generated_sources import EXPONENTIAL, WHOLE_FILES, check_files, share_headers, tune_sources
from .grid_noise import CONSTANTS
from .manipulable_cells import RECORDED
from .network import build_network
from .program_cache import FOLDER_REMOVED
from .scheduled_drive import READER, ScheduleReader

if TYPE_CHECKING:
    from .circuit import Circuit

# The seed comes before the first random number, the time step after every clock is set.
SEED = (
    "brian::_random_generators[0].seed(static_cast<unsigned long>("
    'hippokv::number_from_environment("HIPPOKV_SEED")));'
)
TIME_STEP = '_array_defaultclock_dt[0] = hippokv::number_from_environment("HIPPOKV_DT");'
HEADERS = (WHOLE_FILES, READER, CONSTANTS, EXPONENTIAL)
#: Longer than any schedule; the run stops when its schedule ends.
ENDLESS_S = 1e7


def compile_circuit(circuit: Circuit, folder: Path) -> None:
    """Generate and compile the C++ program of a circuit, with a table of what it writes.

    Parameters
    ----------
    circuit
        The circuit.
    folder
        Where the program goes; an empty one.

    Raises
    ------
    BuildError
        Where there is no compiler, or it fails.
    """
    brian2 = import_brian2()
    compiler = find_compiler()
    # The preference files of a user would change the program but not the key that it is kept under.
    brian2.prefs.reset_to_defaults()
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler.flags)
    brian2.prefs.codegen.cpp.headers += [f'"{header.name}"' for header in HEADERS]
    brian2.set_device("cpp_standalone", build_on_run=False, directory=str(folder))
    device = brian2.get_device()
    device.insert_code("after_start", SEED)
    all_to_all: dict[str, tuple[int, int]] = {}
    use_templates(all_to_all)
    network = build_network(circuit, ScheduleReader(circuit.widths).functions())
    objects = {item.name: item for item in network.objects}
    for projection in circuit.synapses:
        synapses = objects[projection.name]
        if not projection.all_to_all:
            continue
        for pathway in synapses._pathways:
            if pathway.prepost == "pre":
                all_to_all[pathway.name] = (len(synapses.source), len(synapses.target))
    device.insert_code("before_network_run", TIME_STEP)
    network.run(ENDLESS_S * brian2.second, namespace={})
    for header in HEADERS:
        shutil.copy(header, folder)
    device.build(directory=str(folder), compile=False, run=False)
    wanted = [
        *(f"spikes_{name}.{variable}" for name in circuit.populations for variable in ("t", "i")),
        *(f"events_{name}.{variable}" for name in circuit.events for variable in ("t", "i")),
        *(f"{name}.weight" for name in circuit.projections),
        *(f"{name}.{variable}" for name in circuit.manipulable for variable in RECORDED),
    ]
    outputs, written = {}, {}
    for entry in wanted:
        name, variable = entry.split(".")
        array = objects[name].variables[variable]
        outputs[entry] = Path(device.get_array_filename(array)).name
        place = device.get_array_name(array, access_data=False)
        grows = isinstance(array, brian2.core.variables.DynamicArrayVariable)
        written[outputs[entry]] = (
            f"{place}.data(), {place}.size()" if grows else f"{place}, {array.size}"
        )
    check_files(folder, written, device.static_arrays)
    tune_sources(folder)
    share_headers(folder)
    # The makefile would first list what each source includes, which only a second build could use.
    (folder / "make.deps").touch()
    make(folder, compiler)
    for item in (*folder.rglob("*.o"), *folder.glob("*.gch")):
        item.unlink()
    (folder / "outputs.json").write_text(json.dumps(outputs, indent=1))


def make(folder: Path, compiler: Compiler) -> None:
    """Compile the sources in a folder.

    Raises
    ------
    BuildError
        Where the compiler fails, or makes no program.
    FileNotFoundError
        Where somebody removes the sources meanwhile.
    """
    sources = list(folder.rglob("*"))
    done = subprocess.run(
        ["make", f"-j{os.cpu_count() or 1}", f"CXX={compiler.for_make}"],
        cwd=folder,
        env=compiler.environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        for path in sources:
            path.lstat()
        lines = [line for line in done.stderr.splitlines() if "rror" in line]
        raise BuildError(" ".join(lines[:1]) or f"make ended with status {done.returncode}")
    if not os.access(folder / "main", os.X_OK) or not (folder / "main").stat().st_size:
        raise BuildError(f"{compiler.words} made no program")


def use_templates(all_to_all: dict[str, tuple[int, int]]) -> None:
    """Let the device write C++ from this package's templates, where there are any.

    Parameters
    ----------
    all_to_all
        Pathways that connect every cell with every other in the order of their indices, with the
        numbers of sources and targets; may be filled until the code is generated.
    """
    from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

    base = CPPStandaloneCodeObject.templater
    CPPStandaloneCodeObject.templater = base.derive(
        "hippokv.circuits", env_globals={"all_to_all": all_to_all}
    )


if __name__ == "__main__":
    try:
        compile_circuit(circuit_of(sys.stdin.read()), Path(sys.argv[1]))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        sys.exit(FOLDER_REMOVED)
