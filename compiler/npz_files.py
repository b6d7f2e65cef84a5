"""Arrays of `.npz` files that somebody else has made: plain ones, no larger than said, and nothing that needs pickle."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from typing import Any, BinaryIO

import numpy
from numpy.typing import NDArray


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
