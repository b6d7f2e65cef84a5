"""A parsed file becomes a checked program: the order of the checks, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import ast, checked, library
from inferno.grammar.check import settings
from inferno.grammar.check.components import check_component
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, UNKNOWN, is_plain
from inferno.grammar.check.instances import check_range
from inferno.grammar.check.overrides import parse_overrides
from inferno.grammar.check.typing import Scope, Typed, Typer, suggestion
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wiring import Network, check_input, check_population, check_projection
from inferno.grammar.check.zero_delay import check_cycles
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant
from inferno.grammar.names import names_in
from inferno.grammar.source import Span

LATER: dict[type[ast.Node], str] = {
    ast.Link: "the short form `a -> b`", ast.View: "`view`", ast.Use: "`use`", ast.Port: "`port`", ast.Export: "`export`", ast.Expect: "`expect`",
    ast.Network: "`network`", ast.ForBlock: "`for`", ast.IfItem: "`if`",
}  # fmt: skip


def check_module(module: ast.Module, name: str, overrides: Mapping[str, object], findings: Findings) -> checked.Program | None:
    """The program that a module describes, or None where `findings` holds errors."""
    given = parse_overrides(overrides, findings)
    names = _Names(module, given, findings)
    names.collect()
    parameters = names.parameters()
    run_block, train_block = names.block("run"), names.block("train")
    run = settings.attributes(run_block, settings.RUN, _prefixed(given, "run", settings.RUN), findings)
    train = settings.attributes(train_block, settings.TRAIN, _prefixed(given, "train", settings.TRAIN), findings, settings.TRAIN_LATER)
    if "steps" in given and "run.steps" in given:
        findings.error("E0605", "`steps` is given twice", None)
    dt = settings.time_step(run.get("dt"), parameters, findings)
    parameters = names.parameters(dt, report=True)
    network = Network(findings, dt, parameters, names.models(dt), given, names.functions)
    network.declared = {i.name for i in module.items if isinstance(i, ast.PopulationDecl)} | {
        i.declaration.name for i in module.items if isinstance(i, ast.InputDecl)
    }
    for item in module.items:
        if isinstance(item, ast.InputDecl):
            check_input(network, item)
    for item in module.items:
        if isinstance(item, ast.PopulationDecl):
            check_population(network, item)
    for item in module.items:
        if isinstance(item, ast.ProjectionDecl):
            check_projection(network, item)
    outputs = [o for i in module.items if isinstance(i, ast.OutputDecl) if (o := settings.check_output(network, i)) is not None]
    recordings = [r for i in module.items if isinstance(i, ast.Record) for r in settings.check_record(network, i)]
    checked_run, checked_train = settings.check_run(network, run), settings.check_train(network, train_block, train)
    _check_overrides(given, names, network)
    if not network.declared and not findings.has_errors:
        findings.error("E0513", "there is no network in this file", module.span if module.items else None, "no `population` is declared")
    if findings.has_errors:
        return None
    check_cycles(network.projections.values(), findings)
    if findings.has_errors:
        return None
    return checked.Program(
        name, module.doc or "", tuple(sorted((n, parameters[n].expression) for n in names.declarations)),
        tuple(network.inputs[n] for n in sorted(network.inputs)), tuple(network.populations[n] for n in sorted(network.populations)),
        tuple(network.projections[n] for n in sorted(network.projections)), tuple(sorted(outputs, key=lambda o: o.name)),
        tuple(sorted(dict.fromkeys(recordings), key=lambda r: (r.name, r.every, str(r.index)))), checked_run, checked_train,
    )  # fmt: skip


def _prefixed(given: Mapping[str, ast.Expr], owner: str, names: tuple[str, ...]) -> dict[str, ast.Expr]:
    return {n: given[f"{owner}.{n}"] for n in names if f"{owner}.{n}" in given}


class _Names:
    """The names of a file: what is declared, imported, and given from outside."""

    def __init__(self, module: ast.Module, given: Mapping[str, ast.Expr], findings: Findings) -> None:
        self.module, self.given, self.findings = module, given, findings
        self.declarations: dict[str, ast.Declaration | ast.Let] = {}
        self.functions: dict[str, ast.Function] = {}
        self.components: dict[str, ast.Component] = {}
        self.places: dict[str, Span] = {}

    def _claim(self, name: str, span: Span) -> bool:
        if name in self.places:
            self.findings.error("E0302", f"`{name}` is defined twice", span, "again here", labels=(Label(self.places[name], "first here"),))
            return False
        self.places[name] = span
        return True

    def collect(self) -> None:
        """Gather the declarations of the file; what is not supported yet is reported."""
        for item in self.module.items:
            if type(item) in LATER:
                self.findings.error("E0801", f"{LATER[type(item)]} is not supported yet", item.span)
            elif isinstance(item, ast.Import):
                self._import(item)
            elif isinstance(item, ast.Params):
                self.declarations.update({d.name: d for d in item.declarations if self._claim(d.name, d.name_span)})
            elif isinstance(item, ast.Let) and self._claim(item.name, item.span):
                self.declarations[item.name] = item
            elif isinstance(item, ast.Function) and self._claim(item.name, item.span):
                self.functions[item.name] = item
            elif isinstance(item, ast.Component) and self._claim(item.name, item.name_span):
                self.components[item.name] = item
            elif isinstance(item, ast.InputDecl):
                self._claim(item.declaration.name, item.declaration.name_span)
            elif isinstance(item, ast.PopulationDecl):
                self._claim(item.name, item.name_span)
            elif isinstance(item, ast.ProjectionDecl) and item.name is not None:
                self._claim(item.name, item.name_span)
            elif isinstance(item, ast.OutputDecl):
                self._claim(item.name, item.span)

    def _import(self, item: ast.Import) -> None:
        root, _, module = item.module.partition(".")
        if root != "std":
            self.findings.error("E0801", "importing other files is not supported yet", item.span, "", "copy the component into this file")
            return
        if module not in library.MODULES:
            hint = suggestion(module, library.MODULES) or f"there are {', '.join('std.' + m for m in library.MODULES)}"
            self.findings.error("E0306", f"the standard library has no module `{item.module}`", item.span, "", hint)
            return
        known = library.components(module)
        if item.names is None:
            self.findings.error("E0801", "importing a whole module is not supported yet", item.span, "", f"write `from {item.module} import …`")
            return
        for name in item.names:
            if name.id not in known:
                hint = suggestion(name.id, known) or f"it has {', '.join(sorted(known))}"
                self.findings.error("E0306", f"`{item.module}` has no `{name.id}`", name.span, "", hint)
            elif self._claim(name.id, name.span):
                self.components[name.id] = known[name.id]

    def block(self, kind: str) -> ast.Settings | None:
        """The `run:` or `train:` block."""
        found = [i for i in self.module.items if isinstance(i, ast.Settings) and i.kind == kind]
        for extra in found[1:]:
            self.findings.error("E0302", f"there are two `{kind}:` blocks", extra.span, "again here", labels=(Label(found[0].span, "first here"),))
        return found[0] if found else None

    def parameters(self, dt: Fraction | None = None, *, report: bool = False) -> dict[str, Typed]:
        """The file's `param`s and `let`s, calculated; without `dt` those that need it are left out, silently unless `report`."""
        values = {n: self.given.get(n) or (d.value if isinstance(d, ast.Let) else d.default) for n, d in self.declarations.items()}
        needs = {n: [m for m in names_in(v) if m in values and m != n or m == n] if v is not None else [] for n, v in sorted(values.items())}
        needs = {n: [m for m in needed if m in values] for n, needed in needs.items()}
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as cycle:
            if report:
                ring = list(dict.fromkeys(cycle.args[1]))
                text = " → ".join(f"`{n}`" for n in [*ring, ring[0]])
                self.findings.error("E0415", f"defined through itself: {text}", self.places[ring[0]])
            return {n: Typed(Constant(Fraction(1)), UNKNOWN) for n in values}
        found: dict[str, Typed] = {}
        target = self.findings if report else Findings()
        for name in order:
            found[name] = self._parameter(name, values[name], found, dt, target)
        return found

    def _parameter(self, name: str, value: ast.Expr | None, earlier: Mapping[str, Typed], dt: Fraction | None, findings: Findings) -> Typed:
        declaration = self.declarations[name]
        typer = Typer(Scope(earlier, "a parameter", self.functions, dt=dt), findings)
        if value is None:
            findings.error("E0304", f"`{name}` has no value", self.places[name], "", f"give it a default, or `--set {name}=…`")
            return Typed(Constant(Fraction(1)), UNKNOWN)
        if isinstance(declaration, ast.Let):
            return typer.type(value)
        dimension, integer = declared_dimension(declaration.type, findings)
        if not is_plain(dimension) and declaration.default is not None:
            found = typer.type(declaration.default).dimension
            dimension = found if is_plain(found) else NONE if found in (ANY, BOOLEAN) else UNKNOWN
        if isinstance(value, ast.ListLiteral):
            findings.error("E0801", "a list as a parameter is not supported yet", value.span)
            return Typed(Constant(Fraction(1)), UNKNOWN)
        before = len(findings.all)
        typed = typer.type(value)
        expression = typed.expression if typed.dimension == BOOLEAN else typer.expect(value, dimension, f"`{name}`")
        if len(findings.all) != before:
            return Typed(Constant(Fraction(1)), UNKNOWN)
        low = high = None
        if declaration.range is not None:
            low, high = (typer.expect(n, dimension, "a limit") for n in (declaration.range.low, declaration.range.high))
        plain = dimension if is_plain(dimension) else NONE
        parameter = checked.Parameter(name, plain, None, low, high, integer, span=declaration.span)
        check_range(parameter, expression, {}, value.span, findings)
        return Typed(expression, BOOLEAN if typed.dimension == BOOLEAN else dimension)

    def models(self, dt: Fraction) -> dict[str, checked.Model | None]:
        """The checked components that the file defines or imports."""
        return {name: check_component(component, dt, self.findings) for name, component in self.components.items()}


def _check_overrides(given: Mapping[str, ast.Expr], names: _Names, network: Network) -> None:
    """Report an override that names nothing."""
    settable = {n for n, d in names.declarations.items() if isinstance(d, ast.Declaration)}
    blocks = {f"run.{n}" for n in settings.RUN} | {f"train.{n}" for n in settings.TRAIN}
    known = settable | blocks | network.used_overrides
    for name in given:
        if name in known:
            continue
        owner, _, _ = name.partition(".")
        members = _members(owner, network)
        choices = [f"{owner}.{m}" for m in members] if members else [*settable, *(f"{o}.…" for o in [*network.populations, *network.projections])]
        hint = suggestion(name, choices) or (f"it can be one of {', '.join(choices[:12])}" if choices else "this file has no parameters")
        network.findings.error("E0604", f"there is nothing called `{name}` to set", None, "", hint)


def _members(owner: str, network: Network) -> list[str]:
    if owner in network.populations:
        return [n for n, _ in network.populations[owner].neuron.values]
    if owner in network.projections:
        projection = network.projections[owner]
        parts = [i for i in (projection.synapse, projection.plasticity) if i is not None]
        return ["weight", "delay", *(n for i in parts for n, _ in i.values)]
    return []
