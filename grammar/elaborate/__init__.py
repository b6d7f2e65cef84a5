"""Imports, networks, loops and conditions are put in: a syntax tree with them becomes one without, of plain declarations.

`imports.py` reads the files that a program names, `names.py` says what a name means in each, `rewrite.py` puts a meaning in the place of a
name, `statics.py` calculates what must be known for that, `expand.py` turns blocks and loops into declarations, `ports.py` joins edges that
meet at a port.  Qualified names such as `block[0].s` are plain names to all later stages.
"""

from inferno.grammar.elaborate.whole import Elaborated, elaborate

__all__ = ["Elaborated", "elaborate"]
