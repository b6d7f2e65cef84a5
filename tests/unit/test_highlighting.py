"""The Pygments lexer: every file of ours without errors, and words of the language only where they are ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String

from inferno.grammar.vocabulary import STATEMENT_WORDS
from inferno.highlighting import INNER, KEYWORDS, SnnLexer

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("grammar/std", "examples", "tests/golden/passes", "tests/golden/codegen")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.snn"))]


def kinds(text: str) -> list[tuple[object, str]]:
    return [(kind, value) for kind, value in SnnLexer().get_tokens(text) if value.strip()]


def kind_of(text: str, word: str) -> object:
    return next(kind for kind, value in kinds(text) if value == word)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_our_files_have_no_errors_and_keep_every_character(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(SnnLexer(stripnl=False).get_tokens(text))
    assert Error not in {kind for kind, _ in found}
    assert "".join(value for _, value in found) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("state v : mV = 0 mV", "state"), ("run:", "run"), ("else:", "else"), ("neuron N:", "neuron"), ("    input I : nA", "input"),
        ("refractory 2 ms hold v", "refractory"), ("refractory 2 ms hold v", "hold"), ("spike when v > 1:", "when"), ("snn 1", "snn"),
        ("record p.v every 2", "every"), ("from a import b", "import"), ("on post: emit x", "emit"), ("    init v = 3", "init"),
        ("neuron A extends B:", "extends"), ("import a as b", "as"), ("if not x:", "if"),
    ],
)  # fmt: skip
def test_a_word_of_the_language(text: str, word: str) -> None:
    assert kind_of(text, word) in Keyword


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("let x = state + 1", "state"), ("    input = 3", "input"), ("input -> p", "input"), ("state * x = 1", "state"),
        ("let hold = 3", "hold"),
        ("let x = f(every = 3)", "every"), ("let runs = 3", "runs"), ("    output.x = 1", "output"), ("let a = on", "on"),
    ],
)  # fmt: skip
def test_a_name_that_is_a_word_of_the_language_elsewhere(text: str, word: str) -> None:
    assert kind_of(text, word) in Name


def test_the_words_are_those_of_the_grammar() -> None:
    assert STATEMENT_WORDS <= KEYWORDS
    assert {"when", "hold", "every", "extends", "substeps", "at", "as"} <= INNER


def test_pieces_get_their_kinds() -> None:
    text = 'neuron N:  # why\n    """Doc."""\n    param q = 10 nS/ms in [0, 1e3]  ## doc\n    q\' = f(q)'
    found = {value: kind for kind, value in kinds(text)}
    assert found["N"] is Name.Class
    assert found["10 nS/ms"] is Number
    assert found["1e3"] is Number
    assert found["# why"] is Comment.Single
    assert found["## doc"] is Comment.Special
    assert found['"""Doc."""'] is String.Doc
    assert found["in"] is Operator.Word
    assert found["q'"] is Name
    assert found["f"] is Name.Function


def test_pygments_is_told_of_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["entry-points"]["pygments.lexers"] == {"snn": f"{SnnLexer.__module__}:{SnnLexer.__name__}"}
