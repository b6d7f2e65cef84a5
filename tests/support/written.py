"""Networks of programs that stand in the tests."""

from __future__ import annotations

from typing import Protocol

from inferno.runtime.network import Network


class Write(Protocol):
    """Makes a network of a program's text, for float64 on the CPU; eager, unless another backend is named."""

    def __call__(self, text: str, backend: str = "eager") -> Network: ...
