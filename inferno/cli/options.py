"""Options that several commands share, gathered into one frozen value each."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inferno.errors import UsageError

if TYPE_CHECKING:
    from inferno.data.images import DataSet
    from inferno.runtime.network import Network

RESERVED = ("path", "device", "backend", "dtype", "seed", "batch", "progress", "force", "search_path")
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a program on the command line: values of its parameters, and where else its imports may be."""

    overrides: dict[str, str]
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """How a command talks."""

    json: bool
    quiet: bool
    debug: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """Where and how a network runs."""

    device: str
    backend: str
    dtype: str
    batch: int | None
    seed: int | None
    force: bool


@dataclass(frozen=True, slots=True)
class Data:
    """Which images, and where their files are."""

    name: str
    folder: Path
    download: bool


def file_argument(command: Command) -> Command:
    """The `.snn` file (or artifact folder) as the argument `file`."""
    return click.argument("file", type=click.Path(path_type=Path))(command)


def program_options(command: Command) -> Command:
    """`--set name=value` and `--path FOLDER` as the argument `given`."""
    options = (
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_parse_overrides,
            help="Give a parameter another value, e.g. exc.tau_m=30ms; repeatable.",
        ),
        click.option(
            "--path",
            "folders",
            multiple=True,
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="A further folder in which imported files are looked for; repeatable.",
        ),
    )
    return _gathered(command, "given", Given, options)


def output_options(command: Command) -> Command:
    """`--json`, `-q` and `--debug` as the argument `output`."""
    options = (
        click.option("--json", is_flag=True, help="One JSON object a line on standard output."),
        click.option("-q", "--quiet", is_flag=True, help="No progress, only the result."),
        click.option("--debug", is_flag=True, help="Show Python's traceback of an error."),
    )
    return _gathered(command, "output", Output, options)


def execution_options(command: Command) -> Command:
    """`--device`, `--backend`, `--dtype`, `--batch`, `--seed` and `--force` as the argument `execution`."""
    options = (
        click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|cuda:N|mps", help="Where to run."),
        click.option(
            "--backend",
            type=click.Choice(["auto", "native", "inductor", "eager"]),
            default="auto",
            show_default=True,
            help="What runs the generated code.",
        ),
        click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True, help="Precision."),
        click.option("--batch", type=click.IntRange(min=1), help="Samples at a time; the file's by default."),
        click.option("--seed", type=click.IntRange(min=0), help="Seed of every random draw; the file's by default."),
        click.option("--force", is_flag=True, help="Try also what surely needs more memory than there is."),
    )
    return _gathered(command, "execution", Execution, options)


def data_options(command: Command) -> Command:
    """`--data`, `--data-dir` and `--download` as the argument `data`."""
    from inferno.data import DATA_SETS

    options = (
        click.option("--data", "name", type=click.Choice(DATA_SETS), required=True, help="The data set."),
        click.option(
            "--data-dir",
            "folder",
            type=click.Path(path_type=Path),
            default=Path("data"),
            show_default=True,
            help="Where its files are (torchvision's layout).",
        ),
        click.option("--download", is_flag=True, help="Fetch missing files first."),
    )
    return _gathered(command, "data", Data, options)


def _gathered(command: Command, argument: str, kind: type, options: Iterable[Callable[[Command], Command]]) -> Command:
    """The command with these options, whose values reach it as one value of a dataclass with fields of their names."""

    @functools.wraps(command)
    def gather(**values: Any) -> Any:
        own = {name: values.pop(name) for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]
        return command(**values, **{argument: kind(**own)})

    result: Command = gather
    for option in reversed(tuple(options)):
        result = option(result)
    return result


def _parse_overrides(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    overrides: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not (equals and name and value):
            raise UsageError(f"--set {text} is not of the form name=value", "e.g. --set exc.tau_m=30ms")
        if name in overrides:
            raise UsageError(f"--set gives `{name}` twice")
        overrides[name] = value
    return overrides


def require_file(path: Path) -> None:
    """Raises `UsageError` unless there is something to read."""
    try:
        if path.exists():
            return
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".snn"]
    except OSError:
        names = []
    raise UsageError(f"there is no file {path}", did_you_mean(path.name, names))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the most similar known name, empty if none is similar."""
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=1)
    return f"did you mean `{lowered[close[0]]}`?" if close else ""


def load_data(data: Data) -> DataSet:
    """The data set that the options name."""
    from inferno.data.images import load_both

    return load_both(data.name, data.folder, data.download)


def load_network(file: Path, given: Given, execution: Execution) -> Network:
    """The network of a file or artifact folder, on the device asked for."""
    import inferno
    from inferno.cli.devices import require_device

    require_file(file)
    for name in RESERVED:
        if name in given.overrides:
            raise UsageError(f"--set cannot give `{name}`", "give the parameter another name in the file, or use the option")
    require_device(execution.device)
    values: dict[str, Any] = dict(given.overrides)
    return inferno.load_network(
        file,
        device=execution.device,
        backend=execution.backend,
        dtype=execution.dtype,
        seed=execution.seed,
        batch=execution.batch,
        force=execution.force,
        search_path=given.folders,
        **values,
    )
