"""A program of two files with blocks, loops, layers and settings of training by gradients: checked, compiled, run, kept and set."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import inferno
from inferno.cli.main import call
from inferno.compiler import artifact
from inferno.errors import RunError, UsageError
from inferno.grammar import check_file

BLOCKS = '''snn 1
"""Reusable convolutional spiking block."""
from std.neurons import LIF

network ConvBlock(ch : int, k : int = 5, tau : ms = 2 ms, slope = 25):
    port inp
    population s = LIF(tau_m = trainable(tau, min = 2 ms), v_th = 1,
                       reset = subtract, surrogate = fast_sigmoid(slope))
    inp -[conv(ch, kernel = k, padding = same, bias = false) | batchnorm]-> s
    export s
'''
MAIN = '''snn 1
"""Convolutional network, trained end to end with surrogate gradients."""
from blocks      import ConvBlock
from std.neurons import LIF
from std.losses  import rate_cross_entropy, rate_band

param widths  = [3, 4, 5]
param classes : int = 10
param lr      = 2e-3
param use_delays = true

input x : spikes[2, 16, 16]

population out[classes] = LIF(tau_m = 20 ms, v_th = 1, reset = subtract)

for i in 0 .. len(widths):
    use block[i] = ConvBlock(ch = widths[i], k = 5 if i == 0 else 3)

x -> block[0].inp
for i in 1 .. len(widths):
    block[i - 1].s -[maxpool(2)]-> block[i].inp

if use_delays:
    block[-1].s -[maxpool(2) | flatten | dense(delay = trainable(uniform(0 ms, 5 ms), max = 25 ms))]-> out
else:
    block[-1].s -[maxpool(2) | flatten | dense]-> out

output logits = sum(out.spikes, over = time)

run:
    dt    = 1 ms
    steps = 12
    batch = 3

train:
    method    = bptt(checkpoint = auto)
    loss      = rate_cross_entropy(logits) + 1e-4 * rate_band(block, 1 Hz, 50 Hz)
    optimizer = adamw(lr = lr, weight_decay = 1e-4)
    schedule  = cosine(epochs = 60)
    precision = bf16
'''


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "blocks.snn").write_text(BLOCKS)
    (tmp_path / "conv.snn").write_text(MAIN)
    return tmp_path / "conv.snn"


def given() -> torch.Tensor:
    return torch.rand(12, 3, 2, 16, 16, generator=torch.Generator().manual_seed(0)) < 0.3


def test_settings_of_training_by_gradients_are_kept(program: Path) -> None:
    train = check_file(program).train
    assert train is not None and train.gradient is not None
    assert (train.method, train.epochs, train.gradient.precision, train.gradient.checkpoint) == ("bptt", 60, "bf16", "auto")
    assert train.gradient.optimizer == ("adamw", (("lr", 0.002), ("weight_decay", 0.0001)))
    entropy, band = train.gradient.loss
    assert (entropy.name, entropy.subjects, entropy.weight) == ("rate_cross_entropy", ("logits",), 1.0)
    assert (band.subjects, band.weight) == (("block[0].s", "block[1].s", "block[2].s"), 1e-4)


def test_shapes_come_from_the_layers(program: Path) -> None:
    shapes = {p.name: p.shape for p in check_file(program).populations}
    assert shapes == {"block[0].s": (3, 16, 16), "block[1].s": (4, 8, 8), "block[2].s": (5, 4, 4), "out": (10,)}
    shapes = {p.name: p.shape for p in check_file(program, {"widths": [2, 6], "block[1].k": 1}).populations}
    assert shapes == {"block[0].s": (2, 16, 16), "block[1].s": (6, 8, 8), "out": (10,)}


@pytest.mark.parametrize("use_delays", [True, False])
def test_it_runs_in_both_modes(program: Path, use_delays: bool) -> None:
    net = inferno.load_network(program, backend="eager", device="cpu", use_delays=use_delays)
    assert net(x=given()).logits.shape == (3, 10)
    before = net["block[1].inp_s"].mean.clone()
    net.train()
    net(x=given())
    assert not torch.equal(net["block[1].inp_s"].mean, before)
    assert net(x=given()).spike_counts["block[0].s"].sum() > 0


def test_an_artifact_holds_what_is_imported(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept" / "conv"
    folder.parent.mkdir()
    assert call(["compile", str(program), "-o", str(folder), "-q", "--set", "widths=[2, 3]"]) == 0
    expected = inferno.load_network(program, backend="eager", device="cpu", widths=[2, 3])(x=given()).logits
    (program.parent / "blocks.snn").unlink()
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    net = inferno.load_network(moved, backend="eager", device="cpu")
    assert torch.equal(net(x=given()).logits, expected)
    net.set("block[1].s.tau_m", "30 ms")
    assert net["block[1].s"].tau_m.item() == 30.0
    (imported,) = moved.glob("import-*.snn")
    imported.write_text(BLOCKS + "\n# changed\n")
    with pytest.raises(RunError, match="is not what was compiled"):
        artifact.read(moved)


def test_an_artifact_can_not_name_other_files(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert call(["compile", str(program), "-o", str(folder), "-q"]) == 0
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"import-0.snn"', '"../blocks.snn"'))
    with pytest.raises(RunError, match="damaged"):
        artifact.read(folder)


def test_a_folder_of_modules_is_named_on_the_command_line(program: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    shutil.move(program.parent / "blocks.snn", library)
    assert call(["check", str(program), "-q"]) == 1
    assert call(["check", str(program), "-q", "--path", str(library)]) == 0
    assert call(["graph", str(program), "--path", str(library)]) == 0
    assert inferno.load_network(program, backend="eager", device="cpu", search_path=[library]) is not None


def test_training_by_gradients_is_refused_in_words(program: Path) -> None:
    from inferno import training
    from inferno.data.images import DataSet, ImageSet

    net = inferno.load_network(program, backend="eager", device="cpu")
    part = ImageSet(torch.zeros(2, 2, 16, 16), torch.arange(2))
    with pytest.raises(UsageError, match="not supported yet"):
        training.train(net, DataSet("noise", part, part))
