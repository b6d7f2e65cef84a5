"""`inferno compile --explain`: what the passes did, and what the steps would cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inferno.cli.main import call

PROGRAM = "snn 1\nfrom std.neurons import LIF\npopulation cells[3] = LIF()\nrun:\n    dt = 1 ms\n    steps = 10\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("INFERNO_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "f.snn"
    path.write_text(PROGRAM)
    return str(path)


def test_explaining_ends_with_the_costs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["compile", file, "--explain"]) == 0
    passes, costs = capsys.readouterr().out.split("costs on the CPU, estimated: ")
    assert passes.startswith("drop_dead\n")
    assert "this machine was not measured" in costs
    assert "  region 1\n    native loop: " in costs


def test_the_object_of_json_holds_the_same_text(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["compile", file, "--explain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert call(["compile", file, "--explain"]) == 0
    assert told["explanation"] == capsys.readouterr().out
    assert call(["compile", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanation"] is None
