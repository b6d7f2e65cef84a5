"""What spikes and events of a population's own do to its states together."""

from __future__ import annotations

from inferno.compiler.nodes import Assign, PopulationNode
from inferno.compiler.ranges import within
from inferno.grammar.expression import ZERO, Expression, Reference, apply


def combined(node: PopulationNode) -> tuple[Assign, ...]:
    """The new value of each state that an event or the spike may change, in every step.

    A plain `=` comes first, and what is added is added to that; the checker let no two blocks set the same state.
    """
    blocks = [("spike", node.assignments), *((e.name, e.assignments) for e in node.events)]
    targets = sorted({a.target for _, block in blocks for a in block})
    return tuple(Assign(target, within(node.dynamics, target, _after(target, blocks)), False) for target in targets)


def _after(target: str, blocks: list[tuple[str, tuple[Assign, ...]]]) -> Expression:
    value: Expression = Reference("state", target)
    added: list[Expression] = []
    for event, block in blocks:
        for assignment in (a for a in block if a.target == target):
            happens = Reference("event", event)
            if assignment.accumulate:
                added.append(apply("where", happens, assignment.value, ZERO))
            else:
                value = apply("where", happens, assignment.value, value)
    return apply("add", value, *added)
