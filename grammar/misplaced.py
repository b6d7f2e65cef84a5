"""What stands in another place of its line than here, where the parser stops at it: each with the line that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.quantities import NUMBER
from inferno.grammar.source import Span
from inferno.grammar.stop import NAME, Explained, Stop, without_comment
from inferno.grammar.units import UNITS

_ANNOTATIONS = re.compile(rf"((?:@{NAME}(?:\([^()\n]*\))?[ ]*)+)\n?[ ]*(?=(state\b[^\n]*)?)")
_INVERSE = re.compile(rf"1[ ]*/[ ]*(?:({NAME})(\^-?[0-9]{{1,2}})?|\(({NAME}(?:\*{NAME})*)\))")


def _annotation_first(stop: Stop) -> Explained | None:
    """`@shared(sum) state s = 0`, also on two lines."""
    found = _ANNOTATIONS.match(stop.text, stop.start)
    if stop.words or found is None:
        return None
    annotations = found[1].rstrip()
    place = Span(stop.source, stop.start, stop.start + len(annotations))
    edit, help_text = None, f"write `state x = 0 {annotations}`, say"
    if found[2]:
        start = found.start(2)
        written = without_comment(stop.text, start, start + len(found[2]))
        edit = Edit(Span(stop.source, stop.start, start + len(written)), f"{written} {annotations}")
        help_text = f"write `{written} {annotations}`" if len(written) <= 60 else f"write `{annotations}` at the end of the line"
    diagnostic = Diagnostic("E0101", "an annotation stands behind the state", place, "", helps=(help_text,), edit=edit)
    return Explained(diagnostic, offset=stop.start)


def _every_before_the_end(stop: Stop) -> Explained | None:
    """`record a.v every 5 ms, b.v`."""
    index = stop.layout.line_at(stop.start)
    if stop.first_word != "record" or "every" not in stop.words or not stop.text.startswith(",", stop.start) or index is None:
        return None
    line = stop.layout.lines[index]
    indent = stop.text[stop.text.rfind("\n", 0, line.start) + 1 : line.start]
    blanks = re.compile(r"[ ]*").match(stop.text, stop.end)
    place = Span(stop.source, stop.start, blanks.end() if blanks else stop.end)
    helps = ("`every` holds for all that is recorded on its line; record what follows on a line of its own",)
    before = re.sub(r"\[[^]]*\]", "", stop.text[line.start : stop.start].partition(" every ")[0])
    # With several before it, nobody knows whether it was meant for all of them.
    edit = Edit(place, f"\n{indent}record ") if "," not in before else None
    return Explained(Diagnostic("E0101", "`every` stands at the end of its line", stop.span, "", helps=helps, edit=edit), offset=stop.start)


def _projection_with_a_number(stop: Stop) -> Explained | None:
    """`projection chain[i]: …`."""
    if stop.words[:1] != ["projection"] or "[" not in stop.words or "->" in stop.words or not stop.text.startswith(":", stop.start):
        return None
    start = stop.text.rfind("projection", 0, stop.start) + len("projection")
    place = Span(stop.source, start + 1, stop.end)
    helps = ("leave its name out: it is then called like its ends, which differ from round to round where they are blocks, `part[i].p`",)
    edit = Edit(Span(stop.source, start, stop.end), "")
    return Explained(Diagnostic("E0101", "the name of a projection has no number", place, "", helps=helps, edit=edit), offset=stop.start)


def _inverse_apart(stop: Stop) -> Explained | None:
    """`0.2 1 / mV`, `0.2 1/(mV*ms)`, `0.2 1/tau`."""
    before = stop.text[max(0, stop.start - 400) : stop.start]
    found = _INVERSE.match(stop.text, stop.start)
    number = re.search(rf"(?<![A-Za-z0-9_.])({NUMBER})([ ]+)$", before)
    if found is None or number is None:
        return None
    below = found[3].split("*") if found[3] else [f"{found[1]}{found[2] or ''}"]
    place = Span(stop.source, stop.start, found.end())
    if all(name.partition("^")[0] in UNITS for name in below):
        unit = "1/" + "/".join(below)
        helps = (f"a unit has no blanks and no brackets: `{number[1]} {unit}`",)
        diagnostic = Diagnostic("E0101", "this is not a unit", place, "", helps=helps, edit=Edit(place, unit))
    else:
        divided = found[0][1:].lstrip()
        edit = Edit(Span(stop.source, stop.start - len(number[2]), found.end()), divided)
        helps = (f"to divide, write `{number[1]}{divided}`",)
        diagnostic = Diagnostic("E0101", "a number follows a number", place, "", helps=helps, edit=edit)
    return Explained(diagnostic, offset=stop.start)


MISPLACED: tuple[Callable[[Stop], Explained | None], ...] = (
    _annotation_first,
    _every_before_the_end,
    _projection_with_a_number,
    _inverse_apart,
)
