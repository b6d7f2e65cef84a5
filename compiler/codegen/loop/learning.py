"""What a projection learns in one step: of a matrix only the rows and columns of neurons that spiked are touched.

A statement's contribution to a weight is the sum of its terms, each the sum over the batch of (source side) * (target side) where its
event happened.  Terms on `pre` fill rows, terms on `post` columns; then every touched weight is bounded and moved once.
"""

from __future__ import annotations

from inferno.compiler.codegen.cpp.expressions import cpp
from inferno.compiler.codegen.loop.lists import write_late_trace, write_list
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.rules import Matrix, before_name, product, rule_leaf, side_name, sums_name, sums_type, write_sum
from inferno.compiler.codegen.loop.weights import moved_anyway, reduced, write_columns, write_moved, write_rows
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, Term, TraceUse
from inferno.compiler.plan import is_list
from inferno.grammar.expression import ONE


def write_traces(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, done: set[str]) -> None:
    """Write the traces that a rule reads and that no projection before it has written."""
    assert edge.rule is not None
    for use in edge.rule.traces:
        if use.key not in done:
            done.add(use.key)
            if use.side == "pre" and edge.delays is not None:
                write_late_trace(loop, edge, use, pre)
            else:
                _write_trace(loop, use, pre if use.side == "pre" else post)


def _write_trace(loop: Loop, use: TraceUse, source: Source) -> None:
    trace, before = loop.variable(use.key), before_name(loop, use)
    loop.prepare(f"std::vector<T> {before}(batch * {source.size});")
    decay = loop.constant(use.key + " decay")
    with loop.block(f"for (int64_t i = 0; i < batch * {source.size}; ++i)"):
        loop.write(f"const T decayed = {decay} * {trace}[i];")
        loop.write(f"{before}[i] = decayed;")
        loop.write(f"{trace}[i] = {f'{source.pointer}[i] ? T(1) : decayed' if use.nearest else f'decayed + T({source.pointer}[i])'};")


def write_learning(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, weight: str) -> None:
    """Write the change of a projection's weights in this step."""
    assert edge.rule is not None
    loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text} learns by {edge.rule.model}")
    if edge.kernel == "vector":
        _write_vector(loop, edge, edge.rule, pre, post, weight)
        return
    if is_list(edge):
        write_list(loop, edge, edge.rule, pre, post, weight)
        return
    name = loop.names.of
    matrix = Matrix(edge, edge.rule, pre, post, weight, name(f"{edge.name}.rows"), name(f"{edge.name}.columns"))
    loop.prepare(f"Touched {matrix.rows}({pre.size}), {matrix.columns}({post.size});")
    loop.write(f"{matrix.rows}.clear();")
    loop.write(f"{matrix.columns}.clear();")
    events = {t.event for t in edge.rule.terms}
    if "pre" in events:
        loop.write(f"{matrix.rows}.add({pre.events}, batch);")
    if "post" in events:
        loop.write(f"{matrix.columns}.add({post.events}, batch);")
    if moved_anyway(edge):
        loop.write(f"if ({moved_anyway(edge)}) {matrix.rows}.add_all();")
    for number, term in enumerate(edge.rule.terms):
        _write_term(loop, matrix, number, term)
    write_rows(loop, matrix)
    write_columns(loop, matrix)
    if edge.normalize is not None and edge.normalize[2] == "step":
        over_sources = "true" if edge.normalize[1] == "pre" else "false"
        loop.write(f"normalize({weight}, {pre.size}, {post.size}, {loop.constant(f'{edge.name}.norm')}, {over_sources});")


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


# ---- one to one ---------------------------------------------------------------------------------


def _write_vector(loop: Loop, edge: ProjectionEdge, rule: Rule, pre: Source, post: Source, weight: str) -> None:
    """Write the new weights of a one-to-one projection, element by element."""
    with loop.block(f"for (int64_t n = 0; n < {post.size}; ++n)"):
        sums = {}
        for number, term in enumerate(rule.terms):
            sums[number] = f"sum_{number}"
            loop.write(f"double total_{number} = 0;")
            leaf = rule_leaf(loop, edge, rule, f"b * {post.size} + n", "")
            event = (pre if term.event == "pre" else post).pointer
            with loop.block(f"for (int64_t b = 0; b < batch; ++b) if (({event})[b * {post.size} + n])"):
                loop.write(f"total_{number} += static_cast<double>({product(term, leaf)});")
            loop.write(f"const T sum_{number} = {reduced(rule, f'total_{number}')};")
        write_moved(loop, edge, rule, sums, f"{weight}[n]", "false")
