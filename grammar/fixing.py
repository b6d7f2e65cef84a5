"""Makes the edits that the diagnostics of a text suggest, as long as no edit makes it worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Diagnostic, Edit, Findings
from inferno.grammar.edits import edited
from inferno.grammar.source import Source

# A name that is used often is reported once, and so mended once a round.
MOST_ROUNDS = 30
# Where the edits of a round are bad together, they are tried one by one, no more than so many.
MOST_TRIALS = 40

Find = Callable[[bytes], tuple[Diagnostic, ...]]


@dataclass(frozen=True, slots=True)
class Made:
    """An edit that was made because of a finding; its places are those of the text at that time."""

    finding: Diagnostic
    edit: Edit


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text after edits, how it came about, and what is found in it now."""

    data: bytes
    made: tuple[Made, ...]
    findings: tuple[Diagnostic, ...]


def fix(data: bytes, name: str, find: Find) -> Outcome:
    """A file's bytes after all suggested edits that do no harm; `find` says what is wrong with some bytes.

    Edits are made together, and one by one where there are more `errors` afterwards; then it starts again, for an edit may
    uncover a mistake.
    """
    made: list[Made] = []
    findings = find(data)
    for _ in range(MOST_ROUNDS):
        step = _round(data, name, findings, find)
        if step is None:
            break
        data, findings = step.data, step.findings
        made += step.made
    return Outcome(data, tuple(made), findings)


def _round(data: bytes, name: str, findings: tuple[Diagnostic, ...], find: Find) -> Outcome | None:
    """What edits make of the text that the findings are about; None if there are none that do no harm."""
    text = _text(data, name, findings)
    if text is None:
        return None
    possible = [Made(d, d.edit) for d in findings if d.edit and d.edit.span.source.name == name and d.edit.span.source.text == text]
    together = _tried(data, text, possible, findings, find)
    if together is not None or len(possible) < 2:
        return together
    kept: list[Made] = []
    best: Outcome | None = None
    for one in possible[:MOST_TRIALS]:
        trial = _tried(data, text, [*kept, one], best.findings if best else findings, find)
        if trial is not None and len(trial.made) > len(kept):
            kept, best = list(trial.made), trial
    return best


def _tried(data: bytes, text: str, edits: list[Made], before: tuple[Diagnostic, ...], find: Find) -> Outcome | None:
    """What these edits make of a text, if that is another one with no more `errors`."""
    changed, made = edited(text, [(one.edit.span.start, one.edit.span.end, one.edit.replacement) for one in edits])
    if changed == text:
        return None
    new = _encoded(changed, data)
    after = find(new)
    if _stand_still([edits[index].finding for index in made], after):
        return None
    return Outcome(new, tuple(edits[index] for index in made), after) if errors(after) <= errors(before) else None


def _stand_still(mended: list[Diagnostic], after: tuple[Diagnostic, ...]) -> bool:
    """Whether what was to be mended is found again at its place: then an edit changes the text and mends nothing."""
    places = {(one.code, one.message, one.span.start) for one in after if one.span}
    first = min((one for one in mended if one.span), key=_start, default=None)
    return first is not None and (first.code, first.message, _start(first)) in places


def _start(finding: Diagnostic) -> int:
    return finding.span.start if finding.span else 0


def errors(findings: Iterable[Diagnostic]) -> tuple[int, int, int]:
    """How many errors there are: of form, of unknown names, and in all.

    The rest is looked for where the form is right, and how a name is used where it is known.  So a text with fewer errors of the first
    kinds is the better one, whatever it uncovers.
    """
    codes = [finding.code for finding in findings if finding.is_error]
    return sum(code.startswith("E01") for code in codes), codes.count("E0301"), len(codes)


def _text(data: bytes, name: str, findings: tuple[Diagnostic, ...]) -> str | None:
    """The decoded text, also of a file that is refused for what it holds."""
    source = decode(data, name, Findings())
    return source.text if source else next((d.edit.span.source.text for d in findings if d.edit and _is_of(d.edit.span.source, name)), None)


def _is_of(source: Source, name: str) -> bool:
    return source.name == name


def _encoded(text: str, like: bytes) -> bytes:
    """A text as bytes with the byte-order mark and the line ends of others."""
    mark = b"\xef\xbb\xbf" if like.startswith(b"\xef\xbb\xbf") else b""
    end = like.find(b"\n")
    is_windows = end > 0 and like[end - 1] == ord("\r")
    return mark + (text.replace("\n", "\r\n") if is_windows else text).encode()
