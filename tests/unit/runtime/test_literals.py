"""Numbers of a program's text beside tensors that do not hold them."""

from __future__ import annotations

import math

import torch

from inferno.runtime.primitives import maximum, minimum, when, where

HUGE = 1e300


def test_a_number_beyond_the_type_is_infinite_as_it_is_in_a_sum() -> None:
    values, first = torch.zeros(2), torch.tensor([True, False])
    assert torch.equal(values + HUGE, torch.full((2,), math.inf))
    expected = torch.tensor([math.inf, 0.0])
    assert torch.equal(where(first, HUGE, values), expected)
    assert torch.equal(where(~first, values, HUGE), expected)
    assert torch.equal(where(first, HUGE, 0.0, values), expected)
    assert torch.equal(when(first.float(), HUGE, values), expected)
    assert torch.equal(when(first.float(), -HUGE), -expected)
    assert torch.equal(minimum(values, HUGE), values)
    assert torch.equal(maximum(-HUGE, values), values)
    assert torch.equal(maximum(values, HUGE), torch.full((2,), math.inf))


def test_a_type_that_holds_a_number_keeps_it() -> None:
    values, first = torch.zeros(2, dtype=torch.float64), torch.tensor([True, False])
    expected = torch.tensor([HUGE, 0.0], dtype=torch.float64)
    assert torch.equal(where(first, HUGE, values), expected)
    assert torch.equal(when(first.double(), HUGE), expected)
    assert torch.equal(minimum(expected, HUGE), expected)


def test_two_numbers_take_the_type_of_the_events() -> None:
    assert torch.equal(when(torch.ones(1, dtype=torch.float64), 0.1), torch.tensor([0.1], dtype=torch.float64))
