"""A stack of layers on an edge of the short form, with its tensors, and random ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from oracle import layers
from oracle.formula import formula

from inferno.grammar.expression import Draw
from inferno.grammar.layers import Layer

Rows = list[list[float]]


class Stack:
    """The layers of an edge; `random` gives the number of a draw of a tensor's element."""

    def __init__(self, stages: Sequence[Layer], random: Callable[[str, int, Draw], float]) -> None:
        self.stages = stages
        self.tensors = {
            t.name: np.array(
                [
                    float(formula(t.initial)({"draw": lambda draw, name=t.name, at=n: random(name, at, draw)}))
                    for n in range(math.prod(t.shape))
                ]
            )
            .reshape(t.shape)
            .tolist()
            for layer in stages
            for t in layer.tensors
        }

    def through(self, rows: Rows) -> Rows:
        """Rows of neurons behind all layers."""
        for layer in self.stages:
            rows = self._behind(layer, rows)
        return rows

    def _behind(self, layer: Layer, rows: Rows) -> Rows:
        tensors: list[Any] = [self.tensors[t.name] for t in layer.tensors]
        if layer.kind == "flatten":
            return rows
        if layer.kind == "dense":
            return layers.dense(rows, tensors[0], tensors[1] if len(tensors) > 1 else None)
        planes: Any = layer.taken if len(layer.taken) == 3 else (1, *layer.taken)
        if layer.kind == "conv":
            options = (layer.option(n) for n in ("stride", "before", "after"))
            return layers.conv(rows, tensors[0], tensors[1] if len(tensors) > 1 else None, planes, *options)
        return layers.pool(rows, planes, layer.option("kernel"), layer.option("stride"), layer.kind == "maxpool")


def stack(chance: random.Random, shape: tuple[int, ...]) -> str:
    """The layers between a source of a shape and a target that takes what comes; the last is dense."""
    bias = chance.choice(["", ", bias = true"])
    found = []
    if len(shape) == 2:
        found += chance.choice([[], [f"conv(2, kernel = 2, padding = same{bias})"], ["conv(1, kernel = 2)"]])
        found += chance.choice([[], ["maxpool(2)"], ["avgpool(2)"]]) if not found or "same" in found[0] else []
    return " | ".join([*found, chance.choice(["dense", "dense", "flatten | dense", "dense(3) | dense"])])
