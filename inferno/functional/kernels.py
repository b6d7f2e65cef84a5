"""Windows of spike-timing-dependent plasticity: updates as functions of the difference of spike times, t_post - t_pre, in ms.

References
----------
Bi & Poo (1998), doi:10.1523/JNEUROSCI.18-24-10464.1998; Neuronal Dynamics, section 19.2.2, equation 19.10.
"""

from __future__ import annotations

import torch
from torch import Tensor


def exp_stdp_post_kernel(diff: Tensor, learning_rate: float | Tensor, time_constant: float | Tensor) -> Tensor:
    """The update where the postsynaptic spike came last or both came together, learning_rate * exp(-|diff| / time_constant), else 0.

    Parameters
    ----------
    diff
        Differences t_post - t_pre in ms, of any shape.  Where there is none, infinity or NaN give 0.
    learning_rate
        Update of spikes that coincide.
    time_constant
        Time constant of the window in ms.
    """
    return torch.where(diff >= 0, learning_rate * torch.exp(diff.abs() / -time_constant), 0.0)


def exp_stdp_pre_kernel(diff: Tensor, learning_rate: float | Tensor, time_constant: float | Tensor) -> Tensor:
    """The update where the presynaptic spike came last, learning_rate * exp(-|diff| / time_constant) for diff < 0, else 0.

    Parameters are those of `exp_stdp_post_kernel`.
    """
    return torch.where(diff < 0, learning_rate * torch.exp(diff.abs() / -time_constant), 0.0)
