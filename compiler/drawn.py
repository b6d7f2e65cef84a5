"""Parameters that differ from neuron to neuron, separated from those that are numbers and from those that follow an input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from graphlib import TopologicalSorter

from inferno.compiler.nodes import Limit
from inferno.grammar import checked
from inferno.grammar.expression import ZERO, Apply, Constant, Expression, Reference, apply, divisors, is_drawn, references, substitute
from inferno.grammar.units import base_unit, dimension_of

TIME = dimension_of(s=1)
Named = tuple[tuple[str, Expression], ...]


@dataclass
class Separated:
    """A population's values: `parameters` and `drive` refer to those `drawn`, each of which comes after what it depends on."""

    parameters: Named = ()
    drive: Named = ()
    drawn: Named = ()


@dataclass
class _Hoisting:
    """Takes what is drawn out of expressions that vary with an input."""

    made: dict[str, Expression] = field(default_factory=dict)

    def hoist(self, owner: str, expression: Expression) -> Expression:
        """The expression with its largest drawn parts named."""
        if not is_drawn(expression):
            return expression
        if isinstance(expression, Reference):
            return expression
        if references(expression, "input"):
            assert isinstance(expression, Apply)
            return apply(expression.function, *(self.hoist(owner, a) for a in expression.arguments))
        name = f"{owner} drawn {sum(n.startswith(f'{owner} drawn ') for n in self.made) + 1}"
        self.made[name] = expression
        return Reference("parameter", name)


def separate(population: checked.Population) -> Separated:
    """The values of a population, those that are drawn apart."""
    hoisting = _Hoisting(dict(population.draws))
    parameters: list[tuple[str, Expression]] = []
    for name, value in population.neuron.values:
        if is_drawn(value) and not references(value, "input"):
            hoisting.made[name] = value
        else:
            parameters.append((name, hoisting.hoist(name, value)))
    drive: list[tuple[str, Expression]] = []
    for port, value in population.drive:
        name = f"{port} drive"
        if is_drawn(value) and not references(value, "input"):
            hoisting.made[name] = value
            drive.append((port, Reference("parameter", name)))
        else:
            drive.append((port, hoisting.hoist(name, value)))
    return Separated(tuple(parameters), tuple(drive), _in_order(hoisting.made))


def separate_constant(values: Named) -> Separated:
    """The values of a synapse or a rule, which follow no input, those that are drawn apart."""
    drawn = {n: v for n, v in values if is_drawn(v)}
    return Separated(tuple((n, v) for n, v in values if n not in drawn), (), _in_order(drawn))


def _in_order(drawn: Mapping[str, Expression]) -> Named:
    needs = {n: sorted(r.name for r in references(e, "parameter") if r.name in drawn) for n, e in sorted(drawn.items())}
    return tuple((n, drawn[n]) for n in TopologicalSorter(needs).static_order())


def limits(model: checked.NeuronModel | checked.SynapseModel | checked.PlasticityModel, values: Separated) -> tuple[Limit, ...]:
    """What must hold of the values of every element: ranges of parameters, what stands before derivatives, the refractory period."""
    names = {n for n, _ in values.drawn}
    numbers: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in values.parameters if isinstance(v, Constant)}

    def bound(limit: Expression | None) -> Expression | None:
        return substitute(limit, numbers) if limit is not None else None

    drawn = [p for p in model.parameters if p.name in names]
    found = [Limit(p.name, Reference("parameter", p.name), bound(p.low), bound(p.high), unit=base_unit(p.dimension)) for p in drawn]
    known = {p.name for p in model.parameters}
    found += [Limit(n, Reference("parameter", n)) for n in sorted(names - known)]
    for equation in model.equations:
        if any(r.name in names for r in references(equation.scale, "parameter")):
            alone = next((p for p in drawn if equation.scale == Reference("parameter", p.name)), None)
            name = alone.name if alone is not None else f"what stands before {equation.state}'"
            unit, used = (base_unit(alone.dimension), ()) if alone is not None else ("1", _used(equation.scale, names))
            found.append(Limit(name, equation.scale, ZERO, None, open_low=True, unit=unit, used=used))
    scaled = {r for e in model.equations for r in references(e.scale)}
    divided = dict.fromkeys(r.name for e in model.equations for r in divisors(e.rate) if r not in scaled)
    times = [p for p in drawn if p.name in divided and p.dimension == TIME]
    found += [Limit(p.name, Reference("parameter", p.name), ZERO, None, open_low=True, unit="ms") for p in times]
    if (
        isinstance(model, checked.NeuronModel)
        and model.refractory is not None
        and any(r.name in names for r in references(model.refractory.duration, "parameter"))
    ):
        found.append(
            Limit("the refractory period", model.refractory.duration, ZERO, None, unit="ms", used=_used(model.refractory.duration, names))
        )
    return tuple(found)


def rule_limits(model: checked.PlasticityModel, values: Separated, sides: Mapping[str, str]) -> tuple[Limit, ...]:
    """What must hold of a rule's values, of each synapse or neuron; the time constants of traces are positive."""
    names = {n for n, _ in values.drawn}
    found = [replace(x, side=_side(x, sides)) for x in limits(model, values)]
    for trace in model.traces:
        if any(r.name in names for r in references(trace.tau, "parameter")):
            name = f"the time constant of the trace {trace.name}"
            found.append(Limit(name, trace.tau, ZERO, None, open_low=True, unit="ms", used=_used(trace.tau, names), side=trace.side))
    return tuple(found)


def _side(limit: Limit, sides: Mapping[str, str]) -> str:
    """The end whose neurons have a value, or `synapse`."""
    found = {
        sides.get(r.name, "synapse") for e in (limit.value, limit.low, limit.high) if e is not None for r in references(e, "parameter")
    }
    return found.pop() if len(found) == 1 else "synapse"


def _used(expression: Expression, names: set[str]) -> tuple[str, ...]:
    return tuple(r.name for r in references(expression, "parameter") if r.name in names)


def refractory_steps(duration: Expression, dt: Fraction) -> Expression:
    """`ceil(t_ref/dt)` of each neuron; what exceeds a whole step by a rounding of the division is none."""
    # Not simplified where dt is 1: the text that is generated depends on no value.
    steps = Apply("divide", (duration, Constant(dt)))
    return apply("ceil", apply("add", steps, Constant(Fraction(-1, 10**9))))
