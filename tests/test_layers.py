"""The layers: imports point one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hippokv.protocols import PROTOCOLS

ROOT = Path(__file__).parents[1]
#: Layer -> the layers that its files may import; the last ones of the package may import all.
LAYERS: dict[str, set[str]] = {
    "plasticity": set(),
    "circuits": {"plasticity"},
    "analysis": {"plasticity", "circuits"},
    "protocols": {"plasticity", "circuits", "analysis"},
}
#: The one module with classes below Brian2's: as that, it is imported inside functions only.
BELOW_BRIAN2 = "hippokv.circuits.program.standalone_device"
#: Files of the package that every layer may import, and what they may import themselves.
COMMON = {
    "parameter": {"errors"},
    "arrays": set(),
    "errors": set(),
    "interrupts": set(),
    "plain_matplotlib": set(),
    "paths": {"errors"},
    "components": {"errors", "parameter", "paths"},
    "shown_in_notebooks": set(),
    "terminal": {"errors", "shown_in_notebooks"},
}


@dataclass(frozen=True)
class Import:
    """Hold one imported module, and where the statement stands."""

    module: str
    relative: bool
    in_function: bool
    for_types: bool
    line: int


def imports(path: Path, package: str) -> list[Import]:
    """Return every import of a file, with relative ones made absolute.

    What stands under ``if __name__ == "__main__"`` is the command line's and left out.
    """
    return list(_visit(ast.parse(path.read_text()), package, False, False))


def _visit(node: ast.AST, package: str, inside: bool, types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            test = ast.unparse(child.test)
            if "__main__" in test:
                continue
            yield from _visit(child, package, inside, types or "TYPE_CHECKING" in test)
        elif isinstance(child, ast.Import):
            for name in child.names:
                yield Import(name.name, False, inside, types, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - child.level + 1]
            base = ".".join([*above, child.module or ""] if child.level else [child.module or ""])
            for name in child.names:
                yield Import(
                    f"{base.rstrip('.')}.{name.name}",
                    bool(child.level),
                    inside,
                    types,
                    child.lineno,
                )
        else:
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _visit(child, package, inside or function, types)


def package_of(path: Path) -> str:
    """Return the package of a file in one of the layers, or in a folder inside it."""
    return ".".join(["hippokv", *path.relative_to(ROOT).parent.parts])


def files(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def layer_of(module: str) -> str:
    """Return the second part of ``hippokv.<layer>...``, or nothing for other modules."""
    parts = module.split(".")
    return parts[1] if parts[0] == "hippokv" and len(parts) > 1 else ""


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_those_below_it(layer: str) -> None:
    allowed = LAYERS[layer] | {layer} | set(COMMON)
    if layer == "protocols":
        allowed |= {"__version__"}
    found = [
        f"{path.relative_to(ROOT)}:{entry.line} imports {entry.module}"
        for path in files(layer)
        for entry in imports(path, package_of(path))
        if entry.module.startswith("hippokv") and layer_of(entry.module) not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_itself_relatively_and_others_by_their_full_name(layer: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{entry.line} imports {entry.module}"
        for path in files(layer)
        for entry in imports(path, package_of(path))
        if entry.module.startswith("hippokv")
        and entry.relative != (layer_of(entry.module) == layer)
    ]
    assert found == []


@pytest.mark.parametrize("layer", [*LAYERS, "src"])
def test_no_layer_is_imported_without_the_package(layer: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{entry.line} imports {entry.module}"
        for path in files(layer)
        for entry in imports(path, "hippokv" if layer == "src" else package_of(path))
        if not entry.relative and entry.module.split(".")[0] in LAYERS
    ]
    assert found == []


def test_the_simulator_is_imported_by_circuits_only_and_inside_functions_only() -> None:
    for layer in (*LAYERS, "src"):
        for path in files(layer):
            for entry in imports(path, "hippokv" if layer == "src" else package_of(path)):
                where = f"{path.relative_to(ROOT)}:{entry.line}"
                if entry.module.split(".")[0] == "brian2":
                    assert layer == "circuits", where
                    below = f"{package_of(path)}.{path.stem}" == BELOW_BRIAN2
                    assert entry.in_function or entry.for_types or below, where
                if f"{entry.module}.".startswith(f"{BELOW_BRIAN2}."):
                    assert entry.in_function, where


def test_every_subpackage_of_a_layer_would_be_seen() -> None:
    assert all(len(files(layer)) > 1 for layer in LAYERS)
    assert [entry.module for entry in imports(ROOT / "circuits" / "circuit.py", "hippokv.circuits")
            if entry.relative] != []  # fmt: skip


def test_no_protocol_is_the_library_of_another() -> None:
    experiments = set(PROTOCOLS.values())
    found = [
        f"{path.name}:{entry.line} imports {entry.module}"
        for path in files("protocols")
        for entry in imports(path, package_of(path))
        if path.name != "__init__.py" and entry.module in experiments
    ]
    assert found == []


def test_there_is_no_circle_of_imports_anywhere() -> None:
    """Neither when a module is imported, nor inside its functions, nor for its types."""
    modules = {f"{package_of(path)}.{path.stem}": path for name in LAYERS for path in files(name)}
    needs = {
        name: {
            found
            for entry in imports(path, package_of(path))
            for found in (entry.module, entry.module.rpartition(".")[0])
            if found in modules and found != name
        }
        for name, path in modules.items()
    }
    assert sum(map(len, needs.values())) > 500
    left = dict(needs)
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    # What is left are circles, and what needs one.
    assert list(left) == []


@pytest.mark.parametrize("name", COMMON)
def test_what_every_layer_uses_imports_none_of_them(name: str) -> None:
    path = ROOT / "src" / "hippokv" / f"{name}.py"
    found = {
        layer_of(entry.module)
        for entry in imports(path, "hippokv")
        if entry.module.startswith("hippokv")
    }
    assert found <= COMMON[name]


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a new process has loaded after a statement."""
    told = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.split(".")[0] for name in told.stdout.split()}


def test_the_package_alone_loads_nothing_else() -> None:
    assert not loaded_by("import hippokv") & {"brian2", "numpy", "matplotlib", "scipy", "sklearn"}


def test_the_command_line_loads_neither_the_simulator_nor_what_draws() -> None:
    heavy = {"brian2", "matplotlib", "scipy", "sklearn", "sympy", "Cython"}
    assert not loaded_by("import hippokv.command_line") & heavy


def test_an_experiment_is_prepared_without_the_simulator() -> None:
    statement = (
        "from hippokv.protocols.running.experiment import prepare; prepare('cued-recall', {})"
    )
    assert not loaded_by(statement) & {"brian2", "matplotlib", "scipy", "sklearn"}


def test_every_public_name_can_be_imported() -> None:
    import hippokv

    for name in hippokv.__all__:
        assert getattr(hippokv, name) is not None
    assert set(hippokv._HOMES) == set(hippokv.__all__) - {"__version__"}
    assert hippokv.rate_twin is hippokv.rate_model, "its name of before still works"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hippokv.nothing
