"""Every diagnostic code has a wrong program whose whole printed text is pinned beside it.

A program may begin with comments such as `# --set exc.tau_m=3mV`: values given from outside.  What it imports lies in `errors/modules`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inferno.grammar import FolderModules, findings_of
from inferno.grammar.codes import CODES
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.render import render_all

FOLDER = Path(__file__).parent / "errors"
PROGRAMS = sorted(FOLDER.glob("*.snn"))

# No program can show these: a file that isn't there, one of 4 MiB, and one that is mostly mistakes.
# tests/unit/grammar/test_checks_limits.py and test_decode.py have them.
WITHOUT_PROGRAM = {"E0115", "E0190", "E0191"}

_SET = re.compile(rb"^# --set ([^=\n]+)=([^\n]*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def beside_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def diagnostics_of(program: Path) -> tuple[Diagnostic, ...]:
    data = program.read_bytes()
    overrides = {name.decode().strip(): value.decode() for name, value in _SET.findall(data)}
    return findings_of(data, program.name, overrides, FolderModules(Path(program.name)))[1]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_wrong_program_prints_its_golden_text(program: Path, update_golden: bool) -> None:
    text = render_all(diagnostics_of(program)) + "\n"
    golden = program.with_suffix(".txt")
    if update_golden:
        golden.write_bytes(text.encode())
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_wrong_program_shows_the_code_in_its_name(program: Path) -> None:
    assert program.stem[:5] in {diagnostic.code for diagnostic in diagnostics_of(program)}


def test_every_code_has_a_program() -> None:
    shown = {program.stem[:5] for program in PROGRAMS}
    assert set(CODES) - WITHOUT_PROGRAM == shown
