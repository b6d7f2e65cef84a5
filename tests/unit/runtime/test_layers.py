"""Layers against their definitions, neuron by neuron; and networks made of them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from oracle import layers as slowly

import inferno
from inferno.runtime import layers
from inferno.runtime.network import Network

NETWORK = """snn 1
neuron Unit:
    param tau_m = 3 ms, v_th = 0.4
    input I : 1
    state v = 0
    tau_m * v' = I - v
    spike when v >= v_th:
        v -= v_th
input x : spikes[2, 7, 6]
population a = Unit()
population b = Unit(tau_m = trainable(5 ms, min = 2 ms, max = 20 ms))
population out[4] = Unit(v_th = 0.1)
x -[conv(3, kernel = 3, padding = same, bias = true, weight = normal(0.2, 0.5)) | batchnorm | maxpool(2)]-> a
a -[avgpool(2, stride = 1) | conv(2, kernel = 2, padding = 1, weight = trainable(uniform(-1 ms, 1 ms), min = -0.5 ms))]-> b
b -[readout: dense(weight = uniform(-1 ms, 1 ms), delay = 2 dt)]-> out
output rates = mean(out.spikes, over = time)
record a.spikes, b.spikes, out.spikes, out.v
run:
    steps = 12
    dt = 1 ms
"""


def given(*shape: int, seed: int = 0, spikes: bool = False) -> torch.Tensor:
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (values > 0.3) if spikes else values


def made(tmp_path: Path, text: str = NETWORK, backend: str = "eager") -> Network:
    (tmp_path / "net.snn").write_text(text)
    return inferno.load_network(tmp_path / "net.snn", backend=backend, device="cpu", dtype="float64")


def tensors_of(net: Network) -> list[list[float]]:
    return [net["x_a"].get(n).tolist() for n in ("weight", "bias", "scale", "shift", "mean", "variance")]


def rows(values: torch.Tensor) -> list[list[float]]:
    found: list[list[float]] = values.reshape(-1, values.shape[-1]).double().tolist()
    return found


def same(found: torch.Tensor, expected: list[list[float]]) -> bool:
    return torch.allclose(found.reshape(-1, found.shape[-1]).double(), torch.tensor(expected, dtype=torch.float64), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("stride", "before", "after"), [(1, 0, 0), (1, 1, 2), (2, 1, 1), (3, 2, 2)])
def test_convolution_is_its_sum(stride: int, before: int, after: int) -> None:
    x, weight, bias = given(2, 3, 60, spikes=True), given(4, 3, 3, 3, seed=1), given(4, seed=2)
    found = layers.through(x, torch.tensor(1.0, dtype=torch.float64), (layers.conv(weight, bias, (3, 5, 4), stride, before, after),), 200)
    assert same(found, slowly.conv(rows(x), weight.tolist(), bias.tolist(), (3, 5, 4), stride, before, after))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("largest", [True, False])
def test_pooling_is_the_largest_or_the_mean_of_a_window(stride: int, largest: bool) -> None:
    x = given(4, 60)
    layer = (layers.maxpool if largest else layers.avgpool)((3, 5, 4), 2, stride)
    assert same(layer(x), slowly.pool(rows(x), (3, 5, 4), 2, stride, largest))


def test_pooled_spikes_are_spikes() -> None:
    x = given(4, 60, spikes=True)
    found = layers.through(x, torch.tensor(1.0), (layers.maxpool((3, 5, 4), 2, 2),), 60)
    assert set(found.unique().tolist()) <= {0.0, 1.0}
    assert found.dtype == torch.float32


def test_normalization_in_training_goes_by_what_passes_and_keeps_statistics() -> None:
    x, scale, shift = given(6, 12), given(3, seed=1), given(3, seed=2)
    layer = layers.BatchNormalization(scale, shift, torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64))
    mean, variance = slowly.statistics(rows(x), 3)
    assert same(layer(x), slowly.normalize(rows(x), scale.tolist(), shift.tolist(), mean, variance))
    assert torch.allclose(layer.mean, torch.tensor(mean, dtype=torch.float64) * 0.1)
    assert torch.allclose(layer.variance, 0.9 + torch.tensor(variance, dtype=torch.float64) * 0.1)


def test_a_long_series_passes_in_pieces_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = given(9, 5, 12, spikes=True), given(12, 7, seed=1)
    like = torch.tensor(1.0, dtype=torch.float32)
    whole = layers.through(x, like, (layers.dense(weight, None),), 12)
    monkeypatch.setattr(layers, "MOST_ELEMENTS", 50)
    assert torch.equal(layers.through(x, like, (layers.dense(weight, None),), 12), whole)


# ---- networks -------------------------------------------------------------------------------------------


def spikes_of(impulses: list[list[list[float]]], tau: float, threshold: float) -> list[list[list[bool]]]:
    """The spikes of `Unit` [time][batch][neuron] under what arrives."""
    decay = math.exp(-1 / tau)
    v = [[0.0] * len(row) for row in impulses[0]]
    found = []
    for step in impulses:
        v = [[decay * a + (1 - decay) * i for a, i in zip(va, row, strict=True)] for va, row in zip(v, step, strict=True)]
        found.append([[a >= threshold for a in row] for row in v])
        v = [[a - threshold if a >= threshold else a for a in row] for row in v]
    return found


def passed(values: torch.Tensor, *made_layers: object) -> list[list[list[float]]]:
    """Rows through the slow layers, as [time][batch][neuron]."""
    time, batch = values.shape[:2]
    found = rows(values.reshape(time * batch, -1))
    for layer in made_layers:
        found = layer(found)  # type: ignore[operator]
    return [found[t * batch : (t + 1) * batch] for t in range(time)]


@pytest.mark.parametrize("training", [False, True])
def test_a_stack_spikes_as_its_layers_say(tmp_path: Path, training: bool) -> None:
    net = made(tmp_path)
    net.train(training)
    x = given(12, 3, 2, 7, 6, spikes=True).double()
    weight, bias, scale, shift, mean, variance = tensors_of(net)
    out = net(x=x)

    def first(values: list[list[float]]) -> list[list[float]]:
        found = slowly.conv(values, weight, bias, (2, 7, 6), 1, 1, 1)
        return slowly.normalize(found, scale, shift, *(slowly.statistics(found, 3) if training else (mean, variance)))

    a = spikes_of(passed(x, first, lambda r: slowly.pool(r, (3, 7, 6), 2, 2, True)), 3, 0.4)
    assert out["a.spikes"].values.flatten(2).tolist() == a
    second = net["a_b"].weight.tolist()
    pooled = passed(out["a.spikes"].values, lambda r: slowly.pool(r, (3, 3, 3), 2, 1, False))
    b = spikes_of(passed(torch.tensor(pooled), lambda r: slowly.conv(r, second, None, (3, 2, 2), 1, 1, 1)), 5, 0.4)
    assert out["b.spikes"].values.flatten(2).tolist() == b
    late = torch.cat((torch.zeros(2, *out["b.spikes"].values.shape[1:]), out["b.spikes"].values.double()))[:12]
    read = spikes_of(passed(late, lambda r: slowly.dense(r, net["readout"].weight.tolist(), None)), 3, 0.1)
    assert out["out.spikes"].values.tolist() == read
    assert all(out[f"{name}.spikes"].values.any() for name in ("a", "b", "out"))


def test_a_batch_spikes_as_its_samples_alone(tmp_path: Path) -> None:
    x = given(12, 4, 2, 7, 6, spikes=True).double()
    together, net = made(tmp_path)(x=x), made(tmp_path)
    for sample in range(4):
        assert torch.equal(net(x=x[:, sample : sample + 1]).rates[0], together.rates[sample])


def test_short_calls_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    x = given(12, 2, 2, 7, 6, spikes=True).double()
    text = NETWORK.replace("    dt = 1 ms\n", "    dt = 1 ms\n    reset = []\n")
    whole, net = made(tmp_path, text)(x=x)["out.spikes"].values, made(tmp_path, text)
    parts = [net(x=x[i : i + 3])["out.spikes"].values for i in range(0, 12, 3)]
    assert torch.equal(torch.cat(parts), whole)


def test_recurrent_layers_are_stepped(tmp_path: Path) -> None:
    edge = "a -[back: conv(3, kernel = 3, padding = same, weight = uniform(-1 ms, 1 ms), delay = 1 dt)]-> a\n"
    text = NETWORK.replace("output rates", f"{edge}output rates")
    net = made(tmp_path, text)
    x = given(12, 2, 2, 7, 6, spikes=True).double()
    out = net(x=x)["a.spikes"].values
    weight, bias, scale, shift, mean, variance = tensors_of(net)

    def first(values: list[list[float]]) -> list[list[float]]:
        return slowly.normalize(slowly.conv(values, weight, bias, (2, 7, 6), 1, 1, 1), scale, shift, mean, variance)

    forward = passed(x, first, lambda r: slowly.pool(r, (3, 7, 6), 2, 2, True))
    late = torch.cat((torch.zeros_like(out[:1]), out[:-1]))
    back = passed(late, lambda r: slowly.conv(r, net["back"].weight.tolist(), None, (3, 3, 3), 1, 1, 1))
    both = [[[i + j for i, j in zip(p, q, strict=True)] for p, q in zip(f, g, strict=True)] for f, g in zip(forward, back, strict=True)]
    assert out.flatten(2).tolist() == spikes_of(both, 3, 0.4)


@pytest.mark.parametrize("inside", [False, True])
def test_each_synapse_may_have_a_delay_of_its_own(tmp_path: Path, inside: bool) -> None:
    least = "1 ms" if inside else "0 ms"
    late = f"dense(weight = uniform(-1 ms, 1 ms), delay = trainable(uniform({least}, 4 ms), max = 6 ms))"
    text = NETWORK.replace("dense(weight = uniform(-1 ms, 1 ms), delay = 2 dt)", late)
    text = text.replace("output rates", "out -[loop: dense(weight = 0.1 ms, delay = 1 dt)]-> b\noutput rates" if inside else "output rates")
    net = made(tmp_path, text)
    x = given(12, 3, 2, 7, 6, spikes=True).double()
    out = net(x=x)
    weight, delay = net["readout"].weight, net["readout"].delay
    assert delay.requires_grad
    assert len(torch.unique(torch.floor(delay + 0.5))) > 2
    steps = torch.floor(delay.detach() + 0.5).clamp(min=1).long().tolist()
    spikes = out["b.spikes"].values.flatten(2).tolist()
    impulses = [
        [
            [sum(weight[i, j].item() * spikes[t - d][b][i] for i in range(len(steps)) if (d := steps[i][j]) <= t) for j in range(4)]
            for b in range(3)
        ]
        for t in range(12)
    ]
    assert out["out.spikes"].values.tolist() == spikes_of(impulses, 3, 0.1)
    assert out["out.spikes"].values.any()


def test_weights_start_within_one_over_the_root_of_the_fan_in(tmp_path: Path) -> None:
    net = made(tmp_path, NETWORK.replace(", weight = normal(0.2, 0.5)", "").replace("(weight = uniform(-1 ms, 1 ms), ", "("))
    first, last = net["x_a"].weight, net["readout"].weight
    assert first.abs().max() <= 1 / math.sqrt(18)
    assert first.abs().max() > 0.9 / math.sqrt(18)
    assert last.abs().max() <= 1 / math.sqrt(last.shape[0])
    assert torch.equal(net["x_a"].bias, torch.zeros(3, dtype=torch.float64))


def test_trainable_values_are_parameters_that_count(tmp_path: Path) -> None:
    net = made(tmp_path)
    trained = {n for n, p in net.named_parameters() if p.requires_grad}
    layers_of_a = {f"x_a.{n}" for n in ("weight", "bias", "scale", "shift")}
    assert {n.removeprefix("parts.") for n in trained} == {"b.tau_m", *layers_of_a, "a_b.weight", "readout.weight"}
    x = given(12, 2, 2, 7, 6, spikes=True).double()
    before = net(x=x).rates
    with torch.no_grad():
        net["b"].tau_m.fill_(100.0)
    net(x=x)
    assert net["b"].tau_m.item() == 20.0
    other = made(tmp_path, NETWORK.replace("trainable(5 ms, min = 2 ms, max = 20 ms)", "20 ms"))
    net.reset()
    assert torch.equal(net(x=x).rates, other(x=x).rates)
    net.set("b.tau_m", "5 ms")
    net.reset()
    assert net["b"].tau_m.item() == 5.0
    assert torch.equal(net(x=x).rates, before)
