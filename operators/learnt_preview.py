# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine paints while it works, as icons for the panels: they pass, and no .blend file keeps them."""

import bpy.utils.previews
import numpy as np

from . import progress

LEARNT, OPTIMIZED, NEW = "learnt", "optimized", "new"
"""What is shown: how a style comes along, or a picture; or a new manner."""
_previews: bpy.utils.previews.ImagePreviewCollection | None = None


def show(pixels: np.ndarray, name: str = LEARNT) -> None:
    """Show pixels (H, W, 4) in [0, 1], top row first."""
    preview = _previews[name] if name in _previews else _previews.new(name)
    height, width, _ = pixels.shape
    preview.image_size = (width, height)
    preview.image_pixels_float.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).reshape(-1))
    progress.redraw()


def icon(name: str = LEARNT) -> int:
    """The icon's number; 0 where nothing was painted yet."""
    return _previews[name].icon_id if name in _previews else 0


def clear(name: str = LEARNT) -> None:
    """Nothing is being painted any more."""
    if name in _previews:
        del _previews[name]


def register() -> None:
    global _previews
    _previews = bpy.utils.previews.new()


def unregister() -> None:
    global _previews
    bpy.utils.previews.remove(_previews)
    _previews = None
