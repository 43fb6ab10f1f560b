# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners of the brush, the knife, chalk and pencil."""

import math

import numpy as np

from . import fields
from .brush import Canvas, Touch, at, ellipses, lit, scatter, spread, trace
from .fields import Field
from .scene import Scene


def _layer(canvas: Canvas, scene: Scene, touch: Touch, angle: Field, cover: float) -> None:
    """Strokes all over, `cover` times the picture's area in all."""
    spacing = math.sqrt(touch.length * touch.width / cover)
    places = scatter(scene.size, spacing, scene.random)
    length = touch.length * scene.random.uniform(0.6, 1.3, len(places))
    paths = trace(places, angle, length, touch.points)
    canvas.strokes(paths, at(scene.color, places), touch, scene.random)


def _light(scene: Scene) -> float:
    return scene.random.uniform(0, 2 * math.pi)


def swirls(scene: Scene) -> Field:
    """Long curved strokes of thick paint that follow a flow."""
    u, canvas = scene.unit, Canvas(fields.mix(scene.color, scene.dark, 0.4))
    for size, cover in ((1.5, 1.6), (1.0, 1.2)):
        touch = Touch(44 * size * u, 6 * size * u, 4, 0.09, 0.05, 0.035, points=9)
        _layer(canvas, scene, touch, scene.angle, cover)
    return lit(canvas.color, canvas.height, 0.22, _light(scene), 0.5 * u)


def impression(scene: Scene) -> Field:
    """Short broken strokes, turned anew in each region."""
    u, canvas = scene.unit, Canvas(fields.mix(scene.color, scene.palette[4], 0.3))
    turned = scene.random.uniform(0, math.pi, len(scene.base)).astype(np.float32)[scene.labels]
    angle = turned + 0.4 * scene.noise(30)
    for length, width in ((20, 7), (13, 4.5), (9, 3)):
        _layer(canvas, scene, Touch(length * u, width * u, 3, 0.07, 0.06, points=4), angle, 1.1)
    return lit(canvas.color, canvas.height, 0.12, _light(scene), 0.6 * u)


def impasto(scene: Scene) -> Field:
    """Heavy paint with deep furrows of the bristles under a raking light."""
    u, canvas = scene.unit, Canvas(scene.color)
    angle = scene.angle + 0.5 * scene.noise(25)
    for length, width in ((50, 18), (34, 12)):
        _layer(canvas, scene, Touch(length * u, width * u, 9, 0.06, 0.03, 0.02, points=6), angle, 1.5)
    return lit(fields.smear(canvas.color, angle, 4 * u), canvas.height, 0.4, _light(scene), 0.7 * u)


def knife(scene: Scene) -> Field:
    """Broad flat patches spread with a palette knife, streaked inside, with ridges at their edges."""
    u, random, canvas = scene.unit, scene.random, Canvas(scene.color)
    for length, width in ((44, 20), (26, 12)):
        places = scatter(scene.size, math.sqrt(length * width) * u * 0.9, random)
        angles = np.round(at(scene.angle, places) / 1.05) * 1.05 + random.normal(0, 0.2, len(places))
        reach = u * random.uniform(0.5, 1.2, (2, len(places)))
        corners = ellipses(places, angles, (length * reach[0], width * reach[1]), 4)
        corners += random.normal(0, 1.5 * u, corners.shape)
        canvas.polygons(corners, spread(at(scene.color, places), Touch(0, 0, 1, 0.07, 0.04), random), random)
    streaks = fields.smear(fields.noise(scene.size, 1.5 * u, random), scene.angle, 20 * u)
    color = canvas.color + 0.05 * streaks[:, :, None] / streaks.std()
    ridges = canvas.height + 0.04 * streaks / streaks.std()
    return lit(color, ridges, 0.22, _light(scene), 0.8 * u)


def pointillism(scene: Scene) -> Field:
    """Small dabs of unmixed color side by side, some in the opposite color."""
    u, random = scene.unit, scene.random
    canvas = Canvas(np.broadcast_to(fields.mix(scene.pale, 1.0, 0.4), scene.color.shape))
    stretch = random.uniform(1.0, 1.7)
    for spacing, radius in ((4.0, 2.4), (4.6, 2.1), (6.0, 1.9)):
        places = scatter(scene.size, spacing * u, random)
        colors = at(scene.color, places)
        gray = colors.mean(1, keepdims=True)
        purity = random.choice([1.9, 1.5, -0.9], (len(places), 1), p=[0.5, 0.35, 0.15])
        colors = spread(gray + purity * (colors - gray), Touch(0, 0, 1, 0.07, 0.06), random)
        radii = radius * u * random.uniform(0.75, 1.15, len(places))
        canvas.polygons(ellipses(places, at(scene.angle, places), (radii * stretch, radii)), colors, random)
    return lit(canvas.color, canvas.height, 0.08, _light(scene), 0.5 * u)


def pastel(scene: Scene) -> Field:
    """Chalk dragged over the tooth of a toned paper."""
    u, random = scene.unit, scene.random
    paper = np.broadcast_to(scene.palette[random.integers(0, 5)] * 0.85, scene.color.shape)
    tooth = scene.noise(1.6, 2)
    result = paper + 0.03 * tooth[:, :, None]
    angle = random.uniform(0, math.pi) + 0.5 * scene.noise(60)
    for length, width, press in ((40, 10, 0.2), (26, 5, 0.0), (16, 3, -0.3)):
        canvas = Canvas(np.zeros_like(paper))
        _layer(canvas, scene, Touch(length * u, width * u, 2, 0.08, 0.05, 0.02, 0.15), angle, 0.9)
        laid = canvas.height * fields.ramp(-0.5, 0.5, tooth + 2 * canvas.height - 1.4 + press)
        result = fields.mix(result, canvas.color, np.clip(1.2 * laid, 0, 1))
    return result


def pencil(scene: Scene) -> Field:
    """Colored pencil: many thin strokes in layers over grainy paper."""
    u, random = scene.unit, scene.random
    grain = scene.noise(1.3, 1)
    result = np.full_like(scene.color, 0.96) * fields.mix(np.ones(3, np.float32), scene.pale, 0.25)
    start = random.uniform(0, math.pi)
    for turn in (0.0, random.uniform(0.2, 1.2), 0.1):
        canvas = Canvas(np.zeros_like(result))
        angle = start + turn + 0.25 * scene.noise(40)
        _layer(canvas, scene, Touch(34 * u, 1.3 * u, 1, 0.08, 0.07, points=4), angle, 0.9)
        dark = 1.25 - scene.color.mean(2)
        laid = (canvas.height > 0) * fields.ramp(-1.3, 0.6, grain + 1.2 * dark) * np.clip(dark, 0.2, 1)
        result = fields.mix(result, canvas.color, fields.blur(laid, 0.35 * u))
    return result


def charcoal(scene: Scene) -> Field:
    """Charcoal: broad grainy strokes, smudged with the finger, on a mid-toned paper."""
    u, random = scene.unit, scene.random
    tooth = scene.noise(1.5, 2)
    paper = fields.mix(scene.pale, np.float32(0.85), 0.5) * np.ones_like(scene.color)
    ink = scene.dark * random.uniform(0.2, 0.7)
    smudge = fields.smear(fields.blur(1 - scene.light, 3 * u), scene.angle, 30 * u)
    result = fields.mix(paper, ink, np.clip(0.55 * smudge + 0.05 * scene.noise(12, 2), 0, 1))
    angle = random.uniform(0, math.pi) + 0.3 * scene.noise(60)
    for length, width, dark in ((60, 9, 0.6), (40, 3, 0.65), (26, 1.6, 0.75)):
        places = scatter(scene.size, math.sqrt(length * width) * u, random)
        places = places[1 - at(scene.light, places) > random.uniform(dark - 0.25, dark + 0.25, len(places))]
        canvas = Canvas(np.zeros_like(paper))
        paths = trace(places, angle, length * u * random.uniform(0.5, 1.3, len(places)))
        canvas.strokes(
            paths, np.zeros((len(places), 3)), Touch(length * u, width * u, max(2, int(width)), dryness=0.15), random
        )
        laid = fields.blur(canvas.height, 0.7 * u) * fields.ramp(-2.2, 1.4, tooth)
        result = fields.mix(result, ink, np.clip(0.95 * laid, 0, 1))
    edges = fields.blur(fields.outlines(scene.labels), 0.9 * u) * 2.5 * u
    return fields.mix(result, ink, np.clip(edges, 0, 1) * fields.ramp(-2.2, 1.0, tooth))


KINDS = {
    "swirls": swirls,
    "impression": impression,
    "impasto": impasto,
    "knife": knife,
    "pointillism": pointillism,
    "pastel": pastel,
    "pencil": pencil,
    "charcoal": charcoal,
}
