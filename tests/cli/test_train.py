"""Training from the command line on scikit-learn's digits, with the real compiler in its eager form."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from inferno.cli.main import call

pytest.importorskip("sklearn")
pytest.importorskip("inferno.compiler.loading", reason="the compiler is not there yet")

SNN = """snn 1
from std.neurons    import ALIF
from std.sources    import Bernoulli
from std.synapses   import Delta
from std.plasticity import STDP
from std.readout    import MaxRate

input image : real[8, 8] in [0, 1]
population enc[8, 8] = Bernoulli(rate = 200 Hz * image)
population exc[5] = ALIF(tau_m = 20 ms)
projection ff: enc -> exc:
    connect    = dense
    synapse    = Delta(q = 100 pC)
    weight     = uniform(0, 0.3)
    plasticity = STDP()
    lower      = clamp(0)
    upper      = multiplicative(1)
output label = MaxRate(exc, classes = 10, update_each = 2)
run:
    dt    = 1 ms
    steps = 20
    batch = 16
train:
    method = local
"""
OPTIONS = ["--data", "digits", "--backend", "eager", "--device", "cpu"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.snn"
    path.write_text(SNN)
    return path


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def train(file: Path, out: Path, *more: str) -> int:
    return call(["train", str(file), *OPTIONS, "--limit", "40", "--test-limit", "20", "--out", str(out), "--json", *more])


def test_training_ends_with_its_summary_and_eval_agrees(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(file, tmp_path / "out") == 0
    done = events(capsys.readouterr().out)[-1]
    assert done["event"] == "done"
    assert {"train_accuracy", "test_accuracy", "samples", "seconds", "compile_seconds", "ms_per_batch"} <= done.keys()
    assert done["samples"] == 40
    assert call(["eval", str(file), "--checkpoint", str(tmp_path / "out"), *OPTIONS, "--test-limit", "20", "--json"]) == 0
    tested = events(capsys.readouterr().out)[-1]
    assert tested["test_accuracy"] == done["test_accuracy"]
    assert tested["samples"] == 20


def test_people_get_lines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["train", str(file), *OPTIONS, "--limit", "20", "--test-limit", "10"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("train accuracy ")
    assert "epoch 1/1: accuracy" in captured.err
    assert call(["train", str(file), *OPTIONS, "--limit", "20", "--test-limit", "0", "-q"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "test accuracy" not in captured.out


def state(out: Path) -> bytes:
    return (max(out.glob("checkpoint-*")) / "state.safetensors").read_bytes()


def test_more_epochs_by_resuming_are_the_same_bits(file: Path, tmp_path: Path) -> None:
    assert train(file, tmp_path / "whole", "--epochs", "2") == 0
    assert train(file, tmp_path / "parts") == 0
    assert train(file, tmp_path / "parts", "--epochs", "2", "--resume") == 0
    assert state(tmp_path / "whole") == state(tmp_path / "parts")


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_resuming_gives_the_same_bits(which: signal.Signals, file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inferno.cli.main", "train", str(file), *OPTIONS, "--json", "--test-limit", "10"]
    parts = [*command, "--out", str(tmp_path / "parts")]
    with subprocess.Popen(parts, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "batch":
                process.send_signal(which)
                break
        out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + which, err
    assert err.count("\n") == 1
    assert events(out)[-1]["exit_status"] == 128 + which
    assert subprocess.run([*parts, "--resume"], capture_output=True, timeout=300, check=False).returncode == 0
    assert subprocess.run([*command, "--out", str(tmp_path / "whole")], capture_output=True, timeout=300, check=False).returncode == 0
    assert state(tmp_path / "whole") == state(tmp_path / "parts")


def test_kill_nine_leaves_a_checkpoint_to_resume_from(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "inferno.cli.main", "train", str(file), *OPTIONS, "--json", "--test-limit", "10", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not any(out.glob("checkpoint-*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert subprocess.run([*command, "--resume"], capture_output=True, timeout=300, check=False).returncode == 0


def test_mistakes_are_one_line_and_a_status(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert train(file, out) == 0
    other = tmp_path / "other.snn"
    other.write_text(SNN.replace("tau_m = 20 ms", "tau_m = 21 ms"))
    broken = tmp_path / "broken"
    assert train(file, broken) == 0
    tensors = max(broken.glob("checkpoint-*")) / "state.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-1])
    capsys.readouterr()
    evaluate = ["eval", *OPTIONS, "--checkpoint"]
    for arguments, status, says in (
        (["train", str(file), *OPTIONS, "--out", str(out)], 2, "earlier run"),
        (["train", str(file), *OPTIONS, "--out", str(file)], 2, "is a file"),
        (["train", str(file), *OPTIONS, "--resume"], 2, "--resume needs --out"),
        (["train", str(file), *OPTIONS, "--out", str(tmp_path / "new"), "--resume"], 2, "nothing to resume"),
        (["train", str(file), *OPTIONS[2:], "--data", "mnist", "--data-dir", str(tmp_path)], 2, "train-images-idx3-ubyte"),
        ([*evaluate, str(out), str(other)], 2, "another program"),
        ([*evaluate, str(out), str(file), "--set", "exc.tau_m=21ms"], 2, "another program"),
        ([*evaluate, str(tmp_path / "typo"), str(file)], 2, "no checkpoint folder"),
        ([*evaluate, str(broken), str(file)], 3, "truncated"),
    ):
        assert call([*arguments, "-q"]) == status, arguments
        err = capsys.readouterr().err
        assert says in err
        assert err.count("\n") == 1
