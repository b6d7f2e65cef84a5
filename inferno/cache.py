"""The one folder in which Inferno keeps what it has built and measured: native kernels, inductor's cache, the machine's numbers.

What lies there is loaded as code, so nobody else may be able to write to it. No torch here: `inferno --help` imports this file.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat

PRIVATE = 0o700
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class CacheError(Exception):
    """The cache folder cannot be used; the message is one line that says why and what helps."""


def cache_folder() -> pathlib.Path:
    """Our own cache folder, created with mode 0700 where it is missing.

    `$INFERNO_CACHE` where it is set, else `$XDG_CACHE_HOME/inferno-snn`, else `~/.cache/inferno-snn`. This is the one place below
    `cli/` that reads the environment: inductor's processes and ours have to agree on the folder without passing it along.

    Raises `CacheError` for a folder that is a link, that is someone else's, that others can write to or that cannot be created.
    """
    folder = _chosen_folder()
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise CacheError(f"cannot create the cache folder {folder}: {error.strerror}; set INFERNO_CACHE to another folder") from error
    _refuse_unsafe(folder, status)
    return folder


def find_whole(folder: pathlib.Path, start: str, suffix: str) -> pathlib.Path | None:
    """A file `<start>-<SHA-256 of its content><suffix>`; one whose content is not what its name says is removed."""
    for candidate in sorted(folder.glob(f"{start}-*{suffix}")):
        if candidate.stem.endswith(sha256(candidate)):
            return candidate
        candidate.unlink(missing_ok=True)
    return None


def sha256(path: pathlib.Path) -> str:
    """The sum of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _chosen_folder() -> pathlib.Path:
    """The folder that the environment asks for, absolute; nothing is created."""
    if own := os.environ.get("INFERNO_CACHE"):
        return pathlib.Path(own).absolute()
    # The XDG specification: a relative path in this variable is to be ignored.
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if pathlib.Path(shared).is_absolute():
        return pathlib.Path(shared) / "inferno-snn"
    try:
        return pathlib.Path.home() / ".cache" / "inferno-snn"
    except RuntimeError as error:
        raise CacheError("there is no home folder to keep a cache in; set INFERNO_CACHE to a folder of your own") from error


def _refuse_unsafe(folder: pathlib.Path, status: os.stat_result) -> None:
    """Raises `CacheError` unless the folder is a real one, ours, and writable by us alone."""
    if stat.S_ISLNK(status.st_mode):
        raise CacheError(f"the cache folder {folder} is a symbolic link; set INFERNO_CACHE to the folder itself")
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise CacheError(f"the cache folder {folder} belongs to another user (uid {status.st_uid}); set INFERNO_CACHE to one of your own")
    if os.name == "posix" and status.st_mode & WRITABLE_BY_OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise CacheError(f"the cache folder {folder} is writable by others (mode {mode:04o}); run: chmod 700 {folder}")
