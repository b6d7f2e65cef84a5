"""Cuts a text into logical lines, and finds what is wrong with brackets and quotes before anything is parsed.

A mistake there would otherwise swallow the rest of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from inferno.grammar.build_expressions import DEEPEST, too_deep
from inferno.grammar.diagnostics import Diagnostic, Edit, Label
from inferno.grammar.quantities import LARGEST_DIGITS, too_large
from inferno.grammar.source import Source, Span

# A newline with all empty lines behind it, a comment, a quote, a bracket, or more digits than any number has.
_PIECE = re.compile(rf'"""|"[^"\n]*"?|#[^\n]*|[()\[\]]|\n(?:[ \t]*(?:#[^\n]*)?\n)*|[0-9]{{{LARGEST_DIGITS + 1},}}')
# No more faults than this and one are looked for.
MOST_FAULTS = 20

_CLOSING = {"(": ")", "[": "]"}

# How a line begins that cannot stand inside brackets: two words side by side, or the head of a block.
_STATEMENT = re.compile(
    r"(?:param|let|fn|input|output|view|use|record|expect|port|export|population|projection|neuron|synapse|plasticity|readout|network"
    r"|import|from|for|state|receptor|trace|modulator|refractory|surrogate|solve|bound|spike|on|init|draw|emit)[ ]+"
    r"(?!(?:if|else|in|or|and)\b)[A-Za-z_]"
)
_HEAD = re.compile(r"(?:run|train)[ ]*:[ ]*(?:#.*)?$", re.MULTILINE)
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*'?[ ]*[-+*/]?=(?!=)")


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A statement's line with everything inside its brackets: from its first character to before its last newline."""

    start: int
    end: int
    indent: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The logical lines of a text, and what is wrong with its brackets and quotes."""

    lines: tuple[LogicalLine, ...]
    faults: tuple[Diagnostic, ...]

    def line_at(self, offset: int) -> int | None:
        """Index of the line that holds an offset, or of the last one before it; None if there is none."""
        index = bisect_right(self.lines, offset, key=lambda line: line.start) - 1
        return index if index >= 0 else None


def lay_out(source: Source) -> Layout:
    """The logical lines of a text."""
    return _Scan(source).run()


class _Scan:
    """One walk over a text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.lines: list[LogicalLine] = []
        self.faults: list[Diagnostic] = []
        self.open: list[int] = []  # offsets of the brackets that are open
        self.is_faulty = False  # whether this logical line already has its fault

    def run(self) -> Layout:
        self.begin(0)
        for kind, start, end in self.pieces():
            if kind in "([":
                self.open_bracket(start)
            elif kind in ")]":
                self.close_bracket(start)
            elif kind == '"' and not self.is_closed_string(start, end):
                self.fault(self.unclosed_string(start, end))
                self.open.clear()
            elif kind.isdigit():
                self.fault(too_large(Span(self.source, start, end)))
            elif kind == "\n" and (not self.open or self.is_statement_behind(start, end)):
                self.finish(start)
                self.begin(end)
        self.finish(len(self.text))
        lines = (line for line in self.lines if self.text[line.start : line.start + 1] not in ("", "#", "\n"))
        return Layout(tuple(lines), tuple(self.faults))

    def pieces(self) -> Iterator[tuple[str, int, int]]:
        """Brackets, strings and newlines with their places; comments are left out."""
        position = 0
        while found := _PIECE.search(self.text, position):
            start, end = found.span()
            kind = found.group()[0]
            if found.group() == '"""':
                close = self.text.find('"""', end)
                end = len(self.text) if close < 0 else close + 3
            if kind != "#":
                yield kind, start, end
            position = end

    def is_closed_string(self, start: int, end: int) -> bool:
        quotes = '"""' if self.text.startswith('"""', start) else '"'
        return end - start >= 2 * len(quotes) and self.text.endswith(quotes, start, end)

    def unclosed_string(self, start: int, end: int) -> Diagnostic:
        quotes = '"""' if self.text.startswith('"""', start) else '"'
        helps = (f"close it with `{quotes}`" + (', or use `"""` for a text of several lines' if quotes == '"' else ""),)
        stop = start + 3 if quotes == '"""' else end
        return Diagnostic("E0110", "a string is never closed", Span(self.source, start, stop), "it starts here", helps=helps)

    def fault(self, diagnostic: Diagnostic) -> None:
        """Keep the first fault of a logical line; it is cut out as a whole."""
        if not self.is_faulty and len(self.faults) <= MOST_FAULTS:
            self.faults.append(diagnostic)
        self.is_faulty = True

    def begin(self, start: int) -> None:
        """Note where the next logical line starts; `end` follows in `finish`."""
        first = start
        while self.text[first : first + 1] in (" ", "\t"):
            first += 1
        self.lines.append(LogicalLine(first, first, len(self.text[start:first].expandtabs(4))))
        self.is_faulty = False

    def finish(self, end: int) -> None:
        line = self.lines[-1]
        self.lines[-1] = LogicalLine(line.start, max(end, line.start), line.indent)
        if self.open:
            place = self.open[-1]
            bracket = self.text[place]
            self.fault(
                Diagnostic(
                    "E0105",
                    f"`{bracket}` is never closed",
                    Span(self.source, place, place + 1),
                    "opened here",
                    helps=(f"close it with `{_CLOSING[bracket]}` before the next statement",),
                )
            )
            self.open.clear()

    def open_bracket(self, place: int) -> None:
        self.open.append(place)
        if len(self.open) > DEEPEST:
            self.fault(too_deep(Span(self.source, place, place + 1)))

    def close_bracket(self, place: int) -> None:
        here, closing = Span(self.source, place, place + 1), self.text[place]
        if not self.open:
            self.fault(
                Diagnostic(
                    "E0106",
                    f"`{closing}` closes nothing",
                    here,
                    "no bracket is open here",
                    helps=(f"remove the `{closing}`",),
                    edit=Edit(here, ""),
                )
            )
            return
        opened = self.open.pop()
        wanted = _CLOSING[self.text[opened]]
        if closing != wanted:
            label = Label(Span(self.source, opened, opened + 1), "opened here")
            self.fault(Diagnostic("E0106", f"`{closing}` closes a `{self.text[opened]}`", here, f"`{wanted}` is expected", (label,)))

    def is_statement_behind(self, newline: int, next_line: int) -> bool:
        """Whether the next line starts a statement although a bracket is open, so that its closing one was forgotten."""
        line = self.lines[-1]
        first = next_line
        while self.text[first : first + 1] == " ":
            first += 1
        indent = first - next_line
        if _STATEMENT.match(self.text, first) or (indent <= line.indent and _HEAD.match(self.text, first)):
            return True
        if indent != line.indent or not _SETTING.match(self.text, first):
            return False
        before = self.text[self.text.rfind("\n", 0, newline) + 1 : newline].partition("#")[0].rstrip()
        return bool(before) and (before[-1].isalnum() or before[-1] in "_)]'\"")
