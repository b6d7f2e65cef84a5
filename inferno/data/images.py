"""Labelled images as plain tensors: MNIST, Fashion-MNIST and scikit-learn's digits.

MNIST and Fashion-MNIST are read from torchvision's layout (`DIR/MNIST/raw/train-images-idx3-ubyte` and so on); torchvision itself is
only loaded to download them, and that only when asked.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import torch

from inferno.data import DATA_SETS
from inferno.errors import RunError, UsageError

if TYPE_CHECKING:
    from inferno.grammar.checked import Program

FOLDERS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
CLASSES = 10
DIGITS_SEED = 0
DIGITS_TRAIN = 1437
UNSIGNED_BYTE = 8


@dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images [N, rows, columns], float32 in [0, 1], and their labels [N], int64."""

    images: torch.Tensor
    labels: torch.Tensor
    classes: int = CLASSES

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return tuple(self.images.shape[1:])

    def first(self, limit: int | None) -> ImageSet:
        """The first `limit` images, all of them for None."""
        return self if limit is None else ImageSet(self.images[:limit], self.labels[:limit], self.classes)


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """The two parts of a named data set."""

    name: str
    train: ImageSet
    test: ImageSet


def load_both(name: str, data_dir: Path, download: bool = False) -> DataSet:
    """Both parts of a data set; errors as of `load`."""
    return DataSet(name, load(name, data_dir, True, download), load(name, data_dir, False, download))


def load(name: str, data_dir: Path, train: bool, download: bool = False) -> ImageSet:
    """One part of a data set, in the order of its files.

    Raises `UsageError` for an unknown name or missing files, `RunError` for files that are not what they should be.
    """
    if name not in DATA_SETS:
        raise UsageError(f"there is no data set `{name}`", f"known are {', '.join(DATA_SETS)}")
    if name == "digits":
        return _digits(train)
    if download:
        _download(name, data_dir)
    folder = data_dir / FOLDERS[name] / "raw"
    prefix = "train" if train else "t10k"
    images_file, labels_file = folder / f"{prefix}-images-idx3-ubyte", folder / f"{prefix}-labels-idx1-ubyte"
    images, labels = _read_idx(images_file, 3, name), _read_idx(labels_file, 1, name)
    if len(images) != len(labels):
        raise RunError(f"{images_file} holds {len(images)} images but {labels_file.name} {len(labels)} labels", _how_to_mend(labels_file))
    if int(labels.max()) >= CLASSES:
        raise RunError(f"{labels_file} holds the label {int(labels.max())}; labels are 0 to {CLASSES - 1}", _how_to_mend(labels_file))
    return ImageSet(torch.from_numpy(images).to(torch.float32) / 255, torch.from_numpy(labels).to(torch.int64))


def _digits(train: bool) -> ImageSet:
    """scikit-learn's 1,797 images of 8x8, shuffled once and for all with seed 0: 1,437 to train on and 360 to test on."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise UsageError("`digits` comes with scikit-learn, which is not installed", "pip install inferno-snn[digits]") from None
    bunch = load_digits()
    # RandomState, not default_rng: numpy promises that its numbers never change.
    order = numpy.random.RandomState(DIGITS_SEED).permutation(len(bunch.target))
    chosen = order[:DIGITS_TRAIN] if train else order[DIGITS_TRAIN:]
    images = torch.from_numpy(bunch.images[chosen]).to(torch.float32) / 16
    return ImageSet(images, torch.from_numpy(bunch.target[chosen]).to(torch.int64))


def _read_idx(path: Path, rank: int, name: str) -> numpy.ndarray:
    """The unsigned bytes of an IDX file (http://yann.lecun.com/exdb/mnist): magic number, sizes, then the values."""
    if not path.is_file():
        raise UsageError(f"{name} is not there: no file {path}", _how_to_get(path, name))
    header_size = 4 + 4 * rank
    try:
        with path.open("rb") as file:
            header = file.read(header_size)
            if len(header) < header_size or header[:4] != bytes((0, 0, UNSIGNED_BYTE, rank)):
                raise RunError(f"{path} is not an IDX file of bytes in {rank} dimensions: wrong header", _how_to_mend(path))
            sizes = struct.unpack(f">{rank}I", header[4:])
            expected, found = math.prod(sizes), path.stat().st_size - header_size
            if found != expected:
                raise RunError(f"{path} is broken: its header promises {expected:,} bytes, {found:,} are there", _how_to_mend(path))
            if expected == 0:
                raise RunError(f"{path} is empty", _how_to_mend(path))
            return numpy.frombuffer(bytearray(file.read(expected)), dtype=numpy.uint8).reshape(sizes)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error


def _how_to_get(path: Path, name: str) -> str:
    if path.with_name(path.name + ".gz").is_file():
        return f"unpack it: gunzip -k {path}.gz"
    return f"name the folder that holds {FOLDERS[name]}/raw with --data-dir, or pass --download to fetch it"


def _how_to_mend(path: Path) -> str:
    return f"delete {path.name} and pass --download to fetch it again"


def _download(name: str, data_dir: Path) -> None:
    """Fetch what is missing, its checksums verified by torchvision."""
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError) as error:
        raise RunError(f"torchvision cannot be loaded: {_one_line(error)}", "install the one that fits your torch") from error
    try:
        getattr(datasets, FOLDERS[name])(str(data_dir), download=True)
    except (RuntimeError, OSError) as error:
        raise RunError(f"cannot download {name} into {data_dir}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def image_input(program: Program, images: ImageSet, name: str) -> str:
    """The name of the network's input that takes such images: its only `real` input of their shape.

    Raises `UsageError` if there is none, more than one, or another input that would get nothing.
    """
    fitting = [candidate.name for candidate in program.inputs if candidate.kind == "real" and candidate.shape == images.shape]
    if len(fitting) > 1:
        raise UsageError(f"{name} fits more than one input of the network: {', '.join(fitting)}", "give it just one")
    if not fitting:
        wanted = ", ".join(f"`{one.name}` is {one.kind}{list(one.shape)}" for one in program.inputs) or "it has none"
        raise UsageError(f"the images of {name} are {list(images.shape)}, and no `real` input of the network has that shape: {wanted}")
    others = [candidate.name for candidate in program.inputs if candidate.name != fitting[0]]
    if others:
        raise UsageError(f"{name} feeds `{fitting[0]}`, but the network has further inputs that would get nothing: {', '.join(others)}")
    return fitting[0]
