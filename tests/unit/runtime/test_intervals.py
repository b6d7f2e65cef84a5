"""Sources that count down to their next spike: all steps at once equals step by step, natively and by the twin."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

from inferno.runtime.kernels import interval_spikes, use_native, use_reference
from inferno.runtime.philox import stream_key

SOURCE = """snn 1
neuron Counter:
    param rate : Hz = 200 Hz
    input drive : Hz
    state wait = exponential(1)
    wait' = -rate{more}
    spike when wait <= 0:
        wait += exponential(1)
population p[40] = Counter()
record p.spikes
run:
    steps = 60
    batch = 3
"""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("varying", [False, True])
def test_the_native_kernel_equals_its_twin(dtype: torch.dtype, varying: bool) -> None:
    use_native()
    generator = torch.Generator().manual_seed(3)
    wait = torch.rand(4, 130, generator=generator, dtype=dtype)
    drift = -torch.rand(50 if varying else 1, 4, 130, generator=generator, dtype=dtype)
    key, step = torch.tensor(stream_key(1, "a.wait.1")), torch.tensor(7)
    sample = torch.arange(4)
    native = interval_spikes(wait, drift, key, sample, step, 50)
    with use_reference():
        twin = interval_spikes(wait, drift, key, sample, step, 50)
    assert torch.equal(native[0], twin[0])
    assert torch.allclose(native[1], twin[1], rtol=1e-6)
    assert native[0].any()
    for spikes, _, counts in (native, twin):
        assert torch.equal(counts, spikes.sum(0, keepdim=True))


def test_elements_that_do_not_drift_keep_still() -> None:
    use_native()
    generator, dtype = torch.Generator().manual_seed(4), torch.float64
    wait = torch.rand(3, 200, generator=generator, dtype=dtype) - 0.1
    drift = -torch.rand(1, 3, 200, generator=generator, dtype=dtype) * (torch.rand(1, 3, 200, generator=generator) < 0.2)
    wait[0, 0], drift[0, 1, 0], drift[0, 2] = float("nan"), float("nan"), 0
    arguments = (wait, drift, torch.tensor(stream_key(1, "a.wait.1")), torch.arange(3), torch.tensor(7), 30)
    spikes, left, counts = interval_spikes(*arguments)
    with use_reference():
        twin = interval_spikes(*arguments)
    assert torch.equal(spikes, twin[0])
    assert torch.equal(counts, spikes.sum(0, keepdim=True))
    torch.testing.assert_close(left, twin[1], rtol=1e-12, atol=1e-12, equal_nan=True)
    resting = (drift[0] == 0) & (wait > 0)
    assert torch.equal(left[resting], wait[resting])
    assert not spikes[:, resting].any()
    assert spikes[:, (drift[0] == 0) & (wait <= 0)].any()


def test_all_steps_at_once_equal_steps_one_by_one(tmp_path: Path) -> None:
    at_once = networks.load(tmp_path, SOURCE.format(more=""))
    stepped = networks.load(tmp_path, SOURCE.format(more=" + 0*drive"))
    assert "interval_spikes(" in at_once.source.split("PLAN")[0].split("def ", 1)[1]
    assert "interval_spikes(" not in stepped.source.split("def ", 1)[1]
    for _ in range(2):
        a, b = at_once()["p.spikes"].values, stepped()["p.spikes"].values
        assert a.any()
        assert torch.equal(a, b)


def test_a_call_that_is_cut_in_two_draws_the_same_numbers_for_other_samples_only(tmp_path: Path) -> None:
    net = networks.load(tmp_path, SOURCE.format(more=""))
    whole = net(duration="60 ms")["p.spikes"].values
    net.reset()
    assert torch.equal(whole[:20], net(duration="20 ms")["p.spikes"].values)
