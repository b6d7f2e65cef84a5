"""What every connection offers: a synapse, trainable parameters, and how spikes of both sides meet in a learning rule."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.virtual import VirtualTensor
from inferno.neural.synapses.synapse import Synapse, SynapseConstructor
from inferno.neural.updatable import Updatable
from inferno.neural.updater import Updater

Initialization = Callable[[Tensor], Tensor]


class Connection(Updatable):
    """Maps spikes of one group to currents for another by a synapse and weights.  Abstract.

    State: parameters `weight_`, `bias_`, `delay_` without gradient, the synapse `synapse_`, and, once attached, the updater `updater_`.
    In a learning rule, spikes of both sides are brought into shapes that broadcast as [batch, *weight.shape, L], L being the places
    that share a weight: `postsyn_receptive`, `presyn_receptive`; `correlate` is the sum of their product over L and the batch.

    Parameters
    ----------
    synapse
        Makes the synapse: called as `(shape, step_time, delay, batch_size)`.
    synapse_shape
        Of the synapse, without the batch.
    step_time
        Length of a step in ms, > 0.
    delay
        Greatest delay in ms; None for no delays, 0 for a delay parameter that is not used.
    batch_size
        Samples in a batch.
    """

    def __init__(
        self, *, synapse: SynapseConstructor, synapse_shape: tuple[int, ...], step_time: float, delay: float | None, batch_size: int
    ) -> None:
        super().__init__()
        if not callable(synapse) or isinstance(synapse, nn.Module):
            raise TypeError(f"`synapse` must be a synapse constructor, got {type(synapse).__name__}")
        step = arguments.positive("step_time", step_time)
        longest = arguments.non_negative("delay", delay) if delay is not None else 0.0
        made = _made(synapse, synapse_shape, step, longest, arguments.count("batch_size", batch_size))
        arguments.instance("synapse", made, Synapse, "a constructor of an inferno Synapse")
        self.synapse_ = made

    def _parameters_of(
        self,
        weight: tuple[int, ...],
        outputs: int,
        bias: bool,
        delay: float | None,
        weight_init: Initialization | None,
        bias_init: Initialization | None,
        delay_init: Initialization | None,
    ) -> None:
        """Make weight, bias and delay with their first values, copied, as what makes them may give the same tensor to others."""
        for name, function in (("weight_init", weight_init), ("bias_init", bias_init), ("delay_init", delay_init)):
            arguments.function(name, function)
        self.weight_ = nn.Parameter(torch.rand(weight), requires_grad=False)
        biased = arguments.flag("bias", bias)
        self.register_parameter("bias_", nn.Parameter(torch.rand(outputs), requires_grad=False) if biased else None)
        self.register_parameter("delay_", nn.Parameter(torch.zeros(weight), requires_grad=False) if delay is not None else None)
        self.weight = weight_init(self.weight_) if weight_init is not None else self.weight_.data
        if self.bias_ is not None and bias_init is not None:
            self.bias = bias_init(self.bias_)
        if self.delay_ is not None and delay_init is not None:
            self.delay = delay_init(self.delay_)
        for parameter in self.parameters(recurse=False):
            parameter.data = parameter.data.clone()

    # ---- synapse and shapes -------------------------------------------------------------------

    @property
    def synapse(self) -> Synapse:
        """The synapse; another of the same shape may be assigned."""
        return self._modules["synapse_"]  # type: ignore[return-value]

    @synapse.setter
    def synapse(self, value: Synapse) -> None:
        arguments.instance("synapse", value, Synapse, "an inferno Synapse")
        known = getattr(self.synapse_, "shape", None)
        if getattr(value, "shape", known) != known:
            raise ValueError(f"`synapse` must have the shape {known}, got {value.shape}")
        self.synapse_ = value

    @property
    def inshape(self) -> tuple[int, ...]:
        """The shape of inputs, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `inshape`")

    @property
    def outshape(self) -> tuple[int, ...]:
        """The shape of outputs, without the batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `outshape`")

    def insize(self) -> int:
        """The number of inputs."""
        return math.prod(self.inshape)

    def outsize(self) -> int:
        """The number of outputs."""
        return math.prod(self.outshape)

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the synapse afresh."""
        found: int = self.synapse_.batchsz
        return found

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        self.synapse_.batchsz = value

    @property
    def batched_inshape(self) -> tuple[int, ...]:
        """The shape of inputs: batch first."""
        return (self.batchsz, *self.inshape)

    @property
    def batched_outshape(self) -> tuple[int, ...]:
        """The shape of outputs: batch first."""
        return (self.batchsz, *self.outshape)

    @property
    def dt(self) -> float:
        """The length of a step in ms; setting it starts the synapse afresh."""
        return self.synapse.dt

    @dt.setter
    def dt(self, value: float) -> None:
        self.synapse.dt = value

    # ---- parameters ---------------------------------------------------------------------------

    @property
    def weight(self) -> Tensor:
        """The weights; assigning replaces their data."""
        found: Tensor = self._parameters["weight_"]  # type: ignore[assignment]
        return found

    @weight.setter
    def weight(self, value: Tensor) -> None:
        self._assign("weight", value)

    @property
    def bias(self) -> Tensor | None:
        """The biases in nA, or None; assigning replaces their data."""
        return self._parameters["bias_"]

    @bias.setter
    def bias(self, value: Tensor) -> None:
        self._assign("bias", value)

    @property
    def delay(self) -> Tensor | None:
        """The delays in ms, in the weights' shape, or None; assigning replaces their data."""
        return self._parameters["delay_"]

    @delay.setter
    def delay(self, value: Tensor) -> None:
        self._assign("delay", value)

    def _assign(self, name: str, value: Tensor) -> None:
        known = self._parameters[f"{name}_"]
        if known is None:
            raise RuntimeError(f"this {type(self).__name__} has no {name}: give `{name}` when it is made")
        arguments.instance(name, value, Tensor, "a tensor")
        if value.shape != known.shape:
            raise ValueError(f"`{name}` must have the shape {list(known.shape)}, got {list(value.shape)}")
        known.data = value.detach().to(dtype=known.dtype, device=known.device)

    @property
    def biased(self) -> bool:
        """Whether there are biases."""
        return self._parameters["bias_"] is not None

    @property
    def delayedby(self) -> float | None:
        """The greatest delay in ms, or None without delays."""
        return self.synapse.delay if self._parameters["delay_"] is not None else None

    # ---- updates ------------------------------------------------------------------------------

    def defaultupdater(
        self, *includes: str, exclude_weight: bool = False, exclude_bias: bool = False, exclude_delay: bool = False
    ) -> Updater:
        """An updater for all trainable parameters, and others by name; it is not attached."""
        names = [] if exclude_weight else ["weight"]
        names += ["bias"] if self.biased and not exclude_bias else []
        names += ["delay"] if self.delayedby is not None and not exclude_delay else []
        return Updater(self, *dict.fromkeys([*names, *includes]))

    def _load_from_state_dict(self, state: Any, prefix: str, metadata: dict[str, Any], *rest: Any) -> None:
        super()._load_from_state_dict(state, prefix, metadata, *rest)
        derived = getattr(self.synapse_, "current_", None)
        # With `assign`, weights may be of another type now, which nothing in the state dict tells currents that are derived.
        if metadata.get("assign_to_params_buffers") and isinstance(derived, VirtualTensor):
            derived.to(dtype=self.weight.dtype, device=self.weight.device)

    def clear(self, **kwargs: Any) -> None:
        """Forget pending updates and the state of the synapse."""
        super().clear()
        self.synapse.clear(**kwargs)

    # ---- what arrives -------------------------------------------------------------------------

    @property
    def selector(self) -> Tensor | None:
        """Delays as times into the synapse's history, [batch, *synapse, D], or None without delays."""
        raise NotImplementedError(f"{type(self).__name__} must define `selector`")

    @property
    def syncurrent(self) -> Tensor:
        """The synapse's currents in nA as they arrive, delays included: [batch, *synapse] or [batch, *synapse, D]."""
        if self.delayedby:
            assert self.selector is not None
            return self.synapse.current_at(self.selector)
        return self.synapse.current

    @property
    def synspike(self) -> Tensor:
        """The synapse's spikes as they arrive, delays included: [batch, *synapse] or [batch, *synapse, D]."""
        if self.delayedby:
            assert self.selector is not None
            return self.synapse.spike_at(self.selector)
        return self.synapse.spike

    @abstractmethod
    def like_input(self, data: Tensor) -> Tensor:
        """Values of the synapse's shape in the shape of inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define `like_input`")

    @abstractmethod
    def like_synaptic(self, data: Tensor) -> Tensor:
        """Values of the inputs' shape in the shape of the synapse."""
        raise NotImplementedError(f"{type(self).__name__} must define `like_synaptic`")

    @abstractmethod
    def like_bias(self, data: Tensor) -> Tensor:
        """Values of the weights' shape, reduced to one per output, in the shape of biases."""
        raise NotImplementedError(f"{type(self).__name__} must define `like_bias`")

    @abstractmethod
    def postsyn_receptive(self, data: Tensor) -> Tensor:
        """Values of outputs so that they broadcast as [batch, *weight.shape, L]."""
        raise NotImplementedError(f"{type(self).__name__} must define `postsyn_receptive`")

    @abstractmethod
    def presyn_receptive(self, data: Tensor) -> Tensor:
        """Values of the synapse so that they broadcast as [batch, *weight.shape, L]."""
        raise NotImplementedError(f"{type(self).__name__} must define `presyn_receptive`")

    def correlate(self, post: Tensor, pre: Tensor) -> Tensor:
        """The sum over batch and L of the product of outputs and synapse values, [*weight.shape]."""
        return (self.postsyn_receptive(post) * self.presyn_receptive(pre)).sum(-1).sum(0)

    def _arriving(self, inputs: tuple[Tensor, ...], kwargs: dict[str, Any]) -> Tensor:
        """The synapse's currents after a step with these inputs, delays not applied."""
        for x in inputs:
            if type(x) is not Tensor:
                arguments.instance("inputs", x, Tensor, "a tensor of spikes")
        current: Tensor = self._modules["synapse_"](*[self.like_synaptic(x) for x in inputs], **kwargs)  # type: ignore[misc]
        return current

    @abstractmethod
    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step: spikes [batch, *inshape] in, currents in nA [batch, *outshape] out."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")


def _made(synapse: SynapseConstructor, shape: tuple[int, ...], step_time: float, delay: float, batch_size: int) -> Synapse:
    if not isinstance(synapse, type):
        return synapse(shape, step_time, delay, batch_size)
    try:
        return synapse(shape, step_time, delay, batch_size)
    except TypeError as error:
        name = synapse.__name__
        raise TypeError(f"`synapse` must be a synapse constructor, such as `{name}.partialconstructor(...)`, got {name} itself") from error


def refuse(inputs: Tensor, shape: tuple[int, ...]) -> NoReturn:
    """ValueError for inputs that don't have the shape [batch, *shape]."""
    raise ValueError(f"`inputs` must have the shape [batch, {', '.join(map(str, shape))}], got {list(inputs.shape)}")
