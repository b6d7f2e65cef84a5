"""Expressions of the syntax tree become checked expressions with a dimension.

One `Typer` types the expressions of one scope.  A problem is reported once and its expression is then lost: of unknown dimension,
which fits everything, and so is all that is made of it, so that one mistake gives one message.
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

from inferno.grammar import ast
from inferno.grammar.check import calls
from inferno.grammar.check.dimensions import (
    ANY,
    BOOLEAN,
    NONE,
    TIME,
    UNKNOWN,
    Kind,
    describe,
    is_plain,
    is_sensible,
    noun,
    product,
    quotient,
    raised,
    same,
    shown_unit,
)
from inferno.grammar.check.elsewhere import neuron_in_a_rule, suffixed_in_a_rule
from inferno.grammar.check.mending import mending, unit_alone
from inferno.grammar.check.mistaken_units import mistaken_unit
from inferno.grammar.check.noise import lose_noise, noise_named
from inferno.grammar.check.scope import BUILT_INS, LOST, TIME_NOW, Scope, Typed
from inferno.grammar.check.wording import listed, short, suggestion, way_out
from inferno.grammar.diagnostics import Edit, Findings, Label
from inferno.grammar.expression import Constant, Draw, Expression, TooLarge, apply
from inferno.grammar.source import Span
from inferno.grammar.units import UNITS, parse_unit

COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal"}

# The parser nests no deeper; functions put into each other may.  Typing takes up to three Python frames a level.
DEEPEST = 200


class Typer:
    """Types expressions in a scope; problems go to `findings`."""

    def __init__(self, scope: Scope, findings: Findings) -> None:
        self.scope = scope
        self.findings = findings
        self._draws = 0
        self._depth = 0
        self.expanding: tuple[str, ...] = ()

    # ---- entry points -------------------------------------------------------------------------

    def type(self, node: ast.Expr, wanted: Kind = UNKNOWN) -> Typed:
        """The checked form of an expression; `wanted` says which terms of a sum are the wrong ones if they differ."""
        if isinstance(node, ast.Sum) and wanted != UNKNOWN:
            return self._sum(node, wanted)
        method = self._METHODS.get(type(node))
        if method is None:
            differing = "what differs from neuron to neuron is drawn, `uniform(0, 1)`, or given by an input of that shape"
            hint = differing if isinstance(node, ast.ListLiteral) and self.scope.draws == "allowed" else ""
            return self.lose("E0410", "this is not a value", node.span, f"not allowed in {self.scope.place}", hint)
        if self._depth >= DEEPEST or (self.expanding and not self.scope.budget.spend(1)):
            return self.too_large(node.span)
        self._depth += 1
        typed = method(self, node)
        self._depth -= 1
        return LOST if typed.is_lost else typed

    def fit(
        self, node: ast.Expr, dimension: Kind, what: str, code: str = "E0202", unit: str | None = None,
        advice: Callable[[Kind], str] | None = None,
    ) -> Typed:  # fmt: skip
        """The checked form of an expression that must have a dimension; lost if it has another.

        `what` begins the sentence "… is a conductance, not a voltage"; `unit` is the unit that a bare number lacks; `advice` says what
        to do with another dimension.
        """
        typed = self.type(node, dimension)
        if same(typed.dimension, dimension):
            return LOST if typed.is_lost else typed
        label = f"this is {describe(typed.dimension)}, expected {describe(dimension)}"
        if typed.dimension == NONE and is_plain(dimension):
            self._missing_unit(node, what, label, unit or shown_unit(dimension))
            return LOST
        help_text, edit = mistaken_unit(self.scope, node.span, typed.dimension, dimension)
        if not help_text and code == "E0203":
            help_text = mending(node, typed.dimension, dimension, self.scope.names)
        if advice is not None:
            help_text, edit = advice(typed.dimension), None
        self.findings.error(code, f"{what} is {noun(dimension)}, not {noun(typed.dimension)}", node.span, label, help_text, edit=edit)
        return LOST

    def _missing_unit(self, node: ast.Expr, what: str, label: str, unit: str) -> None:
        number = node.operand if isinstance(node, ast.Unary) and node.operator == "-" else node
        is_number = isinstance(number, ast.Number)
        words = short(node.span)
        can_join = isinstance(node, ast.Name | ast.Call | ast.Product) and not words.endswith("…")
        example = f", e.g. `1 {unit} * {words}`" if can_join else ""
        help_text = f"write the unit behind the number, e.g. `{words} {unit}`" if is_number else f"give it a unit{example}"
        edit = Edit(Span(node.span.source, node.span.end, node.span.end), f" {unit}") if is_number else None
        self.findings.error("E0206", f"{what} needs a unit", node.span, label, help_text, edit=edit)

    def expect(self, node: ast.Expr, dimension: Kind, what: str, code: str = "E0202") -> Expression:
        """The expression of `fit`."""
        return self.fit(node, dimension, what, code).expression

    def constant(self, node: ast.Expr, dimension: Kind, what: str) -> Fraction | float | None:
        """The value of a constant expression that must have a dimension, maybe infinite; None if a problem has been reported."""
        typed = self.fit(node, dimension, what)
        if typed.is_lost:
            return None
        if not isinstance(typed.expression, Constant):
            self.findings.error("E0609", f"{what} must be constant", node.span, "this varies")
            return None
        return typed.expression.value

    def lose(self, code: str, message: str, span: Span, label: str = "", *helps: str, labels: tuple[Label, ...] = ()) -> Typed:
        """Report a problem; the expression is lost from here on."""
        self.findings.error(code, message, span, label, *helps, labels=labels)
        return LOST

    def build(self, span: Span, function: str, *arguments: Expression) -> Expression:
        """`apply`, with what goes wrong reported at a span."""
        return self.made(span, NONE, function, *arguments).expression

    def made(self, span: Span, kind: Kind, function: str, *arguments: Expression) -> Typed:
        """`apply` with a dimension, or lost if something goes wrong, which is reported at a span."""
        try:
            return Typed(apply(function, *arguments), kind)
        except TooLarge as problem:
            return self.lose("E0411", f"this expression is {problem} once its definitions are put in", span)
        except ValueError as problem:
            return self.lose("E0602", f"this can't be calculated: {problem}", span, "", way_out(problem))

    def begin(self) -> None:
        """Begin another place: its draws are counted anew."""
        self._draws = 0

    def inside(self, function: str, scope: Scope) -> Typer:
        """A typer for the body of an author's function, which knows what it is inside of."""
        inner = Typer(scope, self.findings)
        inner._depth, inner.expanding = self._depth, (*self.expanding, function)
        return inner

    def standard_draw(self, standard: str) -> Expression:
        """A fresh draw of a standard distribution, told apart from the others of this place."""
        self._draws += 1
        return Draw(standard, self._draws)

    def too_large(self, span: Span) -> Typed:
        """Report an expression that its functions make too large, once for all that exceed the file's budget."""
        if self._depth < DEEPEST and not self.findings.is_first("E0411", "budget"):
            return LOST
        problem = "nested too deeply" if self._depth >= DEEPEST else "too large"
        return self.lose("E0411", f"this expression is {problem} once its functions are put in", span)

    # ---- leaves -------------------------------------------------------------------------------

    def _number(self, node: ast.Number) -> Typed:
        if node.unit is None:
            return Typed(Constant(node.value), ANY if node.value == 0 else NONE)
        if node.unit == "dt":
            if self.scope.dt is None:
                return self.lose("E0609", "`dt` is not known here", node.span, "the time step itself is being defined")
            return self.made(node.span, TIME, "multiply", Constant(node.value), Constant(self.scope.dt))
        try:
            unit = parse_unit(node.unit)
        except (KeyError, ValueError):
            return self.lose("E0201", f"unknown unit `{node.unit}`", node.span, "", suggestion(self.findings, node.unit, UNITS))
        if "*" in node.unit or "/" in node.unit:
            self.scope.products.append(node.span)
        kind = ANY if node.value == 0 and unit.dimension == NONE else unit.dimension
        return self.made(node.span, kind, "multiply", Constant(node.value), Constant(unit.factor))

    def _text(self, node: ast.Text) -> Typed:
        return self.lose("E0207", "a text can't be calculated with", node.span)

    def _name(self, node: ast.Name) -> Typed:
        known = self.scope.names.get(node.id) or BUILT_INS.get(node.id)
        if known is None and node.id == "t" and self.scope.time:
            return TIME_NOW
        if known is None and (noise := noise_named(node.id)) is not None:
            return noise if self.scope.noise else lose_noise(self, node)
        if known is not None:
            return lose_noise(self, node) if node.id in self.scope.noisy and not self.scope.noise else known
        message, local = f"unknown name `{node.id}`", f"not known in {self.scope.place}"
        if node.id in UNITS or node.id == "dt":
            hint, edit = unit_alone(node)
            self.findings.error("E0301", message, node.span, f"`{node.id}` is a unit, not a value", hint, edit=edit)
            return LOST
        if not self.findings.is_first("missing", self.scope.owner or self.scope.place, node.id):
            return LOST
        if node.id == "cm":
            hint = "there are um, mm and m: `1 uF/cm^2` is `10 nF/mm^2`, `1 mS/cm^2` is `10 uS/mm^2`, `1 uA/cm^2` is `10 nA/mm^2`"
            return self.lose("E0301", message, node.span, "no unit of this name", hint)
        if node.id.lower() == "nan":
            return self.lose("E0301", message, node.span, "not a number", "give a number")
        if node.id == "t":
            hint = "`t`, the time since the start of the sample, is known in a neuron's equations and blocks, and in a population's values"
            return self.lose("E0301", message, node.span, local, hint)
        if node.id in self.scope.outside:
            own = f"write `param {node.id} = …` in it, and set it where it is used: `{node.id} = {node.id}`"
            hint = f"a body sees its own names only: {own}"
            return self.lose("E0301", message, node.span, f"of the file, {local}", hint)
        near = suffixed_in_a_rule(node.id, self.scope) or suggestion(self.findings, node.id, chain(self.scope.names, BUILT_INS))
        known_here = f"known here: {listed(self.scope.names)}" if self.scope.names and not self.findings.is_full else ""
        declared = f"declare it: `param {node.id} = …`, or `input {node.id} : nA` for what comes from outside"
        advice = declared if self.scope.time and self.scope.owner.startswith("neuron") and len(node.id) <= 20 else ""
        if self.expanding:
            advice = f"a function sees its arguments alone: make `{node.id:.60}` one of them, and give it where the function is called"
        return self.lose("E0301", message, node.span, local, near or known_here, "" if near else advice)

    def _attribute(self, node: ast.Attribute) -> Typed:
        hint = neuron_in_a_rule(node.value.id if isinstance(node.value, ast.Name) else "", node.name, self.scope)
        return self.lose("E0301", f"`{short(node.span)}` is not a value here", node.span, f"not known in {self.scope.place}", hint)

    def _derivative(self, node: ast.Derivative) -> Typed:
        return self.lose("E0401", f"the derivative `{short(node.span)}` may stand only on the left of an equation", node.span)

    # ---- arithmetic ---------------------------------------------------------------------------

    def _sum(self, node: ast.Sum, wanted: Kind = UNKNOWN) -> Typed:
        nodes, typed = [], []
        for _, term in node.terms:
            nodes.append(term)
            typed.append(self.type(term))
        kind = self.agree(nodes, typed, "units do not add up", wanted)
        parts = []
        for (sign, _), term_type in zip(node.terms, typed, strict=True):
            parts.append(self.build(node.span, "negate", term_type.expression) if sign == "-" else term_type.expression)
        return LOST if kind == UNKNOWN else self.made(node.span, kind, "add", *parts)

    def agree(self, nodes: Sequence[ast.Expr], typed: Sequence[Typed], message: str, wanted: Kind = UNKNOWN) -> Kind:
        """The common dimension of terms; those that differ from what most (or what the place) have are reported."""
        for node, value in zip(nodes, typed, strict=True):
            if value.dimension == BOOLEAN:
                return self._no_condition(node).dimension
        if any(t.is_lost for t in typed):
            return UNKNOWN
        counted = Counter(t.dimension for t in typed if is_plain(t.dimension))
        if not counted:
            return ANY
        right = wanted if wanted in counted else counted.most_common(1)[0][0]
        wrong = [index for index, t in enumerate(typed) if is_plain(t.dimension) and t.dimension != right]
        if not wrong:
            return right
        first, last = _longest_run([same(t.dimension, right) for t in typed])
        labels = [Label(nodes[first].span.to(nodes[last].span), describe(right))]
        labels += [Label(nodes[i].span, describe(typed[i].dimension)) for i in wrong[1:3]]
        node, found = nodes[wrong[0]], typed[wrong[0]].dimension
        by_name, edit = mistaken_unit(self.scope, node.span, found, right)
        help_text = by_name or mending(node, found, right, self.scope.names)
        self.findings.error("E0203", message, node.span, describe(found), help_text, labels=tuple(labels), edit=edit)
        return UNKNOWN

    def _no_condition(self, node: ast.Expr) -> Typed:
        return self.lose("E0207", "a condition can't be calculated with", node.span, "true or false", "use `a if condition else b`")

    def _product(self, node: ast.Product) -> Typed:
        result = Typed(Constant(Fraction(1)), NONE)
        for position, (operator, factor) in enumerate(node.factors):
            typed = self.calculable(factor)
            if result.is_lost or typed.is_lost:
                result = LOST
            elif operator == "*":
                kind = product(result.dimension, typed.dimension)
                result = typed if position == 0 else self.made(node.span, kind, "multiply", result.expression, typed.expression)
            elif operator == "/":
                kind = quotient(result.dimension, typed.dimension)
                result = self.made(node.span, kind, "divide", result.expression, typed.expression)
            elif not same(result.dimension, typed.dimension):
                before = Span(node.span.source, node.span.start, node.factors[position - 1][1].span.end)
                label = Label(before, describe(result.dimension))
                result = self.lose("E0203", "both sides of `%` need the same unit", factor.span, describe(typed.dimension), labels=(label,))
            else:
                result = self.made(node.span, result.dimension, "modulo", result.expression, typed.expression)
        return result

    def calculable(self, node: ast.Expr) -> Typed:
        """The checked form of an expression that is no condition."""
        typed = self.type(node)
        return self._no_condition(node) if typed.dimension == BOOLEAN else typed

    def _unary(self, node: ast.Unary) -> Typed:
        if node.operator == "not":
            condition = self.condition(node.operand)
            return LOST if condition.is_lost else self.made(node.span, BOOLEAN, "not", condition.expression)
        typed = self.calculable(node.operand)
        return self.made(node.span, typed.dimension, "negate", typed.expression) if node.operator == "-" and not typed.is_lost else typed

    def _power(self, node: ast.Power) -> Typed:
        base, exponent = self.calculable(node.base), self.calculable(node.exponent)
        if base.is_lost or exponent.is_lost:
            return LOST
        if not same(exponent.dimension, NONE):
            return self.lose("E0205", "an exponent has no unit", node.exponent.span, describe(exponent.dimension))
        kind: Kind = base.dimension
        if is_plain(kind) and kind != NONE:
            label = Label(node.base.span, describe(kind))
            if not (isinstance(exponent.expression, Constant) and isinstance(exponent.expression.value, Fraction)):
                return self.lose("E0205", "a quantity with a unit needs a constant exponent", node.exponent.span, labels=(label,))
            kind = raised(kind, exponent.expression.value)
            if not is_sensible(kind):
                return self.lose(
                    "E0205", "no quantity has such a power as its unit", node.exponent.span, "out of all reason", labels=(label,)
                )
        return self.made(node.span, kind, "power", base.expression, exponent.expression)

    # ---- conditions ---------------------------------------------------------------------------

    def condition(self, node: ast.Expr) -> Typed:
        """The checked form of an expression that must be true or false."""
        typed = self.type(node)
        if typed.dimension in (BOOLEAN, UNKNOWN):
            return typed
        help_text = "compare it with something, e.g. `v >= v_th`"
        return self.lose("E0207", "a condition is expected here", node.span, describe(typed.dimension), help_text)

    def _compare(self, node: ast.Compare) -> Typed:
        nodes = [node.first]
        typed = [self.type(node.first)]
        for _, operand in node.rest:
            nodes.append(operand)
            typed.append(self.type(operand))
        if self.agree(nodes, typed, "quantities of different units can't be compared") == UNKNOWN:
            return LOST
        links = []
        for (operator, _), left, right in zip(node.rest, typed, typed[1:], strict=False):
            links.append(self.build(node.span, COMPARISONS[operator], left.expression, right.expression))
        return Typed(links[0], BOOLEAN) if len(links) == 1 else self.made(node.span, BOOLEAN, "and", *links)

    def _logical(self, node: ast.Logical) -> Typed:
        if node.operator not in ("and", "or"):
            return self.lose(
                "E0207", f"`{node.operator}` joins connectivities, not values", node.span, "", "write `and` between conditions"
            )
        conditions = []
        for operand in node.operands:
            conditions.append(self.condition(operand))
        if any(c.is_lost for c in conditions):
            return LOST
        return self.made(node.span, BOOLEAN, node.operator, *(c.expression for c in conditions))

    def _conditional(self, node: ast.Conditional) -> Typed:
        condition = self.condition(node.condition)
        then, otherwise = self.type(node.then), self.type(node.otherwise)
        if then.dimension == BOOLEAN and otherwise.dimension == BOOLEAN:
            kind: Kind = BOOLEAN
        else:
            kind = self.agree([node.then, node.otherwise], [then, otherwise], "both sides of `if … else` need the same unit")
        if condition.is_lost or kind == UNKNOWN:
            return LOST
        if isinstance(condition.expression, Constant):
            return Typed((then if condition.expression.value else otherwise).expression, kind)
        return self.made(node.span, kind, "where", condition.expression, then.expression, otherwise.expression)

    _METHODS: Mapping[builtins.type[ast.Expr], Callable[[Typer, Any], Typed]] = {
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
        ast.Call: calls.call,
        ast.Pipe: calls.pipe,
    }


def _longest_run(marks: Sequence[bool]) -> tuple[int, int]:
    """First and last index of the longest run of true marks; the earliest of several."""
    best, start = (0, -1), 0
    for index, mark in enumerate([*marks, False]):
        if not mark:
            if index - 1 - start > best[1] - best[0]:
                best = (start, index - 1)
            start = index + 1
    return best
