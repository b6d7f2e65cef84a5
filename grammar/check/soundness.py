"""What a model's values must satisfy beyond their ranges: positive time constants, a threshold above the reset, nothing infinite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from inferno.grammar import checked
from inferno.grammar.check.dimensions import NONE, TIME, quantity
from inferno.grammar.check.ranges import interval
from inferno.grammar.check.solving import Solved
from inferno.grammar.check.wording import listed, way_out
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Apply, Constant, Expression, Reference, TooLarge, divisors, is_drawn, references, with_values
from inferno.grammar.source import Span

Values = Mapping[Reference, Expression]


def check_neuron(population: checked.Population, places: Mapping[str, Span], findings: Findings) -> None:
    """Report values with which a neuron model makes no sense; `places` says where a parameter's value stands, if it was given."""
    model = population.neuron.model
    assert isinstance(model, checked.NeuronModel)
    span = population.neuron.span
    known: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in population.neuron.values}
    before = findings.errors
    check_scales(model.equations, known, model, places, span, findings)
    if model.refractory is not None:
        _check_refractory(model.refractory, known, model, places, span, findings)
    if findings.errors == before:
        _check_results(model, known, places, span, findings)
    if findings.errors == before:
        _check_threshold(population, model, known, places, span, findings)


def put_in(expression: Expression, known: Values) -> Expression | str:
    """The expression with its values, or what is wrong with them."""
    try:
        return with_values(expression, known)
    except TooLarge as problem:
        return f"it is {problem}"
    except ValueError as problem:
        return str(problem)


def place_of_value(expression: Expression, places: Mapping[str, Span], otherwise: Span) -> Span:
    """Where a value of an expression was given; the whole use of the model if all are its defaults."""
    given = [places[r.name] for r in references(expression, "parameter") if r.name in places]
    return given[0] if given else otherwise


def check_scales(
    equations: Sequence[checked.Equation],
    known: Values,
    model: Solved,
    places: Mapping[str, Span],
    span: Span,
    findings: Findings,
) -> None:
    """What stands before a derivative must be positive, and so must a time constant that something is divided by."""
    dimensions = {p.name: p.dimension for p in model.parameters}
    before_derivatives = {reference for equation in equations for reference in references(equation.scale)}
    for equation in equations:
        constants = [d for d in dict.fromkeys(divisors(equation.rate)) if d not in before_derivatives and dimensions.get(d.name) == TIME]
        _check_divisors(constants, f"`{equation.state}'` of `{model.name}`", known, places, span, findings)
        scale = put_in(equation.scale, known)
        if isinstance(scale, Constant) and 0 < scale.value < math.inf:
            continue
        if not isinstance(scale, str) and _is_only_drawn(scale):
            _check_drawn_scale(equation, scale, model, place_of_value(equation.scale, places, span), findings)
            continue
        used = references(equation.scale, "parameter")
        place = place_of_value(equation.scale, places, span)
        if isinstance(scale, str) or not used:
            name = listed(r.name for r in used) or "the factor"
            found = scale if isinstance(scale, str) else ""
            findings.error("E0603", f"{name} before `{equation.state}'` of `{model.name}` must be greater than 0 and finite", place, found)
        elif not isinstance(scale, Constant):
            message = f"{listed(r.name for r in used)} before `{equation.state}'` of `{model.name}` must be constant"
            findings.error("E0609", message, place, "this varies")
        else:
            dimension = dimensions[used[0].name] if len(used) == 1 and equation.scale == used[0] else NONE
            names = listed(r.name for r in used)
            message = f"{names} before `{equation.state}'` of `{model.name}` must be greater than {quantity(0, dimension)} and finite"
            value = quantity(scale.value, dimension)
            findings.error("E0603", message, place, f"this is {value}" if equation.scale == used[0] else f"the factor is {value}")


def _is_only_drawn(value: Expression) -> bool:
    """Whether a value differs from neuron to neuron, and never changes."""
    return is_drawn(value) and not references(value, "input")


def _check_drawn_scale(
    equation: checked.Equation,
    scale: Expression,
    model: Solved,
    place: Span,
    findings: Findings,
) -> None:
    """Report a draw that is sure to fail; whether its values are positive is checked when the network is built."""
    low, high = interval(scale, {})
    names = listed(r.name for r in references(equation.scale, "parameter"))
    if high <= 0 or (low < 0 and math.isfinite(low)):
        dimensions = {p.name: p.dimension for p in model.parameters}
        used = references(equation.scale, "parameter")
        dimension = dimensions[used[0].name] if len(used) == 1 and equation.scale == used[0] else NONE
        message = f"{names} before `{equation.state}'` of `{model.name}` must be greater than {quantity(0, dimension)} and finite"
        found = f"this goes from {quantity(low, dimension)} to {quantity(high, dimension)}"
        findings.error("E0603", message, place, found, "put `| clip(low, high)` behind the distribution")


def _check_divisors(
    constants: Sequence[Reference], where: str, known: Values, places: Mapping[str, Span], span: Span, findings: Findings
) -> None:
    """Report time constants that are not positive; one may be infinite here, for then nothing decays."""
    for constant in constants:
        value = known.get(constant)
        if isinstance(value, Constant) and value.value <= 0:
            message = f"`{constant.name}` in {where} must be greater than {quantity(0, TIME)}"
            findings.error("E0603", message, places.get(constant.name, span), f"this is {quantity(value.value, TIME)}")
        elif value is not None and _is_only_drawn(value):
            low, high = interval(value, {})
            if high <= 0 or (low < 0 and math.isfinite(low)):
                message = f"`{constant.name}` in {where} must be greater than {quantity(0, TIME)}"
                found = f"this goes from {quantity(low, TIME)} to {quantity(high, TIME)}"
                findings.error("E0603", message, places.get(constant.name, span), found, "put `| clip(low, high)` behind the distribution")


def _check_refractory(
    refractory: checked.Refractory, known: Values, model: checked.NeuronModel, places: Mapping[str, Span], span: Span, findings: Findings
) -> None:
    duration = put_in(refractory.duration, known)
    place = place_of_value(refractory.duration, places, span)
    message = f"the refractory period of `{model.name}` must be at least 0 ms and finite"
    if isinstance(duration, str):
        findings.error("E0602", f"the refractory period of `{model.name}` can't be calculated: {duration}", place, "", way_out(duration))
    elif _is_only_drawn(duration):
        low, high = interval(duration, {})
        if high < 0 or (low < 0 and math.isfinite(low)):
            help_text = "put `| clip(0 ms, …)` behind the distribution"
            findings.error("E0601", message, place, f"this goes from {quantity(low, TIME)} to {quantity(high, TIME)}", help_text)
    elif not isinstance(duration, Constant):
        findings.error("E0609", f"the refractory period of `{model.name}` must be constant", place, "this varies")
    elif not 0 <= duration.value < math.inf:
        findings.error("E0601", message, place, f"this is {quantity(duration.value, TIME)}")


def _check_results(model: checked.NeuronModel, known: Values, places: Mapping[str, Span], span: Span, findings: Findings) -> None:
    """Report a right side, a condition or a reset that these values make infinite or undefined."""
    _check_ranges(model, known, places, span, findings)
    expressions: list[tuple[str, Expression]] = []
    if model.spike is not None:
        expressions += [("the spike condition", model.spike.condition)]
        expressions += [(f"`{a.target}` after a spike", a.value) for a in model.spike.assignments]
    expressions += [(f"what arrives at `{a.target}`", a.value) for a in model.arrivals]
    for event in model.events:
        expressions.append((f"the condition of `on {event.name}`", event.condition))
        expressions += [(f"`{a.target}` after `{event.name}`", a.value) for a in event.assignments]
    check_values(expressions, model, known, places, span, findings)


def check_values(
    more: Sequence[tuple[str, Expression]], model: Solved, known: Values, places: Mapping[str, Span], span: Span, findings: Findings
) -> None:
    """Report equations and initial values of a component, and `more` with what each is called, that are infinite or undefined."""
    _check_beginnings(model, known, places, span, findings)
    expressions = [(f"`{e.state}'`", e.rate) for e in model.equations]
    expressions += [(f"the initial value of `{s.name}`", s.initial) for s in model.states]
    reported: set[Span] = set()
    for name, expression in (*expressions, *more):
        result = put_in(expression, known)
        if isinstance(result, str):
            place = place_of_value(expression, places, span)
            findings.error("E0602", f"with these values {name} of `{model.name}` can't be calculated: {result}", place, "", way_out(result))
        elif has_infinity(result):
            infinite = [r.name for r in references(expression, "parameter") if _is_infinite(known.get(r))]
            place = next((places[name] for name in infinite if name in places), span)
            blamed = f"{listed(infinite)} is infinite" if infinite else "a value is infinite"
            if place not in reported:
                findings.error(
                    "E0602", f"with these values {name} of `{model.name}` is infinite or undefined", place, blamed, "give finite values"
                )
            reported.add(place)


def _check_beginnings(model: Solved, known: Values, places: Mapping[str, Span], span: Span, findings: Findings) -> None:
    """Report states that would begin with what varies, which is not known before a call."""
    for state in model.states:
        value = put_in(state.initial, known)
        if not isinstance(value, str) and references(value, "input"):
            place = place_of_value(state.initial, places, span)
            findings.error("E0609", f"the initial value of `{state.name}` of `{model.name}` must be constant", place, "this varies")


def _check_ranges(model: checked.NeuronModel, known: Values, places: Mapping[str, Span], span: Span, findings: Findings) -> None:
    """Report a state whose range these values make empty, or whose initial value lies beyond it."""
    for state in model.states:
        low, high, initial = (put_in(e, known) if e is not None else None for e in (state.low, state.high, state.initial))
        numbers = [x.value if isinstance(x, Constant) else None for x in (low, high, initial)]
        shown = [quantity(n, state.dimension) if n is not None else "" for n in numbers]
        if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
            place = next((place_of_value(e, places, span) for e in (state.low, state.high) if e is not None), span)
            findings.error("E0601", f"the range of `{state.name}` is empty: from {shown[0]} to {shown[1]}", place)
        elif numbers[2] is not None and any(
            n is not None and (numbers[2] < n if side == 0 else numbers[2] > n) for side, n in enumerate(numbers[:2])
        ):
            message = f"`{state.name}` begins at {shown[2]}, outside of its range from {shown[0] or '…'} to {shown[1] or '…'}"
            findings.error("E0601", message, place_of_value(state.initial, places, state.span))


def _is_infinite(value: Expression | None) -> bool:
    return isinstance(value, Constant) and math.isinf(value.value)


def has_infinity(expression: Expression) -> bool:
    """Whether an infinite constant is a value, a term or a factor; as a divisor or what something is compared with it does no harm."""
    stack = [expression]
    while stack:
        current = stack.pop()
        if _is_infinite(current):
            return True
        if isinstance(current, Apply) and current.function == "divide":
            stack.append(current.arguments[0])
            if not _is_infinite(current.arguments[1]):
                stack.append(current.arguments[1])
        elif isinstance(current, Apply) and current.function in ("add", "multiply", "negate", "where"):
            stack += current.arguments
    return False


def _check_threshold(
    population: checked.Population,
    model: checked.NeuronModel,
    known: Values,
    places: Mapping[str, Span],
    span: Span,
    findings: Findings,
) -> None:
    """A neuron whose condition holds right after its reset would spike for ever."""
    if model.spike is None or model.events or all(a.accumulate for a in model.spike.assignments):
        return
    given = dict(population.initial)
    states: dict[Reference, Expression] = {}
    for state in model.states:
        initial = put_in(given.get(state.name, state.initial), known)
        states[Reference("state", state.name)] = Reference("state", state.name) if isinstance(initial, str) else initial
    after = {}
    for assignment in model.spike.assignments:
        target = Reference("state", assignment.target)
        value = put_in(assignment.value, {**known, **states})
        if assignment.accumulate and not isinstance(value, str):
            value = put_in(Apply("add", (target, value)), states)
        after[target] = value if isinstance(value, Constant) else target
    condition = put_in(model.spike.condition, {**known, **states, **after})
    if not (isinstance(condition, Constant) and condition.value is True):
        return
    place = place_of_value(model.spike.condition, places, span)
    if place is span:
        place = next((place_of_value(a.value, places, span) for a in model.spike.assignments), span)
    message = f"`{model.name}` would spike for ever: its condition still holds right after its first spike"
    words = " ".join(model.spike.span.text.splitlines()[0].split())
    values = ", ".join(_values_in(model, known))
    notes = (f"the condition is `{words}`{f', with {values}' if values else ''}",)
    findings.error("E0606", message, place, "", "raise the threshold above the reset value", notes=notes)


def _values_in(model: checked.NeuronModel, known: Values) -> list[str]:
    """`v_th = -50 mV` for each parameter of the condition and the resets."""
    assert model.spike is not None
    dimensions = {p.name: p.dimension for p in model.parameters}
    expressions = [model.spike.condition, *(a.value for a in model.spike.assignments if not a.accumulate)]
    used = dict.fromkeys(r for e in expressions for r in references(e, "parameter"))
    constants = [(r.name, value) for r in used if isinstance(value := known.get(r), Constant)]
    return [f"{name} = {quantity(value.value, dimensions[name])}" for name, value in constants[:4]]
