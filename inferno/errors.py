"""What can go wrong outside a `.snn` text: a message of one line, what helps, and the exit status it means.

A program that is wrong is `inferno.grammar.diagnostics.SnnError` instead (exit status 1).
"""

from __future__ import annotations


class InfernoError(Exception):
    """An error for the person at the keyboard: `message` says what is wrong, `help` what to do about it."""

    exit_status = 3

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002
        super().__init__(f"{message}; {help}" if help else message)
        self.message = message
        self.help = help


class UsageError(InfernoError):
    """What was asked for makes no sense: a wrong argument, file or combination."""

    exit_status = 2


class RunError(InfernoError):
    """What was asked for failed on the way: out of memory, NaN, a broken file, a full disk."""

    exit_status = 3


class Interrupted(InfernoError):
    """A signal ended the run in an orderly way; `exit_status` is 128 plus the signal's number."""

    def __init__(self, signal_number: int, message: str, help: str = "") -> None:  # noqa: A002
        super().__init__(message, help)
        self.exit_status = 128 + signal_number
