"""Writes a folder or a file whole or not at all: a temporary one, fsync, rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from inferno.errors import RunError

TEMPORARY = ".tmp-"


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Create the folder `target`, which must be missing or empty, holding exactly these files.

    Whoever looks sees nothing or everything, also after a power cut.  Raises `RunError` naming the folder; nothing is left behind then.
    """
    temporary = target.with_name(f".{target.name}{TEMPORARY}{os.getpid()}")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        for name, content in files.items():
            _write_synced(temporary / name, content)
        _sync_folder(temporary)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_file(target: Path, content: bytes) -> None:
    """Give an existing file another content and leave it its mode; a link stays one, and what it leads to changes.

    Whoever looks sees the old content or the new.  Raises `RunError` naming the file; it is as it was then.
    """
    target = target.resolve()
    temporary = target.with_name(f".{target.name}{TEMPORARY}{os.getpid()}")
    try:
        mode = target.stat().st_mode
        _write_synced(temporary, content)
        temporary.chmod(mode & 0o7777)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder durable; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
