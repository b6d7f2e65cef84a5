"""Expressions as sums `coefficient * symbol + rest`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inferno.grammar.expression import ONE, ZERO, Apply, Expression, Reference, apply, leaves, references


@dataclass(frozen=True, slots=True)
class Affine:
    """`sum(coefficients[s] * s) + rest`, neither coefficients nor rest mentioning a symbol."""

    coefficients: dict[Reference, Expression]
    rest: Expression


def affine(expression: Expression, symbols: Iterable[Reference]) -> Affine | None:
    """The affine form of an expression in some symbols, or None where it has none that its structure shows."""
    wanted = frozenset(symbols)
    return _affine(expression, wanted)


def without_noise(rate: Expression) -> Affine | None:
    """A rate as noise times coefficients that hold none, and the rest, which is its drift; None where it is no such sum."""
    return affine(rate, references(rate, "noise"))


def _mentions(expression: Expression, symbols: frozenset[Reference]) -> bool:
    return any(leaf in symbols for leaf in leaves(expression) if isinstance(leaf, Reference))


def _affine(expression: Expression, symbols: frozenset[Reference]) -> Affine | None:
    if isinstance(expression, Reference) and expression in symbols:
        return Affine({expression: ONE}, ZERO)
    if not isinstance(expression, Apply) or not _mentions(expression, symbols):
        return Affine({}, expression)
    if expression.function == "add":
        return _sum([_affine(a, symbols) for a in expression.arguments])
    if expression.function == "negate":
        return _scaled(_affine(expression.arguments[0], symbols), lambda e: apply("negate", e))
    if expression.function == "divide" and not _mentions(expression.arguments[1], symbols):
        divisor = expression.arguments[1]
        if divisor == ZERO:
            return None
        return _scaled(_affine(expression.arguments[0], symbols), lambda e: apply("divide", e, divisor))
    if expression.function == "multiply":
        inside = [a for a in expression.arguments if _mentions(a, symbols)]
        outside = [a for a in expression.arguments if not _mentions(a, symbols)]
        if len(inside) == 1:
            return _scaled(_affine(inside[0], symbols), lambda e: apply("multiply", *outside, e) if outside else e)
    return None


def _sum(parts: list[Affine | None]) -> Affine | None:
    coefficients: dict[Reference, Expression] = {}
    rests: list[Expression] = []
    for part in parts:
        if part is None:
            return None
        for symbol, coefficient in part.coefficients.items():
            coefficients[symbol] = apply("add", coefficients[symbol], coefficient) if symbol in coefficients else coefficient
        rests.append(part.rest)
    return Affine(coefficients, apply("add", *rests))


def _scaled(part: Affine | None, scale: object) -> Affine | None:
    if part is None:
        return None
    assert callable(scale)
    return Affine({s: scale(c) for s, c in part.coefficients.items()}, ZERO if part.rest == ZERO else scale(part.rest))
