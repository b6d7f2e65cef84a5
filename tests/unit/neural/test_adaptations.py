"""The adaptation that the samples of a batch share: how it is reduced, and what may be in its place."""

import re
from collections.abc import Callable

import pytest
import torch
from neurons import MAKERS

from inferno import neural

ADAPTIVE = ("ALIF", "GLIF2", "Izhikevich", "AdEx")
CURRENT = torch.full((2, 2, 3), 1e4)


def adaptation(neuron: neural.Neuron) -> str:
    return "threshold_adaptation_" if hasattr(neuron, "threshold_adaptation_") else "current_adaptation_"


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize(
    ("reduction", "shape"),
    [
        (lambda t, d: t.mean(), "[]"),
        (lambda t, d: t.mean(d, keepdim=True), "[1, 2, 3, 2]"),
        (lambda t, d: t[0, :1], "[1, 3, 2]"),
    ],
)
def test_a_reduction_to_another_shape_is_refused(name: str, reduction: Callable[..., torch.Tensor], shape: str) -> None:
    neuron = MAKERS[name](batch_size=2, batch_reduction=reduction)
    message = f"`batch_reduction` must return the shape [2, 3, 2] of an adaptation, got {shape}"
    with pytest.raises(ValueError, match=re.escape(message)):
        neuron(CURRENT)
    neuron(CURRENT, adapt=False)  # and the state is whole


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize("reduction", [torch.max, lambda t, d: 0.5, lambda t, d: (t > 0).any(d)])
def test_a_reduction_to_something_else_is_refused(name: str, reduction: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="`batch_reduction` must"):
        MAKERS[name](batch_size=2, batch_reduction=reduction)(CURRENT)


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_a_reduction_in_another_precision_is_kept_in_that_of_the_state(name: str, dtype: torch.dtype) -> None:
    neuron, plain = MAKERS[name](batch_size=2, batch_reduction=lambda t, d: t.to(dtype).mean(d)), MAKERS[name](batch_size=2)
    for _ in range(3):
        neuron(CURRENT), plain(CURRENT)
    found, expected = (getattr(n, adaptation(n)) for n in (neuron, plain))
    assert found.dtype == torch.float32
    assert torch.allclose(found, expected, rtol=2e-3)  # half precision has 11 bits


@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_adaptation_in_another_precision_means_the_same(name: str) -> None:
    neuron, plain = MAKERS[name](batch_size=2), MAKERS[name](batch_size=2)
    values = torch.tensor([1.5, 0.25, 1e6]).repeat(4).reshape(2, 3, 2)
    for one, kind in ((neuron, torch.float64), (plain, torch.float32)):
        setattr(one, adaptation(one), values.to(kind))
    for _ in range(3):
        assert torch.equal(neuron(CURRENT), plain(CURRENT))
        assert torch.allclose(neuron.voltage, plain.voltage)
    assert neuron.voltage.dtype == getattr(neuron, adaptation(neuron)).dtype == torch.float32


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_functional_call_takes_an_adaptation_in_another_precision(name: str) -> None:
    neuron, key = MAKERS[name](batch_size=2), "threshold_adaptation_" if name in ("ALIF", "GLIF2") else "current_adaptation_"
    given = {key: torch.full((2, 3, 2), 1e6, dtype=torch.float64)}
    assert not torch.func.functional_call(neuron, given, (CURRENT,)).any()


@pytest.mark.parametrize("key", ["_refrac__data", "threshold_adaptation_"])
def test_state_of_another_shape_never_reaches_native_code(key: str) -> None:
    neuron = MAKERS["ALIF"](batch_size=2)
    with pytest.raises((ValueError, RuntimeError)):
        torch.func.functional_call(neuron, {key: torch.zeros(7)}, (CURRENT,))


@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_adaptation_keeps_its_gradient(name: str) -> None:
    neuron = MAKERS[name](batch_size=2)
    start = torch.ones(2, 3, 2, requires_grad=True)
    setattr(neuron, adaptation(neuron), start * 1.0)
    neuron(torch.zeros(2, 2, 3))
    getattr(neuron, adaptation(neuron)).sum().backward()
    assert start.grad is not None
    assert start.grad.abs().sum() > 0


def test_a_reduction_that_is_assigned_is_checked() -> None:
    neuron = MAKERS["ALIF"](batch_size=2)
    with pytest.raises(TypeError, match="`batch_reduction` must be callable or None, got int"):
        neuron.batch_reduction = 3
    neuron.batch_reduction = torch.sum
    neuron(CURRENT)
    assert neuron.threshold_adaptation.flatten().tolist() == [1.0] * 12  # 0.5 of each sample
    neuron.batch_reduction = None
    assert neuron.batch_reduction is torch.mean
