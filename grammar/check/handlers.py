"""What `on pre:` and `on post:` of a plasticity rule do to its weight and states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import NONE, Kind, is_plain
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import listed, name_span, short, suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import ONE, ZERO, Constant, Expression, Reference, functions

if TYPE_CHECKING:
    from inferno.grammar.check.components import Body

WEIGHT = Reference("weight", "w")
OPERATIONS = {"+=": "add", "-=": "add", "*=": "scale", "/=": "scale", "=": "set"}
NEUTRAL = {"add": ZERO, "scale": ONE}
EVENTS = ("pre", "post")
HARMLESS = frozenset({"add", "multiply", "negate", "min", "max", "abs", "sign", "where"})
"""Functions whose values are finite where their arguments are, so that 0 times them is 0."""


def read(body: Body, typer: Typer, uses: list[checked.WeightUse]) -> list[checked.Handler]:
    """What the handlers of a rule do, statement by statement."""
    found: list[checked.Handler] = []
    for event in body.of(ast.OnEvent):
        if event.name not in EVENTS:
            message = f"a plasticity rule has no event `{event.name}`"
            help_text = suggestion(body.findings, event.name, EVENTS) or "its events are `pre`, where a spike arrives, and `post`"
            body.findings.error("E0423", message, name_span(event.span, event.name), "", help_text)
        elif event.condition is not None:
            message = f"`on {event.name}` takes no condition"
            body.findings.error("E0423", message, event.condition.span, "", "write `if condition:` in its block")
        else:
            found += _Handlers(body, typer, uses, event.name).read(event.block, found)
    return found


@dataclass
class _Handlers:
    """The statements of one handler while they are read."""

    body: Body
    typer: Typer
    uses: list[checked.WeightUse]
    event: str

    def read(self, block: Sequence[ast.BlockStatement], earlier: Sequence[checked.Handler] = ()) -> list[checked.Handler]:
        """What the statements do; `earlier` are those of other blocks that may happen in the same step."""
        found: list[checked.Handler] = []
        for statement in block:
            known = [*earlier, *found]
            found += [made for made in self._made(statement) if _agrees(self.body, known, made)]
        return found

    def _made(self, statement: ast.BlockStatement) -> list[checked.Handler]:
        if isinstance(statement, ast.IfBlock):
            return self._choice(statement)
        if isinstance(statement, ast.Emit):
            self.body.findings.error("E0423", "only a neuron emits events", statement.span, f"not in {self.body.title}")
            return []
        made = self._assigned(statement)
        return [made] if made is not None else []

    def _assigned(self, statement: ast.Assign) -> checked.Handler | None:
        body, typer = self.body, self.typer
        target = statement.target.id if isinstance(statement.target, ast.Name) else short(statement.target.span)
        if target == "w":
            change = _weight_change(typer, statement, self.uses)
        elif target in body.states:
            change = _state_change(typer, statement, target)
        else:
            if target in body.places or body.findings.is_first("missing", typer.scope.owner, target):
                hint = suggestion(body.findings, target, ["w", *body.states])
                known = f"its states are {listed(body.states)}" if body.states else ""
                message = "a handler changes the weight `w` or a state of the rule"
                sent = (
                    "what a spike does to its target is said by the `synapse`, or the receptor"
                    if statement.operator == "+=" and not hint
                    else ""
                )
                body.findings.error("E0408", message, statement.target.span, "this is neither", hint or known, sent)
            return None
        return checked.Handler(self.event, change, target, OPERATIONS[statement.operator], span=statement.span)

    # ---- choices ------------------------------------------------------------------------------------

    def _choice(self, statement: ast.IfBlock) -> list[checked.Handler]:
        """`if condition:` as statements that do nothing where they are not meant; what both sides do to a state comes together."""
        condition = self.typer.condition(statement.condition).expression
        then, otherwise = self.read(statement.then), self.read(statement.otherwise)
        if isinstance(condition, Constant):
            return then if condition.value else otherwise
        opposite = self.typer.build(statement.condition.span, "not", condition)
        found = [self._guarded(h, condition) for h in then if _only_adds(h)]
        found += [self._guarded(h, opposite) for h in otherwise if _only_adds(h)]
        moving = [{h.target: h for h in side if not _only_adds(h)} for side in (then, otherwise)]
        for target in sorted({*moving[0], *moving[1]}):
            found.append(self._either(condition, moving[0].get(target), moving[1].get(target)))
        return found

    def _guarded(self, handler: checked.Handler, condition: Expression) -> checked.Handler:
        """A statement that adds nothing where the condition does not hold."""
        if functions(handler.change) <= HARMLESS:
            # A product, which may be one of a source side and a target side.
            share = self.typer.build(handler.span, "where", condition, ONE, ZERO)
            return replace(handler, change=self.typer.build(handler.span, "multiply", handler.change, share))
        return replace(handler, change=self.typer.build(handler.span, "where", condition, handler.change, ZERO))

    def _either(self, condition: Expression, then: checked.Handler | None, otherwise: checked.Handler | None) -> checked.Handler:
        """A state multiplied or set by one of two statements."""
        first = then or otherwise
        assert first is not None
        operation = "scale" if all(h is None or h.operation == "scale" for h in (then, otherwise)) else "set"
        values = [self._value(h, operation, first.target) for h in (then, otherwise)]
        return replace(first, change=self.typer.build(first.span, "where", condition, *values), operation=operation)

    def _value(self, handler: checked.Handler | None, operation: str, target: str) -> Expression:
        current = Reference("state", target)
        if handler is None:
            return NEUTRAL.get(operation, current)
        if handler.operation != operation:
            return self.typer.build(handler.span, "multiply", current, handler.change)
        return handler.change


def _only_adds(handler: checked.Handler) -> bool:
    """Whether a statement is a change that is added; of the weight all are."""
    return handler.target == "w" or handler.operation == "add"


def note(uses: list[checked.WeightUse], kind: Kind, node: ast.Expr) -> None:
    """Remember what a place says of the weight's unit; a plain number is in base units, whatever they are."""
    if is_plain(kind) and kind != NONE:
        uses.append(checked.WeightUse(kind, span=node.span))


def _weight_change(typer: Typer, statement: ast.Assign, uses: list[checked.WeightUse]) -> Expression:
    """What is added to the weight: `w = x` adds `x - w`, `w *= f` adds `(f - 1) * w`."""
    if statement.operator in ("*=", "/="):
        factor = _factor(typer, statement)
        return typer.build(statement.span, "multiply", typer.build(statement.span, "add", factor, Constant(-1)), WEIGHT)
    typed = typer.calculable(statement.value)
    note(uses, typed.dimension, statement.value)
    if statement.operator == "-=":
        return typer.build(statement.span, "negate", typed.expression)
    if statement.operator == "=":
        return typer.build(statement.span, "add", typed.expression, typer.build(statement.span, "negate", WEIGHT))
    return typed.expression


def _factor(typer: Typer, statement: ast.Assign) -> Expression:
    factor = typer.expect(statement.value, NONE, "a factor")
    return factor if statement.operator == "*=" else typer.build(statement.span, "divide", Constant(1), factor)


def _state_change(typer: Typer, statement: ast.Assign, target: str) -> Expression:
    if statement.operator in ("*=", "/="):
        return _factor(typer, statement)
    value = typer.expect(statement.value, typer.scope.names[target].dimension, f"`{target}`", "E0203")
    return typer.build(statement.span, "negate", value) if statement.operator == "-=" else value


def _agrees(body: Body, earlier: list[checked.Handler], made: checked.Handler) -> bool:
    """Whether a statement has a meaning beside the others; both events may happen in one step."""
    for other in earlier:
        if other.target != made.target or "add" in (other.operation, made.operation):
            continue
        if other.event == made.event or "set" in (other.operation, made.operation):
            label = Label(other.span, "first here")
            same = other.event == made.event
            where = f"in `on {made.event}`" if same else "in one step, where both events happen"
            help_text = "all statements read the values before the events and apply together, so neither is the last; one may use `+=`"
            if made.target == "w":
                help_text += "; bounds are those of the projection, `upper = clamp(1)`"
            body.findings.error("E0404", f"`{made.target}` is assigned twice {where}", made.span, "again here", help_text, labels=(label,))
            return False
    return True
