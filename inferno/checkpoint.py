"""Checkpoints: everything a bit-exact continuation needs, as safetensors and JSON, never pickle.

`OUT/checkpoint-000123/` holds `state.safetensors` (what `Network.snapshot()` gives) and `manifest.json` (format version, the program's
identity, progress, and the SHA-256 of the state and of the manifest itself).  Names inside the files are looked up and never used as paths.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from inferno import sealed
from inferno.durable import TEMPORARY
from inferno.errors import RunError, UsageError
from inferno.sealed import MANIFEST, Seal

if TYPE_CHECKING:
    from inferno.grammar.checked import Program

STATE = "state.safetensors"
SEAL = Seal("inferno checkpoint", 1, STATE, "checkpoint")
KEPT = 2
FOLDER = re.compile(r"checkpoint-(\d{6,18})")


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A verified checkpoint: the network's state and the facts that training noted beside it."""

    path: Path
    tensors: dict[str, torch.Tensor]
    facts: dict[str, Any]
    program: str
    program_name: str


def identity(program: Program) -> str:
    """A hash of what a program means, overrides included.

    Comments, documentation, places, recordings, claims, the file's name and how long to train make no difference.
    """
    digest = hashlib.sha256()
    pending: list[object] = [dataclasses.replace(program, name="", doc="", recordings=(), expectations=(), train=None)]
    while pending:
        item = pending.pop()
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            fields = [f for f in dataclasses.fields(item) if f.compare and f.name != "doc"]
            digest.update(f"{type(item).__name__}{len(fields)};".encode())
            pending.extend(getattr(item, f.name) for f in reversed(fields))
        elif isinstance(item, tuple):
            digest.update(f"tuple{len(item)};".encode())
            pending.extend(reversed(item))
        else:
            digest.update(f"{item!r};".encode())
    return digest.hexdigest()


def prepare(out: Path, *, resume: bool, needed_bytes: int = 0) -> None:
    """Make sure that checkpoints can be written to a folder, before any work is done for them.

    Raises `UsageError` for a file, a folder that cannot be written, or one that holds another run's checkpoints (unless it is resumed);
    `RunError` for a disk without room.
    """
    try:
        if out.exists() and not out.is_dir():
            raise UsageError(f"--out {out} is a file", "name a folder")
        if resume and not out.is_dir():
            raise UsageError(f"nothing to resume: there is no folder {out}", "check --out, or leave --resume out to start anew")
        out.mkdir(parents=True, exist_ok=True)
        # Root may write anywhere, so ask the file system and not the mode bits.
        probe = out / f".probe{TEMPORARY}{os.getpid()}"
        probe.mkdir()
        probe.rmdir()
        free = shutil.disk_usage(out).free
    except OSError as error:
        raise UsageError(f"cannot write to --out {out}: {error.strerror or error}", "name a folder of your own") from error
    needed = (KEPT + 1) * needed_bytes
    if free < needed:
        raise RunError(f"--out {out} has room for {free:,} bytes, checkpoints need {needed:,}", "free some or name another folder")
    if not resume and folders(out):
        raise UsageError(f"--out {out} holds the checkpoints of an earlier run", "pass --resume to continue it, or name another folder")
    for leftover in out.glob(f".checkpoint-*{TEMPORARY}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def folders(out: Path) -> list[Path]:
    """The checkpoints in a folder, newest first."""
    try:
        real = [path for path in out.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise RunError(f"cannot read {out}: {error.strerror or error}") from error
    numbered = [(int(match[1]), path) for path in real if (match := FOLDER.fullmatch(path.name))]
    return [path for _, path in sorted(numbered, reverse=True)]


def write(out: Path, number: int, tensors: Mapping[str, torch.Tensor], program: Program, facts: Mapping[str, Any]) -> Path:
    """Save a checkpoint under a number (batches trained) and drop all but the last two.

    A run is deterministic, so a number that is there already stays as it is.  Raises `RunError`; earlier checkpoints stand then.
    """
    target = out / f"checkpoint-{number:06d}"
    if not target.is_dir():
        made_for = {"name": program.name, "sha256": identity(program)}
        sealed.write(SEAL, target, tensors, {"program": made_for, "training": dict(facts)})
    for old in folders(out)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def read(path: Path) -> Checkpoint:
    """The checkpoint in a folder, or the newest of those in it, verified byte by byte.

    Raises `UsageError` if there is none, `RunError` if it is broken, truncated, foreign or of a newer version.
    """
    if not path.is_dir():
        raise UsageError(f"there is no checkpoint folder {path}")
    older: list[Path] = []
    if not (path / MANIFEST).exists():
        found = folders(path)
        if not found:
            raise UsageError(f"{path} holds no checkpoint", "checkpoints are written by `inferno train --out`")
        path, *older = found
    try:
        return _read_one(path)
    except RunError as error:
        hint = error.help or (f"delete {path.name} to fall back on {older[0].name}" if older else "")
        raise RunError(error.message, hint) from error


def _read_one(path: Path) -> Checkpoint:
    tensors, manifest = sealed.read(SEAL, path)
    try:
        program, name, facts = str(manifest["program"]["sha256"]), str(manifest["program"]["name"]), dict(manifest["training"])
    except (KeyError, TypeError, ValueError) as error:
        raise sealed.wrong_manifest(SEAL, path, error) from error
    return Checkpoint(path, tensors, facts, program, name)


def require_program(checkpoint: Checkpoint, program: Program) -> None:
    """Raises `UsageError` unless the checkpoint was made by this very program."""
    if checkpoint.program != identity(program):
        raise UsageError(
            f"{checkpoint.path} belongs to another program than {program.name} (it was made by {checkpoint.program_name})",
            "use the file and the --set values that it was trained with",
        )
