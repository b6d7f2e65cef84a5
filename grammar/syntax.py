"""Parses a text into a syntax tree: `text → layout → tokens and blocks → tree`, and again after every mistake, without its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedInput
from lark.lexer import PatternRE, TerminalDef

from inferno.grammar import ast
from inferno.grammar.build import EDITIONS, Builder
from inferno.grammar.build_expressions import Refused
from inferno.grammar.diagnostics import Diagnostic, Edit, Findings
from inferno.grammar.explain import explain
from inferno.grammar.forms import attach_forms
from inferno.grammar.indentation import TAB_WIDTH, BlockIndenter
from inferno.grammar.lines import MOST_FAULTS, Layout, lay_out
from inferno.grammar.quantities import quantity_pattern
from inferno.grammar.recovery import HOLE, cut_indented, cut_line
from inferno.grammar.source import Source, Span
from inferno.grammar.stop import Explained

LARGEST_TEXT = 4 * 1024 * 1024
MOST_ERRORS = 20

# Every mistake costs one more reading; this many characters are read in all before giving up, some seconds' worth.
MOST_CHARACTERS = 1_000_000

_GRAMMAR = Path(__file__).with_name("snn.lark")
_FORBIDDEN = re.compile(r"[^\t\n\x20-\U0010ffff]")


def parse(source: Source, findings: Findings) -> ast.Module | None:
    """The syntax tree of a file.

    With mistakes in it, the tree of all statements that could be read, so that later checks can report too; None if nothing
    could be made of it.  Whether there were mistakes, `findings` says.
    """
    module: ast.Module | None = _read(source, findings, "start")
    if module is not None and module.edition is None and not _has_edition_line(source):
        findings.add(_missing_edition(source))
    return attach_forms(module, findings) if module is not None else None


def parse_with_tokens(source: Source, findings: Findings) -> tuple[ast.Module, list[Token]] | None:
    """The syntax tree of a file and all tokens that it was read from, blocks marked; None if there is any mistake of form.

    Comments and newlines lie between the tokens, and so do doc comments inside brackets.
    """
    tape: list[Token] = []
    before = findings.errors
    module: ast.Module | None = _read(source, findings, "start", tape=tape)
    return None if module is None or findings.errors > before else (module, tape)


def parse_expression(source: Source, findings: Findings, begin: int = 0) -> ast.Expr | None:
    """The tree of the single expression in a text from an offset on, as in `exc.tau_m = 30ms`; None if it is wrong."""
    before = findings.errors
    expression: ast.Expr | None = _read(source, findings, "expression", begin)
    return expression if findings.errors == before else None


def _read(source: Source, findings: Findings, start: str, begin: int = 0, tape: list[Token] | None = None) -> Any:
    """What a text says under a start rule from an offset on; None if it cannot be read."""
    if len(source.text) > LARGEST_TEXT:
        message = f"this text has {len(source.text):,} characters, and the limit is {LARGEST_TEXT:,}"
        findings.error("E0115", message, None, "", "split it into modules and `import` them")
        return None
    if found := _FORBIDDEN.search(source.text):
        findings.error("E0122", "a control character", Span(source, found.start(), found.end()), f"U+{ord(found.group()):04X}")
        return None
    layout = lay_out(source)
    text = " " * begin + source.text[begin:]
    for fault in layout.faults[:MOST_FAULTS]:
        findings.add(fault)
        assert fault.span is not None
        text = cut_line(text, layout, fault.span.start)
    if len(layout.faults) > MOST_FAULTS or (layout.faults and start == "expression"):
        return None
    for tabs in _tabs(source, layout):
        findings.add(tabs)
    reader = _READERS.pop() if _READERS else _Reader()
    try:
        return _read_and_recover(reader, _Attempt(source, text, layout, start, tape=tape), findings)
    finally:
        reader.builder.begin(Source("", ""))
        reader.indenter.begin(Source("", ""), frozenset())
        _READERS.append(reader)


@dataclass(slots=True)
class _Attempt:
    """A text on its way: what was cut out of it, and where a `:` is put in."""

    source: Source
    text: str
    layout: Layout
    start: str
    missing_colons: frozenset[int] = frozenset()
    tape: list[Token] | None = None


class _Reader:
    """A parser with its builder; making one takes a third of a second, so they are kept, and used by one text at a time."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.indenter = BlockIndenter()
        self.lark = Lark(
            _GRAMMAR.read_text(encoding="utf-8"),
            parser="lalr",
            lexer="contextual",
            postlex=self.indenter,
            transformer=self.builder,
            edit_terminals=_set_quantity,
            start=["start", "expression"],
            cache=False,
        )

    def read(self, attempt: _Attempt) -> Any:
        """The tree; raises UnexpectedInput or Refused."""
        self.builder.begin(attempt.source)
        if attempt.tape is not None:
            attempt.tape.clear()
        self.indenter.begin(attempt.source, attempt.missing_colons, attempt.tape)
        return self.lark.parse(attempt.text + "\n", start=attempt.start)


_READERS: list[_Reader] = []


def _set_quantity(terminal: TerminalDef) -> None:
    if terminal.name == "QUANTITY":
        terminal.pattern = PatternRE(quantity_pattern())


def _read_and_recover(reader: _Reader, attempt: _Attempt, findings: Findings) -> Any:
    """The tree of what can be read, after noting each mistake and cutting out its line."""
    attempts = max(1, min(MOST_ERRORS, MOST_CHARACTERS // max(1, len(attempt.text))))
    for _ in range(attempts):
        try:
            tree = reader.read(attempt)
        except Refused as refused:
            explained = Explained(refused.diagnostic, cut_from=refused.diagnostic.code == "E0108")
        except UnexpectedInput as unexpected:
            explained = explain(unexpected, attempt.source, attempt.text, attempt.layout)
        else:
            _note(reader.builder.problems, findings)
            return tree
        findings.add(explained.diagnostic)
        if attempt.start == "expression" or not _repair(attempt, explained):
            break
    _note(reader.builder.problems, findings)
    return None


def _note(problems: list[Diagnostic], findings: Findings) -> None:
    for problem in problems[:MOST_ERRORS]:
        findings.add(problem)


def _repair(attempt: _Attempt, explained: Explained) -> bool:
    """Put the attempt right for the next reading; False if nothing changed."""
    if explained.missing_colon is not None and explained.missing_colon not in attempt.missing_colons:
        attempt.missing_colons |= {explained.missing_colon}
        return True
    span = explained.diagnostic.span
    offset = explained.offset if explained.offset is not None else span.start if span else 0
    if explained.cut_from:
        offset = span.end if span else offset
    cut = (cut_indented if explained.cut_from else cut_line)(attempt.text, attempt.layout, offset)
    if cut == attempt.text and HOLE in attempt.text:
        cut = cut_indented(attempt.text, attempt.layout, offset)
    changed = cut != attempt.text
    attempt.text = cut
    return changed


# ---- tabs and the edition line -------------------------------------------------------------------------


def _tabs(source: Source, layout: Layout) -> list[Diagnostic]:
    """One diagnostic for all tabs in indentations, with an edit that replaces them; the tabs inside brackets don't matter."""
    if "\t" not in source.text:
        return []
    found = []
    for line in layout.lines:
        start = source.text.rfind("\n", 0, line.start) + 1
        if "\t" in source.text[start : line.start]:
            found.append((start, line.start))
    if not found:
        return []
    first, last = found[0][0], found[-1][1]
    pieces, position = [], first
    for start, end in found:
        pieces += [source.text[position:start], source.text[start:end].expandtabs(TAB_WIDTH)]
        position = end
    notes = (f"{len(found)} lines are indented with tabs",) if len(found) > 1 else ()
    return [
        Diagnostic(
            "E0107",
            "a tab in the indentation",
            Span(source, *found[0]),
            "only blanks make blocks",
            notes=notes,
            helps=(f"replace each tab by {TAB_WIDTH} blanks",),
            edit=Edit(Span(source, first, last), "".join(pieces)),
        )
    ]


def _has_edition_line(source: Source) -> bool:
    return re.search(r"^[ ]*snn[ ]+[0-9]", source.text, re.MULTILINE) is not None


def _missing_edition(source: Source) -> Diagnostic:
    newest = EDITIONS[-1]
    start = Span(source, 0, 0)
    return Diagnostic(
        "W0901",
        "the edition line is missing",
        start,
        f"read as edition {newest}",
        helps=(f"write `snn {newest}` as the first line",),
        edit=Edit(start, f"snn {newest}\n"),
    )
