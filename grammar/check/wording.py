"""Words that several messages share: what was perhaps meant, lists of names, definitions in a ring."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import islice

from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Span

MOST_LISTED = 8
LONGEST_NAME = 60
MOST_COMPARED = 400
MOST_SEEN = 100_000
# Two names whose likenesses differ by no more are both offered.
AS_CLOSE = 0.03


def closest(findings: Findings, name: str, known: Iterable[str]) -> str:
    """The known name that is close to another, or nothing; nothing either once so much is wrong that nobody would read it."""
    return next(iter(_near(findings, name, known)), "")


def _near(findings: Findings, name: str, known: Iterable[str]) -> list[str]:
    """The known name that is closest to another, and the second too if it is as close."""
    if findings.is_full or len(name) > LONGEST_NAME:
        return []
    seen = islice(known, MOST_SEEN)
    alike = islice((n for n in seen if abs(len(n) - len(name)) <= 5 + len(name) // 2 and len(n) <= LONGEST_NAME), MOST_COMPARED)
    choices = list(dict.fromkeys(alike))
    near = [choice for choice in choices if choice.lower() == name.lower()][:2] or difflib.get_close_matches(name, choices, n=2, cutoff=0.6)
    likeness = [difflib.SequenceMatcher(None, choice, name).ratio() for choice in near]
    return near[:1] if len(near) < 2 or likeness[0] - likeness[1] > AS_CLOSE else near


def suggestion(findings: Findings, name: str, known: Iterable[str]) -> str:
    """`did you mean …?` if a known name is close, or two that are equally close."""
    near = _near(findings, name, known)
    return f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """The first few names: `a`, `b`, `c` and more."""
    first = list(islice(names, MOST_LISTED + 1))
    words = ", ".join(f"`{name:.60}`" for name in first[:MOST_LISTED])
    return f"{words} and more" if len(first) > MOST_LISTED else words


def near_or_all(findings: Findings, name: str, known: Sequence[str] | Iterable[str], lead: str = "known are") -> str:
    """`did you mean …?`, or else a list of what is known behind `lead`."""
    choices = list(islice(known, MOST_SEEN)) if not findings.is_full else []
    names = listed(choices)
    return suggestion(findings, name, choices) or (f"{lead} {names}" if names else "")


def ring(names: Sequence[str]) -> str:
    """`a` → `b` → `a`, shortened in the middle."""
    closed = [*names, names[0]]
    if len(closed) > MOST_LISTED:
        closed = [*closed[: MOST_LISTED - 2], "", *closed[-2:]]
    return " → ".join(f"`{name:.60}`" if name else "…" for name in closed)


def short(span: Span) -> str:
    """The author's words at a span, on one line and not too long."""
    words = " ".join(span.text[:200].split())
    return words if len(words) <= 40 and span.end - span.start <= 200 else words[:37] + "…"


def name_span(span: Span, name: str) -> Span:
    """The place of a name within the statement that declares it."""
    found = re.compile(rf"\b{re.escape(name)}\b").search(span.source.text, span.start, span.end)
    return Span(span.source, *found.span()) if found else span


_WAYS_OUT = {
    "a division by zero": "what it is divided by must not be 0: give another value, or write it so that 0 can't occur",
    "a negative number has no real root": "the base of such a power must be at least 0: give another value, or write `max(0, …)`",
    "the result is too large": "the result must stay below 1e308: look at the exponents, and at what `exp` is taken of",
    "the result is too small": "the result must stay above 1e-308: look at the exponents",
    "the result is not a number": "`inf - inf`, `inf/inf` and `0 * inf` have no value: give a finite number",
    "`log` has no value there": "`log` needs a number greater than 0",
    "`sqrt` has no value there": "`sqrt` needs a number of at least 0",
}


def way_out(problem: object) -> str:
    """What to do about an expression that can't be calculated, for what `calculate` says of it."""
    return _WAYS_OUT.get(str(problem), "give other values")
