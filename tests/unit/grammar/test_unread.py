"""A warning for inputs that nothing reads stays away where they are read, in whatever way."""

from __future__ import annotations

from pathlib import Path

import pytest

from inferno.grammar import FolderModules, findings_of

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "examples").rglob("*.snn"))
STANDARD = sorted((ROOT / "grammar" / "std").glob("*.snn"))
LONE = "\nneuron SomethingThatStandsAlone:\n    state rest = 0\npopulation lone = SomethingThatStandsAlone()\n"


def codes(text: str, path: str = "a.snn") -> list[str]:
    return [d.code for d in findings_of(text.encode(), path, {}, FolderModules(Path(path)))[1]]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_read_their_inputs(path: Path) -> None:
    assert "W0903" not in codes(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", STANDARD, ids=lambda path: path.stem)
def test_the_standard_library_reads_its_inputs(path: Path) -> None:
    found = codes(path.read_text(encoding="utf-8") + LONE)
    assert "W0903" not in found
    assert not [code for code in found if code.startswith("E") and code != "E0432"]


NEURON = "snn 1\nneuron N:\n    input I : 1\n    state v = 0\n{body}\npopulation p = N()\n"


@pytest.mark.parametrize(
    "body",
    [
        "    let twice = 2*I\n    10 ms * v' = twice - v",
        "    spike when I > 1",
        "    on loud when I > 1:\n        v += 1",
        "    spike when v > 1:\n        v = 0.5 if I > 0 else 0",
        "    fn double(x) = 2*x\n    10 ms * v' = double(I) - v",
        "    receptor g : 1 = alpha(2 ms)\n    10 ms * v' = g + I - v",
        "    receptor g : 1 = delta\n    10 ms * v' = g + I - v",
    ],
)
def test_an_input_may_be_read_anywhere(body: str) -> None:
    assert codes(NEURON.format(body=body)) == []


def test_an_input_is_read_where_values_use_it_or_it_is_sent() -> None:
    head = "snn 1\nfrom std.neurons import LIF\nfrom std.sources import Poisson\ninput x : real[2] = 0\n"
    assert codes(f"{head}population p[2] = Poisson(rate = 10 Hz * (1 + x^2))\n") == []
    assert codes(f"{head}population p[2] = LIF(I = 1 nA * x)\n") == []
    assert codes(f"{head}population p[2] = LIF():\n    init v = -60 mV\n    I = 1 nA * x\n") == []
    assert codes(f"{head}view half = x[:1]\npopulation p[1] = LIF()\nprojection half -> p:\n    connect = dense\n    weight = 1 pC\n") == []
    assert codes(f"{head}population p[2] = LIF()\n") == ["W0903"]


def test_what_is_wrong_anyway_is_said_alone() -> None:
    assert codes(NEURON.format(body="    10 ms * v' = -v + missing")) == ["E0301"]
