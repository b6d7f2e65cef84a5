"""Layers of connections and neurons, wired as a subclass says."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.connections.connection import Connection
from inferno.neural.layers.cell import Cell
from inferno.neural.neurons.neuron import Neuron
from inferno.neural.synapses.synapse import Synapse

Keywords = Mapping[str, Mapping[str, Any]]


class Layer(Module):
    """Connections and neurons by name, and cells: the pairs of them that can be trained.  Abstract: `wiring` is missing.

    A connection or a group of neurons may belong to several layers; a step of each steps it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.connections_, self.neurons_, self.cells_ = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()

    # ---- what there is ------------------------------------------------------------------------

    def add_connection(self, name: str, connection: Connection) -> None:
        """Add a connection.

        Raises
        ------
        ValueError, TypeError
            For a name that is no identifier, or one that `torch.nn.ModuleDict` keeps for itself; or something that is no connection.
        RuntimeError
            If there is one of that name.
        """
        self._add_connection("name", name, connection)

    def add_neuron(self, name: str, neuron: Neuron) -> None:
        """Add a group of neurons; errors as `add_connection`."""
        self._add_neuron("name", name, neuron)

    def _add_connection(self, argument: str, name: str, connection: Connection) -> None:
        arguments.instance("connection", connection, Connection, "an inferno Connection")
        _add(self.connections_, "connection", argument, name, connection)

    def _add_neuron(self, argument: str, name: str, neuron: Neuron) -> None:
        arguments.instance("neuron", neuron, Neuron, "an inferno Neuron")
        _add(self.neurons_, "neuron", argument, name, neuron)

    def add_cell(self, connection: str, neuron: str) -> Cell:
        """The cell of a connection and a group of neurons, made if there is none.

        Raises
        ------
        AttributeError
            For a name of neither.
        RuntimeError
            Where the outputs of the one don't have the shape of the other.
        """
        of_connection = self.cells_[connection] if connection in self.cells_ else None  # noqa: SIM401 (a ModuleDict has no get)
        if isinstance(of_connection, nn.ModuleDict) and neuron in of_connection:
            return of_connection[neuron]  # type: ignore[return-value]
        cell = Cell(self, self.get_connection(connection), self.get_neuron(neuron))
        if of_connection is None:
            self.cells_[connection] = of_connection = nn.ModuleDict()
        assert isinstance(of_connection, nn.ModuleDict)
        of_connection[neuron] = cell
        return cell

    def get_connection(self, name: str) -> Connection:
        """A connection by name; AttributeError without one."""
        return _get(self.connections_, "connection", name)  # type: ignore[return-value]

    def get_neuron(self, name: str) -> Neuron:
        """A group of neurons by name; AttributeError without one."""
        return _get(self.neurons_, "neuron", name)  # type: ignore[return-value]

    def get_cell(self, connection: str, neuron: str) -> Cell:
        """A cell by the names of its two parts; AttributeError without one."""
        of_connection = self.cells_[connection] if connection in self.cells_ else nn.ModuleDict()
        return _get(of_connection, f"cell of connection {connection!r} and neuron", neuron)  # type: ignore[arg-type,return-value]

    def del_connection(self, name: str) -> None:
        """Take a connection and its cells out; AttributeError without one."""
        self.get_connection(name)
        del self.connections_[name]
        for connection, neuron in [names for names, _ in self.named_cells]:
            if connection == name:
                self.del_cell(connection, neuron)

    def del_neuron(self, name: str) -> None:
        """Take a group of neurons and its cells out; ValueError without one."""
        if name not in self.neurons_:
            raise ValueError(f"this layer has no neuron {name!r}; it has {', '.join(self.neurons_) or 'none'}")
        del self.neurons_[name]
        for connection in list(self.cells_):
            if name in self.cells_[connection]:  # type: ignore[operator]
                self.del_cell(connection, name)

    def del_cell(self, connection: str, neuron: str) -> None:
        """Take a cell out, and with it what trainers watch of it; AttributeError without one."""
        self.get_cell(connection, neuron).release()
        of_connection = self.cells_[connection]
        assert isinstance(of_connection, nn.ModuleDict)
        del of_connection[neuron]
        if not of_connection:
            del self.cells_[connection]

    @property
    def connections(self) -> SimpleNamespace:
        """The connections as attributes."""
        return SimpleNamespace(**dict(self.connections_.items()))

    @property
    def neurons(self) -> SimpleNamespace:
        """The groups of neurons as attributes."""
        return SimpleNamespace(**dict(self.neurons_.items()))

    @property
    def cells(self) -> SimpleNamespace:
        """The cells as attributes: `cells.<connection>.<neuron>`."""
        return SimpleNamespace(**{c: SimpleNamespace(**dict(of.items())) for c, of in self.cells_.items()})  # type: ignore[operator]

    @property
    def named_connections(self) -> Iterator[tuple[str, Connection]]:
        """Names and connections."""
        yield from self.connections_.items()  # type: ignore[misc]

    @property
    def named_neurons(self) -> Iterator[tuple[str, Neuron]]:
        """Names and groups of neurons."""
        yield from self.neurons_.items()  # type: ignore[misc]

    @property
    def named_synapses(self) -> Iterator[tuple[str, Synapse]]:
        """Names of connections, and their synapses."""
        yield from ((name, connection.synapse) for name, connection in self.named_connections)

    @property
    def named_cells(self) -> Iterator[tuple[tuple[str, str], Cell]]:
        """Names of connection and neuron, and cells."""
        for connection, of in self.cells_.items():
            yield from (((connection, neuron), cell) for neuron, cell in of.items())  # type: ignore[operator]

    # ---- what it does -------------------------------------------------------------------------

    def update(self, clear: bool = True, **kwargs: Any) -> None:
        """Apply pending updates of all connections, and with `clear` forget them."""
        for _, connection in self.named_connections:
            connection.update(clear=clear, **kwargs)

    def clear(self, **kwargs: Any) -> None:
        """Clear all connections and neurons."""
        for _, connection in self.named_connections:
            connection.clear(**kwargs)
        for _, neuron in self.named_neurons:
            neuron.clear(**kwargs)

    @abstractmethod
    def wiring(self, inputs: dict[str, Tensor], **kwargs: Any) -> dict[str, Tensor]:
        """What each group of neurons receives, by its name, of what the connections put out, by theirs."""
        raise NotImplementedError(f"{type(self).__name__} must define `wiring`")

    def forward(
        self,
        inputs: Mapping[str, tuple[Tensor, ...]],
        connection_kwargs: Keywords | None = None,
        neuron_kwargs: Keywords | None = None,
        capture_intermediate: bool = False,
        **kwargs: Any,
    ) -> Any:
        """One step.

        Parameters
        ----------
        inputs
            By the name of a connection what it is called with; connections not named stand still.
        connection_kwargs, neuron_kwargs
            By name further arguments of connections and neurons.
        capture_intermediate
            Whether to return what the connections put out as well.
        kwargs
            Passed to `wiring`.

        Returns
        -------
        dict, or a pair of them
            Spikes by the name of the neurons, and currents by that of the connections.

        Raises
        ------
        AttributeError
            For a name that the layer has not.
        TypeError
            For inputs that are no dict of tuples.
        """
        of_connection, of_neuron = connection_kwargs or {}, neuron_kwargs or {}
        arguments.instance("inputs", inputs, Mapping, "a dict of tuples by the names of connections")
        _require_known("connection_kwargs", of_connection, self.connections_)
        _require_known("neuron_kwargs", of_neuron, self.neurons_)
        for name, given in inputs.items():
            arguments.instance(f"inputs[{name!r}]", given, tuple | list, "a tuple of tensors")
        currents = {name: self.get_connection(name)(*given, **of_connection.get(name, {})) for name, given in inputs.items()}
        received = self.wiring(currents, **kwargs)
        spikes = {name: self.get_neuron(name)(current, **of_neuron.get(name, {})) for name, current in received.items()}
        return (spikes, currents) if capture_intermediate else spikes


def _require_known(argument: str, given: Keywords, known: nn.ModuleDict) -> None:
    for name in given:
        if name not in known:
            raise AttributeError(f"`{argument}` has a name {name!r} that this layer has not; it has {', '.join(known) or 'none'}")


def _add(modules: nn.ModuleDict, kind: str, argument: str, name: str, module: nn.Module) -> None:
    arguments.identifier(argument, name)
    if name in modules:
        raise RuntimeError(f"this layer has a {kind} {name!r} already")
    if hasattr(nn.ModuleDict, name) or name == "training":
        raise ValueError(f"`{argument}` must not be the name of an attribute of torch.nn.ModuleDict, got {name!r}")
    modules[name] = module


def _get(modules: nn.ModuleDict, kind: str, name: str) -> nn.Module:
    if name not in modules:
        raise AttributeError(f"this layer has no {kind} {name!r}; it has {', '.join(modules) or 'none'}")
    return modules[name]
