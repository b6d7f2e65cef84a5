"""Diagnostics: what is wrong with a program, as data.  `render.py` alone makes text of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inferno.grammar.source import Span


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that the reader should see, with a few words on it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A suggested replacement of the text under a span."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` is registered in `codes.py`; its first letter is the severity (E error, W warning).  `message` says what
    is wrong here, `label` stands under the span, `helps` say what to do.
    """

    code: str
    message: str
    span: Span | None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    edit: Edit | None = None

    @property
    def is_error(self) -> bool:
        """Whether the program cannot be compiled because of it."""
        return self.code.startswith("E")


class SnnError(Exception):
    """A program that is wrong: all its diagnostics at once."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))


class Findings:
    """Collects diagnostics while a program is read, so that all are reported together."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic unless the same one was found at the same place."""
        if diagnostic not in self._found:
            self._found.append(diagnostic)

    def error(self, code: str, message: str, span: Span | None, label: str = "", *helps: str, edit: Edit | None = None, labels: tuple[Label, ...] = (), notes: tuple[str, ...] = ()) -> None:
        """Keep a diagnostic made of its parts."""
        self.add(Diagnostic(code, message, span, label, labels, notes, tuple(h for h in helps if h), edit))

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order of the places."""
        return tuple(sorted(self._found, key=lambda d: (d.span.source.name, d.span.start) if d.span else ("", -1)))

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return any(d.is_error for d in self._found)

    def raise_errors(self) -> None:
        """Raise `SnnError` with everything found if any of it is an error."""
        if self.has_errors:
            raise SnnError(self.all)
