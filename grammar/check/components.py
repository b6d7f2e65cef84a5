"""`neuron`, `synapse`, `plasticity` and `readout` components become checked models."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from inferno.grammar import ast, checked, library
from inferno.grammar.check import clauses, events, receptors, rules, starts
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, UNKNOWN, Kind, is_plain
from inferno.grammar.check.placement import WORDS, refuse_foreign
from inferno.grammar.check.ports import port
from inferno.grammar.check.ranges import check_range
from inferno.grammar.check.receptors import Receptor
from inferno.grammar.check.scope import LOST, Budget, Draws, Scope, Typed
from inferno.grammar.check.sizes import MODEL_LIMIT, size_of
from inferno.grammar.check.taken import refuse_taken
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension, refuse_condition
from inferno.grammar.check.wording import name_span, ring, suggestion
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, references
from inferno.grammar.names import names_in
from inferno.grammar.source import Span

StatementT = TypeVar("StatementT", bound=ast.Node)


@dataclass
class Body:
    """A component while it is checked: its statements by kind, and the names they define.

    `time` says whether `t` is known by now, `noisy` which `let`s hold noise.
    """

    component: ast.Component
    dt: Fraction
    findings: Findings
    budget: Budget
    synapses: Mapping[str, checked.Model | None] = field(default_factory=dict)
    parameters: list[checked.Parameter] = field(default_factory=list)
    ports: list[checked.Port] = field(default_factory=list)
    receptors: list[Receptor] = field(default_factory=list)
    states: dict[str, checked.State] = field(default_factory=dict)
    names: dict[str, Typed] = field(default_factory=dict)
    functions: dict[str, ast.Function] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    noisy: set[str] = field(default_factory=set)
    time: bool = False
    outside: frozenset[str] = frozenset()
    products: list[Span] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"{self.component.kind} `{self.component.name}`"

    def of(self, kind: type[StatementT]) -> list[StatementT]:
        """The statements of one kind."""
        return [s for s in self.component.body if isinstance(s, kind)]

    def once(self, kind: type[StatementT]) -> StatementT | None:
        """The statement of a kind of which there may be one."""
        found = self.of(kind)
        for extra in found[1:]:
            labels = (Label(found[0].span, "first here"),)
            self.findings.error("E0407", f"{WORDS[kind]} stands twice", extra.span, "again here", labels=labels)
        return found[0] if found else None

    def claim(self, name: str, span: Span) -> bool:
        """Whether a name is new; a second definition is reported."""
        if name in self.places:
            label = Label(self.places[name], "first here")
            self.findings.error("E0302", f"`{name}` is defined twice", span, "again here", labels=(label,))
            return False
        self.places[name] = span
        return True

    def typer(
        self,
        place: str = "",
        *,
        draws: Draws = "never",
        traces: Mapping[str, Typed] | None = None,
        extra: dict[str, Typed] | None = None,
        noise: bool = False,
    ) -> Typer:
        """A typer that sees this component's names."""
        names = ChainMap(extra, self.names) if extra else self.names
        about = self.dt, self.time, noise, self.noisy, self.title, self.outside, self.budget, self.products
        return Typer(Scope(names, place or self.title, self.functions, traces or {}, draws, *about), self.findings)


def check_component(
    component: ast.Component,
    dt: Fraction,
    findings: Findings,
    budget: Budget,
    synapses: Mapping[str, checked.Model | None],
    faulty: set[Span],
    outside: frozenset[str] = frozenset(),
) -> checked.Model | None:
    """The model that a component describes, or None where what others see of it has errors (which are in `findings`).

    Where only its insides have errors its parameters, inputs and states can be used all the same; its place is then added to `faulty`.
    `synapses` are for its receptors; `outside` are the values and functions of its file, which it does not see.
    """
    body = Body(component, dt, findings, budget, synapses, outside=outside)
    before = findings.errors
    refuse_foreign(body)
    _parameters(body)
    _interface(body)
    starts.check(body.states, body.title, component.name_span, findings)
    is_known = findings.errors == before and all(r.is_known for r in body.receptors)
    _definitions(body)
    model = MAKERS[component.kind](body)
    refuse_taken(body)
    if findings.errors == before and size_of(model) > MODEL_LIMIT:
        label = f"the limit is {MODEL_LIMIT:,} operations"
        findings.error("E0411", f"{body.title} is too large once its definitions are put in", component.name_span, label)
        return None
    if findings.errors != before:
        faulty.add(component.span)
    return model if is_known else None


def _ordered(body: Body, needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Names so that each comes after those it needs; if one is defined through itself, that is reported and all are lost."""
    graph = {name: [n for n in needed if n in needs] for name, needed in sorted(needs.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        around = list(dict.fromkeys(cycle.args[1]))
        body.findings.error("E0415", f"defined through itself: {ring(around)}", body.places[around[0]])
        body.names.update(dict.fromkeys(needs, LOST))
        return []


def _parameters(body: Body) -> None:
    declarations = {d.name: d for s in body.of(ast.Params) for d in s.declarations if body.claim(d.name, d.name_span)}
    needs = {name: names_in(d.default) if d.default is not None else () for name, d in declarations.items()}
    made = {}
    for name in _ordered(body, needs):
        made[name], kind = _parameter(body, declarations[name])
        body.names[name] = Typed(Reference("parameter", name), kind) if kind != UNKNOWN else LOST
    body.parameters = [made[name] for name in declarations if name in made]
    for parameter in body.parameters:
        if isinstance(parameter.default, Constant):
            _check_default(body, parameter, declarations[parameter.name])


def _parameter(body: Body, declaration: ast.Declaration) -> tuple[checked.Parameter, Kind]:
    """A parameter, and its dimension, unknown where a mistake is reported."""
    typer = body.typer(f"a default of {body.title}")
    kind, integer = declared_dimension(declaration.type, body.findings)
    default: Expression | None = None
    if declaration.default is not None:
        unit = declaration.type.name if declaration.type is not None and is_plain(kind) else None
        typed = typer.fit(declaration.default, kind, f"the default of `{declaration.name}`", unit=unit) if is_plain(kind) else LOST
        if not is_plain(kind):
            typed = typer.type(declaration.default)
            kind = NONE if typed.dimension == ANY else typed.dimension
        if typed.dimension == BOOLEAN and declaration.type is None:
            refuse_condition(declaration.default.span, body.findings)
        typed = LOST if typed.dimension == BOOLEAN else typed
        default, kind = typed.expression, UNKNOWN if typed.is_lost else kind
    elif declaration.type is None:
        help_text = f"write `param {declaration.name} : ms`, say, or give it a value"
        body.findings.error("E0417", f"`{declaration.name}` needs a default or a unit", declaration.name_span, "", help_text)
    low = high = None
    if declaration.range is not None:
        low = typer.expect(declaration.range.low, kind, "a limit")
        high = typer.expect(declaration.range.high, kind, "a limit")
    plain = kind if is_plain(kind) else NONE
    doc = declaration.doc or ""
    return checked.Parameter(declaration.name, plain, default, low, high, integer, doc, span=declaration.span), kind


def _check_default(body: Body, parameter: checked.Parameter, declaration: ast.Declaration) -> None:
    """Report a default outside its own range."""
    if declaration.default is not None and parameter.default is not None and body.names[parameter.name] != LOST:
        check_range(parameter, parameter.default, {}, declaration.default.span, body.findings)


def _interface(body: Body) -> None:
    """Functions, ports, states and receptors."""
    for function in body.of(ast.Function):
        if body.claim(function.name, name_span(function.span, function.name)):
            body.functions[function.name] = function
    for statement in body.of(ast.InputDecl):
        port(body, statement.declaration)
    _states(body)
    for receptor in body.of(ast.Receptor):
        _receptor(body, receptor)


def _states(body: Body) -> None:
    """The states, each checked behind those that it begins with the value of."""
    lines = {d.name: (line, d) for line in body.of(ast.States) for d in line.declarations if body.claim(d.name, d.name_span)}
    needs = {name: {n for node in (d.default, d.range) if node is not None for n in names_in(node)} for name, (_, d) in lines.items()}
    made = {}
    for name in _ordered(body, needs) or lines:
        made[name], kind = clauses.declared_state(body.typer(f"an initial value of {body.title}", draws="allowed"), *lines[name])
        body.names[name] = Typed(Reference("state", name), kind) if kind != UNKNOWN else LOST
    body.states = {name: made[name] for name in lines}


def _definitions(body: Body) -> None:
    """`let`s, bounds, and what receptors are made of."""
    if body.component.kind != "plasticity":
        body.time = body.component.kind == "neuron"  # what stands before is known before anything runs
        _lets(body)
    if body.component.kind != "plasticity":
        for bound in body.of(ast.BoundDecl):
            clauses.state_bound(body.typer(f"a bound of {body.title}"), bound, body.states, body.title)
    for made in body.receptors:
        body.parameters += receptors.complete(body.typer(f"a receptor of {body.title}"), made)


def _receptor(body: Body, statement: ast.Receptor) -> None:
    """A receptor, its port and its states; what its kernel's arguments are is checked once all names are known."""
    made = receptors.declare(body.typer(), statement, body.synapses)
    name, span = statement.declaration.name, statement.declaration.name_span
    if not body.claim(name, span) or not all(body.claim(s.name, span) for s in made.states if s.name != name):
        return
    body.ports.append(made.port)
    body.receptors.append(made)
    body.states |= {s.name: s for s in made.states}
    body.names |= {s.name: Typed(Reference("state", s.name), s.dimension) for s in made.states}
    body.names[name] = made.value


def _lets(body: Body, extra: dict[str, Typed] | None = None, traces: Mapping[str, Typed] | None = None) -> None:
    lets = {s.name: s for s in body.of(ast.Let) if body.claim(s.name, name_span(s.span, s.name))}
    for name in _ordered(body, {n: names_in(s.value) for n, s in lets.items()}):
        typed = body.typer(extra=extra, traces=traces, noise=body.component.kind != "plasticity").type(lets[name].value)
        body.names[name] = typed
        if references(typed.expression, "noise"):
            body.noisy.add(name)


def _equations(body: Body) -> tuple[checked.Equation, ...]:
    typer = body.typer(noise=True)
    found: dict[str, checked.Equation] = {}
    for statement in body.of(ast.Equation):
        equation = clauses.equation(typer, statement, body.states, body.title)
        if equation is None:
            continue
        if equation.state in found:
            label = Label(found[equation.state].span, "first here")
            body.findings.error("E0402", f"`{equation.state}` has two equations", statement.span, "again here", labels=(label,))
        found.setdefault(equation.state, equation)
    receptors.refuse_equations(found, body.states, body.findings)
    found |= {e.state: e for receptor in body.receptors for e in receptor.equations}
    return tuple(found[name] for name in sorted(found))


def _neuron(body: Body) -> checked.NeuronModel:
    component = body.component
    equations = _equations(body)
    when, refractory = body.once(ast.SpikeWhen), body.once(ast.Refractory)
    solve, surrogate = body.once(ast.Solve), body.once(ast.Surrogate)
    spike, happenings = events.spike_and_events(body, when)
    body.time = False
    if refractory is not None and when is None:
        body.findings.error("E0413", "`refractory` without `spike when`", refractory.span, "nothing ever spikes here")
    for held in refractory.hold if refractory is not None else ():
        if held.id in body.states and body.states[held.id].receptor:
            body.findings.error("E0406", f"`{held.id}` is a receptor, which never stands still", held.span)
    return checked.NeuronModel(
        component.name,
        component.doc or "",
        tuple(body.parameters),
        tuple(body.ports),
        tuple(body.states.values()),
        equations,
        spike,
        clauses.refractory(body.typer(), refractory, body.states.keys(), body.title) if refractory is not None else None,
        clauses.surrogate(body.typer(), surrogate) if surrogate is not None else None,
        clauses.solver(body.typer(), solve) if solve is not None else None,
        tuple(a for receptor in body.receptors for a in receptor.arrivals),
        events=happenings,
        span=component.span,
    )


def _synapse(body: Body) -> checked.SynapseModel:
    component, findings = body.component, body.findings
    if len(body.ports) != 1 and len(body.of(ast.InputDecl)) != 1:
        message = f"{body.title} needs one `input`: the summed weights of the spikes that arrive in a step"
        findings.error("E0418", message, component.name_span, f"it has {len(body.ports)}", "write `input impulse : 1`")
    in_block = partial(body.typer, f"the event block of {body.title}")
    on_impulse: tuple[checked.Assignment, ...] = ()
    for event in body.of(ast.OnEvent) if body.ports else ():
        if event.name != "pre":
            help_text = suggestion(findings, event.name, ["pre"]) or "what it does at an arriving spike stands in `on pre:`"
            message = f"a synapse has no event `{event.name}`: it knows of nothing but what arrives"
            findings.error("E0423", message, name_span(event.span, event.name), "", help_text)
            continue
        if event.condition is not None:
            findings.error("E0423", "`on pre` takes no condition", event.condition.span, "", "write `if condition:` in its block")
            continue
        on_impulse += clauses.assignments(in_block, event.block, body.states, body.title, only_add=True)
    output, solve = _output(body), body.once(ast.Solve)
    dimension = output.dimension if is_plain(output.dimension) else NONE
    return checked.SynapseModel(
        component.name,
        component.doc or "",
        tuple(body.parameters),
        body.ports[0].name if body.ports else "",
        body.ports[0].dimension if body.ports else NONE,
        tuple(body.states.values()),
        _equations(body),
        on_impulse,
        output.expression,
        dimension,
        clauses.solver(body.typer(), solve) if solve is not None else None,
        span=component.span,
    )


def _output(body: Body) -> Typed:
    """What a synapse gives to its target."""
    statement = body.once(ast.OutputDecl)
    if statement is None:
        message = f"{body.title} needs an `output`: what its target receives"
        body.findings.error("E0418", message, body.component.name_span, "", "write, say, `output I : nA = s`")
        return LOST
    kind, _ = declared_dimension(statement.type, body.findings)
    if not is_plain(kind):
        return body.typer().type(statement.value)
    typed = body.typer().fit(statement.value, kind, f"the output `{statement.name}`", "E0203")
    return Typed(typed.expression, kind)


def _plasticity(body: Body) -> checked.PlasticityModel:
    return rules.plasticity(body, _lets)


def _readout(body: Body) -> checked.ReadoutModel:
    if not library.is_standard(body.component):
        message = f"`{body.component.name}` can't be defined here: readouts and losses are those of the standard library"
        help_text = "import one: `from std.readout import MaxRate`; or write an output, e.g. `output r = mean(cells.spikes, over = time)`"
        body.findings.error("E0432", message, body.component.name_span, "", help_text)
    return checked.ReadoutModel(body.component.name, body.component.doc or "", tuple(body.parameters), span=body.component.span)


MAKERS: dict[str, Callable[[Body], checked.Model]] = {
    "neuron": _neuron,
    "synapse": _synapse,
    "plasticity": _plasticity,
    "readout": _readout,
}
