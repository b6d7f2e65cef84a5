"""Trains and tests a network on labelled images: the loop around `net(...)`, label assignment, checkpoints and interruptions.

Samples come in the order of the data set's files, the same in every epoch, as from torchvision's loader without shuffling; the last
batch of an epoch may be smaller.  A training prediction is made before its batch changes anything the readout knows.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from inferno import checkpoint
from inferno.data.images import DataSet, ImageSet, image_input
from inferno.errors import Interrupted, RunError, UsageError
from inferno.interruption import Interruption
from inferno.reporting import Batch, Compiled, Finished, Reporter, Saved, Silent, Started

if TYPE_CHECKING:
    from inferno.runtime.network import Network

SAVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is: `position` images into epoch number `epoch` (from 0), of which `correct` were predicted rightly."""

    epoch: int = 0
    position: int = 0
    correct: int = 0
    batches: int = 0
    samples: int = 0

    @property
    def accuracy(self) -> float:
        """The epoch's running accuracy."""
        return self.correct / self.position if self.position else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What training ends with.

    `train_accuracy` is the last epoch's, `samples` counts every training image since the network was new, `seconds` is the whole call,
    `ms_per_batch` the mean of this call's training batches without compiling (None if there was none).
    """

    train_accuracy: float
    test_accuracy: float | None
    samples: int
    seconds: float
    compile_seconds: float
    ms_per_batch: float | None
    epochs: int
    checkpoint: Path | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a test pass ends with."""

    test_accuracy: float
    samples: int
    seconds: float
    compile_seconds: float
    ms_per_batch: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What stays the same during one training."""

    images: ImageSet
    image_input: str
    epochs: int
    batch: int
    out: Path | None
    reporter: Reporter
    facts: Mapping[str, Any]


class _Stopwatch:
    """Time spent in batches, compiling kept apart."""

    def __init__(self, net: Network, reporter: Reporter) -> None:
        self._net = net
        self._reporter = reporter
        self._begun = self._compiled_before = 0.0
        self.running = 1e-9
        self.compiling = 0.0
        self.batches = 0
        self.images = 0

    def start(self) -> None:
        """A batch begins."""
        self._compiled_before = self._net.compile_seconds
        self._begun = time.perf_counter()

    def stop(self, images: int) -> None:
        """The batch is through."""
        compiled = self._net.compile_seconds - self._compiled_before
        self.running += max(time.perf_counter() - self._begun - compiled, 0.0)
        self.compiling += compiled
        self.batches += 1
        self.images += images
        if compiled > 0:
            self._reporter.report(Compiled(compiled))

    @property
    def images_per_second(self) -> float:
        """The mean speed so far."""
        return self.images / self.running

    @property
    def ms_per_batch(self) -> float | None:
        """The mean time of a batch."""
        return 1e3 * self.running / self.batches if self.batches else None


def train(
    net: Network,
    data: DataSet,
    *,
    epochs: int | None = None,
    limit: int | None = None,
    test_limit: int | None = None,
    batch: int | None = None,
    out: Path | None = None,
    resume: bool = False,
    reporter: Reporter | None = None,
) -> Summary:
    """Train by the network's own plasticity, then test.

    `epochs` and `batch` default to what the program says, `limit` and `test_limit` to all images (`test_limit=0`: no test).  With `out`
    a checkpoint is written before the first batch, every minute, after each epoch and on interruption; `resume` goes on from the newest
    one, bit by bit as if nothing had happened.

    Raises `UsageError`, `RunError`, or `Interrupted` once a signal has come and the state is saved.
    """
    started = time.perf_counter()
    compiled_before = net.compile_seconds
    plan = _plan(net, data, epochs, limit, batch, out, reporter or Silent())
    progress = _begin(net, plan, resume)
    net.train()
    with Interruption() as stop, torch.no_grad():
        watch = _Stopwatch(net, plan.reporter)
        try:
            progress = _train_epochs(net, plan, progress, watch, stop)
            tested = None
            if test_limit != 0:
                tested = _test(net, data.test.first(test_limit), plan.image_input, plan.batch, plan.reporter, stop)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            # Ctrl-C reaches the C++ compiler as well: what then fails is a consequence and not the news.
            if stop.number is None:
                raise
            raise Interrupted(stop.number, f"interrupted by {stop.name} in the middle of a step", _where_it_stands(out)) from error
    newest = checkpoint.folders(out) if out else []
    return Summary(
        progress.accuracy,
        tested.test_accuracy if tested else None,
        progress.samples,
        time.perf_counter() - started,
        net.compile_seconds - compiled_before,
        watch.ms_per_batch,
        plan.epochs,
        newest[0] if newest else None,
    )


def evaluate(
    net: Network,
    images: ImageSet,
    *,
    name: str = "the data set",
    limit: int | None = None,
    batch: int | None = None,
    reporter: Reporter | None = None,
) -> Evaluation:
    """The share of images that the network labels rightly, with plasticity off; the network's mode is put back afterwards."""
    input_name = image_input(net.program, images, name)
    _require_readout(net, images)
    with Interruption() as stop, torch.no_grad():
        return _test(net, images.first(limit), input_name, batch or net.program.run.batch, reporter or Silent(), stop)


def restore(net: Network, path: Path) -> checkpoint.Checkpoint:
    """Put a checkpoint's state into a network of the same program; raises `UsageError` or `RunError`."""
    saved = checkpoint.read(path)
    checkpoint.require_program(saved, net.program)
    try:
        net.restore(saved.tensors)
    except ValueError as error:
        raise RunError(f"{saved.path} does not fit the network: {error}") from error
    return saved


def _plan(
    net: Network, data: DataSet, epochs: int | None, limit: int | None, batch: int | None, out: Path | None, reporter: Reporter
) -> _Plan:
    """The plan, once everything that can be wrong with it has been looked at."""
    program = net.program
    if program.train is None:
        raise UsageError(f"{program.name} says nothing about training", "add a block `train:` with `method = local`")
    if program.train.method == "bptt":
        raise UsageError(
            f"{program.name} is to be trained by gradients (method = bptt), which is not supported yet",
            "its network runs all the same; `method = local` learns by plasticity",
        )
    for name, value in (("epochs", epochs), ("limit", limit), ("batch", batch)):
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}; it must be at least 1")
    images = data.train.first(limit)
    input_name = image_input(program, images, data.name)
    _require_readout(net, images)
    size = batch or program.run.batch
    facts = {"data": data.name, "images": len(images), "batch": size, "seed": getattr(net, "seed", program.run.seed)}
    return _Plan(images, input_name, epochs or program.train.epochs, size, out, reporter, facts)


def _require_readout(net: Network, images: ImageSet) -> None:
    if not net.readouts:
        raise UsageError(
            f"{net.program.name} has no readout that could learn labels", "add e.g. `output label = MaxRate(exc, classes = 10)`"
        )
    for name, readout in net.readouts.items():
        classes = getattr(readout, "classes", images.classes)
        if classes < images.classes:
            raise UsageError(f"readout `{name}` has {classes} classes, the data set {images.classes}", f"set `classes = {images.classes}`")


def _begin(net: Network, plan: _Plan, resume: bool) -> Progress:
    """Where training starts: at the first image, or where the newest checkpoint says."""
    if plan.out is None:
        if resume:
            raise UsageError("--resume needs --out, the folder with the checkpoints")
        return Progress()
    needed = sum(tensor.nbytes for tensor in net.snapshot().values())
    checkpoint.prepare(plan.out, resume=resume, needed_bytes=needed)
    if not resume:
        _save(net, plan, Progress())
        return Progress()
    saved = restore(net, plan.out)
    progress, facts = _read_facts(saved)
    for name, value in plan.facts.items():
        if facts.get(name) != value:
            found = facts.get(name)
            raise UsageError(f"{saved.path} was trained with {name} = {found}, not {value}", "resume with the same options")
    return progress


def _read_facts(saved: checkpoint.Checkpoint) -> tuple[Progress, dict[str, Any]]:
    facts = dict(saved.facts)
    try:
        values = facts.pop("progress")
        progress = Progress(**{field.name: int(values[field.name]) for field in dataclasses.fields(Progress)})
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{saved.path} says nothing about how far training was") from error
    return progress, facts


def _save(net: Network, plan: _Plan, progress: Progress) -> None:
    """Write a checkpoint if there is a folder for it."""
    if plan.out is None:
        return
    facts = {**plan.facts, "progress": dataclasses.asdict(progress)}
    path = checkpoint.write(plan.out, progress.batches, net.snapshot(), net.program, facts)
    plan.reporter.report(Saved(path, progress.samples))


def _train_epochs(net: Network, plan: _Plan, progress: Progress, watch: _Stopwatch, stop: Interruption) -> Progress:
    """Every epoch that is still to do; raises `Interrupted` after saving."""
    first_epoch = progress.epoch
    for epoch in range(first_epoch, plan.epochs):
        if epoch > first_epoch:
            progress = dataclasses.replace(progress, epoch=epoch, position=0, correct=0)
        if progress.position < len(plan.images):
            progress = _train_epoch(net, plan, progress, watch, stop)
    return progress


def _train_epoch(net: Network, plan: _Plan, progress: Progress, watch: _Stopwatch, stop: Interruption) -> Progress:
    """One epoch from its current position on."""
    total, number = len(plan.images), progress.epoch + 1
    plan.reporter.report(Started("train", number, plan.epochs, progress.position, total, watch.batches == 0 and _will_compile(net)))
    begun = saved_at = time.monotonic()
    while progress.position < total:
        progress = _train_batch(net, plan, progress, watch)
        if progress.position == total:
            # Before the checkpoint: whoever goes on from it must find what an uninterrupted run has.
            for readout in net.readouts.values():
                readout.flush()
        speed = watch.images_per_second
        left = (total - progress.position) / speed
        plan.reporter.report(Batch("train", number, plan.epochs, progress.position, total, progress.accuracy, speed, left))
        if stop.number is not None:
            _save(net, plan, progress)
            raise Interrupted(stop.number, f"interrupted by {stop.name} after {progress.samples:,} images", _where_it_stands(plan.out))
        if time.monotonic() - saved_at >= SAVE_SECONDS and progress.position < total:
            _save(net, plan, progress)
            saved_at = time.monotonic()
    plan.reporter.report(Finished("train", number, plan.epochs, total, progress.accuracy, time.monotonic() - begun))
    _save(net, plan, progress)
    return progress


def _train_batch(net: Network, plan: _Plan, progress: Progress, watch: _Stopwatch) -> Progress:
    """One batch: predict, learn, assign labels."""
    end = min(progress.position + plan.batch, len(plan.images))
    images, labels = plan.images.images[progress.position : end], plan.images.labels[progress.position : end]
    watch.start()
    result, correct = _predict(net, plan.image_input, images, labels)
    for name, readout in net.readouts.items():
        readout.observe(result.readout_rates[name], labels.to(net.device))
    watch.stop(len(labels))
    return Progress(progress.epoch, end, progress.correct + correct, progress.batches + 1, progress.samples + len(labels))


def _test(net: Network, images: ImageSet, input_name: str, batch: int, reporter: Reporter, stop: Interruption) -> Evaluation:
    """A pass without learning; the network's mode is put back afterwards."""
    was_training = net.training
    net.eval()
    try:
        begun, watch = time.perf_counter(), _Stopwatch(net, reporter)
        correct, total = 0, len(images)
        reporter.report(Started("test", 1, 1, 0, total, _will_compile(net)))
        for start in range(0, total, batch):
            labels = images.labels[start : start + batch]
            watch.start()
            correct += _predict(net, input_name, images.images[start : start + batch], labels)[1]
            watch.stop(len(labels))
            speed = watch.images_per_second
            reporter.report(Batch("test", 1, 1, watch.images, total, correct / watch.images, speed, (total - watch.images) / speed))
            if stop.number is not None and watch.images < total:
                raise Interrupted(stop.number, f"interrupted by {stop.name} after {watch.images:,} test images")
        seconds = time.perf_counter() - begun
        reporter.report(Finished("test", 1, 1, total, correct / total, seconds))
        return Evaluation(correct / total, total, seconds, watch.compiling, watch.ms_per_batch)
    finally:
        net.train(was_training)


def _predict(net: Network, input_name: str, images: torch.Tensor, labels: torch.Tensor) -> tuple[Any, int]:
    """The result of a batch, and how many labels its first readout (by name) got right."""
    result = net(**{input_name: images.to(net.device)})
    predicted = getattr(result, min(net.readouts))
    return result, int((predicted.cpu() == labels).sum())


def _will_compile(net: Network) -> bool:
    """Whether the next batch has code to compile, as far as can be told before it runs."""
    return getattr(net, "backend", "eager") != "eager"


def _where_it_stands(out: Path | None) -> str:
    return "nothing is kept: there was no --out" if out is None else f"continue with --out {out} --resume"
