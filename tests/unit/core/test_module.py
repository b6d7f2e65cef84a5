"""Modules with extras, and hooks."""

import copy

import pytest
import torch
from torch import Tensor, nn

import inferno


class Holder(inferno.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.register_extra("count", 3)
        self.register_buffer("state", torch.zeros(2))

    @property
    def weight(self) -> Tensor:
        return self.inner.weight

    @weight.setter
    def weight(self, value: Tensor) -> None:
        self.inner.weight.data = value.detach()

    def forward(self, x: Tensor) -> Tensor:
        self.state = self.state + x
        return self.state * self.count


def test_assigning_a_parameter_reaches_the_property() -> None:
    holder = Holder()
    before = holder.inner.weight
    holder.weight = nn.Parameter(torch.ones(2, 2))
    assert holder.inner.weight is before and bool((before == 1).all())
    assert set(dict(holder.named_parameters())) == {"inner.weight", "inner.bias"}


def test_a_method_can_be_replaced_on_an_instance() -> None:
    holder = Holder()
    holder.forward = lambda x: x + 1
    assert holder(1) == 2


def test_extras_belong_to_the_state_dict() -> None:
    one, other = Holder(), Holder()
    one.count = 7
    other.register_extra("name", "b")
    other.load_state_dict(one.state_dict())
    assert (other.count, other.name) == (7, "b") and "_extra_state" in one.state_dict()
    twin = copy.deepcopy(one)
    twin.count = 9
    assert (one.count, twin.get_extra("count")) == (7, 9)
    del twin.count
    with pytest.raises(AttributeError):
        twin.get_extra("count")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [(3, 1, TypeError), ("a.b", 1, KeyError), ("", 1, KeyError), ("inner", 1, KeyError), ("new", torch.zeros(1), TypeError)],
)
def test_an_extra_needs_a_name_of_its_own_and_a_plain_value(name: object, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Holder().register_extra(name, value)


def test_extras_of_submodules_are_found_by_their_path() -> None:
    outer = inferno.Module()
    outer.part = Holder()
    assert outer.get_extra("part.count") == 3
    outer.plain = nn.Linear(1, 1)
    with pytest.raises(AttributeError, match="no inferno Module"):
        outer.get_extra("plain.count")


def test_unexpected_keywords_fail_as_in_torch() -> None:
    with pytest.raises(TypeError):
        inferno.Module(step_time=1.0)


def test_a_module_compiles_as_one_graph() -> None:
    holder, twin = Holder(), Holder()
    compiled = torch.compile(holder, fullgraph=True, backend="eager")
    for _ in range(3):
        assert torch.equal(compiled(torch.ones(2)), twin(torch.ones(2)))
    assert torch.equal(holder.state, twin.state)


class Counting(inferno.ContextualHook):
    def __init__(self) -> None:
        super().__init__("before", "after")
        self.seen: list[str] = []

    def before(self, module: nn.Module, inputs: tuple[object, ...]) -> str:
        self.seen.append("before")
        return "dropped"

    def after(self, module: nn.Module, inputs: tuple[object, ...], output: object) -> str:
        self.seen.append("after")
        return "dropped"


def test_a_contextual_hook_runs_its_methods_and_dies_with_its_object() -> None:
    hook, module = Counting(), nn.Identity()
    hook.register(module)
    assert module(5) == 5
    seen = hook.seen
    assert seen == ["before", "after"]
    del hook
    module(5)
    assert seen == ["before", "after"]


def test_a_hook_may_replace_inputs_and_outputs() -> None:
    module = nn.Identity()
    hook = inferno.Hook(lambda m, i: (i[0] + 1,), lambda m, i, o: o * 10)
    hook.register(module)
    assert module(1) == 20
    copied = copy.deepcopy(module)
    assert copied(1) == 1


def test_a_state_hook_can_be_forced() -> None:
    class Noting(inferno.StateHook):
        def hook(self, module: nn.Module) -> None:
            module.seen = getattr(module, "seen", 0) + 1

    target = nn.Identity()
    hook = Noting(target, eval_update=False)
    hook()
    hook(force=True)
    assert target.seen == 1 and hook.module is target and not list(hook.children())
    hook.register()
    target.eval()
    hook()
    hook(ignore_mode=True)
    assert target.seen == 2
