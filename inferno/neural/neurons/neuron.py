"""What every neuron offers, and the batch that its state is kept for."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module
from inferno.core.shaped import ShapedTensor


class Neuron(Module):
    """A group of neurons with common dynamics: currents in, spikes out, state in between.  Abstract.

    `shape` is that of the group, without the batch.  Voltages are in mV, times in ms, currents in nA.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `shape`")

    @property
    def count(self) -> int:
        """The number of neurons in the group."""
        return math.prod(self.shape)

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        raise NotImplementedError(f"{type(self).__name__} must define `batchsz`")

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `batchsz`")

    @property
    def batchedshape(self) -> tuple[int, ...]:
        """The shape of inputs, outputs and state: batch first."""
        return (self.batchsz, *self.shape)

    @property
    def dt(self) -> float:
        """The length of a step, in ms."""
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @dt.setter
    def dt(self, value: float) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `dt`")

    @property
    def voltage(self) -> Tensor:
        """Membrane voltages in mV, [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `voltage`")

    @voltage.setter
    def voltage(self, value: Tensor) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `voltage`")

    @property
    def refrac(self) -> Tensor:
        """What is left of the refractory periods in ms, [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `refrac`")

    @refrac.setter
    def refrac(self, value: Tensor) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `refrac`")

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        raise NotImplementedError(f"{type(self).__name__} must define `spike`")

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Bring the state back to rest."""
        raise NotImplementedError(f"{type(self).__name__} must define `clear`")

    @abstractmethod
    def forward(self, inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: currents in nA [batch, *shape] in, spikes bool [batch, *shape] out."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")


class InfernoNeuron(Neuron):
    """A neuron that knows its shape and its batch.  Abstract: state and `forward` are missing.

    Another batch size resizes each `ShapedTensor` among its attributes that has a size for dimension 0; then the state is cleared.

    Parameters
    ----------
    shape
        Of the group, without the batch: a whole number or several.
    batch_size
        Samples in a batch.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def __init__(self, shape: int | tuple[int, ...], batch_size: int) -> None:
        super().__init__()
        self._shape = arguments.shape("shape", shape)
        self._batch = arguments.count("batch_size", batch_size)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        return self._shape

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        return self._batch

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        self._batch = arguments.count("batchsz", value)
        self._resize()
        self.clear()

    def _resize(self) -> None:
        """Give the state the sizes of the batch."""
        for state in vars(self).values():
            if isinstance(state, ShapedTensor) and 0 in state.constraints:
                state.reconstrain(0, self._batch)
