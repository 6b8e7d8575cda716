"""A sweep on a dask cluster: the same table as on one machine, also when workers are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols.sweeps import cluster as sweep_cluster
from hippokv.protocols.sweeps.folder import RESULTS
from hippokv.protocols.sweeps.journal import JOURNAL
from hippokv.protocols.sweeps.sweep import SweepResult, sweep

pytest.importorskip("distributed")

#: The small circuit that other tests compile too.
SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "run.dt_ms": 1, "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "protocol.study_ms": 300, "protocol.gap_ms": 200,
}  # fmt: skip
#: Runs that last so long that one is under way when a worker is looked at.
GRID = {"protocol.n_items": [150, 200]}
SEEDS = range(4)
COUNT = 8


@dataclass
class Cluster:
    """Hold the processes of a cluster and the folder that they work in."""

    here: Path
    stack: ExitStack
    host: str = "127.0.0.1"
    address: str = ""
    scheduler: subprocess.Popen[bytes] = field(init=False)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.here / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--port", "0", "--scheduler-file", str(told)
        )  # fmt: skip
        _wait(lambda: told.exists() and told.read_text().rstrip().endswith("}"))
        self.address = json.loads(told.read_text())["address"]

    def add_worker(self) -> None:
        """Start a worker with one thread, which nobody starts again when it dies."""
        name = f"worker{len(self.workers)}"
        words = ["--no-nanny", "--nthreads", "1", "--name", name]
        words += ["--local-directory", str(self.here / name)]
        self.workers.append(self._start("dask_worker", self.address, *words))

    def _start(self, command: str, *words: str) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.here / f"{command}.log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{command}", *words,
             "--host", self.host, "--no-dashboard"],
            cwd=self.here, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(self.here)},
        )  # fmt: skip
        self.stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _wait(until: Callable[[], Any], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _children(process: subprocess.Popen[bytes]) -> Sequence[int]:
    """Return the processes that a process has started: a worker's is a run."""
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [line.split() for line in told.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == process.pid]


@contextmanager
def _cluster(here: Path, workers: int, host: str = "127.0.0.1") -> Iterator[Cluster]:
    with ExitStack() as stack:
        cluster = Cluster(here, stack, host)
        for _ in range(workers):
            cluster.add_worker()
        yield cluster


@pytest.fixture(scope="module", autouse=True)
def _circuit(cache: Path) -> Iterator[None]:
    """Keep compiled circuits where every test that runs this circuit finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        yield


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the table of the same sweep on this machine."""
    out = tmp_path_factory.mktemp("local")
    assert _sweep(out).failed == 0
    return (out / RESULTS).read_bytes()


def _sweep(out: Path, **given: Any) -> SweepResult:
    return sweep("storage", GRID, SEEDS, SMALL, out, **given)


def _after(count: int, do: Callable[[], None]) -> Callable[[int, int], None]:
    """Return a progress that does something once, after so many runs."""

    def progress(finished: int, total: int) -> None:
        if finished == count:
            do()

    return progress


def _lines(out: Path) -> list[dict[str, Any]]:
    lines = (out / JOURNAL).read_bytes().splitlines()[1:]
    return [json.loads(line[9:]) for line in lines]


def _check_whole(out: Path, local: bytes) -> None:
    assert (out / RESULTS).read_bytes() == local
    # Every run was finished once.
    names = [json.dumps(line["settings"], sort_keys=True) for line in _lines(out)]
    assert len(names) == len(set(names)) == COUNT


# --- the same table -------------------------------------------------------------------------------


def test_a_worker_killed_at_work_changes_nothing(tmp_path: Path, local: bytes) -> None:
    out = tmp_path / "out"
    with _cluster(tmp_path, 2) as cluster:
        _wait_for_workers(cluster, 2)

        def kill() -> None:
            victim = cluster.workers[0]
            _wait(lambda: _children(victim))
            os.kill(victim.pid, signal.SIGKILL)
            assert victim.wait(60) == -signal.SIGKILL

        result = _sweep(out, cluster=cluster.address, progress=_after(3, kill))
        assert cluster.workers[1].poll() is None
    assert (result.failed, len(result.table)) == (0, COUNT)
    _check_whole(out, local)


def test_a_sweep_interrupted_on_a_cluster_continues_elsewhere(tmp_path: Path, local: bytes) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with _cluster(tmp_path, 2) as cluster:
        with pytest.raises(KeyboardInterrupt):
            _sweep(out, cluster=cluster.address, progress=_after(3, interrupt))
        assert len(_lines(out)) == 3
        assert not (out / RESULTS).exists()
        with pytest.raises(KeyboardInterrupt):
            _sweep(out, progress=_after(6, interrupt))
        _sweep(out, cluster=cluster.address)
    _check_whole(out, local)


def test_a_scheduler_killed_at_work_loses_no_finished_run(
    tmp_path: Path, local: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with _cluster(tmp_path, 1) as cluster:
        progress = _after(3, cluster.scheduler.kill)
        with pytest.raises(InputError) as gone:
            _sweep(out, cluster=cluster.address, progress=progress)
    assert str(gone.value) == (
        f"--cluster = '{cluster.address}': must go on running; the same command goes on from there"
    )
    # Nothing but words: no run is taken for failed, and no traceback is shown.
    assert capfd.readouterr() == ("", "")
    assert len(_lines(out)) >= 3
    assert all(line["error"] is None for line in _lines(out))
    assert _sweep(out).failed == 0
    _check_whole(out, local)


def test_a_worker_that_comes_later_is_used(tmp_path: Path, local: bytes) -> None:
    out = tmp_path / "out"
    with _cluster(tmp_path, 1) as cluster:
        names: list[int] = []

        def change() -> None:
            cluster.add_worker()
            _wait_for_workers(cluster, 2)
            cluster.workers[0].kill()
            names.append(len(_lines(out)))

        _sweep(out, cluster=cluster.address, progress=_after(3, change))
    assert names == [3]
    _check_whole(out, local)


def test_circuits_in_python_run_on_a_cluster_as_on_one_machine(tmp_path: Path) -> None:
    tiny = {**SMALL, "run.target": "numpy", "protocol.n_items": 1}
    with _cluster(tmp_path, 1) as cluster:
        result = sweep("storage", {}, range(1), tiny, tmp_path / "far", cluster=cluster.address)
    assert result.failed == 0
    sweep("storage", {}, range(1), tiny, tmp_path / "near")
    tables = [(tmp_path / name / RESULTS).read_bytes() for name in ("far", "near")]
    assert tables[0] == tables[1]


def _wait_for_workers(cluster: Cluster, count: int) -> None:
    log = cluster.here / "dask_scheduler.log"
    _wait(lambda: log.read_text().count("Register worker") >= count)


# --- what is refused ------------------------------------------------------------------------------


def _refused(address: str, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["sweep", "storage", "--target", "numpy", "--seeds", "0:2", "--cluster", address]
    began = time.monotonic()
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert time.monotonic() - began < 60
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"hippokv: error: --cluster = '{address}': must ")
    assert output.err.count("\n") == 1 and words in output.err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_cluster, "PATIENCE_S", 1)


@pytest.mark.usefixtures("_impatient")
def test_a_scheduler_that_is_not_there_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        # Bound and never listening: nobody else can take the port.
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        _refused(address, "must be the address of a dask scheduler", tmp_path, capfd)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_something_else_that_listens_is_one_line(
    answer: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                stack.enter_context(connection)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        _refused(address, "must be the address of a dask scheduler", tmp_path, capfd)
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_a_scheduler_without_workers_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # Enough for a scheduler that answers on a machine that does much else.
    monkeypatch.setattr(sweep_cluster, "PATIENCE_S", 10)
    with _cluster(tmp_path, 0) as cluster:
        _refused(cluster.address, "must have at least one worker", tmp_path, capfd)


def test_the_address_of_a_worker_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with _cluster(tmp_path, 1) as cluster:
        _wait_for_workers(cluster, 1)
        log = (tmp_path / "dask_worker.log").read_text()
        address = log.partition("Start worker at:")[2].split()[0]
        _refused(address, "it is that of a Worker", tmp_path, capfd)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("address", ["ucx://127.0.0.1:1", "inproc://x"])
def test_an_address_that_cannot_be_used_ends_with_its_line(address: str, tmp_path: Path) -> None:
    program = (
        "import sys; from hippokv.command_line import main; "
        "from hippokv.protocols.sweeps import cluster; cluster.PATIENCE_S = 1; "
        "sys.exit(main(sys.argv[1:]))"
    )
    command = ["sweep", "storage", "--target", "numpy", "--seeds", "0:2", "--out", "out"]
    done = subprocess.run(
        [sys.executable, "-c", program, *command, "--cluster", address],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"hippokv: error: --cluster = '{address}': must be the address")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# --- certificates ---------------------------------------------------------------------------------


TINY = ["--set", "protocol.n_items=1", "--seeds", "0:1"]
TINY += [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
VARIABLE = "DASK_DISTRIBUTED__COMM__"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two keys, each with a certificate that vouches for itself."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("lab", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.crt"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    return folder


def _variables(folder: Path, name: str = "lab", authority: str = "lab") -> dict[str, str]:
    """Return the settings of dask for all parties, as variables of the environment."""
    found = {f"{VARIABLE}TLS__CA_FILE": str(folder / f"{authority}.crt")}
    for party in ("SCHEDULER", "WORKER", "CLIENT"):
        found[f"{VARIABLE}TLS__{party}__CERT"] = str(folder / f"{name}.crt")
        found[f"{VARIABLE}TLS__{party}__KEY"] = str(folder / f"{name}.key")
    return found


def _tiny_sweep(address: str, here: Path) -> list[str]:
    return ["sweep", "storage", *TINY, "--out", str(here / "out"), "--cluster", address]


def _told(address: str, here: Path, variables: dict[str, str]) -> tuple[int, str]:
    """Return the exit status and the words of a tiny sweep in a process of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DASK_")}
    done = subprocess.run(
        [sys.executable, "-m", "hippokv", *_tiny_sweep(address, here)],
        cwd=here, text=True, capture_output=True, check=False, timeout=300,
        env={**kept, "DASK_CONFIG": str(here / "dask"), **variables},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def _refused_for(words: str, address: str, here: Path, variables: dict[str, str]) -> None:
    _check_refused(words, *_told(address, here, variables), here)


def _check_refused(words: str, status: int, told: str, here: Path) -> None:
    assert status == 2
    assert told.startswith("hippokv: error: ") and told.count("\n") == 1
    assert words in told
    assert not (here / "out").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_an_encrypted_cluster_is_reached_with_the_settings_of_dask(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _variables(certificates)
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    with _cluster(tmp_path, 1, "tls://127.0.0.1") as cluster:
        _wait_for_workers(cluster, 1)
        address = cluster.address
        assert address.startswith("tls://")
        # Nobody comes in without, whichever way.
        words = f"must have certificates, in dask's {sweep_cluster.TLS}: ca-file, client.cert"
        _refused_for(words, address, tmp_path, {})
        words = "must be the address of a dask scheduler"
        _refused_for(words, address.replace("tls", "tcp"), tmp_path, {})
        _refused_for(words, address, tmp_path, _variables(certificates, "other", "lab"))
        _refused_for(words, address, tmp_path, _variables(certificates, "lab", "other"))
        # By variables of the environment, and by a file.
        assert _told(address, tmp_path, settings)[0] == 0
        table = (tmp_path / "out" / RESULTS).read_bytes()
        shutil.rmtree(tmp_path / "out")
        (tmp_path / "dask").mkdir()
        (tmp_path / "dask" / "distributed.yaml").write_text(
            "distributed:\n  comm:\n    require-encryption: true\n    tls:\n"
            f"      ca-file: {certificates}/lab.crt\n      client:\n"
            f"        cert: {certificates}/lab.crt\n        key: {certificates}/lab.key\n"
        )
        assert _told(address, tmp_path, {})[0] == 0
        assert (tmp_path / "out" / RESULTS).read_bytes() == table
        shutil.rmtree(tmp_path / "out")
        # Who asks for encryption sends nothing without.
        _refused_for("encryption required", address.replace("tls", "tcp"), tmp_path, {})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_settings_of_dask_that_cannot_be_used_are_one_line(
    certificates: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import dask

    address = "tls://127.0.0.1:1"
    good = _variables(certificates)

    def refused(words: str, variables: dict[str, str]) -> None:
        """Let dask read variables as it does when it is imported."""
        before = deepcopy(dask.config.config)
        try:
            dask.config.refresh(paths=[], env=variables)
            status = main(_tiny_sweep(address, tmp_path))
        finally:
            dask.config.config.clear()
            dask.config.config.update(before)
        _check_refused(words, status, "".join(capfd.readouterr()), tmp_path)

    for name, key in (("ca-file", "CA_FILE"), ("client.key", "CLIENT__KEY")):
        missing = {**good, f"{VARIABLE}TLS__{key}": "/none.pem"}
        words = f"distributed.comm.tls.{name} = '/none.pem': must be a file that exists"
        refused(words, missing)
    words = "must have certificates that can be used, in dask's distributed.comm.tls"
    for changed in (
        {f"{VARIABLE}TLS__CLIENT__KEY": str(certificates / "other.key")},
        {f"{VARIABLE}TLS__CLIENT__CERT": str(certificates / "lab.key")},
        {f"{VARIABLE}TLS__CA_FILE": str(certificates / "lab.key")},
        {f"{VARIABLE}TLS__MIN_VERSION": "0.9"},
        {"DASK_DISTRIBUTED__CLIENT__SECURITY_LOADER": "none.such"},
    ):
        refused(words, good | changed)


def test_a_file_of_settings_that_dask_cannot_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "distributed.yaml").write_text("distributed: [\n")
    words = "must be used with settings of dask that can be read"
    _refused_for(words, "tcp://127.0.0.1:1", tmp_path, {})
