"""Linear connections: all to all, one to one, and all to all but itself."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.connections.connection import Connection, Initialization, refuse
from inferno.neural.sparse import correlated, linear
from inferno.neural.synapses.synapse import SynapseConstructor


class LinearDense(Connection):
    """An all-to-all connection: y_o = sum_i W_oi x_i + b_o, x_i delayed by d_oi where there are delays.

    Parameters
    ----------
    in_shape, out_shape
        Of the two groups, without the batch.
    step_time
        Length of a step in ms, > 0.
    synapse
        Makes the synapse, such as `DeltaCurrent.partialconstructor(1.0)`.
    bias
        Whether there are biases.
    delay
        Greatest delay in ms; None for no delays.
    batch_size
        Samples in a batch.
    weight_init, bias_init, delay_init
        Called with weights [outputs, inputs], biases [outputs], delays in ms [outputs, inputs]; return their first values.  Without,
        weights and biases are uniform in [0, 1) and delays zero.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def __init__(
        self,
        in_shape: int | tuple[int, ...],
        out_shape: int | tuple[int, ...],
        step_time: float,
        *,
        synapse: SynapseConstructor,
        bias: bool = False,
        delay: float | None = None,
        batch_size: int = 1,
        weight_init: Initialization | None = None,
        bias_init: Initialization | None = None,
        delay_init: Initialization | None = None,
    ) -> None:
        self_in, self_out = arguments.shape("in_shape", in_shape), arguments.shape("out_shape", out_shape)
        inputs, outputs = torch.Size(self_in).numel(), torch.Size(self_out).numel()
        super().__init__(synapse=synapse, synapse_shape=(inputs,), step_time=step_time, delay=delay, batch_size=batch_size)
        self._inshape, self._outshape = self_in, self_out
        self._parameters_of((outputs, inputs), outputs, bias, delay, weight_init, bias_init, delay_init)

    @property
    def inshape(self) -> tuple[int, ...]:
        """The shape of inputs, without the batch."""
        return self._inshape

    @property
    def outshape(self) -> tuple[int, ...]:
        """The shape of outputs, without the batch."""
        return self._outshape

    @property
    def selector(self) -> Tensor | None:
        """Delays in ms as [batch, inputs, outputs], or None without delays."""
        delay = self.delay
        return delay.t().expand(self.batchsz, -1, -1) if delay is not None else None

    def like_input(self, data: Tensor) -> Tensor:
        """[batch, inputs] as [batch, *inshape]."""
        return data.reshape(-1, *self._inshape)

    def like_synaptic(self, data: Tensor) -> Tensor:
        """[batch, *inshape] as [batch, inputs], or that as it is; ValueError for another shape."""
        if data.shape[1:] != self._inshape and data.shape[1:] != (math.prod(self._inshape),):
            refuse(data, self._inshape)
        return data.reshape(data.shape[0], -1)

    def like_bias(self, data: Tensor) -> Tensor:
        """[outputs, 1] as [outputs]."""
        return data.reshape(-1)

    def postsyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, *outshape] as [batch, outputs, 1, 1]."""
        return data.reshape(data.shape[0], -1, 1, 1)

    def presyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, inputs] as [batch, 1, inputs, 1]; delayed [batch, inputs, outputs] as [batch, outputs, inputs, 1]."""
        return data.unsqueeze(1).unsqueeze(-1) if data.ndim == 2 else data.transpose(1, 2).unsqueeze(-1)

    def correlate(self, post: Tensor, pre: Tensor) -> Tensor:
        """The sum over the batch of post_o pre_i, [outputs, inputs]."""
        outputs = post.reshape(post.shape[0], -1)
        if pre.ndim == 2:
            return correlated(outputs, pre)
        return torch.einsum("bo,bio->oi", outputs, pre)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Spikes [batch, *inshape], and whatever else the synapse takes.

        Returns
        -------
        Tensor
            Currents in nA, [batch, *outshape].
        """
        current = self._arriving(inputs, kwargs)
        if self.delayedby:
            result = torch.einsum("bio,oi->bo", self.syncurrent, self.weight)
            result = result if self.bias is None else result + self.bias
        else:
            result = linear(current, self.weight, self._parameters["bias_"])
        return result.view(-1, *self._outshape)


class LinearLateral(LinearDense):
    """A connection of a group to itself, all to all but itself: as `LinearDense`, weights and delays on the diagonal are 0.

    The diagonal is masked when weights or delays are assigned.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time, synapse, bias, delay, batch_size, weight_init, bias_init, delay_init
        As for `LinearDense`.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        synapse: SynapseConstructor,
        bias: bool = False,
        delay: float | None = None,
        batch_size: int = 1,
        weight_init: Initialization | None = None,
        bias_init: Initialization | None = None,
        delay_init: Initialization | None = None,
    ) -> None:
        group = arguments.shape("shape", shape)
        super().__init__(
            group,
            group,
            step_time,
            synapse=synapse,
            bias=bias,
            delay=delay,
            batch_size=batch_size,
            weight_init=weight_init,
            bias_init=bias_init,
            delay_init=delay_init,
        )

    def _assign(self, name: str, value: Tensor) -> None:
        size = self.outsize()
        if name != "bias" and isinstance(value, Tensor) and value.shape == (size, size):
            if "mask" not in self._buffers:
                self.register_buffer("mask", 1 - torch.eye(size, dtype=value.dtype, device=value.device), persistent=False)
            # Not a product: it would make NaN of an infinite weight.
            value = torch.where(self.mask.to(value.device) != 0, value, 0.0)
        super()._assign(name, value)


class LinearDirect(Connection):
    """A one-to-one connection: y_n = W_n x_n + b_n, x_n delayed by d_n where there are delays.

    Parameters
    ----------
    shape
        Of both groups, without the batch.
    step_time, synapse, bias, delay, batch_size, weight_init, bias_init, delay_init
        As for `LinearDense`; weights, biases and delays are [neurons].

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        synapse: SynapseConstructor,
        bias: bool = False,
        delay: float | None = None,
        batch_size: int = 1,
        weight_init: Initialization | None = None,
        bias_init: Initialization | None = None,
        delay_init: Initialization | None = None,
    ) -> None:
        group = arguments.shape("shape", shape)
        size = torch.Size(group).numel()
        super().__init__(synapse=synapse, synapse_shape=(size,), step_time=step_time, delay=delay, batch_size=batch_size)
        self._shape = group
        self._parameters_of((size,), size, bias, delay, weight_init, bias_init, delay_init)

    @property
    def inshape(self) -> tuple[int, ...]:
        """The shape of inputs, without the batch."""
        return self._shape

    @property
    def outshape(self) -> tuple[int, ...]:
        """The shape of outputs, without the batch."""
        return self._shape

    @property
    def selector(self) -> Tensor | None:
        """Delays in ms as [batch, neurons, 1], or None without delays."""
        delay = self.delay
        return delay.unsqueeze(-1).expand(self.batchsz, -1, -1) if delay is not None else None

    def like_input(self, data: Tensor) -> Tensor:
        """[batch, neurons] as [batch, *shape]."""
        return data.reshape(-1, *self._shape)

    def like_synaptic(self, data: Tensor) -> Tensor:
        """[batch, *shape] as [batch, neurons], or that as it is; ValueError for another shape."""
        if data.shape[1:] != self._shape and data.shape[1:] != (math.prod(self._shape),):
            refuse(data, self._shape)
        return data.reshape(data.shape[0], -1)

    def like_bias(self, data: Tensor) -> Tensor:
        """[neurons] as they are."""
        return data.reshape(-1)

    def postsyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, *shape] as [batch, neurons, 1]."""
        return data.reshape(data.shape[0], -1, 1)

    def presyn_receptive(self, data: Tensor) -> Tensor:
        """[batch, neurons] or [batch, neurons, 1] as [batch, neurons, 1]."""
        return data.reshape(data.shape[0], -1, 1)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: spikes [batch, *shape] in (and what else the synapse takes), currents in nA [batch, *shape] out."""
        current = self._arriving(inputs, kwargs)
        if self.delayedby:
            current = self.syncurrent.squeeze(-1)
        result = current * self.weight
        if self.bias is not None:
            result = result + self.bias
        return result.view(-1, *self._shape)
