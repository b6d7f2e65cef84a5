"""Standard normal numbers that are drawn in every step of a loop, for noise in equations."""

from __future__ import annotations

from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.normals import normals_read
from inferno.compiler.nodes import Dynamics


def write_normals(loop: Loop, owner: str, dynamics: Dynamics, training: bool) -> None:
    """Write the normal numbers of neuron `n` of sample `b` in this step."""
    for normal in normals_read(dynamics, training):
        key = loop.constant(f"key {owner}.{normal}", "int64_t")
        drawn = f"T(drawn<Kind::normal>({key}, samples[b], static_cast<uint32_t>(first_step + t), n))"
        loop.write(f"const T {loop.names.of(f'{owner}.{normal}')} = {drawn};")
