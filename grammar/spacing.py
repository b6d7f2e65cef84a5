"""Whether a blank stands between two words of a statement."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from inferno.grammar.vocabulary import BLOCK_WORDS

# What a value may end with: a `-` behind it is a difference, a bracket behind it a call or an index.
_ENDS_OF_VALUES = frozenset({"NAME", "NUMBER", "QUANTITY", "STRING", "RPAR", "RSQB", "PRIME"})
_GRAMMATICAL = frozenset({"and", "or", "not", "if", "else", "in", "at", "as", "import", "every", "hold", "when", "extends", "substeps"})
_NEVER_BEFORE = frozenset({")", "]", ",", ".", "'", "^"})
_NEVER_BEHIND = frozenset({"(", "[", "-[", ".", "^", "@"})
_AS_WRITTEN = frozenset({"*", "/", "%"})


def blanks(source: str, words: Sequence[Token]) -> list[bool]:
    """For each word of a statement, whether a blank stands before it; the first has none."""
    walk = _Walk(source, words)
    return [walk.step(index) for index in range(len(words))]


class _Walk:
    """One walk over the words of a statement."""

    def __init__(self, source: str, words: Sequence[Token]) -> None:
        self.source = source
        self.words = words
        self.open: list[str] = []
        self.closed = ""  # the bracket that the last closing one belongs to
        self.type_depth: int | None = None  # inside how many brackets the type stands that is being read
        self.is_sign = False  # whether the last word is the sign of a number
        self.has_type_colons = bool(words) and words[0].value not in BLOCK_WORDS | {"else"}

    def step(self, index: int) -> bool:
        """Whether a blank stands before a word; then take it in."""
        blank = index > 0 and self.is_apart(index)
        word = self.words[index]
        self.is_sign = word.value in ("+", "-") and not (index > 0 and self.ends_value(index - 1))
        if word.value in ("(", "[", "-["):
            self.open.append(word.value)
        elif word.value in (")", "]"):
            self.closed = self.open.pop() if self.open else ""
        elif self.is_type_colon(index):
            self.type_depth = len(self.open)
        elif self.type_depth is not None and len(self.open) <= self.type_depth and word.value in ("=", "in", ",", "@", "+"):
            self.type_depth = None
        return blank

    def is_apart(self, index: int) -> bool:
        last, word = self.words[index - 1], self.words[index]
        if word.value == ":":
            return self.is_type_colon(index)
        if last.value == ":":
            return not (self.open and self.open[-1] == "[")
        if word.value == "->" and last.value == "]" and self.closed == "-[":
            return False
        if word.value in _NEVER_BEFORE or last.value in _NEVER_BEHIND or self.is_sign:
            return False
        operator = index if word.value in _AS_WRITTEN else index - 1 if last.value in _AS_WRITTEN else None
        if operator is not None:
            in_type = self.type_depth is not None and self.type_depth == len(self.open)
            return not in_type and (self.is_written_apart(operator) or self.is_written_apart(operator + 1))
        if word.value in ("(", "["):
            return not self.ends_value(index - 1) if index > 1 else self.is_written_apart(index)
        return True

    def is_type_colon(self, index: int) -> bool:
        """Whether this is the colon of `name : type`."""
        if self.words[index].value != ":" or index + 1 == len(self.words):
            return False
        return self.open[-1] == "(" if self.open else self.has_type_colons

    def ends_value(self, index: int) -> bool:
        """Whether a value ends with this word; words of the language may be names where they start no statement."""
        word = self.words[index]
        return word.type in _ENDS_OF_VALUES or (index > 0 and word.value.isidentifier() and word.value not in _GRAMMATICAL)

    def is_written_apart(self, index: int) -> bool:
        """Whether the author put blanks before a word; line breaks don't count."""
        if not 0 < index < len(self.words):
            return False
        between = self.source[self.words[index - 1].end_pos : self.words[index].start_pos]
        return bool(between) and "\n" not in between
