"""Monitors: what is observed, and what not."""

import copy
import gc

import pytest
import torch
from torch import Tensor, nn

from inferno import observe


class Counter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Identity()
        self.state, self.on = torch.zeros(2), torch.tensor([True, False])
        self.none: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.state += self.inner(x)
        self.on = ~self.on
        return x + 1


def passed() -> observe.PassthroughReducer:
    return observe.PassthroughReducer(1.0)


X = torch.tensor([1.0, 3.0])


def test_differences_are_those_of_a_call_also_in_place() -> None:
    module = Counter()
    state, on = observe.DifferenceMonitor(passed(), "state", module), observe.DifferenceMonitor(passed(), "on", module)
    none = observe.DifferenceMonitor(passed(), "none", module)
    module(X), module(X * 2)
    assert state.peek().tolist() == [2.0, 6.0] and on.peek().tolist() == [1.0, -1.0] and none.peek() is None


def test_the_partial_constructor_of_differences_keeps_the_operation() -> None:
    module = Counter()
    monitor = observe.DifferenceMonitor.partialconstructor(passed(), op_=lambda after, before: after * 10 + before)("state", module)
    module(X), module(X)
    assert monitor.peek().tolist() == [21.0, 63.0]


def test_filters_skip_and_maps_change() -> None:
    module = Counter()
    options = {"filter_": lambda v: v.sum() < 5, "map_": lambda v: (v * 2,)}
    state = observe.StateMonitor(passed(), "state", module, **options)
    after = observe.OutputMonitor(passed(), module, filter_=lambda v: v.sum() < 7, map_=lambda v: (v * 2,))
    before = observe.InputMonitor(passed(), module, map_=lambda v: (v[0] - 1,))
    module(X), module(X * 2)
    assert state.peek().tolist() == [2.0, 6.0] and after.peek().tolist() == [4.0, 8.0] and before.peek().tolist() == [1.0, 5.0]


def test_several_attributes_are_one_observation() -> None:
    module = Counter()
    make = observe.MultiStateMonitor.partialconstructor(observe.ConditionalNearestTraceReducer(1.0, 10.0, 0.0, 1.0), ("state", "on"))
    monitor = make("", module)
    missing = observe.MultiStateMonitor(passed(), "", ("state", "none"), module)
    module(X)
    assert monitor.peek().tolist() == [0.0, 3.0] and missing.peek() is None
    with pytest.raises(TypeError, match="`subattrs`"):
        observe.MultiStateMonitor(passed(), "", "state")


def test_inputs_and_outputs_are_those_of_the_module_at_the_path() -> None:
    module = Counter()
    inner = observe.OutputMonitor.partialconstructor(passed())("inner", module)
    outer = observe.InputMonitor.partialconstructor(passed(), eval_update=False)("", module.eval())
    module(X)
    assert inner.peek().tolist() == [1.0, 3.0] and outer.peek() is None
    state = observe.StateMonitor.partialconstructor(passed(), as_prehook=True)("state", module)
    module(X)
    assert state.peek().tolist() == [1.0, 3.0]


def test_a_monitor_needs_a_module_that_exists() -> None:
    module = Counter()
    monitor = observe.StateMonitor(passed(), "state", module)
    monitor.deregister()
    del module
    gc.collect()
    with pytest.raises(RuntimeError, match="no module"):
        monitor.register()


def test_registering_often_leaves_nothing_behind() -> None:
    module = Counter()
    monitor = observe.StateMonitor(passed(), "state", module)
    for _ in range(3):
        monitor.deregister(), monitor.register()
    assert len(module._forward_hooks) == 1
    del monitor
    gc.collect()
    assert not module._forward_hooks


def test_a_copy_of_a_monitor_watches_nothing_until_it_is_registered() -> None:
    module = Counter()
    monitor = observe.StateMonitor(passed(), "state", module)
    twin = copy.deepcopy(monitor)
    module(X)
    assert twin.peek() is None and not twin.registered and monitor.registered
    twin.register(module)
    module(X)
    assert twin.peek().tolist() == [2.0, 6.0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(TypeError, match="`reducer`"):
        observe.OutputMonitor(nn.Identity())
    with pytest.raises(TypeError, match="`attr`"):
        observe.StateMonitor(passed(), 3)
    with pytest.raises(ValueError, match="`attr`"):
        observe.DifferenceMonitor(passed(), "a..b")
    with pytest.raises(TypeError, match="`module`"):
        observe.StateMonitor(passed(), "state", 3)


def test_a_map_that_returns_no_tuple_is_refused_rather_than_taken_apart() -> None:
    module = Counter()
    monitor = observe.StateMonitor(passed(), "state", module, map_=lambda v: v * 2)
    with pytest.raises(TypeError, match="`map_` must return a tuple of observations, got Tensor"):
        module(X)
    assert monitor.peek() is None
