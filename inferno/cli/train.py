"""`inferno train`: train a network on labelled images, then test it."""

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


@click.command("train")
@file_argument
@data_options
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the images; the file's by default.")
@click.option("--limit", type=click.IntRange(min=1), help="Train on the first so many images only.")
@click.option("--test-limit", type=click.IntRange(min=0), help="Test on the first so many images only; 0 leaves the test out.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for checkpoints.")
@click.option("--resume", is_flag=True, help="Go on from the newest checkpoint in --out.")
@program_options
@execution_options
@output_options
def command(
    file: Path,
    data: Data,
    epochs: int | None,
    limit: int | None,
    test_limit: int | None,
    out: Path | None,
    resume: bool,
    given: Given,
    execution: Execution,
    output: Output,
) -> None:
    """Train a network on images, then test it.

    Images come in the order of the data set's files, the same in every epoch.
    """
    from inferno import reporting, training

    images = load_data(data)
    net = load_network(file, given, execution)
    reporter = reporting.choose(as_json=output.json, quiet=output.quiet)
    try:
        summary = training.train(
            net, images, epochs=epochs, limit=limit, test_limit=test_limit, batch=execution.batch, out=out, resume=resume, reporter=reporter
        )
    finally:
        reporter.close()
    if output.json:
        printing.done(dataclasses.asdict(summary))
        return
    tested = "" if summary.test_accuracy is None else f", test accuracy {summary.test_accuracy:.4f}"
    pace = "" if summary.ms_per_batch is None else f"; {summary.ms_per_batch:.1f} ms a batch"
    click.echo(
        f"train accuracy {summary.train_accuracy:.4f}{tested} "
        f"({summary.samples:,} images, {summary.seconds:.1f} s, {summary.compile_seconds:.1f} s of it compiling{pace})"
    )
    if summary.checkpoint is not None and not output.quiet:
        click.echo(f"saved in {summary.checkpoint}")
