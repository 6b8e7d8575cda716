"""What a notebook shows of an object beside its line of text.

What draws stands in a layer above the objects that are drawn, so it is found by its name when a
notebook asks, and by nothing else.
"""

from __future__ import annotations

import sys
from importlib import import_module

#: The module that has ``html_of``.
DRAWN_BY = "hippokv.analysis.figures.notebook"


class ShownInNotebooks:
    """Let a notebook show an object as a page: tables and a drawing."""

    def _repr_html_(self) -> str:
        html: str = import_module(DRAWN_BY).html_of(self)
        return html


def in_notebook() -> bool:
    """Return whether a notebook's kernel runs this, which no terminal shows."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")
