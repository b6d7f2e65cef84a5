"""What a projection learns in one step: of a matrix only the rows and columns of neurons that spiked are touched.

A statement's contribution to a weight is the sum of its terms, each the sum over the batch of (source side) * (target side) where its
event happened.  Terms on `pre` fill rows, terms on `post` columns; then every touched weight is bounded and moved once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.projections import Source
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, Term, TraceUse
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


def write_traces(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, done: set[str]) -> None:
    """Write the traces that a rule reads and that no projection before it has written."""
    assert edge.rule is not None
    for use in edge.rule.traces:
        if use.key not in done:
            done.add(use.key)
            _write_trace(loop, use, pre if use.side == "pre" else post)


def _write_trace(loop: Loop, use: TraceUse, source: Source) -> None:
    trace, before = loop.variable(use.key), _before(loop, use)
    loop.prepare(f"std::vector<T> {before}(batch * {source.size});")
    decay = loop.constant(use.key + " decay")
    with loop.block(f"for (int64_t i = 0; i < batch * {source.size}; ++i)"):
        loop.write(f"const T decayed = {decay} * {trace}[i];")
        loop.write(f"{before}[i] = decayed;")
        loop.write(f"{trace}[i] = {f'{source.pointer}[i] ? T(1) : decayed' if use.nearest else f'decayed + T({source.pointer}[i])'};")


def _before(loop: Loop, use: TraceUse) -> str:
    return loop.names.of(f"{use.key} before")


def write_learning(loop: Loop, edge: ProjectionEdge, pre: Source, post: Source, weight: str) -> None:
    """Write the change of a projection's weights in this step."""
    assert edge.rule is not None
    loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text} learns by {edge.rule.model}")
    if edge.kernel == "vector":
        _write_vector(loop, edge, edge.rule, pre, post, weight)
        return
    name = loop.names.of
    matrix = Matrix(edge, edge.rule, pre, post, weight, name(f"{edge.name}.rows"), name(f"{edge.name}.columns"))
    loop.prepare(f"Touched {matrix.rows}({pre.size}), {matrix.columns}({post.size});")
    loop.write(f"{matrix.rows}.clear();")
    loop.write(f"{matrix.columns}.clear();")
    events = {t.event for t in edge.rule.terms}
    if "pre" in events:
        loop.write(f"{matrix.rows}.add({pre.events});")
    if "post" in events:
        loop.write(f"{matrix.columns}.add({post.events});")
    if _is_bounded(edge):
        loop.write(f"if (t == 0) {matrix.rows}.add_all();")
    for number, term in enumerate(edge.rule.terms):
        _write_term(loop, matrix, number, term)
    _write_rows(loop, matrix)
    _write_columns(loop, matrix)
    if edge.normalize is not None and edge.normalize[2] == "step":
        over_sources = "true" if edge.normalize[1] == "pre" else "false"
        loop.write(f"normalize({weight}, {pre.size}, {post.size}, {edge.normalize[0]!r}, {over_sources});")


def _is_bounded(edge: ProjectionEdge) -> bool:
    """Whether a weight may be moved though nothing has happened: the first step brings initial weights within their bounds."""
    return edge.without_diagonal or any(b is not None and b[0] == "clamp" for b in (edge.lower, edge.upper))


# ---- terms --------------------------------------------------------------------------------------


def _buffer(loop: Loop, matrix: Matrix, number: int) -> str:
    return loop.names.of(f"{matrix.edge.name}.sum {number}")


def _write_term(loop: Loop, matrix: Matrix, number: int, term: Term) -> None:
    """Write the sums of a term over the batch: a row of them for each touched source, or a column for each touched target."""
    buffer, is_pre = _buffer(loop, matrix, number), term.event == "pre"
    own, other = (matrix.pre, matrix.post) if is_pre else (matrix.post, matrix.pre)
    slots = matrix.rows if is_pre else matrix.columns
    inner, outer = (term.post, term.pre) if is_pre else (term.pre, term.post)
    loop.prepare(f"std::vector<T> {buffer};")
    loop.write(f"{buffer}.assign({slots}.count() * {other.size}, T(0));")
    if not term.separable:
        _write_whole_term(loop, matrix, term, own, other, buffer, slots)
        return
    values = loop.names.of(f"{matrix.edge.name}.side {number}")
    with loop.block("for (int64_t b = 0; b < batch; ++b)"):
        loop.write(f"if (!{own.events}.count(b)) continue;")
        if inner != ONE:
            loop.prepare(f"std::vector<T> {values}({other.size});")
            leaf = _leaf(loop, matrix.edge, matrix.rule, f"b * {other.size} + n", "")
            loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) {values}[n] = {cpp(inner, leaf)};")
        with loop.block(f"for (const int32_t* e = {own.events}.begin(b); e != {own.events}.end(b); ++e)"):
            loop.write(f"T* __restrict const sums = {buffer}.data() + {slots}.slots[*e] * int64_t({other.size});")
            leaf = _leaf(loop, matrix.edge, matrix.rule, f"b * {own.size} + *e", "")
            loop.write(f"const T scale = {cpp(outer, leaf) if outer != ONE else 'T(1)'};")
            product = f"scale * {values}[n]" if inner != ONE else "scale"
            loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += {product};")


def _write_whole_term(loop: Loop, matrix: Matrix, term: Term, own: Source, other: Source, buffer: str, slots: str) -> None:
    """Write the sums of a term that is no product: for every synapse of a neuron that spiked."""
    sides = {t.name: t.side for t in matrix.rule.traces}
    row, column = ("*e", "n") if term.event == "pre" else ("n", "*e")
    weight = f"{matrix.weight}[int64_t({row}) * {matrix.post.size} + {column}]"
    pre_leaf = _leaf(loop, matrix.edge, matrix.rule, f"b * {matrix.pre.size} + {row}", weight)
    post_leaf = _leaf(loop, matrix.edge, matrix.rule, f"b * {matrix.post.size} + {column}", weight)

    def leaf(found: Reference | Draw) -> str:
        is_post = isinstance(found, Reference) and sides.get(found.name) == "post" and found.kind in ("trace", "next")
        return post_leaf(found) if is_post else pre_leaf(found)

    with (
        loop.block("for (int64_t b = 0; b < batch; ++b)"),
        loop.block(f"for (const int32_t* e = {own.events}.begin(b); e != {own.events}.end(b); ++e)"),
    ):
        loop.write(f"T* __restrict const sums = {buffer}.data() + {slots}.slots[*e] * int64_t({other.size});")
        loop.write(f"for (int64_t n = 0; n < {other.size}; ++n) sums[n] += {cpp(term.synapse, leaf)};")


def _leaf(loop: Loop, edge: ProjectionEdge, rule: Rule, at: str, weight: str) -> Leaf:
    uses = {t.name: t for t in rule.traces}

    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind in ("trace", "next"):
            use = uses[leaf.name]
            return f"{loop.variable(use.key) if leaf.kind == 'next' else _before(loop, use)}[{at}]"
        return weight if leaf.kind == "weight" else loop.constant(f"{edge.name}.{leaf.name}")

    return text


# ---- touched weights ----------------------------------------------------------------------------


def _write_rows(loop: Loop, matrix: Matrix) -> None:
    """Write the new weights of touched rows; what touched columns add to a row is gathered first."""
    edge, targets = matrix.edge, matrix.post.size
    gathered = {n: loop.names.of(f"{edge.name}.gathered {n}") for n, t in enumerate(matrix.rule.terms) if t.event == "post"}
    for buffer in gathered.values():
        loop.prepare(f"std::vector<T> {buffer}({targets}, T(0));")
    with loop.block(f"for (size_t slot = 0; slot < {matrix.rows}.count(); ++slot)"):
        loop.write(f"const int64_t row = {matrix.rows}.members[slot];")
        loop.write(f"T* __restrict const w = {matrix.weight} + row * {targets};")
        for number, buffer in gathered.items():
            loop.write(
                f"for (size_t k = 0; k < {matrix.columns}.count(); ++k) "
                f"{buffer}[{matrix.columns}.members[k]] = {_buffer(loop, matrix, number)}[k * {matrix.pre.size} + row];"
            )
        with loop.block(f"for (int64_t n = 0; n < {targets}; ++n)"):
            sums = {
                n: f"{gathered[n]}[n]" if n in gathered else f"{_buffer(loop, matrix, n)}[slot * {targets} + n]"
                for n in range(len(matrix.rule.terms))
            }
            _write_moved(loop, matrix, sums, "w[n]", "row == n")
    for buffer in gathered.values():
        loop.write(f"for (const int32_t n : {matrix.columns}.members) {buffer}[n] = T(0);")


def _write_columns(loop: Loop, matrix: Matrix) -> None:
    """Write the new weights of touched columns in rows that are not touched."""
    targets = matrix.post.size
    with loop.block(f"for (size_t slot = 0; slot < {matrix.columns}.count(); ++slot)"):
        loop.write(f"const int64_t column = {matrix.columns}.members[slot];")
        with loop.block(f"for (int64_t n = 0; n < {matrix.pre.size}; ++n)"):
            loop.write(f"if ({matrix.rows}.slots[n] >= 0) continue;")
            loop.write(f"T& w = {matrix.weight}[n * {targets} + column];")
            sums = {
                n: "T(0)" if t.event == "pre" else f"{_buffer(loop, matrix, n)}[slot * {matrix.pre.size} + n]"
                for n, t in enumerate(matrix.rule.terms)
            }
            _write_moved(loop, matrix, sums, "w", "n == column")


def _write_moved(loop: Loop, matrix: Matrix, sums: dict[int, str], target: str, diagonal: str) -> None:
    """Write a weight's new value from the sums of the terms."""
    edge, rule = matrix.edge, matrix.rule
    loop.write(f"const T before = {target};")
    leaf = _leaf(loop, edge, rule, "", "before")
    contributions = []
    numbered = list(enumerate(rule.terms))
    for statement, terms in groupby(numbered, lambda t: t[1].statement):
        contributions.append(f"change_{statement}")
        parts = [_reduced(rule, term, sums[number], leaf) for number, term in terms]
        loop.write(f"const T change_{statement} = {' + '.join(parts)};")
    text = bounded(loop, edge, contributions)
    loop.write(f"const T moved = {text};")
    limited = "moved"
    for side, bound, relation in (("lower", edge.lower, "<"), ("upper", edge.upper, ">")):
        if bound is not None and bound[0] == "clamp":
            limit = loop.names.of(f"{edge.name}.{side} limit")
            loop.prepare(f"const T {limit} = T({bound[1]!r});")
            loop.write(f"const T within_{side} = {limited} {relation} {limit} ? {limit} : {limited};")
            limited = f"within_{side}"
    if edge.without_diagonal:
        limited = f"{diagonal} ? {limited} * T(0) : {limited}"
    loop.write(f"{target} = {limited};")


def _reduced(rule: Rule, term: Term, summed: str, leaf: Leaf) -> str:
    reduced = f"{summed} / T(batch)" if rule.reduction == "mean" else summed
    return reduced if term.synapse == ONE or not term.separable else f"{cpp(term.synapse, leaf)} * ({reduced})"


def bounded(loop: Loop, edge: ProjectionEdge, contributions: list[str]) -> str:
    """The text of `before` with its contributions, potentiation and depression scaled by their soft bounds."""
    soft = {side: bound for side, bound in (("upper", edge.upper), ("lower", edge.lower)) if bound is not None and bound[0] != "clamp"}
    if not soft:
        return " + ".join(["before", *contributions])
    up = " + ".join(f"positive({c})" for c in contributions)
    down = " + ".join(f"negative({c})" for c in contributions)
    return f"before + {_scaled(up, soft.get('upper'), True)} + {_scaled(down, soft.get('lower'), False)}"


def _scaled(change: str, bound: tuple[str, float] | None, is_upper: bool) -> str:
    if bound is None:
        return f"({change})"
    kind, limit = bound
    if kind == "multiplicative":
        return f"({change}) * {f'(T({limit!r}) - before)' if is_upper else f'(before - T({limit!r}))'}"
    return f"({change}) * T(before {'<' if is_upper else '>'} T({limit!r}))"


# ---- one to one ---------------------------------------------------------------------------------


def _write_vector(loop: Loop, edge: ProjectionEdge, rule: Rule, pre: Source, post: Source, weight: str) -> None:
    """Write the new weights of a one-to-one projection, element by element."""
    matrix = Matrix(edge, rule, pre, post, weight, "", "")
    with loop.block(f"for (int64_t n = 0; n < {post.size}; ++n)"):
        sums = {}
        for number, term in enumerate(rule.terms):
            sums[number] = f"sum_{number}"
            loop.write(f"T sum_{number} = 0;")
            leaf = _leaf(loop, edge, rule, f"b * {post.size} + n", "")
            event = (pre if term.event == "pre" else post).pointer
            product = " * ".join(cpp(e, leaf) for e in (term.pre, term.post) if e != ONE) or "T(1)"
            loop.write(f"for (int64_t b = 0; b < batch; ++b) if (({event})[b * {post.size} + n]) sum_{number} += {product};")
        _write_moved(loop, matrix, sums, f"{weight}[n]", "false")


def unsupported(edge: ProjectionEdge) -> str:
    """Why a rule can't be part of a loop, or nothing."""
    if edge.rule is None:
        return ""
    if edge.kernel == "vector" and any(not t.separable for t in edge.rule.terms):
        return f"the one-to-one rule of {edge.name} is no product of a source side and a target side"
    if edge.kernel == "vector" and edge.normalize is not None and edge.normalize[2] == "step":
        return f"the weights of {edge.name} are one to one and normalized at each step"
    if edge.source_kind == "real":
        return f"the rule of {edge.name} has a source that does not spike"
    return ""
