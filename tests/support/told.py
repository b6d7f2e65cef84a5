"""Layers whose spikes are told on both sides, and plain loops over such spikes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from inferno import neural
from inferno.extra import ExactNeuron
from inferno.neural.connections.connection import Connection

DELTA = neural.DeltaCurrent.partialconstructor(1.0)


def layer_of(connection: Connection) -> neural.Serial:
    """A layer of a connection, which gets weights 0 and an updater, and neurons that spike when told."""
    connection.weight = torch.zeros_like(connection.weight)
    connection.updater = connection.defaultupdater()
    return neural.Serial(
        connection, ExactNeuron(connection.outshape, connection.dt, rest_v=-60.0, thresh_v=-40.0, batch_size=connection.batchsz)
    )


def one(batch: int = 1, step_time: float = 1.0) -> neural.Serial:
    """A layer of one synapse."""
    return layer_of(neural.LinearDirect(1, step_time, synapse=DELTA, batch_size=batch))


def dense(batch: int = 1, inputs: int = 3, outputs: int = 2, delays: Tensor | None = None) -> neural.Serial:
    """A layer of all-to-all synapses; delays in ms, [outputs, inputs]."""
    longest = float(delays.max()) if delays is not None else None
    chosen = (lambda _: delays) if delays is not None else None
    return layer_of(neural.LinearDense(inputs, outputs, 1.0, synapse=DELTA, batch_size=batch, delay=longest, delay_init=chosen))


def step(layer: neural.Serial, pre: Tensor, post: Tensor) -> None:
    """One step with these spikes."""
    layer(pre, neuron_kwargs={"override": post})


def spikes(*shape: int, seed: int = 0, share: float = 0.35) -> Tensor:
    """Random spikes."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < share


def terms(
    pre: Sequence[int],
    post: Sequence[int],
    lr_post: float,
    lr_pre: float,
    tc_post: float,
    tc_pre: float,
    nearest: bool = False,
    step_time: float = 1.0,
) -> list[tuple[float, float]]:
    """What a postsynaptic and what a presynaptic spike changes in each step, for the spikes of one synapse."""
    x = y = 0.0
    found = []
    for arrives, fires in zip(pre, post, strict=True):
        x, y = x * math.exp(-step_time / tc_pre), y * math.exp(-step_time / tc_post)
        if arrives:
            x = 1.0 if nearest else x + 1.0
        if fires:
            y = 1.0 if nearest else y + 1.0
        found.append((lr_post * x if fires else 0.0, lr_pre * y if arrives else 0.0))
    return found


def delayed(course: Sequence[int], steps: int) -> list[int]:
    """Spikes of one synapse as they arrive, that many steps later."""
    return [0] * steps + [int(s) for s in course[: len(course) - steps]]
