"""`inferno run`: what a network does once, with or without learning."""

import json
from pathlib import Path

import pytest

from inferno import read_recording
from inferno.cli.main import call

LEARNING = """snn 1
from std.neurons import LIF
from std.plasticity import STDP
from std.sources import Bernoulli
population src[5] = Bernoulli(rate = 500 Hz)
population out[3] = LIF(tau_m = 10 ms)
projection ff: src -> out:
    connect    = dense
    weight     = 40 pC
    plasticity = STDP(lr_post = 0.01, lr_pre = -0.01)
record ff.weight every 50
expect mean_rate(src) in [1 Hz, 1 kHz]
run:
    steps = 50
"""


def write(folder: Path, text: str = LEARNING) -> str:
    path = folder / "f.snn"
    path.write_text(text)
    return str(path)


def test_weights_move_where_learning_is_asked_for(tmp_path: Path) -> None:
    file = write(tmp_path)
    for name, options in (("still", []), ("moved", ["--learn"])):
        assert call(["run", file, "--backend", "eager", "--record-to", str(tmp_path / name), *options]) == 0
    still, moved = (read_recording(tmp_path / name)["ff.weight"].values for name in ("still", "moved"))
    assert (still == 40).all()
    assert not (moved == still).all()


def test_a_run_says_that_plasticity_stood_still(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path)
    assert call(["run", file, "--backend", "eager"]) == 0
    captured = capsys.readouterr().out
    assert "weights stood still; --learn lets plasticity change them" in captured
    assert "expect mean_rate(src)" in captured
    assert call(["run", file, "--backend", "eager", "--learn"]) == 0
    captured = capsys.readouterr().out
    assert "stood still" not in captured
    assert "expect" not in captured


def test_json_holds_neither_the_remark_nor_claims_while_learning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["run", write(tmp_path), "--backend", "eager", "--learn", "--json"]) == 0
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()][-1] == "done"
