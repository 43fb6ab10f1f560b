# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender with the built extension as a user has it, and with preferences and extensions of its own."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def prepare(folder: Path) -> None:
    """Empty a folder for what Blender's user keeps, and say where it and the engine are.

    To be called before Blender's module is imported, which reads this then.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "user").mkdir(parents=True)
    os.environ["BLENDER_USER_RESOURCES"] = str(folder / "user")
    os.environ.setdefault("MANIERA_PYTHON", sys.executable)


def install() -> None:
    """Install the built extension as a user would from disk."""
    import bpy  # not before `prepare`

    (packed,) = (ROOT / "dist").glob("maniera-*.zip")
    bpy.ops.extensions.package_install_files(filepath=str(packed), repo="user_default", enable_on_install=True)
