"""What the passes did and why not more, for `--explain`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """Lines under the name of each pass, in the order in which they ran."""

    sections: list[tuple[str, list[str]]] = field(default_factory=list)

    def begin(self, title: str) -> None:
        """Start the section of a pass."""
        self.sections.append((title, []))

    def say(self, line: str) -> None:
        """Add a line to the running pass."""
        self.sections[-1][1].append(line)

    @property
    def text(self) -> str:
        """Everything, a line each."""
        return (
            "\n".join(line for title, lines in self.sections for line in (title, *(f"  {entry}" for entry in lines or ["nothing to do"])))
            + "\n"
        )
