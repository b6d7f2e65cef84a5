"""Names that the author's text has as units: `2 nS*m` where `m` is a state and no metre."""

from __future__ import annotations

import re

from inferno.grammar.check.dimensions import NONE, Kind, is_plain, quotient
from inferno.grammar.check.scope import Scope
from inferno.grammar.diagnostics import Edit
from inferno.grammar.source import Span
from inferno.grammar.units import UNITS

MOST_COMPARED = 1000
_FACTOR = re.compile(r"([*/])([A-Za-z]+)")


def mistaken_unit(scope: Scope, place: Span, found: Kind, wanted: Kind) -> tuple[str, Edit | None]:
    """What to write for a unit that the author means as a name, where a term at a place has another dimension than it should; else nothing.

    Quantities at that place come first, then those in definitions that the term may use.
    """
    wrong = quotient(found, wanted)
    if not is_plain(wrong) or wrong == NONE:
        return "", None
    for span in sorted(scope.products[:MOST_COMPARED], key=lambda s: not s.lies_in(place)):
        for factor in _FACTOR.finditer(span.text):
            name = factor[2]
            is_in_it = name in UNITS and any(a and b for a, b in zip(UNITS[name].dimension, wrong, strict=True))
            if name in scope.names and is_in_it:
                sign = Span(span.source, span.start + factor.start(), span.start + factor.end(1))
                meant = f"{span.text[: factor.start()]} {factor[1]} {span.text[factor.end(1) :]}"
                help_text = f"`{name}` in `{span.text}` is a unit; for what is called `{name}` here put blanks around the sign: `{meant}`"
                return help_text, Edit(sign, f" {factor[1]} ")
    return "", None
