"""Edits of a text: the one that a help surely means, what a text becomes by some, and how one is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import islice

from inferno.grammar.source import Span

# A name less like the written one is worth a question, but no change.
SURE = 0.7
MOST_SHOWN = 4
_MEANT = re.compile(r"did you mean `([A-Za-z_][A-Za-z0-9_]*)`\?")
_IMPORT = re.compile(r"import it: `(from [A-Za-z0-9_.]+ import [A-Za-z0-9_]+)`")
_WORD = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*\.)*([A-Za-z_][A-Za-z0-9_]*)")
_IMPORTS = re.compile(r"^(?:from|import)[ ][^\n]*(?:\n|\Z)", re.MULTILINE)
_EMPTY = r"(?:[ ]*(?:#[^\n]*)?\n)*"
_HEAD = re.compile(rf'{_EMPTY}(?:snn[ ][^\n]*\n)?{_EMPTY}(?:"""[\s\S]*?"""[^\n]*\n|"[^"\n]*"[^\n]*\n)?')


def meant_edit(span: Span | None, helps: Iterable[str]) -> tuple[Span, str] | None:
    """The place and the replacement of what the helps advise, where there is only one way to do it and it is surely meant."""
    if span is None:
        return None
    for text in helps:
        if found := _MEANT.fullmatch(text):
            return _other_name(span, found[1])
        if found := _IMPORT.fullmatch(text):
            place = _place_of_import(span.source.text)
            before = "\n" if place and span.source.text[place - 1] != "\n" else ""
            return Span(span.source, place, place), f"{before}{found[1]}\n"
    return None


def _other_name(span: Span, name: str) -> tuple[Span, str] | None:
    """A written name, the last of a dotted one, replaced by one that is like it."""
    if span.end - span.start > 200 or not (found := _WORD.fullmatch(span.text)) or not is_like(found[1], name):
        return None
    return Span(span.source, span.start + found.start(1), span.end), name


def is_like(written: str, name: str) -> bool:
    """Whether a known name is surely meant by a written one."""
    one, other = written.lower(), name.lower()
    return written != name and (one == other or has_slip(one, other) or SequenceMatcher(None, one, other).ratio() >= SURE)


def has_slip(written: str, name: str) -> bool:
    """Whether two neighbouring letters changed places."""
    if len(written) != len(name) or len(name) < 3:
        return False
    apart = [index for index, (one, other) in enumerate(zip(written, name, strict=True)) if one != other]
    return len(apart) == 2 and apart[1] == apart[0] + 1 and written[apart[0]] + written[apart[1]] == name[apart[1]] + name[apart[0]]


def _place_of_import(text: str) -> int:
    """Where an import goes: behind the other ones, else behind the edition and the text's documentation."""
    imports = [found.end() for found in _IMPORTS.finditer(text)]
    if imports:
        return imports[-1]
    found = _HEAD.match(text)
    end = found.end() if found else 0
    return end if found and found.group().strip() else 0


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[str, list[int]]:
    """A text after edits (start, end, replacement), and which of them were made: one that overlaps an earlier one is left out."""
    pieces: list[str] = []
    made: list[int] = []
    position = 0
    last: tuple[int, int, str] | None = None
    for index, edit in sorted(enumerate(edits), key=lambda item: item[1][:2]):
        start, end, replacement = edit
        if start < position or edit == last:
            continue
        pieces += [text[position:start], replacement]
        position, last = end, edit
        made.append(index)
    return "".join([*pieces, text[position:]]), sorted(made)


def lines_after(span: Span, replacement: str) -> list[tuple[int, str]]:
    """The first lines that an edit changes or puts in, as they are after it, with their numbers; empty where it only takes lines away."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    is_new_line = replacement.endswith("\n") and span.start == span.end and start == span.start
    new = replacement[:-1] if is_new_line else text[start : span.start] + replacement + text[span.end : end]
    number = span.source.position(span.start)[0]
    lines = [(number + index, line) for index, line in enumerate(new.split("\n")) if line.strip()]
    return list(islice(lines, MOST_SHOWN))
