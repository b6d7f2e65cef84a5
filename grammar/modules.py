"""Where the texts of imported files come from: the folder of the importing file, then the folders named by `--path`; or an artifact.

A module `a.b` is the file `a/b.snn` below such a folder: a regular file of at most 4 MiB, and never reached through a link that leads out
of the folder.  What was once found stays: a program that is checked again reads the same texts.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FILE_LIMIT = 4 * 2**20
SUFFIX = ".snn"
MAIN = ""
"""The key of the program's own file."""


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a module; `key` tells files apart, `name` is what messages call it."""

    key: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no text: `reason` ends the sentence "can't import `m`: …", `is_absent` says that there is no such file."""

    reason: str
    help: str = ""
    is_absent: bool = False


class Modules(Protocol):
    """Finds imported files; `found` holds what was found, by the key of the importing file and the module's name."""

    found: dict[tuple[str, str], Found]

    def find(self, importer: str, module: str) -> Found | Missing:
        """The text that a file means by a module's name."""


@dataclass
class NoModules:
    """The modules of a text that is no file: none."""

    found: dict[tuple[str, str], Found] = field(default_factory=dict)

    def find(self, importer: str, module: str) -> Found | Missing:
        """Nothing."""
        return Missing("this text is no file, so there is no folder to look in", "only the standard library can be imported here")


@dataclass
class RecordedModules:
    """The modules that were recorded when a program was compiled."""

    found: dict[tuple[str, str], Found]

    def find(self, importer: str, module: str) -> Found | Missing:
        """The recorded text."""
        return self.found.get((importer, module)) or Missing("this artifact does not hold it", "compile again")


@dataclass
class FolderModules:
    """The modules beside a file and in further folders."""

    file: Path
    folders: tuple[Path, ...] = ()
    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    _homes: dict[str, tuple[Path, Path]] = field(default_factory=dict)

    def find(self, importer: str, module: str) -> Found | Missing:
        """The text that a file means by a module's name."""
        known = self.found.get((importer, module))
        if known is not None:
            return known
        result = self._search(importer, module)
        if isinstance(result, Found):
            self.found[importer, module] = result
        return result

    def _search(self, importer: str, module: str) -> Found | Missing:
        here, shown = self._homes.get(importer) or (_folder(self.file), self.file.parent)
        relative = Path(*module.split(".")).with_suffix(SUFFIX)
        for folder, name in [(here, shown), *((f, f) for f in self.folders)]:
            result = read_regular(folder / relative, within=folder)
            if isinstance(result, bytes):
                real = (folder / relative).resolve()
                key = MAIN if real == self.file.resolve() else str(real)
                self._homes.setdefault(key, (real.parent, (name / relative).parent))
                return Found(key, str(name / relative), result)
            if not result.is_absent:
                return result
        places = [shown / relative, *(f / relative for f in self.folders)]
        more = "" if self.folders else "; further folders are named by `--path`"
        return Missing("there is no such file", f"looked for {', '.join(f'`{p}`' for p in places[:4])}{more}", is_absent=True)


def _folder(file: Path) -> Path:
    """The folder of a file, its own if it is a link."""
    return file.resolve().parent


def locate(program: str, relative: str) -> Path | Missing:
    """The real path of a regular file that a program names, in the folder of the program's file or below it, links not counted."""
    path = Path(relative)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return Missing("its path leads out of the folder of this file", "name it from this file's folder on, e.g. `spikes/s.npz`")
    if not Path(program).is_file():
        return Missing("this text is no file, so there is no folder to look in", "save the program beside it")
    try:
        folder = _folder(Path(program))
        real = (folder / path).resolve(strict=True)
        if not real.is_relative_to(folder):
            return Missing("it is a link that leads out of its folder", "copy the file into the folder")
        return real if stat.S_ISREG(real.stat().st_mode) else Missing("it is not a regular file")
    except (FileNotFoundError, NotADirectoryError):
        return Missing(f"there is no file `{relative}` in the folder of `{program}`", is_absent=True)
    except (OSError, ValueError, RuntimeError) as error:
        return Missing(f"{getattr(error, 'strerror', None) or error}")


def read_regular(path: Path, within: Path) -> bytes | Missing:
    """The bytes of a regular file of at most 4 MiB below a folder; links may not lead out of it."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(within.resolve()):
            help_text = "copy the file into the folder, or name its own folder by `--path`"
            return Missing("it is a link that leads out of its folder", help_text)
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except (FileNotFoundError, NotADirectoryError):
        return Missing("there is no such file", is_absent=True)
    except (OSError, ValueError, RuntimeError) as error:
        return Missing(f"{getattr(error, 'strerror', None) or error}")
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Missing("it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        return Missing(f"{error.strerror or error}")
    finally:
        os.close(descriptor)
    return data if len(data) <= FILE_LIMIT else Missing("it has more than 4 MiB", "split it into modules")
