"""The command line: ``aimass``. Each command's module is imported when the command is called, so that help comes at once."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from aimass.errors import AimassError

STOPPED = 130  # what a shell makes of an interrupt
_Mistake: type[Exception] = typer.BadParameter.__mro__[
    1
]  # of the command line: an unknown option, a missing argument

COMMANDS = {
    "run": ("aimass.cli.run", "run", "Run the chapters that are stale."),
    "book": ("aimass.cli.book", "book", "Run what is stale, check the ledger, render the book."),
    "status": ("aimass.cli.status", "status", "Tell which chapters are fresh, and why others are not."),
    "check": ("aimass.cli.check", "check", "Check that every claim of a run is reproduced."),
    "compare": ("aimass.cli.compare", "compare", "Set two runs side by side, claim by claim."),
    "lint": ("aimass.cli.lint", "lint", "Find numbers in the prose that no run stands behind."),
    "coverage": ("aimass.cli.lint", "coverage", "Show sections, chapters, claims, modules and tests."),
    "data": ("aimass.cli.data", "app", "List, fetch and verify the real corpora."),
}

HELP = """AI Mass, Measured: run the study's chapters, check their claims, render the book.

Exit status of every command: 0 when all is well; 1 when something that was checked does not hold, or a chapter failed; 2 for a mistake
in what was asked for, told in one line."""


class _Deferred(TyperCommand):
    """A command's name and one line of help; the command itself is loaded when it is called."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        command = load_command(self.name or "")
        if self.name == "run":
            from aimass.cli.run import split_pairs

            args = split_pairs(args)
        return command.make_context(info_name, args, parent, **extra)


def load_command(name: str) -> Any:
    """The command of this name, ready to be called."""
    module, attribute, _ = COMMANDS[name]
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return get_command(found)
    app = typer.Typer(add_completion=False)
    app.command(name)(found)
    return get_command(app)


def main(arguments: list[str] | None = None) -> None:
    """Entry of the ``aimass`` command.

    Args:
        arguments: of the command line, without the program's name; those of this process if None.
    """
    commands: dict[str, Any] = {
        name: _Deferred(name, help=text, callback=None) for name, (_, _, text) in COMMANDS.items()
    }
    group = TyperGroup(
        name="aimass", help=HELP, commands=commands, context_settings={"help_option_names": ["-h", "--help"]}
    )
    words = sys.argv[1:] if arguments is None else arguments
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        status = group.main(args=words or ["--help"], prog_name="aimass", standalone_mode=False)
    except AimassError as error:
        status = _say(str(error), 2)
    except _Mistake as error:
        status = _say(f"{error.format_message()} (see aimass --help)", 2)  # type: ignore[attr-defined]
    except KeyboardInterrupt:
        status = STOPPED
    if status == STOPPED:
        _say("stopped; the same command goes on where it ended", STOPPED)
    raise SystemExit(status if isinstance(status, int) else 0)


def _say(message: str, status: int) -> int:
    print(f"aimass: {message}", file=sys.stderr)
    return status


def _stop(number: int, _: Any) -> None:
    """End by an exception, so that whatever has been started is ended on the way out."""
    raise SystemExit(128 + number)
