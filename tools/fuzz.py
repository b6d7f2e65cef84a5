"""Looks for crashes of the checker and the compiler: random and mutated programs, each a pure function of its number.

Each goes through everything that only reads: decoding, parsing, checking, rendering in every format, formatting, fixing, and, if it is
right, through all passes to the generated text.  Nothing is run.  What is found is printed with the number that makes it again:
`tools/fuzz.py --first NUMBER --count 1 --show` prints the program.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 2.0
MOST_BYTES = 300 * 2**20
PATIENCE = 120
SLICE = 250
FENCE = re.compile(r"^```snn[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r'"""[\s\S]*?"""|"[^"\n]*"|#[^\n]*|[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9.eE]*|<->|->|-\[|\.\.|[-+*/=!<>]=|\n[ ]*|[ ]+|\S')
NUMBERS = [
    "0", "1", "-1", "2", "0.5", "1e308", "1e-308", "1e999", "inf", "-inf", "nan", "1000000000", "9^9^9", "1/0", "3 mV", "1 dt", "-5 ms",
    "1" * 401, "1e400", "1e-400", "0.1e-307 ms", "1e308 ms", "5 mV^9", "1 GHz", "xi", "[1, 2]", "[]", "true",
]  # fmt: skip
SIGNS = [
    *"()[],:.+-*/^%='|&@#", "->", "<->", "-[", "]->", "==", "+=", "<=", "..", '"', '"""', "\0", "µ",
    "\n", "\n    ", "\n        ", "\t", "\r\n", "\f", "é", "×", "′", "\u00a0", "\u2028", "\u202e", "\ufeff", "\U0001d70f", "\ud800",
]  # fmt: skip
BLOCKS = ["if true:", "if 1 > 2:", "for i in 0 .. 2:", "for i in 0 .. 1000000:", "neuron N:", "run:", "else:"]
WRAPS = [("(", ")"), ("-", ""), ("exp(", ")"), ("1 / (", ")"), ("[", "]"), ("trainable(", ")"), ("max(1, ", ")"), ("not ", "")]


@cache
def programs() -> tuple[str, ...]:
    """What is mutated: the library, the examples, the programs of the documentation, and the wrong ones of the tests."""
    patterns = ("grammar/std/*.snn", "examples/**/*.snn", "tests/golden/**/*.snn")
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern)) if path.is_file()]
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))]
    return (*(path.read_bytes().decode("utf-8", "replace") for path in files), *(block for page in pages for block in FENCE.findall(page)))


@cache
def words() -> tuple[str, ...]:
    """Every word that occurs in a program, and every word of the grammar."""
    grammar = (ROOT / "grammar" / "snn.lark").read_text(encoding="utf-8")
    found = {token for text in programs() for token in TOKEN.findall(text) if token[0].isalnum()}
    return (*sorted(found | set(re.findall(r'"([a-z]+)"', grammar))), *NUMBERS, *SIGNS)


def text_of(number: int) -> bytes:
    """A program, most often a wrong one."""
    chance = random.Random(f"fuzz {number}")
    kind = chance.randrange(20)
    if kind == 0:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    if kind == 1:
        return " ".join(chance.choice(words()) for _ in range(chance.randrange(120))).encode("utf-8", "surrogatepass")
    text = _generated(chance) if 6 <= kind < 11 else chance.choice(programs())
    if kind == 5:
        text = _spliced(text, chance.choice(programs()), chance)
    for _ in range(chance.choice([0, 0, 1, 1, 2, 6])):
        text = chance.choice(CHANGES)(text, chance)
    return text.encode("utf-8", "surrogatepass")


def settings_of(number: int) -> dict[str, str]:
    """What is set from outside, for some programs: `--set NAME=VALUE`."""
    chance = random.Random(f"settings {number}")
    if chance.randrange(4):
        return {}
    names = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text_of(number).decode("utf-8", "replace")) or ["x"]
    return {_name(names, chance): chance.choice([*NUMBERS, chance.choice(words())]) for _ in range(chance.choice([1, 1, 2, 4]))}


def _name(names: list[str], chance: random.Random) -> str:
    """A name as it may be set: of a parameter, of a population's or block's, with an index; some are none."""
    parts = [chance.choice(names) + chance.choice(["", "", "", "[0]", "[-1]", "[99]"]) for _ in range(chance.choice([1, 1, 2, 3]))]
    return ".".join(parts) + chance.choice(["", "", "", "", ".", "]", " ", "µ"])


def _generated(chance: random.Random) -> str:
    """A program of the generator that the tests compare networks with."""
    sys.path[:0] = [] if str(ROOT / "tests") in sys.path else [str(ROOT / "tests")]
    from oracle import generator

    return generator.candidate(str(chance.randrange(2**32)))


def _spliced(one: str, other: str, chance: random.Random) -> str:
    """The beginning of a program and the end of another."""
    first, second = one.splitlines(keepends=True), other.splitlines(keepends=True)
    return "".join([*first[: chance.randrange(len(first) + 1)], *second[chance.randrange(len(second) + 1) :]])


def _tokens(text: str, chance: random.Random) -> str:
    """A word left out, put in, doubled, or changed for another."""
    tokens = TOKEN.findall(text) or [""]
    place, kind = chance.randrange(len(tokens)), chance.randrange(5)
    if kind == 0:
        del tokens[place]
    elif kind == 1:
        tokens.insert(place, f" {chance.choice(words())} ")
    elif kind == 2:
        tokens[place] = chance.choice(words())
    elif kind == 3:
        other = chance.randrange(len(tokens))
        tokens[place], tokens[other] = tokens[other], tokens[place]
    else:
        tokens[place] *= 2
    return "".join(tokens)


def _numbers(text: str, chance: random.Random) -> str:
    """A number changed for one that is special."""
    found = list(re.finditer(r"(?<![A-Za-z_0-9])[0-9][0-9.eE-]*(?:[ ][a-zA-Z/]+)?", text))
    if not found:
        return text
    place = chance.choice(found)
    return text[: place.start()] + chance.choice(NUMBERS) + text[place.end() :]


def _lines(text: str, chance: random.Random) -> str:
    """A line left out, doubled, moved, or indented otherwise."""
    lines = text.split("\n")
    place, kind = chance.randrange(len(lines)), chance.randrange(4)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(chance.randrange(len(lines) + 1), lines[place])
    elif kind == 2:
        lines.insert(chance.randrange(len(lines)), lines.pop(place))
    else:
        lines[place] = " " * chance.choice([0, 2, 4, 8]) + lines[place].lstrip()
    return "\n".join(lines)


def _names(text: str, chance: random.Random) -> str:
    """A name changed for another one of the same program, once or everywhere."""
    names = sorted(set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text)))
    if not names:
        return text
    return re.sub(rf"\b{chance.choice(names)}\b", chance.choice(names), text, count=chance.choice([0, 1]))


def _expressions(text: str, chance: random.Random) -> str:
    """A value wrapped in something, some of it deep."""
    found = list(re.finditer(r"=[ ]*([^\n=#]+)", text))
    if not found:
        return text
    place = chance.choice(found)
    deep = chance.choice([1, 1, 1, 3, 150, 2000])
    wrap = chance.choice(WRAPS)
    return text[: place.start(1)] + wrap[0] * deep + place[1] + wrap[1] * deep + text[place.end(1) :]


def _blocks(text: str, chance: random.Random) -> str:
    """A piece of a program inside blocks, some of them deep."""
    lines = text.split("\n")
    first = chance.randrange(len(lines))
    last = min(first + chance.randrange(1, 12), len(lines))
    heads = [chance.choice(BLOCKS) for _ in range(chance.choice([1, 1, 2, 5, 250]))]
    inside = [" " * 2 * len(heads) + line for line in lines[first:last]]
    return "\n".join([*lines[:first], *(" " * 2 * depth + head for depth, head in enumerate(heads)), *inside, *lines[last:]])


def _characters(text: str, chance: random.Random) -> str:
    """A piece of a few characters left out, or another put in."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(["", *SIGNS]) + text[place + chance.randrange(8) :]


CHANGES: tuple[Callable[[str, random.Random], str], ...] = (_tokens, _tokens, _numbers, _lines, _names, _expressions, _blocks, _characters)


def settle(data: bytes, settings: Mapping[str, str] | None = None) -> bool:
    """Send a program through everything; whether it is right.  Whatever this raises is a bug."""
    settings = settings or {}
    from inferno.compiler.pipeline import compile_program
    from inferno.errors import UsageError
    from inferno.grammar import findings_of
    from inferno.grammar.diagnostics import SnnError
    from inferno.grammar.fixing import errors, fix
    from inferno.grammar.printer import format_bytes
    from inferno.grammar.render import render_all, to_json
    from inferno.grammar.sarif import to_sarif

    program, found = findings_of(data, "fuzz.snn", settings)
    assert (program is None) == any(one.is_error for one in found)
    render_all(found)
    to_sarif(found)
    for one in found:
        to_json(one)
        assert one.span is None or 0 <= one.span.start <= one.span.end <= len(one.span.source.text)
    try:
        formatted = format_bytes(data, "fuzz.snn")
    except SnnError:
        pass
    else:
        assert format_bytes(formatted, "fuzz.snn") == formatted, "formatting twice is not formatting once"
    if any(one.edit for one in found) and len(data) < 4000:
        outcome = fix(data, "fuzz.snn", lambda changed: findings_of(changed, "fuzz.snn", settings)[1])
        assert errors(outcome.findings) <= errors(found), "fixing made it worse"
    if program is not None:
        # What only the solver of a whole system can tell.
        with suppress(UsageError):
            compile_program(program)
    return program is not None


class TooLongError(Exception):
    """A program took so long that it was given up."""


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TooLongError(f"given up after {PATIENCE} s of the processor")


def examine(number: int) -> tuple[bool, str]:
    """Whether a program is right, and what is wrong with how it was treated, if anything is."""
    data, settings = text_of(number), settings_of(number)
    before = _most_memory()
    # Of the processor's time, so that others on the machine don't count.
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        is_right, seconds = _timed(data, settings)
        for _ in range(2):
            if seconds > MOST_SECONDS:
                # Something may have been made that is made once, a table of the lexer, say, or others may use the same processor.
                seconds = min(seconds, _timed(data, settings)[1])
    except Exception:  # noqa: BLE001
        return False, traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if seconds > MOST_SECONDS:
        return is_right, f"{seconds:.1f} s"
    memory = _most_memory() - before
    return is_right, f"{memory / 2**20:.0f} MiB" if memory > MOST_BYTES else ""


def _timed(data: bytes, settings: Mapping[str, str]) -> tuple[bool, float]:
    """Whether a program is right, and the processor's seconds that it took."""
    start = time.process_time()
    return settle(data, settings), time.process_time() - start


def _most_memory() -> int:
    """The most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _prepare() -> None:
    """What is done once in each process: the limit is set up, and what is loaded once belongs to no program."""
    signal.signal(signal.SIGPROF, _give_up)
    settle(b"snn 1\n")


def _slice(numbers: range) -> tuple[int, list[str]]:
    """How many of these programs are right, and what was found."""
    right, problems = 0, []
    for number in numbers:
        is_right, problem = examine(number)
        right += is_right
        problems += [f"program {number}: {problem}"] if problem else []
    return right, problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="how many programs (1000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes (one for each processor)")
    parser.add_argument("--show", action="store_true", help="print the programs, and do nothing else")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.count)
    if options.show:
        for number in numbers:
            sys.stdout.buffer.write(text_of(number) + b"\n")
            print("".join(f"--set {name}={value}\n" for name, value in settings_of(number).items()), flush=True)
        return 0
    done = right = wrong = 0
    slices = [numbers[start : start + SLICE] for start in range(0, len(numbers), SLICE)]
    # Started afresh, not forked: what one process has read must not hide what another would.
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"), initializer=_prepare) as workers:
        for part, (found_right, problems) in zip(slices, workers.map(_slice, slices), strict=True):
            done, right, wrong = done + len(part), right + found_right, wrong + len(problems)
            print("".join(f"{problem}\n" for problem in problems), end="")
            if done % 1000 == 0:
                print(f"{done} programs, {right} right, {wrong} treated badly", flush=True)
    print(f"{done} programs, {right} right, {wrong} treated badly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
