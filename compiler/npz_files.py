"""Arrays of files: of `.npz` files that somebody else has made, plain ones, no larger than said, and nothing that needs pickle; and those
of an artifact."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, BinaryIO

import numpy
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

PACKED = ".safetensors"
"""The ending of an artifact's files of arrays."""


class NoArraysError(Exception):
    """The file is no `.npz` file of plain arrays, or not a whole one."""


class TooLargeError(Exception):
    """The arrays have more `bytes` than allowed."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.bytes = size


def read_arrays(stream: BinaryIO, wanted: Collection[str], largest: int) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Those of the wanted arrays that a file holds, and the names of all that it holds.

    Raises
    ------
    NoArraysError, TooLargeError
        Before anything large is unpacked.
    OSError
        Where the file can't be read.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > largest:
            raise TooLargeError(unpacked)
        stream.seek(0)
        with numpy.load(stream, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in wanted if name in arrays}, tuple(arrays.files)
    except (ValueError, EOFError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, NotImplementedError) as error:
        # numpy's own words advise to load it unsafely.
        raise NoArraysError from error


def read_packed(path: Path, wanted: Collection[str]) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Those of the wanted arrays that a file of an artifact holds, and the names of all.

    Raises
    ------
    NoArraysError
        For anything else.
    OSError
        Where it can't be read.
    """
    try:
        held = load(path.read_bytes())
    except (SafetensorError, ValueError, KeyError, TypeError) as problem:
        raise NoArraysError from problem
    return {n: held[n] for n in wanted if n in held}, tuple(sorted(held))
