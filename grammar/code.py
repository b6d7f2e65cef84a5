"""What a diagnostic code means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A registered code: `title` names the mistake, `explanation` (markdown) shows it wrong and right."""

    code: str
    title: str
    explanation: str
