"""Synapses: what is recorded is the synapse's own, and what is asked of it is checked."""

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from inferno import neural

MAKERS: dict[str, Callable[..., neural.InfernoSynapse]] = {
    "Delta": lambda **k: neural.DeltaCurrent((2, 3), 1.0, spike_charge=2.0, **k),
    "DeltaPlus": lambda **k: neural.DeltaPlusCurrent((2, 3), 1.0, spike_charge=2.0, **k),
    "Exponential": lambda **k: neural.SingleExponentialCurrent((2, 3), 1.0, spike_charge=2.0, time_constant=5.0, **k),
    "DoubleExponential": lambda **k: neural.DoubleExponentialCurrent((2, 3), 1.0, spike_charge=2.0, tc_decay=5.0, tc_rise=2.0, **k),
}
EVERY = pytest.mark.parametrize("name", MAKERS)


def spikes(seed: int, steps: int, batch: int = 1) -> Tensor:
    return torch.rand(steps, batch, 2, 3, generator=torch.Generator().manual_seed(seed)) < 0.4


@EVERY
@pytest.mark.parametrize("inplace", [True, False])
@pytest.mark.parametrize("delay", [0.0, 2.0])
def test_a_record_is_not_what_came_in_or_went_out(name: str, delay: float, inplace: bool) -> None:
    synapse = MAKERS[name](delay=delay, inplace=inplace)
    given = torch.ones(1, 2, 3, dtype=torch.bool)
    synapse(given)
    out = synapse(given)
    current = synapse.current.clone()
    given.zero_(), out.zero_()
    assert synapse.spike.all() and torch.equal(synapse.current, current) and current.all()
    given = torch.ones(1, 2, 3, dtype=torch.bool)
    synapse(given)
    synapse.load_state_dict(MAKERS[name](delay=delay, inplace=inplace).state_dict())
    assert given.all() and not synapse.spike.any()


@EVERY
@pytest.mark.parametrize("delay", [0.0, 2.5])
def test_copies_state_dicts_and_pickles_continue(name: str, delay: float) -> None:
    synapse, fresh = (MAKERS[name](delay=delay, batch_size=2) for _ in range(2))
    for x in spikes(1, 7, 2):
        synapse(x)
    fresh.load_state_dict(synapse.state_dict())
    twins = [fresh, copy.deepcopy(synapse), pickle.loads(pickle.dumps(synapse))]  # noqa: S301
    ago = torch.rand(2, 2, 3) * delay
    for x in spikes(2, 7, 2):
        expected = synapse(x)
        for twin in twins:
            assert torch.equal(twin(x), expected)
            assert torch.equal(twin.current_at(ago), synapse.current_at(ago)) and torch.equal(twin.spike_at(ago), synapse.spike_at(ago))
    before = synapse.current_at(ago)
    twins[1](torch.ones(2, 2, 3))
    assert torch.equal(synapse.current_at(ago), before)


@pytest.mark.parametrize("delay", [0.0, 1.0])
def test_injected_currents_have_the_shape_and_get_the_type_of_the_synapse(delay: float) -> None:
    synapse = MAKERS["DeltaPlus"](delay=delay)
    out = synapse(torch.ones(1, 2, 3), torch.ones(1, 2, 3, dtype=torch.float64))
    assert out.dtype == synapse.current.dtype == torch.float32 and out.unique().tolist() == [3.0]
    with pytest.raises(ValueError, match=r"`inputs` must have the shape \[1, 2, 3\]"):
        synapse(torch.ones(1, 2, 3), torch.ones(4, 1, 2, 3))


@EVERY
@pytest.mark.parametrize("delay", [0.0, 2.0])
def test_a_selector_of_another_shape_is_refused(name: str, delay: float) -> None:
    synapse = MAKERS[name](delay=delay)
    assert synapse.current_at(torch.zeros(1, 2, 3, 4)).shape == (1, 2, 3, 4)
    for read in (synapse.current_at, synapse.spike_at):
        with pytest.raises(ValueError, match=r"`selector` must have the shape \[1, 2, 3\]"):
            read(torch.zeros(1, 5))
        with pytest.raises(TypeError, match="`selector`"):
            read(0.0)


def test_an_assigned_parameter_counts_from_the_next_step() -> None:
    synapse = MAKERS["Exponential"]()
    synapse.time_constant, synapse.spike_charge = 10.0, 4.0
    made = neural.SingleExponentialCurrent((2, 3), 1.0, spike_charge=4.0, time_constant=10.0)
    for x in spikes(3, 5):
        assert torch.equal(synapse(x), made(x))
    double = MAKERS["DoubleExponential"]()
    with pytest.raises(ValueError, match="`tc_rise` must be less than `tc_decay`"):
        double.tc_rise = 7.0
    assert double.tc_rise == 2.0


@EVERY
def test_arguments_out_of_range_are_named(name: str) -> None:
    mode = "interp_mode" if name.startswith("Delta") else "spike_interp_mode"
    for argument, value, kind in (
        ("delay", -1.0, ValueError),
        ("interp_tol", -1.0, ValueError),
        ("batch_size", 0, ValueError),
        ("current_overbound", "none", TypeError),
        ("spike_overbound", "none", TypeError),
        (mode, "linear", RuntimeError),
        (mode, ["nearest"], RuntimeError),
    ):
        with pytest.raises(kind, match=f"`{argument}`"):
            MAKERS[name](**{argument: value})
    with pytest.raises(TypeError, match="`inputs` must be tensors, got list"):
        MAKERS[name]()([[1.0]])


class Passing(neural.InfernoSynapse):
    """Passes its spikes on."""

    def forward(self, *inputs: Tensor, **kwargs: object) -> Tensor:
        self.spike_.push(inputs[0])
        return inputs[0].float()


def test_a_synapse_of_ones_own_is_made_by_position() -> None:
    synapse = Passing((2, 3), 0.5, 1.0, 4, True)
    assert (synapse.dt, synapse.delay, synapse.batchsz, synapse.inplace) == (0.5, 1.0, 4, True)
    synapse(torch.ones(4, 2, 3))
    assert synapse.spike.all() and synapse.spike_.recordsz == 3
