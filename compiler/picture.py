"""A network's graph as an SVG: populations from left to right, as activity flows, projections as arrows."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import count

import networkx

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph

WIDTH, HEIGHT, GAP, ROW = 148, 40, 120, 74
MARGIN = 34
PLAIN = 'fill="currentColor" stroke="none"'
MOST = 60
"""Nodes that a picture shows at most; more could not be told apart."""
STYLES = {
    "input": ('rx="2" stroke-dasharray="5 3"', "#0d7f8c"),
    "population": ('rx="20"', "#c2410c"),
    "output": ('rx="2"', "#6d5bd0"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place; `words` stand in it, one line each."""

    kind: str
    words: tuple[str, str]
    x: float
    y: float


def to_svg(graph: Graph) -> str:
    """The picture; nothing where there are more nodes than can be told apart.  All words of the author are escaped."""
    labels = _labels(graph)
    if len(labels) > MOST:
        return ""
    boxes = _placed(graph, labels)
    marker = f"arrow-{graphs.content_hash(graph)[:12]}"
    width = max((b.x for b in boxes.values()), default=0) + WIDTH + MARGIN + GAP / 3
    height = max((b.y for b in boxes.values()), default=0) + HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        'style="max-width:100%;height:auto" role="img" font-family="inherit" font-size="12" fill="none" stroke="currentColor">',
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path d="M0,0.8 L7,4 L0,7.2 z" fill="currentColor" stroke="none"/></marker></defs>',
        *_arrows(graph, boxes, marker),
        *(_box(box) for box in boxes.values()),
        "</svg>",
    ]
    return "\n".join(parts)


def _labels(graph: Graph) -> dict[str, tuple[str, tuple[str, str]]]:
    """Kind and words of every node by its key."""
    found: dict[str, tuple[str, tuple[str, str]]] = {}
    found |= {n.name: ("input", (n.name, f"{n.kind}{_size(n.shape)}")) for n in graphs.inputs(graph)}
    found |= {n.name: ("population", (f"{n.name}{_size(n.shape)}", n.model)) for n in graphs.populations(graph)}
    return found | {graphs.node_key(n): ("output", (n.name, n.kind)) for n in graphs.readouts(graph)}


def _size(shape: tuple[int, ...]) -> str:
    return f"[{'×'.join(str(n) for n in shape)}]" if shape else ""


def _placed(graph: Graph, labels: dict[str, tuple[str, tuple[str, str]]]) -> dict[str, Box]:
    """Columns by the longest way from a source; what feeds back on itself stands in one column."""
    links: networkx.DiGraph[str] = networkx.DiGraph()
    links.add_nodes_from(sorted(labels))
    links.add_edges_from((source, target) for source, target, _, _ in _ends(graph) if source in labels and target in labels)
    condensed = networkx.condensation(links)
    column: dict[int, int] = {}
    for group in networkx.lexicographical_topological_sort(condensed, key=lambda c: min(condensed.nodes[c]["members"])):
        column[group] = max((column[p] + 1 for p in condensed.predecessors(group)), default=0)
    rows: dict[int, count[int]] = {}
    boxes: dict[str, Box] = {}
    for group in sorted(column, key=lambda c: min(condensed.nodes[c]["members"])):
        for name in sorted(condensed.nodes[group]["members"]):
            row = next(rows.setdefault(column[group], count()))
            boxes[name] = Box(*labels[name], MARGIN + column[group] * (WIDTH + GAP), MARGIN + row * ROW)
    return dict(sorted(boxes.items()))


def _ends(graph: Graph) -> list[tuple[str, str, str, str]]:
    """Source, target, name and kind of every edge: `fixed`, `learns` or `value`."""
    found = [(e.source, e.target, e.name, "fixed" if e.rule is None else "learns") for e in graphs.projections(graph)]
    found += [(e.source, e.target, e.name, "value") for e in graphs.links(graph) if e.target in graph]
    return found + [(e.source, e.target, "", "value") for e in graphs.value_edges(graph)]


def _box(box: Box) -> str:
    shape, colour = STYLES[box.kind]
    middle = box.x + WIDTH / 2
    lines = (
        f'<text x="{middle:g}" y="{box.y + y:g}" text-anchor="middle" {PLAIN}{bold}>{escape(_short(words))}</text>'
        for words, y, bold in ((box.words[0], 17, ' font-weight="bold"'), (box.words[1], 32, ' fill-opacity="0.75"'))
    )
    frame = f'<rect x="{box.x:g}" y="{box.y:g}" width="{WIDTH}" height="{HEIGHT}" {shape} stroke="{colour}" stroke-width="1.6"/>'
    return f"<g>{frame}{''.join(lines)}</g>"


def _short(words: str, most: int = 20) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _arrows(graph: Graph, boxes: dict[str, Box], marker: str) -> list[str]:
    """Curves from box to box; several between the same boxes lie beside each other."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for source, target, name, kind in _ends(graph):
        number = seen.setdefault((source, target), 0)
        seen[source, target] += 1
        path, x, y = _curve(boxes[source], boxes[target], number)
        dashes = {"value": ' stroke-dasharray="3 3"', "learns": ' stroke-width="2"'}.get(kind, "")
        found.append(f'<path d="{path}" stroke-opacity="0.7"{dashes} marker-end="url(#{marker})"/>')
        if name:
            words = escape(_short(name, 18)) + (" *" if kind == "learns" else "")
            found.append(f'<text x="{x:g}" y="{y:g}" text-anchor="middle" {PLAIN} font-size="10">{words}</text>')
    return found


def _curve(source: Box, target: Box, number: int) -> tuple[str, float, float]:
    """The path of an arrow and where its name stands."""
    shift = 14 * number
    if source is target:
        x, y, reach = source.x + WIDTH / 2, source.y, 24 + shift
        return f"M{x - 26:g},{y:g} C{x - 30:g},{y - reach:g} {x + 30:g},{y - reach:g} {x + 26:g},{y:g}", x, y - 0.75 * reach - 3
    middle = HEIGHT / 2
    if source.x < target.x:
        x1, y1, x2, y2 = source.x + WIDTH, source.y + middle, target.x, target.y + middle
        bend = (x2 - x1) / 2
        low = max(y1, y2) - min(y1, y2)
        far = x2 - x1 > GAP
        sag = shift + (ROW / 2 if far and low == 0 else 0)
        return (
            f"M{x1:g},{y1:g} C{x1 + bend:g},{y1 + sag:g} {x2 - bend:g},{y2 + sag:g} {x2:g},{y2:g}",
            (x1 + x2) / 2,
            (y1 + y2) / 2 + 0.75 * sag - 5,
        )
    # Within a column, or back: around the right side going down, the left side going up.
    down = source.y < target.y
    side = WIDTH if down else 0
    reach = (30 + shift) * (1 if down else -1)
    x1, y1, x2, y2 = source.x + side, source.y + middle, target.x + side, target.y + middle
    path = f"M{x1:g},{y1:g} C{x1 + reach:g},{y1:g} {x2 + reach:g},{y2:g} {x2:g},{y2:g}"
    return path, (x1 + x2) / 2 + 0.75 * reach, (y1 + y2) / 2 + (4 + shift)
