"""Which devices there are, in words.  Loads torch."""

from __future__ import annotations

import re

import torch

from inferno.errors import UsageError

DEVICE = re.compile(r"auto|cpu|mps|cuda(?::(\d{1,3}))?")


def available() -> list[str]:
    """The devices that `--device` takes on this machine."""
    cuda = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["cpu", *cuda, *(["mps"] if torch.backends.mps.is_available() else [])]


def require_device(name: str) -> None:
    """Raises `UsageError` saying what was asked for and what there is."""
    match = DEVICE.fullmatch(name)
    if match is None:
        raise UsageError(f"there is no device `{name}`", "write auto, cpu, cuda, cuda:N or mps")
    wanted = "cuda:0" if name == "cuda" else name
    present = available()
    if name != "auto" and wanted not in present:
        reason = "" if torch.version.cuda or not name.startswith("cuda") else f" (torch {torch.__version__} is built without CUDA)"
        raise UsageError(f"device `{name}` was asked for, but this machine has {', '.join(present)}{reason}")
