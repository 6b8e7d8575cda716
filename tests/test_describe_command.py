"""The command ``hippokv describe``, and sources in the help of a protocol."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.circuits.presets import source_of
from hippokv.command_line import main
from hippokv.parameter import leaves
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.protocol import find_protocol


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_circuit_is_described(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", name]) == 0
    output = capsys.readouterr().out
    for word in ("POPULATIONS", "PROJECTIONS", "EQUATIONS", "SETTINGS", "dv/dt", "chosen: "):
        assert word in output
    assert ":mod:" not in output and "``" not in output


def test_settings_change_what_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    typed = "describe slot_memory --set circuit.n_slots=6 --set circuit.pv.leak_nS=12.5"
    assert main(typed.split()) == 0
    output = capsys.readouterr().out
    assert "6 groups of 20 alike" in output
    assert "circuit.pv.leak_nS = 12.5 nS" in output and "= 12.5 nS " in output


def test_a_circuit_is_described_as_it_is_run_where_nothing_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for typed, preset, spread_mV, delay_ms in (
        ([], "differing", 2.0, 1.0), (["--set", "circuit.preset=none"], "none", 0.0, 0.0)
    ):  # fmt: skip
        assert main(["describe", "feedforward_memory", *typed]) == 0
        output = capsys.readouterr().out
        assert f"circuit.preset = {preset}" in output
        assert f"circuit.heterogeneity.threshold_spread_mV = {spread_mV} mV" in output
        assert f"circuit.delays.shortest_delay_ms = {delay_ms} ms" in output


def test_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    for _ in range(2):
        assert main(["describe", "grid_circuit", "--out", str(out)]) == 0
        assert capsys.readouterr().out == f"page: {out}\n"
    page = out.read_text(encoding="utf-8")
    assert "<math" in page and "data:image/png" in page
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("describe", "CIRCUIT = nothing given: must be one of slot_memory"),
        ("describe slot_memry", "did you mean slot_memory or"),
        ("describe slot_memory --set run.seed=1", "run.seed = '1': must be a known key"),
        ("describe slot_memory --set circuit.n_slot=1", "did you mean circuit.n_slots or"),
        ("describe slot_memory --set circuit.n_slots=0", "a whole number from 1 to 2000"),
        ("describe slot_memory --set circuit.n_slots", "must be KEY=VALUE"),
        ("describe slot_memory --out HERE/page.txt", "ends in .html"),
        ("describe slot_memory --out HERE/none/page.html", "in a folder that exists"),
    ],
)
def test_bad_input(
    typed: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed.replace("HERE", str(tmp_path)).split()) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    assert words in output.err
    assert list(tmp_path.iterdir()) == []


def test_text_needs_no_simulator_and_no_pictures() -> None:
    program = (
        "import sys; from hippokv.command_line import main; main(['describe', 'slot_memory']); "
        "sys.exit(sum(name in sys.modules for name in ('brian2', 'matplotlib', 'sympy')))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_help_says_where_each_setting_is_from(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "cued-recall", "--help"]) == 0
    assert "chosen: " not in capsys.readouterr().out
    assert main(["run", "cued-recall", "--help", option]) == 0
    lines = capsys.readouterr().out.splitlines()
    settings = default_settings(find_protocol("cued-recall"))
    for key, value, field in leaves(settings):
        at = next(n for n, line in enumerate(lines) if line.startswith(f"  {key} = "))
        said = " ".join(" ".join(lines[at + 1 : at + 7]).split())
        assert source_of(settings.circuit, key, value, field) in said
    assert max(map(len, lines)) <= 100
