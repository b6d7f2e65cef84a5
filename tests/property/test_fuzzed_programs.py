"""A slice of what `make fuzz` does: programs by number, most of them wrong, go through all that only reads."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "fuzz.py"
GROUP = 25


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("first", range(0, 100, GROUP))
def test_a_program_gets_diagnostics_or_compiles(first: int, fuzz: ModuleType) -> None:
    for number in range(first, first + GROUP):
        fuzz.settle(fuzz.text_of(number), fuzz.settings_of(number))


def test_a_number_always_makes_the_same_program(fuzz: ModuleType) -> None:
    texts = [fuzz.text_of(number) for number in range(40)]
    assert texts == [fuzz.text_of(number) for number in range(40)]
    assert len(set(texts)) > 30


# Programs that were treated badly once.
@pytest.mark.parametrize(
    "text",
    [
        "snn 1\nnetwork L(n : int):\n    port a\n    export a\n",
        "snn 1\nneuron N # x\n    state v = 0\n    = 1\n",
        "snn 1\nfrom std.neurons import LIF\npopulation e = LIF() at grid(1 um)\n"
        "projection one: nobody -> e:\n    connect = gaussian(100 um)\n    weight = 1 pC\n",
        "snn 1\nfrom std.neurons import LIF\nfrom std.plasticity import STDP\npopulation a = LIF()\npopulation b = LIF()\n"
        "projection one: a -> b:\n    draw r = uniform(0.5, [])\n    weight = 1 pC\n    plasticity = STDP(tau_pre = 20 ms * r)\n",
        "snn 1\nfrom std.neurons import LIF\npopulation e[4] = LIF() at grid(1e308 um)\npopulation f[4] = LIF() at grid(20 um)\n"
        "projection one: e -> f:\n    connect = gaussian(100 um)\n    weight = 1 pC\n",
        "snn 1\nfrom std.neurons import LIF\npopulation e[4] = LIF()\npopulation f[4] = LIF()\n"
        "projection one: e -> f:\n    connect = dense\n    weight = 1 pC\n"
        "    delay = (max(1e308 ms, 1 ms * uniform(0, 1)) + max(1e308 ms, 1 ms * uniform(0, 1)))*2\n",
        "snn 1\nfrom std.sources import Poisson\npopulation e = Poisson(rate = -1e306 kHz)\n",
        "snn 1\nparam p = [0.1, nobody(3)]\nif p[1] > 0:\n    let b = 1\n",
    ],
)
def test_what_went_wrong_once(text: str, fuzz: ModuleType) -> None:
    fuzz.settle(text.encode())
