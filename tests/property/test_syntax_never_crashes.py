"""Whatever a file holds, reading it ends in bounded time with findings, never with an exception."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Findings
from inferno.grammar.render import render_all, to_json
from inferno.grammar.sarif import to_sarif
from inferno.grammar.source import Source
from inferno.grammar.syntax import parse, parse_expression

WORDS = """
    snn import from as param let fn input output view use record expect port export population projection neuron synapse plasticity
    readout network for if else in at every when hold extends substeps state receptor trace modulator refractory solve surrogate bound
    spike on emit init draw not and or run train v w tau real mV 1 0 10 0.3 5e-4 10_ms 1e999 3_mV/ms a.b x[1] ( ) [ ] -[ ]-> -> <-> :
    = == += -= * / % ^ ** + - ' . .. , | & @ ! ; { } # ## < <= > " $ ? elif
""".replace("_", " ").split()
TOKENS = st.sampled_from([*WORDS, '"""', "\\", "10 ms", "\n", "\n", "\n", "\n    ", "\n    ", "\n        ", "\n\t", ":\n    ", "\0", "µ"])
SOUP = st.lists(TOKENS, max_size=60).map(" ".join)
PROGRAM = '''snn 1
"""Doc."""
from a import b
param x : mV = 3 mV in [0 mV, inf] ## doc
neuron N:
    """Doc."""
    state v : mV = x @shared(mean)
    tau * v' = -v + f(x, k = [1, 2])
    spike when v > 1 mV:
        v = 0 mV
        if a:
            w += 1
    refractory 2 ms hold v
population p[2, 3] = N():
    init v = uniform(0 mV, 1 mV) | clip(0 mV, 1 mV)
projection ff: p -> p.v:
    connect = dense - diagonal
p -[conv(3)]-> p
for i in 0 .. 3:
    port q
run:
    dt = 1 ms
'''


def read(data: bytes) -> None:
    findings = Findings()
    source = decode(data, "a.snn", findings)
    if source is not None:
        module = parse(source, findings)
        assert module is not None or findings.has_errors
    assert render_all(findings.all) is not None
    to_sarif(findings.all)
    for found in findings.all:
        to_json(found)
        assert found.span is None or 0 <= found.span.start <= found.span.end <= len(found.span.source.text)


@settings(max_examples=200, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    read(data)


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(SOUP)
def test_random_words(text: str) -> None:
    read(text.encode())
    findings = Findings()
    parse(Source("a.snn", text), findings)
    parse_expression(Source("--set", text), findings)


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(PROGRAM)), st.integers(0, 40), st.lists(TOKENS, max_size=4).map("".join))
def test_a_program_with_a_piece_replaced(start: int, length: int, piece: str) -> None:
    read((PROGRAM[:start] + piece + PROGRAM[start + length :]).encode())


@pytest.mark.parametrize(
    "text",
    [
        "let a = " + "(" * 10_000 + "1" + ")" * 10_000,
        "let a = " + "[" * 10_000,
        "let a = " + " + ".join(["b"] * 100_000),
        "let a = " + "*".join(["b"] * 100_000),
        "let a = " + "9^" * 10_000 + "9",
        "let a = " + "9" * 1_000_000,
        "let a = 1e" + "9" * 1_000_000,
        "let a = 1 " + "*".join(["ms"] * 100_000),
        "".join(" " * i + "if a:\n" for i in range(2000)),
        "let a = = 1\n" * 10_000,
        "let a = )\n" * 10_000,
        "\n" * 1_000_000,
        '" ' * 200_000,
        '"' * 300_001,
        "#\n" * 300_000,
        "a" * 1_000_000,
        ")" * 100_000,
        "a.b " * 50_000,
    ],
    ids=range(18),
)
def test_large_texts_take_bounded_time(text: str) -> None:
    start = perf_counter()
    read(b"snn 1\n" + text.encode())
    assert perf_counter() - start < 20
