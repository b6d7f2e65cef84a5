"""The generated module of small programs, whole: readable, and the same to the byte every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from inferno.compiler.pipeline import compile_program
from inferno.grammar import check_file

FOLDER = Path(__file__).with_name("codegen")
PROGRAMS = sorted(FOLDER.glob("*.snn"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_a_program_generates_its_golden_module(program: Path, update_golden: bool) -> None:
    source = compile_program(check_file(program)).source
    golden = program.with_suffix(".golden")
    if update_golden:
        golden.write_text(source)
    assert source == golden.read_text()


def test_a_program_generates_its_golden_loops(update_golden: bool) -> None:
    loops = compile_program(check_file(FOLDER / "competition.snn")).loops
    text = loops[loops.index("// All time steps") :]
    golden = FOLDER / "competition.loops.golden"
    if update_golden:
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_generated_code_names_the_lines_it_came_from(program: Path) -> None:
    source = compile_program(check_file(program)).source
    for line, text in enumerate(program.read_text().splitlines(), 1):
        if text.startswith(("population", "projection")):
            assert f"# {program.name}:{line}: {' '.join(text.split())}" in source


def test_another_value_of_a_parameter_needs_no_other_source() -> None:
    program = FOLDER / "competition.snn"
    plain, changed = (compile_program(check_file(program, o)) for o in ({}, {"exc.tau_m": "30 ms"}))
    assert plain.source == changed.source
    assert plain.loops == changed.loops
    assert plain.constants != changed.constants


def test_the_order_of_declarations_changes_nothing() -> None:
    text = (FOLDER / "competition.snn").read_text()
    head, *blocks = text.split("\nprojection ")
    from inferno.grammar import check_text

    tail_at = blocks[-1].index("\noutput ")
    blocks, tail = [*blocks[:-1], blocks[-1][:tail_at]], blocks[-1][tail_at:]
    turned = head + "".join(f"\nprojection {b}" for b in reversed(blocks)) + tail

    def without_comments(source: str) -> list[str]:
        return [line for line in source.splitlines() if not line.strip().startswith("#")]

    sources = [compile_program(check_text(t, "competition.snn")).source for t in (text, turned)]
    assert without_comments(sources[0]) == without_comments(sources[1])
