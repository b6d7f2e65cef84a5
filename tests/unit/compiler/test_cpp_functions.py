"""The functions of generated C++ against the C library's, in units in the last place."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from inferno.runtime.kernels.generated import load_generated

NAMES = ("exponential", "exponential_less_1", "phi1")
ENTRY = 'extern "C" void {f}_{t}(const {t}* x, {t}* y, int64_t n) {{ for (int64_t i = 0; i < n; ++i) y[i] = {f}(x[i]); }}\n'
TEXT = '#include "functions.h"\n' + "".join(ENTRY.format(f=f, t=t) for f in NAMES for t in ("float", "double"))
TYPES = {"float": np.float32, "double": np.float64}


def applied(name: str, values: np.ndarray, kind: str) -> np.ndarray:
    given = np.ascontiguousarray(values, dtype=TYPES[kind])
    found = np.empty_like(given)
    function = getattr(load_generated(TEXT), f"{name}_{kind}")
    function(given.ctypes.data_as(ctypes.c_void_p), found.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(len(given)))
    return found


def exact(name: str, values: np.ndarray) -> np.ndarray:
    wide = values.astype(np.longdouble)
    if name == "exponential":
        return np.exp(wide)
    if name == "exponential_less_1":
        return np.expm1(wide)
    return np.where(wide == 0, 1, np.expm1(wide) / np.where(wide == 0, 1, wide))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("kind", "reach"),
    [("double", 1e-6), ("double", 0.4), ("double", 1.0), ("double", 700.0), ("float", 1e-3), ("float", 0.4), ("float", 87.0)],
)
def test_exponentials_are_right_to_three_units_in_the_last_place(name: str, kind: str, reach: float) -> None:
    values = np.linspace(-reach, reach, 20_001).astype(TYPES[kind])
    found, right = applied(name, values, kind), exact(name, values)
    last_place = np.spacing(np.abs(right).astype(TYPES[kind])).astype(np.longdouble)
    assert np.max(np.abs(found.astype(np.longdouble) - right) / last_place) <= 3


@pytest.mark.parametrize("kind", ["float", "double"])
def test_exponentials_at_their_ends(kind: str) -> None:
    ends = np.array([np.nan, np.inf, -np.inf, 1e4, -1e4, 0.0])
    assert np.array_equal(applied("exponential", ends, kind), [np.nan, np.inf, 0, np.inf, 0, 1], equal_nan=True)
    assert np.array_equal(applied("exponential_less_1", ends, kind), [np.nan, np.inf, -1, np.inf, -1, 0], equal_nan=True)
    assert applied("phi1", np.array([0.0]), kind)[0] == 1
