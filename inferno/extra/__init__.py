"""What is useful around the component library, but no part of a model."""

from __future__ import annotations

from inferno.extra.passing import identity, tuplewrap, varidentity

__all__ = ["identity", "tuplewrap", "varidentity"]
