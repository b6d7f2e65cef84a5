"""Cuts a text that can be read into the lines its author wrote: the words of each, the comment behind them, and how deep they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lark import Token

from inferno.grammar.indentation import CLOSING, OPENING, TAB_WIDTH
from inferno.grammar.source import Source

_BETWEEN = re.compile(r"#[^\n]*|\n")
_MARKS = frozenset({"_NL", "_INDENT", "_DEDENT"})


@dataclass(slots=True)
class WrittenLine:
    """One line of a text.  `level` counts the blocks around it; `is_first` says that a statement starts here, not goes on."""

    level: int
    is_first: bool
    words: list[Token] = field(default_factory=list)
    comment: str = ""
    is_behind_gap: bool = False


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The columns where the blocks around a statement start, the file's first."""

    columns: tuple[int, ...]

    @property
    def level(self) -> int:
        """How many blocks there are around the statement."""
        return len(self.columns) - 1


def written_lines(source: Source, tokens: Sequence[Token]) -> list[WrittenLine]:
    """The lines of a text, without the empty ones; whether there were any before a line, `is_behind_gap` says."""
    return _Cutter(source).cut(tokens)


class _Cutter:
    """One walk over the tokens of a text and over what lies between them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines: list[WrittenLine] = []
        self.columns: list[int] = []  # of the comments that have a line to themselves, by their place in `waiting`
        self.waiting: list[WrittenLine] = []  # comments between statements: how deep they stand, the next statement decides
        self.blocks = _Blocks((0,))
        self.is_open = False  # whether the last line may take more words
        self.newlines = 0
        self.brackets = 0

    def cut(self, tokens: Sequence[Token]) -> list[WrittenLine]:
        position, blocks = 0, self.blocks
        for token in tokens:
            start, end = _place(token)
            if token.type == "_INDENT":
                blocks = _Blocks((*blocks.columns, len(token.value.expandtabs(TAB_WIDTH))))
            elif token.type == "_DEDENT":
                blocks = _Blocks(blocks.columns[:-1])
            if token.type in _MARKS:
                continue
            self.between(position, start)
            if token.type == "DOC":
                self.comment(start, token.value)
            else:
                self.word(token, blocks)
            position = end
        self.between(position, len(self.source.text))
        self.settle(_Blocks((0,)))
        return self.lines

    def between(self, start: int, end: int) -> None:
        """Take in the newlines and comments between two tokens."""
        for found in _BETWEEN.finditer(self.source.text, start, end):
            if found.group() == "\n":
                self.newlines += 1
                self.is_open = False
            else:
                self.comment(found.start(), found.group())

    def comment(self, start: int, text: str) -> None:
        """Put a comment behind the words of its line, or on a line of its own."""
        text = text.rstrip()
        if self.is_open:
            self.lines[-1].comment = text
            return
        line = WrittenLine(self.blocks.level, False, comment=text, is_behind_gap=self.take_gap())
        if self.brackets:
            self.lines.append(line)
            return
        before = self.source.text[self.source.text.rfind("\n", 0, start) + 1 : start]
        self.waiting.append(line)
        self.columns.append(len(before.expandtabs(TAB_WIDTH)))

    def word(self, token: Token, blocks: _Blocks) -> None:
        """Put a word behind the others of its line, or start a line with it."""
        if not self.is_open:
            is_first = self.brackets == 0
            if is_first:
                self.settle(blocks)
                self.blocks = blocks
            self.lines.append(WrittenLine(blocks.level, is_first, is_behind_gap=self.take_gap()))
            self.is_open = True
        self.lines[-1].words.append(token)
        self.newlines = token.value.count("\n") and 0
        if token.type in OPENING:
            self.brackets += 1
        elif token.type in CLOSING:
            self.brackets = max(0, self.brackets - 1)

    def take_gap(self) -> bool:
        """Whether there are empty lines before this one; and count anew."""
        is_behind_gap, self.newlines = self.newlines > 1, 0
        return is_behind_gap

    def settle(self, following: _Blocks) -> None:
        """Give the comments between two statements the depth of the block whose column they keep to."""
        deeper = max(self.blocks, following, key=lambda blocks: blocks.level)
        lowest = min(self.blocks.level, following.level)
        for line, column in zip(self.waiting, self.columns, strict=True):
            line.level = max((level for level in _levels(deeper, lowest) if deeper.columns[level] <= column), default=lowest)
            self.lines.append(line)
        self.waiting.clear()
        self.columns.clear()


def _levels(deeper: _Blocks, lowest: int) -> Iterator[int]:
    yield from range(lowest, deeper.level + 1)


def _place(token: Token) -> tuple[int, int]:
    assert token.start_pos is not None
    assert token.end_pos is not None
    return token.start_pos, token.end_pos
