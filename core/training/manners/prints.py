# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners of the press and of wet color: halftone, risograph, watercolor, ink wash, old varnish."""

import math

import numpy as np

from . import fields
from .brush import Canvas, Touch, at, scatter, trace
from .fields import Field
from .scene import Scene


def halftone(scene: Scene) -> Field:
    """Four screens of dots (cyan, magenta, yellow, black) turned against each other: the rosette of offset prints."""
    u = scene.unit
    across, down = fields.coordinates(scene.size)
    color = fields.blur(scene.color, u)
    black = (1 - color.max(2)) * 0.8
    parts = [*np.moveaxis((1 - color - black[:, :, None]) / (1 - black[:, :, None] + 1e-3), 2, 0), black]
    inks = ((0.0, 0.62, 0.87), (0.87, 0.1, 0.5), (1.0, 0.9, 0.12), (0.13, 0.12, 0.13))
    sheet = np.ones_like(color) * (0.96, 0.95, 0.91)
    slip = scene.random.normal(0, 0.4 * u, (4, 2))
    for part, ink, angle, (dx, dy) in zip(parts, inks, (15, 75, 0, 45), slip, strict=True):
        turn, period = math.radians(angle), 4.2 * u / (2 * math.pi)
        x = ((across + dx) * math.cos(turn) + (down + dy) * math.sin(turn)) / period
        y = ((down + dy) * math.cos(turn) - (across + dx) * math.sin(turn)) / period
        screen = (np.cos(x) + np.cos(y)) / 4 + 0.5
        sheet *= fields.mix(np.ones(3), np.array(ink), fields.ramp(-0.12, 0.12, screen - 1 + part))
    return sheet.astype(np.float32)


def risograph(scene: Scene) -> Field:
    """Two or three bright inks, grainy, each slipped a little, darker where they overlap."""
    u, random = scene.unit, scene.random
    sheet = np.ones_like(scene.color) * fields.mix(np.ones(3), scene.pale, 0.25)
    inks = scene.palette[random.choice(np.arange(1, 6), random.integers(2, 4), replace=False)]
    vivid = np.clip(inks.mean(1, keepdims=True) + 1.7 * (inks - inks.mean(1, keepdims=True)), 0.05, 1)
    for ink in vivid:
        weights = random.dirichlet((0.7, 0.7, 0.7))
        tone = 1 - scene.color @ weights.astype(np.float32)
        tone = fields.shift((tone - tone.mean()) / (tone.std() + 1e-3), *random.normal(0, 2.2 * u, 2))
        levels = (
            np.round(fields.ramp(-1.6, 1.6, tone) * 4) / 4 if random.random() < 0.5 else fields.ramp(-1.5, 1.5, tone)
        )
        grain = fields.ramp(-1.8, 1.8, fields.noise(scene.size, 1.0 * u, random))
        printed = fields.ramp(-0.06, 0.06, levels * 1.1 - 0.05 - grain) * (0.88 + 0.05 * scene.noise(20, 2))
        sheet *= fields.mix(np.ones(3), ink, printed)
    return sheet.astype(np.float32)


def watercolor(scene: Scene) -> Field:
    """Transparent washes with dark rims, blooms, granulation and white paper left between."""
    u, random = scene.unit, scene.random
    tooth = scene.noise(1.8, 2)
    wander = [2.5 * u * scene.noise(12, 3) for _ in range(2)]
    sheet = np.ones_like(scene.color) * (0.98, 0.97, 0.94)
    labels = np.round(fields.shift(scene.labels.astype(np.float32), *np.round(wander))).astype(np.int32) % len(
        scene.base
    )
    dry = fields.ramp(0.1, 0.45, 1.6 * fields.blur(fields.outlines(labels), 1.1 * u) * u) * (random.random() < 0.6)
    pigment = fields.blur(np.clip(1 - scene.base[labels], 0.02, 1), random.uniform(0.4, 5) * u)
    tone = fields.shift(scene.light, *wander) + 0.12 * scene.noise(20, 3)
    for glaze, above in enumerate((1.1, 0.62, 0.38)):
        wet = fields.ramp(0.03, -0.03, tone - above) if glaze else 1 - dry
        rim = np.clip(wet - fields.blur(wet, 2.2 * u), 0, 1)
        bloom = _blooms(scene) if glaze == 0 else 0.0
        load = wet * (0.62 + 0.16 * scene.noise(26, 3) + 0.05 * tooth + bloom) + 0.9 * rim
        sheet *= np.exp(-np.clip(load, 0, 2)[:, :, None] * pigment * (1.15, 0.7, 0.8)[glaze])
    return (sheet * (1 + 0.02 * fields.relief(tooth, 0.8))[:, :, None]).astype(np.float32)


def _blooms(scene: Scene) -> Field:
    """Where water ran back into a drying wash: pale inside, a dark ragged rim."""
    ragged = scene.noise(55) + 0.25 * scene.noise(9, 3)
    inside = fields.ramp(0.9, 1.0, ragged)
    return 0.5 * np.exp(-(((ragged - 0.88) / 0.05) ** 2)) - 0.28 * inside * fields.ramp(2.2, 0.9, ragged)


def ink_wash(scene: Scene) -> Field:
    """Sumi ink on rice paper: pale wet washes, then a few strokes of a half-dry brush, and a red seal."""
    u, random = scene.unit, scene.random
    fibers = fields.smear(scene.noise(1.2), 6 * scene.noise(30), 14 * u)
    sheet = np.ones_like(scene.color) * fields.mix(np.array((0.95, 0.92, 0.85)), scene.pale, random.uniform(0, 0.5))
    sheet = sheet + 0.02 * (fibers / fibers.std())[:, :, None]
    ink = scene.dark * random.uniform(0.1, 0.5)
    tone = fields.shift(scene.light, 3 * u * scene.noise(14, 3), 3 * u * scene.noise(14, 3))
    for above, dark, soft in ((0.8, 0.16, 6), (0.55, 0.26, 2), (0.32, 0.4, 0.8)):
        wet = fields.blur(fields.ramp(0.06, -0.06, tone - above), soft * u)
        rim = np.clip(wet - fields.blur(wet, 2.5 * u), 0, 1)
        load = dark * (wet * (1 + 0.3 * scene.noise(20, 3)) + 1.3 * rim)
        sheet = fields.mix(sheet, ink, np.clip(load, 0, 1))
    tooth = fields.smear(scene.noise(1.5), scene.angle, 10 * u)
    tooth = fields.ramp(-1.0, 0.6, tooth / tooth.std() + 1.0 + 0.8 * scene.noise(25))
    for length, width, above in ((120, 15, 0.66), (60, 6, 0.66), (34, 2.2, 0.7)):
        places = scatter(scene.size, random.uniform(1.5, 2.5) * math.sqrt(length * width) * u, random)
        places = places[1 - at(scene.light, places) > above + random.normal(0, 0.1, len(places))]
        touch = Touch(length * u, width * u, max(1, int(2.5 * width)), 0.0, 0.0, 0.0, random.uniform(0.05, 0.3), 17)
        canvas = Canvas(np.zeros_like(sheet))
        paths = trace(places, scene.angle, touch.length * random.uniform(0.6, 1.3, len(places)), 17)
        canvas.strokes(paths, np.zeros((len(places), 3)), touch, random)
        laid = fields.blur(canvas.height, 0.5 * u) * tooth
        sheet = fields.mix(sheet, ink, 0.92 * np.clip(1.3 * laid, 0, 1))
    return _seal(scene, sheet)


def _seal(scene: Scene, sheet: Field) -> Field:
    side = 14 * scene.unit
    x, y = (scene.random.uniform(0.05, 0.9) * scene.size for _ in range(2))
    across, down = fields.coordinates(scene.size)
    stamp = fields.ramp(0.5, 0.44, np.maximum(np.abs(across - x), np.abs(down - y)) / side)
    carved = fields.ramp(0.2, 0.5, np.abs(scene.noise(4)))
    return fields.mix(sheet, np.array((0.72, 0.13, 0.1), np.float32), 0.9 * stamp * carved)


def gouache(scene: Scene) -> Field:
    """Flat opaque shapes in few tones with soft dry-brushed edges."""
    u, random = scene.unit, scene.random
    wander = [1.5 * u * scene.noise(8, 3) for _ in range(2)]
    tones = np.round(fields.shift(scene.light, *wander) * 4) / 4
    color = fields.mix(scene.flat, scene.pale, 0.8 * np.clip(tones - 0.5, 0, 1))
    color = fields.shift(fields.mix(color, scene.dark, 0.9 * np.clip(0.5 - tones, 0, 1)), *wander)
    dry = fields.smear(fields.noise(scene.size, 1.4 * u, random), scene.angle + 0.8, 24 * u)
    dry = dry / dry.std()
    dragged = fields.shift(color, 5 * u * dry * np.cos(scene.angle), 5 * u * dry * np.sin(scene.angle))
    return fields.blur(dragged, 0.3 * u) + (0.02 * dry + 0.012 * scene.noise(2, 2))[:, :, None]


def old_master(scene: Scene) -> Field:
    """Smooth blended paint under brown varnish, over canvas, with a net of cracks."""
    u, random = scene.unit, scene.random
    color = fields.smear(fields.blur(scene.color, 0.8 * u), scene.angle, 8 * u) + 0.012 * scene.noise(3, 2)[:, :, None]
    color = fields.mix(color, color * np.array((0.95, 0.78, 0.5), np.float32), random.uniform(0, 0.9))
    across, down = fields.coordinates(scene.size)
    cloth = np.sin(across * 2 / u) * np.sin(down * 2 / u)
    cracks = np.zeros_like(cloth)
    for spacing, width in ((26, 0.8), (11, 0.45)):
        net = fields.cells(scene.size, spacing * u, random, bend=5 * u * scene.noise(14, 2))
        cracks = np.maximum(
            cracks, fields.ramp(2 * width * u, 0.4 * width * u, net.border) * fields.ramp(-0.6, 0.8, scene.noise(40))
        )
    color = color * (1 + 0.05 * cloth)[:, :, None] * (1 + 0.08 * fields.relief(fields.blur(cracks, u), 0.8))[:, :, None]
    return fields.mix(color, 0.35 * color, 0.9 * cracks)


KINDS = {
    "halftone": halftone,
    "risograph": risograph,
    "watercolor": watercolor,
    "ink wash": ink_wash,
    "gouache": gouache,
    "old master": old_master,
}
