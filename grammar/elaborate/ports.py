"""Edges that meet at a port become one: what ends on a port of a block goes on where the block's own edges lead."""

from __future__ import annotations

import dataclasses

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.elaborate.expand import Expansion, root
from inferno.grammar.source import Span

Edge = ast.ProjectionDecl | ast.Link
WEIGHTLESS = ("maxpool", "avgpool", "flatten")


def join_ports(items: list[ast.Item], found: Expansion, findings: Findings) -> list[ast.Item]:
    """The statements with every edge from end to end, past all ports."""
    if not found.ports:
        return items
    edges = [e for item in items for e in (_single(item) if isinstance(item, ast.Link) else [item]) if isinstance(e, Edge)]
    rest = [item for item in items if not isinstance(item, Edge)]
    for name in sorted(found.ports):
        edges = _join(name, found.ports[name], edges, findings)
    return [*rest, *edges]


def _single(link: ast.Link) -> list[ast.Link]:
    """A chain of edges as edges of their own."""
    if len(link.stages) == 1:
        return [link]
    return [
        dataclasses.replace(link, ends=link.ends[i : i + 2], stages=(link.stages[i],), names=(link.names[i],))
        for i in range(len(link.stages))
    ]


def _ends(edge: Edge) -> tuple[ast.Expr, ast.Expr]:
    return (edge.source, edge.target) if isinstance(edge, ast.ProjectionDecl) else (edge.ends[0], edge.ends[1])


def _join(name: str, port: Span, edges: list[Edge], findings: Findings) -> list[Edge]:
    """The edges with one port gone."""
    incoming = [e for e in edges if root(_ends(e)[1]) == name]
    outgoing = [e for e in edges if root(_ends(e)[0]) == name]
    rest = [e for e in edges if e not in incoming and e not in outgoing]
    short = name.rpartition(".")[2]
    around = [e for e in incoming if e in outgoing]
    if around:
        findings.error("E0514", f"the port `{name}` leads to itself", around[0].span)
        return rest
    if not incoming or not outgoing:
        what = "nothing leads to" if not incoming else "nothing leads on from"
        help_text = f"write `… -> {name}`, say" if not incoming else f"write `{short} -[…]-> …` in the block"
        findings.error("E0514", f"{what} the port `{name}`", port, "", help_text)
        return rest
    for end in (_ends(e)[side] for side, group in ((1, incoming), (0, outgoing)) for e in group):
        if not isinstance(end, ast.Name):
            findings.error("E0514", f"`{name}` is a port, and has no parts", end.span, "", f"write `{short}` alone")
            return rest
    if not _can_join(name, incoming, outgoing, findings):
        return rest
    return [*rest, *(_joined(first, second) for second in outgoing for first in incoming)]


def _can_join(name: str, incoming: list[Edge], outgoing: list[Edge], findings: Findings) -> bool:
    """Whether no weight would be needed twice, and no projection with settings meets layers."""
    heavy = next((e for e in outgoing if not _is_plain(e)), None)
    if len(incoming) > 1 and heavy is not None:
        labels = (Label(heavy.span, "these weights would be needed twice"),)
        help_text = "give the block a port for each, or let them end on one population"
        findings.error("E0514", f"several edges end on the port `{name}`", incoming[1].span, "a further one", help_text, labels=labels)
        return False
    if len(outgoing) > 1 and any(not _is_light(e) for e in incoming):
        labels = (Label(outgoing[1].span, "and to here"),)
        help_text = "weights belong behind the port, or to a population before it"
        first = next(e for e in incoming if not _is_light(e))
        findings.error("E0514", f"weights that end on the port `{name}` would be needed twice", first.span, "", help_text, labels=labels)
        return False
    for first in incoming:
        for second in outgoing:
            if any(isinstance(e, ast.ProjectionDecl) for e in (first, second)) and not (_is_plain(first) or _is_plain(second)):
                labels = (Label(second.span, "goes on here"),)
                help_text = "let one of them be a plain `->`"
                message = f"a projection with settings can't be joined to another edge at the port `{name}`"
                findings.error("E0514", message, first.span, "", help_text, labels=labels)
                return False
    return True


def _is_plain(edge: Edge) -> bool:
    return isinstance(edge, ast.Link) and edge.stages[0] is None


def _is_light(edge: Edge) -> bool:
    """Whether an edge has no weights, so that it may be there twice."""
    return isinstance(edge, ast.Link) and all(_word(s) in WEIGHTLESS for s in stages_of(edge.stages[0]))


def _word(stage: ast.Expr) -> str:
    called = stage.function if isinstance(stage, ast.Call) else stage
    return called.id if isinstance(called, ast.Name) else ""


def stages_of(stage: ast.Expr | None) -> tuple[ast.Expr, ...]:
    """The layers of an edge of the short form."""
    if stage is None:
        return ()
    return stage.stages if isinstance(stage, ast.Pipe) else (stage,)


def _joined(first: Edge, second: Edge) -> Edge:
    """Two edges as one; it is called like the one that has weights, or else like the second."""
    source, target = _ends(first)[0], _ends(second)[1]
    if isinstance(first, ast.ProjectionDecl):
        return dataclasses.replace(first, target=target)
    if isinstance(second, ast.ProjectionDecl):
        return dataclasses.replace(second, source=source)
    layers = (*stages_of(first.stages[0]), *stages_of(second.stages[0]))
    if not layers:
        return dataclasses.replace(second, ends=(source, target))
    stage = layers[0] if len(layers) == 1 else ast.Pipe(layers, span=layers[-1].span)
    named = second if stages_of(second.stages[0]) else first
    return dataclasses.replace(named, ends=(source, target), stages=(stage,))
