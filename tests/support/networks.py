"""Programs that several tests run."""

from __future__ import annotations

from pathlib import Path

import inferno
from inferno.runtime.network import Network

COMPETITION = """snn 1
from std.neurons import LIF, ALIF
from std.sources import Poisson
from std.synapses import Delta
from std.plasticity import STDP
from std.readout import MaxRate

param side : int = 3
param gain : Hz = 300 Hz

input image : real[4, 4] in [0, 1]
population enc[4, 4] = Poisson(rate = gain * image)
population exc[side, side] = ALIF(v_rest = -65 mV, v_reset = -60 mV, v_th = -52 mV, t_ref = 5 ms, tau_m = 100 ms, R = 1 MOhm)
population inh[side, side] = LIF(v_rest = -60 mV, v_reset = -45 mV, v_th = -40 mV, t_ref = 2 ms, tau_m = 75 ms, R = 1 MOhm)
projection ff: enc -> exc:
    connect = dense
    synapse = Delta(q = 100 pC)
    weight = uniform(0, 3)
    plasticity = STDP(lr_post = 1e-2, lr_pre = -1e-3)
    lower = clamp(0)
    upper = multiplicative(3)
    normalize = l1(20, over = pre, each = sample)
projection trigger: exc -> inh:
    connect = one_to_one
    synapse = Delta(q = 75 pC)
    weight = 22.5
projection lateral: inh -> exc:
    connect = dense - diagonal
    synapse = Delta(q = 100 pC)
    weight = -20
    delay = 1 dt
output rates = mean(exc.spikes, over = time)
output label = MaxRate(exc, classes = 3, update_each = 2)
record exc.spikes, exc.v
record ff.weight every 25
run:
    dt = 1 ms
    steps = 40
    batch = 4
    seed = 5
    reset = [v, refractory, synapses]
train:
    method = local
"""


def load(folder: Path, text: str = COMPETITION, **options: object) -> Network:
    """The network of a text; eager unless said otherwise."""
    path = folder / "network.snn"
    path.write_text(text)
    return inferno.load_network(path, **{"backend": "eager", **options})  # type: ignore[arg-type]
