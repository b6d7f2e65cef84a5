"""Units and quantities."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from inferno.grammar.quantities import number_value, quantity_pattern, split_quantity
from inferno.grammar.units import DIMENSIONLESS, UNITS, base_unit, dimension_name, dimension_of, multiply, parse_unit


@pytest.mark.parametrize(
    "unit", ["ms", "mV", "nA", "uS", "MOhm", "nF", "pC", "kHz", "um", "mM", "g", "1", "uS/ms", "1/ms", "mV^2", "nA*ms/mV"]
)
def test_coherent_units_have_the_factor_one(unit: str) -> None:
    assert parse_unit(unit).factor == 1


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("s", 1000),
        ("V", 1000),
        ("nS", Fraction(1, 1000)),
        ("pF", Fraction(1, 1000)),
        ("Ohm", Fraction(1, 10**6)),
        ("Hz", Fraction(1, 1000)),
        ("pA", Fraction(1, 1000)),
        ("uM", Fraction(1, 1000)),
        ("M", 1000),
        ("nS/ms", Fraction(1, 1000)),
        ("mm^-1", Fraction(1, 1000)),
        ("mV/s", Fraction(1, 1000)),
        ("mol", 10**18),
        ("kg", 1000),
    ],
)
def test_factors_to_base_units_are_exact(unit: str, factor: Fraction) -> None:
    assert parse_unit(unit).factor == factor


@pytest.mark.parametrize(
    ("unit", "name", "base"),
    [
        ("V", "voltage", "mV"),
        ("pA", "current", "nA"),
        ("nS", "conductance", "uS"),
        ("kOhm", "resistance", "MOhm"),
        ("F", "capacitance", "nF"),
        ("fC", "charge", "pC"),
        ("Hz", "frequency", "kHz"),
        ("1/s", "frequency", "kHz"),
        ("s", "time", "ms"),
        ("1", "1", "1"),
        ("nS/ms", "conductance/time", "uS/ms"),
        ("mV*ms", "voltage*time", "mV*ms"),
        ("mV^2", "voltage^2", "mV^2"),
        ("nM", "concentration", "mM"),
        ("mV/V", "1", "1"),
        ("1/V", "1/voltage", "1/mV"),
        ("um^2", "area", "um^2"),
    ],
)
def test_dimensions_have_names_and_base_units(unit: str, name: str, base: str) -> None:
    dimension = parse_unit(unit).dimension
    assert (dimension_name(dimension), base_unit(dimension)) == (name, base)


def test_every_base_unit_can_be_read_back() -> None:
    for unit in UNITS:
        for other in ("s", "mV", "nA", "m", "mol", "g"):
            dimension = multiply(UNITS[unit].dimension, UNITS[other].dimension, -2)
            read = parse_unit(base_unit(dimension))
            assert (read.dimension, read.factor) == (dimension, 1)


@pytest.mark.parametrize("text", ["", "mV//ms", "ms^", "ms^999", "2", "*".join(["ms"] * 100), "mV ms"])
def test_a_text_that_is_not_built_of_units_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_unit(text)


@pytest.mark.parametrize("text", ["msec", "dt", "mV/foo"])
def test_an_unknown_name_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        parse_unit(text)


def test_dt_is_not_in_the_table() -> None:
    assert "dt" not in UNITS


def test_multiply_adds_exponents() -> None:
    assert multiply(dimension_of(V=1), dimension_of(V=1), -1) == DIMENSIONLESS


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("10 mV/tau", "10 mV"),
        ("10 mV / ms", "10 mV"),
        ("10mV", "10mV"),
        ("0.1 nS/ms*x", "0.1 nS/ms"),
        ("1 dt", "1 dt"),
        ("1e7 ms", "1e7 ms"),
        ("5 ms^-1", "5 ms^-1"),
        ("5 if x", None),
        ("5 mVx", None),
        ("5 ms^999", None),
        ("5", None),
        ("2 ms^x", "2 ms"),
        ("0.2 1/mV", "0.2 1/mV"),
        ("0.2 1/ms/mV*x", "0.2 1/ms/mV"),
        ("3 1/ms^2", "3 1/ms^2"),
        ("0.2 1/tau", None),
        ("0.2 1 / mV", None),
        ("101/mV", None),
    ],
)
def test_a_unit_stands_directly_behind_a_number(text: str, quantity: str | None) -> None:
    found = re.compile(quantity_pattern()).match(text)
    assert (found.group() if found else None) == quantity


def test_a_quantity_is_split_into_number_and_unit() -> None:
    assert split_quantity("5e-4  nS/ms") == ("5e-4", "nS/ms")
    assert split_quantity("0.3") == ("0.3", None)
    assert split_quantity("0 1/mV") == ("0", "1/mV")


@pytest.mark.parametrize(
    ("text", "value"), [("0.1", Fraction(1, 10)), ("5e-4", Fraction(1, 2000)), ("1e308", 10**308), ("0e400", 0), ("007", 7)]
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    assert number_value(text) == value


@pytest.mark.parametrize("text", ["1e309", "1e999", "10e308", "1e-309", "1e99999999999999", "9" * 401, "0." + "0" * 400 + "1"])
def test_numbers_out_of_range_are_refused(text: str) -> None:
    assert number_value(text) is None
