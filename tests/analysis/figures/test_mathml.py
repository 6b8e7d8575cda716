"""Mathematics in MathML: nothing lost, nothing reordered, brackets where they are needed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from hippokv.analysis.figures.mathml import condition_line, equation_line, statement_lines


def plain(math: str) -> str:
    """Return MathML as text, fractions as (a)/(b)."""

    def words(node: ElementTree.Element) -> str:
        inner = [words(child) for child in node]
        if node.tag == "mfrac":
            return f"({inner[0]})/({inner[1]})"
        if node.tag in ("msup", "msub"):
            return f"{inner[0]}{'^' if node.tag == 'msup' else '_'}({inner[1]})"
        if node.tag == "msqrt":
            return f"sqrt({''.join(inner)})"
        if node.tag == "mspace":
            return " "
        return (node.text or "") + "".join(inner)

    return re.sub(r" +", " ", words(ElementTree.fromstring(math)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a*(b + c)", "a·(b+c)"),
        ("a - (b - c)", "a−(b−c)"),
        ("a - b - c", "a−b−c"),
        ("(a + b)/c*d", "(a+b)/(c)·d"),
        ("a/(b*c)", "(a)/(b·c)"),
        ("-a*b", "−a·b"),
        ("-(a + b)", "−(a+b)"),
        ("c - -a*b*d", "c−(−a·b·d)"),
        ("a*-b", "a·(−b)"),
        ("(a/b)**2", "((a)/(b))^(2)"),
        ("a**(b + 1)", "a^(b+1)"),
        ("sqrt(1 - kept**2)", "sqrt(1−kept^(2))"),
        ("exp(-t/key_tau)", "e^((−t)/(τ_(key)))"),
        ("clip(x, 0, 1)", "clip(x,0,1)"),
        ("int(t < until)", "[t<until]"),
        ("t > a and (b or not c)", "t>a and (b or not c)"),
        ("v_dendrite", "v_(dendrite)"),
        ("acetylcholine_post", "acetylcholine_(post)"),
        ("resting_voltage", "resting voltage"),
        ("key_tau_post", "τ_(key post)"),
    ],
)
def test_expressions(text: str, shown: str) -> None:
    assert plain(condition_line(text).math) == shown


def test_equations_and_statements() -> None:
    line = equation_line("dv/dt = (leak*(rest - v) + i_now)/c", "volt (unless refractory)")
    assert plain(line.math) == "(dv)/(dt)=(leak·(rest−v)+i_(now))/(c)"
    assert line.unit == "volt (unless refractory)" and not line.declared
    assert equation_line("flag", "1").declared
    shown = [plain(one.math) for one in statement_lines("a = b\nc += d - e\nf *= g + h\nx /= y")]
    assert shown == ["a←b", "c←c+(d−e)", "f←f·(g+h)", "x←(x)/(y)"]


def test_a_long_sum_has_a_row_for_each_term() -> None:
    term = "a_long_conductance*(a_reversal - v)"
    math = condition_line(f"{term} + {term} - {term}").math
    assert math.count("<mtr>") == 3
    assert plain(math).count("·(") == 3


def test_what_is_no_mathematics_is_refused() -> None:
    for text in ("a if b else c", "[1, 2]", "x.y(1)", "a ="):
        with pytest.raises((ValueError, SyntaxError)):
            condition_line(text)
    with pytest.raises(ValueError, match="statement"):
        list(statement_lines("import os"))


def test_signs_of_html_are_escaped() -> None:
    assert "&lt;" in condition_line("a < b").math
    assert "<script" not in condition_line("a == '<script>'").math
