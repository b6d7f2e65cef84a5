"""Calls in expressions: the built-in functions, the author's own, `next()`, random draws, and `| clip(lo, hi)`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from inferno.grammar import ast
from inferno.grammar.check import distributions
from inferno.grammar.check.dimensions import NONE, UNKNOWN, describe, is_sensible, raised, same
from inferno.grammar.check.foreign_functions import as_written_here
from inferno.grammar.check.scope import BUILT_INS, LOST, Scope, Typed
from inferno.grammar.check.stepwise import stepwise
from inferno.grammar.check.wording import listed, short, suggestion
from inferno.grammar.expression import Constant, Expression
from inferno.grammar.source import Span

if TYPE_CHECKING:
    from inferno.grammar.check.typing import Typer

PLAIN_FUNCTIONS = ("exp", "log", "expm1", "log1p", "sin", "cos", "tanh", "cosh", "sinh", "sigmoid")
KEEPING_FUNCTIONS = ("abs", "floor", "ceil", "int", "sign", "min", "max", "clip", "sqrt")
COUNTS = {"min": (2, 999), "max": (2, 999), "clip": (3, 3)}


def call(typer: Typer, node: ast.Call) -> Typed:
    """The checked form of `f(x)`."""
    if not isinstance(node.function, ast.Name):
        return typer.lose("E0301", f"`{short(node.function.span)}` is not a function", node.function.span)
    name = node.function.id
    if name in typer.scope.functions:
        return _author_function(typer, node, typer.scope.functions[name])
    if name == "next":
        return _next(typer, node)
    if name in distributions.NAMES:
        return _distribution(typer, node, name)
    if name == "stepwise":
        return stepwise(typer, node)
    if name in PLAIN_FUNCTIONS or name in KEEPING_FUNCTIONS:
        return _built_in(typer, node, name)
    if name == "trainable":
        help_text = "write `… = trainable(…)` for a whole parameter, weight or delay"
        return typer.lose("E0410", "`trainable` makes a whole value, not a part of one", node.span, "", help_text)
    if not typer.findings.is_first("E0301", "function", name, typer.scope.place):
        return LOST
    if name in typer.scope.names or name in BUILT_INS:
        return typer.lose("E0301", f"`{name}` is no function", node.function.span, "a value", f"multiply with `*`: `{name} * (…)`")
    known = [*typer.scope.functions, *PLAIN_FUNCTIONS, *KEEPING_FUNCTIONS, "stepwise", *distributions.NAMES]
    if name in typer.scope.outside:
        hint = f"a body sees its own names only: write `fn {name}(…) = …` in it"
        return typer.lose("E0301", f"unknown function `{name}`", node.function.span, f"of the file, not known in {typer.scope.place}", hint)
    hint = as_written_here(name, typer.scope) or suggestion(typer.findings, name, known) or f"define it: `fn {name:.60}(x) = …`"
    return typer.lose("E0301", f"unknown function `{name}`", node.function.span, "", hint)


def _arguments(typer: Typer, node: ast.Call, low: int, high: int, name: str) -> list[ast.Expr] | None:
    named = [a for a in node.arguments if a.name is not None]
    if named:
        typer.findings.error("E0305", f"`{name}` takes no named arguments", named[0].span, "", f"leave `{named[0].name} =` out")
        return None
    if not low <= len(node.arguments) <= high:
        counts = str(low) if low == high else f"{low} or more" if high > 99 else f"{low} to {high}"
        given = f"{len(node.arguments)} given"
        typer.findings.error("E0305", f"`{name}` takes {counts} argument{'s' if counts != '1' else ''}", node.span, given)
        return None
    return [a.value for a in node.arguments]


def _built_in(typer: Typer, node: ast.Call, name: str) -> Typed:
    arguments = _arguments(typer, node, *COUNTS.get(name, (1, 1)), name)
    if arguments is None:
        return LOST
    typed = []
    for argument in arguments:
        typed.append(typer.calculable(argument))
    if name in PLAIN_FUNCTIONS and not same(typed[0].dimension, NONE):
        help_text = "divide it by a constant of the same unit"
        return typer.lose("E0204", f"`{name}` takes a number without unit", arguments[0].span, describe(typed[0].dimension), help_text)
    kind = typer.agree(arguments, typed, f"the arguments of `{name}` need the same unit")
    if kind == UNKNOWN:
        return LOST
    values = [t.expression for t in typed]
    if name == "clip":
        return _clipped(typer, node.span, Typed(values[0], kind), values[1], values[2])
    if name in ("cosh", "sinh"):
        return _hyperbolic(typer, node.span, name, values[0])
    if name in PLAIN_FUNCTIONS or name == "sign":
        kind = NONE
    elif name == "sqrt":
        kind = raised(kind, Fraction(1, 2))
    return typer.made(node.span, kind, name, *values) if is_sensible(kind) else typer.too_large(node.span)


def _hyperbolic(typer: Typer, span: Span, name: str, value: Expression) -> Typed:
    """Half of the sum of `exp(x)` and `exp(-x)`, or of their difference, which near 0 needs that to 1."""
    function = "exp" if name == "cosh" else "expm1"
    rising = typer.build(span, function, value)
    falling = typer.build(span, function, typer.build(span, "negate", value))
    both = typer.build(span, "add", rising, falling if name == "cosh" else typer.build(span, "negate", falling))
    return typer.made(span, NONE, "divide", both, Constant(Fraction(2)))


def _clipped(typer: Typer, span: Span, value: Typed, low: Expression, high: Expression) -> Typed:
    lowered = typer.made(span, value.dimension, "max", value.expression, low)
    return lowered if lowered.is_lost else typer.made(span, value.dimension, "min", lowered.expression, high)


def _author_function(typer: Typer, node: ast.Call, function: ast.Function) -> Typed:
    arguments = _arguments(typer, node, len(function.parameters), len(function.parameters), function.name)
    if arguments is None:
        return LOST
    if function.name in typer.expanding:
        if not typer.findings.is_first("E0415", function.name, typer.scope.place):
            return LOST
        return typer.lose("E0415", f"`{function.name}` is defined through itself", node.span, "used in its own definition")
    typed = {}
    for parameter, argument in zip(function.parameters, arguments, strict=True):
        typed[parameter] = typer.type(argument)
    if any(t.is_lost for t in typed.values()):
        return LOST
    scope = Scope(typed, f"`fn {function.name}`", typer.scope.functions, dt=typer.scope.dt, budget=typer.scope.budget)
    return typer.inside(function.name, scope).type(function.value)


def _next(typer: Typer, node: ast.Call) -> Typed:
    argument = node.arguments[0].value if len(node.arguments) == 1 else None
    if isinstance(argument, ast.Name) and argument.id in typer.scope.traces:
        return typer.scope.traces[argument.id]
    label = f"traces here: {listed(typer.scope.traces)}" if typer.scope.traces else f"there are no traces in {typer.scope.place}"
    near = suggestion(typer.findings, argument.id, typer.scope.traces) if isinstance(argument, ast.Name) else ""
    place = argument.span if argument is not None and near else node.span
    return typer.lose("E0412", "`next()` takes the name of a trace", place, label, near)


# ---- draws --------------------------------------------------------------------------------


def _distribution(typer: Typer, node: ast.Call, name: str) -> Typed:
    if typer.scope.draws == "never":
        noise = "white noise in an equation is `xi`, e.g. `sigma*sqrt(2*tau)*xi`" if typer.scope.noise else ""
        return typer.lose("E0609", f"a random draw is not allowed in {typer.scope.place}", node.span, "", noise)
    arguments = distributions.bind(node, name, typer.findings)
    if arguments is None:
        return LOST
    typed = []
    for argument in arguments:
        typed.append(typer.calculable(argument))
    pure = distributions.PURE.get(name, ())
    parts = list(zip(distributions.SIGNATURES[name], arguments, typed, strict=True))
    scaled = [(part, value) for key, part, value in parts if key not in pure]
    kind = typer.agree([n for n, _ in scaled], [t for _, t in scaled], f"the arguments of `{name}` need the same unit") if scaled else NONE
    if any(t.is_lost for t in typed) or kind == UNKNOWN:
        return LOST
    for key, part, value in parts:
        if key in pure and not same(value.dimension, NONE):
            return typer.lose("E0202", f"`{key}` of `{name}` has no unit", part.span, f"this is {describe(value.dimension)}")
    values = [t.expression for t in typed]
    if not distributions.valid(name, values):
        return typer.lose("E0601", distributions.COMPLAINTS[name], node.span)
    return Typed(distributions.express(name, values, typer, node.span), kind)


def pipe(typer: Typer, node: ast.Pipe) -> Typed:
    """The checked form of `draw | clip(lo, hi)`."""
    typed = typer.type(node.stages[0])
    for stage in node.stages[1:]:
        if typed.is_lost:
            return LOST
        if not (isinstance(stage, ast.Call) and isinstance(stage.function, ast.Name) and stage.function.id == "clip"):
            return typer.lose("E0410", "only `clip(lo, hi)` may follow `|` here", stage.span)
        arguments = _arguments(typer, stage, 2, 2, "clip")
        if arguments is None:
            return LOST
        low, high = (typer.fit(argument, typed.dimension, "a limit of `clip`") for argument in arguments)
        typed = LOST if low.is_lost or high.is_lost else _clipped(typer, stage.span, typed, low.expression, high.expression)
    return typed
