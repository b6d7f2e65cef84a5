"""The body of a `plasticity` component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check import clauses, handlers
from inferno.grammar.check.dimensions import ANY, NONE, is_plain
from inferno.grammar.check.handlers import WEIGHT, note
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wording import name_span, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Reference, references, substitute

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

BOUNDS = {"hard": "clamp", "clamp": "clamp", "soft": "multiplicative", "multiplicative": "multiplicative", "sharp": "sharp"}

DefineLets = Callable[["Body", dict[str, Typed], Mapping[str, Typed]], None]


def plasticity(body: Body, define_lets: DefineLets) -> checked.PlasticityModel:
    """The rule that a body describes; its mistakes are reported."""
    component, findings = body.component, body.findings
    traces = [t for s in body.of(ast.Traces) for t in clauses.traces(body.typer(), s)]
    after = {t.name: Typed(Reference("next", t.name), NONE) for t in traces}
    for trace in traces:
        if body.claim(trace.name, name_span(trace.span, trace.name)):
            body.names[trace.name] = Typed(Reference("trace", trace.name), NONE)
    modulators = [m for s in body.of(ast.Modulator) if (m := _modulator(body, s)) is not None]
    _keep_names_free(body)
    weight = {"w": Typed(WEIGHT, ANY)}
    define_lets(body, weight, after)
    uses: list[checked.WeightUse] = []
    equations = _equations(body, body.typer(extra=weight, traces=after), uses)
    made = handlers.read(body, body.typer(f"a handler of {body.title}", extra=weight, traces=after), uses)
    if not body.of(ast.OnEvent) and not body.of(ast.Equation):
        help_text = "say when it changes the weight, e.g. `on post: w += lr * next(x)`"
        findings.error("E0419", f"{body.title} changes nothing", component.name_span, "it has no `on pre:` or `on post:`", help_text)
    bound, solve = _bounds(body), body.once(ast.Solve)
    return checked.PlasticityModel(
        component.name,
        component.doc or "",
        tuple(body.parameters),
        tuple(traces),
        tuple(made),
        tuple(body.states[name] for name in sorted(body.states)),
        equations,
        tuple(sorted(modulators, key=lambda m: m.name)),
        _bound(body.typer(f"a bound of {body.title}"), bound, uses) if bound is not None else None,
        clauses.solver(body.typer(), solve) if solve is not None else None,
        tuple(uses),
        span=component.span,
    )


def _modulator(body: Body, statement: ast.Modulator) -> checked.Port | None:
    kind, _ = declared_dimension(statement.type, body.findings)
    span = name_span(statement.span, statement.name)
    if not body.claim(statement.name, span):
        return None
    known = is_plain(kind) or statement.type is None
    port = checked.Port(statement.name, kind if is_plain(kind) else NONE, span=span)
    body.names[statement.name] = Typed(Reference("port", statement.name), port.dimension) if known else LOST
    return port


def _keep_names_free(body: Body) -> None:
    """Nothing else is called as the weight is inside a rule."""
    if "w" in body.places:
        body.findings.error("E0302", "`w` is the weight in a plasticity rule", body.places["w"], "", "call it otherwise")


def _equations(body: Body, typer: Typer, uses: list[checked.WeightUse]) -> tuple[checked.Equation, ...]:
    known = {**body.states, "w": checked.State("w", NONE, Constant(0), span=body.component.name_span)}
    found: dict[str, checked.Equation] = {}
    for statement in body.of(ast.Equation):
        made = clauses.equation_and_kind(typer, statement, known, body.title)
        if made is None:
            continue
        equation, kind = replace(made[0], rate=substitute(made[0].rate, {WEIGHT: Reference("state", "w")})), made[1]
        if references(equation.rate, "next"):
            message = "an equation holds between events, where a trace has one value"
            body.findings.error("E0412", message, statement.right.span, "this uses `next()`", "write the trace's name alone")
        if equation.state in found:
            label = Label(found[equation.state].span, "first here")
            body.findings.error("E0402", f"`{equation.state}` has two equations", statement.span, "again here", labels=(label,))
        if equation.state == "w":
            note(uses, kind, statement.right)
        found.setdefault(equation.state, equation)
    return tuple(found[name] for name in sorted(found))


# ---- bounds ---------------------------------------------------------------------------------------------


def _bounds(body: Body) -> ast.BoundDecl | None:
    """The bound of the weight; those of states are their ranges."""
    found: list[ast.BoundDecl] = []
    for statement in body.of(ast.BoundDecl):
        if statement.name == "w" or statement.name not in body.states:
            found.append(statement)
        else:
            clauses.state_bound(body.typer(f"a bound of {body.title}"), statement, body.states, body.title)
    for extra in found[1:]:
        body.findings.error("E0407", "`bound` stands twice", extra.span, "again here", labels=(Label(found[0].span, "first here"),))
    return found[0] if found else None


def _bound(typer: Typer, statement: ast.BoundDecl, uses: list[checked.WeightUse]) -> checked.WeightRange | None:
    """`bound w in [low, high] hard`."""
    findings = typer.findings
    if statement.name != "w":
        findings.error("E0408", "`bound` bounds the weight `w`", name_span(statement.span, statement.name), "this is not `w`")
        return None
    low, high = (typer.calculable(node) for node in (statement.range.low, statement.range.high))
    note(uses, low.dimension, statement.range.low)
    note(uses, high.dimension, statement.range.high)
    made = checked.WeightRange(low.expression, high.expression, span=statement.span)
    kind = statement.kind
    if kind is None:
        return made
    if isinstance(kind, ast.Name) and kind.id in BOUNDS:
        return replace(made, kind=BOUNDS[kind.id])
    if isinstance(kind, ast.Call) and isinstance(kind.function, ast.Name) and kind.function.id == "power" and len(kind.arguments) == 1:
        exponent = typer.constant(kind.arguments[0].value, NONE, "the exponent of a bound")
        if exponent is None:
            return None
        if not 0 < exponent < float("inf"):
            message = "the exponent of a bound must be greater than 0 and finite"
            findings.error("E0603", message, kind.arguments[0].span, f"this is {float(exponent):g}")
            return None
        return replace(made, kind="power", exponent=float(exponent))
    words = kind.id if isinstance(kind, ast.Name) else ""
    hint = suggestion(findings, words, [*BOUNDS, "power"]) or "write `hard`, `soft`, `sharp` or `power(0.5)`"
    findings.error("E0507", "this is not a kind of bound", kind.span, "", hint)
    return None
