"""Where the texts of imported files come from: the folder of the importing file, then the folders named by `--path`; or an artifact.

A module `a.b` is the file `a/b.snn` below such a folder: a regular file of at most 4 MiB, and never reached through a link that leads out
of the folder.  What was once found stays: a program that is checked again reads the same texts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from inferno.grammar.regular_files import LEADS_OUT, Missing, folder_of, read_regular

SUFFIX = ".snn"
MAIN = ""
"""The key of the program's own file."""


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a module; `key` tells files apart, `name` is what messages call it."""

    key: str
    name: str
    data: bytes


class Modules(Protocol):
    """Finds imported files; `found` holds what was found, by the key of the importing file and the module's name.

    `packed` says where an artifact holds the files of arrays that programs name, by the name of the text and the path that it names.
    """

    found: dict[tuple[str, str], Found]
    packed: dict[tuple[str, str], str]

    def find(self, importer: str, module: str) -> Found | Missing:
        """The text that a file means by a module's name."""


@dataclass
class NoModules:
    """The modules of a text that is no file: none."""

    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    packed: dict[tuple[str, str], str] = field(default_factory=dict)

    def find(self, importer: str, module: str) -> Found | Missing:
        """Nothing."""
        return Missing("this text is no file, so there is no folder to look in", "only the standard library can be imported here")


@dataclass
class RecordedModules:
    """The modules that were recorded when a program was compiled."""

    found: dict[tuple[str, str], Found]
    packed: dict[tuple[str, str], str] = field(default_factory=dict)

    def find(self, importer: str, module: str) -> Found | Missing:
        """The recorded text."""
        return self.found.get((importer, module)) or Missing("this artifact does not hold it", "compile again")


@dataclass
class FolderModules:
    """The modules beside a file and in further folders."""

    file: Path
    folders: tuple[Path, ...] = ()
    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    packed: dict[tuple[str, str], str] = field(default_factory=dict)
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
        here, shown = self._homes.get(importer) or (folder_of(self.file), self.file.parent)
        relative = Path(*module.split(".")).with_suffix(SUFFIX)
        for folder, name in [(here, shown), *((f, f) for f in self.folders)]:
            result = read_regular(folder / relative, within=folder)
            if isinstance(result, bytes):
                real = (folder / relative).resolve()
                key = MAIN if real == self.file.resolve() else str(real)
                self._homes.setdefault(key, (real.parent, (name / relative).parent))
                return Found(key, str(name / relative), result)
            if result.reason == LEADS_OUT:
                return replace(result, help=f"{result.help}, or name its own folder by `--path`")
            if not result.is_absent:
                return result
        places = [shown / relative, *(f / relative for f in self.folders)]
        more = "" if self.folders else "; further folders are named by `--path`"
        return Missing("there is no such file", f"looked for {', '.join(f'`{p}`' for p in places[:4])}{more}", is_absent=True)
