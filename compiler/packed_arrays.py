"""Arrays of files that a program names, as an artifact holds them: safetensors, found by who names them and by what path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray
from safetensors.numpy import save

from inferno.compiler.spike_trains import read_raw
from inferno.compiler.synapse_files import named_files

if TYPE_CHECKING:
    from inferno.compiler.pipeline import Compiled

Arrays = dict[str, NDArray[Any]]
Key = tuple[str, str]
"""The name of the text that names a file, and the path that it names."""


def arrays_of(compiled: Compiled) -> dict[Key, Arrays]:
    """The arrays of every file that a compiled program names, as far as it uses them."""
    found: dict[Key, Arrays] = {}
    for projection in compiled.program.projections:
        for path, folder in named_files(projection):
            pairs = compiled.files[projection.name][path]
            held = found.setdefault((folder or compiled.program.name, path), {})
            held |= {"pre": pairs.source, "post": pairs.target, **pairs.values}
    for train in compiled.program.trains:
        found[train.span.source.name, train.written] = read_raw(Path(train.file))
    return {key: {n: numpy.ascontiguousarray(a) for n, a in sorted(found[key].items())} for key in sorted(found)}


def to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as the content of a file."""
    return save(dict(arrays))
