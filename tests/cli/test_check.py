import json
from pathlib import Path

import pytest

from inferno.cli.main import call

GOOD = (
    "snn 1\nfrom std.neurons import LIF\nparam tau = 10 ms\npopulation cells[3] = LIF(tau_m = tau)\nrun:\n    dt = 1 ms\n    steps = 10\n"
)
BAD = GOOD.replace("tau_m = tau", "tau_m = 3 mV").replace("LIF(", "LIFF(", 0)
WARNED = GOOD.removeprefix("snn 1\n")


def write(folder: Path, text: str) -> str:
    path = folder / "f.snn"
    path.write_text(text)
    return str(path)


def test_a_good_file_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, GOOD)
    assert call(["check", file]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{file}: no mistakes found\n"
    assert captured.err == ""
    assert call(["check", file, "-q"]) == 0
    assert capsys.readouterr().out == ""


def test_warnings_are_shown_and_do_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", write(tmp_path, WARNED)]) == 0
    captured = capsys.readouterr()
    assert "warning[W" in captured.err
    assert "no mistakes found" in captured.out


def test_a_mistake_is_a_diagnostic_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, BAD)
    assert call(["check", file]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error[E")
    assert f"{file}:4:" in captured.err
    assert captured.out == ""


def test_overrides_are_checked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, GOOD)
    assert call(["check", file, "--set", "tau=30ms"]) == 0
    assert call(["check", file, "--set", "tau=30mV"]) == 1
    assert "error[E" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_json_is_an_object_a_line_and_done_at_last(tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", write(tmp_path, BAD), *option]) == 1
    *found, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["event"] for one in found] == ["diagnostic"] * len(found)
    assert found[0]["severity"] == "error"
    assert last == {"event": "done", "ok": False, "errors": len(found), "warnings": 0}


def test_sarif_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", write(tmp_path, BAD), "--format", "sarif"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == "2.1.0"
    assert document["runs"][0]["results"]


def test_fix_mends_the_file_and_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, GOOD.replace("tau_m = tau", "tau_mm == tau").replace("10 ms", "10 msec"))
    Path(file).chmod(0o640)
    assert call(["check", file, "--fix"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0].startswith(f"{file}:3:16: fixed E0113: ")
    assert captured.out.endswith(f"{file}: no mistakes found\n")
    assert Path(file).read_text() == GOOD
    assert Path(file).stat().st_mode & 0o777 == 0o640
    assert call(["check", file, "--fix", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"event": "done", "ok": True, "errors": 0, "warnings": 0}


def test_fix_leaves_what_it_cannot_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("tau_m = tau", "tau_m = 3 mV").removeprefix("snn 1\n")
    file = write(tmp_path, text)
    assert call(["check", file, "--fix", "--format", "json"]) == 1
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["fixed", "diagnostic", "done"]
    assert Path(file).read_text() == "snn 1\n" + text


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"snn 1\n\x00", b"((((" * 5000])
def test_any_bytes_get_diagnostics(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.snn"
    path.write_bytes(content)
    assert call(["check", str(path)]) in (0, 1)
    assert "bug in inferno" not in capsys.readouterr().err


def test_a_folder_is_no_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", str(tmp_path)]) == 1
    assert "not a regular file" in capsys.readouterr().err


def test_explain_prints_a_codes_page(capsys: pytest.CaptureFixture[str]) -> None:
    from inferno.grammar.codes import CODES

    code = sorted(CODES)[0]
    assert call(["explain", code.lower()]) == 0
    assert capsys.readouterr().out.startswith(f"# {code}: {CODES[code].title}\n")
    assert call(["explain", "E9999"]) == 2
    assert "no error code `E9999`" in capsys.readouterr().err
    assert call(["explain", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["codes"].keys() == CODES.keys()


CLAIMED = """snn 1
from std.sources import Poisson
population noise[50] = Poisson(rate = 100 Hz)
expect mean_rate(noise) in [{low} Hz, 120 Hz]
run:
    duration = 200 ms
"""


@pytest.mark.parametrize(("low", "status"), [(80, 0), (110, 1)])
def test_claims_are_checked_by_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str], low: int, status: int) -> None:
    path = tmp_path / "claimed.snn"
    path.write_text(CLAIMED.format(low=low))
    assert call(["check", str(path)]) == 0
    capsys.readouterr()
    assert call(["check", str(path), "--run", "--backend", "eager"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"expect mean_rate(noise) in [{low} Hz, 120 Hz]: ")
    assert lines[0].endswith("Hz, holds" if status == 0 else "Hz, does not hold")
    assert call(["run", str(path), "--backend", "eager", "--json"]) == status
    claim, done = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert claim["event"] == "claim"
    assert claim["holds"] is (status == 0)
    assert claim["unit"] == "Hz"
    assert set(done) == {"event", "populations", "simulated_seconds", "seconds", "loop_seconds", "compile_seconds"}
    assert set(done["populations"]["noise"]) == {"spikes", "rate_hz"}


def test_a_wrong_program_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.snn"
    path.write_text(CLAIMED.format(low=80) + "    seed = x\n")
    assert call(["check", str(path), "--run"]) == 1
    assert "expect" not in capsys.readouterr().out
    assert call(["check", str(path), "--run", "--format", "sarif"]) == 2
