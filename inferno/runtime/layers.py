"""Layers that spikes and values pass on their way from one population to the next: convolution, pooling, normalization, dense weights.

Each function makes a layer, which maps rows of neurons [rows, neurons] in float64 to rows of neurons.  `through` runs a series through
some: sums are made in float64 and rounded once, as everywhere, so that a spike depends neither on how samples are batched nor on the number
of threads.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Layer = Callable[[Tensor], Tensor]
Planes = tuple[int, int, int]

MOMENTUM = 0.1
EPSILON = 1e-5
MOST_ELEMENTS = 1 << 24
"""About how many numbers are held at a time while a long series passes; the rows do not know of each other."""


def through(values: Tensor, like: Tensor, layers: tuple[Layer, ...], widest: int, *, whole: bool = False) -> Tensor:
    """A series [..., neurons] behind some layers, in the type of `like`; `widest` is the most neurons that any layer gives.

    With `whole` all rows pass together, as layers need it that look at all of them.
    """
    rows = values.reshape(-1, values.shape[-1])
    length = max(1, rows.shape[0] if whole else MOST_ELEMENTS // max(1, widest))
    parts = []
    for part in torch.split(rows, length):
        found = part.double()
        for layer in layers:
            found = layer(found)
        parts.append(found.to(like.dtype))
    joined = parts[0] if len(parts) == 1 else torch.cat(parts)
    return joined.reshape(*values.shape[:-1], joined.shape[-1])


def conv(weight: Tensor, bias: Tensor | None, planes: Planes, stride: int, before: int, after: int) -> Layer:
    """A convolution of planes [channels, height, width] by `weight` [out, in, kernel, kernel], with zeros around."""

    def layer(rows: Tensor) -> Tensor:
        images = functional.pad(rows.reshape(-1, *planes), (before, after, before, after))
        shift = None if bias is None else bias.double()
        return functional.conv2d(images, weight.double(), shift, stride).flatten(1)

    return layer


def dense(weight: Tensor, bias: Tensor | None) -> Layer:
    """All to all by `weight` [sources, targets]."""

    def layer(rows: Tensor) -> Tensor:
        summed = rows @ weight.double()
        return summed if bias is None else summed + bias.double()

    return layer


def maxpool(planes: Planes, size: int, stride: int) -> Layer:
    """The largest value of each window: of spikes, whether any neuron in it spiked."""
    return lambda rows: functional.max_pool2d(rows.reshape(-1, *planes), size, stride).flatten(1)


def avgpool(planes: Planes, size: int, stride: int) -> Layer:
    """The mean of each window."""
    return lambda rows: functional.avg_pool2d(rows.reshape(-1, *planes), size, stride).flatten(1)


def batchnorm(scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Layer:
    """Each channel normalized by its running statistics."""

    def layer(rows: Tensor) -> Tensor:
        return _normalized(rows, scale, shift, mean.double(), variance.double())

    return layer


class BatchNormalization:
    """Each channel normalized by the statistics of what passes, and the running statistics after that.

    They are taken over all samples, steps and places; the variance is the biased one.
    """

    def __init__(self, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> None:
        self._scale, self._shift = scale, shift
        self.mean, self.variance = mean, variance

    def __call__(self, rows: Tensor) -> Tensor:
        """The normalized rows."""
        channels = rows.reshape(rows.shape[0], self._scale.shape[0], -1)
        mean, variance = channels.mean((0, 2)), channels.var((0, 2), correction=0)
        self.mean = torch.lerp(self.mean.double(), mean, MOMENTUM).to(self.mean.dtype)
        self.variance = torch.lerp(self.variance.double(), variance, MOMENTUM).to(self.variance.dtype)
        return _normalized(rows, self._scale, self._shift, mean, variance)


def _normalized(rows: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    factor = scale.double() / torch.sqrt(variance + EPSILON)
    offset = shift.double() - mean * factor
    channels = rows.reshape(rows.shape[0], scale.shape[0], -1)
    return (channels * factor[:, None] + offset[:, None]).reshape(rows.shape)


def late_dense(series: Tensor, weight: Tensor, bias: Tensor | None, delay: Tensor, dt: Tensor, longest: int) -> Tensor:
    """All to all, each synapse with a delay of its own: from a series [longest + time, batch, sources] to [time, batch, targets].

    `delay` [sources, targets] is in ms; it is rounded to whole steps, half up, what is not 0 to at least one, and kept within `longest`.
    A series without its last step is one in which nothing arrives at once.
    """
    return _late(series, weight, delay, dt, longest, lambda part: dense(part, None), bias)


def late_conv(
    series: Tensor, weight: Tensor, bias: Tensor | None, delay: Tensor, dt: Tensor, longest: int, planes: Planes, stride: int, before: int,
    after: int,
) -> Tensor:  # fmt: skip
    """A convolution, each of its weights with a delay of its own, [out, in, kernel, kernel]; otherwise as `late_dense`."""
    return _late(series, weight, delay, dt, longest, lambda part: conv(part, None, planes, stride, before, after), bias)


def _late(
    series: Tensor, weight: Tensor, delay: Tensor, dt: Tensor, longest: int, layer: Callable[[Tensor], Layer], bias: Tensor | None
) -> Tensor:
    """The sum over all delays of what the layer that has the weights of a delay makes of the series that much earlier."""
    time = max(1, series.shape[0] - longest)
    past = series.double() if series.shape[0] > longest else functional.pad(series.double(), (0, 0, 0, 0, 0, 1))
    steps = torch.floor(delay.double() / dt.double() + 0.5).clamp(1, max(1, longest))
    steps = torch.where(delay > 0, steps, 0.0)
    result = torch.zeros((), dtype=torch.float64, device=series.device)
    for late in range(longest + 1):
        part = torch.where(steps == late, weight.double(), 0.0)
        result = result + layer(part)(past[longest - late : longest - late + time].flatten(0, 1))
    result = result.reshape(time, series.shape[1], -1)
    return (result if bias is None else result + bias.double()).to(weight.dtype)


__all__ = ["BatchNormalization", "avgpool", "batchnorm", "conv", "dense", "late_conv", "late_dense", "maxpool", "through"]
