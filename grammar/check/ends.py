"""The two ends of a projection: populations, inputs, views, parts in brackets, and the input that a target receives on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inferno.grammar import ast, checked
from inferno.grammar.check.views import has_index_behind, part_of, resolve
from inferno.grammar.check.wiring import Network, model_of, ports_of
from inferno.grammar.check.wording import listed, near_or_all, short


@dataclass(frozen=True, slots=True)
class Ends:
    """What a projection joins; None for what could not be checked, which is reported.  A part is empty for the whole."""

    declaration: ast.ProjectionDecl
    source: checked.Population | checked.Input | None
    source_part: checked.Ranges
    target: checked.Population | None
    target_part: checked.Ranges
    port: checked.Port | None
    event: str = ""
    """Which event of the source it sends, where it does not send its spikes."""
    value: checked.State | None = None
    """Which state of the source it sends, as a value and not as spikes."""

    @property
    def sources(self) -> int:
        """How many neurons send."""
        assert self.source is not None
        return math.prod(checked.part_shape(self.source.shape, self.source_part))

    @property
    def targets(self) -> int:
        """How many neurons receive."""
        assert self.target is not None
        return math.prod(checked.part_shape(self.target.shape, self.target_part))

    @property
    def is_recurrent(self) -> bool:
        """Whether both ends are of one population."""
        return self.source is not None and self.target is not None and self.source.name == self.target.name

    @property
    def selves(self) -> int:
        """How many pairs are on the diagonal."""
        assert self.source is not None
        if not self.is_recurrent:
            return min(self.sources, self.targets)
        whole = tuple((0, n) for n in self.source.shape)
        pairs = zip(self.source_part or whole, self.target_part or whole, strict=True)
        return math.prod(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in pairs)


def base_name(node: ast.Expr) -> str | None:
    """The population, input or view that an end is made of: `all` of `all[:10].ge`."""
    while isinstance(node, ast.Attribute | ast.Index):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def find_ends(network: Network, declaration: ast.ProjectionDecl) -> Ends:
    """The ends of a projection, its mistakes reported."""
    source, source_part, sent = _source(network, declaration)
    target, target_part, port = _target(network, declaration)
    event, value = (sent, None) if isinstance(sent, str) else ("", sent)
    return Ends(declaration, source, source_part, target, target_part, port, event, value)


def _source(
    network: Network, declaration: ast.ProjectionDecl
) -> tuple[checked.Population | checked.Input | None, checked.Ranges, str | checked.State]:
    """What sends, which part of it, and which of its events or states it sends; nothing for its spikes."""
    node, member = _split(declaration.source)
    name, span = base_name(node), declaration.source.span
    if has_index_behind(network, declaration.source, "E0501"):
        return None, (), ""
    if name is None or not _is_end(node):
        network.findings.error("E0501", "a projection begins at a population, an input or a view", span)
        return None, (), ""
    found = network.populations.get(name) or network.inputs.get(name)
    if found is None and name not in network.views:
        _unknown_end(network, name, declaration.source)
        return None, (), ""
    place = resolve(network, node)
    if place is None:
        return None, (), ""
    found = network.populations.get(place.owner) or network.inputs[place.owner]
    model = model_of(found) if isinstance(found, checked.Population) else None
    happenings = [e.name for e in model.events] if model is not None else []
    states = {s.name: s for s in model.states} if model is not None else {}
    if member in happenings:
        return found, part_of(place, found.shape), member or ""
    if member in states:
        return found, part_of(place, found.shape), states[member or ""]
    if member not in (None, "spikes"):
        hint = near_or_all(network.findings, member or "", [*states, *happenings], "it has")
        help_text = hint or f"project the spikes: `{short(node.span)} -> …`"
        network.findings.error("E0501", f"`{short(node.span)}` has no state or event `{member}`", span, "", help_text)
        return None, (), ""
    if isinstance(found, checked.Population) and model_of(found).spike is None:
        network.findings.error("E0511", f"`{found.name}` never spikes", span, f"`{model_of(found).name}` has no `spike when`")
        return None, (), ""
    return found, part_of(place, found.shape), ""


def _target(network: Network, declaration: ast.ProjectionDecl) -> tuple[checked.Population | None, checked.Ranges, checked.Port | None]:
    nothing: tuple[None, checked.Ranges, None] = (None, (), None)
    node, member = _split(declaration.target)
    findings, span, name = network.findings, declaration.target.span, base_name(node)
    if has_index_behind(network, declaration.target, "E0501"):
        return nothing
    if name is None or not _is_end(node):
        findings.error("E0501", "a projection ends on a population, a view or one of their inputs", span)
        return nothing
    if name in network.inputs:
        findings.error("E0501", f"`{name}` is an input; a projection ends on a population", span, "", _swapped(network, declaration))
        return nothing
    if name not in network.populations and name not in network.views:
        _unknown_end(network, name, declaration.target)
        return nothing
    place = resolve(network, node)
    if place is None:
        return nothing
    if place.owner in network.inputs:
        findings.error("E0501", f"`{name}` is a view of an input; a projection ends on a population", span)
        return nothing
    population = network.populations[place.owner]
    port = _port(network, declaration, population, member)
    return (population, part_of(place, population.shape), port) if port is not None else nothing


def _port(network: Network, declaration: ast.ProjectionDecl, population: checked.Population, member: str | None) -> checked.Port | None:
    findings, span, name = network.findings, declaration.target.span, short(_split(declaration.target)[0].span)
    ports = {p.name: p for p in ports_of(model_of(population))}
    if member is not None and member not in ports:
        hint = near_or_all(findings, member, ports, "its inputs are") or f"`{model_of(population).name}` declares no `input`"
        findings.error("E0501", f"`{name}` has no input `{member}`", span, "", hint)
        return None
    if not ports:
        label = f"`{model_of(population).name}` declares no `input`"
        findings.error("E0505", f"`{name}` has no input", span, label, _swapped(network, declaration))
        return None
    if member is None and len(ports) > 1:
        choices = listed(f"{name}.{p}" for p in ports)
        findings.error("E0505", f"`{name}` has {len(ports)} inputs", span, "which one?", f"write one of {choices}")
        return None
    return ports[member] if member is not None else next(iter(ports.values()))


def _split(node: ast.Expr) -> tuple[ast.Expr, str | None]:
    """What an end is a part of, and the member that it names: `all[:5]` and `ge` of `all[:5].ge`."""
    return (node.value, node.name) if isinstance(node, ast.Attribute) else (node, None)


def _is_end(node: ast.Expr) -> bool:
    """Whether brackets alone follow the name."""
    while isinstance(node, ast.Index):
        node = node.value
    return isinstance(node, ast.Name)


def _swapped(network: Network, declaration: ast.ProjectionDecl) -> str:
    """The other direction, if that would do."""
    source = network.populations.get(base_name(declaration.source) or "")
    if source is None or not ports_of(model_of(source)):
        return ""
    return f"is it the other way round? `{short(declaration.target.span)} -> {short(declaration.source.span)}`"


def _unknown_end(network: Network, name: str, node: ast.Expr) -> None:
    if name in network.declared or not network.findings.is_first("E0501", name):
        return
    hint = near_or_all(network.findings, name, network.declared)
    network.findings.error("E0501", f"unknown population `{name}`", node.span, "", hint)
