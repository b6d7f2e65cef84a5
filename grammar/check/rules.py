"""The body of a `plasticity` component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check import clauses
from inferno.grammar.check.dimensions import ANY, NONE, Kind, is_plain
from inferno.grammar.check.scope import LOST, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wording import listed, name_span, short, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Expression, Reference, references, substitute

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

WEIGHT = Reference("weight", "w")
BOUNDS = {"hard": "clamp", "clamp": "clamp", "soft": "multiplicative", "multiplicative": "multiplicative", "sharp": "sharp"}
OPERATIONS = {"+=": "add", "-=": "add", "*=": "scale", "/=": "scale", "=": "set"}

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
    handlers = _handlers(body, body.typer(f"a handler of {body.title}", extra=weight, traces=after), uses)
    if not body.of(ast.OnEvent) and not body.of(ast.Equation):
        help_text = "say when it changes the weight, e.g. `on post: w += lr * next(x)`"
        findings.error("E0419", f"{body.title} changes nothing", component.name_span, "it has no `on pre:` or `on post:`", help_text)
    bound, solve = body.once(ast.BoundDecl), body.once(ast.Solve)
    return checked.PlasticityModel(
        component.name,
        component.doc or "",
        tuple(body.parameters),
        tuple(traces),
        tuple(handlers),
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
    """Nothing else is called as the weight is, inside a rule (`w`) or outside (`weight`)."""
    if "w" in body.places:
        body.findings.error("E0302", "`w` is the weight in a plasticity rule", body.places["w"], "", "call it otherwise")
    for name in body.states:
        if name == "weight":
            message = "`weight` is what a projection calls its weight"
            body.findings.error("E0302", message, body.places[name], "", "call this state otherwise")
    for line in body.of(ast.States):
        for annotation in line.annotations:
            if annotation.name == "shared":
                help_text = "a rule's states belong to a synapse and a sample; its weight is shared by all samples"
                body.findings.error("E0801", "a state of a rule that samples share is not supported", annotation.span, "", help_text)


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
            _note(uses, kind, statement.right)
        found.setdefault(equation.state, equation)
    return tuple(found[name] for name in sorted(found))


def _note(uses: list[checked.WeightUse], kind: Kind, node: ast.Expr) -> None:
    """Remember what a place says of the weight's unit; a plain number is in base units, whatever they are."""
    if is_plain(kind) and kind != NONE:
        uses.append(checked.WeightUse(kind, span=node.span))


# ---- handlers -------------------------------------------------------------------------------------------


def _handlers(body: Body, typer: Typer, uses: list[checked.WeightUse]) -> list[checked.Handler]:
    """What `on pre:` and `on post:` do."""
    found: list[checked.Handler] = []
    for event in body.of(ast.OnEvent):
        if event.name not in ("pre", "post") or event.condition is not None:
            message = f"`on {event.name}` in a plasticity rule is not supported yet"
            body.findings.error("E0801", message, event.span, "", "use `on pre:` or `on post:`")
            continue
        for statement in event.block:
            if not isinstance(statement, ast.Assign):
                message = "`if` and `emit` in a handler are not supported yet"
                body.findings.error("E0801", message, statement.span, "", "use `w += a if condition else b`")
                continue
            made = _handler(body, typer, event.name, statement, uses)
            if made is not None and _agrees(body, found, made):
                found.append(made)
    return found


def _handler(body: Body, typer: Typer, event: str, statement: ast.Assign, uses: list[checked.WeightUse]) -> checked.Handler | None:
    target = statement.target.id if isinstance(statement.target, ast.Name) else short(statement.target.span)
    operation = OPERATIONS[statement.operator]
    if target == "w":
        change = _weight_change(typer, statement, uses)
    elif target in body.states:
        change = _state_change(typer, statement, target)
    else:
        if target in body.places or body.findings.is_first("missing", typer.scope.owner, target):
            hint = suggestion(body.findings, target, ["w", *body.states])
            known = f"its states are {listed(body.states)}" if body.states else ""
            message = "a handler changes the weight `w` or a state of the rule"
            body.findings.error("E0408", message, statement.target.span, "this is neither", hint or known)
        return None
    return checked.Handler(event, change, target, operation, span=statement.span)


def _weight_change(typer: Typer, statement: ast.Assign, uses: list[checked.WeightUse]) -> Expression:
    """What is added to the weight: `w = x` adds `x - w`, `w *= f` adds `(f - 1) * w`."""
    if statement.operator in ("*=", "/="):
        factor = _factor(typer, statement)
        return typer.build(statement.span, "multiply", typer.build(statement.span, "add", factor, Constant(-1)), WEIGHT)
    typed = typer.calculable(statement.value)
    _note(uses, typed.dimension, statement.value)
    if statement.operator == "-=":
        return typer.build(statement.span, "negate", typed.expression)
    if statement.operator == "=":
        return typer.build(statement.span, "add", typed.expression, typer.build(statement.span, "negate", WEIGHT))
    return typed.expression


def _factor(typer: Typer, statement: ast.Assign) -> Expression:
    factor = typer.expect(statement.value, NONE, "a factor")
    return factor if statement.operator == "*=" else typer.build(statement.span, "divide", Constant(1), factor)


def _state_change(typer: Typer, statement: ast.Assign, target: str) -> Expression:
    if statement.operator in ("*=", "/="):
        return _factor(typer, statement)
    value = typer.expect(statement.value, typer.scope.names[target].dimension, f"`{target}`", "E0203")
    return typer.build(statement.span, "negate", value) if statement.operator == "-=" else value


def _agrees(body: Body, earlier: list[checked.Handler], made: checked.Handler) -> bool:
    """Whether a statement has a meaning beside the others; both events may happen in one step."""
    for other in earlier:
        if other.target != made.target or (other.operation == made.operation == "add"):
            continue
        if other.event == made.event or ("set" in (other.operation, made.operation) and "add" not in (other.operation, made.operation)):
            label = Label(other.span, "first here")
            same = other.event == made.event
            where = f"in `on {made.event}`" if same else "in one step, where both events happen"
            help_text = "all statements read the values before the events and apply together, so neither is the last"
            body.findings.error("E0404", f"`{made.target}` is assigned twice {where}", made.span, "again here", help_text, labels=(label,))
            return False
    return True


# ---- bounds ---------------------------------------------------------------------------------------------


def _bound(typer: Typer, statement: ast.BoundDecl, uses: list[checked.WeightUse]) -> checked.WeightRange | None:
    """`bound w in [low, high] hard`."""
    findings = typer.findings
    if statement.name != "w":
        findings.error("E0408", "`bound` bounds the weight `w`", name_span(statement.span, statement.name), "this is not `w`")
        return None
    low, high = (typer.calculable(node) for node in (statement.range.low, statement.range.high))
    _note(uses, low.dimension, statement.range.low)
    _note(uses, high.dimension, statement.range.high)
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
