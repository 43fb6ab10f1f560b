# SPDX-License-Identifier: GPL-3.0-or-later
"""The sRGB transfer curve (IEC 61966-2-1), which Blender's Standard view is."""

import numpy as np


def to_display(linear: np.ndarray) -> np.ndarray:
    """Scene-linear colors as a screen shows them: clipped to [0, 1] and encoded; what is not finite stays so."""
    light = linear.clip(0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.where(np.isfinite(linear), shown, linear)


def to_linear(display: np.ndarray) -> np.ndarray:
    """Display-referred colors as scene-linear light, the inverse of `to_display`; both in [0, 1]."""
    return np.where(display <= 0.04045, display / 12.92, ((display.clip(0) + 0.055) / 1.055) ** 2.4)
