# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine paints while it learns, as an icon for the panels: it passes, and no .blend file keeps it."""

import bpy.utils.previews
import numpy as np

_NAME = "painted"
_previews: bpy.utils.previews.ImagePreviewCollection | None = None


def show(pixels: np.ndarray) -> None:
    """Show pixels (H, W, 4) in [0, 1], top row first."""
    preview = _previews[_NAME] if _NAME in _previews else _previews.new(_NAME)
    height, width, _ = pixels.shape
    preview.image_size = (width, height)
    preview.image_pixels_float.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).reshape(-1))


def icon() -> int:
    """The icon's number; 0 where nothing was painted yet."""
    return _previews[_NAME].icon_id if _NAME in _previews else 0


def clear() -> None:
    """Nothing is being painted any more."""
    _previews.clear()


def register() -> None:
    global _previews
    _previews = bpy.utils.previews.new()


def unregister() -> None:
    global _previews
    bpy.utils.previews.remove(_previews)
    _previews = None
