"""What spikes must not depend on: batches, order, names, how a network is cut into parts, backend, time's origin, threads.

Splitting sums differently rounds them differently in general; so where that is done here, weights are multiples of 1/8 and sums exact.
"""

import random
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import COMPETITION
from oracle import generator

import inferno
from inferno.runtime.network import Network

STEPS, BATCH = 40, 3
SEEDS = range(3000, 3004)
few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def load(folder: Path, text: str, backend: str = "eager") -> Network:
    path = folder / "independence.snn"
    path.write_text(text)
    return inferno.load_network(path, backend=backend, device="cpu", dtype="float64")


# ---- generated programs, with random numbers, plasticity and all ----------------------------------


def spikes_of(net: Network, stimulus: dict[str, torch.Tensor], batch: int) -> dict[str, torch.Tensor]:
    """All recorded spikes of a call, and how often each neuron spikes."""
    result = net(**stimulus, batch=batch)
    recorded = {name: recording.values for name, recording in result.recordings.items() if name.endswith(".spikes")}
    return recorded | {f"{name}, counted": counts for name, counts in result.spike_counts.items()}


def stimulus_of(case: generator.Case) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(value) for name, value in case.stimuli[0].items()}


def assert_equal(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        assert torch.equal(found[name], values), name


@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_is_as_many_batches_of_one(seed: int, tmp_path: Path) -> None:
    case = generator.case(seed)
    # What samples share, or leave to the next one, is meant to depend on them.
    text = re.sub(r" @(shared\(\w+\)|persistent)|^    reset = .*\n", "", case.text, flags=re.MULTILINE)
    stimulus = stimulus_of(case)
    whole = spikes_of(load(tmp_path, text), stimulus, case.batch)
    net = load(tmp_path, text)
    parts = []
    for sample in range(case.batch):
        one = {name: value.narrow(int(value.dim() == len(shape_of(case, name)) + 2), sample, 1) for name, value in stimulus.items()}
        parts.append(spikes_of(net, one, 1))
    joined = {name: torch.cat([part[name] for part in parts], dim=0 if name.endswith("counted") else 1) for name in whole}
    assert_equal(joined, whole)


def shape_of(case: generator.Case, name: str) -> tuple[int, ...]:
    return next(entry.shape for entry in case.program.inputs if entry.name == name)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_declarations_does_not_matter(seed: int, training: bool, tmp_path: Path) -> None:
    case = generator.case(seed)
    first, *declarations = re.split(r"\n(?=\S)", case.text.strip())
    random.Random(seed).shuffle(declarations)
    found = []
    for text in (case.text, "\n".join([first, *declarations]) + "\n"):
        net = load(tmp_path, text)
        net.train(training)
        found.append((spikes_of(net, stimulus_of(case), case.batch), {n: p.detach().clone() for n, p in net.named_parameters()}))
    assert_equal(found[1][0], found[0][0])
    assert_equal(found[1][1], found[0][1])


def test_neither_threads_nor_the_backend_matter(tmp_path: Path) -> None:
    # Compiled steps, and many more programs, are held to the oracle in test_generated_networks.py.
    image = torch.rand(5, 4, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    expected = spikes_of(load(tmp_path, COMPETITION), {"image": image}, 5)
    assert expected["exc, counted"].any()
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for backend in ("eager", "native") if shutil.which("g++") else ("eager",):
                assert_equal(spikes_of(load(tmp_path, COMPETITION, backend), {"image": image}, 5), expected)
    finally:
        torch.set_num_threads(before)


# ---- networks without random numbers, whose sums are exact ----------------------------------------


@dataclass(frozen=True)
class Wiring:
    """A population of `sum(parts)` neurons in parts, driven by as many taps; connections are split alike, and cut in `layers`."""

    parts: tuple[int, ...]
    names: tuple[str, ...]
    pairs: tuple[tuple[tuple[int, ...], ...], ...]
    weights: tuple[int, ...]
    delay: int
    decay: float
    refractory: int

    def text(self) -> str:
        lines = ["snn 1", "neuron Cell:", f"    param tau = {self.decay} ms", "    input arriving : 1/ms", "    state v = 0"]
        lines += ["    v' = arriving - v/tau", "    spike when v >= 1:", "        v = 0", f"    refractory {self.refractory} ms hold v"]
        bounds = [sum(self.parts[:number]) for number in range(len(self.parts) + 1)]
        ranges = list(zip(self.names, bounds[:-1], bounds[1:], strict=True))
        for name, low, high in ranges:
            lines += [f"input {name}_taps : spikes[{high - low}]", f"population {name}[{high - low}] = Cell()", f"record {name}.spikes"]
            lines += [f"projection {name}_drive: {name}_taps -> {name}:", "    connect = one_to_one", "    weight = 1.125"]
        for layer, (matrix, weight) in enumerate(zip(self.pairs, self.weights, strict=True)):
            for source, low, high in ranges:
                for target, left, right in ranges:
                    part = [list(row[left:right]) for row in matrix[low:high]]
                    lines += [f"projection {source}_{target}_{layer}: {source} -> {target}:", f"    connect = matrix({part})"]
                    lines += [f"    weight = {weight}/8", f"    delay = {self.delay} dt"]
        return "\n".join([*lines, "run:", "    dt = 0.5 ms", f"    steps = {STEPS}", ""])

    def spikes(self, folder: Path, taps: torch.Tensor) -> torch.Tensor:
        """Spikes [time, batch, neurons] for taps of the same form."""
        given = dict(zip((f"{name}_taps" for name in self.names), taps.split(list(self.parts), dim=2), strict=True))
        found = load(folder, self.text())(**given)
        return torch.cat([found[f"{name}.spikes"].values for name in self.names], dim=2)


@st.composite
def wirings(draw: st.DrawFn) -> tuple[Wiring, torch.Tensor]:
    chance = random.Random(draw(st.integers(0, 10**9)))
    count = chance.randint(3, 6)
    pairs = tuple(tuple(tuple(int(chance.random() < 0.5) for _ in range(count)) for _ in range(count)) for _ in range(2))
    weights = (chance.randint(2, 9), -chance.randint(1, 6))
    wiring = Wiring((count,), ("cells",), pairs, weights, chance.randint(1, 4), round(chance.uniform(2, 20), 2), chance.randint(0, 2))
    taps = torch.tensor([chance.random() < 0.2 for _ in range(STEPS * BATCH * count)]).reshape(STEPS, BATCH, count)
    return wiring, taps


@few
@given(wirings())
def test_names_do_not_matter_where_nothing_is_drawn(tmp_path: Path, made: tuple[Wiring, torch.Tensor]) -> None:
    wiring, taps = made
    assert torch.equal(replace(wiring, names=("axolotl",)).spikes(tmp_path, taps), wiring.spikes(tmp_path, taps))


@few
@given(wirings(), st.integers(1, 2), st.booleans())
def test_a_population_in_two_parts_spikes_as_the_whole(tmp_path: Path, made: tuple[Wiring, torch.Tensor], at: int, swapped: bool) -> None:
    wiring, taps = made
    names = ("zebra", "ant") if swapped else ("ant", "zebra")
    parts = replace(wiring, parts=(at, wiring.parts[0] - at), names=names)
    assert torch.equal(parts.spikes(tmp_path, taps), wiring.spikes(tmp_path, taps))


@few
@given(wirings(), st.integers(0, 10**9))
def test_a_projection_in_two_parts_brings_what_the_whole_does(tmp_path: Path, made: tuple[Wiring, torch.Tensor], seed: int) -> None:
    wiring, taps = made
    chance = random.Random(seed)
    kept = tuple(tuple(pair and chance.randint(0, 1) for pair in row) for row in wiring.pairs[0])
    rest = tuple(tuple(pair - one for pair, one in zip(row, part, strict=True)) for row, part in zip(wiring.pairs[0], kept, strict=True))
    cut = replace(wiring, pairs=(kept, rest, wiring.pairs[1]), weights=(wiring.weights[0], *wiring.weights))
    assert torch.equal(cut.spikes(tmp_path, taps), wiring.spikes(tmp_path, taps))


@few
@given(wirings(), st.integers(1, 9))
def test_a_later_input_has_later_spikes(tmp_path: Path, made: tuple[Wiring, torch.Tensor], shift: int) -> None:
    wiring, taps = made
    spikes = wiring.spikes(tmp_path, taps)
    later = wiring.spikes(tmp_path, torch.cat([torch.zeros_like(taps[:shift]), taps[:-shift]]))
    assert torch.equal(later, torch.cat([torch.zeros_like(spikes[:shift]), spikes[:-shift]]))
    assert spikes.any()
