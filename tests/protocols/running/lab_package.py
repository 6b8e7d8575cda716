"""Makes a package as a lab would have it: a protocol, a circuit and a rule as entry points."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
ENTRY_POINTS = """
[hippokv.protocols]
lab-drive = lab_toys.toy_drive:PROTOCOL
lab-broken = lab_toys.broken:PROTOCOL
lab-number = lab_toys:NUMBER
storage = lab_toys.toy_drive:PROTOCOL

[hippokv.circuits]
lab_toy = lab_toys.toy_circuit:CIRCUIT

[hippokv.rules]
lab_growth = lab_toys.rules:FastGrowth
"""
RULE = """
from dataclasses import dataclass

from hippokv.parameter import parameter

from .toy_circuit import GrowthRule


@dataclass(frozen=True)
class FastGrowth(GrowthRule):
    growth: float = parameter(0.1, "what a spike adds to a weight", chosen="any")
"""


def make_lab_package(folder: Path, version: str = "1.2") -> Path:
    """Write the package into a folder, as an installer does, and return the folder."""
    package = folder / "lab_toys"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("NUMBER = 3\n")
    (package / "broken.py").write_text("import nothing_that_exists\n")
    (package / "rules.py").write_text(RULE)
    (package / "toy_circuit.py").write_text((HERE / "toy_circuit.py").read_text())
    drive = (HERE / "toy_drive.py").read_text()
    drive = drive.replace('default_circuit="toy"', 'default_circuit="lab_toy"')
    (package / "toy_drive.py").write_text(drive.replace('name="toy-drive"', 'name="lab-drive"'))
    told = folder / f"lab_toys-{version}.dist-info"
    told.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: lab-toys\nVersion: {version}\n"
    (told / "METADATA").write_text(metadata)
    (told / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder
