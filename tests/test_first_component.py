"""The page of first components: followed word for word, it works."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.new_command import NEXT

PAGE = Path(__file__).parents[1] / "docs" / "first_component.md"
CHANGE = re.compile(r"In `([^`]+)` change `([^`]+)` to `([^`]+)`\.")
BEFORE, *SECTIONS = PAGE.read_text(encoding="utf-8").split("\n## ")


def summary(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def check_rule(place: Path) -> None:
    """Make sure that the rule is used, and that the rate model follows it."""
    found = summary(place / "with-my-rule")
    assert "MyRule" in found["provenance"]["rules"]
    error, predicted = (found[kind]["key_error"] for kind in ("metrics", "prediction"))
    assert predicted > 0.1
    assert error == pytest.approx(predicted, rel=0.2)


def check_population(place: Path) -> None:
    """Make sure that the cells fire, and less where a spike excites them less."""
    spikes = []
    for name in ("with-my-cells", "with-my-quieter-cells"):
        with np.load(place / name / "recording.npz") as arrays:
            spikes.append(arrays["spikes_my_cells_i"].size)
    assert spikes[0] > spikes[1] > 0
    with np.load(place / "with-my-cells" / "recording.npz") as arrays:
        assert arrays["spikes_my_cells_i"].max() < 5


def check_circuit(place: Path) -> None:
    """Make sure that the circuit's own number is an axis that matters."""
    with (place / "my-sweep" / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["circuit.recurrent_pA"] for row in rows] == ["0.0", "0.0", "5.0", "5.0"]
    assert not any(row["error"] for row in rows)
    assert rows[0]["metrics.attention_tv"] != rows[2]["metrics.attention_tv"]


def check_protocol(place: Path) -> None:
    """Make sure that the delay is in the run, and that items come back after it."""
    found = summary(place / "with-my-protocol")
    assert found["protocol"] == "my-protocol"
    assert min(found["metrics"].values()) > 0.75
    with np.load(place / "with-my-protocol" / "recording.npz") as arrays:
        assert 3000.0 in arrays["epoch_duration_ms"]


CHECKS = {
    "A rule": check_rule,
    "A population": check_population,
    "A circuit": check_circuit,
    "A protocol": check_protocol,
}


def test_every_kind_is_written_and_passes_its_own_test() -> None:
    for kind in NEXT:
        (section,) = (text for text in SECTIONS if f"$ hippokv new {kind} my_" in text)
        written = re.findall(rf"\$ hippokv new {kind} (\w+)\n", section)
        assert f"    $ python -m pytest test_{written[0]}.py\n" in section
        assert section.partition("\n")[0] in CHECKS


@pytest.mark.parametrize("section", SECTIONS[:-1], ids=lambda text: text.partition("\n")[0])
def test_a_section_works_as_it_stands(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hurried_compiler: str
) -> None:
    monkeypatch.setenv("CXX", hurried_compiler)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    settings = textwrap.dedent(BEFORE[BEFORE.index("    [run]") :])
    (tmp_path / "small.toml").write_text(settings, encoding="utf-8")
    commands = 0
    for block in section.split("\n\n"):
        for name, old, new in CHANGE.findall(block):
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, old
            (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
        for command in re.findall(r"^    \$ (.+)$", block, re.MULTILINE):
            done = subprocess.run(
                command.split(), cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            commands += 1
    assert commands >= 4
    CHECKS[section.partition("\n")[0]](tmp_path)
