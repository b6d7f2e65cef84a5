"""Checks of arguments: each returns the value in the type that is kept, or names the argument, its value, and what was expected."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from numbers import Integral, Real
from types import UnionType


def real(name: str, value: object) -> float:
    """A finite number.

    Raises
    ------
    TypeError
        For something that is no real number.
    ValueError
        For NaN or an infinity.
    """
    number = _number(name, value)
    if not math.isfinite(number):
        raise ValueError(f"`{name}` must be finite, got {value!r}")
    return number


def positive(name: str, value: object) -> float:
    """A number greater than 0; errors as `real`."""
    number = _number(name, value)
    if not number > 0 or math.isinf(number):
        raise ValueError(f"`{name}` must be finite and greater than 0, got {value!r}")
    return number


def non_negative(name: str, value: object) -> float:
    """A number of at least 0; errors as `real`."""
    number = _number(name, value)
    if not number >= 0 or math.isinf(number):
        raise ValueError(f"`{name}` must be finite and at least 0, got {value!r}")
    return number


def non_zero(name: str, value: object) -> float:
    """A number other than 0; errors as `real`."""
    number = real(name, value)
    if number == 0:
        raise ValueError(f"`{name}` must not be 0, got {value!r}")
    return number


def less(name: str, value: object, other: str, limit: float) -> float:
    """A number less than another argument; errors as `real`."""
    number = real(name, value)
    if not number < limit:
        raise ValueError(f"`{name}` must be less than `{other}` ({limit:g}), got {value!r}")
    return number


def count(name: str, value: object, least: int | None = 1) -> int:
    """A whole number of at least `least`, if that is not None; a float is taken if it is whole.

    Raises
    ------
    TypeError
        For something that is no number.
    ValueError
        For a number that is not whole, or too small.
    """
    number = _number(name, value)
    if not math.isfinite(number) or number != int(number):
        raise ValueError(f"`{name}` must be a whole number, got {value!r}")
    if least is not None and number < least:
        raise ValueError(f"`{name}` must be at least {least}, got {value!r}")
    return int(number)


def shape(name: str, value: object) -> tuple[int, ...]:
    """A shape: whole numbers of at least 1; a single one stands for one dimension.  Errors as `count`."""
    if isinstance(value, Real):
        return (count(name, value),)
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | bytearray):
        raise TypeError(f"`{name}` must be a whole number or a sequence of them, got {value!r}")
    sizes = tuple(count(f"{name}[{i}]", size) for i, size in enumerate(value))
    if not sizes:
        raise ValueError(f"`{name}` must have at least one dimension, got {value!r}")
    return sizes


def flag(name: str, value: object) -> bool:
    """Whether something is so; TypeError for a tensor of several elements and other values that are neither true nor false."""
    try:
        return bool(value)
    except (RuntimeError, ValueError) as error:
        raise TypeError(f"`{name}` must be True or False, got {value!r}") from error


def function(name: str, value: object) -> None:
    """Refuse what can't be called, unless it is None.

    Raises
    ------
    TypeError
        With the type that was given.
    """
    if value is not None and not callable(value):
        raise TypeError(f"`{name}` must be callable or None, got {type(value).__name__}")


def choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """One of some words, whatever its case.

    Raises
    ------
    TypeError
        For something that is no text.
    ValueError
        For another word.
    """
    words = tuple(allowed)
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be one of {_listed(words)}, got {value!r}")
    if value.lower() not in words:
        raise ValueError(f"`{name}` must be one of {_listed(words)}, got {value!r}")
    return value.lower()


def identifier(name: str, value: object) -> str:
    """A text that can be the name of an attribute.

    Raises
    ------
    TypeError
        For something that is no text.
    ValueError
        For one with other characters.
    """
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a string, got {type(value).__name__}")
    if not value.isidentifier():
        raise ValueError(f"`{name}` must be an identifier, got {value!r}")
    return value


def instance(name: str, value: object, kind: type | UnionType, words: str) -> None:
    """Refuse a value of another kind; `words` says which was expected.

    Raises
    ------
    TypeError
        With the type that was given.
    """
    if not isinstance(value, kind):
        raise TypeError(f"`{name}` must be {words}, got {type(value).__name__}")


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real | Integral):
        item = getattr(value, "item", None)
        if isinstance(value, bool) or item is None or getattr(value, "ndim", 1) != 0:
            raise TypeError(f"`{name}` must be a number, got {value!r}")
        return _number(name, item())
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"`{name}` must be at most {sys.float_info.max:g} in magnitude, got a greater number") from None


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)
