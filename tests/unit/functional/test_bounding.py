from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from inferno import functional

number = st.floats(-10, 10, width=32)
PARAM, POS, NEG = torch.tensor([0.25, 0.5, 1.0]), torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.5, 0.25, 0.125])
FULL = {
    functional.bound_multiplicative: {},
    functional.bound_sharp: {},
    functional.bound_power: {"upper_power": 2.0, "lower_power": 0.5},
    functional.bound_scaled_multiplicative: {},
    functional.bound_scaled_power: {"upper_power": 2.0, "lower_power": 0.5},
}


def by_name(function: Callable[..., Any]) -> str:
    return function.__name__


@given(number, number, number)
def test_multiplicative_bounds_scale_with_the_distance_to_the_limit(param: float, update: float, limit: float) -> None:
    p, u = torch.tensor([param], dtype=torch.float64), torch.tensor([update], dtype=torch.float64)
    assert functional.bound_upper_multiplicative(p, u, limit).item() == (limit - param) * update
    assert functional.bound_lower_multiplicative(p, u, limit).item() == (param - limit) * update
    assert functional.bound_upper_scaled_multiplicative(p, u, limit, 4.0).item() == (limit - param) / 4 * update
    assert functional.bound_lower_scaled_multiplicative(p, u, limit, range=4.0).item() == (param - limit) / 4 * update


@given(number, st.floats(0, 10, width=32), st.floats(0.5, 3))
def test_power_bounds_raise_the_distance_to_a_power(limit: float, distance: float, power: float) -> None:
    u = torch.tensor([2.0], dtype=torch.float64)
    below, above = (torch.tensor([limit + d], dtype=torch.float64) for d in (-distance, distance))
    apart = [limit - (limit - distance), (limit + distance) - limit]
    assert functional.bound_upper_power(below, u, limit, power=power).item() == pytest.approx(apart[0] ** power * 2)
    assert functional.bound_lower_power(above, u, limit, power=power).item() == pytest.approx(apart[1] ** power * 2)
    assert functional.bound_upper_scaled_power(below, u, limit, power=power, range=5.0).item() == pytest.approx((apart[0] / 5) ** power * 2)
    assert functional.bound_lower_scaled_power(above, u, limit, power=power, range=5.0).item() == pytest.approx((apart[1] / 5) ** power * 2)


def test_a_fractional_power_beyond_the_limit_is_nan() -> None:
    assert functional.bound_upper_power(torch.tensor(2.0), torch.tensor(1.0), 1.0, power=0.5).isnan()
    assert functional.bound_lower_power(torch.tensor(0.0), torch.tensor(1.0), 1.0, power=0.5).isnan()


@given(number, number)
def test_sharp_bounds_include_the_limit(limit: float, update: float) -> None:
    p, u = torch.tensor([limit]), torch.tensor([update])
    assert functional.bound_upper_sharp(p, u, limit).equal(u)
    assert functional.bound_lower_sharp(p, u, limit).equal(u)


def test_sharp_bounds_stop_updates_beyond_the_limit() -> None:
    assert functional.bound_upper_sharp(PARAM, POS, 0.5).equal(torch.tensor([1.0, 2.0, 0.0]))
    assert functional.bound_lower_sharp(PARAM, POS, 0.5).equal(torch.tensor([0.0, 2.0, 3.0]))
    assert functional.bound_upper_sharp(PARAM, torch.full((3,), math.inf), 0.5)[2] == 0


@pytest.mark.parametrize("bound", FULL, ids=by_name)
@pytest.mark.parametrize("limits", [(1.0, 0.0), (torch.tensor(1.0), torch.tensor([0.0, 0.0, 0.0]))], ids=["numbers", "tensors"])
def test_full_bounds_are_the_difference_of_the_half_bounds(bound: Callable[..., Tensor], limits: tuple[Any, Any]) -> None:
    upper, lower = PARAM.new_tensor(1.0) - PARAM, PARAM - 0.0
    factors = {
        "bound_multiplicative": (upper, lower),
        "bound_scaled_multiplicative": (upper, lower),
        "bound_sharp": (torch.ones(3), torch.ones(3)),
    }.get(bound.__name__, (upper**2, lower**0.5))
    assert bound(PARAM, POS, NEG, *limits, **FULL[bound]).allclose(factors[0] * POS - factors[1] * NEG)


@pytest.mark.parametrize("bound", FULL, ids=by_name)
def test_a_side_without_limit_is_unbounded(bound: Callable[..., Tensor]) -> None:
    assert bound(PARAM, POS, NEG, None, None, **FULL[bound]).equal(POS - NEG)
    assert bound(PARAM, POS, torch.zeros(3), None, 0.0, **FULL[bound]).equal(POS)
    assert bound(PARAM, torch.zeros(3), NEG, 1.0, None, **FULL[bound]).equal(-NEG)


def test_bound_power_does_not_raise() -> None:
    made = functional.bound_power(PARAM, POS, NEG, 2.0, 0.0, upper_power=2.0, lower_power=3.0)
    assert made.allclose((2 - PARAM) ** 2 * POS - PARAM**3 * NEG)
    assert functional.bound_power(PARAM, POS, NEG, 2.0, 0.0).equal(functional.bound_multiplicative(PARAM, POS, NEG, 2.0, 0.0))


def test_bound_scaled_power_does_not_raise() -> None:
    made = functional.bound_scaled_power(PARAM, POS, NEG, 2.0, -1.0, upper_power=2.0, lower_power=3.0)
    assert made.allclose(((2 - PARAM) / 3) ** 2 * POS - ((PARAM + 1) / 3) ** 3 * NEG)


def test_scaled_bounds_work_with_one_limit() -> None:
    multiplicative, power = functional.bound_scaled_multiplicative, functional.bound_scaled_power
    assert multiplicative(PARAM, POS, NEG, 2.0, None).equal((2 - PARAM) * POS - NEG)
    assert multiplicative(PARAM, POS, NEG, None, -1.0, range=4.0).allclose(POS - (PARAM + 1) / 4 * NEG)
    assert power(PARAM, POS, NEG, 2.0, None, upper_power=2.0).allclose((2 - PARAM) ** 2 * POS - NEG)
    assert power(PARAM, POS, NEG, None, -1.0, lower_power=2.0, range=4.0).allclose(POS - ((PARAM + 1) / 4) ** 2 * NEG)


def test_empty_ranges_are_refused() -> None:
    for bound in (functional.bound_scaled_multiplicative, functional.bound_scaled_power):
        with pytest.raises(ValueError, match=r"`max` must be greater than `min` \(1.0\), got 1.0"):
            bound(PARAM, POS, NEG, 1.0, 1.0)
        with pytest.raises(ValueError, match="`range` must be greater than 0, got 0.0"):
            bound(PARAM, POS, NEG, 1.0, None, range=0.0)


@pytest.mark.parametrize("bound", FULL, ids=by_name)
def test_bounds_compile_without_breaks(bound: Callable[..., Tensor]) -> None:
    compiled = torch.compile(bound, fullgraph=True, backend="eager")
    assert compiled(PARAM, POS, NEG, 1.0, None, **FULL[bound]).equal(bound(PARAM, POS, NEG, 1.0, None, **FULL[bound]))
