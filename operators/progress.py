# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows how far the running job is: in the window manager's properties, which Maniera's panels draw."""

import bpy
from bpy.types import Area

from ..core.progress import Progress

TAB = "Maniera"
"""The sidebar's tab."""


def show(progress: Progress) -> None:
    """Show a stage, and how much of it is done."""
    left = progress.seconds_left
    _write(True, progress.factor, progress.what + (f", {left:.0f} s left" if left and left >= 1 else ""))


def hide() -> None:
    """Show that nothing runs."""
    _write(False, 0.0, "")


def _write(running: bool, factor: float, text: str) -> None:
    shown = bpy.context.window_manager.maniera
    if (shown.running, shown.factor, shown.text) == (running, factor, text):
        return
    shown.running, shown.factor, shown.text = running, factor, text
    redraw()


def redraw() -> None:
    """Let Blender draw Maniera's panels again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            _redraw(area)


def _redraw(area: Area) -> None:
    for region in area.regions:
        sidebar = region.type == "UI" and region.active_panel_category == TAB
        if sidebar or (area.type == "PROPERTIES" and region.type == "WINDOW"):
            region.tag_redraw()
