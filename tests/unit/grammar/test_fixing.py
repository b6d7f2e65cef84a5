"""Suggested edits: what they are for common mistakes, that they mend, and that fixing a file never makes it worse."""

from __future__ import annotations

from pathlib import Path

import pytest

from inferno.grammar import findings_of
from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.edits import edited, lines_after
from inferno.grammar.fixing import errors, fix
from inferno.grammar.source import Source, Span

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "golden" / "errors").glob("*.snn"))
CELL = "neuron N:\n    param tau = 10 ms, v_reset = 0\n    state v = 0\n    tau * v' = -v\n    spike when v > 1:\n        v = v_reset\n"
RUN = "run:\n    dt = 1 ms\n    steps = 3\n"
FINE = f"snn 1\n{CELL}population p[2] = N()\n{RUN}"


def find(data: bytes) -> tuple[Diagnostic, ...]:
    return findings_of(data, "f.snn", {})[1]


def fixed(text: str) -> str:
    return fix(text.encode(), "f.snn", find).data.decode()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("v = v_reset", "v = v_rset"),
        ("v = v_reset", "v == v_reset"),
        ("spike when v > 1:", "spike when v > 1"),
        ("spike when v > 1:", "spike when v > 1  # over it"),
        ("tau * v'", "tua * v'"),
        ("tau * v'", "tau × v'"),
        ("dt = 1 ms", "dt = 1 msec"),
        ("dt = 1 ms", "dt = 1"),
        ("    steps = 3", "\tsteps = 3"),
        ("steps = 3", "step = 3"),
        ("run:", "rnu:"),
        ("population p", "popluation p"),
        ("N()", "n()"),
        ("state v = 0", "sate v = 0"),
        ("param tau", "parm tau"),
        ("tau = 10 ms", "tau = 10 ms)"),
        ("snn 1\n", ""),
        ("v_reset = 0", "v_reset = .0"),
    ],
)
def test_a_common_mistake_is_mended(wrong: str, right: str) -> None:
    wrong, right = right, wrong
    assert not find(FINE.encode())
    broken = FINE.replace(right, wrong) if right in FINE else FINE
    assert find(broken.encode())
    assert not find(fixed(broken).encode())


def test_a_missing_unit_is_put_in_where_it_begins_with_1() -> None:
    text = FINE.replace("param tau", "param slope : 1/mV = 0.2\n    param tau")
    assert "slope : 1/mV = 0.2 1/mV\n" in fixed(text)
    assert not find(fixed(text).encode())


def test_several_mistakes_are_mended_at_once() -> None:
    text = "population p[2] = LIF(tau_mm = 20)\nprojection f: p -> p:\n\tsynapse = Delta()\n"
    text += "    connect == dense\n    weight = 3\n    delay = 1 dt\n" + RUN
    assert fixed(text) == (
        "snn 1\nfrom std.neurons import LIF\nfrom std.synapses import Delta\npopulation p[2] = LIF(tau_m = 20 ms)\n"
        "projection f: p -> p:\n    synapse = Delta()\n    connect = dense\n    weight = 3\n    delay = 1 dt\n" + RUN
    )


def test_imports_come_behind_the_documentation_or_the_other_imports() -> None:
    body = "population p[2] = LIF()\n" + RUN
    assert fixed('snn 1\n"""Doc\nstring."""\n\n' + body).startswith('snn 1\n"""Doc\nstring."""\nfrom std.neurons import LIF\n')
    assert fixed("snn 1\nfrom std.sources import Poisson\n\n" + body).startswith(
        "snn 1\nfrom std.sources import Poisson\nfrom std.neurons import LIF\n\n"
    )


def test_a_name_with_two_that_are_as_near_is_left_alone() -> None:
    text = FINE.replace("tau = 10 ms", "tau = 10 ms, v_rest = 0").replace("v = v_reset", "v = v_rese")
    (found,) = find(text.encode())
    assert found.edit is None or found.edit.replacement == "v_reset"
    far = FINE.replace("v = v_reset", "v = xyz")
    assert fixed(far) == far


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_fixing_never_makes_a_program_worse(program: Path) -> None:
    data = program.read_bytes()
    before = findings_of(data, program.name, {})[1]
    outcome = fix(data, program.name, lambda changed: findings_of(changed, program.name, {})[1])
    assert errors(outcome.findings) <= errors(before)
    assert outcome.findings == findings_of(outcome.data, program.name, {})[1]
    assert (outcome.data == data) == (not outcome.made)


def test_a_mistake_of_form_is_mended_although_more_mistakes_lie_behind_it() -> None:
    text = FINE.replace("-v", "-v**2").replace("tau = 10 ms", "tau = 10 ms, a = b, c = d, e = f")
    assert fixed(text) == text.replace("**", "^")


def test_an_import_is_put_in_although_the_component_is_used_wrongly() -> None:
    text = "snn 1\npopulation p[2] = LIF(a = 1, b = 2, c = 3)\n" + RUN
    assert fixed(text) == text.replace("snn 1\n", "snn 1\nfrom std.neurons import LIF\n")


def test_an_edit_that_does_harm_is_not_made() -> None:
    source = Source("f.snn", "abc")

    def edit(start: int, end: int, text: str) -> Diagnostic:
        return Diagnostic("E0101", text, None, edit=Edit(Span(source, start, end), text))

    def judge(data: bytes) -> tuple[Diagnostic, ...]:
        errors = {b"abc": (edit(0, 1, "x"), edit(1, 2, "y")), b"xbc": (edit(1, 2, "z"),)}
        return errors.get(data, (edit(0, 0, ""),) * 3)

    outcome = fix(b"abc", "f.snn", judge)
    assert (outcome.data, [one.edit.replacement for one in outcome.made]) == (b"xbc", ["x"])


def test_edits_that_overlap_are_not_made_together() -> None:
    assert edited("abcdef", [(0, 3, "x"), (2, 4, "y"), (4, 4, "1"), (4, 4, "2"), (4, 4, "2")]) == ("xd12ef", [0, 2, 3])


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    data = b"\xef\xbb\xbfsnn 1\r\nlet a == 3\r\n"
    assert fix(data, "f.snn", find).data == b"\xef\xbb\xbfsnn 1\r\nlet a = 3\r\n"


def test_the_lines_of_an_edit_are_shown_as_they_will_be() -> None:
    source = Source("f.snn", "snn 1\nlet a == 3\n")
    assert lines_after(Span(source, 12, 14), "=") == [(2, "let a = 3")]
    assert lines_after(Span(source, 6, 6), "from a import b\n") == [(2, "from a import b")]
    assert lines_after(Span(source, 6, 17), "") == []


@pytest.mark.parametrize("number", ["0.03277y", "9.0164dtms", "1.5e", "1.5_000", "2.5.5", "3 MS"])
def test_a_number_never_becomes_another_one(number: str) -> None:
    text = f"snn 1\nparam a = {number}\n" + FINE.removeprefix("snn 1\n")
    assert fixed(text) == text


def test_an_edit_that_mends_nothing_is_not_made() -> None:
    def judge(data: bytes) -> tuple[Diagnostic, ...]:
        source = Source("f.snn", data.decode())
        return (Diagnostic("E0101", "again", Span(source, 0, 1), edit=Edit(Span(source, 0, 0), "x")),)

    assert fix(b"abc", "f.snn", judge).data == b"abc"
