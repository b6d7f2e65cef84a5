"""A compiled program as a folder: the program, the values given for it, the generated module, the graph, and a manifest.

The folder is data.  Loading it compiles the program again, which takes a moment, and compares: no code is ever run from a folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePath

from inferno import __version__
from inferno.compiler import text
from inferno.compiler.pipeline import Compiled
from inferno.errors import RunError, UsageError

FORMAT = "inferno-artifact"
VERSION = 1


def write(compiled: Compiled, program_text: bytes, overrides: Mapping[str, object], folder: Path) -> None:
    """Write the folder, whole or not at all.

    Raises
    ------
    InfernoError
        Where it can't be written.
    """
    from inferno.durable import write_folder

    files = {
        "program.snn": program_text,
        "module.py": compiled.source.encode(),
        "graph.json": text.to_json(compiled.graph).encode(),
        "constants.json": json.dumps(compiled.constants, indent=2, sort_keys=True).encode(),
    }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "inferno": __version__,
        "name": PurePath(compiled.program.name).name,
        "overrides": {n: str(v) for n, v in overrides.items()},
        "sha256": {n: hashlib.sha256(data).hexdigest() for n, data in files.items()},
    }
    write_folder(folder, {**files, "manifest.json": json.dumps(manifest, indent=2).encode()})


def read(folder: Path) -> tuple[bytes, str, dict[str, object]]:
    """The program's text, its name, and the values that were given for it.

    Raises
    ------
    UsageError
        Where the folder is no artifact.
    RunError
        Where it is damaged or of a newer version.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        program = (folder / "program.snn").read_bytes()
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
    if not isinstance(sums, dict) or sums.get("program.snn") != hashlib.sha256(program).hexdigest():
        raise RunError(f"`{folder / 'program.snn'}` is not what was compiled (its SHA-256 differs)", "compile again")
    overrides = manifest.get("overrides")
    return program, str(manifest.get("name", "program.snn")), dict(overrides) if isinstance(overrides, dict) else {}
