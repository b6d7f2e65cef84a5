"""The codes of names and arguments: E03xx."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

NAME_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0301",
            "an unknown name",
            (
                "A name is used that is not known there. A component sees its own names and the built-in functions, nothing of "
                "the file around it; models of the standard library are imported."
            ),
            ("neuron N:\n    state v : mV = 0 mV\n    tau * v' = -v"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    tau * v' = -v"),
        ),
        explained(
            "E0302",
            "a name defined twice",
            "Each name of a file or component, and each setting of a block, is given once. Nothing is silently overwritten.",
            ("param n = 10\nparam n = 20"),
            ("param n = 10\nparam m = 20"),
        ),
        explained(
            "E0303",
            "an unknown parameter",
            "The component has no parameter of that name; the message lists those it has.",
            "population cells[10] = LIF(tau = 20 ms)",
            "population cells[10] = LIF(tau_m = 20 ms)",
        ),
        explained(
            "E0304",
            "a value is missing",
            "A parameter without a default must be given where its component is used, or set from outside.",
            "population noise[10] = Poisson()",
            "population noise[10] = Poisson(rate = 5 Hz)",
        ),
        explained(
            "E0305",
            "arguments that do not fit",
            (
                "A function takes its arguments in order, the parameters of a component are given by name, and neither takes "
                "more than it has."
            ),
            "population cells[10] = LIF(20 ms)",
            "population cells[10] = LIF(tau_m = 20 ms)",
        ),
        explained(
            "E0306",
            "nothing of that name to import",
            "The module of the standard library does not exist, or holds nothing of that name.",
            "from std.neurons import Delta",
            "from std.synapses import Delta",
        ),
        explained(
            "E0307",
            "a component of another kind",
            ("A population takes a neuron, `synapse =` a synapse, `plasticity =` a plasticity rule, a readout stands in an `output`."),
            "population cells[10] = Delta()",
            "population cells[10] = LIF()",
        ),
    ]
)
