"""The passes in their order; each is a function from a graph to a graph, verified between."""

from __future__ import annotations

from collections.abc import Callable

from inferno.compiler.graph import Graph
from inferno.compiler.passes.drop_dead import drop_dead
from inferno.compiler.passes.factor_rules import factor_rules
from inferno.compiler.passes.fold_constants import fold_constants
from inferno.compiler.passes.integrate import integrate
from inferno.compiler.passes.place_delays import place_delays
from inferno.compiler.passes.schedule import schedule
from inferno.compiler.passes.select_kernels import select_kernels
from inferno.compiler.passes.share_traces import share_traces
from inferno.compiler.report import Report

Pass = Callable[[Graph, Report], Graph]

PASSES: tuple[Pass, ...] = (
    drop_dead,  # first, so that no later pass works on what nobody reads
    fold_constants,  # before integrate, which wants coefficients to be constants
    integrate,
    factor_rules,  # needs folded constants to tell what depends on which side
    share_traces,
    select_kernels,  # after factor_rules: only a projection without a rule has a constant weight
    place_delays,
    schedule,  # last: it orders what the others left
)
