"""Sources that count down within the loop that reads them make the bits of those that run before it."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

from inferno.errors import RunError
from inferno.runtime.network import Network

PROGRAM = """snn 1
from std.neurons import LIF
from std.plasticity import STDP
from std.sources import Poisson
from std.synapses import Exponential

{light}
population enc[4, 5] = Poisson(rate = {rate})
population cells[7] = LIF(tau_m = 10 ms)
population more[6] = LIF(tau_m = 10 ms)
projection ff: enc -> cells:
    connect    = dense
    synapse    = Exponential(q = 3 pC, tau = 5 ms)
    weight     = uniform(10, 40)
    plasticity = STDP(lr_pre = -0.2, lr_post = 0.9)
projection part: enc[1:3, :4] -> cells:
    connect = random(0.5)
    weight  = 40 pC
{extra}
record cells.spikes, cells.v
run:
    steps = 40
    batch = 3
"""


HELD = "input light : real[4, 5] in [0, 1]"


def loaded(folder: Path, *, light: str = "", extra: str = "", dtype: str = "float32", backend: str = "native") -> Network:
    rate = "500 Hz * light" if light else "200 Hz"
    return networks.load(folder, PROGRAM.format(rate=rate, light=light, extra=extra), backend=backend, dtype=dtype)


def draws(net: Network) -> set[str]:
    loops = [region.loop for region in net.plan.regions(net.training)]
    return {name for loop in loops if loop is not None for name in loop.draws}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("light", ["", HELD])
def test_recording_a_source_changes_nothing(tmp_path: Path, light: str, dtype: str) -> None:
    inside = loaded(tmp_path, light=light, dtype=dtype)
    outside = loaded(tmp_path, light=light, extra="record enc.spikes", dtype=dtype)
    assert (draws(inside), draws(outside)) == ({"enc"}, set())
    values = torch.rand(40, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    for training in (True, False, True):
        for given in ({"light": values}, {"light": values[0]}) if light else ({}, {}):
            one, other = (net.train(training)(**given) for net in (inside, outside))
            assert one["cells.spikes"].values.any()
            assert torch.equal(one["cells.v"].values, other["cells.v"].values)
            assert torch.equal(inside["ff"].weight, outside["ff"].weight)
            assert torch.equal(inside["enc"].wait, outside["enc"].wait)
            assert torch.equal(one.spike_counts["enc"], other["enc.spikes"].values.sum(0))


def test_a_call_in_parts_and_samples_apart_draw_the_same(tmp_path: Path) -> None:
    whole = loaded(tmp_path)(batch=3)["cells.spikes"].values
    parts = loaded(tmp_path)
    assert torch.equal(torch.cat([parts(batch=n)["cells.spikes"].values for n in (1, 2)], 1), whole)


@pytest.mark.parametrize(
    "extra",
    [
        "projection again: enc -> more:\n    connect = dense\n    weight = 1 pC",
        "projection late: enc -> cells:\n    connect = dense\n    weight = 1 pC\n    delay = 3 ms",
        "projection lates: enc -> cells:\n    connect = dense\n    weight = 1 pC\n    delay = uniform(1 ms, 4 ms)",
        "expect mean_rate(enc) in [0 Hz, 500 Hz]",
    ],
)
def test_spikes_that_others_want_are_made_before(tmp_path: Path, extra: str) -> None:
    net = loaded(tmp_path, extra=extra)
    assert not draws(net)
    twin = loaded(tmp_path, extra=extra, backend="eager")
    for training in (True, False):
        assert torch.equal(net.train(training)()["cells.spikes"].values, twin.train(training)()["cells.spikes"].values)


def test_eager_steps_make_the_same_spikes(tmp_path: Path) -> None:
    native, eager = loaded(tmp_path), loaded(tmp_path, backend="eager")
    for training in (True, False):
        one, other = (net.train(training)() for net in (native, eager))
        assert torch.equal(one["cells.spikes"].values, other["cells.spikes"].values)
        assert torch.equal(one.spike_counts["enc"], other.spike_counts["enc"])


def test_what_stops_being_finite_is_found_without_the_spikes(tmp_path: Path) -> None:
    source = """snn 1
    from std.sources import Poisson
    neuron Growing:
        input I : 1/ms
        state x = 0
        x' = I + 1e30*x*x*I
    population enc[3] = Poisson(rate = 300 Hz)
    population p[2] = Growing()
    projection f: enc -> p:
        connect = dense
        weight = 1e9
    run:
        steps = 60
        batch = 2
    """
    lines = [line[4:] if line.startswith("    ") else line for line in source.splitlines()]
    messages = []
    for backend in ("native", "eager"):
        net = networks.load(tmp_path, "\n".join(lines), backend=backend)
        with pytest.raises(RunError, match=r"`p\.x` became") as raised:
            net()
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
