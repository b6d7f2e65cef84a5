"""`inferno run`: let a network run once and say how much it spiked."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inferno.cli import output as printing
from inferno.cli.options import (
    Execution,
    Given,
    Output,
    execution_options,
    file_argument,
    load_network,
    output_options,
    program_options,
)
from inferno.errors import RunError, UsageError

if TYPE_CHECKING:
    import torch

    from inferno.grammar.checked import Program


@click.command("run")
@file_argument
@click.option("--duration", metavar="QUANTITY", help='How long, e.g. "1 s"; by default what the file says.')
@click.option("--input", "inputs", multiple=True, metavar="NAME=FILE.npy", help="A value for an input of the network; repeatable.")
@click.option("--record-to", type=click.Path(path_type=Path), help="Write recordings and outputs into this new folder.")
@program_options
@execution_options
@output_options
def command(
    file: Path,
    duration: str | None,
    inputs: tuple[str, ...],
    record_to: Path | None,
    given: Given,
    execution: Execution,
    output: Output,
) -> None:
    """Run a network once."""
    started = time.perf_counter()
    if duration is not None:
        _require_duration(duration)
    if record_to is not None:
        from inferno import recordings

        recordings.require_free(record_to)
    net = load_network(file, given, execution)
    program = net.program
    tensors = _read_inputs(program, inputs)
    compiled_before, begun = net.compile_seconds, time.perf_counter()
    batch = None if tensors else execution.batch
    with _no_gradients():
        result = net(**tensors, duration=duration, batch=batch)
        counts = {name: value.cpu() for name, value in result.spike_counts.items()}
    compile_seconds = net.compile_seconds - compiled_before
    loop_seconds = time.perf_counter() - begun - compile_seconds
    simulated = result.steps * float(program.run.dt) / 1e3
    if record_to is not None:
        recordings.write(record_to, program, result)
    populations = {name: _activity(value, simulated) for name, value in sorted(counts.items())}
    seconds = time.perf_counter() - started
    if output.json:
        times = {"seconds": seconds, "loop_seconds": loop_seconds, "compile_seconds": compile_seconds}
        printing.done({"populations": populations, "simulated_seconds": simulated, **times})
        return
    for name, activity in populations.items():
        click.echo(f"{name}: {activity['spikes']:,} spikes, {activity['rate_hz']:.3f} Hz")
    if not output.quiet:
        click.echo(f"{simulated:g} s simulated in {loop_seconds:.2f} s ({compile_seconds:.1f} s compiling, {seconds:.1f} s in all)")


def _require_duration(duration: str) -> None:
    """Raises `UsageError` for what is no time, before anything is loaded."""
    from fractions import Fraction

    from inferno.grammar.diagnostics import SnnError
    from inferno.grammar.durations import duration_steps

    try:
        duration_steps(duration, Fraction(1))
    except SnnError as problem:
        raise UsageError(
            f"--duration {duration}: {problem.diagnostics[0].message}", 'write a number and a unit, e.g. "1 s" or "200 ms"'
        ) from None


def _no_gradients() -> Any:
    import torch

    return torch.no_grad()


def _activity(counts: torch.Tensor, seconds: float) -> dict[str, Any]:
    """Spikes of all neurons and samples, and the mean rate of one neuron."""
    spikes = int(counts.sum())
    neuron_seconds = counts.numel() * seconds
    return {"spikes": spikes, "rate_hz": spikes / neuron_seconds if neuron_seconds else 0.0}


def _read_inputs(program: Program, given: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """A tensor for every input; a file of just the input's shape is one sample."""
    import torch

    files: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (equals and name and path):
            raise UsageError(f"--input {text} is not of the form name=file.npy")
        files[name] = Path(path)
    shapes = {one.name: one.shape for one in program.inputs}
    for name in files:
        if name not in shapes:
            raise UsageError(f"{program.name} has no input `{name}`", f"it has {', '.join(shapes) or 'none'}")
    has_value = {one.name for one in program.inputs if one.default is not None}
    for name, shape in shapes.items():
        if name not in files and name not in has_value:
            raise UsageError(
                f"{program.name} needs a value for its input `{name}` {list(shape)}",
                f"pass --input {name}=FILE.npy, or use train or eval with --data",
            )
    tensors = {name: torch.from_numpy(_load_array(path)) for name, path in files.items()}
    for name, value in tensors.items():
        shape, leading = shapes[name], value.ndim - len(shapes[name])
        if leading not in (0, 1, 2) or tuple(value.shape[leading:]) != shape:
            wanted = f"input `{name}` takes {list(shape)}, perhaps behind [batch] or [time, batch]"
            raise UsageError(f"{files[name]} is {list(value.shape)}; {wanted}")
        if leading == 0:
            tensors[name] = value.unsqueeze(0)
    return tensors


def _load_array(path: Path) -> Any:
    import numpy

    try:
        # Mapped, so that a header that promises terabytes costs nothing.
        array = numpy.load(path, allow_pickle=False, mmap_mode="r")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        # numpy's own words advise to load it unsafely.
        raise RunError(f"{path} is not a .npy file of numbers, or not a whole one") from error
    if not isinstance(array, numpy.ndarray) or array.dtype.kind not in "fiub":
        raise RunError(f"{path} is not a .npy file of numbers")
    return numpy.array(array, dtype=numpy.float32 if array.dtype != numpy.float64 else numpy.float64)
