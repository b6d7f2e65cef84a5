"""`expect mean_rate(E) in [5 Hz, 20 Hz]`: what a network is claimed to do, an expression over statistics of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from inferno.grammar import ast
from inferno.grammar.check.dimensions import NONE, TIME, Kind, is_plain, quantity, shown_unit
from inferno.grammar.check.results import place_of, variable_of
from inferno.grammar.check.rounding import whole_steps
from inferno.grammar.check.scope import LOST, Scope, Typed
from inferno.grammar.check.settings import STEP_LIMIT
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, short
from inferno.grammar.claimed import Expectation, Statistic
from inferno.grammar.expression import Reference
from inferno.grammar.units import Dimension, parse_unit

RATE: Dimension = parse_unit("Hz").dimension
NUMBERS: dict[str, Dimension] = {"mean_rate": RATE, "correlation": NONE}
"""Statistics of a population that are one number."""
PER_NEURON: dict[str, Dimension] = {"rate": RATE, "cv_isi": NONE, "fano": NONE}
"""Statistics that are a number for each neuron."""
REDUCTIONS = ("mean", "min", "max", "std", "sum")
WINDOWED = {"fano": Fraction(100), "correlation": Fraction(10)}
"""Statistics of spike counts in windows, with the length in ms that is meant without `window`."""


def check_expect(network: Network, statement: ast.Expect) -> Expectation | None:
    """An `expect` line; None where a mistake is reported."""
    findings, before = network.findings, network.findings.errors
    found = _Statistics(network)
    value = found.replaced(statement.value)
    names: dict[str, Typed] = {**network.names, **found.names}
    typer = Typer(Scope(names, "`expect`", network.functions, dt=network.dt, budget=network.expansions), findings)
    typed = typer.calculable(value)
    # Of an expression that is lost, any unit may have been meant.
    kind: Kind = typed.dimension if is_plain(typed.dimension) or typed.is_lost else NONE
    limits = [network.typer("`expect`").constant(node, kind, "a limit") for node in (statement.range.low, statement.range.high)]
    low, high = limits
    if not found.names and findings.errors == before:
        help_text = f"write, say, `mean_rate(E)`; there are {listed([*NUMBERS, *PER_NEURON, *REDUCTIONS])}"
        findings.error("E0706", "this says nothing of the network", statement.value.span, "no statistic of a population", help_text)
    if low is None or high is None or findings.errors != before:
        return None
    if not low <= high:
        findings.error("E0601", "a range is [low, high] with low <= high", statement.range.span, "it holds nothing")
        return None
    unit = _unit(statement.range, kind if is_plain(kind) else NONE)
    text = " ".join(statement.span.text.split()).removeprefix("expect ")
    factor = float(parse_unit(unit).factor)
    return Expectation(
        text, typed.expression, tuple(found.statistics), float(low), float(high), unit, factor, span=statement.span
    )  # fmt: skip


def _unit(limits: ast.Interval, dimension: Dimension) -> str:
    """The unit in which the author wrote the limits."""
    for node in (limits.low, limits.high):
        number = node.operand if isinstance(node, ast.Unary) else node
        if isinstance(number, ast.Number) and number.unit not in (None, "dt") and parse_unit(str(number.unit)).dimension == dimension:
            return str(number.unit)
    return shown_unit(dimension)


class _Statistics:
    """Takes the statistics out of an expression: each becomes a name that the rest may calculate with."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.statistics: list[Statistic] = []
        self.names: dict[str, Typed] = {}

    def replaced(self, node: Any) -> Any:
        """An expression with names in place of statistics."""
        if isinstance(node, tuple):
            return tuple(self.replaced(part) for part in node)
        if not isinstance(node, ast.Node):
            return node
        if isinstance(node, ast.Call) and (reader := self._reader(node)) is not None:
            name = f"statistic {len(self.names)}"
            self.names[name] = LOST
            made = reader(node)
            if made is not None:
                self.names[name] = Typed(Reference("statistic", str(len(self.statistics))), made[1])
                self.statistics.append(made[0])
            return ast.Name(name, span=node.span)
        changed = {f.name: self.replaced(getattr(node, f.name)) for f in dataclasses.fields(node) if f.name != "span"}
        return dataclasses.replace(node, **changed)

    def _reader(self, node: ast.Call) -> Callable[[ast.Call], tuple[Statistic, Dimension] | None] | None:
        """How a call is read that is a statistic."""
        name = node.function.id if isinstance(node.function, ast.Name) else ""
        if name in self.network.functions:
            return None
        if name in NUMBERS or name in PER_NEURON:
            return self._of_population
        positional = [a for a in node.arguments if a.name is None]
        is_reduction = name in REDUCTIONS and (name not in ("min", "max") or len(positional) < 2)
        return self._reduced if is_reduction else None

    def _of_population(self, node: ast.Call) -> tuple[Statistic, Dimension] | None:
        name = _function(node)
        if name in PER_NEURON:
            help_text = f"write, say, `mean({short(node.span)})`"
            self.network.findings.error("E0706", f"`{name}` is a number for each neuron", node.span, "one number is claimed", help_text)
            return None
        return self._spiking(node, "")

    def _reduced(self, node: ast.Call) -> tuple[Statistic, Dimension] | None:
        reduction, subjects = _function(node), [a.value for a in node.arguments if a.name is None]
        help_text = f"write, say, `{reduction}(exc.v)` or `{reduction}(rate(exc))`"
        if len(subjects) != 1:
            self.network.findings.error("E0706", f"`{reduction}` takes one thing to reduce", node.span, f"{len(subjects)} given", help_text)
            return None
        subject = subjects[0]
        if isinstance(subject, ast.Call):
            if _function(subject) in PER_NEURON:
                if len(node.arguments) > 1:
                    where = next(a for a in node.arguments if a.name is not None)
                    self._no_argument(where, _function(subject))
                    return None
                return self._spiking(subject, reduction)
            message = f"`{reduction}` reduces a state, or {listed(PER_NEURON)} of a population"
            self.network.findings.error("E0706", message, subject.span, "this is neither", help_text)
            return None
        found = variable_of(self.network, subject)
        options = self._options(node, ("from",))
        if found is None or options is None:
            return None
        owner, index, variable = found
        dimension = next((s.dimension for s in model_of(self.network.populations[owner]).states if s.name == variable), NONE)
        return Statistic("value", reduction, owner, variable, index, options.get("from", 0), 0, span=node.span), dimension

    def _spiking(self, node: ast.Call, reduction: str) -> tuple[Statistic, Dimension] | None:
        name, findings = _function(node), self.network.findings
        subjects = [a.value for a in node.arguments if a.name is None]
        if len(subjects) != 1:
            findings.error("E0706", f"`{name}` takes a population", node.span, f"{len(subjects)} given", f"write, say, `{name}(exc)`")
            return None
        found = place_of(self.network, subjects[0])
        options = self._options(node, ("from", "window") if name in WINDOWED else ("from",))
        if found is None or options is None:
            return None
        owner, index = found
        if model_of(self.network.populations[owner]).spike is None:
            findings.error("E0511", f"`{owner}` never spikes", subjects[0].span, f"`{name}` counts spikes")
            return None
        window = options.get("window") or max(1, round(WINDOWED.get(name, Fraction(0)) / self.network.dt))
        dimension = NUMBERS.get(name, PER_NEURON.get(name, NONE))
        return Statistic(name, reduction, owner, "spikes", index, options.get("from", 0), window, span=node.span), dimension

    def _options(self, node: ast.Call, known: tuple[str, ...]) -> dict[str, int] | None:
        """The named arguments, times, in steps; None where a mistake is reported."""
        found: dict[str, int] = {}
        before = self.network.findings.errors
        for argument in node.arguments:
            if argument.name is None:
                continue
            if argument.name not in known or argument.name in found:
                self._no_argument(argument, _function(node), known)
                continue
            value = self.network.typer("`expect`").constant(argument.value, TIME, f"`{argument.name}`")
            if value is None:
                continue
            low = 0 if argument.name == "from" else 1
            if not low <= value / self.network.dt <= STEP_LIMIT:
                words = "a time from the start of the run" if argument.name == "from" else "at least one step"
                shown = f"this is {quantity(value, TIME)}"
                self.network.findings.error("E0706", f"`{argument.name}` is {words}", argument.value.span, shown)
                continue
            steps = Fraction(value) / self.network.dt
            found[argument.name] = whole_steps(
                self.network.findings, f"`{argument.name}`", steps, self.network.dt, argument.value.span, low=low
            )
        return found if self.network.findings.errors == before else None

    def _no_argument(self, argument: ast.Argument, name: str, known: tuple[str, ...] = ()) -> None:
        message = f"`{name}` takes `{argument.name}` once" if argument.name in known else f"no argument `{argument.name}` here"
        words = f"inside `{name}(…)` there are" if not known else f"`{name}` takes"
        self.network.findings.error("E0706", message, argument.span, "", f"{words} {listed(known or ('from', 'window'))}")


def _function(node: ast.Call) -> str:
    return node.function.id if isinstance(node.function, ast.Name) else ""
