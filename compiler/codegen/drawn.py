"""Parameters that differ from neuron to neuron or from synapse to synapse, and the constants that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.expressions import python
from inferno.compiler.codegen.synaptic import window_text
from inferno.compiler.codegen.writer import Function
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Derived, Diffusion, Dynamics, Limit, Origin, PopulationNode, ProjectionEdge, Propagator, Rule
from inferno.compiler.plan import ConstantTable, draw_stream, rule_key, shared_shape, size, source_shape, target_shape, weight_shape
from inferno.grammar.checked import Shape
from inferno.grammar.expression import Constant, Draw, Expression, Reference, leaves, number, transform

DRAWN_DOC = "Parameters that differ, the constants made of them, and what must hold of both: float64, of each neuron or synapse."


@dataclass(frozen=True, slots=True)
class Owner:
    """What has parameters that differ: a population, the synapse of a projection, or its rule.

    `prefix` begins the keys of its constants.  `shape` is that of its elements, `()` for synapses that are stored as a list; `edge` and
    `rule` are there for a rule, whose values are of each synapse.
    """

    name: str
    prefix: str
    shape: Shape
    parts: tuple[Dynamics, ...]
    drawn: tuple[tuple[str, Expression], ...]
    limits: tuple[Limit, ...]
    origin: Origin
    derived: tuple[Derived, ...] = ()
    refractory: Expression | None = None
    edge: ProjectionEdge | None = None
    rule: Rule | None = None
    ends: tuple[int, int] = (0, 0)

    @property
    def differing(self) -> list[Derived]:
        """The derived constants that differ, each once."""
        every = (*self.derived, *(d for part in self.parts for d in part.derived))
        return list({d.name: d for d in every if d.formula is not None}.values())

    @property
    def propagators(self) -> list[Propagator]:
        """The propagators of its linear blocks, each once."""
        return list({p.transition: p for part in self.parts for p in part.propagators}.values())

    @property
    def diffusions(self) -> list[Diffusion]:
        """What noise adds to its linear blocks, each once."""
        return list({d.factor: d for part in self.parts for d in part.diffusions}.values())

    @property
    def sides(self) -> dict[str, str]:
        """Which of a rule's parameters are of each neuron of an end."""
        return dict(self.rule.sides) if self.rule is not None else {}


def owners(graph: Graph) -> list[Owner]:
    """Everything that has parameters that differ."""
    found = []
    for node in graphs.populations(graph):
        if node.dynamics.drawn:
            found.append(_population(node))
    for edge in graphs.projections(graph):
        if edge.synapse is not None and edge.synapse.dynamics.drawn:
            dynamics = edge.synapse.dynamics
            shape = target_shape(graph, edge)
            found.append(Owner(edge.name, f"{edge.name}.", shape, (dynamics,), dynamics.drawn, edge.synapse.limits, edge.origin))
        if edge.rule is not None and edge.rule.drawn:
            rule, shape = edge.rule, () if edge.pattern == "list" else shared_shape(edge) or weight_shape(graph, edge)
            parts = (rule.dynamics,) if rule.dynamics is not None else ()
            ends = size(source_shape(graph, edge)), size(target_shape(graph, edge))
            prefix = rule_key(edge.name, "")
            found.append(
                Owner(edge.name, prefix, shape, parts, rule.drawn, rule.limits, edge.origin, rule.derived, edge=edge, rule=rule, ends=ends)
            )
    return found


def _population(node: PopulationNode) -> Owner:
    parts = (node.dynamics, *((node.in_evaluation,) if node.in_evaluation is not None else ()))
    refractory = node.refractory_steps if not isinstance(node.refractory_steps, int | None) else None
    return Owner(
        node.name, f"{node.name}.", node.shape, parts, node.dynamics.drawn, node.limits, node.origin, refractory=refractory
    )  # fmt: skip


def has_drawn(graph: Graph) -> bool:
    """Whether something has parameters that differ."""
    return bool(owners(graph))


def _formulas(owner: Owner) -> Iterator[tuple[str, Expression, str]]:
    """Every expression of the function by a name of its own, with the side of whose neurons it is (nothing: of each element)."""
    sides = owner.sides
    for name, value in owner.drawn:
        yield name, value, sides.get(name, "")
    for made in owner.propagators:
        for names, row in zip(made.transition, made.rows, strict=True):
            yield from ((f"{n} matrix", e, "") for n, e in zip(names, row, strict=True))
    for spread in owner.diffusions:
        for word, matrix in (("matrix", spread.rows), ("input", spread.inputs)):
            yield from ((f"{_first(spread)} {word} {i} {j}", e, "") for i, row in enumerate(matrix) for j, e in enumerate(row))
    yield from ((d.name, d.formula, "") for d in owner.differing if d.formula is not None)
    if owner.refractory is not None:
        yield "refractory steps", owner.refractory, ""
    for use in owner.rule.traces if owner.rule is not None else ():
        if not isinstance(use.tau, Constant):
            yield f"{use.name} decay", use.tau, use.side
    for position, limit in enumerate(owner.limits, 1):
        side = limit.side if owner.rule is not None and limit.side != "synapse" else ""
        for word, expression in (("value", limit.value), ("low", limit.low), ("high", limit.high)):
            if expression is not None:
                yield f"limit {position} {word}", expression, side


def literals(graph: Graph) -> ConstantTable:
    """The numbers in these expressions by key, so that the text that is generated holds none of them."""
    table: ConstantTable = {}
    for owner in owners(graph):
        for name, expression, _ in _formulas(owner):
            values = [leaf for leaf in leaves(expression) if _is_number(leaf)]
            table |= {_literal_key(owner, name, position): number(value) for position, value in enumerate(values, 1)}
    return table


def _is_number(leaf: Expression) -> bool:
    return isinstance(leaf, Constant) and not isinstance(leaf.value, bool)


def _literal_key(owner: Owner, name: str, position: int) -> str:
    return f"{owner.prefix}{name} number {position}"


# ---- the function ---------------------------------------------------------------------------------------


def write_drawn(graph: Graph, function: Function) -> None:
    """Write the body of `drawn_constants(c, clock)`, which returns constants by key, and limits to check."""
    function.write("new, limits = {}, []")
    for owner in owners(graph):
        function.comment(f"{owner.origin.file}:{owner.origin.line}: {owner.origin.text}")
        _write_owner(function, owner)
    function.write("return new, limits")


def _write_owner(function: Function, owner: Owner) -> None:
    texts, sides = dict(_texts(function, owner)), owner.sides
    for name, _ in owner.drawn:
        if name in sides:
            side = sides[name]
            function.write(f"{_of_neurons(function, owner, name)} = per_neuron({texts[name]}, {owner.ends[side == 'post']})")
            if owner.edge is not None and owner.edge.pattern == "conv":
                # Nothing but traces reads it, which are of the neurons as well.
                function.write(f"new[{owner.prefix + name!r}] = {_of_neurons(function, owner, name)}")
                continue
            _assign(function, owner, name, _spread(function, owner, _of_neurons(function, owner, name), side))
        else:
            _assign(function, owner, name, texts[name])
    for made in owner.propagators:
        rows = [[texts[f"{n} matrix"] for n in names] for names in made.transition]
        rows_text = ", ".join(f"({', '.join(row)})" for row in rows)
        across, gain = (function.names.of(f"{owner.prefix}{made.transition[0][0]} {word}") for word in ("transition", "gain"))
        function.write(f"{across}, {gain} = propagators(({rows_text}), {function.constant('dt')})")
        for matrix, entries in ((across, made.transition), (gain, made.gain)):
            for i, names in enumerate(entries):
                for j, name in enumerate(names):
                    function.write(f"{_local(function, owner, name)} = {matrix}[..., {i}, {j}]")
    for spread in owner.diffusions:
        _write_diffusion(function, owner, spread, texts)
    for derived in owner.differing:
        _assign(function, owner, derived.name, texts[derived.name])
    if owner.refractory is not None:
        function.write(f"new[{owner.prefix + 'refractory steps'!r}] = whole_steps({texts['refractory steps']})")
    _write_decays(function, owner, texts)
    for position, limit in enumerate(owner.limits, 1):
        function.write(f"limits.append({_limit_text(owner, limit, position, texts)})")


def _first(made: Diffusion) -> str:
    """The name of the first entry, by which the constants of a diffusion are called."""
    return next(n for row in made.factor for n in row if n)


def _write_diffusion(function: Function, owner: Owner, made: Diffusion, texts: Mapping[str, str]) -> None:
    first = _first(made)
    name = function.names.of(f"{owner.prefix}{first} spread")
    arguments = []
    for word, matrix in (("matrix", made.rows), ("input", made.inputs)):
        rows = [", ".join(texts[f"{first} {word} {i} {j}"] for j in range(len(row))) for i, row in enumerate(matrix)]
        arguments.append(f"({', '.join(f'({row},)' for row in rows)},)")
    function.write(f"{name} = noise_factor({', '.join(arguments)}, {function.constant('dt')})")
    for i, names in enumerate(made.factor):
        for j, entry in enumerate(names):
            if entry:
                function.write(f"{_local(function, owner, entry)} = {name}[..., {i}, {j}]")


def _write_decays(function: Function, owner: Owner, texts: Mapping[str, str]) -> None:
    """Write what is left of a trace after a step: of each neuron, or of each synapse where what arrives differs from one to the next."""
    if owner.rule is None or owner.edge is None:
        return
    for use in (t for t in owner.rule.traces if f"{t.name} decay" in texts):
        text = f"per_neuron(torch.exp(-{function.constant('dt')} / ({texts[f'{use.name} decay']})), {owner.ends[use.side == 'post']})"
        late = use.side == "pre" and owner.edge.delays is not None
        function.write(f"new[{use.key + ' decay'!r}] = {_spread(function, owner, text, 'pre') if late else text}")


def _local(function: Function, owner: Owner, name: str) -> str:
    return function.names.of(f"{owner.prefix}{name} drawn")


def _of_neurons(function: Function, owner: Owner, name: str) -> str:
    return function.names.of(f"{owner.prefix}{name} drawn of neurons")


def _assign(function: Function, owner: Owner, name: str, text: str) -> None:
    flat = _local(function, owner, name)
    shaped = f".reshape({owner.shape!r})" if len(owner.shape) in (2, 4) and owner.rule is not None else ""
    function.write(f"{flat} = per_neuron({text}, {_count(function, owner)})")
    function.write(f"new[{owner.prefix + name!r}] = {flat}{shaped}")


def _count(function: Function, owner: Owner) -> str:
    """The text of the number of elements."""
    if owner.edge is not None and owner.edge.pattern == "list":
        return f"{function.constant(owner.name + '.targets')}.shape[0]"
    return str(size(owner.shape))


def _spread(function: Function, owner: Owner, text: str, side: str) -> str:
    """The text of a value of each neuron of an end as one of each synapse."""
    assert owner.edge is not None
    if owner.edge.pattern == "conv":
        return f"window_sources({text}[None], {window_text(owner.edge)})[0]"
    if owner.edge.pattern == "list":
        return f"at({text}, {function.constant(owner.name + ('.pre' if side == 'pre' else '.targets'))})"
    return text if owner.edge.pattern == "one_to_one" else f"of_synapses({text}, {side!r}, {owner.shape!r})"


def _limit_text(owner: Owner, limit: Limit, position: int, texts: Mapping[str, str]) -> str:
    value, low, high = (texts.get(f"limit {position} {word}", "None") for word in ("value", "low", "high"))
    fields = f"value={value}, low={low}, high={high}, open_low={limit.open_low}, unit={limit.unit!r}, used={limit.used!r}"
    if not limit.side:
        return f"Limit({owner.name!r}, {limit.name!r}, {fields})"
    words, shape = {"pre": "source", "post": "target", "synapse": "synapse"}[limit.side], owner.shape
    if owner.rule is not None and limit.side != "synapse":
        shape = (owner.ends[limit.side == "post"],)
    return f"Limit({owner.name!r}, {limit.name!r}, {fields}, element={words!r}, shape={shape!r}, prefix={owner.prefix!r})"


def _texts(function: Function, owner: Owner) -> Iterator[tuple[str, str]]:
    """The text of each formula."""
    local = {("parameter", n) for n, _ in owner.drawn} | {("constant", d.name) for d in owner.differing}
    local |= {("constant", n) for made in owner.propagators for names in (*made.transition, *made.gain) for n in names}
    local |= {("constant", n) for spread in owner.diffusions for names in spread.factor for n in names}
    for name, expression, side in _formulas(owner):
        positions = iter(range(1, 1_000_000))

        def leaf(found: Reference | Draw, place: str = name, of: str = side) -> str:
            if isinstance(found, Draw):
                return _draw_text(function, owner, place, found, of)
            if found.kind == "number":
                return function.constant(found.name)
            if (found.kind, found.name) not in local:
                return function.constant(f"{owner.prefix}{found.name}")
            return (_of_neurons if of else _local)(function, owner, found.name)

        def numbered(found: Expression, place: str = name, count: Iterator[int] = positions) -> Expression:
            return Reference("number", _literal_key(owner, place, next(count))) if _is_number(found) else found

        yield name, python(transform(expression, numbered), leaf)


def _draw_text(function: Function, owner: Owner, place: str, draw: Draw, side: str) -> str:
    """The text of a draw for each element, or for each neuron of a side."""
    parameter = place if owner.rule is None else f"rule {place}"
    key = function.constant("key " + draw_stream(owner.name, f"{parameter}.parameter", draw))
    drawn = f"{draw.standard!r}, {key}, clock['no sample'], clock['step']"
    if owner.edge is None:
        return f"draw({drawn}, {size(owner.shape)}, dtype=torch.float64)[0]"
    if draw.side:
        text = f"draw({drawn}, {owner.ends[draw.side == 'post']}, dtype=torch.float64)[0]"
        return text if side else _spread(function, owner, text, draw.side)
    if owner.edge.pattern != "list":
        return f"draw({drawn}, {size(owner.shape)}, dtype=torch.float64)[0]"
    late = f", {function.constant(owner.name + '.number')}" if owner.edge.delays is not None else ""
    return f"drawn_of_synapses({draw.standard!r}, {key}, {_count(function, owner)}{late})"


__all__ = ["DRAWN_DOC", "Owner", "has_drawn", "literals", "owners", "write_drawn"]
