"""Lines of generated Python, and what they use."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.compiler.codegen.naming import Names


@dataclass
class Function:
    """One function of the generated module while it is written.

    `constants`, `arriving` and `variables` collect the keys that its lines read, `emits` what it emits.
    """

    names: Names = field(default_factory=Names)
    lines: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    arriving: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    emits: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)

    def write(self, line: str = "") -> None:
        """Add a line of the body."""
        self.lines.append(f"    {line}" if line else "")

    def comment(self, text: str) -> None:
        """Add a comment line; the author's words can't leave it."""
        self.write("# " + " ".join(text.split()))

    def constant(self, key: str) -> str:
        """The text that reads a constant."""
        if key not in self.constants:
            self.constants.append(key)
        return f"c[{key!r}]"

    def arrive(self, key: str) -> str:
        """The text that reads what arrives from outside the region in this step."""
        if key not in self.arriving:
            self.arriving.append(key)
        return f"arriving[{key!r}]"

    def variable(self, key: str) -> str:
        """The name of a variable's value at the start of the step, read on first use."""
        name = self.names.of(key)
        if key not in self.variables:
            self.variables.append(key)
            self.write(f"{name} = state[{key!r}]")
        return name

    def calls(self, other: Function) -> None:
        """Take over what another function reads, which this one calls."""
        for own, more in ((self.constants, other.constants), (self.arriving, other.arriving), (self.variables, other.variables)):
            own += [key for key in more if key not in own]

    def change(self, key: str, text: str) -> None:
        """Say what a variable is after the step."""
        self.changed[key] = text

    def emit(self, key: str, text: str) -> None:
        """Hand a value of this step out of the region."""
        if key not in self.emits:
            self.emits.append(key)
            self.changed[f"emit {key}"] = text
