"""Values that a program calls `trainable`: parameters of the module, with the limits within which they are kept.

Weights and layers are tensors of the network anyway.  A parameter of a neuron, a synapse or a rule is a number from which others are
calculated when a program is compiled; its parameter here holds it in base units, and what somebody writes into that counts from the next
call on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from inferno.runtime.description import TrainableInfo
from inferno.runtime.parts import Part, Parts
from inferno.runtime.plan import split_key

if TYPE_CHECKING:
    from inferno.runtime.network import Network


def expose(parts: Parts, trainable: Mapping[str, TrainableInfo], dtype: torch.dtype) -> None:
    """Make parameters of the numbers that are trainable."""
    for info in trainable.values():
        if info.value is not None:
            _write(parts, info.key, torch.tensor(info.value, dtype=dtype))


def accept(network: Network, key: str) -> None:
    """Write a value that the program was given into its parameter."""
    if key in network.description.trainable and key in network._numbers:
        _write(network.parts, key, torch.tensor(float(network._numbers[key]), dtype=network._dtype, device=network.device))


def synchronize(network: Network) -> None:
    """Give the program what was written into parameters since the last call, cut to its limits."""
    for info in network.description.trainable.values():
        if info.value is None:
            continue
        part, name = _part(network.parts, info.key)
        parameter = part.get(name)
        if info.low is not None or info.high is not None:
            parameter.clamp_(info.low, info.high)
        if parameter.item() != part.written[name]:
            unit = "" if info.unit == "1" else f" * (1 {info.unit})"
            network.set(info.key, f"{parameter.item()!r}{unit}")
            part.written[name] = parameter.item()


def _write(parts: Parts, key: str, value: Tensor) -> None:
    part, name = _part(parts, key)
    part.put_weight(name, value, trainable=True)
    part.written[name] = value.item()


def _part(parts: Parts, key: str) -> tuple[Part, str]:
    owner, name = split_key(key)
    return parts.get(owner), name
