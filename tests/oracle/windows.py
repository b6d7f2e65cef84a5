"""Which synapses the windows of a convolution have, and which weight each of them shares, one after the other."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from inferno.grammar.layers import Layer

Shares = dict[tuple[int, int], int]


def shares(layer: Layer) -> Shares:
    """For each pair (source, target) that a window joins the number of its weight in [out, in, kernel, kernel]."""
    channels, height, width = layer.taken
    outputs, down, across = layer.given
    size, stride, before = (layer.option(n) for n in ("kernel", "stride", "before"))
    found: Shares = {}
    for o, top, left in itertools.product(range(outputs), range(down), range(across)):
        for c, y, x in itertools.product(range(channels), range(size), range(size)):
            row, column = top * stride + y - before, left * stride + x - before
            if 0 <= row < height and 0 <= column < width:
                pair = ((c * height + row) * width + column, (o * down + top) * across + left)
                found[pair] = ((o * channels + c) * size + y) * size + x
    return found


def as_matrix(layer: Layer, weight: Any) -> np.ndarray:
    """Shared weights [out, in, kernel, kernel] as a matrix of sources and targets."""
    matrix = np.zeros((int(np.prod(layer.taken)), int(np.prod(layer.given))))
    flat = np.asarray(weight).reshape(-1)
    for (i, j), number in shares(layer).items():
        matrix[i, j] = flat[number]
    return matrix


def of_synapses(layer: Layer, values: Any) -> np.ndarray:
    """What every synapse has, [out, in * kernel * kernel, places], as a matrix of sources and targets."""
    matrix = np.zeros((int(np.prod(layer.taken)), int(np.prod(layer.given))))
    places = layer.given[1] * layer.given[2]
    flat = np.asarray(values).reshape(-1)
    for (i, j), number in shares(layer).items():
        matrix[i, j] = flat[number * places + j % places]
    return matrix
