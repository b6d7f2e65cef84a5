"""Random neurons and synapses whose equations have noise, in `.snn`."""

from __future__ import annotations

import random

from oracle import models
from oracle.models import Made, Port, number


def neuron(chance: random.Random, name: str, analog: list[str]) -> Made:
    """A neuron with noise of one kind or another: added to a linear block, shared by states, multiplied, or beside a nonlinear drift."""
    return chance.choice([_block, _block, _shared, _multiplied, _nonlinear, _receptive])(chance, name, analog)


def _finish(chance: random.Random, lines: list[str], states: list[str], *methods: str) -> list[str]:
    effects = [["v = 0", "v -= th", "v *= 0.2"], [""] if len(states) == 1 else ["", f"{states[-1]} += {number(chance, 0.05, 0.2)}"]]
    lines += [*models.spike(chance, ["v >= th", "v > th"], effects), *models.refractory(chance, states)]
    return [*lines, *models.solver(chance, *methods)]


def _strength(chance: random.Random) -> str:
    return chance.choice([number(chance, 0.05, 0.4), f"uniform({number(chance, 0.02, 0.1)}, {number(chance, 0.2, 0.4)})"])


def _block(chance: random.Random, name: str, analog: list[str]) -> Made:
    """A membrane behind coloured noise, perhaps with white noise of its own."""
    tau = chance.uniform(4, 12)
    lines, use = models.head(chance, name, analog, tau, (0.7, 1.6))
    own = chance.choice(["", " + sigma*sqrt(2*tau)*xi", " + sigma*sqrt(tau)*xi_a - 0.1*sqrt(1 ms)*xi_b"])
    feedback = chance.choice(["", " - 0.3*v", " + 0.1*v"])
    lines += [
        "    param sigma = 0.2, tau_c = 3 ms",
        "    state v = 0",
        f"    state c = {chance.choice(['0', 'normal(0, 0.2)'])}{chance.choice(['', '', ' @persistent', ' @train_only'])}",
        "    let kick = sigma*sqrt(2*tau_c)*xi_c",
        f"    tau * v' = bias - v + {number(chance, 0.5, 2)}*c + I{own}",
        f"    tau_c * c' = -c + kick{feedback}",
    ]
    use = use[:-1] + ("" if use.endswith("()") else ", ") + f"sigma = {_strength(chance)})"
    return Made(
        use, _finish(chance, lines, ["v", "c"], "exact", "euler", "rk2", "exponential_euler"), states=["v", "c"],
        ports=(Port("I", "1", tau),),
    )  # fmt: skip


def _shared(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Two states that one noise drives, and one that nothing but noise moves."""
    tau = chance.uniform(4, 12)
    lines, use = models.head(chance, name, analog, tau, (0.7, 1.6))
    both = chance.choice(["", " + 0.2*sqrt(tau)*xi_u"])
    lines += [
        "    state v = 0, u = 0, walk = 0",
        "    tau * v' = bias - v + I + 0.3*sqrt(tau)*xi",
        f"    {number(chance, 2, 9)} ms * u' = -u + {chance.choice(['0.2', '-0.4'])}*sqrt(1 ms)*xi{both}",
        f"    walk' = {chance.choice(['0.02', '0.02*u', '(0.01 if u > 0 else 0.03)'])}/sqrt(1 ms)*{chance.choice(['xi', 'xi_u'])}",
    ]
    return Made(use, _finish(chance, lines, ["v", "u", "walk"], "euler", "rk4"), states=["v", "u", "walk"], ports=(Port("I", "1", tau),))


def _multiplied(chance: random.Random, name: str, analog: list[str]) -> Made:
    """Noise whose strength follows a state, an input or the time."""
    tau = chance.uniform(4, 12)
    lines, use = models.head(chance, name, analog, tau, (0.7, 1.6))
    strength = chance.choice(["0.3*v", "(0.2 + 0.1*abs(v))", "0.1*I", "(0.3 if t > 8 ms else 0.1)", "0.2*bias"])
    lines += ["    state v = 0.1", f"    tau * v' = bias - v + I + {strength}*sqrt(tau)*xi"]
    return Made(use, _finish(chance, lines, ["v"], "euler", "rk2", "exponential_euler"), states=["v"], ports=(Port("I", "1", tau),))


def _nonlinear(chance: random.Random, name: str, analog: list[str]) -> Made:
    """A quadratic neuron with noise."""
    tau = chance.uniform(4, 10)
    lines, use = models.head(chance, name, analog, tau, (0.4, 2.0))
    lines += [
        "    state v = -0.5, u = 0",
        f"    tau * v' = v*v + bias - u + clip(I, -20, 20) + {_strength(chance).split('(')[-1].split(',')[0].rstrip(')')}*sqrt(tau)*xi",
        f"    {number(chance, 10, 40)} ms * u' = 0.2*v - u + 0.1*sqrt(tau)*xi",
    ]
    effects = [["v = -1", "v = -0.8 - 0.1*u"], ["", f"u += {number(chance, 0.1, 0.5)}"]]
    lines += [*models.spike(chance, ["v >= 3*th", "v > 2*th"], effects), *models.refractory(chance, ["v", "u"])]
    lines += models.solver(chance, "rk4", "euler")
    return Made(use, lines, states=["u", "v"], ports=(Port("I", "1", tau),))


def _receptive(chance: random.Random, name: str, analog: list[str]) -> Made:
    """A receptor whose kinetics have noise."""
    tau = chance.uniform(4, 12)
    lines, use = models.head(chance, name, analog, tau, (0.5, 1.4))
    synapse = [
        f"synapse {name}Kinetics:",
        "    input arriving : 1",
        "    state s = 0",
        f"    {number(chance, 2, 6)} ms * s' = -s + {chance.choice(['0.1', '0.1*s'])}*sqrt(1 ms)*xi",
        "    on pre: s += arriving",
        "    output g : 1 = s",
    ]
    lines += [f"    receptor e : 1 = {name}Kinetics", "    state v = 0", "    tau * v' = bias - v + e + I + 0.1*sqrt(tau)*xi"]
    ports = (Port("I", "1", tau), Port("e", "1", tau / 5, receptor=True))
    return Made(use, [*synapse, *_finish(chance, lines, ["v"], "euler")], states=["v", "e"], ports=ports)
