"""What is useful around the component library, but no part of a model."""

from __future__ import annotations

from inferno.extra.exact import ExactNeuron
from inferno.extra.passing import identity, tuplewrap, varidentity

__all__ = ["ExactNeuron", "identity", "tuplewrap", "varidentity"]
