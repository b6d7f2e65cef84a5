"""The clauses of a component, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, UNKNOWN, describe, is_plain, product, quotient, same
from inferno.grammar.check.typing import Typer, suggestion
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference
from inferno.grammar.units import parse_unit

TIME = parse_unit("ms").dimension
REDUCTIONS = ("mean", "sum", "max")
SURROGATES = ("fast_sigmoid", "sigmoid", "atan", "triangle")
SOLVERS = ("exact", "euler", "exponential_euler", "rk2", "rk4")


def states(typer: Typer, statement: ast.States) -> list[checked.State]:
    """The states that one `state` line declares."""
    shared, persistent, train_only = None, False, False
    for annotation in statement.annotations:
        if annotation.name == "shared":
            shared = _reduction(typer.findings, annotation)
        elif annotation.name == "persistent" and not annotation.arguments:
            persistent = True
        elif annotation.name == "train_only" and not annotation.arguments:
            train_only = True
        else:
            hint = suggestion(annotation.name, ("shared", "persistent", "train_only")) or "known are `@shared(mean|sum|max)`, `@persistent`, `@train_only`"
            typer.findings.error("E0409", f"unknown annotation `@{annotation.name}`", annotation.span, "", hint)
    return [_state(typer, d, shared, persistent, train_only) for d in statement.declarations]


def _reduction(findings: Findings, annotation: ast.Annotation) -> str:
    argument = annotation.arguments[0].value if len(annotation.arguments) == 1 else None
    if isinstance(argument, ast.Name) and argument.id in REDUCTIONS:
        return argument.id
    findings.error("E0409", "`@shared` needs how the samples of a batch are reduced", annotation.span, "", "write `@shared(mean)`, `@shared(sum)` or `@shared(max)`")
    return "mean"


def _state(typer: Typer, declaration: ast.Declaration, shared: str | None, persistent: bool, train_only: bool) -> checked.State:
    dimension, _ = declared_dimension(declaration.type, typer.findings)
    initial: Expression = Constant(Fraction(0))
    if declaration.default is not None and is_plain(dimension):
        initial = typer.expect(declaration.default, dimension, f"the initial value of `{declaration.name}`")
    elif declaration.default is not None:
        typed = typer.type(declaration.default)
        initial, dimension = typed.expression, typed.dimension
    if declaration.range is not None:
        typer.findings.error("E0801", "a range of a state is not supported yet", declaration.range.span)
    plain = dimension if is_plain(dimension) else NONE
    return checked.State(declaration.name, plain, initial, shared, persistent, train_only, span=declaration.name_span)


def equation(typer: Typer, statement: ast.Equation, known: Mapping[str, checked.State], title: str) -> checked.Equation | None:
    """`tau * v' = …` as `v' = … / tau`."""
    factors = statement.left.factors if isinstance(statement.left, ast.Product) else (("*", statement.left),)
    derivatives = [(operator, f) for operator, f in factors if isinstance(f, ast.Derivative)]
    if len(derivatives) != 1 or derivatives[0][0] != "*":
        typer.findings.error("E0401", "the left side of an equation has one derivative, times a constant", statement.left.span, "", "write, say, `tau * v' = …` or `v' = …`")
        return None
    derivative = derivatives[0][1]
    assert isinstance(derivative, ast.Derivative)
    if derivative.name not in known:
        hint = suggestion(derivative.name, known) or f"declare it: `state {derivative.name} : mV = 0 mV`"
        typer.findings.error("E0403", f"`{derivative.name}` is not a state of {title}", derivative.span, "", hint)
        return None
    state = known[derivative.name]
    others = [(operator, f) for operator, f in factors if f is not derivative]
    scale, kind = Constant(Fraction(1)), NONE
    result: Expression = scale
    for operator, factor in others:
        typed = typer.type(factor)
        result = typer.build(statement.left.span, "multiply" if operator == "*" else "divide", result, typed.expression)
        kind = product(kind, typed.dimension) if operator == "*" else quotient(kind, typed.dimension)  # type: ignore[assignment]
    if [r for r in _states_in(result)]:
        typer.findings.error("E0401", "what stands before a derivative must be constant", statement.left.span, "it contains a state", "divide the right side by it instead")
        return None
    right = typer.type(statement.right)
    wanted = quotient(product(kind, state.dimension), TIME)
    if not same(right.dimension, wanted):
        left_words = Label(statement.left.span, describe(wanted))
        missing = quotient(wanted, right.dimension)
        hint = f"the right side lacks a factor of {describe(missing)}" if is_plain(missing) else ""
        typer.findings.error("E0203", "units do not add up", statement.right.span, describe(right.dimension), hint, labels=(left_words,))
    return checked.Equation(state.name, typer.build(statement.span, "divide", right.expression, result), result, span=statement.span)


def _states_in(expression: Expression) -> tuple[Reference, ...]:
    from inferno.grammar.expression import references

    return references(expression, "state", "port")


def refractory(typer: Typer, statement: ast.Refractory, known: Sequence[checked.State]) -> checked.Refractory:
    """`refractory t hold a, b`."""
    names = [s.name for s in known]
    for held in statement.hold:
        if held.id not in names:
            typer.findings.error("E0406", f"`{held.id}` is not a state", held.span, "", suggestion(held.id, names))
    duration = typer.expect(statement.duration, TIME, "a refractory period")
    return checked.Refractory(duration, tuple(sorted({h.id for h in statement.hold})), span=statement.span)


def surrogate(typer: Typer, statement: ast.Surrogate) -> checked.Surrogate | None:
    """`surrogate fast_sigmoid(25)`."""
    value = statement.value
    name = value.function if isinstance(value, ast.Call) else value
    if not isinstance(name, ast.Name) or name.id not in SURROGATES:
        words = name.id if isinstance(name, ast.Name) else name.span.text
        typer.findings.error("E0416", f"unknown surrogate `{words}`", name.span, "", suggestion(words, SURROGATES) or f"known are {', '.join(SURROGATES)}")
        return None
    slope: Expression = Constant(Fraction(25))
    if isinstance(value, ast.Call) and value.arguments:
        slope = typer.expect(value.arguments[0].value, NONE, "the slope of a surrogate")
    if not isinstance(slope, Constant) or not float(slope.value) > 0:
        typer.findings.error("E0603", "the slope of a surrogate must be a positive number", value.span)
        return None
    return checked.Surrogate(name.id, float(slope.value), span=statement.span)


def solver(typer: Typer, statement: ast.Solve) -> checked.Solver | None:
    """`solve rk2 substeps 2`."""
    if statement.method not in SOLVERS:
        hint = suggestion(statement.method, SOLVERS) or f"known are {', '.join(SOLVERS)}"
        typer.findings.error("E0416", f"unknown solver `{statement.method}`", statement.span, "", hint)
        return None
    substeps = 1
    if statement.substeps is not None:
        value = typer.expect(statement.substeps, NONE, "the number of substeps")
        if not (isinstance(value, Constant) and isinstance(value.value, Fraction) and value.value.denominator == 1 and 1 <= value.value <= 1000):
            typer.findings.error("E0607", "substeps are a whole number from 1 to 1000", statement.substeps.span)
        else:
            substeps = int(value.value)
    return checked.Solver(statement.method, substeps, span=statement.span)


def assignments(
    typer_of: Callable[[], Typer], block: Sequence[ast.BlockStatement], known: Mapping[str, checked.State], findings: Findings, *, only_add: bool = False
) -> tuple[checked.Assignment, ...]:
    """What an event block does to states; assignments to one state share a typer, so that their draws are told apart."""
    typers: dict[str, Typer] = {}
    found: dict[str, checked.Assignment] = {}
    for statement in block:
        if not isinstance(statement, ast.Assign):
            findings.error("E0801", "`if` and `emit` in an event block are not supported yet", statement.span, "", "use `x = a if condition else b`")
            continue
        target = statement.target.id if isinstance(statement.target, ast.Name) else statement.target.span.text
        if target not in known:
            findings.error("E0405", f"`{target}` is not a state", statement.target.span, "only states can be changed", suggestion(target, known))
            continue
        if only_add and statement.operator not in ("+=", "-="):
            findings.error("E0405", "a synapse adds what arrives to its states", statement.span, "", f"write `{target} += …`")
            continue
        made = _assignment(typers.setdefault(target, typer_of()), statement, known[target])
        earlier = found.get(target)
        if earlier is None:
            found[target] = made
        elif earlier.accumulate and made.accumulate:
            found[target] = replace(earlier, value=typers[target].build(statement.span, "add", earlier.value, made.value))
        else:
            findings.error("E0404", f"`{target}` is assigned twice in one block", statement.span, "again here", "all assignments of a block apply together", labels=(Label(earlier.span, "first here"),))
    return tuple(found[name] for name in sorted(found))


def _assignment(typer: Typer, statement: ast.Assign, state: checked.State) -> checked.Assignment:
    current = Reference("state", state.name)
    if statement.operator in ("*=", "/="):
        factor = typer.expect(statement.value, NONE, "a factor")
        function = "multiply" if statement.operator == "*=" else "divide"
        return checked.Assignment(state.name, typer.build(statement.span, function, current, factor), False, span=statement.span)
    value = typer.expect(statement.value, state.dimension, f"what `{state.name}` gets", "E0203")
    if statement.operator == "-=":
        value = typer.build(statement.span, "negate", value)
    return checked.Assignment(state.name, value, statement.operator != "=", span=statement.span)


def traces(typer: Typer, statement: ast.Traces) -> list[checked.Trace]:
    """`trace x = pre(tau), y = post(tau, nearest)`."""
    found = []
    for definition in statement.definitions:
        call = definition.value
        name = call.function.id if isinstance(call, ast.Call) and isinstance(call.function, ast.Name) else ""
        if not isinstance(call, ast.Call) or name not in ("pre", "post") or not 1 <= len(call.arguments) <= 2:
            typer.findings.error("E0411" if False else "E0420", "a trace is `pre(tau)` or `post(tau)`", definition.value.span, "", f"write `trace {definition.name} = pre(20 ms)`")
            continue
        tau = typer.expect(call.arguments[0].value, TIME, "a trace's time constant")
        nearest = len(call.arguments) == 2
        if nearest and not (isinstance(call.arguments[1].value, ast.Name) and call.arguments[1].value.id == "nearest"):
            typer.findings.error("E0420", "the second argument of a trace can only be `nearest`", call.arguments[1].span)
        found.append(checked.Trace(definition.name, name, tau, nearest, span=definition.span))
    return found


def handlers(typer: Typer, event: ast.OnEvent) -> list[checked.Handler]:
    """What `on pre:` or `on post:` adds to the weight."""
    found = []
    for statement in event.block:
        if not isinstance(statement, ast.Assign):
            typer.findings.error("E0801", "`if` and `emit` in a handler are not supported yet", statement.span, "", "use `w += a if condition else b`")
            continue
        if not (isinstance(statement.target, ast.Name) and statement.target.id == "w"):
            typer.findings.error("E0408", "a handler changes the weight `w`", statement.target.span, "this is not `w`")
            continue
        if statement.operator not in ("+=", "-="):
            typer.findings.error("E0408", "a handler adds to the weight", statement.span, "", "write `w += …` or `w -= …`: contributions are summed, reduced over the batch, bounded, applied")
            continue
        typed = typer.type(statement.value)
        change = typed.expression if statement.operator == "+=" else typer.build(statement.span, "negate", typed.expression)
        found.append(checked.Handler(event.name, change, span=statement.span))
    return found


__all__ = ["TIME", "UNKNOWN", "assignments", "equation", "handlers", "refractory", "solver", "states", "surrogate", "traces"]
