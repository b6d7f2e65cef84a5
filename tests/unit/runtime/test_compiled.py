"""Compiled networks: one graph for every batch size, and the spikes of the eager ones."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch
import torch._dynamo.utils

from inferno.runtime.network import Network


def images(batch: int) -> torch.Tensor:
    return torch.rand(batch, 4, 4, generator=torch.Generator().manual_seed(1))


def graphs() -> int:
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> object:
    return networks.load(tmp_path_factory.mktemp("compiled"), backend="inductor")


def test_training_and_evaluation_need_one_graph_each_for_all_batches(compiled: Network) -> None:
    torch._dynamo.utils.counters.clear()
    for mode in (True, False):
        compiled.train(mode)
        compiled(image=images(20))
    assert graphs() == 2
    with torch.compiler.set_stance("fail_on_recompile"):
        for mode in (True, False):
            compiled.train(mode)
            for batch in (20, 7, 1, 2):
                compiled(image=images(batch))
        compiled.set("exc.tau_m", "50 ms")
        compiled(image=images(20))
        compiled.set("exc.tau_m", "100 ms")
    assert graphs() == 2


@pytest.mark.parametrize("training", [False, True])
def test_compiled_spikes_and_weights_equal_the_eager_ones(compiled: Network, tmp_path: Path, training: bool) -> None:
    eager = networks.load(tmp_path)
    for net in (eager, compiled):
        net.reset(all=True)
        net.train(training)
    for batch in (20, 20, 1):
        a, b = eager(image=images(batch)), compiled(image=images(batch))
        assert a["exc.spikes"].values.any()
        assert torch.equal(a["exc.spikes"].values, b["exc.spikes"].values)
    assert torch.allclose(eager["ff"].weight, compiled["ff"].weight, rtol=1e-5)


def test_compiled_spikes_do_not_depend_on_how_samples_are_batched(compiled: Network) -> None:
    compiled.reset(all=True)
    compiled.eval()
    together = compiled(image=images(20))["exc.spikes"].values
    compiled.reset()
    assert torch.equal(together, torch.cat([compiled(image=images(20)[i : i + 1])["exc.spikes"].values for i in range(20)], 1))


def test_steps_that_no_chunk_divides_run_through_a_second_graph(compiled: Network, tmp_path: Path) -> None:
    eager = networks.load(tmp_path)
    for net in (eager, compiled):
        net.reset(all=True)
        net.eval()
    a, b = (net(image=images(4), duration="23 ms")["exc.spikes"].values for net in (eager, compiled))
    assert a.shape[0] == 23
    assert torch.equal(a, b)
