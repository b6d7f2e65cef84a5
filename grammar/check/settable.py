"""Overrides that name nothing."""

from __future__ import annotations

from collections.abc import Mapping

from inferno.grammar import ast
from inferno.grammar.check.declarations import Names
from inferno.grammar.check.overrides import name_place
from inferno.grammar.check.projections import SETTINGS
from inferno.grammar.check.settings import RUN, TRAIN
from inferno.grammar.check.wiring import Network, inputs_of, model_of
from inferno.grammar.check.wording import listed, suggestion
from inferno.grammar.names import split_name


def check_overrides(given: Mapping[str, ast.Expr], names: Names, network: Network) -> None:
    """Report an override that names nothing, with what it may have meant."""
    if not given:
        return
    settable = [n for n, d in names.declarations.items() if isinstance(d, ast.Declaration)]
    blocks = [*(f"run.{n}" for n in RUN), *(f"train.{n}" for n in TRAIN)]
    known = {*settable, *blocks} | network.used_overrides
    for name, node in given.items():
        owner, member = split_name(name) if "." in name else (name, "")
        if name in known or _is_unsure(owner, network):
            continue
        place = name_place(node, name)
        if name in names.declarations:
            help_text = f"write `param {name} = …` in the file to make it settable"
            network.findings.error("E0604", f"`{name}` can't be set: it is a `let`", place, "", help_text)
            continue
        owned = [f"{owner}.{m}" for m in members(owner, network)]
        if owner in network.populations and member in {s.name for s in model_of(network.populations[owner]).states}:
            hint = f"`{member}` is a state; give its first value in the file, with `init {member} = …` below `{owner}`"
        elif owned and not member:
            hint = f"say which of its values: {listed(owned)}"
        elif owned:
            hint = suggestion(network.findings, name, owned) or f"`{owner}` has {listed(split_name(m)[1] for m in owned)}"
        else:
            hint = _anywhere(name, member, settable, blocks, network)
        network.findings.error("E0604", f"there is nothing called `{name}` to set", place, "", hint)


def _is_unsure(owner: str, network: Network) -> bool:
    """Whether a name belongs to something that could not be checked."""
    is_node = owner in network.declared and owner not in network.populations and owner not in network.inputs
    return is_node or (owner in network.projected and owner not in network.projections)


def _anywhere(name: str, member: str, settable: list[str], blocks: list[str], network: Network) -> str:
    """What a name may have meant that belongs to nothing: the same member of something, or a name alike."""
    owners = [*network.populations, *network.projections, *network.readouts]
    same = [f"{owner}.{member or name}" for owner in owners if (member or name) in members(owner, network)]
    same += [block for block in blocks if split_name(block)[1] == (member or name)]
    if same and not member:
        return f"say whose: {listed(same)}"
    if near := suggestion(network.findings, name, [*settable, *same, *blocks, *owners]):
        return near
    choices = [*settable, *(f"{owner}.…" for owner in owners)]
    return f"what can be set: {listed(choices)}" if choices else "this file has no parameters"


def members(owner: str, network: Network) -> list[str]:
    """What can be set of a population, projection or readout."""
    if owner in network.populations:
        return [n for n, _ in network.populations[owner].neuron.values] + [
            *(p.name for p in inputs_of(model_of(network.populations[owner]))),
            *(n for n, _ in network.populations[owner].draws),
        ]
    if owner in network.projections:
        projection = network.projections[owner]
        if projection.layers is not None and projection.connectivity.pattern != "conv":
            return []
        parts = [i for i in (projection.synapse, projection.plasticity) if i is not None]
        return [*dict.fromkeys([*SETTINGS, *(n for i in parts for n, _ in i.values), *projection.draws])]
    if owner in network.readouts:
        return [n for n, _ in network.readouts[owner].values]
    return []
