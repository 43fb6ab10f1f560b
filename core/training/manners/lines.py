# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners of the line: pen, burin, gouge and contour."""

import math

import numpy as np

from . import fields
from .brush import Canvas, Touch, at, ellipses, scatter, trace
from .fields import Field
from .scene import Scene


def _paper(scene: Scene) -> Field:
    """A pale sheet, sometimes tinted with the scene's own colors."""
    sheet = fields.mix(np.full_like(scene.color, 0.97), scene.pale, scene.random.uniform(0, 0.8))
    tint = scene.random.choice([0.0, 0.0, 0.5, 0.8])
    wash = fields.blur(scene.color, 2 * scene.unit)
    return fields.mix(sheet, 0.35 + 0.65 * wash, tint) + 0.012 * scene.noise(3, 2)[:, :, None]


def _ink(scene: Scene) -> Field:
    return scene.dark * scene.random.uniform(0.1, 0.8)


def _pen(scene: Scene, canvas: Canvas, angle: Field, above: float, color: Field) -> None:
    """Parallel pen strokes wherever it is darker than `above` (0 = everywhere, 1 = nowhere)."""
    u, random = scene.unit, scene.random
    length, spacing = 26 * u, 3.2 * u
    places = scatter(scene.size, math.sqrt(length * spacing), random)
    places = places[1 - at(scene.light, places) > above + random.normal(0, 0.04, len(places))]
    dark = 1 - at(scene.light, places)
    for heavy in (False, True):
        chosen = places[(dark > above + 0.25) == heavy]
        paths = trace(chosen, angle, length * random.uniform(0.6, 1.4, len(chosen)), 5)
        touch = Touch(length, (1.5 if heavy else 0.9) * u, 1, 0.02, 0.01)
        canvas.strokes(paths, np.broadcast_to(color, (len(chosen), 3)), touch, random)


def hatching(scene: Scene) -> Field:
    """Parallel pen strokes, turned anew in each region, and pen outlines."""
    turned = scene.random.uniform(-0.6, 0.6, len(scene.base)).astype(np.float32)[scene.labels]
    angle = scene.random.uniform(0, math.pi) + turned * scene.random.choice([0.3, 1.5]) + 0.08 * scene.noise(40)
    canvas, ink = Canvas(_paper(scene)), _ink(scene)
    for above in (0.15, 0.4, 0.6, 0.75):
        _pen(scene, canvas, angle, above, ink)
    return _contours(scene, canvas.color, ink, 0.8)


def crosshatching(scene: Scene) -> Field:
    """Layers of pen strokes that cross, one more for each step of darkness."""
    start = scene.random.uniform(0, math.pi) + 0.06 * scene.noise(40)
    canvas, ink = Canvas(_paper(scene)), _ink(scene)
    for above, turn in ((0.12, 0.0), (0.35, 1.1), (0.55, 0.55), (0.72, 1.7)):
        _pen(scene, canvas, start + turn, above, ink)
        _pen(scene, canvas, start + turn, above + 0.1, ink)
    return _contours(scene, canvas.color, ink, 0.7)


def stipple(scene: Scene) -> Field:
    """Dots of ink, larger and closer where it is dark."""
    u, random, canvas, ink = scene.unit, scene.random, Canvas(_paper(scene)), _ink(scene)
    for spacing, radius in ((3.6, 1.2), (2.9, 1.0), (2.4, 0.8)):
        places = scatter(scene.size, spacing * u, random)
        dark = 1 - at(scene.light, places)
        places = places[dark**1.3 * 0.8 > random.random(len(places))]
        dark = 1 - at(scene.light, places)
        radii = u * radius * (0.55 + 0.6 * dark) * random.uniform(0.8, 1.2, len(places))
        dots = ellipses(places, np.zeros(len(places)), (radii, radii), 10)
        canvas.polygons(dots, np.broadcast_to(ink, (len(places), 3)), random)
    return canvas.color


def engraving(scene: Scene) -> Field:
    """Burin lines that bend over the forms and swell with the tone, crossed in the shadows."""
    u, random = scene.unit, scene.random
    across, down = fields.coordinates(scene.size)
    bulge = 7 * fields.blur(scene.shade, 3 * u) + 1.2 * scene.noise(90)
    turned = random.uniform(0, math.pi) + random.choice([0, 0.5, 1.2]) * random.normal(0, 1, len(scene.base))
    dark = 1 - fields.blur(scene.light, 0.8 * u) + 0.04 * scene.noise(5)
    ink = np.zeros_like(dark)
    for turn, above in ((0.0, 0.05), (random.uniform(0.6, 1.5), 0.5), (-0.4, 0.75)):
        angle = (turned + turn).astype(np.float32)[scene.labels]
        phase = (across * np.cos(angle) + down * np.sin(angle)) / (3.6 * u) + bulge
        distance = np.abs(phase % 1 - 0.5) * 2  # 0 on a line's middle, 1 between two
        width = 0.85 * np.clip(dark - above, 0, 1) / (1.05 - above) + 0.1 * (dark > above)
        ink = np.maximum(ink, fields.ramp(0.2, -0.2, distance - width))
    return _contours(scene, fields.mix(_paper(scene), _ink(scene), ink), _ink(scene), 0.6)


def _gouged(scene: Scene, grain: float, length: float) -> Field:
    """0 to 1, evenly distributed: tapering furrows that follow the flow, to be cut off at a tone."""
    u = scene.unit
    angle = scene.angle + scene.random.uniform(0, 0.8, len(scene.base)).astype(np.float32)[scene.labels]
    grooves = fields.smear(fields.noise(scene.size, grain * u, scene.random), angle, length * u)
    return fields.ramp(-1.6, 1.6, grooves / grooves.std())


def woodcut(scene: Scene) -> Field:
    """One block in black: tapering cuts along the forms, wood grain in the flats."""
    u = scene.unit
    cuts = _gouged(scene, 3.2, 40)
    bold = fields.blur(scene.light, 1.5 * u)
    white = fields.ramp(-0.05, 0.05, 1.3 * bold - 0.12 - cuts) * fields.ramp(0.1, 0.16, bold)
    white *= 1 - fields.ramp(0.25, 0.5, 1.6 * fields.blur(fields.outlines(scene.labels), 1.3 * u) * u)
    _, down = fields.coordinates(scene.size)
    rings = np.sin((down + 14 * u * scene.noise(120)) / (1.7 * u) + 2 * scene.noise(30))
    worn = fields.ramp(1.5, 2.6, rings + 0.9 * scene.noise(2, 2))
    sheet = fields.mix(_paper(scene), np.clip(scene.flat * 1.25, 0, 1), scene.random.choice([0.0, 0.0, 0.75]))
    return fields.mix(fields.mix(_ink(scene), sheet, white), sheet, 0.7 * worn * (1 - white))


def linocut(scene: Scene) -> Field:
    """Few flat colors printed one over the other, with stray ridges where the lino was cleared."""
    u, random = scene.unit, scene.random
    tone = fields.blur(scene.light, 2.5 * u) + 0.03 * scene.noise(10)
    ridges = _gouged(scene, 4.5, 36)
    sheet = np.clip(scene.pale + 0.1, 0, 1) * np.ones_like(scene.color)
    colors = scene.palette[np.sort(random.choice(len(scene.palette) - 1, 3, replace=False))][::-1]
    for above, color in zip((0.8, 0.55, 0.3), colors, strict=True):
        printed = fields.ramp(0.02, -0.02, tone - above)
        cleared = fields.ramp(0.8, 0.86, ridges) * fields.ramp(above + 0.3, above, tone) * (1 - printed)
        carved = fields.ramp(0.16, 0.1, ridges) * fields.ramp(above - 0.25, above - 0.05, tone)
        salt = 1 - 0.85 * fields.ramp(1.7, 2.4, scene.noise(1.8, 2))
        sheet = fields.mix(sheet, color, np.clip(printed * (1 - carved) + cleared, 0, 1) * salt)
    return sheet


def nouveau(scene: Scene) -> Field:
    """Flat tints in swelling contours, with whiplash lines that follow the forms."""
    u, random = scene.unit, scene.random
    color = fields.mix(scene.flat, fields.blur(scene.color, 6 * u), 0.35) * 0.93 + 0.05
    canvas, ink = Canvas(color + 0.015 * scene.noise(2, 2)[:, :, None]), _ink(scene)
    places = scatter(scene.size, 30 * u, random)
    for width, tint in ((2.2, ink), (1.2, scene.pale)):
        chosen = places[random.random(len(places)) < 0.5]
        paths = trace(chosen, scene.angle, random.uniform(40, 110, len(chosen)) * u, 17)
        for nudge in range(random.integers(1, 4)):
            touch = Touch(0, width * u, 1, 0.02, 0.01)
            canvas.strokes(paths + 5 * u * nudge, np.broadcast_to(tint, (len(chosen), 3)), touch, random)
    return _contours(scene, canvas.color, ink, 2.2)


def comic(scene: Scene) -> Field:
    """Flat bright colors, screens of dots in the half-tones, solid blacks and brushed outlines."""
    u, random = scene.unit, scene.random
    gray = scene.flat.mean(2, keepdims=True)
    color = np.clip(gray + 1.6 * (scene.flat - gray) + 0.08, 0, 1)
    across, down = fields.coordinates(scene.size)
    angle, period = random.uniform(0.2, 0.8), 5 * u
    x, y = (
        (across * math.cos(angle) + down * math.sin(angle)) / period,
        (down * math.cos(angle) - across * math.sin(angle)) / period,
    )
    dots = np.hypot(x % 1 - 0.5, y % 1 - 0.5)
    shadow = fields.blur(-scene.shade, 2 * u)
    screened = fields.ramp(0.03, -0.03, dots - 0.36) * (shadow > 0.05)
    color = fields.mix(color, color * random.uniform(0.3, 0.7, 3), screened)
    color = fields.mix(color, np.ones(3), fields.ramp(0.6, 0.63, -shadow))
    black = fields.ramp(0.62, 0.66, shadow + 0.08 * scene.noise(10))
    return _contours(scene, fields.mix(color, 0.06 * np.ones(3), black), np.full(3, 0.05), 2.0)


def _contours(scene: Scene, picture: Field, ink: Field, width: float) -> Field:
    """The picture with an outline around each region that swells and thins, of about `width` units."""
    u = scene.unit
    edge = fields.blur(fields.outlines(scene.labels), max(0.5, 0.6 * width * u)) * width * u
    pressed = edge * (1 + 0.35 * scene.noise(18))
    return fields.mix(picture, ink, fields.ramp(0.28, 0.5, pressed))


KINDS = {
    "hatching": hatching,
    "crosshatching": crosshatching,
    "stipple": stipple,
    "engraving": engraving,
    "woodcut": woodcut,
    "linocut": linocut,
    "nouveau": nouveau,
    "comic": comic,
}
