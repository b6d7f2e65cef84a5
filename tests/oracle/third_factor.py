"""Random learning rules whose synapses remember something, or that read a third factor."""

from __future__ import annotations

import random

from oracle.models import Made, number


def rule(chance: random.Random, name: str, scale: float, *, modulated: bool) -> Made:
    """A rule with a state of each synapse, perhaps with a modulator `d`; its changes are a tenth or so of the weight's scale."""
    third = "*d" if modulated else ""
    taus = f"tau_pre = {number(chance, 5, 30)} ms, tau_post = {number(chance, 5, 30)} ms"
    if modulated and chance.random() < 0.3:
        kind = chance.choice(["MSTDP", "MSTDPET"])
        size = scale * chance.uniform(0.05, 0.3) * (5 if kind == "MSTDPET" else 1)
        given = f"lr_post = {size:.3g}, lr_pre = {-0.7 * size:.3g}, {taus}"
        return Made(f"{kind}({given})", imports={("std.plasticity", kind)}, states=["reward"])
    nearest = [chance.choice(["", ", nearest"]) for _ in range(2)]
    lines = [
        f"plasticity {name}Memory:",
        f"    param lr = {scale * 0.1:.3g}, rate = {number(chance, 0.01, 0.1)}, {taus}",
        *(["    modulator d"] if modulated else []),
        f"    trace x = pre(tau_pre{nearest[0]}), y = post(tau_post{nearest[1]})",
        f"    state c = {chance.choice(['0', '0.1', 'normal(0.1, 0.02)', 'uniform(0, 0.2)'])}",
        f"    state q = {chance.choice(['0', '0.2'])}",
    ]
    tau = number(chance, 4, 30)
    lines += [
        *chance.choice([[], [f"    c' = -c/({tau} ms)"], [f"    {tau} ms * c' = 0.3*y - c"], [f"    c' = (0.1*x{third} - c)/({tau} ms)"]]),
        *chance.choice([[], [], ["    8 ms * q' = c - q"]]),
    ]
    gains = [f"lr*c{third}/(10 ms)", "-rate*w/(20 ms)", f"(lr*(q - 0.1){third} - 0.1*rate*w)/(10 ms)", "lr*0.02/(5 ms)"]
    lines += [f"    w' = {chance.choice(gains)}"] if chance.random() < 0.6 else []
    posts = ["c += x", "c += 0.5*next(x)", "c = 0.4*x + 0.1*q", "q += 0.2", "q = c", f"w += lr*c{third}", f"w += lr*next(x){third}"]
    pres = [
        "c -= 0.5*next(y)",
        "c *= 0.7",
        "c *= exp(-y)",
        "q = 0.5*y",
        f"w -= lr*q{third}",
        f"w -= rate*w*y{third}",
        "w -= 0.3*lr*(c + y)",
    ]
    lines += [f"    on post: {handler}" for handler in chance.sample(posts, k=chance.randint(1, 3))]
    lines += [f"    on pre: {handler}" for handler in chance.sample(pres, k=chance.randint(1, 3))]
    return Made(f"{name}Memory", lines, states=["d"] if modulated else [])
