"""The loop around a network, on a stand-in that learns a weight and counts samples."""

import dataclasses
import io
import json
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from inferno import checkpoint, training
from inferno.data.images import DataSet, ImageSet
from inferno.errors import Interrupted, RunError, UsageError
from inferno.grammar.checked import Input, Program, Run, Train
from inferno.reporting import Batch, Compiled, Event, Finished, JsonLines, Lines, Saved, Started, clock

IMAGE = Input(name="image", kind="real", shape=(2, 2), low=0.0, high=1.0, span=None)  # type: ignore[arg-type]
PROGRAM = Program("fake.snn", "", (), (IMAGE,), (), (), (), (), Run(batch=4), Train(epochs=1))


class FakeReadout(torch.nn.Module):
    """Gathers two batches, then moves its scores; predicts by them."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.classes = classes
        self.scores = torch.zeros(classes, dtype=torch.float64)
        self.pending = torch.zeros(classes, dtype=torch.float64)
        self.gathered = torch.tensor(0)

    def observe(self, rates: torch.Tensor, labels: torch.Tensor) -> None:
        self.pending = self.pending.index_add(0, labels, rates.double())
        self.gathered = self.gathered + 1
        if self.gathered == 2:
            self.flush()

    def flush(self) -> None:
        self.scores = 0.9 * self.scores + self.pending
        self.pending, self.gathered = torch.zeros_like(self.pending), torch.tensor(0)


class FakeNetwork(torch.nn.Module):
    """A weight that moves with every training sample, and a sample counter that enters the result."""

    def __init__(self, program: Program = PROGRAM, on_batch: Any = None) -> None:
        super().__init__()
        self.program, self.device, self.compile_seconds = program, torch.device("cpu"), 0.0
        self.readouts = {"label": FakeReadout()}
        self.weight, self.counter = torch.tensor(0.1, dtype=torch.float64), torch.tensor(0)
        self.sizes: list[int] = []
        self.on_batch = on_batch

    def forward(self, image: torch.Tensor) -> Any:
        if self.on_batch:
            self.on_batch(len(self.sizes))
        assert not torch.is_grad_enabled()
        if not self.sizes:
            self.compile_seconds += 0.25
        self.sizes.append(len(image))
        rates = image.double().mean((1, 2)) * self.weight + self.counter * 1e-3
        self.counter = self.counter + len(image)
        if self.training:
            self.weight = self.weight * 0.99 + 1e-2 * rates.mean()
        guess = int(self.readouts["label"].scores.argmax())
        return SimpleNamespace(label=torch.full((len(image),), guess), readout_rates={"label": rates})

    def snapshot(self) -> dict[str, torch.Tensor]:
        readout = self.readouts["label"]
        return {"w": self.weight, "n": self.counter, "s": readout.scores, "p": readout.pending, "g": readout.gathered}

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        own = self.snapshot()
        if tensors.keys() != own.keys():
            raise ValueError(f"unknown or missing keys: {sorted(tensors.keys() ^ own.keys())}")
        readout = self.readouts["label"]
        self.weight, self.counter = tensors["w"], tensors["n"]
        readout.scores, readout.pending, readout.gathered = tensors["s"], tensors["p"], tensors["g"]


def images(count: int, seed: int) -> ImageSet:
    generator = torch.Generator().manual_seed(seed)
    return ImageSet(torch.rand(count, 2, 2, generator=generator), torch.randint(0, 10, (count,), generator=generator))


DATA = DataSet("fake", images(14, 1), images(6, 2))


class Collector:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def report(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        """Nothing."""


def signal_at(number: int, which: signal.Signals = signal.SIGINT) -> Any:
    return lambda batch: os.kill(os.getpid(), which) if batch == number else None


def equal(one: FakeNetwork, two: FakeNetwork) -> bool:
    return all(torch.equal(value, two.snapshot()[key]) for key, value in one.snapshot().items())


def test_every_image_is_seen_in_order_also_the_last_smaller_batch() -> None:
    net = FakeNetwork()
    summary = training.train(net, DATA, test_limit=5)
    assert net.sizes == [4, 4, 4, 2, 4, 1]
    assert summary.samples == 14
    assert summary.compile_seconds == 0.25
    assert summary.checkpoint is None
    assert summary.test_accuracy is not None


def test_a_batch_is_predicted_before_its_labels_are_known() -> None:
    labels = torch.full((8,), 3)
    data = DataSet("fake", ImageSet(torch.ones(8, 2, 2), labels), ImageSet(torch.ones(4, 2, 2), labels[:4]))
    summary = training.train(FakeNetwork(), data)
    assert summary.train_accuracy == 0.0
    assert summary.test_accuracy == 1.0


def test_testing_learns_nothing_and_puts_the_mode_back() -> None:
    net = FakeNetwork().train()
    weight, scores = net.weight, net.readouts["label"].scores
    result = training.evaluate(net, DATA.test, limit=5)
    assert result.samples == 5
    assert net.training
    assert net.weight is weight
    assert net.readouts["label"].scores is scores


def test_limits_batch_and_epochs_come_from_the_caller_first() -> None:
    net = FakeNetwork()
    training.train(net, DATA, limit=5, batch=3, epochs=2, test_limit=0)
    assert net.sizes == [3, 2, 3, 2]


def test_a_checkpoint_stands_after_every_epoch(tmp_path: Path) -> None:
    summary = training.train(FakeNetwork(), DATA, epochs=3, out=tmp_path / "new" / "out")
    assert summary.checkpoint is not None
    assert [path.name for path in checkpoint.folders(tmp_path / "new" / "out")] == ["checkpoint-000012", "checkpoint-000008"]


@pytest.mark.parametrize("stop_at", range(8))
def test_interrupted_and_resumed_is_bit_for_bit_uninterrupted(tmp_path: Path, stop_at: int) -> None:
    whole = FakeNetwork()
    expected = training.train(whole, DATA, epochs=2, test_limit=5)
    with pytest.raises(Interrupted) as caught:
        training.train(FakeNetwork(on_batch=signal_at(stop_at)), DATA, epochs=2, test_limit=5, out=tmp_path)
    assert caught.value.exit_status == 130
    assert "--resume" in caught.value.help
    resumed = FakeNetwork()
    summary = training.train(resumed, DATA, epochs=2, test_limit=5, out=tmp_path, resume=True)
    assert equal(whole, resumed)
    assert (summary.train_accuracy, summary.test_accuracy, summary.samples) == (expected.train_accuracy, expected.test_accuracy, 28)


def test_more_epochs_go_on_from_a_finished_run(tmp_path: Path) -> None:
    whole, first, second = FakeNetwork(), FakeNetwork(), FakeNetwork()
    training.train(whole, DATA, epochs=3, test_limit=5)
    training.train(first, DATA, epochs=1, test_limit=5, out=tmp_path)
    training.train(second, DATA, epochs=3, test_limit=5, out=tmp_path, resume=True)
    assert equal(whole, second)


def test_a_crash_is_resumed_from_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SAVE_SECONDS", 0.0)

    def crash(batch: int) -> None:
        if batch == 2:
            raise RunError("NaN in exc.v, neuron 3, step 7")

    with pytest.raises(RunError, match="neuron 3"):
        training.train(FakeNetwork(on_batch=crash), DATA, out=tmp_path)
    whole, resumed = FakeNetwork(), FakeNetwork()
    training.train(whole, DATA)
    training.train(resumed, DATA, out=tmp_path, resume=True)
    assert resumed.sizes[0] == 4
    assert len(resumed.sizes) == len(whole.sizes) - 2
    assert equal(whole, resumed)


def test_sigterm_ends_with_143_and_handlers_are_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted) as caught:
        training.train(FakeNetwork(on_batch=signal_at(1, signal.SIGTERM)), DATA)
    assert caught.value.exit_status == 143
    assert "no --out" in caught.value.help
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    def twice(batch: int) -> None:
        if batch == 1:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)

    with pytest.raises(SystemExit) as caught:
        training.train(FakeNetwork(on_batch=twice), DATA, out=tmp_path)
    assert caught.value.code == 130
    assert [path.name for path in checkpoint.folders(tmp_path)] == ["checkpoint-000000"]


def test_what_fails_because_of_a_signal_is_an_interruption() -> None:
    def killed_compiler(batch: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise RuntimeError("g++ was killed")

    with pytest.raises(Interrupted, match="in the middle of a step"):
        training.train(FakeNetwork(on_batch=killed_compiler), DATA)


def test_resuming_with_other_options_is_refused(tmp_path: Path) -> None:
    training.train(FakeNetwork(), DATA, out=tmp_path)
    with pytest.raises(UsageError, match="batch = 4, not 2"):
        training.train(FakeNetwork(), DATA, batch=2, out=tmp_path, resume=True)
    with pytest.raises(UsageError, match="images = 14, not 8"):
        training.train(FakeNetwork(), DATA, limit=8, out=tmp_path, resume=True)
    with pytest.raises(UsageError, match="--resume needs --out"):
        training.train(FakeNetwork(), DATA, resume=True)
    other = dataclasses.replace(PROGRAM, run=Run(batch=4, seed=9))
    with pytest.raises(UsageError, match="another program"):
        training.train(FakeNetwork(other), DATA, out=tmp_path, resume=True)


def test_a_checkpoint_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    path = checkpoint.write(tmp_path, 1, {"alien": torch.zeros(1)}, PROGRAM, {})
    with pytest.raises(RunError, match="does not fit the network: unknown or missing keys"):
        training.restore(FakeNetwork(), path)


def test_what_cannot_be_trained_is_refused_before_anything_runs(tmp_path: Path) -> None:
    net = FakeNetwork(dataclasses.replace(PROGRAM, train=None))
    with pytest.raises(UsageError, match="block `train:`"):
        training.train(net, DATA)
    net = FakeNetwork()
    net.readouts = {}
    with pytest.raises(UsageError, match="no readout"):
        training.train(net, DATA)
    net.readouts = {"label": FakeReadout(classes=3)}
    with pytest.raises(UsageError, match="has 3 classes, the data set 10"):
        training.train(net, DATA, out=tmp_path / "out")
    with pytest.raises(UsageError, match="limit is 0"):
        training.train(FakeNetwork(), DATA, limit=0)
    assert not (tmp_path / "out").exists()


def test_events_tell_the_whole_story(tmp_path: Path) -> None:
    collector = Collector()
    training.train(FakeNetwork(), DATA, test_limit=4, out=tmp_path, reporter=collector)
    kinds = [type(event) for event in collector.events]
    assert kinds == [Saved, Started, Compiled, Batch, Batch, Batch, Batch, Finished, Saved, Started, Batch, Finished]
    last = [event for event in collector.events if isinstance(event, Batch) and event.phase == "train"][-1]
    assert (last.done, last.total, last.seconds_left) == (14, 14, 0.0)


def test_json_lines_are_objects_and_lines_are_lines() -> None:
    collector, objects, lines = Collector(), io.StringIO(), io.StringIO()
    training.train(FakeNetwork(), DATA, test_limit=4, reporter=collector)
    for reporter in (JsonLines(objects), Lines(lines)):
        for event in [*collector.events, Saved(Path("x"), 3)]:
            reporter.report(event)
    names = [json.loads(line)["event"] for line in objects.getvalue().splitlines()]
    assert names == ["started", "compiled", "batch", "finished", "started", "finished", "saved"]
    assert lines.getvalue().splitlines()[:2] == ["epoch 1/1: 14 images", "compiled in 0.2 s"]
    assert lines.getvalue().splitlines()[-1] == "saved x"


def test_the_bar_draws_and_leaves() -> None:
    from inferno.reporting import Bar

    bar = Bar()
    training.train(FakeNetwork(), DATA, test_limit=4, reporter=bar)
    bar.close()


def test_durations_read_like_durations() -> None:
    assert [clock(seconds) for seconds in (0.4, 59, 61, 3723)] == ["0 s", "59 s", "1:01", "1:02:03"]
