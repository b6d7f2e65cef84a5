"""The reward-modulated example against plain loops of Florian (2007), and its picture."""

import importlib.util
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

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
