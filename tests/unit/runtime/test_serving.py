"""Native kernels come in front of their twins when they are first called, and not before."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from inferno.runtime.kernels import NativeUnavailable
from inferno.runtime.kernels.generated import build_meanwhile, load_generated

PROGRAM = """\
snn 1
from std.neurons import LIF
from std.sources import Poisson
population a[40] = Poisson(rate = 100 Hz)
population n[3] = LIF()
projection p: a -> n.I:
    connect = dense
    weight = uniform(0 pC, 2 pC)
    delay = uniform(1 ms, 3 ms)
run:
    duration = 20 ms
"""
SETUP = """
import sys
import torch
import inferno
from inferno.runtime import kernels
from inferno.errors import UsageError
from inferno.runtime.kernels import building
loaded = lambda: any("inferno-kernels" in path for path in torch.ops.loaded_libraries)
"""
SUMS_LATER = SETUP + """
kernels.use_native()
key, step, sample = torch.tensor(5), torch.tensor(0), torch.arange(2)
kernels.draw("normal", key, sample, step, 9)
kernels.interval_spikes(torch.ones(2, 9), -torch.ones(1, 2, 9), key, sample, step, 4)
assert not loaded()
spikes, weight = torch.ones(1, 9, dtype=torch.bool), torch.ones(9, 1, requires_grad=True)
found = kernels.spike_sum(spikes, weight)
assert loaded() and found.item() == 9
found.sum().backward()
assert weight.grad.tolist() == [[1.0]] * 9
"""
NO_SUMS = SETUP + """
import pathlib
bad = pathlib.Path(sys.argv[1]) / "bad.cpp"
bad.write_text("this is not C++")
building._source = lambda: bad
net = inferno.load_network(sys.argv[2], device="cpu")
try:
    net(batch=2)
except UsageError as problem:
    assert "failed with status 1" in str(problem), problem
else:
    raise AssertionError("no error")
"""

NO_PAIRS = SETUP + """
from inferno.compiler import loading
from inferno.runtime.kernels import pairs
loading.WORTH_KERNELS = 0
def broken():
    raise kernels.NativeUnavailable("no room on the disk")
pairs.load_pairs = broken
try:
    inferno.load_network(sys.argv[1], device="cpu")
except UsageError as problem:
    assert "no room on the disk" in str(problem), problem
else:
    raise AssertionError("no error")
lines = []
net = inferno.load_network(sys.argv[1], device="cpu", backend="eager", progress=lines.append)
assert len(net["p"].post) == 6
assert any("no room on the disk" in line for line in lines), lines
"""


FEW_PAIRS = SETUP + """
net = inferno.load_network(sys.argv[1], device="cpu")
assert len(net["p"].post) == 6
assert not kernels.are_pairs_built()
kernels.build_pairs_meanwhile()
kernels.use_native_pairs()
assert kernels.are_pairs_built()
other = inferno.load_network(sys.argv[1], device="cpu")
assert net["p"].pre.tolist() == other["p"].pre.tolist() and net["p"].post.tolist() == other["p"].post.tolist()
"""


def run(code: str, cache: Path, *arguments: str) -> None:
    environment = {**os.environ, "INFERNO_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_kernels_for_sums_are_built_when_one_is_first_called(tmp_path: Path) -> None:
    run(SUMS_LATER, tmp_path / "cache")


def test_sums_that_cannot_be_built_are_an_error_of_the_call(tmp_path: Path) -> None:
    (tmp_path / "net.snn").write_text(PROGRAM)
    run(NO_SUMS, tmp_path / "cache", str(tmp_path), str(tmp_path / "net.snn"))


def test_kernels_for_lists_that_cannot_be_built_leave_plain_torch(tmp_path: Path) -> None:
    (tmp_path / "net.snn").write_text(PROGRAM.replace("dense", "fixed_in(2)"))
    run(NO_PAIRS, tmp_path / "cache", str(tmp_path / "net.snn"))


def test_few_pairs_wait_for_no_build_and_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "net.snn").write_text(PROGRAM.replace("dense", "fixed_in(2)"))
    run(FEW_PAIRS, tmp_path / "cache", str(tmp_path / "net.snn"))


def test_threads_that_ask_for_a_text_share_one_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFERNO_CACHE", str(tmp_path / "cache"))
    text = 'extern "C" int seven() { return 7; }\n'
    build_meanwhile(text)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(load_generated(text))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1
    assert load_generated(text).seven() == 7
    assert len(list((tmp_path / "cache" / "kernels").iterdir())) == 1


def test_a_build_that_fails_beforehand_is_told_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFERNO_CACHE", str(tmp_path / "cache"))
    build_meanwhile("this is not C++\n")
    for _ in range(2):
        with pytest.raises(NativeUnavailable, match="failed with status 1"):
            load_generated("this is not C++\n")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_draws_of_any_type_are_those_of_double_precision_rounded(dtype: torch.dtype, kernels: str) -> None:
    from inferno.runtime.kernels import draw

    place = torch.tensor(11), torch.arange(3), torch.tensor(2)
    exact = draw("exponential", *place, 40, dtype=torch.float64)
    assert torch.equal(draw("exponential", *place, 40, dtype=dtype), exact.to(dtype))
