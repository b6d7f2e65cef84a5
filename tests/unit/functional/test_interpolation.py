from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from inferno import functional

OLDER, NEWER = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([5.0, -2.0, 0.0, 8.0])
SINCE = torch.tensor([0.0, 1.0, 1.5, 2.0])


def test_previous_and_next_take_one_observation() -> None:
    assert functional.interp_previous(OLDER, NEWER, SINCE, 2.0) is OLDER
    assert functional.interp_next(OLDER, NEWER, SINCE, 2.0) is NEWER


def test_nearest_takes_the_older_observation_half_way() -> None:
    assert functional.interp_nearest(OLDER, NEWER, SINCE, 2.0).equal(torch.tensor([1.0, 2.0, 0.0, 8.0]))
    assert functional.interp_nearest(OLDER > 2, NEWER > 2, SINCE, 2.0).equal(torch.tensor([False, False, False, True]))


def test_linear_goes_through_both_observations() -> None:
    assert functional.interp_linear(OLDER, NEWER, SINCE, 2.0).equal(torch.tensor([1.0, 0.0, 0.75, 8.0]))
    assert functional.interp_linear(OLDER.double(), NEWER.double(), SINCE, 2.0).dtype == torch.float64
    assert functional.interp_linear(OLDER > 2, NEWER > 2, SINCE, 2.0).equal(torch.tensor([0.0, 0.0, 0.25, 1.0]))


@pytest.mark.parametrize("constant", [4.0, torch.tensor(4.0)])
def test_decays_start_at_the_older_observation(constant: Any) -> None:
    expected = OLDER * torch.exp(-SINCE / 4)
    assert functional.interp_expdecay(OLDER, NEWER, SINCE, 2.0, time_constant=constant).allclose(expected)
    assert functional.interp_expratedecay(OLDER, NEWER, SINCE, 2.0, rate_constant=1 / constant).allclose(expected)
    assert functional.interp_expdecay(OLDER > 2, NEWER > 2, SINCE, 2.0, time_constant=4.0)[3] == pytest.approx(math.exp(-0.5))
