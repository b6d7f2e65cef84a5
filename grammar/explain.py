"""Says what is wrong at the place where the parser stopped, in the words of the author and of the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from lark.exceptions import UnexpectedInput

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.edits import has_slip
from inferno.grammar.foreign_statements import FOREIGN_STATEMENTS
from inferno.grammar.habits import HABITS
from inferno.grammar.lines import Layout
from inferno.grammar.misplaced import MISPLACED
from inferno.grammar.pythonic import PYTHONIC
from inferno.grammar.source import Source, Span
from inferno.grammar.stop import WORD, Explained, Stop, stop_of, without_comment
from inferno.grammar.unit_names import meant_unit
from inferno.grammar.vocabulary import (
    BLOCK_WORDS,
    FOREIGN,
    HANDLER_WORDS,
    IN_COMPONENTS,
    IN_NETWORKS,
    STATEMENT_WORDS,
    SYNONYMS,
    expected_words,
)

_NUMBER_END = re.compile(r"[0-9.](?:[eE][+-]?[0-9]+)?[ ]*$")


def explain(error: UnexpectedInput, source: Source, text: str, layout: Layout) -> Explained:
    """What to say about an error of the parser."""
    stop = stop_of(error, source, text, layout)
    for rule in _RULES:
        if explained := rule(stop):
            return explained
    return _generic(stop)


# ---- mistakes that are recognised, the surest first ------------------------------------------------------


def _indented(stop: Stop) -> Explained | None:
    if stop.kind != "_INDENT":
        return None
    index = stop.layout.line_at(stop.end)
    before = stop.layout.lines[index - 1] if index else None
    if before is not None and without_comment(stop.text, before.start, before.end)[-1:] != ":":
        word = WORD.match(stop.text, before.start)
        if word and word.group() in BLOCK_WORDS:
            end = before.start + len(without_comment(stop.text, before.start, before.end))
            newline = stop.text.find("\n", end)
            return _missing_colon(Span(stop.source, end, end), word.group(), newline)
    help_text = "start the line where its block starts; only a line that ends in `:` opens a block"
    diagnostic = Diagnostic("E0108", "this line is indented, but no block starts here", stop.span, "unexpected blanks", helps=(help_text,))
    return Explained(diagnostic, cut_from=True)


def _empty_block(stop: Stop) -> Explained | None:
    if "_INDENT" not in stop.accepts or stop.accepts - {"_INDENT", "HOLE"}:
        return None
    index = stop.layout.line_at(max(stop.start - 1, 0))
    if stop.kind not in ("_DEDENT", "$END") and index and stop.layout.lines[index].start >= stop.start:
        index -= 1
    if index is None:
        return None
    line = stop.layout.lines[index]
    word = (WORD.match(stop.text, line.start) or [""])[0]
    end = line.start + len(without_comment(stop.text, line.start, line.end))
    diagnostic = Diagnostic(
        "E0109",
        f"the block of `{word}` is empty",
        Span(stop.source, line.start, end),
        "nothing is indented below this line",
        helps=(f"indent the lines that belong to it, or remove `{word}`",),
    )
    return Explained(diagnostic)


def _equal_signs(stop: Stop) -> Explained | None:
    word = stop.text[stop.start : stop.end]
    if word == "=" and stop.text[stop.start - 1 : stop.start] == "=":
        place = Span(stop.source, stop.start - 1, stop.end)
    elif word == "==" and "EQUAL" in stop.accepts:
        place = stop.span
    elif word == "=" and "COLON" in stop.accepts and stop.first_word in ("spike", "on", "if"):
        # A value that moves in steps is hardly ever equal to another, so for a spike no edit is sure.
        sure = stop.first_word == "if"
        help_text = "compare with `==`" if sure else "compare with `>=`, or with `==`"
        edit = Edit(stop.span, "==") if sure else None
        return Explained(Diagnostic("E0103", "`=` gives a value; it does not compare", stop.span, "", helps=(help_text,), edit=edit))
    else:
        return None
    edit = Edit(place, "=")
    return Explained(Diagnostic("E0103", "`==` compares; it gives no value", place, "", helps=("write `=`",), edit=edit), offset=stop.start)


def _foreign_sign(stop: Stop) -> Explained | None:
    for sign, help_text, replacement in FOREIGN:
        start = stop.start if stop.text.startswith(sign, stop.start) else stop.start - 1
        if start >= 0 and stop.text.startswith(sign, start):
            place = Span(stop.source, start, start + len(sign))
            edit = Edit(place, replacement) if replacement is not None else None
            diagnostic = Diagnostic("E0104", f"`{sign}` means nothing here", place, "", helps=(help_text,), edit=edit)
            return Explained(diagnostic, offset=stop.start)
    return None


def _number(stop: Stop) -> Explained | None:
    before, here = stop.text[max(0, stop.start - 40) : stop.start], stop.text[stop.start : stop.start + 1]
    digits = re.search(r"(?<![A-Za-z0-9_.])[0-9]+\.?$", before)
    if here == "." and stop.text[stop.start + 1 : stop.start + 2].isdigit():
        if digits:
            end = _match_end(r"[0-9A-Za-z_.]+", stop)
            return _malformed(stop, stop.start - len(digits.group()), end, "a number looks like `10`, `0.3` or `5e-4`", None)
        end = _match_end(r"\.[0-9]+", stop)
        return _malformed(stop, stop.start, end, "write `0` before the point", "0" + stop.text[stop.start : end])
    if digits and before.endswith(".") and here.isdigit():
        return _glued_behind_point(stop, stop.start - len(digits.group()))
    if digits and (before.endswith(".") or here == "."):
        start = stop.start - len(digits.group())
        end = stop.start + (1 if here == "." else 0)
        return _malformed(stop, start, end, "write a digit behind the point, as in `1.0`", stop.text[start:end] + "0")
    word = stop.text[stop.start : stop.end]
    if here.isdigit() and (two_points := re.search(r"(?<![A-Za-z0-9_.\])])[0-9]+\.[0-9]+\.$", before)):
        return _malformed(stop, stop.start - len(two_points.group()), stop.end, "a number has one point", None)
    if here.isdigit() and stop.kind not in ("NUMBER", "QUANTITY"):
        glued = re.match(r"([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)([A-Za-z_][A-Za-z0-9_*/^]*)?", stop.text[stop.start : stop.start + 200])
        if glued and glued.group(2) and not re.fullmatch(r"[eE]|_[0-9_]*", glued.group(2)):
            return _unknown_unit(stop, stop.start + glued.start(2), glued.group(2))
        end = _match_end(r"[0-9A-Za-z_.]+", stop)
        return _malformed(stop, stop.start, end, "a number looks like `10`, `0.3` or `5e-4`", None)
    if re.match(r"[A-Za-z]", word) and _NUMBER_END.search(before) and stop.words and stop.words[-1][0].isdigit():
        if stop.words[0] == "snn":
            return None
        return _unknown_unit(stop, stop.start, word)
    return None


def _glued_behind_point(stop: Stop, start: int) -> Explained:
    """`0.03277y`: decimals with letters that are no unit; a digit put in would make it another number."""
    glued = re.match(r"[0-9]+(?:[eE][+-]?[0-9]+)?([A-Za-z_][A-Za-z0-9_*/^]*)?", stop.text[stop.start : stop.start + 200])
    if glued and glued.group(1) and not re.fullmatch(r"[eE]|_[0-9_]*", glued.group(1)):
        return _unknown_unit(stop, stop.start + glued.start(1), glued.group(1))
    return _malformed(stop, start, _match_end(r"[0-9A-Za-z_.]+", stop), "a number looks like `10`, `0.3` or `5e-4`", None)


def _match_end(pattern: str, stop: Stop) -> int:
    found = re.compile(pattern).match(stop.text, stop.start)
    return found.end() if found else stop.end


def _malformed(stop: Stop, start: int, end: int, help_text: str, replacement: str | None) -> Explained:
    place = Span(stop.source, start, end)
    edit = Edit(place, replacement) if replacement is not None and len(replacement) < 100 else None
    return Explained(Diagnostic("E0112", "this is not a number", place, "", helps=(help_text,), edit=edit), offset=stop.start)


def _unknown_unit(stop: Stop, start: int, word: str) -> Explained:
    word = re.split(r"[*/^]", word)[0]
    place = Span(stop.source, start, start + len(word))
    near, is_sure = meant_unit(word)
    helps = (f"did you mean `{near}`?",) if near else ("a number is followed by a unit, an operator or a comma; multiply with `*`",)
    edit = Edit(place, near) if near and is_sure else None
    return Explained(
        Diagnostic("E0113", f"`{word}` is not a unit", place, "no unit of this name", helps=helps, edit=edit), offset=stop.start
    )


def _edition(stop: Stop) -> Explained | None:
    index = stop.layout.line_at(stop.start)
    if stop.words[:1] != ["snn"] or len(stop.words) != 1 or index is None:
        return None
    line = stop.layout.lines[index]
    place = Span(stop.source, line.start, line.end)
    if index == 0:
        return Explained(Diagnostic("E0116", "the edition is a number", place, "", helps=("write `snn 1`",)))
    return Explained(Diagnostic("E0116", "the edition line comes first", place, "", helps=("make it the first line of the file",)))


def _statement(stop: Stop) -> Explained | None:
    """An unknown word at the start of a line, or a known one in the wrong kind of block."""
    index = stop.layout.line_at(stop.start)
    if index is None or len(stop.words) > 2:
        return None
    line = stop.layout.lines[index]
    word = stop.words[0] if stop.words else stop.text[stop.start : stop.end]
    place = Span(stop.source, line.start, line.start + len(word))
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word):
        return None
    in_handler = "ASSIGN" in stop.accepts
    in_network = "LINK_OPEN" in stop.accepts
    if word in ("elif", "else"):
        help_text = "write `else:` and an `if` in its block" if word == "elif" else "`else:` stands right behind the block of an `if`"
        return Explained(Diagnostic("E0118", f"`{word}` starts no statement here", place, "", helps=(help_text,)))
    if len(stop.words) != 1:
        return None
    if word in STATEMENT_WORDS and (stop.kind == "NAME" or stop.text[stop.start : stop.end] in (":", "=", "(", '"')):
        home = (
            "a component"
            if word in IN_COMPONENTS and in_network
            else "a file or network"
            if word in IN_NETWORKS and not in_network
            else None
        )
        home = "an `on` or `spike` block" if word in HANDLER_WORDS and not in_handler else home
        if home:
            helps = (f"move it into {home}",)
            return Explained(Diagnostic("E0119", f"`{word}` does not belong here", place, f"a statement of {home}", helps=helps))
        return None
    words = STATEMENT_WORDS if stop.kind == "NAME" else {"run", "train"} if stop.text[stop.start : stop.end] == ":" else frozenset()
    near = SYNONYMS.get(word) or _near_word(word, sorted(words))
    if word not in STATEMENT_WORDS and (stop.kind == "NAME" or near in words):
        helps = (f"did you mean `{near}`?" if near else "",)
        edit = Edit(place, near) if near else None
        return Explained(
            Diagnostic("E0118", f"`{word}` starts no statement", place, "unknown word", helps=tuple(filter(None, helps)), edit=edit)
        )
    return None


def _near_word(word: str, known: list[str]) -> str | None:
    return next((one for one in known if has_slip(word, one)), None) or next(iter(get_close_matches(word, known, 1, 0.75)), None)


def _colon(stop: Stop) -> Explained | None:
    if "COLON" not in stop.accepts or "_NL" in stop.accepts or stop.first_word not in BLOCK_WORDS | {"else"}:
        return None
    if stop.kind == "_NL":
        index = stop.layout.line_at(max(stop.start - 1, 0))
        begin = stop.layout.lines[index].start if index is not None else 0
        end = begin + len(without_comment(stop.text, begin, stop.start))
        if index is not None and not _has_block(stop.layout, index):
            return _missing_block(Span(stop.source, begin, end), stop.first_word)
        return _missing_colon(Span(stop.source, end, end), stop.first_word, stop.start)
    expected = "`:`"
    diagnostic = Diagnostic("E0102", f"expected {expected}, found {stop.found}", stop.span, f"`:` opens the block of `{stop.first_word}`")
    return Explained(diagnostic)


def _has_block(layout: Layout, index: int) -> bool:
    """Whether the next line is indented further."""
    return index + 1 < len(layout.lines) and layout.lines[index + 1].indent > layout.lines[index].indent


def _missing_block(place: Span, word: str) -> Explained:
    needs = "what it needs, `connect = …` and `weight = …`" if word == "projection" else "what belongs to it"
    helps = (f"end the line in `:`, and indent below it {needs}",)
    message = f"the block of `{word}` is missing"
    return Explained(Diagnostic("E0109", message, place, "nothing is indented below this line", helps=helps), offset=place.start)


def _missing_colon(place: Span, word: str, newline: int) -> Explained:
    diagnostic = Diagnostic(
        "E0102",
        f"`:` is missing behind `{word}`",
        place,
        "`:` is expected here",
        helps=("a line that opens a block ends in `:`",),
        edit=Edit(place, ":"),
    )
    return Explained(diagnostic, missing_colon=newline, offset=place.start)


def _assignment(stop: Stop) -> Explained | None:
    """`x = 3` at the level of a file or network."""
    if stop.text[stop.start : stop.end] != "=" or "ARROW" not in stop.accepts or len(stop.words) != 1:
        return None
    name = stop.words[0]
    helps = (f"write `let {name} = …`, or `param {name} = …` for a value that can be set from outside",)
    return Explained(Diagnostic("E0118", f"`{name} = …` is not a declaration", stop.span, "which kind of thing is it?", helps=helps))


_RULES: tuple[Callable[[Stop], Explained | None], ...] = (
    _indented,
    _empty_block,
    _edition,
    *HABITS,
    *FOREIGN_STATEMENTS,
    *PYTHONIC,
    *MISPLACED,
    _equal_signs,
    _foreign_sign,
    _number,
    _assignment,
    _statement,
    _colon,
)


def _generic(stop: Stop) -> Explained:
    expected = expected_words(stop.accepts)
    span = stop.span
    if stop.kind in ("_NL", "HOLE", "_DEDENT", "$END"):
        end = len(stop.text[: stop.start].rstrip())
        span = Span(stop.source, end, end)
    message = f"expected {expected}, found {stop.found}" if expected else f"{stop.found} is not expected here"
    label = f"in this `{stop.first_word}` statement" if stop.first_word in STATEMENT_WORDS else ""
    return Explained(Diagnostic("E0101", message, span, label), offset=stop.start)
