"""Sixty pairs of spikes under the triplet rule: Pfister & Gerstner (2006), all-to-all, for the example and the library's rule."""

import shutil
from pathlib import Path

import pytest

import inferno

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "triplet_stdp.snn"
PUBLISHED = [
    ("0.1 Hz", 0, -0.3122), ("10 Hz", 0.1321, -0.3336), ("20 Hz", 0.2470, -0.3516), ("40 Hz", 0.5337, 0.1548), ("50 Hz", 0.7409, 0.7272),
]  # fmt: skip


@pytest.mark.skipif(shutil.which("g++") is None, reason="120,000 steps are for compiled code, which needs g++")
@pytest.mark.parametrize("of", ["example", "library"])
@pytest.mark.parametrize(("frequency", "pre_post", "post_pre"), PUBLISHED)
def test_sixty_pairs_change_the_weight_as_published(of: str, frequency: str, pre_post: float, post_pre: float, tmp_path: Path) -> None:
    path = tmp_path / "triplet_stdp.snn"
    text = EXAMPLE.read_text()
    if of == "library":
        text = text.replace("plasticity = Triplet", "plasticity = TripletSTDP").replace(
            "param frequency", "from std.plasticity import TripletSTDP\nparam frequency"
        )
    path.write_text(text)
    net = inferno.load_network(path, backend="native", device="cpu", dtype="float64", frequency=frequency)
    net.train()
    net()
    found = [float(net[name].weight) for name in ("pre_post", "post_pre")]
    assert found == pytest.approx([pre_post, post_pre], abs=1e-4)
