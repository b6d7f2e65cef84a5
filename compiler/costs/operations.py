"""The work of expressions and equations for one neuron, in a loop that keeps what it reads in registers."""

from __future__ import annotations

from collections.abc import Iterable

from inferno.compiler.nodes import Dynamics, PopulationNode
from inferno.grammar.expression import Draw, Expression, applications, leaves
from inferno.machine import Work

IN_REGISTERS = 0.5
"""An addition of numbers that are in registers, in operations that load and store."""
IN_A_ROW = {"divide": 4.0, "sqrt": 6.0, "exp": 20.0, "expm1": 20.0, "phi1": 12.0, "sigmoid": 25.0}
"""Functions that a loop calculates for several neurons at the same time, in additions."""
CALLED = dict.fromkeys(("power", "modulo", "log", "log1p", "sin", "cos", "tanh", "log_gamma_variate"), 300.0)
"""Functions of the C library, which are called for one neuron after the other."""


def of_expressions(expressions: Iterable[Expression | None]) -> Work:
    """What it takes to calculate expressions once."""
    operations, draws = 0.0, 0.0
    for expression in (e for e in expressions if e is not None):
        for call in applications(expression):
            operations += (IN_A_ROW | CALLED).get(call.function, 1.0) * max(1, len(call.arguments) - 1)
        draws += sum(isinstance(leaf, Draw) for leaf in leaves(expression))
    return Work(value=operations * IN_REGISTERS, draw=draws)


def of_dynamics(dynamics: Dynamics) -> Work:
    """What it takes to move the states of one neuron, or of one synapse, by a step."""
    return of_expressions(dynamics.moves) + Work(value=float(len(dynamics.states)), draw=float(len(dynamics.normals)))


def of_neuron(node: PopulationNode, training: bool) -> Work:
    """What it takes to step one neuron, without what arrives at it."""
    dynamics = node.dynamics if training or node.in_evaluation is None else node.in_evaluation
    always = [node.condition, *(e.condition for e in node.events), *(v for _, v in node.drive), *(a.value for a in node.arrivals)]
    # What a spike does is calculated for everyone and then chosen; but nobody draws who does not spike.
    chosen = of_expressions(a.value for a in node.changes).value + len(node.changes) * IN_REGISTERS
    kept = (3.0 if node.refractory_steps is not None else 0.0) + (1.0 if node.condition is not None else 0.0)
    return of_dynamics(dynamics) + of_expressions(always) + Work(value=chosen + kept)


def operators_of(expressions: Iterable[Expression | None]) -> int:
    """How many operators of torch calculate expressions, one after the other."""
    return sum(max(1, len(call.arguments) - 1) for e in expressions if e is not None for call in applications(e))
