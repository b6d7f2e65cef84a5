"""An input that is held for a call is summed once for all of its steps, with the bits of one that is given for each step."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

from inferno.runtime.network import Network

HEAD = """snn 1
from std.neurons import LIF
from std.synapses import Delta
input image : real[6, 6] in [0, 1]
"""
TAIL = """
record cells.spikes, cells.v
run:
    steps = 30
    batch = 3
"""
CELLS = "LIF(v_rest = -60 mV, v_reset = -65 mV, v_th = -50 mV, t_ref = 3 ms, tau_m = 20 ms, R = 1 MOhm)"
PROJECTION = f"""population cells[10] = {CELLS}
projection p: image -> cells:
    synapse = Delta(q = 1 pC)
"""
PROGRAMS = {
    "matrix": PROJECTION + "    connect = dense\n    weight = uniform(0, 4)\n",
    "one weight": PROJECTION + "    connect = dense\n    weight = 2\n",
    "list": PROJECTION + "    connect = random(0.5)\n    weight = uniform(0, 8)\n",
    "late": PROJECTION + "    connect = dense\n    weight = uniform(0, 4)\n    delay = 3 ms\n",
    "late list": PROJECTION + "    connect = random(0.5)\n    weight = uniform(0, 8)\n    delay = uniform(1 ms, 5 ms)\n",
    "layers": f"population cells = {CELLS}\nimage -[conv(2, kernel = 3) | batchnorm | dense(10)]-> cells\n",
    "part": PROJECTION.replace("image -> cells", "image -> cells[2:8]") + "    connect = dense\n    weight = uniform(0, 6)\n",
}


def run(net: Network, image: torch.Tensor) -> dict[str, torch.Tensor]:
    net.reset(all=True)
    result = net(image=image)
    return {name: recording.values for name, recording in result.recordings.items()}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("backend", ["eager", "native"])
@pytest.mark.parametrize("program", list(PROGRAMS))
def test_a_held_input_has_the_effect_of_the_same_values_in_each_step(tmp_path: Path, program: str, backend: str, training: bool) -> None:
    net = networks.load(tmp_path, HEAD + PROGRAMS[program] + TAIL, backend=backend)
    net.train(training)
    image = torch.rand(3, 6, 6, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        held, given = run(net, image), run(net, image.expand(30, -1, -1, -1).contiguous())
    assert all(torch.equal(held[name], given[name]) for name in given)
    assert not torch.equal(held["cells.v"][0], held["cells.v"][-1])


def test_what_a_held_input_brings_is_made_once(tmp_path: Path) -> None:
    net = networks.load(tmp_path, HEAD + PROGRAMS["matrix"] + TAIL)
    (region,) = net.plan.regions(False)
    assert region.between is not None
    weights = {"p.weight": net["p"].weight}
    held = region.between({"image": torch.rand(1, 3, 36).expand(30, -1, -1)}, weights)["p.impulse"]
    assert held.shape == (30, 3, 10)
    assert held.stride(0) == 0



def test_a_compiled_network_needs_no_other_graph_for_values_of_each_step(tmp_path: Path) -> None:
    net = networks.load(tmp_path, HEAD + PROGRAMS["matrix"] + TAIL, backend="inductor")
    image = torch.rand(3, 6, 6, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        held = run(net, image)
        with torch.compiler.set_stance("fail_on_recompile"):
            given = run(net, image.expand(30, -1, -1, -1).contiguous())
    assert all(torch.equal(held[name], given[name]) for name in given)
