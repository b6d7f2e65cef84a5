"""What trainers have in common: cells, what is monitored of them, and what is kept for each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.layers.cell import Cell
from inferno.observe.monitors import Constructor, Monitor
from inferno.observe.pool import MonitorPool


class Unit(NamedTuple):
    """A cell, what the trainer keeps for it, and its monitors by name."""

    cell: Cell
    state: Module
    monitors: dict[str, Monitor]


class CellTrainer(Module):
    """A trainer of cells.  Abstract: `forward`, which appends updates to the cells' updaters, is missing.

    Cells belong to their layers and are held weakly, and those that are gone are passed over; monitors and what is kept for each cell
    belong to the trainer.  So `.to()` of the model moves the former and `.to()` of the trainer the latter, and both come before the first
    step.  Monitors see calls of a cell's layer in training mode; in evaluation mode of the trainer they are detached, and keep what they
    have seen.

    A copy made by `copy.deepcopy` trains copies of the cells: the layers are copied as well, once in a call, so copy the model and its
    trainer together.  Only a trainer that is part of the layer itself has to be attached to it by `train()` again.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_, self.states_ = MonitorPool("cell"), nn.ModuleDict()

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
        arguments.instance("cell", cell, Cell, "a cell of an inferno Layer")
        _ = cell.layer  # raises where it is gone
        updater = cell.updater
        if updater is None:
            raise RuntimeError(
                f"the connection of cell {name!r} has no updater: assign `connection.defaultupdater()` to `connection.updater`"
            )
        for parameter in params or ():
            if parameter not in updater.names:
                raise RuntimeError(f"the updater of cell {name!r} has no parameter {parameter!r}; it has {', '.join(updater.names)}")
        self.pool_.add_observed(name, cell)
        self.states_[name] = state if state is not None else Module()
        return cell

    def get_cell(self, name: str) -> Cell:
        """A cell by name; AttributeError without one."""
        return self.pool_.get_observed(name)  # type: ignore[return-value]

    def del_cell(self, name: str) -> None:
        """Take a cell and its monitors out; AttributeError without one."""
        self.pool_.del_observed(name)
        del self.states_[name]

    @property
    def cells(self) -> Iterator[Cell]:
        """The cells."""
        yield from (cell for _, cell in self.named_cells)

    @property
    def named_cells(self) -> Iterator[tuple[str, Cell]]:
        """Names and cells, but for those that are gone."""
        yield from ((name, self.get_cell(name)) for name in self.pool_.alive)

    # ---- monitors -----------------------------------------------------------------------------

    def add_monitor(self, cell: str, name: str, attr: str, constructor: Constructor, unique: bool = False, /, **tags: Any) -> Monitor:
        """Monitor an attribute of a cell, such as `connection.synspike` or `postspike`; arguments and errors as `MonitorPool.add_monitor`.

        Cells of one layer share a monitor if name, attribute and tags are the same, unless it is to be `unique`; an attribute of the
        connection or the neurons is the same for all cells that have them.
        """
        return self.pool_.add_monitor(cell, name, attr, constructor, unique, **tags)

    def get_monitor(self, cell: str, name: str) -> Monitor:
        """A monitor by the names of its cell and its own; AttributeError without one."""
        return self.pool_.get_monitor(cell, name)

    def del_monitor(self, cell: str, name: str) -> None:
        """Take a monitor from a cell; it stays with others that share it.  AttributeError without one."""
        self.pool_.del_monitor(cell, name)

    @property
    def monitors(self) -> Iterator[Monitor]:
        """All monitors, each once."""
        return self.pool_.monitors

    @property
    def named_monitors(self) -> Iterator[tuple[tuple[str, str], Monitor]]:
        """Names of cell and monitor, and monitors."""
        return self.pool_.named_monitors

    def named_monitors_of(self, cell: str) -> Iterator[tuple[str, Monitor]]:
        """Names and monitors of a cell; AttributeError without it."""
        return self.pool_.named_monitors_of(cell)

    # ---- what it does -------------------------------------------------------------------------

    def clear(self, **kwargs: Any) -> None:
        """Forget what all monitors have seen."""
        self.pool_.clear(**kwargs)

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

    Iterating over it gives a `Unit` for each cell.  Hyperparameters are attributes: assigning one counts for cells that are registered
    later.
    """

    hyperparameters: tuple[str, ...] = ()
    """Names of what a cell is trained with, unless `register_cell` is given something else."""

    def _expose(self, checked: Module) -> None:
        """Make the hyperparameters that a cell would have attributes."""
        for name in self.hyperparameters:
            setattr(self, name, getattr(checked, name))

    def _with(self, given: dict[str, Any]) -> dict[str, Any]:
        """The hyperparameters of a cell: what is given, and otherwise the trainer's; TypeError for an unknown one."""
        unknown = given.keys() - set(self.hyperparameters)
        if unknown:
            raise TypeError(f"`{sorted(unknown)[0]}` is no parameter of this trainer; there are {', '.join(self.hyperparameters)}")
        return {name: getattr(self, name) for name in self.hyperparameters} | given

    @abstractmethod
    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Add a cell with its monitors; keywords go before the trainer's own parameters."""
        raise NotImplementedError(f"{type(self).__name__} must define `register_cell`")

    def get_unit(self, name: str) -> Unit:
        """A cell with what belongs to it; AttributeError without one of that name."""
        return Unit(self.get_cell(name), self.states_[name], self.pool_.monitors_of(name))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Unit]:
        pool: MonitorPool = self.pool_
        states = self.states_
        # Not a word of those that are lost if some are left, but a trainer of nothing says so.
        for name in pool.alive or pool.lost:
            yield Unit(pool.get_observed(name), states[name], pool.monitors_of(name))  # type: ignore[arg-type]


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
