"""Neurons against their equations, calculated here one number at a time."""

import copy
import math

import pytest
import torch
from neurons import ADAPTIVE, LINEAR, MAKERS, QUADRATIC, course, currents
from torch import Tensor

import inferno
from inferno import neural
from inferno.neural.native import NativeStep


@pytest.fixture
def on_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the native step."""
    monkeypatch.setattr(NativeStep, "__call__", lambda self, *a: None)


@pytest.mark.parametrize("lock", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MAKERS)
def test_the_native_step_is_the_step_on_tensors(name: str, dtype: torch.dtype, lock: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    native, plain = (MAKERS[name](batch_size=3).to(dtype) for _ in range(2))
    inputs = currents(1, 60, dtype)
    fast = course(native, inputs, refrac_lock=lock)
    monkeypatch.setattr(NativeStep, "__call__", lambda self, *a: None)
    slow = course(plain, inputs, refrac_lock=lock)
    exact = name in ("LIF", "GLIF1")
    for one, other in zip(fast, slow, strict=True):
        assert torch.equal(one, other) if exact else torch.allclose(one, other, rtol=1e-4 if dtype == torch.float32 else 1e-10)
    assert sum(float(c.sum() != 0) for c in fast) > 0


# ---- golden courses ------------------------------------------------------------------------------


def test_alif_holds_its_adaptation_while_refractory() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE)
    expected = [
        (0, -62.015, 0, 0), (0, -59.0596, 0, 0), (0, -56.1337, 0, 0), (0, -53.2368, 0, 0), (1, -60, 5, 0.5), (0, -60, 4, 0.5),
        (0, -60, 3, 0.5), (0, -60, 2, 0.5), (0, -60, 1, 0.5), (0, -57.0647, 0, 0.4901), (0, -54.1586, 0, 0.48039), (1, -60, 5, 0.98039),
    ]  # fmt: skip
    for row in expected:
        spike = neuron(torch.full((1, 1), 300.0))
        found = (float(spike), float(neuron.voltage), float(neuron.refrac), float(neuron.threshold_adaptation))
        assert found == pytest.approx(row, abs=1e-4)


def test_alif_goes_on_while_refractory_without_lock() -> None:
    neuron = neural.ALIF(1, 1.0, **{**ADAPTIVE, "refrac_t": 3.0})
    expected = [(0, -52.0648, 0, 0), (1, -60, 3, 0.5), (0, -60.0498, 2, 0.4901), (0, -60.099, 1, 0.48039), (1, -60, 3, 0.97088)]
    for row in expected:
        spike = neuron(torch.full((1, 1), 1300.0), refrac_lock=False)
        found = (float(spike), float(neuron.voltage), float(neuron.refrac), float(neuron.threshold_adaptation))
        assert found == pytest.approx(row, abs=1e-4)


def test_samples_share_the_mean_adaptation() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE, batch_size=4)
    neuron(torch.tensor([[1e5], [0.0], [0.0], [0.0]]))
    assert float(neuron.threshold_adaptation) == pytest.approx(0.125)


def test_a_batch_reduction_can_be_chosen() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE, batch_size=4, batch_reduction=lambda t, dim: t.amax(dim))
    neuron(torch.tensor([[1e5], [0.0], [0.0], [0.0]]))
    assert float(neuron.threshold_adaptation) == 0.5


# ---- the equations -------------------------------------------------------------------------------


def membrane(name: str, v: float, u: float) -> float:
    """One step of the membrane, in ms, for the constants above."""
    if name in ("QIF", "Izhikevich"):
        return v + 0.1 * (0.04 * (v + 65) * (v + 50) + u)
    if name in ("EIF", "AdEx"):
        return v + 0.1 * (-(v + 65) + 2 * math.exp((v + 50) / 2) + u)
    tau, resistance = (100.0, 1.0) if name == "ALIF" else (20.0, 1.0 if name == "GLIF2" else 1.5)
    a = math.exp(-1 / tau)
    return -65 + (v + 65 - resistance * u) * a + resistance * u


PERIOD = {"LIF": 3.0, "GLIF1": 3.0, "ALIF": 5.0, "GLIF2": 3.0}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", MAKERS)
def test_a_neuron_follows_its_equations(name: str, training: bool) -> None:
    neuron = MAKERS[name](batch_size=1).to(torch.float64)
    neuron.train(training)
    threshold = -30.0 if name in ("QIF", "EIF", "Izhikevich", "AdEx") else -52.0
    period = PERIOD.get(name, 2.0)
    v, left, parts, total = -65.0, 0.0, [0.0, 0.0], 0
    for x in currents(4, 200, torch.float64, 60.0 if name != "ALIF" else 300.0):
        value = float(x[0, 0, 0])
        spikes = neuron(x[:1])
        left = max(left - 1.0, 0.0)
        fires = False
        if left == 0:
            v = membrane(name, v, value - (sum(parts) if name in ("Izhikevich", "AdEx") else 0.0))
            fires = v >= threshold + (sum(parts) if name in ("ALIF", "GLIF2") else 0.0)
        if fires:
            left = period
            v = -65 + 0.3 * (v + 65) - 2 if name == "GLIF2" else -60.0
        if training:
            parts = [adapted(name, k, part, v, fires, left) for k, part in enumerate(parts)]
        assert bool(spikes[0, 0, 0]) is fires
        assert float(neuron.voltage[0, 0, 0]) == pytest.approx(v, abs=1e-8)
        total += fires
        if name in ("ALIF", "GLIF2", "Izhikevich", "AdEx"):
            state = neuron.threshold_adaptation if name in ("ALIF", "GLIF2") else neuron.current_adaptation
            assert state[0, 0].tolist() == pytest.approx(parts, abs=1e-8)
    assert total > 3


def adapted(name: str, k: int, part: float, v: float, fires: bool, left: float) -> float:
    """An adaptation after a step: it stands still while the neuron is refractory, and rises by a spike."""
    if name in ("Izhikevich", "AdEx"):
        tau, coupling = ((50.0, 0.1), (100.0, 0.02))[k]
        moved = part + (coupling * (v + 65) - part) / tau
        increment = 2.0
    elif name == "ALIF":
        moved, increment = part * math.exp(-1 / (50.0, 20.0)[k]), 0.5
    else:
        moved, increment = part * math.exp(-(0.02, 0.1)[k]), (0.5, 1.0)[k]
    return (part if left > 0 else moved) + (increment if fires else 0.0)


# ---- defects of the library before ---------------------------------------------------------------


def test_spikes_without_a_refractory_period_are_those_of_the_step() -> None:
    neuron = neural.LIF(2, 1.0, **{**LINEAR, "refrac_t": 0.0})
    assert not neuron.spike.any()
    neuron(torch.tensor([[1e4, 0.0]]))
    assert neuron.spike.tolist() == [[True, False]]
    neuron.clear()
    assert not neuron.spike.any()


def test_a_shorter_spike_increment_repeats_its_last_value() -> None:
    neuron = neural.ALIF(1, 1.0, **{**ADAPTIVE, "tc_adaptation": (50.0, 20.0, 10.0), "spike_increment": (0.5, 0.25)})
    neuron(torch.tensor([[1e5]]))
    assert neuron.threshold_adaptation.flatten().tolist() == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(("period", "step_time"), [(0.3, 0.1), (2.0, 1.0), (5.0, 1.0), (0.0, 1.0), (2.5, 1.0), (0.7, 0.1)])
def test_the_refractory_period_is_whole_steps_whatever_floats_leave(period: float, step_time: float) -> None:
    neuron = neural.LIF(1, step_time, **{**LINEAR, "refrac_t": period})
    spikes = [bool(neuron(torch.full((1, 1), 1e6))) for _ in range(40)]
    found = [k for k, s in enumerate(spikes) if s]
    steps = max(1, math.ceil(round(period / step_time, 6)))
    assert {b - a for a, b in zip(found, found[1:], strict=False)} == {steps}


def test_assigning_the_refractory_time_says_who_has_spiked() -> None:
    neuron = neural.LIF(2, 1.0, **LINEAR)
    neuron.refrac = torch.tensor([[3.0, 1.0]])
    assert neuron.spike.tolist() == [[True, False]]


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"refrac_t": -1.0}, "`refrac_t`"), ({"time_constant": 0.0}, "`time_constant`"), ({"resistance": 0.0}, "`resistance`"),
        ({"reset_v": -50.0}, "`reset_v` must be less than `thresh_v`"), ({"rest_v": -40.0}, "`rest_v`"),
        ({"thresh_v": float("nan")}, "`thresh_v`"),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_named(changed: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        neural.LIF(1, 1.0, **{**LINEAR, **changed})


def test_shapes_and_steps_are_checked() -> None:
    with pytest.raises(ValueError, match="`step_time`"):
        neural.LIF(1, 0.0, **LINEAR)
    with pytest.raises(ValueError, match="whole"):
        neural.LIF(1.5, 1.0, **LINEAR)
    with pytest.raises(TypeError, match="`shape`"):
        neural.LIF("ten", 1.0, **LINEAR)
    with pytest.raises(ValueError, match="`inputs` must have the shape"):
        neural.LIF(3, 1.0, **LINEAR)(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="`crit_v`"):
        neural.QIF(1, 1.0, **{**QUADRATIC, "crit_v": -70.0}, time_constant=10.0)
    with pytest.raises(ValueError, match="`voltage` must have the shape"):
        neural.LIF(3, 1.0, **LINEAR).voltage = torch.zeros(3)


@pytest.mark.parametrize("name", MAKERS)
def test_a_step_compiles_as_one_graph(name: str, on_tensors: None) -> None:
    neuron = MAKERS[name](batch_size=3)
    twin = copy.deepcopy(neuron)
    compiled = torch.compile(neuron, fullgraph=True, backend="eager")
    with torch.no_grad():
        for x in currents(5, 5, torch.float32):
            assert torch.equal(compiled(x), twin(x))


# ---- neurons of one's own ------------------------------------------------------------------------


class Counter(neural.InfernoNeuron):
    """Counts its inputs."""

    def __init__(self, shape: int, batch_size: int) -> None:
        super().__init__(shape, batch_size)
        self.total_ = inferno.ShapedTensor(self, "total_", torch.zeros(self.batchedshape), {0: batch_size})

    def clear(self, **kwargs: object) -> None:
        self.total_.value = torch.zeros_like(self.total_.value)

    def forward(self, inputs: Tensor, **kwargs: object) -> Tensor:
        self.total_.value = self.total_.value + inputs
        return self.total_.value > 1


def test_a_neuron_of_ones_own_is_resized_with_its_batch() -> None:
    neuron = Counter(3, 2)
    neuron(torch.ones(2, 3))
    neuron.batchsz = 4
    assert neuron.batchedshape == (4, 3) and neuron.count == 3
    assert neuron.total_.value.tolist() == [[0.0] * 3] * 4
