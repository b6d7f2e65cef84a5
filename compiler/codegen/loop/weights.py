"""The new values of touched weights: rows of sources and columns of targets that spiked, each weight bounded and moved once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.loop.rules import Matrix, reduced_side_name, rule_leaf, sums_name, sums_type, takes_side, write_sum
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule, Term
from inferno.grammar.expression import ONE

FEW = 8
"""Touched columns of which each is worth a visit of its own; what more of them add to a row is gathered for the whole row."""
NOTHING = "T(0)"


def moved_anyway(edge: ProjectionEdge) -> str:
    """When weights are moved though nothing has happened, as a condition; empty for never.

    The first step brings initial weights within their bounds; where each step normalizes them, every one does.
    """
    clamped = any(b is not None and b.kind == "clamp" for b in (edge.lower, edge.upper))
    if clamped and edge.normalize is not None and edge.normalize[2] == "step":
        return "true"
    return "t == 0" if clamped or edge.without_diagonal else ""


def write_rows(loop: Loop, matrix: Matrix) -> None:
    """Write the new weights of touched rows: the sums of terms on `pre` are made here, touched columns add to them or are gathered."""
    targets, terms = matrix.post.size, matrix.rule.terms
    gathered = {n: loop.names.of(f"{matrix.edge.name}.gathered {n}") for n, t in enumerate(terms) if t.event == "post"}
    for buffer in gathered.values():
        loop.prepare(f"std::vector<T> {buffer}({targets}, T(0));")
    with loop.block(f"for (size_t slot = 0; slot < {matrix.rows}.count(); ++slot)"):
        loop.write(f"const int64_t row = {matrix.rows}.members[slot];")
        loop.write(f"T* __restrict const w = {matrix.weight} + row * {targets};")
        changes = {n: _write_change(loop, matrix, n, t) for n, t in enumerate(terms) if t.event == "pre"}
        if not gathered:
            _write_row(loop, matrix, changes)
            return
        if not changes:
            _write_gathered(loop, matrix, gathered, changes)
        else:
            with loop.block(f"if ({matrix.columns}.count() <= {FEW})"):
                _write_few(loop, matrix, changes, gathered)
            with loop.block("else"):
                _write_gathered(loop, matrix, gathered, changes)
    for buffer in gathered.values():
        loop.write(f"for (const int32_t n : {matrix.columns}.members) {buffer}[n] = T(0);")


def _write_change(loop: Loop, matrix: Matrix, number: int, term: Term) -> str:
    """Write what a term on `pre` adds to the row of `slot`; its text for target `n`.

    A row whose source spiked in one sample takes that sample's side as it is.
    """
    name, targets, kind = loop.names.of, matrix.post.size, sums_type(term)
    buffer = sums_name(loop, matrix, number)
    loop.prepare(f"std::vector<{kind}> {buffer}({targets});")
    shared = takes_side(term)
    if shared:
        change = name(f"{matrix.edge.name}.change of {number}")
        loop.write(f"const T* {change} = {buffer}.data();")
        side = f"{reduced_side_name(loop, matrix, number)}.data() + {matrix.rows}.samples[{matrix.rows}.first[slot]] * {targets}"
        alone = f"{matrix.rows}.first[slot] >= 0 && {matrix.rows}.first[slot] == {matrix.rows}.last[slot]"
        loop.write(f"if ({alone}) {change} = {side};")
    with loop.block("else" if shared else ""):
        loop.write(f"{kind}* __restrict const sums = {buffer}.data();")
        loop.write(f"std::fill(sums, sums + {targets}, 0);")
        write_sum(loop, matrix, number, term)
        if shared and matrix.rule.reduction == "mean":
            loop.write(f"for (int64_t n = 0; n < {targets}; ++n) sums[n] = sums[n] / T(batch);")
    return f"{change}[n]" if shared else reduced(matrix.rule, f"{buffer}[n]")


def _write_gathered(loop: Loop, matrix: Matrix, gathered: Mapping[int, str], changes: Mapping[int, str]) -> None:
    """Write a row's new weights with what touched columns add to it."""
    for number, buffer in gathered.items():
        loop.write(
            f"for (size_t k = 0; k < {matrix.columns}.count(); ++k) "
            f"{buffer}[{matrix.columns}.members[k]] = {sums_name(loop, matrix, number)}[k * {matrix.pre.size} + row];"
        )
    _write_row(loop, matrix, dict(changes) | {n: f"{buffer}[n]" for n, buffer in gathered.items()})


def _write_few(loop: Loop, matrix: Matrix, changes: Mapping[int, str], added: Iterable[int]) -> None:
    """Write a row's new weights as if no column was touched, and then those of the few that are.

    Values that were just stored one by one could not be loaded as a vector without waiting for them.
    """
    columns, sums = matrix.columns, {n: f"T({sums_name(loop, matrix, n)}[k * {matrix.pre.size} + row])" for n in added}
    kept = loop.names.of(f"{matrix.edge.name} weights of few")
    loop.write(f"T {kept}[{FEW}];")
    loop.write(f"for (size_t k = 0; k < {columns}.count(); ++k) {kept}[k] = w[{columns}.members[k]];")
    _write_row(loop, matrix, dict(changes) | dict.fromkeys(added, NOTHING))
    with loop.block(f"for (size_t k = 0; k < {columns}.count(); ++k)"):
        loop.write(f"const int64_t n = {columns}.members[k];")
        write_moved(loop, matrix.edge, matrix.rule, dict(changes) | sums, "w[n]", "row == n", before=f"{kept}[k]")


def _write_row(loop: Loop, matrix: Matrix, sums: Mapping[int, str]) -> None:
    loop.write("#pragma GCC ivdep")
    with loop.block(f"for (int64_t n = 0; n < {matrix.post.size}; ++n)"):
        write_moved(loop, matrix.edge, matrix.rule, sums, "w[n]", "row == n")


def write_columns(loop: Loop, matrix: Matrix) -> None:
    """Write the new weights of touched columns in rows that are not touched."""
    targets = matrix.post.size
    with loop.block(f"for (size_t slot = 0; slot < {matrix.columns}.count(); ++slot)"):
        loop.write(f"const int64_t column = {matrix.columns}.members[slot];")
        loop.write(f"const int32_t* __restrict const touched = {matrix.rows}.slots.data();")
        loop.write("#pragma GCC ivdep")
        with loop.block(f"for (int64_t n = 0; n < {matrix.pre.size}; ++n)"):
            loop.write(f"T& w = {matrix.weight}[n * {targets} + column];")
            sums = {
                n: NOTHING if t.event == "pre" else f"T({sums_name(loop, matrix, n)}[slot * {matrix.pre.size} + n])"
                for n, t in enumerate(matrix.rule.terms)
            }
            write_moved(loop, matrix.edge, matrix.rule, sums, "w", "n == column", unless="touched[n] >= 0")


def reduced(rule: Rule, total: str) -> str:
    """The text of a sum over the batch as a change: rounded, and a mean if the rule takes that."""
    return f"T({total})" + (" / T(batch)" if rule.reduction == "mean" else "")


def write_moved(
    loop: Loop, edge: ProjectionEdge, rule: Rule, sums: Mapping[int, str], target: str, diagonal: str, known: Leaf | None = None,
    unless: str = "", before: str = "",
) -> None:  # fmt: skip
    """Write a weight's new value from the reduced sums of the terms; it stays where `unless` holds, and was `before` if not the target."""
    loop.write(f"const T before = {before or target};")
    leaf = known or rule_leaf(loop, edge, rule, "", "before")
    contributions = []
    numbered = list(enumerate(rule.terms))
    for statement, terms in groupby(numbered, lambda t: t[1].statement):
        parts = [_factored(term, sums[number], leaf) for number, term in terms]
        parts = [part for part in parts if part != NOTHING]
        if parts:
            contributions.append(f"change_{statement}")
            loop.write(f"const T change_{statement} = {' + '.join(parts)};")
    write_bounded(loop, edge, bounded(loop, edge, contributions), target, diagonal, unless)


def write_bounded(loop: Loop, edge: ProjectionEdge, text: str, target: str, diagonal: str, unless: str = "") -> None:
    """Write a weight's new value within its bounds, from the text of where it has moved."""
    loop.write(f"const T moved = {text};")
    limited = "moved"
    for side, bound, relation in (("lower", edge.lower, "<"), ("upper", edge.upper, ">")):
        if bound is not None and bound.kind == "clamp":
            limit = loop.constant(f"{edge.name}.{side} limit")
            loop.write(f"const T within_{side} = {limited} {relation} {limit} ? {limit} : {limited};")
            limited = f"within_{side}"
    if edge.without_diagonal:
        limited = f"({diagonal} ? {limited} * T(0) : {limited})"
    loop.write(f"{target} = {f'{unless} ? before : {limited}' if unless else limited};")


def _factored(term: Term, reduced: str, leaf: Leaf) -> str:
    """The text of a term's contribution from its sum over the batch."""
    return reduced if term.synapse == ONE or not term.separable else f"{cpp(term.synapse, leaf)} * ({reduced})"


def bounded(loop: Loop, edge: ProjectionEdge, contributions: list[str]) -> str:
    """The text of `before` with its contributions, potentiation and depression scaled by their soft bounds."""
    if not contributions or all(bound is None or bound.kind == "clamp" for bound in (edge.upper, edge.lower)):
        return " + ".join(["before", *contributions])
    zero = loop.names.of("zero")
    loop.prepare(f"const T {zero} = unknown_zero<T>();")
    up = " + ".join(f"positive({c}, {zero})" for c in contributions)
    down = " + ".join(f"negative({c}, {zero})" for c in contributions)
    return f"before + {_scaled(loop, edge, up, 'upper')} + {_scaled(loop, edge, down, 'lower')}"


def _scaled(loop: Loop, edge: ProjectionEdge, change: str, side: str) -> str:
    """What a bound lets through of a change towards it."""
    bound = edge.upper if side == "upper" else edge.lower
    if bound is None or bound.kind == "clamp":
        return f"({change})"
    limit = loop.constant(f"{edge.name}.{side} limit")
    room = f"({limit} - before)" if side == "upper" else f"(before - {limit})"
    if bound.kind == "power":
        return f"({change}) * std::pow(positive({room}, {loop.names.of('zero')}), {loop.constant(f'{edge.name}.{side} exponent')})"
    return f"({change}) * {room}" if bound.kind == "multiplicative" else f"({change}) * T({room} > 0)"
