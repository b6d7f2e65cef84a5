"""The clauses of a component, one function each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, TIME, UNKNOWN, Kind, describe, is_plain, noun, product, quotient
from inferno.grammar.check.elsewhere import instead_of_equation
from inferno.grammar.check.limits import constant_limits
from inferno.grammar.check.mistaken_units import mistaken_unit
from inferno.grammar.check.noise import check_noise
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wording import listed, name_span, near_or_all, short, suggestion
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import ZERO, Constant, Expression, Reference, references
from inferno.grammar.source import Span

ANNOTATIONS = ("shared", "persistent", "train_only")
REDUCTIONS = ("mean", "sum", "max")
SURROGATES = ("fast_sigmoid", "sigmoid", "atan", "triangle")
SOLVERS = ("exact", "euler", "exponential_euler", "rk2", "rk4")
MOST_SUBSTEPS = 1000


def declared_state(typer: Typer, statement: ast.States, declaration: ast.Declaration) -> tuple[checked.State, Kind]:
    """A state that a `state` line declares, and its dimension, unknown where a mistake is reported."""
    shared, persistent, train_only = None, False, False
    for annotation in statement.annotations:
        if annotation.name == "shared":
            shared = _reduction(typer.findings, annotation)
        elif annotation.name == "persistent" and not annotation.arguments:
            persistent = True
        elif annotation.name == "train_only" and not annotation.arguments:
            train_only = True
        elif annotation.name in ANNOTATIONS:
            typer.findings.error("E0409", f"`@{annotation.name}` takes no arguments", annotation.span, "", f"write `@{annotation.name}`")
        else:
            hint = (
                suggestion(typer.findings, annotation.name, ANNOTATIONS)
                or "known are `@shared(mean|sum|max)`, `@persistent`, `@train_only`"
            )
            typer.findings.error("E0409", f"unknown annotation `@{annotation.name}`", annotation.span, "", hint)
    return _state(typer, declaration, shared, persistent, train_only)


def _reduction(findings: Findings, annotation: ast.Annotation) -> str:
    argument = annotation.arguments[0].value if len(annotation.arguments) == 1 else None
    if isinstance(argument, ast.Name) and argument.id in REDUCTIONS:
        return argument.id
    message = "`@shared` needs to know how the samples of a batch are reduced"
    findings.error("E0409", message, annotation.span, "", "write `@shared(mean)`, `@shared(sum)` or `@shared(max)`")
    return "mean"


def _state(
    typer: Typer, declaration: ast.Declaration, shared: str | None, persistent: bool, train_only: bool
) -> tuple[checked.State, Kind]:
    dimension, _ = declared_dimension(declaration.type, typer.findings)
    typed = Typed(Constant(Fraction(0)), dimension)
    if declaration.default is not None and is_plain(dimension):
        typed = typer.fit(declaration.default, dimension, f"the initial value of `{declaration.name}`")
        # The unit that is written holds, whatever is wrong with the value.
        typed = Typed(typed.expression, dimension)
    elif declaration.default is not None:
        found = typer.type(declaration.default)
        typed = found if is_plain(found.dimension) or found.is_lost else Typed(found.expression, NONE)
    elif declaration.type is None:
        help_text = f"write, say, `state {declaration.name} : mV = 0 mV`"
        typer.findings.error("E0417", f"`{declaration.name}` needs a unit or an initial value", declaration.name_span, "", help_text)
    plain = typed.dimension if is_plain(typed.dimension) else NONE
    state = checked.State(declaration.name, plain, typed.expression, shared, persistent, train_only, span=declaration.name_span)
    return with_range(typer, state, typed.dimension, declaration.range) if declaration.range is not None else state, typed.dimension


def with_range(typer: Typer, state: checked.State, kind: Kind, interval: ast.Interval) -> checked.State:
    """The state with a range of constant limits; as it is where a mistake is reported."""
    low, high = constant_limits(typer, state.name, kind, interval)
    if state.shared == "sum":
        message = f"`{state.name}`, to which all samples add, can't have a range"
        help_text = "it could be left by the sum alone; use `@shared(mean)` or `@shared(max)`"
        typer.findings.error("E0424", message, interval.span, "", help_text)
    return replace(state, low=low, high=high)


def state_bound(typer: Typer, statement: ast.BoundDecl, states: dict[str, checked.State], title: str) -> None:
    """`bound v in [low, high]` as the range of a state, which `states` then has."""
    findings, name = typer.findings, statement.name
    span = name_span(statement.span, name)
    if name not in states:
        if _is_news(typer, name):
            findings.error("E0408", f"`{name}` is not a state of {title}", span, "", near_or_all(findings, name, states, "its states are"))
        return
    state = states[name]
    if state.low is not None or state.high is not None:
        findings.error("E0407", f"`{name}` has two ranges", statement.span, "again here")
        return
    if state.receptor:
        findings.error("E0424", f"`{name}` is a receptor: its kernel says what it is", statement.span)
        return
    kind = statement.kind
    if kind is not None and not (isinstance(kind, ast.Name) and kind.id in ("hard", "clamp")):
        findings.error("E0507", "the range of a state is a hard bound", kind.span, "", "leave this out, or write `hard`")
        return
    states[name] = with_range(typer, state, typer.scope.names[name].dimension, statement.range)


def equation(typer: Typer, statement: ast.Equation, known: Mapping[str, checked.State], title: str) -> checked.Equation | None:
    """`tau * v' = …` as `v' = … / tau`; None where a mistake is reported."""
    found = equation_and_kind(typer, statement, known, title)
    return found[0] if found is not None else None


def equation_and_kind(
    typer: Typer, statement: ast.Equation, known: Mapping[str, checked.State], title: str
) -> tuple[checked.Equation, Kind] | None:
    """An equation, and the dimension that its right side gives the state."""
    findings, left = typer.findings, statement.left
    factors = left.factors if isinstance(left, ast.Product) else (("*", left),)
    derivatives = [(operator, f) for operator, f in factors if isinstance(f, ast.Derivative)]
    if len(derivatives) != 1 or derivatives[0][0] != "*":
        message = "the left side of an equation has one derivative, times a constant"
        findings.error("E0401", message, left.span, "", instead_of_equation(short(left.span), known))
        return None
    derivative = derivatives[0][1]
    assert isinstance(derivative, ast.Derivative)
    if derivative.name not in known:
        if _is_news(typer, derivative.name):
            hint = suggestion(findings, derivative.name, known) or f"declare it: `state {derivative.name} : mV = 0 mV`"
            findings.error("E0403", f"`{derivative.name}` is not a state of {title}", derivative.span, "", hint)
        typer.type(statement.right)
        return None
    state = known[derivative.name]
    scale = _scale(typer, [(operator, f) for operator, f in factors if f is not derivative], left)
    kind = typer.scope.names[state.name].dimension
    wanted = quotient(product(scale.dimension, kind), TIME)
    if not scale.is_lost and references(scale.expression, "state", "port", "trace", "weight", "input", "noise"):
        help_text = "divide the right side by it instead"
        findings.error("E0401", "what stands before a derivative must be constant", left.span, "it varies", help_text)
        return None
    right = typer.type(statement.right, wanted)
    if right.is_lost or scale.is_lost or kind == UNKNOWN:
        return None
    if is_plain(right.dimension) and is_plain(wanted) and right.dimension != wanted:
        _uneven(typer, statement, right.dimension, wanted)
        return None
    rate = typer.build(statement.span, "divide", right.expression, scale.expression)
    if not check_noise(typer, statement, rate, state):
        return None
    driven = wanted if is_plain(wanted) else None
    given = product(quotient(right.dimension, scale.dimension), TIME)
    return checked.Equation(state.name, rate, scale.expression, driven, span=statement.span), given


def _is_news(typer: Typer, name: str) -> bool:
    """Whether it has not been said yet that a name is missing; what is known but no state is said each time."""
    return name in typer.scope.names or typer.findings.is_first("missing", typer.scope.owner, name)


def _scale(typer: Typer, factors: Sequence[tuple[str, ast.Expr]], left: ast.Expr) -> Typed:
    """The product of what stands beside the derivative."""
    result = Typed(Constant(Fraction(1)), NONE)
    for operator, factor in factors:
        typed = typer.calculable(factor)
        if result.is_lost or typed.is_lost:
            return LOST
        combine, function = (product, "multiply") if operator == "*" else (quotient, "divide")
        result = typer.made(left.span, combine(result.dimension, typed.dimension), function, result.expression, typed.expression)
    return result


def _uneven(typer: Typer, statement: ast.Equation, right: Kind, wanted: Kind) -> None:
    """Report an equation whose sides have different units."""
    by_name, edit = mistaken_unit(typer.scope, statement.span, right, wanted)
    help_text = by_name or _evened(typer, statement.left, right, wanted)
    label = Label(statement.left.span, "1/ms" if wanted == quotient(NONE, TIME) else describe(wanted))
    message = "the two sides of the equation have different units"
    typer.findings.error("E0203", message, statement.right.span, describe(right), help_text, labels=(label,), edit=edit)


def _evened(typer: Typer, left: ast.Expr, right: Kind, wanted: Kind) -> str:
    """What would make the sides of an equation fit."""
    if quotient(right, wanted) != TIME:
        return f"multiplied by {noun(quotient(wanted, right))} the right side would fit"
    if (unitless := _without_time(typer, left)) is not None:
        return f"`{short(unitless)}` has no unit of time: write `param {short(unitless)} = 10 ms`, say"
    times = [n for n, t in typer.scope.names.items() if t.dimension == TIME and t.expression == Reference("parameter", n)]
    return f"a time constant is missing, e.g. `{times[0] if times else 'tau'} * {short(left.span)} = …`"


def _without_time(typer: Typer, left: ast.Expr) -> Span | None:
    """The parameter beside the derivative that is a plain number, if there is one alone."""
    factors = [f for sign, f in left.factors if sign == "*" and not isinstance(f, ast.Derivative)] if isinstance(left, ast.Product) else []
    own = [f for f in factors if isinstance(f, ast.Name) and typer.scope.names[f.id].expression == Reference("parameter", f.id)]
    return own[0].span if len(own) == len(factors) == 1 and typer.scope.names[own[0].id].dimension == NONE else None


def refractory(typer: Typer, statement: ast.Refractory, known: Collection[str], title: str) -> checked.Refractory:
    """`refractory t hold a, b`."""
    for held in statement.hold:
        if held.id not in known and _is_news(typer, held.id):
            hint = near_or_all(typer.findings, held.id, known, "its states are")
            typer.findings.error("E0406", f"`{held.id}` is not a state of {title}", held.span, "only states can be held", hint)
    duration = typer.expect(statement.duration, TIME, "a refractory period")
    return checked.Refractory(duration, tuple(sorted({h.id for h in statement.hold})), span=statement.span)


def surrogate(typer: Typer, statement: ast.Surrogate) -> checked.Surrogate | None:
    """`surrogate fast_sigmoid(25)`."""
    value = statement.value
    name = value.function if isinstance(value, ast.Call) else value
    if not isinstance(name, ast.Name) or name.id not in SURROGATES:
        words = name.id if isinstance(name, ast.Name) else short(name.span)
        typer.findings.error("E0416", f"unknown surrogate `{words}`", name.span, "", near_or_all(typer.findings, words, SURROGATES))
        return None
    if not isinstance(value, ast.Call) or not value.arguments:
        return checked.Surrogate(name.id, 25.0, span=statement.span)
    if len(value.arguments) > 1 or value.arguments[0].name not in (None, "slope"):
        typer.findings.error("E0305", f"`{name.id}` takes one argument, its slope", value.span, "", f"write `{name.id}(25)`")
        return None
    slope = typer.constant(value.arguments[0].value, NONE, "the slope of a surrogate")
    if slope is not None and not 0 < slope < float("inf"):
        typer.findings.error("E0603", "the slope of a surrogate must be greater than 0 and finite", value.arguments[0].span)
    return checked.Surrogate(name.id, float(slope), span=statement.span) if slope is not None else None


def solver(typer: Typer, statement: ast.Solve) -> checked.Solver | None:
    """`solve rk2 substeps 2`."""
    if statement.method not in SOLVERS:
        hint = near_or_all(typer.findings, statement.method, SOLVERS)
        typer.findings.error("E0416", f"unknown solver `{statement.method}`", statement.span, "", hint)
        return None
    substeps: Fraction | float | None = 1
    if statement.substeps is not None:
        substeps = typer.constant(statement.substeps, NONE, "the number of substeps")
        if substeps is not None and not (1 <= substeps <= MOST_SUBSTEPS and int(substeps) == substeps):
            typer.findings.error("E0607", f"substeps are a whole number from 1 to {MOST_SUBSTEPS}", statement.substeps.span)
            return None
    return checked.Solver(statement.method, int(substeps), span=statement.span) if substeps is not None else None


def assignments(
    typer_of: Callable[..., Typer],
    block: Sequence[ast.BlockStatement],
    known: Mapping[str, checked.State],
    title: str,
    *,
    only_add: bool = False,
    typers: dict[str, Typer] | None = None,
    emitted: list[Emission] | None = None,
) -> tuple[checked.Assignment, ...]:
    """What an event block does to states; assignments to one state share a typer, so that their draws are told apart.

    `typers` are those of other blocks of the component; `emitted` takes what the block emits, where it may emit events.
    """
    found = _Block(typer_of, known, title, only_add, {} if typers is None else typers, emitted).read(block)
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Emission:
    """An `emit name` with the conditions around it in its block."""

    name: str
    guards: tuple[Expression, ...]
    span: Span


@dataclass
class _Block:
    """An event block while it is read."""

    typer_of: Callable[..., Typer]
    known: Mapping[str, checked.State]
    title: str
    only_add: bool
    typers: dict[str, Typer]
    emitted: list[Emission] | None
    guards: tuple[Expression, ...] = ()

    def read(self, block: Sequence[ast.BlockStatement]) -> dict[str, checked.Assignment]:
        """What the statements do together, by state."""
        found: dict[str, checked.Assignment] = {}
        for statement in block:
            for target, made in self._made(statement).items():
                earlier = found.get(target)
                if earlier is None:
                    found[target] = made
                elif earlier.accumulate or made.accumulate:
                    first, second = (made, earlier) if earlier.accumulate else (earlier, made)
                    value = self.typers[target].build(second.span, "add", first.value, second.value)
                    found[target] = replace(first, value=value)
                else:
                    label = Label(earlier.span, "first here")
                    help_text = "all assignments of a block apply together, so neither is the last; one of both may use `+=`"
                    message = f"`{target}` is assigned twice in one block"
                    self._findings().error("E0404", message, made.span, "again here", help_text, labels=(label,))
        return found

    def _findings(self) -> Findings:
        return self.typer_of().findings

    def _made(self, statement: ast.BlockStatement) -> dict[str, checked.Assignment]:
        if isinstance(statement, ast.IfBlock):
            return self._choice(statement)
        findings = self._findings()
        if not isinstance(statement, ast.Assign):
            if self.emitted is not None:
                self.emitted.append(Emission(statement.name, self.guards, statement.span))
            else:
                findings.error("E0423", "only a neuron emits events", statement.span, f"not in {self.title}")
            return {}
        target = statement.target.id if isinstance(statement.target, ast.Name) else short(statement.target.span)
        if target not in self.known and not _is_news(self.typer_of(), target):
            return {}
        if target not in self.known:
            states = f"its states are {listed(self.known)}" if self.known else "it has no states"
            hint = suggestion(findings, target, self.known) or states
            findings.error("E0405", f"`{target}` is not a state of {self.title}", statement.target.span, "only states can be changed", hint)
            return {}
        if self.only_add and statement.operator not in ("+=", "-="):
            findings.error("E0405", "a synapse adds what arrives to its states", statement.span, "", f"write `{target} += …`")
            return {}
        return {target: _assignment(self.typers.setdefault(target, self.typer_of()), statement, self.known[target])}

    def _choice(self, statement: ast.IfBlock) -> dict[str, checked.Assignment]:
        """`if condition:` as one assignment for each state: what either side does, and where it does nothing the value before."""
        # A draw would be another one for each state.
        condition = self.typer_of(draws="never").condition(statement.condition).expression
        then, otherwise = self._guarded(statement.then, condition), self._guarded(statement.otherwise, condition, otherwise=True)
        found: dict[str, checked.Assignment] = {}
        for target in sorted({*then, *otherwise}):
            sides = [then.get(target), otherwise.get(target)]
            adds = all(side is None or side.accumulate for side in sides)
            typer, first = self.typers[target], next(side for side in sides if side is not None)
            values = [self._value(typer, target, side, adds) for side in sides]
            if isinstance(condition, Constant):
                value = values[0] if condition.value else values[1]
            else:
                value = typer.build(first.span, "where", condition, *values)
            found[target] = checked.Assignment(target, value, adds, span=first.span)
        return found

    def _guarded(
        self, block: Sequence[ast.BlockStatement], condition: Expression, *, otherwise: bool = False
    ) -> dict[str, checked.Assignment]:
        """What one side of a choice does."""
        if not block:
            return {}
        outside = self.guards
        self.guards = (*outside, self.typer_of().build(block[0].span, "not", condition) if otherwise else condition)
        found = self.read(block)
        self.guards = outside
        return found

    def _value(self, typer: Typer, target: str, side: checked.Assignment | None, adds: bool) -> Expression:
        """What a side of a choice adds to a state, or makes of it."""
        before = Reference("state", target)
        if side is None:
            return ZERO if adds else before
        return typer.build(side.span, "add", before, side.value) if side.accumulate and not adds else side.value


def _assignment(typer: Typer, statement: ast.Assign, state: checked.State) -> checked.Assignment:
    current = Reference("state", state.name)
    if statement.operator in ("*=", "/="):
        factor = typer.expect(statement.value, NONE, "a factor")
        function = "multiply" if statement.operator == "*=" else "divide"
        return checked.Assignment(state.name, typer.build(statement.span, function, current, factor), False, span=statement.span)
    value: Expression = typer.expect(statement.value, typer.scope.names[state.name].dimension, f"`{state.name}`", "E0203")
    if statement.operator == "-=":
        value = typer.build(statement.span, "negate", value)
    return checked.Assignment(state.name, value, statement.operator != "=", span=statement.span)


def traces(typer: Typer, statement: ast.Traces) -> list[checked.Trace]:
    """`trace x = pre(tau), y = post(tau, nearest)`; a faulty one is known all the same."""
    found = []
    for definition in statement.definitions:
        call = definition.value
        name = call.function.id if isinstance(call, ast.Call) and isinstance(call.function, ast.Name) else ""
        tau: Expression = LOST.expression
        nearest = False
        if not isinstance(call, ast.Call) or name not in ("pre", "post") or not 1 <= len(call.arguments) <= 2:
            near = suggestion(typer.findings, name, ("pre", "post")) if name not in ("", "pre", "post") else ""
            place = call.function.span if isinstance(call, ast.Call) and near else call.span
            help_text = near or f"write `trace {definition.name} = pre(20 ms)`"
            typer.findings.error("E0420", "a trace is `pre(tau)` or `post(tau)`", place, "", help_text)
        else:
            tau = typer.expect(call.arguments[0].value, TIME, "the time constant of a trace")
            nearest = len(call.arguments) == 2
            if nearest and not (isinstance(call.arguments[1].value, ast.Name) and call.arguments[1].value.id == "nearest"):
                typer.findings.error("E0420", "the second argument of a trace can only be `nearest`", call.arguments[1].span)
        found.append(checked.Trace(definition.name, name or "pre", tau, nearest, span=definition.span))
    return found
