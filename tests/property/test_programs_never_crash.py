"""Whatever a text says, the whole checker ends with a program or with diagnostics, soon and without an exception."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inferno.compiler.pipeline import compile_program
from inferno.grammar import findings_of
from inferno.grammar.render import render_all

ROOT = Path(__file__).resolve().parents[2]
SEEDS = [p.read_text() for p in sorted([*(ROOT / "examples").glob("*.snn"), *(ROOT / "grammar" / "std").glob("*.snn")])]
WORDS = sorted({w for text in SEEDS for w in text.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split(" ")})
CELL = "neuron C:\n    param a = 1\n    state v = 0\n    v' = {rate}\n    spike when v > 5:\n        v = 0\npopulation p[2] = C()\n"


def settle(text: str | bytes, overrides: dict[str, object] | None = None) -> bool:
    """Check a text, render what was found, and compile what is right; whether it was right."""
    program, found = findings_of(text, "text.snn", overrides or {})
    render_all(found)
    if program is None:
        assert any(d.is_error for d in found)
    else:
        compile_program(program)
    return program is not None


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_mutated_program(random_numbers: random.Random, changes: int) -> None:
    text = random_numbers.choice(SEEDS)
    for _ in range(changes):
        tokens = text.split(" ")
        place = random_numbers.randrange(len(tokens))
        kind = random_numbers.randrange(4)
        if kind == 0:
            del tokens[place]
        elif kind == 1:
            tokens[place] = random_numbers.choice(WORDS)
        elif kind == 2:
            tokens.insert(place, random_numbers.choice(WORDS))
        else:
            other = random_numbers.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        text = " ".join(tokens)
    settle(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_words_of_the_language_in_any_order(words: list[str]) -> None:
    settle(" ".join(words))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers(), max_size=3)))
def test_any_value_given_for_a_parameter(value: object) -> None:
    settle("snn 1\nparam n : int = 2\n" + CELL.format(rate="a"), {"n": value, "p.a": value})


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "-" * 10_000 + "1",
        "2^" * 5_000 + "1",
        "1 + " * 100_000 + "1",
        "v + " * 100_000 + "v",
        "a * " * 100_000 + "a",
        "9^9^9",
        "1e999",
        "1" * 5_000,
        "1/0",
        "exp(1000)",
        "log(0)",
        "(-1)^0.5",
        "v if v > 0 else " * 5_000 + "v",
        "max(" + ", ".join(["v"] * 5_000) + ")",
    ],
    ids=lambda e: e[:12] if len(e) < 100 else f"{e[:12]}… ({len(e)})",
)
def test_an_expression_meant_to_break_things(expression: str) -> None:
    settle("snn 1\n" + CELL.format(rate=f"({expression})/(1 ms)"))
    settle(f"snn 1\nparam x = {expression}\n" + CELL.format(rate="a/(1 ms)"))


def chain(count: int, line: str) -> str:
    return "".join(line.format(this=i + 1, last=i) for i in range(count))


@pytest.mark.parametrize(
    "text",
    [
        "param x0 = 1\n" + chain(10_000, "param x{this} = x{last} + 1\n"),
        "let x0 = 1\n" + chain(60, "let x{this} = x{last} + x{last}\n"),
        "neuron C:\n    state x0 = 0\n"
        + chain(60, "    let x{this} = x{last} + x{last}\n")
        + "    x0' = x60/(1 ms)\npopulation p[1] = C()\n",
        "fn f(x) = f(x)\nparam y = f(1)\n",
        "fn f0(x) = x\n" + chain(60, "fn f{this}(x) = f{last}(x) + f{last}(x)\n") + "param y = f60(1)\n",
        "param x = y\nparam y = x\n",
        "population p[1000000000000] = C()\n",
        "population p[" + ", ".join(["1000"] * 50) + "] = C()\n",
        "\n".join(f"population p{i}[1] = C()" for i in range(2_000)),
        "run:\n    dt = 1e-300 ms\n    duration = 1e300 s\n",
        "#\n" * 200_000,
    ],
    ids=lambda t: t[:24].replace("\n", " "),
)
def test_a_program_meant_to_break_things(text: str) -> None:
    settle("snn 1\n" + text + CELL.format(rate="a/(1 ms)").replace("population p[2]", "population other[2]"))
