"""Layers, cells, updaters and the hooks that regulate parameters."""

import copy

import pytest
import torch
from torch import Tensor

import inferno
from inferno import functional, learn, neural
from inferno.extra import ExactNeuron

UNIT = neural.DeltaCurrent.partialconstructor(1.0)
LIF = {"rest_v": -65.0, "reset_v": -60.0, "thresh_v": -52.0, "refrac_t": 2.0, "time_constant": 20.0}


def direct(weight: float = 1.0, batch: int = 1, size: int = 2) -> neural.LinearDirect:
    return neural.LinearDirect(size, 1.0, synapse=UNIT, batch_size=batch, weight_init=lambda w: torch.full_like(w, weight))


def exact(batch: int = 1, size: int = 2) -> ExactNeuron:
    return ExactNeuron(size, 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=batch)


def row(*values: float) -> Tensor:
    return torch.tensor([[bool(v) for v in values]])


# ---- layers --------------------------------------------------------------------------------------


def test_a_serial_layer_is_its_connection_and_then_its_neurons() -> None:
    layer = neural.Serial(direct(3.0), exact(), transform=lambda x, sign=1: sign * x)
    spikes, current = layer(row(1, 0), capture_intermediate=True)
    assert spikes.tolist() == [[True, False]] and current.tolist() == [[3.0, 0.0]]
    assert layer(row(1, 0), sign=-1).tolist() == [[False, False]]
    assert layer.cell.postspike.tolist() == [[False, False]] and layer.cell.prespike.tolist() == [[True, False]]
    assert layer.cells.serial.serial is layer.cell and layer.connections.serial is layer.connection
    for change in (lambda: layer.add_neuron("x", exact()), lambda: layer.del_connection("serial"), lambda: layer.cell()):
        with pytest.raises(RuntimeError):
            change()
    with pytest.raises(RuntimeError, match="puts out the shape"):
        neural.Serial(direct(size=3), exact())


@pytest.mark.parametrize(
    ("combine", "expected"), [("sum", 5.0), ("mean", 2.5), ("prod", 6.0), ("min", 2.0), ("max", 3.0), (lambda parts: parts["a"] * 10, 20.0)]
)
def test_a_biclique_combines_without_another_dimension(combine: object, expected: float) -> None:
    neurons = [(n, neural.LIF(2, 1.0, **LIF)) for n in ("x", "y")]
    layer = neural.Biclique([("a", direct(2.0)), ("b", direct(3.0), lambda t: t)], neurons, combine)
    spikes, currents = layer({"a": (row(1, 1),), "b": (row(1, 1),)}, capture_intermediate=True)
    assert {n: s.shape for n, s in spikes.items()} == {"x": (1, 2), "y": (1, 2)} and set(currents) == {"a", "b"}
    twin = neural.LIF(2, 1.0, **LIF)
    twin(torch.full((1, 2), expected))
    assert torch.equal(neurons[0][1].voltage, twin.voltage) and neurons[0][1].voltage.shape == (1, 2)
    assert len(list(layer.named_cells)) == 4


def test_a_biclique_needs_both_sides() -> None:
    with pytest.raises(ValueError, match="`connections`"):
        neural.Biclique([], [("n", exact())])
    with pytest.raises(ValueError, match="`combine`"):
        neural.Biclique([("a", direct())], [("n", exact())], "median")


def test_feedback_arrives_one_step_later_and_each_group_is_stepped_once() -> None:
    layer = neural.RecurrentSerial(direct(2.0), direct(1.0), direct(-5.0), exact(), exact(), trainable_feedback=True)
    found = [tuple(s.tolist()[0][0] for s in layer(row(x, 0))) for x in (1, 1, 1, 0, 1)]
    # What spiked in a step holds the next one down.
    assert found == [(True, True), (False, False), (True, True), (False, False), (True, True)]
    assert layer.lateral_cell is not None and layer.feedback_cell is not None
    layer.clear()
    assert not layer.feedback_spikes.any() and not layer.feedfwd_neuron.spike.any()


@pytest.mark.parametrize("kind", ["serial", "biclique", "recurrent"])
def test_clearing_a_layer_clears_what_is_in_it(kind: str) -> None:
    neuron = neural.LIF(2, 1.0, **LIF)
    made = {
        "serial": lambda: neural.Serial(direct(50.0), neuron),
        "biclique": lambda: neural.Biclique([("a", direct(50.0))], [("n", neuron)]),
        "recurrent": lambda: neural.RecurrentSerial(direct(50.0), direct(), direct(), neuron, exact()),
    }[kind]()
    made({"a": (row(1, 1),)}) if kind == "biclique" else made(row(1, 1))
    assert (neuron.voltage != -65).any()
    made.clear()
    assert (neuron.voltage == -65).all()


def test_layers_name_what_they_lack() -> None:
    layer = neural.Biclique([("a", direct())], [("n", exact())])
    with pytest.raises(AttributeError, match="no connection 'b'; it has a"):
        layer.get_connection("b")
    with pytest.raises(ValueError, match="no neuron 'b'"):
        layer.del_neuron("b")
    with pytest.raises(RuntimeError, match="already"):
        layer.add_connection("a", direct())
    with pytest.raises(ValueError, match="identifier"):
        layer.add_connection("a b", direct())
    assert layer.add_cell("a", "n") is layer.get_cell("a", "n")
    layer.del_neuron("n")
    assert list(layer.named_cells) == []


@pytest.mark.parametrize("name", ["update", "keys", "training", "type"])
def test_names_that_torch_keeps_for_itself_are_refused(name: str) -> None:
    """They ended in a KeyError of torch."""
    with pytest.raises(ValueError, match=f"`connection_name` must not be the name of an attribute of torch.nn.ModuleDict, got '{name}'"):
        neural.Serial(direct(), exact(), connection_name=name)
    with pytest.raises(ValueError, match=f"`neuron_name` must not be the name of an attribute of torch.nn.ModuleDict, got '{name}'"):
        neural.Serial(direct(), exact(), neuron_name=name)


def test_a_recurrent_layer_takes_a_state_dict_after_a_change_of_its_batch_size() -> None:
    """The feedback spikes kept the old size until the next step."""

    def made(batch: int) -> neural.RecurrentSerial:
        connections = [direct(w, batch) for w in (3.0, 2.0, -1.0)]
        return neural.RecurrentSerial(*connections, exact(batch), exact(batch))

    saved, loaded = made(2), made(1)
    inputs = torch.rand(6, 2, 2, generator=torch.Generator().manual_seed(1)) < 0.5
    for x in inputs[:3]:
        saved(x)
    for part in loaded.modules():
        if isinstance(part, neural.Neuron | neural.Connection):
            part.batchsz = 2
    loaded.load_state_dict(saved.state_dict())
    assert saved.feedback_spikes.any()
    for x in inputs[3:]:
        assert all(torch.equal(a, b) for a, b in zip(saved(x), loaded(x), strict=True))


def test_the_state_dict_has_the_names_of_the_library() -> None:
    connection = neural.LinearDense(2, 2, 1.0, synapse=UNIT, bias=True, delay=2.0)
    layer = neural.Serial(connection, neural.LIF(2, 1.0, **LIF))
    names = {
        *(f"connections_.serial.{n}" for n in ("weight_", "bias_", "delay_", "_extra_state")),
        *(f"connections_.serial.synapse_.{n}" for n in ("_spike__data", "_extra_state")),
        *(f"neurons_.serial.{n}" for n in ("_voltage__data", "_refrac__data", "_extra_state")),
    }
    found = set(layer.state_dict())
    assert names <= found
    assert {n for n in found if n.startswith("cells_.serial.serial.connection_.")}


def trained() -> tuple[neural.Serial, learn.STDP]:
    connection = neural.LinearDense(3, 2, 1.0, synapse=UNIT, batch_size=2, weight_init=lambda w: torch.full_like(w, 30.0))
    connection.updater = connection.defaultupdater()
    layer = neural.Serial(connection, neural.LIF(2, 1.0, **LIF, batch_size=2))
    trainer = learn.STDP(0.1, -0.05, 20.0, 20.0)
    trainer.register_cell("only", layer.cell)
    return layer, trainer


def test_a_copy_of_a_trained_layer_goes_its_own_way() -> None:
    layer, trainer = trained()
    for k in range(6):
        layer(torch.rand(2, 3, generator=torch.Generator().manual_seed(k)) < 0.6)
        trainer()
        layer.update()
    twin = copy.deepcopy(layer)
    assert twin.cell.connection is twin.connection and twin.cell.layer is twin and twin.updater.parent is twin.connection
    before = layer.connection.weight.clone()
    twin.updater.weight = torch.ones(2, 3)
    twin.update()
    assert torch.equal(layer.connection.weight, before) and not torch.equal(twin.connection.weight, before)


# ---- updaters ------------------------------------------------------------------------------------


def test_partial_updates_are_summed_or_reduced_as_asked_for() -> None:
    connection = direct(1.0)
    connection.updater = connection.defaultupdater()
    for part in (1.0, 3.0):
        connection.updater.weight = (torch.full((2,), part), None)
    assert connection.updater.weight.pos.tolist() == [4.0, 4.0] and connection.updater.weight.neg is None
    connection.updater.weight.reduction(torch.mean)
    connection.update(clear=False)
    assert connection.weight.tolist() == [3.0, 3.0]
    del connection.updater.weight
    connection.update()
    assert connection.weight.tolist() == [3.0, 3.0]


def test_an_updater_takes_a_reduction() -> None:
    connection = direct(0.0)
    connection.updater = neural.Updater(connection, "weight", reduction=torch.mean)
    for part in (1.0, 3.0):
        connection.updater.weight = torch.full((2,), part)
    connection.update()
    assert connection.weight.tolist() == [2.0, 2.0]


def test_updates_are_tensors_of_a_module() -> None:
    connection = direct(0.0)
    connection.updater = connection.defaultupdater()
    for assign in (lambda: setattr(connection.updater, "weight", 1.0), lambda: setattr(connection.updater.weight, "neg", 0.5)):
        with pytest.raises(TypeError, match="must be a tensor or None, got float"):
            assign()
    with pytest.raises(TypeError, match="`module` must be a torch.nn.Module, got int"):
        neural.Updater(3, "real")


@pytest.mark.parametrize("dim", ["x", 0.5, (0, "x"), True])
def test_a_normalization_needs_dimensions(dim: object) -> None:
    with pytest.raises(TypeError, match="`dim` must be a whole number, a tuple of them, or None, got "):
        neural.Normalization(direct(), "weight", 1, 1.0, dim)


def test_pending_updates_are_no_parameters() -> None:
    connection = direct(0.0)
    connection.updater = connection.defaultupdater()
    names = dict(connection.named_parameters()).keys()
    connection.updater.weight = torch.ones(2)
    assert dict(connection.named_parameters()).keys() == names == {"weight_"}


@pytest.mark.parametrize("full", [True, False])
def test_bounds_replace_each_other(full: bool) -> None:
    accumulator = neural.Accumulator()
    accumulator.pos, accumulator.neg = torch.tensor([1.0]), torch.tensor([1.0])
    param = torch.tensor([0.25])
    if full:
        accumulator.upperbound(functional.bound_upper_multiplicative, 1.0)
        accumulator.fullbound(functional.bound_multiplicative, 1.0, 0.0)
        assert accumulator.update(param).item() == pytest.approx(0.75 - 0.25)
    else:
        accumulator.fullbound(functional.bound_multiplicative, 1.0, 0.0)
        accumulator.lowerbound(functional.bound_lower_multiplicative, 0.0)
        assert accumulator.update(param).item() == pytest.approx(1.0 - 0.25)


def test_an_updater_needs_its_parameters() -> None:
    with pytest.raises(RuntimeError, match="no parameter 'gain'"):
        neural.Updater(direct(), "gain")
    updater = neural.Updater(direct(), "weight")
    with pytest.raises(RuntimeError, match="no longer exists"):
        updater()


# ---- hooks ---------------------------------------------------------------------------------------


class Model(inferno.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = neural.Serial(direct(2.0), exact())

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


def test_normalization_runs_after_calls_in_training_alone() -> None:
    model = Model()
    hook = neural.Normalization(model, "layer.connection.weight", order=1, scale=3.0, dim=-1, eval_update=False)
    hook()
    assert model.layer.connection.weight.tolist() == [2.0, 2.0]
    hook.register()
    hook.register()
    hook()
    assert model.layer.connection.weight.tolist() == [1.5, 1.5]
    model.layer.connection.weight = torch.tensor([2.0, 2.0])
    model.eval()(row(1, 0))
    assert model.layer.connection.weight.tolist() == [2.0, 2.0]
    model.train()(row(1, 0))
    assert model.layer.connection.weight.tolist() == [1.5, 1.5]
    del hook
    model.layer.connection.weight = torch.tensor([2.0, 2.0])
    model(row(1, 0))
    assert model.layer.connection.weight.tolist() == [2.0, 2.0]


def test_clamping_runs_when_an_updater_is_called() -> None:
    connection = direct(0.5)
    connection.updater = connection.defaultupdater()
    hook = neural.Clamping(connection.updater, "parent.weight", min=0.0, max=1.0)
    hook.register()
    connection.updater.weight = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    connection.update()
    assert connection.weight.tolist() == [1.0, 0.0]
    with pytest.raises(RuntimeError, match="at least one"):
        neural.Clamping(connection, "weight")
    with pytest.raises(ValueError, match="`max` must be greater"):
        neural.Clamping(connection, "weight", min=1.0, max=1.0)


def test_a_hook_is_registered_once_and_dies_with_its_object() -> None:
    seen: list[int] = []
    module = torch.nn.Identity()
    hook = inferno.Hook(posthook=lambda m, i, o: seen.append(1), eval_update=False)
    hook.register(module)
    with pytest.raises(RuntimeError, match="registered already"):
        hook.register(module)
    module(1), module.eval(), module(1)
    assert seen == [1]
    hook.deregister()
    hook.deregister()
    hook.register(module.train())
    del hook
    module(1)
    assert seen == [1]
    with pytest.raises(RuntimeError, match="at least one"):
        inferno.Hook()


def test_a_serial_layer_compiles_as_one_graph() -> None:
    layer = neural.Serial(direct(30.0, size=3), neural.LIF(3, 1.0, **LIF))
    twin = copy.deepcopy(layer)
    compiled = torch.compile(layer, fullgraph=True, backend="eager")
    with torch.no_grad():
        for k in range(6):
            x = torch.rand(1, 3, generator=torch.Generator().manual_seed(k)) < 0.7
            assert torch.equal(compiled(x), twin(x))
