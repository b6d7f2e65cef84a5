from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from inferno import functional

SAMPLE, OLDER, NEWER = torch.tensor([7.0, 6.0, 5.0]), torch.tensor([1.0, 2.0, 3.0]), torch.tensor([5.0, -2.0, 0.0])
SINCE = torch.tensor([0.5, 1.0, 1.5])


def test_the_sample_replaces_observations() -> None:
    assert functional.extrap_previous(SAMPLE, SINCE, OLDER, NEWER, 2.0) == (SAMPLE, NEWER)
    assert functional.extrap_next(SAMPLE, SINCE, OLDER, NEWER, 2.0) == (OLDER, SAMPLE)
    assert functional.extrap_neighbors(SAMPLE, SINCE, OLDER, NEWER, 2.0) == (SAMPLE, SAMPLE)


def test_the_nearest_observation_is_replaced_half_way_the_older() -> None:
    older, newer = functional.extrap_nearest(SAMPLE, SINCE, OLDER, NEWER, 2.0)
    assert older.equal(torch.tensor([7.0, 6.0, 3.0]))
    assert newer.equal(torch.tensor([5.0, -2.0, 5.0]))


@pytest.mark.parametrize("adjust", [None, torch.neg])
def test_lines_go_through_the_sample_and_one_observation(adjust: Callable[..., Any] | None) -> None:
    older, newer = functional.extrap_linear_forward(SAMPLE, SINCE, OLDER, NEWER, 2.0, adjust=adjust)
    assert older.equal(OLDER if adjust is None else -OLDER)
    assert functional.interp_linear(older, newer, SINCE, 2.0).allclose(SAMPLE)
    older, newer = functional.extrap_linear_backward(SAMPLE, SINCE, OLDER, NEWER, 2.0, adjust=adjust)
    assert newer.equal(NEWER if adjust is None else -NEWER)
    assert functional.interp_linear(older, newer, SINCE, 2.0).allclose(SAMPLE)


@pytest.mark.parametrize(
    "extrap, interp, constant",
    [
        (functional.extrap_expdecay, functional.interp_expdecay, {"time_constant": 5.0}),
        (functional.extrap_expratedecay, functional.interp_expratedecay, {"rate_constant": 0.2}),
    ],
)
def test_decays_go_through_the_sample(extrap: Callable[..., Any], interp: Callable[..., Any], constant: Any) -> None:
    older, newer = extrap(SAMPLE, SINCE, OLDER, NEWER, 2.0, **constant)
    assert interp(older, newer, SINCE, 2.0, **constant).allclose(SAMPLE)
    assert interp(older, newer, torch.full((3,), 2.0), 2.0, **constant).allclose(newer)


def test_what_is_stored_is_read_at_the_same_time() -> None:
    since = torch.linspace(0.1, 1.9, 19)
    sample, older, newer = torch.ones(19), torch.zeros(19), torch.zeros(19)
    stored = functional.extrap_nearest(sample, since, older, newer, 2.0)
    assert functional.interp_nearest(*stored, since, 2.0).equal(sample)
