"""Layers neuron by neuron, in plain Python: what `inferno/runtime/layers.py` is held to."""

from __future__ import annotations

import math
from collections.abc import Sequence

Rows = list[list[float]]
Planes = tuple[int, int, int]


def conv(rows: Rows, weight: object, bias: Sequence[float] | None, planes: Planes, stride: int, before: int, after: int) -> Rows:
    """A convolution; `weight[o][i][y][x]`."""
    kernels: list[list[list[list[float]]]] = weight  # type: ignore[assignment]
    channels, height, width = planes
    size = len(kernels[0][0])
    down, across = (1 + (n + before + after - size) // stride for n in (height, width))

    def at(row: list[float], channel: int, y: int, x: int) -> float:
        return row[(channel * height + y) * width + x] if 0 <= y < height and 0 <= x < width else 0.0

    return [
        [
            math.fsum(
                kernel[i][y][x] * at(row, i, top * stride + y - before, left * stride + x - before)
                for i in range(channels) for y in range(size) for x in range(size)
            ) + (bias[o] if bias is not None else 0.0)
            for o, kernel in enumerate(kernels) for top in range(down) for left in range(across)
        ]
        for row in rows
    ]  # fmt: skip


def dense(rows: Rows, weight: Sequence[Sequence[float]], bias: Sequence[float] | None) -> Rows:
    """All to all; `weight[source][target]`."""
    return [
        [math.fsum(x * weight[i][j] for i, x in enumerate(row)) + (bias[j] if bias is not None else 0.0) for j in range(len(weight[0]))]
        for row in rows
    ]


def pool(rows: Rows, planes: Planes, size: int, stride: int, largest: bool) -> Rows:
    """The largest value or the mean of each window."""
    channels, height, width = planes
    down, across = (1 + (n - size) // stride for n in (height, width))

    def window(row: list[float], channel: int, top: int, left: int) -> list[float]:
        return [row[(channel * height + top * stride + y) * width + left * stride + x] for y in range(size) for x in range(size)]

    return [
        [
            max(found) if largest else math.fsum(found) / size**2
            for c in range(channels) for top in range(down) for left in range(across)
            for found in (window(row, c, top, left),)
        ]
        for row in rows
    ]  # fmt: skip


def normalize(rows: Rows, scale: Sequence[float], shift: Sequence[float], mean: Sequence[float], variance: Sequence[float]) -> Rows:
    """Each channel by given statistics."""
    place = len(rows[0]) // len(scale)
    return [
        [
            (x - mean[i // place]) / math.sqrt(variance[i // place] + 1e-5) * scale[i // place] + shift[i // place]
            for i, x in enumerate(row)
        ]
        for row in rows
    ]  # fmt: skip


def statistics(rows: Rows, channels: int) -> tuple[list[float], list[float]]:
    """Mean and biased variance of each channel."""
    place = len(rows[0]) // channels
    values = [[x for row in rows for x in row[c * place : (c + 1) * place]] for c in range(channels)]
    means = [math.fsum(v) / len(v) for v in values]
    return means, [math.fsum((x - m) ** 2 for x in v) / len(v) for v, m in zip(values, means, strict=True)]
