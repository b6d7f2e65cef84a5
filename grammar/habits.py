"""What people write who know other simulators and languages, where the parser stops at it: each with the way it is written here."""

from __future__ import annotations

import re
from collections.abc import Callable

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.quantities import quantity_pattern
from inferno.grammar.source import Span
from inferno.grammar.stop import NAME, Explained, Stop, openers, without_comment

COMPONENTS = ("neuron", "synapse", "plasticity")
BLOCKS = ("spike", "on", "if", "else")

_COMPARISON = re.compile(r"[ ]*(<=|>=|==|<|>)[ ]*")


def _second_derivative(stop: Stop) -> Explained | None:
    """`u''`."""
    found = re.search(rf"({NAME})'$", stop.text[max(0, stop.start - 80) : stop.start])
    if found is None or not stop.text.startswith("'", stop.start):
        return None
    name = found[1]
    place = Span(stop.source, stop.start - len(found[0]), stop.start + 1)
    helps = (
        f"make the first derivative a state of its own: `state {name}_slope : … = …`, and two equations, "
        f"`{name}' = {name}_slope` and `{name}_slope' = …`",
    )
    label = "an equation is of first order"
    return Explained(Diagnostic("E0104", "a second derivative can't be written", place, label, helps=helps), offset=stop.start)


def _derivative_of_a_unit(stop: Stop) -> Explained | None:
    """`10 ms*g'`, where `g` is read as grams."""
    before = stop.text[max(0, stop.start - 200) : stop.start]
    found = re.search(rf"{quantity_pattern()}$", before)
    if found is None or not stop.text.startswith("'", stop.start) or "*" not in found[0]:
        return None
    factor, _, name = found[0].rpartition("*")
    meant = f"{factor} * {name}"
    place = Span(stop.source, stop.start - len(found[0]), stop.start)
    message = f"`{name}` in `{found[0]}` is a unit, and a unit has no derivative"
    helps = (f"for what is called `{name}` here put blanks around the sign: `{meant}'`",)
    return Explained(Diagnostic("E0104", message, place, "", helps=helps, edit=Edit(place, meant)), offset=stop.start)


def _clause_as_state(stop: Stop) -> Explained | None:
    """`refractory' = …`."""
    if stop.words != ["refractory"] or not stop.text.startswith("'", stop.start):
        return None
    place = Span(stop.source, stop.start - len("refractory"), stop.start + 1)
    helps = ("for a refractory period write `refractory 5 ms hold v`; a state that counts it down yourself needs another name",)
    label = "a clause begins with this word"
    return Explained(Diagnostic("E0120", "`refractory` has no equation", place, label, helps=helps), offset=stop.start)


def _arrow(stop: Stop) -> Explained | None:
    """`v -> 0 mV` in a component: a reset, in the notation of papers."""
    start = stop.start - 1 if stop.text.startswith("->", stop.start - 1) else stop.start
    found = re.search(rf"^[ ]*(?:(spike|on)\b[^\n]*:)?[ ]*({NAME})[ ]*$", stop.text[stop.text.rfind("\n", 0, start) + 1 : start])
    around = openers(stop)
    if found is None or not stop.text.startswith("->", start) or not around or around[-1] not in COMPONENTS:
        return None
    name, place = found[2], Span(stop.source, start, start + 2)
    message = "`->` joins populations; in a component a state is set with `=`"
    if found[1] or around[0] in BLOCKS:
        diagnostic = Diagnostic("E0104", message, place, "", helps=(f"write `{name} = …`",), edit=Edit(place, "="))
    else:
        helps = (f"what a spike resets stands in its block: `spike when condition:`, and indented below it `{name} = …`",)
        diagnostic = Diagnostic("E0104", message, place, "", helps=helps)
    return Explained(diagnostic, offset=stop.start)


def _stride(stop: Stop) -> Explained | None:
    """`a[::2]`."""
    if not stop.text.startswith(":", stop.start):
        return None
    found = re.search(rf"({NAME})\[(?:[^][]*,)?[^][:,]*:[^][:,]*$", stop.text[max(0, stop.start - 80) : stop.start])
    if found is None:
        return None
    name = found[1]
    helps = (
        f"a part is one stretch, `{name}[0:5]`; for every second neuron give the population another axis, "
        f"`population {name}[5, 2] = …`, and write `{name}[:, 0]`",
    )
    return Explained(Diagnostic("E0101", "a part of a population has no stride", stop.span, "", helps=helps), offset=stop.start)


def _import_of_all(stop: Stop) -> Explained | None:
    """`from std.neurons import *`."""
    if not stop.text.startswith("*", stop.start) or stop.first_word not in ("from", "import"):
        return None
    module = "".join(stop.words[1:-1]) if stop.first_word == "from" and stop.words[-1] == "import" else "std.neurons"
    helps = (f"write `from {module} import` and the names that you use, separated by commas; `inferno show` lists what there is",)
    return Explained(Diagnostic("E0101", "what is imported is named", stop.span, "", helps=helps), offset=stop.start)


def _comparison_expected(stop: Stop) -> Explained | None:
    """`expect mean_rate(E) > 5 Hz`."""
    index = stop.layout.line_at(max(stop.start - 1, 0))
    if stop.first_word != "expect" or "IN" not in stop.accepts or index is None:
        return None
    line = stop.layout.lines[index]
    written = without_comment(stop.text, line.start, line.end)
    claim = written.removeprefix("expect").strip()
    parts = _COMPARISON.split(claim)
    if stop.start < line.start + len(written):
        return None
    place = Span(stop.source, line.start + len(written) - len(claim), line.start + len(written))
    meant = _as_range(parts)
    helps = (f"write `expect {meant}`" if meant else "write the range, `expect mean_rate(E) in [5 Hz, 20 Hz]`",)
    message = "`expect` takes a range, no comparison" if len(parts) > 1 else "`expect` needs a range"
    edit = Edit(place, meant) if meant else None
    return Explained(Diagnostic("E0101", message, place, "", helps=helps, edit=edit), offset=stop.start)


def _as_range(parts: list[str]) -> str:
    """`x in [low, high]` for the values and signs of `x > low`, `x < high` or `low < x < high`; empty for others."""
    signs = {sign[0] for sign in parts[1::2]}
    if len(signs) != 1 or "=" in signs or any(value.count("(") != value.count(")") for value in parts):
        return ""
    rising = parts[::2] if signs == {"<"} else parts[::-2]
    if len(rising) == 3:
        return f"{rising[1]} in [{rising[0]}, {rising[2]}]"
    if len(rising) != 2:
        return ""
    low, high = rising
    return f"{low} in [-inf, {high}]" if "(" in low else f"{high} in [{low}, inf]"


HABITS: tuple[Callable[[Stop], Explained | None], ...] = (
    _second_derivative,
    _derivative_of_a_unit,
    _clause_as_state,
    _arrow,
    _stride,
    _import_of_all,
    _comparison_expected,
)
