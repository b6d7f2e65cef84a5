"""Components that a file defines and does not use make sense with their own defaults, or are reported all the same."""

from __future__ import annotations

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.soundness import check_neuron, check_scales
from inferno.grammar.check.wiring import Network
from inferno.grammar.expression import Reference


def check_unused(network: Network, module: ast.Module) -> None:
    """Check the neurons and synapses of a file that nothing uses, with the defaults of their parameters."""
    used = _used(module)
    for item in module.items:
        if not isinstance(item, ast.Component) or item.name in used:
            continue
        model = network.models.get(item.name)
        if not isinstance(model, checked.NeuronModel | checked.SynapseModel) or any(p.default is None for p in model.parameters):
            continue
        if network.is_faulty(model):
            continue
        use = instances.Use(model, (), item.name_span)
        made = instances.instantiate(use, network.typer(f"{item.kind} `{item.name}`"), {})
        if made is None:
            continue
        places = {p.name: p.span for p in model.parameters}
        if isinstance(model, checked.NeuronModel):
            check_neuron(checked.Population(item.name, (1,), made.instance, span=item.name_span), places, network.findings)
        else:
            known = {Reference("parameter", n): v for n, v in made.instance.values}
            check_scales(model.equations, known, model, places, item.name_span, network.findings)


def _used(module: ast.Module) -> frozenset[str]:
    """The names of all components that populations and projections mention."""
    values = [i.value for i in module.items if isinstance(i, ast.PopulationDecl)]
    values += [a.value for i in module.items if isinstance(i, ast.ProjectionDecl) for a in i.attributes]
    names = (v.function if isinstance(v, ast.Call) else v for v in values)
    return frozenset(n.id for n in names if isinstance(n, ast.Name))
