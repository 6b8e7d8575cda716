"""The report: one HTML file with the scores beside the prediction, the figures and the settings.

It needs no other file, no network and no script: figures are embedded, and the same bytes can be
written to files of their own. It can be read on a phone, printed, and shown light or dark.
"""

from __future__ import annotations

import base64
import logging
import math
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeGuard

from hippokv.errors import InputError, cause

from ..recall.groups import DELAY, FLASHBULB_DELAY, LIST
from .style import PAGE_PX_PER_DOT, look, population_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")
_log = logging.getLogger("hippokv")

#: What the scores mean, for those who have not read the protocol.
METRIC_MEANINGS: Mapping[str, str] = {
    "accuracy": "fraction of value bits right, a tie counting one half",
    "accuracy_strict": "fraction of value bits right, a tie counting as wrong",
    "accuracy_hidden": "fraction right of the value bits that the cue did not give, a tie "
    "counting one half",
    "accuracy_strict_hidden": "fraction right of these bits, a tie counting as wrong",
    "attention_tv": "total variation distance between the shares of the slots and the softmax of "
    "the rate model, mean over recalls",
    "attention_floor": "the same distance that sampling alone would make, by as many spikes from "
    "that softmax",
    "agreement": "part of the value bits in which spikes and rate model agree, right or wrong; a "
    "tie agrees by half with an answer",
    "plateaus_per_item": "slots that took each item, mean",
    "one_plateau": "fraction of items that went to exactly one slot",
    "least_recent": "fraction of items that went to the least recently used slot alone",
    "key_error": "mean absolute error of key weights (0 to 1) against the item taken last",
    "key_error_max": "mean absolute error of the key weights of the worst slot",
    "value_error": "mean absolute error of value weights (0 to 1) against the item taken last",
    "value_error_max": "mean absolute error of the value weights of the worst slot",
    "inverse_temperature": "sharpness of the competition relative to the softmax of the rate "
    "model, 1 where it is the same",
    "rms_points": "root mean square of the differences to published means, in percentage points",
    "renewal": "freezing back in the place of the shock, less that in a third place",
    "acquisition_kept": "part left at the end of the keys that the shocks had written",
    "spacing_benefit": "part recalled of the items studied with a gap, less that of those without",
    "massed": "part recalled of the items studied twice at once",
    "spaced": "part recalled of the items studied twice with a gap",
    "others_change": "accuracy of the other items under light, less that in the dark",
    "engram_plateaus": "fraction of the tagged slots with a plateau under light",
    "other_plateaus": "number of other slots with a plateau under light",
    "path_r2": "share of the variance of the place that the integrated path explains, with the "
    "period given",
    "path_r2_x": "the same of the place along x",
    "path_r2_y": "the same of the place along y",
    "path_error_periods": "root mean square distance of the integrated from the true place, in "
    "periods, with the period given",
    "path_r2_fitted": "share of the variance of the place that the integrated path explains, with "
    "the period that fits best",
    "path_r2_x_fitted": "the same of the place along x",
    "path_r2_y_fitted": "the same of the place along y",
    "path_error_periods_fitted": "root mean square distance of the integrated from the true place,"
    " in periods, with the period that fits best",
    "path_period_cm": "period that fits best: how far the animal moves for a turn of the torus",
    "path_diffusion_cm2_per_s": "diffusion constant of the error of the integrated path",
    "bump_concentration": "length of the population vector on the sheet, from 0 (activity "
    "everywhere) to 1 (a point), mean over time",
    "gridness": "gridness of the mapped cells, median",
    "gridness_shuffled": "gridness after their spikes were shifted in time, median",
    "grid_cells": "fraction of the mapped cells whose gridness is above the 95th percentile of "
    "their own shuffles",
    "spacing_cm": "distance of neighbouring firing fields, median over cells",
    "orientation_deg": "direction of the first axis of the lattice, mean over cells",
    "capacity": "number of items from which on fewer than 98 % of the bits are right",
    "effect_of_own_length": "accuracy of short lists less that of long ones, one list later",
    "effect_of_next_length": "accuracy of the same items after a short list less that after a long "
    "one",
    "effect_of_number": "accuracy of the same items after one list less that after several",
    "interaction": "what damage to keys takes from match less what it takes from content, less the "
    "same of damage to values",
}
#: Scores of several kinds of recall, by how their names begin; the kind follows.
GROUP_MEANINGS: Mapping[str, str] = {
    "freezing_": "part of the time frozen: 0.56 times the share of the slots with a shock in the "
    "attention to all slots of this life",
    "recalled_": "part of these items of which at least 90 % of the value's bits come back",
    "accuracy_": "fraction of value bits right in these recalls, a tie counting one half",
    "benefit_": "by how much more is recalled after this delay of items that were tested than of "
    "those that were studied again",
    "won_": "fraction of these recalls that are closer to the value asked for than to its rival",
    "accessibility_": "probability that a location comes back at all in these recalls: weight of "
    "the von Mises distribution in the mixture fitted to the errors",
    "spread_deg_": "circular standard deviation of the locations that come back in these recalls, "
    "in degrees",
    "engram_share": "share of the hippocampal spikes in these recalls that tagged slots fire",
    "new_": "fraction of the bits of the new value in these recalls",
    "false_": "fraction of these recalls that are closer to the new value than to their own",
    "content_": "fraction of value bits right in these recalls",
    "rate_Hz_": "mean firing rate of a cell during recalls",
    "cv_": "coefficient of variation of the intervals between spikes of a cell within recalls",
    "match_auc_": "probability that a stored cue has a larger match signal than a novel one",
}
#: Scores of the activity of each population, and the heads of their columns.
ACTIVITY: Mapping[str, str] = {
    "rate_Hz_": "rate (Hz)",
    "cv_": "CV",
    "synchrony_": "synchrony",
}
ACTIVITY_NOTE = (
    "Rate: mean of all cells. CV: coefficient of variation of the intervals between spikes of a "
    "cell, mean of the cells with at least ten; 0 of a clock, 1 of a Poisson process. Synchrony: "
    "how much cells fire in the same 5 ms, from 1 over the root of their number where each fires "
    "for itself to 1 where all fire together."
)
CERTAINTY_NOTE = (
    "Below a score its 95 % interval, over the recalls of this one run; n: recalls that it rests "
    "on; chance: what guessing gives, of attention_tv what sampling alone makes of as many spikes, "
    "below which it cannot be expected."
)
TIMING_NAMES: Mapping[str, str] = {
    "build_s": "compiling the circuit",
    "run_s": "running the circuit",
    "simulated_s": "biological time simulated",
    "total_s": "all in all",
}

#: Titles of figures whose name says too little.
TITLES: Mapping[str, str] = {
    "spikes": "spikes of all populations",
    "groups": "recall, kind by kind",
    "accuracy": "accuracy of each item",
    "items": "accuracy of each item",
    "attention": "attention over slots",
    "selection": "which slot took which item",
    "strip": "stored, cued, recalled",
    "weights": "weights of keys and values",
    "lists": "accuracy against the length of the list",
    "delays": "accuracy against the steps since storage",
    "traces": "inside single cells",
    "synapses": "synapses over time",
    "sheets": "bumps on the sheets",
    "item": "one item stored and recalled",
    "way": "bumps along the path",
    "shares": "what succeeded, as a share of all tries",
    "codes": "correlation of hippocampal codes",
    "dissociation": "content and match under each damage",
    "consolidation": "recall against the age of items",
    "gist": "what items of a category share and what is their own, against age",
    "path": "paths walked and integrated",
    "drift": "drift of the integrated path",
    "firing": "firing maps of single cells",
}

#: Formats of figures; reports have the first.
FORMATS = ("png", "svg", "pdf")
_ALSO: ContextVar[str] = ContextVar("also", default="")

_NONE = "\N{EN DASH}"
#: Scores of floating numbers are not told apart more finely.
ROUNDING = 1e-6
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --soft: #666666;
  --rule: #d5d5d5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #16181b; --soft: #a3a3a3; --rule: #3a3d42; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 56rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { margin: 0 0 .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid var(--rule); font-weight: normal; }
thead th { color: var(--soft); font-size: .85rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  padding: .35rem 0 .35rem .7rem; }
td.text { font-variant-numeric: tabular-nums; width: 50%; }
small { display: block; color: var(--soft); font-size: .82rem; line-height: 1.35; }
figure { margin: 1.2rem 0 2.2rem; }
figure { overflow-x: auto; }
figure img { display: block; max-width: 100%; height: auto; background: #ffffff;
  border-radius: 4px; }
figcaption { color: var(--soft); font-size: .88rem; line-height: 1.45; margin-top: .5rem; }
details { margin-top: 2.2rem; }
summary { font-size: 1.15rem; font-weight: bold; cursor: pointer; margin-bottom: .6rem; }
.maths { overflow-x: auto; padding: .15rem 0 .15rem 1rem; font-size: 1.02rem; }
.maths small { display: inline; padding-left: .6rem; white-space: nowrap; }
.maths span { display: inline-block; padding-right: 1.6rem; }
table.settings { font-size: .85rem; }
table.settings th, table.settings td:nth-child(-n+3) { overflow-wrap: normal; }
table.settings td:nth-child(-n+3) { white-space: nowrap; }
math { font-family: "STIX Two Math", "Latin Modern Math", "Cambria Math", "DejaVu Math TeX Gyre",
  math, serif; }
math mtable.sum mtd { text-align: left; padding: .22em 0; }
math mfrac > * { padding: .12em .2em; }
pre { overflow-x: auto; overflow-wrap: normal; font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono",
  Menlo, Consolas, monospace; margin: .2rem 0 .6rem 1rem; }
.interactive { margin: -1rem 0 2.2rem; font-size: .88rem; }
.interactive canvas { display: block; width: 100%; background: #ffffff; border-radius: 4px;
  cursor: grab; touch-action: pan-y; }
.interactive canvas:focus-visible { outline: 2px solid #1478d4; }
.interactive output { display: block; min-height: 3em; margin: .4rem 0; color: var(--soft); }
.interactive fieldset { border: 0; padding: 0; margin: 0; }
.interactive legend { float: left; padding: 0 .8rem 0 0; }
.interactive label { display: inline-block; margin-right: 1rem; }
.interactive .tools { margin-bottom: .5rem; }
nav { font-size: .9rem; margin: 0 0 1rem; }
nav a { color: inherit; }
h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
h3 small { display: inline; font-weight: normal; padding-left: .5rem; }
p.label { margin: .5rem 0 0; color: var(--soft); font-size: .85rem; }
td.number + td { padding-left: 1.4rem; }
details.small { margin-top: .6rem; }
details.small summary { font-size: .85rem; font-weight: normal; color: var(--soft); }
.wide { overflow-x: auto; }
.wide figure { margin-bottom: .6rem; }
.wide img { min-width: 46rem; }
table.held { width: auto; margin-left: 1rem; font-size: .85rem; }
table.held th, table.held td { padding-top: .1rem; padding-bottom: .1rem; border: 0; }
@media screen and (max-width: 36rem) {
  table.settings thead { display: none; }
  table.settings tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--rule); }
  table.settings th, table.settings td { display: inline; border: 0; padding: 0 .4rem 0 0; }
  table.settings td.words, table.settings td.source { display: block; font-size: .85rem; }
  table.settings td.source { color: var(--soft); }
  .maths, pre, table.held { margin-left: 0; padding-left: 0; }
}
@media screen and (max-width: 36rem) {
  /* The numbers go below the name, which would otherwise be squeezed between them. */
  table.scores tr { display: grid; grid-template-columns: repeat(3, 1fr); padding: .4rem 0;
    border-bottom: 1px solid var(--rule); }
  table.scores.four tr { grid-template-columns: repeat(4, 1fr); }
  table.scores.six tr { grid-template-columns: repeat(3, 1fr); }
  table.scores.seven tr { grid-template-columns: repeat(4, 1fr); }
  table.scores th, table.scores td { border: 0; padding: .1rem 0; }
  table.scores th:first-child { grid-column: 1 / -1; }
  table.scores thead th:first-child { display: none; }
  table.parts tr { display: grid; grid-template-columns: 1fr auto; padding: .4rem 0;
    border-bottom: 1px solid var(--rule); }
  table.parts th, table.parts td { border: 0; padding: .1rem 0; }
  table.parts td.text { grid-column: 1 / -1; width: auto; color: var(--soft); }
  /* Letters of 7 points stay above 9 pixels: what is wider is pushed aside with a finger. */
  figure img { width: 42rem; max-width: none; }
  figcaption { position: sticky; left: 0; }
}
@media print {
  :root { color-scheme: light; --ink: #000000; --paper: #ffffff; --soft: #444444; --rule: #bbbbbb; }
  @page { margin: 1.2cm; }
  body { max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.25; }
  h2 { margin: .9rem 0 .3rem; }
  h3 { margin: .5rem 0 .2rem; break-after: avoid; }
  details { margin-top: .9rem; }
  th, td { padding-top: .1rem; padding-bottom: .1rem; }
  td.number, th.number { padding: .1rem 0 .1rem .35rem; }
  table { font-size: 8pt; }
  thead th { font-size: 7.5pt; }
  table.scores th:first-child { width: 45%; }
  figcaption, small { font-size: 7.5pt; line-height: 1.25; }
  table.parameters, table.parameters tbody { display: block; }
  table.parameters tbody { columns: 4; column-gap: .4cm; font-size: 5.5pt; line-height: 1.1; }
  table.parameters tr { display: flex; justify-content: space-between; }
  table.parameters th, table.parameters td { padding: 0; }
  table.parameters td.text { width: auto; text-align: right; }
  details::details-content { content-visibility: visible; }
  details.long:not([open])::details-content { content-visibility: hidden; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  figure { overflow: visible; margin: .3rem 0 .8rem; }
  figure img { width: auto; max-width: 100%; max-height: 6.8cm; margin: 0 auto; }
  #spikes img { max-height: 23.5cm; }
  nav, .interactive { display: none; }
}
"""


@dataclass(frozen=True)
class Picture:
    """Hold a figure as it is written to a file and embedded in a report.

    Parameters
    ----------
    name
        Name of its file, without the ending: small letters, digits, ``-`` and ``_``.
    caption
        What it shows, so that it can be read on its own.
    failure
        Why there is no image, where it could not be drawn.
    seen
        What is to be seen in it, for those who do not see it; otherwise the caption begins so.
    interactive
        Makes HTML that shows the same and can be zoomed; the report has both.
    vector
        The same in the format that :func:`also_as` asked for.

    Raises
    ------
    ValueError
        For a name that is not fit for a file, or an image that is not a PNG.
    """

    name: str
    caption: str
    png: bytes = b""
    failure: str = ""
    seen: str = ""
    interactive: Callable[[], str] | None = None
    vector: bytes = b""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_-]+", self.name):
            raise ValueError(f"{self.name!r} cannot name a picture: use a-z, 0-9, - and _")
        if not self.failure and not self.png.startswith(_PNG_SIGNATURE):
            raise ValueError(f"picture {self.name!r} is not a PNG")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = struct.unpack(">II", self.png[16:24])
        return width, height

    @property
    def title(self) -> str:
        """Words above it."""
        words = TITLES.get(self.name) or _words(self.name)
        return f"{words[:1].upper()}{words[1:]}"

    @property
    def alternative(self) -> str:
        """What is said in its place where it is not seen."""
        return f"{self.title}. {self.seen or self.caption.partition('. ')[0].rstrip('.') + '.'}"


def check_format(kind: str) -> None:
    """Make sure that figures can be drawn in a format.

    Raises
    ------
    InputError
        Where it is none of ``FORMATS``.
    """
    if kind not in FORMATS:
        raise InputError("--format", kind, f"must be one of {', '.join(FORMATS)}")


@contextmanager
def also_as(kind: str) -> Iterator[None]:
    """Let figures that are rendered inside the block also be drawn in another format.

    Parameters
    ----------
    kind
        One of ``FORMATS``; the first asks for nothing more.
    """
    before = _ALSO.set("" if kind == FORMATS[0] else kind)
    try:
        yield
    finally:
        _ALSO.reset(before)


def render(figure: Figure, name: str, caption: str, seen: str = "") -> Picture:
    """Turn a figure into the picture that files and reports share.

    Parameters
    ----------
    name
        Name of the picture's file, without the ending.
    """
    stream = BytesIO()
    with look():
        # Most of a slower compression's time would go into a few per cent of size. Without the
        # software's name and version, equal figures are equal bytes.
        figure.savefig(
            stream, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 2}
        )
        vector = BytesIO()
        if kind := _ALSO.get():
            undated = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}
            figure.savefig(vector, format=kind, metadata=undated[kind])
    return Picture(name, caption, stream.getvalue(), seen=seen, vector=vector.getvalue())


def drawn(
    name: str, caption: str, draw: Callable[P, Figure], *given: P.args, **named: P.kwargs
) -> Picture:
    """Draw a figure and turn it into a picture; one that cannot be drawn costs itself alone.

    What went wrong is one line of the log, which goes to standard error unless the user's program
    says otherwise, and stands in the picture.

    Parameters
    ----------
    name
        Name of the picture's file, without the ending.
    """
    try:
        figure = draw(*given, **named)
        return render(figure, name, caption, str(figure.get_label()))
    except Exception as error:
        return missing(name, caption, error)


def missing(name: str, caption: str, error: BaseException) -> Picture:
    """Return a picture that could not be drawn, and say so in one line of the log."""
    failure = cause(error)
    _log.warning("hippokv: picture could not be drawn: %s (%s)", _words(name), failure)
    return Picture(name, caption, failure=failure)


def write_report(
    path: Path,
    title: str,
    text: str,
    summary: Mapping[str, Any],
    parameters: Mapping[str, Any],
    pictures: Sequence[Picture],
    meanings: Mapping[str, str] = MappingProxyType({}),
    circuit: str = "",
) -> None:
    """Write a report to a file.

    Parameters
    ----------
    path
        The file, overwritten if it exists.
    title
        What the page is called.
    text
        What was done, in a few sentences; empty lines part paragraphs.
    summary
        What ``summary.json`` holds: ``protocol``, ``seed``, ``metrics``, ``prediction``,
        ``uninformed``, ``timing`` and ``provenance``, each left out where there is none.
    parameters
        Every setting of the run, flat with dotted keys or nested.
    pictures
        The figures, in the order of the page.
    meanings
        What scores mean, by name, beside those of ``METRIC_MEANINGS``.
    circuit
        HTML that says what the circuit is, see :mod:`.circuit_page`.
    """
    page = report_html(title, text, summary, parameters, pictures, meanings, circuit)
    path.write_text(page, encoding="utf-8")


def report_html(
    title: str,
    text: str,
    summary: Mapping[str, Any],
    parameters: Mapping[str, Any],
    pictures: Sequence[Picture],
    meanings: Mapping[str, str] = MappingProxyType({}),
    circuit: str = "",
) -> str:
    """Return the report as one HTML page; see :func:`write_report`."""
    facts = [f"{name} {summary[name]}" for name in ("protocol", "seed") if name in summary]
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip()),
        f"<p><small>{escape(', '.join(facts))}</small></p>" if facts else "",
        _contents(pictures),
        _metrics(summary, meanings),
        '<h2 id="figures">Figures</h2>' if pictures else "",
        *(titled_html(picture) for picture in pictures),
        _section("Time", _timing(summary.get("timing", {}))),
        folded("Circuit", circuit, "long"),
        folded("Parameters", _table(dict(_flat(parameters)), "parameters") if parameters else ""),
        _section("Provenance", dict(_flat(summary.get("provenance", {})))),
    ]
    return page_html(title, "\n".join(part for part in parts if part))


def _contents(pictures: Sequence[Picture]) -> str:
    links = " \N{MIDDLE DOT} ".join(
        f'<a href="#{picture.name}">{escape(picture.title)}</a>' for picture in pictures
    )
    return f'<nav aria-label="Figures">{links}</nav>' if links else ""


def page_html(title: str, body: str) -> str:
    """Return a page in the look of the report."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _metrics(summary: Mapping[str, Any], meanings: Mapping[str, str]) -> str:
    metrics = {**summary.get("metrics", {}), **summary.get("spike_scores", {})}
    prediction = summary.get("prediction", {})
    certainty = summary.get("certainty", {})
    uninformed = summary.get("uninformed", {})
    own, spread = uninformed.get("mean", {}), uninformed.get("sd", {})
    paper = summary.get("paper", {})
    # Those of spikes alone stand last.
    names = [
        name
        for name in dict.fromkeys([*summary.get("metrics", {}), *prediction, *metrics])
        if not name.startswith(tuple(ACTIVITY))
        # It stands beside the distance that it is the floor of.
        and not (name == "attention_floor" and "attention_tv" in certainty)
    ]
    if not names:
        return ""
    rows = []
    for name in names:
        found, predicted = metrics.get(name), prediction.get(name)
        meaning = meaning_of(name, meanings)
        small = f"<small>{escape(meaning)}</small>" if meaning else ""
        certain = certainty.get(name, {})
        within = [certain.get("low"), certain.get("high")]
        range_of = " to ".join(map(_shown, within)) if all(map(_is_finite, within)) else ""
        cells = [escape(_shown(found)) + (f"<small>{range_of}</small>" if range_of else "")]
        if certainty:
            cells += [escape(_shown(certain.get("n"))), escape(_shown(certain.get("chance")))]
        cells.append(escape(_shown(predicted)))
        if paper:
            cells.append(escape(_shown(paper.get(name))))
        if own:
            around = _shown(spread.get(name))
            several = f"<small>± {around}</small>" if around not in ("0", _NONE) else ""
            cells.append(f"{escape(_shown(own.get(name)))}{several}")
        cells.append(escape(_difference(found, predicted)))
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        rows.append(f'<tr><th scope="row">{breakable(name)}{small}</th>{numbers}</tr>')
    head = "".join(
        f'<th scope="col" class="number">{title}</th>'
        for title in (
            "circuit", *(("n", "chance") if certainty else ()), "rate model",
            *(("paper",) if paper else ()), *(("uninformed",) if own else ()), "difference",
        )
    )  # fmt: skip
    note = uninformed.get("note", "")
    less = "; difference: circuit less rate model" if own else ""
    wide = " seven" if own and certainty and paper else " six" if own and certainty else ""
    wide = wide or (" four" if own else "")
    return (
        f'<h2>Scores</h2>\n<table class="scores{wide}">\n<thead><tr>'
        f'<th scope="col">score</th>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody>\n</table>"
        + (f'\n<p class="label">{escape(CERTAINTY_NOTE)}</p>' if certainty else "")
        + (f'\n<p class="label">{escape(_sentence(note + less))}</p>' if note else "")
        + _activity(metrics)
    )


def _activity(scores: Mapping[str, Any]) -> str:
    """Return how each population fired, a row each."""
    names = [
        name.removeprefix("rate_Hz_") for name in scores if name.startswith("rate_Hz_")
    ]  # fmt: skip
    rows = "\n".join(
        f'<tr><th scope="row">{escape(population_name(name))}</th>'
        + "".join(
            f'<td class="number">{_rounded(scores.get(start + name))}</td>' for start in ACTIVITY
        )
        + "</tr>"
        for name in names
    )
    heads = "".join(
        f'<th scope="col" class="number">{escape(words)}</th>' for words in ACTIVITY.values()
    )
    return (
        f'\n<h2>Firing during recalls</h2>\n<table class="activity">\n<thead><tr>'
        f'<th scope="col">population</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n'
        f'</table>\n<p class="label">{escape(ACTIVITY_NOTE)}</p>'
        if names
        else ""
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def meaning_of(name: str, meanings: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return what a score means, by the protocol's own words first; empty if nobody says.

    Words under a name that ends with ``_`` are those of all kinds of recall.
    """
    if name in meanings:
        return meanings[name]
    own = {start: words for start, words in meanings.items() if start.endswith("_")}
    for start, words in (own | {**GROUP_MEANINGS, **own}).items():
        if name.startswith(start) and name not in METRIC_MEANINGS:
            return words.replace("these recalls", _recalls(name.removeprefix(start)))
    return METRIC_MEANINGS.get(name, "")


def _recalls(group: str) -> str:
    """Return which recalls a group is, in words."""
    for start, words in (
        (FLASHBULB_DELAY, "flashbulb items {} steps after storage"),
        (DELAY, "items {} steps after storage"),
        (LIST, "lists of {} items"),
    ):
        number = group.removeprefix(start)
        if group.startswith(start) and number.isdigit():
            told = words.format(number)
            return (
                f"recalls of {told.replace(' 1 items', ' 1 item').replace(' 1 steps', ' 1 step')}"
            )
    return f"recalls \N{LEFT DOUBLE QUOTATION MARK}{group}\N{RIGHT DOUBLE QUOTATION MARK}".replace(
        "_", " "
    )


def titled_html(picture: Picture) -> str:
    """Return a picture with its title above it, and below it what can be zoomed."""
    title = f"<h3>{escape(picture.title)}</h3>\n" if not picture.failure else ""
    more = ""
    if picture.interactive:
        try:
            more = picture.interactive()
        except Exception as error:
            words = _words(picture.name)
            _log.warning("hippokv: %s cannot be zoomed in the report (%s)", words, cause(error))
    return f"{title}{figure_html(picture)}\n{more}" if more else title + figure_html(picture)


def figure_html(picture: Picture) -> str:
    """Return a picture with its caption, embedded in the page."""
    words = escape(picture.alternative)
    if picture.failure:
        words, reason = escape(_words(picture.name)), escape(picture.failure)
        return f'<p id="{picture.name}">Picture that could not be drawn: {words} ({reason}).</p>'
    width, height = (round(PAGE_PX_PER_DOT * dots) for dots in picture.size)
    source = "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")
    return (
        f'<figure id="{picture.name}">\n'
        f'<img alt="{words}" width="{width}" height="{height}" src="{source}">\n'
        f"<figcaption>{escape(picture.caption)}</figcaption>\n</figure>"
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _timing(timing: Mapping[str, Any]) -> dict[str, str]:
    rows = {
        TIMING_NAMES.get(name, name): f"{value:.2f} s" if _is_finite(value) else _NONE
        for name, value in timing.items()
    }
    run, simulated = timing.get("run_s"), timing.get("simulated_s")
    if _is_finite(run) and _is_finite(simulated) and run:
        rows["speed"] = f"{simulated / run:.3g} times real time"
    return rows


def _section(title: str, rows: Mapping[str, Any]) -> str:
    return f"<h2>{escape(title)}</h2>\n{_table(rows)}" if rows else ""


def folded(title: str, body: str, kind: str = "") -> str:
    """Return a part of a page that opens when it is clicked; nothing where there is nothing.

    One of the kind ``long`` is printed only where it is open.
    """
    begin = f'<details class="{kind}">' if kind else "<details>"
    return f"{begin}\n<summary>{escape(title)}</summary>\n{body}\n</details>" if body else ""


def _table(rows: Mapping[str, Any], kind: str = "") -> str:
    cells = (
        f'<tr><th scope="row">{breakable(name)}</th><td class="text">{escape(str(value))}</td></tr>'
        for name, value in rows.items()
    )
    begin = f'<table class="{kind}">' if kind else "<table>"
    return f"{begin}\n<tbody>\n" + "\n".join(cells) + "\n</tbody>\n</table>"


def breakable(name: str) -> str:
    """Escape a dotted name so that a narrow table breaks it between its words."""
    return re.sub(r"([._])", r"\1<wbr>", escape(name))


def _flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _shown(value: Any) -> str:
    """Return a score in few digits, a dash where there is none."""
    return _digits(value) if _is_finite(value) else _NONE


def _difference(found: Any, predicted: Any) -> str:
    if not (_is_finite(found) and _is_finite(predicted)):
        return _NONE
    difference = found - predicted
    digits = _digits(abs(difference))
    sign = "" if digits == "0" else "+" if difference > 0 else "\N{MINUS SIGN}"
    return f"{sign}{digits}"


def _rounded(value: Any) -> str:
    return f"{value:.3g}" if _is_finite(value) else _NONE


def _digits(number: float) -> str:
    # What is off a whole number by rounding errors is that number.
    if abs(number - round(number)) < ROUNDING and abs(number) < 1e6:
        return f"{round(number)}"
    if not 1e-3 <= abs(number) < 1e6:
        return f"{number:.2g}"
    # Four digits of what is ten or more, and four decimals of what is less.
    whole = len(str(int(abs(number))))
    return f"{number:.{4 if whole == 1 else max(4 - whole, 0)}f}"


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
