"""What trainers have in common: cells, what is monitored of them, and what is kept for each."""

from __future__ import annotations

import copy
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.layers.cell import Cell
from inferno.neural.layers.layer import Layer
from inferno.observe.monitors import Monitor, of_copy

MonitorConstructor = Callable[[str, Layer], Monitor]
"""Makes a monitor of an attribute, by its dotted path from a layer, and registers it there."""


class Unit(NamedTuple):
    """A cell, what the trainer keeps for it, and its monitors by name."""

    cell: Cell
    state: Module
    monitors: dict[str, Monitor]


class CellTrainer(Module):
    """A trainer of cells.  Abstract: `forward`, which appends updates to the cells' updaters, is missing.

    Cells belong to their layers and are held weakly; monitors and what is kept for each cell belong to the trainer.  So `.to()` of the
    model moves the former and `.to()` of the trainer the latter, and both come before the first step.  Monitors see calls of a cell's
    layer in training mode; in evaluation mode of the trainer they are detached, and keep what they have seen.

    A copy made by `copy.deepcopy` trains copies of the cells: the layers are copied as well, once in a call, so copy the model and its
    trainer together.  Only a trainer that is part of the layer itself has to be attached to it by `train()` again.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.__dict__["_cells"] = {}
        self.__dict__["_pool"] = {}
        self.states_, self.monitors_ = nn.ModuleDict(), nn.ModuleDict()

    def __deepcopy__(self, memo: dict[int, Any]) -> CellTrainer:
        """One for copies of the cells, attached to them as this one is."""
        made = object.__new__(type(self))
        memo[id(self)] = made
        cells = {name: known() for name, known in self._cells.items()}
        # Layers before their cells, and both before the monitors, which look for them.
        copies = [(copy.deepcopy(cell.layer, memo), copy.deepcopy(cell, memo)) for cell in cells.values() if cell is not None]
        held = {"_cells", "_pool"}
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items() if name not in held})
        made.__dict__["_cells"] = {name: of_copy(known, memo) or known for name, known in self._cells.items()}
        made.__dict__["_pool"] = {}
        for (_, *what), (home, known) in self._pool.items():
            home, known = of_copy(home, memo), of_copy(known, memo)
            if home is not None and known is not None:
                made._pool[(id(home()), *what)] = (home, known)
        # A layer that this trainer is part of can't take hooks yet.
        ready = {id(layer) for layer, _ in copies if "_forward_hooks" in layer.__dict__}
        for monitor in self.monitors:
            copied = memo[id(monitor)]
            if monitor.registered and id(copied.module) in ready:
                copied.register()
        return made

    # ---- cells --------------------------------------------------------------------------------

    def add_cell(self, name: str, cell: Cell, state: Module | None = None, params: tuple[str, ...] | None = None) -> Cell:
        """Add a cell.

        Parameters
        ----------
        name
            An identifier.
        cell
            Of a layer, its connection with an updater.
        state
            What is kept for it; None for an empty module.
        params
            Parameters that its updater must have.

        Raises
        ------
        ValueError
            If there is a cell of that name, or it is no identifier, or one that `torch.nn.ModuleDict` keeps for itself, such as `type`.
        RuntimeError
            If the cell has no updater, or one without a parameter, or if its layer is gone.
        """
        if not isinstance(name, str):
            raise TypeError(f"`name` must be a string, got {type(name).__name__}")
        if not name.isidentifier():
            raise ValueError(f"`name` must be an identifier, got {name!r}")
        arguments.instance("cell", cell, Cell, "a cell of an inferno Layer")
        _ = cell.layer  # raises where it is gone
        if name in self._cells:
            raise ValueError(f"`name` must be new, but this trainer has a cell {name!r}")
        if hasattr(nn.ModuleDict, name) or name == "training":
            raise ValueError(f"`name` must not be the name of an attribute of torch.nn.ModuleDict, got {name!r}")
        updater = cell.updater
        if updater is None:
            raise RuntimeError(
                f"the connection of cell {name!r} has no updater: assign `connection.defaultupdater()` to `connection.updater`"
            )
        for parameter in params or ():
            if parameter not in updater.names:
                raise RuntimeError(f"the updater of cell {name!r} has no parameter {parameter!r}; it has {', '.join(updater.names)}")
        self._cells[name] = weakref.ref(cell)
        self.states_[name] = state if state is not None else Module()
        self.monitors_[name] = nn.ModuleDict()
        return cell

    def get_cell(self, name: str) -> Cell:
        """A cell by name; AttributeError without one."""
        found = self._cells.get(name)
        cell = found() if found is not None else None
        if cell is None:
            gone = " any more: its layer no longer exists" if found is not None else f"; it has {', '.join(self._cells) or 'none'}"
            raise AttributeError(f"this trainer has no cell {name!r}{gone}")
        return cell  # type: ignore[no-any-return]

    def del_cell(self, name: str) -> None:
        """Take a cell and its monitors out; AttributeError without one."""
        if name not in self._cells:
            raise AttributeError(f"this trainer has no cell {name!r}; it has {', '.join(self._cells) or 'none'}")
        for monitor in list(self._monitors_of(name)):
            self.del_monitor(name, monitor)
        del self._cells[name], self.states_[name], self.monitors_[name]

    @property
    def cells(self) -> Iterator[Cell]:
        """The cells."""
        yield from (cell for _, cell in self.named_cells)

    @property
    def named_cells(self) -> Iterator[tuple[str, Cell]]:
        """Names and cells."""
        yield from ((name, self.get_cell(name)) for name in self._cells)

    # ---- monitors -----------------------------------------------------------------------------

    def add_monitor(
        self, cell: str, name: str, attr: str, constructor: MonitorConstructor, unique: bool = False, /, **tags: Any
    ) -> Monitor:
        """Monitor an attribute of a cell.

        Cells of one layer share a monitor if name, attribute and tags are the same, unless it is to be `unique`; what belongs to a
        connection or a group of neurons is the same attribute for all cells that have it.

        Parameters
        ----------
        cell
            Name of the cell.
        name
            Name of the monitor.
        attr
            Dotted path from the cell, such as `connection.synspike` or `postspike`.
        constructor
            Called with the path from the layer and the layer; returns the monitor, registered there.
        unique
            Whether the monitor is not shared.
        tags
            What else distinguishes it.

        Raises
        ------
        AttributeError
            Without a cell of that name.
        RuntimeError
            If the cell has a monitor of that name.
        """
        found = self.get_cell(cell)
        mine = self._monitors_of(cell)
        if name in mine:
            raise RuntimeError(f"cell {cell!r} has a monitor {name!r} already")
        layer = found.layer
        path = _path_from_layer(layer, found, attr)
        key = (id(layer), name, path, tuple(sorted(tags.items())))
        shared: Monitor | None = None if unique else self._pooled(key, layer)
        monitor = constructor(path, layer) if shared is None else shared
        if not unique:
            self._pool[key] = (weakref.ref(layer), weakref.ref(monitor))
        if not self.training:
            monitor.deregister()
        mine[name] = monitor
        return monitor

    def _pooled(self, key: tuple[Any, ...], layer: Layer) -> Monitor | None:
        """A monitor that another cell of the same layer has."""
        home, known = self._pool.get(key, (lambda: None, lambda: None))
        monitor: Monitor | None = known() if home() is layer else None
        # One that no cell has any more may live on in a caller's hands, but sees nothing.
        return monitor if any(monitor is other for other in self.monitors) else None

    def get_monitor(self, cell: str, name: str) -> Monitor:
        """A monitor by the names of its cell and its own; AttributeError without one."""
        mine = self._monitors_of(cell)
        if name not in mine:
            raise AttributeError(f"cell {cell!r} has no monitor {name!r}; it has {', '.join(mine) or 'none'}")
        return mine[name]  # type: ignore[return-value]

    def del_monitor(self, cell: str, name: str) -> None:
        """Take a monitor from a cell; it stays with others that share it.  AttributeError without one."""
        monitor = self.get_monitor(cell, name)
        del self._monitors_of(cell)[name]
        if all(monitor is not other for other in self.monitors):
            monitor.deregister()

    def _monitors_of(self, cell: str) -> nn.ModuleDict:
        if cell not in self.monitors_:
            raise AttributeError(f"this trainer has no cell {cell!r}; it has {', '.join(self._cells) or 'none'}")
        found = self.monitors_[cell]
        assert isinstance(found, nn.ModuleDict)
        return found

    @property
    def monitors(self) -> Iterator[Monitor]:
        """All monitors, each once."""
        unique = {id(m): m for of in self.monitors_.values() for m in of.values()}  # type: ignore[operator]
        yield from unique.values()

    @property
    def named_monitors(self) -> Iterator[tuple[tuple[str, str], Monitor]]:
        """Names of cell and monitor, and monitors."""
        yield from (((cell, name), monitor) for cell in self.monitors_ for name, monitor in self._monitors_of(cell).items())  # type: ignore[misc]

    def named_monitors_of(self, cell: str) -> Iterator[tuple[str, Monitor]]:
        """Names and monitors of a cell."""
        yield from self._monitors_of(cell).items()  # type: ignore[misc]

    # ---- what it does -------------------------------------------------------------------------

    def train(self, mode: bool = True) -> CellTrainer:
        """Attach all monitors, or with `mode` False detach them; what they have seen stays."""
        super().train(mode)
        if "monitors_" in self._modules:
            for monitor in self.monitors:
                if mode:
                    monitor.register()
                else:
                    monitor.deregister()
        return self

    def clear(self, **kwargs: Any) -> None:
        """Forget what all monitors have seen."""
        for monitor in self.monitors:
            monitor.clear(**kwargs)

    def update(self, **kwargs: Any) -> None:
        """Apply pending updates of the connections of all cells, each once."""
        connections = {id(cell.connection): cell.connection for cell in self.cells}
        for connection in connections.values():
            connection.update(**kwargs)

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> None:
        """Append updates to the updaters of the cells."""
        raise NotImplementedError(f"{type(self).__name__} must define `forward`")


class IndependentCellTrainer(CellTrainer):
    """A trainer that trains each cell without regard to the others.  Abstract: `register_cell` and `forward` are missing.

    Iterating over it gives a `Unit` for each cell.
    """

    @abstractmethod
    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Add a cell with its monitors; keywords go before the trainer's own parameters."""
        raise NotImplementedError(f"{type(self).__name__} must define `register_cell`")

    def get_unit(self, name: str) -> Unit:
        """A cell with what belongs to it; AttributeError without one of that name."""
        return Unit(self.get_cell(name), self.states_[name], dict(self._monitors_of(name).items()))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Unit]:
        for name in self._cells:
            yield self.get_unit(name)


ALIASES = {
    "synapse": "connection.synapse", "updater": "connection.updater", "precurrent": "connection.syncurrent",
    "prespike": "connection.synspike", "postvoltage": "neuron.voltage", "postspike": "neuron.spike",
}  # fmt: skip
"""What attributes of a cell are, seen from its two parts."""


def _path_from_layer(layer: Layer, cell: Cell, attr: str) -> str:
    """The path of an attribute of a cell; by its connection or neuron, which other cells have as well, where it belongs to one."""
    for (connection, neuron), found in layer.named_cells:
        if found is cell:
            first, dot, rest = attr.partition(".")
            part, *further = (ALIASES.get(first, first) + dot + rest).split(".")
            home = {"connection": f"connections_.{connection}", "neuron": f"neurons_.{neuron}"}.get(part)
            return ".".join([home, *further]) if home is not None else f"cells_.{connection}.{neuron}.{attr}"
    raise RuntimeError("the cell no longer belongs to its layer")


def observed(monitor: Monitor) -> Tensor:
    """The newest result of a monitor.

    Raises
    ------
    RuntimeError
        Before the first observation.
    """
    found = monitor.peek()
    if found is None:
        raise RuntimeError("nothing has been observed yet: run the model, in training mode, before the trainer")
    return found


def over_batch(name: str, reduction: Callable[[Tensor, int], Tensor] | None, default: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A batch reduction, or the default for None.

    Raises
    ------
    TypeError
        For something that can't be called.
    """
    if reduction is not None and not callable(reduction):
        raise TypeError(f"`{name}` must be callable or None, got {type(reduction).__name__}")
    return default if reduction is None else reduction
