"""The device by which Brian2 writes a circuit as C++: its standalone one, changed where it must be.

A template of this package stands before Brian2's of the same name. Whoever imports this module
imports Brian2; nothing but a process that compiles does.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator, c_data_type
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices, get_device
from brian2.utils.stringtools import get_identifiers

from .generated_sources import sums_of, with_function

#: The name of the device.
DEVICE = "hippokv"
#: The flag of cells that are not refractory, and its type: one that nothing else has.
FLAG, FLAG_TYPE = "not_refractory", np.bool_
#: The source that the makefile compiles in another way than the rest.
APART = "objects.cpp"
#: Into how many sources the rest goes: each costs a second for headers, and takes a core.
UNITS = 2
#: Where a template has what is the same for all cells: it is known when all code is written.
ONCE_A_STEP = "%ONCE_A_STEP%"


def type_in_cpp(dtype: Any) -> str:
    """Return the C++ type of a NumPy type.

    A flag is as wide as a double: one of a byte would make the compiler handle 64 cells at once,
    far more than fit the registers of vector instructions.
    """
    return "int64_t" if dtype is FLAG_TYPE else str(c_data_type(dtype))


class Generator(CPPCodeGenerator):
    """Write statements as C++, and tell the device what they write and what may stay the same."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.c_data_type = type_in_cpp

    def translate_statement_sequence(self, scalar: Any, vector: Any) -> Any:
        blocks = [self.arrays_helper(block) for block in (*scalar.values(), *vector.values())]
        read = set().union(*(block[0] for block in blocks))
        written = set().union(*(block[1] for block in blocks))
        self.device.written |= {self.variables[name] for name in written}
        # Whatever is written is read, and written, at the place of the cell alone.
        elsewhere = {name for name in read | written if not self._is_of_the_cell(name)}
        self.cells_are_independent = {self.variables[name] for name in written}.isdisjoint(
            self.variables[name] for name in elsewhere
        )
        scalars = {name for name in read - written if self.variables[name].scalar}
        steady = {name: {self.variables[name]} for name in scalars}
        for statement in scalar.get(None, ()):
            names = get_identifiers(statement.expr)
            others = names - set(steady)
            if statement.constant and all(map(self._is_pure, others)):
                steady[statement.var] = set().union(*(steady[name] for name in names - others))
        translated = super().translate_statement_sequence(scalar, vector)
        self.device.once_a_step[self.name] = translated[0].get(None), steady
        return translated

    def determine_keywords(self) -> Any:
        """Return what templates are filled with: functions in a namespace of the code object.

        Objects that are compiled together would otherwise define the same function twice.
        """
        found = super().determine_keywords()
        space = f"functions_of_{self.name}"
        # What is done before and after a run has the same functions.
        found["support_code_lines"] = [
            f"#ifndef HAS_{space}",
            f"#define HAS_{space}",
            f"namespace {space} {{",
            *found["support_code_lines"],
            "}",
            "#endif",
        ]
        found["pointers_lines"] = [f"using namespace {space};", *found["pointers_lines"]]
        found["cells_are_independent"] = self.cells_are_independent
        return found

    def _is_of_the_cell(self, name: str) -> bool:
        """Return whether a name is a variable of the cell itself, or one that all cells share."""
        return self.variable_indices[name] in ("_idx", "0")

    def _is_pure(self, name: str) -> bool:
        """Return whether a name is the number of cells, or a function of its arguments alone."""
        found = self.variables.get(name)
        return name == "N" or (isinstance(found, Function) and found.stateless)


class CodeObject(CPPStandaloneCodeObject):
    """Hold the C++ of statements."""

    generator_class = Generator
    # Where a template of this package names the one of Brian2 that it replaces: templates/...
    templater = CPPStandaloneCodeObject.templater.derive(
        ("hippokv.circuits.program", "brian2.devices.cpp_standalone"),
        env_globals={"c_data_type": type_in_cpp, "get_device": get_device, "sums_of": sums_of},
        templates_dir=("templates", "."),
    )
    templater.env.filters.update(with_function=with_function)


# Those of exponential.h and whole_steps.h: formulas, which the compiler turns into vector
# instructions.
for _name, _own in (("exp", "exponential"), ("timestep", "whole_steps")):
    DEFAULT_FUNCTIONS[_name].implementations.add_implementation(CodeObject, None, name=_own)


class Device(CPPStandaloneDevice):
    """Write a circuit as C++."""

    def __init__(self) -> None:
        super().__init__()
        #: Arrays that are read after a run.
        self.kept: list[ArrayVariable] = []
        #: Pathways that connect every cell with every other in the order of their indices, with the
        #: numbers of sources and targets, and whether their spikes travel.
        self.all_to_all: dict[str, tuple[int, int, bool]] = {}
        #: Variables that statements write.
        self.written: set[ArrayVariable] = set()
        #: Lines that are the same for all cells, and names in them whose values stay the same in a
        #: run if the variables that they depend on do, by code object.
        self.once_a_step: dict[str, tuple[list[str], dict[str, set[ArrayVariable]]]] = {}

    def code_object_class(self, codeobj_class: Any = None, fallback_pref: Any = None) -> Any:
        return codeobj_class or CodeObject

    def add_array(self, var: ArrayVariable) -> None:
        super().add_array(var)
        if var.name == FLAG:
            var.dtype = FLAG_TYPE

    def generate_codeobj_source(self, writer: Any) -> None:
        for name, item in self.code_objects.items():
            if ONCE_A_STEP in item.code.cpp_file:
                lines = "\n".join(self._once_a_run(*self.once_a_step[name]))
                item.code.cpp_file = item.code.cpp_file.replace(
                    ONCE_A_STEP, textwrap.indent(lines, " " * 4).lstrip()
                )
        super().generate_codeobj_source(writer)

    def generate_makefile(self, writer: Any, *arguments: Any, **options: Any) -> None:
        """Write a few sources that include all others, as compilers spend most time on headers."""
        units: list[list[str]] = [[] for _ in range(UNITS)]
        sizes = {
            name: Path(writer.project_dir, name).stat().st_size for name in writer.source_files
        }
        del sizes[APART]
        for name in sorted(sorted(sizes), key=lambda name: -sizes[name]):
            min(units, key=lambda unit: sum(map(sizes.__getitem__, unit))).append(name)
        writer.source_files = {APART}
        for number, unit in enumerate(units, start=1):
            lines = "".join(f'#include "{name}"\n' for name in unit)
            writer.write(f"unit_{number}.cpp", lines)
        super().generate_makefile(writer, *arguments, **options)

    def copy_source_files(self, writer: Any, directory: str) -> None:
        super().copy_source_files(writer, directory)
        for header in Path(__file__).parents[1].glob("*/*.h"):
            shutil.copy(header, directory)

    def _once_a_run(self, lines: list[str], steady: dict[str, set[ArrayVariable]]) -> list[str]:
        """Return lines in which what stays the same during a run is evaluated once in a run.

        Raises
        ------
        RuntimeError
            Where it does not stand in lines of its own.
        """
        fixed = {name for name, needs in steady.items() if not any(map(self._varies, needs))}
        parts = [re.match(r"const (\w+ (\w+)) = ", line) for line in lines]
        once = [found for found in parts if found and found[2] in fixed]
        if len(once) != len(fixed):
            raise RuntimeError(f"the C++ of this Brian2 is not as expected: {fixed} in {lines}")
        if not once:
            return lines
        return [
            f"struct Constants {{ {' '.join(f'{found[1]};' for found in once)} }};",
            "static const Constants _constants = [&]() -> Constants {",
            *(f"    {found.string}" for found in once),
            f"    return Constants{{{', '.join(found[2] for found in once)}}};",
            "}();",
            *(f"const {found[1]} = _constants.{found[2]};" for found in once),
            *(line for line, found in zip(lines, parts, strict=True) if found not in once),
        ]

    def _varies(self, variable: ArrayVariable) -> bool:
        # What no statement may write, such as time, Brian2 writes unless it says it is constant.
        return variable in self.written or (variable.read_only and not variable.constant)


all_devices[DEVICE] = Device()
