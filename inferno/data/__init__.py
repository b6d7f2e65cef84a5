"""Data sets.  Only their names live here, so that the command line knows them without loading torch."""

DATA_SETS = ("mnist", "fashion-mnist", "digits")
