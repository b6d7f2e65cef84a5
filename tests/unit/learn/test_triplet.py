"""Triplet rules against plain loops."""

import math

import pytest
import torch
from told import DELTA, delayed, dense, layer_of, one, spikes, step
from torch import Tensor

from inferno import learn, neural

RATES = {"lr_post_pair": 0.02, "lr_post_triplet": 0.05, "lr_pre_pair": -0.01, "lr_pre_triplet": 0.03}
TIMES = {"tc_post_fast": 12.0, "tc_post_slow": 40.0, "tc_pre_fast": 9.0, "tc_pre_slow": 25.0}


def total(pre: list[int], post: list[int], nearest: bool = False, signs: tuple[int, int] = (1, -1)) -> float:
    """The change over all steps: A2 + A3 times the slow trace before this step's spikes, times the other side's fast trace."""
    fast_pre = slow_pre = fast_post = slow_post = change = 0.0
    for arrives, fires in zip(pre, post, strict=True):
        before_pre, before_post = slow_pre, slow_post
        fast_pre, slow_pre = fast_pre * math.exp(-1 / 9), slow_pre * math.exp(-1 / 25)
        fast_post, slow_post = fast_post * math.exp(-1 / 12), slow_post * math.exp(-1 / 40)
        if arrives:
            fast_pre, slow_pre = (1.0, 1.0) if nearest else (fast_pre + 1, slow_pre + 1)
        if fires:
            fast_post, slow_post = (1.0, 1.0) if nearest else (fast_post + 1, slow_post + 1)
            change += signs[0] * fast_pre * (0.02 + 0.05 * before_post)
        if arrives:
            change += signs[1] * fast_post * (0.01 + 0.03 * before_pre)
    return change


def trained(layer: neural.Serial, pre: Tensor, post: Tensor, **keywords: object) -> Tensor:
    trainer = learn.TripletSTDP(**{**RATES, **TIMES, **keywords})
    trainer.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        step(layer, x, y)
        trainer()
        layer.connection.update()
    return layer.connection.weight.data


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("signs", [(1, -1), (-1, 1), (1, 1), (-1, -1)])
def test_triplets_learn_with_any_signs_and_traces(nearest: bool, signs: tuple[int, int]) -> None:
    pre, post = spikes(25, 1, 1, seed=1), spikes(25, 1, 1, seed=2)
    rates = {"lr_post_pair": signs[0] * 0.02, "lr_pre_pair": signs[1] * 0.01}
    found = trained(one(), pre, post, trace_mode="Nearest" if nearest else "CUMULATIVE", **rates)
    assert found.item() == pytest.approx(total(pre.flatten().tolist(), post.flatten().tolist(), nearest, signs), rel=1e-4)


def test_the_magnitude_of_a_triplet_rate_counts() -> None:
    pre, post = spikes(25, 1, 1, seed=1), spikes(25, 1, 1, seed=2)
    assert torch.equal(trained(one(), pre, post), trained(one(), pre, post, lr_post_triplet=-0.05, lr_pre_triplet=-0.03))


def test_inplace_changes_no_result() -> None:
    pre, post = spikes(25, 2, 3, seed=3), spikes(25, 2, 2, seed=4)
    assert torch.equal(trained(dense(2), pre, post, inplace=True), trained(dense(2), pre, post))


def test_triplet_rates_of_zero_leave_a_pair_rule() -> None:
    pre, post = spikes(25, 2, 3, seed=3), spikes(25, 2, 2, seed=4)
    layer, pair = dense(2), learn.STDP(0.02, -0.01, 12.0, 9.0)
    pair.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        step(layer, x, y)
        pair()
        layer.connection.update()
    torch.testing.assert_close(trained(dense(2), pre, post, lr_post_triplet=0.0, lr_pre_triplet=0.0), layer.connection.weight.data)


@pytest.mark.parametrize("applied_late", [False, True])
def test_triplets_learn_from_what_arrives_over_delays(applied_late: bool) -> None:
    """A delay applied late crashed."""
    pre, post = spikes(20, 2, 3, seed=5), spikes(20, 2, 2, seed=6)
    delays = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 4.0]])
    found = trained(dense(2, delays=delays), pre, post, delayed=applied_late)
    expected = torch.zeros(2, 3)
    for o, i, b in ((o, i, b) for o in range(2) for i in range(3) for b in range(2)):
        expected[o, i] += total(delayed(pre[:, b, i].tolist(), int(delays[o, i])), post[:, b, o].tolist()) / 2
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_a_convolution_learns_from_triplets() -> None:
    pre, post = spikes(12, 1, 1, 3, 3, seed=7), spikes(12, 1, 2, 2, 2, seed=8)
    found = trained(layer_of(neural.Conv2D(3, 3, 1, 2, 1.0, 2, synapse=DELTA)), pre, post)
    expected = torch.zeros(2, 1, 2, 2)
    places = ((0, 0), (0, 1), (1, 0), (1, 1))
    for f, (h, w), (row, column) in ((f, k, p) for f in range(2) for k in places for p in places):
        expected[f, 0, h, w] += total(pre[:, 0, 0, row + h, column + w].tolist(), post[:, 0, f, row, column].tolist())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr_post_pair", 0.0),
        ("lr_pre_pair", 0),
        ("tc_post_fast", 40.0),
        ("tc_pre_fast", 30.0),
        ("tc_pre_fast", 0.0),
        ("tc_post_slow", -1.0),
    ],
)
def test_a_parameter_out_of_range_is_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"`{name}` must .* got {value}"):
        learn.TripletSTDP(**{**RATES, **TIMES, name: value})


def test_a_triplet_update_before_any_step_is_refused() -> None:
    layer, trainer = one(), learn.TripletSTDP(**RATES, **TIMES)
    trainer.register_cell("only", layer.cell)
    with pytest.raises(RuntimeError, match="nothing has been observed"):
        trainer()
