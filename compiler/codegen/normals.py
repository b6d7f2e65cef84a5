"""Standard normal numbers that are drawn in every step, for noise in equations."""

from __future__ import annotations

from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import Dynamics
from inferno.grammar.expression import Reference, references


def normals_read(dynamics: Dynamics, training: bool) -> list[str]:
    """The normal numbers that a mode reads: not those of states that stand still in it."""
    moving = [u for u in dynamics.updates if training or not dynamics.state(u.state).train_only]
    expressions = [e for _, e in dynamics.definitions] + [e for u in moving for e in (u.free, u.held) if e is not None]
    read = {r for e in expressions for r in references(e, "normal")}
    return [n for n in dynamics.normals if Reference("normal", n) in read]


def write_normals(function: Function, owner: str, dynamics: Dynamics, training: bool, count: int) -> None:
    """Write the numbers [batch, count] of this step."""
    for normal in normals_read(dynamics, training):
        key = function.constant(f"key {owner}.{normal}")
        drawn = f"draw('normal', {key}, clock['sample'], clock['step'], {count}, dtype=c['dt'].dtype)"
        function.write(f"{function.names.of(f'{owner}.{normal}')} = {drawn}")
