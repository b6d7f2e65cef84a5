"""What an expression may use, and what is known of it once it has been checked."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from inferno.grammar import ast
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, TIME, UNKNOWN, Kind
from inferno.grammar.expression import CLOCK, Constant, Expression
from inferno.grammar.source import Span


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked expression and its dimension."""

    expression: Expression
    dimension: Kind

    @property
    def is_lost(self) -> bool:
        """Whether its problem has been reported."""
        return self.dimension == UNKNOWN


LOST = Typed(Constant(Fraction(1)), UNKNOWN)
"""What stands for an expression that could not be typed."""

BUILT_INS: Mapping[str, Typed] = {
    "inf": Typed(Constant(math.inf), ANY),
    "pi": Typed(Constant(math.pi), NONE),
    "true": Typed(Constant(True), BOOLEAN),
    "false": Typed(Constant(False), BOOLEAN),
}


TIME_NOW = Typed(CLOCK, TIME)
"""What `t` means, where it is known and nothing else has that name."""


class Budget:
    """How much work one file may cause beyond its own length, through functions and models that it uses again and again."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def spend(self, amount: int) -> bool:
        """Whether that much was left."""
        self.left -= amount
        return self.left >= 0


EXPANSION_LIMIT = 40_000
"""Nodes of the bodies of functions, over all their calls in a file."""

Draws = Literal["allowed", "never"]


@dataclass
class Scope:
    """What an expression may use.

    `names` are typed values; `functions` the author's `fn`; `traces` what `next()` takes; `draws` says whether random draws are
    allowed; `time` whether `t` is known; `noise` whether `xi` is, and where it is not `noisy` the names that hold it; `place` completes
    "… is not allowed in"; `owner` is what the names belong to; `outside` are names of the file, which a component's body does not see.
    `products` collects the quantities whose units are products, for a name may be meant by one of their units.
    """

    names: Mapping[str, Typed]
    place: str
    functions: Mapping[str, ast.Function] = field(default_factory=dict)
    traces: Mapping[str, Typed] = field(default_factory=dict)
    draws: Draws = "never"
    dt: Fraction | None = None
    time: bool = False
    noise: bool = False
    noisy: Collection[str] = ()
    owner: str = ""
    outside: Collection[str] = ()
    budget: Budget = field(default_factory=lambda: Budget(EXPANSION_LIMIT))
    products: list[Span] = field(default_factory=list)
