"""What design and reason call bad input gets one diagnostic, in the file, and the same from outside."""

from __future__ import annotations

import pytest

from inferno.grammar import findings_of

PROGRAM = """snn 1
from std.neurons import LIF
from std.sources import Bernoulli
from std.synapses import Exponential
from std.plasticity import STDP
param extra = 1
population noise[4] = Bernoulli(rate = 100 Hz)
population cells[4] = LIF(tau_m = 10 ms, t_ref = 2 ms, v_th = -50 mV, v_reset = -65 mV):
    init v = normal(-65 mV, 1 mV)
projection path: noise -> cells:
    connect = one_to_one
    synapse = Exponential(tau = 5 ms)
    weight = uniform(0, 0.3)
    delay = 1 ms
    plasticity = STDP(tau_pre = 30 ms)
record cells.v every 2
run:
    dt = 1 ms
    steps = 10
    batch = 1
    seed = 0
"""

# A piece of the program, what stands there instead, and the code that it gets.
BAD = [
    ("extra = 1", f"extra = {'(' * 5000}1{')' * 5000}", "E0114"),
    ("extra = 1", f"extra = {'-' * 5000}1", "E0114"),
    ("extra = 1", f"extra = {'2^' * 5000}1", "E0114"),
    ("extra = 1", "extra = 9^9^9", "E0602"),
    ("extra = 1", "extra = 2^100000", "E0602"),
    ("extra = 1", "extra = 1e999", "E0111"),
    ("extra = 1", f"extra = {'7' * 5000}", "E0111"),
    ("extra = 1", "extra = 1/0", "E0602"),
    ("extra = 1", "extra = log(-1)", "E0602"),
    ("extra = 1", "extra = (-8)^0.5", "E0602"),
    ("extra = 1", "extra = nan", "E0301"),
    ("tau_m = 10 ms", "tau_m = 0 ms", "E0603"),
    ("tau_m = 10 ms", "tau_m = -10 ms", "E0603"),
    ("tau_m = 10 ms", "tau_m = inf", "E0603"),
    ("tau_m = 10 ms", "tau_m = nan", "E0301"),
    ("tau = 5 ms", "tau = 0 ms", "E0603"),
    ("tau = 5 ms", "tau = -5 ms", "E0603"),
    ("tau_pre = 30 ms", "tau_pre = -1 ms", "E0603"),
    ("t_ref = 2 ms", "t_ref = -2 ms", "E0601"),
    ("t_ref = 2 ms", "t_ref = inf", "E0601"),
    ("v_th = -50 mV", "v_th = -70 mV", "E0606"),
    ("v_th = -50 mV", "v_th = -65 mV", "E0606"),
    ("rate = 100 Hz", "rate = -1 Hz", "E0601"),
    ("rate = 100 Hz", "rate = 1.001 kHz", "E0601"),
    ("rate = 100 Hz", "rate = inf", "E0601"),
    ("one_to_one", "random(1.5)", "E0601"),
    ("one_to_one", "random(-0.1)", "E0601"),
    ("one_to_one", "random(nan)", "E0301"),
    ("uniform(0, 0.3)", "uniform(1, 0)", "E0601"),
    ("uniform(0, 0.3)", "normal(0, -1)", "E0601"),
    ("uniform(0, 0.3)", "inf", "E0601"),
    ("delay = 1 ms", "delay = -1 ms", "E0601"),
    ("delay = 1 ms", "delay = inf", "E0601"),
    ("delay = 1 ms", "delay = 1e9 s", "E0601"),
    ("1 mV)", "-1 mV)", "E0601"),
    ("every 2", "every 0", "E0703"),
    ("dt = 1 ms", "dt = 0 ms", "E0603"),
    ("dt = 1 ms", "dt = -1 ms", "E0603"),
    ("dt = 1 ms", "dt = inf", "E0603"),
    ("dt = 1 ms", "dt = nan", "E0301"),
    ("steps = 10", "steps = 0", "E0607"),
    ("steps = 10", "steps = 1.5", "E0607"),
    ("steps = 10", "duration = 0 ms", "E0603"),
    ("steps = 10", "duration = inf", "E0603"),
    ("batch = 1", "batch = 0", "E0607"),
    ("seed = 0", "seed = -1", "E0607"),
    ("cells[4]", "cells[0]", "E0608"),
    ("cells[4]", "cells[2.5]", "E0608"),
    ("cells[4]", "cells[1000000, 1000000]", "E0608"),
]

OUTSIDE = [
    ("cells.tau_m", "0 ms", "E0603"),
    ("cells.tau_m", "-1 ms", "E0603"),
    ("cells.tau_m", "inf", "E0603"),
    ("cells.tau_m", "nan", "E0301"),
    ("cells.tau_m", "3 mV", "E0202"),
    ("cells.tau_m", "10", "E0206"),
    ("cells.v_th", "-70 mV", "E0606"),
    ("cells.t_ref", "-1 ms", "E0601"),
    ("noise.rate", "2 kHz", "E0601"),
    ("run.dt", "0 ms", "E0603"),
    ("run.steps", "0", "E0607"),
    ("extra", "9^9^9", "E0602"),
    ("extra", "1e999", "E0605"),
    ("extra", "(" * 5000 + "1" + ")" * 5000, "E0605"),
    ("extra", float("nan"), "E0605"),
]


def codes(text: bytes | str, overrides: dict[str, object] | None = None) -> list[str]:
    found = findings_of(text, "f.snn", overrides or {})[1]
    return sorted({one.code for one in found})


def test_the_program_is_right() -> None:
    assert codes(PROGRAM) == []


@pytest.mark.parametrize(("piece", "instead", "code"), BAD, ids=[instead[:24] for _, instead, _ in BAD])
def test_a_value_that_makes_no_sense(piece: str, instead: str, code: str) -> None:
    assert piece in PROGRAM
    assert code in codes(PROGRAM.replace(piece, instead))


@pytest.mark.parametrize(("name", "value", "code"), OUTSIDE, ids=[f"{name}={str(value)[:12]}" for name, value, _ in OUTSIDE])
def test_a_value_given_from_outside_that_makes_no_sense(name: str, value: object, code: str) -> None:
    assert codes(PROGRAM, {name: value}) == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"param a = 1 # \xff\n", "E0121"),
        ("param a = 1\n".encode("utf-16"), "E0121"),
        (b"param a = \x001\n", "E0122"),
        (b"param a = 1 # \x1b[31m\n", "E0122"),
        ("param a = 1 # \u202e1 = a\n".encode(), "E0123"),
        ("param p\u0430 = 1\n".encode(), "E0124"),
        ("param a\u200b = 1\n".encode(), "E0124"),
        ("param \u2102 = 1\n".encode(), "E0124"),
        (b"param a = 1\n\tparam b = 1\n", "E0107"),
    ],
)
def test_bytes_that_are_refused(data: bytes, code: str) -> None:
    assert code in codes(b"snn 1\n" + data)


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + PROGRAM.encode(), PROGRAM.replace("\n", "\r\n").encode(), PROGRAM.replace("\n", "\r").encode()]
)
def test_byte_order_marks_and_any_line_ends_are_accepted(data: bytes) -> None:
    assert codes(data) == []


@pytest.mark.parametrize("term", ["1 + ", "extra * ", "2 - "])
def test_a_long_chain_works(term: str) -> None:
    assert codes(PROGRAM.replace("extra = 1", "extra = 1\nlet long = " + term * 20_000 + "1")) == []
