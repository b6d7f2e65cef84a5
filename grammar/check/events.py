"""`on name when condition:` and `emit name`: events of a neuron's own."""

from __future__ import annotations

from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check import clauses
from inferno.grammar.check.clauses import Emission
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import name_span, ring
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Expression, Reference, references
from inferno.grammar.source import Span

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

TAKEN = {
    "spike": "a neuron spikes where its `spike when` says so",
    "spikes": "`spikes` are what a neuron sends by its `spike when`",
    "refractory": "`refractory` is what a neuron keeps of its refractory period",
}


def spike_and_events(body: Body, when: ast.SpikeWhen | None) -> tuple[checked.SpikeRule | None, tuple[checked.Event, ...]]:
    """What a neuron does when it spikes, and at events of its own."""
    return _Reader(body).read(when)


class _Reader:
    """Reads the event blocks of a neuron, whose assignments to one state share a typer."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.typers: dict[str, Typer] = {}
        self.sites: dict[str, list[Expression]] = {}
        self.first: dict[str, Span] = {}

    def read(self, when: ast.SpikeWhen | None) -> tuple[checked.SpikeRule | None, tuple[checked.Event, ...]]:
        body = self.body
        handlers = self._handlers()
        spike: checked.SpikeRule | None = None
        if when is not None:
            condition = body.typer(f"the spike condition of {body.title}", draws="allowed").condition(when.condition)
            assignments = self._block("spike", f"the spike block of {body.title}", when.block)
            spike = checked.SpikeRule(condition.expression, assignments, span=when.span)
        blocks = {name: self._block(name, f"the block of `on {name}`", event.block) for name, event in handlers.items()}
        self._claim_emitted(handlers)
        conditions = {name: self._condition(name, handlers.get(name)) for name in sorted({*handlers, *self.sites})}
        found = [
            checked.Event(n, conditions[n], blocks.get(n, ()), span=handlers[n].span if n in handlers else self.first[n])
            for n in self._ordered(conditions)
        ]
        self._refuse_conflicts([*((spike.assignments,) if spike is not None else ()), *(e.assignments for e in found)])
        return spike, tuple(found)

    def _handlers(self) -> dict[str, ast.OnEvent]:
        found: dict[str, ast.OnEvent] = {}
        for event in self.body.of(ast.OnEvent):
            span = name_span(event.span, event.name)
            if event.name in ("pre", "post"):
                home = "a synapse or a plasticity rule" if event.name == "pre" else "a plasticity rule"
                message = f"`on {event.name}` belongs in {home}"
                help_text = "what a neuron does when it spikes stands in `spike when`; an event of its own is `on name when condition:`"
                self.body.findings.error("E0414", message, span, "", help_text)
            elif self._may_be_called(event.name, span) and self.body.claim(event.name, span):
                found[event.name] = event
        return found

    def _may_be_called(self, name: str, span: Span) -> bool:
        if name in TAKEN:
            self.body.findings.error("E0423", f"`{name}` is no event of a neuron's own", span, "", TAKEN[name])
        return name not in TAKEN

    def _block(self, event: str, place: str, block: tuple[ast.BlockStatement, ...]) -> tuple[checked.Assignment, ...]:
        body, emitted = self.body, list[Emission]()
        in_block = partial(body.typer, place, draws="allowed")
        made = clauses.assignments(in_block, block, body.states, body.title, typers=self.typers, emitted=emitted)
        for emission in emitted:
            if not self._may_be_called(emission.name, name_span(emission.span, emission.name)):
                continue
            self.first.setdefault(emission.name, emission.span)
            happened: Expression = Reference("event", event)
            if emission.guards:
                happened = in_block().build(emission.span, "and", happened, *emission.guards)
            self.sites.setdefault(emission.name, []).append(happened)
        return made

    def _claim_emitted(self, handlers: dict[str, ast.OnEvent]) -> None:
        """Names of events that have no handler are names all the same."""
        for name in sorted(self.sites):
            if name not in handlers and not self.body.claim(name, name_span(self.first[name], name)):
                self.sites.pop(name)

    def _condition(self, name: str, event: ast.OnEvent | None) -> Expression:
        body, ways = self.body, list(self.sites.get(name, ()))
        if event is not None and event.condition is not None:
            typed: Typed = body.typer(f"the condition of `on {name}`", draws="allowed").condition(event.condition)
            ways.insert(0, typed.expression)
        if not ways:
            assert event is not None
            help_text = f"write `on {name} when condition:`, or `emit {name}` in another block"
            body.findings.error("E0423", f"nothing emits `{name}`", name_span(event.span, name), "it has no condition", help_text)
            return Constant(False)
        return ways[0] if len(ways) == 1 else body.typer().build(self.first[name], "or", *ways)

    def _ordered(self, conditions: dict[str, Expression]) -> list[str]:
        needs = {n: sorted(r.name for r in references(e, "event") if r.name in conditions) for n, e in conditions.items()}
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as cycle:
            around = list(dict.fromkeys(cycle.args[1]))
            message = f"events that emit each other in a ring: {ring(around)}"
            self.body.findings.error("E0415", message, self.first[around[0]], "each would have to occur before the other")
            return sorted(conditions)

    def _refuse_conflicts(self, blocks: list[tuple[checked.Assignment, ...]]) -> None:
        """Report a state that two blocks set, both of which may happen in one step."""
        setters: dict[str, checked.Assignment] = {}
        for assignment in (a for block in blocks for a in block if not a.accumulate):
            earlier = setters.setdefault(assignment.target, assignment)
            if earlier is not assignment:
                label = Label(earlier.span, "first here")
                message = f"`{assignment.target}` is assigned twice in one step, where both events happen"
                help_text = "all blocks read the values before them and apply together, so neither is the last; one of both may use `+=`"
                self.body.findings.error("E0404", message, assignment.span, "again here", help_text, labels=(label,))
