"""New tensors that are like another one: its shape, type, layout, device, and whether it requires a gradient.

The reference may be an `nn.Parameter`; what is returned is a plain tensor.  Whatever is given by keyword is taken in place of the
reference's.  Only floating-point and complex results inherit `requires_grad`, as others cannot have a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Number = bool | int | float | complex
Shape = int | Sequence[int]


def zeros(
    tensor: Tensor,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor of zeros like another one.

    Parameters
    ----------
    tensor
        The reference.
    shape, dtype, layout, device, requires_grad
        What is not to be as in the reference; None for what is.
    """
    options = _inherited(tensor, dtype, layout, device, requires_grad)
    return torch.zeros(_sizes(tensor, shape), **options)


def ones(
    tensor: Tensor,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor of ones like another one; parameters as for `zeros`."""
    options = _inherited(tensor, dtype, layout, device, requires_grad)
    return torch.ones(_sizes(tensor, shape), **options)


def empty(
    tensor: Tensor,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor like another one whose elements are not set; parameters as for `zeros`."""
    options = _inherited(tensor, dtype, layout, device, requires_grad)
    return torch.empty(_sizes(tensor, shape), **options)


def full(
    tensor: Tensor,
    value: Number,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor of one value like another one; other parameters as for `zeros`.

    The value is cast to the reference's type: 0.5 becomes True for a mask and 0 for whole numbers.  `fullc` keeps it.
    """
    options = _inherited(tensor, dtype, layout, device, requires_grad)
    return torch.full(_sizes(tensor, shape), value, **options)


def fullc(
    tensor: Tensor,
    value: Number,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A continuous tensor of one value: as `full`, but of torch's default type if the reference is a mask or whole numbers."""
    options = _inherited(tensor, dtype or _continuous(tensor.dtype), layout, device, requires_grad)
    return torch.full(_sizes(tensor, shape), value, **options)


def uniform(
    tensor: Tensor,
    generator: torch.Generator | None = None,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor like another one, its elements drawn from the uniform distribution on [0, 1).

    Parameters
    ----------
    tensor
        The reference.
    generator
        Source of randomness, on the device of the result; None for torch's own.
    shape, dtype, layout, device, requires_grad
        What is not to be as in the reference; None for what is.

    Raises
    ------
    TypeError
        If the result would be a mask or whole numbers.
    """
    options = _inherited(tensor, _random("uniform", dtype or tensor.dtype), layout, device, requires_grad)
    return torch.rand(_sizes(tensor, shape), generator=generator, **options)


def normal(
    tensor: Tensor,
    generator: torch.Generator | None = None,
    *,
    shape: Shape | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor like another one, drawn from the normal distribution of mean 0 and variance 1; parameters and errors as for `uniform`."""
    options = _inherited(tensor, _random("normal", dtype or tensor.dtype), layout, device, requires_grad)
    return torch.randn(_sizes(tensor, shape), generator=generator, **options)


def scalar(
    value: Number,
    tensor: Tensor,
    *,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
    device: torch.device | str | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor without dimensions, of a value, like another one; other parameters as for `zeros`."""
    return torch.full((), value, **_inherited(tensor, dtype, layout, device, requires_grad))


def astensors(*values: Any, conversion: Callable[[Any], Tensor] | None = None) -> Tensor | tuple[Tensor, ...]:
    """The values as tensors; one value gives one tensor, any other number of them a tuple.

    Tensors are returned as they are.  Other values go to the device of the leftmost tensor, in the type that an operation between the
    two has: 1 beside a `float64` tensor becomes `float64`, 0.5 beside whole numbers becomes torch's default type.  They require no
    gradient.

    Parameters
    ----------
    *values
        Tensors, numbers, or what `torch.as_tensor` takes.
    conversion
        Makes each value a tensor if none of them is one; None for `torch.as_tensor`.
    """
    reference = next((value for value in values if isinstance(value, Tensor)), None)
    if reference is None:
        made = tuple((conversion or torch.as_tensor)(value) for value in values)
    else:
        made = tuple(value if isinstance(value, Tensor) else _beside(reference, value) for value in values)
    return made[0] if len(made) == 1 else made


def _beside(reference: Tensor, value: Any) -> Tensor:
    # A number does not widen the reference's type, where a tensor made of it would.
    other = value if isinstance(value, bool | int | float | complex) else torch.as_tensor(value)
    return torch.as_tensor(value, dtype=torch.result_type(reference, other), device=reference.device)


def _inherited(
    tensor: Tensor,
    dtype: torch.dtype | None,
    layout: torch.layout | None,
    device: torch.device | str | None,
    requires_grad: bool | None,
) -> dict[str, Any]:
    kind = tensor.dtype if dtype is None else dtype
    inherited = tensor.requires_grad and (kind.is_floating_point or kind.is_complex)
    return {
        "dtype": kind,
        "layout": tensor.layout if layout is None else layout,
        "device": tensor.device if device is None else device,
        "requires_grad": inherited if requires_grad is None else requires_grad,
    }


def _sizes(tensor: Tensor, shape: Shape | None) -> tuple[int, ...]:
    if shape is None:
        return tuple(tensor.shape)
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _continuous(dtype: torch.dtype) -> torch.dtype:
    return dtype if dtype.is_floating_point or dtype.is_complex else torch.get_default_dtype()


def _random(function: str, dtype: torch.dtype) -> torch.dtype:
    if not (dtype.is_floating_point or dtype.is_complex):
        raise TypeError(f"`dtype` must be a floating-point or complex type for `{function}`, got {dtype}")
    return dtype
