"""The codes of the wiring of a network: E05xx."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

NETWORK_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0501",
            "an unknown population or input",
            ("A projection, an output or a recording names something that the file does not declare, or an end that can't receive."),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> c:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0502",
            "shapes that do not fit",
            (
                "`one_to_one` joins as many neurons as there are on the other side; a parameter that follows an input needs an "
                "input of the population's shape, or of one value."
            ),
            ("input image : real[28, 28] in [0, 1]\npopulation enc[10] = Poisson(rate = 10 Hz * image)"),
            ("input image : real[28, 28] in [0, 1]\npopulation enc[28, 28] = Poisson(rate = 10 Hz * image)"),
        ),
        explained(
            "E0503",
            "a cycle without delay",
            (
                "A delay of 0 reaches its target within the same step, so the populations of a cycle of such projections would "
                "each have to run before the other. Give one of them a delay; `1 dt` is the shortest."
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5\n"
                "projection back: b -> a:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5\n"
                "projection back: b -> a:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5\n"
                "    delay   = 1 dt"
            ),
        ),
        explained(
            "E0504",
            "no connectivity, or an unknown one",
            (
                "A projection says with `connect` which neurons it joins: `dense`, `one_to_one`, `diagonal`, `random(p)`, "
                "`fixed_in(n)`, `fixed_out(n)`, `fixed_total(n)`, `gaussian(sigma)`, `ring(k)`, `matrix([[…]])`, `from_file(path)`, "
                "or several of them joined by `+`, `-`, `&`."
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = full\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0505",
            "which input?",
            (
                "A projection ends on the input of its target. A population without `input` can't receive; of several inputs "
                "one is named, as in `-> all.ge`."
            ),
            (
                "population noise[10] = Poisson(rate = 5 Hz)\n"
                "population b[10] = LIF()\n"
                "projection ff: b -> noise:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population noise[10] = Poisson(rate = 5 Hz)\n"
                "population b[10] = LIF()\n"
                "projection ff: noise -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0506",
            "a synapse that does not fit its target",
            (
                "What a synapse delivers and what the target's input takes must have the same unit: a synapse that delivers a "
                "current can't drive an input of plain numbers."
            ),
            (
                "population a[10] = LIF()\n"
                "population filter[10] = Leaky()\n"
                "projection ff: a -> filter:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0507",
            "not a bound, a norm or a reduction",
            (
                "`lower` and `upper` are `clamp(…)`, `multiplicative(…)`, `power(…, p)`, `sharp(…)` or `none`; `normalize` is `l1(…)`; "
                "`batch` is `mean` or `sum`."
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5\n"
                "    upper   = 1"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5\n"
                "    upper   = clamp(1)"
            ),
        ),
        explained(
            "E0508",
            "plasticity without spikes",
            "A plasticity rule changes weights when its source or target spikes, so both must.",
            (
                "input x : real[10] in [0, 1]\n"
                "population b[10] = LIF()\n"
                "projection ff: x -> b:\n"
                "    connect    = dense\n"
                "    synapse    = Delta()\n"
                "    weight     = 0.5\n"
                "    plasticity = STDP()"
            ),
            (
                "population x[10] = Poisson(rate = 5 Hz)\n"
                "population b[10] = LIF()\n"
                "projection ff: x -> b:\n"
                "    connect    = dense\n"
                "    synapse    = Delta()\n"
                "    weight     = 0.5\n"
                "    plasticity = STDP()"
            ),
        ),
        explained(
            "E0509",
            "a diagonal that makes no sense",
            (
                "`- diagonal` leaves out each neuron's connection to itself, or between two populations to its own number, so that "
                "these need as many neurons; `one_to_one` is nothing but the diagonal."
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = one_to_one - diagonal\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense - diagonal\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0510",
            "an input with a unit or a value",
            (
                "An input of the network is `real[…]`, plain numbers, or `spikes[…]`. Its unit is given where it is used. One of "
                "numbers may have a value for when none is given: `input reward : real = 0`."
            ),
            "input image : Hz\npopulation cells[4] = LIF(I = 1 nA * image)",
            "input image : real[4] in [0, 1]\npopulation cells[4] = LIF(I = 1 nA * image)",
        ),
        explained(
            "E0511",
            "a population that never spikes",
            "Projections and readouts work on spikes; the neuron has no `spike when`.",
            (
                "population filter[10] = Leaky()\n"
                "population b[10] = LIF()\n"
                "projection ff: filter -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = 0.5"
            ),
        ),
        explained(
            "E0512",
            "a weight is missing",
            "A projection says with `weight` how strong its synapses are: a number, or a distribution to draw from.",
            ("population a[10] = LIF()\npopulation b[10] = LIF()\nprojection ff: a -> b:\n    connect = dense\n    synapse = Delta()"),
            (
                "population a[10] = LIF()\n"
                "population b[10] = LIF()\n"
                "projection ff: a -> b:\n"
                "    connect = dense\n"
                "    synapse = Delta()\n"
                "    weight  = uniform(0, 0.3)"
            ),
        ),
        explained(
            "E0515",
            "spikes that no file gives",
            (
                '`SpikeTrain(file = "…")` names a file by its path from the folder of the program: a regular file in that folder or '
                "below it, made by `numpy.savez` with the arrays `index` and `time`."
            ),
            ('population given[10] = SpikeTrain(file = "../spikes.npz")'),
            ("input taps : spikes[10]\npopulation given[10] = SpikeTrain(given = taps)"),
        ),
        explained(
            "E0513",
            "no network",
            "The file declares no `population`, so there is nothing to run.",
            "param n = 10",
            ("param n = 10\npopulation cells[n] = LIF()"),
        ),
        explained(
            "E0520",
            "a part that is not there",
            (
                "`all[:80]` or `all[2, 3:5]` is a part of a population or input, counted as in Python: from 0, negative numbers from "
                "the end, the upper end not included. A part has at least one neuron."
            ),
            "population all[100] = LIF()\nview E = all[100:]",
            "population all[100] = LIF()\nview E = all[:80]",
        ),
        explained(
            "E0521",
            "a file of synapses that can't be used",
            (
                '`from_file("synapses.npz")` reads an archive of `numpy.savez` with the integer arrays `pre` and `post`, and where the '
                "projection says `weight = from_file` or `delay = from_file`, the numbers `weight` (in base units) and `delay` (in ms). "
                "The path is relative to the file that names it and stays below its folder. Each pair is joined at most once."
            ),
            (
                "population a[10] = LIF()\n"
                "projection p: a -> a:\n"
                "    connect = random(0.5)\n"
                "    synapse = Delta()\n"
                "    weight  = from_file\n"
                "    delay   = 1 ms"
            ),
            (
                "population a[10] = LIF()\n"
                "projection p: a -> a:\n"
                '    connect = from_file("synapses.npz")\n'
                "    synapse = Delta()\n"
                "    weight  = from_file\n"
                "    delay   = 1 ms"
            ),
        ),
        explained(
            "E0522",
            "gap junctions that make no sense",
            (
                "`a <-> b.v = gap_junction(g = …, connect = …)` couples the state `v`, which has an equation, of neurons of one "
                "population or of two: the current `g*(v_j - v_i)` is added to the right side of the equation as it is written, so `g` "
                "is in its unit by that of `v`. Where the state of `a` has another name, write `a.u <-> b.v`; both have the same units."
            ),
            ("population a[10] = LIF()\nprojection gap: a <-> a = gap_junction(g = 0.1, connect = ring(1))"),
            ("population a[10] = LIF()\nprojection gap: a <-> a.v = gap_junction(g = 0.1, connect = ring(1))"),
        ),
        explained(
            "E0523",
            "a draw of both ends",
            (
                "What is drawn for a projection is of each synapse; but for a synapse component it is of each target neuron, and for the "
                "time constant of a trace of each neuron that has the trace. One draw can't be of each source and of each target."
            ),
            (
                "population a[3] = LIF()\npopulation b[3] = LIF()\nprojection ff: a -> b:\n"
                "    draw r     = uniform(0.5, 2)\n"
                "    connect    = dense\n"
                "    weight     = 1 pC\n"
                "    plasticity = STDP(tau_pre = 20 ms * r, tau_post = 30 ms * r)"
            ),
            (
                "population a[3] = LIF()\npopulation b[3] = LIF()\nprojection ff: a -> b:\n"
                "    draw r     = uniform(0.5, 2)\n"
                "    draw s     = uniform(0.5, 2)\n"
                "    connect    = dense\n"
                "    weight     = 1 pC\n"
                "    plasticity = STDP(tau_pre = 20 ms * r, tau_post = 30 ms * s)"
            ),
        ),
        explained(
            "E0524",
            "not a place",
            (
                "`at grid(100 um)` puts the neurons of a population on a grid with that distance from one to the next, `at random(1 mm)` "
                "anywhere in a box with such sides. Then widths and `distance` may be lengths; both ends of the projection need places, "
                "on as many axes."
            ),
            ("population sheet[10, 10] = LIF() at grid(0 um)"),
            ("population sheet[10, 10] = LIF() at grid(100 um)"),
        ),
    ]
)
