"""Synapses and connections against plain loops."""

import copy
import math
import re

import pytest
import torch
import torch.nn.functional as nn_functional
from neurons import ADAPTIVE
from torch import Tensor

from inferno import neural

UNIT = neural.DeltaCurrent.partialconstructor(1.0)


def spikes(seed: int, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.4


# ---- synapses ------------------------------------------------------------------------------------


def test_a_delta_synapse_delivers_its_charge_in_one_step() -> None:
    synapse = neural.DeltaCurrent(3, 0.5, spike_charge=2.0)
    assert synapse(torch.tensor([[True, False, True]])).tolist() == [[4.0, 0.0, 4.0]]
    assert synapse.current.tolist() == [[4.0, 0.0, 4.0]] and synapse.spike.tolist() == [[True, False, True]]
    assert synapse(torch.tensor([[0.25, 0.0, 0.0]])).tolist() == [[4.0, 0.0, 0.0]]


def test_delta_plus_scales_and_takes_injected_currents() -> None:
    synapse = neural.DeltaPlusCurrent(2, 1.0, spike_charge=2.0)
    assert synapse(torch.tensor([[0.5, 0.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([[0.0, 3.0]])).tolist() == [[2.0, 4.0]]


@pytest.mark.parametrize("constants", [(10.0, None), (10.0, 2.0)])
def test_exponential_synapses_follow_the_golden_courses(constants: tuple[float, float | None]) -> None:
    decay, rise = constants
    if rise is None:
        synapse = neural.SingleExponentialCurrent(1, 1.0, spike_charge=2.0, time_constant=decay)
        expected = [0.2, 0.18097, 0.16375]
    else:
        synapse = neural.DoubleExponentialCurrent(1, 1.0, spike_charge=2.0, tc_decay=decay, tc_rise=rise)
        expected = [0, 0.07458, 0.11271, 0.12942, 0.13375]
    found = [synapse(torch.tensor([[k == 0]])).item() for k in range(len(expected))]
    assert found == pytest.approx(expected, abs=1e-5)
    assert synapse.current.item() == pytest.approx(expected[-1], abs=1e-5)


def test_currents_between_steps_decay() -> None:
    synapse = neural.SingleExponentialCurrent(1, 1.0, spike_charge=2.0, time_constant=10.0, delay=3.0)
    for k in range(4):
        synapse(torch.tensor([[k == 0]]))
    at = synapse.current_at(torch.tensor([[[0.0, 1.0, 2.5, 3.0]]])).flatten().tolist()
    assert at == pytest.approx([0.2 * math.exp(-t / 10) for t in (3.0, 2.0, 0.5, 0.0)], abs=1e-6)


@pytest.mark.parametrize(("mode", "expected"), [("previous", [True, True, False, False]), ("nearest", [False, True, False, True])])
def test_spikes_between_steps_are_read_as_asked_for(mode: str, expected: list[bool]) -> None:
    synapse = neural.DeltaCurrent(1, 1.0, spike_charge=1.0, delay=3.0, interp_mode=mode)
    for k in range(4):
        synapse(torch.tensor([[k == 2]]))
    # The spike is one step old: a time of 0.4 lies between it and the present.
    assert synapse.spike_at(torch.tensor([[[0.4, 1.0, 1.6, 1.4]]])).flatten().tolist() == expected


@pytest.mark.parametrize("overbound", [None, False, True])
def test_spikes_beyond_the_history_are_what_was_asked_for(overbound: bool | None) -> None:
    synapse = neural.DeltaCurrent(1, 1.0, spike_charge=1.0, delay=2.0, spike_overbound=overbound)
    for k in range(3):
        synapse(torch.tensor([[k == 0]]))
    found = synapse.spike_at(torch.tensor([[[2.0, 2.5, 7.0]]])).flatten().tolist()
    assert found == [True, *([True, True] if overbound is None else [overbound, overbound])]


@pytest.mark.parametrize("value", [2.0, 0.0, 3.5])
def test_another_delay_keeps_as_many_steps_as_it_needs(value: float) -> None:
    synapse = neural.DeltaCurrent(1, 1.0, spike_charge=1.0, delay=1.0)
    synapse.delay = value
    assert synapse.spike_.recordsz == math.ceil(value) + 1
    assert synapse.spike_.value.shape == (math.ceil(value) + 1, 1, 1)
    synapse(torch.tensor([[True]]))
    assert synapse.spike.item() is True


def test_another_batch_size_starts_the_synapse_afresh() -> None:
    synapse = neural.DoubleExponentialCurrent(2, 1.0, spike_charge=1.0, tc_decay=5.0, tc_rise=1.0, delay=2.0)
    synapse(torch.ones(1, 2, dtype=torch.bool))
    synapse.batchsz = 3
    assert synapse(torch.zeros(3, 2, dtype=torch.bool)).tolist() == [[0.0, 0.0]] * 3


def test_synapses_check_their_arguments() -> None:
    with pytest.raises(ValueError, match="`spike_charge` must not be 0"):
        neural.DeltaCurrent(1, 1.0, spike_charge=0.0)
    with pytest.raises(RuntimeError, match="`interp_mode`"):
        neural.DeltaCurrent(1, 1.0, spike_charge=1.0, interp_mode="linear")
    with pytest.raises(ValueError, match="`tc_rise` must be less than `tc_decay`"):
        neural.DoubleExponentialCurrent(1, 1.0, spike_charge=1.0, tc_decay=1.0, tc_rise=2.0)
    with pytest.raises(ValueError, match="`inputs` must have the shape"):
        neural.DeltaCurrent(2, 1.0, spike_charge=1.0)(torch.zeros(1, 3))


# ---- connections ---------------------------------------------------------------------------------


def test_a_dense_connection_is_a_matrix() -> None:
    connection = neural.LinearDense((2, 3), (2, 2), 0.5, synapse=UNIT, bias=True, batch_size=4)
    x = spikes(0, 4, 2, 3)
    expected = (2 * x.flatten(1).float()) @ connection.weight.t() + connection.bias
    torch.testing.assert_close(connection(x), expected.reshape(4, 2, 2))


@pytest.mark.parametrize("kind", ["dense", "lateral", "direct", "convolution"])
def test_delays_differ_between_weights(kind: str) -> None:
    options = {"synapse": UNIT, "batch_size": 2, "bias": True, "delay": 3.0}
    made = {
        "dense": lambda: neural.LinearDense(4, 3, 1.0, **options),
        "lateral": lambda: neural.LinearLateral(4, 1.0, **options),
        "direct": lambda: neural.LinearDirect(4, 1.0, **options),
        "convolution": lambda: neural.Conv2D(3, 4, 2, 3, 1.0, 2, **options),
    }[kind]()
    generator = torch.Generator().manual_seed(5)
    made.delay = torch.randint(0, 4, made.weight.shape, generator=generator).float()
    inputs = [spikes(k, 2, *made.inshape) for k in range(6)]
    for x in inputs:
        found = made(x)
    delay = made.delay
    expected = torch.zeros(2, *made.outshape)
    for d in range(4):
        part = (made.weight * (delay == d)).detach()
        past = inputs[-1 - d].float()
        if kind == "direct":
            expected += past * part
        elif kind == "convolution":
            expected += nn_functional.conv2d(past, part)
        else:
            expected += past @ part.t()
    bias = made.bias.reshape(-1, 1, 1) if kind == "convolution" else made.bias
    torch.testing.assert_close(found, expected + bias, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("delay", "step"), [(2.0, 2), (1.5, 2), (0.0, 0)])
def test_a_spike_is_seen_in_the_first_step_after_its_delay(delay: float, step: int) -> None:
    connection = neural.LinearDirect(
        1, 1.0, synapse=UNIT, delay=3.0, weight_init=torch.ones_like, delay_init=lambda d: torch.full_like(d, delay)
    )
    found = [connection(torch.tensor([[k == 0]])).item() for k in range(5)]
    assert found == [float(k == step) for k in range(5)]


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), ((1, 2), (1, 0), 2)])
def test_a_convolution_is_that_of_torch(stride: int, padding: int, dilation: int) -> None:
    connection = neural.Conv2D(
        7, 8, 2, 3, 1.0, (3, 2), stride=stride, padding=padding, dilation=dilation, synapse=UNIT, bias=True, batch_size=2
    )
    x = spikes(1, 2, 2, 7, 8)
    weight, bias = connection.weight.detach(), connection.bias.detach()
    expected = nn_functional.conv2d(x.float(), weight, bias, stride, padding, dilation)
    assert connection.outshape == expected.shape[1:]
    torch.testing.assert_close(connection(x), expected, rtol=1e-4, atol=1e-5)
    assert connection.like_input(connection.like_synaptic(x)).shape == x.shape


def test_a_lateral_connection_has_no_self_connections() -> None:
    connection = neural.LinearLateral(3, 1.0, synapse=UNIT, weight_init=lambda w: torch.full_like(w, -2.0))
    assert connection.weight.diagonal().tolist() == [0.0] * 3
    connection.weight = torch.ones(3, 3)
    assert connection.weight.sum() == 6
    assert connection(torch.tensor([[True, False, False]])).tolist() == [[0.0, 1.0, 1.0]]


def test_the_synapse_can_be_replaced() -> None:
    connection = neural.LinearDirect(2, 1.0, synapse=UNIT, weight_init=torch.ones_like)
    connection.synapse = neural.DeltaCurrent(2, 1.0, spike_charge=5.0)
    assert connection(torch.tensor([[True, False]])).tolist() == [[5.0, 0.0]]
    with pytest.raises(ValueError, match="`synapse` must have the shape"):
        connection.synapse = neural.DeltaCurrent(3, 1.0, spike_charge=5.0)


def test_weights_stay_the_same_parameter() -> None:
    connection = neural.LinearDense(2, 3, 1.0, synapse=UNIT)
    before = connection.weight
    connection.weight = torch.zeros(3, 2)
    assert connection.weight is before and not before.any() and not before.requires_grad
    with pytest.raises(ValueError, match="`weight` must have the shape"):
        connection.weight = torch.zeros(2, 3)
    with pytest.raises(RuntimeError, match="no bias"):
        connection.bias = torch.zeros(3)


def test_updaters_hold_what_can_be_trained() -> None:
    connection = neural.LinearDense(2, 3, 1.0, synapse=UNIT, bias=True, delay=0.0)
    assert connection.defaultupdater().names == ("weight", "bias", "delay")
    assert connection.defaultupdater(exclude_bias=True).names == ("weight", "delay")
    assert connection.updater is None and not connection.updatable
    connection.update()


def test_clearing_drops_pending_updates() -> None:
    connection = neural.LinearDense(2, 3, 1.0, synapse=UNIT, weight_init=torch.zeros_like)
    connection.updater = connection.defaultupdater()
    connection.updater.weight = torch.ones(3, 2)
    connection.clear()
    connection.update()
    assert not connection.weight.any()


@pytest.mark.parametrize("delay", [None, 2.0])
def test_a_copy_and_a_state_dict_bring_a_connection_back(delay: float | None) -> None:
    connection = neural.LinearDense(4, 3, 1.0, synapse=UNIT, delay=delay, batch_size=2)
    if delay:
        connection.delay = torch.rand(3, 4) * 2
    connection.updater = connection.defaultupdater()
    for k in range(4):
        connection(spikes(k, 2, 4))
    twin = copy.deepcopy(connection)
    other = neural.LinearDense(4, 3, 1.0, synapse=UNIT, delay=delay, batch_size=2)
    other.updater = other.defaultupdater()
    other.load_state_dict(connection.state_dict())
    assert twin.updater.parent is twin
    for k in range(5):
        x = spikes(10 + k, 2, 4)
        expected = connection(x)
        assert torch.equal(twin(x), expected) and torch.equal(other(x), expected)
    twin.weight = torch.zeros(3, 4)
    assert connection.weight.any()


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_a_connection_compiles_as_one_graph(kind: str) -> None:
    dense = kind == "dense"
    connection = (
        neural.LinearDense(4, 3, 1.0, synapse=UNIT, batch_size=2)
        if dense
        else neural.Conv2D(4, 4, 1, 2, 1.0, 2, synapse=UNIT, batch_size=2)
    )
    twin = copy.deepcopy(connection)
    compiled = torch.compile(connection, fullgraph=True, backend="eager")
    with torch.no_grad():
        for k in range(5):
            x = spikes(k, 2, *connection.inshape)
            torch.testing.assert_close(compiled(x), twin(x))


# ---- arguments, and tensors that others hold -----------------------------------------------------


def test_a_weight_of_another_shape_leaves_a_lateral_connection_as_it_was() -> None:
    """A mask was made for it; a single number ended in an IndexError."""
    connection = neural.LinearLateral(3, 1.0, synapse=UNIT)
    for weight in (torch.tensor(1.0), torch.ones(4, 4), torch.ones(3, 2)):
        with pytest.raises(ValueError, match=r"`weight` must have the shape \[3, 3\], got "):
            connection.weight = weight
    assert torch.equal(connection.mask, 1 - torch.eye(3)) and "mask" not in connection.state_dict()


@pytest.mark.parametrize("name", ["weight_init", "bias_init", "delay_init"])
def test_first_values_come_from_a_function(name: str) -> None:
    with pytest.raises(TypeError, match=f"`{name}` must be callable or None, got Tensor"):
        neural.LinearDense(3, 2, 1.0, synapse=UNIT, **{name: torch.ones(2, 3)})


def test_a_synapse_in_place_of_its_constructor_is_refused() -> None:
    with pytest.raises(TypeError, match="`synapse` must be a synapse constructor, got DeltaCurrent"):
        neural.LinearDense(3, 2, 1.0, synapse=neural.DeltaCurrent(3, 1.0, spike_charge=1.0))


def test_connections_made_with_the_same_tensor_do_not_share_it() -> None:
    """Loading the state of one changed the weights of the other."""
    given = torch.full((2, 3), 0.5)
    first, second = (neural.LinearDense(3, 2, 1.0, synapse=UNIT, weight_init=lambda _: given) for _ in range(2))
    second.load_state_dict(neural.LinearDense(3, 2, 1.0, synapse=UNIT, weight_init=torch.ones_like).state_dict())
    assert torch.all(second.weight == 1) and torch.all(first.weight == 0.5) and torch.all(given == 0.5)
    spread = neural.LinearDense(3, 2, 1.0, synapse=UNIT, weight_init=lambda _: torch.tensor(0.5).expand(2, 3))
    spread.load_state_dict(second.state_dict())
    assert torch.equal(spread.weight, second.weight)


@pytest.mark.parametrize("delay", [None, 2.0])
def test_inputs_may_be_used_again_after_a_step(delay: float | None) -> None:
    """The record of a synapse without delay was the input itself."""
    connection = neural.LinearDense(3, 2, 1.0, synapse=UNIT, delay=delay)
    inputs = torch.tensor([[True, False, True]])
    connection(inputs)
    inputs.zero_()
    assert connection.synapse.spike.tolist() == [[True, False, True]] and connection.synapse.current.tolist() == [[1.0, 0.0, 1.0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("step_time", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("steps", [1, 3, 7])
def test_the_greatest_delay_is_never_beyond_the_history(dtype: torch.dtype, step_time: float, steps: int) -> None:
    """In single precision 0.1 is more than in double, and the spike was lost."""
    connection = neural.LinearDense(
        1, 1, step_time, synapse=neural.DeltaCurrent.partialconstructor(step_time), delay=steps * step_time,
        weight_init=torch.ones_like, delay_init=lambda d: torch.full_like(d, steps * step_time),
    ).to(dtype)  # fmt: skip
    found = [connection(torch.tensor([[k == 0]])).item() for k in range(steps + 3)]
    assert found == pytest.approx([0.0] * steps + [1.0, 0.0, 0.0])


def test_a_delay_that_was_rounded_once_is_a_whole_step() -> None:
    connection = neural.LinearDense(
        1, 1, 0.1, synapse=neural.DeltaCurrent.partialconstructor(0.1), delay=1.0, weight_init=torch.ones_like,
        delay_init=lambda d: torch.full_like(d, 0.3),
    ).double()  # fmt: skip
    found = [connection(torch.tensor([[k == 0]])).item() for k in range(6)]
    assert found == pytest.approx([0.0, 0.0, 0.0, 1.0, 0.0, 0.0])


@pytest.mark.parametrize("shape", [(1, 3, 2), (1, 1, 6), (1, 2), (6,), ()])
@pytest.mark.parametrize(
    "connection",
    [
        neural.LinearDense((2, 3), 4, 1.0, synapse=UNIT),
        neural.LinearDirect((2, 3), 1.0, synapse=UNIT),
        neural.LinearLateral((2, 3), 1.0, synapse=UNIT),
    ],
)
def test_inputs_of_another_shape_are_refused(connection: neural.Connection, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"`inputs` must have the shape [batch, 2, 3], got {list(shape)}")):
        connection(torch.ones(shape))


@pytest.mark.parametrize("kind", [neural.LinearDirect, neural.LinearLateral])
def test_inputs_may_be_flattened(kind: type[neural.LinearDirect]) -> None:
    shaped, flat = (kind((2, 3), 1.0, synapse=UNIT, batch_size=2, weight_init=torch.ones_like) for _ in range(2))
    inputs = torch.arange(12.0).reshape(2, 2, 3)
    assert torch.equal(shaped(inputs), flat(inputs.reshape(2, 6)))


@pytest.mark.parametrize("delay", [0.0, 3.0])
@pytest.mark.parametrize("inplace", [False, True])
def test_a_held_state_dict_brings_a_synapse_back(delay: float, inplace: bool) -> None:
    synapse = neural.SingleExponentialCurrent(3, 1.0, spike_charge=2.0, time_constant=5.0, delay=delay, inplace=inplace)
    states, courses = [], []
    for k in range(3):
        states.append(synapse.state_dict())
        courses.append([synapse(spikes(10 * k + j, 1, 3)) for j in range(4)])
    for k in (1, 0, 2, 1):
        synapse.load_state_dict(states[k])
        assert all(torch.equal(synapse(spikes(10 * k + j, 1, 3)), courses[k][j]) for j in range(4))


@pytest.mark.parametrize("inplace", [False, True])
def test_a_model_that_was_evaluated_in_inference_mode_goes_on(inplace: bool) -> None:
    synapse = neural.DeltaCurrent.partialconstructor(90.0, inplace=inplace)
    layer, twin = (
        neural.Serial(
            neural.LinearDense(3, 3, 1.0, synapse=synapse, delay=2.0, weight_init=torch.ones_like), neural.ALIF(3, 1.0, **ADAPTIVE)
        )
        for _ in range(2)
    )
    start = copy.deepcopy(layer.state_dict())
    with torch.inference_mode():
        layer(spikes(1, 1, 3))
        layer.connection.weight = layer.connection.weight * 1.0
    twin(spikes(1, 1, 3))
    with torch.no_grad():
        assert torch.equal(layer(spikes(2, 1, 3)), twin(spikes(2, 1, 3)))
    with torch.inference_mode():
        layer(spikes(1, 1, 3))
    for one in (layer, twin):
        one.load_state_dict(start)
    for k in range(5):
        assert torch.equal(layer(spikes(k, 1, 3)), twin(spikes(k, 1, 3)))
