"""`inferno doctor`: does this machine have what inferno needs?"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import Output, output_options
from inferno.errors import InfernoError

OLDEST_TORCH = (2, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing: `ok`, `warn` (something works less well) or `fail` (something does not work)."""

    state: str
    text: str


@click.command("doctor")
@click.option("--measure", is_flag=True, help="Measure anew how fast this machine is, which takes less than a second.")
@output_options
def command(measure: bool, output: Output) -> int:
    """Check what this machine offers.

    Compiler, Python headers, torch and torchvision, devices, cache folder, kernels, speed.  Exit status 3 if one fails.
    """
    if measure:
        _measure(output)
    findings = {name: _guarded(check) for name, check in CHECKS.items()}
    failed = any(finding.state == "fail" for finding in findings.values())
    if output.json:
        printing.done({"ok": not failed, "checks": {name: asdict(finding) for name, finding in findings.items()}})
    else:
        for name, finding in findings.items():
            if not (output.quiet and finding.state == "ok"):
                click.echo(f"{finding.state:<5} {name:<12} {finding.text}")
    return InfernoError.exit_status if failed else 0


def _guarded(check: Callable[[], Finding]) -> Finding:
    """A check that breaks down is a finding, too."""
    try:
        return check()
    except Exception as error:
        return Finding("fail", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")


def _compiler() -> Finding:
    name = os.environ.get("CXX") or "g++"
    path = shutil.which(name)
    if path is None:
        return Finding("warn", f"no C++ compiler `{name}`: only --backend eager will work; install g++ (or set CXX)")
    return Finding("ok", path)


def _headers() -> Finding:
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if header.is_file():
        return Finding("ok", str(header))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Finding("warn", f"no {header}: only --backend eager will work; install python{version}-dev")


def _torch() -> Finding:
    import torch

    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < OLDEST_TORCH:
        return Finding("fail", f"torch {torch.__version__} is too old: inferno needs {'.'.join(map(str, OLDEST_TORCH))} or newer")
    return Finding("ok", f"torch {torch.__version__}, {torch.get_num_threads()} threads")


def _torchvision() -> Finding:
    try:
        found = importlib.metadata.version("torchvision")
    except importlib.metadata.PackageNotFoundError:
        return Finding("warn", "torchvision is not installed: --download will not work; pip install torchvision")
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError) as error:
        wanted = [text for text in importlib.metadata.requires("torchvision") or [] if re.match(r"torch\b(?!vision)", text)]
        reason = " ".join(str(error).split())[:200]
        return Finding("warn", f"torchvision {found} does not fit this torch (it needs {wanted[0] if wanted else 'another'}): {reason}")
    return Finding("ok", f"torchvision {found} fits")


def _devices() -> Finding:
    import torch

    from inferno.cli.devices import available

    present = available()
    names = [torch.cuda.get_device_name(name) for name in present if name.startswith("cuda")]
    return Finding("ok", ", ".join(present) + (f" ({', '.join(names)})" if names else ""))


def _cache() -> Finding:
    from inferno.cache import CacheError, cache_folder

    try:
        folder = cache_folder()
    except CacheError as error:
        return Finding("fail", str(error))
    free = shutil.disk_usage(folder).free
    return Finding("ok" if free > 1 << 28 else "warn", f"{folder}, {free / 2**30:,.1f} GiB free")


def _kernels() -> Finding:
    from inferno.runtime.kernels.building import native_available

    status = native_available()
    return Finding("ok" if status.available else "warn", status.reason)


def _machine() -> Finding:
    from inferno.machine import as_text
    from inferno.machine_cache import known_machine

    machine = known_machine()
    return Finding("ok", f"{as_text(machine)} ({machine.origin})")


def _measure(output: Output) -> None:
    """Measure this machine; raises `RunError` where that can't be done."""
    from inferno.cache import CacheError
    from inferno.errors import RunError
    from inferno.runtime.calibration import measure_machine
    from inferno.runtime.kernels import NativeUnavailable, use_native

    try:
        use_native(None if output.quiet or output.json else lambda line: click.echo(line, err=True))
        measure_machine()
    except (CacheError, NativeUnavailable) as problem:
        raise RunError(f"this machine can't be measured: {problem}") from problem


CHECKS: dict[str, Callable[[], Finding]] = {
    "compiler": _compiler,
    "headers": _headers,
    "torch": _torch,
    "torchvision": _torchvision,
    "devices": _devices,
    "cache": _cache,
    "kernels": _kernels,
    "machine": _machine,
}
