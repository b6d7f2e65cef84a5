"""What a projection delivers in one step, and what it learns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from inferno.compiler.codegen.expressions import Leaf, python
from inferno.compiler.codegen.normals import write_normals
from inferno.compiler.codegen.synaptic import Readings, Spread, inside, spread_leaf, window_text, write_integration, write_state_changes
from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import ProjectionEdge, Rule, Term, TraceUse
from inferno.compiler.plan import is_list, rule_key
from inferno.compiler.ranges import within
from inferno.grammar.expression import ONE, Draw, Expression, Reference, apply


def impulse(function: Function, edge: ProjectionEdge, source: str, weight: str, targets: int, *, series: bool = False) -> str:
    """The text of the summed weights of the spikes `source`, for each target; `series` for all time steps at once."""
    if is_list(edge):
        weight = f"{weight}.reshape(1)" if edge.kernel == "list_uniform" else weight
        rows = [function.constant(f"{edge.name}.{n}") for n in ("indptr", "targets")]
        if edge.delays is None:
            return f"rows_sum({source}, {weight}, {', '.join(rows)}, {targets})"
        late = f"{', '.join([*rows, function.constant(f'{edge.name}.steps')])}, {edge.longest}, {targets}"
        return f"{'late_series' if series else 'late_sum'}({source}, {weight}, {late})"
    if edge.kernel == "matrix":
        return f"spike_sum({source}, {weight})"
    if edge.kernel in ("vector", "scaled"):
        return f"{weight} * {source}"
    everyone = f"total({source}, {weight})"
    return f"{weight} * {everyone}" if edge.kernel == "uniform" else f"{weight} * ({everyone} - {source}.to({weight}.dtype))"


def write_delivery(function: Function, edge: ProjectionEdge, impulse_text: str, targets: int) -> str:
    """Write the synapse's step for so many targets; the name of what they receive."""
    name = function.names.of
    delivered = name(f"{edge.name} delivered")
    function.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text}")
    if edge.synapse is None:
        over = f" / {function.constant('dt')}" if edge.is_impulse else ""
        function.write(f"{delivered} = {impulse_text}{over}")
        return delivered
    arrived = name(f"{edge.name} impulse")
    function.write(f"{arrived} = {impulse_text}")
    dynamics = edge.synapse.dynamics
    current = {s.name: function.variable(f"{edge.name}.{s.name}") for s in dynamics.states}
    states = dict(current)

    def leaf(reference: Reference | Draw) -> str:
        assert isinstance(reference, Reference)
        if reference.kind == "port":
            return arrived
        if reference.kind == "state":
            return states[reference.name]
        if reference.kind == "local":
            return name(f"{edge.name}.{reference.name} local")
        if reference.kind == "normal":
            return name(f"{edge.name}.{reference.name}")
        return function.constant(f"{edge.name}.{reference.name}")

    added = {
        a.target: python(within(dynamics, a.target, apply("add", Reference("state", a.target), a.value)), leaf)
        for a in edge.synapse.on_impulse
    }
    for state, text in added.items():
        states[state] = name(f"{edge.name}.{state} arrived")
        function.write(f"{states[state]} = {text}")
    function.write(f"{delivered} = {python(edge.synapse.output, leaf)}")
    write_normals(function, edge.name, dynamics, True, targets)
    for local, expression in dynamics.definitions:
        function.write(f"{name(f'{edge.name}.{local} local')} = {python(expression, leaf)}")
    for update in dynamics.updates:
        function.change(f"{edge.name}.{update.state}", f"like({python(update.free, leaf)}, {current[update.state]})")
    for state in added:
        if all(u.state != state for u in dynamics.updates):
            function.change(f"{edge.name}.{state}", f"like({states[state]}, {current[state]})")
    return delivered


def write_learning(
    function: Function,
    edge: ProjectionEdge,
    pre: str,
    post: str,
    done: dict[str, tuple[str, str]],
    counts: Mapping[str, int],
    values: Mapping[str, str],
) -> None:
    """Write the weight's change in this step.

    `done` holds the traces already written, before and after this step's events; `counts` are the synapses' targets (`pre`: what is
    summed over sources) and sources (`post`); `values` what each modulator reads.
    """
    rule = edge.rule
    assert rule is not None
    function.write()
    function.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text} learns by {rule.model}")
    for use in rule.traces:
        if use.key not in done:
            done[use.key] = _write_trace(function, use, pre if use.side == "pre" else post)
    weight = function.variable(f"{edge.name}.weight")
    modulators = _write_modulators(function, edge, rule, post, values)
    states: dict[str, str] = {}
    if rule.dynamics is not None:
        states, gain = write_integration(function, edge, rule, weight, modulators)
        weight = _write_moved(function, edge, [gain], weight, "weight integrated") if gain else weight
    before, after = ({t.name: done[t.key][k] for t in rule.traces} for k in (0, 1))
    readings = Readings(before, after, weight, states, modulators)
    leaf = _rule_leaf(function, edge, readings)
    spread = spread_leaf(function, edge, rule, readings)
    write_state_changes(function, edge, rule, {"pre": pre, "post": post}, states, spread)
    contributions: list[str] = []
    for statement, terms in groupby(rule.terms, lambda t: t.statement):
        contributions.append(function.names.of(f"{edge.name}.change {statement}"))
        parts = [_contribution(function, edge, rule, term, pre, post, spread if not term.separable else leaf) for term in terms]
        function.write(f"{contributions[-1]} = {' + '.join(parts)}")
    _write_bounded(function, edge, contributions, weight, counts)


def _write_trace(function: Function, use: TraceUse, events: str) -> tuple[str, str]:
    value = function.variable(use.key)
    before, after = function.names.of(use.key + " before"), function.names.of(use.key + " after")
    function.write(f"{before} = {function.constant(use.key + ' decay')} * {value}")
    function.write(f"{after} = {f'when({events}, 1.0, {before})' if use.nearest else f'{before} + {events}'}")
    function.change(use.key, after)
    return before, after


def _write_modulators(function: Function, edge: ProjectionEdge, rule: Rule, post: str, values: Mapping[str, str]) -> dict[str, str]:
    """Write each modulator as a value for every target."""
    names = {m.name: function.names.of(f"{edge.name}.{m.name} modulator") for m in rule.modulators}
    for modulator, name in names.items():
        function.write(f"{name} = {values[modulator]}.expand_as({post})")
    return names


def _rule_leaf(function: Function, edge: ProjectionEdge, readings: Readings) -> Leaf:
    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind in ("trace", "next"):
            return (readings.before if leaf.kind == "trace" else readings.after)[leaf.name]
        if leaf.kind == "port":
            return readings.modulators[leaf.name]
        return readings.weight if leaf.kind == "weight" else function.constant(rule_key(edge.name, leaf.name))

    return text


def _contribution(function: Function, edge: ProjectionEdge, rule: Rule, term: Term, pre: str, post: str, leaf: Leaf) -> str:
    """The text of a term, reduced over the batch."""
    reduce = f"mean_over_batch({{}}, {pre})" if rule.reduction == "mean" else "sum_over_batch({}, clock)"
    if not term.separable:
        return reduce.format(_general(function, edge, term, pre, post, leaf))
    left, right = (_side(e, leaf) for e in (term.pre, term.post))
    if term.event == "pre":
        left = pre if left is None else f"when({pre}, {left})"
        right = right or f"torch.ones_like({post})"
    else:
        right = post if right is None else f"when({post}, {right})"
        left = left or f"torch.ones_like({pre})"
    if edge.pattern == "list":
        spread = Spread(function, edge)
        left, right = spread.side(left, "pre"), spread.side(right, "post")
    product = f"event_outer({left}, {right})" if edge.pattern == "dense" else f"summed({left} * {right})"
    if edge.pattern == "conv" and edge.delays is not None:
        product = f"window_sum({left} * {Spread(function, edge).side(right, 'post')}, {_inside(function, edge, pre)}, {window_text(edge)})"
    elif edge.pattern == "conv":
        product = f"window_outer({left}, {right}, {window_text(edge)})"
    reduced = reduce.format(product)
    return reduced if term.synapse == ONE else f"{python_factor(term.synapse, leaf)} * {reduced}"


def python_factor(expression: Expression, leaf: Leaf) -> str:
    """A factor's text, in parentheses where it must be."""
    text = python(expression, leaf)
    return text if expression.depth == 1 else f"({text})"


def _side(expression: Expression, leaf: Leaf) -> str | None:
    return None if expression == ONE else python(expression, leaf)


def _general(function: Function, edge: ProjectionEdge, term: Term, pre: str, post: str, leaf: Leaf) -> str:
    """A change that is no product, for every synapse of every sample: [batch, *weights], summed over the batch."""
    events = Spread(function, edge).side(pre if term.event == "pre" else post, term.event)
    if edge.pattern == "conv":
        return f"window_sum(when({events}, {python(term.synapse, leaf)}), {_inside(function, edge, pre)}, {window_text(edge)})"
    return f"summed(when({events}, {python(term.synapse, leaf)}))"


def _inside(function: Function, edge: ProjectionEdge, pre: str) -> str:
    """The text of what is 0 where a window reaches beyond the source's plane."""
    ones = f"torch.ones_like({pre})"
    # What arrives over delays that differ is there for every synapse already.
    return inside(edge, ones) if edge.delays is not None else Spread(function, edge).side(ones, "pre")


def _write_bounded(function: Function, edge: ProjectionEdge, contributions: list[str], weight: str, counts: Mapping[str, int]) -> None:
    """Write the weight after this step."""
    text = _moved(function, edge, contributions, weight, "weight after") if contributions else weight
    if edge.without_diagonal:
        text = f"without_diagonal({text})"
    if edge.normalize is not None and edge.normalize[2] == "step":
        text = _normalized(function, edge, text, counts)
    function.change(f"{edge.name}.weight", text)


def _write_moved(function: Function, edge: ProjectionEdge, contributions: list[str], weight: str, title: str) -> str:
    """Write the weight after changes, bounded; its name."""
    name = function.names.of(f"{edge.name}.{title}")
    function.write(f"{name} = {_moved(function, edge, contributions, weight, title + ' unclamped')}")
    return name


def _moved(function: Function, edge: ProjectionEdge, contributions: list[str], weight: str, title: str) -> str:
    """The text of the weight after potentiation and depression are bounded and applied."""
    soft = {side: bound for side, bound in (("upper", edge.upper), ("lower", edge.lower)) if bound is not None and bound.kind != "clamp"}
    moved = function.names.of(f"{edge.name}.{title}")
    if not soft:
        function.write(f"{moved} = {' + '.join([weight, *contributions])}")
    else:
        up = " + ".join(f"{c}.clamp(min=0)" for c in contributions)
        down = " + ".join(f"{c}.clamp(max=0)" for c in contributions)
        scaled = [_scaled(function, edge, change, side, weight) for side, change in (("upper", up), ("lower", down))]
        function.write(f"{moved} = {' + '.join([weight, *scaled])}")
    limits = [
        f"{word}={function.constant(f'{edge.name}.{side} limit')}"
        for word, side, bound in (("min", "lower", edge.lower), ("max", "upper", edge.upper))
        if bound is not None and bound.kind == "clamp"
    ]
    return f"{moved}.clamp({', '.join(limits)})" if limits else moved


def _normalized(function: Function, edge: ProjectionEdge, weight: str, counts: Mapping[str, int]) -> str:
    """The text of weights brought back to their norm."""
    assert edge.normalize is not None
    norm, over = function.constant(f"{edge.name}.norm"), edge.normalize[1]
    if edge.pattern != "list":
        return f"normalize_l1({weight}, {norm}, {over!r})"
    side = function.constant(edge.name + (".targets" if over == "pre" else ".pre"))
    return f"normalize_rows({weight}, {norm}, {side}, {counts[over]})"


def _scaled(function: Function, edge: ProjectionEdge, change: str, side: str, weight: str) -> str:
    """What a bound lets through of a change towards it."""
    bound = edge.upper if side == "upper" else edge.lower
    if bound is None or bound.kind == "clamp":
        return f"({change})"
    limit = function.constant(f"{edge.name}.{side} limit")
    room = f"({limit} - {weight})" if side == "upper" else f"({weight} - {limit})"
    if bound.kind == "power":
        return f"({change}) * {room}.clamp(min=0) ** {function.constant(f'{edge.name}.{side} exponent')}"
    return f"({change}) * {room}" if bound.kind == "multiplicative" else f"({change}) * ({room} > 0)"
