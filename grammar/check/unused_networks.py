"""Networks that a file defines and nobody uses are put in once, by themselves, so that mistakes in them are found with all the others.

Each gets stand-ins for what a use would bring: an input of spikes at its ports, and values for parameters without a default.  What is
said of sizes and numbers then counts only where no stand-in is needed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.names import nodes_in

HOLLOW = frozenset({"E0514"})
"""What is said of a port that leads nowhere."""
OF_VALUES = frozenset({"E0313", "E0411", "E0502", "E0509", "E0515", "E0520", "E0521", "E0530", "E0531", "W0901"})
"""What may be said of a size or value that another use would not have; and all of E06xx."""
STAND_IN = "stand in"
MOST_ALONE, MOST = 8, 64


def unused_networks(module: ast.Module) -> list[ast.Network]:
    """The networks of a file that neither it uses, nor a network that it uses."""
    networks = {i.name: i for i in module.items if isinstance(i, ast.Network)}
    waiting = [n for item in module.items if not isinstance(item, ast.Network) for n in _used(item)]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in networks and name not in used:
            used.add(name)
            waiting += _used(networks[name])
    return [network for name, network in networks.items() if name not in used]


def _used(node: ast.Node) -> Iterator[str]:
    for use in (n for n in nodes_in(node) if isinstance(n, ast.Use)):
        called = use.value.function if isinstance(use.value, ast.Call) else use.value
        if isinstance(called, ast.Name):
            yield called.id


def groups(networks: list[ast.Network]) -> list[list[ast.Network]]:
    """Networks that are checked together: each by itself, so that what is missing in one hides nothing in another, unless they are many.

    A file of more than `MOST` is a library, of which the others are checked where they are used.
    """
    alone, rest = networks[:MOST_ALONE], networks[MOST_ALONE:MOST]
    return [*([n] for n in alone), *([rest] if rest else [])]


def module_of_uses(module: ast.Module, networks: list[ast.Network]) -> ast.Module:
    """The file with nothing in it but these networks, each used once."""
    kept = (ast.Import, ast.Params, ast.Let, ast.Function, ast.Component, ast.Network)
    items: list[ast.Item] = [i for i in module.items if isinstance(i, kept) or (isinstance(i, ast.Settings) and i.kind == "run")]
    span = networks[0].name_span
    kind = ast.TypeName("spikes", (ast.Number(Fraction(1), span=span),), span=span)
    items.append(ast.InputDecl(ast.Declaration(STAND_IN, name_span=span, type=kind, span=span), span=span))
    outlets = {n.name: _outlets(n) for n in networks}
    bodies = {id(n): dataclasses.replace(n, body=tuple(_without(n.body, outlets[n.name]))) for n in networks}
    uses = [item for n in networks for item in _use(n, outlets[n.name])]
    return dataclasses.replace(module, items=(*(bodies.get(id(item), item) for item in items), *uses))


def _use(network: ast.Network, outlets: set[str]) -> Iterator[ast.Item]:
    """A use of a network, and what leads to its ports."""
    span, name = network.name_span, f"a {network.name}"
    required = [p for p in network.parameters if p.default is None]
    arguments = tuple(ast.Argument(p.name, _value(p, network), span=p.name_span) for p in required)
    yield ast.Use(name, None, ast.Call(ast.Name(network.name, span=span), arguments, span=span), span=span)
    for port in sorted({n.name for n in nodes_in(network) if isinstance(n, ast.Port)} - outlets):
        end = ast.Attribute(ast.Name(name, span=span), port, span=span)
        yield ast.Link((ast.Name(STAND_IN, span=span), end), (None,), (None,), span=span)


def belongs(found: Diagnostic, network: ast.Network) -> bool:
    """Whether an error is one of the network's own."""
    inside = found.span is not None and found.span.source.name == network.span.source.name
    inside = inside and found.span is not None and network.span.start <= found.span.start < network.span.end
    stands_in = any(p.default is None for p in network.parameters) or any(isinstance(n, ast.Port) for n in nodes_in(network))
    doubtful = stands_in and (found.code in OF_VALUES or found.code.startswith("E06"))
    return found.is_error and inside and found.code not in HOLLOW and not doubtful


def plainly(found: Diagnostic, network: ast.Network) -> Diagnostic:
    """An error without what it tells of the use, which nobody wrote."""
    labels = tuple(label for label in found.labels if f"as `a {network.name}`" not in label.text)
    return dataclasses.replace(found, labels=labels, helps=tuple(h for h in found.helps if STAND_IN not in h))


def _outlets(network: ast.Network) -> set[str]:
    """The ports on which edges of the network itself end: what goes on from there is nobody's."""
    ports = {n.name for n in nodes_in(network) if isinstance(n, ast.Port)}
    return ports & {end for n in nodes_in(network) if isinstance(n, ast.ProjectionDecl | ast.Link) for end in _ends(n)}


def _ends(edge: ast.ProjectionDecl | ast.Link) -> Iterator[str]:
    """The names on which an edge ends."""
    targets = (edge.target,) if isinstance(edge, ast.ProjectionDecl) else edge.ends[1:]
    for target in targets:
        node = target
        while isinstance(node, ast.Attribute | ast.Index):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id


def _without(body: tuple[ast.Item, ...], outlets: set[str]) -> Iterator[ast.Item]:
    """The statements without these ports, and without what leads to them."""
    for item in body:
        if isinstance(item, ast.ForBlock):
            yield dataclasses.replace(item, body=tuple(_without(item.body, outlets)))
        elif isinstance(item, ast.IfItem):
            then, otherwise = (tuple(_without(part, outlets)) for part in (item.then, item.otherwise))
            yield dataclasses.replace(item, then=then, otherwise=otherwise)
        elif isinstance(item, ast.Export):
            yield dataclasses.replace(item, names=tuple(n for n in item.names if n not in outlets))
        elif isinstance(item, ast.Port) and item.name in outlets:
            continue
        elif not (isinstance(item, ast.ProjectionDecl | ast.Link) and outlets & set(_ends(item))):
            yield item


def _value(parameter: ast.Declaration, network: ast.Network) -> ast.Expr:
    """A value that a parameter might have."""
    span, name = parameter.name_span, parameter.type.name if parameter.type is not None else ""
    if name == "bool":
        return ast.Name("true", span=span)
    number: ast.Expr = ast.Number(Fraction(2), None if name in ("", "int", "1") else name, span=span)
    return ast.ListLiteral((number, number), span=span) if _is_list(parameter, network) else number


def _is_list(parameter: ast.Declaration, network: ast.Network) -> bool:
    """Whether the network takes a parameter for a list."""

    def is_it(node: ast.Expr) -> bool:
        return isinstance(node, ast.Name) and node.id == parameter.name

    for node in nodes_in(network):
        if isinstance(node, ast.Index) and is_it(node.value):
            return True
        called = node.function if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in ("len", "matrix", "stepwise"):
            assert isinstance(node, ast.Call)
            if any(is_it(a.value) for a in node.arguments):
                return True
    return False
