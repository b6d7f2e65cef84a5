"""Where circular buffers are written next: a number that is saved, and its twin, a tensor, which is all that `torch.compile` sees.

To the compiler a number in a module is a constant, and each value of it would make another graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core.module import EXTRA_KEY, Module
from inferno.core.shaped import ignored
from inferno.core.slots import record_size

TIMES = ("dt", "duration", "inclusive")
"""What the size of a record follows from."""


class Place:
    """The twin of a number, int64 without dimensions on the CPU.

    Numbers set from Python choose among tensors that are `made` once.  Any other twin was made by compiled code, and is newer than the
    number.
    `is_shared` says whether a state dict holds the buffer as well.
    """

    def __init__(self) -> None:
        self.made: dict[int, Tensor] = {}
        self.twin, self.is_shared = self.of(0), False

    def of(self, number: int) -> Tensor:
        """The tensor of a number."""
        found = self.made.get(number)
        if found is None:
            # One made in inference mode could not be saved for a gradient.
            with torch.inference_mode(False):
                found = self.made[number] = torch.tensor(number, device="cpu")
        return found

    def is_made(self) -> bool:
        """Whether the twin was chosen from Python."""
        return any(self.twin is made for made in self.made.values())


def settled(owner: Module, pointer: str, place: Place) -> int:
    """The number, after steps of compiled code have been taken over from its twin."""
    number: int = owner._extras[pointer]
    if not place.is_made():
        number = owner._extras[pointer] = int(place.twin)
    place.twin = place.of(number)
    return number


class Snapshot:
    """What a state dict holds of a record: the pointer of its moment, and data that later writes in place don't reach, as they make a copy.

    A hook of the module after a state dict is made, and others before and after one is loaded; a class, so that copies of the module can be
    made.
    """

    def __init__(self, name: str) -> None:
        self._name = f"_{name}"
        self._data, self._pointer, self._place = f"_{name}_data", f"_{name}_pointer", f"_{name}_place"

    def attach(self, owner: Module) -> None:
        """Register the hooks."""
        owner.register_state_dict_post_hook(self)  # type: ignore[no-untyped-call]
        owner.register_load_state_dict_pre_hook(self.before)  # type: ignore[no-untyped-call]
        owner.register_load_state_dict_post_hook(self.after)  # type: ignore[no-untyped-call]

    def _settle(self, module: nn.Module) -> int | None:
        place = module.__dict__.get(self._place)
        return settled(module, self._pointer, place) if isinstance(module, Module) and place is not None else None

    def __call__(self, module: nn.Module, state: dict[str, Any], prefix: str, metadata: object) -> None:
        """Complete a state dict."""
        number, extras = self._settle(module), state.get(prefix + EXTRA_KEY)
        if number is None:
            return
        if isinstance(extras, dict) and self._pointer in extras:
            extras[self._pointer] = number
        module.__dict__[self._place].is_shared = prefix + self._data in state

    def before(self, module: nn.Module, state: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        """Take compiled steps over, as what is loaded counts from now on, and load into data that no other state dict holds."""
        if self._settle(module) is None or not module.__dict__[self._place].is_shared:
            return
        data = module._buffers.get(self._data)
        if data is not None:
            module._buffers[self._data] = data.clone()
        module.__dict__[self._place].is_shared = False

    def after(self, module: nn.Module, keys: object) -> None:
        """Let the twin follow the number that was loaded, and the size of a record without observations the times."""
        if self._settle(module) is None:
            return
        sizes, values = getattr(module, f"{self._name}_constraints"), (getattr(module, f"{self._name}_{part}") for part in TIMES)
        size = record_size(*values)
        if sizes[0] != size and ignored(module._buffers.get(self._data)):
            sizes[0] = size
