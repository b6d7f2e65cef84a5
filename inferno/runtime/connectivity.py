"""Which pairs a projection joins: a recipe, which is plain data, becomes rows of synapses.

Every number is drawn by a counter (see `philox.py`): the sample word holds the row or the target, the element word counts the draws of
it.  So the pairs are a function of the seed and the projection's name alone, whatever the blocks in which they are made.
Nothing here ever holds a matrix of all pairs: rows are made in blocks of a few million entries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from inferno.runtime.kernels import draw
from inferno.runtime.places import End

Recipe = tuple[Any, ...]
Keys = Callable[[int], Tensor]
"""The key of the random numbers of a recipe's connectivity, by its number."""
BLOCK = 1 << 21
"""Entries that are made at a time."""


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


# ---- blocks ---------------------------------------------------------------------------------------------


def _blocks(rows: int, width: int) -> Iterator[Tensor]:
    """The numbers of the rows in stretches that hold at most `BLOCK` entries of that width."""
    length = max(1, BLOCK // max(width, 1))
    for start in range(0, rows, length):
        yield torch.arange(start, min(start + length, rows))


def _rows(counts: list[Tensor], targets: list[Tensor]) -> Rows:
    """Rows from what blocks of them gave: how many each has, and all their targets."""
    lengths = torch.cat(counts) if counts else torch.zeros(0, dtype=torch.int64)
    indptr = torch.cat((torch.zeros(1, dtype=torch.int64), torch.cumsum(lengths, 0)))
    return Rows(indptr, torch.cat(targets) if targets else torch.zeros(0, dtype=torch.int32))


def _from_masks(rows: int, width: int, mask: Callable[[Tensor], Tensor]) -> Rows:
    """Rows from masks [rows, width] of which pairs are joined."""
    counts, targets = [], []
    for block in _blocks(rows, width):
        chosen = mask(block)
        counts.append(chosen.sum(1))
        targets.append(chosen.nonzero()[:, 1].to(torch.int32))
    return _rows(counts, targets)


# ---- without chance -------------------------------------------------------------------------------------


def _dense(recipe: Recipe, ground: Ground) -> Rows:
    width = ground.target.count
    return _from_masks(ground.source.count, width, lambda rows: torch.ones(len(rows), width, dtype=torch.bool))


def _paired(targets: Tensor) -> Rows:
    """Rows of one target each, or none where it is negative."""
    return _rows([(targets >= 0).to(torch.int64)], [targets[targets >= 0].to(torch.int32)])


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
    counts, targets = [], []
    for rows in _blocks(count, len(offsets)):
        near = torch.sort((rows[:, None] + offsets) % count, 1).values
        counts.append(torch.full((len(rows),), len(offsets)))
        targets.append(near.reshape(-1).to(torch.int32))
    return _rows(counts, targets)


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
    p, key, width = float(recipe[2]), ground.keys(recipe[1]), ground.target.count
    if p >= 1:
        return _dense(recipe, ground)
    if p <= 0:
        return _rows([torch.zeros(ground.source.count, dtype=torch.int64)], [])
    expected = width * p
    gaps = min(width, math.ceil(expected + 6 * math.sqrt(expected) + 8)) + 1
    counts, targets = [], []
    for rows in _blocks(ground.source.count, gaps):
        places = _jumps(rows, gaps, p, width, key)
        counts.append((places < width).sum(1))
        targets.append(places[places < width].to(torch.int32))
    return _rows(counts, targets)


def _jumps(rows: Tensor, gaps: int, p: float, width: int, key: Tensor) -> Tensor:
    """Ascending places [rows, gaps] that end beyond the width."""
    while True:
        waits = draw("exponential", key, rows, torch.tensor(0), gaps, dtype=torch.float64) / -math.log1p(-p)
        places = torch.cumsum(torch.floor(waits).clamp(max=width).to(torch.int64) + 1, 1) - 1
        if bool((places[:, -1] >= width).all()):
            return places
        gaps *= 2


def _gaussian(recipe: Recipe, ground: Ground) -> Rows:
    """Each pair with probability exp(-d^2/(2 sigma^2)), d the distance on the populations' grid, which has edges."""
    return _by_distance(recipe, ground, ground.source.grid, ground.target.grid)


def _gaussian_in_space(recipe: Recipe, ground: Ground) -> Rows:
    """Likewise, with d the distance in um of neurons that have places."""
    return _by_distance(recipe, ground, ground.source.where(ground.seed), ground.target.where(ground.seed))


def _by_distance(recipe: Recipe, ground: Ground, sources: Tensor, targets: Tensor) -> Rows:
    sigma, key, width = float(recipe[2]), ground.keys(recipe[1]), ground.target.count

    def mask(rows: Tensor) -> Tensor:
        squared = torch.zeros(len(rows), width, dtype=torch.float64)
        for axis in range(sources.shape[1]):
            squared += (sources[rows, axis, None] - targets[:, axis]) ** 2
        chance = torch.exp(-squared / (2 * sigma * sigma))
        # No uniform draw is below 2^-54.
        drawn = draw("uniform", key, rows, torch.tensor(0), width, where=chance > 2.0**-54, dtype=torch.float64)
        return (chance > 2.0**-54) & (drawn < chance)

    return _from_masks(ground.source.count, width, mask)


def _fixed_out(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n targets for each source."""
    count, key, counts, targets = int(recipe[2]), ground.keys(recipe[1]), [], []
    for rows in _blocks(ground.source.count, _draws_for(count, ground.target.count)):
        targets.append(_distinct(rows, count, ground.target.count, key, selves[rows]).reshape(-1).to(torch.int32))
        counts.append(torch.full((len(rows),), count))
    return _rows(counts, targets)


def _fixed_in(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n sources for each target: drawn to count what each source gets, and again, if they are many, to put the targets in their places."""
    count, key, sources, targets = int(recipe[2]), ground.keys(recipe[1]), ground.source.count, ground.target.count
    own = torch.full((targets,), -1)
    own[selves[selves >= 0]] = torch.arange(sources)[selves >= 0]

    blocks = list(_blocks(targets, _draws_for(count, sources)))

    def draw_block(columns: Tensor) -> Tensor:
        return _distinct(columns, count, sources, key, own[columns])

    kept = [draw_block(columns) for columns in blocks] if len(blocks) == 1 else []
    lengths = torch.zeros(sources, dtype=torch.int64)
    for numbers in kept or map(draw_block, blocks):
        lengths += torch.bincount(numbers.reshape(-1), minlength=sources)
    indptr = torch.cat((torch.zeros(1, dtype=torch.int64), torch.cumsum(lengths, 0)))
    found, filled = torch.zeros(sources and int(indptr[-1]), dtype=torch.int32), indptr[:-1].clone()
    for columns, numbers in zip(blocks, kept or map(draw_block, blocks), strict=True):
        order = torch.argsort(numbers.reshape(-1), stable=True)
        source, target = numbers.reshape(-1)[order], columns.repeat_interleave(count)[order]
        here = torch.bincount(source, minlength=sources)
        within = torch.arange(len(source)) - (torch.cumsum(here, 0) - here)[source]
        found[filled[source] + within] = target.to(torch.int32)
        filled += here
    return Rows(indptr, found)


def _fixed_total(recipe: Recipe, ground: Ground, selves: Tensor) -> Rows:
    """n pairs of all."""
    width, count = ground.target.count, int(recipe[2])
    pairs = ground.source.count * width
    barred = (torch.arange(ground.source.count) * width + selves)[selves >= 0]
    numbers = _distinct(torch.zeros(1, dtype=torch.int64), count, pairs - len(barred), ground.keys(recipe[1]), torch.full((1,), -1))[0]
    # Over the barred pairs: number k of those left lies behind as many of them as leave no more than k before them.
    numbers = numbers + torch.searchsorted(barred - torch.arange(len(barred)), numbers, right=True)
    return _rows([torch.bincount(numbers // width, minlength=ground.source.count)], [(numbers % width).to(torch.int32)])


def _draws_for(count: int, among: int) -> int:
    """How many numbers are drawn to find so many different ones, with some to spare."""
    if 2 * count > among:
        return among
    expected = -among * math.log1p(-count / among) if count else 0.0
    return math.ceil(expected + 6 * math.sqrt(expected) + 8)


def _distinct(rows: Tensor, count: int, among: int, key: Tensor, barred: Tensor) -> Tensor:
    """For each row, `count` different numbers below `among`, ascending, without the barred one (-1: none is).

    The first different ones of a sequence of draws; if that is more than half of all, those whose draws are the smallest.
    """
    if not count:
        return torch.zeros(len(rows), 0, dtype=torch.int64)
    if 2 * count > among:
        drawn = draw("uniform", key, rows, torch.tensor(0), among, dtype=torch.float64)
        here = (barred >= 0).nonzero()[:, 0]
        drawn[here, barred[here]] = 2.0
        return torch.sort(torch.argsort(drawn, dim=1, stable=True)[:, :count], 1).values
    left = (among - (barred >= 0).to(torch.int64))[:, None]
    draws = _draws_for(count, among)
    while True:
        numbers = (draw("uniform", key, rows, torch.tensor(0), draws, dtype=torch.float64) * left).to(torch.int64)
        numbers = torch.minimum(numbers, left - 1)
        is_new = _first_of_their_kind(numbers)
        rank = torch.cumsum(is_new, 1)
        if bool((rank[:, -1] >= count).all()):
            break
        draws *= 2
    chosen = torch.sort(numbers[is_new & (rank <= count)].reshape(len(rows), count), 1).values
    return chosen + ((chosen >= barred[:, None]) & (barred[:, None] >= 0)).to(torch.int64)


def _first_of_their_kind(numbers: Tensor) -> Tensor:
    """Where a number of a row stands for the first time."""
    ordered, places = torch.sort(numbers, dim=1, stable=True)
    fresh = torch.ones_like(ordered, dtype=torch.bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return torch.zeros_like(fresh).scatter_(1, places, fresh)


# ---- sets -----------------------------------------------------------------------------------------------


def _combined(operator: str, left: Rows, right: Rows, width: int) -> Rows:
    """Pairs of either, of both, or of the left without the right."""
    counts, targets = [], []
    total = left.indptr + right.indptr
    start, rows = 0, len(total) - 1
    while start < rows:
        stop = max(start + 1, int(torch.searchsorted(total, total[start] + BLOCK, right=True)) - 1)
        mine, other = _pairs(left, start, stop, width), _pairs(right, start, stop, width)
        if operator == "+":
            kept = torch.unique(torch.cat((mine, other)))
        else:
            place = torch.searchsorted(other, mine).clamp(max=max(len(other) - 1, 0))
            both = other[place] == mine if len(other) else torch.zeros_like(mine, dtype=torch.bool)
            kept = mine[both if operator == "&" else ~both]
        counts.append(torch.bincount(kept // width, minlength=stop - start))
        targets.append((kept % width).to(torch.int32))
        start = stop
    return _rows(counts, targets)


def _transposed(rows: Rows, count: int) -> Rows:
    """The same pairs by their targets, of which there are `count`."""
    source = torch.repeat_interleave(torch.arange(len(rows.indptr) - 1), rows.indptr.diff())
    target = rows.targets.to(torch.int64)
    order = torch.argsort(target, stable=True)
    return _rows([torch.bincount(target, minlength=count)], [source[order].to(torch.int32)])


def _symmetric(rows: Rows, count: int) -> Rows:
    """Pairs with those the other way round, none of a neuron with itself."""
    source = torch.repeat_interleave(torch.arange(count), rows.indptr.diff())
    target = rows.targets.to(torch.int64)
    numbers = torch.unique(torch.cat((source * count + target, target * count + source)))
    numbers = numbers[numbers // count != numbers % count]
    return _rows([torch.bincount(numbers // count, minlength=count)], [(numbers % count).to(torch.int32)])


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
