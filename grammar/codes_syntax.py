"""The codes of texts that cannot be read: E01xx, and the lint of the missing edition line."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

SYNTAX_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0101",
            "unexpected text",
            "Something stands where the language expects something else; the message names both.",
            "param tau = = 10 ms",
            "param tau = 10 ms",
        ),
        explained(
            "E0102",
            "a colon is missing",
            "A line that opens a block ends in `:`.",
            "run\n    dt = 1 ms",
            "run:\n    dt = 1 ms",
        ),
        explained(
            "E0103",
            "`=` and `==` confused",
            "`=` gives a value to a name, `==` compares two values.",
            "spike when n = 3:\n    v = 0 mV",
            "spike when n == 3:\n    v = 0 mV",
        ),
        explained(
            "E0104",
            "a sign of another language",
            "Powers are written `^`, logic `not`, `and`, `or`, blocks with `:` and indentation.",
            "let a = x**2",
            "let a = x^2",
        ),
        explained(
            "E0105",
            "a bracket is never closed",
            "Inside brackets a statement goes on over line ends; a forgotten bracket would swallow the next one.",
            "population a[10] = LIF(tau_m = 10 ms\nrecord a.spikes",
            "population a[10] = LIF(tau_m = 10 ms)\nrecord a.spikes",
        ),
        explained(
            "E0106",
            "a closing bracket that fits no opening one",
            "Brackets come in pairs, `()` and `[]`.",
            "let a = f(1, 2]",
            "let a = f(1, 2)",
        ),
        explained(
            "E0107",
            "a tab in the indentation",
            "Blocks are indented with blanks, because a tab is as wide as each editor likes.",
            "run:\n\tdt = 1 ms",
            "run:\n    dt = 1 ms",
        ),
        explained(
            "E0108",
            "unexpected indentation",
            "Only a line that ends in `:` opens a block, and all lines of a block start in the same column.",
            "param a = 1\n    param b = 2",
            "param a = 1\nparam b = 2",
        ),
        explained(
            "E0109",
            "an empty block",
            "A line that ends in `:` is followed by lines indented further.",
            "run:\ntrain:\n    epochs = 1",
            "run:\n    dt = 1 ms\ntrain:\n    epochs = 1",
        ),
        explained(
            "E0110",
            "a string is never closed",
            'A string ends with the quotes it starts with; `"` on the same line, `"""` anywhere.',
            'connect = from_file("c.npz)',
            'connect = from_file("c.npz")',
        ),
        explained(
            "E0111",
            "a number out of range",
            "A number has at most 400 digits, and its size is between 1e-308 and 1e308, as in the 64-bit floats of a computer.",
            "param big = 1e999",
            "param big = inf",
        ),
        explained(
            "E0112",
            "not a number",
            "A number has digits on both sides of its point, and no `_`.",
            "param a = .5",
            "param a = 0.5",
        ),
        explained(
            "E0113",
            "not a unit",
            "Behind a number stands a unit, an operator or nothing.  Units are built of s V A S F Ohm Hz C m g mol M "
            "with the prefixes f p n u m k M G, and `dt`; they are joined without blanks, as in `nS/ms`.",
            "param tau = 10 msec",
            "param tau = 10 ms",
        ),
        explained(
            "E0114",
            "nested too deeply",
            "Brackets, expressions and blocks lie inside each other at most 200 deep.",
            "let a = ((((((…))))))",
            "let b = …\nlet a = b",
        ),
        explained(
            "E0115",
            "a text too large",
            "A file has at most 4 MiB.  Weights and connections belong into a `.npz` file.",
            "(a file of 5 MiB)",
            "from layers import Layer",
        ),
        explained(
            "E0116",
            "the edition line is misplaced",
            "The edition line `snn 1` is the first statement of a file.",
            '"""A network."""\nsnn 1',
            'snn 1\n"""A network."""',
        ),
        explained(
            "E0117",
            "an unknown edition",
            "The file asks for an edition of the language that this version does not read.",
            "snn 99",
            "snn 1",
        ),
        explained(
            "E0118",
            "an unknown statement",
            "A line starts with a word that opens no statement.",
            "populaton a[10] = LIF()",
            "population a[10] = LIF()",
        ),
        explained(
            "E0119",
            "a statement in the wrong place",
            "Some statements belong to components, others to files and networks.",
            "state v : mV = 0 mV\nneuron N:\n    v' = -v/tau",
            "neuron N:\n    state v : mV = 0 mV\n    v' = -v/tau",
        ),
        explained(
            "E0120",
            "a word of the language as a name",
            "`and`, `or`, `not`, `if`, `else` and `in` cannot be names.",
            "param in = 3",
            "param into = 3",
        ),
        explained(
            "E0121", "not UTF-8", "A file is text in UTF-8; other encodings are not guessed.", "(a file in UTF-16 or Latin-1)", "snn 1"
        ),
        explained(
            "E0122",
            "a control character",
            "Characters that cannot be seen have no place in a file, not even in a comment.",
            "param a = 1 # a NUL character stands here",
            "param a = 1",
        ),
        explained(
            "E0123",
            "a character that changes the direction of writing",
            "Such characters make a text look other than it is read.",
            "# a right-to-left override stands here",
            "# a comment",
        ),
        explained(
            "E0124",
            "a character outside ASCII",
            "Names and units are written in ASCII: `u` for µ, `Ohm` for Ω, `tau` for τ.  Strings and comments may hold any letter.",
            "param τ = 10 µs",
            "param tau = 10 us",
        ),
        explained(
            "W0901",
            "the edition line is missing",
            "Without an edition line a file is read as the newest edition, whose meaning may change with the next version.",
            "param a = 1",
            "snn 1\nparam a = 1",
        ),
    ]
)
