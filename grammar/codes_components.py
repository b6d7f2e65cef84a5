"""The codes of neuron, synapse, plasticity and readout components: E04xx."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

COMPONENT_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0401",
            "not an equation",
            "The left side of an equation is one derivative, perhaps times a constant; a derivative stands nowhere else.",
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' + v/tau = 0 mV/ms"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau"),
        ),
        explained(
            "E0402",
            "two equations for one state",
            "A state has at most one equation. Add the right sides up.",
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau\n    v' = 1 mV/ms"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau + 1 mV/ms"),
        ),
        explained(
            "E0403",
            "the derivative of something that is no state",
            "Only what is declared with `state` can have an equation.",
            ("neuron N:\n    param tau = 10 ms\n    v' = -v/tau"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau"),
        ),
        explained(
            "E0404",
            "a state assigned twice in one block",
            (
                "All assignments of a block read the values before it and apply together, so two plain `=` contradict each "
                "other. Several `+=` add up, to the value before or to what one `=` sets."
            ),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    spike when v > 1 mV:\n        v = 0 mV\n        v = 1 mV"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    spike when v > 1 mV:\n        v = 0 mV"),
        ),
        explained(
            "E0405",
            "something assigned that is no state",
            (
                "A `spike` or `on` block and `init` change states. Parameters, inputs and `let`s keep what they are; a synapse "
                "only adds to its states."
            ),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    spike when v > 1 mV:\n        tau = 0 ms"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    spike when v > 1 mV:\n        v = 0 mV"),
        ),
        explained(
            "E0406",
            "something held that is no state",
            "`refractory t hold a, b` freezes states; what it names must be declared with `state`.",
            (
                "neuron N:\n"
                "    param tau = 10 ms\n"
                "    state v : mV = 0 mV\n"
                "    spike when v > 1 mV:\n"
                "        v = 0 mV\n"
                "    refractory 2 ms hold u"
            ),
            (
                "neuron N:\n"
                "    param tau = 10 ms\n"
                "    state v : mV = 0 mV\n"
                "    spike when v > 1 mV:\n"
                "        v = 0 mV\n"
                "    refractory 2 ms hold v"
            ),
        ),
        explained(
            "E0407",
            "a clause that stands twice",
            "A component has one `spike when`, one `refractory`, one `solve`, one `surrogate`, one `output`.",
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau\n    solve rk2\n    solve rk4"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau\n    solve rk4"),
        ),
        explained(
            "E0408",
            "a handler that changes something else",
            (
                "`on pre:` and `on post:` change the weight `w`, or a state of the rule; nothing else. Changes of the weight are summed, "
                "reduced over the batch, bounded, then applied. `bound` bounds the weight alone."
            ),
            ("plasticity P:\n    trace x = pre(20 ms)\n    on post: x += 0.1"),
            ("plasticity P:\n    on post: w += 0.1"),
        ),
        explained(
            "E0409",
            "an unknown annotation",
            (
                "States take `@shared(mean)`, `@shared(sum)` or `@shared(max)` (one value for the whole batch), `@persistent` "
                "(kept between samples) and `@train_only` (frozen in evaluation)."
            ),
            ("neuron N:\n    state theta : mV = 0 mV @shared"),
            ("neuron N:\n    state theta : mV = 0 mV @shared(mean)"),
        ),
        explained(
            "E0410",
            "not a value",
            "A list, a slice or a pipe stands where something to calculate with is needed.",
            "param a = 3 + [1, 2]",
            "param a = 3",
        ),
        explained(
            "E0411",
            "too large once put together",
            (
                "An expression may have at most 20,000 operations, 200 of them inside each other, once `let`s and functions are "
                "put in; a component at most 100,000. Keep an intermediate result in a state, or say it with fewer terms. "
                "All loops together make at most 5,000 declarations; a population of many neurons, `population p[20000] = …`, needs none."
            ),
            "(60 functions, each of which calls the one before it twice)",
            "let b = a + a",
        ),
        explained(
            "E0412",
            "`next()` of something that is no trace",
            (
                "`next(x)` is the value of a trace after this step's events; it takes the name of a `trace` of the same rule. Equations "
                "hold between events, so they read traces without it."
            ),
            ("plasticity P:\n    trace x = pre(20 ms)\n    on post: w += next(y)"),
            ("plasticity P:\n    trace x = pre(20 ms)\n    on post: w += next(x)"),
        ),
        explained(
            "E0413",
            "a refractory period without spikes",
            "`refractory` freezes states after a spike, so it needs a `spike when`.",
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    refractory 2 ms hold v"),
            (
                "neuron N:\n"
                "    param tau = 10 ms\n"
                "    state v : mV = 0 mV\n"
                "    spike when v > 1 mV:\n"
                "        v = 0 mV\n"
                "    refractory 2 ms hold v"
            ),
        ),
        explained(
            "E0414",
            "a clause of another kind of component",
            (
                "A neuron has states, equations and spikes; a synapse an input, an output and `on pre:`; a plasticity rule "
                "traces and `on pre:`, `on post:`; a readout parameters."
            ),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    trace x = pre(20 ms)"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau"),
        ),
        explained(
            "E0415",
            "defined through itself",
            "A value can't be needed for its own calculation, neither directly nor round several corners.",
            ("let a = b + 1\nlet b = a + 1"),
            ("let b = 1\nlet a = b + 1"),
        ),
        explained(
            "E0416",
            "an unknown surrogate or solver",
            (
                "Surrogates are `fast_sigmoid`, `sigmoid`, `atan` and `triangle`; solvers are `exact`, `euler`, "
                "`exponential_euler`, `rk2` and `rk4`."
            ),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau\n    solve rk3"),
            ("neuron N:\n    param tau = 10 ms\n    state v : mV = 0 mV\n    v' = -v/tau\n    solve rk4"),
        ),
        explained(
            "E0417",
            "neither a unit nor a value",
            ("A parameter without a default, or a state without an initial value, at least needs its unit; `1` stands for none."),
            ("neuron N:\n    param tau\n    state v : mV = 0 mV"),
            ("neuron N:\n    param tau : ms = 10 ms\n    state v : mV = 0 mV"),
        ),
        explained(
            "E0418",
            "a synapse without its input or output",
            (
                "A synapse has one `input`, the summed weights of the spikes that arrive in a step, and one `output`, what its "
                "target receives."
            ),
            ("synapse S:\n    output I : nA = 1 nA"),
            ("synapse S:\n    input impulse : 1\n    output I : nA = 1 nA * impulse"),
        ),
        explained(
            "E0419",
            "a plasticity rule that changes nothing",
            "A rule needs an `on pre:` or `on post:` that changes the weight, or an equation such as `w' = lr * c * D`.",
            ("plasticity P:\n    trace x = pre(20 ms)"),
            ("plasticity P:\n    trace x = pre(20 ms)\n    on post: w += 0.1 * next(x)"),
        ),
        explained(
            "E0420",
            "not a trace",
            (
                "A trace is `pre(tau)` or `post(tau)`: it jumps by 1 at a spike of that side and decays with tau; with "
                "`nearest` it jumps to 1."
            ),
            ("plasticity P:\n    trace x = 20 ms\n    on post: w += next(x)"),
            ("plasticity P:\n    trace x = pre(20 ms)\n    on post: w += next(x)"),
        ),
        explained(
            "E0421",
            "equations that this solver can't integrate",
            (
                "`solve exact` needs equations that are linear in the states with constant coefficients, `solve exponential_euler` ones "
                "that are linear in their own state. Without `solve`, each equation gets the best method that its form allows."
            ),
            (
                "neuron N:\n    state v = 0\n    10 ms * v' = v^2 + 1\n    spike when v > 5:\n        v = 0\n    solve exact\n"
                "population p[1] = N()"
            ),
            (
                "neuron N:\n    state v = 0\n    10 ms * v' = v^2 + 1\n    spike when v > 5:\n        v = 0\n    solve rk4\n"
                "population p[1] = N()"
            ),
        ),
        explained(
            "E0422",
            "noise where none can be",
            (
                "`xi`, and `xi_a`, `xi_b`, … which are independent of it, are white noise of the dimension 1/sqrt(time). They stand in the "
                "equations of neurons and synapses, each as a factor of a term; not in conditions, blocks, outputs or plasticity rules, "
                "not within a function, and not in the equation of a state that samples share."
            ),
            (
                "neuron N:\n    param tau = 10 ms\n    state v = 0\n    tau * v' = -v\n"
                "    spike when v + sqrt(tau)*xi > 1:\n        v = 0\npopulation p[1] = N()"
            ),
            (
                "neuron N:\n    param tau = 10 ms\n    state v = 0\n    tau * v' = -v + sqrt(tau)*xi\n"
                "    spike when v > 1:\n        v = 0\npopulation p[1] = N()"
            ),
        ),
        explained(
            "E0423",
            "an event that there can't be",
            (
                "`on name when condition:` is an event of a neuron's own, and `emit name` in a block of a neuron lets one happen; "
                "`on name:` is then what happens. Names of other things are none of events; a neuron spikes by its `spike when` alone."
            ),
            (
                "neuron N:\n    state v = 0, n = 0\n    10 ms * v' = 2 - v\n    on high when v > 1:\n        emit spike\n"
                "population p[1] = N()"
            ),
            (
                "neuron N:\n    state v = 0, n = 0\n    10 ms * v' = 2 - v\n    on high when v > 1:\n        n += 1\n"
                "population p[1] = N()\nrecord p.high"
            ),
        ),
        explained(
            "E0424",
            "a range or a default where none can be",
            (
                "`state x = 0 in [0, 1]`, or `bound x in [0, 1]`, cuts a state to a range in every step. A state to which all samples add "
                "their changes would leave it all the same, and a receptor's states are what its kernel makes of them. The default of an "
                "input belongs to neurons: a synapse's input is what arrives."
            ),
            ("neuron N:\n    state x = 0 in [0, 1] @shared(sum)\n    10 ms * x' = 2 - x\npopulation p[1] = N()"),
            ("neuron N:\n    state x = 0 in [0, 1] @shared(mean)\n    10 ms * x' = 2 - x\npopulation p[1] = N()"),
        ),
        explained(
            "E0430",
            "not a receptor's kernel",
            (
                "A receptor is `delta`, `exponential(tau)`, `alpha(tau)`, `biexponential(rise, decay)`, or a `synapse` component with "
                "values for its parameters."
            ),
            ("neuron N:\n    receptor ge : nS = 5 ms\n    state v : mV = 0 mV\n    10 ms * v' = -v*ge/(1 nS)"),
            ("neuron N:\n    receptor ge : nS = exponential(5 ms)\n    state v : mV = 0 mV\n    10 ms * v' = -v*ge/(1 nS)"),
        ),
        explained(
            "E0431",
            "a reset that this neuron can't have",
            (
                "A population may choose `reset = value`, as its neuron's `spike when` says, or `reset = subtract`, by which the state "
                "that crosses the threshold keeps what it has beyond it. That needs a comparison of a state, and a line that resets it."
            ),
            ("neuron N:\n    state v = 0\n    10 ms * v' = 2 - v\n    spike when v > 1:\n        v = 0\npopulation p[1] = N(reset = soft)"),
            (
                "neuron N:\n    state v = 0\n    10 ms * v' = 2 - v\n    spike when v > 1:\n        v = 0\n"
                "population p[1] = N(reset = subtract)"
            ),
        ),
        explained(
            "E0432",
            "a readout of one's own",
            (
                "What a readout or a loss calculates is part of the runtime, so a `readout` component can't be defined in a program. Take "
                "one of the standard library, or write an output such as `mean(cells.spikes, over = time)` and go on in Python."
            ),
            "readout Most:\n    param classes : int = 10\npopulation cells[10] = LIF()\noutput label = Most(cells)",
            "population cells[10] = LIF()\noutput label = MaxRate(cells, classes = 10)",
        ),
    ]
)
