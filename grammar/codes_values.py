"""The codes of values: E06xx, and of files as a whole: E019x."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

VALUE_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0190",
            "a file that can't be read",
            "A program is a regular file of at most 4 MiB that may be read; folders, devices and pipes are none.",
            "inferno check no_such_file.snn",
            "inferno check diehl_cook.snn",
            "sh",
        ),
        explained(
            "E0191",
            "too many mistakes",
            "More than 200 mistakes were found; the others are not listed.",
            "(a file with 201 mistakes)",
            "(a file with fewer)",
            "text",
        ),
        explained(
            "E0601",
            "a value out of range",
            (
                "A parameter lies outside the range that its component declares, or a rate, delay, weight, bound or limit has a "
                "value that makes no sense: negative, infinite, or the upper limit below the lower one."
            ),
            "population noise[10] = Poisson(rate = -5 Hz)",
            "population noise[10] = Poisson(rate = 5 Hz)",
        ),
        explained(
            "E0602",
            "something that can't be calculated",
            ("A division by zero, the logarithm of a negative number, or a result too large for a 64-bit float, with the values given."),
            "param a = 1/(2 - 2)",
            "param a = 1/2",
        ),
        explained(
            "E0603",
            "a value that must be positive",
            "Time constants, time steps, durations, norms and slopes are greater than 0 and finite.",
            "population cells[10] = LIF(tau_m = 0 ms)",
            "population cells[10] = LIF(tau_m = 20 ms)",
        ),
        explained(
            "E0604",
            "nothing of that name to set",
            (
                "An override names a parameter that does not exist. A file's own `param` is set by its name, what belongs to a "
                "population or projection as `exc.tau_m` or `ff.weight`, settings as `run.steps`."
            ),
            "inferno check model.snn --set exc.taum=30ms",
            "inferno check model.snn --set exc.tau_m=30ms",
            "sh",
        ),
        explained(
            "E0605",
            "not a value to set",
            "An override is one quantity, such as `30 ms` or `0.3`; NaN, None, lists and anything else are refused.",
            "inferno check model.snn --set exc.tau_m=fast!",
            "inferno check model.snn --set exc.tau_m=30ms",
            "sh",
        ),
        explained(
            "E0606",
            "a neuron that would spike for ever",
            (
                "The spike condition still holds right after the first spike, so the neuron would spike in every step: its "
                "threshold is not above its reset value."
            ),
            "population cells[10] = LIF(v_th = -60 mV, v_reset = -50 mV)",
            "population cells[10] = LIF(v_th = -50 mV, v_reset = -60 mV)",
        ),
        explained(
            "E0607",
            "not a whole number in range",
            "Steps, batches, seeds, epochs, substeps and parameters declared `: int` are whole numbers.",
            "param n : int = 10.5",
            "param n : int = 10",
        ),
        explained(
            "E0608",
            "a shape that makes no sense",
            "A population or input has positive whole numbers as its shape, and at most 100,000,000 elements.",
            "population cells[0] = LIF()",
            "population cells[10] = LIF()",
        ),
        explained(
            "E0609",
            "something that must be constant",
            (
                "Time constants, delays, weights and settings can't follow an input, and random draws stand only where a value "
                "is drawn once: initial values, weights and event blocks."
            ),
            ("input x : real[10] in [0, 1]\npopulation cells[10] = LIF(tau_m = 10 ms + 10 ms * x)"),
            ("input x : real[10] in [0, 1]\npopulation cells[10] = LIF(I = 1 nA * x)"),
        ),
    ]
)
