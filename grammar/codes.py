"""The registry of every diagnostic code.  Its groups lie in files of their own:

E01xx text and syntax (`codes_syntax.py`); gathered by `codes_check.py` E02xx units and dimensions, E03xx names and arguments,
E04xx components, E05xx network wiring, E06xx values, E07xx run, train, record and output, E08xx not supported yet, W09xx lints.
"""

from __future__ import annotations

from inferno.grammar.code import Code
from inferno.grammar.codes_check import CHECK_CODES
from inferno.grammar.codes_syntax import SYNTAX_CODES

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = dict(sorted({**SYNTAX_CODES, **CHECK_CODES}.items()))
