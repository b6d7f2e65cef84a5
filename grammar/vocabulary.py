"""The words of the language, for messages: which statements there are, where they stand, and how a terminal is called."""

from __future__ import annotations

from collections.abc import Set

COMPONENT_KINDS = frozenset({"neuron", "synapse", "plasticity", "readout"})
BLOCK_WORDS = COMPONENT_KINDS | {"network", "for", "if", "run", "train", "spike", "on", "population", "projection"}
IN_COMPONENTS = frozenset({"state", "receptor", "trace", "modulator", "refractory", "solve", "surrogate", "bound", "spike", "on"})
IN_NETWORKS = COMPONENT_KINDS | {
    "view", "use", "record", "expect", "port", "export", "population", "projection", "network", "run", "train", "import", "from", "for",
}  # fmt: skip
HANDLER_WORDS = frozenset({"emit"})
STATEMENT_WORDS = IN_COMPONENTS | IN_NETWORKS | HANDLER_WORDS | {"param", "let", "fn", "input", "output", "if", "init", "draw", "snn"}

# What people write who know other simulators or languages.
SYNONYMS = {
    "def": "fn",
    "func": "fn",
    "function": "fn",
    "var": "let",
    "const": "param",
    "parameter": "param",
    "parameters": "param",
    "params": "param",
    "layer": "population",
    "group": "population",
    "connect": "projection",
    "connection": "projection",
    "synapses": "projection",
    "class": "neuron",
    "model": "neuron",
    "variable": "state",
    "monitor": "record",
    "assert": "expect",
    "when": "on",
    "return": "output",
    "include": "import",
    "using": "import",
    "while": "for",
    "optimizer": "train",
    "simulate": "run",
}

# Signs of other languages: the sign, what to do instead, and a replacement where one can be given.
FOREIGN: tuple[tuple[str, str, str | None], ...] = (
    ("**", "a power is written `^`", "^"),
    ("&&", "write `and`", "and"),
    ("||", "write `or`", "or"),
    ("//", "a comment starts with `#`", None),
    ("/*", "a comment starts with `#`", None),
    (":=", "write `=`", "="),
    ("++", "write `+= 1`", None),
    ("=>", "write `>=`, or `->` for a projection", None),
    ("!", "write `not`", "not "),
    ("~", "write `not`", "not "),
    ("{", "a block is opened by `:` and indented; brackets are `()` and `[]`", None),
    ("}", "a block is opened by `:` and indented; brackets are `()` and `[]`", None),
    (";", "one statement a line, without `;`", None),
    ("\\", "a line goes on inside brackets; no `\\` is needed", None),
    ("$", "names are made of letters, digits and `_`", None),
    ("?", "a choice is written `a if condition else b`", None),
    ("'", "a string stands between `\"`; `v'` is the derivative of a state", None),
    ("`", "names are made of letters, digits and `_`", None),
)

_SHOWN = {
    "_NL": "the end of the line",
    "_INDENT": "an indented block",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "ARROW": "`->`",
    "BOTH_WAYS": "`<->`",
    "LINK_OPEN": "`-[`",
    "IN": "`in`",
    "AT": "`at`",
    "EVERY": "`every`",
    "HOLD": "`hold`",
    "WHEN": "`when`",
    "AS": "`as`",
    "EXTENDS": "`extends`",
    "SUBSTEPS": "`substeps`",
    "__ANON_0": "`..`",
}

# After a value nearly everything that continues it is accepted too; it says nothing to name that.
_CONTINUES = frozenset({"LPAR", "LSQB", "PRIME", "DOT", "IF", "ELSE", "AND", "OR"})

MOST_SHOWN = 4


def expected_words(accepts: Set[str]) -> str:
    """What would have been right, as in "a name or `:`"; empty if it cannot be said in a few words."""
    if "RECORD" in accepts:
        return "a declaration such as `param`, `population` or `projection`"
    if "REFRACTORY" in accepts:
        return "a statement such as `param`, `state` or an equation"
    if {"EMIT", "IF"} <= accepts or {"EMIT", "_NL"} <= accepts:
        return "an assignment such as `v = v_reset`"
    if {"NUMBER", "LPAR"} <= accepts:
        return "a value"
    if {"INIT", "DRAW"} <= accepts:
        return "a setting such as `name = value`"
    after_value = "PLUS" in accepts
    ignored = _CONTINUES if after_value else frozenset()
    if "RPAR" in accepts and after_value:
        ignored |= {"EQUAL"}
    if "LINK_OPEN" in accepts:
        ignored |= {"BOTH_WAYS"}  # the arrows one way say enough
    words = [shown for terminal, shown in _SHOWN.items() if terminal in accepts and terminal not in ignored]
    if after_value:
        words = ["an operator", *words]
    if not words or len(words) > MOST_SHOWN:
        return ""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
