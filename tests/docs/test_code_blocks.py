"""Every code block of the documentation is run, in order, page by page, in a folder that holds the examples and a little data.

snn       must be a program without findings (components alone need no network); ```snn E0203 must give that error
python    is executed, all blocks of a page in one namespace
console   lines after `$`; `inferno …` must end with status 0, or n where the line ends with `# exit n`; what is printed is not compared
"""

import re
import shlex
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pytest

from inferno.cli.main import call
from inferno.grammar import findings_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)[ \t]*([^\n`]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"snn", "python", "console", "text", "mermaid", "json", ""}

# Lines that a reader runs once, on a machine of their own: they install, fetch or call what other tests call.
NOT_RUN = re.compile(r"(make|git|pip|cd)\b|python -m venv\b|python examples/|.*--download\b")
# Appended to what would take long; the last one given counts.
SHORTER = {
    "train": ["--backend", "eager", "--limit", "40", "--test-limit", "20", "--epochs", "1", "-q"],
    "eval": ["--backend", "eager", "--limit", "20", "-q"],
    "run": ["--backend", "eager", "-q"],
}
NO_EDITION, NO_NETWORK = "W0901", "E0513"
IMAGES = 40


@dataclass(frozen=True)
class Block:
    language: str
    note: str
    text: str
    line: int


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        yield Block(found[1], found[2].strip(), found[3], text.count("\n", 0, found.start()) + 1)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and noise in the place and form of MNIST."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    numbers = numpy.random.default_rng(0)
    for part in ("train", "t10k"):
        pixels = numbers.integers(0, 256, (IMAGES, 28, 28), dtype=numpy.uint8)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, IMAGES, 28, 28) + pixels.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, IMAGES) + bytes(i % 10 for i in range(IMAGES)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check_program(block: Block, where: str) -> None:
    _, found = findings_of(block.text, where)
    codes = {one.code for one in found} - {NO_EDITION, NO_NETWORK}
    assert codes == ({block.note} if block.note else set()), f"{where}: {[one.message for one in found]}"


def commands_in(block: Block) -> Iterator[str]:
    lines = [line for line in block.text.replace("\\\n", " ").splitlines() if line.startswith("$ ")]
    yield from (line[2:].strip() for line in lines)


def run_command(line: str, where: str) -> None:
    if NOT_RUN.match(line):
        return
    words, _, status = line.partition("# exit ")
    program, *arguments = shlex.split(words, comments=True)
    assert program == "inferno", f"{where}: nothing says how to run `{program}`"
    arguments += SHORTER.get(arguments[0], []) if "--help" not in arguments else []
    assert call(arguments) == int(status or 0), f"{where}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_blocks_run(page: Path, workplace: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks_of(page):
        where = f"{name_of(page)}:{block.line}"
        assert block.language in LANGUAGES, f"{where}: no rule for a block of {block.language}"
        if block.language == "snn":
            check_program(block, where)
        elif block.language == "python":
            exec(compile("\n" * block.line + block.text, name_of(page), "exec"), names)  # noqa: S102
        elif block.language == "console":
            for line in commands_in(block):
                run_command(line, where)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []
