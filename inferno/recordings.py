"""Writes what a run recorded: tensors in safetensors, their units and times in JSON, in one folder that appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

import inferno
from inferno.durable import write_folder
from inferno.errors import UsageError

if TYPE_CHECKING:
    from inferno.grammar.checked import Program

FILE = "recordings.safetensors"


def require_free(folder: Path) -> None:
    """Raises `UsageError` unless a new folder can be made there, before anything runs."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"--record-to {folder} is not a folder", "name a new one")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"--record-to {folder} holds something already", "name a new folder")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"--record-to {folder}: there is no folder {folder.parent} to make it in")


def write(folder: Path, program: Program, result: Any) -> None:
    """Write a result's recordings and outputs; each recording `x` is a tensor `x` [time, batch, ...] beside its times `x.times` in ms."""
    tensors: dict[str, torch.Tensor] = {}
    entries: dict[str, dict[str, object]] = {}
    for name, recording in sorted(result.recordings.items()):
        tensors[name], tensors[f"{name}.times"] = recording.values, torch.as_tensor(recording.times)
        entries[name] = {"kind": "recording", "unit": recording.unit, "times": f"{name}.times", "times_unit": "ms"}
    for output in program.outputs:
        tensors[f"output {output.name}"] = getattr(result, output.name)
        entries[f"output {output.name}"] = {"kind": "output"}
    for name, entry in entries.items():
        entry.update(shape=list(tensors[name].shape), dtype=str(tensors[name].dtype).removeprefix("torch."))
    content = save({name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in sorted(tensors.items())})
    manifest = {
        "format": "inferno recordings",
        "version": 1,
        "made_by": {"inferno": inferno.__version__, "torch": torch.__version__},
        "program": program.name,
        "dt_ms": float(program.run.dt),
        "tensors": entries,
        "files": {FILE: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}},
    }
    write_folder(folder, {FILE: content, "manifest.json": json.dumps(manifest, indent=2, sort_keys=True).encode()})
