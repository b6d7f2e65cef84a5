from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inferno import functional


def geometric(data: Any, axis: Any, keepdims: bool) -> Any:
    return np.exp(np.mean(np.log(data), axis, keepdims=keepdims))


def nan_geometric(data: Any, axis: Any, keepdims: bool) -> Any:
    return np.exp(np.nanmean(np.log(data), axis, keepdims=keepdims))


PLAIN = {
    "sum": np.sum,
    "min": np.min,
    "max": np.max,
    "mean": np.mean,
    "quantile": lambda data, axis, keepdims: np.quantile(data, 0.5, axis, keepdims=keepdims),
    "median": np.median,
    "geomean": geometric,
    "divsum": np.sum,
}
SKIPPING = {
    "nansum": np.nansum,
    "nanmean": np.nanmean,
    "nanquantile": lambda data, axis, keepdims: np.nanquantile(data, 0.5, axis, keepdims=keepdims),
    "nanmedian": np.nanmedian,
    "nangeomean": nan_geometric,
    "nandivsum": np.nansum,
}
ALL = [*PLAIN, *SKIPPING, "absmin", "absmax"]
dims = st.sampled_from([None, 0, 1, 2, -1, (0, 2), (0, -2), (2, 0), (-1, 1), (0, 1, 2)])
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, missing: bool) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(seed)
    data = generator.uniform(0.1, 5.0, (3, 2, 4))
    data[generator.random(data.shape) < 0.2] = 1.0
    if missing:
        data[generator.random(data.shape) < 0.3] = np.nan
        data[0, 0, 0] = 2.0
    return data


@pytest.mark.parametrize("name", PLAIN)
@given(seeds, dims, st.booleans())
def test_reductions_agree_with_numpy(name: str, seed: int, dim: int | tuple[int, ...] | None, keepdim: bool) -> None:
    data = drawn(seed, missing=False)
    made = getattr(functional, name)(torch.from_numpy(data), dim, keepdim)
    expected = PLAIN[name](data, axis=dim, keepdims=keepdim)
    assert made.shape == np.shape(expected)
    np.testing.assert_allclose(made.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("name", SKIPPING)
@given(seeds, dims, st.booleans())
def test_reductions_without_nan_agree_with_numpy(name: str, seed: int, dim: int | tuple[int, ...] | None, keepdim: bool) -> None:
    data = drawn(seed, missing=True)
    data[:, 0, 0] = data[0, :, 0] = data[0, 0, :] = 1.5
    data[:, :, 0] = data[:, 0, :] = data[0, :, :] = 1.5
    made = getattr(functional, name)(torch.from_numpy(data), dim, keepdim)
    expected = SKIPPING[name](data, axis=dim, keepdims=keepdim)
    assert made.shape == np.shape(expected)
    np.testing.assert_allclose(made.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("name, choose", [("absmin", np.argmin), ("absmax", np.argmax)])
@given(seeds, dims, st.booleans())
def test_elements_are_selected_by_magnitude_with_their_own_sign(
    name: str, choose: Callable[..., Any], seed: int, dim: int | tuple[int, ...] | None, keepdim: bool
) -> None:
    data = np.random.default_rng(seed).normal(size=(3, 2, 4))
    made = getattr(functional, name)(torch.from_numpy(data), dim, keepdim)
    axes = tuple(range(3)) if dim is None else tuple(np.atleast_1d(dim) % 3)
    moved = np.moveaxis(data, axes, range(-len(axes), 0))
    rows = moved.reshape(*moved.shape[: 3 - len(axes)], -1)
    expected = np.take_along_axis(rows, np.expand_dims(choose(np.abs(rows), -1), -1), -1)[..., 0]
    assert made.shape == data.sum(axes, keepdims=keepdim).shape
    np.testing.assert_array_equal(made.numpy().reshape(expected.shape), expected)


def test_absmin_and_absmax_take_the_sign_of_the_selected_element() -> None:
    assert functional.absmin(torch.tensor([-5.0, 1.0])) == 1
    assert functional.absmax(torch.tensor([-5.0, 1.0])) == -5
    assert functional.absmin(torch.tensor([5.0, -1.0])) == -1
    assert functional.absmax(torch.tensor([-1.0, 1.0])) == 1
    assert functional.absmax(torch.tensor([-2, 1])) == -2
    assert functional.absmax(torch.tensor([math.nan, 1.0])).isnan()


def test_nangeomean_counts_elements_equal_to_one() -> None:
    assert float(functional.nangeomean(torch.tensor([1.0, 1.0, 8.0, math.nan]))) == pytest.approx(2)


def test_geometric_means_of_negative_elements_are_nan() -> None:
    assert functional.geomean(torch.tensor([-1.0, 2.0])).isnan()
    assert functional.nangeomean(torch.tensor([-1.0, 2.0])).isnan()
    assert functional.nangeomean(torch.tensor([math.nan])).isnan()
    assert functional.geomean(torch.tensor([0.0, 2.0])) == functional.nangeomean(torch.tensor([0.0, 2.0])) == 0


@pytest.mark.parametrize("function", [functional.quantile, functional.nanquantile])
def test_quantiles_take_tuples_of_dimensions(function: Callable[..., Any]) -> None:
    data = torch.arange(24.0).reshape(2, 3, 4)
    assert function(data, (0, 2), q=0.25).allclose(torch.quantile(data.movedim(1, 0).reshape(3, 8), 0.25, 1))
    several = function(data, (0, -1), True, q=torch.tensor([0.0, 0.5, 1.0]))
    assert several.shape == (3, 1, 3, 1)
    assert several[2].equal(data.amax((0, 2), keepdim=True))
    assert function(data, 2, q=0.5, interpolation="lower").equal(data[..., 1])


def test_the_median_of_an_even_number_is_midway() -> None:
    assert functional.median(torch.tensor([4.0, 1.0, 2.0, 9.0])) == 3
    assert functional.nanmedian(torch.tensor([4.0, math.nan, 1.0])) == 2.5
    assert functional.median(torch.tensor([4.0, math.nan, 1.0])).isnan()


def test_sums_are_divided() -> None:
    assert functional.divsum(torch.ones(4, 2), 0, denom=8).equal(torch.full((2,), 0.5))
    assert functional.nandivsum(torch.tensor([1.0, math.nan]), denom=4.0) == 0.25


@pytest.mark.parametrize("name", ["mean", "nanmean", "quantile", "median", "nanmedian", "geomean", "nangeomean"])
def test_spikes_are_reduced_as_floats(name: str) -> None:
    made = getattr(functional, name)(torch.tensor([[True, True], [True, True]]), 0)
    assert made.equal(torch.ones(2))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("keepdim", [False, True])
def test_a_single_number_is_its_own_reduction(name: str, keepdim: bool) -> None:
    made = getattr(functional, name)(torch.tensor(3.0), keepdim=keepdim)
    assert made.shape == () and float(made) == pytest.approx(3)


@pytest.mark.parametrize("name", ALL)
def test_dimensions_that_do_not_exist_are_refused(name: str) -> None:
    with pytest.raises(IndexError, match="Dimension out of range"):
        getattr(functional, name)(torch.ones(2, 2), 2)
