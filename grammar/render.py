"""Makes text of diagnostics, and plain data; `sarif.py` makes another form of data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.edits import lines_after
from inferno.grammar.source import Source, Span

WIDEST = 160
CUT = "…"
TAB = "    "

_RED, _GREEN, _YELLOW, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class _Mark:
    """An underlined piece of one line: columns from 0, the text under it, and the sign it is drawn with."""

    start: int
    end: int
    text: str
    sign: str


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """One diagnostic as people read it: code, message, the lines concerned with their labels, notes and helps."""
    paint = _painter(colour)
    signal = _RED if diagnostic.is_error else _YELLOW
    severity = severity_of(diagnostic)
    lines = [f"{paint(f'{severity}[{diagnostic.code}]', signal)}: {paint(visible(diagnostic.message), _BOLD)}"]
    texts_concerned = _by_source(diagnostic)
    gutter = max((len(str(max(marks))) for _, marks in texts_concerned), default=0)
    for index, (source, marks) in enumerate(texts_concerned):
        place = diagnostic.span if index == 0 else None
        line, column = _position(source, place.start) if place else (min(marks), min(mark.start for mark in marks[min(marks)]) + 1)
        lines.append(f"{' ' * gutter}{paint('-->' if index == 0 else ':::', _BLUE)} {visible(source.name)}:{line}:{column}")
        lines += _snippet(source, marks, gutter, paint, signal)
    margin = " " * (gutter + 1)
    for word, texts in (("note", diagnostic.notes), ("help", diagnostic.helps)):
        for text in texts:
            first, *rest = visible(text, keep_newlines=True).split("\n")
            lines.append(f"{margin}{paint('=', _BLUE)} {paint(f'{word}:', _BOLD)} {first}")
            lines += [f"{margin}        {line}".rstrip() for line in rest]
    if diagnostic.edit:
        lines += _edit(diagnostic.edit, gutter, paint)
    return "\n".join(lines)


def _edit(edit: Edit, gutter: int, paint: Any) -> list[str]:
    """The lines as they are after an edit: `12 +     v = v_reset`."""
    lines = lines_after(edit.span, edit.replacement)
    return [f"{paint(f'{number:>{gutter}} +', _GREEN)} {visible(_cut(line))}".rstrip() for number, line in lines]


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST else line[:WIDEST] + CUT


def render_all(diagnostics: Iterable[Diagnostic], colour: bool = False) -> str:
    """All diagnostics, with a line such as `2 errors, 1 warning` at the end; empty if there are none."""
    found = tuple(diagnostics)
    if not found:
        return ""
    return "\n\n".join([*(render(diagnostic, colour) for diagnostic in found), count(found)])


def count(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    numbers = [(errors, "error"), (len(diagnostics) - errors, "warning")]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers if number) or "no errors"


def severity_of(diagnostic: Diagnostic) -> str:
    """`error` or `warning`."""
    return "error" if diagnostic.is_error else "warning"


# ---- for machines ---------------------------------------------------------------------------------------


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain data; lines and columns count from 1, an end is exclusive."""
    edit = diagnostic.edit
    return {
        "code": diagnostic.code,
        "severity": severity_of(diagnostic),
        "message": diagnostic.message,
        **place_of(diagnostic.span),
        "label": diagnostic.label,
        "labels": [{**place_of(label.span), "text": label.text} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "helps": list(diagnostic.helps),
        "edit": {**place_of(edit.span), "replacement": edit.replacement} if edit else None,
    }


def place_of(span: Span | None) -> dict[str, Any]:
    """The file, lines and columns of a span as plain data."""
    if span is None:
        return {"file": None, "line": None, "column": None, "end_line": None, "end_column": None}
    line, column = _position(span.source, span.start)
    end_line, end_column = _position(span.source, max(span.start, span.end))
    return {"file": span.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _position(source: Source, offset: int) -> tuple[int, int]:
    """Line and column of any number, as near as the text has them."""
    return source.position(max(0, min(offset, len(source.text))))


# ---- snippets -------------------------------------------------------------------------------------------


def _by_source(diagnostic: Diagnostic) -> list[tuple[Source, dict[int, list[_Mark]]]]:
    """The marks on each line of each text concerned, the text of the diagnostic itself first."""
    found: dict[int, tuple[Source, dict[int, list[_Mark]]]] = {}
    places = [(diagnostic.span, diagnostic.label, "^")] if diagnostic.span else []
    places += [(label.span, label.text, "-") for label in diagnostic.labels]
    for span, text, sign in places:
        _, marks = found.setdefault(id(span.source), (span.source, {}))
        number, mark = _mark(span, text, sign)
        marks.setdefault(number, []).append(mark)
    return list(found.values())


def _mark(span: Span, text: str, sign: str) -> tuple[int, _Mark]:
    """The line of a span and its mark there; a span of several lines is marked to the end of its first."""
    number, column = _position(span.source, span.start)
    start = column - 1
    end = min(start + max(span.end - span.start, 0), len(span.source.line(number)))
    return number, _Mark(start, max(end, start + 1), visible(text), sign)


def _snippet(source: Source, marks: dict[int, list[_Mark]], gutter: int, paint: Any, signal: str) -> list[str]:
    """The lines concerned, each with its marks and labels under it."""
    bar = paint("|", _BLUE)
    lines = [f"{' ' * gutter} {bar}"]
    previous = None
    for number in sorted(marks):
        if previous is not None and number > previous + 1:
            lines.append(paint("...", _BLUE))
        previous = number
        text, shifted = _fit(source.line(number), marks[number])
        lines.append(f"{paint(str(number).rjust(gutter), _BLUE)} {bar} {text}".rstrip())
        lines += [f"{' ' * gutter} {bar} {line}" for line in _labels(shifted, paint, signal)]
    return lines


def _fit(line: str, marks: list[_Mark]) -> tuple[str, list[_Mark]]:
    """A line as it is shown (tabs widened, the unprintable replaced, too long ones cut), and its marks moved along."""
    low, high = 0, len(line)
    if len(line) > WIDEST:
        main = next((mark for mark in marks if mark.sign == "^"), marks[0])
        low = max(0, min(main.start - WIDEST // 3, len(line) - WIDEST))
        high = min(len(line), low + WIDEST)
    shown = [_shown(character) for character in line[low:high]]
    columns = [0]
    for piece in shown:
        columns.append(columns[-1] + _width(piece))
    before = CUT if low else ""
    text = before + "".join(shown) + (CUT if high < len(line) else "")

    def column(offset: int) -> int:
        inside = max(0, min(offset - low, len(shown)))
        return len(before) + columns[inside] + max(0, min(offset - low - len(shown), 1))

    moved = [_Mark(column(mark.start), max(column(mark.end), column(mark.start) + 1), mark.text, mark.sign) for mark in marks]
    return text, moved


def _labels(marks: list[_Mark], paint: Any, signal: str) -> list[str]:
    """The underlines of a line, the last label beside them, the others below, from right to left."""
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.sign == "^"))
    width = max(mark.end for mark in ordered)
    signs = [" "] * width
    for mark in sorted(ordered, key=lambda mark: mark.sign == "^"):
        signs[mark.start : mark.end] = mark.sign * (mark.end - mark.start)
    last = ordered[-1]
    beside = last.text if last.end == width else ""
    rest = [mark for mark in ordered if mark.text and not (mark is last and beside)]
    lines = [_painted("".join(signs), paint, signal) + (f" {_tinted(beside, last, paint, signal)}" if beside else "")]
    lines += [" " * mark.start + _tinted(mark.text, mark, paint, signal) for mark in reversed(rest)]
    return lines


def _painted(signs: str, paint: Any, signal: str) -> str:
    """A row of underlines, each in its colour."""
    pieces = []
    start = 0
    for index in range(1, len(signs) + 1):
        if index == len(signs) or signs[index] != signs[start]:
            piece = signs[start:index]
            pieces.append(paint(piece, signal if piece[0] == "^" else _BLUE) if piece[0] != " " else piece)
            start = index
    return "".join(pieces)


def _tinted(text: str, mark: _Mark, paint: Any, signal: str) -> str:
    return str(paint(text, signal if mark.sign == "^" else _BLUE))


def _painter(colour: bool) -> Any:
    """A function that wraps a text in an escape sequence, or leaves it alone."""
    return (lambda text, style: f"{style}{text}{_RESET}") if colour else (lambda text, style: text)


def visible(text: str, keep_newlines: bool = False) -> str:
    """A text that cannot move the cursor, hide anything or change a colour."""
    return "".join("\n" if character == "\n" and keep_newlines else _shown(character) for character in text)


def _shown(character: str) -> str:
    """A character as it is printed: a tab as blanks, anything invisible as a sign."""
    if character == "\t":
        return TAB
    return character if character == " " or character.isprintable() else "\ufffd"


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
