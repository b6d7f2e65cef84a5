"""What is said of a network that can't fit into memory, and what would make it fit."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.memory import Need, bytes_each, needed
from inferno.compiler.nodes import ProjectionEdge
from inferno.compiler.plan import has_weight, is_list, size, source_shape, target_shape

SPARE = 0.8
"""How much of the memory a suggestion may fill."""


def refusal(graph: Graph, need: Need, available: float, item: int, batch: int, pairs_in_files: Mapping[str, int]) -> tuple[str, str]:
    """The words for a network that can't fit, and ways out, each of which would."""
    name = need.largest
    edge = next((e for e in graphs.projections(graph) if e.name == name), None)
    once = needed(graph, item, 1, pairs_in_files)
    owner = f"`{name.removeprefix('the states of ').removeprefix('the parameters of ')}`"
    in_samples = batch > 1 and once.parts[name] < need.parts[name] / 2
    often = f", which has states for each of {batch:,} samples" if in_samples else ""
    message = f"this network needs {shown(need.total)} of {shown(available)}, most of it for {owner}{often}"
    ways = [_smaller_batch(need, once, available, batch), _fewer_synapses(graph, edge, need, available, item, batch) if edge else ""]
    last = "make its populations smaller" if batch == 1 or not often or ways[0] else "make its populations and the batch smaller"
    return message, "; ".join([*(w for w in ways if w), f"{last}, or try it all the same with --force"])


def _smaller_batch(need: Need, once: Need, available: float, batch: int) -> str:
    """The largest power of two as a batch that fits: what is needed grows with the batch by the same for every sample."""
    each = (need.total - once.total) / (batch - 1) if batch > 1 else 0.0
    fitting = (available * SPARE - once.total) / each + 1 if each else 0.0
    if not 1 <= fitting < batch:
        return ""
    smaller = 2 ** math.floor(math.log2(fitting))
    return f"`--batch {smaller}` needs {shown(once.total + (smaller - 1) * each)}"


def _fewer_synapses(graph: Graph, edge: ProjectionEdge, need: Need, available: float, item: int, batch: int) -> str:
    """A connectivity that fits, of the kind that the projection has if that counts sources; one synapse for each target at least."""
    if edge.stages is not None:
        return ""
    sources, targets = size(source_shape(graph, edge)), size(target_shape(graph, edge))
    kernel = edge.kernel if is_list(edge) else "list" if has_weight(edge) else "list_uniform"
    each = bytes_each(dataclasses.replace(edge, kernel=kernel), item, batch)
    others = need.total - need.parts[edge.name]
    count = (available * SPARE - others) / (targets * each)
    if not 1 <= count < sources:
        return ""
    if edge.recipe[0] == "fixed_in":
        few = _one_digit(count)
        return f"`connect = fixed_in({few:.0f})` needs {shown(few * targets * each + others)}"
    probability = 10.0 ** math.floor(math.log10(count / sources))
    if probability * sources < 1:
        return ""
    return f"`connect = random({probability:g})` needs {shown(probability * sources * targets * each + others)}"


def _one_digit(number: float) -> float:
    """A number rounded down to its first digit."""
    power = 10.0 ** math.floor(math.log10(number))
    return math.floor(number / power) * power


def shown(count: float) -> str:
    """Bytes as people write them: `3.7 TiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if count < 1024 or unit == "PiB":
            break
        count /= 1024
    return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
