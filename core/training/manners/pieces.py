# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners of pieces and threads: mosaic, glass, facets, paper, cloth, marbling, wax."""

import math

import numpy as np

from . import fields
from .brush import Canvas, Touch, at, lit, scatter, spread, trace
from .fields import Field
from .scene import Scene


def mosaic(scene: Scene) -> Field:
    """Small stones in rows that bend, turned anew in each region, with grout between."""
    u, random = scene.unit, scene.random
    across, down = fields.coordinates(scene.size)
    turned = random.uniform(0, math.pi, len(scene.base)).astype(np.float32)[scene.labels]
    side = 7 * u
    x = (across * np.cos(turned) + down * np.sin(turned)) / side + 1.3 * scene.noise(60)
    y = (down * np.cos(turned) - across * np.sin(turned)) / side + 1.3 * scene.noise(60)
    row = np.floor(y)
    x = x + 0.37 * row
    key = (np.floor(x) * 131 + row * 7919 + scene.labels * 104729).astype(np.int64)
    stones, which = np.unique(key, return_inverse=True)
    which = which.reshape(key.shape)
    counts = np.bincount(which.ravel())[:, None]
    means = np.stack([np.bincount(which.ravel(), scene.color[..., c].ravel()) for c in range(3)], 1) / counts
    colors = spread(means, Touch(0, 0, 1, 0.06, 0.03), random).astype(np.float32)
    inside = np.minimum(0.5 - np.abs(x % 1 - 0.5), 0.5 - np.abs(y % 1 - 0.5)) * side / u
    inside = np.minimum(inside, 3 * (1 - fields.blur(fields.outlines(scene.labels), u) * 2.2 * u))
    stone = fields.ramp(0.35, 0.9, inside + 0.2 * scene.noise(2))
    tilt = random.normal(0, 0.07, len(stones)).astype(np.float32)[which]
    grout = (
        fields.mix(scene.palette[random.integers(len(scene.palette))], np.float32(0.5), 0.6)
        * (1 + 0.06 * scene.noise(1.5))[:, :, None]
    )
    surface = (colors[which] + (tilt + 0.02 * scene.noise(2, 2))[:, :, None]) * (
        1 + 0.15 * fields.relief(stone, 0.7, u)
    )[:, :, None]
    return fields.mix(grout, surface, stone)


def stained_glass(scene: Scene) -> Field:
    """Bright streaked glass in dark rounded lead."""
    u, random = scene.unit, scene.random
    panes = fields.cells(scene.size, random.uniform(26, 46) * u, random, bend=4 * u * scene.noise(30))
    color = at(scene.flat, panes.seeds)
    color = (
        color.mean(1, keepdims=True)
        + 1.7 * (color - color.mean(1, keepdims=True))
        + random.normal(0, 0.07, color.shape)
    )
    glass = fields.mix(color.astype(np.float32)[panes.index], scene.flat, 0.5 * (random.random() < 0.5))
    streaks = fields.smear(scene.noise(2.5), scene.angle, 40 * u)
    glow = 1.05 + 0.12 * streaks / streaks.std() + 0.18 * scene.noise(30)
    seeds = fields.ramp(2.1, 2.6, scene.noise(2.2))
    glass = np.clip(glass, 0.04, 1) * glow[:, :, None] + 0.25 * seeds[:, :, None]
    edge = np.maximum(
        fields.ramp(5.0 * u, 2.5 * u, panes.border),
        fields.ramp(0.2, 0.5, 2.2 * fields.blur(fields.outlines(scene.labels), 1.4 * u) * u),
    )
    lead = 0.1 * (1 + 0.9 * fields.relief(fields.blur(edge, 0.8 * u), 0.8, 0.7 * u))[:, :, None] * np.ones(3)
    return fields.mix(glass * (1 - 0.35 * fields.blur(edge, 3 * u))[:, :, None], lead.astype(np.float32), edge)


def facets(scene: Scene) -> Field:
    """Overlapping planes, each shaded from one of its edges and showing the scene from elsewhere."""
    u, random = scene.unit, scene.random
    across, down = fields.coordinates(scene.size)
    color, edges = scene.color, np.zeros_like(across)
    for _ in range(random.integers(7, 13)):
        angle, place = random.uniform(0, 2 * math.pi), random.uniform(0.2, 0.8, 2) * scene.size
        u_axis = (across - place[0]) * math.cos(angle) + (down - place[1]) * math.sin(angle)
        v_axis = (down - place[1]) * math.cos(angle) - (across - place[0]) * math.sin(angle)
        reach = random.uniform(0.12, 0.4) * scene.size
        plane = (u_axis > 0) & (np.abs(v_axis + random.normal(0, 0.4) * u_axis) < reach)
        fade = np.exp(-u_axis / (0.6 * reach))
        moved = fields.shift(color, *random.normal(0, 0.06 * scene.size, 2)) if random.random() < 0.5 else color
        tint = scene.palette[random.choice([0, 1, 5, 6])]
        color = np.where(plane[:, :, None], fields.mix(moved, tint, 0.7 * np.clip(fade, 0, 1)), color)
        edges = np.maximum(edges, fields.outlines(plane))
    canvas = Canvas(color.astype(np.float32))
    places = scatter(scene.size, 5.5 * u, random)
    paths = trace(places, np.round(scene.angle / 0.8) * 0.8, 11 * u, 3)
    canvas.strokes(paths, at(color, places), Touch(11 * u, 4 * u, 2, 0.04, 0.02, 0.02), random)
    picture = lit(canvas.color, canvas.height, 0.08, 0.7, 0.6 * u)
    ink = np.clip(fields.blur(edges, 0.9 * u) * 2.2 * u, 0, 1) * fields.ramp(-1.2, 0.5, scene.noise(12))
    return fields.mix(picture, scene.dark * 0.5, 0.8 * ink)


def collage(scene: Scene) -> Field:
    """Cut and torn papers glued over each other, with their fibers, patterns and shadows."""
    u, random = scene.unit, scene.random
    tones = np.floor(np.clip(fields.blur(scene.light, 5 * u) + 0.02 * scene.noise(6, 2), 0, 0.99) * 4).astype(np.int32)
    pieces = scene.labels * 4 + tones
    colors = spread(np.repeat(scene.base, 4, 0), Touch(0, 0, 1, 0.09, 0.03), random).astype(np.float32)
    across, down = fields.coordinates(scene.size)
    stripes = np.sin((across + down * random.choice([-1, 0, 1])) * random.uniform(0.3, 0.8) / u) > 0
    printed = (random.random(len(colors)) < 0.2)[pieces] & stripes
    picture = colors[pieces] * (1 - 0.3 * printed)[:, :, None] + 0.02 * scene.noise(1.2, 2)[:, :, None]
    rank = random.random(len(colors)).astype(np.float32)[pieces]
    below = np.clip(fields.shift(rank, -2 * u, -2.5 * u) - rank, 0, 1) > 0
    edge = fields.ramp(0.25, 0.55, fields.blur(fields.outlines(pieces), 0.6 * u) * u * (1.1 + 0.4 * scene.noise(4)))
    picture = fields.mix(picture, np.float32(0.97), 0.7 * edge * (random.random() < 0.6))
    return picture * (1 - 0.5 * fields.blur(below.astype(np.float32), 1.3 * u))[:, :, None]


def marbling(scene: Scene) -> Field:
    """Drops of floating color that push each other aside, then combed."""
    size, random = scene.size, scene.random
    x, y = (c / size for c in fields.coordinates(size))
    for _ in range(random.integers(0, 4)):
        angle, period, reach = random.uniform(0, math.pi), random.uniform(0.03, 0.2), random.uniform(0.02, 0.14)
        along = x * math.sin(angle) - y * math.cos(angle)
        comb = reach * np.exp(-np.abs(along / period % 1 - 0.5) / 0.15)
        if random.random() < 0.5:  # every other tine the other way: the feathered patterns
            comb *= np.where(np.floor(along / period) % 2, 1, -1)
        x, y = x - comb * math.cos(angle), y - comb * math.sin(angle)
    picture = np.zeros_like(scene.color) + scene.palette[random.integers(len(scene.palette))]
    free = np.ones((size, size), bool)
    for index in range(random.integers(90, 150)):
        place, radius = random.uniform(-0.1, 1.1, 2), random.uniform(0.05, 0.17) * (0.25 if index < 50 else 1)
        squared = (x - place[0]) ** 2 + (y - place[1]) ** 2
        inside = free & (squared < radius**2)
        picture[inside] = scene.palette[random.integers(len(scene.palette))]
        free &= ~inside
        pull = np.sqrt(np.clip(1 - radius**2 / np.maximum(squared, 1e-6), 0, 1))
        x, y = place[0] + (x - place[0]) * pull, place[1] + (y - place[1]) * pull
    return picture * (1 + 0.02 * scene.noise(2, 2))[:, :, None]


def batik(scene: Scene) -> Field:
    """Flat dyed cloth: pale wax-drawn lines and dots, dark crackle where the wax broke."""
    u, random = scene.unit, scene.random
    color = scene.flat * (0.92 + 0.07 * scene.noise(14, 3))[:, :, None]
    motif = fields.cells(scene.size, random.uniform(9, 16) * u, random, jitter=random.uniform(0, 0.5))
    dotted = (random.random(len(scene.base)) < 0.5)[scene.labels]
    wax = fields.ramp(2.6 * u, 1.9 * u, motif.nearest) * dotted
    wax = np.maximum(wax, fields.ramp(0.25, 0.5, 2.4 * fields.blur(fields.outlines(scene.labels), 1.4 * u) * u))
    color = fields.mix(color, np.clip(scene.pale + 0.06, 0, 1), 0.92 * wax)
    for spacing, width in ((30, 1.1), (15, 0.6)):
        net = fields.cells(scene.size, spacing * u, random, bend=7 * u * scene.noise(12, 3))
        vein = fields.ramp(2.4 * width * u, 0.3 * width * u, net.border) * fields.ramp(-0.9, 0.9, scene.noise(25, 2))
        vein = np.clip(vein + 0.5 * fields.blur(vein, 1.5 * u), 0, 1)
        color = fields.mix(color, scene.dark * 0.7, 0.75 * vein)
    across, down = fields.coordinates(scene.size)
    cloth = np.sin(across * 2.6 / u) + np.sin(down * 2.6 / u)
    return color * (1 + 0.03 * cloth)[:, :, None]


def weave(scene: Scene) -> Field:
    """Tapestry: round threads over and under each other, colored thread by thread."""
    u, random = scene.unit, scene.random
    across, down = fields.coordinates(scene.size)
    bent = 1.2 * u * scene.noise(40)
    x, y = (across + bent) / (random.uniform(3, 6) * u), (down - bent) / (3.2 * u)
    column, row = np.floor(x), np.floor(y)
    float_over = int(random.choice([1, 1, 2, 3]))
    over = (column + row * random.choice([1, float_over])) // float_over % 2 == 0
    side = random.uniform(3, 7) * u
    stepped = np.stack([np.floor(across / side) * side, np.floor(down / side) * side], -1)
    color = at(scene.flat if random.random() < 0.5 else scene.color, stepped)
    thread = np.where(over, row * 3, column * 3 + 1).astype(np.int64) % 4093
    color = color + random.normal(0, 0.045, 4096).astype(np.float32)[thread][:, :, None]
    color = np.where(
        over[:, :, None],
        color,
        fields.mix(color, scene.palette[random.integers(len(scene.palette))], random.uniform(0, 0.5)),
    )
    round_across, round_down = np.abs(x % 1 - 0.5) * 2, np.abs(y % 1 - 0.5) * 2
    shade = np.where(
        over,
        1.12 - 0.6 * round_down**2.5 - 0.25 * round_across**2,
        0.95 - 0.6 * round_across**2.5 - 0.3 * round_down**2,
    )
    twist = 0.06 * np.sin(2 * math.pi * np.where(over, x * 2 + y * 1.2, y * 2 + x * 1.2))
    return color * np.clip(shade + twist, 0.1, 1.3)[:, :, None] + 0.02 * scene.noise(1.2)[:, :, None]


def embroidery(scene: Scene) -> Field:
    """Satin stitches: rows of shining parallel threads, turned anew in each region, on linen."""
    u, random = scene.unit, scene.random
    across, down = fields.coordinates(scene.size)
    linen = (
        scene.pale
        * (0.9 + 0.06 * np.sin(across * 2.1 / u) * np.sin(down * 2.1 / u) + 0.03 * scene.noise(2))[:, :, None]
    )
    canvas = Canvas(linen.astype(np.float32))
    turned = random.uniform(0, math.pi, len(scene.base)).astype(np.float32)[scene.labels]
    angle = turned + 0.15 * scene.noise(60)
    bare = random.random(len(scene.base)) < random.choice([0.0, 0.3])
    for length, width in ((20, 3.2), (15, 2.4)):
        places = scatter(scene.size, math.sqrt(length * width / 1.3) * u, random)
        places = places[~bare[at(scene.labels, places)]]
        turn = at(angle, places)
        sheen = 0.14 * np.cos(2 * (turn - 0.8))[:, None]
        touch = Touch(length * u, width * u, 3, 0.05, 0.02, 0.05, points=3)
        canvas.strokes(trace(places, angle, length * u, 3), at(scene.flat, places) + sheen, touch, random)
    return lit(canvas.color, canvas.height, 0.3, 0.9, 0.5 * u)


KINDS = {
    "mosaic": mosaic,
    "stained glass": stained_glass,
    "facets": facets,
    "collage": collage,
    "marbling": marbling,
    "batik": batik,
    "weave": weave,
    "embroidery": embroidery,
}
