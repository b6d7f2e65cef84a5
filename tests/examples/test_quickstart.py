"""The quickstart document runs as it is, and the script that says the same runs by its command line.

The document's code blocks are not changed but for the two cutoffs.  Real digits stand in for MNIST, in its files and size.
"""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from sklearn.datasets import load_digits

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "quickstart.md"
BLOCK = re.compile(r"^```\{code\} python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def write_images(folder: Path, name: str, images: numpy.ndarray, labels: numpy.ndarray) -> None:
    """Images and labels as the files of MNIST."""
    (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, *images.shape) + images.astype(numpy.uint8).tobytes())
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(labels)) + labels.astype(numpy.uint8).tobytes())


@pytest.fixture(scope="module", params=["MNIST", "FashionMNIST"])
def workplace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder whose `data/` holds digits in the form of a set, enlarged to 28 x 28."""
    digits = load_digits()
    images = numpy.kron(digits.images, numpy.ones((3, 3)))
    images = numpy.pad(images * (255 / 16), ((0, 0), (2, 2), (2, 2)))
    folder = tmp_path_factory.mktemp("quickstart")
    raw = folder / "data" / request.param / "raw"
    raw.mkdir(parents=True)
    write_images(raw, "train", images[:1400], digits.target[:1400])
    write_images(raw, "t10k", images[1400:], digits.target[1400:])
    return folder, request.param


def document_code(train_cutoff: int, test_cutoff: int, batch_size: int, images: str) -> str:
    code = "\n".join(BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
    for old, new in (
        ("train_cutoff = None", f"train_cutoff = {train_cutoff}"),
        ("test_cutoff = None", f"test_cutoff = {test_cutoff}"),
        ("batch_size = 20\n", f"batch_size = {batch_size}\n"),
    ):
        assert code.count(old) == 1
        code = code.replace(old, new)
    return code.replace("MNIST", images) if images != "MNIST" else code


@pytest.mark.parametrize("batch_size", [20, 17])
def test_the_document_runs_and_learns(workplace: tuple[Path, str], batch_size: int) -> None:
    folder, images = workplace
    script = folder / f"document_{batch_size}.py"
    script.write_text("import torch\ntorch.manual_seed(0)\n" + document_code(600, 190, batch_size, images), encoding="utf-8")
    done = subprocess.run([sys.executable, script.name], cwd=folder, capture_output=True, text=True, check=False, env=one_thread())
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Completed" in done.stdout
    accuracy = float(done.stdout.split("Testing Accuracy:")[1].split()[0])
    # Ten classes: of 190 images chance gets 0.1 +- 0.02 right.
    assert accuracy > 0.25, done.stdout[-500:]


def one_thread() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def test_the_script_runs(workplace: tuple[Path, str]) -> None:
    folder, images = workplace
    name = {"MNIST": "mnist", "FashionMNIST": "fashion-mnist"}[images]
    options = ["--data", name, "--train-cutoff", "200", "--test-cutoff", "40", "--seed", "0"]
    command = [sys.executable, str(ROOT / "examples" / "quickstart.py"), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=one_thread())
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Testing Accuracy" in done.stdout and "Spikes of a test sample" in done.stdout


def test_the_document_is_the_one_that_was_asked_for() -> None:
    original = ROOT.parent / "shared" / "seed" / "quickstart.md"
    if not original.is_file():
        pytest.skip("the original document is not beside this checkout")
    assert BLOCK.findall(original.read_text(encoding="utf-8")) == BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
