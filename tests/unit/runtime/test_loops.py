"""Native loops: the same bits as the generated steps, whatever the batch, the threads and the way there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import networks
import pytest
import torch

from inferno.errors import RunError, UsageError
from inferno.machine import BUILT_IN
from inferno.runtime import loops
from inferno.runtime.network import Network


def images(batch: int) -> torch.Tensor:
    return torch.rand(batch, 4, 4, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return networks.load(tmp_path_factory.mktemp("native"), backend="native")


def test_every_stepped_region_is_a_loop(native: Network) -> None:
    assert native.backend == "native"
    assert all((r.loop is None) == (r.whole is not None) for mode in (False, True) for r in native.plan.regions(mode))
    assert "one C++ function for all time steps" in native.explain()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("training", [False, True])
def test_loops_make_the_bits_of_the_steps(tmp_path: Path, training: bool, dtype: str) -> None:
    steps, loop = (networks.load(tmp_path, backend=backend, dtype=dtype) for backend in ("eager", "native"))
    for net in (steps, loop):
        net.train(training)
    for batch in (7, 7, 1):
        a, b = steps(image=images(batch)), loop(image=images(batch))
        assert a["exc.spikes"].values.any()
        for name in a.recordings:
            assert torch.equal(a[name].values, b[name].values), name
    for key, value in steps.snapshot().items():
        # torch chooses the order in which it sums over the batch.
        assert (
            torch.allclose(value, loop.snapshot()[key], rtol=1e-14, atol=0)
            if key == "variable exc.theta"
            else torch.equal(value, loop.snapshot()[key])
        ), key


def test_spikes_depend_neither_on_the_batch_nor_on_the_threads(native: Network) -> None:
    native.eval()
    native.reset(all=True)
    together = native(image=images(6))["exc.spikes"].values
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        native.reset(all=True)
        apart = torch.cat([native(image=images(6)[i : i + 1])["exc.spikes"].values for i in range(6)], 1)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(together, apart)


@pytest.mark.parametrize("training", [False, True])
def test_samples_that_run_on_threads_of_their_own_make_the_same_bits(
    native: Network, monkeypatch: pytest.MonkeyPatch, training: bool
) -> None:
    threads, found = torch.get_num_threads(), []
    native.train(training)
    # As many threads as there are, however little there is to do.
    monkeypatch.setattr(native._engine, "machine", dataclasses.replace(BUILT_IN, thread=1e-9))
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            native.reset(all=True)
            result = native(image=images(7))
            found.append([result[name].values for name in sorted(result.recordings)] + [native["ff"].weight.clone()])
    finally:
        torch.set_num_threads(threads)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_a_single_sample_is_one_row_for_loops_beside_compiled_steps(native: Network) -> None:
    beside = dataclasses.replace(native._engine, batched=True)
    assert beside.rows(1) == 1
    assert dataclasses.replace(beside, loops="").rows(1) == 2


def test_another_value_needs_no_other_library(native: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    native(image=images(2))
    monkeypatch.setattr(loops, "load_generated", lambda text: pytest.fail("built a library"))
    native.set("exc.tau_m", "50 ms")
    assert native(image=images(2)).steps == 40
    native.set("exc.tau_m", "100 ms")


def test_a_network_that_trains_natively_goes_on_eagerly_from_its_snapshot(tmp_path: Path) -> None:
    first, second = (networks.load(tmp_path, backend=backend) for backend in ("native", "eager"))
    for net in (first, second):
        net.train()
    first(image=images(4))
    second.restore(first.snapshot())
    a, b = first(image=images(4)), second(image=images(4))
    assert torch.equal(a["exc.spikes"].values, b["exc.spikes"].values)
    assert torch.equal(first["ff"].weight, second["ff"].weight)


def test_a_state_that_explodes_is_named(tmp_path: Path) -> None:
    text = """snn 1
neuron Runaway:
    state x = 1
    x' = x^3 / (1 ms)
population cells[3] = Runaway()
record cells.x
run:
    steps = 50
"""
    with pytest.raises(RunError, match=r"`cells\.x` became"):
        networks.load(tmp_path, text, backend="native")()


def test_native_is_refused_where_there_is_no_processor_for_it() -> None:
    from inferno.compiler.loading import choose_backend

    with pytest.raises(UsageError, match="run on the CPU"):
        choose_backend("native", torch.device("cuda"))


def test_auto_is_native_on_the_cpu_and_compiles_elsewhere() -> None:
    from inferno.compiler.loading import choose_backend

    assert choose_backend("auto", torch.device("cpu")) == "native"
    assert choose_backend("auto", torch.device("cuda")) == "inductor"


def test_building_counts_as_compiling_and_is_announced(native: Network, tmp_path: Path) -> None:
    lines: list[str] = []
    net = networks.load(tmp_path, backend="native", progress=lines.append)
    assert net.compile_seconds == 0
    net(image=images(2))
    assert net.compile_seconds > 0
    assert "compiling loops" in lines


def test_loops_that_do_not_compile_are_refused_in_words(tmp_path: Path) -> None:
    net = networks.load(tmp_path, backend="native")
    net._engine.loops = "this is not C++"
    with pytest.raises(UsageError, match="failed with status 1"):
        net(image=images(2))
