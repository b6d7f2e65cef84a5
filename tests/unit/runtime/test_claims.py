"""Claims: statistics against their definitions, and what is said of them."""

from __future__ import annotations

import math
from pathlib import Path

import networks
import numpy as np
import pytest
import torch

from inferno.runtime import session

PROGRAM = """snn 1
from std.neurons import LIF
from std.sources import Poisson
population noise[3, 5] = Poisson(rate = 60 Hz, t_ref = 2 ms)
population cells[6] = LIF(I = 0.4 nA)
population silent[4] = LIF()
projection drive: noise -> cells:
    connect = dense
    weight = uniform(0 pC, 2 pC)
record noise.spikes, cells.v, cells.spikes
{claims}
run:
    dt = 0.5 ms
    steps = 1210
    batch = 2
    seed = 3
"""

CLAIMS = {
    "mean_rate(noise)": lambda n, v: n.mean() / 0.5e-3,
    "mean_rate(noise[1:, 2], from = 100 ms)": lambda n, v: n[200:, :, 1:, 2].mean() / 0.5e-3,
    "max(rate(noise))": lambda n, v: n.mean(0).max() / 0.5e-3,
    "std(rate(noise, from = 50 ms))": lambda n, v: n[100:].mean(0).std() / 0.5e-3,
    "sum(rate(noise))": lambda n, v: n.mean(0).sum() / 0.5e-3,
    "mean(cv_isi(noise))": lambda n, v: np.nanmean(variations(n)),
    "min(cv_isi(noise, from = 60 ms))": lambda n, v: np.nanmin(variations(n[120:])),
    "mean(fano(noise, window = 25 ms))": lambda n, v: np.mean([c.var() / c.mean() for c in counts(n, 50)]),
    "mean(fano(noise))": lambda n, v: np.mean([c.var() / c.mean() for c in counts(n, 200)]),
    "correlation(noise[0])": lambda n, v: pairs(n[:, :, 0], 20),
    "correlation(noise, window = 30 ms, from = 5 ms)": lambda n, v: pairs(n[10:], 60),
    "mean(cells.v)": lambda n, v: v.mean(),
    "std(cells.v, from = 33 ms)": lambda n, v: v[66:].std(),
    "min(cells[2:4].v)": lambda n, v: v[:, :, 2:4].min(),
    "max(cells.v)": lambda n, v: v.max(),
    "sum(cells.v, from = 600 ms)": lambda n, v: v[1200:].sum(),
    "mean(noise.spikes)": lambda n, v: n.mean(),
    "mean_rate(noise) / max(rate(noise)) + 2 * correlation(noise)": lambda n, v: n.mean() / n.mean(0).max() + 2 * pairs(n, 20),
}


def trains(spikes: np.ndarray) -> np.ndarray:
    return spikes.reshape(len(spikes), -1).T


def variations(spikes: np.ndarray) -> list[float]:
    intervals = [np.diff(np.flatnonzero(train)) for train in trains(spikes)]
    return [i.std() / i.mean() if len(i) >= 2 else math.nan for i in intervals]


def counts(spikes: np.ndarray, window: int) -> np.ndarray:
    whole = len(spikes) // window
    return trains(spikes)[:, : whole * window].reshape(-1, whole, window).sum(2)


def pairs(spikes: np.ndarray, window: int) -> float:
    found = []
    for sample in range(spikes.shape[1]):
        table = np.corrcoef(counts(spikes[:, sample : sample + 1], window))
        found += list(table[np.triu_indices(len(table), 1)])
    return float(np.mean(found))


def ranges(value: str) -> str:
    unit = "mV" if ".v" in value else "Hz" if "rate" in value and "/" not in value else "1"
    return f"expect {value} in [0{'' if unit == '1' else ' ' + unit}, inf]"


@pytest.mark.parametrize("limit", [1, 1 << 40])
def test_statistics_are_what_their_definitions_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(session, "STRETCH_BYTES", limit)
    text = PROGRAM.format(claims="\n".join(ranges(claim) for claim in CLAIMS))
    out = networks.load(tmp_path, text, dtype="float64")()
    noise, v = out["noise.spikes"].values.double().numpy(), out["cells.v"].values.numpy()
    found = {claim.text.rpartition(" in [")[0]: claim.value for claim in out.claims}
    assert found == pytest.approx({claim: expected(noise, v) for claim, expected in CLAIMS.items()}, rel=1e-9)


def test_a_claim_without_a_value_says_why_and_does_not_hold(tmp_path: Path) -> None:
    reasons = {
        "mean(cv_isi(silent)) in [0, inf]": "no neuron has 3 spikes",
        "mean(fano(silent)) in [0, inf]": "no neuron spikes",
        "correlation(silent) in [-1, 1]": "fewer than two neurons spike",
        "mean_rate(silent, from = 700 ms) in [0 Hz, 1 Hz]": "the run ends before `from`",
        "mean(fano(noise, window = 400 ms)) in [0, 1]": "fewer than two windows",
        "mean_rate(noise)/mean_rate(silent) in [0, 1]": "a division by zero",
    }
    out = networks.load(tmp_path, PROGRAM.format(claims="\n".join(f"expect {claim}" for claim in reasons)))()
    assert {claim.text for claim in out.claims} == set(reasons)
    for claim in out.claims:
        assert not claim.holds
        assert reasons[claim.text] in str(claim)
        assert math.isnan(claim.value)


def test_limits_belong_to_the_range_and_have_the_authors_unit(tmp_path: Path) -> None:
    claims = "expect mean_rate(silent) in [0 kHz, 0.02 kHz]\nexpect max(silent.v) in [-70 mV, -0.065 V]\nexpect max(silent.v) in [0, inf]"
    out = networks.load(tmp_path, PROGRAM.format(claims=claims))()
    assert [str(claim).partition(": ")[2] for claim in out.claims] == ["-65 mV, holds", "-65 mV, does not hold", "0 kHz, holds"]


def test_claims_are_judged_in_evaluation_only(tmp_path: Path) -> None:
    net = networks.load(tmp_path, PROGRAM.format(claims="expect mean_rate(noise) in [0 Hz, inf]"))
    assert len(net().claims) == 1
    net.train()
    assert net().claims == ()


def test_a_claim_measures_what_nobody_records_and_changes_nothing(tmp_path: Path) -> None:
    bare = PROGRAM.replace("record noise.spikes, cells.v, cells.spikes\n", "")
    plain = networks.load(tmp_path, bare.format(claims=""))().spike_counts
    out = networks.load(tmp_path, bare.format(claims="expect max(cells.v) in [-65 mV, 0 mV]\nexpect mean(noise.wait) in [0, inf]"))()
    assert all(torch.equal(plain[name], out.spike_counts[name]) for name in plain)
    assert [claim.holds for claim in out.claims] == [True, True]
    assert not out.recordings
