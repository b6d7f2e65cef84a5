"""Options of the whole test suite."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what the tests see into the golden files")
    parser.addoption("--mnist", type=Path, default=Path("data"), help="the folder that holds MNIST/raw, for the slow test that learns it")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def mnist(request: pytest.FixtureRequest) -> Path:
    """The folder of MNIST; without its files the test is skipped."""
    folder: Path = request.config.getoption("--mnist")
    if not (folder / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file():
        pytest.skip(f"no MNIST/raw/train-images-idx3-ubyte in {folder}; --mnist names another folder")
    return folder
