"""How a checked program runs and trains: its `run:` and `train:` blocks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Run:
    """How a network runs: dt in ms; `steps` may be left to the caller; `reset` is None for everything that is not persistent."""

    dt: Fraction = Fraction(1)
    steps: int | None = None
    batch: int = 1
    seed: int = 0
    reset: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LossTerm:
    """A summand of a loss: a weight times a function of `std.losses` of an output or of populations, with its parameters."""

    name: str
    weight: float
    subjects: tuple[str, ...]
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Gradient:
    """Training by gradients: `checkpoint` is `auto`, `none` or a number of steps; optimizer and schedule have a name and options."""

    checkpoint: str
    loss: tuple[LossTerm, ...]
    optimizer: tuple[str, tuple[tuple[str, float], ...]]
    schedule: tuple[str, tuple[tuple[str, float], ...]]
    precision: str


@dataclass(frozen=True, slots=True)
class Train:
    """How a network trains: by its plasticity rules alone (`local`), or by gradients (`bptt`)."""

    method: str = "local"
    epochs: int = 1
    gradient: Gradient | None = None
