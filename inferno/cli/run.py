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
from inferno.cli.stimuli import read_inputs, require_duration, run_once, stimulus_options

if TYPE_CHECKING:
    import torch


@click.command("run")
@file_argument
@stimulus_options
@click.option("--learn", is_flag=True, help="Let plasticity change weights, as in training; claims are not judged.")
@click.option("--record-to", type=click.Path(path_type=Path), help="Write recordings and outputs into this new folder.")
@program_options
@execution_options
@output_options
def command(
    file: Path,
    duration: str | None,
    inputs: tuple[str, ...],
    learn: bool,
    record_to: Path | None,
    given: Given,
    execution: Execution,
    output: Output,
) -> int:
    """Run a network once.

    Exit status 1 if an `expect` line of the file does not hold.
    """
    started = time.perf_counter()
    if duration is not None:
        require_duration(duration)
    if record_to is not None:
        from inferno import recordings

        recordings.require_free(record_to)
    net = load_network(file, given, execution)
    program = net.program
    net.train(learn)
    tensors = read_inputs(program, inputs)
    compiled_before, begun = net.compile_seconds, time.perf_counter()
    result = run_once(net, tensors, duration, execution.batch)
    counts = {name: value.cpu() for name, value in result.spike_counts.items()}
    compile_seconds = net.compile_seconds - compiled_before
    loop_seconds = time.perf_counter() - begun - compile_seconds
    simulated = result.steps * float(program.run.dt) / 1e3
    if record_to is not None:
        recordings.write(record_to, program, result)
    populations = {name: _activity(value, simulated) for name, value in sorted(counts.items())}
    seconds = time.perf_counter() - started
    status = printing.claims(result.claims, output.json)
    if output.json:
        times = {"seconds": seconds, "loop_seconds": loop_seconds, "compile_seconds": compile_seconds}
        printing.done({"populations": populations, "simulated_seconds": simulated, **times})
        return status
    for name, activity in populations.items():
        click.echo(f"{name}: {activity['spikes']:,} spikes, {activity['rate_hz']:.3f} Hz")
    if not learn and not output.quiet and any(p.plasticity is not None for p in program.projections):
        click.echo("weights stood still; --learn lets plasticity change them")
    if not output.quiet:
        click.echo(f"{simulated:g} s simulated in {loop_seconds:.2f} s ({compile_seconds:.1f} s compiling, {seconds:.1f} s in all)")
    return status


def _activity(counts: torch.Tensor, seconds: float) -> dict[str, Any]:
    """Spikes of all neurons and samples, and the mean rate of one neuron."""
    spikes = int(counts.sum())
    neuron_seconds = counts.numel() * seconds
    return {"spikes": spikes, "rate_hz": spikes / neuron_seconds if neuron_seconds else 0.0}
