"""The results folder: all about one run, written beside its place and moved there complete.

Files are written and compressed in a thread of their own while the pictures are drawn, so that
neither waits for the other, and what has begun to be written is finished whatever comes: a picture
that cannot be drawn, and an interrupt, cost the pictures alone.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import logging
import math
import os
import platform
import queue
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from hippokv.analysis.recall.certainty import Certainty
from hippokv.circuits.description import digest_of_run
from hippokv.circuits.probe import with_recorded
from hippokv.circuits.program.program_cache import circuit_key, compiler_version
from hippokv.components import OBJECT, file_digest, told
from hippokv.errors import InputError, cause
from hippokv.parameter import leaves

from .configuration import config_text
from .evaluation import Stage, Uninformed
from .protocol import Experiment, Result, Timing
from .stored_stage import (
    SOUGHT,
    Stored,
    arrays_of_stage,
    description_of_stage,
    kept_sought,
    kept_value,
)
from .user_files import GONE
from .whole_files import OUT

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

T = TypeVar("T")

SUMMARY = "summary.json"
CONFIG, RECORDING, DESCRIPTION = "config.toml", "recording.npz", "run.json"
#: How a folder is written: 1 had no number, and neither the description nor what it describes.
FORMAT_VERSION = 2
#: What a summary says of the folder: its format, the digest of each file of data, and of itself.
FORMAT, FILES, DIGEST = "format_version", "files", "digest"
#: What a summary has where there is any.
UNINFORMED, WARNINGS, SPIKE_SCORES = "uninformed", "warnings", "spike_scores"
PAPER = "paper"
CERTAINTY = "certainty"
REPORT = "report.html"
TIMED = tuple(entry.name for entry in dataclasses.fields(Timing))
#: A summary is a page of text.
LARGEST_SUMMARY = 2**20
#: What the pictures need of matplotlib.
PARTS_FOR_PICTURES = ("figure", "backends.backend_agg")
#: A higher level takes twice to thirty times as long for a fifth of the size at most.
COMPRESSION = 1
#: What a file system says that cannot be asked to force a file to the disk.
CANNOT_FORCE = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS)
_log = logging.getLogger("hippokv")
#: Name of what is missing where no picture could be drawn.
ALL_PICTURES = "all-of-them"


@dataclass(frozen=True)
class Destination:
    """Name the folder that results go to.

    Parameters
    ----------
    folder
        The folder; must not exist or be empty.
    numbered
        True to take the first free one of FOLDER, FOLDER-2, FOLDER-3 ... instead.
    figures_as
        Format of figures, ``svg`` or ``pdf``, in which they are written beside PNG.

    Raises
    ------
    InputError
        For a place in a folder that has been removed, or a format that is not known.
    """

    folder: Path
    numbered: bool = False
    figures_as: str = "png"
    #: The folder as a full path: the current folder may be another when a run ends, or be gone.
    place: Path = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        from hippokv.analysis.figures.report import check_format

        check_format(self.figures_as)
        try:
            object.__setattr__(self, "place", self.folder.absolute())
        except FileNotFoundError:
            raise InputError(OUT, str(self.folder), f"must be a full path: {GONE}") from None

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
        shown = str(self.folder)
        folder = Path(os.path.realpath(self.place))
        number = 1
        while self.numbered and os.path.lexists(folder):
            number += 1
            folder = folder.with_name(f"{self.folder.name}-{number}")
        try:
            if not folder.exists():
                return folder
            if not folder.is_dir():
                raise InputError(OUT, shown, "must be a folder, not a file")
            if any(folder.iterdir()):
                raise InputError(OUT, shown, "must be a new folder or an empty one")
        except InputError:
            raise
        except (OSError, ValueError) as error:
            raise InputError(OUT, shown, _reason(error)) from None
        if _is_here(folder) or os.path.ismount(folder):
            raise InputError(OUT, shown, "must not be the current folder or a mount")
        return folder


@dataclass(frozen=True)
class Summary:
    """Hold what a results folder says of itself; a score is None where nothing could be scored."""

    protocol: str
    seed: int
    metrics: dict[str, float | None]
    prediction: dict[str, float | None]
    timing: Timing
    prediction_note: str = ""
    not_repeatable: str = ""
    #: Of the prediction that knows nothing of the circuit: empty in folders older than it.
    uninformed_mean: dict[str, float | None] = dataclasses.field(default_factory=dict)
    uninformed_sd: dict[str, float | None] = dataclasses.field(default_factory=dict)
    uninformed_note: str = ""
    warnings: tuple[str, ...] = ()
    #: Of spikes alone: empty in folders older than them.
    spike_scores: dict[str, float | None] = dataclasses.field(default_factory=dict)
    #: The fields of a :class:`.Certainty` by the name of the score; empty in older folders.
    certainty: dict[str, dict[str, float | None]] = dataclasses.field(default_factory=dict)
    uninformed_draws: int = 0
    #: Of the paper's own model: empty in folders older than it.
    paper: dict[str, float | None] = dataclasses.field(default_factory=dict)
    format_version: int = 1
    provenance: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: Digest of each file of data, by its name.
    files: dict[str, str] = dataclasses.field(default_factory=dict)


def write_results(
    result: Result[Any],
    destination: Destination,
    beside: Mapping[str, Mapping[str, Stored]] = MappingProxyType({}),
) -> Result[Any]:
    """Write a result to its folder: all of it, or nothing.

    Parameters
    ----------
    result
        The result.
    destination
        Where it goes.
    beside
        Arrays of files to write beside it, by the name of the file.

    Returns
    -------
    Result
        The result with the folder that it went to.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    KeyboardInterrupt
        For an interrupt, when the results are in their folder, without pictures if they were still
        being drawn. Its words say so.
    """
    pictures: queue.SimpleQueue[Sequence[Picture]] = queue.SimpleQueue()
    places: list[Path] = []
    errors: list[BaseException] = []

    def write() -> None:
        try:
            places.append(_written(result, destination, pictures.get, beside))
        except BaseException as error:
            errors.append(error)

    # A daemon: it must not be waited for where it is told of no pictures.
    writer = threading.Thread(target=write, daemon=True)
    drawn: Sequence[Picture] | None = None
    interrupted = False
    while not places and not errors:
        try:
            if writer.ident is None:
                writer.start()
            if drawn is None:
                drawn = _no_pictures() if interrupted else _draw(result, destination.figures_as)
            pictures.put(drawn)
            writer.join()
        except Exception as error:
            # The writer waits for pictures, and what was simulated must not wait with it for ever.
            drawn = ()
            _log.warning("hippokv: picture could not be drawn: all of them (%s)", cause(error))
        except KeyboardInterrupt:
            if writer.ident is None:
                raise
            interrupted = True
    if errors:
        raise errors[0]
    if interrupted:
        without = "" if any(picture.png for picture in drawn or ()) else ", without pictures"
        raise KeyboardInterrupt(f"the results are in {places[0]}{without}")
    return dataclasses.replace(result, folder=places[0])


def import_pictures() -> None:
    """Import what draws the pictures, in the background while the circuit runs."""

    def load() -> None:
        # Whatever goes wrong here goes wrong again, and is reported, when the pictures are drawn.
        with suppress(Exception):
            from hippokv.plain_matplotlib import import_matplotlib

            import_matplotlib(*PARTS_FOR_PICTURES)
            import_module("hippokv.protocols.pictures.key_value")

    threading.Thread(target=load, daemon=True).start()


def read_summary(folder: Path) -> Summary:
    """Read the summary of a results folder.

    Raises
    ------
    InputError
        Where the folder holds no results.
    """
    try:
        found = json.loads(_text_of(folder / SUMMARY), parse_constant=_refused)
        version = _of_type(int, found.get(FORMAT, 1))
        if version > FORMAT_VERSION:
            words = f"must be of format {FORMAT_VERSION} or before: "
            words += f"a newer HippoKV wrote it in format {version}"
            raise InputError("DIR", str(folder), words)
        if version > 1 and found.get(DIGEST) != digest_of_summary(found):
            words = f"must be as it was written: {SUMMARY} is damaged or was changed"
            raise InputError("DIR", str(folder), words)
        uninformed = _of_type(dict, found.get(UNINFORMED, {"mean": {}, "sd": {}, "note": ""}))
        return Summary(
            protocol=_of_type(str, found["protocol"]),
            seed=_of_type(int, found["seed"]),
            metrics=_numbers(found["metrics"]),
            prediction=_numbers(found["prediction"]),
            timing=Timing(**{name: _number(found["timing"][name]) for name in TIMED}),
            prediction_note=_of_type(str, found.get("prediction_note", "")),
            not_repeatable=_of_type(str, found.get("not_repeatable", "")),
            uninformed_mean=_numbers(uninformed["mean"]),
            uninformed_sd=_numbers(uninformed["sd"]),
            uninformed_note=_of_type(str, uninformed["note"]),
            warnings=tuple(_of_type(str, line) for line in _of_type(list, found.get(WARNINGS, []))),
            spike_scores=_numbers(found.get(SPIKE_SCORES, {})),
            certainty={
                name: _numbers(_of_type(dict, one))
                for name, one in _of_type(dict, found.get(CERTAINTY, {})).items()
            },
            uninformed_draws=_of_type(int, uninformed.get("draws", 0)),
            paper=_numbers(found.get(PAPER, {})),
            format_version=version,
            provenance=_of_type(dict, found.get("provenance", {})),
            files=_of_type(dict, found.get(FILES, {})),
        )
    except InputError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
            RecursionError):  # fmt: skip
        allowed = "must be a folder that `hippokv run` has written"
        raise InputError("DIR", str(folder), allowed) from None


def save_arrays(path: Path, arrays: Mapping[str, Stored]) -> None:
    """Write arrays as ``.npz``, compressed and without pickles; equal arrays give equal bytes.

    An array that is made from others may be given as a function: one is in memory at a time.
    """
    with path.open("wb") as stream:
        write_archive(stream, arrays)
        stream.flush()
        os.fsync(stream.fileno())


def write_archive(stream: IO[bytes], arrays: Mapping[str, Stored]) -> None:
    """Write what :func:`save_arrays` puts into a file."""
    # Members that are opened by name carry the first date there is, not that of the clock.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        for name, stored in arrays.items():
            array = stored() if callable(stored) else stored
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)  # type: ignore[no-untyped-call]


def _written(
    result: Result[Any],
    destination: Destination,
    pictures: Callable[[], Sequence[Picture]],
    beside: Mapping[str, Mapping[str, Stored]],
) -> Path:
    """Write a result, and its pictures when there are any to be had; return its folder."""
    folder = destination.candidate()
    with _beside(folder) as workshop:
        summary = _summary(result)
        _write_files(result, workshop)
        for name, arrays in beside.items():
            save_arrays(workshop / name, arrays)
        _write_summary(summary, workshop / SUMMARY)
        drawn = pictures()
        (workshop / "figures").mkdir()
        for picture in drawn:
            if picture.png:
                (workshop / "figures" / f"{picture.name}.png").write_bytes(picture.png)
            if picture.vector:
                place = workshop / "figures" / f"{picture.name}.{destination.figures_as}"
                place.write_bytes(picture.vector)
        total_s = time.perf_counter() - result.experiment.started_s
        summary["timing"]["total_s"] = round(total_s, 3)
        _write_summary(summary, workshop / SUMMARY)
        try:
            _write_report(result, summary, drawn, workshop / REPORT)
        except OSError:
            raise
        except Exception as error:
            _log.warning("hippokv: report could not be written (%s)", cause(error))
        _force(workshop)
        while True:
            try:
                workshop.rename(folder)
            except OSError as error:
                # Another run may have taken the place since the folder was chosen.
                following = destination.candidate()
                if following == folder:
                    raise InputError(OUT, str(folder), _reason(error)) from None
                folder = following
            else:
                return folder


def _write_files(result: Result[Any], folder: Path) -> None:
    experiment = result.experiment
    text = config_text(
        experiment.protocol, experiment.settings, experiment.origins, experiment.circuit
    )
    (folder / CONFIG).write_text(text, encoding="utf-8")
    arrays, description = _described(result)
    save_arrays(folder / RECORDING, arrays)
    (folder / DESCRIPTION).write_text(json.dumps(description, allow_nan=False), encoding="utf-8")


def _write_summary(summary: dict[str, Any], path: Path) -> None:
    if FILES not in summary:
        data = (CONFIG, RECORDING, DESCRIPTION)
        summary[FILES] = {name: file_digest(path.with_name(name)) for name in data}
    summary[DIGEST] = digest_of_summary(summary)
    text = json.dumps(summary, indent=1, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")


def digest_of_summary(summary: Mapping[str, Any]) -> str:
    """Return a digest of all that a summary says beside it."""
    said = {name: value for name, value in summary.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _draw(result: Result[Any], figures_as: str) -> Sequence[Picture]:
    from hippokv.analysis.figures.report import also_as

    with also_as(figures_as):
        return _drawn(result)


def _drawn(result: Result[Any]) -> Sequence[Picture]:
    from hippokv.analysis.figures.report import Picture, missing

    try:
        found = list(result.experiment.protocol.pictures(result))
        if not all(isinstance(picture, Picture) for picture in found):
            raise TypeError("a protocol's pictures must be a list of Picture")
    except Exception as error:
        return [missing(ALL_PICTURES, "", error)]
    if not result.recording.traces:
        return found
    from ..pictures.inside import with_inside

    return with_inside(found, result)


def _no_pictures() -> Sequence[Picture]:
    from hippokv.analysis.figures.report import Picture

    return [Picture(ALL_PICTURES, "", failure="interrupted")]


def _write_report(
    result: Result[Any], summary: Mapping[str, Any], pictures: Sequence[Picture], path: Path
) -> None:
    from hippokv.analysis.figures.circuit_page import circuit_html
    from hippokv.analysis.figures.report import write_report

    from .what_was_done import what_was_done

    experiment = result.experiment
    what = experiment.protocol.about(experiment)
    parameters = {key: value for key, value, _ in leaves(experiment.settings)}
    note = f"\n\nOf the prediction: {result.prediction_note}." if result.prediction_note else ""
    warned = "".join(f"\n\nWarning: {line}." for line in result.warnings)
    done = what_was_done(result.stages, experiment.circuit.ensembles)
    what = f"{what}\n\n{done}" if done else what
    text = f"{experiment.protocol.description}\n\n{what}{note}{warned}"
    write_report(
        path, f"HippoKV: {experiment.protocol.name}", text, summary, parameters, pictures,
        experiment.protocol.meanings, circuit_html(experiment.circuit.account),
    )  # fmt: skip


def _force(folder: Path) -> None:
    """Wait until what a folder holds is on the disk, and learn what could not be written."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some file systems cannot force a folder, and some no file either.
            if not path.is_dir() and error.errno not in CANNOT_FORCE:
                raise
        finally:
            os.close(descriptor)


def _described(result: Result[Any]) -> tuple[dict[str, Stored], dict[str, Any]]:
    """Return all arrays of a result, and what they do not say."""
    found: dict[str, Stored] = {}
    stages = {}
    for name, stage in result.stages.items():
        prefix = f"{name}_" if name else ""
        kept = arrays_of_stage(stage, result.arrays)
        found |= {f"{prefix}{key}": array for key, array in kept.items()}
        stages[name] = description_of_stage(stage, result.arrays, prefix)
        stages[name] |= _asked_for(result.experiment, stage)
    stimuli = kept_value(result.experiment.stimuli, "stimuli", found)
    for name in set(found) & set(result.arrays):
        _log.warning("hippokv: the array %s of the protocol is left out: the run has one", name)
    own = {name: array for name, array in result.arrays.items() if name not in found}
    description = {
        "arrays": list(own),
        "stages": stages,
        "stimuli": stimuli,
        "circuit": dataclasses.asdict(result.experiment.circuit.account),
    }
    return {**own, **found}, description


def _asked_for(experiment: Experiment, stage: Stage) -> dict[str, Any]:
    """Return what the recalls of a stage ask for; nothing where the protocol cannot tell."""
    try:
        return {SOUGHT: kept_sought(experiment.protocol.sought(stage.schedule))}
    except Exception as error:
        # Anybody's protocol may never have met such a schedule, and the run is worth more.
        _log.warning("hippokv: what recalls ask for is not kept (%s)", told(error))
        return {}


def _summary(result: Result[Any]) -> dict[str, Any]:
    experiment = result.experiment
    return {
        FORMAT: FORMAT_VERSION,
        "protocol": experiment.protocol.name,
        "seed": experiment.settings.run.seed,
        "metrics": _finite(result.metrics),
        "prediction": _finite(result.predicted_metrics),
        **({"prediction_note": result.prediction_note} if result.prediction_note else {}),
        **({PAPER: _finite(result.paper)} if result.paper else {}),
        **({UNINFORMED: _summary_of(result.uninformed)} if result.uninformed.note else {}),
        **({WARNINGS: list(result.warnings)} if result.warnings else {}),
        **({SPIKE_SCORES: _finite(result.spike_scores)} if result.spike_scores else {}),
        **({CERTAINTY: _certainty(result.certainty)} if result.certainty else {}),
        **({"not_repeatable": words} if (words := not_repeatable(experiment)) else {}),
        "timing": {
            name: round(value, 3) for name, value in dataclasses.asdict(result.timing).items()
        },
        "provenance": _provenance(experiment),
    }


def _certainty(certainty: Mapping[str, Certainty]) -> dict[str, dict[str, float | None]]:
    return {name: _finite(dataclasses.asdict(one)) for name, one in certainty.items()}


def _summary_of(uninformed: Uninformed) -> dict[str, Any]:
    scores = {"mean": _finite(uninformed.mean), "sd": _finite(uninformed.sd)}
    return {**scores, "draws": uninformed.n_draws, "note": uninformed.note}


def not_repeatable(experiment: Experiment) -> str:
    """Say what of an experiment was an object in Python, which no file of settings can name."""
    objects = []
    if experiment.protocol.reference.startswith(OBJECT):
        objects.append(f"the protocol {experiment.protocol.name}")
    if experiment.settings.run.circuit.startswith(OBJECT):
        objects.append(f"the circuit {experiment.circuit.name}")
    if not objects:
        return ""
    return (
        f"config.toml alone cannot repeat this run: {' and '.join(objects)} must be passed again "
        "from Python"
    )


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: float(value) if math.isfinite(value) else None for name, value in scores.items()}


def _numbers(scores: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: None if value is None else _number(value) for name, value in scores.items()}


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _of_type(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise ValueError(value)
    return value


def _refused(text: str) -> NoReturn:
    raise ValueError(text)


def _text_of(path: Path) -> str:
    """Return a file's text, unless it is a pipe (it might never end) or larger than any summary."""
    if not path.is_file():
        raise ValueError(path)
    with path.open("rb") as stream:
        content = stream.read(LARGEST_SUMMARY + 1)
    if len(content) > LARGEST_SUMMARY:
        raise ValueError(path)
    return content.decode("utf-8-sig")


def _provenance(experiment: Experiment) -> dict[str, str]:
    target = experiment.settings.run.target
    found = {name: version(name) for name in ("hippokv", "brian2", "numpy")}
    found |= {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "target": target,
        "circuit_digest": digest_of_run(experiment.circuit),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if target == "cpp":
        compiled = with_recorded(experiment.circuit, experiment.record)
        found |= {"compiler": compiler_version(), "circuit_key": circuit_key(compiled)}
    if experiment.circuit.rules:
        found["rules"] = "; ".join(
            f"{name}: {_origin(rule)}" for name, rule in experiment.circuit.rules.items()
        )
    if experiment.settings.run.circuit.startswith(OBJECT):
        found["circuit"] = experiment.settings.run.circuit
    if experiment.origins:
        found["origins"] = "; ".join(
            f"{source} {version}" for source, version in experiment.origins.items()
        )
    return found


def _origin(item: object) -> str:
    """Return what an object is, and the version of the package that it came from."""
    kind = type(item)
    package = kind.__module__.partition(".")[0]
    words = f"{kind.__module__}.{kind.__qualname__}"
    with suppress(PackageNotFoundError):
        return f"{words} ({package} {version(package)})"
    return words


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
        raise InputError(OUT, str(folder), _reason(error)) from None
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        for parent in missing:
            # Those that hold the results stay.
            with suppress(OSError):
                parent.rmdir()


def _is_here(folder: Path) -> bool:
    try:
        return folder.samefile(".")
    except OSError:
        return False


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
