"""What the making of a list takes at its peak: little more than the list."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read as Linux tells it")

PROGRAM = """\
snn 1
from std.neurons import LIF
from std.synapses import Delta
param cells : int = 1000, inputs : int = 100
input sent : spikes[cells]
population a[cells] = LIF()
projection p: sent -> a:
    connect = {connect}
    synapse = Delta(q = 1 pC)
    weight  = uniform(0, 0.001)
    delay   = {delay}
run:
    steps = 2
"""
# Two networks in one process: the first pays for all that does not grow with synapses.
MEASURED = """
import sys, torch, inferno
def peak():
    return next(1024 * int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
def made(cells):
    net = inferno.load_network(sys.argv[1], cells=cells, inputs=int(sys.argv[2]), backend=sys.argv[3], device="cpu")
    net(sent=torch.zeros(2, 1, cells, dtype=torch.bool))
    return len(net["p"].get("targets")), peak()
(few, before), (many, after) = made(1000), made(int(sys.argv[4]))
print((after - before) / (many - few))
"""


def bytes_each(connect: str, delay: str, cells: int, folder: Path, backend: str, **environment: str) -> float:
    """How much the peak of a process grows with each synapse of a list that it makes and runs."""
    path = folder / "net.snn"
    path.write_text(PROGRAM.format(connect=connect, delay=delay))
    command = [sys.executable, "-W", "ignore", "-c", MEASURED, str(path), "400", backend, str(cells)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.parametrize(
    "connect", ["fixed_in(inputs)", "fixed_out(inputs)", "fixed_total(inputs*cells)", "random(inputs/cells)", "fixed_in(inputs) - diagonal"]
)
def test_making_and_running_a_list_takes_twelve_bytes_a_synapse(connect: str, tmp_path: Path) -> None:
    # 4 for its target, 4 for its weight, 2 for its delay.
    assert bytes_each(connect, "uniform(1 ms, 5 ms)", 12_000, tmp_path, "auto") <= 12


def test_so_it_does_without_a_compiler(tmp_path: Path) -> None:
    # Fewer synapses, since it is slow; without delays, for what else the process needs in between counts for more.
    assert bytes_each("fixed_in(inputs)", "1 ms", 6000, tmp_path, "eager", PATH=str(tmp_path), OMP_NUM_THREADS="1") <= 12
