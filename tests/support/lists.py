"""Networks with one projection that is stored as a list."""

from __future__ import annotations

from pathlib import Path

import inferno
from inferno.runtime.network import Network

HEAD = """snn 1
from std.neurons import LIF
from std.sources import Poisson
from std.synapses import Delta
param chance = 0.1
population src[60] = Poisson(rate = 100 Hz)
population all[20, 2] = LIF()
view E = all[:15]
"""
RUN = "run:\n    dt = 0.5 ms\n    steps = 60\n    seed = 5\n"


def network(folder: Path, connect: str, *, ends: str = "all -> all", weight: str = "0.1", delay: str = "1 ms", rest: str = "") -> Network:
    path = folder / "net.snn"
    path.write_text(
        f"{HEAD}projection p: {ends}:\n    connect = {connect}\n    synapse = Delta(q = 1 pC)\n    weight = {weight}\n"
        f"    delay = {delay}\n{rest}{RUN}"
    )
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def pairs(net: Network) -> set[tuple[int, int]]:
    found = list(zip(net["p"].pre.tolist(), net["p"].post.tolist(), strict=True))
    assert len(set(found)) == len(found)
    return set(found)
