"""The codes of run, train, record and output, E07xx, of what is not supported yet, E08xx, and of lints, W09xx."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

SETTING_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0701",
            "an unknown setting",
            "A `run:`, `train:` or projection block has a setting that does not exist.",
            ("population cells[10] = LIF()\nrun:\n    step = 10"),
            ("population cells[10] = LIF()\nrun:\n    steps = 10"),
        ),
        explained(
            "E0702",
            "not an output",
            "An output is `mean(variable, over = time)`, `sum(variable, over = time)`, or a readout of one population.",
            ("population cells[10] = LIF()\noutput rates = mean(cells.spikes)"),
            ("population cells[10] = LIF()\noutput rates = mean(cells.spikes, over = time)"),
        ),
        explained(
            "E0703",
            "nothing of that name to record",
            (
                "`record` and `output` read `spikes` or a state of a population, and `record` the weight of a projection, "
                "perhaps with an index and every so many steps."
            ),
            ("population cells[10] = LIF()\nrecord cells.voltage"),
            ("population cells[10] = LIF()\nrecord cells.v"),
        ),
        explained(
            "E0704",
            "settings of `run:` that do not go together",
            "A run has either `steps` or a `duration`; `reset` lists states, `refractory`, `synapses` and `traces`.",
            ("population cells[10] = LIF()\nrun:\n    steps    = 10\n    duration = 1 s"),
            ("population cells[10] = LIF()\nrun:\n    duration = 1 s"),
        ),
        explained(
            "E0706",
            "settings of training by gradients that make no sense",
            (
                "`method = bptt` needs a `loss`, a sum of terms from `std.losses`; `optimizer`, `schedule` and `precision` have a few "
                "names to choose from. Training by plasticity, `method = local`, takes none of them."
            ),
            (
                "from std.losses import rate_band\npopulation a[4] = LIF(I = 3 nA)\n"
                "train:\n    method = bptt\n    loss   = rate_band(a)\n    optimizer = lion(lr = 1e-3)"
            ),
            (
                "from std.losses import rate_band\npopulation a[4] = LIF(I = 3 nA)\n"
                "train:\n    method = bptt\n    loss   = rate_band(a)\n    optimizer = adamw(lr = 1e-3)"
            ),
        ),
        explained(
            "E0705",
            "an unknown method of training",
            "`method = local` trains by the plasticity rules alone, `method = bptt` by gradients.",
            ("population cells[10] = LIF()\ntrain:\n    method = lokal"),
            ("population cells[10] = LIF()\ntrain:\n    method = local"),
        ),
        explained(
            "E0706",
            "not a claim about a network",
            (
                "`expect` claims that a number lies in a range: `mean_rate` or `correlation` of a population; `mean`, `min`, `max`, `std` "
                "or `sum` of a state, or of the `rate`, `cv_isi` or `fano` of each neuron; or what is calculated from these."
            ),
            ("population cells[10] = LIF()\nexpect rate(cells) in [5 Hz, 20 Hz]"),
            ("population cells[10] = LIF()\nexpect max(rate(cells)) in [5 Hz, 20 Hz]"),
        ),
        explained(
            "E0801",
            "not supported yet",
            (
                "The language has this, but this version of the compiler does not. The message says what to write instead where "
                "there is something."
            ),
            (
                "population a[8, 8] = LIF()\npopulation b[8, 8] = LIF()\nprojection ff: a -> b:\n"
                "    draw r  = uniform(0.5, 1)\n    connect = conv(kernel = 3, padding = same)\n"
                "    synapse = Delta(q = 1 pC * r)\n    weight  = 1 + r"
            ),
            (
                "population a[8, 8] = LIF()\npopulation b[8, 8] = LIF()\nprojection ff: a -> b:\n"
                "    draw r  = uniform(0.5, 1)\n    draw s  = uniform(0.5, 1)\n    connect = conv(kernel = 3, padding = same)\n"
                "    synapse = Delta(q = 1 pC * r)\n    weight  = 1 + s"
            ),
        ),
        explained(
            "W0902",
            "a time that is no multiple of the time step",
            (
                "`every`, `duration` and the times of a claim are counted in whole steps, rounded half up, at least one. "
                "What is written here is not what counts: another time is recorded, simulated or judged."
            ),
            ("population cells[10] = LIF()\nrecord cells.v every 0.3 ms\nrun:\n    dt = 0.2 ms"),
            ("population cells[10] = LIF()\nrecord cells.v every 0.3 ms\nrun:\n    dt = 0.1 ms"),
        ),
        explained(
            "W0903",
            "an input that nothing reads",
            (
                "An input of the network is neither projected nor used in a value, or nothing that a component does depends on one of its "
                "inputs, receptors or modulators. What arrives there changes nothing, which is hardly meant: most often an equation lacks "
                "a term. A receptor that is recorded is read."
            ),
            "neuron N:\n    input I : nA\n    state v : mV = 0 mV\n    10 ms * v' = -v\npopulation cells[10] = N()",
            (
                "neuron N:\n    param R = 10 MOhm\n    input I : nA\n    state v : mV = 0 mV\n    10 ms * v' = R*I - v\n"
                "population cells[10] = N()"
            ),
        ),
        explained(
            "W0904",
            "entries of a matrix that count as 0 or 1",
            (
                "`connect = matrix(W)` joins the pairs whose entry is not 0, whatever it is. Weights and delays may use the entries, which "
                "are called `matrix` there; where neither does, entries such as -1 or 0.5 say no more than 1 would."
            ),
            (
                "population a[2] = LIF()\nprojection ff: a -> a:\n    connect = matrix([[0, 2], [-1, 0]])\n    weight  = 10 pC\n"
                "    delay   = 1 ms"
            ),
            (
                "population a[2] = LIF()\nprojection ff: a -> a:\n    connect = matrix([[0, 2], [-1, 0]])\n    weight  = 10 pC * matrix\n"
                "    delay   = 1 ms"
            ),
        ),
    ]
)
