"""What a component has of the one that it extends."""

from __future__ import annotations

import pytest

from inferno import SnnError
from inferno.grammar import check_text
from inferno.grammar.checked import NeuronModel, PlasticityModel, SynapseModel

BASE = """snn 1
neuron Base:
    \"\"\"What B is made of.\"\"\"
    param tau = 10 ms, th = 1
    input I : 1
    state v = 0, a = 0.5
    tau * v' = I - v - a
    tau * a' = -a
    spike when v >= th:
        v = 0
        a += 1
    refractory 2 ms hold v
    surrogate sigmoid(3)
"""


def neuron(text: str, name: str = "Made") -> NeuronModel:
    program = check_text(f"{BASE}{text}\npopulation p[2] = {name}()\n".encode(), "inheritance.snn", {})
    model = program.populations[0].neuron.model
    assert isinstance(model, NeuronModel)
    return model


def test_everything_is_inherited() -> None:
    base, made = neuron("", "Base"), neuron("neuron Made extends Base:\n    param unread = 3\n")
    assert (made.ports, made.states, made.equations, made.spike) == (base.ports, base.states, base.equations, base.spike)
    assert (made.refractory, made.surrogate, made.doc) == (base.refractory, base.surrogate, "What B is made of.")
    assert [p.name for p in made.parameters] == ["tau", "th", "unread"]


def test_what_has_a_name_of_the_base_takes_its_place() -> None:
    made = neuron(
        """neuron Made extends Base:
    "Another."
    param th = 2
    state a = 3
    tau * v' = I - 2*v
    spike when v > th:
        v = 0
"""
    )
    assert made.doc == "Another."
    assert {p.name: p.default for p in made.parameters}["th"] == {p.name: p.default for p in neuron("", "Base").parameters}["th"].__class__(
        2
    )
    assert [e.state for e in made.equations] == ["a", "v"]
    assert made.spike is not None
    assert len(made.spike.assignments) == 1


def test_what_is_no_state_any_more_has_no_equation() -> None:
    made = neuron("neuron Made extends Base:\n    param a = 3\n    spike when v > th:\n        v = 0\n")
    assert [s.name for s in made.states] == ["v"]
    assert [e.state for e in made.equations] == ["v"]


def test_a_component_extends_one_that_extends_another_in_any_order() -> None:
    made = neuron("neuron Made extends Middle:\n    param last = 1\nneuron Middle extends Base:\n    param tau = 5 ms\n")
    assert [p.name for p in made.parameters] == ["th", "tau", "last"]


def test_the_standard_library_can_be_extended() -> None:
    text = """snn 1
from std.neurons import LIF
from std.synapses import Exponential
from std.plasticity import STDP
neuron Slow extends LIF:
    param tau_m = 100 ms
synapse Longer extends Exponential:
    on pre: i += 2*q*impulse/tau
plasticity Once extends STDP:
    on pre: w -= 1
population p[2] = Slow()
population q[2] = Slow()
projection r: p -> q:
    connect = dense
    synapse = Longer(tau = 30 ms)
    weight = 1
    plasticity = Once()
"""
    [projection] = check_text(text.encode(), "inheritance.snn", {}).projections
    assert projection.synapse is not None
    assert projection.plasticity is not None
    synapse, rule = projection.synapse.model, projection.plasticity.model
    assert isinstance(synapse, SynapseModel)
    assert isinstance(rule, PlasticityModel)
    assert len(synapse.on_impulse) == 1
    assert [h.event for h in rule.handlers] == ["post", "pre"]


def test_a_long_chain_is_refused_in_words() -> None:
    chain = "".join(f"neuron N{i} extends {'Base' if i == 0 else f'N{i - 1}'}:\n    param p{i} = 1\n" for i in range(2000))
    with pytest.raises(SnnError, match="too large once what its components extend is put in"):
        check_text(f"{BASE}{chain}population p[1] = Base()\n".encode(), "chain.snn", {})
