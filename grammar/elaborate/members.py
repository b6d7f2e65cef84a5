"""What files define becomes part of the elaborated program once something needs it: under a name that is one for all that use it."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings
from inferno.grammar.elaborate.imports import Loader
from inferno.grammar.elaborate.names import File, Library, Lost, Meaning, Member, Scope, Values
from inferno.grammar.elaborate.rewrite import Rewriter
from inferno.grammar.elaborate.statics import Statics
from inferno.grammar.names import nodes_in
from inferno.grammar.source import Span

DEEPEST = 100


class Members:
    """The definitions of a program's files, as far as they are used."""

    def __init__(self, main: File, loader: Loader, given: Mapping[str, ast.Expr], findings: Findings) -> None:
        self.main, self.loader, self.findings = main, loader, findings
        self.given = dict(given)
        self.functions: dict[str, ast.Function] = {}
        self.statics = Statics(self.functions, findings, self.drain)
        self.rewriter = Rewriter(self.statics, findings, self.meaning_of)
        self.items: list[ast.Item] = []
        self.scope = Scope(main)
        self._meanings: dict[Member, Meaning] = {}
        self._names: dict[Member, str] = {}
        self._taken: set[str] = set()
        self._under_way: list[Member] = []
        self._pending: deque[Callable[[], object]] = deque()
        for name, meaning in main.names.items():
            if isinstance(meaning, Member):
                self._names[meaning] = name
        for name, meaning in main.names.items():
            if isinstance(meaning, Library):
                self._name_members(name, meaning)

    def _name_members(self, title: str, library: Library) -> None:
        """Give what stands behind the dot of a main file's import the name that the main file has for it."""
        for name, meaning in library.file.names.items() if library.file is not None else ():
            if isinstance(meaning, Member) and meaning.file is library.file:
                self._names.setdefault(meaning, f"{title}.{name}")
        for name, below in library.below.items():
            self._name_members(f"{title}.{name}", below)

    def import_all(self) -> None:
        """Take over what the main file imports by name, whether it is used or not."""
        for item in self.main.module.items:
            for name in (item.names or ()) if isinstance(item, ast.Import) else ():
                meaning = self.main.names.get(name.id)
                if isinstance(meaning, Member) and meaning.file is not self.main:
                    self._take(meaning, name.span)

    def flat(self, member: Member) -> str:
        """The name of a definition in the elaborated program; one that the main file can't write where it does not know it."""
        if member not in self._names:
            base = name = f"{member.file.title}:{member.name}"
            number = 2
            while name in self._taken:
                name, number = f"{base}#{number}", number + 1
            self._taken.add(name)
            self._names[member] = name
        return self._names[member]

    # ---- meanings -----------------------------------------------------------------------------

    def meaning_of(self, member: Member) -> Meaning:
        """What the name of a definition stands for; what is needed for it becomes part of the program."""
        return self._take(member, None)

    def _take(self, member: Member, imported: Span | None) -> Meaning:
        if member in self._meanings:
            return self._meanings[member]
        definition = member.definition
        if isinstance(definition, ast.Network):
            self._meanings[member] = member
            return member
        name = self.flat(member)
        if isinstance(definition, ast.Declaration | ast.Let) and self._may_be_list(name, definition, member.file):
            return self._take_list(member, name, definition)
        meaning = ast.Name(name, span=definition.span)
        self._meanings[member] = meaning
        if isinstance(definition, ast.Component):
            self._pending.append(partial(self._component, member, name, definition, imported))
        elif isinstance(definition, ast.Function):
            self._pending.append(partial(self._function, member, name, definition))
        else:
            self._pending.append(partial(self.declare, definition, name, Scope(member.file)))
        return meaning

    def _take_list(self, member: Member, name: str, definition: ast.Declaration | ast.Let) -> Meaning:
        if member in self._under_way or len(self._under_way) >= DEEPEST:
            if member in self._under_way:
                self.findings.error("E0415", f"`{member.name}` is defined through itself", definition.span)
            else:
                self.findings.error("E0411", f"`{member.name}` is nested too deeply", definition.span, f"the limit is {DEEPEST}")
            return Lost(member.name)
        self._under_way.append(member)
        self._meanings[member] = meaning = self.declare(definition, name, Scope(member.file))
        self._under_way.pop()
        return meaning

    def _may_be_list(self, name: str, definition: ast.Declaration | ast.Let, file: File) -> bool:
        """Whether a value is a list, another's value that is one, or a part of something."""
        seen: set[int] = set()
        value = self.given.get(name) if isinstance(definition, ast.Declaration) else None
        if isinstance(value, ast.ListLiteral):
            return True
        value = definition.value if isinstance(definition, ast.Let) else definition.default
        while isinstance(value, ast.Name) and id(value) not in seen:
            seen.add(id(value))
            found = file.names.get(value.id)
            if not isinstance(found, Member) or not isinstance(found.definition, ast.Let | ast.Declaration):
                return False
            file, inner = found.file, found.definition
            value = inner.value if isinstance(inner, ast.Let) else inner.default
        return isinstance(value, ast.ListLiteral | ast.Index | ast.Attribute)

    def drain(self) -> None:
        """Finish everything that is needed so far; what it needs in turn is added on the way."""
        while self._pending:
            self._pending.popleft()()

    def _component(self, member: Member, name: str, component: ast.Component, imported: Span | None) -> None:
        own = {n.name for n in nodes_in(component) if isinstance(n, ast.Declaration | ast.Let | ast.Function | ast.Modulator)}
        names: dict[str, Meaning] = {
            n: m for n, m in member.file.names.items()
            if n not in own and (isinstance(m, Library) or (isinstance(m, Member) and isinstance(m.definition, ast.Component)))
        }  # fmt: skip
        used = {n.id for n in nodes_in(component) if isinstance(n, ast.Name)}
        if used & names.keys():
            component = self.rewriter.node(component, Scope(dataclasses.replace(member.file, names=names)))
        if member.file is self.main:
            self.items.append(component)
        else:
            self.items.append(ast.Imported(name, component, span=imported or component.name_span))

    def _function(self, member: Member, name: str, function: ast.Function) -> None:
        names: dict[str, Meaning] = {
            n: m for n, m in member.file.names.items()
            if n not in function.parameters and isinstance(m, Member) and isinstance(m.definition, ast.Function)
        }  # fmt: skip
        self.define(function, name, Scope(dataclasses.replace(member.file, names=names)))

    def define(self, function: ast.Function, name: str, scope: Scope) -> None:
        """Make a function part of the program under a qualified name; `scope` knows nothing but functions."""
        value = self.rewriter.node(function.value, scope)
        unchanged = value is function.value and name == function.name
        new = function if unchanged else dataclasses.replace(function, name=name, value=value, span=scope.place(function.span))
        self.functions[name] = new
        self.items.append(new)

    # ---- values -------------------------------------------------------------------------------

    def declare(
        self, definition: ast.Declaration | ast.Let, name: str, scope: Scope, argument: tuple[ast.Expr, Scope] | None = None
    ) -> Meaning:
        """Make a parameter or `let` part of the program under a qualified name; a list becomes its elements, as `widths[0]`.

        An `argument` goes before the default, and is read in the scope of the place where it is given.
        """
        own = definition.value if isinstance(definition, ast.Let) else definition.default
        written, where = argument if argument is not None else (own, scope)
        given = self.given.get(name) if isinstance(definition, ast.Declaration) else None
        if given is not None and written is not None:
            is_list = isinstance(given, ast.ListLiteral)
            if is_list != self._is_list(written, where):
                complaint = "is one value, not a list" if is_list else "is a list, and this is one value"
                help_text = "give one value, such as `30 ms`" if is_list else f"write, say, `{name}=[1, 2]`"
                self.findings.error("E0605", f"`{name}` {complaint}", given.span, "", help_text)
                del self.given[name]
                return Lost(name)
        if isinstance(given, ast.ListLiteral):
            del self.given[name]
            written, where = given, self.scope
        if written is not None and self._is_list(written, where):
            meaning = self.rewriter.meaning(written, where)
            return meaning if isinstance(meaning, Values) else self._list(definition, name, written, where, scope)
        self.statics.values[name] = None
        self.statics.under_way.add(name)
        new = self._renamed(definition, name, scope)
        if argument is not None:
            value = self.rewriter.expression(*argument)
            new = dataclasses.replace(new, value=value) if isinstance(new, ast.Let) else dataclasses.replace(new, default=value)
        self.statics.under_way.discard(name)
        if isinstance(new, ast.Declaration) and name in self.given:
            self.given[name] = self.rewriter.expression(self.given[name], self.scope)
        self.statics.values[name] = new.value if isinstance(new, ast.Let) else self.given.get(name, new.default)
        self.items.append(new if isinstance(new, ast.Let) else ast.Params((new,), span=new.span))
        return ast.Name(name, span=definition.span)

    def _is_list(self, node: ast.Expr, scope: Scope) -> bool:
        return isinstance(node, ast.ListLiteral) or isinstance(self.rewriter.meaning(node, scope), Values)

    def _renamed(self, definition: ast.Declaration | ast.Let, name: str, scope: Scope) -> ast.Declaration | ast.Let:
        new: ast.Declaration | ast.Let = self.rewriter.node(definition, scope)
        return new if new.name == name else dataclasses.replace(new, name=name)

    def _list(self, definition: ast.Declaration | ast.Let, name: str, value: ast.Expr, where: Scope, scope: Scope) -> Values:
        """A list of which each element is a parameter or `let` of its own."""
        assert isinstance(value, ast.ListLiteral)
        items: list[Meaning] = []
        for index, item in enumerate(value.items):
            element: ast.Declaration | ast.Let = ast.Let(definition.name, item, definition.doc, span=item.span)
            if isinstance(definition, ast.Declaration):
                element = dataclasses.replace(definition, default=None, name_span=item.span, span=item.span)
            items.append(self.declare(element, f"{name}[{index}]", scope, (item, where)))
        return Values(tuple(items))
