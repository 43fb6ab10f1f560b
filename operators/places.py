# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the extension's own files lie."""

from pathlib import Path

import bpy

PACKAGE = __package__.rpartition(".")[0]
"""The extension's name among Blender's add-ons."""

ROOT = Path(__file__).parents[1]
"""The extension's own folder: read only, and replaced by every update."""


def user(folder: str = "") -> Path:
    """A folder for what the extension writes, which updates leave alone; made where it is missing."""
    return Path(bpy.utils.extension_path_user(PACKAGE, path=folder, create=True))


def library() -> Path:
    """The folder of the artist's own styles."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    chosen = addon.preferences.library if addon and addon.preferences else ""
    return Path(bpy.path.abspath(chosen)) if chosen else user("styles")
