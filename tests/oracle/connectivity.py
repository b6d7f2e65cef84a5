"""The pairs that a projection joins, one after the other, as docs/language.md says: no blocks, no tensors, Python's own numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from inferno.compiler.nodes import ProjectionEdge

Uniform = Callable[[str, int, int], float]
"""The `element`-th number of a kind for a row: (kind, row, element)."""
Pairs = set[tuple[int, int]]


def places(shape: tuple[int, ...], part: tuple[tuple[int, int], ...]) -> list[int]:
    """The neurons of a part as numbers within their population."""
    ranges = part or tuple((0, n) for n in shape)
    found = []
    for place in itertools.product(*(range(low, high) for low, high in ranges)):
        number = 0
        for index, size in zip(place, shape, strict=True):
            number = number * size + index
        found.append(number)
    return found


Apart = Callable[[int, int, bool], float]
"""How far two neurons are from each other by their numbers: on the grid, in neurons, or in space, in um."""


def pairs(
    edge: ProjectionEdge,
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    apart: Apart,
    random: Callable[[int, str, int, int], float],
) -> Pairs:
    """All pairs (source, target), numbered within the ends; `random(number, kind, row, element)` draws."""
    sources, targets = places(shapes[0], edge.source_part), places(shapes[1], edge.target_part)
    recurrent = edge.source == edge.target or edge.source.startswith(f"{edge.target}.")
    return made_pairs(edge.recipe, sources, targets, recurrent, apart, random)


def made_pairs(
    whole: Any,
    sources: list[int],
    targets: list[int],
    recurrent: bool,
    apart: Apart,
    random: Callable[[int, str, int, int], float],
) -> Pairs:
    """All pairs that a recipe joins between neurons by their numbers."""
    if recurrent:
        diagonal = {(i, targets.index(n)) for i, n in enumerate(sources) if n in targets}
    else:
        diagonal = {(i, i) for i in range(min(len(sources), len(targets)))}

    def made(recipe: Any, barred: Pairs) -> Pairs:
        kind = recipe[0]
        if kind in ("+", "-", "&"):
            if kind == "-" and recipe[2][0] == "diagonal" and recipe[1][0].startswith("fixed_"):
                return made(recipe[1], diagonal)
            left, right = made(recipe[1], set()), made(recipe[2], set())
            return left | right if kind == "+" else left - right if kind == "-" else left & right
        argument = recipe[2] if len(recipe) > 2 else None
        everything = [(i, j) for i in range(len(sources)) for j in range(len(targets))]

        def draw(standard: str, row: int, element: int) -> float:
            return random(recipe[1], standard, row, element)

        if kind == "dense":
            return set(everything)
        if kind == "one_to_one":
            return {(i, i) for i in range(len(sources))}
        if kind == "diagonal":
            return diagonal
        if kind == "ring":
            n = len(sources)
            return {(i, j) for i, j in everything if i != j and min((i - j) % n, (j - i) % n) <= argument}
        if kind == "matrix":
            return {(i, j) for i, j in everything if argument[i][j]}
        if kind == "random":
            return {p for i in range(len(sources)) for p in _jumps(i, len(targets), argument, draw)}
        if kind.startswith("gaussian"):
            in_space = kind == "gaussian_in_space"
            squared = {(i, j): apart(sources[i], targets[j], in_space) ** 2 for i, j in everything}
            return {(i, j) for i, j in everything if draw("uniform", i, j) < math.exp(-squared[i, j] / (2 * argument**2))}
        if kind == "fixed_out":
            own = dict(barred)
            return {(i, j) for i in range(len(sources)) for j in _chosen(i, argument, len(targets), own.get(i), draw)}
        if kind == "fixed_in":
            own = {j: i for i, j in barred}
            return {(i, j) for j in range(len(targets)) for i in _chosen(j, argument, len(sources), own.get(j), draw)}
        assert kind == "fixed_total"
        left_over = [p for p in everything if p not in barred]
        return {left_over[k] for k in _chosen(0, argument, len(left_over), None, draw)}

    return made(whole, set())


def place_of(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place of a neuron on its population's grid."""
    found: list[int] = []
    for size in reversed(shape):
        found.insert(0, number % size)
        number //= size
    return tuple(found)


def _jumps(row: int, width: int, p: float, draw: Uniform) -> list[tuple[int, int]]:
    if p == 0 or p == 1:
        return [(row, j) for j in range(width)] if p else []
    found, place = [], -1
    for gap in itertools.count():
        place += 1 + math.floor(draw("exponential", row, gap) / -math.log1p(-p))
        if place >= width:
            return found
        found.append((row, place))
    return found


def _chosen(row: int, count: int, among: int, barred: int | None, draw: Uniform) -> list[int]:
    allowed = [k for k in range(among) if k != barred]
    if 2 * count > among:
        return sorted(allowed, key=lambda k: draw("uniform", row, k))[:count]
    found: list[int] = []
    for element in itertools.count():
        if len(found) == count:
            break
        number = allowed[int(draw("uniform", row, element) * len(allowed))]
        if number not in found:
            found.append(number)
    return found
