"""`inferno eval`: test a trained network."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from inferno.cli import output as printing
from inferno.cli.options import (
    Data,
    Execution,
    Given,
    Output,
    data_options,
    execution_options,
    file_argument,
    load_data,
    load_network,
    output_options,
    program_options,
)


@click.command("eval")
@file_argument
@click.option("--checkpoint", type=click.Path(path_type=Path), required=True, help="A checkpoint, or the --out folder of a training.")
@data_options
@click.option("--test-limit", "--limit", "limit", type=click.IntRange(min=1), help="Test on the first so many images only.")
@program_options
@execution_options
@output_options
def command(file: Path, checkpoint: Path, data: Data, limit: int | None, given: Given, execution: Execution, output: Output) -> None:
    """Test a trained network.

    The data set's test images are shown with plasticity off.
    """
    from inferno import reporting, training

    images = load_data(data)
    net = load_network(file, given, execution)
    training.restore(net, checkpoint)
    reporter = reporting.choose(as_json=output.json, quiet=output.quiet)
    try:
        result = training.evaluate(net, images.test, name=data.name, limit=limit, batch=execution.batch, reporter=reporter)
    finally:
        reporter.close()
    if output.json:
        printing.done(dataclasses.asdict(result))
    else:
        click.echo(f"test accuracy {result.test_accuracy:.4f} ({result.samples:,} images, {result.seconds:.1f} s)")
