"""Times of spikes: the intervals between them, and the distance of two spike trains."""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.core import arguments


def isi(spikes: Tensor, step_time: float, time_first: bool = True) -> Tensor:
    """The intervals between the spikes of each train, in ms, padded with NaN at the end.

    Parameters
    ----------
    spikes
        Spike trains [T, ...], or [..., T] unless `time_first`; whatever is not 0 is a spike.
    step_time
        Length of a step in ms, > 0.
    time_first
        Whether time is the first dimension, here and in the result, or the last.

    Returns
    -------
    Tensor
        Intervals in order [max(n - 1, 0), ...], with n the most spikes of a train; in torch's default type.

    Raises
    ------
    ValueError
        For a step time that is not greater than 0, or spikes without a dimension of time.
    """
    step = arguments.positive("step_time", step_time)
    if spikes.ndim == 0:
        raise ValueError(f"`spikes` must have a dimension of time, got the shape {list(spikes.shape)}")
    trains = (spikes.movedim(0, -1) if time_first else spikes) != 0
    ranks = trains.cumsum(-1)
    most = int(ranks[..., -1].max()) if trains.numel() else 0
    # The steps of each train's spikes, side by side from the left: differences with the padding are the padding of the differences.
    # Steps are counted in double precision and multiplied last, so that intervals of the same length are equal.
    steps = torch.full((*trains.shape[:-1], most + 1), torch.nan, dtype=torch.float64, device=spikes.device)
    steps.scatter_(
        -1, torch.where(trains, ranks - 1, most), torch.arange(trains.shape[-1], device=spikes.device).expand_as(trains).double()
    )
    intervals = (steps[..., :most].diff(dim=-1) * step).to(torch.get_default_dtype())
    return intervals.movedim(-1, 0) if time_first else intervals


def victor_purpura_pair_dist(t0: Tensor, t1: Tensor, cost: float | Tensor) -> Tensor:
    """The Victor-Purpura distances [k] of two spike trains, the least costs of making one of the other.

    Adding or removing a spike costs 1, moving it by t costs `cost` * t.  At a cost of 0 the distance is the difference of the numbers
    of spikes; at an infinite cost no spike is matched with another, and it is their sum.

    Parameters
    ----------
    t0, t1
        Times of the spikes [n0] and [n1], in any order, in ms.
    cost
        Cost q of moving a spike in 1/ms, >= 0: a number (then k = 1), or a tensor [k].

    Raises
    ------
    ValueError
        For times or costs of other shapes, or negative costs.

    References
    ----------
    Victor & Purpura (1996), "Nature and precision of temporal coding in visual cortex", doi:10.1152/jn.1996.76.2.1310
    """
    for name, times in (("t0", t0), ("t1", t1)):
        if times.ndim != 1:
            raise ValueError(f"`{name}` must have one dimension, got the shape {list(times.shape)}")
    costs = torch.as_tensor(cost, dtype=torch.float64, device=t0.device)
    if costs.ndim > 1:
        raise ValueError(f"`cost` must be a number or have one dimension, got the shape {list(costs.shape)}")
    costs = costs.reshape(-1, 1)
    if not bool((costs >= 0).all()):
        raise ValueError(f"`cost` must be at least 0, got {cost!r}")
    # The distance is symmetric: the loop runs over the shorter train.
    few, many = (times.double().sort().values for times in ((t0, t1) if t0.numel() <= t1.numel() else (t1, t0)))
    places = torch.arange(many.numel() + 1, dtype=torch.float64, device=t0.device)
    row = places.expand(costs.shape[0], -1)
    for count, time in enumerate(few, 1):
        # An infinite cost of no distance is none of a match.
        moved = row[:, :-1] + (costs * (many - time).abs()).nan_to_num(nan=torch.inf, posinf=torch.inf)
        reached = torch.cat([torch.full_like(costs, count), torch.minimum(row[:, 1:] + 1, moved)], 1)
        # Adding spikes along the row, min over i <= j of reached[i] + (j - i), for all j at once.
        row = (reached - places).cummin(1).values + places
    kind = torch.promote_types(t0.dtype, t1.dtype)
    return row[:, -1].to(kind if kind.is_floating_point else torch.get_default_dtype())
