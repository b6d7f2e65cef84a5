"""Rules with a reward against plain loops."""

import math
from collections.abc import Callable

import pytest
import torch
from told import DELTA, delayed, dense, layer_of, one, spikes, step, terms
from torch import Tensor
from trainers import TRAINERS

from inferno import learn, neural

RATES = (0.02, -0.01, 20.0, 30.0)
SIGNS = [(1, -1), (-1, 1), (1, 1), (-1, -1)]


def trained(trainer: learn.MSTDP | learn.MSTDPET, layer: neural.Serial, pre: Tensor, post: Tensor, rewards: Tensor) -> Tensor:
    trainer.register_cell("only", layer.cell)
    for x, y, reward in zip(pre, post, rewards, strict=True):
        step(layer, x, y)
        trainer(reward if reward.ndim else reward.item())
        layer.connection.update()
    return layer.connection.weight.data


def changes(pre: list[int], post: list[int], signs: tuple[int, int], eligibility: float | None) -> list[float]:
    """What each step changes without a reward; with a time constant, by way of the eligibility."""
    z, found = 0.0, []
    for of_post, of_pre in terms(pre, post, signs[0] * 0.02, signs[1] * 0.01, 20.0, 30.0):
        z = of_post + of_pre if eligibility is None else z * math.exp(-1 / eligibility) + (of_post + of_pre) / eligibility
        found.append(z)
    return found


def made(eligibility: float | None, signs: tuple[int, int] = (1, -1), **keywords: object) -> learn.MSTDP | learn.MSTDPET:
    rates = (signs[0] * 0.02, signs[1] * 0.01, 20.0, 30.0)
    return learn.MSTDP(*rates, **keywords) if eligibility is None else learn.MSTDPET(*rates, eligibility, **keywords)


@pytest.mark.parametrize("eligibility", [None, 25.0])
@pytest.mark.parametrize("signs", SIGNS)
@pytest.mark.parametrize("by_sample", [True, False])
@pytest.mark.parametrize(("reduction", "divisor"), [(None, 1), (torch.mean, 3)])
def test_rewards_of_any_sign_scale_the_change(
    eligibility: float | None, signs: tuple[int, int], by_sample: bool, reduction: Callable[..., Tensor] | None, divisor: int
) -> None:
    pre, post = spikes(15, 3, 3, seed=1), spikes(15, 3, 2, seed=2)
    rewards = torch.randn(15, 3, generator=torch.Generator().manual_seed(3))
    rewards = rewards if by_sample else rewards[:, 0]
    found = trained(made(eligibility, signs, batch_reduction=reduction), dense(3), pre, post, rewards)
    expected = torch.zeros(2, 3)
    for o, i, b in ((o, i, b) for o in range(2) for i in range(3) for b in range(3)):
        of_sample = rewards[:, b] if by_sample else rewards
        course = changes(pre[:, b, i].tolist(), post[:, b, o].tolist(), signs, eligibility)
        expected[o, i] += sum(float(r) * c for r, c in zip(of_sample, course, strict=True)) / divisor
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("eligibility", [None, 25.0])
def test_a_convolution_learns_by_reward(eligibility: float | None) -> None:
    pre, post = spikes(12, 2, 1, 3, 3, seed=4), spikes(12, 2, 2, 2, 2, seed=5)
    rewards = torch.randn(12, 2, generator=torch.Generator().manual_seed(6))
    layer = layer_of(neural.Conv2D(3, 3, 1, 2, 1.0, 2, synapse=DELTA, batch_size=2))
    found = trained(made(eligibility), layer, pre, post, rewards)
    expected = torch.zeros(2, 1, 2, 2)
    places = ((0, 0), (0, 1), (1, 0), (1, 1))
    for f, (h, w), (row, column), b in ((f, k, p, b) for f in range(2) for k in places for p in places for b in range(2)):
        course = changes(pre[:, b, 0, row + h, column + w].tolist(), post[:, b, f, row, column].tolist(), (1, -1), eligibility)
        expected[f, 0, h, w] += sum(float(r) * c for r, c in zip(rewards[:, b], course, strict=True))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("eligibility", "keywords"), [(None, {}), (None, {"delayed": True}), (25.0, {})])
def test_rewards_meet_what_arrives_over_delays(eligibility: float | None, keywords: dict[str, bool]) -> None:
    pre, post = spikes(20, 2, 3, seed=7), spikes(20, 2, 2, seed=8)
    delays = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 4.0]])
    rewards = torch.randn(20, 2, generator=torch.Generator().manual_seed(9))
    found = trained(made(eligibility, **keywords), dense(2, delays=delays), pre, post, rewards)
    expected = torch.zeros(2, 3)
    for o, i, b in ((o, i, b) for o in range(2) for i in range(3) for b in range(2)):
        course = changes(delayed(pre[:, b, i].tolist(), int(delays[o, i])), post[:, b, o].tolist(), (1, -1), eligibility)
        expected[o, i] += sum(float(r) * c for r, c in zip(rewards[:, b], course, strict=True))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_samples_with_rewards_of_both_signs_reach_both_sides_of_an_accumulator() -> None:
    layer, trainer, both = one(2), learn.MSTDP(*RATES), torch.ones(2, 1, dtype=torch.bool)
    trainer.register_cell("only", layer.cell)
    step(layer, both, both)
    trainer(torch.tensor([1.0, -0.5]), scale=2.0)
    assert layer.updater.weight.pos.item() == pytest.approx(2 * 0.02 + 0.01)
    assert layer.updater.weight.neg.item() == pytest.approx(2 * 0.01 + 0.02)


@pytest.mark.parametrize("eligibility", [None, 25.0])
def test_only_named_cells_are_rewarded(eligibility: float | None) -> None:
    layers, trainer, both = {"a": one(), "b": one()}, made(eligibility), torch.tensor([[True]])
    for name, layer in layers.items():
        trainer.register_cell(name, layer.cell)
        step(layer, both, both)
    trainer(1.0, cells=["b"])
    trainer.update()
    assert layers["a"].connection.weight.item() == 0 != layers["b"].connection.weight.item()
    with pytest.raises(AttributeError, match="no cell 'c'; there is a, b"):
        trainer(1.0, cells=["c"])


@pytest.mark.parametrize("eligibility", [None, 25.0])
def test_a_reward_of_another_kind_is_refused(eligibility: float | None) -> None:
    layer, trainer, both = one(2), made(eligibility), torch.ones(2, 1, dtype=torch.bool)
    trainer.register_cell("only", layer.cell)
    with pytest.raises(RuntimeError, match="nothing has been observed"):
        trainer(1.0)
    step(layer, both, both)
    with pytest.raises(ValueError, match=r"`signal` must be a number or have the shape \[2\] .* got \[3\]"):
        trainer(torch.ones(3))
    with pytest.raises(ValueError, match="`signal` must be finite, got nan"):
        trainer(math.nan)
    with pytest.raises(TypeError, match="`signal` must be a number, got 'good'"):
        trainer("good")
    with pytest.raises(TypeError, match="`scale` must be a number, got 'much'"):
        trainer(1.0, "much")
    assert layer.updater.weight.pos is None


def test_eligibilities_are_read_by_name_for_each_sample_and_weight() -> None:
    layer, trainer = dense(2), learn.MSTDPET(*RATES, 25.0)
    unit = trainer.register_cell("only", layer.cell)
    assert set(unit.monitors) == {"trace_post", "spike_post", "trace_pre", "spike_pre", "elig_post", "elig_pre"}
    step(layer, torch.ones(2, 3, dtype=torch.bool), torch.ones(2, 2, dtype=torch.bool))
    torch.testing.assert_close(trainer.get_monitor("only", "elig_post").peek(), torch.full((2, 2, 3), 0.02 / 25))
    torch.testing.assert_close(trainer.get_monitor("only", "elig_pre").peek(), torch.full((2, 2, 3), 0.01 / 25))


def test_eligibilities_see_this_step_after_monitors_were_detached() -> None:
    layer, trainer, both = one(), learn.MSTDPET(*RATES, 25.0), torch.tensor([[True]])
    trainer.register_cell("only", layer.cell)
    trainer.eval()
    trainer.train()
    step(layer, both, both)
    assert trainer.get_monitor("only", "elig_post").peek().item() == pytest.approx(0.02 / 25)


def test_an_eligibility_needs_a_time() -> None:
    with pytest.raises(ValueError, match="`tc_eligibility` must be finite and greater than 0, got 0"):
        learn.MSTDPET(*RATES, 0)
    with pytest.raises(TypeError, match="`delayed` is no parameter"):
        learn.MSTDPET(*RATES, 25.0).register_cell("only", one().cell, delayed=True)


@pytest.mark.parametrize("signal", [-0.5, 2.0])
def test_terms_are_reduced_before_the_reward_scales_them(signal: float) -> None:
    """A reduction that is not linear shows it."""
    layer, twin = dense(3), dense(3)
    rewarded = learn.MSTDP(0.2, -0.1, 20.0, 30.0, batch_reduction=lambda t, d: (t * t).sum(d))
    plain = learn.STDP(0.2, -0.1, 20.0, 30.0, batch_reduction=lambda t, d: (t * t).sum(d))
    rewarded.register_cell("only", layer.cell), plain.register_cell("only", twin.cell)
    for k in range(4):
        pre, post = spikes(3, 3, seed=k), spikes(3, 2, seed=k + 10)
        for each in (layer, twin):
            step(each, pre, post)
    rewarded(signal), plain()
    layer.connection.update(), twin.connection.update()
    assert twin.connection.weight.abs().sum() > 0
    assert torch.allclose(layer.connection.weight, twin.connection.weight * signal)


@pytest.mark.parametrize("name", ["MSTDP", "MSTDPET"])
@pytest.mark.parametrize("signal", [-0.5, torch.tensor([1.0, -2.0])])
def test_the_sign_of_the_scale_does_not_count(name: str, signal: float | torch.Tensor) -> None:
    found = []
    for scale in (0.5, -0.5):
        layer, trainer = dense(2), TRAINERS[name]()
        trainer.register_cell("only", layer.cell)
        for k in range(4):
            step(layer, spikes(2, 3, seed=k), spikes(2, 2, seed=k + 10))
            trainer(signal, scale)
        layer.connection.update()
        found.append(layer.connection.weight)
    assert found[0].abs().sum() > 0
    assert torch.equal(*found)
