"""`train:` by gradients: the method, what is made small, how steps are taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast, checked, library
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, quantity
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import near_or_all, short, suggestion
from inferno.grammar.expression import Constant, number

METHODS = ("local", "bptt")
GRADIENT_SETTINGS = ("loss", "optimizer", "schedule", "precision")

# Each choice with its options: default, least and greatest value.
Options = Mapping[str, tuple[float | None, float, float]]
OPTIMIZERS: Mapping[str, Options] = {
    "adamw": {"lr": (1e-3, 0, math.inf), "weight_decay": (1e-2, 0, math.inf)},
    "adam": {"lr": (1e-3, 0, math.inf), "weight_decay": (0, 0, math.inf)},
    "sgd": {"lr": (None, 0, math.inf), "momentum": (0, 0, 1), "weight_decay": (0, 0, math.inf)},
}
SCHEDULES: Mapping[str, Options] = {"constant": {}, "cosine": {"epochs": (None, 1, 10**6)}}
PRECISIONS = ("float32", "bf16")


def is_loss(name: str) -> bool:
    """Whether a component of that name stands in `std.losses`."""
    return name in library.components("losses")


def is_gradient(network: Network, settings: Mapping[str, ast.Expr]) -> bool:
    """Whether the method is `bptt`; an unknown one is reported."""
    method = settings.get("method")
    if method is None:
        return False
    name = method.function if isinstance(method, ast.Call) else method
    words = name.id if isinstance(name, ast.Name) else short(name.span)
    if words not in METHODS:
        hint = suggestion(network.findings, words, METHODS) or "use `method = local` or `method = bptt`"
        network.findings.error("E0705", f"unknown method `{words}`", method.span, "", hint)
    elif words == "local" and isinstance(method, ast.Call) and method.arguments:
        network.findings.error("E0305", "`local` takes no arguments", method.span, "", "write `method = local`")
    return words == "bptt"


def check_gradient(network: Network, block: ast.Settings, settings: Mapping[str, ast.Expr]) -> checked.Gradient | None:
    """Everything that `method = bptt` needs."""
    before = network.findings.errors
    method = settings["method"]
    checkpoint = _checkpoint(network, method)
    if "loss" not in settings:
        help_text = "write, say, `loss = rate_cross_entropy(logits)`"
        network.findings.error("E0706", "`method = bptt` needs a `loss`", method.span, "nothing says what is to be small", help_text)
    terms = _loss(network, settings["loss"]) if "loss" in settings else ()
    optimizer = _choice(network, settings.get("optimizer"), OPTIMIZERS, "optimizer", "adamw")
    schedule = _choice(network, settings.get("schedule"), SCHEDULES, "schedule", "constant")
    precision = settings.get("precision")
    kind = _word(precision) if precision is not None else "float32"
    if precision is not None and kind not in PRECISIONS:
        hint = near_or_all(network.findings, kind, PRECISIONS, "there are")
        network.findings.error("E0706", f"unknown precision `{short(precision.span)}`", precision.span, "", hint)
    if network.findings.errors != before:
        return None
    return checked.Gradient(checkpoint, terms, optimizer, schedule, kind)


def refuse_gradient_settings(network: Network, settings: Mapping[str, ast.Expr]) -> None:
    """Report settings that mean something to gradients alone."""
    for name in GRADIENT_SETTINGS:
        if name in settings:
            message = f"`{name}` belongs to training by gradients"
            network.findings.error("E0706", message, settings[name].span, "the method is `local`", "write `method = bptt`, or leave it out")


def _checkpoint(network: Network, method: ast.Expr) -> str:
    """How much of the forward pass is made again on the way back: `auto`, `none`, or every so many steps."""
    given = method.arguments if isinstance(method, ast.Call) else ()
    found = "auto"
    for argument in given:
        if argument.name != "checkpoint":
            network.findings.error("E0303", "`bptt` takes `checkpoint` alone", argument.span, "", "write `bptt(checkpoint = auto)`")
        elif _word(argument.value) in ("auto", "none"):
            found = _word(argument.value)
        else:
            value = network.typer("`checkpoint`").constant(argument.value, NONE, "`checkpoint`")
            if value is not None and not (1 <= value <= 10**9 and value == int(value)):
                message = "`checkpoint` is `auto`, `none` or a number of steps"
                network.findings.error("E0607", message, argument.value.span, f"this is {float(value):g}")
            found = str(int(value)) if value is not None and math.isfinite(value) else found
    return found


def _word(node: ast.Expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _choice(
    network: Network, node: ast.Expr | None, choices: Mapping[str, Options], what: str, default: str
) -> tuple[str, tuple[tuple[str, float], ...]]:
    """A word with its options, as `adamw(lr = 1e-3)`."""
    called = node.function if isinstance(node, ast.Call) else node
    name = _word(called) if called is not None else default
    if name not in choices:
        assert node is not None and called is not None
        hint = near_or_all(network.findings, name, choices, "there are")
        network.findings.error("E0706", f"unknown {what} `{short(called.span)}`", called.span, "", hint)
        return default, ()
    options = choices[name]
    values = {n: v for n, (v, _, _) in options.items() if v is not None}
    for argument in node.arguments if isinstance(node, ast.Call) else ():
        if argument.name is None or argument.name not in options:
            words = argument.name or short(argument.span)
            hint = near_or_all(network.findings, words, options, "its options are") or "it takes none"
            network.findings.error("E0303", f"`{name}` has no option `{words}`", argument.span, "", hint)
            continue
        value = network.typer(f"`{what}`").constant(argument.value, NONE, f"`{argument.name}`")
        _, low, high = options[argument.name]
        if value is not None and not low <= value <= high:
            span = argument.value.span
            network.findings.error("E0601", f"`{argument.name}` of `{name}` is out of range", span, f"this is {quantity(value, NONE)}")
        values[argument.name] = float(value) if value is not None else low
    for missing in (n for n in options if n not in values):
        assert node is not None, "only what is written lacks a value"
        network.findings.error("E0304", f"`{name}` needs a value for `{missing}`", node.span, "", f"write `{name}({missing} = …)`")
    return name, tuple(sorted(values.items()))


# ---- what is made small ---------------------------------------------------------------------------------


def _loss(network: Network, node: ast.Expr) -> tuple[checked.LossTerm, ...]:
    """`rate_cross_entropy(logits) + 1e-4 * rate_band(exc, 1 Hz, 50 Hz)`."""
    terms = node.terms if isinstance(node, ast.Sum) else (("+", node),)
    found = [_term(network, term, 1.0 if sign == "+" else -1.0) for sign, term in terms]
    return tuple(term for term in found if term is not None)


def _term(network: Network, node: ast.Expr, weight: float) -> checked.LossTerm | None:
    factors = node.factors if isinstance(node, ast.Product) else (("*", node),)
    calls = [f for o, f in factors if o == "*" and isinstance(f, ast.Call) and _word(f.function) in network.models]
    if len(calls) != 1:
        hint = "import them: `from std.losses import rate_cross_entropy`" if not any(is_loss(n) for n in network.models) else ""
        message = "a loss is a sum of terms such as `1e-4 * rate_band(exc, 1 Hz, 50 Hz)`"
        network.findings.error("E0706", message, node.span, "which loss is this?", hint)
        return None
    for operator, factor in factors:
        if factor is calls[0]:
            continue
        value = network.typer("a loss").constant(factor, NONE, "the weight of a term")
        if value is None or (operator == "/" and value == 0):
            return None
        weight = weight * float(value) if operator == "*" else weight / float(value)
    return _call(network, calls[0], weight)


def _call(network: Network, call: ast.Call, weight: float) -> checked.LossTerm | None:
    name = _word(call.function)
    model = network.models[name]
    if model is None:
        return None
    if not isinstance(model, checked.ReadoutModel) or not is_loss(model.name):
        network.findings.error("E0307", f"`{name}` is no loss", call.function.span, "", "`std.losses` has some")
        return None
    if not call.arguments or call.arguments[0].name is not None:
        of = "an output" if model.name == "rate_cross_entropy" else "a population"
        network.findings.error("E0304", f"`{name}` needs {of} as its first argument", call.span)
        return None
    subjects = _subjects(network, model.name, call.arguments[0].value)
    names = iter(p.name for p in model.parameters)
    rest = tuple(ast.Argument(a.name or next(names, None), a.value, span=a.span) for a in call.arguments[1:])
    use = instances.Use(model, rest, call.span)
    made = instances.instantiate(use, network.typer(f"the loss `{name}`"), {})
    if made is None or subjects is None:
        return None
    values = tuple((n, float(number(v))) for n, v in made.instance.values if isinstance(v, Constant))
    return checked.LossTerm(model.name, weight, subjects, values)


def _subjects(network: Network, loss: str, node: ast.Expr) -> tuple[str, ...] | None:
    """The output, or the populations, of which a loss is made."""
    names = [_word(n) for n in (node.items if isinstance(node, ast.ListLiteral) else (node,))]
    known: Mapping[str, object] = network.outputs if loss == "rate_cross_entropy" else network.populations
    if names and all(n in known for n in names):
        return tuple(names)
    if any(n in network.declared for n in names) and loss != "rate_cross_entropy" and all(n in network.declared for n in names):
        return None
    what = "an output such as `sum(exc.spikes, over = time)`" if loss == "rate_cross_entropy" else "a population, or blocks"
    if not network.has_faulty_outputs:
        hint = near_or_all(network.findings, names[0] if names else "", known)
        network.findings.error("E0706", f"`{loss}` is made of {what}", node.span, "", hint)
    return None


def default_epochs(gradient: checked.Gradient) -> int:
    """Passes over the data where the block does not say: as many as the schedule has."""
    return int(Fraction(dict(gradient.schedule[1]).get("epochs", 1)))
