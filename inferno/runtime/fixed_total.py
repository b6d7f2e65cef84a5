"""`fixed_total(n)`: so many different pairs of all, chosen with little more memory than they take.

Pair number k is of source k // targets and target k % targets.  Which pairs are chosen is what `reference_pairs.different` says of one row
of draws: the first different ones, or, if that is more than half of all, those whose draws are the smallest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from inferno.runtime.kernels import draw
from inferno.runtime.kernels.reference_pairs import BLOCK, starts_of, stretches
from inferno.runtime.kernels.threads import one_thread

BINS = 1 << 16
"""Intervals in which draws are counted to find the largest one of those that are chosen."""


@dataclass(frozen=True, slots=True)
class Total:
    """Pairs to choose from: `barred` are the numbers, ascending, of those that are not."""

    key: Tensor
    count: int
    sources: int
    targets: int
    barred: Tensor

    @property
    def among(self) -> int:
        """How many pairs there are."""
        return self.sources * self.targets - len(self.barred)

    def draws(self, first: int, stop: int) -> Tensor:
        """Uniform draws from one element to another."""
        zero = torch.zeros(1, dtype=torch.int64)
        return draw("uniform", self.key, zero, zero[0], stop - first, dtype=torch.float64, first=first)[0]

    def pairs(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Sources and targets of the pairs of these numbers among those that are not barred."""
        # As many barred ones lie before number k as leave no more than k before them.
        passed = numbers + torch.searchsorted(self.barred - torch.arange(len(self.barred)), numbers, right=True)
        source = torch.div(passed, self.targets, rounding_mode="floor")
        return source, passed - source * self.targets

    def drawn(self, first: int, stop: int) -> tuple[Tensor, Tensor]:
        """The pairs that the draws from one element to another choose."""
        return self.pairs((self.draws(first, stop) * self.among).to(torch.int64).clamp(max=self.among - 1))


def chosen_pairs(total: Total) -> tuple[Tensor, Tensor]:
    """Where the row of each source starts, int64 [sources + 1], and its targets, int32, ascending."""
    with one_thread():
        return _smallest(total) if 2 * total.count > total.among else _first(total)


def _blocks(stop: int) -> Iterator[tuple[int, int]]:
    for first in range(0, stop, BLOCK):
        yield first, min(first + BLOCK, stop)


# ---- more than half: those whose draws are the smallest -------------------------------------------------


def _smallest(total: Total) -> tuple[Tensor, Tensor]:
    largest, last = _largest(total)
    lengths, targets, filled = torch.zeros(total.sources, dtype=torch.int64), torch.empty(total.count, dtype=torch.int32), 0
    for first, stop in _blocks(total.among):
        draws, number = total.draws(first, stop), torch.arange(first, stop)
        source, target = total.pairs(number[(draws < largest) | ((draws == largest) & (number <= last))])
        targets[filled : filled + len(target)] = target
        filled += len(target)
        lengths.index_add_(0, source, torch.ones_like(source))
    return starts_of(lengths), targets


def _largest(total: Total) -> tuple[float, int]:
    """The largest draw that is chosen, and the last number of those with this draw that are."""
    counts = torch.zeros(BINS, dtype=torch.int64)
    for first, stop in _blocks(total.among):
        counts += torch.bincount(_bins(total.draws(first, stop)), minlength=BINS)
    chosen = int(torch.searchsorted(torch.cumsum(counts, 0), total.count))
    draws, numbers = [], []
    for first, stop in _blocks(total.among):
        found = total.draws(first, stop)
        inside = (_bins(found) == chosen).nonzero()[:, 0]
        draws.append(found[inside])
        numbers.append(inside + first)
    ordered, order = torch.sort(torch.cat(draws), stable=True)
    place = total.count - int(counts[:chosen].sum()) - 1
    return float(ordered[place]), int(torch.cat(numbers)[order[place]])


def _bins(draws: Tensor) -> Tensor:
    return (draws * BINS).to(torch.int64).clamp(max=BINS - 1)


# ---- at most half: the first different ones --------------------------------------------------------------


def _first(total: Total) -> tuple[Tensor, Tensor]:
    """As many draws as pairs are wanted give rows in which some are there twice; as many as are missing then are drawn until none is."""
    starts, targets = _without_repetitions(total, *_placed(total))
    more, drawn = torch.zeros(0, dtype=torch.int64), total.count
    while (missing := total.count - len(targets) - len(more)) > 0:
        taken = min(missing, max(BLOCK, total.count // 16))
        source, target = total.drawn(drawn, drawn + taken)
        is_new = ~_are_joined(starts, targets, source, target)
        more = torch.unique(torch.cat((more, (source * total.targets + target)[is_new])))
        drawn += taken
    return _joined(total, starts, targets, more) if len(more) else (starts, targets)


def _placed(total: Total) -> tuple[Tensor, Tensor]:
    """Rows of as many draws as pairs are wanted, in any order: drawn to count, and again to put the targets in their places."""
    lengths = torch.zeros(total.sources, dtype=torch.int64)
    for first, stop in _blocks(total.count):
        source, _ = total.drawn(first, stop)
        lengths.index_add_(0, source, torch.ones_like(source))
    starts, targets = starts_of(lengths), torch.empty(total.count, dtype=torch.int32)
    filled = starts[:-1].clone()
    for first, stop in _blocks(total.count):
        source, target = total.drawn(first, stop)
        source, order = torch.sort(source)
        place = torch.arange(len(source))
        begins = torch.ones(len(source), dtype=torch.bool)
        begins[1:] = source[1:] != source[:-1]
        within = place - torch.cummax(torch.where(begins, place, 0), 0).values
        targets[filled.index_select(0, source) + within] = target.index_select(0, order).to(torch.int32)
        filled.index_add_(0, source, torch.ones_like(source))
    return starts, targets


def _numbers(starts: Tensor, targets: Tensor, width: int, row: int, last: int) -> Tensor:
    """The pairs of some rows as numbers, the first row's being less than `width`."""
    own = torch.repeat_interleave(torch.arange(last - row), starts[row : last + 1].diff())
    return own * width + targets[int(starts[row]) : int(starts[last])]


def _without_repetitions(total: Total, starts: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Rows in ascending order, each pair once, in the memory of those that are given."""
    lengths, filled = torch.zeros(total.sources, dtype=torch.int64), 0
    for row, last in stretches(starts, BLOCK):
        found = torch.unique(_numbers(starts, targets, total.targets, row, last))
        source = torch.div(found, total.targets, rounding_mode="floor")
        targets[filled : filled + len(found)] = found - source * total.targets
        lengths[row:last] = torch.bincount(source, minlength=last - row)
        filled += len(found)
    return starts_of(lengths), targets[:filled]


def _are_joined(starts: Tensor, targets: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Which pairs are in rows that ascend: by bisection, of all at once."""
    low, high = starts.index_select(0, source), starts.index_select(0, source + 1)
    ends = high
    while bool((low < high).any()):
        middle = torch.div(low + high, 2, rounding_mode="floor").clamp(max=max(len(targets) - 1, 0))
        goes_on = (low < high) & (targets.index_select(0, middle) < target)
        low, high = torch.where(goes_on, middle + 1, low), torch.where(goes_on | (low >= high), high, middle)
    found = low.clamp(max=max(len(targets) - 1, 0))
    return (low < ends) & (targets.index_select(0, found) == target)


def _joined(total: Total, starts: Tensor, targets: Tensor, more: Tensor) -> tuple[Tensor, Tensor]:
    """Rows with more pairs, by their numbers in ascending order."""
    lengths, out, filled, taken = torch.empty(total.sources, dtype=torch.int64), torch.empty(total.count, dtype=torch.int32), 0, 0
    for row, last in stretches(starts, BLOCK):
        until = int(torch.searchsorted(more, last * total.targets))
        own = _numbers(starts, targets, total.targets, row, last)
        found = torch.sort(torch.cat((own, more[taken:until] - row * total.targets))).values
        source = torch.div(found, total.targets, rounding_mode="floor")
        out[filled : filled + len(found)] = found - source * total.targets
        lengths[row:last] = torch.bincount(source, minlength=last - row)
        filled, taken = filled + len(found), until
    return starts_of(lengths), out
