import struct
import sys
from pathlib import Path

import pytest
import torch

from inferno.data import DATA_SETS
from inferno.data.images import ImageSet, image_input, load, load_both
from inferno.errors import RunError, UsageError
from inferno.grammar.checked import Input, Program, Run


def write_idx(path: Path, sizes: tuple[int, ...], values: bytes, magic: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack(f">I{len(sizes)}I", 0x800 + len(sizes) if magic is None else magic, *sizes) + values)


def write_mnist(folder: Path, name: str = "MNIST") -> Path:
    raw = folder / name / "raw"
    for prefix, count in (("train", 3), ("t10k", 2)):
        write_idx(raw / f"{prefix}-images-idx3-ubyte", (count, 2, 2), bytes(range(0, 255, 255 // (4 * count)))[: 4 * count])
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", (count,), bytes(range(count)))
    return raw


def program(*inputs: Input) -> Program:
    return Program("p.snn", "", (), inputs, (), (), (), (), Run(), None)


def an_input(name: str, *shape: int, kind: str = "real") -> Input:
    return Input(name=name, kind=kind, shape=shape, low=0.0, high=1.0, span=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_torchvisions_layout_is_read_in_the_order_of_the_file(tmp_path: Path, name: str, folder: str) -> None:
    write_mnist(tmp_path, folder)
    both = load_both(name, tmp_path)
    assert (len(both.train), len(both.test)) == (3, 2)
    assert both.train.images.dtype == torch.float32
    assert both.train.images[0, 0].tolist() == [0.0, pytest.approx(21 / 255)]
    assert both.train.labels.tolist() == [0, 1, 2]
    assert both.train.shape == (2, 2)


def test_digits_are_split_once_and_for_all() -> None:
    pytest.importorskip("sklearn")
    train, test = load("digits", Path("nowhere"), True), load("digits", Path("nowhere"), False)
    assert (len(train), len(test)) == (1437, 360)
    assert train.shape == (8, 8)
    assert float(train.images.max()) == 1.0
    assert train.labels[:8].tolist() == [2, 8, 2, 6, 6, 7, 1, 9]
    assert int(torch.bincount(test.labels).min()) >= 25


def test_digits_without_scikit_learn_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UsageError, match=r"pip install inferno-snn\[digits\]"):
        load("digits", Path(), True)


def test_missing_files_are_named_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"train-images-idx3-ubyte; .*--data-dir.*--download"):
        load("mnist", tmp_path, True)
    assert not any(tmp_path.iterdir())


def test_packed_files_are_pointed_at(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path)
    (raw / "train-images-idx3-ubyte").rename(raw / "train-images-idx3-ubyte.gz")
    with pytest.raises(UsageError, match="gunzip -k"):
        load("mnist", tmp_path, True)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=", ".join(DATA_SETS)):
        load("imagenet", tmp_path, True)


@pytest.mark.parametrize(
    ("file", "sizes", "values", "magic", "says"),
    [
        ("train-images-idx3-ubyte", (3, 2, 2), bytes(11), None, "promises 12 bytes, 11 are there"),
        ("train-images-idx3-ubyte", (3, 2, 2), bytes(13), None, "promises 12 bytes, 13 are there"),
        ("train-images-idx3-ubyte", (3, 2, 2), bytes(12), 0x0D03, "wrong header"),
        ("train-images-idx3-ubyte", (2**32 - 1, 2**32 - 1, 2**32 - 1), b"", None, "0 are there"),
        ("train-images-idx3-ubyte", (0, 2, 2), b"", None, "is empty"),
        ("train-labels-idx1-ubyte", (2,), bytes(2), None, "3 images but train-labels-idx1-ubyte 2 labels"),
        ("train-labels-idx1-ubyte", (3,), bytes((0, 1, 10)), None, "the label 10"),
    ],
)
def test_a_broken_file_is_named_with_what_to_do(
    tmp_path: Path, file: str, sizes: tuple[int, ...], values: bytes, magic: int | None, says: str
) -> None:
    raw = write_mnist(tmp_path)
    write_idx(raw / file, sizes, values, magic)
    with pytest.raises(RunError) as caught:
        load("mnist", tmp_path, True)
    assert file in caught.value.message
    assert says in caught.value.message
    assert "delete" in caught.value.help


def test_a_limit_takes_the_first() -> None:
    images = ImageSet(torch.zeros(5, 2, 2), torch.arange(5))
    assert images.first(2).labels.tolist() == [0, 1]
    assert len(images.first(None)) == len(images.first(9)) == 5


IMAGES = ImageSet(torch.zeros(1, 28, 28), torch.zeros(1, dtype=torch.int64))


def test_images_go_to_the_only_input_that_fits() -> None:
    assert image_input(program(an_input("image", 28, 28)), IMAGES, "mnist") == "image"


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ((an_input("x", 8, 8),), r"\[28, 28\].*`x` is real\[8, 8\]"),
        ((an_input("x", 28, 28, kind="spikes"),), r"`x` is spikes\[28, 28\]"),
        ((), "it has none"),
        ((an_input("a", 28, 28), an_input("b", 28, 28)), "more than one input of the network: a, b"),
        ((an_input("a", 28, 28), an_input("b", 3)), "further inputs that would get nothing: b"),
    ],
)
def test_images_without_a_fitting_input_are_refused(inputs: tuple[Input, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        image_input(program(*inputs), IMAGES, "mnist")
