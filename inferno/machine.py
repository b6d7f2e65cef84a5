"""How fast a machine is: the nanoseconds that elementary work takes on it.

They decide what is fast and never what comes out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Work:
    """How often elementary work is done; each field is a kind of it."""

    value: float = 0.0
    """Operations on values of a vectorised loop, a load and a store of one among them."""
    scan: float = 0.0
    """Flags looked at for a spike."""
    row: float = 0.0
    """Weights of a matrix's rows added in float64."""
    synapse: float = 0.0
    """Synapses of a list added to their targets in float64."""
    product: float = 0.0
    """Multiplications with addition of a float64 matrix product."""
    draw: float = 0.0
    """Random numbers."""
    byte: float = 0.0
    """Bytes written to memory and read again."""
    operator: float = 0.0
    """Calls of a torch operator."""
    thread: float = 0.0
    """Starts and ends of a thread."""

    def __add__(self, other: Work) -> Work:
        return Work(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def times(self, count: float) -> Work:
        """The same work so many times."""
        return Work(**{f.name: getattr(self, f.name) * count for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Machine:
    """The nanoseconds that one piece of each kind of `Work` takes on one thread; `origin` says where they come from."""

    value: float
    scan: float
    row: float
    synapse: float
    product: float
    draw: float
    byte: float
    operator: float
    thread: float
    origin: str
    measured: bool = True


BUILT_IN = Machine(
    value=0.08, scan=0.1, row=0.2, synapse=0.8, product=0.06, draw=25.0, byte=0.1, operator=1500.0, thread=60_000.0,
    origin="built in: this machine was not measured", measured=False,
)  # fmt: skip
"""The numbers of a common processor, where this one was never measured."""


def nanoseconds(work: Work, machine: Machine) -> float:
    """How long some work takes on one thread."""
    return math.fsum(getattr(work, f.name) * getattr(machine, f.name) for f in fields(work))


SURE = 5.0
"""How many times its start a thread must save: it waits for Python's lock, and the other core may be busy."""


def worth_a_thread(machine: Machine, threads: int = 1) -> float:
    """The nanoseconds of work from which one thread more than so many is worth its start: what it takes off is 1/n - 1/(n + 1) of it."""
    return threads * (threads + 1) * SURE * machine.thread


def threads_worth(work: float, most: int, machine: Machine) -> int:
    """On how many threads, at most so many, so many nanoseconds of work are done the soonest."""
    count = 1
    while count < most and work > worth_a_thread(machine, count):
        count += 1
    return count


def as_text(machine: Machine) -> str:
    """The numbers on a line, in nanoseconds."""
    return ", ".join(f"{f.name} {getattr(machine, f.name):.3g}" for f in fields(Work)) + " ns"
