"""Parameters that differ from neuron to neuron, and the constants that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.expressions import python
from inferno.compiler.codegen.writer import Function
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Derived, Limit, PopulationNode, Propagator
from inferno.compiler.plan import ConstantTable, size, stream
from inferno.grammar.expression import Constant, Draw, Expression, Reference, leaves, number, transform

DRAWN_DOC = "Parameters that differ from neuron to neuron, the constants made of them, and what must hold of both: float64 [neurons]."


def has_drawn(graph: Graph) -> bool:
    """Whether a population has parameters that differ from neuron to neuron."""
    return any(node.dynamics.drawn for node in graphs.populations(graph))


def _derived(node: PopulationNode) -> list[Derived]:
    """The derived constants that differ, of both modes, each once."""
    both = (*node.dynamics.derived, *(node.in_evaluation.derived if node.in_evaluation is not None else ()))
    return list({d.name: d for d in both if d.formula is not None}.values())


def _propagators(node: PopulationNode) -> list[Propagator]:
    both = (*node.dynamics.propagators, *(node.in_evaluation.propagators if node.in_evaluation is not None else ()))
    return list({p.transition: p for p in both}.values())


def _formulas(node: PopulationNode) -> Iterator[tuple[str, Expression]]:
    """Every expression of the function by a name of its own."""
    yield from node.dynamics.drawn
    for made in _propagators(node):
        yield from (
            (f"{n} matrix", e) for names, row in zip(made.transition, made.rows, strict=True) for n, e in zip(names, row, strict=True)
        )
    yield from ((d.name, d.formula) for d in _derived(node) if d.formula is not None)
    if not isinstance(node.refractory_steps, int | None):
        yield "refractory steps", node.refractory_steps
    for position, limit in enumerate(node.limits, 1):
        for word, expression in (("value", limit.value), ("low", limit.low), ("high", limit.high)):
            if expression is not None:
                yield f"limit {position} {word}", expression


def literals(graph: Graph) -> ConstantTable:
    """The numbers in these expressions by key, so that the text that is generated holds none of them."""
    table: ConstantTable = {}
    for node in graphs.populations(graph):
        for name, expression in _formulas(node) if node.dynamics.drawn else ():
            values = [leaf for leaf in leaves(expression) if _is_number(leaf)]
            table |= {_literal_key(node, name, position): number(value) for position, value in enumerate(values, 1)}
    return table


def _is_number(leaf: Expression) -> bool:
    return isinstance(leaf, Constant) and not isinstance(leaf.value, bool)


def _literal_key(node: PopulationNode, name: str, position: int) -> str:
    return f"{node.name}.{name} number {position}"


def write_drawn(graph: Graph, function: Function) -> None:
    """Write the body of `drawn_constants(c, clock)`, which returns constants by key, and limits to check."""
    function.write("new, limits = {}, []")
    for node in graphs.populations(graph):
        if node.dynamics.drawn:
            function.comment(f"{node.origin.file}:{node.origin.line}: {node.origin.text}")
            _write_population(function, node)
    function.write("return new, limits")


def _write_population(function: Function, node: PopulationNode) -> None:
    texts = dict(_texts(function, node))
    for name, _ in node.dynamics.drawn:
        _assign(function, node, name, texts[name])
    for made in _propagators(node):
        rows = [[texts[f"{n} matrix"] for n in names] for names in made.transition]
        rows_text = ", ".join(f"({', '.join(row)})" for row in rows)
        across, gain = (function.names.of(f"{node.name}.{made.transition[0][0]} {word}") for word in ("transition", "gain"))
        function.write(f"{across}, {gain} = propagators(({rows_text}), {function.constant('dt')})")
        for matrix, entries in ((across, made.transition), (gain, made.gain)):
            for i, names in enumerate(entries):
                for j, name in enumerate(names):
                    function.write(f"{_local(function, node, name)} = {matrix}[..., {i}, {j}]")
    for derived in _derived(node):
        _assign(function, node, derived.name, texts[derived.name])
    if "refractory steps" in texts:
        function.write(f"new[{node.name + '.refractory steps'!r}] = whole_steps({texts['refractory steps']})")
    for position, limit in enumerate(node.limits, 1):
        function.write(f"limits.append({_limit_text(node, limit, position, texts)})")


def _local(function: Function, node: PopulationNode, name: str) -> str:
    return function.names.of(f"{node.name}.{name} drawn")


def _assign(function: Function, node: PopulationNode, name: str, text: str) -> None:
    function.write(f"{_local(function, node, name)} = new[{f'{node.name}.{name}'!r}] = per_neuron({text}, {size(node.shape)})")


def _limit_text(node: PopulationNode, limit: Limit, position: int, texts: Mapping[str, str]) -> str:
    value, low, high = (texts.get(f"limit {position} {word}", "None") for word in ("value", "low", "high"))
    fields = f"value={value}, low={low}, high={high}, open_low={limit.open_low}, unit={limit.unit!r}"
    return f"Limit({node.name!r}, {limit.name!r}, {fields}, used={limit.used!r})"


def _texts(function: Function, node: PopulationNode) -> Iterator[tuple[str, str]]:
    """The text of each formula."""
    local = {("parameter", n) for n, _ in node.dynamics.drawn} | {("constant", d.name) for d in _derived(node)}
    local |= {("constant", n) for made in _propagators(node) for names in (*made.transition, *made.gain) for n in names}
    for name, expression in _formulas(node):
        positions = iter(range(1, 1_000_000))

        def leaf(found: Reference | Draw, place: str = name) -> str:
            if isinstance(found, Draw):
                key = function.constant("key " + stream(node.name, f"{place}.parameter", found.number))
                return f"draw({found.standard!r}, {key}, clock['no sample'], clock['step'], {size(node.shape)}, dtype=torch.float64)[0]"
            if found.kind == "number":
                return function.constant(found.name)
            return (
                _local(function, node, found.name) if (found.kind, found.name) in local else function.constant(f"{node.name}.{found.name}")
            )

        def numbered(found: Expression, place: str = name, count: Iterator[int] = positions) -> Expression:
            return Reference("number", _literal_key(node, place, next(count))) if _is_number(found) else found

        yield name, python(transform(expression, numbered), leaf)
