"""Statements as papers and Python have them, a word or a sign away from how they are written here, where the parser stops at them."""

from __future__ import annotations

import re
from collections.abc import Callable

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.source import Span
from inferno.grammar.stop import NAME, Explained, Stop, openers, without_comment
from inferno.grammar.vocabulary import STATEMENT_WORDS

COMPONENTS = ("neuron", "synapse", "plasticity")
_DERIVATIVE = re.compile(rf"({NAME})([ ]+)(?:d{NAME}[ ]*/[ ]*dt|{NAME}')[ ]*=")
_ROUNDS = re.compile(rf"for[ ]+{NAME}[ ]+in[ ]+(range[ ]*\(([^(),]+)(?:,([^(),]+))?(,[^(),]+)?\))[ ]*$")


def _line(stop: Stop) -> tuple[int, str]:
    """Where the statement's line begins, and the line without its comment."""
    index = stop.layout.line_at(max(stop.start, 0))
    if index is None:
        return 0, ""
    line = stop.layout.lines[index]
    return line.start, without_comment(stop.text, line.start, line.end)


def _said(stop: Stop, code: str, message: str, place: Span, help_text: str, edit: Edit | None = None) -> Explained:
    return Explained(Diagnostic(code, message, place, "", helps=(help_text,), edit=edit), offset=stop.start)


def _product_without_sign(stop: Stop) -> Explained | None:
    """`tau dv/dt = -v`."""
    start, line = _line(stop)
    found = _DERIVATIVE.match(line)
    if found is None or found[1] in STATEMENT_WORDS or [*openers(stop), ""][0] not in COMPONENTS:
        return None
    gap = Span(stop.source, start + found.start(2), start + found.end(2))
    name = Span(stop.source, start, start + found.end(1))
    return _said(stop, "E0101", f"`*` is missing behind `{found[1]}`", name, "a product is written with `*`", Edit(gap, " * "))


def _projection_without_word(stop: Stop) -> Explained | None:
    """`src -> out:` with its settings below."""
    start, line = _line(stop)
    ends = line[: max(stop.start - start, 0)].rstrip()
    if "->" not in ends or stop.first_word == "projection" or not re.match(NAME, ends) or not stop.text.startswith(":", stop.start):
        return None
    place = Span(stop.source, start, start + len(ends))
    help_text = f"write `projection {ends:.60}:`, and each setting on a line of its own below it"
    edit = Edit(Span(stop.source, start, start), "projection ")
    return _said(stop, "E0101", "a projection with settings begins with its word", place, help_text, edit)


def _setting_behind_the_colon(stop: Stop) -> Explained | None:
    """`run: dt = 1 ms`."""
    if stop.words not in (["run", ":"], ["train", ":"]):
        return None
    word = stop.words[0]
    return _said(stop, "E0101", f"the settings of `{word}` stand below it", stop.span, "write each on a line of its own, indented")


def _range_called(stop: Stop) -> Explained | None:
    """`for i in range(3):`."""
    start, line = _line(stop)
    found = _ROUNDS.match(line.rstrip(":")) if stop.first_word == "for" else None
    if found is None:
        return None
    first, last = ("0", found[2]) if found[3] is None else (found[2], found[3])
    meant = f"{first.strip()} .. {last.strip()}"
    place = Span(stop.source, start + found.start(1), start + found.end(1))
    if found[4] is not None:
        return _said(stop, "E0101", "`for` goes by steps of 1", place, "write `0 .. n`, and calculate with the number: `2*i + 1`")
    return _said(stop, "E0101", "whole numbers in order are written with `..`", place, f"write `{meant}`", Edit(place, meant))


def _function_with_colon(stop: Stop) -> Explained | None:
    """`fn f(x): x^2`."""
    if stop.first_word != "fn" or not stop.text.startswith(":", stop.start):
        return None
    start, line = _line(stop)
    edit = Edit(stop.span, " =") if line[stop.start - start + 1 :].strip() else None
    return _said(stop, "E0101", "a function is one expression behind `=`", stop.span, "write `fn f(x) = x^2`, say", edit)


def _names_in_brackets(stop: Stop) -> Explained | None:
    """`from std.neurons import (LIF, ALIF)`."""
    if stop.first_word != "from" or stop.words[-1] != "import" or not stop.text.startswith("(", stop.start):
        return None
    found = re.compile(r"\(([^()#]*)\)").match(stop.source.text, stop.start)
    names = ", ".join(re.findall(NAME, found[1])) if found else ""
    edit = Edit(Span(stop.source, stop.start, found.end()), names) if found and names else None
    return _said(stop, "E0101", "names are imported without brackets", stop.span, "leave the brackets out", edit)


PYTHONIC: tuple[Callable[[Stop], Explained | None], ...] = (
    _product_without_sign,
    _projection_without_word,
    _setting_behind_the_colon,
    _range_called,
    _function_with_colon,
    _names_in_brackets,
)
