"""Calls that are made in several stretches of time, and what is recorded of them."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

from inferno.errors import RunError
from inferno.runtime import session

RECORDINGS = """snn 1
from std.neurons import LIF
from std.sources import Poisson
population noise[20] = Poisson(rate = 200 Hz)
population cells[3, 4] = LIF(v_th = -64.9 mV, I = 0.05 nA)
projection fast: noise -> cells:
    connect = dense
    weight = uniform(0, 2 pC)
    delay = 3 dt
projection again: noise -> cells:
    connect = dense
    weight = 0.01 pC
    delay = 7 dt
output level = mean(cells.v, over = time)
output often = sum(cells.spikes, over = time)
record cells.spikes, cells.v
record cells.v every 7
record cells[1:, :2].v every 0.3 ms
record cells[2].spikes
record noise.spikes every 5
record fast.weight every 130
run:
    dt = 0.1 ms
    steps = 1234
    batch = 3
    seed = 4
"""


def same(one: object, other: object) -> bool:
    assert isinstance(one, torch.Tensor)
    assert isinstance(other, torch.Tensor)
    return one.dtype == other.dtype and torch.equal(one, other)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("text", [RECORDINGS, networks.COMPETITION.replace("steps = 40", "steps = 340")])
def test_a_call_divided_into_stretches_gives_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, training: bool
) -> None:
    given = {"image": torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(1))} if "image" in text else {}
    found = []
    for limit in (1 << 40, 1):
        monkeypatch.setattr(session, "STRETCH_BYTES", limit)
        net = networks.load(tmp_path, text).train(training)
        found.append(([net(**given) for _ in range(2)], net.snapshot()))
    (once, left), (divided, right) = found
    assert all(same(left[key], right[key]) for key in left)
    for one, other in zip(once, divided, strict=True):
        assert all(same(one.outputs[key], other.outputs[key]) for key in one.outputs)
        assert all(same(one.spike_counts[key], other.spike_counts[key]) for key in one.spike_counts)
        for key in one.recordings:
            assert same(one[key].values, other[key].values), key
            assert same(one[key].times, other[key].times)


def test_each_recording_of_a_variable_is_kept_under_a_name_of_its_own(tmp_path: Path) -> None:
    out = networks.load(tmp_path, RECORDINGS)()
    assert sorted(out.recordings) == [
        "cells.spikes", "cells.v", "cells.v every 0.7 ms", "cells[1:, :2].v", "cells[2].spikes", "fast.weight", "noise.spikes",
    ]  # fmt: skip
    v = out["cells.v"].values
    assert v.shape == (1234, 3, 3, 4)
    assert same(out["cells.v every 0.7 ms"].values, v[6::7])
    assert same(out["cells[1:, :2].v"].values, v[2::3][:, :, 1:, :2].contiguous())
    assert torch.allclose(out["cells[1:, :2].v"].times, torch.arange(1, 412, dtype=torch.float64) * 0.3)
    assert out["noise.spikes"].values.shape == (246, 3, 20)
    assert out["fast.weight"].values.shape == (9, 20, 12)
    assert torch.equal(out.often, out["cells.spikes"].values.sum(0).to(out.often.dtype))


def test_a_part_that_is_recorded_alone_is_found_by_the_name_of_the_whole(tmp_path: Path) -> None:
    text = RECORDINGS.replace("record cells.spikes, cells.v\nrecord cells.v every 7\n", "")
    out = networks.load(tmp_path, text)(duration="10 ms")
    assert out["cells.v"] is out["cells[1:, :2].v"]
    with pytest.raises(KeyError, match=r"`cells.w` is not recorded; recorded are `cells\[1:, :2\].v`"):
        out["cells.w"]


def test_a_value_that_stops_being_finite_is_found_in_a_later_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "STRETCH_BYTES", 1)
    text = """snn 1
neuron Growing:
    state x = 1
    x' = x / (1 ms) * x * x
population one[2] = Growing()
record one.x
run:
    dt = 0.001 ms
    steps = 1000
"""
    with pytest.raises(RunError, match=r"`one.x` became (inf|nan) in step 50\d"):
        networks.load(tmp_path, text, dtype="float64")()
