"""Folders of recordings: what is written is read back, and nothing else is believed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import networks
import pytest
import torch

import inferno
from inferno import durable, recordings, sealed
from inferno.errors import RunError, UsageError
from inferno.runtime.result import Result

RARE = """snn 1
from std.sources import Poisson
population rare[5, 8] = Poisson(rate = 20 Hz)
population often[4] = Poisson(rate = 500 Hz)
output level = mean(rare.spikes, over = time)
record rare.spikes, often.spikes
record rare[1].spikes every 2 ms
record often.wait every 5
view some = rare[1:3]
expect mean_rate(often) in [400 Hz, 600 Hz]
expect mean_rate(some) in [0 Hz, 1 kHz]
expect mean(cv_isi(rare[0, 0], from = 199 ms)) in [0, 1]
run:
    duration = 200 ms
    batch = 3
    seed = 9
"""


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Result]:
    net = networks.load(tmp_path, RARE)
    result = net()
    recordings.write(tmp_path / "run", net.program, result)
    return tmp_path / "run", result


def test_what_is_written_is_read_back(written: tuple[Path, Result]) -> None:
    folder, result = written
    found = inferno.read_recording(folder)
    assert sorted(found.recordings) == sorted(result.recordings)
    for name, recording in result.recordings.items():
        assert found[name].values.dtype == recording.values.dtype
        assert torch.equal(found[name].values, recording.values)
        assert torch.equal(found[name].times, recording.times)
        assert found[name].unit == recording.unit
    assert torch.equal(found.level, result.level)
    assert all(torch.equal(found.spike_counts[name], counts) for name, counts in result.spike_counts.items())
    assert [str(claim) for claim in found.claims] == [str(claim) for claim in result.claims]
    assert [claim.holds for claim in found.claims] == [False, True, True]
    assert found.steps == 200
    assert found.facts["seed"] == 9
    assert found.facts["dt_ms"] == 1.0
    assert found.facts["made_by"] == {"inferno": inferno.__version__, "torch": torch.__version__}


def test_spikes_of_no_step_are_written_and_read_back(tmp_path: Path) -> None:
    net = networks.load(tmp_path, RARE.replace("run:", "record often.spikes every 1000\nrun:"))
    result = net(duration="20 ms")
    recordings.write(tmp_path / "run", net.program, result)
    (name,) = [n for n in result.recordings if n.startswith("often.spikes every")]
    found = inferno.read_recording(tmp_path / "run")[name]
    assert found.values.shape == (0, 3, 4)
    assert found.values.dtype == torch.bool
    assert found.times.tolist() == []


def test_spikes_are_stored_as_a_list_where_that_is_smaller(written: tuple[Path, Result]) -> None:
    entries = json.loads((written[0] / sealed.MANIFEST).read_text())["tensors"]
    assert {name: entries[name]["stored"] for name in ("rare.spikes", "often.spikes", "often.wait")} == {
        "rare.spikes": "sparse", "often.spikes": "dense", "often.wait": "dense",
    }  # fmt: skip
    assert entries["rare.spikes"]["shape"] == [200, 3, 5, 8]
    assert (written[0] / "recordings.safetensors").stat().st_size < 200 * 3 * 40


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    net = networks.load(tmp_path, RARE)
    monkeypatch.setattr(durable, "_sync_folder", full)
    with pytest.raises(RunError, match=r"cannot write .*run: No space left"):
        recordings.write(tmp_path / "run", net.program, net())
    assert not (tmp_path / "run").exists()
    assert not list(tmp_path.glob(".run*"))


def change(file: Path, alter: Callable[[dict[str, object]], object]) -> None:
    manifest = json.loads(file.read_text())
    alter(manifest)
    del manifest["sha256"]
    manifest["sha256"] = sealed.hash_of(manifest)
    file.write_text(json.dumps(manifest))


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


TENSORS, MANIFEST = recordings.SEAL.tensors, sealed.MANIFEST


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda folder: flip(folder / TENSORS), "its SHA-256 is not the one that was written"),
        (lambda folder: os.truncate(folder / TENSORS, 50), "truncated or grown"),
        (lambda folder: (folder / TENSORS).unlink(), "missing or not a regular file"),
        (lambda folder: (folder / MANIFEST).write_text((folder / MANIFEST).read_text().replace('"seed": 9', '"seed": 8')), "was changed"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "not a recording of inferno"),
        (lambda folder: change(folder / MANIFEST, lambda m: m.update(version=99)), "format version 99"),
        (lambda folder: change(folder / MANIFEST, lambda m: m.update(format="inferno checkpoint")), "not a recording of inferno"),
        (lambda folder: change(folder / MANIFEST, lambda m: m.pop("tensors")), "not a recording's manifest"),
        (lambda folder: change(folder / MANIFEST, lambda m: m["tensors"]["rare.spikes"].update(shape=[1, 1, 1])), "recording's manifest"),
        (lambda folder: change(folder / MANIFEST, lambda m: m["tensors"]["rare.spikes"].update(shape=[2**40, 9, 9])), "more than there"),
        (lambda folder: change(folder / MANIFEST, lambda m: m["tensors"]["often.spikes"].update(shape=[2])), "recording's manifest"),
    ],
)
def test_a_folder_that_was_harmed_is_refused(written: tuple[Path, Result], harm: Callable[[Path], object], says: str) -> None:
    harm(written[0])
    with pytest.raises(RunError, match=says):
        inferno.read_recording(written[0])


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        inferno.read_recording(tmp_path / "nothing")
    with pytest.raises(RunError, match="missing or not a regular file"):
        inferno.read_recording(tmp_path)
