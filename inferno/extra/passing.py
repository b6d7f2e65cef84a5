"""Functions that pass on what they are given, to stand where a function is asked for; arguments by keyword are ignored."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def identity(x: T, **kwargs: Any) -> T:
    """The argument."""
    return x


def varidentity(*x: T, **kwargs: Any) -> tuple[T, ...]:
    """The arguments as a tuple."""
    return x


def tuplewrap(x: T, **kwargs: Any) -> tuple[T]:
    """The argument as the only element of a tuple."""
    return (x,)
