"""What the text of a learning projection is made of: its sides, its buffers, and the names of what its rule reads."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, Term, TraceUse
from inferno.compiler.plan import rule_key
from inferno.grammar.expression import ONE, Draw, Reference


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
    """The buffer of a term's reduced sums over the batch."""
    return loop.names.of(f"{matrix.edge.name}.sum {number}")


def side_name(loop: Loop, matrix: Matrix, number: int) -> str:
    """The buffer of a term's inner side, [batch, neurons]: the one that does not depend on who spiked."""
    return loop.names.of(f"{matrix.edge.name}.side {number}")


def write_sum(loop: Loop, matrix: Matrix, number: int, term: Term) -> None:
    """Write the sum of a term into `sums`, over the samples in which the neuron of `slot` spiked."""
    own, other = (matrix.pre, matrix.post) if term.event == "pre" else (matrix.post, matrix.pre)
    slots = matrix.rows if term.event == "pre" else matrix.columns
    outer, inner = (term.pre, term.post) if term.event == "pre" else (term.post, term.pre)
    loop.write(f"const int64_t neuron = {slots}.members[slot];")
    with loop.block(f"for (int32_t event = {slots}.first[slot]; event >= 0; event = {slots}.next[event])"):
        loop.write(f"const int64_t b = {slots}.samples[event];")
        if not term.separable:
            text = cpp(term.synapse, _whole_leaf(loop, matrix, term))
            loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += {text};")
            return
        leaf = rule_leaf(loop, matrix.edge, matrix.rule, f"b * {own.size} + neuron", "")
        loop.write(f"const T scale = {cpp(outer, leaf) if outer != ONE else 'T(1)'};")
        product = f"scale * {side_name(loop, matrix, number)}[b * {other.size} + n]" if inner != ONE else "scale"
        loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += {product};")


def _whole_leaf(loop: Loop, matrix: Matrix, term: Term) -> Leaf:
    """Names what a term that is no product reads, for the synapse between `neuron` and `n`."""
    sides = {t.name: t.side for t in matrix.rule.traces}
    row, column = ("neuron", "n") if term.event == "pre" else ("n", "neuron")
    weight = f"{matrix.weight}[{row} * {matrix.post.size} + {column}]"
    of_pre = rule_leaf(loop, matrix.edge, matrix.rule, f"b * {matrix.pre.size} + {row}", weight)
    of_post = rule_leaf(loop, matrix.edge, matrix.rule, f"b * {matrix.post.size} + {column}", weight)

    def leaf(found: Reference | Draw) -> str:
        is_post = isinstance(found, Reference) and sides.get(found.name) == "post" and found.kind in ("trace", "next")
        return of_post(found) if is_post else of_pre(found)

    return leaf


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
