"""`projection rec: net.r -> net`: projections of states, whose values arrive in every step as they are, times a weight."""

from __future__ import annotations

from collections.abc import Mapping

from inferno.grammar import checked
from inferno.grammar.check.dimensions import UNKNOWN, Kind, is_plain, quotient
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import short
from inferno.grammar.source import Span


def weight_of(network: Network, ends: Ends, places: Mapping[str, Span], synapse: checked.Instance | None, spiking: Kind) -> Kind:
    """The dimension of a projection's weight, given that for spikes; what values can't do is reported.

    `places` says where each setting stands.  Where nobody knows what the source is, nobody knows what its weight should be.
    """
    if ends.source is None:
        return UNKNOWN
    if ends.value is None:
        return spiking
    _refuse(network, ends, places, synapse)
    if not is_plain(spiking):
        return spiking
    taken = spiking if synapse is not None or ends.port is None else ends.port.dimension
    return quotient(taken, ends.value.dimension)


def _refuse(network: Network, ends: Ends, places: Mapping[str, Span], synapse: checked.Instance | None) -> None:
    findings, span = network.findings, ends.declaration.source.span
    message = f"`{short(span)}` is a value, which is there in every step"
    if "plasticity" in places:
        help_text = "project the spikes, or let a rule between spiking neurons read the value as a modulator"
        findings.error("E0532", f"{message}; a plasticity rule learns from spikes", places["plasticity"], "", help_text)
    if ends.port is not None and ends.port.receptor:
        help_text = f"give the neuron an `input` and an equation: `tau * {ends.port.name}' = arriving - {ends.port.name}`"
        why = f"{message}; `{ends.port.name}` is a receptor, which takes spikes"
        findings.error("E0532", why, ends.declaration.target.span, "", help_text)
    model = synapse.model if synapse is not None else None
    if isinstance(model, checked.SynapseModel) and model.on_impulse:
        help_text = f"leave `synapse` out, or let an equation read the input: `tau * s' = {model.impulse_name} - s`"
        findings.error("E0532", f"{message}; `{model.name}` has `on pre:`, which is for spikes", places["synapse"], "", help_text)
