"""Spikes that are given: by a file of the program's folder, or by an input."""

from __future__ import annotations

import os
from pathlib import Path

import networks
import numpy as np
import pytest
import torch

from inferno.errors import InfernoError
from inferno.grammar import findings_of
from inferno.runtime import session

PLAYED = """snn 1
from std.sources import SpikeTrain
from std.neurons import LIF
population played[2, 3] = SpikeTrain(file = "{file}")
population cells[4] = LIF()
projection drive: played -> cells:
    connect = dense
    weight = 20 pC
    delay = 3 dt
record played.spikes, cells.spikes
run:
    dt = 0.1 ms
    steps = 450
    batch = 2
"""


def save(path: Path, **arrays: object) -> None:
    np.savez(path, **arrays)  # type: ignore[arg-type]


@pytest.mark.parametrize(("backend", "limit"), [("eager", 1), ("eager", 1 << 40), ("native", 1 << 40)])
def test_a_file_says_when_which_neuron_spikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, limit: int) -> None:
    monkeypatch.setattr(session, "STRETCH_BYTES", limit)
    (tmp_path / "spikes").mkdir()
    save(tmp_path / "spikes" / "s.npz", index=[0, 5, 2, 0, 4], time=[0.3, 0.1, 2.05, 0.0, 44.9])
    out = networks.load(tmp_path, PLAYED.format(file="spikes/s.npz"), backend=backend)()
    expected = torch.zeros(450, 2, 6, dtype=torch.bool)
    for step, neuron in ((2, 0), (0, 5), (20, 2), (0, 0), (448, 4)):
        expected[step, :, neuron] = True
    assert torch.equal(out["played.spikes"].values.reshape(450, 2, 6), expected)
    assert out.spike_counts["played"].sum() == 10


def test_a_recording_played_back_is_the_same_recording(tmp_path: Path) -> None:
    source = "snn 1\nfrom std.sources import Poisson\npopulation played[2, 3] = Poisson(rate = 400 Hz)\nrecord played.spikes\n"
    recorded = networks.load(tmp_path, source + "run:\n    dt = 0.1 ms\n    steps = 450\n    seed = 8\n")()["played.spikes"]
    step, _, row, column = recorded.values.nonzero(as_tuple=True)
    save(tmp_path / "s.npz", index=(row * 3 + column).numpy(), time=recorded.times[step].numpy())
    played = networks.load(tmp_path, PLAYED.format(file="s.npz"))(batch=1)["played.spikes"]
    assert torch.equal(played.values, recorded.values)


def test_an_input_of_spikes_is_a_population_of_its_own(tmp_path: Path) -> None:
    text = (
        PLAYED.format(file="")
        .replace('file = ""', "given = taps")
        .replace("population played", "input taps : spikes[2, 3]\npopulation played")
    )
    given = torch.rand(450, 2, 2, 3, generator=torch.Generator().manual_seed(3)) < 0.05
    for backend in ("eager", "native"):
        out = networks.load(tmp_path, text, backend=backend)(taps=given)
        assert torch.equal(out["played.spikes"].values, given)
        assert out["cells.spikes"].values.any()


BAD = {
    "index of another length": (lambda path: save(path, index=[0, 1], time=[1.0]), r"`index` \[2\] and `time` \[1\]"),
    "a matrix": (lambda path: save(path, index=[[0]], time=[[1.0]]), "not two lists"),
    "no time": (lambda path: save(path, index=[0], times=[1.0]), "has no array `time`; it holds `index`, `times`"),
    "a neuron too many": (lambda path: save(path, index=[0, 6], time=[1.0, 1.0]), "neuron 6, 1 ms.*has 6, counted from 0"),
    "a negative neuron": (lambda path: save(path, index=[-1], time=[1.0]), "neuron -1"),
    "a negative time": (lambda path: save(path, index=[0], time=[-1.0]), "negative or no number"),
    "no number": (lambda path: save(path, index=[0], time=[np.nan]), "negative or no number"),
    "fractions of neurons": (lambda path: save(path, index=[0.5], time=[1.0]), "whole numbers"),
    "texts": (lambda path: save(path, index=["a"], time=["b"]), "whole numbers"),
    "objects": (lambda path: save(path, index=np.array([{}], dtype=object), time=[1.0]), "is not an .npz file of"),
    "two spikes in a step": (lambda path: save(path, index=[3, 3], time=[1.01, 1.09]), "in one step of 0.1 ms, at 1.01 and 1.09"),
    "nonsense": (lambda path: path.write_bytes(b"no zip file"), "is not an .npz file"),
    "half a file": (lambda path: (save(path, index=[0], time=[1.0]), os.truncate(path, 200)), "is not an .npz file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, case: str) -> None:
    harm, says = BAD[case]
    harm(tmp_path / "s.npz")
    with pytest.raises(InfernoError, match=says) as found:
        networks.load(tmp_path, PLAYED.format(file="s.npz"))
    assert "pickle" not in str(found.value)


def test_a_file_lies_in_the_folder_of_the_program(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.mkdir()
    save(other / "s.npz", index=[0], time=[1.0])
    (home / "link.npz").symlink_to(other / "s.npz")
    (home / "folder.npz").mkdir()
    os.mkfifo(home / "pipe.npz")
    program = home / "network.snn"
    for file, says in (
        ("missing.npz", "there is no file"),
        ("../other/s.npz", "leads out of the folder"),
        (str(other / "s.npz"), "leads out of the folder"),
        ("link.npz", "a link that leads out"),
        ("folder.npz", "not a regular file"),
        ("pipe.npz", "not a regular file"),
        ("", "leads out of the folder"),
    ):
        program.write_text(PLAYED.format(file=file))
        _, found = findings_of(program.read_bytes(), str(program))
        assert [one.code for one in found] == ["E0515"], file
        assert says in found[0].message, file
    _, found = findings_of(PLAYED.format(file="s.npz"), "<text>")
    assert "no folder to look in" in found[0].message
