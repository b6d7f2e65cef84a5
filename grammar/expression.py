"""Checked expressions: names resolved, units gone, numbers in the compiled network's base units.

Built bottom-up by `apply`, which folds constants exactly (fractions as long as they stay small, so that `3 * 0.1 ms` is 0.3 ms)
and knows the depth and size of what it builds, so that no later stage can run out of stack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

DEPTH_LIMIT = 200
SIZE_LIMIT = 20_000
Value = Fraction | float | bool


class TooLarge(ValueError):
    """An expression exceeds `DEPTH_LIMIT` or `SIZE_LIMIT` once its definitions are put in."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number in base units, exact where it can be; infinity is a float; conditions are booleans."""

    value: Value

    depth = 1
    size = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """A name's value.

    `kind` says whose: `parameter`, `state`, `port` (a component's input), `input` (the network's), `trace`, `next` (a trace after this
    step's events), `weight`, `impulse`, `noise` (in an equation), `event` (whether one happens), and made by a pass `constant` and `normal`
    (a number drawn in each step).
    """

    kind: str
    name: str

    depth = 1
    size = 1


@dataclass(frozen=True, slots=True)
class Apply:
    """A built-in function or operator on its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    depth: int = field(default=1, compare=False, repr=False)
    size: int = field(default=1, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Draw:
    """A random draw; `standard` is the distribution that its place transforms: `uniform` on (0, 1), `normal`, `exponential` of mean 1.

    `number` tells several draws of one place apart.  At a projection it is of each synapse, or with `side` of each neuron of its source
    (`pre`) or target (`post`); one that several values share has the name of the author's `draw` line as `shared`.  In what a state
    begins with, it is that of the same number of another `state`, where it is said to begin with what that one does.
    """

    standard: str
    number: int
    shared: str = ""
    side: str = ""
    state: str = ""

    depth = 1
    size = 1


Expression = Constant | Reference | Apply | Draw

CLOCK = Reference("input", "the time")
"""`t`, the time since the start of the sample, at the start of the step: an input that the runtime gives.

Nobody else's name has a blank.
"""


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, Fraction) and exponent.denominator == 1 and abs(exponent) <= 64:
        return Fraction(base) ** int(exponent) if isinstance(base, Fraction) else float(base) ** int(exponent)
    result: float | complex = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise ValueError("a negative number has no real root")
    return result


def _modulo(left: Value, right: Value) -> Value:
    return left - right * math.floor(left / right)


def _sum(*terms: Value) -> Value:
    result: Value = Fraction(0)
    for term in terms:
        result = _short(result + term)
    return result


def _product(*factors: Value) -> Value:
    result: Value = Fraction(1)
    for factor in factors:
        result = _short(result * factor)
    return result


def _where(condition: Value, then: Value, otherwise: Value) -> Value:
    return then if condition else otherwise


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "add": _sum,
    "multiply": _product,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "power": _power,
    "modulo": _modulo,
    "exp": lambda a: math.exp(a),
    "log": lambda a: math.log(a),
    "sqrt": lambda a: math.sqrt(a),
    "expm1": lambda a: math.expm1(a),
    "log1p": lambda a: math.log1p(a),
    "phi1": lambda a: math.expm1(a) / a if a else Fraction(1),
    "sin": lambda a: math.sin(a),
    "cos": lambda a: math.cos(a),
    "tanh": lambda a: math.tanh(a),
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a)),
    "abs": lambda a: abs(a),
    "sign": lambda a: Fraction((a > 0) - (a < 0)),
    "floor": lambda a: Fraction(math.floor(a)),
    "ceil": lambda a: Fraction(math.ceil(a)),
    "int": lambda a: Fraction(math.trunc(a)),
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "and": lambda *values: all(values),
    "or": lambda *values: any(values),
    "not": lambda a: not a,
    "where": _where,
}
"""Every function of a checked expression on numbers, but for `log_gamma_variate`, of which an argument is always a draw."""


def _short(value: Value) -> Value:
    """The value as a float once its fraction has grown long (a sum or product of many decimals would grow without bound)."""
    if isinstance(value, Fraction) and max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > 1024:
        return float(value)
    return value


def calculate(function: str, values: tuple[Value, ...]) -> Value:
    """The value of a function on numbers.

    Raises
    ------
    ValueError
        Where the result is not a finite real number although the arguments are (1/0, log(0), overflow), or is too small for a float.
    """
    try:
        result = _short(FUNCTIONS[function](*values))
        rounded = float(result)
    except ZeroDivisionError as problem:
        raise ValueError("a division by zero") from problem
    except OverflowError as problem:
        raise ValueError("the result is too large") from problem
    except ValueError as problem:
        raise ValueError(f"`{function}` has no value there" if str(problem) == "math domain error" else str(problem)) from problem
    if math.isnan(rounded):
        raise ValueError("the result is not a number")
    if rounded == 0 and result != 0:
        raise ValueError("the result is too small")
    if isinstance(result, float) and math.isinf(result) and not any(isinstance(v, float) and math.isinf(v) for v in values):
        raise ValueError("the result is too large")
    return result


def apply(function: str, *arguments: Expression) -> Expression:
    """A function applied to expressions; numbers are calculated at once.

    Raises
    ------
    ValueError
        As `calculate`.
    TooLarge
        Beyond the limits of depth and size.
    """
    if all(isinstance(a, Constant) for a in arguments):
        return Constant(calculate(function, tuple(a.value for a in arguments if isinstance(a, Constant))))
    if (neutral := _without_neutral(function, arguments)) is not None:
        return neutral
    depth, size = 1 + max(a.depth for a in arguments), 1 + sum(a.size for a in arguments)
    if depth > DEPTH_LIMIT or size > SIZE_LIMIT:
        raise TooLarge("nested too deeply" if depth > DEPTH_LIMIT else "too large")
    return Apply(function, arguments, depth, size)


ZERO, ONE = Constant(Fraction(0)), Constant(Fraction(1))


def _without_neutral(function: str, arguments: tuple[Expression, ...]) -> Expression | None:
    """What is left where an operation with 0 or 1 changes nothing, or None."""
    if function in ("add", "multiply"):
        neutral = ZERO if function == "add" else ONE
        kept = tuple(a for a in arguments if a != neutral)
        if len(kept) < len(arguments):
            return kept[0] if len(kept) == 1 else apply(function, *kept)
    if function == "divide" and arguments[1] == ONE:
        return arguments[0]
    if function == "negate" and isinstance(arguments[0], Apply) and arguments[0].function == "negate":
        return arguments[0].arguments[0]
    return None


def transform(expression: Expression, leaf: Callable[[Expression], Expression]) -> Expression:
    """The expression with every leaf replaced, folded again."""
    if not isinstance(expression, Apply):
        return leaf(expression)
    arguments = tuple(transform(a, leaf) for a in expression.arguments)
    unchanged = all(a is b for a, b in zip(arguments, expression.arguments, strict=True))
    return expression if unchanged else apply(expression.function, *arguments)


def substitute(expression: Expression, values: Mapping[Reference, Expression]) -> Expression:
    """The expression with references replaced by expressions, folded again."""
    return transform(expression, lambda leaf: values.get(leaf, leaf) if isinstance(leaf, Reference) else leaf)


def leaves(expression: Expression) -> Iterator[Expression]:
    """Every leaf, from left to right, with repetitions."""
    stack = [expression]
    while stack:
        current = stack.pop()
        if isinstance(current, Apply):
            stack.extend(reversed(current.arguments))
        else:
            yield current


def applications(expression: Expression) -> Iterator[Apply]:
    """Every application of a function, the outermost first."""
    stack = [expression]
    while stack:
        current = stack.pop()
        if isinstance(current, Apply):
            yield current
            stack.extend(current.arguments)


def functions(expression: Expression) -> frozenset[str]:
    """The names of all functions in an expression."""
    return frozenset(call.function for call in applications(expression))


def references(expression: Expression, *kinds: str) -> tuple[Reference, ...]:
    """The references of the given kinds (of any kind, if none is given), each once, in the order of appearance."""
    return tuple(dict.fromkeys(leaf for leaf in leaves(expression) if isinstance(leaf, Reference) and (not kinds or leaf.kind in kinds)))


def with_values(expression: Expression, values: Mapping[Reference, Expression]) -> Expression:
    """`substitute`, which raises ValueError also where what varies would be divided by 0."""
    found = substitute(expression, values)
    if _divides_by_zero(found):
        raise ValueError("a division by zero")
    return found


def _divides_by_zero(expression: Expression) -> bool:
    """Whether something is divided by the number 0; a side of a choice that is never taken does not count."""
    stack = [expression]
    while stack:
        current = stack.pop()
        if not isinstance(current, Apply):
            continue
        if current.function == "divide" and isinstance(current.arguments[1], Constant) and current.arguments[1].value == 0:
            return True
        condition = current.arguments[0]
        if current.function == "where" and isinstance(condition, Constant):
            stack.append(current.arguments[1] if condition.value else current.arguments[2])
        else:
            stack.extend(current.arguments)
    return False


def divisors(expression: Expression) -> Iterator[Reference]:
    """The parameters that something is divided by, as they stand there alone."""
    for call in applications(expression):
        if call.function == "divide":
            yield from (a for a in call.arguments[1:] if isinstance(a, Reference) and a.kind == "parameter")


def has_draw(expression: Expression) -> bool:
    """Whether an expression is random by a draw of its own."""
    return any(isinstance(leaf, Draw) for leaf in leaves(expression))


def is_drawn(expression: Expression) -> bool:
    """Whether a parameter's value differs from neuron to neuron (or synapse): it is a draw, or depends on a parameter that is."""
    return any(isinstance(leaf, Draw) or (isinstance(leaf, Reference) and leaf.kind == "parameter") for leaf in leaves(expression))


def number(expression: Expression) -> float:
    """The value of a constant expression as a float."""
    if not isinstance(expression, Constant):
        raise TypeError(f"not a constant: {expression!r}")
    return float(expression.value)
