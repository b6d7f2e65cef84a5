"""Numbers that equations, which are right each by itself, make beyond all floats."""

from __future__ import annotations

import pytest

from inferno.compiler.pipeline import compile_program
from inferno.errors import UsageError
from inferno.grammar import check_text


def test_states_that_drive_each_other_beyond_all_numbers_are_an_error() -> None:
    program = check_text("""snn 1
neuron N:
    param k = 1e5 kHz
    state x = 1
    state y = 0
    x' = k*y
    y' = k*x
    spike when x > 1:
        x = 0
population cells = N()
""")
    with pytest.raises(UsageError, match="`cells`: `x`, `y` would grow beyond all numbers within a step"):
        compile_program(program)


def test_terms_stay_apart_whose_sum_is_no_number() -> None:
    program = check_text("""snn 1
neuron N:
    param p = 1e308, q = 1e308
    state v = 0
    v' = -v/(10 ms)
    spike when p + v + q < 1:
        v = 0
population cells = N()
""")
    assert "inf" not in str(compile_program(program).constants)
