"""The C++ target: formulas as functions on single numbers, and the loops around them."""
