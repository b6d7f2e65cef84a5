"""Neurons that spike when told, and functions that pass things on."""

import copy

import pytest
import torch

from inferno.extra import ExactNeuron, identity, tuplewrap, varidentity


def neuron(batch: int = 2) -> ExactNeuron:
    return ExactNeuron((2, 3), 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=batch)


def test_positive_inputs_make_spikes() -> None:
    given = torch.tensor([[[0.0, 1.0, -1.0], [1e-6, 0.0, 5.0]]])
    made = neuron(1)
    spikes = made(given)
    assert spikes.dtype == torch.bool and spikes.tolist() == [[[False, True, False], [True, False, True]]]
    assert torch.equal(made.spike, spikes)


def test_told_spikes_replace_those_of_the_input_in_any_shape() -> None:
    told = torch.tensor([True, False] * 6)
    made = neuron()
    assert torch.equal(made(torch.ones(2, 2, 3), override=told), told.reshape(2, 2, 3))
    assert torch.equal(made(torch.ones(2, 2, 3), override=told.float().reshape(2, 6)), told.reshape(2, 2, 3))


def test_voltage_says_who_spiked_and_refrac_is_zero() -> None:
    made = neuron(1)
    made(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]))
    assert made.voltage.tolist() == [[[-40.0, -60.0, -60.0], [-60.0, -60.0, -40.0]]]
    assert made.refrac.tolist() == [[[0.0] * 3] * 2]
    made.voltage, made.refrac = torch.zeros(1, 2, 3), torch.ones(1, 2, 3)
    assert made.voltage.max() == -40 and not made.refrac.any()


def test_clearing_forgets_spikes() -> None:
    made = neuron()
    made(torch.ones(2, 2, 3))
    made.clear()
    assert not made.spike.any() and made.voltage.unique().tolist() == [-60.0]


def test_the_batch_size_setter_resizes_the_spikes() -> None:
    made = neuron()
    made.batchsz = 3
    assert made.spike.shape == (3, 2, 3) and made.batchsz == 3
    assert made(torch.ones(3, 2, 3)).all()


def test_state_round_trips_and_copies_are_independent() -> None:
    made, other = neuron(), neuron()
    made(torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(0)))
    other.load_state_dict(made.state_dict())
    assert torch.equal(made.spike, other.spike)
    copied = copy.deepcopy(made)
    made.clear()
    assert torch.equal(copied.spike, other.spike) and copied.spike.any()


def test_voltages_follow_the_type_of_the_module() -> None:
    assert neuron().double().voltage.dtype == torch.float64 and neuron().voltage.dtype == torch.float32


def test_a_step_compiles_as_one_graph() -> None:
    made, other = neuron(), neuron()
    compiled = torch.compile(made, fullgraph=True, backend="eager")
    given = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(compiled(given), other(given))
    assert torch.equal(compiled(given, override=given < 0), given < 0)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="`rest_v` must be less than `thresh_v`"):
        ExactNeuron(1, 1.0, rest_v=-40.0, thresh_v=-40.0)
    with pytest.raises(ValueError, match="`step_time` must be finite and greater than 0, got -1"):
        ExactNeuron(1, -1, rest_v=-60.0, thresh_v=-40.0)
    with pytest.raises(TypeError, match="`shape` must be"):
        ExactNeuron("3", 1.0, rest_v=-60.0, thresh_v=-40.0)
    with pytest.raises(ValueError, match=r"`inputs` must have the shape \[2, 2, 3\] .* got \[2, 3\]"):
        neuron()(torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"`override` must have 12 elements .* got the shape \[5\]"):
        neuron()(torch.ones(2, 2, 3), override=torch.ones(5))


def test_functions_pass_their_arguments_on() -> None:
    thing = object()
    assert identity(thing, ignored=1) is thing
    assert varidentity(thing, 2, ignored=1) == (thing, 2) and varidentity() == ()
    assert tuplewrap(thing, ignored=1) == (thing,)


def test_told_spikes_are_copied() -> None:
    neuron = ExactNeuron(2, 1.0, rest_v=-60.0, thresh_v=-50.0)
    told = torch.tensor([[True, False]])
    neuron(torch.zeros(1, 2), override=told)
    told.zero_()
    assert neuron.spike.tolist() == [[True, False]]
    with pytest.raises(TypeError, match="`override`"):
        neuron(torch.zeros(1, 2), override=[True, False])
