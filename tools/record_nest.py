"""Runs random recurrent networks in NEST and keeps them, with their spikes, as data for tests/science.

    python -m venv nest && nest/bin/pip install nest-simulator==3.10
    nest/bin/python tools/record_nest.py

Needs NEST and numpy alone. A network is 50 `iaf_psc_exp` neurons, delays of 1 to 20 steps, and 20 `spike_generator`s; it is a function of
its seed. Each file holds the neurons' parameters, the synapses (`pre`, `post`, `weight` in pA, `delay` in steps; those of the generators
are called `input_…`), the given spikes and the spikes found, both as the number of the step at the end of which NEST dates them.
"""

import argparse
from pathlib import Path
from typing import Any

import nest
import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "science" / "nest"
SEEDS = range(5)
CELLS, GENERATORS = 50, 20
LONGEST_DELAY = 20
"""In steps."""


def drawn(seed: int) -> dict[str, np.ndarray]:
    """The network of a seed: with an odd seed a step is 1 ms, with an even one 0.1 ms."""
    random = np.random.default_rng(seed)
    dt = 1.0 if seed % 2 else 0.1
    steps = 600 if seed % 2 else 3000
    parameters = {
        "C_m": 250.0,
        "E_L": -70.0,
        "V_th": -55.0,
        "V_reset": -68.5,
        "tau_m": 10.0 + seed,
        "tau_syn_ex": 2.0,
        # That of the membrane, once: NEST and exp(A dt) have to do without dividing by the difference.
        "tau_syn_in": 13.0 if seed == 3 else 4.0,
        "t_ref": 2.0 if seed else 0.7,
        "I_e": 310.0,
    }
    found: dict[str, Any] = {"dt": dt, "steps": steps, **parameters}
    inhibitory = random.random(CELLS) < 0.25
    found |= synapses(random, "", CELLS, 0.2, np.where(inhibitory, -1.0, 1.0))
    found |= synapses(random, "input_", GENERATORS, 0.3, np.where(random.random(GENERATORS) < 0.25, -1.0, 1.0))
    given = random.random((steps - LONGEST_DELAY, GENERATORS)) < 0.04 * dt
    step, index = np.nonzero(given)
    return {**{name: np.asarray(value) for name, value in found.items()}, "input_step": step + 1, "input_index": index}


def synapses(random: np.random.Generator, prefix: str, sources: int, density: float, signs: np.ndarray) -> dict[str, np.ndarray]:
    """Synapses from `sources` to all cells; a source excites (60 to 240 pA) or inhibits (twice as much)."""
    pre, post = np.nonzero(random.random((sources, CELLS)) < density)
    strength = random.uniform(60, 240, len(pre)) * np.where(signs[pre] < 0, 2, 1)
    delay = random.integers(1, LONGEST_DELAY + 1, len(pre))
    return {f"{prefix}pre": pre, f"{prefix}post": post, f"{prefix}weight": strength * signs[pre], f"{prefix}delay": delay}


def simulated(network: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The spikes of all cells, in NEST's time."""
    dt = float(network["dt"])
    nest.ResetKernel()
    nest.set_verbosity("M_ERROR")
    nest.resolution = dt
    names = ("C_m", "E_L", "V_th", "V_reset", "tau_m", "tau_syn_ex", "tau_syn_in", "t_ref", "I_e")
    cells = nest.Create("iaf_psc_exp", CELLS, params={name: float(network[name]) for name in names})
    cells.V_m = float(network["E_L"])
    generators = nest.Create("spike_generator", GENERATORS)
    for index, generator in enumerate(generators):
        times = network["input_step"][network["input_index"] == index] * dt
        generator.spike_times = [round(float(time), 1) for time in times]
    connect(cells, cells, network, "", dt)
    connect(generators, cells, network, "input_", dt)
    recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(cells, recorder)
    nest.Simulate(float(network["steps"]) * dt)
    events = recorder.events
    order = np.lexsort((events["senders"], events["times"]))
    return {"spike_step": events["times"][order], "spike_index": events["senders"][order] - cells[0].global_id}


def connect(sources: Any, targets: Any, network: dict[str, np.ndarray], prefix: str, dt: float) -> None:
    first, other = sources[0].global_id, targets[0].global_id
    nest.Connect(
        network[f"{prefix}pre"] + first,
        network[f"{prefix}post"] + other,
        {"rule": "one_to_one"},
        {"weight": network[f"{prefix}weight"], "delay": np.round(network[f"{prefix}delay"] * dt, 1)},
    )


def smallest(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int16) if values.dtype.kind == "i" else values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        network = drawn(seed)
        network |= simulated(network)
        path = folder / f"seed_{seed}.npz"
        np.savez_compressed(path, **{name: smallest(value) for name, value in network.items()})
        spikes, seconds = len(network["spike_step"]), float(network["steps"] * network["dt"]) / 1e3
        print(f"{path}: {spikes} spikes, {spikes / CELLS / seconds:.1f} Hz, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
