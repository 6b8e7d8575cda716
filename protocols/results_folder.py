"""The results folder: all about one run, written beside its place and moved there complete."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import platform
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.program_cache import circuit_key, compiler_version
from hippokv.errors import InputError
from hippokv.parameter import leaves

from .experiment import Experiment, Result, Timing
from .settings import config_text
from .simulator import Stage

if TYPE_CHECKING:
    from hippokv.analysis.report import Picture

KEY = "--out"
SUMMARY = "summary.json"
REPORT = "report.html"
TIMES = tuple(entry.name for entry in dataclasses.fields(Timing))
#: What the pictures need and takes long to import.
PICTURE_MODULES = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "hippokv.protocols.figures",
)
#: The date that every member of an archive carries, so that equal arrays are equal bytes.
ARCHIVE_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Destination:
    """Name the folder that results go to.

    Parameters
    ----------
    folder
        The folder; must not exist or be empty.
    numbered
        True to take the first free one of FOLDER, FOLDER-2, FOLDER-3 ... instead.
    """

    folder: Path
    numbered: bool = False

    def check(self) -> None:
        """Make sure that the folder can be written, and leave no trace.

        Raises
        ------
        InputError
            Where it is a file, has something in it, or cannot be made.
        """
        with _beside(self.candidate()):
            pass

    def candidate(self) -> Path:
        """Return the folder to write, as a full path.

        Raises
        ------
        InputError
            Where it is a file or has something in it.
        """
        folder = Path(os.path.realpath(self.folder))
        number = 1
        while self.numbered and os.path.lexists(folder):
            number += 1
            folder = folder.with_name(f"{self.folder.name}-{number}")
        shown = str(self.folder)
        try:
            if not folder.exists():
                return folder
            if not folder.is_dir():
                raise InputError(KEY, shown, "must be a folder, not a file")
            if any(folder.iterdir()):
                raise InputError(KEY, shown, "must be a new folder or an empty one")
        except InputError:
            raise
        except (OSError, ValueError) as error:
            raise InputError(KEY, shown, _reason(error)) from None
        if folder == Path.cwd() or os.path.ismount(folder):
            raise InputError(KEY, shown, "must not be the current folder or a mount")
        return folder


@dataclass(frozen=True)
class Summary:
    """Hold what a results folder says of itself; a score is None where nothing could be scored."""

    protocol: str
    seed: int
    metrics: dict[str, float | None]
    prediction: dict[str, float | None]
    timing: Timing


def write_results(result: Result, destination: Destination) -> Result:
    """Write a result to its folder: all of it, or nothing.

    Returns
    -------
    Result
        The result with the folder that it went to.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    folder = destination.candidate()
    with _beside(folder) as workshop:
        _write_files(result, workshop)
        while True:
            try:
                workshop.rename(folder)
            except OSError as error:
                # Another run may have taken the place since the folder was chosen.
                following = destination.candidate()
                if following == folder:
                    raise InputError(KEY, str(folder), _reason(error)) from None
                folder = following
            else:
                return dataclasses.replace(result, folder=folder)


def import_pictures() -> None:
    """Import what draws the pictures, in the background while the circuit runs."""

    def load() -> None:
        # Whatever goes wrong here goes wrong again, and is reported, when the pictures are drawn.
        with suppress(Exception):
            for name in PICTURE_MODULES:
                import_module(name)

    threading.Thread(target=load, daemon=True).start()


def read_summary(folder: Path) -> Summary:
    """Read the summary of a results folder.

    Raises
    ------
    InputError
        Where the folder holds no results.
    """
    try:
        found = json.loads((folder / SUMMARY).read_text(encoding="utf-8-sig"))
        return Summary(
            protocol=str(found["protocol"]),
            seed=int(found["seed"]),
            metrics=_numbers(found["metrics"]),
            prediction=_numbers(found["prediction"]),
            timing=Timing(**{name: float(found["timing"][name]) for name in TIMES}),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        allowed = "must be a folder that `hippokv run` has written"
        raise InputError("DIR", str(folder), allowed) from None


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as ``.npz`` without pickles; equal arrays give equal bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", ARCHIVE_DATE)
            member.create_system = 3
            with archive.open(member, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)  # type: ignore[no-untyped-call]


def _write_files(result: Result, folder: Path) -> None:
    experiment = result.experiment
    text = config_text(experiment.protocol, experiment.settings)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    save_arrays(folder / "recording.npz", _arrays(result))
    pictures = experiment.protocol.pictures(result)
    (folder / "figures").mkdir()
    for picture in pictures:
        (folder / "figures" / f"{picture.name}.png").write_bytes(picture.png)
    summary = _summary(result)
    summary["timing"]["total_s"] = round(time.perf_counter() - experiment.started_s, 3)
    (folder / SUMMARY).write_text(
        json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    _write_report(result, summary, pictures, folder / REPORT)


def _write_report(
    result: Result, summary: Mapping[str, Any], pictures: Sequence[Picture], path: Path
) -> None:
    from hippokv.analysis.report import write_report

    experiment = result.experiment
    what = experiment.protocol.about(experiment.settings, experiment.circuit)
    parameters = {key: value for key, value, _ in leaves(experiment.settings)}
    text = f"{experiment.protocol.description}\n\n{what}"
    write_report(
        path, f"HippoKV: {experiment.protocol.name}", text, summary, parameters, pictures,
        experiment.protocol.meanings,
    )  # fmt: skip


def _arrays(result: Result) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = dict(result.arrays)
    for name, stage in result.stages.items():
        prefix = f"{name}_" if name else ""
        found |= {f"{prefix}{key}": array for key, array in _arrays_of(stage).items()}
    return found


def _arrays_of(stage: Stage) -> dict[str, NDArray[Any]]:
    epochs, recording = stage.schedule.epochs, stage.recording
    found: dict[str, NDArray[Any]] = {
        "epoch_start_ms": stage.schedule.start_ms,
        "epoch_duration_ms": np.array([epoch.duration_ms for epoch in epochs]),
        "epoch_phase": np.array([epoch.phase for epoch in epochs]),
        "epoch_item": np.array([epoch.item for epoch in epochs], dtype=np.int64),
    }
    trains = {f"spikes_{name}": train for name, train in recording.spikes.items()}
    for name, train in (trains | dict(recording.events)).items():
        found[f"{name}_t"] = train.time_s
        found[f"{name}_i"] = train.cell
    found |= {name: held for name, held in recording.cells.items() if held.any()}
    return found


def _summary(result: Result) -> dict[str, Any]:
    experiment = result.experiment
    return {
        "protocol": experiment.protocol.name,
        "seed": experiment.settings.run.seed,
        "metrics": _finite(result.metrics),
        "prediction": _finite(result.predicted_metrics),
        "timing": {
            name: round(value, 3) for name, value in dataclasses.asdict(result.timing).items()
        },
        "provenance": _provenance(experiment),
    }


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: float(value) if math.isfinite(value) else None for name, value in scores.items()}


def _numbers(scores: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: None if value is None else float(value) for name, value in scores.items()}


def _provenance(experiment: Experiment) -> dict[str, str]:
    target = experiment.settings.run.target
    found = {name: version(name) for name in ("hippokv", "brian2", "numpy")}
    found |= {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "target": target,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if target == "cpp":
        found |= {"compiler": compiler_version(), "circuit_key": circuit_key(experiment.circuit)}
    return found


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a new hidden folder beside a folder, and remove it and what was made for it."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    name = f".{folder.name}.partial-{os.getpid()}-{secrets.token_hex(4)}"
    workshop = folder.with_name(name)
    try:
        _make_folder(workshop)
        yield workshop
    except OSError as error:
        raise InputError(KEY, str(folder), _reason(error)) from None
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        for parent in missing:
            # Those that hold the results stay.
            with suppress(OSError):
                parent.rmdir()


def _make_folder(folder: Path) -> None:
    # A run beside this one may remove a parent that it had made itself, just before its use here.
    for _ in range(100):
        with suppress(FileNotFoundError):
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            return
    folder.mkdir()


def _reason(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or error
    return f"must be a folder that can be written ({reason})"
