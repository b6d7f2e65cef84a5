"""Diagnostics as text, JSON and SARIF."""

from __future__ import annotations

import json
import re

import pytest

from inferno.grammar.diagnostics import Diagnostic, Edit, Label
from inferno.grammar.render import render, render_all, to_json
from inferno.grammar.sarif import to_sarif
from inferno.grammar.source import Source, Span

ADEX = Source("adex.snn", "\n" * 17 + "    C * v'     = -gL*(v - EL) - w + I_syn + g\n")


def span_of(source: Source, text: str) -> Span:
    start = source.text.rindex(text)
    return Span(source, start, start + len(text))


def test_the_example_of_the_language_page_looks_as_it_does_there() -> None:
    left = span_of(ADEX, "-gL*(v - EL)")
    diagnostic = Diagnostic(
        "E0203",
        "units do not add up",
        span_of(ADEX, "g"),
        "µS (conductance)",
        (Label(left, "nA (current)"),),
        helps=("`g` is a conductance; multiply it by a voltage, e.g. `g*(E - v)`",),
    )
    assert render(diagnostic) == (
        "error[E0203]: units do not add up\n"
        "  --> adex.snn:18:45\n"
        "   |\n"
        "18 |     C * v'     = -gL*(v - EL) - w + I_syn + g\n"
        "   |                  ------------               ^ µS (conductance)\n"
        "   |                  nA (current)\n"
        "   = help: `g` is a conductance; multiply it by a voltage, e.g. `g*(E - v)`"
    )


def test_labels_on_other_lines_are_shown_in_order() -> None:
    source = Source("a.snn", "let a = 1\n\n\nlet a = 2\n")
    diagnostic = Diagnostic(
        "E0301", "twice", Span(source, 16, 17), "again", (Label(Span(source, 4, 5), "first here"),), notes=("a note\nof two lines",)
    )
    assert render(diagnostic).splitlines() == [
        "error[E0301]: twice",
        " --> a.snn:4:5",
        "  |",
        "1 | let a = 1",
        "  |     - first here",
        "...",
        "4 | let a = 2",
        "  |     ^ again",
        "  = note: a note",
        "          of two lines",
    ]


def test_labels_of_another_file_have_their_own_header() -> None:
    one, two = Source("a.snn", "let a = b"), Source("b.snn", "let b = 1")
    text = render(Diagnostic("E0301", "m", Span(one, 8, 9), "", (Label(Span(two, 4, 5), "defined here"),)))
    assert " ::: b.snn:1:5" in text
    assert "- defined here" in text


def test_long_lines_are_cut_around_the_span() -> None:
    source = Source("a.snn", "x" * 5000 + "!" + "y" * 5000)
    text = render(Diagnostic("E0101", "m", Span(source, 5000, 5001), "here"))
    shown, marks = text.splitlines()[3:5]
    assert len(shown) < 180
    assert shown.count("…") == 2
    assert shown[marks.index("^")] == "!"


def test_tabs_are_shown_as_blanks_and_controls_are_not_shown() -> None:
    source = Source("a\x1b.snn", "\tlet a = \x1b[31m3")
    text = render(Diagnostic("E0101", "m \x1b", Span(source, 5, 6), "here"))
    assert "\x1b" not in text
    assert "\t" not in text
    assert text.splitlines()[3][text.splitlines()[4].index("^")] == "a"


def test_wide_characters_do_not_shift_the_marks() -> None:
    text = render(Diagnostic("E0101", "m", Span(Source("a", '"神経" x'), 5, 6), "here")).splitlines()
    assert text[4].index("^") == text[3].index("x") + 2


@pytest.mark.parametrize("span", [(0, 0), (3, 2), (-5, 500), (100, 200), (3, 4), (4, 4), (0, 8), (8, 8)])
@pytest.mark.parametrize("text", ["", "\n", "abc\ndef\n", "a" * 400, "\t\t"])
def test_any_span_in_any_text_is_survived(span: tuple[int, int], text: str) -> None:
    source = Source("a.snn", text)
    diagnostic = Diagnostic("E0101", "m", Span(source, *span), "l", (Label(Span(source, *span), "k"),), edit=Edit(Span(source, *span), ""))
    assert render(diagnostic).startswith("error[E0101]: m\n")
    assert render(diagnostic, colour=True)
    json.dumps([to_json(diagnostic), to_sarif([diagnostic])])


def test_a_diagnostic_without_a_place_is_one_line() -> None:
    assert render(Diagnostic("W0901", "m", None)) == "warning[W0901]: m"


def test_colour_changes_nothing_but_colour() -> None:
    diagnostic = Diagnostic("E0203", "m", span_of(ADEX, "g"), "a", (Label(span_of(ADEX, "w"), "b"),), helps=("h",))
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(diagnostic, colour=True)) == render(diagnostic)


def test_the_last_line_counts() -> None:
    error, warning = Diagnostic("E0101", "m", None), Diagnostic("W0901", "m", None)
    assert render_all([error, error, warning]).splitlines()[-1] == "2 errors, 1 warning"
    assert render_all([warning]).splitlines()[-1] == "1 warning"
    assert render_all([]) == ""


def test_json_has_every_field() -> None:
    place = span_of(ADEX, "g")
    data = to_json(Diagnostic("E0203", "m", place, "l", notes=("n",), helps=("h",), edit=Edit(place, "x")))
    assert (data["line"], data["column"], data["end_line"], data["end_column"]) == (18, 45, 18, 46)
    assert (data["file"], data["severity"], data["code"], data["notes"], data["helps"]) == ("adex.snn", "error", "E0203", ["n"], ["h"])
    assert data["edit"]["replacement"] == "x"


def test_sarif_names_rules_and_places() -> None:
    log = to_sarif([Diagnostic("E0101", "m", span_of(ADEX, "g"), helps=("h",)), Diagnostic("W0901", "w", None)])
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E0101", "W0901"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 18,
        "startColumn": 45,
        "endLine": 18,
        "endColumn": 46,
    }
    assert run["results"][1]["level"] == "warning"
