"""Native functions over the rows of a batch, by as many threads as torch has where each has enough to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

import torch


def over_rows(function: Callable[[int, int], object], rows: int, worth: int) -> None:
    """Call `function(begin, end)` on parts of the rows that together are all of them, at most `worth` at the same time.

    For functions that release Python's lock, as those of `ctypes` do, and of which no row changes another.
    """
    parts = max(1, min(torch.get_num_threads(), rows, worth))
    bounds = [rows * k // parts for k in range(parts + 1)]
    threads = [threading.Thread(target=function, args=part) for part in pairwise(bounds[1:])]
    for thread in threads:
        thread.start()
    function(*bounds[:2])
    for thread in threads:
        thread.join()
