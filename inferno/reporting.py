"""How a run shows what it is doing: a progress bar on a terminal, plain lines elsewhere, JSON lines for programs, or nothing.

The training loop reports events, which are data; a reporter makes them visible.  People's reporters write to standard error.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_SECONDS = 5.0
JSON_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Started:
    """A pass over images begins: `phase` is `train` or `test`, `done` of `total` images lie behind.

    `compiling` says that the first batch will take longer.
    """

    phase: str
    epoch: int
    epochs: int
    done: int
    total: int
    compiling: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of a pass is through.  The speed counts the images of this process, and no compile time."""

    phase: str
    epoch: int
    epochs: int
    done: int
    total: int
    accuracy: float
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Compiled:
    """The code for a pass has been compiled."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """A pass is through."""

    phase: str
    epoch: int
    epochs: int
    total: int
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint was written after so many training images."""

    path: Path
    samples: int


Event = Started | Batch | Compiled | Finished | Saved


class Reporter(Protocol):
    """Makes events visible."""

    def report(self, event: Event) -> None:
        """Show one event."""

    def close(self) -> None:
        """Leave the terminal as it was; called once, whatever happened."""


class Silent:
    """Shows nothing."""

    def report(self, event: Event) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines:
    """Plain lines: each pass's start and end, and how far it is every few seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = time.monotonic()

    def report(self, event: Event) -> None:
        """One line, or none for a batch that follows the last line closely."""
        now = time.monotonic()
        if isinstance(event, Batch) and now - self._last < LINE_SECONDS:
            return
        self._last = now
        print(_line(event), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to put back."""


class JsonLines:
    """One JSON object a line; of the batches at most one a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = float("-inf")

    def report(self, event: Event) -> None:
        """One object, whose `event` is the event's name in lower case."""
        now = time.monotonic()
        if isinstance(event, Batch):
            if now - self._last < JSON_SECONDS:
                return
            self._last = now
        write_json(type(event).__name__.lower(), asdict(event), self._stream)

    def close(self) -> None:
        """Nothing to put back."""


class Bar:
    """A progress bar with running accuracy, images per second and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._console = Console(stderr=True)
        self._progress: Progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[status]}"), console=self._console
        )
        self._task: TaskID | None = None

    def report(self, event: Event) -> None:
        """Move the bar; a new pass gets a bar of its own."""
        if isinstance(event, Started):
            self._progress.start()
            status = "compiling…" if event.compiling else "starting…"
            self._task = self._progress.add_task(_title(event), total=event.total, completed=event.done, status=status)
        elif isinstance(event, Batch) and self._task is not None:
            self._progress.update(self._task, completed=event.done, status=_status(event))
        elif isinstance(event, Finished) and self._task is not None:
            status = f"accuracy {event.accuracy:.4f} · {clock(event.seconds)}"
            self._progress.update(self._task, completed=event.total, status=status)

    def close(self) -> None:
        """Stop redrawing and show the cursor again."""
        self._progress.stop()


def choose(*, as_json: bool, quiet: bool) -> Reporter:
    """The reporter that fits: JSON on standard output if asked for, else silence if asked for, a bar on a terminal, lines elsewhere."""
    if as_json:
        return JsonLines(sys.stdout)
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines(sys.stderr)


def write_json(event: str, values: Mapping[str, Any], stream: TextIO) -> None:
    """One JSON object on a line of its own; numbers that JSON does not know (NaN, infinity) become null."""
    print(json.dumps({"event": event, **_finite(values)}, default=str, allow_nan=False), file=stream, flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def clock(seconds: float) -> str:
    """A duration as a person says it: `7 s`, `3:05`, `1:02:03`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _title(event: Started | Batch | Finished) -> str:
    return f"epoch {event.epoch}/{event.epochs}" if event.phase == "train" else "test"


def _status(event: Batch) -> str:
    return f"accuracy {event.accuracy:.4f} · {event.images_per_second:,.0f} images/s · {clock(event.seconds_left)} left"


def _line(event: Event) -> str:
    match event:
        case Started():
            return f"{_title(event)}: {event.total - event.done:,} images" + (", compiling…" if event.compiling else "")
        case Batch():
            return f"{_title(event)}: {event.done:,}/{event.total:,} · {_status(event)}"
        case Compiled():
            return f"compiled in {event.seconds:.1f} s"
        case Finished():
            return f"{_title(event)}: accuracy {event.accuracy:.4f} on {event.total:,} images in {clock(event.seconds)}"
        case Saved():
            return f"saved {event.path}"
