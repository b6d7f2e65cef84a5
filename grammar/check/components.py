"""`neuron`, `synapse`, `plasticity` and `readout` components become checked models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import ast, checked
from inferno.grammar.check import clauses
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, UNKNOWN, is_plain
from inferno.grammar.check.typing import LOST, Scope, Typed, Typer, suggestion
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference
from inferno.grammar.names import names_in
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension, parse_unit

ALLOWED: dict[str, tuple[type[ast.Node], ...]] = {
    "neuron": (ast.Params, ast.Let, ast.Function, ast.InputDecl, ast.States, ast.Equation, ast.SpikeWhen, ast.Refractory, ast.Solve, ast.Surrogate),
    "synapse": (ast.Params, ast.Let, ast.Function, ast.InputDecl, ast.States, ast.Equation, ast.OnEvent, ast.OutputDecl),
    "plasticity": (ast.Params, ast.Let, ast.Function, ast.Traces, ast.OnEvent),
    "readout": (ast.Params,),
}
LATER: dict[type[ast.Node], str] = {ast.Receptor: "receptor", ast.Modulator: "modulator", ast.BoundDecl: "bound"}
WORDS: dict[type[ast.Node], str] = {
    ast.SpikeWhen: "spike when", ast.Refractory: "refractory", ast.Solve: "solve", ast.Surrogate: "surrogate", ast.OnEvent: "on", ast.Traces: "trace",
    ast.Equation: "an equation", ast.States: "state", ast.InputDecl: "input", ast.OutputDecl: "output", ast.Let: "let", ast.Function: "fn",
}  # fmt: skip


@dataclass
class Body:
    """A component while it is checked: its statements by kind, and the names they define."""

    component: ast.Component
    dt: Fraction
    findings: Findings
    parameters: list[checked.Parameter] = field(default_factory=list)
    ports: list[checked.Port] = field(default_factory=list)
    states: list[checked.State] = field(default_factory=list)
    names: dict[str, Typed] = field(default_factory=dict)
    functions: dict[str, ast.Function] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"{self.component.kind} `{self.component.name}`"

    def of(self, kind: type[ast.Node]) -> list[ast.ComponentStatement]:
        """The statements of one kind."""
        return [s for s in self.component.body if isinstance(s, kind)]

    def define(self, name: str, typed: Typed, span: Span) -> None:
        """Make a name known; a second definition is reported."""
        if name in self.places:
            self.findings.error("E0302", f"`{name}` is defined twice", span, "again here", labels=(Label(self.places[name], "first here"),))
            return
        self.places[name] = span
        self.names[name] = typed

    def typer(self, place: str, *, draws: bool = False, traces: dict[str, Typed] | None = None, extra: dict[str, Typed] | None = None) -> Typer:
        """A typer that sees this component's names."""
        scope = Scope({**self.names, **(extra or {})}, place, self.functions, traces or {}, draws, self.dt)
        return Typer(scope, self.findings)


def check_component(component: ast.Component, dt: Fraction, findings: Findings) -> checked.Model | None:
    """The model that a component describes, or None where it has errors (which are in `findings`)."""
    body = Body(component, dt, findings)
    before = len(findings.all)
    if component.extends is not None:
        findings.error("E0801", "`extends` is not supported yet", component.extends.span, "", "repeat the statements of the other component")
    _refuse_foreign(body)
    _parameters(body)
    _names(body)
    model = MAKERS[component.kind](body)
    return model if not any(d.is_error for d in findings.all[before:]) and len(findings.all) == before else None


def _refuse_foreign(body: Body) -> None:
    for statement in body.component.body:
        kind = type(statement)
        if isinstance(statement, ALLOWED[body.component.kind]):
            continue
        if kind in LATER or (body.component.kind == "plasticity" and kind in (ast.States, ast.Equation)):
            body.findings.error("E0801", f"`{LATER.get(kind, WORDS.get(kind, 'this'))}` in a {body.component.kind} is not supported yet", statement.span)
        else:
            body.findings.error("E0414", f"`{WORDS.get(kind, 'this')}` does not belong in a {body.component.kind}", statement.span)


def _ordered(body: Body, names: dict[str, Iterable[str]], spans: dict[str, Span]) -> list[str]:
    """Names so that each comes after those it needs; a definition through itself is reported."""
    graph = {name: [n for n in needs if n in names] for name, needs in sorted(names.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        ring = list(dict.fromkeys(cycle.args[1]))
        body.findings.error("E0415", "defined through itself: " + " → ".join(f"`{n}`" for n in [*ring, ring[0]]), spans[ring[0]])
        return []


def _parameters(body: Body) -> None:
    declarations = {d.name: d for s in body.of(ast.Params) for d in s.declarations}  # type: ignore[union-attr]
    seen: dict[str, Span] = {}
    for statement in body.of(ast.Params):
        for declaration in statement.declarations:  # type: ignore[union-attr]
            if declaration.name in seen:
                body.findings.error("E0302", f"`{declaration.name}` is defined twice", declaration.name_span, "again here", labels=(Label(seen[declaration.name], "first here"),))
            seen.setdefault(declaration.name, declaration.name_span)
    needs = {name: names_in(d.default) if d.default is not None else () for name, d in declarations.items()}
    for name in _ordered(body, needs, seen):
        parameter = _parameter(body, declarations[name])
        body.parameters.append(parameter)
        body.define(name, Typed(Reference("parameter", name), parameter.dimension), declarations[name].name_span)
    body.parameters.sort(key=lambda p: list(declarations).index(p.name))


def _parameter(body: Body, declaration: ast.Declaration) -> checked.Parameter:
    typer = body.typer(f"a default of {body.title}")
    dimension, integer = declared_dimension(declaration.type, body.findings)
    default: Expression | None = None
    if declaration.default is not None:
        if is_plain(dimension):
            default = typer.expect(declaration.default, dimension, f"the default of `{declaration.name}`")
        else:
            typed = typer.type(declaration.default)
            default, dimension = typed.expression, typed.dimension if is_plain(typed.dimension) else NONE if typed.dimension in (ANY, BOOLEAN) else UNKNOWN
    elif dimension == UNKNOWN and declaration.type is None:
        body.findings.error("E0417", f"`{declaration.name}` needs a default or a unit", declaration.name_span, "", f"write `param {declaration.name} : ms`, say, or give it a value")
    low = high = None
    if declaration.range is not None:
        low = typer.expect(declaration.range.low, dimension, "a limit")
        high = typer.expect(declaration.range.high, dimension, "a limit")
    plain = dimension if is_plain(dimension) else NONE
    return checked.Parameter(declaration.name, plain, default, low, high, integer, declaration.doc or "", span=declaration.span)


def _names(body: Body) -> None:
    """Ports, states and `let`s."""
    for statement in body.of(ast.Function):
        body.functions[statement.name] = statement  # type: ignore[union-attr, assignment]
    for statement in body.of(ast.InputDecl):
        declaration = statement.declaration  # type: ignore[union-attr]
        dimension, _ = declared_dimension(declaration.type, body.findings)
        port = checked.Port(declaration.name, dimension if is_plain(dimension) else NONE, span=declaration.span)
        body.ports.append(port)
        body.define(port.name, Typed(Reference("port", port.name), port.dimension), declaration.name_span)
    for statement in body.of(ast.States):
        body.states += clauses.states(body.typer(f"an initial value of {body.title}", draws=True), statement)  # type: ignore[arg-type]
    for state in body.states:
        body.define(state.name, Typed(Reference("state", state.name), state.dimension), state.span)
    if body.component.kind != "plasticity":
        _lets(body)


def _lets(body: Body, extra: dict[str, Typed] | None = None, traces: dict[str, Typed] | None = None) -> None:
    lets = {s.name: s for s in body.of(ast.Let)}  # type: ignore[union-attr]
    spans = {name: s.span for name, s in lets.items()}
    for name in _ordered(body, {n: names_in(s.value) for n, s in lets.items()}, spans):  # type: ignore[union-attr]
        typer = body.typer(body.title, extra=extra, traces=traces)
        body.define(name, typer.type(lets[name].value), spans[name])  # type: ignore[union-attr]


def _once(body: Body, kind: type[ast.Node]) -> ast.Node | None:
    found = body.of(kind)
    for extra in found[1:]:
        body.findings.error("E0407", f"`{WORDS[kind]}` stands twice", extra.span, "again here", labels=(Label(found[0].span, "first here"),))
    return found[0] if found else None


def _equations(body: Body) -> tuple[checked.Equation, ...]:
    typer = body.typer(body.title)
    states = {s.name: s for s in body.states}
    found: dict[str, checked.Equation] = {}
    for statement in body.of(ast.Equation):
        equation = clauses.equation(typer, statement, states, body.title)  # type: ignore[arg-type]
        if equation is None:
            continue
        if equation.state in found:
            body.findings.error("E0402", f"`{equation.state}` has two equations", statement.span, "again here", labels=(Label(found[equation.state].span, "first here"),))
        found.setdefault(equation.state, equation)
    return tuple(found[name] for name in sorted(found))


def _neuron(body: Body) -> checked.NeuronModel:
    component = body.component
    equations = _equations(body)
    when, refractory = _once(body, ast.SpikeWhen), _once(body, ast.Refractory)
    solve, surrogate = _once(body, ast.Solve), _once(body, ast.Surrogate)
    spike = _spike(body, when) if isinstance(when, ast.SpikeWhen) else None
    if isinstance(refractory, ast.Refractory) and when is None:
        body.findings.error("E0413", "`refractory` without `spike when`", refractory.span, "nothing ever spikes here")
    return checked.NeuronModel(
        component.name, component.doc or "", tuple(body.parameters), tuple(body.ports), tuple(body.states), equations, spike,
        clauses.refractory(body.typer(body.title), refractory, body.states) if isinstance(refractory, ast.Refractory) else None,
        clauses.surrogate(body.typer(body.title), surrogate) if isinstance(surrogate, ast.Surrogate) else None,
        clauses.solver(body.typer(body.title), solve) if isinstance(solve, ast.Solve) else None,
        span=component.span,
    )  # fmt: skip


def _spike(body: Body, when: ast.SpikeWhen) -> checked.SpikeRule:
    typer = body.typer("a spike condition", draws=True)
    typed = typer.type(when.condition)
    if typed.dimension not in (BOOLEAN, UNKNOWN):
        body.findings.error("E0207", "a condition is expected behind `spike when`", when.condition.span, "not true or false", "compare, e.g. `spike when v >= v_th:`")
    states = {s.name: s for s in body.states}
    assignments = clauses.assignments(lambda: body.typer("a spike block", draws=True), when.block, states, body.findings)
    return checked.SpikeRule(typed.expression if typed.dimension == BOOLEAN else Constant(False), assignments, span=when.span)


def _synapse(body: Body) -> checked.SynapseModel:
    component, findings = body.component, body.findings
    impulse = body.ports[0].dimension if body.ports else NONE
    if len(body.ports) != 1:
        findings.error("E0418", f"{body.title} needs one `input`: the summed weights of the spikes that arrive in a step", component.name_span, f"it has {len(body.ports)}", "write `input impulse : 1`")
    states = {s.name: s for s in body.states}
    on_impulse: tuple[checked.Assignment, ...] = ()
    for event in body.of(ast.OnEvent):
        if event.name != "pre" or event.condition is not None:  # type: ignore[union-attr]
            findings.error("E0801", f"`on {event.name}` in a synapse is not supported yet", event.span, "", "use `on pre:`")  # type: ignore[union-attr]
            continue
        on_impulse += clauses.assignments(lambda: body.typer("an event block"), event.block, states, findings, only_add=True)  # type: ignore[union-attr]
    output = _once(body, ast.OutputDecl)
    typed = LOST
    if isinstance(output, ast.OutputDecl):
        typed = body.typer(body.title).type(output.value)
        dimension, _ = declared_dimension(output.type, findings)
        if is_plain(dimension):
            body.typer(body.title).expect(output.value, dimension, f"the output `{output.name}`")
            typed = Typed(typed.expression, dimension)
    else:
        findings.error("E0418", f"{body.title} needs an `output`: what its target receives", component.name_span, "", "write, say, `output I : nA = s`")
    dimension_out: Dimension = typed.dimension if is_plain(typed.dimension) else NONE
    return checked.SynapseModel(
        component.name, component.doc or "", tuple(body.parameters), impulse, tuple(body.states), _equations(body), on_impulse, typed.expression, dimension_out, span=component.span
    )


def _plasticity(body: Body) -> checked.PlasticityModel:
    component, findings = body.component, body.findings
    traces = [t for s in body.of(ast.Traces) for t in clauses.traces(body.typer(body.title), s)]  # type: ignore[arg-type]
    after = {t.name: Typed(Reference("next", t.name), NONE) for t in traces}
    for trace in traces:
        body.define(trace.name, Typed(Reference("trace", trace.name), NONE), trace.span)
    weight = {"w": Typed(Reference("weight", "w"), UNKNOWN)}
    _lets(body, extra=weight, traces=after)
    handlers: list[checked.Handler] = []
    for event in body.of(ast.OnEvent):
        if event.name not in ("pre", "post") or event.condition is not None:  # type: ignore[union-attr]
            findings.error("E0801", f"`on {event.name}` in a plasticity rule is not supported yet", event.span, "", "use `on pre:` or `on post:`")  # type: ignore[union-attr]
            continue
        handlers += clauses.handlers(body.typer("a plasticity handler", extra=weight, traces=after), event)  # type: ignore[arg-type]
    if not handlers and not findings.has_errors:
        findings.error("E0419", f"{body.title} changes nothing", component.name_span, "it has no `on pre:` or `on post:`")
    return checked.PlasticityModel(component.name, component.doc or "", tuple(body.parameters), tuple(traces), tuple(handlers), span=component.span)


def _readout(body: Body) -> checked.ReadoutModel:
    return checked.ReadoutModel(body.component.name, body.component.doc or "", tuple(body.parameters), span=body.component.span)


MAKERS: dict[str, Callable[[Body], checked.Model]] = {"neuron": _neuron, "synapse": _synapse, "plasticity": _plasticity, "readout": _readout}

__all__ = ["check_component", "parse_unit", "suggestion"]
