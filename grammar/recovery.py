"""Cuts a faulty statement out of a text, so that the rest of it can be read at its own places."""

from __future__ import annotations

import re

from inferno.grammar.lines import Layout

HOLE = "\0"

_NOT_NEWLINE = re.compile(r"[^\n]")
_ELSE = re.compile(r"else[ ]*:")
_IF = re.compile(r"if\b")


def cut_line(text: str, layout: Layout, offset: int) -> str:
    """The text with a hole for the statement at an offset and blanks for the block that belongs to it."""
    index = layout.line_at(offset)
    if index is None:
        return text
    line = layout.lines[index]
    last = _last_inside(layout, index, line.indent)
    following = layout.lines[last + 1] if last + 1 < len(layout.lines) else None
    if following and following.indent == line.indent and _IF.match(text, line.start) and _ELSE.match(text, following.start):
        last = _last_inside(layout, last + 1, line.indent)
    rest = text[line.start + 1 : layout.lines[last].end]
    return text[: line.start] + HOLE + _NOT_NEWLINE.sub(" ", rest) + text[layout.lines[last].end :]


def cut_indented(text: str, layout: Layout, offset: int) -> str:
    """The text without the line at an offset and those behind it that are indented as far."""
    index = layout.line_at(offset)
    if index is None:
        return text
    line = layout.lines[index]
    last = _last_inside(layout, index, line.indent - 1)
    return text[: line.start] + _NOT_NEWLINE.sub(" ", text[line.start : layout.lines[last].end]) + text[layout.lines[last].end :]


def _last_inside(layout: Layout, index: int, indent: int) -> int:
    """Index of the last line behind this one that is indented further than `indent`, without a gap."""
    last = index
    while last + 1 < len(layout.lines) and layout.lines[last + 1].indent > indent:
        last += 1
    return last
