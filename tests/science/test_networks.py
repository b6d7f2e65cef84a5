"""Rates and irregularity of networks of thousands of neurons, beside those of NEST 3.10: the examples, as a user runs them.

Hz and CV of intervals, over seeds 1 to 3 here and 1 to 6 (CUBA: 3) in NEST, by the estimator below. NEST's rules join a pair of neurons
several times unless `allow_multapses` is off; those here join each at most once:

| | seconds | here | NEST | NEST, each pair once |
|---|---|---|---|---|
| COBA | 1 | 14.4, 13.8, 13.6; 1.41, 1.39, 1.39 | 14.0 to 14.5; 1.38 to 1.44 | 13.2 to 14.1; 1.36 to 1.41 |
| CUBA | 2 | 4.04, 3.92, 3.92; 0.73, 0.74, 0.72 | 3.91 to 3.98; 0.73 to 0.75 | 3.83 to 3.88; 0.71 to 0.73 |
| Brunel | 1 | 51.4, 49.9, 49.0; 1.19, 1.20, 1.19 | 49.6 to 52.0; 1.26 to 1.34 | 45.1 to 52.2; 1.20 to 1.23 |

So the published numbers, held to 8 %, hold with room for what a seed changes; half of the difference for COBA and Brunel is that of pairs
joined once. At 4 Hz a second has few intervals, and their CV is too small: 0.56 in the CUBA network's first second, 0.80 in three, 0.90 in
ten, here as in NEST. The published 0.74 is that of two seconds.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

import inferno

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NETWORKS = {"coba": (1, 14.5, 14.9, 1.44), "cuba": (2, 4.0, 4.0, 0.74), "brunel": (1, 46, 48, 1.26)}
"""Seconds; published rates in Hz, from and to, and the CV of intervals of the excitatory neurons, without the first tenth of the time."""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="10,000 steps are for compiled code, which needs g++")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_fires_as_in_nest(name: str, seed: int) -> None:
    seconds, low, high, variability = NETWORKS[name]
    net = inferno.load_network(EXAMPLES / f"{name}.snn", device="cpu", seed=seed)
    recording = net(duration=f"{seconds} s")["E.spikes"]
    first = len(recording.times) // 10
    times, spikes = recording.times[first:].numpy(), recording.values[first:, 0].numpy().astype(bool)
    intervals = [np.diff(times[train]) for train in spikes.T]
    rate = spikes.sum() / spikes.shape[1] / (len(times) * 1e-4)
    assert 0.92 * low <= rate <= 1.08 * high
    assert np.mean([one.std() / one.mean() for one in intervals if len(one) > 1]) == pytest.approx(variability, rel=0.08)
