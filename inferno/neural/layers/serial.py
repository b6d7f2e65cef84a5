"""A layer of one connection and the neurons that it drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from torch import Tensor

from inferno.core import arguments
from inferno.neural.connections.connection import Connection
from inferno.neural.layers.cell import Cell
from inferno.neural.layers.layer import Layer
from inferno.neural.neurons.neuron import Neuron
from inferno.neural.synapses.synapse import Synapse
from inferno.neural.updater import Updater


class Serial(Layer):
    """One connection into one group of neurons, and the cell of both.

    Parameters
    ----------
    connection, neuron
        The pair; outputs of the one have the shape of the other.
    transform
        Applied to what the connection puts out, before the neurons; None for nothing.
    connection_name, neuron_name
        Names of the two in the layer.

    Raises
    ------
    RuntimeError
        If outputs of the connection don't have the neurons' shape.
    ValueError, TypeError
        For a name that is no identifier, or another argument of another kind.
    """

    def __init__(
        self,
        connection: Connection,
        neuron: Neuron,
        transform: Callable[..., Tensor] | None = None,
        connection_name: str = "serial",
        neuron_name: str = "serial",
    ) -> None:
        super().__init__()
        arguments.function("transform", transform)
        self._add_connection("connection_name", connection_name, connection)
        self._add_neuron("neuron_name", neuron_name, neuron)
        Layer.add_cell(self, connection_name, neuron_name)
        self._names = (connection_name, neuron_name)
        self.transform = transform

    @property
    def connection(self) -> Connection:
        """The connection."""
        return self.connections_._modules[self._names[0]]  # type: ignore[return-value]

    @property
    def neuron(self) -> Neuron:
        """The neurons."""
        return self.neurons_._modules[self._names[1]]  # type: ignore[return-value]

    @property
    def synapse(self) -> Synapse:
        """The connection's synapse."""
        return self.connection.synapse

    @property
    def updater(self) -> Updater | None:
        """The connection's updater, or None."""
        return self.connection.updater

    @property
    def cell(self) -> Cell:
        """The cell of connection and neurons."""
        return self.get_cell(*self._names)

    def add_connection(self, name: str, connection: Connection) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("connections can't be added to a Serial layer")

    def add_neuron(self, name: str, neuron: Neuron) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("neurons can't be added to a Serial layer")

    def add_cell(self, connection: str, neuron: str) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("cells can't be added to a Serial layer")

    def del_connection(self, name: str) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("the connection can't be taken out of a Serial layer")

    def del_neuron(self, name: str) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("the neurons can't be taken out of a Serial layer")

    def del_cell(self, connection: str, neuron: str) -> NoReturn:
        """A Serial layer is fixed: RuntimeError."""
        raise RuntimeError("the cell can't be taken out of a Serial layer")

    def wiring(self, inputs: dict[str, Tensor], **kwargs: Any) -> dict[str, Tensor]:
        """What the connection puts out, transformed, to the neurons."""
        current = inputs[self._names[0]]
        return {self._names[1]: self.transform(current, **kwargs) if self.transform is not None else current}

    def forward(  # type: ignore[override]
        self,
        *inputs: Tensor,
        connection_kwargs: Mapping[str, Any] | None = None,
        neuron_kwargs: Mapping[str, Any] | None = None,
        capture_intermediate: bool = False,
        **kwargs: Any,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """One step.

        Parameters
        ----------
        inputs
            What the connection is called with: spikes [batch, *inshape].
        connection_kwargs, neuron_kwargs
            Further arguments of connection and neurons.
        capture_intermediate
            Whether to return what the connection puts out as well.
        kwargs
            Passed to the transform.

        Returns
        -------
        Tensor, or a pair
            Spikes, bool [batch, *neuron shape], and currents in nA in the same shape.
        """
        current = self.connection(*inputs, **(connection_kwargs or {}))
        received = current if self.transform is None else self.transform(current, **kwargs)
        spikes = self.neuron(received, **(neuron_kwargs or {}))
        return (spikes, current) if capture_intermediate else spikes
