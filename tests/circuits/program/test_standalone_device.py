"""The sources of a small network: wide flags, constants once a run, whole files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

NETWORK = """
import sys
import numpy as np
from hippokv.circuits.program.brian import import_brian2

b = import_brian2()
from hippokv.circuits.program.standalone_device import DEVICE

b.set_device(DEVICE, build_on_run=False, directory=sys.argv[1])
cells = b.NeuronGroup(
    20,
    '''
    dv/dt = (level + exp(-t/tau) - v)/tau : 1 (unless refractory)
    dw/dt = -w/tau                        : 1
    tau                                   : second (shared)
    level                                 : 1 (shared)
    marked                                : boolean
    ''',
    threshold="v > 1 and marked", reset="v = 0", refractory=2*b.ms, method="exponential_euler",
    name="cells",
)
cells.v = np.arange(20)/20
cells.run_regularly("level = exp(-2*tau/second)")
spikes = b.SpikeMonitor(cells, name="spikes")
reads = "dv/dt = (read - v)/(10*ms) : 1\\n read : 1 (linked)"
followers = b.NeuronGroup(20, reads, method="exponential_euler", name="followers")
followers.read = b.linked_var(cells, "v", index=np.arange(20)[::-1])
neighbours = b.NeuronGroup(20, reads, method="exponential_euler", name="neighbours")
neighbours.read = b.linked_var(neighbours, "v", index=np.roll(np.arange(20), 1))
b.Network(cells, spikes, followers, neighbours, name="network").run(1*b.second)
device = b.get_device()
device.kept = [spikes.variables["t"], cells.variables["v"]]
device.build(directory=sys.argv[1], compile=False, run=False)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the sources."""
    found = tmp_path_factory.mktemp("sources")
    subprocess.run([sys.executable, "-W", "ignore", "-c", NETWORK, found], cwd=found, check=True)
    return found


def body(text: str, function: str) -> str:
    found = re.search(rf"^void {function}\(\)\n{{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_flags_are_wide_and_nothing_else_is(folder: Path) -> None:
    assert "extern int64_t *_array_cells_not_refractory;" in (folder / "objects.h").read_text()
    objects = (folder / "objects.cpp").read_text()
    assert "_array_cells_not_refractory = new int64_t[20];" in objects
    assert "_array_cells_marked = new char[20];" in objects
    update = (folder / "code_objects" / "cells_stateupdater_codeobject.cpp").read_text()
    assert "int64_t not_refractory = " in update
    threshold = (folder / "code_objects" / "cells_spike_thresholder_codeobject.cpp").read_text()
    assert "char _cond" in threshold
    assert "const char marked = " in threshold


def once_a_run(folder: Path, name: str) -> tuple[str, str]:
    """Return what is evaluated once in a run, and at every step."""
    text = (folder / "code_objects" / f"cells_{name}_codeobject.cpp").read_text()
    assert "%ONCE" not in text
    step = text[text.index("// Once a step.") : text.index("// For each cell.")]
    inside, _, after = step.partition("}();")
    return inside, after


def test_what_depends_on_constants_is_evaluated_once_a_run(folder: Path) -> None:
    once, every_step = once_a_run(folder, "stateupdater")
    assert "const double tau = _ptr_array_cells_tau[0];" in once
    (factor,) = re.findall(r"const double (_lio_\d+) = exponential\(.*dt.*/tau\);", once)
    assert f"const double {factor} = _constants.{factor};" in every_step


def test_what_varies_is_evaluated_at_every_step(folder: Path) -> None:
    once, every_step = once_a_run(folder, "stateupdater")
    for varying in ("level = _ptr_array_cells_level[0]", "defaultclock_t[0]", "exponential((- t)/"):
        assert varying not in once
        assert varying in every_step.replace("exponential(1.0f*", "exponential(")


@pytest.mark.parametrize(
    ("population", "told"), [("cells", True), ("followers", True), ("neighbours", False)]
)
def test_the_compiler_is_told_that_cells_are_independent_where_they_are(
    population: str, told: bool, folder: Path
) -> None:
    name = f"{population}_stateupdater_codeobject.cpp"
    update = (folder / "code_objects" / name).read_text()
    assert ("#pragma GCC ivdep\n    for (int _idx" in update) == told


def test_only_files_that_are_wanted_are_written_and_each_is_checked(folder: Path) -> None:
    objects = (folder / "objects.cpp").read_text()
    written = body(objects, "_write_arrays")
    assert written.count("arrays.write(") == 2
    array = "_dynamic_array_spikes_t"
    place = rf'arrays.write\("{array}_\d+", {array}.data\(\), {array}.size\(\)\);'
    assert re.search(place, written)
    assert re.search(r'arrays.write\("_array_cells_v_\d+", _array_cells_v, 20\);', written)
    for gone in ("ofstream", "last_run_info"):
        assert gone not in objects.replace("#include<fstream>", "")


def test_nothing_is_read_on_after_a_file_that_is_missing_or_cut(folder: Path) -> None:
    objects = (folder / "objects.cpp").read_text()
    assert "ifstream" not in objects
    assert "cerr" not in objects
    assert "hippokv::read_whole(filename, var_pointer, data_size);" in objects
    arrays = [path.name for path in (folder / "static_arrays").iterdir()]
    loaded = body(objects, "_load_arrays")
    assert arrays
    assert loaded.count("hippokv::read_known(") == len(arrays)
    for name in arrays:
        assert f'hippokv::read_known("static_arrays/{name}", &brian::{name}[0], 160, ' in loaded


def test_all_sources_are_compiled_in_a_few(folder: Path) -> None:
    from hippokv.circuits.program.brian import import_brian2

    import_brian2()
    from hippokv.circuits.program.standalone_device import UNITS

    makefile = (folder / "makefile").read_text()
    assert makefile.startswith("PROGRAM = main\n")
    units = [f"unit_{number}.cpp" for number in range(1, UNITS + 1)]
    assert f"SRCS = objects.cpp {' '.join(units)}\n" in makefile
    lines = "".join((folder / unit).read_text() for unit in units).splitlines()
    written = {str(path.relative_to(folder)) for path in folder.rglob("*.cpp")}
    assert sorted(lines) == sorted(
        f'#include "{name}"' for name in written - {"objects.cpp", *units}
    )
    sources = [path.read_text() for path in (folder / "code_objects").glob("*.cpp")]
    assert len(sources) > UNITS
    assert all("using namespace functions_of_" in text for text in sources)


def test_constants_that_are_declared_otherwise_are_refused() -> None:
    from hippokv.circuits.program.brian import import_brian2

    import_brian2()
    from hippokv.circuits.program.standalone_device import Device

    once = Device()._once_a_run(["const double tau = 1.0;"], {"tau": set()})
    assert once[-1] == "const double tau = _constants.tau;"
    with pytest.raises(RuntimeError, match="not as expected: {'tau'}"):
        Device()._once_a_run(["double tau = 1.0;"], {"tau": set()})
