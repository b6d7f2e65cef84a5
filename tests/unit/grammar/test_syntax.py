"""Texts to syntax trees."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from inferno.grammar import ast
from inferno.grammar.diagnostics import Diagnostic, Findings
from inferno.grammar.source import Source
from inferno.grammar.syntax import LARGEST_TEXT, parse, parse_expression

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.snn"))


def parsed(text: str) -> ast.Module:
    findings = Findings()
    module = parse(Source("a.snn", "snn 1\n" + text), findings)
    assert findings.all == ()
    assert module is not None
    return module


def item(text: str) -> Any:
    (only,) = parsed(text).items
    return only


def member(line: str) -> Any:
    (only,) = item(f"neuron N:\n    {line}\n").body
    return only


def expression(text: str) -> Any:
    findings = Findings()
    tree = parse_expression(Source("--set", text), findings)
    assert findings.all == ()
    return tree


def wrong(text: str) -> tuple[Diagnostic, ...]:
    findings = Findings()
    parse(Source("a.snn", text), findings)
    return findings.all


def name(word: str) -> ast.Name:
    return expression(word)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_parse_without_a_finding(path: Path) -> None:
    findings = Findings()
    assert parse(Source(path.name, path.read_text(encoding="utf-8")), findings) is not None
    assert findings.all == ()


# ---- expressions -----------------------------------------------------------------------------------------


def test_a_unit_belongs_to_the_number_and_a_division_does_not() -> None:
    assert expression("10 mV/ms") == expression("10 mV/ms")
    assert (expression("10 mV/ms").value, expression("10 mV/ms").unit) == (10, "mV/ms")
    product = expression("10 mV / tau")
    assert [(sign, type(factor)) for sign, factor in product.factors] == [("*", ast.Number), ("/", ast.Name)]


def test_numbers_are_exact() -> None:
    assert expression("5e-4").value == Fraction(1, 2000)
    assert expression("0.3 mV").value == Fraction(3, 10)


def test_sums_and_products_are_flat_and_brackets_are_kept() -> None:
    assert [sign for sign, _ in expression("a + b - c").terms] == ["+", "+", "-"]
    assert [sign for sign, _ in expression("a * b / c % d").factors] == ["*", "*", "/", "%"]
    assert len(expression("a - (b - c)").terms) == 2


def test_power_binds_tighter_than_minus_and_to_the_right() -> None:
    assert isinstance(expression("-a^2"), ast.Unary)
    assert isinstance(expression("a^b^c").exponent, ast.Power)
    assert isinstance(expression("2^-a").exponent, ast.Unary)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a if b else c", ast.Conditional),
        ("normal(1, 2) | clip(0, 1)", ast.Pipe),
        ("a or b and not c", ast.Logical),
        ("dense & random(0.1) - diagonal", ast.Logical),
        ("0 <= a < 3", ast.Compare),
        ("all[:5].v", ast.Attribute),
        ("block[-1, 2:3]", ast.Index),
        ("[a, b,]", ast.ListLiteral),
        ("f(1, k = 2,)", ast.Call),
        ('"text"', ast.Text),
        ("v'", ast.Derivative),
    ],
)
def test_each_kind_of_expression_is_read(text: str, kind: type) -> None:
    assert type(expression(text)) is kind
    assert expression(text).span.text == text


def test_spans_cover_the_authors_words() -> None:
    tree = expression("gL*(v - EL) + f(a, b)")
    assert [term.span.text for _, term in tree.terms] == ["gL*(v - EL)", "f(a, b)"]
    assert tree.terms[0][1].factors[1][1].span.text == "(v - EL)"


@pytest.mark.parametrize(
    "word",
    ["input", "run", "rate", "label", "view", "batch", "state", "trace", "output", "population", "on", "spike", "hold", "every", "at"],
)
def test_a_keyword_may_be_a_name_elsewhere(word: str) -> None:
    assert item(f"param {word} = 1").declarations[0].name == word
    assert item(f"let y = {word} + f({word} = {word}).{word}").name == "y"


def test_a_population_may_be_called_like_a_statement() -> None:
    assert item("input -> out").ends == (name("input"), name("out"))
    assert item("run[1] -[f]-> train.x").stages == (name("f"),)


def test_a_state_may_be_called_like_a_statement() -> None:
    assert member("state' = -state").left == expression("state'")
    assert member("trace * v' = bound").right == name("bound")


def test_a_word_that_starts_like_a_keyword_is_a_name() -> None:
    assert item("let x = order + iffy + notion + inside").name == "x"


# ---- statements ------------------------------------------------------------------------------------------


def test_doc_comments_stay_with_their_declaration() -> None:
    params = item("param a = 1, b = 2 ## the second\n")
    assert [declared.doc for declared in params.declarations] == [None, "the second"]
    assert member("state v = 0 ## membrane").doc == "membrane"
    assert member("v' = -v ## decay").doc == "decay"
    assert item("## a line of its own\nlet a = f( ## inside brackets\n    1)").doc is None


def test_docstrings_are_read_at_the_head_of_a_file_and_of_blocks() -> None:
    module = parsed('"""The\n    file."""\nneuron N:\n    """The neuron."""\n    solve exact\nnetwork B():\n    "The block."\n    port p\n')
    assert module.doc == "The\nfile."
    assert [block.doc for block in module.items] == ["The neuron.", "The block."]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["neuron", "synapse", "plasticity", "readout"])
def test_each_kind_of_component_is_read(kind: str) -> None:
    component = item(f"{kind} X extends Y:\n    param a = 1\n    output I : nA = a * g\n")
    assert (component.kind, component.name, component.extends.id) == (kind, "X", "Y")
    assert component.body[1].type == ast.TypeName("nA", span=component.span)


def test_leibniz_notation_is_read_as_a_derivative() -> None:
    assert member("tau * dv/dt = -v") == member("tau * v' = -v")
    assert member("dv/dt = -v") == member("v' = -v")


def test_a_state_carries_its_annotations() -> None:
    state = member("state theta : mV = 0 mV @shared(mean) @persistent @train_only")
    assert [annotation.name for annotation in state.annotations] == ["shared", "persistent", "train_only"]
    assert state.annotations[0].arguments[0].value == name("mean")


def test_events_hold_assignments() -> None:
    event = item("plasticity P:\n    on pre: w -= lr * next(y)\n").body[0]
    assert (event.name, event.block[0].operator, event.condition) == ("pre", "-=", None)
    spike = item(
        "neuron N:\n    spike when v > 1:\n        v = 0\n        if a:\n            w += b\n        else:\n            emit x\n"
    ).body[0]
    assert isinstance(spike.block[1].otherwise[0], ast.Emit)


def test_types_may_have_units_and_shapes() -> None:
    types = [declared.type for declared in item("param a : nS/ms, b : 1, c : real[28, 28], d : mV^2, e : spikes[2, n]").declarations]
    assert [(kind.name, None if kind.shape is None else len(kind.shape)) for kind in types] == [
        ("nS/ms", None), ("1", None), ("real", 2), ("mV^2", None), ("spikes", 2),
    ]  # fmt: skip


def test_projections_have_two_forms() -> None:
    block = item("projection ff: enc -> exc.ge:\n    connect = dense\n    weight = 3\n")
    assert (block.name, block.arrow, [a.name for a in block.attributes], block.value) == ("ff", "->", ["connect", "weight"], None)
    short = item("projection a <-> b.v = gap_junction(g = 1 nS)")
    assert (short.name, short.arrow, short.attributes) == (None, "<->", ())


def test_a_link_may_have_stages_and_names() -> None:
    link = item("x -[first: conv(12, kernel = 5) | batchnorm]-> c1 -> block[0].inp")
    assert (len(link.ends), link.names, link.stages[1]) == (3, ("first", None), None)


def test_newlines_inside_brackets_do_not_count() -> None:
    assert item("x -[\n  conv(\n12)\n]-> c1") == item("x -[conv(12)]-> c1")


def test_loops_take_ranges_with_and_without_blanks() -> None:
    assert item("for i in 0..len(w):\n    port a\n") == item("for i in 0 .. len(w):\n    port a\n")


def test_attributes_know_their_kind() -> None:
    population = item("population a[10] = X() at grid(3):\n    init v = 1\n    draw r = 2\n    EL = 3\n    init = 4\n")
    assert [(attr.kind, attr.name) for attr in population.attributes] == [("init", "v"), ("draw", "r"), ("", "EL"), ("", "init")]


def test_conditions_choose_declarations() -> None:
    choice = item("if a:\n    port b\nelse:\n    port c\n")
    assert (choice.then[0].name, choice.otherwise[0].name) == ("b", "c")


def test_a_file_may_end_without_a_newline_or_hold_nothing() -> None:
    assert len(parsed("run:\n    dt = 1 ms\n  # the end").items) == 1
    assert parsed("").items == ()


# ---- mistakes --------------------------------------------------------------------------------------------


def test_all_mistakes_are_reported_and_the_rest_is_read() -> None:
    findings = Findings()
    module = parse(Source("a.snn", "snn 1\nlet a = = 1\nlet b = 2\nneuron N\n    solve exact\nlet c = (1\nlet d = 4\n"), findings)
    assert [found.code for found in findings.all] == ["E0101", "E0102", "E0105"]
    assert module is not None
    assert [getattr(node, "name", None) for node in module.items] == ["b", "N", "d"]


def test_a_missing_edition_is_a_warning() -> None:
    (warning,) = wrong("param a = 1")
    assert (warning.code, warning.is_error) == ("W0901", False)
    assert warning.edit is not None
    assert warning.edit.replacement == "snn 1\n"


def test_an_edit_mends_what_it_is_offered_for() -> None:
    for text in (
        "snn 1\nlet a = x**2\n",
        "snn 1\nrun:\n\tdt = 1 ms\n\tseed = 3\n",
        "snn 1\nlet a == 2\n",
        "snn 1\nlet a = 3 msec\n",
        "snn 1\nrun\n    dt = .5 ms",
    ):
        for _ in range(2):
            for found in wrong(text)[:1]:
                assert found.edit is not None
                text = text[: found.edit.span.start] + found.edit.replacement + text[found.edit.span.end :]
        assert wrong(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "-" * 10_000 + "1",
        "not " * 10_000 + "a",
        "2^" * 10_000 + "1",
        "a" + ".b" * 10_000,
        "a" + "(1)" * 10_000,
        "[" * 300,
    ],
    ids=["brackets", "minus", "not", "power", "attributes", "calls", "open"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert "E0114" in [found.code for found in wrong("snn 1\nlet a = " + text)]


def test_deep_blocks_are_refused() -> None:
    assert [found.code for found in wrong("snn 1\n" + "".join(" " * i + "if a:\n" for i in range(1000)))] == ["E0114"]


def test_nesting_of_a_hundred_is_fine() -> None:
    assert item("let a = " + "(" * 150 + "a" + " + 1)" * 150).name == "a"


@pytest.mark.parametrize("number", ["1e999", "9" * 5000, "9" * 1_000_000, "1e" + "9" * 1_000_000, "1e-999 mV", "1." + "0" * 500])
def test_constant_bombs_are_refused(number: str) -> None:
    assert [found.code for found in wrong("snn 1\nlet a = " + number)] == ["E0111"]


def test_a_text_over_the_limit_is_refused() -> None:
    assert [found.code for found in wrong(" " * (LARGEST_TEXT + 1))] == ["E0115"]


def test_an_expression_of_its_own_may_be_wrong() -> None:
    findings = Findings()
    assert parse_expression(Source("--set", "30 ms +"), findings) is None
    assert [found.code for found in findings.all] == ["E0101"]


def test_an_expression_refuses_a_statement() -> None:
    findings = Findings()
    assert parse_expression(Source("--set", "3\nlet a = 4"), findings) is None
