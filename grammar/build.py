"""Builds the syntax tree of a file, called by the parser at every reduction, from the leaves up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from inferno.grammar import ast
from inferno.grammar.build_expressions import ExpressionBuilder
from inferno.grammar.children import documentation, dotted_name, is_differential, is_named, statements
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.quantities import number_value

EDITIONS = (1,)


class Builder(ExpressionBuilder):
    """One method per rule of the grammar; a method takes the rule's children and returns a node or a tuple of nodes.

    A statement that was cut out (HOLE) becomes None and is left out of its block.
    """

    # ---- files ----------------------------------------------------------------------------------------

    def start(self, c: list[Any]) -> ast.Module:
        """A whole file."""
        edition = next((child for child in c if isinstance(child, int)), None)
        doc, items = documentation(c)
        return ast.Module(edition, doc, items, span=self.whole())

    def expression(self, c: list[Any]) -> ast.Expr:
        """An expression on its own."""
        (only,) = statements(c)
        return only  # type: ignore[no-any-return]

    def whole(self) -> Any:
        """The span of the whole text."""
        return replace(self.at(Token("", "", start_pos=0, end_pos=0)), end=self.length)

    def edition(self, c: list[Any]) -> int:
        """The number behind `snn`."""
        value = number_value(c[1].value)
        if value is None or value not in EDITIONS:
            newest = EDITIONS[-1]
            message = f"edition {c[1]} is not known" if len(c[1]) < 20 else "this edition is not known"
            self.problems.append(
                Diagnostic(
                    "E0117",
                    message,
                    self.at(c[1]),
                    f"this version reads edition {newest}",
                    helps=(f"write `snn {newest}`, or update inferno",),
                )
            )
            return EDITIONS[-1]
        return int(value)

    def line(self, c: list[Any]) -> ast.Node:
        """A statement with the `##` comment behind it."""
        statement: ast.Node = c[0]
        comments = [child for child in c[1:] if isinstance(child, Token) and child.type == "DOC"]
        return self.documented(statement, comments[0].value[2:].strip()) if comments else statement

    def documented(self, node: ast.Node, doc: str) -> ast.Node:
        """The statement with its documentation; of several declarations the last has it, for it stands behind that one."""
        if isinstance(node, ast.Params):
            last = replace(node.declarations[-1], doc=doc)
            return self.again(replace(node, declarations=(*node.declarations[:-1], last)), node)
        if isinstance(node, ast.InputDecl | ast.Receptor):
            return self.again(replace(node, declaration=replace(node.declaration, doc=doc)), node)
        if isinstance(node, ast.Let | ast.OutputDecl | ast.States | ast.Equation):
            return self.again(replace(node, doc=doc), node)
        return node

    def again(self, copy: ast.Node, node: ast.Node) -> ast.Node:
        """A changed copy of a node, as deeply nested as that."""
        if id(node) in self.nesting:
            self.nesting[id(copy)] = (self.nesting[id(node)][0], copy)
        return copy

    def hole(self, c: list[Any]) -> None:
        """Nothing, where a faulty statement was."""

    # ---- declarations ---------------------------------------------------------------------------------

    def import_all(self, c: list[Any]) -> ast.Import:
        """`import a.b as c`."""
        alias = c[2].value if len(c) > 2 else None
        return ast.Import(dotted_name(c[1]), None, alias, span=self.between(c[0], c))

    def import_names(self, c: list[Any]) -> ast.Import:
        """`from a.b import x, y`."""
        names = next(child for child in c[2:] if isinstance(child, tuple))
        return ast.Import(dotted_name(c[1]), names, span=self.between(c[0], c))

    def dotted(self, c: list[Any]) -> list[Token]:
        """The words of `a.b.c`."""
        return list(c)

    def names(self, c: list[Any]) -> tuple[ast.Name, ...]:
        """`a, b, c`."""
        return tuple(self.name([token]) for token in c)

    def params(self, c: list[Any]) -> ast.Params:
        """`param a = 1, b = 2`."""
        return self.measured(ast.Params(tuple(c[1:]), span=self.between(c[0], c)), c)

    def declaration(self, c: list[Any]) -> ast.Declaration:
        """`name [: type] [= default] [in range]`."""
        name, kind, default, interval = c
        self.refuse_reserved(name)
        return self.measured(
            ast.Declaration(name.value, self.at(name), kind, default, interval, span=self.between(name, c)), (kind, default, interval)
        )

    def interval(self, c: list[Any]) -> ast.Interval:
        """`[low, high]`."""
        return self.measured(ast.Interval(c[1], c[2], span=self.between(c[0], c[3])), c)

    def type(self, c: list[Any]) -> ast.TypeName:
        """What stands behind a colon."""
        tokens: list[Token] = c[0]
        shape, end = c[1] if len(c) > 1 else (None, tokens[-1])
        text = "".join(token.value for token in tokens)
        return self.measured(ast.TypeName(text, shape, span=self.between(tokens[0], end)), shape or ())

    def unit(self, c: list[Any]) -> list[Token]:
        """The words of `nS/ms`."""
        return [token for part in c for token in (part if isinstance(part, list) else [part])]

    def unit_part(self, c: list[Any]) -> list[Token]:
        """The words of `ms^-1`."""
        return list(c)

    def shape(self, c: list[Any]) -> tuple[tuple[ast.Expr, ...], Token]:
        """What stands between the brackets, and the closing bracket."""
        return tuple(child for child in c[1:-1] if child is not None), c[-1]

    def let(self, c: list[Any]) -> ast.Let:
        """`let x = expr`."""
        self.refuse_reserved(c[1])
        return self.measured(ast.Let(c[1].value, c[2], span=self.between(c[0], c)), c)

    def function(self, c: list[Any]) -> ast.Function:
        """`fn f(x) = expr`."""
        parameters = tuple(name.id for name in c[2] or ())
        return self.measured(ast.Function(c[1].value, parameters, c[3], span=self.between(c[0], c)), c)

    def input_decl(self, c: list[Any]) -> ast.InputDecl:
        """`input I : nA`."""
        return self.measured(ast.InputDecl(c[1], span=self.between(c[0], c)), c)

    def output_decl(self, c: list[Any]) -> ast.OutputDecl:
        """`output rates = expr`."""
        self.refuse_reserved(c[1])
        return self.measured(ast.OutputDecl(c[1].value, c[2], c[3], span=self.between(c[0], c)), c)

    # ---- components -----------------------------------------------------------------------------------

    def component(self, c: list[Any]) -> ast.Component:
        """`neuron`, `synapse`, `plasticity`, `readout`."""
        kind, name, extends, form_of, (doc, body) = c[0], c[1], c[2], c[3], c[-1]
        span = self.between(kind, [name, extends, form_of, body])
        return self.measured(ast.Component(kind.value, name.value, self.at(name), extends, doc, body, form_of, span=span), body)

    def body(self, c: list[Any]) -> tuple[str | None, tuple[Any, ...]]:
        """The documentation and the statements of a block."""
        return documentation(c)

    def states(self, c: list[Any]) -> ast.States:
        """`state v : mV = v_rest @persistent`."""
        declarations = tuple(child for child in c if isinstance(child, ast.Declaration))
        annotations = tuple(child for child in c if isinstance(child, ast.Annotation))
        return self.measured(ast.States(declarations, annotations, span=self.between(c[0], c)), c)

    def annotation(self, c: list[Any]) -> ast.Annotation:
        """`@shared(mean)`."""
        arguments = next((child for child in c if isinstance(child, tuple)), ())
        return self.measured(ast.Annotation(c[1].value, arguments, span=self.between(c[0], c)), arguments)

    def receptor(self, c: list[Any]) -> ast.Receptor:
        """`receptor ge : nS = exponential(5 ms)`."""
        declared = self.declaration([c[1], c[2], c[3], None])
        return self.measured(ast.Receptor(declared, span=self.between(c[0], c)), (declared,))

    def traces(self, c: list[Any]) -> ast.Traces:
        """`trace x = pre(tau)`."""
        return self.measured(ast.Traces(tuple(c[1:]), span=self.between(c[0], c)), c)

    def definition(self, c: list[Any]) -> ast.Let:
        """`x = pre(tau)`."""
        self.refuse_reserved(c[0])
        return self.measured(ast.Let(c[0].value, c[1], span=self.between(c[0], c)), c)

    def modulator(self, c: list[Any]) -> ast.Modulator:
        """`modulator D : 1`."""
        return ast.Modulator(c[1].value, c[2], span=self.between(c[0], c))

    def equation(self, c: list[Any]) -> ast.Equation:
        """`tau * v' = expr`."""
        left = self.with_derivative(c[0])
        return self.measured(ast.Equation(left, c[-1], span=self.between(c[0], c)), (left, c[-1]))

    def with_derivative(self, left: ast.Expr) -> ast.Expr:
        """The left side of an equation, with `dv/dt` read as `v'`."""
        if not isinstance(left, ast.Product):
            return left
        factors: list[tuple[str, ast.Expr]] = []
        for operator, factor in left.factors:
            above = factors[-1] if factors else ("", None)
            if (
                operator == "/"
                and is_named(factor, "dt")
                and above[0] == "*"
                and isinstance(above[1], ast.Name)
                and is_differential(above[1])
            ):
                factors[-1] = ("*", ast.Derivative(above[1].id[1:], span=self.between(above[1], factor)))
            else:
                factors.append((operator, factor))
        return factors[0][1] if len(factors) == 1 else self.again(replace(left, factors=tuple(factors)), left)  # type: ignore[return-value]

    def refractory(self, c: list[Any]) -> ast.Refractory:
        """`refractory t_ref hold v`."""
        return self.measured(ast.Refractory(c[1], c[2] or (), span=self.between(c[0], c)), c)

    def solve(self, c: list[Any]) -> ast.Solve:
        """`solve rk2 substeps 2`."""
        return self.measured(ast.Solve(c[1].value, c[2], span=self.between(c[0], c)), c)

    def surrogate(self, c: list[Any]) -> ast.Surrogate:
        """`surrogate fast_sigmoid(25)`."""
        return self.measured(ast.Surrogate(c[1], span=self.between(c[0], c)), c)

    def bound(self, c: list[Any]) -> ast.BoundDecl:
        """`bound w in [0, w_max] hard`."""
        return self.measured(ast.BoundDecl(c[1].value, c[2], c[3], span=self.between(c[0], c)), c)

    def spike_when(self, c: list[Any]) -> ast.SpikeWhen:
        """`spike when condition:`."""
        return self.measured(ast.SpikeWhen(c[1], c[2], span=self.between(c[0], c)), (c[1], *c[2]))

    def spike_only(self, c: list[Any]) -> ast.SpikeWhen:
        """`spike when condition`, which changes no state."""
        return self.measured(ast.SpikeWhen(c[1], (), span=self.between(c[0], c)), c)

    def on_event(self, c: list[Any]) -> ast.OnEvent:
        """`on pre:`."""
        return self.measured(ast.OnEvent(c[1].value, c[2], c[3], span=self.between(c[0], c)), (c[2], *c[3]))

    def on_only(self, c: list[Any]) -> ast.OnEvent:
        """`on name when condition`, which changes no state."""
        return self.measured(ast.OnEvent(c[1].value, c[2], (), span=self.between(c[0], c)), c)

    def block(self, c: list[Any]) -> tuple[ast.Node, ...]:
        """The statements of an event."""
        return statements(c)

    def assign(self, c: list[Any]) -> ast.Assign:
        """`w += b`."""
        return self.measured(ast.Assign(c[0], c[1].value, c[2], span=self.between(c[0], c)), c)

    def emit(self, c: list[Any]) -> ast.Emit:
        """`emit name`."""
        return ast.Emit(c[1].value, span=self.between(c[0], c))

    def if_block(self, c: list[Any]) -> ast.IfBlock:
        """`if condition:` inside an event."""
        return self.measured(ast.IfBlock(c[1], c[2], c[3] or (), span=self.between(c[0], c)), (c[1], *c[2], *(c[3] or ())))

    # ---- networks -------------------------------------------------------------------------------------

    def network(self, c: list[Any]) -> ast.Network:
        """`network Block(k = 5):`."""
        name, (doc, body) = c[1], c[-1]
        parameters = tuple(child for child in c if isinstance(child, ast.Declaration))
        span = self.between(c[0], [name, parameters, body])
        return self.measured(ast.Network(name.value, self.at(name), parameters, body, doc, span=span), (*parameters, *body))

    def network_body(self, c: list[Any]) -> tuple[str | None, tuple[Any, ...]]:
        """The documentation and the declarations of a block."""
        return documentation(c)

    def items(self, c: list[Any]) -> tuple[ast.Node, ...]:
        """The declarations of a block."""
        return statements(c)

    def for_block(self, c: list[Any]) -> ast.ForBlock:
        """`for i in low .. high:`."""
        self.refuse_reserved(c[1])
        return self.measured(ast.ForBlock(c[1].value, c[2], c[3], c[4], span=self.between(c[0], c)), (c[2], c[3], *c[4]))

    def if_item(self, c: list[Any]) -> ast.IfItem:
        """`if condition:` around declarations."""
        return self.measured(ast.IfItem(c[1], c[2], c[3] or (), span=self.between(c[0], c)), (c[1], *c[2], *(c[3] or ())))

    def population(self, c: list[Any]) -> ast.PopulationDecl:
        """`population exc[10, 10] = ALIF() at grid:`."""
        name, shape, value, place, attributes = [*c[1:], ()] if len(c) == 5 else c[1:]
        self.refuse_reserved(name)
        node = ast.PopulationDecl(
            name.value,
            self.at(name),
            shape[0] if shape else None,
            value,
            place,
            attributes,
            span=self.between(c[0], [value, place, attributes]),
        )
        return self.measured(node, (*(shape[0] if shape else ()), value, place, *attributes))

    population_block = population

    def projection(self, c: list[Any]) -> ast.ProjectionDecl:
        """`projection gap: a <-> b = expr`."""
        keyword, name, source, arrow, target, value = c
        return self.measured(
            ast.ProjectionDecl(*self.projection_name(keyword, name), source, arrow.value, target, value, span=self.between(keyword, c)), c
        )

    def projection_block(self, c: list[Any]) -> ast.ProjectionDecl:
        """`projection ff: a -> b:` with attributes."""
        keyword, name, source, arrow, target, attributes = c
        span = self.between(keyword, c)
        node = ast.ProjectionDecl(*self.projection_name(keyword, name), source, arrow.value, target, None, attributes, span=span)
        return self.measured(node, (source, target, *attributes))

    def coupling(self, c: list[Any]) -> ast.ProjectionDecl:
        """`a <-> b = expr`."""
        source, arrow, target, value = c
        span = self.between(source, c)
        return self.measured(ast.ProjectionDecl(None, source.span, source, arrow.value, target, value, span=span), c)

    def projection_name(self, keyword: Token, name: Token | None) -> tuple[str | None, Any]:
        """The name of a projection and its span; without a name the keyword's."""
        return (None, self.at(keyword)) if name is None else (name.value, self.at(name))

    def link(self, c: list[Any]) -> ast.Link:
        """`x -[conv(12)]-> c1`."""
        names, stages, ends = zip(*c[1:], strict=True)
        return self.measured(ast.Link((c[0], *ends), stages, names, span=self.between(c[0], ends)), (c[0], *ends, *stages))

    def stage(self, c: list[Any]) -> tuple[None, None, ast.Expr]:
        """`-> end`."""
        return None, None, c[1]

    def stage_through(self, c: list[Any]) -> tuple[str | None, ast.Expr, ast.Expr]:
        """`-[name: expr]-> end`."""
        return (c[1].value if c[1] else None), c[2], c[-1]

    def view(self, c: list[Any]) -> ast.View:
        """`view E = all[:ne]`."""
        self.refuse_reserved(c[1])
        return self.measured(ast.View(c[1].value, c[2], span=self.between(c[0], c)), c)

    def use(self, c: list[Any]) -> ast.Use:
        """`use block[i] = ConvBlock()`."""
        index = c[3] if len(c) > 3 and isinstance(c[2], Token) else None
        return self.measured(ast.Use(c[1].value, index, c[-1], span=self.between(c[0], c)), (index, c[-1]))

    def port(self, c: list[Any]) -> ast.Port:
        """`port inp`."""
        return ast.Port(c[1].value, span=self.between(c[0], c))

    def export(self, c: list[Any]) -> ast.Export:
        """`export s, t`."""
        return ast.Export(tuple(name.id for name in c[1]), span=self.between(c[0], c))

    def record(self, c: list[Any]) -> ast.Record:
        """`record a.spikes, a.v every 1 ms`."""
        return self.measured(ast.Record(tuple(c[1:-1]), c[-1], span=self.between(c[0], c)), c)

    def expect(self, c: list[Any]) -> ast.Expect:
        """`expect rate in [1 Hz, 5 Hz]`."""
        return self.measured(ast.Expect(c[1], c[2], span=self.between(c[0], c)), c)

    def settings(self, c: list[Any]) -> ast.Settings:
        """`run:`, `train:`."""
        name = c[1].value if c[1] else None
        return self.measured(ast.Settings(c[0].value, name, c[-1], span=self.between(c[0], c)), c[-1])

    def attributes(self, c: list[Any]) -> tuple[ast.Attr, ...]:
        """The lines of an attribute block."""
        return statements(c)

    def attr(self, c: list[Any]) -> ast.Attr:
        """`name = value`."""
        return self.measured(ast.Attr(c[0].value, c[-1], name_span=self.at(c[0]), span=self.between(c[0], c)), c)

    def attr_of_kind(self, c: list[Any]) -> ast.Attr:
        """`init v = value`, `draw r = value`."""
        return self.measured(ast.Attr(c[1].value, c[-1], c[0].value, name_span=self.at(c[1]), span=self.between(c[0], c)), c)
