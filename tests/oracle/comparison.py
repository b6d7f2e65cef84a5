"""A compiled network against the oracle, number for number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from oracle.generator import Case
from oracle.outcome import Outcome
from oracle.windows import as_matrix, of_synapses

import inferno
from inferno.compiler import graph as graphs
from inferno.runtime.network import Network
from inferno.runtime.parts import ListPart
from inferno.runtime.result import Result

RELATIVE = 1e-9
ABSOLUTE = 1e-11


class Disagreement(AssertionError):
    """The first number in which the two differ."""


def compare(case: Case, folder: Path, backend: str = "eager", modes: tuple[bool, ...] = (False, True)) -> int:
    """Run a case in evaluation (False) and in training (True), several calls in a row each; gives how many numbers were compared.

    Raises
    ------
    Disagreement
        With the program's text and the place of the first difference: spikes before states before weights, earlier calls first.
    """
    path = folder / f"generated_{case.seed}.snn"
    path.write_text(case.text)
    compared = 0
    for training, outcomes in ((mode, case.outcomes[mode]) for mode in modes):
        net = inferno.load_network(path, backend=backend, device="cpu", dtype="float64")
        net.train(training)
        for number, (stimulus, outcome) in enumerate(zip(case.stimuli, outcomes, strict=True)):
            where = f"seed {case.seed}, {'training' if training else 'evaluation'}, call {number + 1}"
            try:
                compared += _compare_call(case, net, stimulus, outcome, number, where)
            except Disagreement as problem:
                raise Disagreement(f"{problem}\n\n{case.text}") from None
    return compared


def _compare_call(case: Case, net: Network, stimulus: dict[str, np.ndarray], outcome: Outcome, call: int, where: str) -> int:
    given: dict[str, Any] = {name: torch.as_tensor(value) for name, value in stimulus.items()}
    result = net(**given) if given else net(batch=case.batch)
    return (
        _spikes(case, result, outcome, where)
        + _recordings(case, net, result, outcome, call, where)
        + _finals(case, net, outcome, where)
        + _weights(case, net, outcome, where)
        + _synaptic(net, outcome, where)
        + _outputs(case, result, outcome, where)
    )


def _spikes(case: Case, result: Result, outcome: Outcome, where: str) -> int:
    compared = 0
    for name, spikes in outcome.spikes.items():
        expected = np.asarray(spikes)
        if f"{name}.spikes" in result.recordings:
            found = result[f"{name}.spikes"].values.numpy().reshape(expected.shape)
            compared += _agree(f"{where}: {name}.spikes", ("step", "sample", "neuron"), found.astype(float), expected.astype(float))
        if name in result.spike_counts:
            counts = result.spike_counts[name].numpy().reshape(expected.shape[1:])
            compared += _agree(
                f"{where}: number of spikes of {name}", ("sample", "neuron"), counts.astype(float), expected.sum(axis=0).astype(float)
            )
    return compared


def _recordings(case: Case, net: Network, result: Result, outcome: Outcome, call: int, where: str) -> int:
    compared = 0
    for recording in case.program.recordings:
        if recording.variable == "spikes":
            continue
        # States are sampled every so many steps of a call, weights, which go on from sample to sample, of all calls.
        before = call * case.steps if recording.variable == "weight" else 0
        sampled = [k for k in range(case.steps) if (before + k + 1) % recording.every == 0]
        history = outcome.history[recording.owner][recording.variable]
        expected = np.asarray([history[k] for k in sampled])
        if recording.index and len(expected):
            shape = next(p.shape for p in case.program.populations if p.name == recording.owner)
            whole = expected if expected.ndim == 3 else np.broadcast_to(expected[:, None], (len(sampled), case.batch, expected.shape[1]))
            part = whole.reshape(len(sampled), case.batch, *shape)[:, :, *(slice(*i) for i in recording.index)]
            expected = part.reshape(len(sampled), case.batch, -1)
        values = result[recording.name].values.detach().numpy()
        if len(values) != len(expected):
            raise Disagreement(f"{where}: recorded {recording.name}: {len(values)} samples in time, expected {len(expected)}")
        if not len(expected):
            continue
        if recording.owner in outcome.synaptic and recording.variable != "weight":
            of_batch = [values] if expected.ndim == 3 else np.moveaxis(values, 1, 0)
            found = np.stack([np.stack([_matrix(net, recording.owner, m) for m in sample]) for sample in of_batch], 1)
            axes = ("recorded step", "sample", "source", "target")
            compared += _agree(f"{where}: recorded {recording.name}", axes, found, expected[:, None] if expected.ndim == 3 else expected)
            continue
        if recording.variable == "weight":
            compared += _agree(
                f"{where}: recorded {recording.name}",
                ("recorded step", "source", "target"),
                np.stack([_matrix(net, recording.owner, w) for w in values]),
                expected,
            )
            continue
        found = values.reshape(len(values), values.shape[1] if values.ndim > 1 else 1, -1)
        if expected.ndim == 2:  # a shared state: the same for all samples
            expected = np.broadcast_to(expected[:, None, :], found.shape)
        compared += _agree(f"{where}: recorded {recording.name}", ("recorded step", "sample", "neuron"), found, expected)
    return compared


def _matrix(net: Network, name: str, weight: np.ndarray) -> np.ndarray:
    """Weights as a matrix of sources and targets."""
    part = net[name]
    edge = next((e for e in graphs.projections(net.graph) if e.name == name), None)
    if edge is not None and edge.pattern == "conv" and edge.stages is not None:
        return as_matrix(edge.stages[0], weight) if weight.ndim == 4 else of_synapses(edge.stages[0], weight)
    if not isinstance(part, ListPart):
        return np.diag(weight) if weight.ndim == 1 else weight
    info = net.description.lists[name]
    matrix = np.zeros((info.source.count, info.target.count))
    matrix[part.pre.numpy(), part.post.numpy()] = weight
    return matrix


def _finals(case: Case, net: Network, outcome: Outcome, where: str) -> int:
    compared = 0
    for population, states in outcome.states.items():
        kept = net[population].names()
        for state, values in states.items():
            expected = np.asarray(values)
            if state in kept:
                found = net[population].get(state).numpy().reshape(expected.shape)
                compared += _agree(f"{where}: {population}.{state} at the end", ("sample", "neuron")[-expected.ndim :], found, expected)
    return compared


def _weights(case: Case, net: Network, outcome: Outcome, where: str) -> int:
    compared = 0
    for name, weights in outcome.weights.items():
        expected = np.asarray(weights)
        compared += _agree(f"{where}: {name}.weight", ("source", "target"), _matrix(net, name, net[name].weight.detach().numpy()), expected)
    return compared


def _synaptic(net: Network, outcome: Outcome, where: str) -> int:
    compared = 0
    for name, states in outcome.synaptic.items():
        for state, values in states.items():
            if state in net[name].names():
                expected, held = np.asarray(values), net[name].get(state).numpy()
                found = np.stack([_matrix(net, name, m) for m in (held[None] if expected.ndim == 2 else held)])
                compared += _agree(f"{where}: {name}.{state}", ("sample", "source", "target"), found, expected.reshape(found.shape))
    return compared


def _outputs(case: Case, result: Result, outcome: Outcome, where: str) -> int:
    compared = 0
    for output in case.program.outputs:
        spikes = np.asarray(outcome.spikes[output.population], dtype=float)
        expected = spikes.mean(axis=0) if output.kind == "mean" else spikes.sum(axis=0)
        if output.part:
            shape = next(p.shape for p in case.program.populations if p.name == output.population)
            expected = expected.reshape(-1, *shape)[:, *(slice(*i) for i in output.part)].reshape(len(expected), -1)
        found = getattr(result, output.name).numpy().reshape(expected.shape)
        compared += _agree(f"{where}: output {output.name}", ("sample", "neuron"), found, expected)
    return compared


def _agree(what: str, axes: tuple[str, ...], found: np.ndarray, expected: np.ndarray) -> int:
    if found.shape != expected.shape:
        raise Disagreement(f"{what}: shape {found.shape}, expected {expected.shape}")
    close = np.abs(found - expected) <= RELATIVE * np.abs(expected) + ABSOLUTE
    if not close.all():
        first = tuple(int(i) for i in np.argwhere(~close)[0])
        place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, first, strict=True))
        raise Disagreement(
            f"{what} at {place}: {found[first]!r}, the oracle says {expected[first]!r} ({int((~close).sum())} of {found.size} differ)"
        )
    return found.size
