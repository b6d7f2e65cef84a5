"""Reads the files of `SpikeTrain(file = "s.npz")`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy

from inferno.compiler.npz_files import PACKED, NoArraysError, TooLargeError, read_arrays, read_packed
from inferno.errors import RunError, UsageError

LARGEST = 1 << 30
"""Bytes of a file, and of its arrays once unpacked."""
ROUNDING = 1e-6
"""Of a step: decimals such as 0.3 ms are not exact in a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Train:
    """Spikes sorted by step: int64 arrays of the same length."""

    step: numpy.ndarray[Any, numpy.dtype[numpy.int64]]
    index: numpy.ndarray[Any, numpy.dtype[numpy.int64]]


def read(path: Path, neurons: int, dt: float) -> Train:
    """The spikes of a file.

    Raises
    ------
    UsageError
        For a file that is something else, or does not fit the population.
    RunError
        For one that can't be read.
    """
    arrays, names = _arrays(path)
    missing = [name for name in ("index", "time") if name not in arrays]
    if missing:
        held = ", ".join(f"`{name}`" for name in sorted(names)) or "nothing"
        raise UsageError(f"{path} has no array `{missing[0]}`; it holds {held}", "make it by numpy.savez(path, index=…, time=…)")
    index, time = arrays["index"], arrays["time"]
    if index.ndim != 1 or time.ndim != 1 or len(index) != len(time):
        raise UsageError(f"{path}: `index` {list(index.shape)} and `time` {list(time.shape)} are not two lists of one length")
    if index.dtype.kind not in "iu" or time.dtype.kind not in "fiu":
        raise UsageError(f"{path}: `index` holds whole numbers and `time` ms, not {index.dtype} and {time.dtype}")
    time = time.astype(numpy.float64)
    for wrong, words in (
        ((index < 0) | (index >= neurons), f"of a neuron that is not there: the population has {neurons:,}, counted from 0"),
        (~(numpy.isfinite(time) & (time >= 0)), "at a time that is negative or no number"),
    ):
        if wrong.any():
            first = int(wrong.argmax())
            raise UsageError(f"{path}: spike {first} (neuron {int(index[first])}, {time[first]:g} ms) is {words}")
    return _sorted(path, index.astype(numpy.int64), time, dt)


def _sorted(path: Path, index: Any, time: Any, dt: float) -> Train:
    exact = Fraction(repr(dt))
    step = numpy.maximum(numpy.ceil(time * exact.denominator / exact.numerator - ROUNDING) - 1, 0)
    order = numpy.lexsort((index, step))
    step, index, time = step[order].astype(numpy.int64), index[order], time[order]
    twice = (step[1:] == step[:-1]) & (index[1:] == index[:-1])
    if twice.any():
        first = int(twice.argmax())
        both = f"{time[first]:g} and {time[first + 1]:g} ms"
        raise UsageError(f"{path}: neuron {int(index[first])} has two spikes in one step of {dt:g} ms, at {both}", "take a smaller `dt`")
    return Train(step, index)


def read_raw(path: Path) -> dict[str, Any]:
    """The arrays of a file as they are.  Raises as `read`."""
    return _arrays(path)[0]


def _arrays(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arrays `index` and `time` of a file, where it has them, and the names of all."""
    try:
        if path.suffix == PACKED:
            return read_packed(path, ("index", "time"))
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size > LARGEST:
                raise UsageError(f"{path} has more than {LARGEST >> 30} GiB")
            return read_arrays(stream, ("index", "time"), LARGEST)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    except TooLargeError as error:
        raise UsageError(f"{path} has more than {LARGEST >> 30} GiB once unpacked") from error
    except NoArraysError as error:
        raise UsageError(f"{path} is not an .npz file of numbers, or not a whole one", "make it by numpy.savez") from error
