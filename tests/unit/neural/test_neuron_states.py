"""The state and the parameters of neurons: saved, copied, assigned."""

import copy
import math
import pickle

import pytest
import torch
from neurons import ADAPTIVE, LINEAR, MAKERS, QUADRATIC, course, currents

from inferno import neural

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
