# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed extension, from the tests' side."""

import importlib
from types import ModuleType

MODULE = "bl_ext.user_default.maniera"


def part(name: str) -> ModuleType:
    """A module of the installed extension: `part("core.settings")`."""
    return importlib.import_module(f"{MODULE}.{name}")
