"""Functions of other languages and simulators, and how the same is written here."""

from __future__ import annotations

from inferno.grammar.check.scope import Scope

UNIFORM = frozenset({"rand", "random", "unif", "uniform_random", "random_uniform"})
NORMAL = frozenset({"randn", "gauss", "gaussian", "random_normal", "normalvariate"})
WRITTEN = {
    "ln": "the natural logarithm is `log(x)`",
    "log10": "write `log(x)/log(10)`",
    "log2": "write `log(x)/log(2)`",
    "pow": "write `x^y`",
    "power": "write `x^y`",
    "mod": "write `x % y`",
    "fmod": "write `x % y`",
    "tan": "write `sin(x)/cos(x)`",
    "sech": "write `1/cosh(x)`",
    "coth": "write `1/tanh(x)`",
    "exp2": "write `2^x`",
    "exp10": "write `10^x`",
    "cbrt": "write `x^(1/3)`",
    "sgn": "write `sign(x)`",
    "fabs": "write `abs(x)`",
    "softplus": "write `log1p(exp(x))`",
    "sinc": "write `sin(x)/x`, which has no value at 0",
    **dict.fromkeys(
        ("asin", "acos", "atan", "atan2", "arcsin", "arccos", "arctan", "arctan2", "erf", "erfc"),
        "there is no such function; a sigmoidal curve is `tanh(x)` or `sigmoid(x)`, a table of values `stepwise(x, [x1, x2], [y1, y2])`",
    ),
    **dict.fromkeys(
        ("linspace", "arange", "range"),
        "what differs from one neuron or synapse to the next is drawn, `uniform(0, 1)`, or given by an input or a file",
    ),
    "round": "write `floor(x + 0.5)`",
    "where": "write `a if condition else b`",
    "ifelse": "write `a if condition else b`",
    "heaviside": "write `1 if x > 0 else 0`",
    "step": "write `1 nA if t > 100 ms else 0 nA`, or `stepwise(t, [100 ms, 200 ms], [1 nA, 0 nA])`",
    "relu": "write `max(0, x)`",
    "exprel": "write `expm1(x)/x`, which has no value at 0",
    "poisson": "for spikes take a population, `Poisson(rate = 10 Hz)` of `std.sources`",
    "TimedArray": "values that change at given times are `stepwise(…)`; a series from Python is an `input`",
    "convolve": "write `receptor g : nS = exponential(tau)`, onto which spikes are projected",
    "integrate": "equations are always integrated; nothing needs to ask for it",
}


def as_written_here(name: str, scope: Scope) -> str:
    """How what a function of another language does is written at a place; empty for names that none has."""
    if name not in UNIFORM | NORMAL:
        return WRITTEN.get(name, "")
    draw = "uniform(0, 1)" if name in UNIFORM else "normal(0, 1)"
    if scope.noise:
        return f"white noise in an equation is `xi`, e.g. `sigma*sqrt(2*tau)*xi`; `{draw}` is drawn elsewhere, in initial values or blocks"
    if scope.draws == "allowed":
        return f"a random number is `{draw}`, with units `uniform(-70 mV, -50 mV)` or `normal(0 mV, 5 mV)`"
    return f"a random number, `{draw}`, is drawn in initial values, parameters, weights, delays and spike blocks"
