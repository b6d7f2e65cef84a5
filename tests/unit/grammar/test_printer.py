"""What the formatter changes, what it never changes, and that doing it twice is doing it once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings, SnnError
from inferno.grammar.printer import format_bytes, format_text, same_tree
from inferno.grammar.source import Source
from inferno.grammar.syntax import parse

ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted((ROOT / "grammar" / "std").glob("*.snn")), *sorted((ROOT / "examples").rglob("*.snn"))]
GOLDEN = sorted(path for path in (ROOT / "tests" / "golden").rglob("*.snn") if path.is_file())


def tree(text: str) -> ast.Module:
    findings = Findings()
    module = parse(Source("t.snn", text), findings)
    assert module is not None, findings.all
    return module


def formatted(text: str) -> str:
    result = format_text(Source("t.snn", text))
    assert same_tree(tree(text), tree(result))
    assert format_text(Source("t.snn", result)) == result
    return result


MIXED = """

snn   1
\"\"\"Doc
  string.\"\"\"
from std.neurons import LIF,ALIF   # both


param a:mV=3mV  in[ 0 mV,inf ]   ## doc
param long_name = 4     # other
# a comment
neuron N  extends LIF :

  # inside
  \"\"\"What it is.

    More of it.
  \"\"\"
  param lr : nS / ms = 0.1nS/ms
  state v:mV=-65 mV   @shared( mean )@persistent
  tau*dv/dt = -v+a * -b+R*I[ :3 ]
  spike when v>1 mV:
     v=0 mV
     if v <0 mV :
       w+=1
       # end of if
     # end of spike
  on post:w-=-lr   *next( x )
# behind
population p [2,3]=N(
  a=1,
         # in brackets
         b = f(1,
   2),
  ):
    init v=uniform(0 mV,1 mV)|clip(0 mV,1 mV)
    longer = 3 # why

    x=1
p.a->p . v
x-[maxpool(2)|flatten]->y
for i in 0..len( w ):
   use block[i]=B( k=5 if i==0 else -3^-2 )
"""

CANONICAL = """snn 1
\"\"\"Doc
  string.\"\"\"
from std.neurons import LIF, ALIF  # both

param a : mV = 3 mV in [0 mV, inf]  ## doc
param long_name = 4                 # other
# a comment
neuron N extends LIF:
    # inside
    \"\"\"What it is.

      More of it.
    \"\"\"
    param lr : nS/ms = 0.1 nS/ms
    state v : mV = -65 mV @shared(mean) @persistent
    tau*v' = -v + a * -b + R*I[:3]
    spike when v > 1 mV:
        v = 0 mV
        if v < 0 mV:
            w += 1
            # end of if
        # end of spike
    on post: w -= -lr * next(x)
# behind
population p[2, 3] = N(
    a = 1,
    # in brackets
    b = f(1,
          2),
):
    init v = uniform(0 mV, 1 mV) | clip(0 mV, 1 mV)
    longer = 3  # why

    x = 1
p.a -> p.v
x -[maxpool(2) | flatten]-> y
for i in 0 .. len(w):
    use block[i] = B(k = 5 if i == 0 else -3^-2)
"""


def test_everything_gets_its_canonical_place() -> None:
    assert formatted(MIXED) == CANONICAL


def test_the_equal_signs_of_an_attribute_block_stand_below_each_other() -> None:
    text = "run:\n  dt=1 ms\n  duration=2 s # long\n\n  seed=1\n"
    assert formatted(text) == "run:\n    dt       = 1 ms\n    duration = 2 s  # long\n\n    seed = 1\n"


@pytest.mark.parametrize("left", ["dv/dt", "tau * dv/dt", "tau*dv / dt", "C*tau * dv/dt"])
def test_a_derivative_is_written_with_a_prime(left: str) -> None:
    text = f"neuron N:\n    {left} = -v  # dv/dt\n"
    expected = left.replace(" / ", "/").replace("dv/dt", "v'")
    assert formatted(text) == f"neuron N:\n    {expected} = -v  # dv/dt\n"


def test_names_that_are_words_of_the_language_stay_names() -> None:
    text = "let x = input - output(1) + hold[2] - spike\nparam -> view\n"
    assert formatted(text) == text


def test_numbers_and_units_stay_as_written() -> None:
    assert formatted("let a = 1e7ms+0.10 nS/ms-3  mV^2\n") == "let a = 1e7 ms + 0.10 nS/ms - 3 mV^2\n".replace("1e7 ms", "1e7 ms")


def test_a_text_with_mistakes_is_refused() -> None:
    with pytest.raises(SnnError):
        format_text(Source("t.snn", "let = 3\n"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbflet a=1\n", b"let a = 1\n"),
        (b"let a=1\r\nlet b=2\r\n", b"let a = 1\r\nlet b = 2\r\n"),
        (b"let a=1\r\nlet b=2\n", b"let a = 1\r\nlet b = 2\r\n"),
        (b"let a=1\nlet b=2\r\n", b"let a = 1\nlet b = 2\n"),
        (b"let a=1", b"let a = 1\n"),
        (b"", b""),
        (b"# only\n\n\n# comments", b"# only\n\n# comments\n"),
    ],
)
def test_byte_order_marks_and_line_ends(data: bytes, expected: bytes) -> None:
    assert format_bytes(data, "t.snn") == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_our_own_files_say_the_same_formatted(path: Path) -> None:
    formatted(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_file_that_can_be_read_can_be_formatted(path: Path) -> None:
    data = path.read_bytes()
    try:
        once = format_bytes(data, path.name)
    except SnnError:
        return
    assert format_bytes(once, path.name) == once


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_generated_programs_say_the_same_formatted(seed: int) -> None:
    from oracle import generator

    formatted(generator.candidate(str(seed)))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([MIXED, *(path.read_text(encoding="utf-8") for path in FILES)]), st.randoms(use_true_random=False))
def test_blanks_and_comments_anywhere_make_no_difference(text: str, chance: random.Random) -> None:
    lines = []
    for line in text.splitlines():
        if '"' not in line and not chance.randrange(4):
            code, sign, comment = line.partition("#")
            words = code.rstrip().split(" ")
            indent = len(code) - len(code.lstrip(" ")) + 1
            code = " ".join(w + " " * chance.randrange(3) if i >= indent else w for i, w in enumerate(words))
            line = code + " " * chance.randrange(3) + sign + comment
        if '"""' not in text and not chance.randrange(8):
            lines.append(" " * chance.randrange(9) + "# note" * chance.randrange(2))
        lines.append(line)
    try:
        formatted("\n".join(lines))
    except SnnError:
        assert '"""' in text or text == MIXED
