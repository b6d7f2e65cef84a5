"""Neurons of `.snn` files as Python components do what they do in a network."""

import pickle
from pathlib import Path

import pytest
import torch

import inferno
from inferno import neural

MODELS = """snn 1
neuron Bistable:
    \"\"\"Two coupled states, an input each, and a threshold that adapts.\"\"\"
    param tau = 12 ms, gain = 2, t_ref = 3 ms in [0 ms, inf], d = 0.3
    fn half(x) = 0.5 * x
    input I : 1
    input J : 1
    state u = 0.1
    state v = 0
    state theta = 0 @persistent
    let drive = gain*I + half(J)
    tau * v' = drive - v - u
    8 ms * u' = 0.5*v - u
    40 ms * theta' = -theta
    spike when v > 0.6 + theta:
        v = 0
        theta += d
    refractory t_ref hold v
neuron Cubic:
    param c = 0.3
    input I : 1
    state v = 0
    5 ms * v' = v - v^3 + I + c
    spike when v >= 1.2:
        v = -1
neuron Silent:
    input I : 1
    state x = 0.5
    10 ms * x' = I - x
neuron Shared:
    param d = 0.2
    input I : 1
    state v = 0
    state m = 0 @shared(sum) @persistent @train_only
    10 ms * v' = I - v - m
    30 ms * m' = -m
    spike when v >= 0.5:
        v = 0
        m += d
neuron Eventful:
    param top = 0.7, t_ref = 2 ms
    input I : 1 in [0, 4]
    input J : 1 = 0.1*top
    state v = 0 in [-0.5, inf]
    state u = 0, n = 0 in [0, 3]
    10 ms * v' = I + J - v
    20 ms * u' = v - u
    on high when v > 0.5:
        u += 0.3
        n += 1
    spike when v >= top:
        v = -1
        if u > 0.6:
            emit twice
    on twice:
        u -= 0.2
    refractory t_ref hold v
"""

RUN = "run:\n    dt = 1 ms\n    steps = 80\n    batch = 3\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "models.snn"
    path.write_text(MODELS)
    return path


def inputs(seed: int) -> torch.Tensor:
    return torch.rand(80, 3, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("model", "ports", "given", "in_network"),
    [
        ("Bistable", ("I", "J"), {"t_ref": 3.0}, "t_ref = 2 ms"),
        ("Bistable", ("I", "J"), {"t_ref": "5 ms", "gain": 1.5}, "t_ref = 4 ms, gain = 1.5"),
        ("Bistable", ("I", "J"), {"t_ref": 0.0}, "t_ref = 0 ms"),
        ("Cubic", ("I",), {}, ""),
        ("Silent", ("I",), {}, ""),
        ("Shared", ("I",), {"d": 0.1}, "d = 0.1"),
    ],
)
def test_a_written_neuron_spikes_as_in_a_network(
    tmp_path: Path, file: Path, model: str, ports: tuple[str, ...], given: dict[str, object], in_network: str, training: bool
) -> None:
    neuron = neural.from_snn(file, model, 4, 1.0, batch_size=3, **given).to(torch.float64).train(training)
    drives = ", ".join([f"{p} = x{p}" for p in ports] + ([in_network] if in_network else []))
    declared = "".join(f"input x{p} : real[4]\n" for p in ports)
    state = "x" if model == "Silent" else "v"
    recorded = f"record p.{state}" + ("" if model == "Silent" else ", p.spikes")
    network = tmp_path / "network.snn"
    network.write_text(f"{MODELS}{declared}population p[4] = {model}({drives})\n{recorded}\n{RUN}")
    net = inferno.load_network(network, backend="eager", device="cpu", dtype="float64").train(training)
    series = {p: inputs(k) for k, p in enumerate(ports)}
    out = net(**{f"x{p}": x for p, x in series.items()})
    total = 0
    for step in range(80):
        spikes = neuron(*(series[p][step] for p in ports))
        expected = out["p.spikes"].values[step] if model != "Silent" else torch.zeros(3, 4, dtype=torch.bool)
        assert torch.equal(spikes, expected), f"step {step}"
        torch.testing.assert_close(getattr(neuron, state), out[f"p.{state}"].values[step])
        total += int(spikes.sum())
    assert total > 10 or model == "Silent"


@pytest.mark.parametrize(("given", "in_network"), [({}, ""), ({"J": 0.4, "top": 0.9}, ", J = 0.4, top = 0.9")])
def test_events_ranges_and_defaults_are_those_of_a_network(tmp_path: Path, file: Path, given: dict[str, object], in_network: str) -> None:
    neuron = neural.from_snn(file, "Eventful", 4, 1.0, batch_size=3, t_ref=3.0, **given).to(torch.float64)
    network = tmp_path / "network.snn"
    declared = f"input x : real[4]\npopulation p[4] = Eventful(I = x{in_network})\nrecord p.v, p.u, p.n, p.spikes, p.high, p.twice\n"
    network.write_text(f"{MODELS}{declared}{RUN}")
    out = inferno.load_network(network, backend="eager", device="cpu", dtype="float64")(x=inputs(3) - 1)
    nothing = torch.zeros(3, 4, dtype=torch.float64)
    for step, x in enumerate(inputs(3) - 1):
        assert torch.equal(neuron(x, nothing), out["p.spikes"].values[step])
        for name in ("v", "u", "n"):
            torch.testing.assert_close(getattr(neuron, name), out[f"p.{name}"].values[step])
        for name in ("high", "twice"):
            assert torch.equal(getattr(neuron, name), out[f"p.{name}"].values[step] != 0)
    assert out["p.spikes"].values.any() and out["p.twice"].values.any() and out["p.n"].values.max() == 3
    assert out["p.v"].values.min() == -0.5
    with pytest.raises(AttributeError, match="`high` is an event"):
        neuron.high = torch.zeros(3, 4)
    neuron.clear()
    assert not neuron.twice.any()


NOISY = """snn 1
neuron Membrane:
    param tau = 10 ms, sigma = 2, tau_c = 5 ms
    input I : 1
    state v = 0, c = 0
    tau * v'   = I + c - v + sigma*sqrt(2*tau)*xi
    tau_c * c' = -c
neuron Growing:
    param s = 0.5 / (1 ms)^0.5
    input I : 1
    state v = 1
    v' = I/(1 ms) - v^3/(10 ms) + s*xi
    spike when v > 2:
        v = 0
"""


def test_noise_has_the_variance_of_its_equation(tmp_path: Path) -> None:
    path = tmp_path / "noisy.snn"
    path.write_text(NOISY)
    neuron = neural.from_snn(path, "Membrane", 20000, 1.0, generator=torch.Generator().manual_seed(1)).to(torch.float64)
    seen = []
    for step in range(60):
        neuron(torch.full((1, 20000), 1.5, dtype=torch.float64))
        seen.append(neuron.v[0])
        # Of an Ornstein-Uhlenbeck process that begins at 0; the deviation of a variance of n numbers is sqrt(2/n) of it.
        variance = 4 * (1 - torch.exp(torch.tensor(-2 * (step + 1) / 10.0)))
        assert abs(neuron.v.var() / variance - 1) < 5 * (2 / 20000) ** 0.5
    correlation = torch.corrcoef(torch.stack((seen[-1], seen[-11])))[0, 1]
    assert abs(correlation - torch.exp(torch.tensor(-1.0))) < 5 / 20000**0.5
    assert abs(neuron.v.mean() - 1.5 * (1 - torch.exp(torch.tensor(-6.0)))) < 5 * 2 / 20000**0.5


@pytest.mark.parametrize("training", [True, False])
def test_noise_follows_its_generator(tmp_path: Path, training: bool) -> None:
    path = tmp_path / "noisy.snn"
    path.write_text(NOISY)

    def run(seed: int) -> list[torch.Tensor]:
        neuron = neural.from_snn(path, "Growing", (3, 2), 0.5, batch_size=2, generator=torch.Generator().manual_seed(seed)).train(training)
        return [neuron(torch.ones(2, 3, 2)) for _ in range(40)] + [neuron.v]

    first, again, other = run(1), run(1), run(2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True)) and not torch.equal(first[-1], other[-1])
    assert any(spikes.any() for spikes in first[:-1])
    with pytest.raises(TypeError, match="`generator`"):
        neural.from_snn(path, "Growing", 1, 1.0, generator=3)  # type: ignore[arg-type]


def test_a_choice_between_two_numbers_has_the_type_of_the_state(tmp_path: Path) -> None:
    path = tmp_path / "choice.snn"
    path.write_text("snn 1\nneuron N:\n    input I : 1\n    state v = 0\n    v' = (0.1 if I > 0 else 0.3)/(1 ms)\n")
    neuron = neural.from_snn(path, "N", 2, 1.0).to(torch.float64)
    neuron(torch.tensor([[1.0, -1.0]]))
    assert neuron.v.tolist() == [[0.1, 0.3]]


def test_clear_keeps_persistent_states(file: Path) -> None:
    neuron = neural.from_snn(file, "Bistable", (2, 2), 1.0)
    for _ in range(30):
        neuron(torch.full((1, 2, 2), 3.0), torch.zeros(1, 2, 2))
    assert neuron.theta.any() and neuron.voltage is neuron.v
    theta = neuron.theta.clone()
    neuron.clear()
    assert torch.equal(neuron.theta, theta) and neuron.u.unique().tolist() == pytest.approx([0.1])
    neuron.clear(keep_adaptations=False)
    assert not neuron.theta.any()


def test_mistakes_are_those_of_the_language(file: Path, tmp_path: Path) -> None:
    with pytest.raises(inferno.SnnError, match="no parameter `gains`"):
        neural.from_snn(file, "Bistable", 1, 1.0, gains=1)
    with pytest.raises(inferno.SnnError, match="no neuron or synapse `Cubics`"):
        neural.from_snn(file, "Cubics", 1, 1.0)
    with pytest.raises(inferno.SnnError, match="there is no such file"):
        neural.from_snn(tmp_path / "none.snn", "Cubic", 1, 1.0)
    with pytest.raises(inferno.SnnError, match="`tau`"):
        neural.from_snn(file, "Bistable", 1, 1.0, tau=-3.0)
    with pytest.raises(ValueError, match="`inputs` must be 2"):
        neural.from_snn(file, "Bistable", 1, 1.0)(torch.zeros(1, 1))
    with pytest.raises(ValueError, match="`step_time`"):
        neural.from_snn(file, "Bistable", 1, 0.0)


def test_a_written_neuron_belongs_into_a_layer_and_compiles(file: Path) -> None:
    connection = neural.LinearDense(3, 4, 1.0, synapse=neural.DeltaCurrent.partialconstructor(1.0), batch_size=2)
    layer = neural.Serial(connection, neural.from_snn(file, "Cubic", 4, 1.0, batch_size=2))
    x = torch.ones(2, 3, dtype=torch.bool)
    expected = [layer(x) for _ in range(4)]
    layer.clear()
    compiled = torch.compile(layer, fullgraph=True, backend="eager")
    with torch.no_grad():
        assert all(torch.equal(compiled(x), e) for e in expected)


def test_a_state_is_assigned_by_its_name(file: Path) -> None:
    neuron = neural.from_snn(file, "Bistable", 2, 1.0)
    given = torch.tensor([[0.25, 0.5]], dtype=torch.float64)
    neuron.v = given
    given.zero_()
    assert neuron.voltage.tolist() == neuron.v.tolist() == [[0.25, 0.5]] and neuron.v.dtype == torch.float32
    with pytest.raises(ValueError, match=r"`v` must have the shape \[1, 2\]"):
        neuron.v = torch.zeros(2)


def test_arguments_that_are_no_text_or_number_are_named(file: Path) -> None:
    with pytest.raises(TypeError, match="`path`"):
        neural.from_snn(3, "Cubic", 1, 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`component`"):
        neural.from_snn(file, 3, 1, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`tau` must be a number or a quantity, got nan"):
        neural.from_snn(file, "Bistable", 1, 1.0, tau=float("nan"))


def test_a_pickled_neuron_continues_and_inputs_may_be_of_another_type(file: Path) -> None:
    neuron = neural.from_snn(file, "Cubic", 3, 1.0)
    again = pickle.loads(pickle.dumps(neuron))  # noqa: S301
    for _ in range(20):
        assert torch.equal(neuron(torch.full((1, 3), 2.0, dtype=torch.float64)), again(torch.full((1, 3), 2.0)))
    assert torch.equal(neuron.v, again.v) and neuron.v.dtype == torch.float32


def test_a_parameter_can_not_be_assigned_later(tmp_path: Path) -> None:
    (tmp_path / "leak.snn").write_text("snn 1\nneuron Leak:\n    param tau = 5 ms\n    state x = 1\n    x' = -x/tau\n")
    neuron = neural.from_snn(tmp_path / "leak.snn", "Leak", 2, 1.0)
    with pytest.raises(AttributeError, match="`tau` is a parameter of `Leak`: give it to `from_snn`"):
        neuron.tau = 3.0
    neuron.note = "mine"
    assert neuron.note == "mine"


def test_a_neuron_without_a_membrane_says_what_states_it_has(tmp_path: Path) -> None:
    (tmp_path / "leak.snn").write_text("snn 1\nneuron Leak:\n    param tau = 5 ms\n    state x = 1\n    x' = -x/tau\n")
    neuron = neural.from_snn(tmp_path / "leak.snn", "Leak", 2, 1.0)
    with pytest.raises(AttributeError, match="`Leak` has no state `v`; its states are x"):
        _ = neuron.voltage
    assert not hasattr(neuron, "voltage")


DRAWING = """snn 1
neuron Escaping:
    \"\"\"Spikes by chance, from a potential that begins anywhere, and is reset to anywhere below 0.\"\"\"
    param low = -1, high = 1, slope = 0.3
    input I : 1
    state v = uniform(low, high)
    state rest = normal(2, 0.5) @shared(mean)
    state last = gamma(2, 1.5)
    10 ms * v' = I - v
    on tossed when uniform(0, 1) < 0.25
    spike when v > 1 + slope*normal(0, 1):
        v = -exponential(0.5)
        last = beta(2, 3)
neuron Tossing:
    input I : 1
    state v = 0, heads = 0
    10 ms * v' = I - v
    on head when uniform(0, 1) < 0.25:
        heads += uniform(0, 2)
"""


def test_initial_values_are_drawn_of_each_neuron_and_sample(tmp_path: Path) -> None:
    path = tmp_path / "drawing.snn"
    path.write_text(DRAWING)
    neuron = neural.from_snn(path, "Escaping", 5000, 1.0, batch_size=4, generator=torch.Generator().manual_seed(2), high=3.0)
    assert neuron.v.min() >= -1 and neuron.v.max() <= 3
    # Of 20,000 numbers the mean of a uniform distribution of width 4 is within 0.03 by 3.7 of its deviations.
    assert abs(float(neuron.v.mean()) - 1) < 0.03
    assert abs(float(neuron.last.mean()) - 3) < 0.06
    assert neuron.rest.shape == (5000,)
    assert abs(float(neuron.rest.std()) - 0.5) < 0.03
    before = neuron.v.clone()
    neuron.clear()
    assert not torch.equal(neuron.v, before)


def test_conditions_and_blocks_draw_in_every_step(tmp_path: Path) -> None:
    path = tmp_path / "drawing.snn"
    path.write_text(DRAWING)
    neuron = neural.from_snn(path, "Escaping", 20000, 1.0, generator=torch.Generator().manual_seed(3)).to(torch.float64)
    neuron.v = torch.full((1, 20000), 1.3, dtype=torch.float64)
    spikes = neuron(torch.full((1, 20000), 1.3, dtype=torch.float64))
    # The potential stays at 1.3, so that it spikes where a normal number is below 1: 0.8413, with a deviation of 0.0026.
    assert abs(float(spikes.double().mean()) - 0.8413) < 0.01
    assert abs(float(neuron.v[spikes].mean()) + 0.5) < 0.02
    assert abs(float(neuron.last[spikes].mean()) - 0.4) < 0.01
    assert torch.all(neuron.v[~spikes] == 1.3)
    assert abs(float(neuron.tossed.double().mean()) - 0.25) < 0.012
    again = neuron(torch.full((1, 20000), 1.3, dtype=torch.float64))
    assert not torch.equal(spikes, again)


@pytest.mark.parametrize("given", [{"low": "uniform(-2, -1)"}, {"slope": "normal(1, 0.1)"}, {"I": "uniform(0, 1)"}])
def test_values_that_differ_from_neuron_to_neuron_are_refused_by_name(tmp_path: Path, given: dict[str, object]) -> None:
    path = tmp_path / "drawing.snn"
    path.write_text(DRAWING)
    with pytest.raises(ValueError, match=f"`{next(iter(given))}` of `Escaping` has a distribution"):
        neural.from_snn(path, "Escaping", 3, 1.0, **given)


def test_what_several_blocks_draw_is_the_same_for_the_same_generator(tmp_path: Path) -> None:
    path = tmp_path / "drawing.snn"
    path.write_text(DRAWING)

    def heads() -> torch.Tensor:
        neuron = neural.from_snn(path, "Tossing", 2000, 1.0, batch_size=3, generator=torch.Generator().manual_seed(4))
        for _ in range(20):
            neuron(torch.zeros(3, 2000))
        return neuron.heads

    found = heads()
    assert torch.equal(found, heads())
    # Twenty tosses at 1/4, each worth 1 in the mean: 5, with a deviation of 2.4/sqrt(6000).
    assert abs(float(found.mean()) - 5) < 0.13


def test_a_neuron_may_extend_one_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "cells.snn").write_text("snn 1\nfrom std.neurons import LIF\nneuron Slow extends LIF:\n    param tau_m = 50 ms\n")
    path = tmp_path / "own.snn"
    path.write_text("snn 1\nfrom cells import Slow\nneuron Calling extends Slow:\n    param t_ref = 3 ms\n    on high when v > v_rest\n")
    own = neural.from_snn(path, "Calling", (3,), step_time=1.0, batch_size=2)
    whole = neural.from_snn(tmp_path / "cells.snn", "Slow", (3,), step_time=1.0, batch_size=2, t_ref=3.0)
    for _ in range(50):
        current = torch.full((2, 3), 0.6)
        assert torch.equal(own(current), whole(current))
    assert own.high.any()
