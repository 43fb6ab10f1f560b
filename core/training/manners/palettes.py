# SPDX-License-Identifier: GPL-3.0-or-later
"""Harmonious random palettes, so that no color goes with a texture."""

import numpy as np

from ...engine.transfer import to_display
from .fields import Random

COLORS = 7
# Chroma and lightness (low, high) in OKLab, and the arc of hues in degrees; None = anywhere.
_MOODS = {
    "vivid": ((0.10, 0.22), (0.25, 0.93), None),
    "fauve": ((0.14, 0.26), (0.35, 0.90), None),
    "pastel": ((0.03, 0.09), (0.62, 0.96), None),
    "earth": ((0.03, 0.10), (0.20, 0.90), (30.0, 110.0)),
    "cool": ((0.04, 0.14), (0.15, 0.92), (180.0, 300.0)),
    "monochrome": ((0.00, 0.05), (0.12, 0.95), None),
    "nocturne": ((0.05, 0.16), (0.08, 0.65), None),
}
_SCHEMES = (
    (0.0,),
    (0.0, 30.0, 60.0),
    (0.0, 180.0),
    (0.0, 150.0, 210.0),
    (0.0, 120.0, 240.0),
    (0.0, 90.0, 180.0, 270.0),
)


def palette(random: Random) -> np.ndarray:
    """Display-referred colors (COLORS, 3) in [0, 1], from dark to light."""
    chroma, light, arc = _MOODS[random.choice(list(_MOODS))]
    hues = np.array(_SCHEMES[random.integers(len(_SCHEMES))]) + random.uniform(0, 360)
    if arc:
        hues = arc[0] + hues % 360 / 360 * (arc[1] - arc[0])
    hue = np.radians(random.choice(hues, COLORS) + random.normal(0, 10, COLORS))
    lightness = np.linspace(*light, COLORS) + random.normal(0, 0.03, COLORS)
    radius = random.uniform(*chroma, COLORS) * np.clip(1.3 - np.abs(lightness - 0.6), 0.4, 1)
    return from_oklab(np.stack([np.sort(lightness), radius * np.cos(hue), radius * np.sin(hue)], 1))


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) (Ottosson 2020) as display-referred sRGB in [0, 1], clipped to the gamut; float32."""
    roots = lab @ np.array(
        [[1, 1, 1], [0.3963377774, -0.1055613458, -0.0894841775], [0.2158037573, -0.0638541728, -1.291485548]]
    )
    linear = roots**3 @ np.array(
        [
            [4.0767416621, -1.2684380046, -0.0041960863],
            [-3.3077115913, 2.6097574011, -0.7034186147],
            [0.2309699292, -0.3413193965, 1.707614701],
        ]
    )
    return to_display(linear).astype(np.float32)
