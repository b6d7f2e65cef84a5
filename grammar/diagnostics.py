"""Diagnostics: what is wrong with a program, as data.  `render.py` alone makes text of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from inferno.grammar.edits import meant_edit
from inferno.grammar.source import Span, UsedSource

MOST_FINDINGS = 200
MOST_USES = 5


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


def _settled(diagnostic: Diagnostic) -> Diagnostic:
    """A diagnostic in the texts as their authors wrote them; where a text is used elsewhere, with labels there."""
    labels = [Label(_plain(label.span), label.text) for label in diagnostic.labels]
    span = diagnostic.span
    labels += [Label(_plain(used), text) for used, text in _uses(span)] if span is not None else []
    edit = diagnostic.edit
    if edit is not None:
        edit = Edit(_plain(edit.span), edit.replacement)
    return replace(diagnostic, span=_plain(span) if span is not None else None, labels=tuple(labels), edit=edit)


def _plain(span: Span) -> Span:
    source = span.source
    while isinstance(source, UsedSource):
        source = source.plain
    return span if source is span.source else Span(source, span.start, span.end)


def _uses(span: Span) -> list[tuple[Span, str]]:
    """Where a text is used, from the inside out; the rounds of a loop around a block's use go without saying."""
    found: list[tuple[Span, str]] = []
    pending = [span.source]
    while pending and len(found) < MOST_USES:
        source = pending.pop()
        if not isinstance(source, UsedSource):
            continue
        if not (source.is_round and found) and (source.used, source.label) not in found:
            found.append((source.used, source.label))
        pending += [source.used.source, source.plain]
    return found


def _also(others: list[str]) -> str:
    """Where else the same is wrong."""
    places = list(dict.fromkeys(others))
    more = f" and {len(places) - MOST_USES} more" if len(places) > MOST_USES else ""
    word = "with" if places[0].startswith("with ") else "in"
    return f"the same is wrong {word} {', '.join(p.removeprefix('with ') for p in places[:MOST_USES])}{more}"


class SnnError(Exception):
    """A program that is wrong: all its diagnostics at once; as text it is what `inferno check` prints of them."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))

    def __str__(self) -> str:
        from inferno.grammar.render import render_all

        return render_all(self.diagnostics)


class Findings:
    """Collects diagnostics while a program is read, so that all are reported together; at most `MOST_FINDINGS` are kept."""

    def __init__(self) -> None:
        self.errors = 0
        """How many errors were reported, those included that were not kept: whoever compares it before and after knows of a mistake."""
        self._found: dict[Diagnostic, None] = {}
        self._left_out = False
        self._uses: dict[tuple[str, Span], tuple[Diagnostic, list[str]]] = {}
        self._firsts: set[tuple[str, ...]] = set()

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic unless the same one was found at the same place."""
        self.errors += diagnostic.is_error
        if diagnostic.span is not None and isinstance(diagnostic.span.source, UsedSource):
            settled = _settled(diagnostic)
            assert settled.span is not None
            first, others = self._uses.setdefault((settled.code, settled.span), (settled, []))
            if settled != first:
                others.append(diagnostic.span.source.label.rpartition(" as ")[2])
                return
            diagnostic = settled
        elif any(isinstance(label.span.source, UsedSource) for label in diagnostic.labels) or diagnostic.edit is not None:
            diagnostic = _settled(diagnostic)
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
        """Keep a diagnostic made of its parts; what its helps surely mean becomes its edit if none is given."""
        helps = tuple(h for h in helps if h)
        if edit is None and (meant := meant_edit(span, helps)):
            edit = Edit(*meant)
        self.add(Diagnostic(code, message, span, label, labels, notes, helps, edit))

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
        again = {first: others for first, others in self._uses.values() if others}
        listed = [replace(d, notes=(*d.notes, _also(again[d]))) if d in again else d for d in self._found]
        found = sorted(listed, key=lambda d: (d.span.source.name, d.span.start) if d.span else ("", -1))
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
