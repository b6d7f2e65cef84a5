"""The names of a file: what it declares, what it imports, and the values of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any

from inferno.grammar import ast, checked, library
from inferno.grammar.check.components import check_component
from inferno.grammar.check.dimensions import ANY, BOOLEAN, NONE, UNKNOWN, is_plain
from inferno.grammar.check.inheritance import inherited
from inferno.grammar.check.projections import name_of
from inferno.grammar.check.ranges import check_range
from inferno.grammar.check.scope import LOST, Budget, Scope, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.units_of import declared_dimension
from inferno.grammar.check.wording import name_span, ring
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant
from inferno.grammar.names import names_in
from inferno.grammar.source import Span, UsedSource

SHAPE_OR_BLOCKS = (
    "neurons that are alike are one population with a shape, `population p[100] = …`; populations that differ are blocks, "
    "`network Part(): …` with `use part[i] = Part()` in the loop"
)
UNNAMED = "leave its name out: it is then called like its ends, which differ from round to round where they are blocks, `part[i].p`"
WRITTEN_OUT = "leave it out, and write the part itself where it is used"
NAMED = "what joins two populations is called like these; give one of both a name: `projection other: a -> b`, or `-[other: …]->`"
ONE_PROJECTION = "its ends are called the same in each round; one projection joins many pairs: say which by `connect`"


class Names:
    """The names of a file: what is declared, imported, and given from outside."""

    def __init__(
        self, module: ast.Module, given: Mapping[str, ast.Expr], findings: Findings, budget: Budget, failed: frozenset[str] = frozenset()
    ) -> None:
        self.module, self.given, self.findings, self.budget, self.failed = module, given, findings, budget, failed
        self.declarations: dict[str, ast.Declaration | ast.Let] = {}
        self.functions: dict[str, ast.Function] = {}
        self.components: dict[str, ast.Component] = {}
        self.declared: dict[str, Span] = {}
        self.projected: dict[str, Span] = {}
        self.places: dict[str, Span] = {}
        self.faulty: set[Span] = set()
        self._refused: set[int] = set()
        self._imports: set[str] = set()

    # ---- what is declared ---------------------------------------------------------------------

    def _claim(self, name: str, span: Span, in_rounds: str = "") -> bool:
        """Whether a name is new; `in_rounds` is what to do where each round of a loop has the same."""
        if name in self.places:
            if _is_next_round(self.places[name], span):
                if self.findings.is_first("E0302", "rounds", name):
                    message = f"each round of the loop declares `{name.rpartition('.')[2]}`"
                    self.findings.error("E0302", message, span, "the same name again", in_rounds)
                return False
            labels = (Label(self.places[name], "first here"),)
            advice = NAMED if in_rounds == ONE_PROJECTION else ""
            self.findings.error("E0302", f"`{name}` is defined twice", span, "again here", advice, labels=labels)
            return False
        self.places[name] = span
        return True

    def collect(self) -> None:
        """Gather the declarations of the file."""
        for item in self.module.items:
            if (collector := _COLLECTORS.get(type(item))) is not None:
                collector(self, item)

    def is_counted(self, item: ast.Node) -> bool:
        """Whether a declaration is the first of its name."""
        return id(item) not in self._refused

    def _params(self, item: ast.Params) -> None:
        self.declarations.update({d.name: d for d in item.declarations if self._claim(d.name, d.name_span)})

    def _let(self, item: ast.Let) -> None:
        if self._claim(item.name, name_span(item.span, item.name)):
            self.declarations[item.name] = item

    def _function(self, item: ast.Function) -> None:
        if self._claim(item.name, name_span(item.span, item.name)):
            self.functions[item.name] = item

    def _component(self, item: ast.Component) -> None:
        if self._claim(item.name, item.name_span):
            self.components[item.name] = item

    def _imported(self, item: ast.Imported) -> None:
        if self._claim(item.name, item.span):
            self.components[item.name] = item.component
            self._imports.add(item.name)

    def _input(self, item: ast.InputDecl) -> None:
        self._node(item, item.declaration.name, item.declaration.name_span)

    def _population(self, item: ast.PopulationDecl) -> None:
        self._node(item, item.name, item.name_span, SHAPE_OR_BLOCKS)

    def _view(self, item: ast.View) -> None:
        self._node(item, item.name, name_span(item.span, item.name), WRITTEN_OUT)

    def _node(self, item: ast.Node, name: str, span: Span, in_rounds: str = "") -> None:
        if self._claim(name, span, in_rounds):
            self.declared[name] = span
        else:
            self._refused.add(id(item))

    def _projection(self, item: ast.ProjectionDecl) -> None:
        name = name_of(item)
        if name is not None and not self._claim(name, item.name_span, UNNAMED if item.name is not None else ONE_PROJECTION):
            self._refused.add(id(item))
        elif name is not None:
            self.projected[name] = item.name_span

    def claim_edge(self, name: str, span: Span) -> bool:
        """Whether an edge of the short form is the first of its name."""
        is_new = self._claim(name, span, ONE_PROJECTION)
        if is_new:
            self.projected[name] = span
        return is_new

    def _output(self, item: ast.OutputDecl) -> None:
        if not self._claim(item.name, name_span(item.span, item.name)):
            self._refused.add(id(item))

    def models(self, dt: Fraction) -> dict[str, checked.Model | None]:
        """The checked components that the file defines or imports; None for what can't be had.

        `faulty` has the places of those whose insides have mistakes.
        """
        found: dict[str, checked.Model | None] = dict.fromkeys(self.components)
        whole = inherited(self.components, self.findings, self.budget, _how_to_import, frozenset(self.failed))
        there = [(name, component) for name, component in whole.items() if component is not None]
        # Synapses first: a neuron's receptor may be one.
        for name, component in sorted(there, key=lambda c: c[1].kind != "synapse"):
            sound = {n: model if model is None or model.span not in self.faulty else None for n, model in found.items()}
            known = {**dict.fromkeys(self.failed), **sound}
            outside = frozenset() if name in self._imports else frozenset({*self.declarations, *self.functions})
            about = dt, self.findings, self.budget, known, self.faulty, outside
            found[name] = check_component(component, *about)
            forms = [check_component(form, *about) for form in component.forms]
            model = found[name]
            if isinstance(model, checked.NeuronModel):
                found[name] = replace(model, forms=tuple(f for f in forms if isinstance(f, checked.NeuronModel)))
        return {**dict.fromkeys(self.failed), **found}

    def block(self, kind: str) -> ast.Settings | None:
        """The `run:` or `train:` block."""
        found = [i for i in self.module.items if isinstance(i, ast.Settings) and i.kind == kind]
        for extra in found[1:]:
            labels = (Label(found[0].span, "first here"),)
            self.findings.error("E0302", f"there are two `{kind}:` blocks", extra.span, "again here", labels=labels)
        return found[0] if found else None

    # ---- parameters ---------------------------------------------------------------------------

    def parameters(self, dt: Fraction | None, findings: Findings) -> dict[str, Typed]:
        """The file's `param`s and `let`s, calculated; without `dt` those that need it are lost."""
        values = {n: self._value(n, d) for n, d in self.declarations.items()}
        needs = {n: [m for m in self._mentioned(n, v) if m in values] for n, v in sorted(values.items())}
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as cycle:
            around = list(dict.fromkeys(cycle.args[1]))
            findings.error("E0415", f"defined through itself: {ring(around)}", self.places[around[0]])
            return dict.fromkeys(values, LOST)
        found: dict[str, Typed] = {}
        for name in order:
            found[name] = self._parameter(name, values[name], found, dt, findings)
        return found

    def _mentioned(self, name: str, value: ast.Expr | None) -> set[str]:
        """The names in a value, and in the default that says which unit a value given from outside has."""
        declaration = self.declarations[name]
        default = declaration.default if isinstance(declaration, ast.Declaration) and declaration.type is None else None
        return {n for v in (value, default) if v is not None for n in names_in(v)}

    def _value(self, name: str, declaration: ast.Declaration | ast.Let) -> ast.Expr | None:
        if isinstance(declaration, ast.Let):
            return declaration.value
        return self.given.get(name, declaration.default)

    def _parameter(self, name: str, value: ast.Expr | None, earlier: dict[str, Typed], dt: Fraction | None, findings: Findings) -> Typed:
        declaration = self.declarations[name]
        is_given = name in self.given
        names: Mapping[str, Typed] = earlier
        typer = Typer(Scope(names, f"the value of `{name}`", self.functions, dt=dt, budget=self.budget), findings)
        if value is None:
            findings.error("E0304", f"`{name}` has no value", self.places[name], "", f"give it a default, or set it with `--set {name}=…`")
            return LOST
        if isinstance(declaration, ast.Let):
            return typer.type(value)
        kind, integer = declared_dimension(declaration.type, findings, conditions=True)
        is_boolean = declaration.type is not None and declaration.type.name == "bool"
        unit = declaration.type.name if declaration.type is not None and is_plain(kind) else None
        if declaration.type is None:
            kind = NONE
            if declaration.default is not None:
                own = typer.type(declaration.default) if is_given else typer.type(value)
                is_boolean = own.dimension == BOOLEAN
                kind = NONE if own.dimension in (ANY, BOOLEAN) else own.dimension
                unit = _written_unit(declaration.default)
        typed = typer.fit(value, BOOLEAN if is_boolean else kind, f"`{name}`", unit=unit)
        if typed.is_lost or kind == UNKNOWN:
            return LOST
        if is_boolean:
            return typed
        low = high = None
        if declaration.range is not None:
            before = findings.errors
            low, high = (typer.expect(n, kind, "a limit") for n in (declaration.range.low, declaration.range.high))
            if findings.errors != before:
                return LOST
        plain = kind if is_plain(kind) else NONE
        parameter = checked.Parameter(name, plain, None, low, high, integer, span=declaration.span)
        is_fine = check_range(parameter, typed.expression, {}, value.span, findings)
        return Typed(typed.expression, plain) if is_fine and isinstance(typed.expression, Constant) else LOST


def _how_to_import(name: str) -> str:
    """How to have a component of the standard library; nothing for another name."""
    homes = [m for m in library.MODULES if name in library.components(m)]
    return f"import it: `from std.{homes[0]} import {name}`" if homes else ""


def _written_unit(node: ast.Expr) -> str | None:
    """The unit of a default that is one quantity."""
    number = node.operand if isinstance(node, ast.Unary) else node
    return number.unit if isinstance(number, ast.Number) else None


_COLLECTORS: Mapping[type[ast.Node], Callable[[Names, Any], None]] = {
    ast.Imported: Names._imported,
    ast.Params: Names._params,
    ast.Let: Names._let,
    ast.Function: Names._function,
    ast.Component: Names._component,
    ast.InputDecl: Names._input,
    ast.PopulationDecl: Names._population,
    ast.View: Names._view,
    ast.ProjectionDecl: Names._projection,
    ast.OutputDecl: Names._output,
}


def _is_next_round(earlier: Span, span: Span) -> bool:
    """Whether two places are one of the text, in two rounds of a loop."""
    return isinstance(span.source, UsedSource) and span.source.is_round and (earlier.start, earlier.end) == (span.start, span.end)
