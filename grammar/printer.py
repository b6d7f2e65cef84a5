"""Formats a text: the author's words and comments, with canonical blanks, indentation and columns.

What the text says stays the same, and that is made sure of: the result is read again and its tree compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from inferno.grammar import ast
from inferno.grammar.columns import align_comments, attribute_columns
from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Findings, SnnError
from inferno.grammar.names import nodes_in
from inferno.grammar.quantities import split_quantity
from inferno.grammar.source import Source
from inferno.grammar.spacing import blanks
from inferno.grammar.syntax import parse_with_tokens
from inferno.grammar.written_lines import WrittenLine, written_lines

INDENT = 4


class PrintedOtherwise(Exception):
    """The formatted text does not say what the text said: a bug of ours, and nothing may be written."""


def format_text(source: Source) -> str:
    """A text formatted; the same again if it is formatted already.

    Raises
    ------
    SnnError
        If the text has mistakes of form; it cannot be formatted then.
    """
    module, tokens = _read(source)
    lines = written_lines(source, _rewritten(module, tokens))
    text = _Printer(source, lines, attribute_columns(module, source, lines)).text()
    result = Source(source.name, text)
    again, tokens = _read(result)
    if not same_tree(module, again) or _comments(lines) != _comments(written_lines(result, tokens)):
        raise PrintedOtherwise(source.name)
    return text


def format_bytes(data: bytes, name: str) -> bytes:
    """A file's bytes formatted: without a byte-order mark, with line ends like its first.

    Raises
    ------
    SnnError
        If the file cannot be read, or has mistakes of form.
    """
    findings = Findings()
    source = decode(data, name, findings)
    if source is None:
        raise SnnError(findings.all)
    text = format_text(source)
    first_end = data.find(b"\n")
    is_windows = first_end > 0 and data[first_end - 1] == ord("\r")
    return (text.replace("\n", "\r\n") if is_windows else text).encode()


def _read(source: Source) -> tuple[ast.Module, list[Token]]:
    findings = Findings()
    read = parse_with_tokens(source, findings)
    if read is None:
        raise SnnError(findings.all)
    return read


def _comments(lines: list[WrittenLine]) -> list[str]:
    return [line.comment for line in lines if line.comment]


def same_tree(one: object, other: object) -> bool:
    """Whether two trees say the same; spans don't count, and nothing recurses."""
    return all(left == right for left, right in zip(_leaves(one), _leaves(other), strict=True))


def _leaves(tree: object) -> Iterator[object]:
    """The classes and values of a tree in order, with a mark behind the last."""
    stack: list[object] = [tree]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Node):
            yield type(current)
            stack.extend(getattr(current, f.name) for f in reversed(dataclasses.fields(current)) if f.compare)
        elif isinstance(current, tuple):
            yield len(current)
            stack.extend(reversed(current))
        else:
            yield current


def _rewritten(module: ast.Module, tokens: list[Token]) -> list[Token]:
    """The tokens, with `10 ms` for each `10ms` and `v'` for each `dv/dt`."""
    starts = {n.span.start: n for n in nodes_in(module) if isinstance(n, ast.Derivative) and not n.span.text.endswith("'")}
    found: list[Token] = []
    until = -1
    for token in tokens:
        start = token.start_pos or 0
        derivative = starts.get(start) if token.type == "NAME" else None
        if derivative is not None:
            until = derivative.span.end
            found.append(Token("NAME", derivative.name, start_pos=start, end_pos=until))
            found.append(Token("PRIME", "'", start_pos=until, end_pos=until))
        elif token.type == "QUANTITY":
            digits, unit = split_quantity(token.value)
            found.append(Token(token.type, f"{digits} {unit}", start_pos=start, end_pos=token.end_pos))
        elif start >= until:
            found.append(token)
    return found


@dataclass(slots=True)
class _Bracket:
    """An open bracket: the column where what it holds goes on, and where a line starts that closes it."""

    inside: int
    outside: int


class _Printer:
    """Writes lines; `columns` says where the `=` of an attribute stands, by its place in the text."""

    def __init__(self, source: Source, lines: list[WrittenLine], columns: dict[int, int]) -> None:
        self.source = source
        self.lines = lines
        self.columns = columns
        self.open: list[_Bracket] = []
        self.apart: dict[int, bool] = {}

    def text(self) -> str:
        for words in _statements(self.lines):
            self.apart |= dict(zip((id(word) for word in words), blanks(self.source.text, words), strict=True))
        printed = [self.line(line) for line in self.lines]
        gaps = [index > 0 and line.is_behind_gap and not self.opens_block(index) for index, line in enumerate(self.lines)]
        rows = align_comments(printed, [line.comment for line in self.lines], gaps)
        return "".join(f"\n{row}\n" if gap else f"{row}\n" for row, gap in zip(rows, gaps, strict=True))

    def opens_block(self, index: int) -> bool:
        """Whether this is the first line of a block, which no empty line goes before."""
        before = next((line for line in reversed(self.lines[:index]) if line.words), None)
        return before is not None and self.lines[index].level > before.level and before.words[-1].value == ":"

    def line(self, line: WrittenLine) -> str:
        """A line without its comment; a comment alone gets its indentation."""
        start = self.beginning(line)
        written = " " * start
        for word in line.words:
            if word is not line.words[0] and self.apart[id(word)]:
                written += " "
            if column := self.columns.get(word.start_pos or 0):
                written = written.ljust(column)
            written += self.word(word, len(written))
            if word.value in ("(", "[", "-["):
                is_last = word is line.words[-1]
                outside = start if is_last else len(written) - len(word.value)
                self.open.append(_Bracket(start + INDENT if is_last else len(_last_line(written)), outside))
            elif word.value in (")", "]") and self.open:
                self.open.pop()
        return written

    def beginning(self, line: WrittenLine) -> int:
        """The column where a line starts."""
        if line.is_first or not self.open:
            return line.level * INDENT
        closes = bool(line.words) and line.words[0].value in (")", "]")
        return self.open[-1].outside if closes else self.open[-1].inside

    def word(self, word: Token, column: int) -> str:
        """A word; the further lines of a string move with its first."""
        text: str = word.value
        if "\n" not in text:
            return text
        start = word.start_pos or 0
        before = start - self.source.text.rfind("\n", 0, start) - 1
        return _moved(text, column - before)


def _statements(lines: list[WrittenLine]) -> Iterator[list[Token]]:
    """The words of each statement."""
    words: list[Token] = []
    for line in lines:
        if line.is_first and words:
            yield words
            words = []
        words = [*words, *line.words] if line.is_first else words + line.words
    if words:
        yield words


def _last_line(text: str) -> str:
    return text.rpartition("\n")[2]


def _moved(text: str, by: int) -> str:
    """A text whose lines behind the first are moved, together or not at all."""
    first, *rest = text.split("\n")
    full = [line for line in rest if line.strip()]
    if by == 0 or "\t" in text or any(len(line) - len(line.lstrip(" ")) < -by for line in full):
        return text
    moved = [line[-by:] if by < 0 else " " * by + line if line else "" for line in rest]
    return "\n".join([first, *moved])
