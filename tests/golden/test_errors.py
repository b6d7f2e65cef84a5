"""Every diagnostic code has a wrong program whose whole printed text is pinned beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inferno.grammar.codes import CODES
from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Diagnostic, Findings
from inferno.grammar.render import render_all
from inferno.grammar.syntax import parse

FOLDER = Path(__file__).parent / "errors"
PROGRAMS = sorted(FOLDER.glob("*.snn"))

# A file of 4 MiB is not kept; tests/unit/grammar/test_decode.py has this one.
WITHOUT_PROGRAM = {"E0115"}


def decode_and_parse(data: bytes, name: str) -> tuple[Diagnostic, ...]:
    findings = Findings()
    source = decode(data, name, findings)
    if source is not None:
        parse(source, findings)
    return findings.all


diagnostics_of = decode_and_parse  # to be replaced by the whole checker


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_wrong_program_prints_its_golden_text(program: Path, update_golden: bool) -> None:
    text = render_all(diagnostics_of(program.read_bytes(), program.name)) + "\n"
    golden = program.with_suffix(".txt")
    if update_golden:
        golden.write_bytes(text.encode())
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_wrong_program_shows_the_code_in_its_name(program: Path) -> None:
    assert program.stem[:5] in {diagnostic.code for diagnostic in diagnostics_of(program.read_bytes(), program.name)}


def test_every_syntax_code_has_a_program() -> None:
    shown = {program.stem[:5] for program in PROGRAMS}
    assert {code for code in CODES if code.startswith("E01")} - WITHOUT_PROGRAM <= shown
