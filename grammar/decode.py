"""Turns the bytes of a file into a text without surprises: no byte-order mark, no carriage return, nothing invisible."""

from __future__ import annotations

import re
import unicodedata

from inferno.grammar.diagnostics import Edit, Findings
from inferno.grammar.source import Source, Span

LARGEST_FILE = 4 * 1024 * 1024
MOST_ERRORS = 20

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BIDIRECTIONAL = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_STRING_OR_COMMENT = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#[^\n]*')

# What an author most likely meant by a character outside ASCII.
_MEANT = {
    "\u00b5": "u",
    "\u03bc": "u",
    "\u03a9": "Ohm",
    "\u2126": "Ohm",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "→": "->",
    "↔": "<->",
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "′": "'",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "²": "^2",
    "³": "^3",
    "…": "..",
    "∞": "inf",
    "\u200b": "",
    "\ufeff": "",
    "\u00ad": "",
    "\u200c": "",
    "\u200d": "",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "Γ": "Gamma",
    "δ": "delta",
    "Δ": "Delta",
    "ε": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "Θ": "Theta",
    "ϑ": "theta",
    "κ": "kappa",
    "λ": "lambda_",
    "Λ": "Lambda",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "Σ": "Sigma",
    "τ": "tau",
    "φ": "phi",
    "ϕ": "phi",
    "Φ": "Phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "а": "a",
    "е": "e",
    "о": "o",
    "р": "p",
    "с": "c",
    "х": "x",
    "у": "y",
    "і": "i",
    "ѕ": "s",
    "ј": "j",
    "һ": "h",
    "ԁ": "d",
    "ɡ": "g",
    "А": "A",
    "В": "B",
    "Е": "E",
    "К": "K",
    "М": "M",
    "Н": "H",
    "О": "O",
    "Р": "P",
    "С": "C",
    "Т": "T",
    "Х": "X",
    "ο": "o",
    "ι": "i",
}


def decode(data: bytes, name: str, findings: Findings) -> Source | None:
    """The text of a file, or None if it holds something that is refused; `findings` then says what, and where."""
    if len(data) > LARGEST_FILE:
        findings.error(
            "E0115",
            f"{name} has {len(data):,} bytes, and the limit is {LARGEST_FILE:,}",
            None,
            "",
            "split it into modules and `import` them",
        )
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_bytes(data, error, name, findings)
        return None
    source = Source(name, text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    found = [*_invisible(source, findings), *_outside_ascii(source, findings)]
    return None if found else source


def _refuse_bytes(data: bytes, error: UnicodeDecodeError, name: str, findings: Findings) -> None:
    """Note the first bytes that are no UTF-8."""
    before = data[: error.start].decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = Source(name, before + data[error.start :].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    words = " ".join(f"{byte:02X}" for byte in data[error.start : error.end][:4])
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    help_text = "this file looks like UTF-16; save it as UTF-8" if utf16 else "save the file as UTF-8"
    findings.error("E0121", "this is not UTF-8", Span(source, len(before), len(before) + 1), f"byte {words}", help_text)


def _invisible(source: Source, findings: Findings) -> list[int]:
    """Offsets of control characters, in strings and comments too; each is noted."""
    found = []
    for match in list(_CONTROLS.finditer(source.text))[:MOST_ERRORS]:
        character = match.group()
        what = "a NUL character" if character == "\0" else "a control character"
        edit = Edit(Span(source, *match.span()), "")
        findings.error("E0122", what, Span(source, *match.span()), _called(character), "remove it", edit=edit)
        found.append(match.start())
    for match in list(_BIDIRECTIONAL.finditer(source.text))[:MOST_ERRORS]:
        edit = Edit(Span(source, *match.span()), "")
        help_text = "remove it: it makes a text look other than it is read"
        findings.error(
            "E0123",
            "a character that changes the direction of writing",
            Span(source, *match.span()),
            _called(match.group()),
            help_text,
            edit=edit,
        )
        found.append(match.start())
    return found


def _outside_ascii(source: Source, findings: Findings) -> list[int]:
    """Offsets of characters beyond ASCII outside strings and comments; each run of them is noted."""
    if source.text.isascii():
        return []
    hidden = _STRING_OR_COMMENT.sub(lambda match: " " * len(match.group()), source.text)
    found = []
    for match in list(_FOREIGN.finditer(hidden))[:MOST_ERRORS]:
        character = match.group()
        if _CONTROLS.match(character) or _BIDIRECTIONAL.match(character):
            continue
        place = Span(source, *match.span())
        meant = _MEANT.get(character)
        is_letter = character.isalpha()
        message = f"`{character}` cannot be part of a name" if is_letter else f"`{_shown(character)}` is not a character of the language"
        helps = (
            f"write `{meant}`" if meant and meant.strip() else "write a plain blank" if meant == " " else "remove it" if meant == "" else ""
        )
        helps = "what varies is drawn: `normal(0.5, 0.1)`, say" if character == "\N{PLUS-MINUS SIGN}" else helps
        edit = Edit(place, meant) if meant is not None else None
        notes = (
            ("it looks like the letter, but is another character",)
            if meant and is_letter and unicodedata.name(character, "").startswith("CYRILLIC")
            else ()
        )
        findings.error("E0124", message, place, _called(character), helps, edit=edit, notes=notes)
        found.append(match.start())
    return found


def _called(character: str) -> str:
    """The number and name of a character."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _shown(character: str) -> str:
    """A character that can be seen, or its number."""
    return character if character.isprintable() and not unicodedata.combining(character) else f"U+{ord(character):04X}"
