"""The codes of links of values: E053x."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

RULE = (
    "plasticity Gated:\n"
    "    modulator D\n"
    "    trace x = pre(20 ms)\n"
    "    on post: w += 0.01 * D * next(x)\n"
    "population a[10] = LIF()\n"
    "population b[10] = LIF()\n"
    "projection ff: a -> b:\n"
    "    connect    = dense\n"
    "    synapse    = Delta()\n"
    "    weight     = 0.5\n"
    "    plasticity = Gated()"
)

LINK_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0530",
            "a link that does not fit",
            (
                "A link carries a value in the step in which it is made: an input or a state of a population (`reward`, `da.x`) to an "
                "input of a population (`da.I`) or to the modulator of a projection's rule (`ff.D`). Both ends have the same unit, and "
                "at most one link ends at a modulator. Spikes go through a `projection`."
            ),
            f"input reward : real\npopulation da = Leaky()\n{RULE}\nreward -> da.I\nda.y -> ff.D",
            f"input reward : real\npopulation da = Leaky()\n{RULE}\nreward -> da.I\nda.x -> ff.D",
        ),
        explained(
            "E0532",
            "a value is no spike",
            (
                "A projection of a state, `cells.v -> others`, sends its value in every step. What is made for spikes has no meaning for "
                "it: plasticity rules, receptors, and synapses with `on pre:`, which would add the value anew in every step, and so "
                "more of it the shorter the steps are."
            ),
            (
                "population a[3] = Leaky(I = 1)\npopulation b[3] = LIF()\nprojection ff: a.x -> b:\n    connect    = dense\n"
                "    weight     = 0.5 nA\n    plasticity = STDP()"
            ),
            (
                "population a[3] = Leaky(I = 1)\npopulation b[3] = LIF()\nprojection ff: a.x -> b:\n    connect = dense\n"
                "    weight  = 0.5 nA"
            ),
        ),
        explained(
            "E0531",
            "a modulator that nothing drives",
            "A `modulator` of a plasticity rule has no value of its own. Link an input or a state of a population to it.",
            RULE,
            f"input reward : real\n{RULE}\nreward -> ff.D",
        ),
    ]
)
