"""What random projections say in `.snn`: synapses, weights, plasticity rules with their bounds, connectivity."""

from __future__ import annotations

import random

from oracle.models import Made, Port, number, quantity


def synapse(chance: random.Random, name: str, port: Port) -> Made:
    """A synapse for a port, or none; `scale` and `unit` are those of the weight."""
    if port.receptor:
        return Made("", unit="", scale=port.scale)
    kind = chance.choice(["none", "delta", "filter", "rise", "saturating"])
    if kind == "none":
        return Made("", unit="pC" if port.unit == "nA" else "ms", scale=port.scale)
    if port.unit == "nA":
        if kind == "delta":
            return Made(
                f"Delta(q = {_of_elements(chance, chance.uniform(0.8, 3), 'pC')})",
                imports={("std.synapses", "Delta")},
                scale=port.scale / 2,
                unit="",
            )
        return _own_synapse(chance, name, kind, port, "nA", "nA")
    return _own_synapse(chance, name, kind, port, "1", "")


def _own_synapse(chance: random.Random, name: str, kind: str, port: Port, unit: str, weight_unit: str) -> Made:
    tau = chance.uniform(1.5, 8)
    lines = [f"synapse {name}:", f"    param tau = {tau:.4g} ms", f"    input impulse : {unit}"]
    start = f" : {unit} = 0" if unit == "1" else f" : {unit} = 0 {unit}"
    one = "1" if unit == "1" else f"1 {unit}"
    if kind == "filter":
        one = "1" if unit == "1" else f"1 {unit}"
        noise = chance.choice(["", "", f" + 0.05*({one})*sqrt(tau)*xi"])
        lines += [f"    state s{start}", f"    tau * s' = -s{noise}", "    on pre: s += impulse", f"    output out : {unit} = s"]
    elif kind == "rise":
        lines += [
            f"    state s{start}",
            f"    state r{start}",
            "    tau * s' = r - s",
            f"    {number(chance, 1, 6)} ms * r' = -r",
            "    on pre:",
            f"        r += (2 - 0.2*r/({one}))*impulse",
            f"        s += 0.1*r/({one})*impulse",
            f"    output out : {unit} = s",
        ]
    elif kind == "delta":
        lines += [f"    output out : {unit} = impulse * tau / (1 dt)"]
    else:
        lines += [
            f"    state s{start}",
            f"    tau * s' = -s/(1 + abs(s)/({one})) + 0.1*impulse",
            "    on pre:",
            "        s += impulse",
            f"    output out : {unit} = 0.9*s + 0.1*impulse",
        ]
    given = f"(tau = {_of_elements(chance, tau, 'ms')})" if chance.random() < 0.3 else ""
    return Made(name + given, lines, scale=port.scale / tau, unit=weight_unit)


def _of_elements(chance: random.Random, value: float, unit: str) -> str:
    """A positive value of a synapse or rule, perhaps drawn, perhaps with what the projection shares (`shared`)."""
    plain = quantity(value, unit)
    if chance.random() < 0.7:
        return plain
    return chance.choice(
        [
            f"uniform({plain}, {quantity(1.3 * value, unit)})",
            f"lognormal({plain}, 0.2)",
            f"{plain} * shared",
            f"{plain} * (0.7 + 0.3*shared)",
        ]
    )


def weight(chance: random.Random, scale: float, unit: str) -> str:
    """A weight around a scale: constant or random."""
    low, high = sorted((scale * 0.3, scale * 1.2))
    return chance.choice(
        [
            quantity(scale * chance.uniform(0.5, 1), unit),
            f"uniform({quantity(low, unit)}, {quantity(high, unit)})",
            f"uniform({quantity(low, unit)}, {quantity(high, unit)})",
            f"normal({quantity(scale * 0.8, unit)}, {quantity(abs(scale) * 0.3, unit)})"
            f" | clip({quantity(low, unit)}, {quantity(high, unit)})",
            f"{'-' if scale < 0 else ''}lognormal({quantity(abs(scale) * 0.6, unit)}, 0.3)",
            f"{'-' if scale < 0 else ''}exponential({quantity(abs(scale) * 0.6, unit)})",
            f"{'-' if scale < 0 else ''}gamma(shape = 3, scale = {quantity(abs(scale) * 0.2, unit)})",
            f"{quantity(scale * 1.4, unit)} * beta(2, 3)",
        ]
    )


def plasticity(chance: random.Random, name: str, scale: float) -> Made:
    """A learning rule whose changes are a tenth or so of the weight's scale."""
    taus = f"tau_pre = {number(chance, 5, 30)} ms, tau_post = {number(chance, 5, 30)} ms"
    drawn = ", ".join(f"tau_{side} = {_of_elements(chance, chance.uniform(5, 30), 'ms')}" for side in ("pre", "post"))
    if chance.random() < 0.35:
        rate = _of_elements(chance, scale * chance.uniform(0.02, 0.2), "")
        given = f"lr_post = {rate}, lr_pre = {-scale * chance.uniform(0.01, 0.1):.3g}"
        taus = chance.choice([taus, drawn])
        return Made(f"STDP({given}, {taus})", imports={("std.plasticity", "STDP")})
    nearest = [chance.choice(["", ", nearest"]) for _ in range(3)]
    lines = [
        f"plasticity {name}:",
        f"    param lr = {scale * 0.1:.3g}, rate = {number(chance, 0.01, 0.1)}, {taus}",
        f"    trace x = pre(tau_pre{nearest[0]}), y = post(tau_post{nearest[1]})",
        f"    trace slow = post({number(chance, 20, 90)} ms{nearest[2]})",
        "    let push = lr * next(x)",
    ]
    posts = [
        "w += push",
        "w += lr*x - rate*w",
        "w += lr * x * (0.5 + slow)",
        "w += lr * next(x) * next(slow)",
        "w += lr*(next(x) - 0.4)",
        "w += lr*exp(-0.1*abs(w/lr))*x",
    ]
    pres = [
        "w -= lr*next(y)",
        "w -= rate*w*y",
        "w -= lr*y - 0.1*lr",
        "w += lr*0.1 - rate*y*w",
        "w -= 0.5*lr*(y if y < 0.5 else 0.5)",
        "w += 0.3*lr*(0.2 - slow)",
        "w -= lr * slow * next(y)",
    ]
    lines.append(f"    on post: {chance.choice(posts)}")
    lines.append(f"    on pre: {chance.choice(pres)}")
    if chance.random() < 0.3:
        lines += ["    on post:", f"        {chance.choice(posts)}", f"        {chance.choice(pres)}"]
    if chance.random() < 0.25:
        condition = chance.choice(["x > 0.4", "slow < 0.5", "x > y", "not (w > lr) and y > 0.1"])
        lines += [f"    on {chance.choice(['pre', 'post'])}:", f"        if {condition}:", f"            {chance.choice(posts)}"]
        lines += ["        else:", f"            {chance.choice(pres)}"] if chance.random() < 0.6 else []
    values = [f"lr = {_of_elements(chance, scale * 0.1, '')}", f"rate = {_of_elements(chance, 0.05, '')}", drawn]
    given = f"({', '.join(chance.sample(values, k=chance.randint(1, 3)))})" if chance.random() < 0.4 else ""
    return Made(name + given, lines)


def bounds(chance: random.Random, scale: float, unit: str) -> list[str]:
    """Settings of a plastic projection: bounds that its first weights keep, and the reduction over the batch."""
    low, high = (0.0, scale * 4) if scale > 0 else (scale * 4, 0.0)
    kinds = ["clamp", "multiplicative", "sharp", "none", "absent"]
    lines = []
    for side, limit in (("lower", low), ("upper", high)):
        kind = chance.choice(kinds)
        if kind != "absent":
            lines.append(f"    {side} = none" if kind == "none" else f"    {side} = {kind}({quantity(limit, unit)})")
    return [*lines, *chance.choice([[], ["    batch = mean"], ["    batch = sum"]])]


def connectivity(chance: random.Random, sources: int, targets: int, recurrent: bool, same_grid: bool) -> str:
    """A connectivity, or two of them joined, that is stored as a list."""
    plain = ["random(0.5)", "random(0.2)", "random(1)", "dense", f"fixed_in({chance.randint(1, sources)})"]
    plain += [f"fixed_out({chance.randint(1, targets)})", f"fixed_total({chance.randint(1, sources * targets)})"]
    rows = ", ".join("[" + ", ".join(chance.choice(["0", "1", "2"]) for _ in range(targets)) + "]" for _ in range(sources))
    plain += [f"matrix([{rows}])"]
    plain += ["gaussian(1)", "gaussian(sigma = 2.5)"] if same_grid else []
    plain += ["one_to_one", f"ring({chance.randint(1, 3)})"] if sources == targets else []
    first = chance.choice(plain)
    if (recurrent or sources == targets) and chance.random() < 0.4:
        return f"{first} - diagonal"
    return f"{first} {chance.choice(['+', '-', '&'])} {chance.choice(plain)}" if chance.random() < 0.4 else first


def places(chance: random.Random, shape: str) -> tuple[int, str]:
    """On how many axes the neurons of a population have places, if they have, and the words that say so."""
    axes, kind = shape.count(",") + 1, chance.random()
    if kind < 0.15:
        return axes, f" at grid({chance.choice([10, 25])} um)"
    if kind < 0.35:
        return axes, " at random(60 um)"
    return (2, " at random(40 um, 80 um)") if kind < 0.45 else (0, "")


def in_space(chance: random.Random, lines: list[str]) -> list[str]:
    """The lines of a projection with a connectivity or weights by distance."""
    if chance.random() < 0.5:
        lines = [f"    connect = gaussian({chance.choice([20, 40])} um)" if "connect =" in line else line for line in lines]
    if chance.random() < 0.5:
        lines = [f"{line} * exp(-distance/(50 um))" if "weight =" in line and "|" not in line else line for line in lines]
    return lines
