from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inferno.core.mathematics import exp, exponential_smoothing, holt_linear_smoothing, normalize, rescale, sqrt

finite = st.floats(-1e3, 1e3, width=32)


@pytest.mark.parametrize("function, expected", [(exp, math.e), (sqrt, 1.0)])
def test_numbers_tensors_and_arrays_keep_their_kind(function: Callable[..., Any], expected: Any) -> None:
    for value in (1, 1.0, True):
        assert type(function(value)) is float and function(value) == expected
    assert type(function(1 + 0j)) is complex and function(1 + 0j) == pytest.approx(expected)
    tensor, array = function(torch.ones(2)), function(np.ones(2))
    assert isinstance(tensor, torch.Tensor) and tensor.shape == (2,) and float(tensor[0]) == pytest.approx(expected)
    assert isinstance(array, np.ndarray) and array[0] == pytest.approx(expected)
    assert function(np.int64(1)) == pytest.approx(expected)
    with pytest.raises(TypeError, match="`x` must be a number, a tensor or an array, got str"):
        function("1")


def test_the_root_of_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`x` must be at least 0 or complex, got -4"):
        sqrt(-4)
    assert sqrt(-4 + 0j) == 2j
    assert sqrt(torch.tensor(-4.0)).isnan()


@pytest.mark.parametrize("order", [1, 2, 3.5, math.inf])
def test_rows_are_normalized_to_the_scale(order: float) -> None:
    data = torch.rand(4, 6, generator=torch.Generator().manual_seed(1)) - 0.3
    made = normalize(data, order, 78.4, dim=-1)
    assert torch.linalg.vector_norm(made, order, dim=-1).allclose(torch.full((4,), 78.4))


def test_all_dimensions_are_normalized_by_default() -> None:
    assert normalize(torch.ones(2, 2), 1).equal(torch.full((2, 2), 0.25))
    assert normalize(torch.ones(2, 2, 3), 1, dim=(0, 1)).equal(torch.full((2, 2, 3), 0.25))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_normalized_zeros_stay_zeros(dtype: torch.dtype) -> None:
    assert normalize(torch.zeros(2, 3, dtype=dtype), 1, 78.4, dim=-1).equal(torch.zeros(2, 3, dtype=dtype))


@given(st.lists(finite, min_size=2, max_size=20, unique=True), finite, finite)
def test_rescaled_data_meets_both_ends(values: list[float], low: float, high: float) -> None:
    data = torch.tensor(values)
    made = rescale(data, low, high)
    assert made[data.argmin()] == torch.tensor(low) and made[data.argmax()] == torch.tensor(high)
    least, greatest = min(low, high), max(low, high)
    slack = 1e-5 * (1 + abs(low) + abs(high))
    assert bool(((made >= least - slack) & (made <= greatest + slack)).all())


@given(st.lists(finite, min_size=2, max_size=20, unique=True))
def test_rescaling_to_the_source_changes_nothing(values: list[float]) -> None:
    data = torch.tensor(values, dtype=torch.float64)
    assert rescale(data, None, None).allclose(data, atol=1e-9)


def test_rescaling_takes_given_ends_of_the_source() -> None:
    assert rescale(torch.tensor([0.0, 128.0, 255.0, 510.0]), 0.0, 1.0, srcmin=0, srcmax=255).allclose(
        torch.tensor([0.0, 128 / 255, 1.0, 2.0])
    )
    assert rescale(torch.tensor([2.0, 4.0]), 0.0, None).equal(torch.tensor([0.0, 4.0]))


def test_rescaling_works_along_dimensions_and_on_whole_numbers() -> None:
    data = torch.tensor([[0, 1, 2], [10, 15, 20]])
    assert rescale(data, 0.0, 1.0, dim=1).equal(torch.tensor([[0.0, 0.5, 1.0]] * 2))
    assert rescale(data, 0.0, 20.0).equal(data.float())


def test_rescaled_constants_are_nan() -> None:
    assert rescale(torch.ones(3), 0.0, 0.3).isnan().all()


def test_smoothing_starts_at_the_first_observation() -> None:
    level = None
    for value in (2.0, 4.0, 8.0):
        level = exponential_smoothing(torch.tensor(value), level, alpha=0.25)
    assert level == 0.25 * 8 + 0.75 * (0.25 * 4 + 0.75 * 2)


def test_smoothed_spikes_are_floats() -> None:
    assert exponential_smoothing(torch.tensor([True]), None, alpha=0.5).dtype == torch.float32
    level, _ = holt_linear_smoothing(torch.tensor([True]), None, None, alpha=0.5, beta=0.5)
    level, trend = holt_linear_smoothing(torch.tensor([False]), level, None, alpha=0.5, beta=0.5)
    assert level.dtype == trend.dtype == torch.float32


def test_a_line_is_smoothed_to_itself() -> None:
    level, trend = holt_linear_smoothing(torch.tensor(1.0), None, None, alpha=0.3, beta=0.6)
    assert level == 1 and trend is None
    for value in (3.0, 5.0, 7.0):
        level, trend = holt_linear_smoothing(torch.tensor(value), level, trend, alpha=0.3, beta=0.6)
        assert float(level) == pytest.approx(value) and float(trend) == pytest.approx(2)


def test_level_and_trend_follow_the_equations() -> None:
    level, trend = holt_linear_smoothing(torch.tensor(6.0), torch.tensor(2.0), torch.tensor(1.0), alpha=0.5, beta=0.25)
    assert level == 0.5 * 6 + 0.5 * 3 and trend == 0.25 * 2.5 + 0.75 * 1
