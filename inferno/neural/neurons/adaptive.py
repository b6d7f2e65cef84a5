"""Neurons with an adaptation that the samples of a batch share: of the threshold, or a current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.equations import with_components
from inferno.neural.neurons.point import PointNeuron

Components = float | Sequence[float]
Reduction = Callable[[Tensor, int], Tensor]


def components(name: str, value: Components) -> tuple[float, ...]:
    """One number or several.

    Raises
    ------
    ValueError, TypeError
        For something else, or for none.
    """
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if not value:
            raise ValueError(f"`{name}` must have at least one value, got {value!r}")
        return tuple(arguments.real(f"{name}[{i}]", one) for i, one in enumerate(value))
    return (arguments.real(name, value),)


class AdaptiveNeuron(PointNeuron):
    """A neuron with an adaptation of K components, kept for the whole batch.  Abstract: `forward` is missing.

    State: `<kind>_adaptation_`, float [*shape, K], zero at first.  It changes in training mode, or when `forward` is told so; each sample
    of a batch would change it in its own way, and `batch_reduction` (the mean) of those is kept.

    Parameters
    ----------
    shape, step_time, rest_v, refrac_t, batch_size
        As for `PointNeuron`.
    kind
        `threshold` or `current`.
    adaptations
        Parameters of the components by name, one number or several each; the last of a shorter list counts for the rest.
    batch_reduction
        Called as `f(tensor, 0)` with [batch, *shape, K]; None for the mean.
    """

    model = ""
    model_parameters: Mapping[str, str] = {}
    """Names in `std/neurons.snn` of the arguments here."""
    component_parameters: Mapping[str, str] = {}
    """The same for those that have components."""

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        refrac_t: float,
        batch_size: int,
        kind: str,
        adaptations: Mapping[str, tuple[float, ...]],
        batch_reduction: Reduction | None,
    ) -> None:
        super().__init__(shape, step_time, rest_v=rest_v, refrac_t=refrac_t, batch_size=batch_size)
        count = max(len(values) for values in adaptations.values())
        self._adaptations = {n: (*v, *([v[-1]] * (count - len(v)))) for n, v in adaptations.items()}
        self._state_name = f"{kind}_adaptation_"
        self.batch_reduction = batch_reduction
        self.register_buffer(self._state_name, torch.zeros(*self._shape, count))

    @property
    def batch_reduction(self) -> Reduction:
        """What makes one adaptation of those of the samples, called as `f(tensor, 0)`; assigning None brings back the mean.

        Raises
        ------
        TypeError
            Where something is assigned that can't be called.
        """
        found: Reduction = self.__dict__["_reduction"]
        return found

    @batch_reduction.setter
    def batch_reduction(self, value: Reduction | None) -> None:
        arguments.function("batch_reduction", value)
        self.__dict__["_reduction"] = torch.mean if value is None else value

    def _reduced(self, samples: Tensor, known: Tensor) -> Tensor:
        """The adaptation that the samples make together, [*shape, K], in the type of the state.

        Raises
        ------
        TypeError, ValueError
            Where the reduction returns something that is no adaptation.
        """
        made: object = self.__dict__["_reduction"](samples, 0)
        if type(made) is Tensor and made.dtype == samples.dtype and made.shape == known.shape:
            return made
        if not isinstance(made, Tensor):
            raise TypeError(f"`batch_reduction` must return a tensor of the shape {list(known.shape)}, got {type(made).__name__}")
        if made.shape != known.shape:
            raise ValueError(f"`batch_reduction` must return the shape {list(known.shape)} of an adaptation, got {list(made.shape)}")
        if not made.is_floating_point():
            raise TypeError(f"`batch_reduction` must return {samples.dtype} as the adaptation has it, got {made.dtype}")
        return made.to(dtype=samples.dtype, device=samples.device)

    def _compile(self) -> None:
        self._require_order()
        common = {there: float(getattr(self, here)) for here, there in self.model_parameters.items()}
        count = self._buffers[self._state_name].shape[-1]  # type: ignore[union-attr]
        values = [common | {there: self._adaptations[here][k] for here, there in self.component_parameters.items()} for k in range(count)]
        adaptation = "theta" if self._state_name == "threshold_adaptation_" else "w"
        equations = with_components(self.model, self.step_time, values, (("v",), (adaptation,)))
        equations.match(self._voltage__data)
        self._use(equations, count)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> AdaptiveNeuron:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._equations.match(self._voltage__data)
        return self

    def _show_components(self, **names: str) -> None:
        """Offer component parameters as tensors [K] that are not saved; assigning one sets the parameter."""
        for attribute, argument in names.items():
            self.register_buffer(attribute, torch.tensor(self._adaptations[argument]), persistent=False)
        self._shown = names

    def __setattr__(self, name: str, value: Any) -> None:
        argument = self.__dict__.get("_shown", {}).get(name)
        if argument is not None:
            self._assign_component(name, argument, value)
            return
        super().__setattr__(name, value)

    def _assign_component(self, name: str, argument: str, value: Tensor) -> None:
        arguments.instance(name, value, Tensor, "a tensor")
        known: Tensor = self._buffers[name]  # type: ignore[assignment]
        if value.shape != known.shape:
            raise ValueError(f"`{name}` must have the shape {list(known.shape)}, got {list(value.shape)}")
        check = arguments.positive if argument in ("tc_adaptation", "rc_adaptation") else arguments.real
        self._adaptations[argument] = tuple(check(f"{name}[{k}]", one) for k, one in enumerate(value.tolist()))
        self._buffers[name] = value.to(dtype=known.dtype, device=known.device, copy=True)
        self._compile()

    def _assign_adaptation(self, name: str, value: Tensor) -> None:
        arguments.instance(name, value, Tensor, "a tensor")
        known: Tensor = self._buffers[self._state_name]  # type: ignore[assignment]
        if value.ndim == known.ndim + 1:
            value = self._reduced(value, known)
        if value.shape != known.shape:
            expected = f"{list(known.shape)}, or that with the batch before it"
            raise ValueError(f"`{name}` must have the shape {expected}, got {list(value.shape)}")
        setattr(self, self._state_name, value.to(dtype=known.dtype, device=known.device, copy=True))

    def clear(self, keep_adaptations: bool = True, **kwargs: Any) -> None:
        """Bring voltages to rest and end refractory periods; adaptations go to zero only if they are not kept."""
        super().clear(**kwargs)
        if not keep_adaptations:
            setattr(self, self._state_name, torch.zeros_like(getattr(self, self._state_name)))

    def _adapts(self, adapt: bool | None) -> bool:
        return self.training if adapt is None else adapt
