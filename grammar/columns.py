"""Columns of formatted text: the `=` of neighbouring attributes, and the comments behind neighbouring lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from inferno.grammar import ast
from inferno.grammar.names import nodes_in
from inferno.grammar.source import Source
from inferno.grammar.spacing import blanks
from inferno.grammar.written_lines import WrittenLine

# The comment behind a longer line does not push the others to the right.
WIDEST_FOR_COMMENT = 48
BEFORE_COMMENT = "  "
_INDENT = 4


def attribute_columns(module: ast.Module, source: Source, lines: Sequence[WrittenLine]) -> dict[int, int]:
    """The column of the `=` of each attribute, by its offset in the text: those of neighbouring lines stand below each other."""
    starts = {node.span.start for node in nodes_in(module) if isinstance(node, ast.Attr)}
    found: dict[int, int] = {}
    for group in _attribute_groups(lines, starts):
        widths = [_width(source, line) for line in group]
        column = max(widths)
        found |= {_equal(line).start_pos or 0: column for line in group}
    return found


def _attribute_groups(lines: Sequence[WrittenLine], starts: set[int]) -> Iterator[list[WrittenLine]]:
    """Attributes of one block without an empty line between them."""
    group: list[WrittenLine] = []
    for line in lines:
        if not line.is_first:
            if line.is_behind_gap and not line.words and group:
                yield group
                group = []
            continue
        is_attribute = line.words[0].start_pos in starts
        if group and (not is_attribute or line.is_behind_gap or line.level != group[-1].level):
            yield group
            group = []
        if is_attribute:
            group.append(line)
    if group:
        yield group


def _equal(line: WrittenLine) -> Token:
    return next(word for word in line.words if word.value == "=")


def _width(source: Source, line: WrittenLine) -> int:
    """How far an attribute reaches before its `=`, the blank included."""
    before = line.words[: line.words.index(_equal(line))]
    apart = blanks(source.text, before)
    return line.level * _INDENT + sum(len(word.value) for word in before) + sum(apart) + 1


def align_comments(printed: Sequence[str], comments: Sequence[str], gaps: Sequence[bool]) -> list[str]:
    """The lines with their comments, those of neighbouring lines below each other."""
    columns: dict[int, int] = {}
    group: list[int] = []
    for index, (text, comment) in enumerate(zip(printed, comments, strict=True)):
        is_behind = bool(comment) and bool(text.strip())
        if group and (not is_behind or gaps[index]):
            columns |= _comment_columns(group, printed)
            group = []
        if is_behind:
            group.append(index)
    columns |= _comment_columns(group, printed)
    rows = []
    for index, (text, comment) in enumerate(zip(printed, comments, strict=True)):
        if not comment:
            rows.append(text)
        elif not text.strip():
            rows.append(text + comment)
        else:
            rows.append(text + " " * (columns[index] - _reach(text)) + comment)
    return rows


def _comment_columns(group: list[int], printed: Sequence[str]) -> dict[int, int]:
    """The column of the comment behind each of these lines."""
    reaches = {index: _reach(printed[index]) for index in group}
    column = max((reach for reach in reaches.values() if reach <= WIDEST_FOR_COMMENT), default=0) + len(BEFORE_COMMENT)
    return {index: max(column, reach + len(BEFORE_COMMENT)) for index, reach in reaches.items()}


def _reach(text: str) -> int:
    return len(text.rpartition("\n")[2])
