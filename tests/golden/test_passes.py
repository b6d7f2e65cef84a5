"""Every pass on small programs: what it reports, and what it changes in the graph.

A golden file holds cases: a title, a program, the pass's report and the difference that it makes.  `--update-golden` rewrites the last two.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from inferno.compiler.lower import lower
from inferno.compiler.passes import PASSES
from inferno.compiler.report import Report
from inferno.compiler.text import to_json
from inferno.grammar import check_text

FOLDER = Path(__file__).with_name("passes")
NAMES = [p.__name__ for p in PASSES]


def read_cases(path: Path) -> list[tuple[str, str, str]]:
    """Title, program and expected text of each case."""
    found = []
    for block in path.read_text().split("=== ")[1:]:
        title, _, rest = block.partition("\n")
        program, _, expected = rest.partition("--- ")
        found.append((title, program, "--- " + expected))
    return found


def outcome(name: str, program: str) -> str:
    """What a pass reports and changes, after all passes before it."""
    report = Report()
    graph = lower(check_text(program, "case.snn"))
    for run in PASSES:
        report.begin(run.__name__)
        before = to_json(graph).splitlines()
        graph = run(graph, report)
        if run.__name__ == name:
            after = to_json(graph).splitlines()
            lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
            return "\n".join(["--- report", *report.sections[-1][1], "--- change", *lines]) + "\n"
    raise AssertionError(f"no pass {name}")


def test_every_pass_has_a_golden_file() -> None:
    assert sorted(p.stem for p in FOLDER.glob("*.golden")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_pass_does_what_its_golden_file_says(name: str, request: pytest.FixtureRequest) -> None:
    path = FOLDER / f"{name}.golden"
    cases = read_cases(path)
    assert cases
    found = [(title, program, outcome(name, program)) for title, program, _ in cases]
    if request.config.getoption("--update-golden"):
        path.write_text("".join(f"=== {t}\n{p}{o}\n" for t, p, o in found))
        return
    for (title, _, expected), (_, _, actual) in zip(cases, found, strict=True):
        assert actual.rstrip("\n") == expected.rstrip("\n"), title


def test_equal_programs_give_equal_graphs_to_the_byte() -> None:
    program = read_cases(FOLDER / "schedule.golden")[0][1]
    assert json.loads(to_json(lower(check_text(program, "case.snn")))) == json.loads(to_json(lower(check_text(program, "case.snn"))))
