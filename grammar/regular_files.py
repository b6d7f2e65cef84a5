"""Files that a program names: regular ones, in a folder or below it, never through a link that leads out of it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

FILE_LIMIT = 4 * 2**20
"""Bytes of a text."""
NO_FILE = "there is no such file"
LEADS_OUT = "it is a link that leads out of its folder"
NOT_REGULAR = "it is not a regular file"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no file: `reason` ends the sentence "can't import `m`: …", `is_absent` says that there is none of that name."""

    reason: str
    help: str = ""
    is_absent: bool = False


def folder_of(file: Path) -> Path:
    """The folder of a file, its own if it is a link."""
    return file.resolve().parent


def locate(program: str, relative: str) -> Path | Missing:
    """The real path of a regular file that a program names, in the folder of the program's file or below it, links not counted."""
    path = Path(relative)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return Missing("its path leads out of the folder of this file", "name it from this file's folder on, e.g. `spikes/s.npz`")
    if not Path(program).is_file():
        return Missing("this text is no file, so there is no folder to look in", "save the program beside it")
    folder = folder_of(Path(program))
    real = _resolved(folder / path, folder)
    if isinstance(real, Missing):
        return Missing(f"there is no file `{relative}` in the folder of `{program}`", is_absent=True) if real.is_absent else real
    try:
        return real if stat.S_ISREG(real.stat().st_mode) else Missing(NOT_REGULAR)
    except OSError as error:
        return Missing(f"{error.strerror or error}")


def read_regular(path: Path, within: Path) -> bytes | Missing:
    """The bytes of a regular file of at most 4 MiB below a folder; links may not lead out of it."""
    stream = open_regular(path, within)
    if isinstance(stream, Missing):
        return stream
    try:
        with stream:
            data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        return Missing(f"{error.strerror or error}")
    return data if len(data) <= FILE_LIMIT else Missing("it has more than 4 MiB", "split it into modules")


def open_regular(path: Path, within: Path) -> BinaryIO | Missing:
    """A regular file below a folder, open for reading."""
    real = _resolved(path, within.resolve())
    if isinstance(real, Missing):
        return real
    try:
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        return Missing(f"{error.strerror or error}")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return Missing(NOT_REGULAR)
    return os.fdopen(descriptor, "rb")


def _resolved(path: Path, folder: Path) -> Path | Missing:
    """A path without links, which stays in a folder that has none."""
    try:
        real = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        return Missing(NO_FILE, is_absent=True)
    except (OSError, ValueError, RuntimeError) as error:
        return Missing(f"{getattr(error, 'strerror', None) or error}")
    return real if real.is_relative_to(folder) else Missing(LEADS_OUT, "copy the file into the folder")
