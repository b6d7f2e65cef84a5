"""Checked expressions as plain Python functions of numbers, and what can be read off their form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference

Environment = dict[Any, Any]
"""Values by (kind, name); under "draw" what gives a random number for a `Draw`."""
Formula = Callable[[Environment], Any]

ZERO, ONE = Constant(Fraction(0)), Constant(Fraction(1))


def _product(*factors: float) -> float:
    result = 1.0
    for factor in factors:
        result *= factor
    return result


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


def _log_gamma_variate(shape: float, boost: float, *pairs: float) -> float:
    """Marsaglia and Tsang's method, from the paper: the first accepted pair of a normal and a uniform number, else the last."""
    d = (shape if shape >= 1 else shape + 1) - 1 / 3
    v = math.nan
    for z, u in zip(pairs[::2], pairs[1::2], strict=True):
        root = 1 + z / math.sqrt(9 * d)
        if root <= 0:
            continue
        v = root**3
        if math.log(u) < z * z / 2 + d * (1 - v + math.log(v)):
            break
    return math.log(d * v) + (math.log(boost) / shape if shape < 1 else 0.0)


MEANINGS: dict[str, Callable[..., Any]] = {
    "add": lambda *terms: sum(terms),
    "multiply": _product,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "power": lambda a, b: a**b,
    "modulo": lambda a, b: a - b * math.floor(a / b),
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "expm1": math.expm1,
    "log1p": math.log1p,
    "phi1": lambda a: math.expm1(a) / a if a else 1.0,
    "log_gamma_variate": _log_gamma_variate,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "abs": abs,
    "sign": lambda a: float((a > 0) - (a < 0)),
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
    "int": lambda a: float(math.trunc(a)),
    "min": min,
    "max": max,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "and": lambda *values: all(values),
    "or": lambda *values: any(values),
    "not": lambda a: not a,
    "where": lambda condition, then, otherwise: then if condition else otherwise,
}


def formula(expression: Expression) -> Formula:
    """The expression as a function of an environment."""
    if isinstance(expression, Constant):
        value = expression.value if isinstance(expression.value, bool) else float(expression.value)
        return lambda env: value
    if isinstance(expression, Reference):
        key = (expression.kind, expression.name)
        return lambda env: env[key]
    if isinstance(expression, Draw):
        draw = expression
        return lambda env: env["draw"](draw)
    meaning, parts = MEANINGS[expression.function], [formula(a) for a in expression.arguments]
    if len(parts) == 1:
        (only,) = parts
        return lambda env: meaning(only(env))
    if len(parts) == 2:
        left, right = parts
        return lambda env: meaning(left(env), right(env))
    return lambda env: meaning(*[part(env) for part in parts])


def leaves(expression: Expression) -> list[Expression]:
    """All leaves."""
    if isinstance(expression, Apply):
        return [leaf for argument in expression.arguments for leaf in leaves(argument)]
    return [expression]


def mentions(expression: Expression, kind: str, names: Iterable[str] | None = None) -> bool:
    """Whether a reference of a kind, to one of the names if given, occurs."""
    wanted = None if names is None else set(names)
    return any(isinstance(x, Reference) and x.kind == kind and (wanted is None or x.name in wanted) for x in leaves(expression))


def has_draw(expression: Expression) -> bool:
    """Whether it is random."""
    return any(isinstance(x, Draw) for x in leaves(expression))


Affine = tuple[dict[str, Expression], Expression]


def affine(expression: Expression, names: frozenset[str], kind: str = "state") -> Affine | None:
    """Coefficients of the states (or noises) `names` and the rest, where the expression is affine in them; otherwise None."""
    if not mentions(expression, kind, names):
        return {}, expression
    if isinstance(expression, Reference):
        return {expression.name: ONE}, ZERO
    assert isinstance(expression, Apply)
    function, arguments = expression.function, expression.arguments
    if function == "where" and not mentions(arguments[0], kind, names):
        return _choice(arguments[0], affine(arguments[1], names, kind), affine(arguments[2], names, kind))
    parts = [affine(a, names, kind) for a in arguments]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    if function == "add":
        return _sum(known)
    if function == "negate":
        return _scaled(known[0], lambda x: Apply("negate", (x,)))
    if function == "divide" and not known[1][0]:
        return _scaled(known[0], lambda x: Apply("divide", (x, arguments[1])))
    moving = [i for i, part in enumerate(known) if part[0]]
    if function == "multiply" and len(moving) == 1:
        others = tuple(a for i, a in enumerate(arguments) if i != moving[0])
        return _scaled(known[moving[0]], lambda x: Apply("multiply", (x, *others)))
    return None


def _scaled(part: Affine, change: Callable[[Expression], Expression]) -> Affine:
    return {name: change(c) for name, c in part[0].items()}, ZERO if part[1] == ZERO else change(part[1])


def _sum(parts: list[Affine]) -> Affine:
    coefficients: dict[str, list[Expression]] = {}
    for part in parts:
        for name, c in part[0].items():
            coefficients.setdefault(name, []).append(c)
    return {name: Apply("add", tuple(cs)) for name, cs in coefficients.items()}, Apply("add", tuple(part[1] for part in parts))


def _choice(condition: Expression, then: Affine | None, otherwise: Affine | None) -> Affine | None:
    if then is None or otherwise is None:
        return None
    names = sorted({*then[0], *otherwise[0]})
    coefficients = {n: Apply("where", (condition, then[0].get(n, ZERO), otherwise[0].get(n, ZERO))) for n in names}
    return coefficients, Apply("where", (condition, then[1], otherwise[1]))
