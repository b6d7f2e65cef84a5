"""What a network asks of the compiler that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from inferno.runtime.network import Network


class Origin(Protocol):
    """Where a network comes from; the compiler's side of it."""

    @property
    def program(self) -> Any:
        """The checked program."""

    @property
    def graph(self) -> Any:
        """The scheduled graph."""

    @property
    def source(self) -> str:
        """The text of the generated module."""

    @property
    def explanation(self) -> str:
        """What the passes did."""

    def as_html(self, heading: str) -> str:
        """The network for notebooks."""

    def steps_of(self, duration: object) -> int:
        """A duration such as `"200 ms"` in steps."""

    def changed(self, name: str, value: object) -> Network | Mapping[str, float | int]:
        """The constants with a parameter changed, or, where that changes the generated code, another network."""
