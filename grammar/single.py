"""One component of a file on its own, without a network around it: a neuron as a population of one, a synapse between two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from numbers import Real

from inferno.grammar import ast, checked, library
from inferno.grammar.check.declarations import Names
from inferno.grammar.check.program import check_module
from inferno.grammar.check.scope import EXPANSION_LIMIT, Budget
from inferno.grammar.check.wiring import inputs_of
from inferno.grammar.check.wording import near_or_all
from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Findings
from inferno.grammar.elaborate.imports import Loader
from inferno.grammar.elaborate.names import Member
from inferno.grammar.elaborate.whole import elaborate
from inferno.grammar.expression import references
from inferno.grammar.modules import Modules, NoModules
from inferno.grammar.source import Source
from inferno.grammar.syntax import parse
from inferno.grammar.units import Dimension, base_unit

CELL = "cell"
KEPT = (ast.Component, ast.Import, ast.Params, ast.Let, ast.Function)

NEURON = "snn 1\npopulation {cell} = {component}()\n"
SYNAPSE = """snn 1
neuron {cell}_receiver:
    input arriving : {unit}
    state received : {unit} = 0 {unit}
    received' = (arriving - received) / (1 ms)
input {cell}_source : spikes[1]
population {cell}_target[1] = {cell}_receiver()
projection {cell}: {cell}_source -> {cell}_target.arriving:
    connect = dense
    synapse = {component}()
    weight  = 1
    delay   = 0 ms
"""


def standard_component(module: str, component: str, values: Mapping[str, object], dt: float) -> checked.Program:
    """The program of one component of the standard library; as `single_component`."""
    whole = library.module(module)
    alone = replace(whole, items=(library.components(module)[component],))
    return _program(alone, component, values, dt, Findings(), NoModules())


def single_component(
    data: bytes, name: str, component: str, values: Mapping[str, object], dt: float, modules: Modules | None = None
) -> checked.Program:
    """The program that holds one component of a file: a population, or for a synapse a projection, called `cell`.

    Parameters
    ----------
    data, name
        The text of the file, and what it is called in messages.
    component
        The name of one of its neurons or synapses, defined or imported there.
    values
        The component's parameters, and what a neuron's inputs receive besides what arrives, as numbers in base units (ms, mV, nA, pC,
        MOhm, uS), or as quantities such as `"30 ms"`.
    dt
        The time step in ms.
    modules
        Where the files are found that it imports.

    Raises
    ------
    SnnError
        With all diagnostics, if any of them is an error.
    """
    findings = Findings()
    source = decode(data, name, findings)
    module = parse(source, findings) if source is not None else None
    findings.raise_errors()
    assert module is not None
    return _program(module, component, values, dt, findings, modules or NoModules())


def _program(
    module: ast.Module, component: str, values: Mapping[str, object], dt: float, findings: Findings, modules: Modules
) -> checked.Program:
    items = tuple(item for item in module.items if isinstance(item, KEPT))
    module = replace(module, items=items)
    definition = _definition(module, component, modules, findings)
    findings.raise_errors()
    assert definition is not None
    cell = CELL
    while cell in {name for item in items for name in _names(item)}:
        cell += "_"
    whole = elaborate(module, modules, {}, findings)
    findings.raise_errors()
    names = Names(whole.module, {}, findings, Budget(EXPANSION_LIMIT))
    names.collect()
    model = names.models(Fraction(repr(dt)))[component]
    findings.raise_errors()
    assert model is not None
    known = [n for n in _settable(model) if "." not in n]
    for name in (n for n in values if n not in known):
        hint = near_or_all(findings, name, known, "its parameters are")
        findings.error("E0303", f"`{component}` has no parameter `{name}`", None, "", hint)
    findings.raise_errors()
    around = parse(Source(f"<{component}>", _text(model, component, cell)), findings)
    findings.raise_errors()
    assert around is not None
    given = {f"{cell}.{n}": _quantity(v, model, n) for n, v in values.items()} | {"run.dt": f"{dt!r} ms"}
    program = check_module(replace(module, items=(*items, *around.items)), module.span.source.name, given, findings, modules)
    if isinstance(model, checked.SynapseModel) and any(s.low or s.high for s in model.states):
        message = f"`{component}` has a state with a range, which a component in Python does not know"
        findings.error("E0801", message, definition.name_span, "", "leave the range out, or cut what you read")
    if isinstance(model, checked.SynapseModel) and any(references(e.rate, "noise") for e in model.equations):
        message = f"`{component}` has noise, which a component in Python does not know"
        findings.error("E0801", message, definition.name_span, "", "give the noise as its input, step by step")
    findings.raise_errors()
    assert program is not None
    return program


def _settable(model: checked.Model) -> dict[str, Dimension]:
    """What a use may give values for, with its dimension: parameters, and inputs of a neuron."""
    ports = inputs_of(model) if isinstance(model, checked.NeuronModel) else []
    return {p.name: p.dimension for p in model.parameters} | {p.name: p.dimension for p in ports}


def _definition(module: ast.Module, component: str, modules: Modules, findings: Findings) -> ast.Component | None:
    """The component of a name that a file defines or imports."""
    names = Loader(modules, Findings()).main(module).names.items()
    known = {n: m.definition for n, m in names if isinstance(m, Member) and isinstance(m.definition, ast.Component)}
    found = known.get(component)
    if found is None or found.kind not in ("neuron", "synapse"):
        fitting = sorted(name for name, item in known.items() if item.kind in ("neuron", "synapse"))
        hint = near_or_all(findings, component, fitting, "there are") if fitting else "this file defines no neuron and no synapse"
        findings.error("E0301", f"there is no neuron or synapse `{component}` in this file", None, "", hint)
        return None
    return found


def _names(item: ast.Node) -> list[str]:
    if isinstance(item, ast.Params):
        return [d.name for d in item.declarations]
    if isinstance(item, ast.Import):
        return [name.id for name in item.names or ()]
    return [item.name] if isinstance(item, ast.Component | ast.Let | ast.Function) else []


def _text(model: checked.Model, component: str, cell: str) -> str:
    if isinstance(model, checked.SynapseModel):
        return SYNAPSE.format(cell=cell, component=component, unit=base_unit(model.output_dimension))
    return NEURON.format(cell=cell, component=component)


def _quantity(value: object, model: checked.Model, name: str) -> object:
    """A plain number with the base unit of the parameter that it is for; anything else as it is."""
    dimension = _settable(model).get(name)
    if dimension is None or isinstance(value, bool) or not isinstance(value, Real):
        return value
    unit = re.sub("[A-Za-z]+", lambda found: f"(1 {found[0]})", base_unit(dimension))
    return value if unit == "1" else f"{float(value)!r} * ({unit})"
