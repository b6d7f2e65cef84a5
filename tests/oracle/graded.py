"""What random projections of values say in `.snn`."""

from __future__ import annotations

import random

from oracle.models import Made, Port


def projection(
    chance: random.Random, name: str, value: str, target: str, sizes: tuple[int, int], port: Port, *, needs_delay: bool, recurrent: bool,
    dt: float,
) -> Made:  # fmt: skip
    """The lines of a projection of a state without unit, as `initial`, and of its synapse, if it has one."""
    same = sizes[0] == sizes[1]
    connects = ["dense", "dense", "random(0.5)", "fixed_in(1)"]
    connects += (["one_to_one"] if same else []) + (["dense - diagonal"] if recurrent else [])
    unit = "" if port.unit == "1" else f" {port.unit}"
    scale = chance.uniform(0.05, 0.4) * port.scale / (5 * sizes[0])
    weight = chance.choice([f"{scale:.4g}{unit}", f"normal(0{unit}, {scale:.4g}{unit})", f"uniform({-scale:.4g}{unit}, {scale:.4g}{unit})"])
    definition: list[str] = []
    lines = [f"projection {name}: {value} -> {target}:", f"    connect = {chance.choice(connects)}"]
    if chance.random() < 0.3:
        called = f"{name.capitalize()}Filter"
        definition = [
            f"synapse {called}:", f"    input arriving : {port.unit}", f"    state s : {port.unit} = 0{unit}",
            "    4 ms * s' = arriving - s", f"    output g : {port.unit} = s + 0.25*arriving",
        ]  # fmt: skip
        lines.append(f"    synapse = {called}()")
    lines.append(f"    weight = {weight}")
    delay = chance.choice([1, 1, 2, 4] if needs_delay else [0, 0, 1, 3])
    if chance.random() < 0.25:
        lines.append(f"    delay = uniform({max(delay, int(needs_delay)) * dt} ms, {(delay + 2) * dt} ms)")
    elif delay:
        lines.append(f"    delay = {delay} dt")
    if definition:
        definition += chance.choice([[], ["    solve euler"], ["    solve rk4 substeps 2"], ["    solve exponential_euler"]])
    return Made("", definition=definition, initial=lines)
