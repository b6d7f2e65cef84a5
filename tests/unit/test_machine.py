"""The numbers of a machine: where they are kept, and what happens to files that are not whole."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import fields
from pathlib import Path

import pytest

from inferno.cache import CacheError
from inferno.cli import main as cli
from inferno.machine import BUILT_IN, Machine, Work, nanoseconds
from inferno.machine_cache import keep_machine, known_machine

NUMBERS = {f.name: float(n) for n, f in enumerate(fields(Work), 1)}


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INFERNO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def numbers_of(machine: Machine) -> dict[str, float]:
    return {f.name: getattr(machine, f.name) for f in fields(Work)}


def test_work_takes_the_time_of_its_pieces() -> None:
    work = Work(value=3, thread=1) + Work(value=1, draw=2).times(10)
    machine = Machine(**NUMBERS, origin="a test")
    assert nanoseconds(work, machine) == 13 * machine.value + machine.thread + 20 * machine.draw


def test_a_machine_that_was_never_measured_has_the_numbers_built_in(own_cache: Path) -> None:
    assert known_machine() == BUILT_IN
    assert not known_machine().measured


def test_numbers_are_found_again(own_cache: Path) -> None:
    kept = keep_machine(NUMBERS)
    assert known_machine() == kept
    assert numbers_of(kept) == NUMBERS
    assert kept.measured


def test_new_numbers_take_the_place_of_the_old(own_cache: Path) -> None:
    keep_machine(NUMBERS)
    keep_machine(NUMBERS | {"thread": 7.0})
    assert known_machine().thread == 7
    assert len(list(own_cache.iterdir())) == 1


@pytest.mark.parametrize("length", [0, 10])
def test_a_truncated_file_is_a_miss(own_cache: Path, length: int) -> None:
    keep_machine(NUMBERS)
    (path,) = own_cache.iterdir()
    os.truncate(path, length)
    assert known_machine() == BUILT_IN
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"3",
        b"{}",
        b"not JSON",
        b"\xff",
        b"[" * 100_000,
        json.dumps(NUMBERS | {"row": 0}).encode(),
        json.dumps(NUMBERS | {"row": "fast"}).encode(),
        json.dumps(NUMBERS | {"row": float("nan")}).encode(),
        json.dumps(NUMBERS | {"more": 1}).encode(),
    ],
)
def test_a_whole_file_that_says_something_else_is_a_miss(own_cache: Path, content: bytes) -> None:
    keep_machine(NUMBERS)
    (path,) = own_cache.iterdir()
    start = path.stem.rpartition("-")[0]
    path.unlink()
    wrong = own_cache / f"{start}-{hashlib.sha256(content).hexdigest()}.json"
    wrong.write_bytes(content)
    assert known_machine() == BUILT_IN
    assert not wrong.exists()


def test_numbers_of_another_processor_are_not_taken(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_machine(NUMBERS)
    monkeypatch.setattr("inferno.machine_cache.processor", lambda: "another one")
    assert known_machine() == BUILT_IN


def test_a_folder_that_others_can_write_to_is_not_read(own_cache: Path) -> None:
    keep_machine(NUMBERS)
    own_cache.chmod(0o777)
    machine = known_machine()
    assert numbers_of(machine) == numbers_of(BUILT_IN)
    assert "writable by others" in machine.origin
    with pytest.raises(CacheError, match="writable by others"):
        keep_machine(NUMBERS)


def test_doctor_measures_and_shows_the_machine(own_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["doctor", "--json"]) in (0, 3)
    assert "was not measured" in json.loads(capsys.readouterr().out)["checks"]["machine"]["text"]
    keep_machine(NUMBERS)
    assert cli.call(["doctor", "--json"]) in (0, 3)
    assert "thread 9 ns (measured: " in json.loads(capsys.readouterr().out)["checks"]["machine"]["text"]


def test_measuring_finds_numbers_and_leaves_torchs_threads(own_cache: Path) -> None:
    import torch

    from inferno.runtime.calibration import measure_machine
    from inferno.runtime.kernels import use_native

    use_native()
    threads = torch.get_num_threads()
    measured = measure_machine()
    assert known_machine() == measured
    assert torch.get_num_threads() == threads


def test_a_folder_that_cannot_be_used_is_one_line_of_doctor(own_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_cache.write_text("a file")
    assert cli.call(["doctor", "--measure"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
