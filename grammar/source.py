"""Source texts and the spans that point into them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Source:
    """A decoded text and the name it is reported under (a path, or `--set`).

    `text` has neither a byte-order mark nor carriage returns.
    """

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of the first character of every line."""
        return (0, *(i + 1 for i, character in enumerate(self.text) if character == "\n"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its newline."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end]


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open range [start, end) of characters of a source."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """Number of the first line, from 1."""
        return self.source.position(self.start)[0]

    @property
    def text(self) -> str:
        """The author's words."""
        return self.source.text[self.start : self.end]

    def lies_in(self, other: Span) -> bool:
        """Whether all of it belongs to another span."""
        return self.source is other.source and other.start <= self.start and self.end <= other.end

    def to(self, other: Span) -> Span:
        """The range from the start of this span to the end of another."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True)
class UsedSource(Source):
    """A text that was put in somewhere else, a block or a round of a loop: `used` is where, and `label` what to say of that place.

    What is wrong in it is shown in its text, `plain`, with a note on the place where it is used.
    """

    plain: Source = field(repr=False)
    used: Span = field(repr=False)
    label: str
    is_round: bool = False

    @property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of the first character of every line."""
        return self.plain.line_starts
