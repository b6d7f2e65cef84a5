"""What white noise adds to linear states in a step, in float64, the same to the bit on every processor."""

from __future__ import annotations

import math

import numpy

from inferno.compiler.passes.solvers.exponential import Matrix, product

TERMS = 16
"""Of the series below: the norm of a part of the step is at most 1/4, so that what is left out is lost in rounding."""
NEGLIGIBLE = 1e-13
"""A variance that is left of one so much larger is the rounding of 0."""


def covariance(matrix: Matrix, inputs: Matrix, dt: float) -> Matrix:
    """`Q`, the integral of `exp(A s) B B^T exp(A^T s)` over a step: the covariance of what `x' = A x + B xi` gains from its noise.

    Over a part of the step by its Taylor series; then the part is doubled, `Q(2h) = Q(h) + P(h) Q(h) P(h)^T`, sums in which nothing
    cancels, however much decays within a step.
    """
    norm = max(float(numpy.abs(matrix).sum(axis).max()) for axis in (0, 1)) * dt
    doublings = max(0, math.ceil(math.log2(norm)) + 2) if norm > 0 else 0
    part = math.ldexp(dt, -doublings)
    with numpy.errstate(all="ignore"):
        term = product(inputs, inputs.T) * part
        total, across, power = term.copy(), numpy.eye(len(matrix)), numpy.eye(len(matrix))
        for order in range(1, TERMS + 1):
            term = (product(matrix, term) + product(term, matrix.T)) * (part / (order + 1))
            power = product(matrix, power) * (part / order)
            total, across = total + term, across + power
        for _ in range(doublings):
            total = total + product(product(across, total), across.T)
            across = product(across, across)
    return total


def factor(variances: Matrix) -> Matrix:
    """The lower triangular `L` of `L L^T = Q`, with a column of zeros where a state has no noise that others do not have."""
    size = len(variances)
    lower = numpy.zeros((size, size))
    for column in range(size):
        left = float(variances[column, column]) - sum(float(x) * float(x) for x in lower[column, :column])
        if left <= NEGLIGIBLE * float(variances[column, column]):
            continue
        lower[column, column] = math.sqrt(left)
        for row in range(column + 1, size):
            known = sum(float(lower[row, k]) * float(lower[column, k]) for k in range(column))
            lower[row, column] = (float(variances[row, column]) - known) / lower[column, column]
    return lower
