"""Random neurons in `.snn`.

Voltages are plain numbers with a threshold near 1, so that one scale of weights fits all; LIF and ALIF of the standard library bring units.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Port:
    """An input of a neuron: `scale` is the charge (in `unit`·ms) that brings the neuron from rest to threshold.

    Of a `receptor` it is the weight (in `unit`).
    """

    name: str
    unit: str
    scale: float
    receptor: bool = False


@dataclass
class Made:
    """A component and its use."""

    use: str
    definition: list[str] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    states: list[str] = field(default_factory=list)
    ports: tuple[Port, ...] = ()
    initial: list[str] = field(default_factory=list)
    spikes: bool = True
    scale: float = 1.0
    unit: str = ""


def number(chance: random.Random, low: float, high: float) -> str:
    """A decimal of three or four digits, so that thresholds are never met exactly."""
    return f"{chance.uniform(low, high):.4g}"


def quantity(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{value:.4g} {unit}".strip()


# ---- neurons ----------------------------------------------------------------------------------------


def neuron(chance: random.Random, name: str, analog: list[str], *, source: bool) -> Made:
    """A random neuron model; `analog` are inputs that its parameters may depend on."""
    if source:
        return chance.choice([_poisson, _bernoulli])(chance, analog)
    kinds = [_library, _linear, _linear, _linear, _resonator, _quadratic, _exponential, _conductance, _escape, _filter]
    return chance.choice([*kinds, _receptive, _receptive])(chance, name, analog)


def _modulated(chance: random.Random, analog: list[str], low: float, high: float, unit: str = "") -> str:
    """A value that may depend on an input or on the time."""
    base = f"{number(chance, low, high)} {unit}".strip()
    if chance.random() < 0.3:
        least, most, middle = quantity(low, unit), quantity(high, unit), quantity((low + high) / 2, unit)
        spread, scale = quantity((high - low) / 4, unit), quantity((high - low) / 3, unit)
        base = chance.choice(
            [
                f"uniform({least}, {most})",
                f"(normal({middle}, {spread}) | clip({least}, {most}))",
                f"({least} + {scale} * beta(2, 2))",
                f"(gamma(2, {scale}) | clip({least}, {most}))",
            ]
        )
    if chance.random() < 0.15:
        courses = ["(1 + 0.4*sin(2*pi*t/(7 ms)))", "(1.3 if t >= 6 ms else 0.7)", "(1 if 4 ms <= t < 5.5 ms else 0.9)"]
        courses.append("(0.8 + stepwise(t, [2 ms, 5 ms, 5.6 ms, 9 ms], [0.2, 0.5, 0.1, 0.3]))")
        return f"{base} * {chance.choice(courses)}"
    if not analog or chance.random() < 0.35:
        return base
    return f"{base} * ({number(chance, 0.6, 0.8)} + {number(chance, 0.3, 0.8)}*{chance.choice(analog)})"


def _poisson(chance: random.Random, analog: list[str]) -> Made:
    refractory = chance.choice(["", f", t_ref = {number(chance, 0.3, 2.5)} ms"])
    return Made(
        f"Poisson(rate = {_modulated(chance, analog, 60, 250, 'Hz')}{refractory})", imports={("std.sources", "Poisson")}, states=["wait"]
    )


def _bernoulli(chance: random.Random, analog: list[str]) -> Made:
    return Made(f"Bernoulli(rate = {_modulated(chance, analog, 80, 400, 'Hz')})", imports={("std.sources", "Bernoulli")})


def _library(chance: random.Random, name: str, analog: list[str]) -> Made:
    kind = chance.choice(["LIF", "ALIF"])
    drive = [f"I = {_modulated(chance, analog, 380, 1200, 'pA')}"] if chance.random() < 0.6 else []
    values = [f"v_th = {number(chance, -57, -50)} mV", f"t_ref = {number(chance, 0, 4)} ms", *drive]
    if kind == "ALIF":
        values += [
            "R = 40 MOhm",
            f"tau_m = {number(chance, 8, 25)} ms",
            f"d_theta = {number(chance, 0.3, 3)} mV",
            f"tau_theta = {number(chance, 20, 200)} ms",
            "v_reset = -65 mV",
        ]
    made = Made(f"{kind}({', '.join(values)})", imports={("std.neurons", kind)}, ports=(Port("I", "nA", 4.0),))
    made.states = ["v"] if kind == "LIF" else ["v", "theta"]
    if chance.random() < 0.4:
        made.initial = [f"v = uniform(-65 mV, {number(chance, -60, -58)} mV)"]
    return made


def _filter(chance: random.Random, name: str, analog: list[str]) -> Made:
    drive = f", I = {_modulated(chance, analog, 0.2, 1.4)}" if analog else ""
    return Made(
        f"Leaky(tau = {number(chance, 4, 20)} ms{drive})",
        imports={("std.neurons", "Leaky")},
        states=["x"],
        ports=(Port("I", "1", 8.0),),
        spikes=False,
    )


def _annotations(chance: random.Random) -> str:
    shared = chance.choice(["", "", " @shared(mean)", " @shared(sum)", " @shared(max)"])
    return shared + chance.choice(["", "", " @persistent"]) + chance.choice(["", "", " @train_only"])


def spike(chance: random.Random, conditions: list[str], effects: list[list[str]]) -> list[str]:
    """A `spike when` block: one condition, one choice of each group of effects."""
    chosen = [e for group in effects if (e := chance.choice(group))]
    chance.shuffle(chosen)
    lines = [f"    spike when {chance.choice(conditions)}:", *(f"        {e}" for e in chosen)]
    if chance.random() < 0.8:
        return lines
    lines += ["        emit burst" if chance.random() < 0.5 else "        if v > 1.1*th:\n            emit burst"]
    when = chance.choice(["", " when v < -0.3*th", " when uniform(0, 1) < 0.1"])
    lines += [f"    on burst{when}:", f"        v += {chance.choice(['0.05', '0.1*uniform(0, 1)', '-0.02*v'])}"]
    return [*lines, f"    on peak when {chance.choice(['v > 0.6*th', 'v > 0.6*th and uniform(0, 1) < 0.5'])}:", "        v -= 0.02"]


def refractory(chance: random.Random, states: list[str]) -> list[str]:
    if chance.random() < 0.25:
        return []
    held = chance.sample(states, k=chance.randint(0, len(states)))
    return [f"    refractory {chance.choice([number(chance, 0, 3.2) + ' ms', '0.3*tau'])}" + (f" hold {', '.join(held)}" if held else "")]


def solver(chance: random.Random, *methods: str) -> list[str]:
    if chance.random() < 0.6:
        return []
    return [f"    solve {chance.choice(methods)}" + chance.choice(["", " substeps 2", " substeps 3"])]


def head(chance: random.Random, name: str, analog: list[str], tau: float, bias: tuple[float, float]) -> tuple[list[str], str]:
    """The parameters that all own neurons have, and how a population gives them."""
    lines = [
        f"neuron {name}:",
        f"    param tau = {tau:.4g} ms, th = {number(chance, 0.8, 1.2)}, bias = {number(chance, *bias)}",
        "    input I : 1",
    ]
    given = [f"bias = {_modulated(chance, analog, *bias)}"] if analog else []
    if analog and chance.random() < 0.25:
        given.append(f"th = {_modulated(chance, analog, 0.8, 1.3)}")
    moves = analog and chance.random() < 0.15
    if moves:
        given.append(f"tau = {_modulated(chance, analog, tau, tau * 1.1, 'ms')}")
    if not moves and chance.random() < 0.25:
        given.append(f"tau = {_per_neuron(chance, tau)}")
    if chance.random() < 0.15 and not analog:
        given.append("th = 0.9 + uniform(0, 0.3)")
    if chance.random() < 0.2:
        given.append("I = gain * 0.7" if not analog else f"I = gain * {chance.choice(analog)}")
    return lines, f"{name}({', '.join(given)})"


def _per_neuron(chance: random.Random, tau: float) -> str:
    """A time constant that differs from neuron to neuron."""
    return chance.choice(
        [
            f"uniform({tau:.4g} ms, {1.3 * tau:.4g} ms)",
            f"normal({tau:.4g} ms, {0.2 * tau:.4g} ms) | clip({0.7 * tau:.4g} ms, inf)",
            f"{0.8 * tau:.4g} ms + exponential({0.2 * tau:.4g} ms)",
        ]
    )


def _linear(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Leaky integrate-and-fire with adaptation current and adaptive threshold."""
    tau = chance.uniform(3, 15)
    lines, use = head(chance, name, analog, tau, (0.7, 2.2))
    lines += [
        f"    state v = {chance.choice(['0', '0.2', 'uniform(0, 0.6)', 'normal(0.2, 0.1)', '0.5*beta(2, 0.7)', 'gamma(0.6, 0.3)'])}",
        "    state a = 0" + chance.choice(["", "", "", " in [-0.1, 0.6]"]) + chance.choice(["", "", " @persistent"]),
        f"    state theta = 0{_annotations(chance)}",
    ]
    coupling = chance.choice(["", f" + {number(chance, 0.05, 0.4)}*v", f" + {number(chance, 2, 6)}*v"])
    lines += [
        "    tau * v' = bias - v - a + I",
        f"    {number(chance, 5, 60)} ms * a' = -a{coupling}",
        f"    theta' = -theta/({number(chance, 10, 300)} ms)",
    ]
    conditions = [
        "v >= th + theta",
        "v > th + theta",
        "th + theta < v and a < 5",
        "not (v < th + theta)",
        "v - theta >= th or a > 40",
        "th + theta <= v < 900",
    ]
    effects = [
        ["v = 0", "v = 0.1*a", "v -= th", "v *= 0.2", f"v = uniform(-0.4, {number(chance, 0, 0.3)})", "v = 0 if a < 0.5 else -0.2"],
        [
            "",
            f"a += {number(chance, 0.05, 0.5)}",
            f"a += 0.1*v + {number(chance, 0.01, 0.1)}",
            "a += exponential(0.2)",
            "a += gamma(2.5, 0.1)",
            "a = 0.3 + 0.5*a",
        ],
        ["", f"theta += {number(chance, 0.02, 0.3)}", "theta += 0.05*v"],
    ]
    lines += [
        *spike(chance, conditions, effects),
        *refractory(chance, ["v", "a", "theta"]),
        *solver(chance, "exact", "euler", "rk2", "rk4", "exponential_euler"),
    ]
    return Made(use, lines, states=["v", "a", "theta"], ports=(Port("I", "1", tau),))


def _resonator(chance: random.Random, name: str, analog: list[str]) -> Made:
    """A damped oscillator (complex eigenvalues) behind a low-pass filter of its input."""
    tau = chance.uniform(2, 6)
    lines, use = head(chance, name, analog, tau, (1.5, 3.5))
    lines += [
        "    state v = 0.1, u = 0",
        "    state x = 0",
        *([f"    bound {chance.choice('ux')} in [-0.4*th, {number(chance, 0.3, 1.5)}]"] if chance.random() < 0.2 else []),
        f"    let pull = {number(chance, 1, 5)}*v - u",
        "    tau * v' = x - v - u + bias",
        "    tau * u' = pull",
        f"    {number(chance, 1, 6)} ms * x' = I - x",
    ]
    effects = [["v = 0", "v -= 1.5*th", "v = -0.5*v"], ["", "u += 0.2", "u *= 0.5", "u = v"], ["", "x = 0", "x *= 0.3"]]
    lines += [
        *spike(chance, ["v >= th", "v > th and u < 9"], effects),
        *refractory(chance, ["v", "u", "x"]),
        *solver(chance, "exact", "rk4", "rk2"),
    ]
    return Made(use, lines, states=["v", "u", "x"], ports=(Port("I", "1", 2 * tau),))


def _quadratic(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Quadratic integrate-and-fire with slow feedback."""
    tau = chance.uniform(4, 10)
    lines, use = head(chance, name, analog, tau, (0.4, 2.5))
    feedback = chance.choice([f"{number(chance, 0.1, 0.5)}*v - u", "-u"])
    lines += [
        f"    state v = {chance.choice(['-0.5', 'uniform(-1, 0.5)'])}",
        "    state u = 0.2*v - 0.1",
        "    tau * v' = v*v + bias - u + clip(I, -20, 20)",
        f"    {number(chance, 10, 40)} ms * u' = {feedback}",
    ]
    effects = [["v = -1", "v = -0.8 - 0.1*u", "v = uniform(-1.5, -0.5)"], ["", f"u += {number(chance, 0.1, 0.5)}"]]
    lines += [
        *spike(chance, ["v >= 3*th", "v > 2*th or v > 8"], effects),
        *refractory(chance, ["v", "u"]),
        *solver(chance, "rk4", "rk2", "euler"),
    ]
    return Made(use, lines, states=["u", "v"], ports=(Port("I", "1", tau),))


def _exponential(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Exponential integrate-and-fire with two-variable adaptation; the exponential is cut off."""
    tau = chance.uniform(4, 12)
    lines, use = head(chance, name, analog, tau, (0.6, 2.0))
    lines += [
        "    param sharp = 0.2",
        "    state v = 0, w = 0",
        f"    state floor = 0{_annotations(chance)}",
        "    fn upswing(x) = exp(min(x, 3))",
        "    tau * v' = -v + sharp*upswing((v - th)/sharp) + bias - w - floor + I",
        f"    {number(chance, 10, 60)} ms * w' = {number(chance, 0.05, 0.4)}*v - w",
        f"    floor' = -floor/({number(chance, 20, 90)} ms)",
    ]
    effects = [["v = 0", "v = -0.1 - 0.2*w"], ["", f"w += {number(chance, 0.05, 0.4)}"], ["", f"floor += {number(chance, 0.02, 0.2)}"]]
    lines += [
        *spike(chance, ["v >= th + 0.6", "v > th + 0.5"], effects),
        *refractory(chance, ["v", "w"]),
        *solver(chance, "rk4", "rk2", "euler"),
    ]
    return Made(use, lines, states=["v", "w", "floor"], ports=(Port("I", "1", tau),))


def _conductance(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Conductance-based: linear in the voltage, with coefficients that change."""
    tau = chance.uniform(4, 12)
    lines, use = head(chance, name, analog, tau, (0.5, 1.6))
    lines += [
        "    input G : 1",
        "    state v = 0",
        f"    state g = {chance.choice(['0', 'exponential(0.3)'])}",
        f"    state m = 0.2{_annotations(chance)}",
        f"    tau * v' = bias - v + (g + max(G, 0))*({number(chance, 1.5, 4)} - v) - 0.3*m*v + I",
        f"    {number(chance, 2, 8)} ms * g' = -g",
        f"    {number(chance, 10, 40)} ms * m' = sigmoid(v) - m",
    ]
    effects = [["v = 0", "v -= 0.9*th"], ["", f"g += {number(chance, 0.05, 0.4)}"], ["", "m += 0.05"]]
    lines += [
        *spike(chance, ["v >= th", "v > th and g < 50"], effects),
        *refractory(chance, ["v", "g", "m"]),
        *solver(chance, "rk4", "exponential_euler", "euler"),
    ]
    return Made(use, lines, states=["v", "g", "m"], ports=(Port("I", "1", tau), Port("G", "1", tau / 2)))


def _receptive(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Receptors of every kind, as currents or as conductances."""
    tau = chance.uniform(4, 12)
    lines, use = head(chance, name, analog, tau, (0.3, 1.4))
    first, second, third = (chance.uniform(1, 6) for _ in range(3))
    kernels = {
        f"exponential({first:.3g} ms)": 1.0,
        "exponential(tau)": 0.8,
        f"alpha({first:.3g} ms)": 1.0,
        "alpha(tau = 0.4*tau)": 1.0,
        f"biexponential({second:.3g} ms, {first + second:.3g} ms)": 1.2,
        f"biexponential(decay = {third:.3g} ms, rise = {third:.3g} ms)": 1.0,
        f"{name}Kinetics": 1.0,
        f"{name}Kinetics(fall = {third:.3g} ms)": 1.0,
    }
    one, two = chance.sample(sorted(kernels), k=2)
    synapse = [
        f"synapse {name}Kinetics:",
        f"    param fall = {number(chance, 2, 6)} ms",
        "    input arriving : 1",
        "    state s = 0, u = 0",
        f"    {number(chance, 1, 3)} ms * u' = -u",
        "    fall * s' = u - s" + chance.choice(["", " - 0.2*s*s"]),
        "    on pre: u += (1.5 - 0.1*u)*arriving",
        "    output g : 1 = " + chance.choice(["s", "s + 0.2*u", "s + 0.1*arriving"]),
    ]
    lines += [f"    receptor e : 1 = {one}", f"    receptor i : 1 = {two}", "    receptor d : 1 = delta", "    state v = 0"]
    start = [f"e = {chance.choice(['0.1', 'exponential(0.2)', 'normal(0.1, 0.02)'])}"]
    conductances = f"bias - v + clip(e, -30, 30)*({number(chance, 1.5, 3)} - v) + clip(i, -30, 30)*(-0.5 - v)"
    lines.append(f"    tau * v' = {chance.choice(['bias - v + e - 0.4*i', 'bias - v + e + i', conductances])} + I + d")
    effects = [["v = 0", "v -= 0.9*th"]]
    lines += [*spike(chance, ["v >= th", "v > th"], effects), *refractory(chance, ["v"]), *solver(chance, "rk4", "euler")]
    ports = tuple(Port(p, "1", tau / s, receptor=s > 1) for p, s in (("I", 1.0), ("d", 1.0), ("e", 5.0), ("i", 6.0)))
    states = ["v", *(r for r, k in (("e", one), ("i", two)) if "Kinetics" not in k)]
    made = Made(use, [*synapse, *lines] if "Kinetics" in one + two else lines, states=states, ports=ports)
    if "Kinetics" not in one and chance.random() < 0.5:
        made.initial = start
    return made


def _escape(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Escape noise: the condition itself is random."""
    tau = chance.uniform(4, 12)
    lines, use = head(chance, name, analog, tau, (0.4, 1.4))
    lines += [
        "    state v = 0",
        f"    state r = 0{_annotations(chance)}",
        "    tau * v' = bias - v - r + I",
        f"    r' = -r/({number(chance, 5, 50)} ms)",
    ]
    conditions = ["uniform(0, 1) < 0.5*sigmoid(6*(v - th)) - 0.01*r", "v + normal(0, 0.2) > th", "exponential(1) < 0.4*v"]
    effects = [["v = 0", "v -= 0.5", "v = normal(0, 0.1)"], ["", f"r += {number(chance, 0.05, 0.3)}"]]
    lines += [*spike(chance, conditions, effects), *refractory(chance, ["v", "r"])]
    return Made(use, lines, states=["v", "r"], ports=(Port("I", "1", tau),))


# ---- projections ------------------------------------------------------------------------------------
