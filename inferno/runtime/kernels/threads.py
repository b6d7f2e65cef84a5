"""Native functions over the rows of a batch, by as many threads as torch has where each has enough to do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch


def over_rows(function: Callable[[int, int], object], rows: int, worth: int) -> None:
    """Call `function(begin, end)` on parts of the rows that together are all of them, at most `worth` at the same time.

    For functions that release Python's lock, as those of `ctypes` do, and of which no row changes another.
    """
    over_parts(lambda part, begin, end: function(begin, end), parts_of(rows, worth))


def parts_of(rows: int, worth: int) -> list[tuple[int, int]]:
    """From where to where each part of the rows goes, one at least and at most `worth` or as many as torch has threads."""
    parts = max(1, min(torch.get_num_threads(), rows, worth))
    bounds = [rows * k // parts for k in range(parts + 1)]
    return list(pairwise(bounds))


def over_parts(function: Callable[[int, int, int], object], parts: list[tuple[int, int]]) -> None:
    """Call `function(number of the part, begin, end)` on all parts at the same time."""
    threads = [threading.Thread(target=function, args=(k, *part)) for k, part in enumerate(parts) if k]
    for thread in threads:
        thread.start()
    function(0, *parts[0])
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within this context torch's own operators run on the calling thread alone: for many small ones, whose threads would wait for each
    other longer than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
