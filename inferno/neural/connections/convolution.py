"""Convolutional connections."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.core import arguments
from inferno.neural.connections.connection import Connection, Initialization, refuse
from inferno.neural.synapses.synapse import SynapseConstructor

Pair = int | tuple[int, int]


class Conv2D(Connection):
    """A two-dimensional convolution of spikes, whose synapse stands at each place of each kernel.

    With patches x of the (padded) input, y_f,l = sum_k W_f,k x_k,l + b_f; x_k,l delayed by d_f,k where there are delays.  All spike rules
    train it: what the places of a kernel would change is summed.

    Parameters
    ----------
    height, width, channels
        Of the inputs.
    filters
        Number of kernels.
    step_time
        Length of a step in ms, > 0.
    kernel, stride, padding, dilation
        As for `torch.nn.Conv2d`: a number, or one for height and one for width.
    synapse, bias, delay, batch_size, weight_init, bias_init, delay_init
        As for `LinearDense`; weights and delays are [filters, channels, kernel height, kernel width], biases [filters].

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind, or where no place is left for the kernel.
    """

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        filters: int,
        step_time: float,
        kernel: Pair,
        *,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        synapse: SynapseConstructor,
        bias: bool = False,
        delay: float | None = None,
        batch_size: int = 1,
        weight_init: Initialization | None = None,
        bias_init: Initialization | None = None,
        delay_init: Initialization | None = None,
    ) -> None:
        size = (arguments.count("height", height), arguments.count("width", width))
        self_in = (arguments.count("channels", channels), *size)
        count = arguments.count("filters", filters)
        window, step = _pair("kernel", kernel, 1), _pair("stride", stride, 1)
        border, spread = _pair("padding", padding, 0), _pair("dilation", dilation, 1)
        places = tuple((s + 2 * p - d * (k - 1) - 1) // t + 1 for s, p, d, k, t in zip(size, border, spread, window, step, strict=True))
        if min(places) < 1:
            raise ValueError(f"`kernel` {window} with dilation {spread} does not fit into {size} with padding {border}")
        patch = self_in[0] * window[0] * window[1]
        super().__init__(
            synapse=synapse, synapse_shape=(patch, places[0] * places[1]), step_time=step_time, delay=delay, batch_size=batch_size
        )
        self._inshape, self._outshape = self_in, (count, *places)
        self.kernel, self.stride, self.padding, self.dilation = window, step, border, spread
        self._parameters_of((count, self_in[0], *window), count, bias, delay, weight_init, bias_init, delay_init)

    @property
    def inshape(self) -> tuple[int, ...]:
        """Channels, height and width of inputs."""
        return self._inshape

    @property
    def outshape(self) -> tuple[int, ...]:
        """Filters, height and width of outputs."""
        return self._outshape

    @property
    def selector(self) -> Tensor | None:
        """Delays in ms as [batch, patch, places, filters], or None without delays."""
        delay = self.delay
        if delay is None:
            return None
        patches = delay.flatten(1).t().unsqueeze(1)
        return patches.expand(self.batchsz, -1, self._outshape[1] * self._outshape[2], -1)

    def _folding(self) -> dict[str, Any]:
        return {"kernel_size": self.kernel, "dilation": self.dilation, "padding": self.padding, "stride": self.stride}

    def like_input(self, data: Tensor) -> Tensor:
        """[batch, patch, places] as [batch, channels, height, width]: the mean over all places where a pixel stands in."""
        values = data.to(self.weight.dtype)
        size = self._inshape[1:]
        summed = nn_functional.fold(values, size, **self._folding())
        counts = nn_functional.fold(torch.ones_like(values), size, **self._folding())
        return summed / counts.clamp(min=1)

    def like_synaptic(self, data: Tensor) -> Tensor:
        """[batch, channels, height, width] as [batch, patch, places]."""
        if data.shape[1:] != self._inshape:
            refuse(data, self._inshape)
        patches = nn_functional.unfold(data.to(self.weight.dtype), **self._folding())
        return patches != 0 if data.dtype == torch.bool else patches.to(data.dtype)

    def like_bias(self, data: Tensor) -> Tensor:
        """[filters, 1, 1, 1] as [filters]."""
        return data.reshape(-1)

    def postsyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, filters, height, width] as [batch, filters, 1, 1, 1, places]."""
        return data.flatten(2).reshape(data.shape[0], data.shape[1], 1, 1, 1, -1)

    def presyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, patch, places] as [batch, 1, channels, *kernel, places]; delayed, with the filters in place of the 1."""
        patch = (self._inshape[0], *self.kernel)
        if data.ndim == 3:
            return data.reshape(data.shape[0], 1, *patch, data.shape[-1])
        return data.permute(0, 3, 1, 2).reshape(data.shape[0], data.shape[-1], *patch, data.shape[2])

    def correlate(self, post: Tensor, pre: Tensor) -> Tensor:
        """The sum over batch and places of post_f,l pre_k,l, [filters, channels, *kernel], as one contraction."""
        outputs = post.flatten(2)
        form = "bfl,bkl->fk" if pre.ndim == 3 else "bfl,bklf->fk"
        return torch.einsum(form, outputs, pre).reshape(self.weight.shape)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: spikes [batch, channels, height, width] in, currents in nA [batch, filters, height, width] out."""
        current = self._arriving(inputs, kwargs)
        kernels = self.weight.flatten(1)
        if self.delayedby:
            result = torch.einsum("bklf,fk->bfl", self.syncurrent, kernels)
        else:
            result = torch.matmul(kernels, current)
        if self.bias is not None:
            result = result + self.bias.unsqueeze(-1)
        return result.view(-1, *self._outshape)


def _pair(name: str, value: Pair, least: int) -> tuple[int, int]:
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"`{name}` must be a whole number or two of them, got {value!r}")
        return (arguments.count(f"{name}[0]", value[0], least), arguments.count(f"{name}[1]", value[1], least))
    number = arguments.count(name, value, least)
    return (number, number)
