"""Layers within `torch.compile`, with what the quickstart puts around them, as one graph and with the numbers of Python."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounterWithBackend

from inferno import functional, learn, neural

LIF = {"rest_v": -65.0, "reset_v": -60.0, "thresh_v": -50.0, "refrac_t": 2.0, "time_constant": 20.0}
SYNAPSES = {
    "delta": lambda inplace: neural.DeltaCurrent.partialconstructor(100.0, interp_tol=1e-5, inplace=inplace),
    "delta plus": lambda inplace: neural.DeltaPlusCurrent.partialconstructor(100.0, inplace=inplace),
    "exponential": lambda inplace: neural.SingleExponentialCurrent.partialconstructor(100.0, 5.0, inplace=inplace),
    "double exponential": lambda inplace: neural.DoubleExponentialCurrent.partialconstructor(100.0, 10.0, 2.0, inplace=inplace),
}


def dense(delay: float | None, synapse: str = "delta", inplace: bool = False) -> neural.LinearDense:
    torch.manual_seed(3)
    return neural.LinearDense(
        6, 4, 1.0, synapse=SYNAPSES[synapse](inplace), batch_size=2, delay=delay, weight_init=torch.rand_like,
        delay_init=(lambda d: torch.rand_like(d) * delay) if delay else None,
    )  # fmt: skip


class Model(nn.Module):
    """A layer with what trains it and keeps its weights."""

    def __init__(self, delay: float | None, delayed: bool = False) -> None:
        super().__init__()
        self.layer = neural.Serial(dense(delay), neural.LIF(4, 1.0, **LIF, batch_size=2))
        connection = self.layer.connection
        connection.updater = connection.defaultupdater()
        connection.updater.weight.upperbound(functional.bound_upper_multiplicative, 1.0)
        self.trainer = learn.STDP(0.05, -0.02, 20.0, 30.0, delayed, 1e-5)
        self.trainer.register_cell("cell", self.layer.cell)
        self.clamping = neural.Clamping(connection.updater, "parent.weight", min=0.0)
        self.normalization = neural.Normalization(self.layer, "connection.weight", 1, 2.0, -1)
        self.clamping.register(), self.normalization.register()

    def forward(self, x: Tensor) -> Tensor:
        spikes = self.layer(x)
        self.learn()
        return spikes

    def learn(self) -> None:
        self.trainer()
        self.layer.connection.update()


def compiled(function: Callable[..., object], backend: str = "aot_eager") -> tuple[Callable[..., object], CompileCounterWithBackend]:
    torch.compiler.reset()
    counter = CompileCounterWithBackend(backend)
    return torch.compile(function, fullgraph=True, backend=counter), counter


def trains(steps: int = 20) -> Tensor:
    return torch.rand(steps, 2, 6, generator=torch.Generator().manual_seed(1)) < 0.4


@pytest.mark.parametrize("synapse", SYNAPSES)
@pytest.mark.parametrize("inplace", [False, True])
def test_a_long_delay_is_one_graph(synapse: str, inplace: bool) -> None:
    connection, twin = dense(20.0, synapse, inplace), dense(20.0, synapse, inplace)
    step, counter = compiled(connection)
    with torch.no_grad():
        for x in trains():
            assert torch.allclose(step(x), twin(x), atol=1e-5)
    assert counter.frame_count == 1


@pytest.mark.parametrize(("delay", "delayed"), [(None, False), (20.0, False), (20.0, True)])
def test_a_training_step_is_one_graph(delay: float | None, delayed: bool) -> None:
    model, twin = Model(delay, delayed), Model(delay, delayed)
    step, counter = compiled(model)
    with torch.no_grad():
        for x in trains():
            assert torch.equal(step(x), twin(x))
    assert counter.frame_count == 2  # before the first observation, and after
    assert torch.allclose(model.layer.connection.weight, twin.layer.connection.weight, atol=1e-6)
    assert not torch.equal(model.layer.connection.weight, Model(delay, delayed).layer.connection.weight)


@pytest.mark.parametrize(("delay", "delayed"), [(None, False), (20.0, True)])
def test_learning_is_one_graph_beside_python_steps(delay: float | None, delayed: bool) -> None:
    model, twin = Model(delay, delayed), Model(delay, delayed)
    learning, counter = compiled(model.learn)
    with torch.no_grad():
        for x in trains():
            assert torch.equal(model.layer(x), twin(x))
            learning()
    assert counter.frame_count == 1
    assert torch.allclose(model.layer.connection.weight, twin.layer.connection.weight, atol=1e-6)


def test_inductor_makes_a_training_step() -> None:
    model, twin = Model(10.0), Model(10.0)
    step, counter = compiled(model, "inductor")
    with torch.no_grad():
        for x in trains():
            assert torch.equal(step(x), twin(x))
    assert counter.frame_count == 2
    assert torch.allclose(model.layer.connection.weight, twin.layer.connection.weight, atol=1e-5)
