"""Random numbers of distributions whose shape is a parameter, made of standard draws by a fixed number of attempts."""

from __future__ import annotations

import torch
from torch import Tensor


def log_gamma_variate(shape: Tensor | float, boost: Tensor, *attempts: Tensor) -> Tensor:
    """The logarithm of a gamma variable of scale 1, in float64: the first of some pairs (normal, uniform) that is accepted.

    A pair is accepted with a probability of at least 0.95, so that none of ten is in one of 10¹³ draws, which then takes the last.  A shape
    below 1 is one greater and times `boost^(1/shape)`; the logarithm keeps the small numbers that this makes.
    Source: Marsaglia & Tsang, ACM Trans. Mathematical Software 26:363 (2000), sections 4 and 6.
    """
    given = torch.as_tensor(shape, dtype=torch.float64, device=boost.device)
    raised = torch.where(given < 1, given + 1, given)
    d = raised - 1 / 3
    c = 1 / torch.sqrt(9 * d)
    found = torch.zeros((), dtype=torch.float64, device=boost.device)
    done = torch.zeros_like(boost, dtype=torch.bool)
    for normal, uniform in zip(attempts[::2], attempts[1::2], strict=True):
        z, u = normal.double(), uniform.double()
        base = 1 + c * z
        log_v = 3 * torch.log(base.clamp(min=1e-300))
        accepted = (base > 0) & (torch.log(u) < 0.5 * z * z + d - d * torch.exp(log_v) + d * log_v)
        found = torch.where(done, found, log_v)
        done = done | accepted
    logarithm = torch.log(d) + found
    return torch.where(given < 1, logarithm + torch.log(boost.double()) / given, logarithm)
