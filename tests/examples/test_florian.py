"""The reward-modulated example against plain loops of Florian (2007), and its picture."""

import importlib.util
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

import inferno

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "florian_stdp.py"


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("florian_stdp", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["florian_stdp"] = module
    spec.loader.exec_module(module)
    return module


def test_each_rule_moves_its_weight_as_the_paper_says() -> None:
    course = example().simulate()
    pre_times, post_times = (10, 85, 115, 135), (15, 75, 110, 140)
    x = y = z = 0.0
    weights = {"STDP": 0.2, "MSTDP": 0.2, "MSTDPET": 0.2}
    decay, slow = math.exp(-1 / 20), math.exp(-1 / 25)
    for step in range(1, 201):
        pre, post, reward = step in pre_times, step in post_times, 1.0 if step <= 100 else -1.0
        x, y = x * decay + 0.2 * pre, y * decay + 0.2 * post
        change = post * x - pre * y
        z = z * slow + change / 25
        for name, term in (("STDP", change), ("MSTDP", reward * change), ("MSTDPET", reward * z)):
            weights[name] += term
            assert course.weights[name][step - 1] == pytest.approx(weights[name], abs=1e-5)
        assert course.eligibility[step - 1] == pytest.approx(z, abs=1e-6)


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    out = tmp_path / "course.png"
    done = subprocess.run([sys.executable, str(SCRIPT), "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(b"\x89PNG") and "MSTDPET" in done.stdout


def test_each_rule_of_the_program_moves_its_weight_as_the_paper_says() -> None:
    net = inferno.load_network(SCRIPT.parent / "florian.snn", backend="eager", device="cpu", dtype="float64")
    net.train()
    steps = torch.arange(200)
    before, after = (torch.isin(steps, torch.tensor(given))[:, None, None] for given in ((10, 85, 115, 135), (15, 75, 110, 140)))
    reward = torch.where(steps < 100, 1.0, -1.0)[:, None]
    found = net(before=before, after=after, reward=reward)
    x = y = z = 0.0
    weights = {"plain": 0.2, "rewarded": 0.2, "remembering": 0.2}
    decay, slow = math.exp(-1 / 20), math.exp(-1 / 25)
    for step in range(200):
        pre, post, given = float(before[step]), float(after[step]), float(reward[step])
        x, y = x * decay + pre, y * decay + post
        change = 0.2 * (post * x - pre * y)
        # The eligibility moves the weight over a step before the spikes at its end add to it.
        for name, term in (("plain", change), ("rewarded", given * change), ("remembering", given * z)):
            weights[name] += term
            assert found[f"{name}.weight"].values[step].item() == pytest.approx(weights[name], rel=1e-9)
        z = z * slow + change / 25
        assert found["remembering.z"].values[step].item() == pytest.approx(z, rel=1e-9, abs=1e-12)
