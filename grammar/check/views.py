"""Views: names for parts of populations and inputs, and parts in brackets."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import listed, short, suggestion
from inferno.grammar.diagnostics import Edit

LARGEST_INDEX = 10**9


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a population or input: for each axis from where to where; `words` is what it is called: `E`, `all[:5, 3]`."""

    owner: str
    ranges: checked.Ranges
    words: str


def check_views(network: Network, declarations: list[ast.View]) -> None:
    """The views of a file, which may be views of each other in any order."""
    waiting = {d.name: d for d in declarations}
    while waiting:
        ready = [d for d in waiting.values() if _base(d.value) not in waiting]
        if not ready:
            first = next(iter(waiting.values()))
            network.findings.error("E0415", f"the view `{first.name}` is defined through itself", first.span)
            return
        for declaration in ready:
            del waiting[declaration.name]
            _check_view(network, declaration)


def _base(node: ast.Expr) -> str | None:
    while isinstance(node, ast.Index):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _check_view(network: Network, declaration: ast.View) -> None:
    base, value = _base(declaration.value), declaration.value
    if has_index_behind(network, value, "E0520", whole=True):
        return
    if base is None:
        message = "a view is a part of a population"
        network.findings.error("E0520", message, value.span, "", "write, say, `view E = all[:80]`")
        return
    known = base in network.populations or base in network.inputs or base in network.views
    if not known:
        if base not in network.declared and network.findings.is_first("E0501", base):
            others = [n for n in network.declared if n != declaration.name]
            solid = [n for n in others if n in network.populations or n in network.inputs]
            hint = suggestion(network.findings, base, others) or (f"known are {listed(solid)}" if solid else "")
            network.findings.error("E0501", f"unknown population `{base}`", value.span, "", hint)
        return
    place = resolve(network, value)
    if place is not None:
        network.views[declaration.name] = checked.View(declaration.name, place.owner, place.ranges, span=declaration.span)


def resolve(network: Network, node: ast.Expr) -> Place | None:
    """The part that `all`, `E` or `E[2:5]` is; None where a mistake is reported or has been."""
    if isinstance(node, ast.Name):
        view = network.views.get(node.id)
        if view is not None:
            return Place(view.owner, view.ranges, view.name)
        found = network.populations.get(node.id) or network.inputs.get(node.id)
        return Place(found.name, tuple((0, n) for n in found.shape), found.name) if found is not None else None
    assert isinstance(node, ast.Index)
    whole = resolve(network, node.value)
    return _part(network, node, whole) if whole is not None else None


def has_index_behind(network: Network, node: ast.Expr, code: str, *, whole: bool = False) -> bool:
    """Whether a part is written behind a variable, `net.r[1:]` in place of `net[1:].r`; that is reported.

    Where all of a neuron is meant and no variable, `whole`, `net[1:]` should stand there.
    """
    inner = node
    while isinstance(inner, ast.Index):
        inner = inner.value
    if inner is node or not isinstance(inner, ast.Attribute):
        return False
    index = node.span.source.text[inner.span.end : node.span.end]
    meant = f"{inner.value.span.text}{index}" + ("" if whole else f".{inner.name}")
    help_text = f"write `{meant}`" if len(meant) <= 60 else "write, say, `exc[:5].v`"
    network.findings.error(code, "the index stands behind the population", node.span, "", help_text, edit=Edit(node.span, meant))
    return True


def part_of(place: Place, shape: checked.Shape) -> checked.Ranges:
    """The ranges of a place; empty where it is the whole."""
    return () if place.ranges == tuple((0, n) for n in shape) else place.ranges


def _part(network: Network, node: ast.Index, whole: Place) -> Place | None:
    if len(node.items) > len(whole.ranges):
        shape = [high - low for low, high in whole.ranges]
        network.findings.error("E0520", "more indices than dimensions", node.span, f"`{short(node.value.span)}` has the shape {shape}")
        return None
    ranges, words = list(whole.ranges), []
    for axis, item in enumerate(node.items):
        low, high = whole.ranges[axis]
        found = _range(network, item, high - low)
        if found is None:
            return None
        ranges[axis] = (low + found[0], low + found[1])
        words.append(found[2])
    return Place(whole.owner, tuple(ranges), f"{whole.words}[{', '.join(words)}]")


def _range(network: Network, item: ast.Expr | ast.Slice, size: int) -> tuple[int, int, str] | None:
    """From where to where an index goes, as Python counts (from 0, negative ones from the end), and how that is written."""
    span = item.span
    if isinstance(item, ast.Slice):
        first = whole_number(network, item.lower, "E0520") if item.lower is not None else 0
        last = whole_number(network, item.upper, "E0520") if item.upper is not None else size
        if first is None or last is None:
            return None
        low, high = (max(0, min(size, end + size if end < 0 else end)) for end in (first, last))
        if low < high:
            return low, high, f"{'' if item.lower is None else first}:{'' if item.upper is None else last}"
        network.findings.error("E0520", "this part is empty", span, f"there are {size:,}, counted from 0")
        return None
    only = whole_number(network, item, "E0520")
    if only is None:
        return None
    place = only + size if only < 0 else only
    if not 0 <= place < size:
        network.findings.error("E0520", f"there is no neuron {only}", span, f"there are {size:,}, counted from 0")
        return None
    return place, place + 1, str(only)


def whole_number(network: Network, node: ast.Expr, code: str) -> int | None:
    """A number of an index; None for a mistake, which is reported."""
    value = network.typer("an index").constant(node, NONE, "an index")
    if value is None:
        return None
    if not (-LARGEST_INDEX <= value <= LARGEST_INDEX and value == int(value)):
        network.findings.error(code, "an index is a whole number", node.span, f"this is {float(value):g}")
        return None
    return int(value)
