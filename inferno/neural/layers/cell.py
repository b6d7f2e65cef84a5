"""A connection and the neurons that it drives: what a trainer trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from torch import Tensor

from inferno.core import arguments
from inferno.neural.connections.connection import Connection
from inferno.neural.neurons.neuron import Neuron
from inferno.neural.synapses.synapse import Synapse
from inferno.neural.updater import Updater
from inferno.observe.observable import Observable

if TYPE_CHECKING:
    from inferno.neural.layers.layer import Layer

ALIASES = {
    "synapse": "connection.synapse", "updater": "connection.updater", "precurrent": "connection.syncurrent",
    "prespike": "connection.synspike", "postvoltage": "neuron.voltage", "postspike": "neuron.spike",
}  # fmt: skip
"""What attributes of a cell are, seen from its two parts."""


class Cell(Observable):
    """A connection and a group of neurons of a layer.

    Parameters
    ----------
    layer
        The layer, held weakly: its calls are the steps that monitors see.
    connection, neuron
        The pair; outputs of the one have the shape of the other.

    Raises
    ------
    RuntimeError
        If they don't.
    """

    def __init__(self, layer: Layer, connection: Connection, neuron: Neuron) -> None:
        super().__init__(layer)
        arguments.instance("connection", connection, Connection, "an inferno Connection")
        arguments.instance("neuron", neuron, Neuron, "an inferno Neuron")
        if connection.outshape != neuron.shape:
            raise RuntimeError(f"`connection` puts out the shape {connection.outshape}, but `neuron` has the shape {neuron.shape}")
        self.connection_, self.neuron_ = connection, neuron

    @property
    def layer(self) -> Layer:
        """The layer that the cell belongs to.

        Raises
        ------
        RuntimeError
            If it is gone.
        """
        found: Layer | None = self._basis()
        if found is None:
            raise RuntimeError("the layer that this cell belongs to no longer exists")
        return found

    @property
    def connection(self) -> Connection:
        """The connection."""
        return self._modules["connection_"]  # type: ignore[return-value]

    @property
    def neuron(self) -> Neuron:
        """The neurons."""
        return self._modules["neuron_"]  # type: ignore[return-value]

    @property
    def synapse(self) -> Synapse:
        """The connection's synapse."""
        return self.connection.synapse

    @property
    def updater(self) -> Updater | None:
        """The connection's updater, or None."""
        return self.connection.updater

    @property
    def precurrent(self) -> Tensor:
        """Currents of the synapse as they arrive, in nA."""
        return self.connection.syncurrent

    @property
    def prespike(self) -> Tensor:
        """Spikes of the synapse as they arrive."""
        return self.connection.synspike

    @property
    def postvoltage(self) -> Tensor:
        """Membrane voltages in mV."""
        return self.neuron.voltage

    @property
    def postspike(self) -> Tensor:
        """Spikes of the neurons."""
        return self.neuron.spike

    def realign_attribute(self, attr: str) -> str:
        """The dotted path of an attribute from the layer; by the connection or neuron, which other cells have as well, where it is theirs.

        Raises
        ------
        RuntimeError
            If the cell was taken out of the layer.
        """
        for (connection, neuron), found in self.layer.named_cells:
            if found is self:
                first, dot, rest = attr.partition(".")
                part, *further = (ALIASES.get(first, first) + dot + rest).split(".")
                home = {"connection": f"connections_.{connection}", "neuron": f"neurons_.{neuron}"}.get(part)
                return ".".join([home, *further]) if home is not None else f"cells_.{connection}.{neuron}.{attr}"
        raise RuntimeError("the cell no longer belongs to its layer")

    def forward(self, *args: object, **kwargs: object) -> NoReturn:
        """A cell is no step of a model.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("a cell can't be called: call the layer that it belongs to")
