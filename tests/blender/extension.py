# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed extension, from the tests' side."""

import importlib
import os
from types import ModuleType

MODULE = "bl_ext.user_default.maniera"


def part(name: str) -> ModuleType:
    """A module of the installed extension: `part("core.settings")`."""
    return importlib.import_module(f"{MODULE}.{name}")


def is_alive(process: str) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True
