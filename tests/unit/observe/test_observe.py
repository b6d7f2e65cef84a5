"""Reducers and monitors."""

import math

import pytest
import torch
from torch import Tensor, nn

from inferno import observe


class Stepper(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.state = torch.zeros(2, dtype=torch.bool)

    def forward(self, x: Tensor) -> Tensor:
        self.state = x > 0
        return x * 2


def test_traces_add_up_or_take_the_nearest() -> None:
    events = [1, 0, 1, 1]
    every = observe.CumulativeTraceReducer(1.0, 10.0, 0.5, True)
    nearest = observe.NearestTraceReducer(1.0, 10.0, 0.5, True)
    assert every.peek() is None and every.view(0.0) is None and every.dump() is None
    trace = 0.0
    for event in events:
        for reducer in (every, nearest):
            reducer(torch.tensor([bool(event), False]))
        trace = trace * math.exp(-0.1) + 0.5 * event
        assert every.peek().tolist() == pytest.approx([trace, 0.0])
    assert nearest.latest.tolist() == [0.5, 0.0] and every.peek().dtype == torch.float32


def test_results_are_kept_for_a_while() -> None:
    reducer = observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True, duration=3.0, inclusive=True)
    for k in range(6):
        reducer(torch.tensor([k == 2]))
    assert reducer.dump().flatten().tolist() == pytest.approx([math.exp(-0.1 * t) for t in (3, 2, 1, 0)])
    assert reducer.view(2.5).item() == pytest.approx(math.exp(-0.05), abs=1e-6)
    reducer.clear()
    assert reducer.peek() is None
    reducer(torch.tensor([True, True, True]))
    assert reducer.peek().tolist() == [1.0] * 3


def test_the_duration_setter_leaves_the_step_time() -> None:
    reducer = observe.PassthroughReducer(0.5, 1.0)
    reducer.duration = 3.0
    assert (reducer.dt, reducer.duration) == (0.5, 3.0)
    reducer(torch.ones(2))
    assert reducer.dump().shape == (6, 2)


def test_another_shape_is_refused_until_cleared() -> None:
    reducer = observe.PassthroughReducer(1.0)
    reducer(torch.ones(2))
    with pytest.raises(ValueError, match="shape"):
        reducer(torch.ones(3))
    reducer.clear()
    reducer(torch.ones(3))


def test_a_state_dict_brings_a_reducer_back() -> None:
    one, other = (observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True, duration=2.0) for _ in range(2))
    for k in range(4):
        one(torch.tensor([k % 2 == 0]))
    other.load_state_dict(one.state_dict())
    one(torch.tensor([True])), other(torch.tensor([True]))
    assert torch.equal(one.dump(), other.dump())


def test_a_state_monitor_sees_calls_in_its_modes() -> None:
    module = Stepper()
    monitor = observe.StateMonitor(observe.PassthroughReducer(1.0), "state", module, eval_update=False)
    module(torch.tensor([1.0, -1.0]))
    assert monitor.peek().tolist() == [1.0, 0.0]
    module.eval()(torch.tensor([1.0, 1.0]))
    assert monitor.peek().tolist() == [1.0, 0.0]
    monitor.deregister()
    module.train()(torch.tensor([1.0, 1.0]))
    assert monitor.peek().tolist() == [1.0, 0.0]
    monitor.register()
    with pytest.raises(RuntimeError, match="registered already"):
        monitor.register(module)
    module(torch.tensor([-1.0, 1.0]))
    assert monitor.peek().tolist() == [0.0, 1.0]


def test_inputs_and_outputs_are_seen() -> None:
    module = Stepper()
    before = observe.InputMonitor(observe.PassthroughReducer(1.0), module)
    after = observe.OutputMonitor(observe.PassthroughReducer(1.0), module)
    module(torch.tensor([1.0, 3.0]))
    assert before.peek().tolist() == [1.0, 3.0] and after.peek().tolist() == [2.0, 6.0]
    with pytest.raises(RuntimeError, match="no module"):
        observe.OutputMonitor(observe.PassthroughReducer(1.0)).register()


def test_a_reducer_compiles_as_one_graph() -> None:
    one, other = (observe.CumulativeTraceReducer(1.0, 10.0, 1.0, True) for _ in range(2))

    def both(reducer: observe.Reducer, x: Tensor) -> Tensor:
        reducer(x)
        return reducer.peek()

    first = torch.tensor([True, False])
    both(one, first), both(other, first)
    compiled = torch.compile(lambda x: both(one, x), fullgraph=True, backend="eager")
    for k in range(5):
        x = torch.tensor([k % 2 == 0, k % 3 == 0])
        torch.testing.assert_close(compiled(x), both(other, x))
