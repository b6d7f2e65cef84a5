"""Expressions of the syntax tree become checked expressions with a dimension.

One `Typer` types the expressions of one scope.  A problem is reported once and its expression is then of unknown
dimension, which fits everything, so that one mistake gives one message.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.check import distributions
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, UNKNOWN, Kind, describe, is_plain, product, quotient, raised, same
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference, TooLarge, apply, substitute
from inferno.grammar.source import Span
from inferno.grammar.units import UNITS, parse_unit


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked expression and its dimension."""

    expression: Expression
    dimension: Kind


LOST = Typed(Constant(Fraction(1)), UNKNOWN)
"""What stands for an expression that could not be typed."""

BUILT_INS: Mapping[str, Typed] = {
    "inf": Typed(Constant(math.inf), ANY),
    "pi": Typed(Constant(math.pi), NONE),
    "true": Typed(Constant(True), BOOLEAN),
    "false": Typed(Constant(False), BOOLEAN),
}
PLAIN_FUNCTIONS = ("exp", "log", "expm1", "log1p", "sin", "cos", "tanh", "sigmoid")
KEEPING_FUNCTIONS = ("abs", "floor", "ceil", "int", "sign", "min", "max", "clip", "sqrt")
COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal"}


@dataclass
class Scope:
    """What an expression may use.

    `names` are typed values; `functions` the author's `fn`; `traces` what `next()` takes; `draws` says whether random draws are
    allowed and `place` completes "… is not allowed in"; `members` types `owner.name`.
    """

    names: Mapping[str, Typed]
    place: str
    functions: Mapping[str, ast.Function] = field(default_factory=dict)
    traces: Mapping[str, Typed] = field(default_factory=dict)
    draws: bool = False
    dt: Fraction | None = None


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean …?`, if a known name is close."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""


class Typer:
    """Types expressions in a scope; problems go to `findings`."""

    def __init__(self, scope: Scope, findings: Findings) -> None:
        self.scope = scope
        self.findings = findings
        self._draws = 0
        self._expanding: list[str] = []

    # ---- entry points -------------------------------------------------------------------------

    def type(self, node: ast.Expr) -> Typed:
        """The checked form of an expression."""
        method: Callable[[Typer, ast.Expr], Typed] | None = self._METHODS.get(type(node))
        if method is None:
            return self.lose("E0410", "this is not a value", node.span, f"not allowed in {self.scope.place}")
        return method(self, node)

    def expect(self, node: ast.Expr, dimension: Kind, what: str, code: str = "E0202") -> Expression:
        """The checked form of an expression that must have a dimension; `what` completes "… is a conductance"."""
        typed = self.type(node)
        if not same(typed.dimension, dimension):
            bare = typed.dimension == NONE and is_plain(dimension) and dimension != NONE
            self.findings.error(
                "E0206" if bare else code,
                f"{what} needs a unit" if bare else f"{what} has the wrong dimension",
                node.span,
                f"this is {describe(typed.dimension)}, expected {describe(dimension)}",
                f"write the unit behind the number, e.g. `{node.span.text.strip()} {_unit_of(dimension)}`" if bare and isinstance(node, ast.Number) else "",
            )
        return typed.expression

    def lose(self, code: str, message: str, span: Span, label: str = "", *helps: str, labels: tuple[Label, ...] = ()) -> Typed:
        """Report a problem; the expression is of unknown dimension from here on."""
        self.findings.error(code, message, span, label, *helps, labels=labels)
        return LOST

    def build(self, span: Span, function: str, *arguments: Expression) -> Expression:
        """`apply`, with what goes wrong reported at a span."""
        try:
            return apply(function, *arguments)
        except TooLarge as problem:
            self.findings.error("E0411", f"this expression is {problem} once its definitions are put in", span)
        except ValueError as problem:
            self.findings.error("E0602", f"this can't be calculated: {problem}", span)
        return LOST.expression

    # ---- leaves -------------------------------------------------------------------------------

    def _number(self, node: ast.Number) -> Typed:
        if node.unit is None:
            return Typed(Constant(node.value), ANY if node.value == 0 else NONE)
        if node.unit == "dt":
            if self.scope.dt is None:
                return self.lose("E0609", "`dt` is not known here", node.span, "the time step itself is being defined")
            return Typed(Constant(node.value * self.scope.dt), parse_unit("ms").dimension)
        try:
            unit = parse_unit(node.unit)
        except (KeyError, ValueError):
            return self.lose("E0201", f"unknown unit `{node.unit}`", node.span, "", suggestion(node.unit, UNITS))
        return Typed(Constant(node.value * unit.factor), ANY if node.value == 0 and unit.dimension == NONE else unit.dimension)

    def _text(self, node: ast.Text) -> Typed:
        return self.lose("E0207", "a text can't be calculated with", node.span)

    def _name(self, node: ast.Name) -> Typed:
        known = self.scope.names.get(node.id) or BUILT_INS.get(node.id)
        if known is not None:
            return known
        if node.id in UNITS or node.id == "dt":
            hint = "a unit stands only directly behind a number, e.g. `1 " + node.id + "`; compound units have no blanks, e.g. `10 mV/ms`"
            return self.lose("E0301", f"unknown name `{node.id}`", node.span, f"`{node.id}` is a unit, not a value", hint)
        choices = [*self.scope.names, *BUILT_INS]
        local = f"not known in {self.scope.place}"
        help_text = suggestion(node.id, choices) or (f"known here: {', '.join(f'`{n}`' for n in sorted(self.scope.names)[:8])}" if self.scope.names else "")
        return self.lose("E0301", f"unknown name `{node.id}`", node.span, local, help_text)

    def _attribute(self, node: ast.Attribute) -> Typed:
        return self.lose("E0301", f"`{_short(node.span)}` is not a value here", node.span, f"not known in {self.scope.place}")

    def _derivative(self, node: ast.Derivative) -> Typed:
        return self.lose("E0401", f"the derivative `{_short(node.span)}` may stand only on the left of an equation", node.span)

    # ---- arithmetic ---------------------------------------------------------------------------

    def _sum(self, node: ast.Sum) -> Typed:
        typed = [self.type(term) for _, term in node.terms]
        dimension = self._agree([term for _, term in node.terms], typed, node.span)
        parts = [self.build(node.span, "negate", t.expression) if sign == "-" else t.expression for (sign, _), t in zip(node.terms, typed, strict=True)]
        return Typed(self.build(node.span, "add", *parts), dimension)

    def _agree(self, nodes: list[ast.Expr], typed: list[Typed], span: Span) -> Kind:
        """The common dimension of terms; a term that differs is reported beside the first."""
        for node, value in zip(nodes, typed, strict=True):
            if value.dimension == BOOLEAN:
                self.findings.error("E0207", "a condition can't be calculated with", node.span, "true or false", "use `a if condition else b`")
                return UNKNOWN
        definite = [(n, t) for n, t in zip(nodes, typed, strict=True) if is_plain(t.dimension)]
        if not definite:
            return UNKNOWN if any(t.dimension == UNKNOWN for t in typed) else ANY
        first, reference = definite[0]
        wrong = [(n, t) for n, t in definite[1:] if t.dimension != reference.dimension]
        if wrong:
            labels = tuple(Label(n.span, describe(t.dimension)) for n, t in wrong[:3])
            self.findings.error("E0203", "units do not add up", first.span, describe(reference.dimension), self._mending(wrong[0], reference), labels=labels)
            return UNKNOWN
        return reference.dimension

    def _mending(self, wrong: tuple[ast.Expr, Typed], reference: Typed) -> str:
        """What would turn a wrong term into a right one, in words."""
        node, typed = wrong
        factor = quotient(reference.dimension, typed.dimension)
        words = _short(node.span)
        if typed.dimension == NONE and isinstance(node, ast.Number):
            return f"write the unit behind the number: `{words} {_unit_of(reference.dimension)}`"
        return f"`{words}` is {describe(typed.dimension)}; multiplied by {describe(factor)} it would fit" if is_plain(factor) else ""

    def _product(self, node: ast.Product) -> Typed:
        value, dimension = Constant(Fraction(1)), NONE
        result: Expression = value
        kind: Kind = dimension
        for position, (operator, factor) in enumerate(node.factors):
            typed = self._calculable(factor)
            if operator == "*":
                result = typed.expression if position == 0 else self.build(node.span, "multiply", result, typed.expression)
                kind = typed.dimension if position == 0 else product(kind, typed.dimension)
            elif operator == "/":
                result, kind = self.build(node.span, "divide", result, typed.expression), quotient(kind, typed.dimension)
            else:
                result = self.build(node.span, "modulo", result, typed.expression)
        return Typed(result, kind)

    def _calculable(self, node: ast.Expr) -> Typed:
        typed = self.type(node)
        if typed.dimension == BOOLEAN:
            return self.lose("E0207", "a condition can't be calculated with", node.span, "true or false", "use `a if condition else b`")
        return typed

    def _unary(self, node: ast.Unary) -> Typed:
        if node.operator == "not":
            return Typed(self.build(node.span, "not", self._condition(node.operand)), BOOLEAN)
        typed = self._calculable(node.operand)
        return Typed(self.build(node.span, "negate", typed.expression), typed.dimension) if node.operator == "-" else typed

    def _power(self, node: ast.Power) -> Typed:
        base, exponent = self._calculable(node.base), self._calculable(node.exponent)
        if not same(exponent.dimension, NONE):
            return self.lose("E0205", "an exponent has no unit", node.exponent.span, describe(exponent.dimension))
        kind: Kind = base.dimension
        if is_plain(kind) and kind != NONE:
            if not (isinstance(exponent.expression, Constant) and isinstance(exponent.expression.value, Fraction)):
                return self.lose("E0205", "a quantity with a unit needs a constant exponent", node.exponent.span, labels=(Label(node.base.span, describe(kind)),))
            kind = raised(kind, exponent.expression.value)
        return Typed(self.build(node.span, "power", base.expression, exponent.expression), kind)

    # ---- conditions ---------------------------------------------------------------------------

    def _condition(self, node: ast.Expr) -> Expression:
        typed = self.type(node)
        if typed.dimension not in (BOOLEAN, UNKNOWN):
            self.findings.error("E0207", "a condition is expected here", node.span, describe(typed.dimension), "compare it with something, e.g. `v >= v_th`")
            return Constant(True)
        return typed.expression if typed.dimension == BOOLEAN else Constant(True)

    def _compare(self, node: ast.Compare) -> Typed:
        nodes = [node.first, *(operand for _, operand in node.rest)]
        typed = [self.type(n) for n in nodes]
        self._agree(nodes, typed, node.span)
        links = [
            self.build(node.span, COMPARISONS[operator], left.expression, right.expression)
            for (operator, _), left, right in zip(node.rest, typed, typed[1:], strict=False)
        ]
        return Typed(links[0] if len(links) == 1 else self.build(node.span, "and", *links), BOOLEAN)

    def _logical(self, node: ast.Logical) -> Typed:
        return Typed(self.build(node.span, node.operator, *(self._condition(o) for o in node.operands)), BOOLEAN)

    def _conditional(self, node: ast.Conditional) -> Typed:
        condition = self._condition(node.condition)
        then, otherwise = self.type(node.then), self.type(node.otherwise)
        if then.dimension == BOOLEAN and otherwise.dimension == BOOLEAN:
            kind: Kind = BOOLEAN
        else:
            kind = self._agree([node.then, node.otherwise], [then, otherwise], node.span)
        if isinstance(condition, Constant):
            return Typed((then if condition.value else otherwise).expression, kind)
        return Typed(self.build(node.span, "where", condition, then.expression, otherwise.expression), kind)

    # ---- calls --------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Typed:
        if not isinstance(node.function, ast.Name):
            return self.lose("E0301", f"`{_short(node.function.span)}` is not a function", node.function.span)
        name = node.function.id
        if name in self.scope.functions:
            return self._author_function(node, self.scope.functions[name])
        if name == "next":
            return self._next(node)
        if name in distributions.NAMES:
            return self._distribution(node, name)
        if name in PLAIN_FUNCTIONS or name in KEEPING_FUNCTIONS:
            return self._built_in(node, name)
        known = [*self.scope.functions, *PLAIN_FUNCTIONS, *KEEPING_FUNCTIONS, *distributions.NAMES]
        return self.lose("E0301", f"unknown function `{name}`", node.function.span, "", suggestion(name, known))

    def _positional(self, node: ast.Call, low: int, high: int, name: str) -> list[ast.Expr] | None:
        named = [a for a in node.arguments if a.name is not None]
        if named:
            self.findings.error("E0305", f"`{name}` takes no named arguments", named[0].span)
            return None
        if not low <= len(node.arguments) <= high:
            counts = str(low) if low == high else f"{low} or more" if high > 99 else f"{low} to {high}"
            self.findings.error("E0305", f"`{name}` takes {counts} argument{'s' if counts != '1' else ''}, {len(node.arguments)} given", node.span)
            return None
        return [a.value for a in node.arguments]

    def _built_in(self, node: ast.Call, name: str) -> Typed:
        low, high = {"min": (2, 999), "max": (2, 999), "clip": (3, 3)}.get(name, (1, 1))
        arguments = self._positional(node, low, high, name)
        if arguments is None:
            return LOST
        typed = [self._calculable(a) for a in arguments]
        if name in PLAIN_FUNCTIONS and not same(typed[0].dimension, NONE):
            return self.lose("E0204", f"`{name}` takes a number without unit", arguments[0].span, describe(typed[0].dimension), "divide it by a constant of the same unit")
        kind = self._agree(arguments, typed, node.span)
        values = [t.expression for t in typed]
        if name == "clip":
            lowered = self.build(node.span, "max", values[0], values[1])
            return Typed(self.build(node.span, "min", lowered, values[2]), kind)
        result = self.build(node.span, name, *values)
        if name in PLAIN_FUNCTIONS or name == "sign":
            kind = NONE
        elif name == "sqrt":
            kind = raised(kind, Fraction(1, 2))
        return Typed(result, kind)

    def _author_function(self, node: ast.Call, function: ast.Function) -> Typed:
        arguments = self._positional(node, len(function.parameters), len(function.parameters), function.name)
        if arguments is None:
            return LOST
        if function.name in self._expanding or len(self._expanding) > 50:
            return self.lose("E0415", f"`{function.name}` is defined through itself", node.span)
        typed = [self.type(a) for a in arguments]
        inner = Typer(Scope(dict(zip(function.parameters, typed, strict=True)), f"`fn {function.name}`", self.scope.functions, dt=self.scope.dt), self.findings)
        inner._expanding = [*self._expanding, function.name]
        return inner.type(function.value)

    def _next(self, node: ast.Call) -> Typed:
        argument = node.arguments[0].value if len(node.arguments) == 1 else None
        if isinstance(argument, ast.Name) and argument.id in self.scope.traces:
            return self.scope.traces[argument.id]
        known = ", ".join(f"`{name}`" for name in self.scope.traces) or "none"
        return self.lose("E0412", "`next()` takes the name of a trace", node.span, f"traces here: {known}")

    # ---- draws --------------------------------------------------------------------------------

    def standard_draw(self, standard: str) -> Expression:
        """A fresh draw of a standard distribution, told apart from the others of this place."""
        self._draws += 1
        return Draw(standard, self._draws)

    def _distribution(self, node: ast.Call, name: str) -> Typed:
        if not self.scope.draws:
            return self.lose("E0609", f"a random draw is not allowed in {self.scope.place}", node.span)
        if name in distributions.LATER:
            return self.lose("E0801", f"the distribution `{name}` is not supported yet", node.span, "", f"use one of {', '.join(distributions.READY)}")
        arguments = distributions.bind(node, name, self.findings)
        if arguments is None:
            return LOST
        typed = [self._calculable(a) for a in arguments]
        scaled = typed if name != "lognormal" else typed[:1]
        kind = self._agree(arguments[: len(scaled)], scaled, node.span)
        if name == "lognormal" and not same(typed[1].dimension, NONE):
            return self.lose("E0202", "`sigma` of a lognormal has no unit", arguments[1].span, describe(typed[1].dimension))
        values = [t.expression for t in typed]
        if not distributions.valid(name, values):
            return self.lose("E0601", distributions.COMPLAINTS[name], node.span)
        return Typed(distributions.express(name, values, self, node.span), kind)

    def _pipe(self, node: ast.Pipe) -> Typed:
        typed = self.type(node.stages[0])
        for stage in node.stages[1:]:
            if not (isinstance(stage, ast.Call) and isinstance(stage.function, ast.Name) and stage.function.id == "clip"):
                return self.lose("E0301", "only `clip(lo, hi)` may follow `|` here", stage.span)
            arguments = self._positional(stage, 2, 2, "clip")
            if arguments is None:
                return LOST
            low, high = (self.expect(a, typed.dimension, "a limit of `clip`") for a in arguments)
            lowered = self.build(stage.span, "max", typed.expression, low)
            typed = Typed(self.build(stage.span, "min", lowered, high), typed.dimension)
        return typed

    _METHODS = {
        ast.Number: _number,
        ast.Text: _text,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Derivative: _derivative,
        ast.Sum: _sum,
        ast.Product: _product,
        ast.Unary: _unary,
        ast.Power: _power,
        ast.Compare: _compare,
        ast.Logical: _logical,
        ast.Conditional: _conditional,
        ast.Call: _call,
        ast.Pipe: _pipe,
    }


def _unit_of(dimension: Kind) -> str:
    from inferno.grammar.units import base_unit

    return base_unit(dimension) if is_plain(dimension) else ""


def _short(span: Span) -> str:
    words = " ".join(span.text.split())
    return words if len(words) <= 40 else words[:37] + "…"


__all__ = ["Apply", "Reference", "Scope", "Typed", "Typer", "LOST", "substitute", "suggestion"]
