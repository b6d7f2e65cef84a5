"""Records: state dicts, times that are not exact, and times of wrong shapes."""

import copy

import pytest
import torch

import inferno
from inferno.functional import interp_previous


def record(duration: float, step: float = 1.0, value: torch.Tensor | None = None) -> inferno.Module:
    owner = inferno.Module()
    inferno.RecordTensor.create(owner, "past", step, duration, value)
    return owner


def test_a_fresh_record_takes_the_history_of_a_state_dict() -> None:
    one, other = record(3.0, value=torch.empty(0)), record(3.0, value=torch.empty(0))
    for k in range(5):
        one.past.push(torch.full((2,), float(k)))
    other.load_state_dict(one.state_dict())
    assert other.past.pointer == one.past.pointer == 2
    assert other.past.readrange(3).tolist() == [[2.0, 3.0, 4.0]] * 2


def test_a_state_dict_is_of_its_moment() -> None:
    owner = record(3.0, value=torch.zeros(1))
    owner.past.push(torch.ones(1))
    then = owner.state_dict()
    owner.past.push(torch.full((1,), 2.0))
    owner.load_state_dict(then)
    assert owner.past.readrange(3).tolist() == [[0.0, 0.0, 1.0]]


def test_a_copy_keeps_its_own_pointer_and_times() -> None:
    owner = record(3.0, value=torch.zeros(1))
    twin = copy.deepcopy(owner)
    twin.past.push(torch.ones(1))
    twin.past.duration = 5.0
    assert (owner.past.recordsz, owner.past.duration, twin.past.recordsz) == (3, 3.0, 5)
    assert owner.past.peek().item() == 0.0 and twin.past.peek().item() == 1.0


@pytest.mark.parametrize("as_tensor", [False, True])
def test_long_times_are_not_a_step_off_by_rounding(as_tensor: bool) -> None:
    owner = record(200.0, 0.1, torch.zeros(1))
    for k in range(2000):
        owner.past.push(torch.full((1,), float(k)), inplace=True)
    for steps in range(0, 2000, 7):
        time = torch.tensor([steps * 0.1]) if as_tensor else steps * 0.1
        assert owner.past.select(time, interp_previous).item() == 1999 - steps


def test_writing_at_times_of_another_shape_is_refused() -> None:
    owner = record(3.0, value=torch.zeros(2))
    with pytest.raises(ValueError, match="`time`"):
        owner.past.insert(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="`obs`"):
        owner.past.insert(torch.zeros(3), 0.0)


def test_assigning_an_ignored_value_is_no_error_and_the_next_observation_begins_anew() -> None:
    owner = record(3.0, value=torch.zeros(2))
    owner.past.push(torch.ones(2))
    owner.past.value = torch.empty(0)
    owner.past.push(torch.ones(4))
    assert owner.past.value.shape == (3, 4) and owner.past.pointer == 1


@pytest.mark.parametrize(("step", "duration"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_times_out_of_their_ranges_are_refused(step: float, duration: float) -> None:
    with pytest.raises(ValueError, match="`step_time`|`duration`"):
        record(duration, step)


@pytest.mark.parametrize("duration", [0.0, 2.0])
def test_what_was_pushed_may_be_changed_in_place_later(duration: float) -> None:
    owner, obs = record(duration, value=torch.zeros(2)), torch.ones(2)
    owner.past.push(obs)
    obs += 1
    assert owner.past.peek().tolist() == [1.0, 1.0]
