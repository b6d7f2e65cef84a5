"""Records within `torch.compile`: their pointer makes no graph of its own, and Python and compiled code may take turns."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch._dynamo.testing import CompileCounterWithBackend

import inferno

STEPS = 30


class Memory(inferno.Module):
    """Eleven observations of three numbers."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace
        self.past = inferno.RecordTensor(self, "past", 1.0, 10.0, torch.zeros(3), inclusive=True)

    def forward(self, x: Tensor) -> Tensor:
        self.past.push(x, self.inplace)
        newest, window = self.past.read(), self.past.readrange(3, 2)
        between = self.past.select(torch.tensor([0.0, 2.5, 10.0]), inferno.functional.interp_linear)
        return torch.cat([newest, window.flatten(), between, self.past.read(0)])


def compiled(module: Callable[..., object]) -> tuple[Callable[..., object], CompileCounterWithBackend]:
    torch.compiler.reset()
    counter = CompileCounterWithBackend("aot_eager")
    return torch.compile(module, fullgraph=True, backend=counter), counter


def observations(steps: int = STEPS) -> Tensor:
    return torch.rand(steps, 3, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("inplace", [False, True])
def test_a_record_of_many_steps_is_one_graph(inplace: bool) -> None:
    memory, twin = Memory(inplace), Memory(inplace)
    step, counter = compiled(memory)
    with torch.no_grad():
        for x in observations():
            assert torch.equal(step(x), twin(x))
    assert counter.frame_count == 1
    assert memory.past.pointer == twin.past.pointer == STEPS % 11


@pytest.mark.parametrize("inplace", [False, True])
def test_python_and_compiled_code_take_turns(inplace: bool) -> None:
    memory, twin = Memory(inplace), Memory(inplace)
    step, counter = compiled(memory)
    for k, x in enumerate(observations()):
        taken = step if k % 3 else memory
        assert torch.equal(taken(x), twin(x))
        if k == 13:
            memory.past.align(4), twin.past.align(4)
        if k == 20:
            memory.past.reset(0.5), twin.past.reset(0.5)
    assert counter.frame_count == 1


def test_a_state_dict_of_compiled_steps_is_that_of_python_steps() -> None:
    memory, twin = Memory(), Memory()
    step, _ = compiled(memory)
    for x in observations(7):
        step(x), twin(x)
    assert memory.state_dict()["_extra_state"] == twin.state_dict()["_extra_state"]
    assert torch.equal(memory.state_dict()["_past_data"], twin.state_dict()["_past_data"])


def test_a_loaded_pointer_counts_for_compiled_steps() -> None:
    memory, twin = Memory(), Memory()
    step, _ = compiled(memory)
    for x in observations(5):
        twin(x)
    for x in observations(3):
        step(x)
    memory.load_state_dict(copy.deepcopy(twin.state_dict()))
    for x in observations(8):
        assert torch.equal(step(x), twin(x))


def test_a_copy_of_a_compiled_record_goes_on_from_where_it_was() -> None:
    memory, twin = Memory(), Memory()
    step, _ = compiled(memory)
    for x in observations(5):
        step(x), twin(x)
    other = copy.deepcopy(memory)
    for x in observations(3):
        step(x)
    assert other.past.pointer == 5
    for x in observations(8):
        assert torch.equal(other(x), twin(x))


def test_whole_records_are_turned_and_filled_in_compiled_code() -> None:
    memory, twin = Memory(), Memory()
    for x in observations(5):
        memory(x), twin(x)

    def turned() -> None:
        memory.past.align(3)
        memory.past.decr()
        memory.past.incr(2)

    compiled(turned)[0]()
    twin.past.align(4)
    assert memory.past.pointer == twin.past.pointer == 4
    assert torch.equal(memory.past.value.roll(1, 0), twin.past.value)
    compiled(lambda: memory.past.reset(2.0))[0]()
    assert memory.past.pointer == 0
    assert bool((memory.past.value == 2.0).all())


def test_a_value_is_inserted_in_compiled_code() -> None:
    memory, twin = Memory(), Memory()
    for x in observations(5):
        memory(x), twin(x)
    times = torch.tensor([0.0, 1.25, 9.0])
    compiled(lambda: memory.past.insert(torch.full((3,), 7.0), times, offset=1))[0]()
    twin.past.insert(torch.full((3,), 7.0), times, offset=1)
    assert torch.equal(memory.past.value, twin.past.value)


def test_a_gradient_goes_through_compiled_steps() -> None:
    memory = Memory()
    start, further = torch.ones(3, requires_grad=True), observations(4)

    def course(first: Tensor) -> Tensor:
        for x in (first * 2.0, *further):
            memory.past.push(x)
        return memory.past.read(5)

    compiled(course)[0](start).sum().backward()
    assert start.grad.tolist() == [2.0, 2.0, 2.0]
