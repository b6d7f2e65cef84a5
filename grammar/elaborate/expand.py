"""Blocks and loops become plain declarations with qualified names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.check.wording import name_span, near_or_all, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.elaborate.members import Members
from inferno.grammar.elaborate.names import Family, Instance, Lost, Meaning, Member, Scope
from inferno.grammar.names import nodes_in
from inferno.grammar.source import Source, Span, UsedSource

EXPANSION_LIMIT = 250_000
"""Nodes of the syntax tree that blocks and loops may add to a program."""
MOST_DECLARATIONS = 5_000
"""Statements that the rounds of all loops make together: each is a declaration of its own, and these cost far more than neurons."""
DEEPEST = 30

Placed = tuple[ast.Item, Scope]

NOT_IN_LOOPS = (
    ast.Import, ast.Params, ast.Component, ast.Network, ast.Function, ast.Port, ast.Export, ast.Settings, ast.InputDecl, ast.OutputDecl,
)  # fmt: skip
NOT_IN_CONDITIONS = (ast.Import, ast.Component, ast.Network)
NOT_IN_NETWORKS = (ast.Import, ast.Component, ast.Network, ast.Settings, ast.InputDecl, ast.OutputDecl)
NOT_IN_FILES = (ast.Port, ast.Export)
WORDS: dict[type[ast.Node], str] = {
    ast.Import: "`import`", ast.Params: "`param`", ast.Network: "`network`", ast.Function: "`fn`", ast.Port: "`port`",
    ast.Export: "`export`", ast.InputDecl: "`input`", ast.OutputDecl: "`output`",
}  # fmt: skip


@dataclass(slots=True)
class Expansion:
    """What blocks and loops became: declarations, and the ports at which edges meet, by qualified name."""

    items: list[ast.Item] = field(default_factory=list)
    ports: dict[str, Span] = field(default_factory=dict)


class Expander:
    """Expands the statements of a file and of the blocks that it uses."""

    def __init__(self, members: Members) -> None:
        self.members, self.rewriter = members, members.rewriter
        self.findings, self.statics = members.findings, members.statics
        self.found = Expansion()
        self.left, self.declarations_left = EXPANSION_LIMIT, MOST_DECLARATIONS
        self._sizes: dict[int, int] = {}
        self._inside: list[ast.Network] = []

    def file(self, scope: Scope) -> Expansion:
        """The program's own file, expanded."""
        placed = list(self._flattened(scope.file.module.items, scope))
        self._declare(placed, scope)
        self._emit(placed)
        return self.found

    # ---- loops and conditions -----------------------------------------------------------------

    def _flattened(self, items: tuple[ast.Item, ...], scope: Scope, inside: str = "") -> Iterator[Placed]:
        for item in items:
            if isinstance(item, ast.ForBlock):
                yield from self._rounds(item, scope)
            elif isinstance(item, ast.IfItem):
                holds = self.statics.condition(self.rewriter.expression(item.condition, scope))
                if holds is not None:
                    yield from self._flattened(item.then if holds else item.otherwise, scope, inside or "if")
            elif self._may_stand(item, scope, inside):
                yield item, scope

    def _may_stand(self, item: ast.Item, scope: Scope, inside: str) -> bool:
        word = WORDS.get(type(item)) or (f"`{item.kind}`" if isinstance(item, ast.Component | ast.Settings) else "")
        place = ""
        if inside == "for" and isinstance(item, NOT_IN_LOOPS):
            place = "in `for`"
        elif inside == "if" and isinstance(item, NOT_IN_CONDITIONS):
            place = "in `if`"
        elif scope.home.prefix and isinstance(item, NOT_IN_NETWORKS):
            place = "in `network`"
        elif not scope.home.prefix and isinstance(item, NOT_IN_FILES):
            place = "outside of `network`"
        if place:
            helps = "" if isinstance(item, NOT_IN_FILES) else "write it at the top level of the file"
            self.findings.error("E0311", f"{word} can't stand {place}", scope.place(item.span), "", helps)
        return not place

    def _rounds(self, loop: ast.ForBlock, scope: Scope) -> Iterator[Placed]:
        low, high = (self.statics.whole(self.rewriter.expression(e, scope), "a bound of `for`") for e in (loop.low, loop.high))
        if low is None or high is None:
            return
        head = Span(loop.span.source, loop.span.start, loop.high.span.end)
        self.declarations_left -= max(0, high - low) * max(1, _statements(loop.body))
        if not self._afford(loop.body, max(0, high - low), scope.place(head)):
            return
        for number in range(low, high):
            source: Source = scope.used or scope.file.module.span.source
            used = UsedSource(source.name, source.text, source, scope.place(head), f"with `{loop.variable}` = {number}", True)
            names: dict[str, Meaning] = {loop.variable: ast.Number(Fraction(number), span=loop.low.span)}
            earlier = scope.round.removesuffix("]").removeprefix("[")
            inner = Scope(scope.file, scope.prefix, names, scope, used, f"[{f'{earlier},' if earlier else ''}{number}]")
            yield from self._flattened(loop.body, inner, "for")

    def _afford(self, body: tuple[ast.Item, ...], times: int, span: Span) -> bool:
        """Whether there is room for a body that many times; that there is none is reported once."""
        if id(body) not in self._sizes:
            self._sizes[id(body)] = 1 + sum(1 for item in body for _ in nodes_in(item))
        self.left -= self._sizes[id(body)] * times
        if self.left >= 0 and self.declarations_left >= 0:
            return True
        self.statics.lost = True
        if self.findings.is_first("E0411", "expansion"):
            label = f"all its loops together may make {MOST_DECLARATIONS:,} declarations"
            if self.declarations_left >= 0:
                label = f"they may make {EXPANSION_LIMIT:,} expressions of a file"
            message = "this program is too large once its blocks and loops are put in"
            help_text = "let one population hold many neurons, `population p[20000] = …`, in place of many populations"
            self.findings.error("E0411", message, span, label, help_text)
        return False

    # ---- names --------------------------------------------------------------------------------

    def _declare(self, placed: list[Placed], home: Scope) -> None:
        """Note the names of a block's statements, and put in the blocks that it uses."""
        for item, scope in placed:
            self._declare_values(item, scope)
        for item, scope in placed:
            if isinstance(item, ast.Use):
                self._use(item, scope, home)
            elif home.prefix:
                for name in _declared(item):
                    home.names.setdefault(name, ast.Name(home.prefix + name, span=scope.place(name_span(item.span, name))))
                    if isinstance(item, ast.Port):
                        self._port(item, home)

    def _declare_values(self, item: ast.Item, scope: Scope) -> None:
        if isinstance(item, ast.Let) and scope.round:
            scope.names[item.name] = self.members.declare(item, f"{scope.prefix}{item.name}{scope.round}", scope)
        elif not scope.prefix:
            return
        elif isinstance(item, ast.Let):
            scope.names[item.name] = self.members.declare(item, scope.prefix + item.name, scope)
        elif isinstance(item, ast.Params):
            for declaration in item.declarations:
                scope.names[declaration.name] = self.members.declare(declaration, scope.prefix + declaration.name, scope)
        elif isinstance(item, ast.Function):
            names: dict[str, Meaning] = {n: m for n, m in scope.names.items() if n not in item.parameters and isinstance(m, ast.Name)}
            scope.names[item.name] = ast.Name(scope.prefix + item.name, span=item.span)
            self.members.define(item, scope.prefix + item.name, Scope(scope.file, scope.prefix, names, used=scope.used))

    def _port(self, port: ast.Port, home: Scope) -> None:
        name, span = home.prefix + port.name, home.place(name_span(port.span, port.name))
        if name in self.found.ports:
            labels = (Label(self.found.ports[name], "first here"),)
            self.findings.error("E0302", f"`{port.name}` is defined twice", span, "again here", labels=labels)
        self.found.ports.setdefault(name, span)

    # ---- blocks -------------------------------------------------------------------------------

    def _use(self, use: ast.Use, scope: Scope, home: Scope) -> None:
        span = scope.place(name_span(use.span, use.name))
        number = None
        if use.index is not None:
            number = self.statics.whole(self.rewriter.expression(use.index, scope), "an index")
            if number is not None and number < 0:
                self.findings.error("E0313", "blocks are numbered from 0", scope.place(use.index.span), f"this is {number}")
                number = None
            family = home.names.setdefault(use.name, Family(use.name))
            if number is None or not isinstance(family, Family):
                self._twice(use.name, span, home) if not isinstance(family, Family) else None
                return
            if number in family.members:
                self.findings.error("E0302", f"`{use.name}[{number}]` is defined twice", span, "again here")
                return
            family.members[number] = Lost(use.name)
            family.members[number] = self._instance(use, f"{home.prefix}{use.name}[{number}]", scope)
            return
        if use.name in home.names or (not home.prefix and use.name in home.file.places):
            self._twice(use.name, span, home)
            return
        home.names[use.name] = Lost(use.name)
        home.names[use.name] = self._instance(use, home.prefix + use.name, scope)

    def _twice(self, name: str, span: Span, home: Scope) -> None:
        place = home.file.places.get(name) if not home.prefix else None
        labels = (Label(place, "first here"),) if place is not None else ()
        self.findings.error("E0302", f"`{name}` is defined twice", span, "again here", labels=labels)

    def _instance(self, use: ast.Use, owner: str, scope: Scope) -> Instance | Lost:
        """The block that a `use` makes, its statements put in."""
        value = use.value
        called = value.function if isinstance(value, ast.Call) else value
        network, file_scope = self._network(called, scope)
        if network is None:
            return Lost(owner)
        name = scope.place(use.span)
        source = network.span.source
        used = UsedSource(source.name, source.text, source, name, f"used here, as `{owner}`")
        inner = Scope(file_scope.file, f"{owner}.", used=used)
        if network in self._inside or len(self._inside) >= DEEPEST:
            ring = [n.name for n in self._inside[self._inside.index(network) if network in self._inside else 0 :]] + [network.name]
            if network in self._inside:
                self.findings.error("E0310", f"a network that holds itself: {' → '.join(f'`{n}`' for n in ring)}", name)
            else:
                self.findings.error("E0310", "blocks are nested too deeply", name, f"the limit is {DEEPEST}")
            return Lost(owner)
        if not self._afford(network.body, 1, name):
            return Lost(owner)
        instance = Instance(owner, network)
        before = self.findings.errors
        self._arguments(network, value.arguments if isinstance(value, ast.Call) else (), inner, scope, value)
        self._inside.append(network)
        placed = list(self._flattened(network.body, inner))
        self._declare(placed, inner)
        self._emit(placed)
        self._show(instance, placed, inner)
        self._inside.pop()
        instance.is_whole = self.findings.errors == before
        return instance

    def _network(self, called: ast.Expr, scope: Scope) -> tuple[ast.Network | None, Scope]:
        meaning = self.rewriter.meaning(called, scope)
        if isinstance(meaning, Member) and isinstance(meaning.definition, ast.Network):
            return meaning.definition, Scope(meaning.file)
        span = scope.place(called.span)
        if isinstance(meaning, Lost):
            self.statics.lost = True
        elif isinstance(called, ast.Name) and scope.find(called.id) is None:
            known = [n for n, m in scope.file.names.items() if isinstance(m, Member) and isinstance(m.definition, ast.Network)]
            hint = suggestion(self.findings, called.id, known) or f"define it with `network {called.id:.60}(…):`, or import it"
            self.findings.error("E0301", f"unknown network `{called.id}`", span, "", hint)
        else:
            help_text = "write the name of a network with its parameters"
            self.findings.error("E0307", "`use` takes a network", span, "this is none", help_text)
        return None, scope

    def _arguments(self, network: ast.Network, arguments: tuple[ast.Argument, ...], inner: Scope, outer: Scope, value: ast.Expr) -> None:
        """Make the parameters of a block declarations of its own."""
        known = {p.name: p for p in network.parameters}
        bound: dict[str, ast.Argument] = {}
        for argument in arguments:
            span = outer.place(argument.span)
            if argument.name is None:
                first = next(iter(known), "")
                help_text = f"write `{first} = {argument.span.text:.40}`, say" if first else f"`{network.name}` has no parameters"
                self.findings.error("E0305", f"the parameters of `{network.name}` are given by name", span, "", help_text)
            elif argument.name not in known:
                hint = near_or_all(self.findings, argument.name, known, "its parameters are") or f"`{network.name}` has no parameters"
                place = Span(span.source, span.start, span.start + len(argument.name))
                self.findings.error("E0303", f"`{network.name}` has no parameter `{argument.name}`", place, "", hint)
            elif argument.name in bound:
                label = Label(outer.place(bound[argument.name].span), "first here")
                self.findings.error("E0302", f"`{argument.name}` is given twice", span, "again here", labels=(label,))
            else:
                bound[argument.name] = argument
        for parameter in network.parameters:
            if parameter.name in inner.names:
                span = inner.place(parameter.name_span)
                self.findings.error("E0302", f"`{parameter.name}` is defined twice", span, "again here")
                continue
            given = bound.get(parameter.name)
            if given is None and parameter.default is None and inner.prefix + parameter.name not in self.members.given:
                help_text = f"write `{network.name}({parameter.name} = …)`"
                message = f"`{network.name}` needs a value for `{parameter.name}`"
                self.findings.error("E0304", message, outer.place(value.span), "", help_text)
                inner.names[parameter.name] = Lost(parameter.name)
                continue
            inner.names[parameter.name] = self._argument(parameter, given, inner, outer)

    def _argument(self, parameter: ast.Declaration, given: ast.Argument | None, inner: Scope, outer: Scope) -> Meaning:
        name = inner.prefix + parameter.name
        if given is None:
            return self.members.declare(parameter, name, inner)
        return self.members.declare(parameter, name, inner, (given.value, outer))

    def _show(self, instance: Instance, placed: list[Placed], inner: Scope) -> None:
        """Note what a block shows of itself."""
        for item, scope in placed:
            if isinstance(item, ast.Port):
                instance.shown[item.name] = inner.names[item.name]
            for name in item.names if isinstance(item, ast.Export) else ():
                meaning = inner.names.get(name)
                if meaning is None:
                    hint = near_or_all(self.findings, name, inner.names, "it declares")
                    message = f"`{instance.network.name}` has no `{name}` to export"
                    self.findings.error("E0312", message, scope.place(name_span(item.span, name)), "", hint)
                else:
                    instance.shown[name] = meaning
        inside = {item.name for item, _ in placed if isinstance(item, ast.PopulationDecl)}
        instance.populations = tuple(sorted(inside & instance.shown.keys()))
        instance.kept = frozenset(inner.names) - instance.shown.keys()

    # ---- statements ---------------------------------------------------------------------------

    def _emit(self, placed: list[Placed]) -> None:
        """Put the statements of a file or block into the program, under their qualified names."""
        for item, scope in placed:
            if isinstance(item, ast.Params | ast.Let | ast.Function | ast.Component | ast.Network) and not scope.home.prefix:
                self._emit_member(item, scope)
            elif isinstance(item, ast.Import | ast.Use | ast.Port | ast.Export | ast.Params | ast.Let | ast.Function | ast.Network):
                continue
            else:
                self.members.items.append(_qualified(self.rewriter.node(item, scope), scope.home.prefix))
        self.members.drain()

    def _emit_member(self, item: ast.Params | ast.Let | ast.Function | ast.Component | ast.Network, scope: Scope) -> None:
        """A definition of the program's own file; a second one of a name is left to the check, which reports it."""
        if isinstance(item, ast.Let) and scope.round:
            return
        for definition in item.declarations if isinstance(item, ast.Params) else (item,):
            known = self.members.main.names.get(definition.name)
            if isinstance(known, Member) and known.definition is definition:
                self.members.meaning_of(known)
            elif isinstance(definition, ast.Declaration):
                new = self.rewriter.node(definition, scope)
                self.members.items.append(ast.Params((new,), span=new.span))
            elif not isinstance(definition, ast.Network):
                self.members.items.append(self.rewriter.node(definition, scope))
            self.members.drain()


def _statements(body: tuple[ast.Item, ...]) -> int:
    """How many statements a round puts in, at most."""
    return sum(_statements(item.then) + _statements(item.otherwise) if isinstance(item, ast.IfItem) else 1 for item in body)


def _declared(item: ast.Item) -> list[str]:
    """The names that a statement declares, parameters and blocks apart."""
    if isinstance(item, ast.PopulationDecl | ast.View | ast.Port):
        return [item.name]
    if isinstance(item, ast.ProjectionDecl):
        return [item.name] if item.name is not None else []
    return [n for n in item.names if n is not None] if isinstance(item, ast.Link) else []


def _qualified(item: ast.Item, prefix: str) -> ast.Item:
    """A statement of a block whose names are behind the block's."""
    if not prefix:
        return item
    if isinstance(item, ast.PopulationDecl | ast.View):
        return dataclasses.replace(item, name=prefix + item.name)
    if isinstance(item, ast.ProjectionDecl):
        return dataclasses.replace(item, name=prefix + (item.name or _made_name(item.source, item.target, prefix)))
    if isinstance(item, ast.Link):
        pairs = zip(item.names, item.ends, item.ends[1:], strict=False)
        return dataclasses.replace(item, names=tuple(prefix + (n or _made_name(a, b, prefix)) for n, a, b in pairs))
    return item


def _made_name(source: ast.Expr, target: ast.Expr, prefix: str) -> str:
    """The name of an edge without one: those of its ends, as they are called in the block."""
    return "_".join(root(end).removeprefix(prefix) for end in (source, target))


def root(end: ast.Expr) -> str:
    """The population or port on which an edge ends."""
    while isinstance(end, ast.Attribute | ast.Index):
        end = end.value
    return end.id if isinstance(end, ast.Name) else "end"
