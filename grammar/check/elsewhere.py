"""Names that other simulators give to neurons, parameters and connectivities, and what the same is called here."""

from __future__ import annotations

import re
from collections.abc import Collection

from inferno.grammar.check.scope import Scope

# Without case and `_`; the first of the names that the component has is meant.
_PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("el", "eleak", "vrest", "urest", "vleak", "vl"), ("v_rest", "EL")),
    **dict.fromkeys(("vth", "vt", "vthresh", "vthreshold", "uth", "threshold"), ("v_rh", "v_th")),
    **dict.fromkeys(("vpeak", "vspike"), ("v_th",)),
    **dict.fromkeys(("vreset", "ureset", "vr", "reset"), ("v_reset", "v_r")),
    **dict.fromkeys(("tref", "taurefrac", "tauref", "trefrac", "refractory", "refractoryperiod"), ("t_ref",)),
    **dict.fromkeys(("taum", "tau", "taumem", "taumembrane"), ("tau_m", "tau")),
    **dict.fromkeys(("tausyn", "taus", "tausynapse"), ("tau",)),
    **dict.fromkeys(("tausynex", "tausyne", "taue"), ("tau_e",)),
    **dict.fromkeys(("tausynin", "tausyni", "taui"), ("tau_i",)),
    **dict.fromkeys(("ie", "iext", "ioffset", "iapp", "iinj", "idc"), ("I",)),
    **dict.fromkeys(("deltat", "delta"), ("Delta",)),
    **dict.fromkeys(("rm", "rmem", "rin"), ("R",)),
    **dict.fromkeys(("cm", "cmem"), ("C",)),
    **dict.fromkeys(("gl", "gleak"), ("gL",)),
    **dict.fromkeys(("eex", "erevex", "ereve", "ee"), ("Ee",)),
    **dict.fromkeys(("ein", "erevin", "ei"), ("Ei",)),
    **dict.fromkeys(("aplus", "apre", "etaplus"), ("lr_post",)),
    **dict.fromkeys(("tauplus", "taupre"), ("tau_pre",)),
    **dict.fromkeys(("tauminus", "taupost"), ("tau_post",)),
    **dict.fromkeys(("rates", "frequency", "firingrate"), ("rate",)),
}

_AMOUNTS = {
    "aminus": ("lr_pre", "what a spike of the source takes away is `lr_pre`, with its sign: `lr_pre = -5e-6`"),
    "apost": ("lr_pre", "what a spike of the source takes away is `lr_pre`, with its sign: `lr_pre = -5e-6`"),
    "wmax": ("lr_post", "bounds belong to the projection: `upper = clamp(1)`"),
    "wmin": ("lr_post", "bounds belong to the projection: `lower = clamp(0)`"),
    "cm": ("R", "`tau_m` and `R` say it: the capacitance is `tau_m/R`"),
    "c": ("R", "`tau_m` and `R` say it: the capacitance is `tau_m/R`"),
    "gl": ("R", "`R` says it: the leak is `1/R`"),
    "gleak": ("R", "`R` says it: the leak is `1/R`"),
}

_MODELS: dict[str, str] = {
    **dict.fromkeys(("iafpscdelta", "leakyintegrateandfire", "lapicque", "ifneuron"), "LIF"),
    **dict.fromkeys(("iafpscexp", "iafpscalpha", "ifcurrexp", "ifcurralpha", "synaptic", "iafneuron"), "CubaLIF"),
    **dict.fromkeys(("iafcondexp", "iafcondalpha", "ifcondexp", "ifcondalpha"), "CobaLIF"),
    **dict.fromkeys(("aeifcondexp", "aeifcondalpha", "aeifpscexp", "eifcondexpisfaista", "adaptiveexponential"), "AdEx"),
    **dict.fromkeys(("izhikevich2003", "izhikevichneuron"), "Izhikevich"),
    **dict.fromkeys(("poissongenerator", "poissongroup", "spikesourcepoisson", "poissoninput"), "Poisson"),
    **dict.fromkeys(("spikegenerator", "spikegeneratorgroup", "spikesourcearray", "parrotneuron"), "SpikeTrain"),
    **dict.fromkeys(("dcgenerator", "stepcurrentgenerator", "dcsource", "stepcurrentsource"), "StepCurrent"),
    **dict.fromkeys(("noisegenerator", "noisycurrentsource"), "NoiseCurrent"),
    **dict.fromkeys(("stdpsynapse", "stdpmechanism", "spikepairrule"), "STDP"),
    **dict.fromkeys(("staticsynapse", "staticsynapsemechanism"), "Delta"),
    **dict.fromkeys(("expsyn", "exponentialsynapse"), "Exponential"),
    **dict.fromkeys(("alphasynapse",), "Alpha"),
    **dict.fromkeys(("exp2syn",), "DoubleExponential"),
}

_CONNECTIVITIES: dict[str, str] = {
    **dict.fromkeys(("fixedprob", "fixedprobability", "fixedprobabilityconnector", "pairwisebernoulli", "bernoulli"), "random(p)"),
    **dict.fromkeys(("fixedindegree", "fixednumberpreconnector", "indegree"), "fixed_in(n)"),
    **dict.fromkeys(("fixedoutdegree", "fixednumberpostconnector", "outdegree"), "fixed_out(n)"),
    **dict.fromkeys(("fixedtotalnumber", "fixedtotalnumberconnector"), "fixed_total(n)"),
    **dict.fromkeys(("alltoall", "alltoallconnector", "onetoall", "alltoone", "full", "all", "fullyconnected", "linear"), "dense"),
    **dict.fromkeys(("onetoone", "onetooneconnector", "identity"), "one_to_one"),
    **dict.fromkeys(("fromlist", "fromlistconnector", "fromfileconnector"), 'from_file("synapses.npz")'),
}  # fmt: skip

_SETTINGS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("rule", "connectivity", "connspec", "condition", "topology"), ("connect", "say which pairs are joined: `connect = random(0.1)`")
    ),
    **dict.fromkeys(("p", "probability"), ("connect", "write `connect = random(0.1)`")),
    **dict.fromkeys(("n", "indegree"), ("connect", "write `connect = fixed_in(100)`")),
    **dict.fromkeys(("receptor", "receptortype", "target"), ("connect", "project on the receptor: `… -> cells.ge`")),
    **dict.fromkeys(("w", "weights", "strength", "g"), ("weight", "did you mean `weight`?")),
    **dict.fromkeys(("d", "delays", "axonaldelay"), ("delay", "did you mean `delay`?")),
    **dict.fromkeys(("tau", "tausyn"), ("synapse", "a current that decays is `synapse = Exponential(q = 1 pC, tau = 5 ms)`")),
    **dict.fromkeys(("stdp", "learning", "learningrule"), ("plasticity", "did you mean `plasticity`?")),
    **dict.fromkeys(("wmax", "wmin"), ("upper", "bounds are `lower = clamp(0)` and `upper = clamp(1)`")),
    **dict.fromkeys(("time", "tstop", "tsim", "simtime", "simulationtime", "length"), ("duration", "did you mean `duration`?")),
    **dict.fromkeys(("timestep", "resolution", "h"), ("dt", "did you mean `dt`?")),
    **dict.fromkeys(("lr", "learningrate"), ("optimizer", "write `optimizer = adam(lr = 1e-3)`")),
    **dict.fromkeys(("batchsize",), ("batch", "did you mean `batch`?")),
}

_SECOND = re.compile(r"d(?:\^?2)[ ]*([A-Za-z_][A-Za-z0-9_]*)[ ]*/[ ]*dt(?:\^?2)")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def own_parameter(name: str, known: Collection[str]) -> str:
    """`did you mean …?` for the parameter or input that one of another simulator means: `v_rest` for `E_L`; empty if none is known.

    What some call threshold is, of a neuron with an upstroke of its own, where that begins or where it ends.
    """
    meant = [own for own in _PARAMETERS.get(_plain(name), ()) if own in known and own != name]
    both = meant[:2] if meant[:2] == ["v_rh", "v_th"] else meant[:1]
    return f"did you mean {' or '.join(f'`{own}`' for own in both)}?" if both else ""


def said_otherwise(name: str, known: Collection[str]) -> str:
    """How a component of these parameters says what one of another simulator does, where that is no other name alone."""
    own, words = _AMOUNTS.get(_plain(name), ("", ""))
    return words if own in known else ""


def own_model(name: str) -> str:
    """The component of the standard library that is nearest to one of another simulator; empty if none is."""
    return _MODELS.get(_plain(name), "")


def neuron_in_a_rule(end: str, variable: str, scope: Scope) -> str:
    """How a rule has what `post.v` means elsewhere; empty for other names and places."""
    if end not in ("pre", "post") or not scope.owner.startswith("plasticity"):
        return ""
    if end == "pre":
        return "of a source a rule knows its spikes alone, `on pre:`, and what they leave, `trace x = pre(20 ms)`"
    name = variable[:40]
    return f"write `modulator {name} : mV`, with its unit, and link the target's state to it from outside: `cells.{name} -> ff.{name}`"


def suffixed_in_a_rule(name: str, scope: Scope) -> str:
    """As `neuron_in_a_rule`, for `v_post`."""
    variable, sign, end = name.rpartition("_")
    return neuron_in_a_rule(end, variable, scope) if sign and variable else ""


def own_connectivity(name: str) -> str:
    """How a connectivity of another simulator is written here; empty if it is not known."""
    return _CONNECTIVITIES.get(_plain(name), "")


def own_setting(name: str, known: Collection[str]) -> str:
    """What to write for a setting that is called or done otherwise here, where its block has that."""
    own, words = _SETTINGS.get(_plain(name), ("", ""))
    return words if own in known else ""


def instead_of_equation(left: str, states: Collection[str]) -> str:
    """How `left = …` is written in a component, where it is no equation."""
    if left == "threshold":
        return "write `spike when v >= v_th:`, with what a spike changes below it"
    if left == "output":
        return "write what a synapse gives with its unit, `output I : nA = …`"
    if left in states:
        return f"write `{left}' = …`, or `{left} = …` in a block, as below `spike when condition:`"
    if found := _SECOND.fullmatch(left):
        name = found[1]
        return f"equations are of first order: write two, `{name}' = {name}_slope` and `{name}_slope' = …`, each of a state"
    return f"write `let {left} = …`, or an equation, `v' = …`" if left.isidentifier() else "write, say, `tau * v' = …` or `v' = …`"
