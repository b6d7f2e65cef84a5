"""What the text of a learning projection is made of: its sides, its buffers, and the names of what its rule reads."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.codegen.cpp.expressions import Leaf
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, TraceUse
from inferno.compiler.plan import rule_key
from inferno.grammar.expression import Draw, Reference


@dataclass(frozen=True, slots=True)
class Matrix:
    """A learning projection with what its text needs: sizes, events of both sides, and the names of its buffers."""

    edge: ProjectionEdge
    rule: Rule
    pre: Source
    post: Source
    weight: str
    rows: str
    columns: str


def before_name(loop: Loop, use: TraceUse) -> str:
    """The buffer of a trace's values just before this step's events."""
    return loop.names.of(f"{use.key} before")


def sums_name(loop: Loop, matrix: Matrix, number: int) -> str:
    """The buffer of a term's sums over the batch."""
    return loop.names.of(f"{matrix.edge.name}.sum {number}")


def rule_leaf(loop: Loop, edge: ProjectionEdge, rule: Rule, at: str, weight: str) -> Leaf:
    """Names what a rule's expressions read: traces at an index, the weight, constants."""
    uses = {t.name: t for t in rule.traces}

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind in ("trace", "next"):
            use = uses[leaf.name]
            return f"{loop.variable(use.key) if leaf.kind == 'next' else before_name(loop, use)}[{at}]"
        return weight if leaf.kind == "weight" else loop.constant(rule_key(edge.name, leaf.name))

    return text
