"""The codes of what the checker finds: units, names, components, wiring, values, settings."""

from __future__ import annotations

from inferno.grammar.code import Code

CHECK_CODES: dict[str, Code] = {}
