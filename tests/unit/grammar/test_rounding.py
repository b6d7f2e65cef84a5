"""Times in steps: which are multiples of dt, and what counts for the others."""

from __future__ import annotations

import pytest

from inferno.grammar import findings_of

TEXT = """snn 1
from std.neurons import LIF
population cells[2] = LIF()
record cells.v every {every}
run:
    dt       = {dt}
    duration = {duration}
"""


@pytest.mark.parametrize(
    ("every", "dt", "duration", "warnings", "steps"),
    [
        ("0.3 ms", "0.1 ms", "1 s", 0, (3, 10_000)),
        ("0.3 ms", "0.2 ms", "1.2 ms", 1, (2, 6)),
        ("1.1 ms", "0.1 ms", "1 ms", 0, (11, 10)),
        ("5 dt", "0.3 ms", "1 ms", 1, (5, 3)),
        ("3 ms", "3 ms", "1 ms", 1, (1, 1)),
        ("1 ms", "1 ms / 3", "2 ms", 0, (3, 6)),
        ("sqrt(0.02) * 1 ms", "sqrt(0.02) * 1 ms", "10 * sqrt(0.02) * 1 ms", 0, (1, 10)),
        ("2.5", "1 ms", "1 ms", 1, (3, 1)),
    ],
)
def test_what_is_no_multiple_of_dt_is_rounded_half_up_with_a_warning(
    every: str, dt: str, duration: str, warnings: int, steps: tuple[int, int]
) -> None:
    program, found = findings_of(TEXT.format(every=every, dt=dt, duration=duration).encode(), "model.snn")
    assert program is not None
    assert [d.code for d in found] == ["W0902"] * warnings
    assert (program.recordings[0].every, program.run.steps) == steps


def test_a_wrong_dt_is_one_mistake() -> None:
    found = findings_of(TEXT.format(every="0.5 ms", dt="-1 ms", duration="1 ms").encode(), "model.snn")[1]
    assert [d.code for d in found] == ["E0603"]
