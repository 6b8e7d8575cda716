"""Mathematics in MathML, which browsers set: from equations as the simulator reads them.

Equations and statements are expressions of Python, so Python's own parser reads them. Terms stay in
the order in which they are written, and nothing is simplified: what is seen is what is compiled.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

#: Words that are letters.
GREEK = {
    "tau": "τ", "epsilon": "ε", "beta": "β", "gamma": "γ", "theta": "θ", "mu": "μ", "eta": "η",
}  # fmt: skip
#: Ends of a name that are set as an index.
INDICES = ("pre", "post")
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Gt: "&gt;", ast.GtE: "≥", ast.Lt: "&lt;", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠",
}  # fmt: skip
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Mult: "·", ast.Mod: "mod", ast.FloorDiv: "div",
}  # fmt: skip
#: How tightly operators bind.
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
#: A sum of more characters than this is broken before each of its terms.
MOST_CHARACTERS = 76


@dataclass(frozen=True)
class Line:
    """Hold one equation, statement or condition, as MathML, and the unit of what it declares.

    A variable that has no equation is only declared.
    """

    math: str
    unit: str = ""
    declared: bool = False


def equation_line(left: str, unit: str) -> Line:
    """Return an equation: what stands before its colon, and its unit.

    Raises
    ------
    SyntaxError, ValueError
        For what cannot be read.
    """
    name, sign, expression = left.partition("=")
    name = name.strip()
    shown = _derivative(name) if name.endswith("/dt") else _name(name)
    if not sign:
        return Line(_math(shown), unit, declared=True)
    return Line(_math(f"{shown}<mo>=</mo>{_expression(expression)}"), unit)


def condition_line(text: str) -> Line:
    """Return a condition, or any other expression."""
    return Line(_math(_expression(text)))


def statement_lines(text: str) -> Iterator[Line]:
    """Yield statements, each a line."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign):
            yield Line(_math(f"{_set(node.targets[0])}<mo>←</mo>{_set(node.value)}"))
        elif isinstance(node, ast.AugAssign):
            target, change = _set(node.target), node.value
            operation = SIGNS.get(type(node.op), "")
            if isinstance(node.op, ast.Div):
                shown = f"<mfrac><mrow>{target}</mrow><mrow>{_set(change)}</mrow></mfrac>"
            elif isinstance(node.op, (ast.Add, ast.Sub)):
                shown = _terms([target, _term(operation, change)], len(ast.unparse(node)))
            else:
                shown = f"{target}<mo>{operation}</mo>{_bound(change, PRODUCT + 1)}"
            yield Line(_math(f"{target}<mo>←</mo>{shown}"))
        else:
            raise ValueError(f"no statement of the simulator: {ast.unparse(node)}")


def _math(inner: str) -> str:
    return f'<math displaystyle="true"><mrow>{inner}</mrow></math>'


def _expression(text: str) -> str:
    # What goes over several lines is one expression.
    return _set(ast.parse(" ".join(text.split()), mode="eval").body)


def _derivative(name: str) -> str:
    top = name.removesuffix("/dt").removeprefix("d")
    return f"<mfrac><mrow><mi>d</mi>{_name(top)}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"


def _name(name: str) -> str:
    """Set a name: ``v_dendrite`` and ``key_tau`` have an index, other words stay words."""
    words = name.split("_")
    index = []
    if len(words) > 1 and words[-1] in INDICES:
        index = [words.pop()]
    if len(words) > 1 and words[-1] in GREEK:
        index, words = [*words[:-1], *index], words[-1:]
    elif len(words) > 1 and (len(words[0]) == 1 or words[0] in GREEK):
        index, words = [*words[1:], *index], words[:1]
    base = _words(words)
    base = f"<mrow>{base}</mrow>" if len(words) > 1 else base
    if not index:
        return base
    return f"<msub>{base}<mrow>{_words(index)}</mrow></msub>"


def _words(words: list[str]) -> str:
    return '<mspace width=".25em"/>'.join(_word(word) for word in words)


def _word(word: str) -> str:
    if word in GREEK:
        return f"<mi>{GREEK[word]}</mi>"
    return f"<mi>{escape(word)}</mi>"


def _set(node: ast.AST) -> str:
    kind = type(node)
    if kind not in _SETTERS:
        raise ValueError(f"no expression of the simulator: {ast.unparse(node)}")
    return _SETTERS[kind](node)


def _bound(node: ast.AST, binding: int) -> str:
    """Set an operand, in brackets where it binds less tightly than it must."""
    return _set(node) if _binding(node) >= binding else _fenced("(", _set(node), ")")


def _binding(node: ast.AST) -> int:
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return SUM
        if isinstance(node.op, ast.Mult) and _begins_with_sign(node):
            return SUM
        # A fraction is set apart by its line.
        return {ast.Pow: POWER, ast.Div: ATOM}.get(type(node.op), PRODUCT)
    if isinstance(node, ast.UnaryOp):
        return SUM
    return 0 if isinstance(node, (ast.Compare, ast.BoolOp)) else ATOM


def _begins_with_sign(node: ast.BinOp) -> bool:
    left = node.left
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):
        return _begins_with_sign(left)
    return isinstance(left, ast.UnaryOp) and not isinstance(left.op, ast.Not)


def _fenced(left: str, inner: str, right: str) -> str:
    """Set brackets, which only grow where what they hold is high."""
    high = "<mfrac" in inner or "<mtable" in inner
    grows = "" if high else ' stretchy="false"'
    return f"<mo{grows}>{left}</mo><mrow>{inner}</mrow><mo{grows}>{right}</mo>"


def _constant(node: ast.Constant) -> str:
    return f"<mn>{escape(str(node.value))}</mn>"


def _unary(node: ast.UnaryOp) -> str:
    if isinstance(node.op, ast.Not):
        return f'<mtext>not</mtext><mspace width=".3em"/>{_bound(node.operand, ATOM)}'
    sign = "−" if isinstance(node.op, ast.USub) else "+"
    return f'<mo form="prefix">{sign}</mo>{_bound(node.operand, PRODUCT)}'


def _binary(node: ast.BinOp) -> str:
    if isinstance(node.op, ast.Div):
        return f"<mfrac><mrow>{_set(node.left)}</mrow><mrow>{_set(node.right)}</mrow></mfrac>"
    if isinstance(node.op, ast.Pow):
        base = _bound(node.left, ATOM + 1 if isinstance(node.left, ast.BinOp) else ATOM)
        base = f"<mrow>{base}</mrow>"
        return f"<msup>{base}<mrow>{_set(node.right)}</mrow></msup>"
    if isinstance(node.op, (ast.Add, ast.Sub)):
        return _sum(node)
    sign = SIGNS[type(node.op)]
    left = _set(node.left) if _begins_with_sign(node) else _bound(node.left, PRODUCT)
    return f"{left}<mo>{sign}</mo>{_bound(node.right, PRODUCT + 1)}"


def _sum(node: ast.BinOp) -> str:
    terms: list[tuple[str, ast.AST]] = []
    left: ast.AST = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, (ast.Add, ast.Sub)):
        terms.insert(0, (SIGNS[type(left.op)], left.right))
        left = left.left
    shown = [_set(left), *(_term(sign, term) for sign, term in terms)]
    return _terms(shown, len(ast.unparse(node)))


def _term(sign: str, node: ast.AST) -> str:
    shown = _bound(node, SUM + 1)
    return f'<mo form="infix" lspace=".22em" rspace=".22em">{sign}</mo>{shown}'


def _terms(shown: list[str], characters: int) -> str:
    """Set terms one behind the other, or one below the other where they are long."""
    if characters <= MOST_CHARACTERS:
        return "".join(shown)
    rows = "".join(f"<mtr><mtd>{term}</mtd></mtr>" for term in shown)
    return f'<mtable class="sum">{rows}</mtable>'


def _call(node: ast.Call) -> str:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ValueError(f"no function of the simulator: {ast.unparse(node)}")
    given = [_set(one) for one in node.args]
    name = node.func.id
    if name == "sqrt":
        return f"<msqrt>{given[0]}</msqrt>"
    if name == "int":
        # 1 where it holds and 0 where it does not, in the bracket of Iverson.
        return _fenced("[", given[0], "]")
    if name == "exp" and len(ast.unparse(node.args[0])) < MOST_CHARACTERS // 2:
        return f"<msup><mi>e</mi><mrow>{given[0]}</mrow></msup>"
    return _name(name) + _fenced("(", "<mo>,</mo>".join(given), ")")


def _compare(node: ast.Compare) -> str:
    found = _bound(node.left, SUM)
    for sign, right in zip(node.ops, node.comparators, strict=True):
        found += f"<mo>{COMPARED[type(sign)]}</mo>{_bound(right, SUM)}"
    return found


def _both(node: ast.BoolOp) -> str:
    word = "and" if isinstance(node.op, ast.And) else "or"
    between = f'<mspace width=".4em"/><mtext>{word}</mtext><mspace width=".4em"/>'
    shown = [_fenced("(", _set(one), ")") if isinstance(one, ast.BoolOp) else _set(one)
             for one in node.values]  # fmt: skip
    return _terms([shown[0], *(between + one for one in shown[1:])], len(ast.unparse(node)))


_SETTERS: dict[type[ast.AST], Callable[..., str]] = {
    ast.Constant: _constant,
    ast.Name: lambda node: _name(node.id),
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.BoolOp: _both,
}
