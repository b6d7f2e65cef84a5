"""What a diagnostic code means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A registered code: `title` names the mistake, `explanation` (markdown) shows it wrong and right."""

    code: str
    title: str
    explanation: str


def explained(code: str, title: str, meaning: str, wrong: str, right: str, language: str = "snn") -> tuple[str, Code]:
    """A code whose explanation shows a wrong and a right example; `language` is that of the examples."""
    examples = f"Wrong:\n```{language}\n{wrong}\n```\nRight:\n```{language}\n{right}\n```\n"
    return code, Code(code, title, f"{meaning}\n\n{examples}")
