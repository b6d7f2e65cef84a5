"""Names in generated code: recognisable, but never the author's text as it is."""

from __future__ import annotations

import builtins
import keyword
import re

RESERVED = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        "torch",
        "state",
        "arriving",
        "series",
        "c",
        "clock",
        "new",
        "emitted",
        "dtype",
        "rows",
        "sample",
    }
)


class Names:
    """A table from keys such as `exc.v` to identifiers, each key its own."""

    def __init__(self, reserved: frozenset[str] = RESERVED) -> None:
        self._reserved = reserved
        self._taken: dict[str, str] = {}

    def of(self, key: str) -> str:
        """The identifier of a key; the same every time."""
        known = next((name for name, owner in self._taken.items() if owner == key), None)
        if known is not None:
            return known
        base = re.sub(r"[^A-Za-z0-9_]+", "_", key).strip("_") or "x"
        base = f"x_{base}" if base[0].isdigit() or base in self._reserved or base.startswith("__") else base
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken[name] = key
        return name
