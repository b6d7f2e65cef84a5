"""`receptor ge : nS = exponential(5 ms)`: a port whose arriving weights are added to states of the neuron.

A receptor's time constants are parameters of the neuron, called `ge.tau`, so that they can be set and are checked as any other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, TIME, Kind, describe, is_plain, noun, quantity, same
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wording import near_or_all, short
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import ONE, ZERO, Constant, Expression, Reference, apply, references, substitute
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension

KERNELS: Mapping[str, tuple[str, ...]] = {
    "delta": (),
    "exponential": ("tau",),
    "alpha": ("tau",),
    "biexponential": ("rise", "decay"),
}


@dataclass(frozen=True, slots=True)
class Receptor:
    """What a receptor adds to its neuron: a port, what its name is in equations, states with equations, and what arrivals do to them.

    `arguments` are the parameters that it makes, with the expression that is written for each, if one is.
    """

    port: checked.Port
    value: Typed
    states: tuple[checked.State, ...] = ()
    equations: tuple[checked.Equation, ...] = ()
    arrivals: tuple[checked.Assignment, ...] = ()
    arguments: tuple[tuple[checked.Parameter, ast.Expr | None], ...] = ()
    is_known: bool = True


def declare(typer: Typer, statement: ast.Receptor, synapses: Mapping[str, checked.Model | None]) -> Receptor:
    """The receptor of a statement; where a mistake is reported, one of which no more than its name is known."""
    declaration, findings = statement.declaration, typer.findings
    kind, _ = declared_dimension(declaration.type, findings)
    name, span = declaration.name, declaration.name_span
    unit = kind if is_plain(kind) else NONE
    state = checked.State(name, unit, ZERO, receptor=True, span=span)
    lost = Receptor(checked.Port(name, unit, True, span=span), Typed(Reference("state", name), kind), (state,), is_known=False)
    value = declaration.default
    assert value is not None
    function = value.function if isinstance(value, ast.Call) else value
    called = function.id if isinstance(function, ast.Name) else ""
    if called in KERNELS:
        arguments = _bind(typer, value, called)
        return _kernel(name, unit, called, arguments, span) if arguments is not None else lost
    if called in synapses:
        return _by_equations(typer, declaration, kind, synapses) or lost
    examples = ", ".join(f"`{_example(k)}`" for k in KERNELS)
    kernels = [*KERNELS, *(n for n, model in synapses.items() if isinstance(model, checked.SynapseModel))]
    hint = near_or_all(findings, called, kernels) if called else f"write one of {examples}"
    findings.error("E0430", f"a receptor's kernel is expected, not `{short(value.span)}`", value.span, "", hint)
    return lost


def complete(typer: Typer, receptor: Receptor) -> list[checked.Parameter]:
    """The parameters of a receptor with their values, which may use the names of its neuron."""
    made = []
    for parameter, node in receptor.arguments:
        if node is None:
            made.append(parameter)
            continue
        member = parameter.name.partition(".")[2]
        value = typer.expect(node, parameter.dimension, f"`{member}` of the receptor `{receptor.port.name}`")
        if references(value, "state", "port"):
            message = f"`{member}` of the receptor `{receptor.port.name}` must be constant"
            typer.findings.error("E0609", message, node.span, "this varies with a state or an input")
        is_time_constant = parameter.low is None and parameter.dimension == TIME
        if is_time_constant and isinstance(value, Constant) and not 0 < value.value < math.inf:
            message = f"`{member}` of the receptor `{receptor.port.name}` must be greater than 0 ms and finite"
            typer.findings.error("E0603", message, node.span, f"this is {quantity(value.value, TIME)}")
        made.append(replace(parameter, default=value))
    return made


# ---- kernels --------------------------------------------------------------------------------------------


def _example(kernel: str) -> str:
    names = KERNELS[kernel]
    given = ", ".join(["5 ms"] if len(names) == 1 else [f"{n} = {5 * i or 1} ms" for i, n in enumerate(names)])
    return f"{kernel}({given})" if given else kernel


def _bind(typer: Typer, node: ast.Expr, kernel: str) -> dict[str, ast.Expr] | None:
    """The arguments of a kernel by name, which may be given by position too."""
    names = KERNELS[kernel]
    bound: dict[str, ast.Expr] = {}
    findings = typer.findings
    for position, argument in enumerate(node.arguments if isinstance(node, ast.Call) else ()):
        key = argument.name or (names[position] if position < len(names) else "")
        if key not in names or key in bound:
            label = "this argument does not fit"
            findings.error("E0305", f"`{kernel}` takes ({', '.join(names)})", argument.span, label, f"write `{_example(kernel)}`")
            return None
        bound[key] = argument.value
    missing = [n for n in names if n not in bound]
    if missing:
        label = f"`{missing[0]}` is missing"
        findings.error("E0305", f"`{kernel}` takes ({', '.join(names)})", node.span, label, f"write `{_example(kernel)}`")
        return None
    return bound


def _kernel(name: str, unit: Dimension, kernel: str, arguments: Mapping[str, ast.Expr], span: Span) -> Receptor:
    """A receptor with one of the built-in kernels; its peak is the weight, but for `delta`, which delivers w/dt for one step."""
    if kernel == "delta":
        return Receptor(checked.Port(name, unit, span=span), Typed(Reference("port", name), unit))
    port = checked.Port(name, unit, True, span=span)
    made = tuple((checked.Parameter(f"{name}.{n}", TIME, None, span=span), node) for n, node in arguments.items())
    own, rising, arriving = Reference("state", name), Reference("state", f"{name}_rise"), Reference("port", name)
    if kernel == "exponential":
        tau = Reference("parameter", f"{name}.tau")
        rate = apply("divide", apply("negate", own), tau)
        return Receptor(
            port,
            Typed(own, unit),
            (checked.State(name, unit, ZERO, receptor=True, span=span),),
            (checked.Equation(name, rate, tau, span=span),),
            (checked.Assignment(name, arriving, True, span=span),),
            made,
        )
    rise, decay = (Reference("parameter", f"{name}.{n}") for n in (("tau", "tau") if kernel == "alpha" else ("rise", "decay")))
    # g' = r/rise - g/decay and r' = -r/rise: after a jump of r, g peaks at the jump over `factor`.  Of the alpha function that is e; of two
    # exponentials (decay/rise)^(rise/(decay - rise)), which as written here has no singularity where both are the same.
    factor: Expression = ONE
    if kernel == "biexponential":
        factor = apply("divide", factor, apply("phi1", apply("log", apply("divide", decay, rise))))
    peak = apply("exp", factor)
    inflow, outflow = apply("divide", rising, rise), apply("negate", apply("divide", own, decay))
    states = tuple(checked.State(s, unit, ZERO, receptor=True, span=span) for s in (name, rising.name))
    equations = (
        checked.Equation(name, apply("add", inflow, outflow), decay, span=span),
        checked.Equation(rising.name, apply("negate", inflow), rise, span=span),
    )
    arrivals = (checked.Assignment(rising.name, apply("multiply", peak, arriving), True, span=span),)
    return Receptor(port, Typed(own, unit), states, equations, arrivals, made)


# ---- by equations ---------------------------------------------------------------------------------------


def _by_equations(typer: Typer, declaration: ast.Declaration, kind: Kind, synapses: Mapping[str, checked.Model | None]) -> Receptor | None:
    """A receptor that is a synapse component: its states and parameters become those of the neuron."""
    findings, value, name = typer.findings, declaration.default, declaration.name
    assert value is not None
    use = instances.find(value, synapses, checked.SynapseModel, findings)
    if use is None:
        return None
    model = use.model
    assert isinstance(model, checked.SynapseModel)
    if not same(kind, model.output_dimension):
        message = f"`{model.name}` delivers {noun(model.output_dimension)}, but the receptor `{name}` is {noun(kind)}"
        findings.error("E0506", message, value.span, f"delivers {describe(model.output_dimension)}")
        return None
    if model.solver is not None:
        message = f"`{model.name}` says how it is solved, and a receptor's states are integrated together with those of its neuron"
        labels = (Label(model.solver.span, "said here"),)
        findings.error("E0421", message, value.span, "", "leave `solve` out there, or write it in the neuron", labels=labels)
        return None
    before = findings.errors
    given = instances.bind(use, findings, frozenset())
    if findings.errors != before:
        return None
    for parameter in model.parameters:
        if parameter.default is None and parameter.name not in given:
            findings.error("E0304", f"`{model.name}` needs a value for `{parameter.name}`", value.span)
            return None
    span = declaration.name_span
    called = {s.name: name if model.output == Reference("state", s.name) else f"{name}_{s.name}" for s in model.states}
    here: dict[Reference, Expression] = {}
    here |= {Reference("parameter", p.name): Reference("parameter", f"{name}.{p.name}") for p in model.parameters}
    here |= {Reference("state", s): Reference("state", new) for s, new in called.items()}
    here[Reference("port", model.impulse_name)] = Reference("port", name)
    here |= {r: Reference("noise", f"{name}.{r.name}") for e in model.equations for r in references(e.rate, "noise")}
    parameters = tuple((_renamed(p, name, here), given.get(p.name)) for p in model.parameters)
    states = tuple(_state(s, called[s.name], here, span) for s in model.states)
    equations = tuple(
        checked.Equation(called[e.state], substitute(e.rate, here), substitute(e.scale, here), span=e.span) for e in model.equations
    )
    arrivals = tuple(checked.Assignment(called[a.target], substitute(a.value, here), True, span=a.span) for a in model.on_impulse)
    port = checked.Port(name, model.impulse, True, span=span)
    return Receptor(port, Typed(substitute(model.output, here), model.output_dimension), states, equations, arrivals, parameters)


def _state(state: checked.State, name: str, here: Mapping[Reference, Expression], span: Span) -> checked.State:
    initial = substitute(state.initial, here)
    low, high = (substitute(e, here) if e is not None else None for e in (state.low, state.high))
    return checked.State(name, state.dimension, initial, receptor=True, low=low, high=high, span=span)


def _renamed(parameter: checked.Parameter, owner: str, here: Mapping[Reference, Expression]) -> checked.Parameter:
    default, low, high = (substitute(e, here) if e is not None else None for e in (parameter.default, parameter.low, parameter.high))
    return replace(parameter, name=f"{owner}.{parameter.name}", default=default, low=low, high=high)


def refuse_equations(written: Mapping[str, checked.Equation], states: Mapping[str, checked.State], findings: Findings) -> None:
    """Report an equation that the author wrote for a receptor."""
    for name, equation in written.items():
        if states[name].receptor:
            help_text = "write a `synapse` for other kinetics, and `receptor g : nS = MySynapse()`"
            findings.error("E0402", f"`{name}` is a receptor: its kernel is its equation", equation.span, "", help_text)
