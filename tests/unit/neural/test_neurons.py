"""Neurons against their equations, calculated here one number at a time."""

import copy
import math
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import inferno
from inferno import neural
from inferno.neural.native import NativeStep

LINEAR = {"rest_v": -65.0, "reset_v": -60.0, "thresh_v": -52.0, "refrac_t": 3.0, "time_constant": 20.0, "resistance": 1.5}
ADAPTIVE = {
    "rest_v": -65.0, "reset_v": -60.0, "thresh_eq_v": -52.0, "refrac_t": 5.0, "tc_membrane": 100.0, "tc_adaptation": 50.0,
    "spike_increment": 0.5,
}  # fmt: skip
QUADRATIC = {"rest_v": -65.0, "crit_v": -50.0, "affinity": 0.04, "reset_v": -60.0, "thresh_v": -30.0, "refrac_t": 2.0}
EXPONENTIAL = {"rest_v": -65.0, "rheobase_v": -50.0, "sharpness": 2.0, "reset_v": -60.0, "thresh_v": -30.0, "refrac_t": 2.0}
CURRENT = {"tc_membrane": 10.0, "tc_adaptation": (50.0, 100.0), "voltage_coupling": (0.1, 0.02), "spike_increment": 2.0}

MAKERS: dict[str, Callable[..., neural.Neuron]] = {
    "LIF": lambda **k: neural.LIF((2, 3), 1.0, **LINEAR, **k),
    "GLIF1": lambda **k: neural.GLIF1((2, 3), 1.0, **LINEAR, **k),
    "ALIF": lambda **k: neural.ALIF((2, 3), 1.0, **{**ADAPTIVE, "tc_adaptation": (50.0, 20.0)}, **k),
    "GLIF2": lambda **k: neural.GLIF2(
        (2, 3), 1.0, rest_v=-65.0, reset_v_add=2.0, reset_v_mul=0.3, thresh_eq_v=-52.0, refrac_t=3.0, tc_membrane=20.0,
        rc_adaptation=(0.02, 0.1), spike_increment=(0.5, 1.0), **k,
    ),
    "QIF": lambda **k: neural.QIF((2, 3), 1.0, **QUADRATIC, time_constant=10.0, **k),
    "EIF": lambda **k: neural.EIF((2, 3), 1.0, **EXPONENTIAL, time_constant=10.0, **k),
    "Izhikevich": lambda **k: neural.Izhikevich((2, 3), 1.0, **QUADRATIC, **CURRENT, **k),
    "AdEx": lambda **k: neural.AdEx((2, 3), 1.0, **EXPONENTIAL, **CURRENT, **k),
}  # fmt: skip


@pytest.fixture
def on_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the native step."""
    monkeypatch.setattr(NativeStep, "__call__", lambda self, *a: None)


def course(neuron: neural.Neuron, inputs: list[Tensor], **keywords: object) -> list[Tensor]:
    found = []
    for x in inputs:
        spikes = neuron(x, **keywords)
        state = [neuron.voltage.clone(), neuron.refrac.clone(), spikes.clone()]
        state += [b.clone() for n, b in neuron.named_buffers() if n.endswith("adaptation_")]
        found.append(torch.cat([s.to(torch.float64).flatten() for s in state]))
    return found


def currents(seed: int, steps: int, dtype: torch.dtype, size: float = 40.0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(3, 2, 3, generator=generator, dtype=torch.float64).to(dtype).mul(size).add(size / 2) for _ in range(steps)]


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


# ---- state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAKERS)
def test_a_state_dict_brings_a_neuron_back(name: str) -> None:
    one, other = (MAKERS[name](batch_size=3) for _ in range(2))
    inputs = currents(2, 30, torch.float32)
    course(one, inputs)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.spike, other.spike)
    assert all(torch.equal(a, b) for a, b in zip(course(one, inputs), course(other, inputs), strict=True))


@pytest.mark.parametrize("name", MAKERS)
def test_a_copy_goes_its_own_way(name: str) -> None:
    neuron = MAKERS[name](batch_size=3)
    inputs = currents(3, 20, torch.float32)
    course(neuron, inputs)
    twin = copy.deepcopy(neuron)
    before = [b.clone() for b in neuron.buffers()]
    course(twin, inputs)
    assert all(torch.equal(a, b) for a, b in zip(before, neuron.buffers(), strict=True))


def test_the_state_dict_has_the_names_of_the_library() -> None:
    assert set(MAKERS["LIF"]().state_dict()) == {"_voltage__data", "_refrac__data", "_extra_state"}
    assert set(MAKERS["ALIF"]().state_dict()) == {"_voltage__data", "_refrac__data", "threshold_adaptation_", "_extra_state"}
    assert set(MAKERS["AdEx"]().state_dict()) == {"_voltage__data", "_refrac__data", "current_adaptation_", "_extra_state"}


def test_clear_keeps_adaptations_unless_told_otherwise() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE)
    neuron(torch.tensor([[1e5]]))
    neuron.clear()
    assert (float(neuron.voltage), float(neuron.refrac), float(neuron.threshold_adaptation)) == (-65.0, 0.0, 0.5)
    neuron.clear(keep_adaptations=False)
    assert float(neuron.threshold_adaptation) == 0.0


def test_adaptations_change_in_training_mode_or_when_told() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE).eval()
    neuron(torch.tensor([[1e5]]))
    assert float(neuron.threshold_adaptation) == 0.0
    neuron.clear()
    neuron(torch.tensor([[1e5]]), True)
    assert float(neuron.threshold_adaptation) == 0.5


def test_another_batch_size_starts_afresh() -> None:
    neuron = neural.LIF(3, 1.0, **LINEAR)
    neuron(torch.full((1, 3), 10.0))
    neuron.batchsz = 5
    assert neuron.voltage.tolist() == [[-65.0] * 3] * 5
    assert neuron.batchedshape == (5, 3) and neuron.count == 3


def test_another_step_changes_the_decay() -> None:
    neuron = neural.LIF(1, 1.0, **LINEAR)
    neuron.dt = 0.5
    neuron(torch.tensor([[4.0]]))
    assert float(neuron.voltage) == pytest.approx(-65 + 6 * (1 - math.exp(-0.5 / 20)), rel=1e-5)


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


# ---- what is given stays the caller's ------------------------------------------------------------


def test_an_assigned_state_is_copied() -> None:
    neuron = neural.ALIF(2, 1.0, **ADAPTIVE)
    voltage, refrac, theta = torch.full((1, 2), -61.0), torch.tensor([[5.0, 0.0]]), torch.ones(2, 1)
    neuron.voltage, neuron.refrac, neuron.threshold_adaptation = voltage, refrac, theta
    for given in (voltage, refrac, theta):
        given.zero_()
    assert neuron.voltage.tolist() == [[-61.0, -61.0]]
    assert neuron.refrac.tolist() == [[5.0, 0.0]]
    assert neuron.threshold_adaptation.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("name", MAKERS)
def test_the_state_keeps_its_type_whatever_the_inputs(name: str) -> None:
    neuron = MAKERS[name](batch_size=3)
    twin = copy.deepcopy(neuron)
    for x in currents(6, 10, torch.float32):
        assert torch.equal(neuron(x.double()), twin(x))
    assert neuron.voltage.dtype == torch.float32
    assert all(torch.equal(a, b) for a, b in zip(neuron.buffers(), twin.buffers(), strict=True))
    neuron(torch.ones(3, 2, 3, dtype=torch.int64))
    assert {b.dtype for b in neuron.buffers()} == {torch.float32, torch.bool}


def test_inputs_that_are_no_tensor_are_refused() -> None:
    with pytest.raises(TypeError, match="`inputs` must be a tensor of currents, got list"):
        neural.LIF(3, 1.0, **LINEAR)([[1.0, 2.0, 3.0]])


# ---- spikes in a state dict ----------------------------------------------------------------------


def test_spikes_without_a_refractory_period_are_in_the_state_dict() -> None:
    one, other = (neural.LIF(2, 1.0, **{**LINEAR, "refrac_t": 0.0}) for _ in range(2))
    spikes = one(torch.tensor([[1e4, 0.0]]))
    other.load_state_dict(one.state_dict())
    assert other.spike.tolist() == [[True, False]]
    one.load_state_dict(neural.LIF(2, 1.0, **LINEAR).state_dict())
    assert not one.spike.any() and spikes.tolist() == [[True, False]]
    neural.LIF(2, 1.0, **LINEAR).load_state_dict(other.state_dict())


def test_a_refractory_period_that_is_assigned_says_whether_spikes_are_saved() -> None:
    neuron = neural.LIF(2, 1.0, **LINEAR)
    neuron.refrac_t = 0.0
    assert "_spike__data" in neuron.state_dict()
    neuron.refrac_t = 2.0
    assert "_spike__data" not in neuron.state_dict()


def test_spikes_are_known_in_another_precision() -> None:
    one = neural.LIF(2, 0.1, **{**LINEAR, "refrac_t": 0.3})
    other = neural.LIF(2, 0.1, **{**LINEAR, "refrac_t": 0.3}).double()
    one(torch.tensor([[1e6, 0.0]]))
    other.load_state_dict(one.state_dict())
    assert other.spike.tolist() == [[True, False]]


@pytest.mark.parametrize(("period", "step_time"), [(50.0, 0.1), (100.0, 0.2), (33.3, 0.05)])
def test_a_refractory_period_of_hundreds_of_steps_is_none_too_long(period: float, step_time: float) -> None:
    neuron = neural.LIF(1, step_time, **{**LINEAR, "refrac_t": period})
    spikes = [bool(neuron(torch.full((1, 1), 1e7))) for _ in range(round(period / step_time) + 1)]
    assert spikes[0] and spikes[-1] and sum(spikes) == 2


# ---- parameters as attributes --------------------------------------------------------------------


def test_an_assigned_parameter_counts_from_the_next_step() -> None:
    neuron, made = neural.LIF(1, 1.0, **LINEAR), neural.LIF(1, 0.5, **{**LINEAR, "rest_v": -70.0, "time_constant": 5.0})
    neuron.rest_v, neuron.time_constant, neuron.step_time = -70.0, 5.0, 0.5
    neuron.clear()
    for _ in range(5):
        neuron(torch.full((1, 1), 3.0)), made(torch.full((1, 1), 3.0))
    assert neuron.dt == 0.5 and torch.equal(neuron.voltage, made.voltage)


def test_an_assigned_component_counts_from_the_next_step() -> None:
    neuron = neural.ALIF(1, 1.0, **ADAPTIVE)
    twin = copy.deepcopy(neuron)
    neuron.adapt_increment, neuron.tc_adaptation = torch.tensor([3.0]), torch.tensor([1.0])
    neuron(torch.tensor([[1e5]]))
    neuron.clear()
    neuron(torch.zeros(1, 1))
    assert float(neuron.threshold_adaptation) == pytest.approx(3 / math.e)
    assert float(twin.adapt_increment) == 0.5
    with pytest.raises(ValueError, match=r"`tc_adaptation` must have the shape \[1\]"):
        neuron.tc_adaptation = torch.ones(2)
    with pytest.raises(ValueError, match=r"`tc_adaptation\[0\]`"):
        neuron.tc_adaptation = torch.tensor([-1.0])


def test_a_parameter_that_can_not_be_changes_nothing() -> None:
    neuron = neural.QIF(1, 1.0, **QUADRATIC, time_constant=10.0)
    for name, value in (("time_constant", 0.0), ("thresh_v", -60.0), ("crit_v", -70.0), ("rest_v", -20.0)):
        before = getattr(neuron, name)
        with pytest.raises(ValueError, match=f"`{name}`"):
            setattr(neuron, name, value)
        assert getattr(neuron, name) == before


def test_parameters_that_do_not_go_together_are_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"GLIF2 .*delta_v = -20.* spike for ever"):
        neural.GLIF2(
            1, 1.0, rest_v=-65.0, reset_v_add=-20.0, reset_v_mul=0.3, thresh_eq_v=-52.0, refrac_t=1.0, tc_membrane=10.0, rc_adaptation=0.1,
            spike_increment=0.5,
        )  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_a_pickled_neuron_continues(name: str) -> None:
    neuron = MAKERS[name](batch_size=3)
    course(neuron, currents(7, 10, torch.float32))
    again = pickle.loads(pickle.dumps(neuron))  # noqa: S301
    inputs = currents(8, 10, torch.float32)
    assert all(torch.equal(a, b) for a, b in zip(course(neuron, inputs), course(again, inputs), strict=True))


def test_a_gradient_of_the_state_is_kept() -> None:
    neuron = neural.LIF(1, 1.0, **LINEAR)
    current = torch.ones(1, 1, requires_grad=True)
    neuron(current)
    neuron(torch.ones(1, 1))
    neuron.voltage.sum().backward()
    a = math.exp(-1 / 20)
    assert float(current.grad) == pytest.approx(1.5 * (1 - a) * a)


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
