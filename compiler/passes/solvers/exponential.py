"""The matrix exponential, in float64, the same to the bit on every processor.

A linear algebra library chooses its order of summation by the processor; generated constants must not depend on that.
"""

from __future__ import annotations

import math

import numpy
from numpy.typing import NDArray

Matrix = NDArray[numpy.float64]

# The Padé numerator of degree 13, and the norm up to which it is exact to rounding.
# Source: Higham, SIAM J. Matrix Anal. Appl. 26:1179 (2005), table 2.3 and section 3.
PADE_13 = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0, 670442572800.0,
    33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
THETA_13 = 5.371920351148152


def matrix_exponential(matrix: Matrix) -> Matrix:
    """exp(matrix) by scaling and squaring; infinite or NaN where it is beyond all numbers."""
    norm = float(numpy.abs(matrix).sum(axis=0).max())
    squarings = max(0, int(numpy.ceil(numpy.log2(norm / THETA_13)))) if norm > THETA_13 else 0
    scaled = matrix / 2.0**squarings
    even, odd = numpy.zeros_like(scaled), numpy.zeros_like(scaled)
    power = numpy.eye(len(scaled))
    square = product(scaled, scaled)
    for degree in range(0, 14, 2):
        even += PADE_13[degree] * power
        odd += PADE_13[degree + 1] * power
        power = product(power, square)
    odd = product(scaled, odd)
    result = _solved(even - odd, even + odd)
    with numpy.errstate(over="ignore", invalid="ignore"):
        for _ in range(squarings):
            result = product(result, result)
    return result


def product(left: Matrix, right: Matrix) -> Matrix:
    """The matrix product, summed in the order of the inner index."""
    total = numpy.zeros((len(left), right.shape[1]))
    for inner in range(len(right)):
        total += left[:, inner, None] * right[inner]
    return total


def _solved(matrix: Matrix, right: Matrix) -> Matrix:
    """X of `matrix X = right`, by elimination with partial pivoting."""
    rows, size = numpy.hstack((matrix, right)), len(matrix)
    for column in range(size):
        pivot = column + int(numpy.abs(rows[column:, column]).argmax())
        rows[[column, pivot]] = rows[[pivot, column]]
        rows[column] /= rows[column, column]
        for other in range(size):
            if other != column:
                rows[other] -= rows[other, column] * rows[column]
    return rows[:, size:]


def propagators(matrix: Matrix, dt: float) -> tuple[Matrix, Matrix]:
    """`P` and `G` of `x(dt) = P x(0) + G r` for `x' = A x + r` with constant r.

    One exponential of the augmented matrix `[[A, 1], [0, 0]] dt`, which no A makes singular; for a single state its closed form.
    """
    size = len(matrix)
    if size == 1:
        exponent = float(matrix[0, 0]) * dt
        gain = math.expm1(exponent) / exponent if exponent else 1.0
        return numpy.array([[math.exp(exponent)]]), numpy.array([[gain * dt]])
    augmented = numpy.zeros((2 * size, 2 * size))
    augmented[:size, :size] = matrix * dt
    augmented[:size, size:] = numpy.eye(size) * dt
    result = matrix_exponential(augmented)
    return result[:size, :size], result[:size, size:]
