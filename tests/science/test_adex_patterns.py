"""Firing patterns of the adaptive exponential neuron: Naud, Marcille, Clopath & Gerstner (2008), for the standard library's AdEx."""

import shutil

import pytest
from written import Write

# C, gL, EL, VT, DT, a, tau_w, b, v_r, I, as the paper has them: tau_m = C/gL, R = 1/gL.
PATTERNS = {
    "tonic": ((200, 10, -70, -50, 2, 2, 30, 0, -58, 500), 51, [14.223, 23.152, 32.242, 41.458]),
    "adapting": ((200, 12, -70, -50, 2, 2, 300, 60, -58, 500), 10, [14.904, 26.172, 40.548, 60.158]),
    "initial_burst": ((130, 18, -58, -50, 2, 4, 150, 120, -50, 400), 10, [5.464, 8.883, 16.202, 70.949]),
    "bursting": ((200, 10, -58, -50, 2, 2, 120, 100, -46, 210), 9, [16.158, 19.076, 24.198, 155.956]),
}


def population(name: str) -> str:
    c, g, rest, rheobase, delta, a, tau_w, b, reset, current = PATTERNS[name][0]
    return f"""
population {name}[1] = AdEx(v_rest = {rest} mV, v_rh = {rheobase} mV, v_reset = {reset} mV, v_th = 0 mV, Delta = {delta} mV,
    a = {a} nS, b = {b} pA, tau_w = {tau_w} ms, tau_m = {c}/{g} * 1 ms, R = 1000/{g} * 1 MOhm, t_ref = 0 ms, I = {current} pA)
record {name}.spikes
"""


@pytest.mark.skipif(shutil.which("g++") is None, reason="50,000 steps are for compiled code, which needs g++")
def test_adex_fires_in_the_published_patterns(network: Write) -> None:
    populations = "".join(map(population, PATTERNS))
    found = network(f"from std.neurons import AdEx\n{populations}\nrun:\n    dt = 0.01 ms\n    duration = 500 ms\n", "native")()
    for name, (_, count, first) in PATTERNS.items():
        recording = found[f"{name}.spikes"]
        times = recording.times[recording.values.flatten().bool()].tolist()
        assert len(times) == count, name
        assert times[:4] == pytest.approx(first, abs=0.3), name
