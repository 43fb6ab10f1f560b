# SPDX-License-Identifier: GPL-3.0-or-later
"""The brush: strokes of one or several bristles along a flow, and flat patches, on a canvas that keeps their height."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from . import fields
from .fields import Field, Random


@dataclass(frozen=True)
class Touch:
    """How a brush leaves paint; lengths in pixels, spreads as deviations of display-referred color."""

    length: float
    width: float
    bristles: int = 1
    light_spread: float = 0.05
    hue_spread: float = 0.03
    bristle_spread: float = 0.03
    dryness: float = 0.0
    """Share of the bristles that leave nothing."""
    points: int = 6
    """How many points a stroke's path has: more follow a curve more closely."""


class Canvas:
    """A picture that strokes are laid on one after the other, opaque, with the height of the paint beside the color."""

    def __init__(self, ground: Field) -> None:
        """:param ground: (H, W, 3) in [0, 1], of height 0."""
        self._image = Image.fromarray(_bytes(np.dstack([ground, np.zeros(ground.shape[:2], np.float32)])), "RGBA")
        self._draw = ImageDraw.Draw(self._image)

    @property
    def color(self) -> Field:
        return np.asarray(self._image)[:, :, :3].astype(np.float32) / 255

    @property
    def height(self) -> Field:
        """0 (bare ground) to 1."""
        return np.asarray(self._image)[:, :, 3].astype(np.float32) / 255

    def strokes(self, paths: Field, colors: Field, touch: Touch, random: Random) -> None:
        """Lay strokes along paths (N, points, 2: across, down) in colors (N, 3)."""
        count, points = paths.shape[:2]
        along = np.gradient(paths, axis=1)
        normal = np.stack([-along[..., 1], along[..., 0]], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-6
        places = (np.arange(touch.bristles) + 0.5) / touch.bristles - 0.5
        bristles = paths[:, None] + touch.width * places[None, :, None, None] * normal[:, None]
        if touch.bristles > 1:  # ragged ends: outer bristles lift early
            bristles += random.normal(0, 0.25, (count, touch.bristles, 1, 1)) * along[:, None]
        shades = spread(colors, touch, random)[:, None] + random.normal(
            0, touch.bristle_spread, (count, touch.bristles, 1)
        )
        height = random.uniform(0.45, 1.0, (count, touch.bristles, 1))
        fills = _bytes(np.concatenate([shades, height], -1)).reshape(-1, 4).tolist()
        lines = bristles.reshape(-1, points * 2).tolist()
        width = max(1, round(1.25 * touch.width / touch.bristles))
        kept = random.random(len(lines)) >= touch.dryness
        for line, fill, leaves in zip(lines, fills, kept.tolist(), strict=True):
            if leaves:
                self._draw.line(line, tuple(fill), width, "curve" if width > 3 and touch.bristles == 1 else None)

    def polygons(self, corners: Field, colors: Field, random: Random) -> None:
        """Fill polygons (N, corners, 2) with colors (N, 3), each at a height of its own."""
        height = random.uniform(0.4, 1.0, (len(corners), 1))
        fills = _bytes(np.concatenate([colors, height], -1)).tolist()
        for polygon, fill in zip(corners.reshape(len(corners), -1).tolist(), fills, strict=True):
            self._draw.polygon(polygon, tuple(fill))


def scatter(size: int, spacing: float, random: Random) -> Field:
    """Evenly scattered places (N, 2) in random order, about `spacing` pixels apart, a little beyond the edges too."""
    count = int(size / spacing) + 3
    rows, columns = np.mgrid[:count, :count]
    places = (np.stack([columns, rows], -1).reshape(-1, 2) - 1 + random.random((count * count, 2))) * spacing
    return random.permutation(places.astype(np.float32))


def at(field: Field, places: Field) -> Field:
    """The field's values at places (..., 2); those outside take the value at the edge."""
    size = field.shape[0]
    across, down = (np.clip(places[..., axis], 0, size - 1).astype(np.int32) for axis in (0, 1))
    return field[down, across]


def trace(places: Field, angle: Field, length: Field | float, points: int = 6) -> Field:
    """Paths (N, points, 2) of that length through the places, half of it to either side, along a flow of directions."""
    step = np.broadcast_to(np.asarray(length, np.float32) / (points - 1), len(places))[:, None]
    halves = []
    for sign, count in ((-1, (points - 1) // 2), (1, points // 2)):
        here, path = places, []
        for _ in range(count):
            turn = at(angle, here)
            here = here + sign * step * np.stack([np.cos(turn), np.sin(turn)], -1)
            path.append(here)
        halves.append(path)
    return np.stack([*halves[0][::-1], places, *halves[1]], 1)


def spread(colors: Field, touch: Touch, random: Random) -> Field:
    """Colors (N, 3) as a painter would vary them from stroke to stroke, in lightness and in hue."""
    light = random.normal(0, touch.light_spread, (len(colors), 1))
    return colors + light + random.normal(0, touch.hue_spread, colors.shape)


def ellipses(places: Field, angles: Field, radii: tuple[Field | float, Field | float], corners: int = 12) -> Field:
    """Ellipses as polygons (N, corners, 2), with four corners rectangles: radii along and across their angle."""
    turn = 2 * np.pi * (np.arange(corners) + 0.5) / corners
    along, across = (np.broadcast_to(np.asarray(r, np.float32), len(places))[:, None] for r in radii)
    u, v = along * np.cos(turn), across * np.sin(turn)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    return places[:, None] + np.stack([u * cos - v * sin, u * sin + v * cos], -1)


def lit(color: Field, height: Field, strength: float, light: float, softness: float = 1.0) -> Field:
    """Paint of that height under a raking light, with a gloss on its edges."""
    turned = fields.relief(height, light, softness)[:, :, None]
    return color * (1 + strength * turned) + 0.25 * strength * np.clip(turned - 0.6, 0, 1)


def _bytes(values: Field) -> Field:
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)
