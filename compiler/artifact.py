"""A compiled program as a folder: the program, the files it imports, the arrays of files that it names, the values given for it, the
module, the graph, a manifest.

The folder is data.  Loading it compiles the program again, which takes a moment, and compares: no code is ever run from a folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from inferno import __version__
from inferno.compiler import text
from inferno.compiler.npz_files import PACKED
from inferno.compiler.packed_arrays import arrays_of, to_bytes
from inferno.compiler.pipeline import Compiled
from inferno.errors import RunError, UsageError
from inferno.grammar.modules import MAIN, Found, Modules, RecordedModules
from inferno.grammar.regular_files import Missing, open_regular, read_regular

FORMAT = "inferno-artifact"
VERSION = 3
ARRAYS = re.compile(r"arrays-[0-9]{1,6}\.safetensors")
IMPORTED = re.compile(r"import-[0-9]{1,6}\.snn")


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a folder holds of a program: its text, its name, the values that were given for it, and the files that it imports."""

    program: bytes
    name: str
    overrides: dict[str, object]
    modules: Modules


def write(compiled: Compiled, program_text: bytes, overrides: Mapping[str, object], folder: Path, modules: Modules | None = None) -> None:
    """Write the folder, whole or not at all; `modules` holds the files that the program imports.

    Raises
    ------
    InfernoError
        Where it can't be written.
    """
    from inferno.durable import write_folder

    arrays = list(arrays_of(compiled).items())
    files = {
        "program.snn": program_text,
        "module.py": compiled.source.encode(),
        "graph.json": text.to_json(compiled.graph).encode(),
        "constants.json": json.dumps(compiled.constants, indent=2, sort_keys=True).encode(),
    }
    found = modules.found if modules is not None else {}
    keys = {key: f"import-{n}.snn" for n, key in enumerate(sorted({f.key for f in found.values()}))}
    files |= {keys[f.key]: f.data for f in found.values()}
    files |= {f"arrays-{n}{PACKED}": to_bytes(held) for n, (_, held) in enumerate(arrays)}
    names = {f.name: _relative(f.name, compiled.program.name) for f in found.values()}
    names[compiled.program.name] = PurePath(compiled.program.name).name
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "inferno": __version__,
        "name": PurePath(compiled.program.name).name,
        "overrides": {n: v if isinstance(v, str) else _text(v) for n, v in overrides.items()},
        "imports": [
            {"by": keys.get(by, MAIN), "module": module, "file": keys[f.key], "name": _relative(f.name, compiled.program.name)}
            for (by, module), f in sorted(found.items())
        ],
        "arrays": [{"by": names.get(by, by), "path": path, "file": f"arrays-{n}{PACKED}"} for n, ((by, path), _) in enumerate(arrays)],
        "sha256": {n: hashlib.sha256(data).hexdigest() for n, data in files.items()},
    }
    write_folder(folder, {**files, "manifest.json": json.dumps(manifest, indent=2).encode()})


def _relative(name: str, program: str) -> str:
    """What messages call an imported file, seen from the program's folder."""
    own = PurePath(program).parent
    return str(PurePath(name).relative_to(own)) if PurePath(name).is_relative_to(own) else PurePath(name).name


def read(folder: Path) -> Artifact:
    """The program that a folder holds.

    Raises
    ------
    UsageError
        Where the folder is no artifact.
    RunError
        Where it is damaged or of a newer version.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except OSError as problem:
        raise UsageError(
            f"`{folder}` is no compiled network: {problem.strerror} ({Path(str(problem.filename)).name})",
            "make one with `inferno compile f.snn -o DIR`",
        ) from problem
    except ValueError as problem:
        raise RunError(f"the manifest of `{folder}` is damaged", "compile again") from problem
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UsageError(f"`{folder}` is no compiled network", "make one with `inferno compile f.snn -o DIR`")
    if manifest.get("version") != VERSION:
        raise RunError(f"`{folder}` has format {manifest.get('version')}, this program reads {VERSION}", "compile again")
    sums = manifest.get("sha256")
    texts = _Texts(folder, sums if isinstance(sums, dict) else {})
    program = texts.read("program.snn")
    overrides = manifest.get("overrides")
    given = dict(overrides) if isinstance(overrides, dict) else {}
    modules = RecordedModules(_imports(folder, manifest.get("imports"), texts), _arrays(folder, manifest.get("arrays"), texts))
    return Artifact(program, str(manifest.get("name", "program.snn")), given, modules)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a folder, each compared to its hash."""

    folder: Path
    sums: Mapping[str, object]

    def read(self, name: str) -> bytes:
        """A text; the name is one that the manifest has a hash for."""
        data = read_regular(self.folder / name, within=self.folder)
        if isinstance(data, Missing):
            message = f"`{self.folder}` is no compiled network: {data.reason} ({name})"
            raise UsageError(message, "make one with `inferno compile f.snn -o DIR`")
        if self.sums.get(name) != hashlib.sha256(data).hexdigest():
            raise self._foreign(name)
        return data

    def verified(self, name: str) -> Path:
        """The place of a file of arrays, which may be large; the name is one that the manifest has a hash for."""
        stream = open_regular(self.folder / name, within=self.folder)
        if isinstance(stream, Missing):
            raise UsageError(
                f"`{self.folder}` is no compiled network: {stream.reason} ({name})", "make one with `inferno compile f.snn -o DIR`"
            )
        try:
            with stream:
                found = hashlib.sha256()
                while block := stream.read(1 << 20):
                    found.update(block)
                if self.sums.get(name) != found.hexdigest():
                    raise self._foreign(name)
        except OSError as problem:
            raise RunError(f"cannot read `{self.folder / name}`: {problem.strerror or problem}", "compile again") from problem
        return self.folder / name

    def _foreign(self, name: str) -> RunError:
        return RunError(f"`{self.folder / name}` is not what was compiled (its SHA-256 differs)", "compile again")


def _entries(folder: Path, entries: object, *names: str) -> list[list[str]]:
    """The entries of a list of a manifest, each with these fields."""
    found = []
    for entry in entries if isinstance(entries, list) else []:
        fields = [f for n in names if isinstance(f := entry.get(n), str)] if isinstance(entry, dict) else []
        if len(fields) != len(names):
            raise _damaged(folder)
        found.append(fields)
    return found


def _damaged(folder: Path) -> RunError:
    return RunError(f"the manifest of `{folder}` is damaged", "compile again")


def _arrays(folder: Path, entries: object, texts: _Texts) -> dict[tuple[str, str], str]:
    """Where the arrays lie that a manifest lists, by who names them and by what path."""
    table: dict[tuple[str, str], str] = {}
    for by, path, file in _entries(folder, entries, "by", "path", "file"):
        if not ARRAYS.fullmatch(file):
            raise _damaged(folder)
        table[by, path] = str(texts.verified(file))
    return table


def _imports(folder: Path, entries: object, texts: _Texts) -> dict[tuple[str, str], Found]:
    """The imported files that a manifest lists."""
    table: dict[tuple[str, str], Found] = {}
    for by, module, file, name in _entries(folder, entries, "by", "module", "file", "name"):
        if not IMPORTED.fullmatch(file):
            raise _damaged(folder)
        table[by, module] = Found(file, name, texts.read(file))
    return table


def _text(value: object) -> str:
    """A value given from Python as it would be written."""
    return f"[{', '.join(map(_text, value))}]" if isinstance(value, list | tuple) else str(value)
