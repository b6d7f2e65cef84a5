"""Bytes to text."""

from __future__ import annotations

import pytest

from inferno.grammar.decode import LARGEST_FILE, decode
from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Source


def decoded(data: bytes) -> tuple[Source | None, list[tuple[str, int, int]]]:
    findings = Findings()
    source = decode(data, "a.snn", findings)
    return source, [(d.code, *(d.span.source.position(d.span.start) if d.span else (0, 0))) for d in findings.all]


def test_byte_order_mark_and_carriage_returns_are_normalised() -> None:
    source, found = decoded(b"\xef\xbb\xbfsnn 1\r\nrun:\r    dt = 1 ms\n")
    assert source is not None
    assert source.text == "snn 1\nrun:\n    dt = 1 ms\n"
    assert not found


def test_any_letter_may_stand_in_strings_and_comments() -> None:
    source, found = decoded('"""τ und µ"""\nlet a = "größe" # π\n'.encode())
    assert source is not None
    assert not found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\n\xff\n", ("E0121", 2, 1)),
        (b"\xff\xfea\x00", ("E0121", 1, 1)),
        (b"ab\x00", ("E0122", 1, 3)),
        (b"# \x1b[31m", ("E0122", 1, 3)),
        ("a\u2028b".encode(), ("E0122", 1, 2)),
        ('"\u202e"'.encode(), ("E0123", 1, 2)),
        ("let µ = 1".encode(), ("E0124", 1, 5)),
        ("let а = 1".encode(), ("E0124", 1, 5)),
        ("let\u00a0a = 1".encode(), ("E0124", 1, 4)),
        (b"a" * (LARGEST_FILE + 1), ("E0115", 0, 0)),
    ],
    ids=range(10),
)
def test_what_cannot_be_trusted_is_refused_with_its_place(data: bytes, expected: tuple[str, int, int]) -> None:
    source, found = decoded(data)
    assert source is None
    assert found == [expected]


def test_a_micro_sign_gets_an_edit() -> None:
    findings = Findings()
    decode("let a = 10 µs".encode(), "a.snn", findings)
    (diagnostic,) = findings.all
    assert diagnostic.edit is not None
    assert diagnostic.edit.replacement == "u"


def test_all_of_several_are_reported() -> None:
    assert [code for code, *_ in decoded("let τ = \x07 × 3".encode())[1]] == ["E0124", "E0122", "E0124"]
