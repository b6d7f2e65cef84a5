"""Make a program that shows a disagreement smaller: leave out lines as long as some disagreement stays."""

from __future__ import annotations

import contextlib
from pathlib import Path

from oracle.comparison import Disagreement, compare
from oracle.generator import Case, judged


def symptom(case: Case, folder: Path) -> str | None:
    """The first line of what is wrong with a case, or None."""
    try:
        compare(case, folder)
    except Disagreement as problem:
        return str(problem).splitlines()[0]
    except Exception as problem:  # noqa: BLE001
        return f"{type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}"
    return None


def _kind(words: str) -> str:
    """Disagreements count as the same whatever their numbers; other failures by their type."""
    return "disagreement" if words.startswith("seed") else words.split(":")[0]


def _candidates(lines: list[str]) -> list[list[str]]:
    """The lines with one block or one line left out."""
    found = []
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        end = i + 1
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
            end += 1
        found.append(lines[:i] + lines[end:])
    return found


def reduced(case: Case, folder: Path) -> tuple[Case, str]:
    """The smallest program found by leaving out lines, and its symptom."""
    words = symptom(case, folder)
    assert words is not None, "nothing is wrong with it"
    again = True
    while again:
        again = False
        for lines in _candidates(case.text.splitlines()):
            smaller = None
            with contextlib.suppress(Exception):
                smaller = judged("\n".join(lines) + "\n", case.seed, f"{case.seed} 0")
            if smaller is None:
                continue
            now = symptom(smaller, folder)
            if now is not None and _kind(now) == _kind(words):
                case, words, again = smaller, now, True
                break
    return case, words
