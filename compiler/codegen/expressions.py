"""Checked expressions as Python text on tensors."""

from __future__ import annotations

from collections.abc import Callable

from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference

Leaf = Callable[[Reference | Draw], str]

# Operators with their precedence in Python; a part that binds less tightly is put in parentheses.
INFIX = {
    "or": ("|", 1), "and": ("&", 2), "less": ("<", 3), "less_equal": ("<=", 3), "greater": (">", 3), "greater_equal": (">=", 3),
    "equal": ("==", 3), "not_equal": ("!=", 3),
    "add": ("+", 4), "multiply": ("*", 5), "divide": ("/", 5), "modulo": ("%", 5), "power": ("**", 7),
}  # fmt: skip
CALLS = {
    "exp": "torch.exp", "log": "torch.log", "sqrt": "torch.sqrt", "expm1": "torch.expm1", "log1p": "torch.log1p",
    "sin": "torch.sin", "cos": "torch.cos", "tanh": "torch.tanh", "sigmoid": "torch.sigmoid", "abs": "torch.abs",
    "sign": "torch.sign", "floor": "torch.floor", "ceil": "torch.ceil",
    "int": "torch.trunc", "min": "minimum", "max": "maximum", "phi1": "phi1", "where": "where",
    "log_gamma_variate": "log_gamma_variate",
}  # fmt: skip
ATOM, UNARY = 9, 6
TERMS_PER_GROUP = 50


def literal(value: object) -> str:
    """A number as Python text."""
    if isinstance(value, bool):
        return repr(value)
    number = float(value)  # type: ignore[arg-type]
    return repr(number) if abs(number) != float("inf") else ("math.inf" if number > 0 else "-math.inf")


def python(expression: Expression, leaf: Leaf) -> str:
    """The expression as Python text, its leaves named by `leaf`."""
    return _text(expression, leaf)[0]


def _text(expression: Expression, leaf: Leaf) -> tuple[str, int]:
    if isinstance(expression, Constant):
        text = literal(expression.value)
        return text, UNARY if text.startswith("-") else ATOM
    if not isinstance(expression, Apply):
        return leaf(expression), ATOM
    if expression.function in INFIX:
        return _infix(expression, leaf)
    if expression.function in ("negate", "not"):
        sign = "-" if expression.function == "negate" else "~"
        return sign + _wrapped(expression.arguments[0], leaf, UNARY + 1), UNARY
    arguments = [python(a, leaf) for a in expression.arguments]
    # Two plain numbers have no type of their own.
    typed = ["c['dt']"] if expression.function == "where" and all(isinstance(a, Constant) for a in expression.arguments[1:]) else []
    return f"{CALLS[expression.function]}({', '.join(arguments + typed)})", ATOM


def _wrapped(expression: Expression, leaf: Leaf, at_least: int) -> str:
    text, precedence = _text(expression, leaf)
    return text if precedence >= at_least else f"({text})"


def _infix(expression: Apply, leaf: Leaf) -> tuple[str, int]:
    operator, precedence = INFIX[expression.function]
    if expression.function == "add":
        return _sum(expression, leaf), precedence
    # Bitwise operators bind more tightly than comparisons in Python: conditions are wrapped.
    inner = ATOM if operator in "|&" else precedence
    first = _wrapped(expression.arguments[0], leaf, inner + (operator == "**"))
    # A product within a product keeps its parentheses: the order of roundings is the author's, and `a * (b % c)` is not `a * b % c`.
    rest = [_wrapped(a, leaf, inner + (operator not in "|&")) for a in expression.arguments[1:]]
    return f" {operator} ".join([first, *rest]), 2 if operator in "|&" else precedence


def _sum(expression: Apply, leaf: Leaf) -> str:
    """Terms with their signs; a long sum in groups, since Python's own parser nests a level per term."""
    terms = [_term(a, leaf) for a in expression.arguments]
    text = ""
    for position, (sign, words) in enumerate(terms):
        if position and position % TERMS_PER_GROUP == 0:
            text = f"({text})"
        text += f"{'-' if sign == '-' else ''}{words}" if position == 0 else f" {sign} {words}"
    return text


def _term(expression: Expression, leaf: Leaf) -> tuple[str, str]:
    if isinstance(expression, Apply) and expression.function == "negate":
        return "-", _wrapped(expression.arguments[0], leaf, 5)
    if isinstance(expression, Constant) and not isinstance(expression.value, bool) and expression.value < 0:
        return "-", literal(-expression.value)
    return "+", _wrapped(expression, leaf, 4 if not isinstance(expression, Apply) or expression.function != "add" else 5)
