"""The operators of namespace `inferno`: schema, shape rule, plain-torch twin and gradient of each.

The twin serves every device (`CompositeExplicitAutograd`). Native kernels, once they are used, stand under the key `CPU`, which the
dispatcher prefers; nothing here knows whether they do.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from inferno.runtime.kernels import reference, reference_pairs

KINDS = ("uniform", "exponential", "normal")
"""The distributions, in the order of `Kind` in philox.h."""


@dataclass(frozen=True, slots=True)
class Operator:
    """All that torch needs to know of an operator, short of a native kernel."""

    schema: str
    twin: Callable[..., Tensor | tuple[Tensor, ...]]
    shape: Callable[..., Tensor | tuple[Tensor, ...]]
    gradient: Callable[..., tuple[Tensor | None, ...]] | None = None
    keep: Callable[[Any, tuple[Any, ...], Tensor], None] | None = None

    @property
    def name(self) -> str:
        """The name in the schema, without the namespace."""
        return self.schema.partition("(")[0]


def _spike_sum_shape(spikes: Tensor, weight: Tensor) -> Tensor:
    torch._check(weight.dim() == 2 and weight.is_floating_point(), lambda: "spike_sum: weight must be floating, [N, M]")
    torch._check(spikes.dim() >= 1 and spikes.shape[-1] == weight.shape[0], lambda: "spike_sum: spikes [..., N] do not fit weight [N, M]")
    return weight.new_empty((*spikes.shape[:-1], weight.shape[1]))


def _sparse_sum_shape(
    spikes: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, delay: Tensor | None, past: int, steps: int, count: int
) -> Tensor:
    torch._check(spikes.dim() == 3 and weight.dim() == 1, lambda: "sparse_sum: spikes [R, B, N] and weight [S] or [1]")
    return weight.new_empty((steps, spikes.shape[1], count))


def _event_outer_shape(left: Tensor, right: Tensor, dtype: torch.dtype) -> Tensor:
    torch._check(left.dim() == 2 and right.dim() == 2, lambda: "event_outer: both sides must be matrices, [B, N] and [B, M]")
    torch._check(left.shape[0] == right.shape[0], lambda: "event_outer: the two sides differ in batch size")
    return left.new_empty((left.shape[1], right.shape[1]), dtype=dtype)


def _draw_shape(
    kind: str, key: Tensor, sample: Tensor, step: Tensor, elements: int, where: Tensor | None, dtype: torch.dtype, first: int = 0
) -> Tensor:
    return sample.new_empty((sample.shape[0], elements), dtype=dtype)


def _interval_spikes_shape(
    wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int
) -> tuple[Tensor, Tensor, Tensor]:
    counts = wait.new_empty((1, *wait.shape), dtype=torch.int64)
    return wait.new_empty((steps, *wait.shape), dtype=torch.bool), torch.empty_like(wait), counts


def _keep_inputs(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(inputs[0], inputs[1])


def _spike_sum_gradient(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Gradients to spikes (where they are analog values) and to weight, for gradient [..., M]."""
    spikes, weight = ctx.saved_tensors
    to_spikes = (gradient @ weight.T).to(spikes.dtype) if ctx.needs_input_grad[0] else None
    if not ctx.needs_input_grad[1]:
        return to_spikes, None
    rows = spikes.shape[:-1].numel()
    events, errors = spikes.reshape(rows, weight.shape[0]), gradient.reshape(rows, weight.shape[1])
    return to_spikes, torch.ops.inferno.event_outer(events, errors, weight.dtype)


def _keep_synapses(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    spikes, weight, indptr, targets, delay, past, steps, _ = inputs
    ctx.save_for_backward(spikes, weight, indptr, targets, *([] if delay is None else [delay]))
    ctx.past, ctx.steps = past, steps


def _sparse_sum_gradient(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    """Gradients to spikes and to weight, for gradient [steps, B, M]: every synapse sees its source's spike and its target's error."""
    spikes, weight, indptr, targets, *rest = ctx.saved_tensors
    rows, batch, sources = spikes.shape
    count = targets.shape[0]
    source = torch.repeat_interleave(torch.arange(sources, device=spikes.device), indptr.diff(), output_size=count)
    age = rest[0].to(torch.int64) if rest else torch.zeros_like(source)
    to_weight = torch.zeros(count, dtype=torch.float64, device=spikes.device)
    to_spikes = torch.zeros(rows, sources, batch, dtype=torch.float64, device=spikes.device)
    for step in range(ctx.steps):
        error = gradient[step][:, targets.to(torch.int64)].to(torch.float64)
        row = ctx.past + step - age
        known = (row < rows) & (row >= 0)
        row = torch.where(known, row, 0)
        to_weight = to_weight + (spikes[row, :, source].to(torch.float64) * error.T * known[:, None]).sum(1)
        to_spikes.index_put_((row, source), (error * weight.to(torch.float64)).T * known[:, None], accumulate=True)
    if weight.shape[0] == 1 and count != 1:
        to_weight = to_weight.sum(0, keepdim=True)
    needed = to_spikes.transpose(1, 2).to(spikes.dtype) if ctx.needs_input_grad[0] else None
    return needed, to_weight.to(weight.dtype), *[None] * 6


def _event_outer_gradient(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
    """Gradients to left [B, N] and right [B, M], for gradient [N, M]."""
    left, right = ctx.saved_tensors
    to_left = (right.to(gradient.dtype) @ gradient.T).to(left.dtype) if ctx.needs_input_grad[0] else None
    to_right = (left.to(gradient.dtype) @ gradient).to(right.dtype) if ctx.needs_input_grad[1] else None
    return to_left, to_right, None


def _choose_shape(key: Tensor, rows: Tensor, barred: Tensor, count: int, among: int) -> Tensor:
    return rows.new_empty((rows.shape[0], count), dtype=torch.int32)


def _choose_sources_shape(key: Tensor, barred: Tensor, count: int, sources: int) -> tuple[Tensor, Tensor]:
    return barred.new_empty(sources + 1), barred.new_empty(count * barred.shape[0], dtype=torch.int32)


def _near_shape(key: Tensor, rows: Tensor, sources: Tensor, targets: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    return torch.empty_like(rows), rows.new_empty(torch.library.get_ctx().new_dynamic_size(), dtype=torch.int32)


def _jump_shape(key: Tensor, rows: int, width: int, chance: float) -> tuple[Tensor, Tensor]:
    return key.new_empty(rows + 1), key.new_empty(torch.library.get_ctx().new_dynamic_size(), dtype=torch.int32)


def _columns_shape(targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    return targets.new_empty(count + 1, dtype=torch.int64), torch.empty_like(targets, dtype=torch.int32)


OPERATORS = (
    Operator("spike_sum(Tensor spikes, Tensor weight) -> Tensor", reference.spike_sum, _spike_sum_shape, _spike_sum_gradient),
    Operator(
        "sparse_sum(Tensor spikes, Tensor weight, Tensor indptr, Tensor targets, Tensor? delay, SymInt past, SymInt steps, SymInt count)"
        " -> Tensor",
        reference.sparse_sum,
        _sparse_sum_shape,
        _sparse_sum_gradient,
        _keep_synapses,
    ),
    Operator(
        "event_outer(Tensor left, Tensor right, ScalarType dtype) -> Tensor",
        reference.event_outer,
        _event_outer_shape,
        _event_outer_gradient,
    ),
    Operator(
        "draw(str kind, Tensor key, Tensor sample, Tensor step, SymInt elements, Tensor? where, ScalarType dtype, "
        "SymInt first=0) -> Tensor",
        reference.draw,
        _draw_shape,
    ),
    Operator(
        "interval_spikes(Tensor wait, Tensor drift, Tensor key, Tensor sample, Tensor step, SymInt steps) -> (Tensor, Tensor, Tensor)",
        reference.interval_spikes,
        _interval_spikes_shape,
    ),
    Operator(
        "choose(Tensor key, Tensor rows, Tensor barred, SymInt count, SymInt among) -> Tensor", reference_pairs.choose, _choose_shape
    ),
    Operator(
        "choose_sources(Tensor key, Tensor barred, SymInt count, SymInt sources) -> (Tensor, Tensor)",
        reference_pairs.choose_sources,
        _choose_sources_shape,
    ),
    Operator(
        "near(Tensor key, Tensor rows, Tensor sources, Tensor targets, float sigma) -> (Tensor, Tensor)",
        reference_pairs.near,
        _near_shape,
    ),
    Operator(
        "sort_rows(Tensor starts, Tensor values) -> Tensor",
        reference_pairs.sort_rows,
        lambda starts, values: torch.empty_like(values, dtype=torch.int64),
    ),
    Operator("columns(Tensor targets, SymInt count) -> (Tensor, Tensor)", reference_pairs.columns, _columns_shape),
    Operator("jump(Tensor key, SymInt rows, SymInt width, float chance) -> (Tensor, Tensor)", reference_pairs.jump, _jump_shape),
)


def _register(library: torch.library.Library, operator: Operator) -> None:
    """Tells the dispatcher about one operator, for as long as `library` lives."""
    name = f"inferno::{operator.name}"
    library.define(operator.schema, tags=(torch.Tag.pt2_compliant_tag,))  # type: ignore[no-untyped-call]
    library.impl(operator.name, operator.twin, "CompositeExplicitAutograd")  # type: ignore[no-untyped-call]
    torch.library.register_fake(name, operator.shape, lib=library)
    if operator.gradient is not None:
        torch.library.register_autograd(name, operator.gradient, setup_context=operator.keep or _keep_inputs, lib=library)


_library = torch.library.Library("inferno", "FRAGMENT")  # type: ignore[no-untyped-call]
for _operator in OPERATORS:
    _register(_library, _operator)


@contextlib.contextmanager
def use_reference() -> Iterator[None]:
    """Within this context the twins serve the CPU too, eager or compiled, whether or not the native library is loaded.

    For tests that compare both. Native kernels must not be used for the first time inside.
    """
    override = torch.library.Library("inferno", "IMPL")  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        # Overriding is the point; torch warns about it once per process.
        warnings.simplefilter("ignore")
        for operator in OPERATORS:
            override.impl(operator.name, operator.twin, "CPU", allow_override=True)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        override._destroy()  # type: ignore[no-untyped-call]
