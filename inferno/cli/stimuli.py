"""What a network is run with from the command line: a duration, and inputs from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inferno.errors import RunError, UsageError

if TYPE_CHECKING:
    import torch

    from inferno.grammar.checked import Program
    from inferno.runtime.network import Network
    from inferno.runtime.result import Result


def stimulus_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--duration` and `--input` as the arguments `duration` and `inputs`."""
    duration = click.option("--duration", metavar="QUANTITY", help='How long, e.g. "1 s"; by default what the file says.')
    given = click.option(
        "--input", "inputs", multiple=True, metavar="NAME=FILE.npy", help="A value for an input of the network; repeatable."
    )
    decorated: Callable[..., Any] = duration(given(command))
    return decorated


def run_once(net: Network, tensors: dict[str, torch.Tensor], duration: str | None, batch: int | None) -> Result:
    """One call of a network, without gradients."""
    import torch

    with torch.no_grad():
        result: Result = net(**tensors, duration=duration, batch=None if tensors else batch)
        return result


def require_duration(duration: str) -> None:
    """Raises `UsageError` for what is no time, before anything is loaded."""
    from fractions import Fraction

    from inferno.grammar.diagnostics import SnnError
    from inferno.grammar.durations import duration_steps

    try:
        duration_steps(duration, Fraction(1))
    except SnnError as problem:
        raise UsageError(
            f"--duration {duration}: {problem.diagnostics[0].message}", 'write a number and a unit, e.g. "1 s" or "200 ms"'
        ) from None


def read_inputs(program: Program, given: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """A tensor for every input; a file of just the input's shape is one sample."""
    import torch

    files: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (equals and name and path):
            raise UsageError(f"--input {text} is not of the form name=file.npy")
        files[name] = Path(path)
    shapes = {one.name: one.shape for one in program.inputs}
    for name in files:
        if name not in shapes:
            raise UsageError(f"{program.name} has no input `{name}`", f"it has {', '.join(shapes) or 'none'}")
    has_value = {one.name for one in program.inputs if one.default is not None}
    for name, shape in shapes.items():
        if name not in files and name not in has_value:
            raise UsageError(
                f"{program.name} needs a value for its input `{name}` {list(shape)}",
                f"pass --input {name}=FILE.npy, or use train or eval with --data",
            )
    tensors = {name: torch.from_numpy(_load_array(path)) for name, path in files.items()}
    for name, value in tensors.items():
        shape, leading = shapes[name], value.ndim - len(shapes[name])
        if leading not in (0, 1, 2) or tuple(value.shape[leading:]) != shape:
            wanted = f"input `{name}` takes {list(shape)}, perhaps behind [batch] or [time, batch]"
            raise UsageError(f"{files[name]} is {list(value.shape)}; {wanted}")
        if leading == 0:
            tensors[name] = value.unsqueeze(0)
    return tensors


def _load_array(path: Path) -> Any:
    import numpy

    try:
        # Mapped, so that a header that promises terabytes costs nothing.
        array = numpy.load(path, allow_pickle=False, mmap_mode="r")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        # numpy's own words advise to load it unsafely.
        raise RunError(f"{path} is not a .npy file of numbers, or not a whole one") from error
    if not isinstance(array, numpy.ndarray) or array.dtype.kind not in "fiub":
        raise RunError(f"{path} is not a .npy file of numbers")
    return numpy.array(array, dtype=numpy.float32 if array.dtype != numpy.float64 else numpy.float64)
