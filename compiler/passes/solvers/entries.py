"""Entries of matrices that are numbers, or formulas where parameters differ from neuron to neuron."""

from __future__ import annotations

import numpy

from inferno.compiler.passes.fold_constants import Folding
from inferno.compiler.passes.solvers.exponential import Matrix
from inferno.grammar.expression import Constant, Expression, apply

Entry = float | Expression
"""A number, or a formula of drawn parameters."""
Entries = list[list[Entry]]


def entry(found: Expression, folding: Folding) -> Entry:
    """The number that a constant expression is, or the expression where it differs from neuron to neuron."""
    return found if folding.differs(found) else folding.value(found)


def expression(found: Entry) -> Expression:
    """An entry as an expression."""
    return Constant(found) if isinstance(found, float) else found


def times(left: Entry, right: Entry) -> Entry:
    """The product of two entries."""
    if isinstance(left, float) and isinstance(right, float):
        return left * right
    if 0.0 in (left, right):
        return 0.0
    return apply("multiply", expression(left), expression(right))


def plus(left: Entry, right: Entry) -> Entry:
    """The sum of two entries."""
    if isinstance(left, float) and isinstance(right, float):
        return left + right
    return apply("add", expression(left), expression(right))


def numbers(matrix: Entries) -> Matrix:
    """A matrix of entries that are all numbers."""
    return numpy.array([[float(e) if isinstance(e, float) else numpy.nan for e in row] for row in matrix])
