from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inferno.core.spiketimes import isi, victor_purpura_pair_dist

times = st.lists(st.floats(0, 50, width=32), max_size=6)


def test_intervals_of_a_train() -> None:
    assert isi(torch.tensor([1, 0, 0, 1, 1]), 1.0).equal(torch.tensor([3.0, 1.0]))


def test_trains_with_fewer_spikes_are_padded_with_nan() -> None:
    spikes = torch.tensor([[1, 0, 0, 1, 1], [0, 0, 1, 0, 0], [1, 1, 0, 0, 0]]).bool()
    expected = torch.tensor([[3.0, 1.0], [math.nan, math.nan], [1.0, math.nan]]) / 2
    assert isi(spikes, 0.5, time_first=False).allclose(expected, equal_nan=True)
    assert isi(spikes.T, 0.5).allclose(expected.T, equal_nan=True)


@pytest.mark.parametrize("shape", [(5, 2, 3), (0, 3), (5, 0), (5,)])
def test_without_intervals_time_has_no_length(shape: tuple[int, ...]) -> None:
    assert isi(torch.zeros(shape), 1.0).shape == (0, *shape[1:])
    assert isi(torch.zeros(*shape[1:], shape[0]), 1.0, time_first=False).shape == (*shape[1:], 0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 6))
def test_intervals_agree_with_numpy(seed: int, steps: int, neurons: int) -> None:
    spikes = torch.from_numpy(np.random.default_rng(seed).random((steps, neurons, 2)) < 0.3)
    made = isi(spikes, 0.1)
    assert made.dtype == torch.float32
    for index in np.ndindex(neurons, 2):
        expected = np.diff(np.flatnonzero(spikes[(slice(None), *index)].numpy())) * 0.1
        column = made[(slice(None), *index)].numpy()
        np.testing.assert_allclose(column[: len(expected)], expected, rtol=1e-6)
        assert np.isnan(column[len(expected) :]).all()


def test_intervals_of_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="`step_time` must be .*greater than 0, got 0"):
        isi(torch.ones(3), 0)
    with pytest.raises(ValueError, match="`spikes` must have a dimension of time"):
        isi(torch.tensor(1.0), 1.0)


def plain_distance(first: list[float], second: list[float], cost: float) -> float:
    table = [[float(i + j) for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i, a in enumerate(first, 1):
        for j, b in enumerate(second, 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost * abs(a - b))
    return table[-1][-1]


@given(times, times, st.lists(st.floats(0, 4), min_size=1, max_size=4))
def test_distances_agree_with_the_plain_programme(first: list[float], second: list[float], costs: list[float]) -> None:
    made = victor_purpura_pair_dist(torch.tensor(first), torch.tensor(second), torch.tensor(costs, dtype=torch.float64))
    expected = [plain_distance(sorted(first), sorted(second), cost) for cost in costs]
    np.testing.assert_allclose(made.numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cost, expected", [(0, 1.0), (0.1, 1.1), (1.0, 2.0), (math.inf, 5.0)])
def test_the_cost_decides_what_is_matched(cost: float, expected: Any) -> None:
    first, second = torch.tensor([1.0, 5.0]), torch.tensor([2.0, 5.0, 9.0])
    for made in (victor_purpura_pair_dist(first, second, cost), victor_purpura_pair_dist(second, first, torch.tensor([cost]))):
        assert made.shape == (1,)
        assert float(made) == pytest.approx(expected)


def test_bad_distances_are_refused() -> None:
    with pytest.raises(ValueError, match="`cost` must be at least 0, got -1.0"):
        victor_purpura_pair_dist(torch.ones(1), torch.ones(1), -1.0)
    with pytest.raises(ValueError, match="`t1` must have one dimension"):
        victor_purpura_pair_dist(torch.ones(1), torch.ones(1, 1), 1.0)
    with pytest.raises(ValueError, match="`cost` must be a number or have one dimension"):
        victor_purpura_pair_dist(torch.ones(1), torch.ones(1), torch.ones(1, 1))
