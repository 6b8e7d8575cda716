"""The command line: one function a command, or one file where there is more to it.

Only what a command needs is imported, so that help and errors come at once.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__
from .completion import complete
from .errors import BuildError, InputError, one_line, printable
from .interrupts import INTERRUPTED, end_process, heeded_interrupts, interrupt_came, kept_interrupt
from .options import (
    OneLineParser,
    UsageError,
    add_setting_options,
    given_settings,
    parsed,
    setting_texts,
)
from .parameter import nearest
from .paths import path_of
from .terminal import announce, complain, flush, is_watched, say

if TYPE_CHECKING:
    from hippokv.protocols.running.protocol import Protocol
    from hippokv.protocols.running.settings import Settings

BAD_INPUT = 2
WIDTH = 96
COMMANDS = (
    "list", "run", "sweep", "figure", "show", "compare", "index", "describe", "cite", "new",
    "cache",
)  # fmt: skip
#: Changes of settings that ``--help`` shows; the first that a protocol has of each row.
EXAMPLES = (
    ("circuit.grid.heterogeneity_pA=10", "circuit.n_slots=100"),
    (
        "protocol.controller=random",
        "protocol.stimuli=digits",
        "protocol.n_items=20",
        "protocol.n_rooms=1",
        "protocol.n_addresses=200",
        "protocol.trajectory.duration_s=60",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Parameters
    ----------
    arguments
        Words after ``hippokv``; those of the process by default.

    Returns
    -------
    int
        0, or 2 after bad input, with one line on standard error that says what is allowed, or 130
        after Ctrl-C.
    """
    try:
        with heeded_interrupts(), kept_interrupt():
            status = _status(list(sys.argv[1:] if arguments is None else arguments))
            flush()
            return status
    except (InputError, BuildError, UsageError) as error:
        return _fail(f"error: {error}", BAD_INPUT)
    except MemoryError:
        return _fail("error: not enough memory: must be fewer slots or items", BAD_INPUT)
    except BrokenPipeError:
        # Whoever read the output has closed it and knows.
        return BAD_INPUT
    except OSError as error:
        words = f"{error}: must be readable and writable"
        if _here_is_gone():
            words = "the current folder has been removed: must be there, or every path a full one"
        return _fail(f"error: {words}", BAD_INPUT)
    except KeyboardInterrupt as stop:
        return _fail(f"interrupted, {str(stop) or 'no results were written'}", INTERRUPTED)


def run_process() -> NoReturn:
    """Run the command line with the arguments of this process, and exit."""
    complete()
    end_process(main)


def run_protocol(name: str) -> NoReturn:
    """Run a protocol as ``hippokv run NAME`` with the arguments of this process, and exit."""
    end_process(lambda: main(["run", name, *sys.argv[1:]]))


def _fail(message: str, status: int) -> int:
    complain(message)
    return status


def _status(arguments: list[str]) -> int:
    try:
        return _command(arguments)
    except SystemExit as leaving:
        # The parser leaves by itself after --help and --version.
        return int(leaving.code or 0)


def _here_is_gone() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _command(arguments: list[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        handlers = {
            "list": _list, "run": _run, "sweep": _sweep, "figure": _figure, "show": _show,
            "compare": _compare, "index": _index, "describe": _describe, "cite": _cite,
            "new": _new, "cache": _cache,
        }  # fmt: skip
        handler = handlers[arguments[0]]
        return handler(arguments[1:])
    parser = OneLineParser(
        "hippokv",
        description="Simulate key-value memory in spiking hippocampal-cortical circuits, beside "
        "its rate-model prediction.",
        epilog="Each command has its own --help, and so has each protocol: "
        "hippokv run cued-recall --help. Words complete in a shell after "
        'pip install "hippokv[completion]" and eval "$(register-python-argcomplete hippokv)".',
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hippokv {__version__}")
    commands = parser.add_subparsers(title="commands")
    commands.add_parser("list", help="name the protocols")
    commands.add_parser("run", help="run a protocol and write a results folder")
    commands.add_parser("sweep", help="run a protocol many times and write one table")
    commands.add_parser("figure", help="make a figure of the 2021 paper again")
    commands.add_parser("show", help="show what a results folder holds")
    commands.add_parser("compare", help="compare runs: parameters that differ, scores, a figure")
    commands.add_parser("index", help="write a page that lists the results below a folder")
    commands.add_parser("describe", help="say what a circuit is: equations, numbers, sources")
    commands.add_parser("new", help="begin a rule or a population of your own")
    commands.add_parser("cite", help="name the papers behind a protocol and its circuit")
    commands.add_parser("cache", help="list compiled circuits, and clear what no version needs")
    if arguments and arguments[0] == "--version":
        # The parser would not say that it could not be shown.
        say(f"hippokv {__version__}")
        return 0
    if arguments and arguments[0] in ("-h", "--help"):
        parser.parse_args(arguments)
    given = one_line(repr(arguments[0])) if arguments else "nothing given"
    near = nearest(arguments[0], COMMANDS) if arguments else ""
    raise UsageError(
        f"COMMAND = {given}: must be one of {', '.join(COMMANDS)} (see hippokv --help){near}"
    )


# --- hippokv list ---------------------------------------------------------------------------------


def list_parser() -> OneLineParser:
    """Return the parser of ``hippokv list``."""
    parser = OneLineParser(
        "hippokv list",
        description="Name the protocols, and the protocols, circuits and rules that installed "
        "packages bring.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="the protocols as JSON, for programs")
    return parser


def _list(arguments: list[str]) -> int:
    options = parsed(list_parser(), arguments)

    from hippokv.circuits.known_circuits import SHELF as CIRCUITS
    from hippokv.plasticity.known_rules import SHELF as RULES
    from hippokv.protocols import PROTOCOLS
    from hippokv.protocols.running.protocol import SHELF, find_protocol, found_protocol

    from .components import from_packages

    found = [(name, find_protocol(name), "") for name in PROTOCOLS]
    for name, one in from_packages(SHELF):
        if isinstance(one, InputError):
            complain(f"left out: {one}")
        else:
            found.append((name, found_protocol(name).item, f"{one.source} {one.version}"))
    if options.json:
        entries = [
            {"name": name, "summary": one.summary, "description": one.description}
            | ({"package": package} if package else {})
            for name, one, package in found
        ]
        say(json.dumps(entries, indent=1))
        return 0
    width = max(len(name) for name, _, _ in found)
    for name, protocol, package in found:
        say(f"{name:<{width}}  {protocol.summary}" + (f" ({package})" if package else ""))
    for shelf in (CIRCUITS, RULES):
        for name, one in from_packages(shelf):
            if isinstance(one, InputError):
                complain(f"left out: {one}")
            else:
                say(f"{name:<{width}}  {shelf.what} for {shelf.key} ({one.source} {one.version})")
    return 0


# --- hippokv run ----------------------------------------------------------------------------------


def run_parser() -> OneLineParser:
    """Return the parser of ``hippokv run``."""
    parser = OneLineParser(
        "hippokv run",
        description="Run a protocol and write a results folder: settings, arrays, scores, pictures "
        "and a report.",
        epilog="hippokv run PROTOCOL --help lists every setting; hippokv list names the protocols.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument(
        "protocol", nargs="?", metavar="PROTOCOL",
        help="what to run: a name, or a file that has a PROTOCOL",
    )  # fmt: skip
    parser.add_argument("-h", "--help", action="store_true", help="list every setting and leave")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="with --help: say where each value is from"
    )
    parser.add_argument(
        "--out", metavar="DIR",
        help="results folder, new or empty (default: results/PROTOCOL-seedN, numbered if taken)",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", help="seed of every random number (default: 0)")
    parser.add_argument(
        "--format", metavar="svg|pdf", default="png",
        help="write each figure in this format too, beside the PNG of the report",
    )  # fmt: skip
    add_setting_options(parser)
    return parser


def _run(arguments: list[str]) -> int:
    parser = run_parser()
    options = parsed(parser, arguments)
    if options.help and options.protocol is None:
        parser.print_help()
        return 0

    from hippokv.protocols import PROTOCOLS
    from hippokv.protocols.running.protocol import find_protocol

    if options.protocol is None:
        raise UsageError(f"PROTOCOL = nothing given: must be one of {', '.join(PROTOCOLS)}")
    protocol = find_protocol(options.protocol)
    if options.help:
        say(_protocol_help(parser, protocol, setting_texts(options), options.verbose))
        return 0

    from hippokv.protocols.running.experiment import prepare, run_experiment
    from hippokv.protocols.running.results_folder import (
        REPORT,
        Destination,
        import_pictures,
        write_results,
    )
    from hippokv.protocols.running.run_bar import RunBar
    from hippokv.protocols.running.user_files import out_folder

    experiment = prepare(protocol, given_settings(protocol, options))
    if options.out is None:
        folder = f"results/{protocol.name}-seed{experiment.settings.run.seed}"
        destination = Destination(out_folder(folder), numbered=True, figures_as=options.format)
    else:
        destination = Destination(out_folder(options.out), figures_as=options.format)
    destination.check()
    import_pictures()
    bar = RunBar() if is_watched() and not options.quiet else None
    try:
        result = (
            run_experiment(experiment, announce, bar, bar.begin, foresee=True)
            if bar
            else run_experiment(experiment)
        )
    finally:
        if bar:
            bar.close()
    result = write_results(result, destination)
    assert result.folder
    try:
        with kept_interrupt():
            if interrupt_came():
                raise KeyboardInterrupt
            if not options.quiet:
                _print_summary(result.folder)
                say(f"report: {_short(result.folder / REPORT)}")
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"the results are in {result.folder}") from None
    return 0


def _protocol_help(
    parser: argparse.ArgumentParser,
    protocol: Protocol[Any, Any],
    given: Mapping[str, str],
    sources: bool = False,
) -> str:
    from hippokv.protocols.running.configuration import default_settings

    settings = default_settings(protocol, given)
    own = next((field.name for field in fields(settings.circuit)), "name")
    options = parser.format_help().replace("[PROTOCOL]", protocol.reference)
    options = options[: options.index("\n\n", options.index("options:"))]
    usage, _, listed = options.partition("\n\n")
    return "\n".join(
        [
            usage,
            "",
            protocol.summary[0].upper() + protocol.summary[1:] + ".",
            "",
            textwrap.fill(protocol.description, WIDTH),
            "",
            listed[listed.index("options:") :],
            "",
            *_examples_help(protocol.reference, settings),
            "",
            f"settings, each changed by --set KEY=VALUE or in a file given as --config, where\n"
            f'{protocol.reference!r} is `protocol_name` and "circuit.{own}" is `{own}` '
            f"under [circuit]:",
            *_settings_help(settings, protocol, sources),
        ]
    )


def _examples_help(name: str, settings: Settings) -> Iterable[str]:
    from .parameter import leaves

    known = {key for key, _, _ in leaves(settings)}
    first, second = (
        next((change for change in row if change.partition("=")[0] in known), "run.dt_ms=0.1")
        for row in EXAMPLES
    )
    yield "examples:"
    yield f"  hippokv run {name} --seed 1000 --set {first}"
    yield f"  hippokv run {name} --set {second} --out results/mine"


def _settings_help(
    settings: Settings, protocol: Protocol[Any, Any], sources: bool
) -> Iterable[str]:
    from hippokv.circuits.known_circuits import SHELF
    from hippokv.circuits.presets import source_of
    from hippokv.protocols.running.settings import CIRCUIT_KEY

    from .components import packaged
    from .parameter import allowed, leaves

    circuits = [name for name in dict.fromkeys([*SHELF.shipped, *packaged(SHELF)])]
    needed = ", ".join(protocol.populations)

    section = ""
    lines = list(leaves(settings))
    lines.sort(key=lambda leaf: leaf[0].startswith("circuit."))
    for key, value, field in lines:
        if key.rpartition(".")[0] != section:
            section = key.rpartition(".")[0]
            yield f"\n[{section}]"
        shown = str(value).lower() if isinstance(value, bool) else value
        accepted = allowed(field).removeprefix("must be ")
        if key == CIRCUIT_KEY:
            having = f" that has the populations {needed}" if needed else ""
            accepted = f"one of {', '.join(circuits)}, or a file,{having}"
        about = f"{field.metadata['meaning']}; {accepted}"
        yield f"  {key} = {shown}"
        source = source_of(settings.circuit, key, value, field)
        for words in (about, source)[: 2 if sources else 1]:
            yield textwrap.fill(words, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


# --- hippokv sweep --------------------------------------------------------------------------------


def _sweep(arguments: list[str]) -> int:
    from .sweep_command import sweep_command

    return sweep_command(arguments)


# --- hippokv figure -------------------------------------------------------------------------------


def _figure(arguments: list[str]) -> int:
    from .figure_command import figure_command

    return figure_command(arguments)


# --- hippokv describe and hippokv cite ------------------------------------------------------------


def _describe(arguments: list[str]) -> int:
    from .describe_command import describe_command

    return describe_command(arguments)


def _cite(arguments: list[str]) -> int:
    from .cite_command import cite_command

    return cite_command(arguments)


# --- hippokv compare, hippokv index and hippokv cache ---------------------------------------------


def _compare(arguments: list[str]) -> int:
    from .compare_command import compare_command

    return compare_command(arguments)


def _index(arguments: list[str]) -> int:
    from .index_command import index_command

    return index_command(arguments)


def _cache(arguments: list[str]) -> int:
    from .cache_command import cache_command

    return cache_command(arguments)


# --- hippokv new ----------------------------------------------------------------------------------


def _new(arguments: list[str]) -> int:
    from .new_command import new_command

    return new_command(arguments)


# --- hippokv show ---------------------------------------------------------------------------------


def show_parser() -> OneLineParser:
    """Return the parser of ``hippokv show``."""
    parser = OneLineParser(
        "hippokv show",
        description="Show what a results folder holds: its scores beside the prediction, and its "
        "files.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that run or sweep has written")
    parser.add_argument(
        "--json", action="store_true", help="scores, settings of a run, and files as JSON"
    )
    return parser


def _show(arguments: list[str]) -> int:
    options = parsed(show_parser(), arguments)
    given = options.folder

    from hippokv.protocols.running.user_files import FOLDER
    from hippokv.protocols.sweeps.folder import is_sweep

    folder = path_of("DIR", given, FOLDER)
    if options.json:
        say(json.dumps(_shown(folder), indent=1))
        return 0
    if is_sweep(folder):
        from .sweep_command import print_sweep

        print_sweep(folder)
    else:
        _print_summary(folder)
    say("files:")
    for name, size in _sizes(folder).items():
        say(f"  {printable(name):<28} {size / 1e3:>9.1f} kB")
    return 0


def _sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_size for path in files}


def _shown(folder: Path) -> dict[str, Any]:
    """Return what a results folder or a sweep holds, as JSON can hold it."""
    from hippokv.protocols.running.results_folder import read_summary
    from hippokv.protocols.running.saved_run import read_settings
    from hippokv.protocols.sweeps.folder import is_sweep, read_sweep

    if not is_sweep(folder):
        summary = read_summary(folder)
        found = asdict(summary) | {"settings": read_settings(folder, summary)}
    else:
        sweep = read_sweep(folder)
        points = [
            {
                "values": dict(zip(sweep.grid, point.values, strict=True)),
                "spiking": _known(point.spiking),
                "rate_model": _known(point.rate),
                "paper": _known(point.paper),
                "uninformed": _known(point.uninformed),
            }
            for point in sweep.points
        ]
        found = {
            "protocol": sweep.protocol, "score": sweep.score, "runs": sweep.runs,
            "failed": sweep.failed, "points": points,
        }  # fmt: skip
    return found | {"files": _sizes(folder)}


def _known(scores: Iterable[float]) -> list[float | None]:
    # JSON has no number that is none.
    return [float(score) if math.isfinite(score) else None for score in scores]


def _print_summary(folder: Path) -> None:
    from hippokv.protocols.running.results_folder import read_summary

    summary = read_summary(folder)
    say(f"{printable(summary.protocol)}, seed {summary.seed}")
    own, spread = summary.uninformed_mean, summary.uninformed_sd
    head = f"{'':<24}{'spiking':>10}{'rate model':>12}"
    head += f"{'paper':>10}" if summary.paper else ""
    say(f"  {head}{'uninformed':>12}" if own else f"  {head}")
    for name, score in {**summary.metrics, **summary.spike_scores}.items():
        scores = f"{_digits(score):>10}{_digits(summary.prediction.get(name)):>12}"
        if summary.paper:
            scores += f"{_digits(summary.paper.get(name)):>10}"
        if own:
            several = f" ± {_digits(spread[name])}" if spread.get(name) else ""
            scores += f"{_digits(own.get(name)):>12}{several}"
        say(f"  {printable(name):<24}{scores}")
    notes = (summary.uninformed_note, summary.prediction_note, summary.not_repeatable)
    for words in (*notes, *(f"warning: {line}" for line in summary.warnings)):
        if words:
            say(f"  {printable(words)}")
    timing = summary.timing
    compiled = f", compiled in {timing.build_s:.0f} s" if timing.build_s else ""
    say(f"  {timing.simulated_s:.1f} s simulated in {timing.run_s:.1f} s{compiled}")


def _digits(score: float | None) -> str:
    if score is None:
        return "-"
    return f"{score:.4f}" if abs(score) < 1e5 else f"{score:.3g}"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except (FileNotFoundError, ValueError):
        return str(path)
