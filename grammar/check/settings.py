"""`run:`, `train:`, `output` and `record`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.clauses import TIME
from inferno.grammar.check.dimensions import NONE, Kind
from inferno.grammar.check.typing import Scope, Typed, Typer, suggestion
from inferno.grammar.check.wiring import Network
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant

RUN = ("dt", "steps", "duration", "batch", "seed", "reset")
TRAIN = ("method", "epochs")
TRAIN_LATER = ("loss", "optimizer", "schedule", "precision")
RESET_GROUPS = ("refractory", "synapses", "traces")
STEP_LIMIT = 10**9


def attributes(block: ast.Settings | None, known: tuple[str, ...], overrides: Mapping[str, ast.Expr], findings: Findings, later: tuple[str, ...] = ()) -> dict[str, ast.Expr]:
    """The settings of a block by name, overrides first."""
    found: dict[str, ast.Attr] = {}
    for attribute in block.attributes if block is not None else ():
        if attribute.name in later:
            findings.error("E0801", f"the setting `{attribute.name}` is not supported yet", attribute.name_span)
        elif attribute.kind or attribute.name not in known:
            hint = suggestion(attribute.name, known) or f"known are {', '.join(known)}"
            findings.error("E0701", f"no setting `{attribute.name}` in `{block.kind if block else ''}:`", attribute.name_span, "", hint)
        elif attribute.name in found:
            findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(Label(found[attribute.name].span, "first here"),))
        else:
            found[attribute.name] = attribute
    return {n: a.value for n, a in found.items()} | dict(overrides)


def time_step(node: ast.Expr | None, names: Mapping[str, Typed], findings: Findings) -> Fraction:
    """dt in ms."""
    if node is None:
        return Fraction(1)
    value = Typer(Scope(names, "the time step"), findings).expect(node, TIME, "`dt`")
    number = value.value if isinstance(value, Constant) else math.nan
    if isinstance(number, bool) or not math.isfinite(number) or not number > 0:
        findings.error("E0603", "`dt` must be a positive time", node.span, f"it is {float(number):g} ms" if isinstance(value, Constant) else "")
        return Fraction(1)
    return Fraction(number)


def _whole(typer: Typer, node: ast.Expr | None, what: str, low: int, high: int, default: int, dimension: Kind = NONE) -> int:
    if node is None:
        return default
    value = typer.expect(node, dimension, what)
    number = value.value if isinstance(value, Constant) else math.nan
    if isinstance(number, bool) or not math.isfinite(number) or number != int(number) or not low <= number <= high:
        typer.findings.error("E0607", f"{what} is a whole number from {low} to {high:,}", node.span)
        return default
    return int(number)


def check_run(network: Network, settings: Mapping[str, ast.Expr]) -> checked.Run:
    """The `run:` block."""
    typer, findings = network.typer("`run:`"), network.findings
    steps: int | None = None
    if "steps" in settings and "duration" in settings:
        findings.error("E0704", "`run:` has both `steps` and `duration`", settings["steps"].span, "", "keep one", labels=(Label(settings["duration"].span, "and here"),))
    elif "steps" in settings:
        steps = _whole(typer, settings["steps"], "`steps`", 1, STEP_LIMIT, 1)
    elif "duration" in settings:
        steps = duration_steps(typer, settings["duration"], network.dt)
    batch = _whole(typer, settings.get("batch"), "`batch`", 1, 10**6, 1)
    seed = _whole(typer, settings.get("seed"), "`seed`", 0, 2**63 - 1, 0)
    return checked.Run(network.dt, steps, batch, seed, _reset(network, settings.get("reset")))


def duration_steps(typer: Typer, node: ast.Expr, dt: Fraction) -> int:
    """A duration in whole steps, rounded half up, at least one."""
    value = typer.expect(node, TIME, "a duration")
    number = value.value if isinstance(value, Constant) else math.nan
    if isinstance(number, bool) or not math.isfinite(number) or not number > 0:
        typer.findings.error("E0603", "a duration must be a positive time", node.span)
        return 1
    steps = max(1, math.floor(Fraction(number) / dt + Fraction(1, 2)))
    if steps > STEP_LIMIT:
        typer.findings.error("E0607", f"this duration is {steps:.3g} steps long", node.span, f"the limit is {STEP_LIMIT:.0e}")
        return 1
    return steps


def _reset(network: Network, node: ast.Expr | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    items = node.items if isinstance(node, ast.ListLiteral) else (node,)
    states = {s.name for p in network.populations.values() for s in p.neuron.model.states}  # type: ignore[union-attr]
    found = []
    for item in items:
        name = item.id if isinstance(item, ast.Name) else f"{item.value.id}.{item.name}" if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) else ""
        owner, _, state = name.partition(".")
        qualified = owner in network.populations and state in {s.name for s in network.populations[owner].neuron.model.states}  # type: ignore[union-attr]
        if name in states or name in RESET_GROUPS or qualified:
            found.append(name)
        elif network.populations and not network.declared - set(network.populations):
            hint = suggestion(name, (*states, *RESET_GROUPS)) or f"known are {', '.join(sorted(states) + list(RESET_GROUPS))}"
            network.findings.error("E0704", f"`reset` names states and {', '.join(RESET_GROUPS)}", item.span, "unknown here", hint)
    return tuple(sorted(found))


def check_train(network: Network, block: ast.Settings | None, settings: Mapping[str, ast.Expr]) -> checked.Train | None:
    """The `train:` block."""
    if block is None:
        return None
    method = settings.get("method")
    name = method.function if isinstance(method, ast.Call) else method
    words = name.id if isinstance(name, ast.Name) else "local"
    if words == "bptt":
        network.findings.error("E0801", "the method `bptt` is not supported yet", method.span if method else block.span, "", "use `method = local`")
    elif words != "local":
        network.findings.error("E0705", f"unknown method `{words}`", method.span if method else block.span, "", suggestion(words, ("local", "bptt")) or "use `method = local`")
    return checked.Train("local", _whole(network.typer("`train:`"), settings.get("epochs"), "`epochs`", 1, 10**6, 1))


def check_output(network: Network, statement: ast.OutputDecl) -> checked.Output | None:
    """`output rates = mean(exc.spikes, over = time)` or a readout."""
    findings, call = network.findings, statement.value
    name = call.function.id if isinstance(call, ast.Call) and isinstance(call.function, ast.Name) else ""
    if not isinstance(call, ast.Call) or not call.arguments:
        findings.error("E0702", "an output is `mean(…, over = time)`, `sum(…, over = time)` or a readout", call.span, "", "write, say, `mean(exc.spikes, over = time)`")
        return None
    if name in ("mean", "sum"):
        return _reduction(network, statement, call, name)
    positional = [a for a in call.arguments if a.name is None]
    use = instances.find(ast.Call(call.function, tuple(a for a in call.arguments if a.name is not None), span=call.span), network.models, checked.ReadoutModel, findings)
    if use is None:
        return None
    subject = positional[0].value if len(positional) == 1 else None
    population = network.populations.get(subject.id) if isinstance(subject, ast.Name) else None
    if population is None:
        if not (isinstance(subject, ast.Name) and subject.id in network.declared):
            findings.error("E0702", f"`{name}` reads one population, its first argument", call.span, "", f"write `{name}(exc, …)`")
        return None
    if population.neuron.model.spike is None:  # type: ignore[union-attr]
        findings.error("E0511", f"`{population.name}` never spikes", call.span)
    instance = instances.instantiate(use, network.typer("a readout"), network.overridden(statement.name, {p.name for p in use.model.parameters}))
    return checked.Output(statement.name, "readout", population.name, "spikes", instance, span=statement.span) if instance is not None else None


def _reduction(network: Network, statement: ast.OutputDecl, call: ast.Call, name: str) -> checked.Output | None:
    over = [a for a in call.arguments if a.name == "over"]
    subjects = [a.value for a in call.arguments if a.name is None]
    right = len(over) == 1 and isinstance(over[0].value, ast.Name) and over[0].value.id == "time" and len(subjects) == 1 and len(call.arguments) == 2
    if not right:
        network.findings.error("E0702", f"`{name}` of an output takes a variable and `over = time`", call.span, "", f"write `{name}(exc.spikes, over = time)`")
        return None
    found = _variable(network, subjects[0])
    return checked.Output(statement.name, name, *found, span=statement.span) if found is not None else None


def _variable(network: Network, node: ast.Expr) -> tuple[str, str] | None:
    """A population and one of its variables; a mistake is reported."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = node.value.id
        if owner in network.populations:
            model = network.populations[owner].neuron.model
            assert isinstance(model, checked.NeuronModel)
            known = [*(["spikes"] if model.spike is not None else []), *(s.name for s in model.states)]
            if node.name in known:
                return owner, node.name
            network.findings.error("E0703", f"`{owner}` has no variable `{node.name}`", node.span, "", suggestion(node.name, known) or f"it has {', '.join(known)}")
            return None
        if owner in network.declared:
            return None
        known = list(network.populations)
        network.findings.error("E0501", f"unknown population `{owner}`", node.value.span, "", suggestion(owner, known) or f"known are {', '.join(known)}")
        return None
    network.findings.error("E0703", "a variable of a population is expected", node.span, "", "write, say, `exc.spikes` or `exc.v`")
    return None


def check_record(network: Network, statement: ast.Record) -> list[checked.Recording]:
    """`record exc.spikes, all[:5].v every 1 ms`."""
    every = 1
    if statement.every is not None:
        typer = network.typer("`every`")
        typed = typer.type(statement.every)
        value = typed.expression.value if isinstance(typed.expression, Constant) else math.nan
        steps = Fraction(value) / (network.dt if typed.dimension == TIME else 1) if not isinstance(value, bool) and math.isfinite(value) else Fraction(0)
        if typed.dimension not in (TIME, NONE) or steps <= 0 or steps > STEP_LIMIT:
            network.findings.error("E0703", "`every` is a positive time, or a number of steps", statement.every.span)
        else:
            every = max(1, math.floor(steps + Fraction(1, 2)))
    return [r for item in statement.items if (r := _recording(network, item, every)) is not None]


def _recording(network: Network, node: ast.Expr, every: int) -> checked.Recording | None:
    index: tuple[tuple[int | None, int | None, int | None], ...] = ()
    plain = node
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Index):
        made = _index(network, node.value)
        if made is None:
            return None
        index, plain = made, ast.Attribute(node.value.value, node.name, span=node.span)
    if isinstance(plain, ast.Attribute) and isinstance(plain.value, ast.Name) and plain.value.id not in network.populations:
        owner = plain.value.id
        if owner in network.projections:
            if plain.name == "weight" and not index:
                return checked.Recording(owner, "weight", every, span=node.span)
            network.findings.error("E0703", f"of a projection only `{owner}.weight` can be recorded", node.span)
            return None
    found = _variable(network, plain)
    if found is None:
        return None
    if len(index) > max(1, len(network.populations[found[0]].shape)):
        network.findings.error("E0703", "more indices than dimensions", node.span)
        return None
    return checked.Recording(*found, every, index, span=node.span)


def _index(network: Network, node: ast.Index) -> tuple[tuple[int | None, int | None, int | None], ...] | None:
    """Index expressions as (start, stop, step); one number `i` is `(i, i + 1, None)`."""
    typer = network.typer("an index")
    found: list[tuple[int | None, int | None, int | None]] = []
    for item in node.items:
        ends = [item.lower, item.upper] if isinstance(item, ast.Slice) else [item]
        numbers: list[int | None] = []
        for end in ends:
            value = typer.expect(end, NONE, "an index") if end is not None else None
            number = value.value if isinstance(value, Constant) else None
            if value is not None and (number is None or isinstance(number, bool) or not math.isfinite(number) or number != int(number)):
                network.findings.error("E0703", "an index is a whole number", node.span)
                return None
            numbers.append(None if number is None else int(number))
        if isinstance(item, ast.Slice):
            found.append((numbers[0], numbers[1], None))
        else:
            only = numbers[0] or 0
            found.append((only, only + 1 if only != -1 else None, None))
    return tuple(found)
