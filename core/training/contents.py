# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures to be repainted, made by rule: lit solids on a floor, landscapes, lettering, gradients."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .manners import fields
from .manners.fields import Field, Random
from .manners.palettes import palette
from .manners.scene import Forms, blossoms, landscape, portrait, still_life

FINE = 2


def picture(size: int, seed: int) -> np.ndarray:
    """A picture (size, size, 3) uint8; what it shows, its light and its colors come from the seed."""
    random = np.random.default_rng((0xC0, seed))
    kinds: tuple[Callable[[int, Random], Field], ...] = (
        solids,
        solids,
        solids,
        solids,
        forms,
        forms,
        forms,
        lettering,
        lettering,
        gradients,
    )
    shown = kinds[random.integers(len(kinds))](size * FINE, random)
    fine = Image.fromarray((np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.asarray(fine.reduce(FINE))


def solids(size: int, random: Random) -> Field:
    """Balls and boxes that throw shadows on a floor, ray traced."""
    colors = palette(random)
    rays = _rays(size, random)
    sun = _unit(np.array([random.normal(0, 0.6), random.uniform(0.4, 1.2), random.uniform(-0.9, 0.2)]))
    bodies = [_body(random, colors) for _ in range(random.integers(2, 8))]
    eye = np.array([0, random.uniform(0.7, 1.6), 0], np.float32)
    floor = -eye[1] / np.where(rays[..., 1] < -1e-3, rays[..., 1], -1e-9)
    depth, normal = floor, np.broadcast_to(np.array([0, 1, 0], np.float32), rays.shape)
    color = _floor(eye + depth[..., None] * rays, colors, random)
    for center, radius, boxy, tint in bodies:
        distance, facing = _hit(eye - center, rays, radius, boxy)
        nearer = distance < depth
        depth = np.where(nearer, distance, depth)
        normal = np.where(nearer[..., None], facing, normal)
        color = np.where(nearer[..., None], tint, color)
    place = eye + depth[..., None] * rays
    lit = np.clip(normal @ sun, 0, 1)
    for center, radius, boxy, _ in bodies:
        lit = lit * ~np.isfinite(
            _hit(place + 1e-3 * normal - center, np.broadcast_to(sun, rays.shape), radius, boxy)[0]
        )
    gloss = random.choice([0.0, 0.5]) * np.clip(np.sum(normal * _unit(sun - rays), -1), 0, 1) ** 40 * (lit > 0)
    shown = color * (0.25 + 0.15 * normal[..., 1:2] + 0.75 * lit[..., None]) + gloss[..., None]
    up = fields.ramp(-0.2, 0.9, rays[..., 1]) + 0.06 * fields.noise(size, size * 0.3, random, 4)
    sky = fields.mix(colors[5], colors[random.integers(1, 5)], np.clip(up, 0, 1))
    return fields.mix(shown, sky, 1 - np.exp(-np.minimum(depth, 1e3) / random.uniform(15, 80)) * (depth < 900))


def _rays(size: int, random: Random) -> Field:
    """Directions (H, W, 3) from the eye: across, up, ahead."""
    across, down = (c / size - 0.5 for c in fields.coordinates(size))
    tilt, roll = random.uniform(0.0, 0.35), random.normal(0, 0.05)
    return _unit(np.stack([across - roll * down, -down - tilt - roll * across, np.full_like(across, 0.9)], -1))


def _body(random: Random, colors: Field) -> tuple[Field, Field, bool, Field]:
    """Center, half sizes, whether it is a box, color; standing on the floor."""
    radius = random.uniform(0.2, 0.8) * random.uniform(0.6, 1.4, 3)
    ahead = random.uniform(2.2, 6.0)
    center = np.array([random.uniform(-0.45, 0.45) * ahead, radius[1], ahead])
    tint = colors[random.integers(len(colors))]
    return center.astype(np.float32), radius.astype(np.float32), bool(random.random() < 0.4), tint


def _hit(origin: Field, rays: Field, radius: Field, boxy: bool) -> tuple[Field, Field]:
    """Distance (H, W), infinite for a miss, and the surface's normal of an ellipsoid or box around zero."""
    o, d = np.broadcast_to(origin / radius, rays.shape), rays / radius
    if boxy:
        safe = np.where(np.abs(d) < 1e-6, 1e-6, d)
        first, second = (-1 - o) / safe, (1 - o) / safe
        enter = np.minimum(first, second)
        distance, leave = enter.max(-1), np.maximum(first, second).min(-1)
        missed = (distance > leave) | (distance <= 0)
        normal = -np.sign(d) * (enter == distance[..., None])
    else:
        a, b, c = np.sum(d * d, -1), np.sum(o * d, -1), np.sum(o * o, -1) - 1
        root = b * b - a * c
        distance = (-b - np.sqrt(np.maximum(root, 0))) / a
        missed = (root < 0) | (distance <= 0)
        normal = _unit((o + distance[..., None] * d) / radius)
    return np.where(missed, np.inf, distance).astype(np.float32), normal.astype(np.float32)


def _floor(place: Field, colors: Field, random: Random) -> Field:
    """A checkered, striped or plain floor."""
    tile = random.uniform(0.3, 1.2)
    x, z = (np.floor(np.clip(place[..., axis], -1e4, 1e4) / tile).astype(np.int64) for axis in (0, 2))
    pattern = ((x + z) % 2, x % 2, np.zeros_like(x))[random.choice(3, p=[0.5, 0.2, 0.3])]
    return colors[random.choice(len(colors), 2, replace=False)][pattern]


def forms(size: int, random: Random) -> Field:
    """Landscapes, still lives, heads and flowers in smooth shading."""
    shapes = Forms(size, random)
    (landscape, landscape, still_life, portrait, blossoms)[random.integers(5)](shapes)
    colors = palette(random)
    flat = colors[random.integers(0, len(colors), shapes.count)][shapes.labels]
    shade = np.clip(shapes.shade, -1, 1).astype(np.float32)
    shown = fields.mix(
        fields.mix(flat, colors[-1], 0.6 * np.clip(shade, 0, 1)), colors[0] * 0.5, 0.7 * np.clip(-shade, 0, 1)
    )
    grain = 0.015 * random.random() * fields.noise(size, 3, random, 2)
    return np.asarray(shown + grain[..., None], np.float32)


def lettering(size: int, random: Random) -> Field:
    """Lines of letters in several sizes on a shaded ground: signs, labels, screens."""
    colors = palette(random)
    ground = gradients(size, random)
    sheet = Image.fromarray((np.clip(ground, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(sheet)
    down = 0.0
    while down < size:
        height = size * random.uniform(0.04, 0.25)
        letters = "".join(random.choice(list("ABCDEFGHKMNORSTUVXYZabdeghknorstu0123456789& "), 30))
        ink = tuple(int(255 * c) for c in colors[random.choice([0, 1, 5, 6])])
        draw.text((random.uniform(-0.3, 0.3) * size, down), letters, ink, ImageFont.load_default(height))
        if random.random() < 0.3:
            draw.rectangle((size * 0.1, down, size * random.uniform(0.2, 0.9), down + height * 0.2), ink)
        down += height * random.uniform(1.1, 1.8)
    return np.asarray(sheet, np.float32) / 255


def gradients(size: int, random: Random) -> Field:
    """Slow changes between the colors of a palette, straight, round or cloudy."""
    across, down = (c / size - 0.5 for c in fields.coordinates(size))
    angle = random.uniform(0, 2 * math.pi)
    straight = across * math.cos(angle) + down * math.sin(angle)
    kinds = (straight, np.hypot(across, down), 0.3 * fields.noise(size, size * 0.4, random, 3))
    height = kinds[random.integers(len(kinds))]
    colors = palette(random)[np.sort(random.choice(7, random.integers(2, 5), replace=False))]
    height = (height - height.min()) / np.ptp(height)
    stops = np.linspace(0, 1, len(colors))
    return np.stack([np.interp(height, stops, colors[:, c]) for c in range(3)], -1).astype(np.float32)


def _unit(vectors: Field) -> Field:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
