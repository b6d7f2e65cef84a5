"""Trainers of every rule, and what to do with them."""

from collections.abc import Callable

import torch
from told import DELTA

from inferno import learn, neural
from inferno.extra import ExactNeuron

TRAINERS: dict[str, Callable[[], learn.IndependentCellTrainer]] = {
    "STDP": lambda: learn.STDP(0.2, -0.1, 20.0, 30.0),
    "TripletSTDP": lambda: learn.TripletSTDP(0.2, 0.1, -0.1, 0.1, 10.0, 40.0, 10.0, 40.0),
    "MSTDP": lambda: learn.MSTDP(0.2, -0.1, 20.0, 30.0),
    "MSTDPET": lambda: learn.MSTDPET(0.2, -0.1, 20.0, 30.0, 25.0),
}


def call(trainer: learn.IndependentCellTrainer) -> None:
    trainer(1.0) if isinstance(trainer, learn.MSTDP | learn.MSTDPET) else trainer()


def pair() -> neural.Biclique:
    """A layer of two synapses onto the same neuron."""
    connections = [(name, neural.LinearDirect(1, 1.0, synapse=DELTA, weight_init=torch.zeros_like)) for name in ("a", "b")]
    for _, connection in connections:
        connection.updater = connection.defaultupdater()
    return neural.Biclique(connections, [("n", ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0))])
