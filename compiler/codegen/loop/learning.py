"""What a projection learns in one step: of a matrix only the rows and columns of neurons that spiked are touched.

A statement's contribution to a weight is the sum of its terms, each the sum over the batch of (source side) * (target side) where its
event happened.  Terms on `pre` fill rows, terms on `post` columns; then every touched weight is bounded and moved once.
"""

from __future__ import annotations

from inferno.compiler.codegen.cpp.expressions import cpp
from inferno.compiler.codegen.loop.between import write_between
from inferno.compiler.codegen.loop.layout import layout_of
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.rules import Matrix, reduced_side_name, rule_leaf, side_name, sums_name, sums_type, takes_side, write_sum
from inferno.compiler.codegen.loop.synapses import write_events, write_normalized
from inferno.compiler.codegen.loop.weights import moved_anyway, write_columns, write_rows
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, Term
from inferno.grammar.expression import ONE


def write_learning(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, weight: str) -> None:
    """Write the change of a projection's weights in this step, and of what its synapses remember."""
    assert edge.rule is not None
    loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text} learns by {edge.rule.model}")
    layout = layout_of(loop, edge, edge.rule, pre.size, post.size)
    write_between(loop, layout, weight)
    if edge.kernel == "matrix" and not edge.rule.states and not edge.rule.differing:
        if edge.rule.terms:
            _write_matrix(loop, edge, edge.rule, pre, post, weight)
    elif edge.rule.terms or edge.rule.state_changes:
        write_events(loop, layout, pre, post, weight)
    write_normalized(loop, edge, layout, pre, post, weight)


def _write_matrix(loop: Loop, edge: ProjectionEdge, rule: Rule, pre: Source, post: Source, weight: str) -> None:
    """Write the new weights of the rows and columns of a matrix whose changes are products of two sides, or need no states."""
    name = loop.names.of
    matrix = Matrix(edge, rule, pre, post, weight, name(f"{edge.name} rows"), name(f"{edge.name} columns"))
    loop.prepare(f"Touched {matrix.rows}({pre.size}), {matrix.columns}({post.size});")
    loop.write(f"{matrix.rows}.clear();")
    loop.write(f"{matrix.columns}.clear();")
    events = {t.event for t in rule.terms}
    if "pre" in events:
        loop.write(f"{matrix.rows}.add({pre.events}, batch);")
    if "post" in events:
        loop.write(f"{matrix.columns}.add({post.events}, batch);")
    if moved_anyway(edge):
        loop.write(f"if ({moved_anyway(edge)}) {matrix.rows}.add_all();")
    for number, term in enumerate(rule.terms):
        _write_term(loop, matrix, number, term)
    write_rows(loop, matrix)
    write_columns(loop, matrix)


# ---- terms --------------------------------------------------------------------------------------


def _write_term(loop: Loop, matrix: Matrix, number: int, term: Term) -> None:
    """Write what a term needs before the weights are moved: its inner side for every sample, and the sums of touched columns."""
    other = matrix.post if term.event == "pre" else matrix.pre
    inner = term.post if term.event == "pre" else term.pre
    if term.separable and inner != ONE:
        values = side_name(loop, matrix, number)
        loop.prepare(f"std::vector<T> {values}(batch * {other.size});")
        events = matrix.pre.events if term.event == "pre" else matrix.post.events
        with loop.block("for (int64_t b = 0; b < batch; ++b)"):
            loop.write(f"if (!{events}.count(b)) continue;")
            leaf = rule_leaf(loop, matrix.edge, matrix.rule, f"b * {other.size} + n", "")
            loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) {values}[b * {other.size} + n] = {cpp(inner, leaf)};")
            alone = reduced_side_name(loop, matrix, number)
            if takes_side(term) and alone != values:
                loop.prepare(f"std::vector<T> {alone}(batch * {other.size});")
                place = f"b * {other.size} + n"
                loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) {alone}[{place}] = {values}[{place}] / T(batch);")
    if term.event == "post":
        _write_columns_of(loop, matrix, number, term)


def _write_columns_of(loop: Loop, matrix: Matrix, number: int, term: Term) -> None:
    """Write the sums of a term on `post` over the batch, reduced: a column of them for each touched target."""
    buffer, count = sums_name(loop, matrix, number), matrix.pre.size
    kind = sums_type(term)
    loop.prepare(f"std::vector<{kind}> {buffer};")
    loop.write(f"{buffer}.assign({matrix.columns}.count() * {count}, 0);")
    with loop.block(f"for (size_t slot = 0; slot < {matrix.columns}.count(); ++slot)"):
        loop.write(f"{kind}* __restrict const sums = {buffer}.data() + slot * {count};")
        write_sum(loop, matrix, number, term)
        if matrix.rule.reduction == "mean":
            loop.write(f"for (int64_t n = 0; n < {count}; ++n) sums[n] = T(sums[n]) / T(batch);")
