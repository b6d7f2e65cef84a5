"""What a network gives back: `output` and `record`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, TIME, same
from inferno.grammar.check.ends import base_name
from inferno.grammar.check.rounding import whole_steps
from inferno.grammar.check.settings import STEP_LIMIT
from inferno.grammar.check.training import is_loss
from inferno.grammar.check.views import has_index_behind, part_of, resolve
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, near_or_all, suggestion
from inferno.grammar.expression import Constant
from inferno.grammar.source import Span

Index = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a population, or of a part of it; `words` is how the author calls what has it."""

    owner: str
    variable: str
    part: checked.Ranges
    words: str


# ---- outputs --------------------------------------------------------------------------------------------


def check_output(network: Network, statement: ast.OutputDecl) -> checked.Output | None:
    """`output rates = mean(exc.spikes, over = time)` or a readout."""
    findings, call = network.findings, statement.value
    name = call.function.id if isinstance(call, ast.Call) and isinstance(call.function, ast.Name) else ""
    if not isinstance(call, ast.Call) or not name:
        message = "an output is `mean(…, over = time)`, `sum(…, over = time)` or a readout"
        findings.error("E0702", message, call.span, "", "write, say, `mean(exc.spikes, over = time)`")
        return None
    if name in ("mean", "sum"):
        return _reduction(network, statement, call, name)
    return _readout(network, statement, call, name)


def _readout(network: Network, statement: ast.OutputDecl, call: ast.Call, name: str) -> checked.Output | None:
    findings = network.findings
    subjects = [a.value for a in call.arguments if a.name is None]
    named = tuple(a for a in call.arguments if a.name is not None)
    use = instances.find(ast.Call(call.function, named, span=call.span), network.models, checked.ReadoutModel, findings)
    if use is None or not network.afford(use.model, call.span):
        return None
    if is_loss(use.model.name):
        findings.error("E0702", f"`{name}` is a loss, not an output", call.span, "", "write it behind `loss =` in `train:`")
        return None
    made = instances.instantiate(
        use, network.typer("a readout"), network.overridden(statement.name, {p.name for p in use.model.parameters})
    )
    owner = base_name(subjects[0]) if subjects and not isinstance(subjects[0], ast.Attribute) else None
    if len(subjects) != 1 or owner is None:
        span = subjects[1].span if len(subjects) > 1 else call.span
        findings.error("E0702", f"`{name}` reads one population, its first argument", span, "", f"write `{name}(exc, …)`")
        return None
    place = subjects[0].span
    if has_index_behind(network, subjects[0], "E0702", whole=True):
        return None
    if owner not in network.populations and owner not in network.views:
        if owner in network.inputs:
            findings.error("E0702", f"`{name}` reads a population", place, f"`{owner}` is an input")
        else:
            _unknown_population(network, owner, place)
        return None
    found = resolve(network, subjects[0])
    if found is None:
        return None
    if found.owner in network.inputs:
        findings.error("E0702", f"`{name}` reads a population", place, f"`{owner}` is a view of an input")
        return None
    population = network.populations[found.owner]
    if model_of(population).spike is None:
        findings.error("E0511", f"`{population.name}` never spikes", place, f"`{name}` counts spikes")
        return None
    if made is None:
        return None
    part = part_of(found, population.shape)
    return checked.Output(statement.name, "readout", found.owner, "spikes", made.instance, part, span=statement.span)


def _reduction(network: Network, statement: ast.OutputDecl, call: ast.Call, name: str) -> checked.Output | None:
    over = [a.value for a in call.arguments if a.name == "over"]
    subjects = [a.value for a in call.arguments if a.name is None]
    help_text = f"write `{name}(exc.spikes, over = time)`"
    if len(subjects) != 1 or len(over) != 1 or len(call.arguments) != 2:
        network.findings.error("E0702", f"`{name}` of an output takes a variable and `over = time`", call.span, "", help_text)
        return None
    if not (isinstance(over[0], ast.Name) and over[0].id == "time"):
        network.findings.error("E0702", "an output is reduced over time", over[0].span, "this is not `time`", help_text)
        return None
    found = _variable(network, subjects[0])
    if found is None:
        return None
    return checked.Output(statement.name, name, found.owner, found.variable, part=found.part, span=statement.span)


# ---- variables ------------------------------------------------------------------------------------------


def _variable(network: Network, node: ast.Expr) -> Variable | None:
    """A variable of a population, view or part; None where a mistake is reported."""
    if has_index_behind(network, node, "E0703"):
        return None
    base = base_name(node)
    if isinstance(node, ast.Attribute) and base is not None and not isinstance(node.value, ast.Attribute):
        if base not in network.populations and base not in network.views:
            _no_population(network, base, node)
            return None
        place = resolve(network, node.value)
        if place is None:
            return None
        if place.owner in network.inputs:
            network.findings.error("E0703", f"`{base}` is a view of an input; only populations and weights can be read", node.span)
            return None
        population = network.populations[place.owner]
        model = model_of(population)
        known = [*(["spikes"] if model.spike is not None else []), *(s.name for s in model.states), *(e.name for e in model.events)]
        if node.name in known:
            return Variable(place.owner, node.name, part_of(place, population.shape), place.words)
        span = Span(node.span.source, node.span.end - len(node.name), node.span.end)
        hint = near_or_all(network.findings, node.name, known, "it has")
        network.findings.error("E0703", f"`{base}` has no variable `{node.name}`", span, "", hint)
        return None
    if base in network.populations or base in network.views:
        message = f"which variable of `{base}`?"
        network.findings.error("E0703", message, node.span, "a whole population", f"write `{base}.spikes`, say")
        return None
    network.findings.error("E0703", "a variable of a population is expected", node.span, "", "write, say, `exc.spikes` or `exc.v`")
    return None


def _no_population(network: Network, base: str, node: ast.Attribute) -> None:
    """Report a variable of something that is no population."""
    if base in network.inputs:
        network.findings.error("E0703", f"`{base}` is an input; only populations and weights can be read", node.span)
    elif base in network.projections:
        message = f"of a projection only `{base}.weight` can be read, and only by `record`"
        network.findings.error("E0703", message, node.span)
    else:
        _unknown_population(network, base, node.value.span)


def _unknown_population(network: Network, owner: str, span: Span) -> None:
    if owner in network.declared or owner in network.projected or not network.findings.is_first("E0501", owner):
        return
    known = [*network.declared, *network.projected]
    hint = suggestion(network.findings, owner, known) or (f"known are {listed(known)}" if known else "")
    network.findings.error("E0501", f"unknown population `{owner}`", span, "", hint)


# ---- recordings -----------------------------------------------------------------------------------------


def check_record(network: Network, statement: ast.Record) -> list[checked.Recording]:
    """`record exc.spikes, all[:5].v every 1 ms`."""
    every = _every(network, statement.every) if statement.every is not None else 1
    return [r for item in statement.items if (r := _recording(network, item, every)) is not None]


def _every(network: Network, node: ast.Expr) -> int:
    """A time or a number, in steps."""
    typed = network.typer("`every`").type(node)
    if typed.is_lost:
        return 1
    value = typed.expression.value if isinstance(typed.expression, Constant) else math.nan
    if (same(typed.dimension, TIME) or same(typed.dimension, NONE)) and 0 < value < math.inf:
        in_steps = typed.dimension != TIME
        steps = Fraction(value) / (1 if in_steps else network.dt)
        if steps <= STEP_LIMIT:
            return whole_steps(network.findings, "`every`", steps, network.dt, node.span, in_steps=in_steps)
    network.findings.error("E0703", "`every` is a positive time, or a number of steps", node.span, "", "write `every 1 ms` or `every 100`")
    return 1


def _recording(network: Network, node: ast.Expr, every: int) -> checked.Recording | None:
    base = base_name(node) or ""
    if isinstance(node, ast.Attribute) and base in network.projections:
        return _of_synapses(network, node, network.projections[base], node.name, every, not isinstance(node.value, ast.Name))
    found = _variable(network, node)
    if found is None:
        return None
    index = tuple((low, high, None) for low, high in found.part)
    return checked.Recording(f"{found.words}.{found.variable}", found.owner, found.variable, every, index, span=node.span)


def _of_synapses(
    network: Network, node: ast.Expr, projection: checked.Projection, variable: str, every: int, has_index: bool
) -> checked.Recording | None:
    """A recording of the weight, or of a state of the rule."""
    rule = projection.plasticity.model if projection.plasticity is not None else None
    known = ["weight", *(s.name for s in rule.states)] if isinstance(rule, checked.PlasticityModel) else ["weight"]
    name = projection.name
    if variable in known and not has_index:
        return checked.Recording(f"{name}.{variable}", name, variable, every, span=node.span)
    message = f"of a projection only {listed(f'{name}.{n}' for n in known)} can be recorded"
    network.findings.error("E0703", message, node.span, "not a part of them" if variable in known else "")
    return None


def variable_of(network: Network, node: ast.Expr) -> tuple[str, tuple[Index, ...], str] | None:
    """What `exc.v`, `exc[:5].v` or `E.v` reads: population, index and variable; None where a mistake is reported."""
    found = _variable(network, node)
    return (found.owner, tuple((low, high, None) for low, high in found.part), found.variable) if found is not None else None


def place_of(network: Network, node: ast.Expr) -> tuple[str, tuple[Index, ...]] | None:
    """What `exc`, `exc[:5]` or a view stands for: a population and an index; None where a mistake is reported."""
    base = base_name(node)
    if has_index_behind(network, node, "E0703", whole=True):
        return None
    if base is None or isinstance(node, ast.Attribute):
        network.findings.error("E0703", "a population is expected", node.span, "", "write, say, `exc` or `exc[:5]`")
        return None
    if base not in network.populations and base not in network.views:
        if base in network.inputs:
            network.findings.error("E0703", f"`{base}` is an input; a population is expected", node.span)
        else:
            _unknown_population(network, base, node.span)
        return None
    place = resolve(network, node)
    if place is None or place.owner in network.inputs:
        if place is not None:
            network.findings.error("E0703", f"`{base}` is a view of an input; a population is expected", node.span)
        return None
    part = part_of(place, network.populations[place.owner].shape)
    return place.owner, tuple((low, high, None) for low, high in part)


def distinguished(recordings: Iterable[checked.Recording], dt: Fraction) -> tuple[checked.Recording, ...]:
    """Recordings sorted by name, each once; of several of one variable, those that skip steps say how many in their names."""
    unique = dict.fromkeys(recordings)
    often = Counter(r.name for r in unique)
    named = (replace(r, name=f"{r.name} every {float(r.every * dt):g} ms") if often[r.name] > 1 and r.every > 1 else r for r in unique)
    return tuple(sorted(named, key=lambda r: (r.name, r.every)))
