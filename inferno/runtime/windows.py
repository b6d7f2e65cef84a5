"""What a rule changes of weights that the windows of a convolution share.

A weight is [out, in, kernel, kernel]; the synapses of a sample are [out, in * kernel * kernel, places], a place being one of the target's
plane.  Changes of all synapses that share a weight are added up, in float64, and rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

Windows = tuple[tuple[int, int, int], int, int, int, int, int]
"""Planes of the source (channels, height, width), output channels, kernel, stride, zeros before and after."""


def window_sources(values: Tensor, windows: Windows) -> Tensor:
    """Values of sources [batch, sources] for every synapse: [batch, 1, in * kernel * kernel, places], 0 outside of the plane."""
    planes, _, kernel, stride, before, after = windows
    numbers = values if values.is_floating_point() else values.to(torch.float32)
    images = functional.pad(numbers.reshape(-1, *planes), (before, after, before, after))
    return functional.unfold(images, kernel, stride=stride)[:, None]


def window_targets(values: Tensor, windows: Windows) -> Tensor:
    """Values of targets [batch, targets] for every synapse: [batch, out, 1, places]."""
    return values.reshape(values.shape[0], windows[1], 1, -1)


def window_weights(weight: Tensor) -> Tensor:
    """Shared weights for every synapse: [out, in * kernel * kernel, 1]."""
    return weight.flatten(1)[:, :, None]


def window_outer(left: Tensor, right: Tensor, windows: Windows) -> Tensor:
    """The sum of (source side) * (target side) over the batch and over all synapses that share a weight, in the type of the left."""
    sources = window_sources(left.double(), windows)[:, 0]
    targets = window_targets(right.double(), windows)[:, :, 0]
    summed = targets.permute(1, 0, 2).flatten(1) @ sources.permute(0, 2, 1).flatten(0, 1)
    return _shaped(summed, windows).to(torch.promote_types(left.dtype, right.dtype))


def window_sum(changes: Tensor, inside: Tensor, windows: Windows) -> Tensor:
    """The sum of changes of every synapse over the batch and over those that share a weight; `inside` is 0 where there is no source."""
    summed = torch.where(inside != 0, changes, 0.0).sum((0, 3), dtype=torch.float64)
    return _shaped(summed, windows).to(changes.dtype)


def window_inside(values: Tensor, windows: Windows) -> Tensor:
    """Values of every synapse [..., in * kernel * kernel, places], with 0 where a window reaches beyond the plane."""
    planes = windows[0]
    ones = torch.ones(1, planes[0] * planes[1] * planes[2], device=values.device)
    return torch.where(window_sources(ones, windows)[0, 0] != 0, values, 0.0)


def window_arrivals(history: Tensor, delay: Tensor, dt: Tensor, longest: int, windows: Windows) -> Tensor:
    """The spikes that reach each synapse in this step, [batch, out, in * kernel * kernel, places].

    `history` are those of the last steps, [steps, batch, sources], the newest last, `delay` is that of each shared weight in ms, rounded
    as in `late_dense`; a history without this step's spikes has none that arrive at once.
    """
    past = history if history.shape[0] > longest else functional.pad(history, (0, 0, 0, 0, 0, 1))
    seen = torch.stack([window_sources(spikes, windows)[:, 0] for spikes in past[-longest - 1 :]])
    steps = torch.where(delay > 0, torch.floor(delay.double() / dt.double() + 0.5).clamp(1, max(1, longest)), 0.0)
    age = window_weights(longest - steps.to(torch.int64))
    wide = seen[:, :, None].expand(-1, -1, windows[1], -1, -1)
    return wide.gather(0, age[None, None].expand(1, *wide.shape[1:]))[0]


def window_gain(gain: Tensor | float, weight: Tensor, clock: Mapping[str, Tensor], reduction: str, windows: Windows) -> Tensor:
    """What shared weights gain, as the `mean` or `sum` over the samples of the sum over synapses that share one.

    `gain` is of every synapse of a sample, or the same for several.
    """
    planes, channels, kernel, stride, before, after = windows
    down, across = ((n + before + after - kernel) // stride + 1 for n in planes[1:])
    batch, synapses = clock["sample"].shape[0], (channels, planes[0] * kernel * kernel, down * across)
    every = torch.as_tensor(gain, dtype=weight.dtype, device=weight.device).expand(batch, *synapses)
    summed = window_inside(every, windows).sum((0, 3), dtype=torch.float64)
    reduced = summed / batch if reduction == "mean" else summed * clock["share"]
    return _shaped(reduced, windows).to(weight.dtype)


def _shaped(weight: Tensor, windows: Windows) -> Tensor:
    planes, channels, kernel, *_ = windows
    return weight.reshape(channels, planes[0], kernel, kernel)
