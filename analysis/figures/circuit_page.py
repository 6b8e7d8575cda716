"""What a circuit is, as HTML: for the report of a run, or as a page with a drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from hippokv.circuits.account import (
    EQUATIONS_NOTE,
    EQUATIONS_TITLE,
    SETTINGS_TITLE,
    Account,
    Mathematics,
    PartAccount,
    Setting,
    joined,
    plain_lines,
    text_of,
)

from .mathml import Line, condition_line, equation_line, statement_lines
from .report import Picture, breakable, figure_html, folded, page_html
from .style import population_name

#: How mathematics of each kind is read.
READERS: Mapping[str, Callable[[str], list[Line]]] = {
    "equations": lambda text: [equation_line(*one) for one in joined(text)],
    "condition": lambda text: [condition_line(text)],
    "statements": lambda text: list(statement_lines(plain_lines(text))),
}


def circuit_page(account: Account, about: str, drawing: Picture) -> str:
    """Return a circuit as a page that needs no other file.

    Parameters
    ----------
    account
        What there is to say of it.
    about
        What it is, in a few paragraphs with empty lines between.
    drawing
        Its populations and projections.
    """
    title = account.name.replace("_", " ")
    body = [
        f"<h1>{escape(title[0].upper() + title[1:])}</h1>",
        *(f"<p>{escape(part)}</p>" for part in about.split("\n\n") if part.strip()),
        f'<div class="wide">{figure_html(drawing)}</div>',
        circuit_html(account),
        folded("All of it as plain text", f"<pre>{escape(text_of(account))}</pre>", "long"),
    ]
    return page_html(f"HippoKV: {title}", "\n".join(body))


def circuit_html(account: Account) -> str:
    """Return populations, projections, equations and settings of a circuit, without its drawing."""
    parts = [
        circuit_overview(account),
        f"<h2>{EQUATIONS_TITLE}</h2>\n<p>{escape(EQUATIONS_NOTE)}</p>",
        *(_part(part) for part in (*account.populations, *account.projections)),
        _settings(account.settings),
    ]
    return "\n".join(part for part in parts if part)


def circuit_overview(account: Account) -> str:
    """Return what was changed in a circuit, its populations and its projections, as tables."""
    changes = "".join(f"<li>{escape(change)}</li>" for change in account.changes)
    parts = [
        f"<p>Changed since it was made:</p><ul>{changes}</ul>" if changes else "",
        _overview("Populations", account.populations),
        _overview("Projections", account.projections),
    ]
    return "\n".join(part for part in parts if part)


def _overview(title: str, parts: Sequence[PartAccount]) -> str:
    if not parts:
        return ""
    rows = (
        f'<tr><th scope="row">{breakable(part.name)}{_title(part)}</th>'
        f'<td class="number">{part.cells:,}</td><td class="text">{_facts(part)}</td></tr>'
        for part in parts
    )
    count = "cells" if title == "Populations" else "synapses"
    return (
        f'<h2>{title}</h2>\n<table class="parts">\n<thead><tr><th></th>'
        f'<th class="number">{count}</th><th></th></tr></thead>\n<tbody>\n'
        + "\n".join(rows) + "\n</tbody>\n</table>"
    )  # fmt: skip


def _title(part: PartAccount) -> str:
    if "->" in part.title:
        return f" <small>{escape(part.title.replace('->', '→'))}</small>"
    name = population_name(part.name)
    return f" <small>{escape(name)}</small>" if name != part.name.replace("_", " ") else ""


def _facts(part: PartAccount) -> str:
    return escape("; ".join(f"{name} {said}".strip() for name, said in part.facts))


def _part(part: PartAccount) -> str:
    lines = [
        f"<h3>{breakable(part.name)} <small>{escape(part.title.replace('->', '→'))}</small></h3>",
        f'<p class="label">{escape("; ".join(part.reads))}</p>' if part.reads else "",
        *(line for one in part.mathematics for line in _mathematics(one)),
        _numbers(part),
    ]
    return "\n".join(line for line in lines if line)


def _mathematics(one: Mathematics) -> Iterator[str]:
    yield f'<p class="label">{escape(one.label)}</p>'
    try:
        lines = READERS[one.kind](one.text)
    except (SyntaxError, ValueError, LookupError):
        # What others write may be mathematics to the simulator alone.
        yield f"<pre>{escape(plain_lines(one.text))}</pre>"
        return
    # What is only declared goes one behind the other.
    for declared, some in groupby(lines, lambda line: line.declared):
        shown = [f"<span>{line.math}{_unit(line)}</span>" for line in some]
        for words in ["\n".join(shown)] if declared else shown:
            yield f'<div class="maths">{words}</div>'


def _unit(line: Line) -> str:
    return f"<small>{escape(line.unit)}</small>" if line.unit else ""


def _numbers(part: PartAccount) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{breakable(one.name)}</th><td>{_spaced(one.value)}</td>'
        f"<td>{breakable(one.origin)}</td></tr>"
        for one in part.numbers
    )
    table = f'<table class="held">\n<tbody>\n{rows}\n</tbody>\n</table>'
    return (
        f'<details class="small">\n<summary>numbers</summary>\n{table}\n</details>' if rows else ""
    )


def _spaced(value: str) -> str:
    return escape(value).replace(" u", " µ") if value[:1].isdigit() else escape(value)


def _settings(settings: Sequence[Setting]) -> str:
    if not settings:
        return ""
    rows = "\n".join(
        f'<tr><th scope="row">{breakable(one.key)}</th><td>{escape(one.value)}</td>'
        f"<td>{escape(one.unit)}</td>"
        f'<td class="words">{escape(one.meaning)}</td>'
        f'<td class="source">{escape(one.source)}</td></tr>'
        for one in settings
    )
    heads: Any = ("key", "value", "unit", "meaning", "source")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<h2>{SETTINGS_TITLE}</h2>\n<table class="settings">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )
