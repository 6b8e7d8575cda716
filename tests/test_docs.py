"""The page of messages says what is printed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "when_something_goes_wrong.md"
FOLDERS = ("circuits", "analysis", "protocols", "src")
#: What differs from one message to another, and marks beside which texts are put together.
FILLED_IN = re.compile(
    r"\.\.\.|[():;,=]|\d[\d.]*|(?:clang|g|c)\+\+|SIG[A-Z]+|"
    r"(?:slot|feedforward)_memory|figures/\S+png|results\.csv|/tmp|by everybody|CXX|HIPPOKV_CACHE"
)


def messages() -> list[str]:
    """Return the lines of the page that stand for what is printed."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("    ")]


@pytest.fixture(scope="module")
def code() -> str:
    """Return every text in the product's code, with what is filled in left out."""
    found = []
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    found += [path.read_text(encoding="utf-8") for path in (ROOT / "circuits").rglob("*.h")]
    return "\n".join(found)


def test_the_page_has_messages() -> None:
    assert len(messages()) > 15


@pytest.mark.parametrize("message", messages())
def test_a_message_is_one_that_the_code_prints(message: str, code: str) -> None:
    """Every stretch of words between what is filled in stands in the code."""
    stretches = [part.strip(" '") for part in FILLED_IN.split(message)]
    stretches = [part for part in stretches if part.isascii() and len(part) > 5]
    assert stretches
    assert not [part for part in stretches if part not in code]
