from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from inferno.core import creation

LIKE = {
    "zeros": creation.zeros,
    "ones": creation.ones,
    "empty": creation.empty,
    "full": lambda t, **options: creation.full(t, 2.5, **options),
    "fullc": lambda t, **options: creation.fullc(t, 2.5, **options),
    "uniform": creation.uniform,
    "normal": creation.normal,
}


@pytest.mark.parametrize("name", LIKE)
def test_everything_comes_from_the_reference(name: str) -> None:
    reference = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    made = LIKE[name](reference)
    assert (made.shape, made.dtype, made.layout, made.device) == (reference.shape, reference.dtype, reference.layout, reference.device)
    assert made.requires_grad and made.is_leaf


@pytest.mark.parametrize("name", LIKE)
@pytest.mark.parametrize("gradient", [False, True])
def test_a_parameter_gives_a_plain_tensor(name: str, gradient: bool) -> None:
    made = LIKE[name](nn.Parameter(torch.zeros(2, 3), gradient))
    assert type(made) is torch.Tensor
    assert made.requires_grad is gradient


@pytest.mark.parametrize("name", LIKE)
def test_whatever_is_given_is_not_inherited(name: str) -> None:
    made = LIKE[name](torch.zeros(2, requires_grad=True), shape=(4, 1), dtype=torch.float16, device="meta", requires_grad=False)
    assert (made.shape, made.dtype, made.device.type, made.requires_grad) == ((4, 1), torch.float16, "meta", False)


def test_shapes_may_be_a_number_or_empty() -> None:
    assert creation.zeros(torch.ones(2, 2), shape=3).shape == (3,)
    assert creation.zeros(torch.ones(2, 2), shape=()).shape == ()


def test_whole_numbers_beside_a_gradient_have_none() -> None:
    assert not creation.ones(torch.zeros(2, requires_grad=True), dtype=torch.int64).requires_grad


def test_full_casts_to_the_reference_where_fullc_keeps_the_value() -> None:
    counts = torch.zeros(2, dtype=torch.int64)
    assert creation.full(counts, 1.5).equal(torch.tensor([1, 1]))
    assert creation.full(counts.bool(), 0.5).equal(torch.tensor([True, True]))
    assert creation.fullc(counts, 1.5).equal(torch.tensor([1.5, 1.5]))
    assert creation.fullc(counts.bool(), 0.5).equal(torch.tensor([0.5, 0.5]))
    assert creation.fullc(counts.double(), 0.5).dtype == torch.float64
    assert creation.fullc(counts, 1.5, dtype=torch.float64).dtype == torch.float64


def test_generators_make_draws_repeatable() -> None:
    reference = torch.empty(50)
    for draw in (creation.uniform, creation.normal):
        first, second = (draw(reference, torch.Generator().manual_seed(3)) for _ in range(2))
        assert first.equal(second)
        assert not first.equal(draw(reference, torch.Generator().manual_seed(4)))


def test_draws_have_their_distributions() -> None:
    generator = torch.Generator().manual_seed(0)
    flat = creation.uniform(torch.empty(20000), generator)
    assert flat.min() >= 0 and flat.max() < 1
    assert abs(float(flat.mean()) - 0.5) < 0.02
    bell = creation.normal(torch.empty(20000), generator)
    assert abs(float(bell.mean())) < 0.03
    assert abs(float(bell.std()) - 1) < 0.03


@pytest.mark.parametrize("draw", [creation.uniform, creation.normal])
def test_draws_of_whole_numbers_are_refused(draw: Callable[..., Tensor]) -> None:
    with pytest.raises(TypeError, match=r"`dtype` must be a floating-point.*got torch.int64"):
        draw(torch.zeros(2, dtype=torch.int64))
    assert draw(torch.zeros(2, dtype=torch.int64), dtype=torch.float32).dtype == torch.float32


def test_scalars_have_no_dimensions() -> None:
    made = creation.scalar(2, torch.zeros(3, dtype=torch.float64))
    assert made.shape == () and made.dtype == torch.float64 and made == 2


def test_values_become_tensors_beside_the_leftmost_one() -> None:
    number, tensor, other, flag = creation.astensors(1, torch.zeros(2, dtype=torch.float64), torch.zeros(1, dtype=torch.float16), True)
    assert (number.dtype, number.shape) == (torch.float64, ())
    assert flag.dtype == torch.float64
    assert tensor.shape == (2,) and other.dtype == torch.float16


def test_a_fraction_beside_whole_numbers_stays_one() -> None:
    value, _ = creation.astensors(0.5, torch.tensor(3))
    assert value == 0.5


def test_one_value_gives_one_tensor() -> None:
    tensor = torch.zeros(2)
    assert creation.astensors(tensor) is tensor
    assert creation.astensors(3).equal(torch.tensor(3))
    assert creation.astensors() == ()


def test_without_a_tensor_the_conversion_is_asked() -> None:
    made = creation.astensors(1, 2.5, conversion=lambda value: torch.tensor(float(value), dtype=torch.float64))
    assert [float(m) for m in made] == [1.0, 2.5]
    assert all(m.dtype == torch.float64 for m in made)
