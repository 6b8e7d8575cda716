"""Compile a circuit into a folder, in a process of its own: Brian2's device is global."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hippokv.errors import BuildError

from ..description import circuit_of
from ..drive.scheduled_drive import ScheduleReader
from ..manipulation.manipulable_cells import RECORDED
from .brian import import_brian2, statements_read_afresh
from .compiler import Compiler, find_compiler
from .network import MISTAKES, build_network, delayed_pathways, mistakes_named
from .trace_recorder import recorded_name, recorder_name

if TYPE_CHECKING:
    from ..circuit import Circuit

# The seed comes before the first random number, the time step after every clock is set.
SEED = (
    "brian::_random_generators[0].seed(static_cast<unsigned long>("
    'hippokv::number_from_environment("HIPPOKV_SEED")));'
)
TIME_STEP = '_array_defaultclock_dt[0] = hippokv::number_from_environment("HIPPOKV_DT");'
HEADERS = (
    "whole_files.h", "schedule_reader.h", "run_constants.h", "exponential.h", "whole_steps.h",
)  # fmt: skip
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
    from .standalone_device import DEVICE

    compiler = find_compiler()
    # The preference files of a user would change the program but not the key that it is kept under.
    brian2.prefs.reset_to_defaults()
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler.flags)
    brian2.prefs.codegen.cpp.headers += [f'"{header}"' for header in HEADERS]
    brian2.set_device(DEVICE, build_on_run=False, directory=str(folder))
    device = brian2.get_device()
    device.insert_code("after_start", SEED)
    with mistakes_named(circuit, *MISTAKES), statements_read_afresh():
        network = build_network(circuit, ScheduleReader(circuit.widths).functions())
    objects = {item.name: item for item in network.objects}
    for projection in circuit.synapses:
        synapses = objects[projection.name]
        if not projection.all_to_all:
            continue
        sizes = len(synapses.source), len(synapses.target)
        travelling = delayed_pathways(projection, synapses)
        for pathway in synapses._pathways:
            if pathway.prepost == "pre":
                device.all_to_all[pathway.name] = (*sizes, pathway in travelling)
    device.insert_code("before_network_run", TIME_STEP)
    with mistakes_named(circuit), statements_read_afresh():
        network.run(ENDLESS_S * brian2.second, namespace={})
    wanted = [
        *(f"spikes_{name}.{variable}" for name in circuit.populations for variable in ("t", "i")),
        *(f"events_{name}.{variable}" for name in circuit.events for variable in ("t", "i")),
        *(f"{name}.weight" for name in circuit.projections),
        *(f"{name}.{variable}" for name in circuit.manipulable for variable in RECORDED),
        *(
            f"{recorder_name(name)}.{recorded_name(variable)}"
            for name, variables in circuit.recorded.items()
            for variable in variables
        ),
    ]
    for name, variable in (entry.split(".") for entry in wanted):
        device.kept.append(objects[name].variables[variable])
    device.build(directory=str(folder), compile=False, run=False)
    # The makefile would first list what each source includes, which only a second build could use.
    (folder / "make.deps").touch()
    make(folder, compiler)
    for item in folder.glob("*.o"):
        item.unlink()
    outputs = dict(zip(wanted, map(device.get_array_filename, device.kept), strict=True))
    (folder / "outputs.json").write_text(json.dumps(outputs, indent=1))


def make(folder: Path, compiler: Compiler) -> None:
    """Compile the sources in a folder.

    Raises
    ------
    BuildError
        Where the compiler fails, or makes no program.
    """
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
        lines = [line for line in done.stderr.splitlines() if "rror" in line]
        raise BuildError(" ".join(lines[:1]) or f"make ended with status {done.returncode}")
    if not os.access(folder / "main", os.X_OK) or not (folder / "main").stat().st_size:
        raise BuildError(f"{compiler.words} made no program")


if __name__ == "__main__":
    try:
        compile_circuit(circuit_of(sys.stdin.read()), Path(sys.argv[1]))
    except BuildError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
