"""Who is joined to whom, by chance, in plain torch: what the native kernels of pairs.cpp mean.

Every number is drawn by a counter (see `philox.py`): the sample word holds the row, the element word counts the draws of it.  So what is
chosen does not depend on the blocks in which it is made, which hold some ten thousand entries.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

BLOCK = 1 << 16
"""Entries that are made at a time."""


def choose(key: Tensor, rows: Tensor, barred: Tensor, count: int, among: int) -> Tensor:
    """For each row, `count` different numbers below `among`, ascending, without the row's barred one (-1: none is): int32 [rows, count].

    The first different ones of a sequence of draws; if that is more than half of all, those whose draws are the smallest.
    """
    chosen = torch.empty(len(rows), count, dtype=torch.int32)
    for block in blocks(len(rows), _draws_for(count, among)):
        chosen[block] = different(key, rows[block], barred[block], count, among).to(torch.int32)
    return chosen


def choose_sources(key: Tensor, barred: Tensor, count: int, sources: int) -> tuple[Tensor, Tensor]:
    """Each target chooses so many sources: where the row of each source starts, int64 [sources + 1], and its targets, int32, ascending.

    Drawn to count what each source gets, and again to put the targets in their places.
    """
    lengths = torch.zeros(sources, dtype=torch.int64)
    parts = list(blocks(len(barred), max(_draws_for(count, sources), 1)))
    for columns in parts:
        lengths += torch.bincount(different(key, columns, barred[columns], count, sources).reshape(-1), minlength=sources)
    starts = starts_of(lengths)
    targets, filled = torch.empty(count * len(barred), dtype=torch.int32), starts[:-1].clone()
    for columns in parts:
        numbers = different(key, columns, barred[columns], count, sources).reshape(-1)
        source, order = torch.sort(numbers, stable=True)
        here = torch.bincount(source, minlength=sources)
        within = torch.arange(len(source)) - (torch.cumsum(here, 0) - here)[source]
        targets[filled[source] + within] = columns[order // max(count, 1)].to(torch.int32)
        filled += here
    return starts, targets


def jump(key: Tensor, rows: int, width: int, chance: float) -> tuple[Tensor, Tensor]:
    """Each pair with a probability between 0 and 1, from one of a row to the next a geometric number of steps: starts and targets."""
    expected = width * chance
    gaps = min(width, math.ceil(expected + 6 * math.sqrt(expected) + 8)) + 1

    def found() -> Iterator[tuple[Tensor, Tensor]]:
        for block in blocks(rows, gaps):
            places = _jumps(key, block, width, chance, gaps)
            yield (places < width).sum(1), places[places < width].to(torch.int32)

    return gathered(found(), rows * expected)


def near(key: Tensor, rows: Tensor, sources: Tensor, targets: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Each pair of a row at a place of `sources` [rows, axes] and of `targets` [targets, axes] with probability exp(-d^2/(2 sigma^2)).

    How many targets each row has, and these, int32, ascending.
    """
    squared = torch.zeros(len(rows), len(targets), dtype=torch.float64)
    for axis in range(sources.shape[1]):
        squared += (sources[:, axis, None] - targets[:, axis]) ** 2
    chance = torch.exp(-squared / (2 * sigma * sigma))
    # No uniform draw is below 2^-54.
    is_near, zero = chance > 2.0**-54, torch.tensor(0)
    drawn: Tensor = torch.ops.inferno.draw.default("uniform", key, rows, zero, len(targets), is_near, torch.float64)
    joined = is_near & (drawn < chance)
    return joined.sum(1), joined.nonzero()[:, 1].to(torch.int32)


def sort_rows(starts: Tensor, values: Tensor) -> Tensor:
    """The order, int64, that puts whole numbers from 0 in ascending order within rows, equal ones as they are."""
    row = torch.repeat_interleave(torch.arange(len(starts) - 1), starts.diff())
    return torch.argsort(row * (int(values.max()) + 1 if len(values) else 1) + values, stable=True)


def columns(targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Synapses by their targets: where those of each begin, int64 [count + 1], and the synapses, int32, ascending."""
    return starts_of(torch.bincount(targets, minlength=count)), torch.argsort(targets, stable=True).to(torch.int32)


def stretches(starts: Tensor, most: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole rows with at most so many pairs, or one row: their rows from and to."""
    row, rows = 0, len(starts) - 1
    while row < rows:
        last = max(row + 1, int(torch.searchsorted(starts, starts[row] + most, right=True)) - 1)
        yield row, last
        row = last


def gathered(pieces: Iterable[tuple[Tensor, Tensor]], expected: float) -> tuple[Tensor, Tensor]:
    """Starts and targets of rows from pieces of them, how many each has and all their targets; about so many targets are expected."""
    lengths, targets, count = [torch.zeros(0, dtype=torch.int64)], torch.empty(_room(expected), dtype=torch.int32), 0
    for length, piece in pieces:
        lengths.append(length)
        if count + len(piece) > len(targets):
            targets = torch.cat((targets[:count], torch.empty(_room(1.2 * count + len(piece)) - count, dtype=torch.int32)))
        targets[count : count + len(piece)] = piece
        count += len(piece)
    # What was never written to takes no memory, yet it would be saved: little of it may stay.
    kept = targets[:count] if len(targets) - count <= count // 64 else targets[:count].clone()
    return starts_of(torch.cat(lengths)), kept


def _room(expected: float) -> int:
    """Enough for a number that varies as counts do."""
    return math.ceil(expected + 6 * math.sqrt(expected) + 64)


def starts_of(lengths: Tensor) -> Tensor:
    """Where rows of these lengths start, with the end of the last one: int64 [rows + 1]."""
    return torch.cat((lengths.new_zeros(1), torch.cumsum(lengths, 0)))


def rate_of(chance: float) -> float:
    """The rate of the exponential steps whose whole parts are geometric."""
    return -math.log1p(-chance)


def blocks(rows: int, width: int, most: int = BLOCK) -> Iterator[Tensor]:
    """The numbers of the rows in stretches that hold at most so many entries of that width, or one row."""
    length = max(1, most // max(width, 1))
    for start in range(0, rows, length):
        yield torch.arange(start, min(start + length, rows))


def different(key: Tensor, rows: Tensor, barred: Tensor, count: int, among: int) -> Tensor:
    """As `choose`, for a block of rows, in int64."""
    if not count:
        return torch.zeros(len(rows), 0, dtype=torch.int64)
    if 2 * count > among:
        drawn = _drawn("uniform", key, rows, among)
        here = (barred >= 0).nonzero()[:, 0]
        drawn[here, barred[here]] = 2.0
        return torch.sort(torch.argsort(drawn, dim=1, stable=True)[:, :count], 1).values
    left = (among - (barred >= 0).to(torch.int64))[:, None]
    draws = _draws_for(count, among)
    while True:
        numbers = torch.minimum((_drawn("uniform", key, rows, draws) * left).to(torch.int64), left - 1)
        is_new = _first_of_their_kind(numbers)
        rank = torch.cumsum(is_new, 1)
        if bool((rank[:, -1] >= count).all()):
            break
        draws *= 2
    chosen = torch.sort(numbers[is_new & (rank <= count)].reshape(len(rows), count), 1).values
    return chosen + ((chosen >= barred[:, None]) & (barred[:, None] >= 0)).to(torch.int64)


def _draws_for(count: int, among: int) -> int:
    """How many numbers are drawn to find so many different ones, with some to spare."""
    if 2 * count > among:
        return among
    expected = -among * math.log1p(-count / among) if count else 0.0
    return math.ceil(expected + 6 * math.sqrt(expected) + 8)


def _first_of_their_kind(numbers: Tensor) -> Tensor:
    """Where a number of a row stands for the first time."""
    ordered, places = torch.sort(numbers, dim=1, stable=True)
    fresh = torch.ones_like(ordered, dtype=torch.bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return torch.zeros_like(fresh).scatter_(1, places, fresh)


def _jumps(key: Tensor, rows: Tensor, width: int, chance: float, gaps: int) -> Tensor:
    """Ascending places [rows, gaps] that end beyond the width."""
    while True:
        waits = _drawn("exponential", key, rows, gaps) / rate_of(chance)
        places = torch.cumsum(torch.floor(waits).clamp(max=width).to(torch.int64) + 1, 1) - 1
        if bool((places[:, -1] >= width).all()):
            return places
        gaps *= 2


def _drawn(kind: str, key: Tensor, rows: Tensor, count: int) -> Tensor:
    found: Tensor = torch.ops.inferno.draw.default(kind, key, rows, torch.tensor(0), count, None, torch.float64)
    return found
