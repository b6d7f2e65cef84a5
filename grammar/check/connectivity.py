"""`connect = random(0.1) - diagonal`: which pairs of neurons a projection joins, as a recipe that is plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import positions
from inferno.grammar.check.dimensions import NONE, quantity
from inferno.grammar.check.elsewhere import own_connectivity
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.overrides import SOURCE as OVERRIDE
from inferno.grammar.check.places import LENGTH
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import short, suggestion
from inferno.grammar.expression import Constant
from inferno.grammar.places import LONGEST, SHORTEST
from inferno.grammar.source import Span

ARGUMENTS: Mapping[str, str] = {
    "dense": "", "one_to_one": "", "diagonal": "", "random": "p", "fixed_in": "n", "fixed_out": "n", "fixed_total": "n",
    "gaussian": "sigma", "ring": "k", "matrix": "rows", "from_file": "path",
}  # fmt: skip
"""Every connectivity with the name of its argument, where it takes one."""
OPERATORS = ("+", "-", "&")


@dataclass
class Reading:
    """One `connect` while it is read; `leaves` counts its connectivities, each of which has random numbers of its own."""

    network: Network
    ends: Ends
    leaves: int = 0

    def lose(self, code: str, message: str, span: Span, label: str = "", *helps: str) -> None:
        """Report a mistake."""
        self.network.findings.error(code, message, span, label, *helps)


def connectivity(network: Network, node: ast.Expr | None, ends: Ends) -> checked.Connectivity | None:
    """The connectivity of a projection; None where a mistake is reported."""
    if node is None:
        message, help_text = "a projection needs `connect`", "write `connect = dense`, say"
        network.findings.error("E0504", message, ends.declaration.name_span, "", help_text)
        return None
    recipe = _recipe(Reading(network, ends), node)
    if recipe is None:
        return None
    if recipe[:3] == ("-", ("one_to_one", 1), ("diagonal", 2)):
        network.findings.error("E0509", "`one_to_one - diagonal` connects nothing", node.span, "", "`one_to_one` is the diagonal")
        return None
    plain = recipe[0] == "-" and recipe[1][0] == "dense" and recipe[2][0] == "diagonal"
    if plain and ends.source_part == ends.target_part:
        return checked.Connectivity("dense", True, recipe, span=node.span)
    return checked.Connectivity(recipe[0] if recipe[0] in ("dense", "one_to_one") else "list", False, recipe, span=node.span)


def _recipe(reading: Reading, node: ast.Expr) -> checked.Recipe | None:
    """A connectivity, or several of them joined by `+`, `-`, `&`."""
    if isinstance(node, ast.Sum):
        parts = list(node.terms)
    elif isinstance(node, ast.Logical) and node.operator == "&":
        parts = [("&", operand) for operand in node.operands]
    else:
        return _pattern(reading, node)
    recipes = [(sign, _recipe(reading, part)) for sign, part in parts]
    result = recipes[0][1]
    for sign, recipe in recipes[1:]:
        if result is None or recipe is None:
            return None
        result = (sign, result, recipe)
        _check_choice(reading, result, node.span)
    return result


def _pattern(reading: Reading, node: ast.Expr) -> checked.Recipe | None:
    name = node.function if isinstance(node, ast.Call) else node
    words = name.id if isinstance(name, ast.Name) else short(node.span)
    if words == "conv":
        message = "`conv` is a connectivity by itself: its weights are shared"
        reading.lose("E0504", message, node.span, "it can't be joined with another", "write `connect = conv(kernel = 5)`")
        return None
    if words not in ARGUMENTS:
        known = (*ARGUMENTS, "conv")
        hint = _meant(words) or suggestion(reading.network.findings, words, known) or f"there are {', '.join(f'`{n}`' for n in known)}"
        reading.lose("E0504", f"unknown connectivity `{words}`", node.span, "", hint)
        return None
    reading.leaves += 1
    number, wanted = reading.leaves, ARGUMENTS[words]
    arguments = node.arguments if isinstance(node, ast.Call) else ()
    if not wanted:
        if isinstance(node, ast.Call):
            reading.lose("E0305", f"`{words}` takes no arguments", node.span, "", f"write `{words}`")
            return None
        return (words, number) if _has_equal_sides(reading, words, node.span) else None
    if len(arguments) != 1 or arguments[0].name not in (None, wanted):
        given = f"{len(arguments)} given" if len(arguments) != 1 else f"there is no `{arguments[0].name}`"
        reading.lose("E0305", f"`{words}({wanted})` takes one argument", node.span, given)
        return None
    value = _READERS[words](reading, arguments[0].value, words)
    if value is None:
        return None
    if isinstance(value, tuple) and words == "gaussian":
        return (value[0], number, *value[1:])
    if words == "from_file":
        # A path is relative to the file in which it is written.
        written = node.span.source.name
        return (words, number, value, "" if written == OVERRIDE else written)
    return (words, number, value)


def _meant(words: str) -> str:
    """The connectivity that is called otherwise elsewhere."""
    if own := own_connectivity(words):
        return f"write `connect = {own}`"
    return "nobody is joined with itself where `- diagonal` stands: `random(0.1) - diagonal`" if "!=" in words else ""


def _has_equal_sides(reading: Reading, words: str, span: Span) -> bool:
    """Whether both ends have as many neurons, where a connectivity pairs them up."""
    ends = reading.ends
    if words == "dense" or ends.source is None or ends.target is None or (words == "diagonal" and ends.is_recurrent):
        return True
    sources, targets = ends.sources, ends.targets
    if sources == targets:
        return True
    if reading.network.findings.is_first("sizes", *sorted((ends.source.name, ends.target.name))):
        code, shown = ("E0509", "- diagonal") if words == "diagonal" else ("E0502", words)
        names = (short(ends.declaration.source.span), short(ends.declaration.target.span))
        counts = f"`{names[0]}` has {sources:,}, `{names[1]}` has {targets:,}"
        reading.lose(code, f"`{shown}` needs as many sources as targets", span, counts)
    return False


def check_file_values(network: Network, recipe: checked.Recipe, node: ast.Expr | None, what: str) -> None:
    """`weight = from_file` needs pairs that are all in one file."""
    if not (isinstance(node, ast.Name) and node.id == "from_file"):
        return
    if len(_files(recipe)) != 1 or not _is_from_file(recipe):
        message = f"`{what} = from_file` takes the {what}s of a file, and these pairs are not all from one"
        network.findings.error("E0521", message, node.span, "", 'write `connect = from_file("synapses.npz")`')


def _files(recipe: checked.Recipe) -> list[checked.Recipe]:
    if recipe[0] in OPERATORS:
        return _files(recipe[1]) + _files(recipe[2])
    return [recipe] if recipe[0] == "from_file" else []


def _is_from_file(recipe: checked.Recipe) -> bool:
    """Whether every pair is one of a file's."""
    if recipe[0] not in OPERATORS:
        return bool(recipe[0] == "from_file")
    left, right = (_is_from_file(r) for r in recipe[1:])
    return left and right if recipe[0] == "+" else left if recipe[0] == "-" else left or right


# ---- arguments ------------------------------------------------------------------------------------------


def _number(reading: Reading, node: ast.Expr, words: str) -> float | None:
    value = reading.network.typer(f"`{words}`").constant(node, NONE, f"`{ARGUMENTS[words]}` of `{words}`")
    return None if value is None else float(value)


def _probability(reading: Reading, node: ast.Expr, words: str) -> float | None:
    value = _number(reading, node, words)
    if value is not None and not 0 <= value <= 1:
        reading.lose("E0601", "a probability lies between 0 and 1", node.span, f"this is {value:g}")
        return None
    return value


def _width(reading: Reading, node: ast.Expr, words: str) -> tuple[str | float, ...] | None:
    """Whether `gaussian` counts neurons or lengths, its width in them, and of lengths the share of pairs that is to be expected."""
    given = reading.network.typer(f"`{words}`").type(node)
    length = given.expression.value if given.dimension == LENGTH and isinstance(given.expression, Constant) else None
    found = length if length is not None else _number(reading, node, words)
    spacing = positions.common_spacing(reading.network, reading.ends, node.span) if length is not None else Fraction(1)
    if found is None or spacing is None:
        return None
    kind = LENGTH if length is not None else NONE
    if not 0 < found < math.inf:
        label = f"this is {quantity(found, kind)}"
        reading.lose("E0603", "`sigma` of `gaussian` must be greater than 0 and finite", node.span, label)
        return None
    if not SHORTEST <= found / spacing <= LONGEST:
        low, high = (quantity(limit * spacing, kind) for limit in (SHORTEST, LONGEST))
        message = f"`sigma` of `gaussian` must be between {low} and {high}"
        reading.lose("E0601", message, node.span, f"this is {quantity(found, kind)}", "is the unit right?")
        return None
    value = float(found / spacing)
    if length is not None and not positions.share_grid(reading.ends):
        return "gaussian_in_space", value, positions.share_within(reading.ends, value)
    source, target = reading.ends.source, reading.ends.target
    if source is not None and target is not None and source.shape != target.shape:
        shapes = f"`{source.name}` is {list(source.shape)}, `{target.name}` is {list(target.shape)}"
        message = "`gaussian` measures distances on one grid: both populations need the same shape"
        reading.lose("E0502", message, node.span, shapes, "give a length; then populations that have places need none")
        return None
    return "gaussian", value


def _count(reading: Reading, node: ast.Expr, words: str) -> int | None:
    value = _number(reading, node, words)
    if value is None:
        return None
    if not (0 <= value < math.inf and value == int(value)):
        reading.lose("E0607", f"`{ARGUMENTS[words]}` of `{words}` is a whole number of at least 0", node.span, f"this is {value:g}")
        return None
    if words == "ring":
        return int(value) if _has_equal_sides(reading, words, node.span) else None
    return int(value) if _is_available(reading, words, int(value), node.span, False) else None


def _is_available(reading: Reading, words: str, count: int, span: Span, without_self: bool) -> bool:
    """Whether there are as many neurons or pairs as `fixed_…` wants to choose."""
    ends = reading.ends
    if ends.source is None or ends.target is None:
        return True
    there = {"fixed_in": ends.sources, "fixed_out": ends.targets, "fixed_total": ends.sources * ends.targets}[words]
    less = 0 if not without_self else ends.selves if words == "fixed_total" else int(ends.selves > 0)
    if count <= there - less:
        return True
    what = {"fixed_in": "sources", "fixed_out": "targets", "fixed_total": "pairs"}[words]
    found = f"there are {there - less:,}{' without the diagonal' if less else ''}"
    reading.lose("E0601", f"`{words}({count})` chooses more {what} than there are", span, found, "each pair is joined at most once")
    return False


def _check_choice(reading: Reading, recipe: checked.Recipe, span: Span) -> None:
    """`fixed_in(n) - diagonal` still chooses n."""
    if recipe[0] == "-" and recipe[1][0].startswith("fixed_") and recipe[2][0] == "diagonal":
        _is_available(reading, recipe[1][0], recipe[1][2], span, True)


def _matrix(reading: Reading, node: ast.Expr, words: str) -> tuple[tuple[float, ...], ...] | None:
    """`[[0, 1], [1, 0]]`: a row for each source; what is not 0 joins."""
    rows = node.items if isinstance(node, ast.ListLiteral) else ()
    if not rows or not all(isinstance(row, ast.ListLiteral) for row in rows):
        reading.lose("E0504", "`matrix` takes a list of rows, one for each source", node.span, "", "write, say, `matrix([[0, 1], [1, 0]])`")
        return None
    found: list[tuple[float, ...]] = []
    for row in rows:
        assert isinstance(row, ast.ListLiteral)
        values = [_number(reading, entry, words) for entry in row.items]
        if any(v is None for v in values):
            return None
        found.append(tuple(v for v in values if v is not None))
    ends = reading.ends
    if ends.source is None or ends.target is None:
        return tuple(found)
    for place, row_values in zip(rows, found, strict=True):
        if len(row_values) != ends.targets:
            message = f"a row of `matrix` needs an entry for each of the {ends.targets:,} targets"
            reading.lose("E0502", message, place.span, f"this has {len(row_values):,}")
            return None
    if len(found) != ends.sources:
        reading.lose("E0502", f"`matrix` needs a row for each of the {ends.sources:,} sources", node.span, f"this has {len(found):,}")
        return None
    return tuple(found)


def _path(reading: Reading, node: ast.Expr, words: str) -> str | None:
    """The path of a file of synapses, which is read when the program is compiled."""
    if not isinstance(node, ast.Text):
        reading.lose("E0504", "`from_file` takes the path of a file", node.span, "", 'write, say, `from_file("synapses.npz")`')
        return None
    return node.value


_READERS: Mapping[str, Callable[[Reading, ast.Expr, str], checked.Recipe | float | str | None]] = {
    "random": _probability,
    "gaussian": _width,
    "fixed_in": _count,
    "fixed_out": _count,
    "fixed_total": _count,
    "ring": _count,
    "matrix": _matrix,
    "from_file": _path,
}
