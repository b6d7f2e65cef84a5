"""Puts what a name means in the place of the name: qualified names, elements of lists, numbers of a loop's rounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar, cast

from inferno.grammar import ast
from inferno.grammar.check.wording import listed, near_or_all, short, suggestion
from inferno.grammar.diagnostics import Findings
from inferno.grammar.elaborate.imports import known_in, words_for
from inferno.grammar.elaborate.names import Family, Instance, Library, Lost, Meaning, Member, Scope, Values
from inferno.grammar.elaborate.statics import Statics
from inferno.grammar.source import Span

NodeT = TypeVar("NodeT", bound=ast.Node)
MOST_NESTED = 100

_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def fields_of(node: ast.Node) -> tuple[str, ...]:
    """The names of a node's fields."""
    kind = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(f.name for f in dataclasses.fields(node))
    return _FIELDS[kind]


class Rewriter:
    """Rewrites expressions and statements in a scope; `flat` gives the qualified name of something that a file defines."""

    def __init__(self, statics: Statics, findings: Findings, meaning_of: Callable[[Member], Meaning]) -> None:
        self.statics, self.findings, self.meaning_of = statics, findings, meaning_of
        self.spans: dict[str, Span] = {}

    # ---- whole nodes --------------------------------------------------------------------------

    def node(self, node: NodeT, scope: Scope) -> NodeT:
        """A statement or expression with all its names replaced; the very same where nothing changes."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Index | ast.Call):
            return cast(NodeT, self.expression(node, scope))
        changed: dict[str, Any] = {}
        for name in fields_of(node):
            value = getattr(node, name)
            new: Any = value
            if isinstance(value, Span):
                new = scope.place(value)
            elif isinstance(value, ast.Node):
                new = self.node(value, scope)
            elif isinstance(value, tuple):
                new = self._tuple(value, scope)
            if new is not value:
                changed[name] = new
        return dataclasses.replace(cast(Any, node), **changed) if changed else node

    def _tuple(self, values: tuple[Any, ...], scope: Scope) -> tuple[Any, ...]:
        new: list[Any] = []
        for value in values:
            if isinstance(value, ast.Node):
                new.append(self.node(value, scope))
            elif isinstance(value, tuple):
                new.append(self._tuple(value, scope))
            else:
                new.append(value)
        return values if all(a is b for a, b in zip(new, values, strict=True)) else tuple(new)

    # ---- expressions --------------------------------------------------------------------------

    def expression(self, node: ast.Expr, scope: Scope) -> ast.Expr:
        """An expression with all its names replaced."""
        if not isinstance(node, ast.Name | ast.Attribute | ast.Index | ast.Call):
            return self.node(node, scope)
        return self.as_expression(self.meaning(node, scope), scope.place(node.span))

    def as_expression(self, meaning: Meaning, span: Span) -> ast.Expr:
        """What a meaning is as a value."""
        if isinstance(meaning, Values):
            return ast.ListLiteral(tuple(self.as_expression(m, span) for m in meaning.items), span=span)
        if isinstance(meaning, Instance):
            return ast.ListLiteral(tuple(populations_of(meaning, span)), span=span)
        if isinstance(meaning, Family):
            members = [m for _, m in sorted(meaning.members.items()) if isinstance(m, Instance)]
            return ast.ListLiteral(tuple(e for m in members for e in populations_of(m, span)), span=span)
        if isinstance(meaning, Member):
            name = meaning.name
            message = f"`{name}` is a network, and no value or component"
            self.findings.error("E0307", message, span, "", f"make one of it with `use name = {name}(…)`")
            return ast.Name(name, span=span)
        if isinstance(meaning, Library):
            self.findings.error("E0301", f"`{meaning.title}` is a file, not a value", span, "", words_for(meaning))
            return ast.Name(meaning.title, span=span)
        if isinstance(meaning, Lost):
            self.statics.lost = True
            return ast.Name(meaning.name, span=span)
        return meaning

    def meaning(self, node: ast.Expr, scope: Scope) -> Meaning:
        """What an expression means: an expression again, or something that exists only before the network is laid out."""
        if isinstance(node, ast.Name):
            return self._name(node, scope)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.Index):
            return self._index(node, scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        return self.node(node, scope)

    def _name(self, node: ast.Name, scope: Scope) -> Meaning:
        found = scope.find(node.id)
        span = scope.place(node.span)
        if isinstance(found, Member):
            found = self.meaning_of(found)
        if isinstance(found, ast.Name) and found.id == node.id and span is node.span:
            return node
        if isinstance(found, ast.Name | ast.Number):
            return dataclasses.replace(found, span=span)
        if found is None:
            return node if span is node.span else ast.Name(node.id, span=span)
        return found

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Meaning:
        value = self.meaning(node.value, scope)
        span = scope.place(node.span)
        if isinstance(value, Library):
            return self._of_library(value, node.name, span)
        if isinstance(value, Instance):
            return self._of_instance(value, node.name, span)
        if isinstance(value, Family):
            example = f"`{value.name}[0].{node.name}`, say"
            self.findings.error("E0312", f"which block of `{value.name}`?", span, f"there are {len(value.members)}", f"write {example}")
            return Lost(value.name)
        if isinstance(value, Values):
            self.findings.error("E0313", f"a list has no `{node.name}`", span, "", "take one of its values: `…[0]`")
            return Lost(node.name)
        if isinstance(value, Lost):
            return value
        if value is node.value:
            return node
        return ast.Attribute(self.as_expression(value, scope.place(node.value.span)), node.name, span=span)

    def _of_library(self, library: Library, name: str, span: Span) -> Meaning:
        below = library.below.get(name)
        if below is not None:
            return below
        found = library.file.names.get(name) if library.file is not None else None
        if isinstance(found, Member) and found.file is library.file:
            meaning = self.meaning_of(found)
            return dataclasses.replace(meaning, span=span) if isinstance(meaning, ast.Name) else meaning
        if not (isinstance(found, Lost) or (library.file is not None and not library.file.is_whole)):
            hint = near_or_all(self.findings, name, known_in(library), "it has") or words_for(library)
            place = Span(span.source, span.end - len(name), span.end)
            self.findings.error("E0306", f"`{library.title}` has no `{name}`", place, "", hint)
        return Lost(name)

    def _of_instance(self, instance: Instance, name: str, span: Span) -> Meaning:
        shown = instance.shown.get(name)
        if shown is not None:
            return dataclasses.replace(shown, span=span) if isinstance(shown, ast.Name) else shown
        if not instance.is_whole:
            return Lost(name)
        network = instance.network
        place = Span(span.source, span.end - len(name), span.end)
        if name in instance.kept:
            message = f"`{network.name}` keeps `{name}` to itself"
            self.findings.error("E0312", message, place, "not exported", f"write `export {name}` in `network {network.name}`")
        else:
            hint = suggestion(self.findings, name, instance.shown) or f"it shows {listed(instance.shown) or 'nothing'}"
            self.findings.error("E0312", f"`{instance.owner}` has no `{name}`", place, f"a block of `{network.name}`", hint)
        return Lost(name)

    def _index(self, node: ast.Index, scope: Scope) -> Meaning:
        value = self.meaning(node.value, scope)
        if isinstance(value, Lost):
            return value
        if isinstance(value, Instance):
            self.findings.error("E0312", f"`{value.owner}` is one block, without a number", scope.place(node.span))
            return Lost(value.owner)
        if isinstance(value, Values):
            return self._of_values(value, node, scope)
        if isinstance(value, Family):
            return self._of_family(value, node, scope)
        items = self._tuple(node.items, scope)
        if value is node.value and items is node.items:
            return node
        return ast.Index(self.as_expression(value, scope.place(node.value.span)), items, span=scope.place(node.span))

    def _number(self, node: ast.Index, scope: Scope) -> int | None:
        if len(node.items) != 1 or isinstance(node.items[0], ast.Slice):
            self.findings.error("E0313", "one number is wanted between the brackets", scope.place(node.span))
            return None
        return self.statics.whole(self.expression(node.items[0], scope), "an index")

    def _of_values(self, values: Values, node: ast.Index, scope: Scope) -> Meaning:
        size, span = len(values.items), scope.place(node.span)
        if len(node.items) == 1 and isinstance(part := node.items[0], ast.Slice):
            ends = [self.statics.whole(self.expression(e, scope), "an index") if e is not None else None for e in (part.lower, part.upper)]
            return Values(values.items[slice(*ends)])
        number = self._number(node, scope)
        if number is None:
            return Lost(short(node.span))
        if not -size <= number < size:
            message, label = f"`{short(node.value.span)}` has {size} values", f"there is no number {number}"
            self.findings.error("E0313", message, span, label, _range(size))
            return Lost(short(node.span))
        found = values.items[number]
        return dataclasses.replace(found, span=span) if isinstance(found, ast.Name) else found

    def _of_family(self, family: Family, node: ast.Index, scope: Scope) -> Meaning:
        number = self._number(node, scope)
        if number is None:
            return Lost(family.name)
        numbers = sorted(family.members)
        if number < 0 and -number <= len(numbers):
            number = numbers[number]
        if number not in family.members:
            label = f"there is no number {number}"
            span = scope.place(node.span)
            count = "1 block" if len(numbers) == 1 else f"{len(numbers)} blocks"
            self.findings.error("E0313", f"`{family.name}` has {count}", span, label, _members(family.name, numbers))
            return Lost(family.name)
        return family.members[number]

    def _call(self, node: ast.Call, scope: Scope) -> Meaning:
        span = scope.place(node.span)
        if isinstance(node.function, ast.Name) and node.function.id == "len" and scope.find("len") is None:
            return self._length(node, scope, span)
        function = self.meaning(node.function, scope)
        arguments = self._tuple(node.arguments, scope)
        if function is node.function and arguments is node.arguments:
            return node
        return ast.Call(self.as_expression(function, scope.place(node.function.span)), arguments, span=span)

    def _length(self, node: ast.Call, scope: Scope, span: Span) -> Meaning:
        values = [self.meaning(a.value, scope) for a in node.arguments if a.name is None]
        if len(values) == 1 and len(node.arguments) == 1:
            if isinstance(values[0], Values):
                return ast.Number(Fraction(len(values[0].items)), span=span)
            if isinstance(values[0], Family):
                return ast.Number(Fraction(len(values[0].members)), span=span)
            if isinstance(values[0], ast.ListLiteral):
                return ast.Number(Fraction(len(values[0].items)), span=span)
            if isinstance(values[0], Lost):
                return Lost("len")
        self.findings.error("E0305", "`len` takes one list", span, "", "give it a parameter such as `param widths = [12, 32]`")
        return Lost("len")


def populations_of(instance: Instance, span: Span) -> list[ast.Expr]:
    """What a block shows of its populations, for what takes several of them."""
    shown = [instance.shown[name] for name in instance.populations]
    return [dataclasses.replace(m, span=span) for m in shown if isinstance(m, ast.Name)]


def _members(name: str, numbers: list[int]) -> str:
    """Which numbers the blocks of a family have, each of which its `use` gives."""
    if numbers == list(range(len(numbers))):
        return _range(len(numbers))
    return f"a block has the number that its `use` gives it; known are {listed(f'{name}[{n}]' for n in numbers)}"


def _range(size: int) -> str:
    """Which numbers there are."""
    return f"they are numbered 0 to {size - 1}, or -1 to {-size} from the end" if size else "it is empty"
