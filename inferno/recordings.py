"""Writes what a run recorded, and reads it back: tensors in safetensors, their units and shapes in a manifest, in one folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from inferno import sealed
from inferno.errors import RunError, UsageError
from inferno.runtime.description import Claim
from inferno.runtime.result import Recording, Result
from inferno.sealed import MANIFEST, Seal

if TYPE_CHECKING:
    from inferno.grammar.checked import Program

SEAL = Seal("inferno recordings", 2, "recordings.safetensors", "recording")
SPARSE = ("sample", "step", "index")
"""Columns of spikes that are stored as a list: int32 [spikes, 3]; `step` counts sampled steps, `index` the neurons in one dimension."""


def require_free(folder: Path) -> None:
    """Raises `UsageError` unless a new folder can be made there, before anything runs."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"--record-to {folder} is not a folder", "name a new one")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"--record-to {folder} holds something already", "name a new folder")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"--record-to {folder}: there is no folder {folder.parent} to make it in")


# ---- writing ----------------------------------------------------------------------------------------------


def write(folder: Path, program: Program, result: Any) -> None:
    """Write a result's recordings, outputs and spike counts into a new folder, whole or not at all; raises `RunError`.

    A recording `x` is the tensor `x` [time, batch, ...], or a list of its spikes where that is smaller, beside its times `x.times` in ms.
    """
    tensors: dict[str, torch.Tensor] = {}
    entries: dict[str, dict[str, object]] = {}
    for name, recording in sorted(result.recordings.items()):
        tensors[name], entries[name] = _packed(recording.values)
        tensors[f"{name}.times"] = torch.as_tensor(recording.times)
        entries[name] |= {"kind": "recording", "unit": recording.unit, "times": f"{name}.times", "times_unit": "ms"}
    outputs = {f"output {output.name}": getattr(result, output.name) for output in program.outputs}
    counts = {f"spikes of {name}": value for name, value in sorted(result.spike_counts.items())}
    for kind, found in (("output", outputs), ("spike count", counts)):
        tensors |= found
        entries |= {key: {**_described(value), "kind": kind} for key, value in found.items()}
    # JSON knows no NaN, which is the value of a claim without one.
    claims = [{**asdict(c), "value": None if math.isnan(c.value) else c.value} for c in result.claims]
    facts = {"program": program.name, "dt_ms": float(program.run.dt), "steps": result.steps, "seed": program.run.seed}
    facts |= {"tensors": entries, "claims": claims}
    sealed.write(SEAL, folder, tensors, facts)


def _described(value: torch.Tensor) -> dict[str, object]:
    return {"shape": list(value.shape), "dtype": str(value.dtype).removeprefix("torch."), "stored": "dense"}


def _packed(values: torch.Tensor) -> tuple[torch.Tensor, dict[str, object]]:
    """A recording as it is stored, and what the manifest says of it."""
    entry = _described(values)
    if values.dtype != torch.bool or not values.numel():
        return values, entry
    flat = values.reshape(*values.shape[:2], -1)
    if 4 * len(SPARSE) * int(torch.count_nonzero(flat)) >= flat.numel():
        return values, entry
    step, sample, index = flat.nonzero().to(torch.int32).unbind(1)
    return torch.stack((sample, step, index), 1), entry | {"stored": "sparse", "columns": list(SPARSE)}


# ---- reading ----------------------------------------------------------------------------------------------


def read_recording(folder: str | Path) -> Result:
    """The result that `inferno run --record-to` wrote into a folder: recordings, outputs and spike counts as a call returns them.

    `result.facts` says of which program, seed, dt and versions they are.

    Raises
    ------
    UsageError
        Where there is no such folder.
    RunError
        Where it is broken, was changed, is something else or of another version.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UsageError(f"there is no folder {path}", "recordings are written by `inferno run FILE --record-to DIR`")
    tensors, manifest = sealed.read(SEAL, path)
    recordings: dict[str, Recording] = {}
    outputs: dict[str, torch.Tensor] = {}
    counts: dict[str, torch.Tensor] = {}
    try:
        for name, entry in manifest["tensors"].items():
            values = _unpacked(tensors[name], entry)
            if entry["kind"] == "recording":
                recordings[name] = Recording(values, tensors[entry["times"]], str(entry["unit"]))
            elif entry["kind"] == "output":
                outputs[name.removeprefix("output ")] = values
            else:
                counts[name.removeprefix("spikes of ")] = values
        facts = {key: manifest[key] for key in ("program", "dt_ms", "seed", "made_by")}
        claims = tuple(Claim(**{**claim, "value": math.nan if claim["value"] is None else claim["value"]}) for claim in manifest["claims"])
        return Result(outputs, recordings, counts, steps=int(manifest["steps"]), claims=claims, facts=facts)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise sealed.wrong_manifest(SEAL, path, error) from error
    except RuntimeError as error:
        raise RunError(f"{path / MANIFEST} promises more than there is memory for") from error


def _unpacked(stored: torch.Tensor, entry: Mapping[str, Any]) -> torch.Tensor:
    """A tensor as it was before it was stored.  Raises `ValueError` where the manifest says something else of it."""
    shape = tuple(int(size) for size in entry["shape"])
    if entry["stored"] == "dense":
        if tuple(stored.shape) != shape or str(stored.dtype) != f"torch.{entry['dtype']}":
            raise ValueError(f"a tensor {entry['dtype']} {list(shape)} is {stored.dtype} {list(stored.shape)}")
        return stored
    if stored.dim() != 2 or stored.shape[1] != len(SPARSE) or stored.dtype != torch.int32:
        raise ValueError(f"a list of spikes is {stored.dtype} {list(stored.shape)}")
    flat = torch.zeros(*shape[:2], math.prod(shape[2:]), dtype=torch.bool)
    sample, step, index = stored.long().unbind(1)
    flat[step, sample, index] = True
    return flat.reshape(shape)
