"""Text to checked program: everything about a `.snn` file that can be known before anything runs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from pathlib import Path

from inferno.grammar import ast, checked
from inferno.grammar.check.echoes import without_echoes
from inferno.grammar.check.program import FOLLOW_ONS, check_module
from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Diagnostic, Findings, SnnError
from inferno.grammar.modules import FolderModules, Modules
from inferno.grammar.regular_files import FILE_LIMIT
from inferno.grammar.syntax import parse

NO_OVERRIDES: Mapping[str, object] = {}


def findings_of(
    data: bytes | str, name: str, overrides: Mapping[str, object] = NO_OVERRIDES, modules: Modules | None = None
) -> tuple[checked.Program | None, tuple[Diagnostic, ...]]:
    """The checked program of a text, or None, and everything found in it, warnings included.

    `modules` finds the files that it imports; without it the text can import the standard library alone.
    """
    findings = Findings()
    source = decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, name, findings)
    module = parse(source, findings) if source is not None else None
    if module is None:
        return None, findings.all
    if not findings.has_errors:
        program = check_module(module, name, overrides, findings, modules)
        return (None if findings.has_errors else program), without_echoes(findings.all, module)
    later = Findings()
    check_module(module, name, overrides, later, modules)
    damaged = _damaged(module, findings.all)
    for found in later.all:
        is_inside = found.span is not None and found.span.source is source and _item(module, found.span.start) in damaged
        if found.code not in FOLLOW_ONS and not is_inside:
            findings.add(found)
    return None, without_echoes(findings.all, module)


def _damaged(module: ast.Module, found: tuple[Diagnostic, ...]) -> frozenset[int]:
    """Which statements of a file have lines that could not be read: what is said of the rest of them may be a follow-on."""
    return frozenset(_item(module, d.span.start) for d in found if d.span is not None and d.is_error)


def _item(module: ast.Module, offset: int) -> int:
    """The number of the statement at an offset, or of the last one before it."""
    return bisect_right(module.items, offset, key=lambda item: item.span.start)


def check_text(
    data: bytes | str, name: str = "<text>", overrides: Mapping[str, object] = NO_OVERRIDES, modules: Modules | None = None
) -> checked.Program:
    """The checked program of a text; `modules` as in `findings_of`.

    Raises
    ------
    SnnError
        With all diagnostics, if any of them is an error.
    """
    program, found = findings_of(data, name, overrides, modules)
    if program is None:
        raise SnnError(found)
    return program


def read_program(path: Path) -> bytes:
    """The bytes of a `.snn` file: a regular file of at most 4 MiB.

    Raises
    ------
    SnnError
        Naming the path, if there is no such file or it can't be read.
    """
    problem = ""
    try:
        if not path.is_file():
            problem = "this is not a regular file" if path.exists() else "there is no such file"
        elif path.stat().st_size > FILE_LIMIT:
            problem = "a program has at most 4 MiB"
        else:
            return path.read_bytes()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
    raise SnnError((Diagnostic("E0190", f"can't read `{path}`: {problem}", None),))


def check_file(path: Path, overrides: Mapping[str, object] = NO_OVERRIDES, folders: Iterable[Path] = ()) -> checked.Program:
    """The checked program of a file, whose imports are looked for beside it and in further folders; as `check_text`."""
    return check_text(read_program(path), str(path), overrides, FolderModules(path, tuple(folders)))


__all__ = ["FolderModules", "Modules", "check_file", "check_text", "findings_of", "read_program"]
