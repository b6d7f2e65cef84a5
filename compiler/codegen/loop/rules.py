"""What the text of a learning projection is made of: its sides, its buffers, and the names of what its rule reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def takes_side(term: Term) -> bool:
    """Whether a term on `pre` adds its inner side as it is for each spike, so that one spike needs no sum."""
    return term.event == "pre" and term.separable and term.pre == ONE and term.post != ONE


def reduced_side_name(loop: Loop, matrix: Matrix, number: int) -> str:
    """The buffer of a term's inner side as it changes weights where no other sample does: divided by the batch, for a mean."""
    return loop.names.of(f"{matrix.edge.name}.side {number} alone") if matrix.rule.reduction == "mean" else side_name(loop, matrix, number)


def write_sum(loop: Loop, matrix: Matrix, number: int, term: Term) -> None:
    """Write the sum of a term into `sums`, over the samples in which the neuron of `slot` spiked."""
    own, other = (matrix.pre, matrix.post) if term.event == "pre" else (matrix.post, matrix.pre)
    slots = matrix.rows if term.event == "pre" else matrix.columns
    outer, inner = (term.pre, term.post) if term.event == "pre" else (term.post, term.pre)
    row, column = ("neuron", "n") if term.event == "pre" else ("n", "neuron")
    loop.write(f"const int64_t neuron = {slots}.members[slot];")
    with loop.block(f"for (int32_t event = {slots}.first[slot]; event >= 0; event = {slots}.next[event])"):
        loop.write(f"const int64_t b = {slots}.samples[event];")
        if not term.separable:
            places = {"pre": f"b * {matrix.pre.size} + {row}", "post": f"b * {matrix.post.size} + {column}"}
            leaf = synapse_leaf(loop, matrix.edge, matrix.rule, places, f"{matrix.weight}[{row} * {matrix.post.size} + {column}]")
            text = cpp(term.synapse, leaf)
            loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += static_cast<double>({text});")
            return
        leaf = rule_leaf(loop, matrix.edge, matrix.rule, f"b * {own.size} + neuron", "")
        loop.write(f"const T scale = {cpp(outer, leaf) if outer != ONE else 'T(1)'};")
        product = f"scale * {side_name(loop, matrix, number)}[b * {other.size} + n]" if inner != ONE else "scale"
        loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += {product};")


def sums_type(term: Term) -> str:
    """The type in which a term is summed over the batch: that of `event_outer` for a product, else float64."""
    return "T" if term.separable else "double"


def modulator_name(loop: Loop, edge: ProjectionEdge, name: str) -> str:
    """The buffer of a modulator's values in this step, [batch, targets]."""
    return loop.names.of(f"{edge.name}.{name} modulator")


def start_name(loop: Loop, use: TraceUse) -> str:
    """The buffer of a trace's values at the start of this step."""
    return loop.names.of(f"{use.key} at start")


def synapse_leaf(
    loop: Loop,
    edge: ProjectionEdge,
    rule: Rule,
    places: Mapping[str, str],
    weight: str,
    own: Mapping[str, str] | None = None,
    before: Callable[[Loop, TraceUse], str] = before_name,
) -> Leaf:
    """Names what a rule's expressions read at a synapse: traces at the `places` of their sides, the weight, constants.

    `own` are the texts of its states and of definitions, `before` the buffer of a trace that is read without `next`.
    """
    uses, known = {t.name: t for t in rule.traces}, own if own is not None else {}

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind in ("trace", "next"):
            use = uses[leaf.name]
            return f"{loop.variable(use.key) if leaf.kind == 'next' else before(loop, use)}[{places[use.side]}]"
        if leaf.kind == "port":
            return f"{modulator_name(loop, edge, leaf.name)}[{places['post']}]"
        if leaf.kind in ("state", "local"):
            return known[leaf.name]
        if leaf.kind == "weight":
            return weight
        key = rule_key(edge.name, leaf.name)
        return f"{loop.array(key)}[{places['synapse']}]" if leaf.name in rule.differing else loop.constant(key)

    return text


def product(term: Term, leaf: Leaf) -> str:
    """The text of what a term adds in one sample, without the factor that is the synapse's."""
    if not term.separable:
        return cpp(term.synapse, leaf)
    return " * ".join(cpp(e, leaf) for e in (term.pre, term.post) if e != ONE) or "T(1)"


def rule_leaf(loop: Loop, edge: ProjectionEdge, rule: Rule, at: str, weight: str) -> Leaf:
    """As `synapse_leaf`, for an expression of one side alone."""
    return synapse_leaf(loop, edge, rule, {"pre": at, "post": at}, weight)
