"""The checks of a parsed program, one file for each kind of thing in it; `program.py` has their order."""
