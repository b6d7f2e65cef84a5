"""Folders of tensors that are believed only as they were written: safetensors beside a JSON manifest, never pickle.

A folder holds one file of tensors and `manifest.json`: what kind of folder it is, in which version, facts of the kind, the SHA-256 of the
tensors and of the manifest itself.  Names inside the files are looked up and never used as paths.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

import inferno
from inferno.durable import write_folder
from inferno.errors import RunError

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Seal:
    """A kind of folder: `format` and `version` as the manifest says them, the name of the file of tensors, and in words what it is."""

    format: str
    version: int
    tensors: str
    words: str


def write(seal: Seal, target: Path, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> None:
    """Write a folder, whole or not at all.  Raises `RunError`."""
    # Copies: safetensors refuses tensors that share memory, and a network may go on meanwhile.
    content = save_tensors({key: tensor.detach().to("cpu", copy=True).contiguous() for key, tensor in sorted(tensors.items())})
    manifest: dict[str, Any] = {
        **facts,
        "format": seal.format,
        "version": seal.version,
        "made_by": {"inferno": inferno.__version__, "torch": torch.__version__},
        "files": {seal.tensors: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}},
    }
    manifest["sha256"] = hash_of(manifest)
    write_folder(target, {seal.tensors: content, MANIFEST: json.dumps(manifest, indent=2, sort_keys=True).encode()})


def read(seal: Seal, path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the manifest of a folder, verified byte by byte.

    Raises `RunError` if it is broken, truncated, foreign or of a newer version.
    """
    manifest = _read_manifest(seal, path / MANIFEST)
    try:
        promised = manifest["files"][seal.tensors]
        size, hashed = int(promised["bytes"]), str(promised["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise wrong_manifest(seal, path, error) from error
    file = path / seal.tensors
    content = _read_regular(file, size)
    if len(content) != size:
        raise RunError(f"{file} is truncated or grown: {len(content):,} bytes, {size:,} were written")
    if hashlib.sha256(content).hexdigest() != hashed:
        raise RunError(f"{file} is broken: its SHA-256 is not the one that was written")
    try:
        return load_tensors(content), manifest
    except (SafetensorError, KeyError, ValueError) as error:
        raise RunError(f"{file} is not a safetensors file: {error}") from error


def wrong_manifest(seal: Seal, path: Path, error: Exception) -> RunError:
    """What to say of a manifest that lacks something or holds nonsense."""
    return RunError(f"{path / MANIFEST} is not a {seal.words}'s manifest: {error!r}")


def _read_manifest(seal: Seal, file: Path) -> dict[str, Any]:
    content = _read_regular(file, MANIFEST_LIMIT)
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file} is broken: it is not JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != seal.format:
        raise RunError(f"{file} is not a {seal.words} of inferno")
    if manifest.get("version") != seal.version:
        raise RunError(
            f"{file} has format version {manifest.get('version')!r}; this inferno reads version {seal.version}",
            "use the inferno that wrote it or a newer one",
        )
    if manifest.pop("sha256", None) != hash_of(manifest):
        raise RunError(f"{file} is broken: it was changed after it was written")
    return manifest


def _read_regular(file: Path, limit: int) -> bytes:
    """The content of a regular file, never more than a byte beyond the limit; pipes, devices and links are refused."""
    try:
        if file.is_symlink() or not file.is_file():
            raise RunError(f"{file} is missing or not a regular file")
        with file.open("rb") as stream:
            return stream.read(max(0, min(limit, file.stat().st_size)) + 1)
    except OSError as error:
        raise RunError(f"cannot read {file}: {error.strerror or error}") from error


def hash_of(manifest: Mapping[str, Any]) -> str:
    """The SHA-256 of a manifest without its own."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
