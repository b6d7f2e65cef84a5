"""The `inferno` command: finds the command that is asked for, and makes one line or one diagnostic of whatever goes wrong.

Exit statuses: 0 fine, 1 the program is wrong, 2 the command line is wrong, 3 the run failed, 130 and 143 interrupted.
"""

from __future__ import annotations

import importlib
import io
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

import inferno
from inferno.cli import output
from inferno.errors import InfernoError
from inferno.grammar.diagnostics import SnnError

COMMANDS = ("check", "compile", "doctor", "eval", "explain", "fmt", "graph", "run", "show", "train")
FAILED = 3
STOPPED = {128 + signal.SIGINT: "interrupted", 128 + signal.SIGTERM: "terminated"}


class LazyGroup(click.Group):
    """Imports a command's file when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, sorted."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"inferno.cli.{cmd_name}").command
        return command


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(inferno.__version__, prog_name="inferno")
@click.pass_context
def group(context: click.Context) -> None:
    """Compile, run and train spiking neural networks written in .snn files."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(click.UsageError.exit_code)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape and not a UnicodeEncodeError.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(call(sys.argv[1:] if arguments is None else arguments))


def call(arguments: Sequence[str]) -> int:
    """The exit status of a command line; nothing but `SystemExit` from a second signal gets through."""
    options = list(arguments)
    as_json = "--json" in options or "--format=json" in options or ("--format", "json") in itertools.pairwise(options)
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        status = group.main(options, prog_name="inferno", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        _forget_standard_output()
        return 0
    except BaseException as error:
        if "--debug" in options and not isinstance(error, SystemExit | click.ClickException):
            traceback.print_exc()
        try:
            return _report(error, as_json)
        except BrokenPipeError:
            _forget_standard_output()
            return FAILED
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(error: BaseException, as_json: bool) -> int:
    """Say what went wrong; the exit status."""
    match error:
        case SystemExit(code=code) if code in STOPPED:
            return output.report_error(STOPPED[code], "", code, as_json)
        case SystemExit():
            # click's way of leaving when whoever reads our output is gone.
            return 0
        case SnnError():
            return output.report_program(error, as_json)
        case InfernoError():
            return output.report_error(error.message, error.help, error.exit_status, as_json)
        case click.ClickException():
            return output.report_error(*_usage(error), error.exit_code, as_json)
        case click.Abort() | KeyboardInterrupt():
            return output.report_error("interrupted", "", 128 + signal.SIGINT, as_json)
    message, help_text = _failure(error)
    return output.report_error(message, help_text, FAILED, as_json)


def _usage(error: click.ClickException) -> tuple[str, str]:
    """A mistake on the command line, in one line, and where to read on."""
    message = " ".join(error.format_message().split()).rstrip(".")
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx is not None else "inferno"
    return message[:1].lower() + message[1:], f"see {command} --help"


def _failure(error: BaseException) -> tuple[str, str]:
    """What a foreign exception means to the person at the keyboard."""
    text = " ".join(str(error).split())
    home, kind = type(error).__module__, type(error).__name__
    if isinstance(error, MemoryError) or kind == "OutOfMemoryError" or "can't allocate memory" in text:
        return f"out of memory: {text[:300] or kind}", "use a smaller --batch or a smaller network"
    if home.startswith(("torch._dynamo", "torch._inductor")):
        return f"torch could not compile the network: {kind}: {text[:300]}", "try --backend eager, and `inferno doctor`"
    if kind in ("CacheError", "NativeUnavailable"):
        return text, ""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}", ""
    return f"this is a bug in inferno: {kind}: {text[:300]}", "run again with --debug and report what it prints"


def _terminated(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _forget_standard_output() -> None:
    """Whoever read our output is gone; keep Python's shutdown from complaining about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
