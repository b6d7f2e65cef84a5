"""Which pairs a projection joins: a recipe, which is plain data, becomes rows of synapses.

Every number is drawn by a counter, so that the pairs are a function of the seed and the projection's name alone.
Nothing here ever holds a matrix of all pairs: rows are made in blocks of some ten thousand entries, and kept as they come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from inferno.runtime.fixed_total import Total, chosen_pairs
from inferno.runtime.kernels import choose, choose_sources, columns, jump, near
from inferno.runtime.kernels.reference_pairs import BLOCK, blocks, gathered, starts_of, stretches
from inferno.runtime.kernels.threads import one_thread
from inferno.runtime.places import End

Recipe = tuple[Any, ...]
Keys = Callable[[int], Tensor]
"""The key of the random numbers of a recipe's connectivity, by its number."""
NEAR_BLOCK = 1 << 20
"""Pairs whose distance is found at a time."""
Pieces = Iterator[tuple[Tensor, Tensor]]
"""How many targets each of some rows has, and all of these."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Pairs by their sources: those of source i are `targets[indptr[i] : indptr[i + 1]]` (int32), in ascending order."""

    indptr: Tensor
    targets: Tensor


@dataclass(frozen=True, slots=True)
class Ground:
    """What a recipe is evaluated on: two ends, and where the random numbers come from; `files` holds the pairs that were read.

    The `seed` says where neurons are that have their places by chance.
    """

    source: End
    target: End
    keys: Keys
    files: Mapping[str, Rows]
    seed: int = 0

    def selves(self) -> Tensor:
        """For each source the target on the diagonal, or -1: the same neuron, or between two populations the one of the same number."""
        sources, targets = self.source.count, self.target.count
        if self.source.name != self.target.name:
            return torch.arange(sources)
        found = torch.full((math.prod(self.target.shape),), -1, dtype=torch.int64)
        found[self.target.numbers] = torch.arange(targets)
        return found[self.source.numbers]


def connect(recipe: Recipe, ground: Ground) -> Rows:
    """The pairs that a recipe makes, each once."""
    kind = recipe[0]
    if kind in ("+", "-", "&"):
        left, right = recipe[1], recipe[2]
        if kind == "-" and right[0] == "diagonal" and left[0] in _CHOOSERS:
            return _CHOOSERS[left[0]](left, ground, ground.selves())
        return _combined(kind, connect(left, ground), connect(right, ground), ground.target.count)
    if kind == "symmetric":
        return _symmetric(connect(recipe[1], ground), ground.target.count)
    if kind == "transposed":
        turned = Ground(ground.target, ground.source, ground.keys, ground.files, ground.seed)
        return _transposed(connect(recipe[1], turned), ground.source.count)
    if kind in _CHOOSERS:
        return _CHOOSERS[kind](recipe, ground, torch.full((ground.source.count,), -1))
    return _MAKERS[kind](recipe, ground)


# ---- without chance -------------------------------------------------------------------------------------


def _from_masks(rows: int, width: int, mask: Callable[[Tensor], Tensor], expected: float = 0) -> Rows:
    """Rows from masks [rows, width] of which pairs are joined."""

    def found() -> Pieces:
        for block in blocks(rows, width):
            chosen = mask(block)
            yield chosen.sum(1), chosen.nonzero()[:, 1].to(torch.int32)

    return Rows(*gathered(found(), expected))


def _dense(recipe: Recipe, ground: Ground) -> Rows:
    width = ground.target.count
    return _from_masks(ground.source.count, width, lambda rows: torch.ones(len(rows), width, dtype=torch.bool), ground.source.count * width)


def _paired(targets: Tensor) -> Rows:
    """Rows of one target each, or none where it is negative."""
    return Rows(starts_of((targets >= 0).to(torch.int64)), targets[targets >= 0].to(torch.int32))


def _one_to_one(recipe: Recipe, ground: Ground) -> Rows:
    return _paired(torch.arange(ground.source.count))


def _diagonal(recipe: Recipe, ground: Ground) -> Rows:
    return _paired(ground.selves())


def _ring(recipe: Recipe, ground: Ground) -> Rows:
    """The k nearest on either side, the last neuron being next to the first."""
    count = ground.source.count
    reach = min(recipe[2], (count - 1) // 2)
    offsets = torch.cat((torch.arange(-reach, 0), torch.arange(1, reach + 1)))
    if recipe[2] > reach and count % 2 == 0:
        offsets = torch.cat((offsets, torch.tensor([count // 2])))

    def found() -> Pieces:
        for rows in blocks(count, len(offsets)):
            near = torch.sort((rows[:, None] + offsets) % count, 1).values
            yield torch.full((len(rows),), len(offsets)), near.reshape(-1).to(torch.int32)

    return Rows(*gathered(found(), count * len(offsets)))


def _matrix(recipe: Recipe, ground: Ground) -> Rows:
    entries = torch.tensor(recipe[2], dtype=torch.float64) != 0
    return _from_masks(ground.source.count, ground.target.count, lambda rows: entries[rows])


def entries_of(recipe: Recipe) -> Tensor:
    """The entries of the one matrix of a recipe, [sources, targets], in float64."""
    if recipe[0] == "matrix":
        return torch.tensor(recipe[2], dtype=torch.float64)
    (found,) = (r for r in recipe[1:] if holds_matrix(r))
    return entries_of(found)


def holds_matrix(recipe: Recipe) -> bool:
    """Whether there is a matrix in a recipe whose entries count: not one that is taken away."""
    if recipe[0] in ("-", "&"):
        return any(holds_matrix(r) for r in recipe[1 : 2 if recipe[0] == "-" else 3])
    return bool(recipe[0] == "matrix")


def _from_file(recipe: Recipe, ground: Ground) -> Rows:
    found = ground.files[recipe[2]]
    # Rows are sorted by delay in place.
    return Rows(found.indptr, found.targets.clone())


# ---- by chance ------------------------------------------------------------------------------------------


def _random(recipe: Recipe, ground: Ground) -> Rows:
    """Each pair with probability p: from one target of a row to the next it is a geometric number of steps."""
    p = float(recipe[2])
    if p >= 1:
        return _dense(recipe, ground)
    if p <= 0:
        return Rows(torch.zeros(ground.source.count + 1, dtype=torch.int64), torch.zeros(0, dtype=torch.int32))
    return Rows(*jump(ground.keys(recipe[1]), ground.source.count, ground.target.count, p))


def _gaussian(recipe: Recipe, ground: Ground) -> Rows:
    """Each pair with probability exp(-d^2/(2 sigma^2)), d the distance on the populations' grid, which has edges."""
    return _by_distance(recipe, ground, ground.source.grid, ground.target.grid)


def _gaussian_in_space(recipe: Recipe, ground: Ground) -> Rows:
    """Likewise, with d the distance in um of neurons that have places."""
    return _by_distance(recipe, ground, ground.source.where(ground.seed), ground.target.where(ground.seed))


def _by_distance(recipe: Recipe, ground: Ground, sources: Tensor, targets: Tensor) -> Rows:
    sigma, key = float(recipe[2]), ground.keys(recipe[1])
    # A pair is a byte here, and a block of them is worth the start of threads.
    found = (near(key, rows, sources[rows], targets, sigma) for rows in blocks(len(sources), len(targets), NEAR_BLOCK))
    return Rows(*gathered(found, 0))


def _fixed_out(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n targets for each source."""
    count, sources = int(recipe[2]), ground.source.count
    targets = choose(ground.keys(recipe[1]), torch.arange(sources), selves, count, ground.target.count)
    return Rows(torch.arange(sources + 1) * count, targets.reshape(-1))


def _fixed_in(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n sources for each target."""
    sources = ground.source.count
    own = torch.full((ground.target.count,), -1)
    own[selves[selves >= 0]] = torch.arange(sources)[selves >= 0]
    return Rows(*choose_sources(ground.keys(recipe[1]), own, int(recipe[2]), sources))


def _fixed_total(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n pairs of all."""
    sources, targets = ground.source.count, ground.target.count
    barred = (torch.arange(sources) * targets + selves)[selves >= 0]
    return Rows(*chosen_pairs(Total(ground.keys(recipe[1]), int(recipe[2]), sources, targets, barred)))


def _of_numbers(numbers: Tensor, rows: int, width: int) -> Rows:
    """Rows of pairs that are numbers row * width + target, ascending."""
    return Rows(starts_of(torch.bincount(numbers // width, minlength=rows)), (numbers % width).to(torch.int32))


# ---- sets -----------------------------------------------------------------------------------------------


def _combined(operator: str, left: Rows, right: Rows, width: int) -> Rows:
    """Pairs of either, of both, or of the left without the right."""

    def found() -> Pieces:
        for start, stop in stretches(left.indptr + right.indptr, BLOCK):
            mine, other = _pairs(left, start, stop, width), _pairs(right, start, stop, width)
            kept = torch.unique(torch.cat((mine, other))) if operator == "+" else mine[_is_among(mine, other) ^ (operator == "-")]
            yield torch.bincount(kept // width, minlength=stop - start), (kept % width).to(torch.int32)

    most = {"+": len(left.targets) + len(right.targets), "-": len(left.targets), "&": min(len(left.targets), len(right.targets))}
    with one_thread():
        return Rows(*gathered(found(), most[operator]))


def _is_among(mine: Tensor, other: Tensor) -> Tensor:
    """Which numbers are among others; both ascend, and no number is there twice."""
    is_other = torch.zeros(len(mine), dtype=torch.bool)
    place = torch.searchsorted(mine, other)
    inside = place < len(mine)
    place, other = place[inside], other[inside]
    is_other[place[mine[place] == other]] = True
    return is_other


def _transposed(rows: Rows, count: int) -> Rows:
    """The same pairs by their targets, of which there are `count`."""
    starts, synapses = columns(rows.targets, count)
    source = torch.repeat_interleave(torch.arange(len(rows.indptr) - 1, dtype=torch.int32), rows.indptr.diff())
    return Rows(starts, source.index_select(0, synapses))


def _symmetric(rows: Rows, count: int) -> Rows:
    """Pairs with those the other way round, none of a neuron with itself."""
    source = torch.repeat_interleave(torch.arange(count), rows.indptr.diff())
    target = rows.targets.to(torch.int64)
    numbers = torch.unique(torch.cat((source * count + target, target * count + source)))
    return _of_numbers(numbers[numbers // count != numbers % count], count, count)


def _pairs(rows: Rows, start: int, stop: int, width: int) -> Tensor:
    """Pairs of a stretch of rows as numbers, ascending."""
    lengths = rows.indptr[start : stop + 1].diff()
    first, last = int(rows.indptr[start]), int(rows.indptr[stop])
    return torch.repeat_interleave(torch.arange(stop - start), lengths) * width + rows.targets[first:last]


_MAKERS: Mapping[str, Callable[[Recipe, Ground], Rows]] = {
    "dense": _dense,
    "one_to_one": _one_to_one,
    "diagonal": _diagonal,
    "ring": _ring,
    "matrix": _matrix,
    "from_file": _from_file,
    "random": _random,
    "gaussian": _gaussian,
    "gaussian_in_space": _gaussian_in_space,
}
_CHOOSERS: Mapping[str, Callable[[Recipe, Ground, Tensor], Rows]] = {
    "fixed_in": _fixed_in,
    "fixed_out": _fixed_out,
    "fixed_total": _fixed_total,
}
"""Connectivities that choose a number of pairs, and do so among those that are off the diagonal if it is taken away."""
