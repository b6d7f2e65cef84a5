"""Where the parser stopped, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from lark.exceptions import UnexpectedInput, UnexpectedToken

from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.lines import Layout
from inferno.grammar.recovery import HOLE
from inferno.grammar.source import Source, Span

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
WORD = re.compile(r'[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9A-Za-z_.]*|"[^"\n]*"|<->|->|-\[|\.\.|[-+*/=!<>]=|\S')


@dataclass(frozen=True, slots=True)
class Explained:
    """A diagnostic and how to read on: with a `:` put in at an offset, or without the statement at `offset` (the span's start)."""

    diagnostic: Diagnostic
    missing_colon: int | None = None
    offset: int | None = None
    cut_from: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the parser stopped: the offending text, and what would have been right there."""

    source: Source
    text: str
    layout: Layout
    kind: str
    start: int
    end: int
    accepts: Set[str]

    @property
    def span(self) -> Span:
        """The offending text; at the end of a line its last character's right side."""
        return Span(self.source, min(self.start, len(self.source.text)), min(self.end, len(self.source.text)))

    @property
    def found(self) -> str:
        """The offending text in words."""
        if self.kind in ("_NL", "HOLE"):
            return "the end of the line"
        if self.kind in ("_DEDENT", "$END"):
            return "the end of the block" if self.kind == "_DEDENT" else "the end of the file"
        shown = self.text[self.start : self.end]
        return f"`{shown}`" if len(shown) <= 30 and "\n" not in shown else f"`{shown[:20].splitlines()[0]}…`"

    @property
    def words(self) -> list[str]:
        """The words of the statement before the offending text."""
        index = self.layout.line_at(max(self.start, 0))
        start = self.layout.lines[index].start if index is not None else 0
        return WORD.findall(self.text, start, min(self.start, start + 2000)) if self.start > start else []

    @property
    def first_word(self) -> str:
        """The word with which the statement starts."""
        return self.words[0] if self.words else ""


def stop_of(error: UnexpectedInput, source: Source, text: str, layout: Layout) -> Stop:
    """Where an error of the parser is, and what it would have taken there."""
    interactive = getattr(error, "interactive_parser", None)
    accepts = frozenset(interactive.accepts()) if interactive is not None else frozenset()
    if isinstance(error, UnexpectedToken):
        token = error.token
        start = token.start_pos if token.start_pos is not None else len(source.text)
        end = token.end_pos if token.end_pos is not None else start
        if token.type in ("_NL", "HOLE"):
            end = start + 1
        elif token.type in ("_DEDENT", "$END"):
            start = end = _end_of_line_before(layout, start, len(source.text))
        return Stop(source, text, layout, token.type, start, end, accepts)
    start = error.pos_in_stream or 0
    found = WORD.match(text, start)
    return Stop(source, text, layout, "", start, found.end() if found else start + 1, accepts)


def _end_of_line_before(layout: Layout, offset: int, otherwise: int) -> int:
    index = layout.line_at(max(offset - 1, 0))
    return layout.lines[index].end if index is not None else otherwise


def without_comment(text: str, start: int, end: int) -> str:
    """A line without the comment and blanks at its end."""
    words = list(WORD.finditer(text, start, end))
    stop = start
    for word in words:
        if word.group() == "#":
            break
        stop = word.end()
    return text[start:stop].replace(HOLE, " ")


def openers(stop: Stop) -> list[str]:
    """The words that begin the blocks around a line, from the inside out."""
    index = stop.layout.line_at(stop.start)
    found: list[str] = []
    if index is None:
        return found
    indent = stop.layout.lines[index].indent
    for line in reversed(stop.layout.lines[:index]):
        if line.indent < indent:
            indent = line.indent
            word = re.match(NAME, stop.text[line.start : line.end])
            found.append(word[0] if word else "")
    return found
