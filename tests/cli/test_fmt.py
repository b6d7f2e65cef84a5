import io
import json
import os
import sys
from pathlib import Path

import pytest

from inferno.cli.main import call

ROOT = Path(__file__).resolve().parents[2]
OURS = [*sorted((ROOT / "grammar" / "std").glob("*.snn")), *sorted((ROOT / "examples").rglob("*.snn"))]
ROUGH = "snn 1\nlet a=1   # one\n"
FINE = "snn 1\nlet a = 1  # one\n"
BAD = "snn 1\nlet = 3\n"


@pytest.fixture
def rough(tmp_path: Path) -> Path:
    path = tmp_path / "rough.snn"
    path.write_text(ROUGH)
    return path


def test_files_are_formatted_in_place_and_keep_their_mode(rough: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rough.chmod(0o640)
    assert call(["fmt", str(rough)]) == 0
    assert rough.read_text() == FINE
    assert rough.stat().st_mode & 0o777 == 0o640
    assert capsys.readouterr().out == f"{rough}: formatted\n"
    assert os.listdir(rough.parent) == ["rough.snn"]  # noqa: PTH208
    assert call(["fmt", str(rough)]) == 0
    assert capsys.readouterr().out == ""


def test_a_link_stays_a_link(rough: Path) -> None:
    link = rough.with_name("link.snn")
    link.symlink_to(rough)
    assert call(["fmt", str(link)]) == 0
    assert link.is_symlink()
    assert rough.read_text() == FINE


def test_check_names_the_files_and_changes_none(rough: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = rough.with_name("fine.snn")
    fine.write_text(FINE)
    assert call(["fmt", "--check", str(rough), str(fine)]) == 1
    assert capsys.readouterr().out == f"{rough}: not formatted\n"
    assert rough.read_text() == ROUGH
    assert call(["fmt", "--check", str(fine)]) == 0


def test_a_file_with_mistakes_is_not_touched_and_the_others_are(rough: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = rough.with_name("bad.snn")
    bad.write_text(BAD)
    assert call(["fmt", str(bad), str(rough), "--json"]) == 1
    captured = capsys.readouterr()
    assert "error[E" in captured.err
    done = json.loads(captured.out)
    assert done["changed"] == [str(rough)]
    assert done["wrong"] == [str(bad)]
    assert bad.read_text() == BAD
    assert rough.read_text() == FINE


def test_standard_input_goes_to_standard_output(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for text, status, printed in ((ROUGH, 0, FINE), (BAD, 1, "")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert call(["fmt", "--stdin"]) == status
        assert capsysbinary.readouterr().out == printed.encode()
    assert call(["fmt"]) == 2
    assert call(["fmt", "--stdin", "x.snn"]) == 2


def test_our_own_files_are_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    status = call(["fmt", "--check", *map(str, OURS)])
    assert (status, capsys.readouterr().out) == (0, "")
