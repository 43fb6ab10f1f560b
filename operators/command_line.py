# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command maniera ...` does what `python -m core ...` does, with the engine's Python."""

import subprocess
import sys
from typing import Any

import bpy

from ..core import program
from ..core.errors import UserError
from . import places, preferences

NAME = "maniera"

_commands: list[Any] = []


def run(arguments: list[str]) -> int:
    """Run a command of the command line; returns its exit code."""
    try:
        python = preferences.engine_python(bpy.context)
    except UserError as error:
        if arguments[:1] != ["engine"]:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
        python = sys.executable  # sets the engine up, for which Blender's own Python has all that it takes
    # The files that the arguments name count from the folder in which Blender was started: that stays.
    environment = program.environment() | {"PYTHONPATH": str(places.ROOT), "PYTHONSAFEPATH": "1"}
    environment["MANIERA_LIBRARY"] = str(places.library())
    return subprocess.run([python, "-m", "core", *arguments], env=environment).returncode


def register() -> None:
    _commands.append(bpy.utils.register_cli_command(NAME, run))


def unregister() -> None:
    bpy.utils.unregister_cli_command(_commands.pop())
