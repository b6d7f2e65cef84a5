"""Parameters that differ from neuron to neuron: what generated code makes of them, and whether they may be what was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from inferno.errors import RunError
from inferno.runtime.kernels import draw
from inferno.runtime.philox import STRIDE

if TYPE_CHECKING:
    from inferno.runtime.description import Description
    from inferno.runtime.parts import Parts

# Coefficients of the [13/13] Padé numerator of the exponential, and the norm up to which it is exact to rounding.
# Source: Higham, SIAM J. Matrix Anal. Appl. 26:1179 (2005), table 2.3 and section 3.
PADE_13 = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0, 670442572800.0,
    33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
THETA_13 = 5.371920351148152


@dataclass(frozen=True, slots=True)
class Limit:
    """A value of each neuron, or one for all, with what it must keep to; `used` are the parameters that were drawn for it.

    At a projection, `population` is its name, `element` what has the value (a source, a target or a synapse), `shape` that of these (empty
    for a list of synapses), and `prefix` begins the keys of what was drawn.
    """

    population: str
    name: str
    value: Tensor | float
    low: Tensor | float | None = None
    high: Tensor | float | None = None
    open_low: bool = False
    unit: str = "1"
    used: tuple[str, ...] = ()
    element: str = "neuron"
    shape: tuple[int, ...] | None = None
    prefix: str = ""


def of_synapses(values: Tensor, side: str, shape: tuple[int, int]) -> Tensor:
    """Values of each neuron of the source (`pre`) or target (`post`) as those of all synapses [sources * targets]."""
    return (values[:, None] if side == "pre" else values).expand(shape).reshape(-1)


def drawn_of_synapses(standard: str, key: Tensor, count: int, number: Tensor | None = None) -> Tensor:
    """Standard draws of the synapses of a list, in float64; `number` says which of all a synapse is where they lie in another order.

    Synapse s has the element s % STRIDE of step s // STRIDE, as its weight has.
    """
    sample = torch.zeros(1, dtype=torch.int64, device=key.device)
    blocks = [
        draw(standard, key, sample, torch.tensor(b, device=key.device), min(count - b * STRIDE, STRIDE), dtype=torch.float64)[0]
        for b in range((count + STRIDE - 1) // STRIDE)
    ]
    found = torch.cat(blocks) if blocks else torch.zeros(0, dtype=torch.float64, device=key.device)
    return found if number is None else found[number.to(torch.int64)]


def per_neuron(value: Tensor | float, count: int) -> Tensor:
    """A value as float64 [neurons]."""
    return torch.as_tensor(value, dtype=torch.float64).expand(count).contiguous()


def whole_steps(steps: Tensor) -> Tensor:
    """Numbers of steps, which are whole already, as integers."""
    return steps.nan_to_num(0, 0, 0).clamp(0, 2**31 - 1).to(torch.int32)


def propagators(rows: tuple[tuple[Tensor | float, ...], ...], dt: Tensor) -> tuple[Tensor, Tensor]:
    """`P` and `G` [neurons, n, n] of `x(dt) = P x(0) + G r` for `x' = A x + r` with constant r, for each neuron.

    One exponential of the augmented matrix `[[A, 1], [0, 0]] dt`, which no A makes singular.
    """
    size = len(rows)
    entries = [torch.as_tensor(x, dtype=torch.float64, device=dt.device) for row in rows for x in row]
    shape = max((e.shape for e in entries), key=len)
    stacked = torch.stack([e.expand(shape) for e in entries], -1)
    matrix = stacked.reshape(*stacked.shape[:-1], size, size)
    augmented = torch.zeros(*matrix.shape[:-2], 2 * size, 2 * size, dtype=torch.float64, device=dt.device)
    augmented[..., :size, :size] = matrix * dt
    augmented[..., :size, size:] = torch.eye(size, dtype=torch.float64, device=dt.device) * dt
    result = matrix_exponential(augmented)
    return result[..., :size, :size], result[..., :size, size:]


def matrix_exponential(matrix: Tensor) -> Tensor:
    """exp of matrices [..., n, n] by scaling and squaring, every sum in the order of its index, so that no device changes a bit."""
    norm = matrix.abs().sum(-2).amax(-1)
    squarings = torch.ceil(torch.log2(norm / THETA_13)).clamp(min=0).nan_to_num(0, 0, 0).clamp(max=1100)
    scaled = matrix * torch.exp2(-squarings)[..., None, None]
    power = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device).expand_as(matrix)
    even, odd = torch.zeros_like(scaled), torch.zeros_like(scaled)
    square = product(scaled, scaled)
    for degree in range(0, 14, 2):
        even = even + PADE_13[degree] * power
        odd = odd + PADE_13[degree + 1] * power
        power = product(power, square)
    odd = product(scaled, odd)
    result = _solved(even - odd, even + odd)
    for done in range(int(squarings.max())):
        result = torch.where((squarings > done)[..., None, None], product(result, result), result)
    return result


def product(left: Tensor, right: Tensor) -> Tensor:
    """The matrix product, summed in the order of the inner index."""
    total = torch.zeros_like(left[..., :, :1] * right[..., :1, :])
    for inner in range(left.shape[-1]):
        total = total + left[..., :, inner, None] * right[..., inner, None, :]
    return total


def _solved(matrix: Tensor, right: Tensor) -> Tensor:
    """X of `matrix X = right`, by elimination with partial pivoting."""
    size = matrix.shape[-1]
    rows = torch.cat((matrix, right), -1)
    for column in range(size):
        pivot = column + rows[..., column:, column].abs().argmax(-1)
        index = torch.arange(size, device=matrix.device).expand(*rows.shape[:-2], size).clone()
        index[..., column] = pivot
        index.scatter_(-1, pivot[..., None], column)
        rows = torch.gather(rows, -2, index[..., None].expand_as(rows)).clone()
        rows[..., column, :] = rows[..., column, :] / rows[..., column, column, None]
        factors = rows[..., :, column].clone()
        factors[..., column] = 0
        rows = rows - factors[..., :, None] * rows[..., column, None, :]
    return rows[..., size:]


def exact_numbers(numbers: Mapping[str, float | int], device: torch.device) -> dict[str, Tensor]:
    """Numbers as tensors that keep all their digits."""
    return {k: torch.tensor(v, dtype=torch.int32 if isinstance(v, int) else torch.float64, device=device) for k, v in numbers.items()}


def drawn_constants(
    made: tuple[Mapping[str, Tensor], Iterable[Limit]], description: Description, dtype: torch.dtype, parts: Parts
) -> dict[str, Tensor]:
    """Constants that differ from neuron to neuron, made in float64, in a network's type; its populations show the parameters among them.

    Raises
    ------
    RunError
        For a value that its parameter does not allow.
    """
    new, limits = made
    check_limits(limits, description.populations, new)
    found = {key: tensor.to(dtype) if tensor.is_floating_point() else tensor for key, tensor in new.items()}
    for key, tensor in found.items():
        if key in description.drawn:
            owner, name, shape = description.drawn[key]
            parts.get(owner).put(name, tensor.reshape(shape) if shape is not None else tensor, saved=False)
    return found


def check_limits(limits: Iterable[Limit], shapes: Mapping[str, tuple[int, ...]], drawn: Mapping[str, Tensor]) -> None:
    """Refuse a drawn value that its parameter does not allow.

    Raises
    ------
    RunError
        With the population, the parameter, the neuron and the value.
    """
    for limit in limits:
        shape = shapes[limit.population] if limit.shape is None else limit.shape
        value = per_neuron(limit.value, _size(shape)) if not isinstance(limit.value, Tensor) or limit.value.dim() == 0 else limit.value
        wrong = ~torch.isfinite(value)
        if limit.low is not None:
            wrong = wrong | (value <= limit.low if limit.open_low else value < limit.low)
        if limit.high is not None:
            wrong = wrong | (value > limit.high)
        if bool(wrong.any()):
            raise RunError(*_words(limit, value, int(wrong.nonzero()[0, 0]), shape, drawn))


def _words(limit: Limit, value: Tensor, flat: int, shape: tuple[int, ...], drawn: Mapping[str, Tensor]) -> tuple[str, str]:
    listed = limit.element == "synapse" and not shape
    place = [flat] if listed else [int(i) for i in torch.unravel_index(torch.tensor(flat), shape)] if shape else []
    unit = "" if limit.unit == "1" else f" {limit.unit}"
    prefix = limit.prefix or f"{limit.population}."
    known = {n: drawn[prefix + n].reshape(-1) for n in limit.used if prefix + n in drawn}
    used = ", ".join(f"{n} = {float(found[flat]):g}" for n, found in known.items() if len(found) == len(value))
    low, high = (_at(x, flat) for x in (limit.low, limit.high))
    allowed = []
    if low is not None and low > -float("inf"):
        allowed.append(f"{'greater than' if limit.open_low else 'at least'} {low:g}{unit}")
    if high is not None and high < float("inf"):
        allowed.append(f"at most {high:g}{unit}")
    found = f"`{limit.population}`: {limit.name} of {limit.element} {place} is {float(value[flat]):g}{unit}{f' ({used})' if used else ''}"
    return f"{found}; it must be {' and '.join(allowed) or 'finite'}", "put `| clip(low, high)` behind the distribution"


def _at(bound: Tensor | float | None, flat: int) -> float | None:
    if bound is None or not isinstance(bound, Tensor):
        return bound
    return float(bound[flat] if bound.dim() else bound)


def _size(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count
