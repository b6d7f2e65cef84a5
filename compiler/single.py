"""One component as functions on tensors, for neurons and synapses that stand outside a network.

component ──checked on its own──▶ program ──lower──▶ graph ──fold, integrate──▶ payload ──generate──▶ source
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.cpp.neuron_step import neuron_step
from inferno.compiler.codegen.events import combined
from inferno.compiler.codegen.single import Formula, Integration, arguments, generate_single, jump
from inferno.compiler.graph import Graph
from inferno.compiler.lower import lower
from inferno.compiler.nodes import Assign, Dynamics, PopulationNode, StateVariable
from inferno.compiler.passes.fold_constants import fold_constants
from inferno.compiler.passes.integrate import integrate
from inferno.compiler.plan import has_draw
from inferno.compiler.ranges import comes_together
from inferno.compiler.report import Report
from inferno.grammar import checked
from inferno.grammar.expression import CLOCK, Constant, Draw, Expression, Reference, apply, leaves, number, references, substitute

Constants = dict[str, float]


@dataclass(frozen=True, slots=True)
class NeuronCode:
    """A neuron's functions as text, and what their caller must know.

    `source` holds `integrate` (all states, from the values at the start of the step), `integrate_held` (the same, held states still
    where the argument `free` is false), for each of `groups` a function `integrate_<its states>`, `condition`, and for each state that
    a spike changes `after_spike_<state>`; `in_evaluation` says that `integrate_in_evaluation(_held)` differ from those.  `native` is the
    whole step in C++ for a neuron in groups: of its membrane `v`, and of one adaptation.

    Where blocks come `together`, of several `events` or of states with a range, there is for each of the events `event_<name>`, and
    `after_blocks_<state>` in place of `after_spike_<state>`, with the bounds of the range.  `normals` are the standard normal numbers that
    the integrations read.  A state whose initial value is drawn has a function `initial_<state>`, and no number in `initial`; `draws` are
    the numbers and distributions of the standard draws of each function that has any.  One that is `timed` reads the constant `CLOCK.name`,
    the time at the start of the step.
    """

    source: str
    constants: Constants
    states: tuple[StateVariable, ...]
    initial: Constants
    arguments: tuple[str, ...]
    ports: tuple[str, ...]
    changed: tuple[str, ...]
    refractory: float
    in_evaluation: bool
    native: str = ""
    events: tuple[str, ...] = ()
    together: bool = False
    normals: tuple[str, ...] = ()
    draws: tuple[tuple[str, tuple[tuple[int, str], ...]], ...] = ()
    timed: bool = False


@dataclass(frozen=True, slots=True)
class SynapseCode:
    """A synapse's functions as text: `integrate`, for each state `on_impulse_<state>`, and `output`."""

    source: str
    constants: Constants
    states: tuple[str, ...]
    initial: Constants
    arguments: tuple[str, ...]
    changed: tuple[str, ...]


class NotOnItsOwn(ValueError):
    """A component that can't stand outside a network, with the reason."""


def neuron_code(program: checked.Program, groups: tuple[tuple[str, ...], ...] = (), method: str | None = None) -> NeuronCode:
    """The functions of the only population of a program; `method` is for equations that name none.

    Raises
    ------
    NotOnItsOwn
        For a neuron with receptors, or with a parameter or input that differs from neuron to neuron.
    """
    [population] = program.populations
    model = population.neuron.model
    assert isinstance(model, checked.NeuronModel)
    if any(p.receptor for p in model.ports):
        raise NotOnItsOwn(f"`{model.name}` has receptors, which take spikes over the projections of a network")
    for name, value in (*population.neuron.values, *population.drive):
        if has_draw(value):
            reason = "what differs from neuron to neuron is for networks: give one number"
            raise NotOnItsOwn(f"`{name}` of `{model.name}` has a distribution; {reason}")
    for name, value in population.initial:
        if another := next((leaf.state for leaf in leaves(value) if isinstance(leaf, Draw) and leaf.state), ""):
            raise NotOnItsOwn(f"`{name}` of `{model.name}` begins with the number that is drawn for `{another}`, which is for networks")
    before = _with_method(_with_drive(lower(program), population.name), population.name, method)
    node = _node(_integrated(before), population.name)
    known = {Reference("parameter", n): v for n, v in population.neuron.values}
    condition = node.condition
    names = tuple(s.name for s in node.dynamics.states)
    loose = replace(node.dynamics, states=tuple(replace(s, held=False) for s in node.dynamics.states))
    unheld = _node(_integrated(_replaced(before, population.name, loose)), population.name)
    integrations = [Integration("integrate", unheld.dynamics, names), Integration("integrate_held", node.dynamics, names, held=True)]
    if unheld.in_evaluation is not None and node.in_evaluation is not None:
        moving = tuple(s.name for s in node.dynamics.states if not s.train_only)
        integrations += [Integration("integrate_in_evaluation", unheld.in_evaluation, moving)]
        integrations += [Integration("integrate_in_evaluation_held", node.in_evaluation, moving, held=True)]
    integrations += [Integration(f"integrate_{'_'.join(g)}", unheld.dynamics, g) for g in groups]
    formulas = [Formula("condition", condition, "Where a neuron spikes, unless it is refractory.")] if condition is not None else []
    together = comes_together(node)
    changes = combined(node) if together else node.assignments
    formulas += [Formula(f"event_{e.name}", e.condition, f"Where `{e.name}` happens.", reads_events=True) for e in node.events]
    if together:
        formulas += [Formula(f"after_blocks_{a.target}", a.value, f"`{a.target}` after all blocks.", reads_events=True) for a in changes]
    else:
        formulas += [Formula(f"after_spike_{a.target}", jump(a), f"`{a.target}` after a spike.") for a in changes]
    drawn = [s for s in node.dynamics.states if has_draw(s.initial)]
    starts = [Formula(f"initial_{s.name}", substitute(s.initial, known), f"`{s.name}` at the start.") for s in drawn]
    refractory = number(substitute(model.refractory.duration, known)) if model.refractory is not None else 0.0
    variants = tuple(d for d in (node.dynamics, unheld.dynamics, node.in_evaluation, unheld.in_evaluation) if d is not None)
    constants = {"dt": graphs.experiment(before).dt} | _constants(*variants)
    native = ""
    if groups and condition is not None:
        jumps = {a.target: f for a, f in zip(node.assignments, formulas[1:], strict=True)}
        adaptation = next((g[0] for g in groups if g != ("v",)), None)
        native = neuron_step(f"The neuron {model.name}", unheld.dynamics, adaptation, formulas[0], jumps, tuple(constants))
    return NeuronCode(
        generate_single(f"The neuron {model.name}", node.dynamics, integrations, [*formulas, *starts]),
        constants,
        node.dynamics.states,
        _initial(node.dynamics, known),
        arguments(node.dynamics),
        node.dynamics.ports,
        tuple(a.target for a in changes),
        refractory,
        node.in_evaluation is not None,
        native,
        tuple(e.name for e in node.events),
        together,
        tuple(sorted({n for d in variants for n in d.normals})),
        tuple((f.name, tuple((d.number, d.standard) for d in f.draws)) for f in (*formulas, *starts) if f.draws),
        any(CLOCK in references(e) for e in (*(f.expression for f in formulas), *(e for d in variants for e in _expressions(d)))),
    )


def synapse_code(program: checked.Program) -> SynapseCode:
    """The functions of the synapse of the only projection of a program."""
    [projection] = program.projections
    assert projection.synapse is not None
    model = projection.synapse.model
    [edge] = graphs.projections(_integrated(lower(program)))
    assert edge.synapse is not None
    dynamics, events = edge.synapse.dynamics, edge.synapse.on_impulse
    names = tuple(s.name for s in dynamics.states)
    known = {Reference("parameter", n): v for n, v in projection.synapse.values}
    formulas = [Formula(f"on_impulse_{a.target}", jump(a), f"`{a.target}` after spikes arrived.") for a in events]
    formulas += [Formula("output", edge.synapse.output, "What the target receives.")]
    text = generate_single(f"The synapse {model.name}", dynamics, [Integration("integrate", dynamics, names)], formulas)
    changed = tuple(a.target for a in events)
    return SynapseCode(text, _constants(dynamics), names, _initial(dynamics, known), arguments(dynamics), changed)


def _with_drive(graph: Graph, name: str) -> Graph:
    """The graph with what is given for a population's inputs as parameters, added to what arrives."""
    node = _node(graph, name)
    named = {p: (f"{p} drive", value) for p, value in node.drive}
    sums = {Reference("port", p): apply("add", Reference("port", p), Reference("parameter", n)) for p, (n, _) in named.items()}

    def driven(expression: Expression) -> Expression:
        return substitute(expression, sums)

    def assigned(made: tuple[Assign, ...]) -> tuple[Assign, ...]:
        return tuple(replace(a, value=driven(a.value)) for a in made)

    dynamics = replace(
        node.dynamics,
        parameters=(*node.dynamics.parameters, *named.values()),
        equations=tuple((state, driven(rate)) for state, rate in node.dynamics.equations),
    )
    made = replace(
        node,
        dynamics=dynamics,
        drive=(),
        condition=driven(node.condition) if node.condition is not None else None,
        assignments=assigned(node.assignments),
        events=tuple(replace(e, condition=driven(e.condition), assignments=assigned(e.assignments)) for e in node.events),
    )
    return graphs.map_payloads(graph, lambda p: made if p.name == name else p, lambda e: e)


def _with_method(graph: Graph, name: str, method: str | None) -> Graph:
    node = _node(graph, name)
    return _replaced(graph, name, replace(node.dynamics, method=node.dynamics.method or method))


def _replaced(graph: Graph, name: str, dynamics: Dynamics) -> Graph:
    """The graph with other dynamics of a population, not yet folded nor integrated."""
    plain = replace(dynamics, derived=(), definitions=(), updates=())
    return graphs.map_payloads(graph, lambda p: replace(p, dynamics=plain) if p.name == name else p, lambda e: e)


def _integrated(graph: Graph) -> Graph:
    report = Report()
    for run in (fold_constants, integrate):
        report.begin(run.__name__)
        graph = run(graph, report)
    return graph


def _expressions(dynamics: Dynamics) -> list[Expression]:
    """What an integration calculates in every step."""
    updates = [e for u in dynamics.updates for e in (u.free, u.held) if e is not None]
    return [*updates, *(e for _, e in dynamics.definitions)]


def _node(graph: Graph, name: str) -> PopulationNode:
    return graphs.population(graph, name)


def _constants(*variants: Dynamics | None) -> Constants:
    """Every number that the functions read."""
    found: Constants = {}
    for dynamics in variants:
        if dynamics is not None:
            found |= {n: number(v) for n, v in dynamics.parameters if isinstance(v, Constant)}
            found |= {d.name: d.value for d in dynamics.derived if d.value is not None}
    return found


def _initial(dynamics: Dynamics, known: Mapping[Reference, Expression]) -> Constants:
    return {s.name: number(substitute(s.initial, known)) for s in dynamics.states if not has_draw(s.initial)}
