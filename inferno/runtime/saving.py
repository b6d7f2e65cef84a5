"""What a network saves, and takes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from inferno.runtime.parts import ListPart
from inferno.runtime.plan import Tensors

if TYPE_CHECKING:
    from inferno.runtime.network import Network


def snapshot(network: Network) -> dict[str, Tensor]:
    """Everything that a bit-exact continuation needs, by plain names; the tensors are copies."""
    found = {f"variable {k}": network._get(k).detach().clone() for k in network._variables}
    found |= {"samples_seen": network.samples_seen.clone(), "steps_seen": network.steps_seen.clone()}
    found |= {f"synapses {name}": topology for name, topology in _topologies(network).items()}
    for name, readout in network.readouts.items():
        found |= {f"readout {name} {k}": v for k, v in readout.snapshot().items()}
    return found


def _topologies(network: Network) -> Tensors:
    """SHA-256 of the pairs and delays of every projection that is stored as a list."""
    parts = {s.name: network.parts.get(s.name) for s in network.plan.lists}
    return {name: part.topology() for name, part in parts.items() if isinstance(part, ListPart)}


def restore(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Put a snapshot back; nothing changes unless all of it fits.

    Raises
    ------
    ValueError
        For a name, shape or type that does not fit.
    """
    topologies = _topologies(network)
    plain = {f"variable {k}" for k in network._variables} | {f"synapses {n}" for n in topologies} | {"samples_seen", "steps_seen"}
    names = list(network.readouts)
    unknown = [k for k in tensors if k not in plain and not any(k.startswith(f"readout {n} ") for n in names)]
    missing = sorted(plain - set(tensors))
    if unknown or missing:
        raise ValueError(
            f"the saved state lacks `{missing[0]}`"
            if missing
            else f"the saved state holds `{sorted(unknown)[0]}`, which this network has not"
        )
    for name, topology in topologies.items():
        if not torch.equal(tensors[f"synapses {name}"].cpu(), topology):
            raise ValueError(f"the saved state joins other neurons by `{name}` than this network (was it made with another seed?)")
    for key, variable in network._variables.items():
        saved, own = tensors[f"variable {key}"], network._get(key)
        lead = 1 if variable.per_sample else 0
        wanted = tuple(own.shape[lead:])
        # Spikes that have been sent are kept as they were made, as truth values; before the first call none have been.
        spikes = variable.kind == "line" and torch.bool in (saved.dtype, own.dtype)
        if saved.dim() != lead + len(wanted) or tuple(saved.shape[lead:]) != wanted or (saved.dtype != own.dtype and not spikes):
            owner = "a sample of this network" if lead else "this network"
            raise ValueError(f"`{key}` is saved as {saved.dtype} {list(saved.shape)}, and {owner} has {own.dtype} {list(wanted)}")
    for name in names:
        prefix = f"readout {name} "
        network.readouts[name].restore({k[len(prefix) :]: v.to(network.device) for k, v in tensors.items() if k.startswith(prefix)})
    for key, variable in network._variables.items():
        network._put(variable, tensors[f"variable {key}"].to(network.device).clone())
    network.samples_seen.copy_(tensors["samples_seen"])
    network.steps_seen.copy_(tensors["steps_seen"])
