"""Reducers: one step after the other against the equations."""

import copy
import math
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from inferno import observe

DECAY = math.exp(-0.1)


def course(reducer: observe.Reducer, *inputs: list[float]) -> list[float]:
    seen = []
    for values in zip(*inputs, strict=True):
        reducer(*(torch.tensor([value]) for value in values))
        seen.append(reducer.peek().item())
    return seen


def test_scaled_traces_take_the_size_of_events() -> None:
    def large(x: Tensor) -> Tensor:
        return x > 1

    values = [2.0, 0.5, 3.0]
    both = observe.ScaledCumulativeTraceReducer(1.0, 10.0, 0.5, 2.0, large)
    nearest = observe.ScaledNearestTraceReducer(1.0, 10.0, 0.5, 2.0, large)
    assert course(both, values) == pytest.approx([4.5, 4.5 * DECAY, 4.5 * DECAY**2 + 6.5])
    assert course(nearest, values) == pytest.approx([4.5, 4.5 * DECAY, 6.5])


def test_conditional_traces_take_what_meets_the_condition() -> None:
    values, conditions = [2.0, 5.0, 3.0], [True, False, True]
    both = observe.ConditionalCumulativeTraceReducer(1.0, 10.0, 0.5, 2.0)
    nearest = observe.ConditionalNearestTraceReducer(1.0, 10.0, 0.5, 2.0)
    assert course(both, values, conditions) == pytest.approx([4.5, 4.5 * DECAY, 4.5 * DECAY**2 + 6.5])
    assert course(nearest, values, conditions) == pytest.approx([4.5, 4.5 * DECAY, 6.5])


@pytest.mark.parametrize(("initial", "first"), [("inf", math.inf), ("zero", 0.0), ("nan", math.nan)])
def test_the_time_since_an_event_grows_by_steps(initial: str, first: float) -> None:
    reducer = observe.EventReducer(0.5, lambda x: x.bool(), initial, duration=2.0, inclusive=True)
    assert course(reducer, [False, True, False, False]) == pytest.approx([first, 0.0, 0.5, 1.0], nan_ok=True)
    assert reducer.view(0.25).item() == pytest.approx(0.75)


def test_averages_are_those_of_all_or_of_the_newest() -> None:
    values = [1.0, 4.0, 7.0, 0.0]
    average, moving = observe.CAReducer(1.0, 1.0, True), observe.EMAReducer(1.0, 0.25)
    assert course(average, values) == pytest.approx([1.0, 2.5, 4.0, 3.0])
    assert course(moving, values) == pytest.approx([1.0, 1.75, 3.0625, 2.296875])
    assert average.view(0.5).item() == pytest.approx(3.5)
    twin = observe.CAReducer(1.0, 1.0, True)
    twin.load_state_dict(average.state_dict())
    assert course(twin, [8.0]) == course(average, [8.0]) == [4.0]
    average.clear(keepshape=True)
    assert course(average, [5.0]) == [5.0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="`alpha`"):
        observe.EMAReducer(1.0, 1.5)
    with pytest.raises(ValueError, match="`initial`"):
        observe.EventReducer(1.0, torch.isnan, "one")
    with pytest.raises(ValueError, match="`time_constant`"):
        observe.NearestTraceReducer(1.0, 0.0, 1.0, True)
    with pytest.raises(TypeError, match="`criterion`"):
        observe.ScaledNearestTraceReducer(1.0, 1.0, 1.0, 1.0, 3)


def test_what_is_abstract_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match="`peek`"):
        _ = observe.Reducer().latest
    with pytest.raises(NotImplementedError, match="`fold`"):
        observe.FoldReducer(1.0, 0.0)(torch.zeros(1))


def test_the_duration_setter_leaves_the_step_time_before_and_after_the_first_observation() -> None:
    reducer = observe.CumulativeTraceReducer(0.5, 10.0, 1.0, True)
    reducer.duration = 1.0
    course(reducer, [True, False])
    reducer.duration = 2.0
    assert (reducer.dt, reducer.duration, reducer.data_.recordsz) == (0.5, 2.0, 4)
    assert reducer.dump().flatten().tolist() == pytest.approx([math.exp(-0.05), 1.0, 0.0, 0.0])


def test_another_step_changes_the_decay() -> None:
    reducer = observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True)
    reducer.dt = 2.0
    assert course(reducer, [True, False]) == pytest.approx([1.0, math.exp(-0.2)])


@pytest.mark.parametrize("shape", [(3,), (1, 2), (1,)])
def test_a_trace_of_another_shape_is_refused_also_where_it_would_broadcast(shape: tuple[int, ...]) -> None:
    reducer = observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True)
    reducer(torch.ones(2, dtype=torch.bool))
    with pytest.raises(ValueError, match="shape"):
        reducer(torch.ones(shape, dtype=torch.bool))


def test_the_first_result_has_the_precision_of_the_storage() -> None:
    reducer = observe.CumulativeTraceReducer(1.0, 10.0, 0.1, True).double()
    assert course(reducer, [True, False]) == [0.1, pytest.approx(0.1 * DECAY, rel=1e-15)]


def test_several_records_share_their_times() -> None:
    reducer = observe.RecordReducer(1.0, 2.0)
    reducer.add_record("one"), reducer.add_record("two", torch.zeros(3))
    reducer.duration = 4.0
    assert reducer.one.recordsz == reducer.two.recordsz == len(reducer.two.value) == 4
    with pytest.raises(RuntimeError, match="`name`"):
        reducer.add_record("one")


def test_a_copy_of_a_reducer_goes_its_own_way() -> None:
    reducer = observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True, duration=3.0)
    course(reducer, [True, False])
    twin = copy.deepcopy(reducer)
    assert course(twin, [True]) == course(reducer, [True]) and twin.data_.owner is twin
    course(twin, [True])
    assert reducer.peek().item() != twin.peek().item()


@pytest.mark.parametrize("inplace", [True, False])
def test_results_are_kept_in_place_or_not(inplace: bool) -> None:
    reducer = observe.PassthroughReducer(1.0, 2.0, True, inplace)
    course(reducer, [1.0, 2.0, 3.0, 4.0])
    assert reducer.dump().flatten().tolist() == [4.0, 3.0, 2.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: observe.EMAReducer(1.0, 0.5),
        lambda: observe.CAReducer(1.0),
        lambda: observe.EventReducer(1.0, lambda x: x > 0),
        lambda: observe.PassthroughReducer(1.0),
        lambda: observe.CumulativeTraceReducer(1.0, 5.0, 1.0, True),
    ],
)
@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (3,), ()])
def test_an_observation_of_another_shape_is_never_broadcast(make: Callable[[], observe.FoldReducer], shape: tuple[int, ...]) -> None:
    reducer, twin = make(), make()
    for one in (reducer, twin):
        one(torch.ones(2, 3))
    with pytest.raises(ValueError, match=re.escape(f"must have the shape [2, 3] of those before, got {list(shape)}")):
        reducer(torch.ones(shape))
    for one in (reducer, twin):
        one(torch.zeros(2, 3))
    assert torch.equal(reducer.peek(), twin.peek())  # nothing came of it


@pytest.mark.parametrize("kind", [observe.ConditionalCumulativeTraceReducer, observe.ConditionalNearestTraceReducer])
def test_a_condition_has_the_shape_of_its_observation(kind: type[observe.FoldReducer]) -> None:
    reducer = kind(1.0, 5.0, 1.0, 1.0)
    yes = torch.ones(2, 3, dtype=torch.bool)
    for _ in range(2):
        with pytest.raises(ValueError, match=re.escape("a condition must have the shape [2, 3] of its observation, got [1, 3]")):
            reducer(torch.ones(2, 3), yes[:1])
        with pytest.raises(TypeError, match="takes an observation and its condition, got 1 of the two"):
            reducer(torch.ones(2, 3))
        reducer(torch.ones(2, 3), yes)
