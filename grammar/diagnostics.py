"""Diagnostics: what is wrong with a program, as data.  `render.py` alone makes text of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inferno.grammar.source import Span

MOST_FINDINGS = 200


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
    """Collects diagnostics while a program is read, so that all are reported together; at most `MOST_FINDINGS` are kept."""

    def __init__(self) -> None:
        self.errors = 0
        """How many errors were reported, those included that were not kept: whoever compares it before and after knows of a mistake."""
        self._found: dict[Diagnostic, None] = {}
        self._left_out = False
        self._firsts: set[tuple[str, ...]] = set()

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic unless the same one was found at the same place."""
        self.errors += diagnostic.is_error
        if len(self._found) < MOST_FINDINGS:
            self._found[diagnostic] = None
        else:
            self._left_out = self._left_out or diagnostic not in self._found

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        label: str = "",
        *helps: str,
        edit: Edit | None = None,
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> None:
        """Keep a diagnostic made of its parts."""
        self.add(Diagnostic(code, message, span, label, labels, notes, tuple(h for h in helps if h), edit))

    def is_first(self, *key: str) -> bool:
        """Whether this is asked for the first time: what is missing is reported once, however often it is used."""
        is_new = key not in self._firsts
        self._firsts.add(key)
        return is_new

    @property
    def is_full(self) -> bool:
        """Whether further diagnostics are dropped, so that no pains need be taken with them."""
        return len(self._found) >= MOST_FINDINGS

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order of the places."""
        found = sorted(self._found, key=lambda d: (d.span.source.name, d.span.start) if d.span else ("", -1))
        if self._left_out:
            message = f"there are more than {MOST_FINDINGS} mistakes; the others are not listed"
            found.append(Diagnostic("E0191", message, None, helps=("mend these first",)))
        return tuple(found)

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return self.errors > 0

    def raise_errors(self) -> None:
        """Raise `SnnError` with everything found if any of it is an error."""
        if self.has_errors:
            raise SnnError(self.all)
