"""Builds expressions of the syntax tree, called by the parser at every reduction, from the leaves up: nothing here recurses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

from lark import Token

from inferno.grammar import ast
from inferno.grammar.children import unquoted
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.quantities import number_value, split_quantity, too_large
from inferno.grammar.source import Source, Span

DEEPEST = 200

# Words that cannot be read as a name in an expression, so nothing may be called so.
RESERVED = frozenset({"and", "or", "not", "if", "else", "in"})

NodeT = TypeVar("NodeT", bound=ast.Node)


class Refused(Exception):
    """Reading cannot go on at this place; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


def too_deep(span: Span) -> Diagnostic:
    """The diagnostic for brackets, expressions or blocks inside each other without end."""
    help_text = "give an inner part a name with `let` and use that"
    return Diagnostic("E0114", f"nested too deeply (limit {DEEPEST})", span, "here", helps=(help_text,))


class ExpressionBuilder:
    """One method per rule of an expression; a method takes the rule's children and returns a node.

    `problems` collects what is wrong without being in the way.
    """

    def __init__(self) -> None:
        self.begin(Source("", ""))

    def begin(self, source: Source) -> None:
        """Forget the text before and start on this one."""
        self.text_source = source
        self.length = len(source.text)
        self.problems: list[Diagnostic] = []
        # Nesting by the node's identity, leaves left out; the node is kept beside it so that no identity is used twice.
        self.nesting: dict[int, tuple[int, ast.Node]] = {}

    # ---- spans and nesting ----------------------------------------------------------------------------

    def between(self, first: Token | ast.Node, last: Any) -> Span:
        """From the start of one child to the end of another (a token, a node, or a sequence of them)."""
        start = first.span.start if isinstance(first, ast.Node) else first.start_pos
        assert start is not None
        return Span(self.text_source, start, max(start, min(self.end_of(last), self.length)))

    def end_of(self, child: Any) -> int:
        """Where a child ends; 0 if it holds nothing."""
        if isinstance(child, Token):
            return child.end_pos or 0
        if isinstance(child, ast.Node):
            return child.span.end
        if isinstance(child, list | tuple):
            return next((end for end in map(self.end_of, reversed(child)) if end), 0)
        return 0

    def at(self, token: Token) -> Span:
        """The span of a token."""
        assert token.start_pos is not None
        assert token.end_pos is not None
        return Span(self.text_source, token.start_pos, token.end_pos)

    def measured(self, node: NodeT, children: Iterable[Any]) -> NodeT:
        """The node, once it is known not to nest too deeply.  `children` are its nodes; anything else in there counts nothing."""
        known = self.nesting
        depth = 2
        for child in children:
            found = known.get(id(child))
            if found is not None and found[0] >= depth:
                depth = found[0] + 1
        if depth > DEEPEST:
            raise Refused(too_deep(node.span))
        known[id(node)] = (depth, node)
        return node

    # ---- leaves ---------------------------------------------------------------------------------------

    def name(self, c: list[Any]) -> ast.Name:
        """A name."""
        token = c[0]
        self.refuse_reserved(token)
        return ast.Name(token.value, span=self.at(token))

    def refuse_reserved(self, token: Token) -> None:
        """Note a word that can never be used as a name."""
        if token.value in RESERVED:
            self.problems.append(Diagnostic("E0120", f"`{token}` cannot be a name", self.at(token), "this is a word of the language"))

    def number(self, c: list[Any]) -> ast.Number:
        """A number with its unit; a number out of range is noted and read as 1."""
        token = c[0]
        digits, unit = split_quantity(token.value) if token.type == "QUANTITY" else (token.value, None)
        return ast.Number(self.value_of(digits, token), unit, span=self.at(token))

    def value_of(self, digits: str, token: Token) -> Fraction:
        """The exact value of digits within a token."""
        value = number_value(digits)
        if value is None:
            self.problems.append(too_large(self.at(token), small="e-" in digits.lower()))
            return Fraction(1)
        return value

    def text(self, c: list[Any]) -> ast.Text:
        """A string, without its quotes."""
        return ast.Text(unquoted(c[0].value), span=self.at(c[0]))

    def derivative(self, c: list[Any]) -> ast.Derivative:
        """`v'`."""
        self.refuse_reserved(c[0])
        return ast.Derivative(c[0].value, span=self.between(c[0], c[1]))

    # ---- operators ------------------------------------------------------------------------------------

    def sum(self, c: list[Any]) -> ast.Sum:
        """`a + b - c`, flat."""
        terms = (("+", c[0]), *((c[i].value, c[i + 1]) for i in range(1, len(c), 2)))
        return self.measured(ast.Sum(terms, span=self.between(c[0], c[-1])), c)

    def product(self, c: list[Any]) -> ast.Product:
        """`a * b / c`, flat."""
        factors = (("*", c[0]), *((c[i].value, c[i + 1]) for i in range(1, len(c), 2)))
        return self.measured(ast.Product(factors, span=self.between(c[0], c[-1])), c)

    def comparison(self, c: list[Any]) -> ast.Compare:
        """`a < b <= c`."""
        rest = tuple((c[i].value, c[i + 1]) for i in range(1, len(c), 2))
        return self.measured(ast.Compare(c[0], rest, span=self.between(c[0], c[-1])), c)

    def power(self, c: list[Any]) -> ast.Power:
        """`base ^ exponent`."""
        return self.measured(ast.Power(c[0], c[1], span=self.between(c[0], c[1])), c)

    def unary(self, c: list[Any]) -> ast.Unary:
        """`-x`, `not x`."""
        return self.measured(ast.Unary(c[0].value, c[1], span=self.between(c[0], c[1])), c)

    def disjunction(self, c: list[Any]) -> ast.Logical:
        """`a or b`."""
        return self.logical("or", c)

    def conjunction(self, c: list[Any]) -> ast.Logical:
        """`a and b`."""
        return self.logical("and", c)

    def meet(self, c: list[Any]) -> ast.Logical:
        """`a & b`."""
        return self.logical("&", c)

    def logical(self, operator: str, c: list[Any]) -> ast.Logical:
        """Operands joined by one word."""
        return self.measured(ast.Logical(operator, tuple(c), span=self.between(c[0], c[-1])), c)

    def pipe(self, c: list[Any]) -> ast.Pipe:
        """`a | b`."""
        return self.measured(ast.Pipe(tuple(c), span=self.between(c[0], c[-1])), c)

    def conditional(self, c: list[Any]) -> ast.Conditional:
        """`a if condition else b`."""
        return self.measured(ast.Conditional(*c, span=self.between(c[0], c[-1])), c)

    # ---- brackets -------------------------------------------------------------------------------------

    def parenthesised(self, c: list[Any]) -> ast.Node:
        """The expression inside, its span widened to the brackets."""
        inner: ast.Node = c[1]
        outer = replace(inner, span=self.between(c[0], c[2]))
        if id(inner) in self.nesting:
            self.nesting[id(outer)] = (self.nesting[id(inner)][0], outer)
        return outer

    def list_literal(self, c: list[Any]) -> ast.ListLiteral:
        """`[a, b]`."""
        items = tuple(item for item in c[1:-1] if item is not None)
        return self.measured(ast.ListLiteral(items, span=self.between(c[0], c[-1])), items)

    def attribute(self, c: list[Any]) -> ast.Attribute:
        """`exc.spikes`."""
        return self.measured(ast.Attribute(c[0], c[1].value, span=self.between(c[0], c[1])), c[:1])

    def call(self, c: list[Any]) -> ast.Call:
        """`f(x, k = 3)`."""
        function, arguments, closing = c
        return self.measured(ast.Call(function, arguments or (), span=self.between(function, closing)), (function, *(arguments or ())))

    def arguments(self, c: list[Any]) -> tuple[ast.Argument, ...]:
        """The arguments between two brackets."""
        return tuple(c)

    def argument(self, c: list[Any]) -> ast.Argument:
        """An argument by position."""
        return self.measured(ast.Argument(None, c[0], span=c[0].span), c)

    def named_argument(self, c: list[Any]) -> ast.Argument:
        """An argument by name."""
        return self.measured(ast.Argument(c[0].value, c[-1], span=self.between(c[0], c[-1])), c[-1:])

    def index(self, c: list[Any]) -> ast.Index:
        """`all[:5]`."""
        value, items, closing = c
        return self.measured(ast.Index(value, items, span=self.between(value, closing)), (value, *items))

    def subscripts(self, c: list[Any]) -> tuple[ast.Node, ...]:
        """What stands between the brackets of an index."""
        return tuple(c)

    def slice(self, c: list[Any]) -> ast.Slice:
        """`lower:upper`."""
        lower, colon, upper = c
        return self.measured(ast.Slice(lower, upper, span=self.between(lower or colon, upper or colon)), c)
