"""Synapses that a file gives: pairs, weights and delays, and what is said of files that don't fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from lists import network

import inferno
from inferno.errors import RunError
from inferno.grammar.diagnostics import SnnError


def test_a_file_gives_pairs_weights_and_delays(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", pre=[3, 0, 0], post=[1, 39, 2], weight=[0.5, 1, 2], delay=[1.0, 0.5, 2.2])
    net = network(tmp_path, 'from_file("c.npz")', weight="from_file", delay="from_file")
    part = net["p"]
    assert part.pre.tolist() == [0, 0, 3]
    assert part.post.tolist() == [39, 2, 1]
    assert part.weight.tolist() == [1.0, 2.0, 0.5]
    assert part.delay.tolist() == [0.5, 2.0, 1.0]
    less = network(tmp_path, 'from_file("c.npz") - matrix([' + ", ".join(["[" + "0, " * 39 + "1]"] * 40) + "])", weight="from_file")
    assert less["p"].weight.tolist() == [2.0, 0.5]


@pytest.mark.parametrize("delay", [0.0, 2.0])
@pytest.mark.parametrize("rule", ["", "    plasticity = STDP(lr_post = 0.1)\n"])
def test_delays_of_a_file_that_are_the_same_are_one_delay(tmp_path: Path, delay: float, rule: str) -> None:
    count = 60 * 40
    np.savez(
        tmp_path / "c.npz", pre=np.arange(count) // 40, post=np.arange(count) % 40, weight=np.full(count, 30), delay=np.full(count, delay)
    )
    rest = f"{rule}record all.spikes\nfrom std.plasticity import STDP\n"
    found = {}
    for connect, weight, late in (('from_file("c.npz")', "from_file", "from_file"), ("random(1)", "30", f"{delay} ms")):
        net = network(tmp_path, connect, ends="src -> all", weight=weight, delay=late, rest=rest)
        found[connect] = net.train()(), net["p"].weight
        assert net["p"].delay.tolist() == [delay] * count
    (one, changed), (other, expected) = found.values()
    assert one["all.spikes"].values.any()
    assert torch.equal(one["all.spikes"].values, other["all.spikes"].values)
    assert torch.equal(changed, expected)


GOOD = {"pre": np.array([0, 1]), "post": np.array([2, 3]), "weight": np.array([1.0, 2.0])}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"pre": [0]}, "no array `post`"),
        ({"pre": [0, 1], "post": [2]}, "differ in length"),
        ({"pre": [0, 40]}, r"`pre\[1\]` is 40"),
        ({"post": [-1, 2]}, r"`post\[0\]` is -1"),
        ({"pre": [0.5, 1.0]}, "whole numbers"),
        ({"pre": [[0, 1]]}, "list of whole numbers"),
        ({"pre": [1, 1], "post": [2, 2]}, "twice"),
        ({"weight": [1.0, float("nan")]}, r"`weight\[1\]` is nan"),
        ({"pre": np.array([None, None])}, "no .npz file of plain arrays"),
    ],
)
def test_a_file_that_does_not_fit_says_why(tmp_path: Path, arrays: dict[str, object], words: str) -> None:
    given = arrays if words == "no array `post`" else {**GOOD, **arrays}
    np.savez(tmp_path / "c.npz", **{n: np.asarray(v) for n, v in given.items()})  # type: ignore[arg-type]
    with pytest.raises(SnnError, match=words):
        network(tmp_path, 'from_file("c.npz")', weight="from_file")


def test_a_file_stays_in_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    np.savez(tmp_path / "c.npz", **GOOD)
    (inside / "link.npz").symlink_to(tmp_path / "c.npz")
    (inside / "text.npz").write_text("PK not really")
    (inside / "folder.npz").mkdir()
    for path, words in (
        ("../c.npz", "below the folder"), (str(tmp_path / "c.npz"), "below the folder"), ("link.npz", "leads out"),
        ("none.npz", "no such file"), ("text.npz", "plain arrays"), ("folder.npz", "not a regular file"),
    ):  # fmt: skip
        with pytest.raises(SnnError, match=words):
            network(inside, f'from_file("{path}")')


def test_an_artifact_holds_the_arrays_of_files(tmp_path: Path) -> None:
    from inferno.compiler import artifact

    home = tmp_path / "home"
    home.mkdir()
    np.savez(home / "c.npz", **GOOD, delay=np.arange(1.0, 1.0 + len(GOOD["pre"])))
    np.savez(home / "s.npz", index=np.array([0, 2]), time=np.array([1.0, 3.0]))
    train = 'from std.sources import SpikeTrain\npopulation heard[3] = SpikeTrain(file = "s.npz")\nrecord heard.spikes\n'
    net = network(home, 'from_file("c.npz")', weight="from_file", delay="from_file", rest=train)
    spikes = net()["heard.spikes"].values
    given = (home / "net.snn").read_bytes()
    artifact.write(net._origin.compiled, given, {}, tmp_path / "out")  # type: ignore[attr-defined]
    for file in ("c.npz", "s.npz"):
        (home / file).unlink()
    again = inferno.load_network(tmp_path / "out", backend="eager", device="cpu", dtype="float64")
    for name in ("pre", "post", "weight", "delay"):
        assert torch.equal(getattr(again["p"], name), getattr(net["p"], name))
    assert spikes.sum() == 2
    assert torch.equal(again()["heard.spikes"].values, spikes)
    arrays = tmp_path / "out" / "arrays-0.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
    with pytest.raises(RunError, match="SHA-256"):
        inferno.load_network(tmp_path / "out", backend="eager")
