"""Protocols, circuits and rules of others: an object, a file, an installed package."""

from __future__ import annotations

import dataclasses
import json
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_drive
from lab_package import make_lab_package
from toy_circuit import GrowthRule, ToyParameters, toy_circuit

import hippokv
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import CIRCUITS, reference_of
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol
from hippokv.protocols.sweeps.plan import plan_sweep

HERE = Path(__file__).parent
QUICK: dict[str, Any] = {"run.target": "numpy", "run.dt_ms": 1.0, "protocol.drive_ms": 50.0}
WORDS = ["--target", "numpy", "--set", "run.dt_ms=1", "--set", "protocol.drive_ms=50"]


def failing(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command which cannot be done writes."""
    assert main(words) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1
    return errors


def arrays(folder: Path) -> bytes:
    return (folder / "recording.npz").read_bytes()


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what HippoKV wrote that is no result and no error."""
    return [one.getMessage() for one in caplog.records if one.name == "hippokv"]


# --- objects --------------------------------------------------------------------------------------


@pytest.fixture
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CIRCUITS, "toy", "toy_circuit")
    monkeypatch.setitem(PROTOCOLS, "toy-drive", "toy_drive")


def test_an_object_is_run_as_it_is_and_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    circuit = toy_circuit(ToyParameters(n_senders=2)).with_rule("links", GrowthRule(growth=0.0))
    out = tmp_path / "out"
    result = hippokv.run(toy_drive.PROTOCOL, settings=QUICK, circuit=circuit, out=out)
    assert result.recording.spikes["sender"].size == 2
    assert result.experiment.circuit is circuit
    assert (result.recording.weights["links"] == 0).all()
    config = tomllib.loads((out / "config.toml").read_text())
    assert config["protocol_name"] == "object:toy-drive"
    assert config["run"]["circuit"].startswith("object:")
    assert config["circuit"]["n_senders"] == 2
    found = summary(out)
    assert found["not_repeatable"].startswith("config.toml alone cannot repeat this run: the proto")
    assert found["provenance"]["circuit"] == config["run"]["circuit"]
    assert main(["show", str(out)]) == 0
    assert "must be passed again from Python" in capsys.readouterr().out


@pytest.mark.usefixtures("_toy")
def test_a_config_of_an_object_never_gives_what_is_shipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    circuit = toy_circuit(ToyParameters()).with_values({"links.kick": 0.0})
    hippokv.run("toy-drive", settings=QUICK, circuit=circuit, out=tmp_path / "circuit")
    words = ["run", "toy-drive", "--config", str(tmp_path / "circuit" / "config.toml")]
    line = failing(words, capsys)
    assert "run.circuit = 'object:" in line
    assert "must be passed again from Python" in line
    changed = dataclasses.replace(toy_drive.PROTOCOL, summary="another")
    hippokv.run(changed, settings=QUICK, out=tmp_path / "protocol")
    words = ["run", "toy-drive", "--config", str(tmp_path / "protocol" / "config.toml")]
    assert "protocol_name = 'object:toy-drive': must be toy-drive" in failing(words, capsys)
    config = tmp_path / "circuit" / "config.toml"
    out = tmp_path / "again"
    hippokv.run("toy-drive", config=config, circuit=circuit, out=out)
    assert arrays(out) == arrays(tmp_path / "circuit")
    with pytest.raises(InputError, match="must be toy, the circuit that was given"):
        hippokv.run("toy-drive", config=config, circuit=toy_circuit(ToyParameters()))
    config = tmp_path / "protocol" / "config.toml"
    assert hippokv.run(changed, config=config).experiment.protocol is changed


@pytest.mark.usefixtures("_toy")
def test_a_circuit_that_its_parameters_give_is_known_by_its_name(tmp_path: Path) -> None:
    circuit = toy_circuit(ToyParameters(kick_mV=2.0))
    assert reference_of(circuit) == "toy"
    for changed in (
        circuit.with_values({"links.kick": 0.001}),
        circuit.with_rule("links", GrowthRule(growth=0.5)),
        circuit.without("links"),
    ):
        assert reference_of(changed).startswith("object:")
    first = hippokv.run("toy-drive", settings=QUICK, circuit=circuit, out=tmp_path / "one")
    assert "not_repeatable" not in summary(tmp_path / "one")
    words = ["run", "toy-drive", "--config", str(tmp_path / "one" / "config.toml")]
    assert main([*words, "--quiet", "--out", str(tmp_path / "two")]) == 0
    assert arrays(tmp_path / "one") == arrays(tmp_path / "two")
    assert first.experiment.settings.circuit.kick_mV == 2.0


@pytest.mark.usefixtures("_toy")
def test_a_circuit_that_is_given_stays_as_it_is() -> None:
    circuit = toy_circuit(ToyParameters(n_senders=2))
    with pytest.raises(InputError, match=r"circuit.kick_mV = 1.0: must be 8.0, as in the circuit"):
        prepare("toy-drive", {"circuit.kick_mV": 1.0}, circuit)
    assert prepare("toy-drive", {"circuit.kick_mV": 8.0}, circuit).circuit is circuit
    bare = Circuit("bare", circuit.parts)
    assert prepare("toy-drive", {}, bare).settings.run.circuit.startswith("object:")


def test_an_object_lacks_what_a_protocol_asks_for() -> None:
    circuit = hippokv.slot_memory(hippokv.SlotMemoryParameters(n_slots=4, n_inputs=8))
    with pytest.raises(InputError, match="projections that learn keys, values: it has no keys"):
        prepare("storage", {}, circuit.without("keys"))
    with pytest.raises(InputError, match="it has no cortical"):
        prepare("storage", {}, circuit.without("cortical"))
    parts = Circuit("mine", circuit.parts)
    with pytest.raises(InputError, match="'mine': must be a circuit whose parameters have n_input"):
        prepare("storage", {}, parts)
    toy = toy_circuit(ToyParameters())
    with pytest.raises(InputError, match="the populations entorhinal, .*: it has no entorhinal"):
        prepare("storage", {}, toy)

    def schedule(stimuli: Any, parameters: Any, circuit: Circuit, seed: int) -> hippokv.Schedule:
        return hippokv.Schedule((hippokv.Epoch("rest", 5.0, drive={"sun": 1.0}),), circuit.widths)

    lit = dataclasses.replace(toy_drive.PROTOCOL, schedule=schedule)
    with pytest.raises(InputError, match="the channel sun, which toy-drive drives: it has sender"):
        prepare(lit, {}, toy)


def test_what_fails_inside_a_protocol_is_one_line_with_its_place() -> None:
    def evaluate(*given: Any) -> Any:
        raise KeyError("sun")

    broken = dataclasses.replace(toy_drive.PROTOCOL, perform=hippokv.once(evaluate))
    with pytest.raises(InputError, match=r"KeyError: 'sun' \(test_outside.py, line \d+\)"):
        hippokv.run(broken, settings=QUICK, circuit=toy_circuit(ToyParameters()))
    odd = dataclasses.replace(toy_drive.PROTOCOL, name="two words")
    with pytest.raises(InputError, match="must have a name of letters, digits, - and _"):
        prepare(odd, {}, toy_circuit(ToyParameters()))


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which has the protocol and the circuit in files."""
    for name in ("toy_drive.py", "toy_circuit.py"):
        (tmp_path / name).write_text((HERE / name).read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


IN_FILES = ["./toy_drive.py", "--set", "run.circuit=~/toy_circuit.py", *WORDS]


def test_a_file_is_run_recorded_and_repeated(
    files: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["run", *IN_FILES, "--quiet", "--out", "one"]) == 0
    config = tomllib.loads((files / "one" / "config.toml").read_text())
    assert config["protocol_name"] == str(files / "toy_drive.py")
    assert config["run"]["circuit"] == str(files / "toy_circuit.py")
    assert set(config["origins"]) == {str(files / "toy_drive.py"), str(files / "toy_circuit.py")}
    assert "sha256:" in summary(files / "one")["provenance"]["origins"]
    again = ["run", "toy_drive.py", "--config", "one/config.toml", "--quiet"]
    assert main([*again, "--out", "two"]) == 0
    assert arrays(files / "one") == arrays(files / "two")
    assert not told(caplog)
    with (files / "toy_circuit.py").open("a") as stream:
        stream.write("# another\n")
    assert main([*again, "--out", "three"]) == 0
    (line,) = told(caplog)
    assert line.endswith("toy_circuit.py has changed since one/config.toml was written")
    assert capsys.readouterr().out == ""


def test_a_file_that_changes_is_read_again(files: Path) -> None:
    name = str(files / "toy_circuit.py")
    given = {**QUICK, "run.circuit": name}
    first = prepare("toy_drive.py", given)
    text = (files / "toy_circuit.py").read_text()
    (files / "toy_circuit.py").write_text(text.replace("        3, ", "        2, "))
    second = prepare("toy_drive.py", given)
    assert (first.circuit.sizes["sender"], second.circuit.sizes["sender"]) == (3, 2)
    assert first.origins != second.origins
    assert pickle.loads(pickle.dumps(second.protocol)) is second.protocol
    other = dataclasses.replace(second.protocol, summary="changed")
    assert other.reference == "object:toy-drive"


BROKEN = {
    "raises.py": ("1/0\n", "ZeroDivisionError: division by zero (raises.py, line 1)"),
    "words.py": ("x = (\n", "SyntaxError: '(' was never closed (words.py, line 1)"),
    "exits.py": ("import sys\nsys.exit(3)\n", "SystemExit: 3 (exits.py, line 2)"),
    "none.py": ("", "must be a file with a protocol in it: it has no PROTOCOL"),
    "number.py": ("PROTOCOL = 3\n", "must be a Protocol, not an object of int"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_one_line(
    name: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = BROKEN[name]
    (files / name).write_text(text)
    line = failing(["run", f"./{name}"], capsys)
    assert words in line
    assert f"PROTOCOL = './{name}'" in line


def test_a_file_that_is_not_there_or_too_large_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "must be a file of Python that exists" in failing(["run", "./mine.py"], capsys)
    (files / "folder.py").mkdir()
    assert "not a folder" in failing(["run", "folder.py"], capsys)
    (files / "large.py").write_text("#" * 1_000_001)
    assert "must be a file of at most 1 MB" in failing(["run", "large.py"], capsys)
    words = ["run", "toy_drive.py", "--set", "run.circuit=~nobody9/c.py"]
    assert "no home is known for ~nobody9" in failing(words, capsys)


def test_a_circuit_in_a_file_says_what_is_wrong_with_it(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from hippokv import KnownCircuit, SlotMemoryParameters, slot_memory\n"
        "@dataclass\nclass Own:\n    n: int = 3\n"
        "UNDECLARED = KnownCircuit(slot_memory, Own)\n"
        "def none(parameters): return None\n"
        "NONE = KnownCircuit(none, SlotMemoryParameters)\n"
        "def wrong(parameters): return parameters.nothing\n"
        "WRONG = KnownCircuit(wrong, SlotMemoryParameters)\n"
        "VALUE = slot_memory(SlotMemoryParameters(n_slots=5)).without('priming')\n"
    )

    def line(name: str) -> str:
        return failing(["run", "storage", "--set", f"run.circuit=mine.py:{name}"], capsys)

    assert "must declare its parameter n with hippokv.parameter.parameter" in line("UNDECLARED")
    assert "must make a Circuit, not an object of NoneType" in line("NONE")
    assert "AttributeError: 'SlotMemoryParameters' object has no attribute 'nothing' (mine.py," in (
        line("WRONG")
    )
    experiment = prepare("storage", {"run.circuit": "mine.py:VALUE"})
    assert experiment.settings.circuit.n_slots == 5
    assert experiment.settings.run.circuit == f"{files / 'mine.py'}:VALUE"
    with pytest.raises(InputError, match=r"circuit.n_slots = 6: must be 5, as in the circuit that"):
        prepare("storage", {"run.circuit": "mine.py:VALUE", "circuit.n_slots": 6})


def test_what_stands_beside_a_file_can_be_imported(files: Path) -> None:
    (files / "beside_it.py").write_text("from toy_drive import PROTOCOL\n")
    path = list(sys.path)
    (files / "outer.py").write_text("from beside_it import PROTOCOL\n")
    assert find_protocol("outer.py").name == "toy-drive"
    assert sys.path == path


def test_a_plan_has_full_paths_and_what_they_are(files: Path) -> None:
    grid = {"run.circuit": ["toy_circuit.py", "./toy_circuit.py:CIRCUIT"]}
    with pytest.raises(InputError, match="must name each value once"):
        plan_sweep("toy_drive.py", grid, range(1))
    plan = plan_sweep("toy_drive.py", {"run.circuit": ["toy_circuit.py"]}, range(1))
    assert plan.protocol == str(files / "toy_drive.py")
    assert plan.grid == {"run.circuit": (str(files / "toy_circuit.py"),)}
    assert set(plan.origins) == {str(files / "toy_drive.py"), str(files / "toy_circuit.py")}


# --- rules ----------------------------------------------------------------------------------------


def test_a_rule_takes_the_place_of_the_circuits_own(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "rule.py").write_text(
        "from toy_circuit import GrowthRule\nRULE = GrowthRule(growth=0.5)\nNUMBER = 3\n"
    )
    assert main(["run", *IN_FILES, "--set", "run.rules=links=rule.py", "--out", "out"]) == 0
    config = tomllib.loads((files / "out" / "config.toml").read_text())
    assert config["run"]["rules"] == f"links={files / 'rule.py'}"
    assert str(files / "rule.py") in config["origins"]
    weights = np.load(files / "out" / "recording.npz")
    assert len(weights.files)
    capsys.readouterr()
    for rules, words in (
        ("links", "must be PROJECTION=RULE with commas between them"),
        ("keys=rule.py", "must name projections of toy that learn: links"),
        ("links=rule.py:NUMBER", "must be a PlasticityRule, not an object of int"),
        ("links=nothing", "must be a file, such as ./my_rule.py"),
    ):
        assert words in failing(["run", *IN_FILES, "--set", f"run.rules={rules}"], capsys)


# --- packages -------------------------------------------------------------------------------------


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package that is installed."""
    folder = make_lab_package(tmp_path / "site")
    monkeypatch.syspath_prepend(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "lab_toys"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.usefixtures("lab")
def test_list_shows_what_packages_bring(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    output, errors = capsys.readouterr()
    assert "drive the senders and count (lab-toys 1.2)" in output
    assert "a circuit for run.circuit (lab-toys 1.2)" in output
    assert "a rule for run.rules (lab-toys 1.2)" in output
    lines = errors.splitlines()
    assert len(lines) == 3, "each that cannot be used costs itself and a line"
    assert "lab-broken" in lines[0] and "No module named 'nothing_that_exists'" in lines[0]
    assert "lab-number" in lines[1] and "must be a Protocol, not an object of int" in lines[1]
    assert (
        "must have another name in the package lab-toys: HippoKV has a protocol storage"
        in (lines[2])
    )
    assert main(["list", "--json"]) == 0
    last = json.loads(capsys.readouterr().out)[-1]
    assert (last["name"], last["package"]) == ("lab-drive", "lab-toys 1.2")


@pytest.mark.usefixtures("lab")
def test_a_package_is_run_and_repeated_with_its_version_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = ["run", "lab-drive", *WORDS, "--set", "run.rules=links=lab_growth", "--quiet"]
    assert main([*words, "--out", "one"]) == 0
    config = tomllib.loads((tmp_path / "one" / "config.toml").read_text())
    assert config["protocol_name"] == "lab-drive"
    assert config["run"]["circuit"] == "lab_toy"
    assert config["run"]["rules"] == "links=lab_growth"
    assert config["origins"] == {"lab-toys": "1.2"}
    assert summary(tmp_path / "one")["provenance"]["origins"] == "lab-toys 1.2"
    again = ["run", "lab-drive", "--config", "one/config.toml", "--quiet"]
    assert main([*again, "--out", "two"]) == 0
    assert arrays(tmp_path / "one") == arrays(tmp_path / "two")
    assert not told(caplog)
    (tmp_path / "site" / "lab_toys-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lab-toys\nVersion: 1.3\n"
    )
    assert main([*again, "--out", "three"]) == 0
    assert told(caplog) == [
        "hippokv: lab-toys is version 1.3 now, was 1.2 since one/config.toml was written"
    ]


@pytest.mark.usefixtures("lab")
def test_what_is_wrong_with_a_package_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = "must be in a package that can be imported: lab-toys: ModuleNotFoundError"
    assert words in failing(["run", "lab-broken"], capsys)
    assert "must be a Protocol" in failing(["run", "lab-number"], capsys)
    assert "did you mean lab-drive" in failing(["run", "lab-driev"], capsys)
    assert main(["run", "storage", "--help"]) == 0
    assert "grid_circuit, lab_toy, or a file" in " ".join(capsys.readouterr().out.split())


def test_nothing_of_a_package_is_imported_before_it_is_named(lab: Path) -> None:
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(lab)!r})\n"
        "from hippokv.command_line import main\n"
        "main(['run', 'storage', '--help'])\n"
        "assert 'lab_toys' not in sys.modules\n"
        "main(['run', 'lab-drive', '--help'])\n"
        "assert 'lab_toys.toy_drive' in sys.modules and 'lab_toys.broken' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_circuit_that_changes_its_parameters_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "doubled.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from hippokv import KnownCircuit, SlotMemoryParameters, slot_memory\n"
        "def doubled(given): return slot_memory(replace(given, n_slots=2 * given.n_slots))\n"
        "CIRCUIT = KnownCircuit(doubled, SlotMemoryParameters)\n"
    )
    words = r"must be a circuit that keeps its parameters.*circuit.n_slots is 40 there and 80 in it"
    with pytest.raises(InputError, match=words):
        prepare("cued-recall", {"run.circuit": str(path)})


def test_files_with_helpers_of_one_name_have_each_its_own(tmp_path: Path) -> None:
    for folder, rate in (("one", 0.1), ("other", 0.9)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper.py").write_text(f"RATE = {rate}\n")
        (tmp_path / folder / "rule.py").write_text(
            "from helper import RATE\n"
            "from hippokv.plasticity.btsp_key_rule import BTSPKeyRule\n"
            "RULE = BTSPKeyRule(learning_rate=RATE)\n"
        )
    before = list(sys.path)
    rates = [
        prepare("cued-recall", {"run.rules": f"keys={tmp_path / folder / 'rule.py'}"})
        .circuit.rules["keys"].learning_rate
        for folder in ("one", "other")
    ]  # fmt: skip
    assert rates == [0.1, 0.9]
    assert sys.path == before and "helper" not in sys.modules
