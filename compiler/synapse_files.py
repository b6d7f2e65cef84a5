"""Files of synapses: `connect = from_file("synapses.npz")`, read before anything is compiled, every mistake in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from inferno.compiler.npz_files import NoArraysError, TooLargeError, read_arrays, read_packed
from inferno.grammar.check.delays import MOST_DELAY_STEPS, steps_of
from inferno.grammar.check.zero_delay import check_cycles
from inferno.grammar.checked import Program, Projection, Recipe, part_shape
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import references
from inferno.grammar.regular_files import Missing, folder_of, open_regular

OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a file by source and target, each once, and the values that it has for them, in the same order."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


class Unfit(Exception):
    """Why a file can't be used."""


def read_files(program: Program, packed: Mapping[tuple[str, str], str] | None = None) -> tuple[Program, dict[str, dict[str, Pairs]]]:
    """The pairs of every projection's files by path, and the program with the delays that they hold.

    `packed` says where an artifact holds a file, by the name of the text that names it and the path that it names.

    Raises
    ------
    SnnError
        Where a file is missing or does not fit.
    """
    findings = Findings()
    found: dict[str, dict[str, Pairs]] = {}
    projections = []
    for projection in program.projections:
        changed = projection
        for path, folder in named_files(projection):
            place = (packed or {}).get((folder or program.name, path))
            try:
                held = _packed(Path(place), projection) if place else _unpacked(_place(path, folder or program.name), projection)
                pairs = _read(held, projection, _shape(program, projection))
                found.setdefault(projection.name, {})[path] = pairs
                changed = _with_delays(projection, pairs, program.run.dt)
            except Unfit as problem:
                findings.error("E0521", f"`{path}` can't be used: {problem}", projection.connectivity.span)
        projections.append(changed)
    if not found and not findings.has_errors:
        return program, {}
    if not findings.has_errors:
        check_cycles(projections, program.links, findings)
    findings.raise_errors()
    return replace(program, projections=tuple(projections)), found


def named_files(projection: Projection) -> list[tuple[str, str]]:
    """The paths that a projection names, each with the name of the text that names it (nothing where a value from outside does)."""
    return sorted(_paths(projection.connectivity.recipe))


def _paths(recipe: Recipe) -> set[tuple[str, str]]:
    if recipe[0] in ("+", "-", "&"):
        return _paths(recipe[1]) | _paths(recipe[2])
    return {(recipe[2], recipe[3])} if recipe[0] == "from_file" else set()


def _shape(program: Program, projection: Projection) -> tuple[int, int]:
    shapes = {n.name: n.shape for n in program.inputs} | {n.name: n.shape for n in program.populations}
    source = part_shape(shapes[projection.source], projection.source_part)
    target = part_shape(shapes[projection.target], projection.target_part)
    return int(np.prod(source, dtype=np.int64)), int(np.prod(target, dtype=np.int64))


# ---- the file -------------------------------------------------------------------------------------------


def _place(path: str, file: str) -> BinaryIO:
    """A regular file below the folder of the file that names it, never through a link that leads out."""
    folder = folder_of(Path(file))
    if Path(path).is_absolute() or ".." in Path(path).parts or not path.isprintable():
        raise Unfit("a path is relative and stays below the folder of the file that names it")
    found = open_regular(folder / path, within=folder)
    if isinstance(found, Missing):
        raise Unfit(f"there is no such file in {folder}" if found.is_absent else found.reason)
    return found


def _wanted(projection: Projection) -> dict[str, str]:
    """The arrays that a projection takes from its file, with the kinds of numbers that each may hold."""
    return {"pre": "iu", "post": "iu"} | dict.fromkeys(_values_of(projection), "fiu")


def _packed(path: Path, projection: Projection) -> dict[str, NDArray[Any]]:
    """The arrays of a file that an artifact holds."""
    try:
        return read_packed(path, _wanted(projection))[0]
    except (OSError, NoArraysError) as error:
        raise Unfit("the artifact's copy of it is damaged") from error


def _unpacked(stream: BinaryIO, projection: Projection) -> dict[str, NDArray[Any]]:
    """The arrays of a `.npz` file."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with stream:
            return read_arrays(stream, _wanted(projection), memory)[0]
    except TooLargeError as error:
        raise Unfit(f"its arrays have {error.bytes / 2**30:,.1f} GiB, more than the memory") from error
    except (OSError, NoArraysError) as error:
        raise Unfit("it is no .npz file of plain arrays (as `numpy.savez` writes)") from error


def _read(held: Mapping[str, NDArray[Any]], projection: Projection, shape: tuple[int, int]) -> Pairs:
    wanted = _wanted(projection)
    arrays = {n: _array(held[n], n, kinds) for n, kinds in wanted.items() if n in held}
    missing = [n for n in wanted if n not in arrays]
    if missing:
        raise Unfit(f"it holds no array `{missing[0]}`")
    lengths = {n: len(a) for n, a in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise Unfit(f"its arrays differ in length: {', '.join(f'`{n}` has {k:,}' for n, k in lengths.items())}")
    return _pairs(arrays, shape)


def _values_of(projection: Projection) -> list[str]:
    """The values that the projection takes from its file."""
    found = [r.name for r in references(projection.weight, "file")]
    return found + (["delay"] if projection.delays is not None and references(projection.delays.time, "file") else [])


def _array(array: NDArray[Any], name: str, kinds: str) -> NDArray[Any]:
    if array.ndim != 1 or array.dtype.kind not in kinds:
        what = "numbers" if "f" in kinds else "whole numbers"
        raise Unfit(f"`{name}` must be a list of {what}, and is {array.dtype} {list(array.shape)}")
    return array


def _pairs(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> Pairs:
    for name, count, side in (("pre", shape[0], "sources"), ("post", shape[1], "targets")):
        outside = np.flatnonzero((arrays[name] < 0) | (arrays[name] >= count))
        if len(outside):
            first = int(outside[0])
            raise Unfit(f"`{name}[{first}]` is {arrays[name][first]}, and there are {count:,} {side}, counted from 0")
    source, target = arrays["pre"].astype(np.int64), arrays["post"].astype(np.int64)
    order = np.argsort(source * shape[1] + target, kind="stable")
    source, target = source[order], target[order]
    again = np.flatnonzero((source[1:] == source[:-1]) & (target[1:] == target[:-1]))
    if len(again):
        raise Unfit(f"it joins {source[again[0]]} to {target[again[0]]} twice; each pair is joined at most once")
    values = {n: arrays[n].astype(np.float64)[order] for n in arrays if n not in ("pre", "post")}
    for name, array in values.items():
        wrong = np.flatnonzero(~np.isfinite(array) | ((array < 0) if name == "delay" else False))
        if len(wrong):
            raise Unfit(f"`{name}[{order[wrong[0]]}]` is {array[wrong[0]]:g}{'; a delay is a time in ms' if name == 'delay' else ''}")
    return Pairs(source, target, values)


def _with_delays(projection: Projection, pairs: Pairs, dt: Fraction) -> Projection:
    """The projection with the shortest and the longest delay that its file holds; one for all where they are the same."""
    if "delay" not in pairs.values or projection.delays is None:
        return projection
    delays = pairs.values["delay"]
    shortest, longest = (steps_of(Fraction(float(x)), dt) for x in (delays.min(), delays.max())) if len(delays) else (1, 1)
    if longest > MOST_DELAY_STEPS:
        raise Unfit(f"a delay of {delays.max():g} ms is too long; the limit is {MOST_DELAY_STEPS:,} steps")
    if shortest == longest:
        return replace(projection, delay_steps=shortest, delays=None)
    return replace(projection, delay_steps=shortest, delays=replace(projection.delays, shortest=shortest, longest=longest))
