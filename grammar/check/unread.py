"""Inputs that nothing reads: what arrives there, or is given, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from inferno.grammar import ast, checked
from inferno.grammar.check.wiring import Network
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Expression, references

SENDING = "what arrives there changes nothing; use it in an equation, or leave it out"
GIVEN = "what is given for it changes nothing; use it in a population's values, project it, or leave it out"


def warn_unread(network: Network, module: ast.Module, program: checked.Program) -> None:
    """Warn of inputs of the network, and of inputs, receptors and modulators of the file's own components, that nothing reads."""
    findings = network.findings
    named = _named(program)
    for entry in program.inputs:
        if entry.name not in named:
            findings.error("W0903", f"nothing reads the input `{entry.name}`", entry.span, "", GIVEN)
    shown = {r.variable for r in program.recordings} | {o.variable for o in program.outputs} | {k.variable for k in program.links}
    shown |= {s.variable for e in program.expectations for s in e.statistics}
    components = [item for item in module.items if isinstance(item, ast.Component)]
    bases = {item.extends.id for item in components if item.extends is not None}
    used = {p.neuron.model.name for p in program.populations}
    for item in components:
        model = network.models.get(item.name)
        if item.name in bases - used:
            continue
        if isinstance(model, checked.NeuronModel):
            _warn_neuron(model, shown, findings)
        elif isinstance(model, checked.PlasticityModel):
            expressions = [h.change for h in model.handlers] + [e.rate for e in model.equations]
            _warn(model.modulators, _names(expressions, "port"), model, findings)
        elif isinstance(model, checked.SynapseModel):
            place = next((s.declaration.span for s in item.body if isinstance(s, ast.InputDecl)), item.name_span)
            expressions = [a.value for a in model.on_impulse] + [e.rate for e in model.equations] + [model.output]
            port = checked.Port(model.impulse_name, model.impulse, span=place)
            _warn([port], _names(expressions, "port"), model, findings)


def _named(program: checked.Program) -> set[str]:
    """The inputs that are projected, linked, or part of a population's values."""
    found = {p.source for p in program.projections} | {link.source for link in program.links}
    for population in program.populations:
        values = [*population.neuron.values, *population.drive, *population.initial, *population.draws]
        found |= _names((value for _, value in values), "input")
    return found


def _warn_neuron(model: checked.NeuronModel, shown: set[str], findings: Findings) -> None:
    own = {s.name for s in model.states if s.receptor}
    expressions = [e.rate for e in model.equations if e.state not in own]
    expressions += [e.condition for e in (model.spike, *model.events) if e is not None]
    expressions += [a.value for e in (model.spike, *model.events) if e is not None for a in e.assignments]
    ports = _names(expressions, "port")
    # A receptor is read through its states, which may read each other; one that is recorded counts.
    states = _names(expressions, "state") | shown
    inner = {e.state: [e.rate] for e in model.equations if e.state in own}
    for arrival in model.arrivals:
        inner.setdefault(arrival.target, []).append(arrival.value)
    pending = sorted(states & inner.keys())
    while pending:
        state = pending.pop()
        ports |= _names(inner[state], "port")
        pending += sorted((_names(inner[state], "state") & inner.keys()) - states)
        states |= _names(inner[state], "state")
    _warn(model.ports, ports, model, findings)


def _warn(ports: Iterable[checked.Port], read: set[str], model: checked.Model, findings: Findings) -> None:
    for port in ports:
        if port.name not in read:
            findings.error("W0903", f"nothing in `{model.name}` reads `{port.name}`", port.span, "", SENDING)


def _names(expressions: Iterable[Expression], kind: str) -> set[str]:
    return {r.name for e in expressions for r in references(e, kind)}
