"""A neuron of every class, and currents for it."""

from collections.abc import Callable

import torch
from torch import Tensor

from inferno import neural

LINEAR = {"rest_v": -65.0, "reset_v": -60.0, "thresh_v": -52.0, "refrac_t": 3.0, "time_constant": 20.0, "resistance": 1.5}
ADAPTIVE = {
    "rest_v": -65.0, "reset_v": -60.0, "thresh_eq_v": -52.0, "refrac_t": 5.0, "tc_membrane": 100.0, "tc_adaptation": 50.0,
    "spike_increment": 0.5,
}  # fmt: skip
QUADRATIC = {"rest_v": -65.0, "crit_v": -50.0, "affinity": 0.04, "reset_v": -60.0, "thresh_v": -30.0, "refrac_t": 2.0}
EXPONENTIAL = {"rest_v": -65.0, "rheobase_v": -50.0, "sharpness": 2.0, "reset_v": -60.0, "thresh_v": -30.0, "refrac_t": 2.0}
CURRENT = {"tc_membrane": 10.0, "tc_adaptation": (50.0, 100.0), "voltage_coupling": (0.1, 0.02), "spike_increment": 2.0}

MAKERS: dict[str, Callable[..., neural.Neuron]] = {
    "LIF": lambda **k: neural.LIF((2, 3), 1.0, **LINEAR, **k),
    "GLIF1": lambda **k: neural.GLIF1((2, 3), 1.0, **LINEAR, **k),
    "ALIF": lambda **k: neural.ALIF((2, 3), 1.0, **{**ADAPTIVE, "tc_adaptation": (50.0, 20.0)}, **k),
    "GLIF2": lambda **k: neural.GLIF2(
        (2, 3), 1.0, rest_v=-65.0, reset_v_add=2.0, reset_v_mul=0.3, thresh_eq_v=-52.0, refrac_t=3.0, tc_membrane=20.0,
        rc_adaptation=(0.02, 0.1), spike_increment=(0.5, 1.0), **k,
    ),
    "QIF": lambda **k: neural.QIF((2, 3), 1.0, **QUADRATIC, time_constant=10.0, **k),
    "EIF": lambda **k: neural.EIF((2, 3), 1.0, **EXPONENTIAL, time_constant=10.0, **k),
    "Izhikevich": lambda **k: neural.Izhikevich((2, 3), 1.0, **QUADRATIC, **CURRENT, **k),
    "AdEx": lambda **k: neural.AdEx((2, 3), 1.0, **EXPONENTIAL, **CURRENT, **k),
}  # fmt: skip


def course(neuron: neural.Neuron, inputs: list[Tensor], **keywords: object) -> list[Tensor]:
    found = []
    for x in inputs:
        spikes = neuron(x, **keywords)
        state = [neuron.voltage.clone(), neuron.refrac.clone(), spikes.clone()]
        state += [b.clone() for n, b in neuron.named_buffers() if n.endswith("adaptation_")]
        found.append(torch.cat([s.to(torch.float64).flatten() for s in state]))
    return found


def currents(seed: int, steps: int, dtype: torch.dtype, size: float = 40.0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(3, 2, 3, generator=generator, dtype=torch.float64).to(dtype).mul(size).add(size / 2) for _ in range(steps)]
