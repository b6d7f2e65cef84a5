"""What must be known before the network can be laid out: bounds of loops, conditions around declarations, indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import ast
from inferno.grammar.check.dimensions import BOOLEAN, NONE
from inferno.grammar.check.scope import EXPANSION_LIMIT, LOST, Budget, Scope, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Constant, Value
from inferno.grammar.names import names_in

LARGEST = 10**12


class Statics:
    """The values of parameters, as far as the layout of the network hangs on them.

    `values` holds the expression of each parameter and `let` by its qualified name; `prepare` makes them complete.  What is wrong with a
    parameter itself is reported by the check of the elaborated program, so here only what is wrong with the expression asked for.
    """

    def __init__(self, functions: Mapping[str, ast.Function], findings: Findings, prepare: Callable[[], None]) -> None:
        self.functions, self.findings, self.prepare = functions, findings, prepare
        self.under_way: set[str] = set()
        self.values: dict[str, ast.Expr | None] = {}
        self.budget = Budget(EXPANSION_LIMIT)
        self.lost = False
        self._known: dict[str, Typed] = {}

    def condition(self, node: ast.Expr) -> bool | None:
        """Whether a condition holds; None where that can't be known, which is reported."""
        typed = self._typer(node, "a condition around declarations").fit(node, BOOLEAN, "the condition of `if`", "E0207")
        value = self._constant(typed, node, "the condition of `if` around declarations")
        return None if value is None else bool(value)

    def whole(self, node: ast.Expr, what: str) -> int | None:
        """A whole number; None for anything else, which is reported."""
        typed = self._typer(node, what).fit(node, NONE, what)
        number = self._constant(typed, node, what)
        if number is None or isinstance(number, bool):
            return None
        if not (-LARGEST <= number <= LARGEST and number == int(number)):
            self.findings.error("E0607", f"{what} is a whole number", node.span, f"this is {float(number):g}")
            self.lost = True
            return None
        return int(number)

    def _constant(self, typed: Typed, node: ast.Expr, what: str) -> Value | None:
        if typed.is_lost:
            self.lost = True
            return None
        if not isinstance(typed.expression, Constant):
            self.findings.error("E0609", f"{what} must be constant", node.span, "this varies")
            self.lost = True
            return None
        return typed.expression.value

    def _typer(self, node: ast.Expr, place: str) -> Typer:
        self._calculate(node)
        return Typer(Scope(self._known, place, self.functions, budget=self.budget), self.findings)

    def _calculate(self, node: ast.Expr) -> None:
        """Calculate the parameters that an expression needs."""
        self.prepare()
        needs: dict[str, list[str]] = {}
        waiting = [n for n in names_in(node) if n in self.values and n not in self._known]
        while waiting:
            name = waiting.pop()
            if name in needs:
                continue
            if name in self.under_way:
                self.findings.error("E0415", f"`{name}` is defined through itself", node.span, f"this needs `{name}`")
            value = self.values[name]
            names: tuple[str, ...] = names_in(value) if value is not None else ()
            needs[name] = [n for n in names if n in self.values and n not in self._known]
            waiting += needs[name]
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError:
            self._known |= dict.fromkeys(needs, LOST)
            return
        for name in order:
            value = self.values[name]
            typer = Typer(Scope(self._known, f"the value of `{name}`", self.functions, budget=self.budget), Findings())
            self._known[name] = typer.type(value) if value is not None else LOST
