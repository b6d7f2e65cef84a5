"""What components say of arguments and assignments of another kind: the name, the value, and what was expected."""

import copy
import re
from collections.abc import Callable

import pytest
import torch
from neurons import ADAPTIVE, LINEAR
from torch import nn

import inferno
from inferno import learn, neural, observe

DELTA = neural.DeltaCurrent.partialconstructor(1.0)
SYNAPSES = [
    lambda: neural.DeltaCurrent(3, 1.0, spike_charge=1.0, delay=2.0),
    lambda: neural.DeltaPlusCurrent(3, 1.0, spike_charge=1.0, delay=2.0),
    lambda: neural.SingleExponentialCurrent(3, 1.0, spike_charge=1.0, time_constant=5.0, delay=2.0),
    lambda: neural.DoubleExponentialCurrent(3, 1.0, spike_charge=1.0, tc_decay=5.0, tc_rise=2.0, delay=2.0),
]


def dense(**options: object) -> neural.LinearDense:
    return neural.LinearDense(3, 2, 1.0, synapse=DELTA, **options)


def lif() -> neural.LIF:
    return neural.LIF(2, 1.0, **LINEAR)


class Wired(neural.Layer):
    def wiring(self, inputs: dict[str, torch.Tensor], **kwargs: object) -> dict[str, torch.Tensor]:
        return {"n": inputs["c"]}


def wired() -> Wired:
    layer = Wired()
    layer.add_connection("c", dense())
    layer.add_neuron("n", lif())
    return layer


# ---- synapses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", SYNAPSES)
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("spike_charge", 0, ValueError), ("spike_charge", "a", TypeError), ("spike_charge", float("nan"), ValueError),
        ("interp_tol", -1, ValueError), ("interp_tol", "a", TypeError), ("interp_mode", "x", RuntimeError),
        ("current_overbound", float("inf"), ValueError), ("current_overbound", "a", TypeError), ("spike_overbound", 2, TypeError),
        ("spike", "a", TypeError), ("spike", torch.ones(2, 3), ValueError), ("inplace", torch.ones(2), TypeError),
    ],
)  # fmt: skip
def test_what_is_assigned_to_a_synapse_is_checked(make: Callable[[], neural.Synapse], name: str, value: object, error: type) -> None:
    synapse = make()
    before = getattr(synapse, name)
    with pytest.raises(error, match=f"`{name}`"):
        setattr(synapse, name, value)
    assert torch.equal(getattr(synapse, name), before) if name == "spike" else getattr(synapse, name) == before


@pytest.mark.parametrize("make", SYNAPSES)
def test_an_assigned_charge_counts(make: Callable[[], neural.Synapse]) -> None:
    one, other = make(), make()
    other.spike_charge = 3.0
    for _ in range(2):
        found, expected = other(torch.ones(1, 3)), one(torch.ones(1, 3)) * 3.0
    assert torch.allclose(found, expected)


# ---- messages that name the argument ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: neural.SingleExponentialCurrent.partialconstructor(1.0, 5.0, "x")(3, 1.0, 0.0, 1), RuntimeError, "spike_interp_mode"),
        (lambda: neural.Serial(dense(), lif(), connection_name="a b"), ValueError, "connection_name"),
        (lambda: neural.Serial(dense(), lif(), neuron_name=3), TypeError, "neuron_name"),
        (lambda: neural.Serial(dense(), lif(), neuron_name="items"), ValueError, "neuron_name"),
        (lambda: neural.Serial(dense(), lif(), transform="a"), TypeError, "transform"),
        (lambda: neural.Biclique(None, [("n", lif())]), TypeError, "connections"),
        (lambda: neural.Biclique([("c", dense())], 3), TypeError, "neurons"),
        (lambda: neural.Biclique([("c", dense(), 3)], [("n", lif())]), TypeError, "transform of 'c'"),
        (lambda: neural.LinearDense(3, 2, 1.0, synapse=neural.DeltaCurrent), TypeError, "synapse"),
        (lambda: neural.LinearDense(b"ab", 2, 1.0, synapse=DELTA), TypeError, "in_shape"),
        (lambda: dense(bias=torch.ones(2)), TypeError, "bias"),
        (lambda: neural.LIF(2, 10**400, **LINEAR), ValueError, "step_time"),
        (lambda: neural.ALIF(2, 1.0, **{**ADAPTIVE, "tc_adaptation": b"ab"}), TypeError, "tc_adaptation"),
        (lambda: neural.Serial(dense(), lif())(), TypeError, "inputs"),
        (lambda: wired()(3), TypeError, "inputs"),
        (lambda: wired()({"c": torch.ones(1, 3)}), TypeError, "inputs['c']"),
        (lambda: wired()({"c": (torch.ones(1, 3),)}, connection_kwargs={"x": {}}), AttributeError, "connection_kwargs"),
        (lambda: wired()({"c": (torch.ones(1, 3),)}, neuron_kwargs={"x": {}}), AttributeError, "neuron_kwargs"),
        (lambda: inferno.Hook(prehook=3), TypeError, "prehook"),
        (lambda: inferno.Hook(print, prehook_kwargs=3), TypeError, "prehook_kwargs"),
        (lambda: observe.StateMonitor(observe.PassthroughReducer(1.0), "a", filter_=3), TypeError, "filter_"),
        (lambda: observe.OutputMonitor(observe.PassthroughReducer(1.0), map_=3), TypeError, "map_"),
        (lambda: observe.DifferenceMonitor(observe.PassthroughReducer(1.0), "a", op_=3), TypeError, "op_"),
        (lambda: observe.MultiStateMonitor(observe.PassthroughReducer(1.0), "", 3), TypeError, "subattrs"),
        (lambda: observe.MultiStateMonitor(observe.PassthroughReducer(1.0), None, ("a",)), TypeError, "attr"),
        (lambda: observe.PassthroughReducer(1.0, inplace=torch.ones(2)), TypeError, "inplace"),
        (lambda: learn.STDP(0.1, 0.1, 1.0, 1.0, delayed=torch.ones(2)), TypeError, "delayed"),
    ],
)
def test_the_argument_is_named(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(f"`{message}") if "transform of" not in message else message):
        call()


# ---- what stays whole ----------------------------------------------------------------------------


def test_a_hook_that_can_not_be_registered_leaves_nothing_behind() -> None:
    module = nn.Identity()
    hook = inferno.Hook(lambda *a: None, lambda *a: None, posthook_kwargs={"sideways": True})
    with pytest.raises(TypeError):
        hook.register(module)
    assert not module._forward_pre_hooks and not module._forward_hooks and not hook.registered


def test_parts_of_a_sequence_are_monitored_by_their_numbers() -> None:
    reducer, model = observe.PassthroughReducer(1.0), nn.Sequential(nn.Identity(), nn.ReLU())
    monitor = observe.OutputMonitor.partialconstructor(reducer)("0", model)
    model(torch.tensor([-1.0]))
    assert monitor.peek().tolist() == [-1.0]


def test_another_time_constant_of_a_trace_counts_for_its_decay() -> None:
    reducer, expected = (observe.CumulativeTraceReducer(1.0, time_constant, 1.0, True) for time_constant in (5.0, 20.0))
    reducer.time_constant = 20.0
    for one in (reducer, expected):
        one(torch.tensor([True]))
        one(torch.tensor([False]))
    assert torch.equal(reducer.peek(), expected.peek())
    with pytest.raises(ValueError, match="`time_constant`"):
        reducer.time_constant = 0.0


def test_weights_of_another_precision_are_taken_over_with_their_currents() -> None:
    layer, other = (neural.Serial(dense(delay=2.0), neural.ALIF(2, 1.0, **ADAPTIVE)) for _ in range(2))
    other.double()
    layer.load_state_dict(copy.deepcopy(other.state_dict()), assign=True)
    x = torch.ones(1, 3, dtype=torch.bool)
    for _ in range(3):
        assert torch.equal(layer(x), other(x))
    assert layer.connection.syncurrent.dtype == layer.neuron.voltage.dtype == torch.float64
