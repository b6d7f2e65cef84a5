"""The loop over a population's neurons, in blocks where that saves exponentials.

`phi1(x) = (exp(x) - 1) / x` of a number near 0 is a short series.  A time step is short beside the time constants of most membranes, so
that nearly all arguments are near 0: a block in which all are calculates no exponential.  A neuron's value is the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from inferno.compiler.codegen.cpp.expressions import NEAR_0, cpp
from inferno.compiler.codegen.loop.populations import constant_leaf, spikes_of, write_states
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import PopulationNode
from inferno.compiler.plan import size
from inferno.grammar.expression import (
    Apply,
    Constant,
    Expression,
    Reference,
    TooLarge,
    applications,
    apply,
    functions,
    leaves,
    references,
    substitute,
)

BLOCK = 256
"""Neurons of a block: few enough for the first cache to hold their states, enough to make a look at all of them cheap."""
CHEAP = frozenset({"add", "multiply", "negate", "divide", "min", "max", "where", "abs"})

WriteNeuron = Callable[[PopulationNode, str], None]
"""Writes the step of neuron `n`, at `i`, of a population; the second is the text of where its spike is noted."""


def write_each(loop: Loop, node: PopulationNode, write: WriteNeuron) -> None:
    """Write the steps of all neurons of sample `b`."""
    count, exponents = size(node.shape), _exponents(node)
    if not exponents:
        with _neurons(loop, count, "0", str(count)):
            write(node, f"{spikes_of(loop, node)}[i]")
        return
    with loop.block(f"for (int64_t low = 0; low < {count}; low += {BLOCK})"):
        loop.write(f"const int64_t high = std::min<int64_t>(low + {BLOCK}, {count});")
        loop.write("int32_t far = 0;")
        with _neurons(loop, count, "low", "high"):
            read = {r.name for e in exponents for r in references(e, "state")}
            leaf = constant_leaf(loop, node, write_states(loop, node, [s for s in node.dynamics.states if s.name in read]))
            for expression in exponents:
                loop.write(f"far |= !is_near_0({cpp(expression, leaf)});")
        # A flag is made of a word afterwards, since the numbers of as many neurons as a vector has flags need many registers.
        loop.write(f"[[maybe_unused]] int32_t fired[{BLOCK}];")
        for head, variant in (("if (far == 0)", _near_0(node)), ("else", node)):
            with loop.block(head), _neurons(loop, count, "low", "high"):
                write(variant, "fired[n - low]")
        if node.condition is not None:
            loop.write(f"for (int64_t n = low; n < high; ++n) {spikes_of(loop, node)}[b * {count} + n] = fired[n - low] != 0;")


@contextmanager
def _neurons(loop: Loop, count: int, low: str, high: str) -> Iterator[None]:
    """A loop over neurons `n`, which are independent of each other."""
    loop.write("#pragma GCC ivdep")
    with loop.block(f"for (int64_t n = {low}; n < {high}; ++n)"):
        loop.write(f"[[maybe_unused]] const int64_t i = b * {count} + n;")
        yield


def _exponents(node: PopulationNode) -> list[Expression]:
    """The arguments of `phi1`, if some change and all are cheap to calculate from states and constants; nothing else."""
    settled = {Reference("state", s.name) for s in node.dynamics.states} - {Reference("state", a.target) for a in node.arrivals}
    fixed = {Reference("parameter", n) for n, value in node.dynamics.parameters if isinstance(value, Constant)}
    fixed |= {Reference("parameter", n) for n, _ in node.dynamics.drawn}
    # What is not cheap stays a name, and so does what would grow too large; an argument that reads such a name is not cheap either.
    known: dict[Reference, Expression] = {}
    for name, expression in node.dynamics.definitions:
        with suppress(TooLarge):
            whole = substitute(expression, known)
            if _is_cheap(whole, settled | fixed):
                known[Reference("local", name)] = whole
    try:
        found = [substitute(a.arguments[0], known) for e in node.dynamics.moves for a in applications(e) if a.function == "phi1"]
    except TooLarge:
        return []
    changing = any(references(e, "state") for e in found)
    return list(dict.fromkeys(found)) if changing and all(_is_cheap(e, settled | fixed) for e in found) else []


def _is_cheap(expression: Expression, known: set[Reference]) -> bool:
    return functions(expression) <= CHEAP and all(
        isinstance(e, Constant) or (isinstance(e, Reference) and (e.kind == "constant" or e in known)) for e in leaves(expression)
    )


def _near_0(node: PopulationNode) -> PopulationNode:
    """A population for neurons whose arguments of `phi1` are all near 0."""
    dynamics = node.dynamics
    definitions = tuple((n, _with_series(e)) for n, e in dynamics.definitions)
    updates = tuple(
        replace(u, free=_with_series(u.free), held=_with_series(u.held) if u.held is not None else None) for u in dynamics.updates
    )
    return replace(node, dynamics=replace(dynamics, definitions=definitions, updates=updates))


def _with_series(expression: Expression) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(_with_series(a) for a in expression.arguments)
    return apply(NEAR_0.get(expression.function, expression.function), *arguments)
