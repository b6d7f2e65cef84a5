"""The codes of units and dimensions: E02xx."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

QUANTITY_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0201",
            "an unknown unit",
            (
                "A declaration names a unit that does not exist. Units are built of s V A S F Ohm Hz C m g mol M with the "
                "prefixes f p n u m k M G; `1` means no unit, `int` a whole number."
            ),
            "param rate : hz = 5 Hz",
            "param rate : Hz = 5 Hz",
        ),
        explained(
            "E0202",
            "a quantity of the wrong dimension",
            (
                "A value has a unit, but of another kind than its place needs: a voltage, say, where a time is expected. The "
                "label under the value says what it is and what was expected."
            ),
            "population cells[10] = LIF(tau_m = 20 mV)",
            "population cells[10] = LIF(tau_m = 20 ms)",
        ),
        explained(
            "E0203",
            "units do not add up",
            (
                "Only quantities of one dimension can be added, compared or put on the two sides of an equation. The message "
                "marks the part that differs from the rest."
            ),
            (
                "neuron N:\n"
                "    param C = 1 nF, gL = 10 nS, EL = -65 mV\n"
                "    state v : mV = EL\n"
                "    state g : nS = 1 nS\n"
                "    C * v' = -gL*(v - EL) + g"
            ),
            (
                "neuron N:\n"
                "    param C = 1 nF, gL = 10 nS, EL = -65 mV, E = 0 mV\n"
                "    state v : mV = EL\n"
                "    state g : nS = 1 nS\n"
                "    C * v' = -gL*(v - EL) + g*(E - v)"
            ),
        ),
        explained(
            "E0204",
            "a function of a quantity with a unit",
            (
                "`exp`, `log`, `sin`, `cos`, `tanh`, `sigmoid` and their like are defined for plain numbers. Divide by a "
                "constant of the same unit first."
            ),
            ("neuron N:\n    param VT = -50 mV, tau = 10 ms\n    state x = 0\n    state v : mV = VT\n    tau * x' = exp(v - VT)"),
            (
                "neuron N:\n"
                "    param VT = -50 mV, DT = 2 mV, tau = 10 ms\n"
                "    state x = 0\n"
                "    state v : mV = VT\n"
                "    tau * x' = exp((v - VT)/DT)"
            ),
        ),
        explained(
            "E0205",
            "an exponent with a unit, or a varying power of a unit",
            ("An exponent is a plain number. A quantity with a unit needs a constant one, for `v^n` would have another unit for every n."),
            "param a = 2 ^ (3 ms)",
            "param a = 2 ^ (3 ms / 1 ms)",
        ),
        explained(
            "E0206",
            "a unit is missing",
            "A plain number stands where a quantity is needed. Nothing is guessed: 20 could be ms or s.",
            "population cells[10] = LIF(tau_m = 20)",
            "population cells[10] = LIF(tau_m = 20 ms)",
        ),
        explained(
            "E0207",
            "a condition and a value confused",
            ("A condition (`v > v_th`) is true or false and can't be calculated with; where a condition is expected, a number is none."),
            ("neuron N:\n    state v : mV = 0 mV\n    spike when v:\n        v = 0 mV"),
            ("neuron N:\n    state v : mV = 0 mV\n    spike when v > 10 mV:\n        v = 0 mV"),
        ),
    ]
)
