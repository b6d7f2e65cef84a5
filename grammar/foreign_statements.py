"""Statements of other simulators and of papers, where the parser stops at them: each with the way it is written here."""

from __future__ import annotations

import re
from collections.abc import Callable

from inferno.grammar.diagnostics import Diagnostic, Edit
from inferno.grammar.source import Span
from inferno.grammar.stop import Explained, Stop, openers
from inferno.grammar.unit_names import spelled_unit
from inferno.grammar.units import UNITS

COMPONENTS = ("neuron", "synapse", "plasticity")
SECTIONS = {
    "state": "write a line for each, `state v : mV = -65 mV`",
    "initial_values": "write a line for each, `state v : mV = -65 mV`",
    "parameters": "write a line for each, `param tau = 10 ms`",
    "internals": "write a line for each, `let a = 2*tau`",
    "equations": "write equations by themselves, `tau * v' = E - v + R*I`",
    "input": "write a line for each, `input I : nA` or `receptor ge : nS = exponential(5 ms)`",
    "output": "write `spike when v >= v_th:`, with what a spike changes below it",
    "threshold": "write `spike when v >= v_th:`, with what a spike changes below it",
    "reset": "write `v = v_reset` below `spike when v >= v_th:`",
    "update": "leave it out: equations are always integrated",
}
_EQUATION = re.compile(r"d([A-Za-z_][A-Za-z0-9_]*)[ ]*/[ ]*dt|([A-Za-z_][A-Za-z0-9_]*)'")


def _explained(stop: Stop, code: str, message: str, place: Span, help_text: str, edit: Edit | None = None) -> Explained:
    return Explained(Diagnostic(code, message, place, "", helps=(help_text,), edit=edit), offset=stop.start)


def _first(stop: Stop) -> Span:
    """The first word of the line."""
    index = stop.layout.line_at(stop.start)
    start = stop.layout.lines[index].start if index is not None else stop.start
    return Span(stop.source, start, start + len(stop.first_word))


def _in_component(stop: Stop) -> bool:
    """Whether the line stands in a component, and in no block of it."""
    around = openers(stop)
    return len(around) == 1 and around[0] in COMPONENTS


def _unit_behind_an_equation(stop: Stop) -> Explained | None:
    """`dv/dt = (E - v)/tau : volt`."""
    if not stop.text.startswith(":", stop.start) or "=" not in stop.words or not _in_component(stop):
        return None
    found = _EQUATION.match(stop.text, _first(stop).start)
    if found is None:
        return None
    name = found[1] or found[2]
    help_text = f"the unit stands with the state, `state {name} : mV = 0 mV`; what stands still, `refractory 5 ms hold {name}`"
    return _explained(stop, "E0101", "nothing stands behind the right side of an equation", stop.span, help_text)


def _section(stop: Stop) -> Explained | None:
    """`parameters:`, `on_pre:`, `reset = v = v_reset`, `refractory = 5 ms`."""
    word, sign = stop.first_word, stop.text[stop.start : stop.start + 1]
    if not _in_component(stop) or len(stop.words) > 3:
        return None
    if word in ("on_pre", "on_post") and sign == ":" and len(stop.words) == 1:
        help_text = f"write `{word.replace('_', ' ')}:`"
        return _explained(
            stop, "E0118", f"`{word}` starts no statement", _first(stop), help_text, Edit(_first(stop), word.replace("_", " "))
        )
    if word == "when" and len(stop.words) == 1:
        return _explained(stop, "E0118", "`when` starts no statement", _first(stop), "write `spike when`", Edit(_first(stop), "spike when"))
    if word == "spike" and stop.words == ["spike"] and stop.text.startswith("if ", stop.start):
        return _explained(stop, "E0101", "`if` does not belong here", stop.span, "write `spike when`", Edit(stop.span, "when"))
    if word == "refractory" and sign == "=" and len(stop.words) == 1:
        return _explained(stop, "E0101", "`refractory` takes no `=`", stop.span, "write `refractory 5 ms hold v`, say")
    if word == "if" and len(stop.words) == 1:
        help_text = (
            "for a spike write `spike when v >= v_th:`, for something else `on name when condition:`; `if` may stand in their blocks"
        )
        return _explained(stop, "E0119", "`if` stands in the block of an event", _first(stop), help_text)
    is_block = sign == ":" and len(stop.words) == 1
    is_setting = sign == "=" and word in ("reset", "threshold")
    if word not in SECTIONS or not (is_block or is_setting):
        return None
    return _explained(stop, "E0118", f"a component has no `{word}{':' if is_block else ' ='}`", _first(stop), SECTIONS[word])


def _word_before_an_assignment(stop: Stop) -> Explained | None:
    """`reset v = 0 mV` in a block."""
    if "ASSIGN" not in stop.accepts or stop.words not in (["reset"], ["set"]) or stop.kind != "NAME":
        return None
    word, name = stop.first_word, stop.text[stop.start : stop.end]
    edit = Edit(Span(stop.source, _first(stop).start, stop.start), "")
    return _explained(stop, "E0118", f"`{word}` starts no statement", _first(stop), f"write `{name} = …`", edit)


def _several_inputs(stop: Stop) -> Explained | None:
    """`input I : nA, J : nA`."""
    if stop.first_word not in ("input", "receptor") or not stop.text.startswith(",", stop.start):
        return None
    return _explained(
        stop, "E0101", f"one `{stop.first_word}` a line", stop.span, f"write the next on a line of its own, `{stop.first_word} …`"
    )


def _range_in_brackets(stop: Stop) -> Explained | None:
    """`expect x in (1, 2)`."""
    if not stop.words or stop.words[-1] != "in" or not stop.text.startswith("(", stop.start) or "LSQB" not in stop.accepts:
        return None
    return _explained(
        stop, "E0101", "a range is written in square brackets", stop.span, "write `in [5 Hz, 20 Hz]`, say; the limits belong to it"
    )


def _run_called(stop: Stop) -> Explained | None:
    """`run(100 ms)`."""
    if stop.words != ["run"] or not stop.text.startswith("(", stop.start):
        return None
    return _explained(stop, "E0102", "`run` is a block", _first(stop), "write `run:`, and indented below it `duration = 100 ms`")


def _assigned_from_outside(stop: Stop) -> Explained | None:
    """`cells.v = -65 mV` and `cells[0].I = 1 nA` in a file."""
    if not stop.text.startswith("=", stop.start) or "ARROW" not in stop.accepts:
        return None
    place = Span(stop.source, _first(stop).start, stop.start)
    found = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^]]*\])?[.]([A-Za-z_][A-Za-z0-9_]*)[ ]*", place.text)
    if found is None:
        return None
    owner, part, name = found.groups()
    help_text = (
        f"what drives it stands at its population, `population {owner} = …({name} = …)`, and an initial value below it, indented, "
        f"`init {name} = …`"
    )
    if part:
        help_text = "what differs from neuron to neuron is drawn, `uniform(1 nA, 2 nA)`, or is given by an input, `1 nA * drive`"
    return _explained(stop, "E0118", f"`{owner}{part or ''}.{name} = …` is not a declaration", place, help_text)


def _unit_behind_a_bracket(stop: Stop) -> Explained | None:
    """`uniform(-70, -50) mV`."""
    found = re.match(r"[A-Za-z]+", stop.text[stop.start : stop.end])
    before = stop.text[max(0, stop.start - 80) : stop.start].rstrip()
    if found is None or before[-1:] not in (")", "]") or not (found[0] in UNITS or spelled_unit(found[0])):
        return None
    unit = found[0] if found[0] in UNITS else spelled_unit(found[0])
    help_text = f"put it into the brackets, behind each number, or multiply: `1 {unit} * (…)`"
    return _explained(stop, "E0101", "a unit stands only directly behind a number", stop.span, help_text)


def _record_of(stop: Stop) -> Explained | None:
    """`record v of cells`."""
    if stop.first_word != "record" or stop.text[stop.start : stop.end] not in ("of", "from") or len(stop.words) != 2:
        return None
    return _explained(stop, "E0101", "a recording names the population first", stop.span, f"write `record cells.{stop.words[1]}`, say")


def _population(stop: Stop) -> Explained | None:
    """`population cells(100) = LIF()`, `population cells[100]: LIF`."""
    if stop.first_word != "population" or len(stop.words) < 2:
        return None
    sign, name = stop.text[stop.start : stop.start + 1], stop.words[1]
    if sign == "(" and len(stop.words) == 2:
        help_text = f"the number of neurons, or the shape, stands in `[]`: `population {name}[100] = …`"
        return _explained(stop, "E0101", "a population's shape stands in square brackets", stop.span, help_text)
    if sign == ":" and "=" not in stop.words:
        help_text = f"write `population {name}[100] = LIF()`, say; settings may follow behind a `:`"
        return _explained(stop, "E0101", "a population needs its neuron", stop.span, help_text)
    return None


def _percentage(stop: Stop) -> Explained | None:
    """`random(10%)`."""
    found = re.search(r"([0-9.]+)[ ]*%[ ]*$", stop.text[max(0, stop.start - 40) : stop.start])
    if found is None or stop.text[stop.start : stop.start + 1] not in (")", ",", "\n", ""):
        return None
    place = Span(stop.source, stop.start - len(found[0]), stop.start)
    return _explained(stop, "E0101", "`%` is the rest of a division", place, "write a share as a fraction: `0.1` for 10 %")


def _record_in_brackets(stop: Stop) -> Explained | None:
    """`record (a.v, b.v)`."""
    if stop.words[:2] != ["record", "("] or not stop.text.startswith(",", stop.start):
        return None
    place = Span(stop.source, stop.start - 1, stop.end)
    return _explained(stop, "E0101", "several recordings stand without brackets", place, "write `record a.v, b.v`, say")


FOREIGN_STATEMENTS: tuple[Callable[[Stop], Explained | None], ...] = (
    _unit_behind_an_equation,
    _section,
    _word_before_an_assignment,
    _several_inputs,
    _range_in_brackets,
    _run_called,
    _assigned_from_outside,
    _unit_behind_a_bracket,
    _record_of,
    _population,
    _percentage,
    _record_in_brackets,
)
