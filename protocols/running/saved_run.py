"""The saved run: what a results folder gives back, whole or not at all."""

from __future__ import annotations

import json
import math
import re
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought, asking
from hippokv.analysis.recall.certainty import Certainty
from hippokv.circuits.account import Account, HeldNumber, Mathematics, PartAccount, Setting
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Schedule
from hippokv.components import file_digest
from hippokv.errors import InputError, cause
from hippokv.paths import path_of

from .. import PROTOCOLS
from .configuration import (
    CIRCUIT_DIGEST,
    MOST_CONFIG_BYTES,
    ORIGINS,
    PROTOCOL_KEY,
    SETTINGS_DIGEST,
)
from .evaluation import Stage, Uninformed
from .protocol import Timing, find_protocol
from .results_folder import (
    CONFIG,
    DESCRIPTION,
    RECORDING,
    SUMMARY,
    Summary,
    read_summary,
)
from .score_table import score_table
from .stored_stage import SOUGHT, Arrays, epochs_of, sought_of, stage_of, value_of
from .user_files import FOLDER

KEY = "DIR"
#: What is not in a folder that was written before it was kept.
NOT_SOUGHT = (
    "what recalls ask for: plot_raster asks a protocol of the same version, or else takes the "
    "items that they name"
)
#: What is not in a folder of the first format.
MISSING = (
    "number of cells of each population (size is 0)",
    "what channels carried (schedule.channel)",
    "manipulations",
    "units of traces (empty)",
    "description of the circuit (circuit is None)",
    "weights beside those that the protocol kept in arrays",
    NOT_SOUGHT,
    "digests of the files: what was changed since is not noticed",
)
#: What reading damaged files raises.
DAMAGE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError,
    EOFError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SavedRun:
    """Hold a run as its results folder has it.

    What has a name in a :class:`Result` has it here: analyses take either.

    Parameters
    ----------
    folder
        The folder.
    format_version
        How it is written.
    protocol
        What was done.
    settings
        Every setting, by dotted key.
    circuit
        What the circuit was made of: its populations in order, with their numbers of cells, its
        projections, equations and numbers. None where the folder does not say.
    stimuli
        What the protocol showed, by the names of its fields (``stimuli.keys``); None for nothing.
    stages
        All runs that were kept, by name; a single one has the name of an empty string.
    sought
        What the recalls of each ask for, by name: None where it is the items that they name.
    arrays
        What the protocol added to ``recording.npz``, by name.
    metrics, predicted_metrics, paper, uninformed, spike_scores
        Scores, of the circuit, the rate model, the paper's own, an uninformed one, and of spikes
        alone.
    certainty
        On how much scores rest, what chance gives, and their 95 % intervals, by name.
    timing
        How long it took, to a millisecond.
    prediction_note, warnings
        What there is to say of the scores.
    provenance
        Versions and machine that it was made by.
    missing
        What the folder does not hold, because it was written in an older format, a line each.
    """

    folder: Path
    format_version: int
    protocol: str
    settings: Mapping[str, Any]
    circuit: Account | None
    stimuli: Any
    stages: Mapping[str, Stage]
    arrays: Mapping[str, NDArray[Any]]
    metrics: dict[str, float]
    predicted_metrics: dict[str, float]
    timing: Timing
    sought: Mapping[str, Sought | None] = field(default_factory=dict)
    uninformed: Uninformed = field(default_factory=Uninformed)
    spike_scores: Mapping[str, float] = field(default_factory=dict)
    paper: Mapping[str, float] = field(default_factory=dict)
    certainty: Mapping[str, Certainty] = field(default_factory=dict)
    prediction_note: str = ""
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def recording(self) -> Recording:
        """What the circuit did, in the last run where there were several."""
        return self._last.recording

    @property
    def schedule(self) -> Schedule:
        """What was asked of it then."""
        return self._last.schedule

    @property
    def seed(self) -> int:
        """Seed of every random number."""
        return int(self.settings["run.seed"])

    @property
    def _n_slots(self) -> int:
        if self.circuit is None:
            return int(self.settings.get("circuit.n_slots", 1))
        return self.circuit.ensembles.get("hippocampal", 1)

    @property
    def _last(self) -> Stage:
        return list(self.stages.values())[-1]

    @property
    def _sought(self) -> Sought | None:
        """What the recalls of the last run ask for."""
        last = list(self.stages)[-1]
        if last in self.sought:
            return self.sought[last]
        if self.protocol in PROTOCOLS and self.provenance.get("hippokv") == version("hippokv"):
            return find_protocol(self.protocol).sought(self.schedule)
        return None

    def _repr_html_(self) -> str:
        from hippokv.analysis.figures.notebook import page_of_run
        from hippokv.analysis.figures.report import Picture

        found = sorted((self.folder / "figures").glob("*.png"))
        pictures = [Picture(path.stem, "", path.read_bytes()) for path in found]
        return page_of_run(
            f"{self.protocol}, seed {self.seed}, from {self.folder}",
            {**self.metrics, **self.spike_scores}, self.predicted_metrics, self.paper,
            self.uninformed.mean,
            (*self.warnings, *(f"not in the folder: {words}" for words in self.missing)), pictures,
        )  # fmt: skip

    def to_pandas(self) -> Any:
        """Return the scores as a table, see :func:`.score_table.score_table`."""
        return score_table(self)

    def plot_raster(self, window: tuple[float, float] | None = None, axes: Any = None) -> Any:
        """Draw every spike of a stretch of time, see :meth:`.protocol.Result.plot_raster`."""
        from hippokv.analysis.figures.raster import plot_raster

        return plot_raster(
            self.recording, self.schedule, self._n_slots, window, axes, self._sought
        )  # fmt: skip

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {score:.4g}" for name, score in self.metrics.items())
        lacks = f"; format {self.format_version} lacks some" if self.missing else ""
        return f"<SavedRun of {self.protocol}, seed {self.seed}: {scores}{lacks}>"


def load(folder: str | Path) -> SavedRun:
    """Read back what a results folder holds: all of it, or nothing.

    Parameters
    ----------
    folder
        A folder that ``hippokv run`` or ``hippokv.run(..., out=...)`` has written; ``~`` is a home.

    Returns
    -------
    SavedRun
        What was run. ``missing`` says what a folder of an older version does not hold.

    Raises
    ------
    InputError
        For a folder without results, that is not whole, was changed, or is of a newer version.

    Examples
    --------
    >>> import hippokv
    >>> run = hippokv.load("results/cued-recall-seed1000")  # doctest: +SKIP
    >>> run.recording.spikes["hippocampal"].time_s  # doctest: +SKIP
    """
    path = path_of(KEY, folder, FOLDER)
    summary = read_summary(path)
    settings = read_settings(path, summary)
    try:
        arrays = _arrays(path)
        if summary.format_version == 1:
            held = _of_first_format(arrays)
        else:
            held = _held(json.loads((path / DESCRIPTION).read_text(encoding="utf-8")), arrays)
        return SavedRun(
            folder=path, format_version=summary.format_version, protocol=summary.protocol,
            settings=settings, timing=summary.timing, metrics=_floats(summary.metrics),
            predicted_metrics=_floats(summary.prediction), uninformed=_uninformed(summary),
            spike_scores=_floats(summary.spike_scores), paper=_floats(summary.paper),
            certainty={name: _certain(one) for name, one in summary.certainty.items()},
            prediction_note=summary.prediction_note,
            warnings=summary.warnings, provenance=summary.provenance, **held,
        )  # fmt: skip
    except DAMAGE as error:
        raise _refused(path, f"{RECORDING} or {DESCRIPTION} is damaged ({cause(error)})") from None


def read_settings(folder: Path, summary: Summary) -> dict[str, Any]:
    """Return the settings of a results folder by dotted key, and check that its files are whole.

    Raises
    ------
    InputError
        Where one is missing or is not as it was written.
    """
    for name in (CONFIG, RECORDING):
        if not (folder / name).is_file():
            raise _refused(folder, f"{name} is missing")
    for name, digest in summary.files.items():
        try:
            same = file_digest(folder / Path(name).name) == digest
        except OSError as error:
            raise _refused(folder, f"{name} is missing ({error.strerror})") from None
        if not same:
            raise _refused(folder, f"{name} is damaged or was changed")
    try:
        if (folder / CONFIG).stat().st_size > MOST_CONFIG_BYTES:
            raise ValueError("it is too large")
        tables = tomllib.loads((folder / CONFIG).read_text(encoding="utf-8-sig"))
        found = dict(_dotted(tables))
        for key in (CIRCUIT_DIGEST, SETTINGS_DIGEST):
            found.pop(key, None)
        if found.pop(PROTOCOL_KEY, None) is None or found["run.seed"] != summary.seed:
            raise ValueError(f"it is of another run than {SUMMARY}")
    except (OSError, ValueError, KeyError, RecursionError) as error:
        raise _refused(folder, f"{CONFIG} is damaged ({cause(error)})") from None
    return found


def _refused(folder: Path, words: str) -> InputError:
    return InputError(KEY, str(folder), f"must be a results folder that is whole: {words}")


def _dotted(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            if prefix or name != ORIGINS:
                yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _arrays(folder: Path) -> Arrays:
    # Every array is read to its end, where a sum tells whether it is whole.
    with (folder / RECORDING).open("rb") as stream, np.load(stream) as archive:
        return dict(archive)


def _held(description: Mapping[str, Any], arrays: Arrays) -> dict[str, Any]:
    stages = {
        name: stage_of(about, arrays, f"{name}_" if name else "")
        for name, about in description["stages"].items()
    }
    sought = {
        name: sought_of(about[SOUGHT])
        for name, about in description["stages"].items()
        if SOUGHT in about
    }
    asks = any(asking(stage.schedule) for name, stage in stages.items() if name not in sought)
    return {
        "circuit": _account(description["circuit"]),
        "stimuli": value_of(description["stimuli"], arrays),
        "stages": stages,
        "sought": sought,
        "missing": (NOT_SOUGHT,) if asks else (),
        "arrays": {name: arrays[name] for name in description["arrays"]},
    }


def _account(held: Mapping[str, Any]) -> Account:
    def part(one: Mapping[str, Any]) -> PartAccount:
        return PartAccount(
            one["name"], one["title"], one["cells"], tuple(map(tuple, one["facts"])),
            tuple(one["reads"]), tuple(Mathematics(**line) for line in one["mathematics"]),
            tuple(HeldNumber(**number) for number in one["numbers"]),
            one["alike"] if "alike" in one else _alike(one["facts"]),
        )  # fmt: skip

    return Account(
        held["name"], tuple(map(part, held["populations"])), tuple(map(part, held["projections"])),
        tuple(Setting(**one) for one in held["settings"]), tuple(held["changes"]),
    )  # fmt: skip


def _alike(facts: Sequence[Sequence[str]]) -> int:
    """Return how many cells do the same, as the words of a folder say it that has no number."""
    found = (re.fullmatch(r"\d+ groups of (\d+) alike", words) for _, words in facts)
    return next((int(one[1]) for one in found if one), 1)


def _floats(scores: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in scores.items()}


def _certain(held: Mapping[str, float | None]) -> Certainty:
    found = _floats(held)
    return Certainty(int(found["n"]), found["chance"], found["low"], found["high"])


def _uninformed(summary: Summary) -> Uninformed:
    mean, sd = _floats(summary.uninformed_mean), _floats(summary.uninformed_sd)
    return Uninformed(mean, sd, summary.uninformed_draws, summary.uninformed_note)


# --- the first format, which had no description ---------------------------------------------------


def _of_first_format(arrays: Arrays) -> dict[str, Any]:
    """Return what can be told from the names of arrays alone."""
    mark = "epoch_start_ms"
    prefixes = [name.removesuffix(mark) for name in arrays if name.endswith(mark)]
    if not prefixes:
        raise ValueError(f"it has no {mark}")
    left = dict(arrays)
    # The name of a run may begin with that of another.
    found = {one: _first_stage(left, one) for one in sorted(prefixes, key=len, reverse=True)}
    stages = {prefix.removesuffix("_"): found[prefix] for prefix in prefixes}
    stimuli = {name: left[name] for name in ("keys", "values") if name in left}
    return {
        "circuit": None,
        "stimuli": SimpleNamespace(**stimuli) if stimuli else None,
        "stages": stages,
        "arrays": left,
        "missing": MISSING,
    }


def _first_stage(left: dict[str, NDArray[Any]], prefix: str) -> Stage:
    """Return a stage, and take its arrays from those that are left."""
    starts = left.pop(f"{prefix}epoch_start_ms")
    epochs = epochs_of(left, prefix, [{} for _ in starts])
    for column in ("duration_ms", "phase", "item"):
        del left[f"{prefix}epoch_{column}"]
    schedule = Schedule(epochs, {})
    spikes: dict[str, SpikeTrain] = {}
    events: dict[str, SpikeTrain] = {}
    traces: dict[str, Trace] = {}
    for name in [name for name in left if name.startswith(prefix) and name.endswith("_t")]:
        own = name.removeprefix(prefix).removesuffix("_t")
        if own.startswith("trace_"):
            values = {key: left.pop(key) for key in list(left) if key.startswith(f"{prefix}{own}.")}
            traces[own.removeprefix("trace_")] = Trace(
                left.pop(name), left.pop(f"{prefix}{own}_cells"),
                {key.rpartition(".")[2]: held for key, held in values.items()},
                dict.fromkeys((key.rpartition(".")[2] for key in values), ""),
            )  # fmt: skip
        elif f"{prefix}{own}_i" in left:
            train = SpikeTrain.at(left.pop(name), left.pop(f"{prefix}{own}_i"), 0)
            held = spikes if own.startswith("spikes_") else events
            held[own.removeprefix("spikes_")] = train
    cells = {
        name.removeprefix(prefix): left.pop(name)
        for name in list(left)
        if name.startswith((f"{prefix}label_", *_expressions(prefix)))
    }
    return Stage(schedule, Recording(spikes, events, {}, schedule.duration_ms, cells, traces))


def _expressions(prefix: str) -> tuple[str, ...]:
    from hippokv.circuits.manipulation.opsins import OPSINS

    return tuple(f"{prefix}{opsin}_expression_" for opsin in OPSINS)
