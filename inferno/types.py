"""Functions by the number of their arguments and results, as protocols for annotations.

All arguments and results are of one type; further arguments are given by keyword.  A `Method` takes the object it belongs to before the
others, as a function does that is defined in a class.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class OneToOne(Protocol[T]):
    """A function of one value that returns one."""

    def __call__(self, value: T, /, **kwargs: Any) -> T:
        """The value made of another."""
        ...


class ManyToOne(Protocol[T]):
    """A function of any number of values that returns one."""

    def __call__(self, *values: T, **kwargs: Any) -> T:
        """The value made of others."""
        ...


class OneToMany(Protocol[T]):
    """A function of one value that returns a tuple of them."""

    def __call__(self, value: T, /, **kwargs: Any) -> tuple[T, ...]:
        """The values made of one."""
        ...


class ManyToMany(Protocol[T]):
    """A function of any number of values that returns a tuple of them."""

    def __call__(self, *values: T, **kwargs: Any) -> tuple[T, ...]:
        """The values made of others."""
        ...


class OneToOneMethod(Protocol[T]):
    """A method of one value that returns one."""

    def __call__(self, owner: Any, value: T, /, **kwargs: Any) -> T:
        """The value made of another."""
        ...


class ManyToOneMethod(Protocol[T]):
    """A method of any number of values that returns one."""

    def __call__(self, owner: Any, /, *values: T, **kwargs: Any) -> T:
        """The value made of others."""
        ...


class OneToManyMethod(Protocol[T]):
    """A method of one value that returns a tuple of them."""

    def __call__(self, owner: Any, value: T, /, **kwargs: Any) -> tuple[T, ...]:
        """The values made of one."""
        ...


class ManyToManyMethod(Protocol[T]):
    """A method of any number of values that returns a tuple of them."""

    def __call__(self, owner: Any, /, *values: T, **kwargs: Any) -> tuple[T, ...]:
        """The values made of others."""
        ...


__all__ = [
    "ManyToMany",
    "ManyToManyMethod",
    "ManyToOne",
    "ManyToOneMethod",
    "OneToMany",
    "OneToManyMethod",
    "OneToOne",
    "OneToOneMethod",
]
