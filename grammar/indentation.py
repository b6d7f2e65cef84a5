"""Turns newlines into blocks: what Lark calls a postlexer."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex

from inferno.grammar.build_expressions import DEEPEST, Refused, too_deep
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.source import Source, Span

TAB_WIDTH = 4

OPENING = frozenset({"LPAR", "LSQB", "LINK_OPEN"})
CLOSING = frozenset({"RPAR", "RSQB"})


class BlockIndenter(PostLex):
    """Passes tokens on, puts _INDENT and _DEDENT between them, and drops newlines and doc comments inside brackets."""

    # Names are read everywhere, so that a keyword is never cut off the front of a longer word.
    always_accept = ("_NL", "NAME")

    def __init__(self) -> None:
        self.begin(Source("", ""), frozenset())

    def begin(self, source: Source, missing_colons: frozenset[int], tape: list[Token] | None = None) -> None:
        """Start on a text.  `missing_colons` are the places of newlines where a `:` was forgotten and is put in.

        All that is passed on is written to `tape` too, if there is one.
        """
        self.source = source
        self.missing_colons = missing_colons
        self.tape = tape

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens with the blocks marked."""
        for token in self.with_blocks(stream):
            if self.tape is not None:
                self.tape.append(token)
            yield token

    def with_blocks(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens, and between them where blocks open and close."""
        brackets = 0
        levels = [0]
        for token in stream:
            if token.type == "_NL":
                if brackets == 0:
                    yield from self.newline(token, levels)
                continue
            if token.type == "DOC" and brackets:
                continue
            if token.type in OPENING:
                brackets += 1
            elif token.type in CLOSING:
                brackets = max(0, brackets - 1)
            yield token
        end = len(self.source.text)
        for _ in levels[1:]:
            yield mark("_DEDENT", end, end)

    def newline(self, token: Token, levels: list[int]) -> Iterator[Token]:
        """The newline, and the blocks that open or close behind it."""
        start, end = token.start_pos, token.end_pos
        assert start is not None
        assert end is not None
        if start in self.missing_colons:
            yield mark("COLON", start, start, ":")
        yield token
        blanks = token.value.rpartition("\n")[2]
        indent = len(blanks.expandtabs(TAB_WIDTH))
        if indent > levels[-1]:
            levels.append(indent)
            if len(levels) > DEEPEST:
                raise Refused(too_deep(Span(self.source, end, end + 1)))
            yield mark("_INDENT", end - len(blanks), end, blanks)
            return
        while indent < levels[-1]:
            levels.pop()
            yield mark("_DEDENT", end, end)
        if indent != levels[-1]:
            outer = levels[-1]
            raise Refused(
                Diagnostic(
                    "E0108",
                    "this line is indented like no block around it",
                    Span(self.source, end - len(blanks), end),
                    f"{indent} blanks; the block around it has {outer}",
                    helps=("indent it like the line that it belongs with",),
                )
            )


def mark(kind: str, start: int, end: int, text: str = "") -> Token:
    """A token that stands for no text of its own."""
    return Token(kind, text, start_pos=start, end_pos=end)
