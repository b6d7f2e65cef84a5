"""What a network gives back: `output` and `record`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, TIME, same
from inferno.grammar.check.settings import STEP_LIMIT
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, near_or_all, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant
from inferno.grammar.source import Span

LARGEST_INDEX = 10**9

Index = tuple[int | None, int | None, int | None]


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
    made = instances.instantiate(
        use, network.typer("a readout"), network.overridden(statement.name, {p.name for p in use.model.parameters})
    )
    if len(subjects) != 1 or not isinstance(subjects[0], ast.Name):
        span = subjects[1].span if len(subjects) > 1 else call.span
        findings.error("E0702", f"`{name}` reads one population, its first argument", span, "", f"write `{name}(exc, …)`")
        return None
    owner, place = subjects[0].id, subjects[0].span
    population = network.populations.get(owner)
    if population is None:
        if owner in network.inputs:
            findings.error("E0702", f"`{name}` reads a population", place, f"`{owner}` is an input")
        else:
            _unknown_population(network, owner, place)
        return None
    if model_of(population).spike is None:
        findings.error("E0511", f"`{population.name}` never spikes", place, f"`{name}` counts spikes")
        return None
    return checked.Output(statement.name, "readout", owner, "spikes", made.instance, span=statement.span) if made is not None else None


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
    return checked.Output(statement.name, name, *found, span=statement.span) if found is not None else None


# ---- variables ------------------------------------------------------------------------------------------


def _variable(network: Network, node: ast.Expr) -> tuple[str, str] | None:
    """A population and one of its variables; None where a mistake is reported."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = node.value.id
        if owner not in network.populations:
            if owner in network.inputs:
                message = f"`{owner}` is an input; only populations and weights can be read"
                network.findings.error("E0703", message, node.span)
            elif owner in network.projections:
                message = f"of a projection only `{owner}.weight` can be read, and only by `record`"
                network.findings.error("E0703", message, node.span)
            else:
                _unknown_population(network, owner, node.value.span)
            return None
        model = model_of(network.populations[owner])
        known = [*(["spikes"] if model.spike is not None else []), *(s.name for s in model.states)]
        if node.name in known:
            return owner, node.name
        span = Span(node.span.source, node.span.end - len(node.name), node.span.end)
        hint = near_or_all(network.findings, node.name, known, "it has")
        network.findings.error("E0703", f"`{owner}` has no variable `{node.name}`", span, "", hint)
        return None
    if isinstance(node, ast.Name) and node.id in network.populations:
        message = f"which variable of `{node.id}`?"
        network.findings.error("E0703", message, node.span, "a whole population", f"write `{node.id}.spikes`, say")
        return None
    network.findings.error("E0703", "a variable of a population is expected", node.span, "", "write, say, `exc.spikes` or `exc.v`")
    return None


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
        steps = Fraction(value) / (network.dt if typed.dimension == TIME else 1)
        if steps <= STEP_LIMIT:
            return max(1, math.floor(steps + Fraction(1, 2)))
    network.findings.error("E0703", "`every` is a positive time, or a number of steps", node.span, "", "write `every 1 ms` or `every 100`")
    return 1


def _recording(network: Network, node: ast.Expr, every: int) -> checked.Recording | None:
    index: tuple[Index, ...] = ()
    plain = node
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Index):
        made = _index(network, node.value)
        if made is None:
            return None
        index, plain = made, ast.Attribute(node.value.value, node.name, span=node.span)
    elif isinstance(node, ast.Index) and isinstance(node.value, ast.Attribute):
        network.findings.error("E0703", "the index stands behind the population", node.span, "", "write, say, `exc[:5].v`")
        return None
    if isinstance(plain, ast.Attribute) and isinstance(plain.value, ast.Name) and plain.value.id in network.projections:
        projection = plain.value.id
        if plain.name == "weight" and not index:
            return checked.Recording(f"{projection}.weight", projection, "weight", every, span=node.span)
        network.findings.error("E0703", f"of a projection only `{projection}.weight` can be recorded", node.span)
        return None
    found = _variable(network, plain)
    if found is None:
        return None
    shape = network.populations[found[0]].shape
    if len(index) > max(1, len(shape)):
        label = Label(network.declared[found[0]], f"`{found[0]}` has the shape {list(shape)}")
        network.findings.error("E0703", "more indices than dimensions", node.span, labels=(label,))
        return None
    for part, size in zip(index, shape or (1,), strict=False):
        if not range(*slice(*part).indices(size)):
            label = Label(network.declared[found[0]], f"`{found[0]}` has the shape {list(shape)}")
            help_text = f"neurons are counted from 0 to {size - 1} there"
            network.findings.error("E0703", "this index selects no neuron", node.span, "", help_text, labels=(label,))
            return None
    return checked.Recording(f"{found[0]}{_written(index)}.{found[1]}", *found, every, index, span=node.span)


def _written(index: tuple[Index, ...]) -> str:
    """An index as a name shows it: `[:5, 3]`, nothing for all neurons."""
    if not index:
        return ""
    parts = []
    for start, stop, _ in index:
        alone = start is not None and stop == (start + 1 if start != -1 else None)
        parts.append(str(start) if alone else f"{'' if start is None else start}:{'' if stop is None else stop}")
    return f"[{', '.join(parts)}]"


def distinguished(recordings: Iterable[checked.Recording], dt: Fraction) -> tuple[checked.Recording, ...]:
    """Recordings sorted by name, each once; of several of one variable, those that skip steps say how many in their names."""
    unique = dict.fromkeys(recordings)
    often = Counter(r.name for r in unique)
    named = (replace(r, name=f"{r.name} every {float(r.every * dt):g} ms") if often[r.name] > 1 and r.every > 1 else r for r in unique)
    return tuple(sorted(named, key=lambda r: (r.name, r.every)))


def _index(network: Network, node: ast.Index) -> tuple[Index, ...] | None:
    """Index expressions as (start, stop, step); one number `i` is `(i, i + 1, None)`."""
    found: list[Index] = []
    for item in node.items:
        ends: list[ast.Expr | None] = [item.lower, item.upper] if isinstance(item, ast.Slice) else [item]
        before = network.findings.errors
        numbers = [_whole(network, end) if end is not None else None for end in ends]
        if network.findings.errors != before:
            return None
        if isinstance(item, ast.Slice):
            found.append((numbers[0], numbers[1], None))
        else:
            only = numbers[0] or 0
            found.append((only, only + 1 if only != -1 else None, None))
    return tuple(found)


def _whole(network: Network, node: ast.Expr) -> int | None:
    """A number of an index; None for a mistake, which is reported."""
    value = network.typer("an index").constant(node, NONE, "an index")
    if value is None:
        return None
    if not (-LARGEST_INDEX <= value <= LARGEST_INDEX and value == int(value)):
        network.findings.error("E0703", "an index is a whole number", node.span, f"this is {float(value):g}")
        return None
    return int(value)
