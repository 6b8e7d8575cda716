"""Compile a circuit into a folder; runs as a process of its own, because Brian2's device is global."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .program_cache import compiler_flags
from .scheduled_drive import READER, ScheduleReader

if TYPE_CHECKING:
    from .program import Circuit

# The seed comes before the first random number, the time step after every clock is set.
SEED = 'brian::_random_generators[0].seed(static_cast<unsigned long>(hippokv::number_from_environment("HIPPOKV_SEED")));'
TIME_STEP = '_array_defaultclock_dt[0] = hippokv::number_from_environment("HIPPOKV_DT");'
#: Longer than any schedule; the run stops when its schedule ends.
ENDLESS_S = 1e7


def compile_circuit(circuit: Circuit, folder: Path) -> None:
    """Generate and compile the C++ program of a circuit, with a table of what it writes.

    Parameters
    ----------
    circuit
        The circuit.
    folder
        Where the program goes; must not exist.
    """
    import brian2

    # The preference files of a user would change the program but not the key that it is kept under.
    brian2.prefs.reset_to_defaults()
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler_flags())
    brian2.prefs.codegen.cpp.headers += ['"schedule_reader.h"']
    brian2.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count() or 1}"]
    brian2.set_device("cpp_standalone", build_on_run=False, directory=str(folder))
    device = brian2.get_device()
    device.insert_code("after_start", SEED)
    network = circuit.build(ScheduleReader(circuit.widths).functions())
    device.insert_code("before_network_run", TIME_STEP)
    network.run(ENDLESS_S * brian2.second, namespace={})
    folder.mkdir(parents=True)
    shutil.copy(READER, folder)
    device.build(directory=str(folder), compile=True, run=False, clean=False)
    objects = {item.name: item for item in network.objects}
    wanted = [f"spikes_{name}" for name in circuit.populations]
    wanted += [f"events_{name}" for name in circuit.events]
    outputs = {
        f"{name}.{variable}": Path(
            device.get_array_filename(objects[name].variables[variable])
        ).name
        for name in wanted
        for variable in ("t", "i")
    }
    for name in circuit.projections:
        outputs[f"{name}.weight"] = Path(
            device.get_array_filename(objects[name].variables["weight"])
        ).name
    for item in folder.rglob("*.o"):
        item.unlink()
    (folder / "outputs.json").write_text(json.dumps(outputs, indent=1))


if __name__ == "__main__":
    compile_circuit(pickle.load(sys.stdin.buffer), Path(sys.argv[1]))
