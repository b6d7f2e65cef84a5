"""Names that mean something else of a population or projection, which a component can't give to what is its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inferno.grammar.expression import Reference

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

OF_POPULATIONS: Mapping[str, str] = {
    "spikes": "what a population's neurons send",
    "refractory": "what is left of a neuron's refractory period",
    "place": "where a population's neurons are",
    "line": "what a population's spikes that are under way are called",
}
OF_PROJECTIONS: Mapping[str, str] = {
    "weight": "what a projection calls its weight",
    "delay": "what a projection calls its delay",
    "pre": "what a projection calls the sources of its synapses",
    "post": "what a projection calls the targets of its synapses",
    **dict.fromkeys(("columns", "indptr", "number", "steps", "strength", "targets"), "a name by which a projection keeps its synapses"),
}
NOUNS = {"state": "state", "port": "input", "trace": "trace", "parameter": "parameter"}


def refuse_taken(body: Body) -> None:
    """Report states, inputs and traces, and the parameters of a synapse, that have a name which means something else from outside."""
    kind = body.component.kind
    taken = OF_POPULATIONS if kind == "neuron" else OF_PROJECTIONS
    visible = {"state", "port", "trace", *(("parameter",) if kind == "synapse" else ())}
    if kind not in ("neuron", "synapse", "plasticity"):
        return
    found = {n: r.kind for n in taken if n in body.names and isinstance(r := body.names[n].expression, Reference) and r.name == n}
    found |= {p.name: "port" for p in body.ports if p.name in taken and kind == "neuron"}
    found |= {s: "state" for s in body.states if s in taken}
    for name, sort in sorted(found.items()):
        # What a synapse calls its input nobody sees from outside.
        if sort in visible and name in body.places and not (kind == "synapse" and sort == "port"):
            word = "receptor" if any(r.port.name == name for r in body.receptors) else NOUNS[sort]
            help_text = f"call this {word} otherwise"
            body.findings.error("E0302", f"`{name}` is {taken[name]}", body.places[name], "", help_text)
