"""What names mean before anything is checked: members of files, whole files, lists, blocks and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inferno.grammar import ast
from inferno.grammar.source import Source, Span, UsedSource

Definition = ast.Component | ast.Declaration | ast.Let | ast.Function | ast.Network


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """Something that a file defines."""

    file: File
    name: str
    definition: Definition


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """What `import a.b` gives: names behind a dot, of a file or of the modules below it."""

    title: str
    file: File | None
    below: Mapping[str, Library] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lost:
    """A name whose problem has been reported; whatever is said of it, is no further mistake."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A compile-time list: what each of its elements means, an expression or a list."""

    items: tuple[Meaning, ...]


@dataclass(slots=True, eq=False)
class Instance:
    """A block that is used: what it shows of itself by name (exports and ports), and the names that it keeps to itself."""

    owner: str
    network: ast.Network
    shown: dict[str, Meaning] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    populations: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(slots=True, eq=False)
class Family:
    """`use block[i] = …`: instances by number."""

    name: str
    members: dict[int, Instance | Lost] = field(default_factory=dict)


Meaning = ast.Expr | Member | Library | Lost | Values | Instance | Family


@dataclass(slots=True, eq=False)
class File:
    """A file with the names of its top level."""

    key: str
    title: str
    module: ast.Module
    names: dict[str, Meaning] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(slots=True, eq=False)
class Scope:
    """Where an expression stands: its own names before those of its file; `prefix` begins the qualified names of what is declared."""

    file: File
    prefix: str = ""
    names: dict[str, Meaning] = field(default_factory=dict)
    outer: Scope | None = None
    """The scope around a loop's round; a block has none, as it sees its own names and those of its file alone."""
    used: UsedSource | None = None
    """What stands for the file's text in the spans of this block or round."""
    round: str = ""
    """`[0]`, `[0, 2]`: the numbers of the loops' rounds."""

    @property
    def home(self) -> Scope:
        """The scope of the block or file, whatever loops are around."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def place(self, span: Span) -> Span:
        """A place of the text as a place of this use of it."""
        if self.used is None or isinstance(span.source, UsedSource) or span.source is not _plain(self.used):
            return span
        return Span(self.used, span.start, span.end)

    def find(self, name: str) -> Meaning | None:
        """What a name means here, or None for one that nobody knows."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.outer
        return self.file.names.get(name)


def _plain(source: Source) -> Source:
    while isinstance(source, UsedSource):
        source = source.plain
    return source


def definitions(module: ast.Module) -> list[tuple[str, Span, Definition]]:
    """What a file defines that others may import, with the places of the names."""
    found: list[tuple[str, Span, Definition]] = []
    for item in module.items:
        if isinstance(item, ast.Params):
            found += [(d.name, d.name_span, d) for d in item.declarations]
        elif isinstance(item, ast.Component | ast.Network):
            found.append((item.name, item.name_span, item))
        elif isinstance(item, ast.Let | ast.Function):
            found.append((item.name, item.span, item))
    return found
