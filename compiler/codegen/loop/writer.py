"""Lines of a generated C++ function, and the tensors that they use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inferno.compiler.codegen.naming import Names

KEYWORDS = frozenset({
    "static_cast", "const_cast", "dynamic_cast", "reinterpret_cast", "static_assert", "thread_local", "wchar_t", "and_eq", "or_eq",
    "not_eq", "xor_eq",
})  # fmt: skip
OWN = frozenset({"steps", "batch", "tensors", "strides", "samples", "first_step", "t", "b", "n", "i", "j", "low", "high", "far", "fired"})
KINDS = ("variables", "arriving", "constants", "emits")


@dataclass
class Loop:
    """A function that runs all steps of a region, while it is written.

    `tables` collects the keys of the tensors that it takes, by kind; `flags` are the arriving keys that are spikes; `once` are the lines
    before the loop over time, `after` those behind it.
    """

    names: Names = field(default_factory=lambda: Names(KEYWORDS | OWN))
    once: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    flags: set[str] = field(default_factory=set)
    _depth: int = 2

    # ---- lines ----------------------------------------------------------------------------------

    def write(self, line: str = "") -> None:
        """Add a line of the loop over time."""
        self.body.append("  " * self._depth + line if line else "")

    def comment(self, text: str) -> None:
        """Add a comment line; the author's words can't leave it."""
        self.write("// " + " ".join(text.split()).replace("\\", "/"))

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines in braces."""
        self.write(f"{head} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.write("}")

    def write_once(self, line: str) -> None:
        """Add a line of the loop over time, unless it stands there."""
        if not any(known.strip() == line for known in self.body):
            self.write(line)

    @contextmanager
    def preparing(self, head: str) -> Iterator[None]:
        """Lines in braces before the loop over time."""
        body, depth, self.body, self._depth = self.body, self._depth, [], 2
        yield
        self.once += [f"  {head} {{", *self.body, "  }"]
        self.body, self._depth = body, depth

    def prepare(self, line: str) -> None:
        """Add a line before the loop over time, once."""
        if f"  {line}" not in self.once:
            self.once.append(f"  {line}")

    def finish(self, line: str) -> None:
        """Add a line behind the loop over time."""
        self.after.append(f"  {line}")

    # ---- tensors --------------------------------------------------------------------------------

    def _tensor(self, kind: str, key: str, declaration: str) -> str:
        """The name of a tensor's declared value or pointer; `declaration` has `{name}` and `{at}`, its place in the table of its kind."""
        table = self.tables[kind]
        if key not in table:
            table[key] = self.names.of(f"{kind} {key}" if kind in ("arriving", "emits") else key)
            place = f"tensors[{kind}_at + {len(table) - 1}]"
            self.once.append("  " + declaration.format(name=table[key], at=place, index=len(table) - 1))
        return table[key]

    def variable(self, key: str, kind: str = "T") -> str:
        """The pointer to a variable, which changes in place."""
        return self._tensor("variables", key, f"{kind}* __restrict const {{name}} = static_cast<{kind}*>({{at}});")

    def constant(self, key: str, kind: str = "T") -> str:
        """A number."""
        return self._tensor("constants", key, f"const {kind} {{name}} = *static_cast<const {kind}*>({{at}});")

    def array(self, key: str, kind: str = "T") -> str:
        """The pointer to numbers that do not change."""
        return self._tensor("constants", key, f"const {kind}* __restrict const {{name}} = static_cast<const {kind}*>({{at}});")

    def arrive(self, key: str, size: int, kind: str) -> str:
        """The pointer to what arrives in this step, [batch, size]."""
        self.flags |= {key} if kind == "Flag" else set()
        whole, stride = self.series("arriving", key, f"const {kind}")
        return f"({whole} + t * {stride})"

    def emit(self, key: str, size: int, kind: str) -> str:
        """The pointer to what leaves the region in this step, [batch, size]."""
        whole, stride = self.series("emits", key, kind)
        return f"({whole} + t * {stride})"

    def series(self, table: str, key: str, kind: str) -> tuple[str, str]:
        """The pointer to a series over all steps that arrives or leaves, and how far its steps lie apart."""
        place = "{index}" if table == "arriving" else "constants_at - arriving_at + {index}"
        pointer = f"{kind}* const {{name}} = static_cast<{kind}*>({{at}});"
        whole = self._tensor(table, key, f"{pointer} [[maybe_unused]] const int64_t {{name}}_stride = strides[{place}];")
        return whole, f"{whole}_stride"
