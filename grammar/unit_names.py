"""Which unit is meant by a word that is none: `millivolt`, `msec`, `MOHM`."""

from __future__ import annotations

import re
from difflib import get_close_matches

from inferno.grammar.units import UNITS, parse_unit

_ROOTS = {
    "seconds": "s", "second": "s", "secs": "s", "sec": "s",
    "volts": "V", "volt": "V",
    "amperes": "A", "ampere": "A", "amps": "A", "amp": "A",
    "siemens": "S",
    "farads": "F", "farad": "F",
    "ohms": "Ohm", "ohm": "Ohm",
    "hertz": "Hz",
    "coulombs": "C", "coulomb": "C",
    "meters": "m", "meter": "m", "metres": "m", "metre": "m",
    "grams": "g", "gram": "g",
    "moles": "mol", "mole": "mol",
    "molar": "M",
}  # fmt: skip
_PREFIXES = {
    "femto": "f", "pico": "p", "nano": "n", "micro": "u", "milli": "m", "kilo": "k", "mega": "M", "meg": "M", "giga": "G",
    "f": "f", "p": "p", "n": "n", "u": "u", "k": "k", "g": "G", "": "",
}  # fmt: skip
_SPELLED = re.compile(rf"({'|'.join(_PREFIXES)})({'|'.join(_ROOTS)})", re.IGNORECASE)
_SHORT = re.compile(rf"([mM])({'|'.join(_ROOTS)})", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def spelled_unit(word: str) -> str:
    """The unit that a word writes out: `mV` for `millivolts`, `ms` for `msec`; empty for other words."""
    if found := _SPELLED.fullmatch(word):
        return _PREFIXES[found[1].lower()] + _ROOTS[found[2].lower()]
    if found := _SHORT.fullmatch(word.lower() if word.isupper() else word):
        return found[1] + _ROOTS[found[2].lower()]
    return ""


def meant_unit(word: str) -> tuple[str, bool]:
    """The unit that a word is like, or an empty text, and whether that is sure."""
    if spelled := spelled_unit(word):
        return spelled, True
    alike = [unit for unit in UNITS if unit.lower() == word.lower()]
    same = sorted((sum(map(str.__eq__, unit, word)) for unit in alike), reverse=True)
    is_sure = len(same) < 2 or same[0] > same[1]  # `MS` may be mS, Ms or ms
    near = max(alike, key=lambda unit: sum(map(str.__eq__, unit, word)), default="")
    return near or next(iter(get_close_matches(word, UNITS, 1, 0.7)), ""), is_sure


def spelled_units(text: str) -> str:
    """The unit that a text such as `millivolt/second` writes out; empty where it holds anything else."""
    meant = _WORD.sub(lambda found: found[0] if found[0] in UNITS else spelled_unit(found[0]), text)
    try:
        parse_unit(meant)
    except (KeyError, ValueError):
        return ""
    return meant
