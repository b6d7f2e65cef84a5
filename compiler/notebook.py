"""A network as HTML for notebooks: a picture of its graph, tables of populations and projections, and its equations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge
from inferno.compiler.picture import to_svg
from inferno.compiler.text import expression_text
from inferno.grammar.checked import Checked, NeuronModel, PlasticityModel, Program, SynapseModel
from inferno.grammar.expression import Constant, Expression

MOST_ROWS = 100
CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top"
LONGEST = 160


def to_html(program: Program, graph: Graph, heading: str = "") -> str:
    """A fragment without scripts; every word of the author is escaped.  `heading` is said behind the name."""
    picture = to_svg(graph)
    experiment = graphs.experiment(graph)
    title = f"<b>{escape(experiment.name)}</b>" + (f" · {escape(heading)}" if heading else "")
    about = f"<div>{escape(_short(' '.join(program.doc.split())))}</div>" if program.doc else ""
    populations = _table(
        ("population", "neurons", "model", "states", "given"), [_population(program, node) for node in graphs.populations(graph)]
    )
    projections = _table(
        ("projection", "from → to", "connect", "weight", "synapse", "plasticity", "delay"),
        [_projection(graph, edge) for edge in graphs.projections(graph)],
    )
    parts = (title, about, picture, populations, projections, _equations(program))
    return "\n".join(['<div style="line-height:1.4">', *(part for part in parts if part), "</div>"])


def _table(heads: Sequence[str], rows: list[tuple[str, ...]]) -> str:
    """A table; columns in which nothing stands are left out."""
    if not rows:
        return ""
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    head = "".join(f'<th style="{CELL}">{escape(heads[i])}</th>' for i in kept)
    lines = ["".join(f'<td style="{CELL}">{escape(row[i])}</td>' for i in kept) for row in rows[:MOST_ROWS]]
    more = f"<div>and {len(rows) - MOST_ROWS:,} more</div>" if len(rows) > MOST_ROWS else ""
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table style="border-collapse:collapse;margin:6px 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'


def _population(program: Program, node: PopulationNode) -> tuple[str, ...]:
    # What relays the events of another population is written by nobody.
    model = next((p.neuron.model for p in program.populations if p.name == node.name), None)
    states = [s.name for s in model.states] if isinstance(model, NeuronModel) else []
    given = [f"{name} = {_value(value)}" for name, value in node.drive]
    return node.name, "×".join(str(n) for n in node.shape) or "1", node.model, ", ".join(states), _short(", ".join(given))


def _projection(graph: Graph, edge: ProjectionEdge) -> tuple[str, ...]:
    pattern = edge.recipe[0].replace("_", " ") if edge.pattern == "list" else edge.pattern.replace("_", " ")
    step = graphs.experiment(graph).dt
    delay = (
        f"{edge.delay * step:g}" + (f" to {edge.longest * step:g}" if edge.longest != edge.delay else "") + " ms" if edge.longest else ""
    )
    return (
        edge.name,
        f"{edge.source} → {edge.target}.{edge.port}",
        pattern + (" - diagonal" if edge.without_diagonal else ""),
        _short(_value(edge.weight), 40),
        edge.synapse.model if edge.synapse is not None else "",
        edge.rule.model if edge.rule is not None else "",
        delay,
    )


def _value(expression: Expression) -> str:
    return f"{float(expression.value):.6g}" if isinstance(expression, Constant) else expression_text(expression).strip("()")


def _short(words: str, most: int = LONGEST) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


# ---- equations --------------------------------------------------------------------------------------------


def _equations(program: Program) -> str:
    """The equations of the models in their authors' words, folded away."""
    models: dict[str, NeuronModel | SynapseModel | PlasticityModel] = {}
    for instance in (
        *(p.neuron for p in program.populations),
        *(p.synapse for p in program.projections if p.synapse is not None),
        *(p.plasticity for p in program.projections if p.plasticity is not None),
    ):
        if isinstance(instance.model, NeuronModel | SynapseModel | PlasticityModel):
            models.setdefault(instance.model.name, instance.model)
    parts = [f"<b>{escape(name)}</b>\n{escape(text)}" for name, model in sorted(models.items()) if (text := _lines(model))]
    if not parts:
        return ""
    return f'<details><summary>equations</summary><pre style="margin:4px 0">{(chr(10) * 2).join(parts)}</pre></details>'


def _lines(model: NeuronModel | SynapseModel | PlasticityModel) -> str:
    if isinstance(model, PlasticityModel):
        return _texts((*model.traces, *model.handlers))
    if isinstance(model, SynapseModel):
        return _texts((*model.on_impulse, *model.equations))
    events: tuple[Checked, ...] = (*((model.spike,) if model.spike is not None else ()), *model.events)
    if model.refractory is not None:
        events = (*events, model.refractory)
    return _texts((*model.equations, *events))


def _texts(items: Iterable[Checked]) -> str:
    """What the author wrote, each statement once."""
    return "\n".join(dict.fromkeys("    " + item.span.text.strip().replace("\n", "\n    ") for item in items))
