"""What the tests of published numbers share."""

from pathlib import Path

import pytest
from written import Write

import inferno
from inferno.runtime.network import Network


@pytest.fixture
def network(tmp_path: Path) -> Write:
    def write(text: str, backend: str = "eager") -> Network:
        path = tmp_path / "science.snn"
        path.write_text(f"snn 1\n{text}")
        return inferno.load_network(path, backend=backend, device="cpu", dtype="float64")

    return write
