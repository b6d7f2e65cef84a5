"""Pools of monitors: who shares a monitor, how long it watches, and what becomes of copies."""

import copy
import gc

import pytest
import torch
from torch import nn

import inferno
from inferno import neural
from inferno.observe import Monitor, MonitorPool, Observable, PassthroughReducer, StateMonitor


class Basis(nn.Module):
    """Keeps the last number it was given, and twice that."""

    def __init__(self) -> None:
        super().__init__()
        self.last = self.double = torch.zeros(1)
        self.first_view, self.second_view = View(self, ""), View(self, "")

    def forward(self, value: float) -> None:
        self.last, self.double = torch.tensor([value]), torch.tensor([2 * value])


class View(Observable):
    """Sees the attributes of its basis, or what lies on a path from it."""

    def __init__(self, basis: nn.Module, path: str) -> None:
        super().__init__(basis)
        self.path = path

    def realign_attribute(self, attr: str) -> str:
        return self.path + attr


def made(path: str, module: nn.Module) -> StateMonitor:
    return StateMonitor(PassthroughReducer(1.0), path, module)


def seen(monitor: Monitor) -> float | None:
    found = monitor.peek()
    return None if found is None else float(found)


def watching(basis: Basis) -> MonitorPool:
    pool = MonitorPool()
    pool.add_observed("first", basis.first_view)
    pool.add_observed("second", basis.second_view)
    return pool


# ---- who shares a monitor ------------------------------------------------------------------------


def test_observables_of_one_basis_share_monitors_that_see_the_same() -> None:
    basis = Basis()
    pool = watching(basis)
    monitor = pool.add_monitor("first", "value", "last", made, False, dt=1.0)
    assert pool.add_monitor("second", "value", "last", made, False, dt=1.0) is monitor
    assert list(pool.monitors) == [monitor] and [names for names, _ in pool.named_monitors] == [("first", "value"), ("second", "value")]
    basis(3.0)
    assert seen(monitor) == 3.0


def test_another_name_path_tag_or_basis_makes_another_monitor() -> None:
    basis, other = Basis(), Basis()
    pool = watching(basis)
    pool.add_observed("other", other.first_view)
    monitor = pool.add_monitor("first", "value", "last", made, False, dt=1.0)
    assert pool.add_monitor("second", "name", "last", made, False, dt=1.0) is not monitor
    assert pool.add_monitor("second", "value", "double", made, False, dt=1.0) is not monitor
    pool.del_monitor("second", "value")
    assert pool.add_monitor("second", "value", "last", made, False, dt=2.0) is not monitor
    pool.del_monitor("second", "value")
    assert pool.add_monitor("second", "value", "last", made) is not monitor
    assert pool.add_monitor("other", "value", "last", made, False, dt=1.0) is not monitor
    other(5.0)
    assert seen(monitor) is None and seen(pool.get_monitor("other", "value")) == 5.0


def test_a_unique_monitor_is_not_shared_at_either_side() -> None:
    pool = watching(basis := Basis())
    monitor = pool.add_monitor("first", "value", "last", made, True)
    assert pool.add_monitor("second", "value", "last", made) is not monitor
    pool.del_monitor("first", "value")
    assert pool.add_monitor("first", "value", "last", made, True) is not pool.get_monitor("second", "value")
    assert basis.first_view.monitors == {"value": pool.get_monitor("first", "value")}


def test_an_observable_is_watched_without_a_pool() -> None:
    basis, layer = (
        Basis(),
        neural.Serial(
            neural.LinearDirect(1, 1.0, synapse=neural.DeltaCurrent.partialconstructor(1.0)),
            neural.LIF(1, 1.0, rest_v=-60.0, reset_v=-60.0, thresh_v=-50.0, refrac_t=1.0, time_constant=10.0),
        ),
    )
    monitor = basis.first_view.add_monitor("value", "last", made, None)
    basis(2.0)
    assert seen(monitor) == 2.0 and basis.first_view.monitors == {"value": monitor}
    voltage = layer.cell.add_monitor("voltage", "postvoltage", made, None)
    layer(torch.zeros(1, 1))
    assert isinstance(layer.cell, Observable) and layer.cell.basis is layer
    assert layer.cell.realign_attribute("postvoltage") == "neurons_.serial.voltage" and seen(voltage) == -60.0
    del monitor
    gc.collect()
    assert basis.first_view.monitors == {}


def test_an_observable_shares_what_a_pool_has() -> None:
    pool = watching(basis := Basis())
    monitor = pool.add_monitor("first", "value", "last", made, False, dt=1.0)
    assert basis.second_view.add_monitor("value", "last", made, pool.pool, dt=1.0) is monitor
    assert basis.second_view.add_monitor("value", "last", made, pool.pool, dt=2.0) is not monitor
    assert [observed for observed, _ in pool.pool] == [basis.first_view, basis.second_view]


# ---- how long a monitor watches ------------------------------------------------------------------


def test_a_shared_monitor_watches_until_its_last_observable_goes() -> None:
    pool = watching(basis := Basis())
    monitor = pool.add_monitor("first", "value", "last", made)
    pool.add_monitor("second", "value", "last", made)
    pool.del_observed("first")
    basis(1.0)
    pool.del_monitor("second", "value")
    basis(2.0)
    assert seen(monitor) == 1.0 and pool.names == ("second",)
    assert pool.add_monitor("second", "value", "last", made) is not monitor


def test_in_evaluation_monitors_are_detached_and_keep_what_they_saw() -> None:
    pool = watching(basis := Basis())
    monitor = pool.add_monitor("first", "value", "last", made)
    basis(1.0)
    pool.eval()
    later = pool.add_monitor("second", "twice", "double", made)
    basis(2.0)
    assert (seen(monitor), seen(later)) == (1.0, None)
    pool.train()
    basis(3.0)
    assert (seen(monitor), seen(later)) == (3.0, 6.0)
    pool.clear()
    assert (seen(monitor), seen(later)) == (None, None)


def test_a_pool_holds_observables_weakly() -> None:
    pool = watching(basis := Basis())
    pool.add_monitor("first", "value", "last", made)
    view = basis.second_view
    del basis
    gc.collect()
    assert [observed for observed, _ in pool.pool] == [view]
    with pytest.raises(AttributeError, match="no observable 'first' any more: what it belonged to no longer exists"):
        pool.get_observed("first")
    with pytest.raises(RuntimeError, match="module that this View belongs to no longer exists"):
        pool.add_monitor("second", "value", "last", made)
    pool.del_observed("first")
    assert pool.names == ("second",)


# ---- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pool_first", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_a_pool_copied_with_its_basis_watches_the_copy(pool_first: bool, training: bool) -> None:
    pool = watching(basis := Basis())
    pool.add_monitor("first", "value", "last", made)
    pool.add_monitor("second", "value", "last", made)
    basis(1.0)
    pool.train(training)
    copied: list[nn.Module] = copy.deepcopy([pool, basis] if pool_first else [basis, pool])
    pool2, basis2 = copied if pool_first else reversed(copied)
    assert isinstance(pool2, MonitorPool) and pool2.get_observed("first") is basis2.first_view and basis2.first_view.basis is basis2
    (monitor,) = pool2.monitors
    basis2(2.0)
    assert seen(monitor) == (2.0 if training else 1.0) and seen(next(iter(pool.monitors))) == 1.0
    pool2.train()
    basis2(3.0)
    basis(4.0)
    assert seen(monitor) == 3.0
    pool2.add_observed("third", basis2.first_view)
    assert pool2.add_monitor("third", "value", "last", made) is monitor


def test_a_state_dict_has_what_monitors_saw() -> None:
    one, other = Basis(), Basis()
    pools = [watching(one), watching(other)]
    for pool in pools:
        pool.add_monitor("first", "value", "last", made)
    one(2.0)
    pools[1].load_state_dict(pools[0].state_dict())
    assert seen(pools[1].get_monitor("first", "value")) == 2.0


# ---- refusals ------------------------------------------------------------------------------------


def test_what_is_mistaken_is_named() -> None:
    pool = watching(basis := Basis())
    pool.add_monitor("first", "value", "last", made)
    for name, error in (("a b", ValueError), (3, TypeError), ("type", ValueError), ("first", ValueError)):
        with pytest.raises(error, match="`name` must"):
            pool.add_observed(name, basis.first_view)
        if name != "first":
            with pytest.raises(error, match="`name` must"):
                pool.add_monitor("first", name, "last", made)
    with pytest.raises(TypeError, match="`observed` must be an inferno Observable, got Basis"):
        pool.add_observed("third", basis)
    with pytest.raises(TypeError, match="`basis` must be a torch.nn.Module, got int"):
        View(3, "")
    with pytest.raises(RuntimeError, match="observable 'first' has a monitor 'value' already"):
        pool.add_monitor("first", "value", "last", made)
    for lookup in (pool.get_observed, pool.del_observed, pool.monitors_of, lambda name: list(pool.named_monitors_of(name))):
        with pytest.raises(AttributeError, match="no observable 'third'; there is first, second"):
            lookup("third")
    with pytest.raises(AttributeError, match="observable 'first' has no monitor 'other'; it has value"):
        pool.get_monitor("first", "other")
    with pytest.raises(NotImplementedError, match="Observable must define `realign_attribute`"):
        Observable(inferno.Module()).realign_attribute("x")
