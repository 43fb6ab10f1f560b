# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: what can be asked for, and how a failure becomes a sentence and an exit code.

What takes long to import is imported by the command that needs it, once its arguments are known to be right.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from .commands import (
    adapt,
    bench,
    engine,
    info,
    optimize,
    options,
    sequence,
    styles,
    stylize,
    surprise,
    texture,
    train,
)
from .commands.console import Console
from .engine import memory
from .engine.failures import understood
from .errors import BUG_EXIT_CODE, Cancelled, UserError

COMMANDS = {
    "stylize": stylize,
    "optimize": optimize,
    "texture": texture,
    "adapt": adapt,
    "surprise": surprise,
    "sequence": sequence,
    "styles": styles,
    "info": info,
    "bench": bench,
    "engine": engine,
    "train": train,
}


def main(words: Sequence[str] | None = None) -> int:
    """Do what `words` (default: those of the program) ask for.

    :returns: 0 done; 2 the input is wrong; 3 out of memory; 4 a passing fault; 130 cancelled; 1 a bug.
    """
    try:
        return _run(parser().parse_args(words))
    except SystemExit as ended:  # argparse has said why, or shown the help
        return int(ended.code or 0)


def _run(arguments: argparse.Namespace) -> int:
    console = Console(as_json=arguments.json)
    memory.keep()
    try:
        arguments.run(arguments, console)
    except BrokenPipeError:  # the reader of stdout has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a bug, too, is told in one sentence
        if arguments.debug or os.environ.get("MANIERA_DEBUG"):
            traceback.print_exc()
        message, exit_code = _told(error)
        console.fail(message, exit_code)
        return exit_code
    finally:
        console.close()
    return 0


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    program = argparse.ArgumentParser(
        prog="maniera",
        description="Repaint pictures in the manner of others.",
        epilog="Exit codes: 0 done, 1 a bug, 2 the input is wrong, 3 out of memory, 4 try again, 130 cancelled.",
    )
    commands = program.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, parents=[options.common()], help=command.HELP, description=command.HELP + ".")
        command.add_arguments(one)
        one.set_defaults(run=command.run)
    return program


def _told(error: BaseException) -> tuple[str, int]:
    """What went wrong as a sentence for the user, and the exit code."""
    if isinstance(error, KeyboardInterrupt):
        error = Cancelled()
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        return f"This Python ({sys.executable}) has no '{missing}': use the engine's own.", UserError.exit_code
    known = understood(error)
    if known is not None:
        return str(known) or "Cancelled.", known.exit_code
    brief = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return f"This is a bug of Maniera ({brief}): run the command again with --debug and report it.", BUG_EXIT_CODE
