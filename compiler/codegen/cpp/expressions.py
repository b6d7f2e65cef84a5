"""Checked expressions as C++ text on single numbers of the type `T`, every part in parentheses."""

from __future__ import annotations

from collections.abc import Callable

from inferno.compiler.codegen.expressions import literal
from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference

Leaf = Callable[[Reference | Draw], str]

INFIX = {
    "or": "||", "and": "&&", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
    "add": "+", "multiply": "*", "divide": "/",
}  # fmt: skip
CALLS = {
    "power": "std::pow", "modulo": "modulo", "exp": "exponential", "log": "std::log", "sqrt": "std::sqrt", "expm1": "exponential_less_1",
    "log1p": "std::log1p", "sin": "std::sin", "cos": "std::cos", "tanh": "std::tanh", "sigmoid": "sigmoid", "abs": "std::abs",
    "sign": "sign", "floor": "std::floor", "ceil": "std::ceil", "int": "std::trunc", "phi1": "phi1",
    "phi1_near_0": "phi1_near_0",
}  # fmt: skip
NEAR_0 = {"phi1": "phi1_near_0"}
"""What stands for a function where all its arguments are near 0."""

LIMITS = {"min": "smaller", "max": "larger"}


def cpp(expression: Expression, leaf: Leaf) -> str:
    """The expression as C++ text, its leaves named by `leaf`."""
    if isinstance(expression, Constant):
        return _number(expression.value)
    if not isinstance(expression, Apply):
        return leaf(expression)
    arguments = [cpp(a, leaf) for a in expression.arguments]
    if expression.function in INFIX:
        return "(" + f" {INFIX[expression.function]} ".join(arguments) + ")"
    if expression.function in ("negate", "not"):
        return f"({'-' if expression.function == 'negate' else '!'}{arguments[0]})"
    if expression.function == "where":
        return f"({arguments[0]} ? {arguments[1]} : {arguments[2]})"
    if expression.function in ("min", "max"):
        text = arguments[0]
        for other in arguments[1:]:
            text = f"{LIMITS[expression.function]}<T>({text}, {other})"
        return text
    return f"{CALLS[expression.function]}({', '.join(f'T({a})' for a in arguments)})"


def _number(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = literal(value)
    if "inf" in text:
        return f"({'-' if text.startswith('-') else ''}std::numeric_limits<T>::infinity())"
    return f"T({text})"
