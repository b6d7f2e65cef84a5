"""Inputs of a call: checked, brought to [time, batch, neurons]."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from inferno.errors import UsageError
from inferno.runtime.description import Description, InputInfo
from inferno.runtime.plan import Tensors


def tensors(description: Description, given: Mapping[str, object], device: torch.device, dtype: torch.dtype) -> Tensors:
    """Every input as a tensor [batch, *shape] or [time, batch, *shape] on the device.

    Raises
    ------
    UsageError
        For a missing or unknown input, a wrong shape, a value out of range.
    """
    known = {i.name: i for i in description.inputs}
    for name in given:
        if name not in known:
            raise UsageError(f"this network has no input `{name}`", f"its inputs are {', '.join(known) or 'none'}")
    missing = [n for n, info in known.items() if n not in given and info.default is None]
    if missing:
        raise UsageError(f"the input `{missing[0]}` is missing", f"give it as net({missing[0]}=…), {_expected(known[missing[0]])}")
    return {name: _tensor(known[name], value, device, dtype) for name, value in given.items()}


def _expected(info: InputInfo) -> str:
    shape = ", ".join(["batch", *map(str, info.shape)])
    return f"a tensor [{shape}] or [time, {shape}]"


def _tensor(info: InputInfo, value: object, device: torch.device, dtype: torch.dtype) -> Tensor:
    try:
        tensor = torch.as_tensor(value, device=device)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise UsageError(f"the input `{info.name}` is no tensor: {str(problem).splitlines()[0]}", _expected(info)) from None
    extra = tensor.dim() - len(info.shape)
    if extra not in (1, 2) or tuple(tensor.shape[extra:]) != info.shape:
        raise UsageError(f"the input `{info.name}` has the shape {list(tensor.shape)}", f"expected {_expected(info)}")
    if tensor.is_complex():
        raise UsageError(f"the input `{info.name}` is complex")
    if info.kind == "spikes":
        if tensor.dtype != torch.bool and not bool(((tensor == 0) | (tensor == 1)).all()):
            raise UsageError(f"the input `{info.name}` holds spikes: every value is 0 or 1")
        return tensor.to(torch.bool)
    tensor = tensor.to(dtype)
    _check_range(info, tensor)
    return tensor


def _check_range(info: InputInfo, tensor: Tensor) -> None:
    if not tensor.numel():
        return
    low, high = (float(v) for v in torch.aminmax(tensor))
    if not (info.low <= low and high <= info.high) or not (low == low and high == high):
        found = "a value that is not a number" if low != low or high != high else f"{low:g} to {high:g}"
        raise UsageError(f"the input `{info.name}` holds {found}", f"its range is [{info.low:g}, {info.high:g}]")


def steps_and_batch(description: Description, inputs: Tensors, steps: int | None, batch: int | None) -> tuple[int, int]:
    """How long and how wide a call is: what the inputs say, else what is asked for, else what the program says.

    Raises
    ------
    UsageError
        Where they contradict each other, or nothing says it.
    """
    shapes = {i.name: len(i.shape) for i in description.inputs}
    timed = {n: t.shape[0] for n, t in inputs.items() if t.dim() - shapes[n] == 2}
    batches = {n: t.shape[t.dim() - shapes[n] - 1] for n, t in inputs.items()}
    for what, found, asked in (("steps", timed, steps), ("samples", batches, batch)):
        counts = {**found, **({"the call": asked} if asked is not None else {})}
        if len(set(counts.values())) > 1:
            words = ", ".join(f"{n}: {c}" for n, c in counts.items())
            raise UsageError(f"the number of {what} differs: {words}")
    length = next(iter(timed.values()), steps if steps is not None else description.steps)
    width = next(iter(batches.values()), batch if batch is not None else description.batch)
    if length is None:
        raise UsageError("how long to run is not said", 'give duration="100 ms" (--duration "100 ms"), or `duration` in the `run:` block')
    if length < 1 or width < 1:
        raise UsageError(f"there is nothing to run: {length} steps of {width} samples")
    return length, width


def series(description: Description, inputs: Tensors, steps: int, batch: int, pattern: Tensor) -> Tensors:
    """Inputs as [time, batch, neurons]; one that is held is not copied.  One that is not given has its own value, of the pattern's type."""
    shapes = {i.name: len(i.shape) for i in description.inputs}
    found: Tensors = {}
    for info in description.inputs:
        if info.name not in inputs and info.default is not None:
            found[info.name] = pattern.new_full((), info.default).expand(steps, batch, math.prod(info.shape))
    for name, tensor in inputs.items():
        held = tensor.dim() - shapes[name] == 1
        flat = tensor.reshape(*tensor.shape[: tensor.dim() - shapes[name]], -1)
        found[name] = flat.expand(steps, *flat.shape) if held else flat
        found[f"{name}.spikes"] = found[name]
    return found
