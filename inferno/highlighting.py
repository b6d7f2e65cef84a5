"""Colours for `.snn` texts: a lexer for Pygments, so for Sphinx, MkDocs, notebooks and terminals.

The words come from the grammar itself.  A word of the language is one only where it can be: `state v = 0` declares a state, and in
`let x = state + 1` it is a name.
"""

from __future__ import annotations

import re
from importlib.resources import files

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace

from inferno.grammar.build_expressions import RESERVED
from inferno.grammar.quantities import NUMBER, quantity_pattern
from inferno.grammar.vocabulary import BLOCK_WORDS, COMPONENT_KINDS, HANDLER_WORDS, STATEMENT_WORDS

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_GRAMMAR = files("inferno.grammar").joinpath("snn.lark").read_text(encoding="utf-8")

KEYWORDS = frozenset(re.findall(r'"([a-z]+)"', re.sub(r"//[^\n]*", "", _GRAMMAR)))
"""Every word of the language."""

INNER = KEYWORDS - STATEMENT_WORDS - RESERVED
"""Those that stand within a statement: `when`, `hold`, `every` …"""


def _any_of(words: frozenset[str]) -> str:
    return rf"(?:{'|'.join(sorted(words))})\b"


_DEFINES = _any_of(COMPONENT_KINDS | {"network"})
_HEADS = _any_of((STATEMENT_WORDS & BLOCK_WORDS) | {"else"})


class SnnLexer(RegexLexer):  # type: ignore[misc]
    """Splits a `.snn` text into coloured pieces."""

    name = "Inferno"
    aliases = ["snn", "inferno"]
    filenames = ["*.snn"]
    url = "docs/language.md"

    tokens = {
        "root": [
            (r'"""[\s\S]*?"""', String.Doc),
            (rf"^([ ]*)({_DEFINES})([ ]+)({_NAME})", bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Class)),
            (
                r"^([ ]*)(from)([ ]+)([A-Za-z0-9_.]+)([ ]+)(import)(?=[ ])",
                bygroups(Whitespace, Keyword, Whitespace, Name.Namespace, Whitespace, Keyword),
            ),
            (rf"^([ ]*)({_HEADS})(?=[ ]*:)", bygroups(Whitespace, Keyword)),
            (
                rf"^([ ]*)({_any_of(STATEMENT_WORDS)})(?=[ ]+[A-Za-z0-9_\"\[(])(?![ ]+{_any_of(RESERVED - {'not'})})",
                bygroups(Whitespace, Keyword),
            ),
            (rf"(:[ ]*)({_any_of(HANDLER_WORDS)})(?=[ ]+{_NAME})", bygroups(Punctuation, Keyword)),
            (r"\n", Whitespace),
            (r"[ \t]+", Whitespace),
            (r"##[^\n]*", Comment.Special),
            (r"#[^\n]*", Comment.Single),
            (r'"[^"\n]*"', String.Double),
            (quantity_pattern(), Number),
            (rf"{NUMBER}(?![A-Za-z0-9_])", Number),
            (rf"(@)({_NAME})", bygroups(Punctuation, Name.Decorator)),
            (_any_of(RESERVED), Operator.Word),
            (rf"(?<=[ ]){_any_of(INNER)}(?=[ ]+[A-Za-z0-9_\"(\[+-])", Keyword),
            (rf"{_NAME}(?=[ ]?\()", Name.Function),
            (rf"{_NAME}'?", Name),
            (r"<->|->|-\[|\]->|\.\.|[-+*/=!<>]=|[-+*/%^=<>|&']", Operator),
            (r"[()\[\]:,.]", Punctuation),
            (r"[^\S\n]+", Text),
        ]
    }
